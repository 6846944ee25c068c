"""The extension as the catalog's checks and Slicer's build see it: complete file lists, metadata that agree, real CMake."""

import json
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

EXTENSION = "RayEmbRegistration"
REPOSITORY = Path(__file__).resolve().parents[2]
MODULE_FOLDER = REPOSITORY / EXTENSION
UPDATE = "run: git add <new files>; .venv/bin/python Testing/update_file_lists.py"


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def tracked(*patterns: str) -> list[str]:
    """Paths that git tracks and that exist, relative to the repository."""
    command = ["git", "ls-files", "-z", "--", *patterns]
    try:
        answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git does not list the files here ({error})")
    return [name for name in answer.stdout.split("\0") if name and (REPOSITORY / name).exists()]


@pytest.fixture(scope="module")
def description() -> dict[str, str]:
    """The keywords of the .s4ext file, read as Slicer reads them: one a line, from its first character."""
    lines = [line for line in text_of(f"{EXTENSION}.s4ext").splitlines() if line and not line.startswith("#")]
    return {keyword: value.strip() for keyword, _, value in (line.partition(" ") for line in lines)}


@pytest.fixture(scope="module")
def entry() -> dict:
    return json.loads(text_of(f"{EXTENSION}.json"))


@pytest.fixture(scope="module")
def configured(tmp_path_factory) -> dict[str, list[str]]:
    """What the real CMake hands to Slicer's macros, recorded by a stand-in for Slicer."""
    cmake = shutil.which("cmake", path=str(Path(sys.executable).parent)) or shutil.which("cmake")
    if cmake is None:
        pytest.skip("cmake is not installed")
    folder = tmp_path_factory.mktemp("cmake")
    (folder / "slicer").mkdir()
    shutil.copy(Path(__file__).with_name("stub_slicer_config.cmake"), folder / "slicer" / "SlicerConfig.cmake")
    compilers = [f"-DCMAKE_{language}_COMPILER_FORCED=ON" for language in ("C", "CXX")]  # nothing is compiled
    compilers += [f"-DCMAKE_{language}_COMPILER={shutil.which('true')}" for language in ("C", "CXX")]
    options = ["-G", "Unix Makefiles", f"-DSlicer_DIR={folder / 'slicer'}", "-DBUILD_TESTING=ON", *compilers]
    command = [cmake, "-S", str(REPOSITORY), "-B", str(folder / "build"), *options]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stderr
    record: dict[str, list[str]] = {}
    for line in (folder / "build" / "record.txt").read_text(encoding="utf-8").splitlines():
        keyword, _, value = line.partition("=")
        record.setdefault(keyword, []).append(value)
    return record


def test_every_python_file_is_installed():
    wanted = [name.removeprefix(f"{EXTENSION}/") for name in tracked(f"{EXTENSION}/*.py")]
    block = text_of(f"{EXTENSION}/CMakeLists.txt").split("# begin Python files\n")[1].split("# end Python files")[0]
    listed = block.split()
    assert sorted(set(wanted) - set(listed)) == [], f"not in {EXTENSION}/CMakeLists.txt; {UPDATE}"
    assert sorted(set(listed) - set(wanted)) == [], f"listed, but not tracked by git; {UPDATE}"
    assert listed == sorted(set(listed)), f"the list is not sorted; {UPDATE}"


def test_cmake_configures_and_hands_slicer_every_file(configured):
    assert configured["NAME"] == [EXTENSION]
    assert sorted(configured["SCRIPT"]) == sorted(p.removeprefix(f"{EXTENSION}/") for p in tracked(f"{EXTENSION}/*.py"))
    data = tracked(*(f"{EXTENSION}/{name}" for name in ("Resources/*", "*Lib/*.jinja", "*Lib/*.json", "*Lib/*.safetensors")))
    assert sorted(configured["RESOURCE"]) == sorted(name.removeprefix(f"{EXTENSION}/") for name in data)
    has_panel = (MODULE_FOLDER / f"{EXTENSION}.py").exists()
    assert (configured["WITH_GENERIC_TESTS"] == ["TRUE"]) == has_panel, "generic tests load the panel: both or neither"


def test_installed_copy_opens_in_the_host(configured, tmp_path):
    """Slicer puts scripts and resources into one flat folder; what the lists leave out is missing there."""
    pytest.importorskip("slicer", reason="slicer-core is not installed")
    pytest.importorskip("PySide6.QtWidgets", reason="PySide6 does not load", exc_type=ImportError)
    if not (MODULE_FOLDER / f"{EXTENSION}.py").exists():
        pytest.skip("there is no panel yet")
    installed = tmp_path / "qt-scripted-modules"
    for name in [*configured["SCRIPT"], *configured["RESOURCE"]]:
        (installed / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(MODULE_FOLDER / name, installed / name)
    panel = [sys.executable, str(REPOSITORY / "Testing" / "host" / "panel.py"), "--picture", "--output", str(tmp_path)]
    panel += ["--module", str(installed / f"{EXTENSION}.py")]
    answer = subprocess.run(panel, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "window.png").stat().st_size > 5000


def test_the_host_is_not_shipped(configured):
    assert not [name for name in configured["SCRIPT"] if "host" in Path(name).parts or name.startswith("Testing")]
    for name in tracked(f"{EXTENSION}/*.py"):
        assert not re.search(r"^\s*(from|import) (host|PySide6)\b", text_of(name), re.MULTILINE), name


def test_slicer_runs_the_self_tests(configured):
    assert "test_inside_slicer.py" in configured["UNITTEST"]


def test_metadata_agree(configured, description, entry):
    pairs = {"homepage": "HOMEPAGE", "contributors": "CONTRIBUTORS", "category": "CATEGORY", "description": "DESCRIPTION"}
    pairs |= {"iconurl": "ICONURL", "screenshoturls": "SCREENSHOTURLS", "depends": "DEPENDS"}
    for keyword, variable in pairs.items():
        assert [description[keyword]] == configured[f"EXTENSION_{variable}"], keyword
    assert configured["EXTENSION_DEPENDS"] == entry["build_dependencies"]
    assert description["category"] == entry["category"] == "Registration"
    assert (description["scmurl"], description["scmrevision"]) == (entry["scm_url"], entry["scm_revision"])
    assert description["build_subdirectory"] == entry["build_subdirectory"]
    assert description["tier"] == str(entry["tier"])
    assert entry["scm_url"] == description["homepage"] + ".git"
    assert Path(configured["EXTENSION_LICENSE_FILE"][0]) == REPOSITORY / "LICENSE.txt"


def test_catalog_entry_follows_the_schema(entry):
    optional = {
        "build_dependencies",
        "build_subdirectory",
        "dicom_support_rule",
        "enabled",
        "scm_revision",
        "scm_type",
        "tier",
    }
    assert {"$schema", "category", "scm_url"} <= set(entry) <= {"$schema", "category", "scm_url"} | optional
    assert entry["scm_url"].startswith("https://")
    assert entry["scm_url"].rsplit("/", 1)[1].startswith("Slicer"), "the repository's name must begin with Slicer"
    assert not EXTENSION.lower().startswith("slicer"), "the extension's name must not"
    assert 1 <= entry["tier"] <= 5


def test_catalog_checks_find_what_they_look_for():
    """The catalog reads CMakeLists.txt with these expressions, which ordinary CMake style can break."""
    text = text_of("CMakeLists.txt")
    assert re.findall(r"project\s*\(\s*([^\s\)\n\r]+)", text)[0] == EXTENSION
    icon = re.findall(r'set\s*\(EXTENSION_ICONURL\s*"([^"]+)"[ ]*\)', text)
    screenshots = re.findall(r'set\s*\(EXTENSION_SCREENSHOTURLS\s*"([^"]+)"\)', text)
    assert len(icon) == len(screenshots) == 1
    for url in [*icon, *screenshots[0].split()]:
        assert url.startswith("https://raw.githubusercontent.com/")
        assert not {"$", "&", "?"} & set(url)


def test_description_keywords_are_those_slicer_knows(description):
    known = "scm scmurl scmrevision depends recommends build_subdirectory homepage contributors category iconurl status tier"
    known += " description screenshoturls enabled dicom_support_rule keywords"
    assert list(description) == known.split()


@pytest.mark.parametrize("icon", [f"Resources/Icons/{EXTENSION}.png", f"{EXTENSION}/Resources/Icons/{EXTENSION}.png"])
def test_icon_is_a_png_of_128_pixels(icon):
    header = (REPOSITORY / icon).read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", header[16:24]) == (128, 128)


def test_pictures_named_in_the_metadata_exist(description):
    for url in [description["iconurl"], *description["screenshoturls"].split()]:
        picture = REPOSITORY / url.split("/main/")[1]
        if "Screenshots" in picture.parts and not picture.parent.exists():
            pytest.skip(f"{picture.relative_to(REPOSITORY)} has not been taken yet")
        assert picture.exists(), picture


def test_licence_and_readme():
    assert text_of("LICENSE.txt").startswith("MIT License")
    if not (REPOSITORY / "README.md").exists():
        pytest.skip("README.md is not written yet")
    readme = text_of("README.md")
    assert "MIT" in readme, "the catalog wants the licence named in the README"
    assert "cite" in readme.lower()


def test_user_requirements_leave_slicers_packages_alone():
    lines = text_of(f"{EXTENSION}/Resources/requirements.txt").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    names = {re.match(r"[A-Za-z0-9_-]+", line).group().lower() for line in lines}
    assert not names & {"torch", "torchvision", "simpleitk", "numpy", "scipy", "vtk", "pydicom", "pyvista", "opencv-python"}
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+>=[0-9.]+", line) for line in lines), "a lower bound each, and no pins"


def test_development_requirements_are_pinned_for_every_python():
    for name in ("requirements.txt", "requirements-no-deps.txt"):
        for line in text_of(f"Testing/{name}").splitlines():
            pin = r"[A-Za-z0-9._-]+==[0-9.]+(post\d+)?(; python_version (<|>=) \"3\.\d+\")?"
            assert not line or line.startswith("#") or re.fullmatch(pin, line), line


def test_files_are_fit_for_the_catalog():
    for name in tracked():
        path = REPOSITORY / name
        content = path.read_bytes()
        assert len(content) <= 10 * 1024**2, f"{name} is over 10 MB: large files belong in a release"
        if path.suffix in {".py", ".jinja", ".json", ".txt", ".md", ".toml", ".s4ext", ".cmake", ".sh", ".ui"}:
            assert b"\r" not in content, f"{name} has carriage returns"
            assert content.endswith(b"\n") or not content, f"{name} does not end with a newline"
            assert b"\t" not in content or path.suffix != ".json", f"{name} has tabs"
