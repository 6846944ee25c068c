"""Registration on 40 Monte Carlo X-rays of a real pelvis, knee and hip, beside the fast model's X-rays of the same poses.

    .venv/bin/python Testing/bench/monte_carlo_xrays.py --pack FOLDER     the CTs for Testing/gpu/monte_carlo.py
    .venv/bin/python Testing/bench/monte_carlo_xrays.py --take FILE.npz   the X-rays that it made, as cases
    .venv/bin/python Testing/bench/run.py --only monte_carlo_xrays        what is missing is made here, and registered
    .venv/bin/python Testing/bench/monte_carlo_xrays.py --kept            the table of what was registered so far

Both kinds are projected from the CT on a finer grid, every second one hard; of a pose both have the same voltage, photons,
display and number of tools. X-rays and registrations are kept in output/bench_cache, so that a run that was stopped goes on.
"""

import argparse
import importlib.util
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from common import CACHE, DATA, REPOSITORY, Benchmark, Outcome, median, needed, opened, row, save, share, timed_outcome
from docs_tables import update_docs

PLACE = CACHE / "monte_carlo_xrays"
CTS, LIMBS, COUNT, PIXELS, SEED = PLACE / "cts", ("STS_028", "STS_044"), 40, 384, 17
"""The limbs: a knee and a hip."""
KINDS = ("monte carlo", "fast")
ACROSS_MM = 2.0
POINTS = 2000
"""Of the bone, by which poses are drawn."""


def script():
    """Testing/gpu/monte_carlo.py, which draws poses and settings."""
    spec = importlib.util.spec_from_file_location("gpu_monte_carlo", REPOSITORY / "Testing" / "gpu" / "monte_carlo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(quick: bool = False, only_kept: bool = False) -> Benchmark:
    """Register all (one of each CT if quick) of both kinds, or take what was registered so far."""
    rows, cases = [], []
    for kind in KINDS[::-1] if quick else KINDS:
        outcomes = registered(kind, 3 if quick else COUNT, only_kept)
        rows += rows_of(kind, outcomes)
        cases += [outcome.entry() | {"kind": kind} for outcome in outcomes]
    note = (
        f"{COUNT} X-rays of {PIXELS} x {PIXELS}: 16 of the real pelvis, 12 each of a real knee and a real hip, whose CTs "
        "end within the picture; grid in or out, noise, display, and in the hard ones tools, tight collimation and letters. "
        "No start pose, polarity not told, view prior 'ap', the CT as it came. Across the view: mean reprojection distance. "
        "The fast model's X-rays have the same poses; body, scatter and noise are its own."
    )
    return Benchmark(rows, cases, note)


def rows_of(kind: str, outcomes: list[Outcome]) -> list[dict]:
    """The rows of one kind of X-ray."""
    asked = {"share": "92 %", "wrong": "0"} if kind == KINDS[0] else {"share": "", "wrong": ""}

    def across(chosen: list[Outcome]) -> str:
        return share(outcome.errors.mrpd_mm < ACROSS_MM for outcome in chosen)

    numbers = [int(outcome.name.split("-")[-1]) for outcome in outcomes]
    easy, hard = ([one for one, n in zip(outcomes, numbers, strict=True) if n % 2 == odd] for odd in (0, 1))
    rows = [
        row(f"{kind}: below {ACROSS_MM:g} mm across the view", asked["share"], across(outcomes)),
        row(f"{kind}: of these the easy ones", "", across(easy)),
        row(f"{kind}: of these the hard ones", "", across(hard)),
    ]
    for name in ("pelvis", *LIMBS):
        own = [outcome for outcome in outcomes if outcome.name.startswith(name)]
        rows.append(row(f"{kind}: of these {_word(name)}", "", across(own) if own else "not registered yet"))
    return [
        *rows,
        row(f"{kind}: trusted although wrong", asked["wrong"], str(sum(one.is_wrongly_trusted for one in outcomes))),
        row(f"{kind}: overlay trusted", "", share(outcome.overlay_trusted for outcome in outcomes)),
        row(f"{kind}: across the view, median", "", median([outcome.errors.mrpd_mm for outcome in outcomes])),
        row(f"{kind}: in space, median mTRE", "", median([outcome.errors.mtre_mm for outcome in outcomes])),
        row(f"{kind}: processor time, median", "", median([one.core_seconds for one in outcomes], "core-seconds")),
    ]


def _word(name: str) -> str:
    return {"pelvis": "of the pelvis", "STS_028": "of the knee", "STS_044": "of the hip"}[name]


def registered(kind: str, count: int, only_kept: bool = False) -> list[Outcome]:
    """Each X-ray of one kind without a start pose, kept; or those that are."""
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.evaluation.metrics import PoseErrors
    from RayEmbRegistrationLib.registration import register

    names = make_missing(kind, count)
    cases, found = {case.name: case for case in find_cases(PLACE / kind)}, []
    for name in names:
        path = PLACE / kind / f"{name}.outcome.json"
        if only_kept and not path.exists():
            continue
        if not path.exists():
            prepared, case = prepared_of(name.rsplit("-", 1)[0]), cases[name]
            view, points = opened(case), prepared.bone_points_ras
            done = timed_outcome(name, lambda p=prepared, v=view: register(p, [v]), case.truth, view.camera, points)
            path.write_text(json.dumps(vars(done) | {"errors": vars(done.errors)}), encoding="utf-8")
        kept = json.loads(path.read_text(encoding="utf-8"))
        found.append(Outcome(**kept | {"errors": PoseErrors(**kept["errors"])}))
    return found


@lru_cache(maxsize=1)
def prepared_of(name: str):
    """The CT as it came, with the module's weights."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.pose.prepared.prepare import prepare

    return prepare(open_ct(file_of(name)).volume)


def file_of(name: str) -> Path:
    """Of a CT, or NotHereError."""
    return needed(DATA / "pelvis" / "ct.nii.gz" if name == "pelvis" else DATA / "limb_ct" / f"{name}.nii.gz")


def make_missing(kind: str, count: int) -> list[str]:
    """Names of the X-rays of one kind, those that are missing made first."""
    from RayEmbRegistrationLib.simulation import cases as fast
    from RayEmbRegistrationLib.simulation.monte_carlo import cases as monte_carlo
    from RayEmbRegistrationLib.simulation.monte_carlo.matter import matter_of

    draw, camera, names, last, ct = script(), fast.default_camera(PIXELS), [], None, None
    paths = [CTS / f"mc_{name}.npz" for name in ("pelvis", *LIMBS)]
    if not all(path.exists() for path in paths):
        pack(CTS)
    for path, number in draw.wanted(paths, count):
        subject = path.stem.removeprefix("mc_")
        names.append(f"{subject}-{number:02d}")
        if (PLACE / kind / f"{names[-1]}.truth.json").exists():
            continue
        if path != last:
            with np.load(path) as file:
                ct, points = draw.finer(file["hu"], file["ras_from_ijk"], "cpu"), file["points_ras"]
            last, matter = path, matter_of(ct, keep=True) if kind == KINDS[0] else None
        pose = draw.drawn_pose(subject, points, number, SEED, subject == "pelvis")
        settings, rng = draw.drawn_settings(subject, number, SEED)
        given = (ct, camera, pose, settings, rng)
        xray = fast.simulate_case(*given) if matter is None else monte_carlo.simulate_case(*given, matter)
        fast.write_case(PLACE / kind, names[-1], xray, camera, pose)
        print(f"  made {kind} {names[-1]}: {xray.description}", flush=True)
    return names


def take(path: Path) -> None:
    """X-rays that Testing/gpu/monte_carlo.py made, as cases."""
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.simulation.cases import default_camera, write_case
    from RayEmbRegistrationLib.simulation.xray import SimulatedXray

    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files}
    camera = default_camera(arrays["pixels"].shape[-1])
    assert np.allclose(camera.K, arrays["K"]), "of another camera"
    for number, name in enumerate(arrays["names"]):
        pixels = arrays["pixels"][number].astype(np.uint8 if arrays["bits"][number] == 8 else np.uint16)
        mask = np.unpackbits(arrays["mask"][number])[: pixels.size].reshape(pixels.shape).astype(bool)
        xray = SimulatedXray(pixels, mask, bool(arrays["bright"][number]), str(arrays["about"][number]))
        write_case(PLACE / KINDS[0], str(name), xray, camera, RigidTransform.from_matrix(arrays["poses"][number]))
    print(f"{len(arrays['names'])} X-rays in {PLACE / KINDS[0]}")


def pack(folder: Path) -> None:
    """Write the CTs that are projected, with points of their bones."""
    from pelvis_cases import bone_alone
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pelvis", *LIMBS):
        ct = bone_alone() if name == "pelvis" else open_ct(file_of(name)).volume
        points = prepare(ct, PrepareSettings(weights="none", library=False)).bone_points_ras
        chosen = np.random.default_rng(0).choice(len(points), min(POINTS, len(points)), replace=False)
        np.savez_compressed(
            folder / f"mc_{name}.npz",
            hu=np.round(ct.hu).astype(np.int16), ras_from_ijk=ct.ras_from_ijk, points_ras=points[chosen],
        )  # fmt: skip
        print(f"  {name}: {(folder / f'mc_{name}.npz').stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, metavar="FOLDER")
    parser.add_argument("--take", type=Path, metavar="FILE")
    parser.add_argument("--kept", action="store_true")
    arguments = parser.parse_args()
    if arguments.pack:
        pack(arguments.pack)
    if arguments.take:
        take(arguments.take)
    if arguments.kept:
        save("monte_carlo_xrays", run(only_kept=True), quick=False)
        update_docs()
