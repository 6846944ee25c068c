"""A view's landmarks kept with the registration, so that what is shown of them can follow a pose that is moved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .frames import pixelsOfPicturePoints, rasFromPixel
from .handle import isAlive, nodeOf, record, setRecord, viewRole
from .landmarks import MOVABLE_ROLES, choose, landmarkNames, landmarkSteps, showFlatRole
from .nodes import Handle
from .plainData import LandmarkData
from .pose import poseOf
from .residuals import showResiduals
from .views import cameraOf, shownCamera
from .visibility import applyHidden

KEY = "Landmarks"
_MOVED_PX = 0.05


def keep(handle: Handle, viewIndex: int, data: LandmarkData) -> None:
    """Keep the landmarks of a view."""
    arrays = {
        "pointsRas": data.pointsRas,
        "detectedPx": data.detectedPx,
        "used": data.used,
        "truePx": data.truePx,
        "scores": data.scores,
        "pinned": data.pinned,
        "leftOut": data.leftOut,
        "foundPx": data.foundPx,
    }
    kept = {name: None if array is None else _plain(array) for name, array in arrays.items()}
    labels = None if data.labels is None else [str(label) for label in data.labels]
    setRecord(handle, viewRole(viewIndex, KEY), {**kept, "labels": labels})


def landmarksOf(handle: Handle, viewIndex: int) -> LandmarkData | None:
    """The landmarks of a view, or None."""
    kept = record(handle, viewRole(viewIndex, KEY))
    if kept is None:
        return None

    def array(name: str) -> np.ndarray | None:  # scenes of before kept fewer of them
        return None if kept.get(name) is None else np.array(kept[name])

    return LandmarkData(
        pointsRas=np.array(kept["pointsRas"]),
        detectedPx=np.array(kept["detectedPx"]),
        used=array("used"),
        truePx=array("truePx"),
        labels=kept["labels"],
        scores=array("scores"),
        pinned=array("pinned"),
        leftOut=array("leftOut"),
        foundPx=array("foundPx"),
    )


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
    data = landmarksOf(handle, viewIndex)
    if data is None:
        return {}
    place, names = rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex)), landmarkNames(data)
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


def _plain(value: np.ndarray) -> list:
    array = np.asarray(value)
    return array.tolist() if array.dtype == bool else np.round(array.astype(float), 6).tolist()
