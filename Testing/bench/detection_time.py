"""How long detection and PnP take, prepared, and of what that time is made: the 12 given X-rays of the pelvis."""

import time

import numpy as np
from choices import read
from common import DATA, Benchmark, needed, rounded, row

REPEATS = 3


def run(quick: bool = False) -> Benchmark:
    """The time from a conditioned X-ray to poses, with both polarities and with the right one told."""
    import torch
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    cases = find_cases(needed(DATA / "pelvis") / "xrays")[:: 6 if quick else 1]
    settings = PrepareSettings(library=False, weights=shipped_weights_path())
    prepared = prepare(open_ct(DATA / "pelvis" / "ct.nii.gz").volume, settings)
    views = [read(case) for case in cases]
    rows, entries, polarities = [], [], []
    for name, told in (("polarity not told", False), ("polarity told", True)):
        if told:
            views = [with_polarity(view, each) for view, each in zip(views, polarities, strict=True)]
        timed(prepared, views[0])  # what is kept for the next X-ray
        runs = [[timed(prepared, view) for _ in range(REPEATS)] for view in views]
        polarities = [own[0][2] for own in runs]
        found = [min((each[:2] for each in own), key=sum) for own in runs]
        whole = [sum(each) for each in found]
        rows += [
            row(f"{name}: detection and PnP, median", "0.5 s", f"{np.median(whole):.2f} s"),
            row(f"{name}: worst", "", f"{max(whole):.2f} s"),
            row(f"{name}: detection alone, median", "", f"{np.median([each[0] for each in found]):.2f} s"),
        ]
        for (case, *_), each in zip(views, found, strict=True):
            entries.append({"case": case.name, "told": told, "detection_s": rounded(each[0]), "poses_s": rounded(each[1])})
    count = prepared.templates.points_ras.shape[0]
    note = (
        f"{len(cases)} X-rays, {count} points, view prior 'ap', the best of {REPEATS} times for each X-ray; "
        f"{torch.get_num_threads()} threads. From the conditioned X-ray to poses for refinement."
    )
    return Benchmark(rows, entries, note)


def with_polarity(view: tuple, bone_is_bright: bool) -> tuple:
    """The view under one polarity."""
    case, camera, radiographs = view
    return case, camera, {bone_is_bright: radiographs[bone_is_bright]}


def timed(prepared, view: tuple) -> tuple[float, float, bool]:
    """Seconds of detection and of finding poses, and the polarity of the likeliest view."""
    from RayEmbRegistrationLib.detector.detection import DetectionSettings, detect
    from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
    from RayEmbRegistrationLib.pose.landmarks.landmark_pose import ViewDetections, poses_from_landmarks

    _, camera, radiographs = view
    depth = depth_from_geometry(camera)
    settings = DetectionSettings(depth_mm=float(np.sqrt(np.prod(depth))))
    began = time.perf_counter()
    found = detect(prepared.encoder, prepared.templates, radiographs, settings)
    detected = time.perf_counter()
    seen = ViewDetections(camera, np.eye(4), found, depth, prepared.templates.rotations)
    poses_from_landmarks([seen], prepared.center_ras)
    return detected - began, time.perf_counter() - detected, found[0].bone_is_bright
