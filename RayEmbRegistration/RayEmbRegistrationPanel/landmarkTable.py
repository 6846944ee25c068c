"""The landmarks of an X-ray as a table, and as the library takes them with a user's corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from RayEmbRegistrationScene.plainData import LandmarkData

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Corrections
    from RayEmbRegistrationLib.detector.landmarks import Landmarks
    from RayEmbRegistrationLib.geometry.camera import Camera
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        index: of the landmark among those shown.
        name: of the landmark.
        offMm: how far the pose puts it from where it was seen, mm at the bone; None without a pose.
        state: "used", "confirmed", "disagrees" or "left out".
    """

    index: int
    name: str
    offMm: float | None
    state: str


def tableRows(data: LandmarkData, camera: Camera, pose: RigidTransform | None) -> list[Row]:
    """The landmarks as lines: what the user has confirmed first, then the farthest off."""
    pinned, leftOut = flags(data.pinned, data), flags(data.leftOut, data)
    used = np.ones(len(data.pointsRas), dtype=bool) if data.used is None else np.asarray(data.used, dtype=bool)
    off = [None] * len(used) if pose is None else offMm(data, camera, pose)
    names = data.labels or [str(number + 1) for number in range(len(used))]
    states = np.where(used, "used", "disagrees")
    states = np.where(leftOut, "left out", np.where(pinned, "confirmed", states))
    rows = [Row(index, names[index], off[index], str(states[index])) for index in range(len(used))]
    order = {"confirmed": 0, "used": 1, "disagrees": 2, "left out": 3}
    return sorted(rows, key=lambda row: (order[row.state], -(row.offMm or 0.0)))


def offMm(data: LandmarkData, camera: Camera, pose: RigidTransform) -> list[float]:
    """How far from its projection each landmark was seen, mm at its own depth."""
    points = pose.apply(np.asarray(data.pointsRas, dtype=float))
    away = np.linalg.norm((camera.project(points) - data.detectedPx) * camera.pixel_spacing_mm, axis=1)
    return [float(x) for x in away * points[:, 2] / camera.source_to_detector_mm]


def flags(values: Any, data: LandmarkData) -> np.ndarray:
    """(N,) bool of flags that may not be there; a copy."""
    return np.zeros(len(data.pointsRas), dtype=bool) if values is None else np.array(values, dtype=bool)


def foundPx(data: LandmarkData) -> np.ndarray:
    """(N, 2) where the landmarks were detected, before any was dragged; a copy."""
    return np.array(data.detectedPx if data.foundPx is None else data.foundPx, dtype=float)


def pinnedAt(data: LandmarkData, places: dict) -> LandmarkData:
    """The landmarks with some confirmed: index to pixel (2,), or None where it is right as it is."""
    pinned, leftOut, pixels = flags(data.pinned, data), flags(data.leftOut, data), np.array(data.detectedPx, dtype=float)
    for index, pixel in places.items():
        pinned[index], leftOut[index] = True, False
        if pixel is not None:
            pixels[index] = pixel
    return replace(data, pinned=pinned, leftOut=leftOut, detectedPx=pixels, foundPx=foundPx(data))


def withUse(data: LandmarkData, index: int, isUsed: bool) -> LandmarkData:
    """The landmarks with one of them left out, or taken in again."""
    pinned, leftOut = flags(data.pinned, data), flags(data.leftOut, data)
    used = np.ones(len(pinned), dtype=bool) if data.used is None else np.array(data.used, dtype=bool)
    leftOut[index], used[index] = not isUsed, isUsed
    if not isUsed:
        pinned[index] = False
    return replace(data, used=used, pinned=pinned, leftOut=leftOut, foundPx=foundPx(data))


def asDetected(data: LandmarkData) -> LandmarkData:
    """The landmarks without the user's corrections; one that was left out counts again."""
    used = np.ones(len(data.pointsRas), dtype=bool) if data.used is None else np.array(data.used, dtype=bool)
    used |= flags(data.leftOut, data)
    return replace(data, used=used, pinned=None, leftOut=None, detectedPx=foundPx(data), foundPx=None)


def isCorrected(data: LandmarkData) -> bool:
    """Whether the user said anything about them."""
    return bool(flags(data.pinned, data).any() or flags(data.leftOut, data).any())


def corrections(data: LandmarkData, detected: Landmarks | None, boneIsBright: bool | None) -> tuple[Landmarks, Corrections]:
    """The library's Landmarks and Corrections: of all that were detected, or of those shown where these are no more.

    Args:
        data: the landmarks shown, with what the user said.
        detected: the library's Landmarks of the last registration, or None in a scene that was loaded.
        boneIsBright: polarity of the X-ray, where ``detected`` does not tell it.
    """
    from RayEmbRegistrationLib.application import Corrections
    from RayEmbRegistrationLib.detector.landmarks import Landmarks

    if detected is None:
        used = np.ones(len(data.pointsRas)) if data.used is None else np.asarray(data.used, dtype=float)
        none: np.ndarray = np.zeros(len(used), dtype=bool)
        points, pixels = np.asarray(data.pointsRas, dtype=float), foundPx(data)
        detected = Landmarks(points, pixels, used, used, used, none, 0, 0.0, boneIsBright is not False)
        numbers = np.arange(len(used))
    else:
        numbers = numbersOf(data)
    pixels = np.asarray(data.detectedPx, dtype=float)
    pinned = {int(numbers[index]): pixels[index] for index in np.flatnonzero(flags(data.pinned, data))}
    rejected = tuple(int(n) for n in numbers[flags(data.leftOut, data)])
    return detected, Corrections(pinned, rejected)


def numbersOf(data: LandmarkData) -> np.ndarray:
    """Index of each shown landmark among all detected ones, which its label tells."""
    if data.labels is None:
        return np.arange(len(data.pointsRas))
    return np.array([int(label) - 1 for label in data.labels], dtype=int)


def solvedData(data: LandmarkData, count: int, solution: Any, isPart: bool) -> LandmarkData:
    """The landmarks as shown after they were solved again.

    Args:
        data: as shown before, with what the user said.
        count: of all landmarks that were given to the library.
        solution: the library's Landmarks of the result, without those left out.
        isPart: whether those shown are a part of what was given.
    """
    numbers = numbersOf(data) if isPart else np.arange(count)
    leftOut = flags(data.leftOut, data)
    kept = np.setdiff1d(np.arange(count), numbers[leftOut])
    inliers: np.ndarray = np.zeros(count, dtype=bool)
    inliers[kept] = solution.inliers
    return replace(data, used=(inliers[numbers] | flags(data.pinned, data)) & ~leftOut)
