"""Where the ulna of the real wrist is.

The poses that come with its X-rays draw it over the radius in the first view, while the forearm's other bone, in plain sight
beside it, is left without one; in space radius and ulna then stand 4 to 6 mm apart where they meet in a joint. They were
found by registering both views, too, and a slim bone can lie on its neighbour in one view and right in the other. So both
bones are looked for along the rays of both views and all about their long axes: what fits best is the reference, and how
near the bones come to one another, which no registration here knows of, says whether to believe it.
"""

from dataclasses import dataclass, replace

import numpy as np
from common import RigidTransform
from scipy.spatial import cKDTree

ALONG_MM = np.arange(-25.0, 26.0, 5.0)  # farther than radius and ulna are apart, by less than half a shaft's width
ABOUT_DEG = np.arange(-180.0, 180.0, 15.0)
NEAR_DEG = (-10.0, -5.0, 5.0, 10.0)  # between two of the turns before
NARROW = (4.0, 3.0)  # degrees, mm: each try stays in its own valley


@dataclass(frozen=True)
class Reference:
    """A pose of the first camera from RAS and how well it fits both views, beside what came with the data."""

    pose: RigidTransform
    similarity: float
    given: RigidTransform
    given_similarity: float


def find_reference(prepared, views) -> Reference:
    """The best fit of both views along their rays and about the bone's long axis, from the given pose on."""
    given = views[0].start
    points = prepared.bone_points_ras
    center = points.mean(axis=0)
    axis = np.linalg.svd(points - center, full_matrices=False)[2][0]
    best = fitted(prepared, views, given)
    at_given = best[0]
    rays = []
    for view in views:
        first_from_view = (view.camera_from_rig @ views[0].camera_from_rig.inverse()).inverse()
        toward = given.apply(center) - first_from_view.apply(np.zeros(3))
        rays.append(toward / np.linalg.norm(toward))
    for ray in rays:
        for along in ALONG_MM:
            best = max(best, fitted(prepared, views, shifted(along * ray) @ given), key=first)
    for turns in (ABOUT_DEG, NEAR_DEG):
        place = best[1]
        for degrees in turns:
            about = RigidTransform.from_rotation_vector(np.radians(degrees) * axis)
            turned = place @ shifted(center - about.apply(center)) @ about
            best = max(best, fitted(prepared, views, turned), key=first)
    return Reference(best[1], best[0], given, at_given)


def first(fit: tuple[float, RigidTransform]) -> float:
    return fit[0]


def shifted(by: np.ndarray) -> RigidTransform:
    return RigidTransform(np.eye(3), by)


def fitted(prepared, views, pose: RigidTransform) -> tuple[float, RigidTransform]:
    """Similarity and pose after refining from a pose of the first camera."""
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.registration import register

    settings = RegistrationSettings(
        view="any", refine_only=True, start_rotation_deg=NARROW[0], start_translation_mm=NARROW[1], mirrored=False
    )
    asked = [replace(view, start=view.camera_from_rig @ views[0].camera_from_rig.inverse() @ pose) for view in views]
    result = register(prepared, asked, settings)
    return float(result.quality.similarity), result.camera_from_ras


def gap_mm(one, one_pose: RigidTransform, other, other_pose: RigidTransform) -> float:
    """The least distance between two bones in space."""
    tree = cKDTree(one_pose.apply(one.bone_points_ras))
    return float(tree.query(other_pose.apply(other.bone_points_ras))[0].min())
