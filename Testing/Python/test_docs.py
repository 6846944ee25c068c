"""Every command and snippet of README and docs runs, on small simulated files; the site's tables are those of the results.

What a comment before a block says: parse (the real parser takes it; it needs hours or a data set), slicer (it runs in the
test host, see test_module_logic.py), cluster, torchrun, make and packaging (what it names exists). All others run, in this
process, and share what they prepare; a line that stands on two pages runs once; training is short and the cohort small.
The pages of how-to run in the long form: in the short one the real parser takes their commands, and Python their snippets.
"""

import pickle
import re
import shutil
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import RayEmbRegistrationLib
from docs_blocks import PAGES, REPOSITORY, Block, blocks, sample_ct, write_sample
from long_form import IS_LONG
from RayEmbRegistrationLib import registration
from RayEmbRegistrationLib.application import prepared_cache
from RayEmbRegistrationLib.command_line.console import NOT_TRUSTED, SUCCEEDED
from RayEmbRegistrationLib.command_line.main import build_parser, main

LARGEST_README = 8 * 1024
KINDS = {"", "parse", "slicer", "cluster", "torchrun", "make", "packaging"}
RARE = "docs/how-to/"
SECONDS_OF_TRAINING, SPACING_OF_TEMPLATES_DEG, MOST_PIXELS = 0.5, 45.0, 64


def named(found: list[Block]):
    return [pytest.param(block, id=f"{block.page}:{block.line}") for block in found]


def commands(*hows: str):
    return named([block for block in blocks("bash") if block.how in hows])


def runs(language: str):
    return named([block for block in blocks(language) if block.how == "" and (IS_LONG or not block.page.startswith(RARE))])


def waits(language: str):
    """For the long form."""
    return named([block for block in blocks(language) if block.how == "" and not IS_LONG and block.page.startswith(RARE)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The files that the pages name; blocks of one page find what earlier ones wrote."""
    folder = tmp_path_factory.mktemp("docs")
    write_sample(folder)
    return folder


@pytest.fixture(scope="module")
def ran() -> dict[str, str]:
    """What was printed by the commands and snippets that ran."""
    return {}


@pytest.fixture(scope="module")
def kept() -> dict:
    """What was prepared and registered, by all that it was made of."""
    return {}


@pytest.fixture
def small(monkeypatch, kept, two_shares):
    """The cohort's patient is the sample's CT; what was prepared or registered once is shared by commands and snippets.

    Fewer templates, coarser images, a shorter validation, no wider search, few photons: that it is precise is for other
    tests to show.
    """
    from RayEmbRegistrationLib.evaluation import cohorts
    from RayEmbRegistrationLib.pose.alignment import schedule
    from RayEmbRegistrationLib.pose.prepared import prepare as preparing
    from RayEmbRegistrationLib.training import recipes

    monkeypatch.setitem(cohorts.PHANTOMS, "pelvis", lambda seed: sample_ct())
    monkeypatch.setitem(cohorts.COHORTS, "pelvis-easy", replace(cohorts.COHORTS["pelvis-easy"], pixels=128))
    monkeypatch.setattr(preparing, "SET_SPACING_DEG", SPACING_OF_TEMPLATES_DEG)
    monkeypatch.setattr(schedule, "make_level_views", partial(coarse_views, schedule.make_level_views))
    monkeypatch.setattr(recipes, "VALIDATION_SETS", 1)
    plan_for = registration.plan_for
    monkeypatch.setattr(registration, "plan_for", lambda *asked: plan_for(*asked)[:2])
    prepare = partial(prepared_once, kept, registration.prepare)
    for home in (RayEmbRegistrationLib, registration, prepared_cache):
        monkeypatch.setattr(home, "prepare", prepare, raising=False)
    register = partial(registered_once, kept, registration.register)
    for home in (RayEmbRegistrationLib, registration):
        monkeypatch.setattr(home, "register", register, raising=False)


def coarse_views(make_level_views, views, prepared, poses, level, *others):
    """As ``make_level_views``, of fewer pixels."""
    return make_level_views(views, prepared, poses, replace(level, pixels=min(level.pixels, MOST_PIXELS)), *others)


def prepared_once(kept: dict, prepare, ct, settings=None, progress=None, cancelled=None):
    """As ``prepare``, which is called where this CT was not yet prepared by these settings."""
    labels = b"" if ct.labels is None else ct.labels.tobytes()
    key = (ct.hu.tobytes(), labels, ct.ras_from_ijk.round(6).tobytes(), settings or registration.PrepareSettings())
    if key not in kept:
        kept[key] = prepare(ct, settings, progress, cancelled)
    return kept[key]


def registered_once(kept: dict, register, prepared, views, settings=None, progress=None, **others):
    """As ``register``, which is called where these X-rays were not yet registered to this CT by these settings."""
    made_of = (prepared.attenuation, prepared.encoder, prepared.library)
    asked = (list(views), settings or registration.RegistrationSettings(), prepared.view)
    key = (*map(id, made_of), pickle.dumps(asked))
    if key not in kept:
        kept[key] = (register(prepared, views, settings, progress, **others), made_of)  # which keeps their ids
    return kept[key][0]


def shortened(arguments: list[str]) -> list[str]:
    """The same command, its training short, on one thread and in this process, which has prepared the CT; what it is asked
    for stays. That processes share out a comparison is for test_compare.py to show."""
    arguments = list(arguments)
    for option in ("--minutes", "--train-minutes"):
        if option in arguments:
            arguments[arguments.index(option) + 1] = str(SECONDS_OF_TRAINING / 60)
    if "--jobs" in arguments:
        arguments[arguments.index("--jobs") + 1] = "1"
    return [*arguments, "--threads", "1"] if arguments[0] == "compare" else arguments


@pytest.mark.parametrize("block", runs("bash"))
def test_commands_run(block, folder, small, ran, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for line, command in zip(block.lines, block.commands, strict=True):
        assert command[0] == "rayemb", f"{command}: say by a comment how to test it"
        if line in ran and command[1] != "show":  # which shows what the line before it wrote
            continue
        try:
            status = main(shortened(command[1:]))
        except SystemExit as left:  # --version and bad arguments
            status = left.code
        said = capsys.readouterr()
        assert status in (SUCCEEDED, NOT_TRUSTED), (command, said.err)
        ran[line] = ran[f"{block.page}: {line}"] = said.out


@pytest.mark.parametrize("block", waits("python"))
def test_snippets_that_are_not_run_are_python(block):
    compile(block.text, f"{block.page}:{block.line}", "exec")


@pytest.mark.parametrize("block", runs("python"))
def test_snippets_run(block, folder, small, ran, monkeypatch, capsys):
    if block.text in ran:
        return
    monkeypatch.chdir(folder)
    if not (folder / "result.json").exists() and "result.json" in block.text:
        shutil.copy(folder / "start.json", folder / "result.json")
    exec(compile(block.text, f"{block.page}:{block.line}", "exec"), {"__name__": "snippet"})  # noqa: S102 - it is our own
    ran[block.text] = capsys.readouterr().out
    assert ran[block.text]


@pytest.mark.parametrize("block", named([block for block in blocks("text") if block.how == "output"]))
def test_what_the_pages_show_is_what_is_said(block, ran):
    """Line for line the same words begin it; numbers are those of another example. See docs_example.py."""
    command = max(
        (each for each in blocks("bash") if each.page == block.page and each.line < block.line), key=lambda b: b.line
    )
    line = f"{block.page}: {command.lines[0]}"
    if line not in ran:
        pytest.skip("its command did not run here")
    said = {beginning(each) for each in ran[line].splitlines()}
    assert len(said) > 3
    assert {beginning(line) for line in block.text.splitlines() if not line.lstrip().startswith("- ")} <= said


def beginning(line: str) -> str:
    """The words of a line before its first number, name of a file or sentence."""
    return re.split(r"[\d:/.\[]|  ", line.strip())[0].strip()


@pytest.mark.parametrize("block", [*commands("parse"), *waits("bash")])
def test_commands_that_are_not_run_are_understood(block):
    for command in block.commands:
        assert command[0] == "rayemb"
        build_parser().parse_args(command[1:])


@pytest.mark.parametrize("block", commands("torchrun"))
def test_commands_for_several_cards_are_understood(block):
    from torch.distributed.run import get_args_parser

    for command in block.commands:
        given = get_args_parser().parse_args(command[1:])
        assert (given.module, given.training_script) == (True, "RayEmbRegistrationLib")
        build_parser().parse_args(given.training_script_args)


@pytest.mark.parametrize("block", commands("cluster"))
def test_commands_of_the_cluster_are_understood(block):
    scheduler = pytest.importorskip("distributed.cli.dask_scheduler")
    worker = pytest.importorskip("distributed.cli.dask_worker")
    for command in block.commands:
        made = {"scheduler": scheduler, "worker": worker}[command[1]].main
        made.make_context(command[1], command[2:], resilient_parsing=False)


@pytest.mark.parametrize("block", commands("make"))
def test_developers_commands_exist(block):
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in block.commands:
        if command[0] == "make":
            assert command[1] in targets, command
        else:
            assert command[0] == ".venv/bin/python", command
            assert (REPOSITORY / command[1]).is_file(), command


@pytest.mark.parametrize("block", commands("packaging"))
def test_what_is_installed_is_what_is_built(block):
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    name = re.search(r'^name = "(.*)"', text, re.MULTILINE)[1]
    extras = set(re.findall(r"^(\w+) = \[", text.split("[project.optional-dependencies]")[1].split("\n\n")[0], re.MULTILINE))
    for command in block.commands:
        if command[:2] != ["pip", "install"]:
            assert command[:3] == ["python", "-m", "venv"] or command[0] == "source", command
        for argument in command[2:] if command[:2] == ["pip", "install"] else ():
            if argument in ("torch", "--index-url", "https://download.pytorch.org/whl/cpu"):
                continue
            asked = re.match(r"(?P<name>[a-z-]+)(\[(?P<extras>[\w,]+)\])? @ git\+https://github.com/OWNER/", argument)
            wheel = f"dist/{name.replace('-', '_')}-"
            assert asked or argument == "." or argument.startswith(wheel), argument
            if asked:
                assert asked["name"] == name
                assert set((asked["extras"] or "").split(",")) - {""} <= extras, argument


def test_every_block_says_a_known_way_to_test_it():
    found = [*blocks("bash"), *blocks("python")]
    assert len(found) > 30
    assert {block.how for block in found} <= KINDS
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    languages = {language for language in re.findall(r"^```(\w*)$", text, re.MULTILINE) if language}
    assert languages <= {"bash", "python", "json", "text"}, "other blocks are tested by nobody"
    assert not re.search(r"^    (rayemb|python|pip|make) ", text, re.MULTILINE), "a command outside a fence"


def test_examples_of_files_are_read(tmp_path):
    from RayEmbRegistrationLib.files.anatomical_axes import read_axes
    from RayEmbRegistrationLib.files.c_arms import c_arms_from_text
    from RayEmbRegistrationLib.files.camera import read_camera, read_landmark_pairs, read_pose
    from RayEmbRegistrationLib.files.track import read_start

    readers = {"rayemb-axes": lambda path: read_axes(path, ["femur"])}
    readers |= {"K": read_camera, "source_to_detector_mm": read_camera, "ras_to_camera": read_pose}
    readers |= {"c_arms": lambda path: c_arms_from_text(path.read_text(encoding="utf-8"), path.name)}
    readers |= {"pairs": read_landmark_pairs, "bodies": lambda path: read_start(path, ["femur"])}
    examples = blocks("json")
    assert len(examples) >= 5
    for number, block in enumerate(examples):
        path = tmp_path / f"{number}.json"
        path.write_text(block.text, encoding="utf-8")
        next(read for key, read in sorted(readers.items(), key=_c_arms_first) if f'"{key}"' in block.text)(path)


def _c_arms_first(item):
    """Their file has keys of a camera's, too."""
    return item[0] != "c_arms"


def test_examples_of_other_programs_files_are_read(tmp_path):
    """They all show the pose or camera of the page's first examples."""
    from RayEmbRegistrationLib.files.camera import read_camera, read_pose
    from RayEmbRegistrationLib.files.landmarks import read_points

    wanted = [[-1, 0, 0, 10], [0, 0, -1, -5], [0, -1, 0, 750], [0, 0, 0, 1]]
    seen = []
    for block in blocks("text"):
        path = tmp_path / "example.txt"
        path.write_text(block.text, encoding="utf-8")
        seen.append(block.how)
        if block.how == "camera":
            read = read_camera(path, (1536, 1536))
            np.testing.assert_allclose(read.camera.K, [[5257.7, 0, 767.5], [0, 5257.7, 767.5], [0, 0, 1]], atol=1e-6)
            np.testing.assert_allclose(read.camera_from_world.matrix, wanted, atol=0.01)
        elif block.how == "pose":
            np.testing.assert_allclose(read_pose(path).matrix, wanted, atol=1e-9)
        elif block.how == "points":
            assert read_points(path).points_ras.tolist() == [[12.5, -30.1, 88.0]]
    assert {"camera", "pose", "points"} <= set(seen) <= {"camera", "pose", "points", "output"}


def test_readme_is_short():
    assert len((REPOSITORY / "README.md").read_bytes()) <= LARGEST_README


def test_tables_are_those_of_the_results(monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY / "Testing" / "bench"))
    from docs_tables import pages

    for path, text in pages().items():
        assert text == path.read_text(encoding="utf-8"), f"{path.name}: run .venv/bin/python Testing/bench/docs_tables.py"


def test_links_of_the_readme_lead_somewhere():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert targets
    for target in targets:
        assert (REPOSITORY / target.split("#")[0]).exists(), target


def test_the_workflows_name_what_exists():
    yaml = pytest.importorskip("yaml")
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in sorted((REPOSITORY / ".github" / "workflows").glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        steps = [step for job in content["jobs"].values() for step in job["steps"]]
        script = "\n".join(step.get("run", "") for step in steps)
        assert set(re.findall(r"make ([a-z-]+)", script)) <= targets, path.name
        for name in re.findall(r"(?:RayEmbRegistration|Testing)/[\w./-]+\w", script):
            assert (REPOSITORY / name).exists(), f"{path.name} names {name}"


def test_versions_agree():
    from RayEmbRegistrationLib import __version__

    assert f"\nversion: {__version__}\n" in (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {__version__}\n" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"rayemb_registration-{__version__}-" in (REPOSITORY / "docs" / "install.md").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the site is built with Python 3.11 or later")
def test_commands_of_the_pages_are_those_of_the_parser():
    """Options that prose names exist."""
    known = set()
    for action in build_parser()._subparsers._group_actions[0].choices.values():
        known |= {option for each in action._actions for option in each.option_strings}
    known |= {"--version", "--help", "--no-deps", "--requirement", "--only", "--quick", "--calibrate", "--nproc-per-node"}
    known |= {"--nthreads", "--scheduler-file", "--index-url", "--max-restarts", "--language", "--linked"}
    for page in PAGES:
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text(encoding="utf-8").split("## 0.1.0")[0]):
            if not option.startswith("--8"):
                assert option in known, f"{page.name}: {option}"


def test_trust_is_described_as_it_is_calibrated():
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.quality.calibration import FEATURES, read_calibration

    page, calibration = (REPOSITORY / "docs" / "trust.md").read_text(encoding="utf-8"), read_calibration()
    fitted = re.match(r"Fitted on (\d+) registrations with a right answer and (\d+) without, of (\d+)", calibration.about)
    right, without, subjects = fitted.groups()
    said = f"{right} with a right answer and {without} without, of {subjects} subjects"
    assert said in " ".join(page.split())
    needed = calibration.needed
    words = f"(`needed`, {needed['overlay']:g} for the overlay and {needed['position']:g} for the position)"
    assert words in " ".join(page.split())
    assert f"of {len(FEATURES)} features" in " ".join(page.split())
    allowed = RegistrationSettings()
    for purpose, allowed_mm in (("overlay", allowed.overlay_tolerance_mm), ("position", allowed.position_tolerance_mm)):
        assert re.search(rf"^\| \*\*{purpose}\*\*.*\| {allowed_mm:g} mm", page, re.MULTILINE)


def test_exit_statuses_are_all_named():
    from RayEmbRegistrationLib.command_line.console import STATUSES

    first = (REPOSITORY / "docs" / "first-registration.md").read_text(encoding="utf-8")
    assert [int(found) for found in re.findall(r"^\| (\d+) \|", first, re.MULTILINE)] == sorted(STATUSES)
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8").split("Exit statuses:")[1].split("\n\n")[0]
    assert {int(found) for found in re.findall(r"(?:^|; )\s*(\d) ", readme)} == set(STATUSES) - {130}
