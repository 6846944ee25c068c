"""Phantoms, their X-rays and their prepared CTs, made once a run and shared by the tests of the registration.

X-rays are projected by nanodrr's ray marcher and made realistic by the simulation, so that nothing of what registers them
goes into them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
from RayEmbRegistrationLib.drr.references import NanoDrrProjector
from RayEmbRegistrationLib.evaluation.metrics import PoseErrors, pose_errors
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom, make_pelvis_phantom
from RayEmbRegistrationLib.simulation.xray import SimulatedXray, SimulationSettings, simulate_xray
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from RayEmbRegistrationLib.xray.view import XrayView

VOXEL_MM = 2.0
CAMERA = default_camera(192)
SECOND = RigidTransform.from_rotation_vector(
    (0, np.radians(60), 0), (-662.0, 0, 382.0)
)  # a rig's second camera from its first
PELVIS_ANGLES_DEG = (14.0, -11.0, 5.0)  # off the lattice of the search
PELVIS_CENTER = (12.0, -9.0, 765.0)


@cache
def pelvis(seed: int = 0) -> CTVolume:
    return make_pelvis_phantom(seed, VOXEL_MM)


@cache
def knee() -> CTVolume:
    return make_knee_phantom(0, VOXEL_MM)


@cache
def prepared_pelvis() -> PreparedCT:
    """With its library of anteroposterior views."""
    return prepare(pelvis())


@cache
def prepared_knee() -> PreparedCT:
    """Without a library."""
    return prepare(knee(), PrepareSettings(library=False))


@cache
def prepared_knee_with_library() -> PreparedCT:
    """Of anteroposterior views."""
    return prepare(knee())


def view_of(ct: CTVolume, angles_deg=PELVIS_ANGLES_DEG, center_camera=PELVIS_CENTER) -> RigidTransform:
    """``camera_from_ras`` of a C-arm."""
    return pose_from_ap(bone_center(ct), np.array(angles_deg), np.array(center_camera))


def line_integrals(values, ras_from_ijk, camera: Camera, pose: RigidTransform) -> np.ndarray:
    """(H, W); only rays that may meet the volume are marched along, which are a third of a knee's."""
    image = np.zeros((camera.height, camera.width), np.float32)
    corners = np.array(list(product(*((-1.0, length) for length in np.shape(values)[::-1]))))
    corners = pose.apply(corners @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3])
    low, high = np.zeros(2, int), np.array(camera.image_size)
    if corners[:, 2].min() > 1:  # in front of the source, so that their pixels bound those of all
        pixels = camera.project(corners)
        low = np.clip(np.floor(pixels.min(axis=0)).astype(int), 0, high)
        high = np.clip(np.ceil(pixels.max(axis=0)).astype(int) + 1, low, high)
    if (high > low).all():
        window = camera.crop(*low.tolist(), *(high - low).tolist())
        part = NanoDrrProjector(values, ras_from_ijk, 250).render(pose, window)[0].numpy()
        image[low[1] : high[1], low[0] : high[0]] = part
    return image


def xray_of(ct: CTVolume, pose: RigidTransform, camera: Camera = CAMERA, seed: int = 0, **settings) -> SimulatedXray:
    """An X-ray of a CT's bones in a trunk of water with gas, scatter and noise."""
    values = np.where(ct.labels > 0, decompose(ct)[0], 0)
    used = np.argwhere(values > 0)[:, ::-1]
    block = replace(ct, hu=values).crop(used.min(axis=0), used.max(axis=0) + 1)
    bone_mm = line_integrals(block.hu, block.ras_from_ijk, camera, pose)
    paths = MaterialPaths(bone_mm, np.zeros_like(bone_mm))
    return simulate_xray(paths, SimulationSettings(**settings), np.random.default_rng(seed))


@cache
def pelvis_xray(display: str = "raw") -> SimulatedXray:
    return xray_of(pelvis(), view_of(pelvis()), display=display)


@cache
def knee_pose() -> RigidTransform:
    return view_of(knee(), (14.0, -11.0, 5.0), (6.0, -5.0, 765.0))


@cache
def knee_radiograph() -> Radiograph:
    """Noise-free line integrals of the attenuation that is registered, by the other projector."""
    return noise_free(prepared_knee(), knee_pose())


def noise_free(prepared: PreparedCT, pose: RigidTransform, camera: Camera = CAMERA) -> Radiograph:
    image = line_integrals(prepared.attenuation, prepared.ras_from_ijk, camera, pose)
    return Radiograph(image, np.ones(image.shape, dtype=bool), camera)


def as_view(xray: SimulatedXray, camera: Camera = CAMERA, **about) -> XrayView:
    """What a user would give: pixels and camera."""
    return XrayView.of_camera(xray.pixels.astype(np.float32), camera, **about)


def with_camera(view: XrayView, camera: Camera) -> XrayView:
    """The same X-ray with another camera."""
    known = view.geometry
    other = XrayGeometry.of_camera(
        camera, "file", "test", camera_from_rig=known.camera_from_rig, bone_is_bright=known.bone_is_bright
    )
    return replace(view, geometry=other)


def moved(pose: RigidTransform, center_ras: np.ndarray, turn_deg, shift_mm) -> RigidTransform:
    """A pose turned by a rotation vector about the bone's centre and shifted, both in camera axes."""
    turn = RigidTransform.from_rotation_vector(np.radians(turn_deg))
    center = pose.apply(center_ras)
    return RigidTransform(turn.rotation, center - turn.apply(center) + np.asarray(shift_mm)) @ pose


def errors(found: RigidTransform, truth: RigidTransform, prepared: PreparedCT, camera: Camera = CAMERA) -> PoseErrors:
    return pose_errors(found, truth, camera, prepared.bone_points_ras)
