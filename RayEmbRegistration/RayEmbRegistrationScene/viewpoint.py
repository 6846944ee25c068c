"""A view of the whole arrangement in 3D: bone, sources and detectors, from the side, the patient's head on top."""

from __future__ import annotations

import numpy as np
import slicer

from .frames import cornerPixels, detectorPoints
from .lookThrough import cameraNodeOf, viewNodeNamed
from .nodes import Handle
from .pose import poseOf
from .views import cameraOf, viewCount

_SUPERIOR, _ANTERIOR = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])
_VIEW_ANGLE_DEG = 30.0


def showFromSide(handle: Handle, viewName: str, viewSize: tuple[int, int] | None = None) -> bool:
    """Put the 3D view's camera beside the C-arm, everything in sight; returns whether there is anything to look at.

    A view of (width, height) px that is narrower than high is looked into from farther away.
    """
    node, viewNode, points, beams = cameraNodeOf(viewName), viewNodeNamed(viewName), [], []
    for viewIndex in range(viewCount(handle)):
        cameraFromRas, camera = poseOf(handle, viewIndex), cameraOf(handle, viewIndex)
        if cameraFromRas is None or camera is None:
            continue
        rasFromCamera = cameraFromRas.inverse()
        points += [rasFromCamera.translation, *rasFromCamera.apply(detectorPoints(camera, cornerPixels(camera)))]
        beams.append(cameraFromRas.rotation[2])
    if node is None or viewNode is None or not points:
        return False
    position, middle = sidePosition(np.array(points), np.array(beams))
    if viewSize is not None and 0 < viewSize[0] < viewSize[1]:
        position = middle + (position - middle) * viewSize[1] / viewSize[0]
    with slicer.util.NodeModify(node):
        node.SetParallelProjection(False)
        node.SetViewAngle(_VIEW_ANGLE_DEG)
        node.SetPosition(position)
        node.SetFocalPoint(middle)
        node.SetViewUp(_SUPERIOR if abs(_direction(middle - position) @ _SUPERIOR) < 0.95 else _ANTERIOR)
        node.GetCamera().SetWindowCenter(0, 0)
        node.ResetClippingRange()
    viewNode.SetBoxVisible(False)
    viewNode.SetAxisLabelsVisible(False)
    return True


def sidePosition(points: np.ndarray, beams: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where to look from and to (RAS mm), given what to see (N, 3) and the beams' directions (M, 3).

    Across the beams, somewhat from above, and a little from the sources' side, where the X-rays are not seen mirrored.
    """
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    if len(beams) > 1 and np.linalg.norm(np.cross(beams[0], beams[1])) > 0.3:
        across, along = -beams.sum(axis=0), np.zeros(3)  # two C-arms: from between the sources
    else:
        across, along = np.cross(beams[0], _SUPERIOR), beams[0]
        if np.linalg.norm(across) < 0.1:  # the beam runs along the body
            across = np.cross(beams[0], _ANTERIOR)
        across = across if across @ _ANTERIOR >= -1e-6 else -across
    direction = _direction(_direction(across) + 0.4 * _SUPERIOR - 0.7 * along)
    radius = np.linalg.norm(points - middle, axis=1).max()
    return middle + direction * 0.85 * radius / np.sin(np.radians(_VIEW_ANGLE_DEG / 2)), middle


def _direction(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
