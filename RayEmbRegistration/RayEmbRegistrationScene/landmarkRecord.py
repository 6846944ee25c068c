"""A view's landmarks kept with the registration, so that what is shown of them can follow a pose that is moved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .handle import isAlive, record, setRecord, viewRole
from .landmarks import showLandmarks
from .plainData import LandmarkData
from .pose import poseOf
from .residuals import showResiduals
from .views import cameraOf
from .visibility import applyHidden

KEY = "Landmarks"
_ARRAYS = ("pointsRas", "detectedPx", "used", "truePx", "scores")


def keep(handle, viewIndex: int, data: LandmarkData) -> None:
    """Keep the landmarks of a view."""
    values = {name: getattr(data, name) for name in _ARRAYS}
    kept = {name: None if value is None else _plain(value) for name, value in values.items()}
    kept["labels"] = None if data.labels is None else [str(label) for label in data.labels]
    setRecord(handle, viewRole(viewIndex, KEY), kept)


def landmarksOf(handle, viewIndex: int) -> LandmarkData | None:
    """The landmarks of a view, or None."""
    kept = record(handle, viewRole(viewIndex, KEY))
    if kept is None:
        return None
    arrays = {name: None if kept[name] is None else np.array(kept[name]) for name in _ARRAYS}
    return LandmarkData(**arrays, labels=kept["labels"])


def showSteps(handle, viewIndex: int, data: LandmarkData) -> Iterator[None]:
    """Keep and show the landmarks of a view, a little with each ``next``."""
    if not isAlive(handle) or cameraOf(handle, viewIndex) is None:
        return
    keep(handle, viewIndex, data)
    yield
    if len(data.pointsRas):
        showLandmarks(handle, viewIndex, data, poseOf(handle, viewIndex))
        yield
        showResiduals(handle, viewIndex, data, poseOf(handle, viewIndex))
        yield
    applyHidden(handle)


def showAgain(handle, viewIndex: int, onlyReprojected: bool = False) -> None:
    """Show the landmarks under the present pose, or of them only what moves with it."""
    data = landmarksOf(handle, viewIndex)
    if data is not None and len(data.pointsRas):
        showLandmarks(handle, viewIndex, data, poseOf(handle, viewIndex), onlyReprojected)
        showResiduals(handle, viewIndex, data, poseOf(handle, viewIndex))


def _plain(value) -> list:
    array = np.asarray(value)
    return array.tolist() if array.dtype == bool else np.round(array.astype(float), 6).tolist()
