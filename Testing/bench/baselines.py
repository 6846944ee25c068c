"""All methods on the same given X-rays of the real pelvis, by ``compare``: ours beside both baselines.

The network for fixed landmarks is trained for five minutes first. ``intensity`` takes two minutes of a processor an X-ray:
all methods are shown on every second X-ray, and all but that one on all twelve. Records, report and network stay in
output/bench_cache/baselines, so that a run that was stopped goes on.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import CACHE, DATA, Benchmark, median, needed, rounded, share

METHODS = ("rayemb", "search", "both", "fixed-landmarks", "intensity")
SLOW, EVERY = "intensity", 2
MINUTES = 5.0
PLACE = CACHE / "baselines"


def run(quick: bool = False) -> Benchmark:
    """Compare, and one row a method."""
    from RayEmbRegistrationLib.evaluation.comparison import compare
    from RayEmbRegistrationLib.evaluation.comparison_figures import figure_rows
    from RayEmbRegistrationLib.evaluation.comparison_patients import find_patients
    from RayEmbRegistrationLib.evaluation.comparison_plan import Choices, plan_trials
    from RayEmbRegistrationLib.evaluation.report import write_report

    (pelvis,) = find_patients(needed(DATA / "pelvis"))
    weights = os.environ.get("RAYEMB_WEIGHTS")
    network = fixed_network(pelvis.ct_path, weights, quick)
    given = replace(pelvis, name="given", group="given", fixed_weights=network, cases=pelvis.cases[:: 6 if quick else 1])
    some = replace(given, cases=given.cases[::EVERY])
    choices = Choices(str(PLACE), threads=1, mirrored=False)
    trials = plan_trials([given], METHODS, choices, weights=weights)
    names = {views[0].name for views in some.cases}
    trials = [trial for trial in trials if trial.method != SLOW or trial.case in names]
    done = compare(trials, choices, progress=lambda _, stage: print(f"  {stage}", flush=True))
    figures = figure_rows(trials, done.records, choices, 3)
    write_report(PLACE / "report.html", done.records, figures, ["One real pelvic CT; polarity told; no start pose."])
    rows = [row_of(method, [r for r in done.records if r.method == method and r.case in names]) for method in METHODS]
    rows += [row_of(method, [r for r in done.records if r.method == method]) for method in METHODS if method != SLOW]
    errors = landmark_errors_mm(network, [views[0] for views in given.cases])
    note = (
        "The real pelvis; polarity told, no start pose. `intensity` starts from the middle of the view prior. The fixed "
        f"landmarks' network had {training_minutes(network)} of training on this CT, and its landmarks lie a median of "
        f"{np.median(errors):.1f} mm off on the detector (median of the X-rays' medians, visible points)."
    )
    return Benchmark(rows, [entry(record) for record in done.records], note)


def fixed_network(ct_path: Path, weights: str | None, quick: bool) -> Path:
    """Train the network for fixed landmarks, unless one that started from the same weights is there."""
    from RayEmbRegistrationLib.ct.reading import read_ct
    from RayEmbRegistrationLib.detector.weights import save_weights, shipped_weights_path
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare
    from RayEmbRegistrationLib.training.fixed_landmarks import train_fixed_landmarks

    prepared = prepare(read_ct(ct_path).volume, PrepareSettings(bank=False, weights=weights or shipped_weights_path()))
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
    from RayEmbRegistrationLib.detector.fixed_landmarks import FixedLandmarks, detect_fixed
    from RayEmbRegistrationLib.detector.weights import load_encoder
    from RayEmbRegistrationLib.xray.camera_files import read_camera
    from RayEmbRegistrationLib.xray.conditioning import condition, find_field
    from RayEmbRegistrationLib.xray.reading import read_xray

    fixed = FixedLandmarks.from_weights(*load_encoder(network))
    errors = []
    for case in cases:
        image = read_xray(case.image_path)
        file = read_camera(case.geometry_path, image.image_size)
        bright = image.bone_is_bright if file.bone_is_bright is None else file.bone_is_bright
        field = find_field(image.pixels, image.invalid, case.name)
        radiograph = condition(field, file.camera, bool(bright), image.intensity)
        (found,) = detect_fixed(fixed, {bool(bright): radiograph}, 0.72 * file.camera.source_to_detector_mm)
        true = file.camera.project(case.truth.apply(found.points_ras))
        places = np.clip(np.rint(true).astype(int), 0, np.array(file.camera.image_size) - 1)
        visible = (np.abs(true - places) <= 0.5).all(axis=1) & radiograph.mask[places[:, 1], places[:, 0]]
        gaps = (found.pixels - true)[visible] * file.camera.pixel_spacing_mm
        errors.append(np.median(np.linalg.norm(gaps, axis=1)) if visible.any() else np.nan)
    return np.array(errors)


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
        "trusted although wrong": str(sum(r.trusted and not r.errors.mtre_mm <= 5 for r in records)),
        "processor time, median": median([r.core_seconds for r in records if not r.failed], "core-s"),
    }


def entry(record) -> dict:
    """For the results file."""
    errors = {name: rounded(value) for name, value in vars(record.errors).items()}
    about = {"method": record.method, "case": record.case, "trusted": record.trusted}
    return about | errors | {"seconds": rounded(record.seconds), "core_seconds": rounded(record.core_seconds)}
