"""What each choice of the refinement is worth: pelvis without a start pose, wrist from starts, one choice changed."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import wrist
from common import DATA, Benchmark, median, needed
from pelvis12 import register_case

STARTS = 3
WIDE = {32: 9, 64: 13, 128: 17, 192: 25}


def run(quick: bool = False) -> Benchmark:
    """Every variant on the twelve pelvic X-rays and on three wrist starts a view (two and one if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    cases = find_cases(needed(DATA / "pelvis") / "xrays")[:: 6 if quick else 1]
    pelvis = prepare(open_ct(DATA / "pelvis" / "ct.nii.gz").volume, PrepareSettings(weights="none"))
    radius = prepare(open_ct(needed(DATA / "wrist") / "radius.nrrd").volume, PrepareSettings(library=False))
    rows, entries = [], []
    for name, changes in variants().items():
        print(f" {name}", flush=True)
        with changed(changes):
            outcomes = [register_case(pelvis, case) for case in cases]
            deviations = wrist_deviations(radius, 1 if quick else STARTS)
        right = sum(d.in_plane_mm < wrist.SINGLE_LIMIT[1] and d.rotation_deg < wrist.SINGLE_LIMIT[0] for d in deviations)
        errors = [outcome.errors.mtre_mm for outcome in outcomes]
        rows.append(
            {
                "variant": name,
                "pelvis below 1 mm": f"{sum(error < 1 for error in errors)} of {len(errors)}",
                "median mTRE": median(errors),
                "wrist within 1 mm and 3 degrees": f"{right} of {len(deviations)}",
                "median core-seconds, pelvis": f"{np.median([outcome.core_seconds for outcome in outcomes]):.1f}",
            }
        )
        entries.append({"variant": name, "cases": [o.entry() for o in outcomes], "wrist": [d.entry() for d in deviations]})
    note = "One choice is changed at a time; a difference of one case is not significant."
    return Benchmark(rows, entries, note)


def variants() -> dict[str, list[tuple[object, str, object]]]:
    """Name of a variant to (module, constant, value) changes."""
    from RayEmbRegistrationLib.pose.alignment import similarity
    from RayEmbRegistrationLib.pose.strategies import search, start

    def schedules(change) -> list[tuple[object, str, object]]:
        return [
            (module, name, change(getattr(module, name)))
            for module, name in ((search, "FROM_SEARCH"), (start, "FROM_START"))
        ]

    def coarser(schedule):
        return replace(schedule, levels=schedule.levels[:-1], keep=schedule.keep[:-1])

    def wider(schedule):
        return replace(schedule, levels=tuple(replace(level, window=WIDE[level.pixels]) for level in schedule.levels))

    return {
        "as it is": [],
        "all pixels weigh the same": [(similarity, "LEAST_WEIGHT", 1.0)],
        "windows two to three times as wide": schedules(wider),
        "no level at 192 pixels": schedules(coarser),
        "no restarts from a start pose": schedules(lambda schedule: replace(schedule, restarts=0)),
        "8 hypotheses instead of 32, no second try": [
            *((search, "FIRST", 8), (search, "ALL", 8)),
            *((start, "COUNT", 8), (start, "MOST_COUNT", 8), (start, "WIDER", 1)),
        ],
    }


@contextmanager
def changed(changes: list[tuple[object, str, object]]):
    """Constants set to other values for a while."""
    kept = [(module, name, getattr(module, name)) for module, name, _ in changes]
    try:
        for module, name, value in changes:
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)


def wrist_deviations(prepared, starts: int) -> list[wrist.Deviation]:
    """Single views of the wrist from random starts, the same for every variant."""
    found = []
    for f, frame in enumerate(wrist.FRAMES):
        for v, camera in enumerate(wrist.CAMERAS):
            view = wrist.read_view(DATA / "wrist", frame, camera)
            found += wrist.from_starts(prepared, [view], wrist.SINGLE_START, starts, np.random.default_rng([f, v, 1]))
    return found
