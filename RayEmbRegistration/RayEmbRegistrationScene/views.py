"""What a view's numbers are: its camera, kept with the registration so that a loaded scene is complete."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera

from .handle import MOST_PARSED, isAlive, readRecord, setRecord, viewRole
from .nodes import Handle


def setCamera(handle: Handle, viewIndex: int, camera: Camera, detectorMm: float | None = None) -> None:
    """Keep a view's camera; ``detectorMm`` is how far from the source its detector is drawn where nobody told."""
    setRecord(
        handle,
        viewRole(viewIndex, "Camera"),
        {
            "K": np.asarray(camera.K).tolist(),
            "imageSize": list(camera.image_size),
            "pixelSpacingMm": list(camera.pixel_spacing_mm),
            "sourceToDetectorMm": camera.source_to_detector_mm,
            **({} if detectorMm is None else {"drawnAtMm": detectorMm}),
        },
    )


def cameraOf(handle: Handle, viewIndex: int) -> Camera | None:
    """A view's camera, or None where the view is not shown."""
    text = handle.GetParameter(viewRole(viewIndex, "Camera")) if isAlive(handle) else ""
    return _camera(text) if text else None


@lru_cache(MOST_PARSED)
def _camera(text: str) -> Camera:
    values = json.loads(text)
    (width, height), (across, down) = values["imageSize"], values["pixelSpacingMm"]
    return Camera(np.array(values["K"]), (width, height), (across, down), values["sourceToDetectorMm"])


def shownCamera(handle: Handle, viewIndex: int) -> Camera:
    """The camera of a view that is shown.

    Raises:
        LookupError: it is not.
    """
    camera = cameraOf(handle, viewIndex)
    if camera is None:
        raise LookupError(f"the registration shows no X-ray {viewIndex + 1}")
    return camera


def drawnCamera(handle: Handle, viewIndex: int) -> Camera:
    """The camera of a view as it stands in 3D: the same rays, and the detector where it is drawn."""
    camera = shownCamera(handle, viewIndex)
    drawnAt = readRecord(handle, viewRole(viewIndex, "Camera")).get("drawnAtMm", camera.source_to_detector_mm)
    factor = drawnAt / camera.source_to_detector_mm
    across, down = camera.pixel_spacing_mm
    return Camera(camera.K, camera.image_size, (factor * across, factor * down), drawnAt)


def viewCount(handle: Handle) -> int:
    """How many X-rays the registration shows."""
    count = 0
    while isAlive(handle) and handle.GetParameter(viewRole(count, "Camera")):
        count += 1
    return count
