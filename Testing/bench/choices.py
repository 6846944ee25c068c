"""What each choice of the detector is worth before refinement: the real pelvis, the shipped weights, one choice changed."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from choice_variants import Variant, variants
from common import DATA, Benchmark, both_polarities, needed, rounded
from pelvis_cases import FOLDER, SINGLE, make_cases

NEAR_DEG, NEAR_MM = 10.0, 15.0  # from where refinement converges
RIGHT_MM, ENOUGH = 5.0, 0.15
OURS = 6


def run(quick: bool = False, names: Sequence[str] = ()) -> Benchmark:
    """Detection and PnP of every variant, or of some, on the 12 given X-rays and 6 of ours (two if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    cases = find_cases(needed(DATA / "pelvis") / "xrays")
    if not quick:
        make_cases(SINGLE, 0)
    cases += [case for case in find_cases(FOLDER) if case.name.startswith("single")][:OURS] if FOLDER.exists() else []
    views = [read(case) for case in (cases[:2] if quick else cases)]
    settings = PrepareSettings(library=False, weights=shipped_weights_path())
    prepared = prepare(open_ct(DATA / "pelvis" / "ct.nii.gz").volume, settings)
    rows, entries = [], []
    for name, variant in variants().items():
        if names and name not in names:
            continue
        changed = variant.prepare(prepared)
        with variant.set():
            measure(changed, views[0], variant)  # what is kept for the next X-ray
            found = [measure(changed, view, variant) for view in views]
        rows.append(
            {
                "variant": name,
                "landmark error": f"{np.nanmedian([each['landmark_mm'] for each in found]):.1f} mm",
                f"X-rays with {ENOUGH:.0%} of landmarks within {RIGHT_MM:g} mm": count(e["right"] >= ENOUGH for e in found),
                f"with a pose within {NEAR_DEG:g} degrees and {NEAR_MM:g} mm": count(each["near"] for each in found),
                "detection": f"{np.median([each['detection_s'] for each in found]):.2f} core-s",
                "poses": f"{np.median([each['poses_s'] for each in found]):.2f} core-s",
            }
        )
        print(f"  {name}: {list(rows[-1].values())[1:]}", flush=True)
        entries += [{"variant": name, **{k: rounded(v) if isinstance(v, float) else v for k, v in e.items()}} for e in found]
    note = (
        f"Weights {prepared.encoder.name}; {len(views)} X-rays, polarity not told. Landmark error: distance at the bone, "
        "the median over the visible points by the first hypothesis of the view, then over the X-rays. Share of landmarks: "
        "the best of the hypotheses. Poses: before refinement, any of those handed to it; depth is left to refinement. "
        "A difference of two X-rays is not significant."
    )
    return Benchmark(rows, entries, note)


def count(right) -> str:
    right = list(right)
    return f"{sum(map(bool, right))} of {len(right)}"


def read(case) -> tuple:
    """(case, camera, conditioned X-ray under both polarities)."""

    return case, *both_polarities(case)


def measure(prepared, view: tuple, variant: Variant) -> dict:
    """One X-ray."""
    from RayEmbRegistrationLib.detector.detection import PUBLISHED, DetectionSettings, detect
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
    from RayEmbRegistrationLib.pose.landmarks.landmark_pose import LandmarkPoseSettings, ViewDetections, poses_from_landmarks
    from RayEmbRegistrationLib.pose.strategies.finders import finder_around

    case, camera, radiographs = view
    depth = depth_from_geometry(camera)
    began = time.process_time()
    settings = replace(PUBLISHED if variant.published else DetectionSettings(), depth_mm=float(np.sqrt(np.prod(depth))))
    found = detect(prepared.encoder, prepared.templates, radiographs, replace(settings, **variant.detection))
    detected = time.process_time()
    rotations = None if variant.published else prepared.templates.rotations
    pose_settings = LandmarkPoseSettings(**variant.poses)
    seen = ViewDetections(camera, np.eye(4), found, depth, rotations)
    poses = poses_from_landmarks([seen], prepared.center_ras, pose_settings)
    ended = time.process_time()
    if variant.redetect and poses:
        began -= ended - detected
        first = RigidTransform.from_matrix(poses[0].pose)
        finder = finder_around(prepared, first)
        found = finder.find(radiographs, float(first.apply(prepared.center_ras)[2]))
        detected = time.process_time()
        seen = ViewDetections(camera, np.eye(4), found, depth, finder.rotations)
        poses += poses_from_landmarks([seen], prepared.center_ras, pose_settings)
        ended = time.process_time()
    errors = [gaps_mm(each, case.truth, camera) for each in found]
    return {
        "case": case.name,
        "landmark_mm": float(np.median(errors[0])) if len(errors[0]) else float("nan"),
        "right": max(float((each < RIGHT_MM).mean()) if len(each) else 0.0 for each in errors),
        "near": any(is_near(RigidTransform.from_matrix(each.pose), case.truth, prepared.center_ras) for each in poses),
        "detection_s": detected - began,
        "poses_s": ended - detected,
    }


def is_near(pose, truth, center_ras: np.ndarray) -> bool:
    """Whether refinement converges from there."""
    center, own = truth.apply(center_ras), pose.apply(center_ras)
    shift = np.hypot(*(own / own[2] - center / center[2])[:2]) * center[2]
    return bool(pose.rotation_angle_deg(truth) < NEAR_DEG and shift < NEAR_MM)


def gaps_mm(landmarks, truth, camera) -> np.ndarray:
    """Distances at the bone between visible points and their detections."""
    inside = truth.apply(landmarks.points_ras)
    true = camera.project(inside)
    visible = ((true >= 0) & (true <= np.array(camera.image_size) - 1)).all(axis=1)
    scale = inside[visible, 2] / camera.source_to_detector_mm
    return np.linalg.norm((landmarks.pixels - true)[visible] * camera.pixel_spacing_mm, axis=1) * scale
