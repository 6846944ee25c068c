"""What minutes of training on the patient's own CT bring: landmarks, and poses from landmarks alone, on the real pelvis."""

import os
from pathlib import Path

import numpy as np
from common import DATA, Benchmark, both_polarities, needed, row, share, tuned
from methods import Choice, register_case, summary
from pelvis_cases import FOLDER, SINGLE, make_cases

MINUTES = 5.0
BEST = 600


def run(quick: bool = False) -> Benchmark:
    """Landmark errors and registrations by the weights that come with the module, before and after fine-tuning."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    twelve = find_cases(needed(DATA / "pelvis") / "xrays")[:: 6 if quick else 1]
    ours = []
    if not quick:
        make_cases(SINGLE, 0)
        ours = [case for case in find_cases(FOLDER) if case.name.startswith("single")]
    weights = Path(os.environ.get("RAYEMB_WEIGHTS", shipped_weights_path()))
    shipped = prepare(open_ct(DATA / "pelvis" / "ct.nii.gz").volume, PrepareSettings(library=False, weights=weights))
    better, spent = tuned(shipped, 0.1 if quick else MINUTES)
    rows, entries = [], []
    for name, prepared in (("as shipped", shipped), ("fine-tuned", better)):
        print(f"  {name}:", flush=True)
        errors = np.array([landmark_errors_mm(prepared, case) for case in [*twelve, *ours]])
        everywhere, best = np.nanmedian(errors, axis=0)
        rows += [
            row(
                f"{name}: landmarks, all points, median",
                "" if prepared is shipped else "5 mm",
                f"{everywhere:.1f} mm on the detector",
            ),
            row(f"{name}: landmarks, the {BEST} best scored, median", "", f"{best:.1f} mm on the detector"),
        ]
        for group, cases in (("12 given", twelve), ("60 of ours", ours)):
            if not cases or (prepared is shipped and not quick):
                continue  # as shipped: the benchmark of the methods
            found = [register_case(prepared, case, Choice("rayemb", "rayemb")) for case in cases]
            outcomes = [outcome for outcome in found if outcome]
            entries += [{"weights": name, "of": group, **outcome.entry()} for outcome in outcomes]
            table = summary("rayemb", group, outcomes, len(cases))
            rows += [row(f"{name}, {group}: {key}", "", table[key]) for key in ("below 2 mm", "below 1 mm", "median mTRE")]
        good = [entry["mtre_mm"] < 2 for entry in entries if entry["weights"] == name]
        if good:
            rows.append(row(f"{name}, all: below 2 mm", "92 %" if prepared is better else "85 %", share(good)))
    note = (
        f"Fine-tuned from the shipped weights in {spent}. "
        "Landmarks alone, then refined; no start pose, view within the prior 'ap', polarity not told. Landmark errors: "
        "the median over the points that project into the X-ray, by the likeliest view, then over the X-rays, before any "
        f"pose; of all points, and of the {BEST} with the best scores, as many as the published method keeps."
    )
    return Benchmark(rows, entries, note)


def landmark_errors_mm(prepared, case) -> tuple[float, float]:
    """Median distance on the detector between visible points and their detections: of all, and of the best scored."""
    from RayEmbRegistrationLib.detector.detection import DetectionSettings, detect

    camera, radiographs = both_polarities(case)
    settings = DetectionSettings(depth_mm=0.72 * camera.source_to_detector_mm, hypotheses=1)
    (found,) = detect(prepared.encoder, prepared.templates, radiographs, settings)
    true = camera.project(case.truth.apply(found.points_ras))
    visible = ((true >= 0) & (true <= np.array(camera.image_size) - 1)).all(axis=1)
    if not visible.any():
        return np.nan, np.nan
    gaps = np.linalg.norm(((found.pixels - true) * camera.pixel_spacing_mm)[visible], axis=1)
    best = np.argsort(-found.scores[visible], kind="stable")[:BEST]
    return float(np.median(gaps)), float(np.median(gaps[best]))
