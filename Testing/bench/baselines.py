"""All methods on the same four of the given X-rays of the real pelvis, by ``compare``: ours beside both baselines.

The network for fixed landmarks is trained for five minutes first. ``intensity`` takes two minutes of a processor an X-ray:
two easy and two hard X-rays must do. Records, report and network stay in output/bench_cache/baselines, so that a run that
was stopped goes on.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import CACHE, DATA, Benchmark, both_polarities, median, needed, opened, rounded, share, start_near

METHODS = ("rayemb", "search", "both", "fixed-landmarks", "intensity")
AT_EITHER_END = 2
NEAR_DEG, NEAR_MM = 5.0, 10.0
MINUTES = 5.0
PLACE = CACHE / "baselines"


def run(quick: bool = False) -> Benchmark:
    """Compare, and one row a method."""
    from RayEmbRegistrationLib.evaluation.comparison.figures import figure_rows
    from RayEmbRegistrationLib.evaluation.comparison.patients import find_patients
    from RayEmbRegistrationLib.evaluation.comparison.plan import Choices, plan_trials
    from RayEmbRegistrationLib.evaluation.comparison.run import compare
    from RayEmbRegistrationLib.evaluation.report.write import write_report

    (pelvis,) = find_patients(needed(DATA / "pelvis"))
    weights = os.environ.get("RAYEMB_WEIGHTS")
    network = fixed_network(pelvis.ct_path, weights, quick)
    count = 1 if quick else AT_EITHER_END
    cases = (*pelvis.cases[:count], *pelvis.cases[-count:])
    given = replace(pelvis, name="given", group="given", fixed_weights=network, cases=cases)
    choices = Choices(str(PLACE), threads=1, mirrored=False)
    trials = plan_trials([given], METHODS, choices, weights=weights)
    done = compare(trials, choices, progress=lambda _, stage: print(f"  {stage}", flush=True))
    figures = figure_rows(trials, done.records, choices, 3)
    write_report(PLACE / "report.html", done.records, figures, ["One real pelvic CT; polarity told; no start pose."])
    rows = [row_of(method, [r for r in done.records if r.method == method]) for method in METHODS]
    near = climbs_from_near([trial for trial in trials if trial.method == METHODS[0]], choices)
    errors = landmark_errors_mm(network, [views[0] for views in given.cases])
    note = (
        "The real pelvis; polarity told, no start pose. `intensity` starts from the middle of the view prior. From starts "
        f"within {NEAR_DEG:g} degrees and {NEAR_MM:g} mm of the truth, through our projector, whose images are all but the "
        f"same, it ends a median of {np.median(near):.1f} mm off: below 2 mm in {share(e < 2 for e in near)}, below 5 mm in "
        f"{share(e < 5 for e in near)}. The network for fixed landmarks had {training_minutes(network)} of training on this "
        f"CT, and its landmarks lie a median of {np.median(errors):.1f} mm off on the detector (of the X-rays' medians, "
        "visible points)."
    )
    return Benchmark(rows, [entry(record) for record in done.records], note)


def climbs_from_near(trials: list, choices) -> list[float]:
    """The mTRE where the climb of the method ``intensity`` ends, one start an X-ray."""
    from RayEmbRegistrationLib.drr.joseph import JosephProjector
    from RayEmbRegistrationLib.evaluation.cases import read_case
    from RayEmbRegistrationLib.evaluation.comparison.trial import load_prepared
    from RayEmbRegistrationLib.evaluation.metrics import pose_errors
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.pose.strategies.intensity import climb_intensity

    ends = []
    for number, trial in enumerate(trials):
        prepared, case = load_prepared(trial, choices), read_case(trial.geometry_paths[0])
        radiograph = conditioned(case)
        projector = JosephProjector(prepared.attenuation, prepared.ras_from_ijk)
        start = start_near(case.truth, prepared.center_ras, NEAR_DEG, NEAR_MM, np.random.default_rng([7, number]))
        found = climb_intensity(projector, [radiograph], [np.eye(4)], start.matrix, prepared.center_ras)
        pose, points = RigidTransform.from_matrix(found), prepared.bone_points_ras
        ends.append(pose_errors(pose, case.truth, radiograph.camera, points).mtre_mm)
        print(f"  {case.name}: intensity from near ends {ends[-1]:.1f} mm off", flush=True)
    return ends


def conditioned(case):
    """The X-ray as a Radiograph, its polarity told by its file, else dark bone."""

    view = opened(case, tell_polarity=True)
    return both_polarities(case)[1][bool(view.bone_is_bright)]


def fixed_network(ct_path: Path, weights: str | None, quick: bool) -> Path:
    """Train the network for fixed landmarks, unless one that started from the same weights is there."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import save_weights, shipped_weights_path
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare
    from RayEmbRegistrationLib.training.fixed_landmarks import train_fixed_landmarks

    prepared = prepare(open_ct(ct_path).volume, PrepareSettings(library=False, weights=weights or shipped_weights_path()))
    path = PLACE / f"fixed-{prepared.encoder.name}{'-quick' if quick else ''}.safetensors"
    if not path.exists():
        print("  training fixed landmarks", flush=True)
        result = train_fixed_landmarks(prepared, 0.2 if quick else MINUTES)
        about = {
            "trained_on": "one CT, views 'ap'",
            "how": f"heat maps of fixed points; started from {prepared.encoder.name}",
            "licence": "as the CT it was trained on allows",
            "steps": result.steps,
            "minutes": round(result.minutes, 2),
            "landmark_error_mm": round(result.landmark_error_mm, 2),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        save_weights(path, result.fixed.network, about | result.fixed.about())
    return path


def training_minutes(network: Path) -> str:
    """Said by the network's file."""
    from RayEmbRegistrationLib.detector.weights import load_encoder

    _, about = load_encoder(network)
    return f"{about['minutes']:g} minutes ({about['steps']} steps)"


def landmark_errors_mm(network: Path, cases: list) -> np.ndarray:
    """Of each X-ray the median distance on the detector between visible points and their detections."""
    from RayEmbRegistrationLib.detector.networks.fixed_landmarks import FixedLandmarks, detect_fixed
    from RayEmbRegistrationLib.detector.weights import load_encoder

    fixed = FixedLandmarks.from_weights(*load_encoder(network))
    errors = []
    for case in cases:
        radiograph = conditioned(case)
        camera = radiograph.camera
        (found,) = detect_fixed(fixed, {True: radiograph}, 0.72 * camera.source_to_detector_mm)
        true = camera.project(case.truth.apply(found.points_ras))
        places = np.clip(np.rint(true).astype(int), 0, np.array(camera.image_size) - 1)
        visible = (np.abs(true - places) <= 0.5).all(axis=1) & radiograph.mask[places[:, 1], places[:, 0]]
        gaps = (found.pixels - true)[visible] * camera.pixel_spacing_mm
        errors.append(np.median(np.linalg.norm(gaps, axis=1)) if visible.any() else np.nan)
    return np.array(errors)


def is_wrongly_trusted(record) -> bool:
    """For either purpose, and off by more than was allowed."""
    from RayEmbRegistrationLib.evaluation.report.trust import judged
    from RayEmbRegistrationLib.pose.settings import PURPOSES

    said = [one for purpose in PURPOSES for one in judged([record], purpose)]
    return any(one.verdict.trusted and not one.is_right for one in said)


def row_of(method: str, records: list) -> dict:
    """One line of the table."""
    errors = [record.errors.mtre_mm for record in records]
    return {
        "X-rays": len(records),
        "method": method,
        "below 2 mm": share(error < 2 for error in errors),
        "below 1 mm": share(error < 1 for error in errors),
        "above 10 mm": share(not error <= 10 for error in errors),
        "median mTRE": median(errors),
        "trusted although wrong": str(sum(is_wrongly_trusted(r) for r in records)),
        "processor time, median": median([r.core_seconds for r in records if not r.failed], "core-s"),
    }


def entry(record) -> dict:
    """For the results file."""
    errors = {name: rounded(value) for name, value in vars(record.errors).items()}
    about = {"method": record.method, "case": record.case, "trusted": record.asked_for("position").trusted}
    return about | errors | {"seconds": rounded(record.seconds), "core_seconds": rounded(record.core_seconds)}
