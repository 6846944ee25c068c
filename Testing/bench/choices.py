"""What each choice of the detector is worth before refinement: the real pelvis, the shipped weights, one choice changed."""

import time
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from common import DATA, Benchmark, needed, rounded
from pelvis_cases import FOLDER, SINGLE, make_cases

NEAR_DEG, NEAR_MM = 10.0, 15.0  # from where refinement finds home
RIGHT_MM, ENOUGH = 5.0, 0.15
OURS = 18


def run(quick: bool = False) -> Benchmark:
    """Detection and PnP of every variant on the 12 given X-rays and 18 of ours (two if quick)."""
    from RayEmbRegistrationLib.ct.reading import read_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    cases = find_cases(needed(DATA / "pelvis") / "xrays")
    if not quick:
        make_cases(SINGLE, 0)
    cases += [case for case in find_cases(FOLDER) if case.name.startswith("single")][:OURS] if FOLDER.exists() else []
    views = [read(case) for case in (cases[:2] if quick else cases)]
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path

    prepared = prepare(
        read_ct(DATA / "pelvis" / "ct.nii.gz").volume, PrepareSettings(bank=False, weights=shipped_weights_path())
    )
    rows, entries = [], []
    for name, variant in variants().items():
        with variant(prepared) as (changed, settings, pose_settings):
            found = [measure(changed, view, settings, pose_settings) for view in views]
        rows.append(
            {
                "variant": name,
                "landmarks, median": f"{np.nanmedian([each['landmark_mm'] for each in found]):.1f} mm",
                f"X-rays with {ENOUGH:.0%} of landmarks within {RIGHT_MM:g} mm": count(e["right"] >= ENOUGH for e in found),
                f"a pose within {NEAR_DEG:g} degrees and {NEAR_MM:g} mm": count(each["near"] for each in found),
                "core-s, detection": f"{np.median([each['detection_s'] for each in found]):.2f}",
                "core-s, poses": f"{np.median([each['poses_s'] for each in found]):.2f}",
            }
        )
        print(f"  {name}: {rows[-1]}", flush=True)
        entries += [{"variant": name, **{k: rounded(v) if isinstance(v, float) else v for k, v in e.items()}} for e in found]
    note = (
        "Landmarks: distance at the bone, median over the visible points of the first hypothesis of the view, then over the "
        "X-rays. Poses: before refinement, any of those handed to it. A difference of two X-rays is not significant."
    )
    return Benchmark(rows, entries, note)


def count(right) -> str:
    right = list(right)
    return f"{sum(map(bool, right))} of {len(right)}"


def variants() -> dict:
    """Name to a context manager that gives (prepared, DetectionSettings changes, LandmarkPoseSettings changes)."""
    from RayEmbRegistrationLib.detector import detection

    def setting(**changes):
        return lambda prepared: given(prepared, changes, {})

    def pose_setting(**changes):
        return lambda prepared: given(prepared, {}, changes)

    @contextmanager
    def given(prepared, detect_changes, pose_changes):
        yield prepared, detect_changes, pose_changes

    def templates(**changes):
        return lambda prepared: given(with_other_templates(prepared, **changes), {}, {})

    def points(share):
        return lambda prepared: given(with_fewer_points(prepared, share), {}, {})

    @contextmanager
    def coarser(prepared):
        usual = detection.encode

        def pooled(encoder, images, masks):
            from torch.nn import functional

            maps = usual(encoder, images, masks)
            small = functional.avg_pool2d(maps, 2, ceil_mode=True)
            return functional.interpolate(small, size=maps.shape[-2:], mode="nearest")

        detection.encode = pooled
        try:
            yield prepared, {}, {}
        finally:
            detection.encode = usual

    return {
        "as it is": setting(),
        "points looked for everywhere": setting(reach_mm=None),
        "reach 15 mm": setting(reach_mm=15.0),
        "1 hypothesis of the view": setting(hypotheses=1),
        "2 hypotheses of the view": setting(hypotheses=2),
        "8 hypotheses of the view": setting(hypotheses=8),
        "ridge 1e-4": setting(ridge=1e-4),
        "ridge 0.1": setting(ridge=0.1),
        "T = 2 templates": templates(templates=2),
        "T = 8 templates": templates(templates=8),
        "templates tilted by 8 degrees": templates(tilt_deg=8.0),
        "sets 35 degrees apart": templates(spacing_deg=35.0),
        "375 points": points(4),
        "750 points": points(2),
        "features of 4 px": coarser,
        "consensus within 10 mm": pose_setting(consensus_mm=10.0),
    }


def with_other_templates(prepared, templates: int = 4, tilt_deg: float = 16.0, spacing_deg: float | None = None):
    """The same CT with other template sets."""
    from RayEmbRegistrationLib.detector.templates import TemplateSettings, make_templates, pixel_mm_for, set_rotations
    from RayEmbRegistrationLib.pose import prepared as module
    from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, beam_directions

    prior = replace(VIEW_PRIORS[prepared.view], spacing_deg=spacing_deg or module.SET_SPACING_DEG)
    settings = TemplateSettings(pixel_mm_for(prepared.extent_mm), templates=templates, tilt_deg=tilt_deg)
    made = make_templates(
        prepared.template_projector(),
        prepared.encoder,
        prepared.bone_points_ras,
        prepared.center_ras,
        set_rotations(beam_directions(prior)),
        settings,
    )
    return replace(prepared, templates=made)


def with_fewer_points(prepared, step: int):
    """The same CT with every ``step``-th landmark."""
    sets = prepared.templates
    fewer = replace(
        sets,
        point_embeddings=sets.point_embeddings[:, :, ::step],
        seen=sets.seen[:, :, ::step],
        points_ras=sets.points_ras[::step],
    )
    return replace(prepared, templates=fewer)


def read(case) -> tuple:
    """(case, camera, conditioned X-ray under both polarities)."""
    from RayEmbRegistrationLib.xray.camera_files import read_camera
    from RayEmbRegistrationLib.xray.conditioning import condition, find_field
    from RayEmbRegistrationLib.xray.reading import read_xray

    image = read_xray(case.image_path)
    camera = read_camera(case.geometry_path, image.image_size).camera
    field = find_field(image.pixels, image.invalid, case.name)
    return case, camera, {flag: condition(field, camera, flag, image.intensity) for flag in (False, True)}


def measure(prepared, view: tuple, detect_changes: dict, pose_changes: dict) -> dict:
    """One X-ray."""
    from RayEmbRegistrationLib.detector.detection import DetectionSettings, detect
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.pose.landmark_pose import DetectedView, LandmarkPoseSettings, poses_from_landmarks
    from RayEmbRegistrationLib.pose.start import depth_from_geometry

    case, camera, radiographs = view
    depth = depth_from_geometry(camera)
    began = time.process_time()
    settings = DetectionSettings(depth_mm=float(np.sqrt(np.prod(depth))), **detect_changes)
    found = detect(prepared.encoder, prepared.templates, radiographs, settings)
    detected = time.process_time()
    seen = DetectedView(camera, np.eye(4), found, depth, prepared.templates.rotations)
    poses = poses_from_landmarks([seen], prepared.center_ras, LandmarkPoseSettings(**pose_changes))
    ended = time.process_time()
    errors = [gaps_mm(each, case.truth, camera) for each in found]
    center = case.truth.apply(prepared.center_ras)
    near = False
    for each in poses:
        pose = RigidTransform.from_matrix(each.pose)
        own = pose.apply(prepared.center_ras)
        shift = np.hypot(*(own / own[2] - center / center[2])[:2]) * center[2]
        near |= pose.rotation_angle_deg(case.truth) < NEAR_DEG and shift < NEAR_MM
    return {
        "case": case.name,
        "landmark_mm": float(np.median(errors[0])) if len(errors[0]) else float("nan"),
        "right": max(float((each < RIGHT_MM).mean()) if len(each) else 0.0 for each in errors),
        "near": bool(near),
        "detection_s": detected - began,
        "poses_s": ended - detected,
    }


def gaps_mm(landmarks, truth, camera) -> np.ndarray:
    """Distances at the bone between visible points and their detections."""
    inside = truth.apply(landmarks.points_ras)
    true = camera.project(inside)
    visible = ((true >= 0) & (true <= np.array(camera.image_size) - 1)).all(axis=1)
    scale = inside[visible, 2] / camera.source_to_detector_mm
    return np.linalg.norm((landmarks.pixels - true)[visible] * camera.pixel_spacing_mm, axis=1) * scale
