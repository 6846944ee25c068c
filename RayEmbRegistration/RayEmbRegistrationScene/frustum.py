"""The cone of rays from source to detector: of the pose (blue), of the initial (green) and of the true pose (red)."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import colors
from .frames import cornerPixels, detectorPoints, polyData
from .handle import ensureNode, nodeOf, viewRole
from .nodes import Handle, Node
from .pose import underPose
from .views import drawnCamera

ROLE = "Frustum"
KINDS = {
    "initial": ("initial pose", colors.INITIAL_POSE),
    "truth": ("true pose", colors.TRUE_POSE),
}
_LINES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2, 3, 4, 1))


def showFrustum(handle: Handle, viewIndex: int) -> Node:
    """Make or update the frustum that moves with the pose; returns its model node, or None while there is no pose."""
    if nodeOf(handle, viewRole(viewIndex, "Pose")) is None:
        return None
    points = frustumPoints(drawnCamera(handle, viewIndex))
    node = _show(handle, viewRole(viewIndex, ROLE), f"X-ray {viewIndex + 1} frustum", colors.OPTIMIZED_POSE, points)
    underPose(handle, viewIndex, node)
    return node


def showOtherFrustum(handle: Handle, viewIndex: int, kind: str, cameraFromRas: RigidTransform) -> Node:
    """Make or update the fixed frustum of the initial pose (``initial``) or the true one (``truth``)."""
    label, color = KINDS[kind]
    points = cameraFromRas.inverse().apply(frustumPoints(drawnCamera(handle, viewIndex)))
    return _show(handle, viewRole(viewIndex, f"{ROLE}.{kind}"), f"X-ray {viewIndex + 1} {label}", color, points)


def frustumPoints(camera: Camera) -> np.ndarray:
    """(5, 3) source and detector corners, clockwise from the image's upper left, in the camera's frame."""
    return np.vstack([np.zeros(3), detectorPoints(camera, cornerPixels(camera))])


def _show(handle: Handle, role: str, label: str, color: tuple, points: np.ndarray) -> Node:
    node, isNew = ensureNode(handle, role, "vtkMRMLModelNode", label)
    node.SetAndObservePolyData(polyData(points, lines=_LINES))
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetColor(*color)
        display.SetLineWidth(2)
        display.SetAmbient(1)
        display.SetDiffuse(0)
        display.SetVisibility2D(False)
    return node
