"""A view's landmarks kept with the registration, so that what is shown of them can follow a pose that is moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .frames import pixelsOfPicturePoints, rasFromPixel
from .handle import isAlive, nodeOf, record, setRecord, viewRole
from .landmarks import MOVABLE_ROLES, choose, landmarkNames, landmarkSteps, showFlatRole
from .nodes import Handle
from .plainData import LandmarkData
from .pose import poseOf
from .residuals import showResiduals
from .views import cameraOf
from .visibility import applyHidden

KEY = "Landmarks"
_MOVED_PX = 0.05
_ARRAYS = ("pointsRas", "detectedPx", "used", "truePx", "scores", "pinned", "leftOut", "foundPx")


def keep(handle: Handle, viewIndex: int, data: LandmarkData) -> None:
    """Keep the landmarks of a view."""
    values = {name: getattr(data, name) for name in _ARRAYS}
    kept = {name: None if value is None else _plain(value) for name, value in values.items()}
    kept["labels"] = None if data.labels is None else [str(label) for label in data.labels]
    setRecord(handle, viewRole(viewIndex, KEY), kept)


def landmarksOf(handle: Handle, viewIndex: int) -> LandmarkData | None:
    """The landmarks of a view, or None."""
    kept = record(handle, viewRole(viewIndex, KEY))
    if kept is None:
        return None
    arrays = {name: None if kept.get(name) is None else np.array(kept[name]) for name in _ARRAYS}
    return LandmarkData(**arrays, labels=kept["labels"])


def showSteps(handle: Handle, viewIndex: int, data: LandmarkData) -> Iterator[None]:
    """Keep and show the landmarks of a view, a little with each ``next``."""
    if not isAlive(handle) or cameraOf(handle, viewIndex) is None:
        return
    keep(handle, viewIndex, data)
    yield
    if len(data.pointsRas):
        yield from landmarkSteps(handle, viewIndex, data, poseOf(handle, viewIndex))
        showResiduals(handle, viewIndex, data, poseOf(handle, viewIndex))
        yield
    applyHidden(handle)


def showMoved(handle: Handle, viewIndex: int) -> None:
    """Bring what moves with the pose in line with it: reprojected landmarks and residual lines."""
    data = landmarksOf(handle, viewIndex)
    if data is not None and len(data.pointsRas):
        showFlatRole(handle, viewIndex, "Reprojected", data, poseOf(handle, viewIndex))
        showResiduals(handle, viewIndex, data, poseOf(handle, viewIndex))


def movedByUser(handle: Handle, viewIndex: int) -> dict[int, np.ndarray | None]:
    """Number of each landmark that the user dragged or deleted in the view, and the pixel (2,) where it is, None if gone."""
    data, camera = landmarksOf(handle, viewIndex), cameraOf(handle, viewIndex)
    if data is None:
        return {}
    place, names = rasFromPixel(handle, viewIndex, camera), landmarkNames(data)
    moved: dict[int, np.ndarray | None] = {}
    for role in MOVABLE_ROLES:
        node = nodeOf(handle, viewRole(viewIndex, role))
        if node is None:
            continue
        points = {node.GetNthControlPointLabel(n): n for n in range(node.GetNumberOfControlPoints())}
        for index in np.flatnonzero(choose(data)[role]):
            number = points.get(names[index])
            if number is None:
                moved[int(index)] = None
                continue
            point = np.zeros(3)
            node.GetNthControlPointPosition(number, point)
            pixel = pixelsOfPicturePoints(place, point)[0]
            if np.abs(pixel - data.detectedPx[index]).max() > _MOVED_PX:
                moved[int(index)] = pixel
    return moved


def _plain(value: Any) -> list:
    array = np.asarray(value)
    return array.tolist() if array.dtype == bool else np.round(array.astype(float), 6).tolist()
