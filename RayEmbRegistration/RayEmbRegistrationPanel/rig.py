"""X-rays that are calibrated against each other: where one goes, the others go."""

from __future__ import annotations

from collections.abc import Sequence
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
