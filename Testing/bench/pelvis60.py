"""Sixty simulated X-rays of a real pelvis, up to 45 degrees oblique both ways, and pairs 60 degrees apart; no start pose."""

from common import DATA, Benchmark, median, needed, opened, row, share, timed_outcome
from pelvis12 import register_case, summary_rows
from pelvis_cases import FOLDER, PAIR_ANGLE_DEG, PAIRS, SINGLE, make_cases


def run(quick: bool = False) -> Benchmark:
    """Register singles and pairs (two and one if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    singles, pairs = (2, 1) if quick else (SINGLE, PAIRS)
    prepared = prepare(open_ct(needed(DATA / "pelvis" / "ct.nii.gz")).volume, PrepareSettings(weights="none"))
    make_cases(singles, pairs)
    cases = {case.name: case for case in find_cases(FOLDER)}
    single = [register_case(prepared, cases[f"single{n:02d}"]) for n in range(singles)]
    pair = [register_pair(prepared, cases[f"pair{n:02d}a"], cases[f"pair{n:02d}b"]) for n in range(pairs)]
    rows = summary_rows(single, {"2": "92 %", "median": "0.4 mm"})
    hard = [outcome for n, outcome in enumerate(single) if n % 2]
    rows.insert(1, row("of these the hard ones", "", share(outcome.errors.mtre_mm < 5 for outcome in hard)))
    rows += [
        row(
            f"pairs {PAIR_ANGLE_DEG:g} degrees apart: median mTRE",
            "0.2 mm",
            median([o.errors.mtre_mm for o in pair]),
        ),
        row("pairs: mTRE below 1 mm", "", share(outcome.errors.mtre_mm < 1 for outcome in pair)),
        row("pairs: time, median", "", median([outcome.seconds for outcome in pair], "s")),
    ]
    note = (
        f"{len(single)} single X-rays and {len(pair)} pairs rendered by Siddon's method, every second one with noise, "
        "tools or tight collimation. Simulated from the CT that is registered, with exact geometry: real X-rays are harder."
    )
    return Benchmark(rows, [outcome.entry() for outcome in [*single, *pair]], note)


def register_pair(prepared, first, second):
    """Both views of a pair; their relative geometry is known, the pose is not."""
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.registration import register

    views = []
    for case, camera_from_rig in ((first, RigidTransform()), (second, second.truth @ first.truth.inverse())):
        views.append(opened(case).with_geometry(camera_from_rig=camera_from_rig))
    name = first.name[:-1]
    return timed_outcome(name, lambda: register(prepared, views), first.truth, views[0].camera, prepared.bone_points_ras)
