"""By what the errors that a track says to expect of bones are too large: fitted on hips and a shoulder, judged on knees.

    python Testing/bench/tracking_fit.py          work out what is missing, and print the factor

X-rays as in ``tracking_simulated``, of the other CTs of ``limb_ct``, whose bones stand in frames of their own: each is
refined from a prediction that is off by as much as it says. The factor is on the deviations that the solver's covariance
holds: the least under which 95 of 100 errors lie within 1.96 expected errors, of each kind. The knees of
``tracking_simulated`` are of other patients, and were not looked at.
"""

import json

import numpy as np
import torch
from common import CACHE, DATA, needed
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.simulation.materials import decompose
from RayEmbRegistrationLib.tracking.body import body_of_ct
from RayEmbRegistrationLib.tracking.frame_view import frame_view
from RayEmbRegistrationLib.tracking.motion import Prediction
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.tracking.solver import FROM_PREDICTED, FrameSolver
from RayEmbRegistrationLib.tracking.verdict import IN_95_OF_100, SYSTEMATIC_MM, across_mm
from RayEmbRegistrationLib.volumes.bone import find_skeleton
from RayEmbRegistrationLib.xray.view import XrayView
from scipy import ndimage
from tracking_simulated import CAMERA, SOURCE_TO_JOINT_MM, Knee, _across, picture

FIT = ("STS_001", "STS_005", "STS_012", "STS_044")  # hips and a shoulder
FRAMES = 12  # of each CT, every second by two views
OFF = np.repeat([np.radians(1.5), 1.5], 3)  # deviation of a prediction, as of a sequence's
SEED = 6207
LEAST_BONE_MM3 = 30000.0
FOLDER = CACHE / "tracking_fit"


def bones_of(name: str) -> Knee:
    """A CT with its largest bones labelled, two at most, the soft tissue with the first."""
    ct = open_ct(needed(DATA / "limb_ct" / f"{name}.nii.gz")).volume
    pieces, count = ndimage.label(find_skeleton(ct).mask)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:] * abs(np.linalg.det(ct.ras_from_ijk[:3, :3]))
    largest = [number + 1 for number in np.argsort(sizes)[::-1][:2] if sizes[number] > LEAST_BONE_MM3]
    labels = sum((pieces == piece) * (label + 1) for label, piece in enumerate(largest)).astype(np.uint16)
    ct = CTVolume(ct.hu, ct.ras_from_ijk, labels)
    bone, soft = decompose(ct)
    parts = {}
    for label in range(1, len(largest) + 1):
        own = np.where((labels == label) | ((labels == 0) & (label == 1)), bone, 0)
        parts[label] = tuple(
            JosephProjector(torch.as_tensor(np.ascontiguousarray(values, dtype=np.float32)), ct.ras_from_ijk)
            for values in (own, soft if label == 1 else np.zeros_like(soft))
        )
    return Knee(ct, ct.ras_from_index(np.argwhere(labels > 0)[:, ::-1]).mean(axis=0), np.array([1.0, 0, 0]), parts)


def frame(knee: Knee, name: str, number: int) -> list[dict]:
    """One frame: the solver's deviations and the errors of its bones."""
    rng = np.random.default_rng([SEED, FIT.index(name), number])
    bodies = [body_of_ct(knee.ct, f"bone {label}", label) for label in knee.parts]
    poses = {
        label: moved(RigidTransform(), knee.joint, rng.normal(size=6) * np.repeat([0.05, 4.0], 3)) for label in knee.parts
    }
    first = rng.uniform(-60, 60)
    angles = [(first, rng.uniform(-15, 15)), (first + rng.uniform(60, 100), rng.uniform(-15, 15))][: 1 + number % 2]
    middle = knee.joint + rng.uniform(-20, 20, 3)
    rig = [camera_from_ras_of_c_arm(*pair, 0.0, middle, SOURCE_TO_JOINT_MM) for pair in angles]
    views = []
    for view, place in enumerate(rig):
        pixels = picture(knee, poses, place, 0, (view, int(rng.integers(1 << 30)))).astype(np.float32)
        views.append(frame_view(XrayView.of_camera(pixels, CAMERA, camera_from_rig=place)))
    predictions = {
        body.name: Prediction(moved(poses[label], body.center, rng.normal(size=6) * OFF), OFF)
        for label, body in zip(poses, bodies, strict=True)
    }
    fit = FrameSolver(views, bodies).refine(predictions, FROM_PREDICTED)
    records = []
    for label, body in zip(poses, bodies, strict=True):
        motion = motion_between(poses[label], fit.poses[body.name], body.center)
        covariance, at = fit.covariance[body.name], fit.poses[body.name].apply(body.center)
        seen = [_across(place, poses[label].apply(body.center), at) for place in rig]
        records.append(
            {
                "ct": name,
                "frame": number,
                "views": len(views),
                "similarity": float(fit.bones.similarity),
                "true": [max(seen), float(np.linalg.norm(motion[3:])), float(np.degrees(np.linalg.norm(motion[:3])))],
                "deviation": [
                    max(across_mm(covariance, view, at) for view in views),
                    float(np.sqrt(np.trace(covariance[3:, 3:]))),
                    float(np.degrees(np.sqrt(np.trace(covariance[:3, :3])))),
                ],
            }
        )
    return records


def factor(true: np.ndarray, deviation: np.ndarray, systematic: float) -> float:
    """Least one on deviations under which 95 of 100 errors are within their bound."""
    tried = np.arange(0.05, 3, 0.01)
    within = [(true <= IN_95_OF_100 * np.hypot(one * deviation, systematic)).mean() for one in tried]
    return float(tried[np.argmax(np.array(within) >= 0.95)])


def main() -> None:
    records = []
    for name in FIT:
        path = FOLDER / f"{name}.json"
        if not path.exists():
            knee = bones_of(name)
            found = [one for number in range(FRAMES) for one in frame(knee, name, number)]
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(found))
        records += json.loads(path.read_text())
    for views in (1, 2):
        own = [one for one in records if one["views"] == views]
        true, deviation = (np.array([one[key] for one in own]) for key in ("true", "deviation"))
        for column, (kind, least) in enumerate(
            (("across the view", SYSTEMATIC_MM), ("place", SYSTEMATIC_MM), ("rotation", 0.0))
        ):
            ratio = np.sqrt(np.mean((true[:, column] / deviation[:, column]) ** 2))
            found = factor(true[:, column], deviation[:, column], least)
            print(f"{views} views, {len(own)} bones, {kind}: factor {found:.2f}; rms of error / deviation {ratio:.2f}")


if __name__ == "__main__":
    main()
