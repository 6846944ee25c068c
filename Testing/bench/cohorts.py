"""Our own simulated cohorts through ``compare``, and capture ranges from given starts (van de Kraats et al. 2005).

The methods without a start pose on cohorts of phantoms, hard X-rays, single views and pairs; then, on some of the same
X-rays, registration from starts whose error grows evenly, beside the baseline ``intensity`` from the very same starts. That
baseline climbs through our projector here: through DiffDRR's, whose images are all but the same, it takes minutes a start.
X-rays, records and reports stay in output/bench_cache/cohorts, so that a run that was stopped goes on.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from baselines import conditioned, entry
from common import CACHE, Benchmark, median, rounded, share

PLACE = CACHE / "cohorts"
COHORTS = ("pelvis-hard", "spine-hard", "pelvis-hard-two-views")
METHODS = ("both", "rayemb", "search")
PATIENTS, CASES = 2, 5
CAPTURE_COHORT, CAPTURE_CASES, STARTS, RANGE_MM = "pelvis-hard", 3, 10, 40.0


def run(quick: bool = False) -> Benchmark:
    """Compare on all cohorts, and one row a cohort and method; then one a method for capture."""
    rows, entries = [], []
    for name in COHORTS[:1] if quick else COHORTS:
        records = compared(name, 1 if quick else PATIENTS, 1 if quick else CASES)
        rows += [row_of(name, method, [r for r in records if r.method == method]) for method in METHODS]
        entries += [entry(record) | {"cohort": name, "patient": record.patient} for record in records]
    curves = capture(1, 2) if quick else capture(CAPTURE_CASES, STARTS)
    note = (
        f"Phantoms drawn for each cohort, X-rays of 384 x 384 pixels by Siddon's method; view prior 'ap', no start pose, "
        f"polarity told. From starts up to {RANGE_MM:g} mm off, {CAPTURE_COHORT}, methods told 10 degrees and 10 mm: "
        + "; ".join(_captured(name, curve) for name, curve in curves.items())
        + ". The capture range is the largest error at the start up to which at least 95 % end below 2 mm."
    )
    entries += [
        {"capture": name, "edges_mm": curve.edges_mm.tolist(), "success": [rounded(won) for won in curve.success]}
        for name, curve in curves.items()
    ]
    return Benchmark(rows, entries, note)


def _captured(name: str, curve) -> str:
    """One method's curve in words."""
    wins, total = np.nansum(curve.success * curve.counts), int(curve.counts.sum())
    return f"`{name}` {wins:.0f} of {total} below 2 mm, capture range {curve.capture_range_mm:.0f} mm"


def patients_of(name: str, count: int, cases: int) -> list:
    """The first patients of a cohort with their first cases, made if need be."""
    from RayEmbRegistrationLib.evaluation.cohorts import COHORTS as ALL
    from RayEmbRegistrationLib.evaluation.cohorts import write_cohort
    from RayEmbRegistrationLib.evaluation.comparison.patients import read_patient

    cohort = replace(ALL[name], patients=count, cases=cases)
    folders = write_cohort(PLACE / name, cohort, lambda _, stage: print(f"  {stage}", flush=True))
    found = [read_patient(folder, joint=cohort.two_views) for folder in folders]
    return [replace(p, name=f"{name}/{p.name}", group=name, cases=p.cases[:cases]) for p in found]


def compared(name: str, count: int, cases: int) -> list:
    """The records of all methods on one cohort."""
    from RayEmbRegistrationLib.evaluation.comparison.plan import plan_trials
    from RayEmbRegistrationLib.evaluation.comparison.run import compare
    from RayEmbRegistrationLib.evaluation.report.write import write_report

    choices = _choices(PLACE / "compared")
    trials = plan_trials(patients_of(name, count, cases), METHODS, choices, weights=None)
    done = compare(trials, choices, progress=lambda _, stage: print(f"  {stage}", flush=True))
    write_report(PLACE / f"{name}.html", done.records, [], [f"Cohort {name}; polarity told; no start pose."])
    return done.records


def capture(cases: int, count: int) -> dict:
    """Curves of our registration and of ``intensity`` from the same starts."""
    from RayEmbRegistrationLib.evaluation.capture_range import capture_curve, start_specs
    from RayEmbRegistrationLib.evaluation.comparison.plan import FROM_START, plan_trials
    from RayEmbRegistrationLib.evaluation.comparison.run import compare

    choices = _choices(PLACE / "captured")
    (patient,) = patients_of(CAPTURE_COHORT, 1, CASES)
    chosen = replace(patient, cases=patient.cases[:cases])
    trials = plan_trials([chosen], ["search"], choices, start_specs(count, RANGE_MM), weights="none")
    from_start = [trial for trial in trials if trial.start is not None]
    records = compare(from_start, choices).records
    assert all(record.method == FROM_START for record in records)
    ours = capture_curve([r.initial_mtre_mm for r in records], [r.errors.mtre_mm for r in records], RANGE_MM, 5)
    climbed = [_climbed(trial, choices) for trial in from_start]
    theirs = capture_curve([c["initial_mm"] for c in climbed], [c["final_mm"] for c in climbed], RANGE_MM, 5)
    return {"ours": ours, "intensity": theirs}


def _climbed(trial, choices) -> dict:
    """Where ``intensity`` ends from a trial's start, kept."""
    from RayEmbRegistrationLib.drr.joseph import JosephProjector
    from RayEmbRegistrationLib.evaluation.capture_range import start_pose
    from RayEmbRegistrationLib.evaluation.cases import read_case
    from RayEmbRegistrationLib.evaluation.comparison.trial import load_prepared, targets_of
    from RayEmbRegistrationLib.evaluation.metrics import pose_errors
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.pose.strategies.intensity import climb_intensity

    path = PLACE / "climbed" / f"{Path(trial.key).as_posix().replace('/', '.')}-{trial.fingerprint}.json"
    if not path.exists():
        prepared, case = load_prepared(trial, choices), read_case(trial.geometry_paths[0])
        radiograph, points = conditioned(case), targets_of(case, prepared)
        start = start_pose(case.truth, points, trial.start, trial.case)
        projector = JosephProjector(prepared.attenuation, prepared.ras_from_ijk)
        found = climb_intensity(projector, [radiograph], [np.eye(4)], start.matrix, prepared.center_ras)
        poses = {"initial_mm": start, "final_mm": RigidTransform.from_matrix(found)}
        errors = {name: pose_errors(pose, case.truth, radiograph.camera, points).mtre_mm for name, pose in poses.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(errors), encoding="utf-8")
        print(f"  {trial.key}: intensity from {errors['initial_mm']:.1f} to {errors['final_mm']:.1f} mm", flush=True)
    return json.loads(path.read_text(encoding="utf-8"))


def _choices(place: Path):
    from RayEmbRegistrationLib.evaluation.comparison.plan import Choices

    return Choices(str(place), threads=1, mirrored=False)


def row_of(cohort: str, method: str, records: list) -> dict:
    """One line of the table."""
    errors = np.array([record.errors.mtre_mm for record in records])
    trusted = np.array([record.asked_for("position").trusted for record in records])
    return {
        "cohort": cohort,
        "method": method,
        "cases": len(records),
        "below 2 mm": share(errors < 2),
        "below 1 mm": share(errors < 1),
        "above 10 mm": share(~(errors <= 10)),
        "median mTRE": median(errors.tolist()),
        "trusted, over 5 mm off": str(int((trusted & ~(errors <= 5)).sum())),
        "below 2 mm, not trusted": str(int((~trusted & (errors < 2)).sum())),
        "processor time, median": median([r.core_seconds for r in records if not r.failed], "core-s"),
    }
