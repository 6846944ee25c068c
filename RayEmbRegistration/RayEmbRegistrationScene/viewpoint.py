"""A view of the whole arrangement in 3D: bone, sources and detectors, from the side, the patient's head on top."""

from __future__ import annotations

import numpy as np
import slicer

from .frames import cornerPixels, detectorPoints
from .lookThrough import cameraNodeOf, viewNodeNamed
from .nodes import Handle
from .pose import poseOf
from .views import drawnCamera, viewCount

_SUPERIOR, _ANTERIOR = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])
_VIEW_ANGLE_DEG = 30.0
_FILLED = 0.92  # of the view; the rest is margin, in which the source's mark has room


def showFromSide(handle: Handle, viewName: str, viewSize: tuple[int, int] | None = None) -> bool:
    """Put the 3D view's camera beside the C-arm, everything in sight; returns whether there is anything to look at.

    ``viewSize`` is the view's (width, height) px; square where it is not known.
    """
    points, beams = [], []
    for viewIndex in range(viewCount(handle)):
        cameraFromRas = poseOf(handle, viewIndex)
        if cameraFromRas is None:
            continue
        rasFromCamera, camera = cameraFromRas.inverse(), drawnCamera(handle, viewIndex)
        points += [rasFromCamera.translation, *rasFromCamera.apply(detectorPoints(camera, cornerPixels(camera)))]
        beams.append(cameraFromRas.rotation[2])
    if not points:
        return False
    position, middle = sidePosition(np.array(points), np.array(beams), _aspect(viewSize))
    return _look(viewName, position, middle, _upFor(middle - position))


def showFrom(
    direction: np.ndarray, up: np.ndarray, points: np.ndarray, viewName: str, viewSize: tuple[int, int] | None = None
) -> bool:
    """Put a 3D view's camera where it sees points (N, 3) from a direction, with another on top; whether there is a view."""
    position, middle = _fitted(points, _direction(direction), _direction(up), _aspect(viewSize))
    return _look(viewName, position, middle, _direction(up))


def _aspect(viewSize: tuple[int, int] | None) -> float:
    return viewSize[0] / viewSize[1] if viewSize is not None and min(viewSize) > 0 else 1.0


def _look(viewName: str, position: np.ndarray, middle: np.ndarray, up: np.ndarray) -> bool:
    node, viewNode = cameraNodeOf(viewName), viewNodeNamed(viewName)
    if node is None or viewNode is None:
        return False
    with slicer.util.NodeModify(node):
        node.SetParallelProjection(False)
        node.SetViewAngle(_VIEW_ANGLE_DEG)
        node.SetPosition(position)
        node.SetFocalPoint(middle)
        node.SetViewUp(up)
        node.GetCamera().SetWindowCenter(0, 0)
        node.ResetClippingRange()
    viewNode.SetBoxVisible(False)
    viewNode.SetAxisLabelsVisible(False)
    return True


def sidePosition(points: np.ndarray, beams: np.ndarray, aspect: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Where to look from and to (RAS mm), given what to see (N, 3) and the beams' directions (M, 3).

    Across the beams, somewhat from above, and a little from the sources' side, where the X-rays are not seen mirrored; as
    near as a view of so many times its height lets all of it be seen.
    """
    if len(beams) > 1 and np.linalg.norm(np.cross(beams[0], beams[1])) > 0.3:
        across, along = -beams.sum(axis=0), np.zeros(3)  # two C-arms: from between the sources
    else:
        across, along = np.cross(beams[0], _SUPERIOR), beams[0]
        if np.linalg.norm(across) < 0.1:  # the beam runs along the body
            across = np.cross(beams[0], _ANTERIOR)
        across = across if across @ _ANTERIOR >= -1e-6 else -across
    direction = _direction(_direction(across) + 0.4 * _SUPERIOR - 0.7 * along)
    return _fitted(points, direction, _upFor(direction), aspect)


def _fitted(points: np.ndarray, direction: np.ndarray, onTop: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """Where to look from and to, so that points fill a view from a direction."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    right = _direction(np.cross(onTop, direction))
    up = np.cross(direction, right)
    middle = middle + _centred(points - middle, right) + _centred(points - middle, up)
    high = np.tan(np.radians(_VIEW_ANGLE_DEG / 2)) * _FILLED
    seen = points - middle
    needed = np.maximum(np.abs(seen @ right) / (high * aspect), np.abs(seen @ up) / high) + seen @ direction
    return middle + direction * float(needed.max()), middle


def _centred(points: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """The step along an axis to the middle of what is to be seen."""
    along = points @ axis
    return axis * (along.min() + along.max()) / 2


def _upFor(direction: np.ndarray) -> np.ndarray:
    """What is on top in a view along a direction: the patient's head, or the chest in one along the body."""
    return _SUPERIOR if abs(_direction(direction) @ _SUPERIOR) < 0.95 else _ANTERIOR


def _direction(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
