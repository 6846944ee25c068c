"""X-rays that move together: those calibrated against each other always, others as they stand to one another now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle

if TYPE_CHECKING:
    from .section import Panel


def posesInRig(geometries: Sequence[XrayGeometry], row: int, pose: RigidTransform) -> dict[int, RigidTransform]:
    """Where the other X-rays of a calibrated rig belong when one of them has a pose; row to camera_from_ras.

    Args:
        geometries: of all X-rays, with ``camera_from_rig`` where they are calibrated against each other.
        row: of the X-ray whose pose is given.
        pose: its camera_from_ras.
    """
    own = geometries[row].camera_from_rig
    if own is None:
        return {}
    rigFromRas = own.inverse() @ pose
    return {
        other: geometry.camera_from_rig @ rigFromRas
        for other, geometry in enumerate(geometries)
        if other != row and geometry.camera_from_rig is not None
    }


def showInRig(panel: Panel, handle: Handle, row: int, pose: RigidTransform) -> list[int]:
    """Move the other X-rays of a rig along with one; returns their rows."""
    count = sceneView.viewCount(handle)
    geometries = [panel.xrays.geometry(other) for other in range(min(count, len(panel.xrays.nodes)))]
    if row >= len(geometries):
        return []
    moved = posesInRig(geometries, row, pose)
    for other, place in moved.items():
        sceneView.showPose(handle, other, place)
    return list(moved)


def showAlong(handle: Handle, row: int, before: RigidTransform, leftOut: Collection[int]) -> None:
    """Move the bone in the other X-rays as it was moved in one; their C-arms stand to one another as they did.

    Args:
        handle: the registration.
        row: of the X-ray in which the bone was moved.
        before: its camera_from_ras before that.
        leftOut: rows that have been moved already.
    """
    now = sceneView.poseOf(handle, row)
    if now is None:
        return
    motion = before.inverse() @ now
    for other in range(sceneView.viewCount(handle)):
        pose = sceneView.poseOf(handle, other)
        if other != row and other not in leftOut and pose is not None:
            sceneView.showPose(handle, other, pose @ motion)
