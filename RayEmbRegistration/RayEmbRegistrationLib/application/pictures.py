"""What is looked at beside a result: DRRs, landmarks, heat maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from RayEmbRegistrationLib.detector.heat_map import Bone, HeatMap, heat_map
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
from RayEmbRegistrationLib.pose.strategies.finders import template_finder
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import PreparedCT, XrayView
from RayEmbRegistrationLib.xray.conditioning import condition, find_field

from .request import Outcome

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.joint.solve import JointProblem
    from RayEmbRegistrationLib.pose.joint.state import State
    from RayEmbRegistrationLib.pose.view import View
    from RayEmbRegistrationLib.reconstruction.metal.body import MetalBody

LARGEST_SIDE_PX = 320  # of a DRR to look at; chosen: as large as a slice view shows it beside others


def detect_landmarks(prepared: PreparedCT, view: XrayView, in_plane_deg: float | None = None) -> Landmarks:
    """Where an X-ray shows the bone's points, by the most likely view of the prior; nothing of the pose is known.

    Raises:
        InputProblem: the CT was prepared without landmarks.
    """
    turn = VIEW_PRIORS[prepared.view].in_plane_deg if in_plane_deg is None else in_plane_deg
    finder = template_finder(prepared, turn)
    field = find_field(view.pixels, view.invalid, view.name)
    polarities = (False, True) if view.bone_is_bright is None else (view.bone_is_bright,)
    radiographs = {flag: condition(field, view.camera, flag, view.intensity) for flag in polarities}
    with torch.no_grad():
        return finder.find(radiographs, float(np.mean(depth_from_geometry(view.camera))))[0]


def heat_map_of(outcome: Outcome, number: int, point_ras: np.ndarray) -> HeatMap:
    """Where the detector sees a point of the CT in a registered view.

    Raises:
        InputProblem: no landmarks were looked for, or the point is outside the bone's templates.
    """
    prepared = outcome.prepared
    if outcome.result is None:
        raise InputProblem("no X-ray was registered; register one with a landmark method first")
    found = outcome.result.views[number]
    if prepared.templates is None or prepared.encoder is None or found.landmarks is None:
        raise InputProblem("no landmarks were looked for; register with a landmark method first")
    bone = Bone(prepared.templates, prepared.template_projector(), prepared.encoder)
    with torch.no_grad():
        return heat_map(bone, point_ras, found.radiograph, found.landmarks)


def drr_to_look_at(
    prepared: PreparedCT,
    pose: RigidTransform,
    camera: Camera,
    largest_side: int = LARGEST_SIDE_PX,
    bones: Mapping[int, RigidTransform] | None = None,
) -> np.ndarray:
    """(h, w) float32 line integrals of bone over a camera's whole field, at most ``largest_side`` pixels wide or high.

    Bones with a pose of their own, by their label, are shown at it.
    """
    scale = min(1.0, largest_side / max(camera.image_size))
    small = camera.resample(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
    # A ray needs no finer voxels than the pixels of the picture are at the bone.
    pixel_mm = small.pixel_spacing_mm[0] * max(pose.apply(prepared.center_ras)[2], 1.0) / camera.source_to_detector_mm
    reduction = 2 if pixel_mm > 1.5 * prepared.voxel_mm else 1
    with torch.no_grad():
        drr = prepared.projector(reduction).render(pose, small)
        for label, own in (bones or {}).items():
            bone = prepared.projector(reduction, label)
            drr = drr + bone.render(own, small) - bone.render(pose, small)
        return drr[0].cpu().numpy()


def drr_of_state(
    joint: JointProblem,
    state: State,
    view: View,
    camera: Camera | None = None,
    largest_side: int = LARGEST_SIDE_PX,
    metal: MetalBody | None = None,
) -> np.ndarray:
    """(h, w) float32 line integrals with every body at its pose and the volume changed, over a view's whole field.

    Args:
        joint: bodies, and what changes the volume.
        state: their poses and coefficients.
        view: the X-ray.
        camera: of the picture; the view's own, at most ``largest_side`` pixels wide or high, where None.
        largest_side: see there.
        metal: that is new.
    """
    if camera is None:
        own = view.radiograph.camera
        scale = min(1.0, largest_side / max(own.image_size))
        camera = own.resample(max(1, round(own.width * scale)), max(1, round(own.height * scale)))
    total = np.zeros((camera.height, camera.width), np.float32)
    bodies = joint.bodies
    with torch.no_grad():
        for number in range(len(bodies)):
            values, grid = bodies.values[number], bodies.ras_from_ijk
            if joint.block is not None:
                values = joint.block.changed(values, grid, state.coefficients)
            pose = state.poses[number : number + 1].seen_from(view.camera_from_first)
            total = total + JosephProjector(values, grid, bodies.device).render(pose, camera)[0].cpu().numpy()
    if metal is not None:
        total = total + metal.added(camera, view.camera_from_first @ state.poses.numpy[0])
    return total
