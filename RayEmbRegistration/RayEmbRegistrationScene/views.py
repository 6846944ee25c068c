"""What a view's numbers are: its camera, kept with the registration so that a loaded scene is complete."""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera

from .handle import record, setRecord, viewRole
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
    values = record(handle, viewRole(viewIndex, "Camera"))
    if values is None:
        return None
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
    drawnAt = record(handle, viewRole(viewIndex, "Camera")).get("drawnAtMm", camera.source_to_detector_mm)
    factor = drawnAt / camera.source_to_detector_mm
    across, down = camera.pixel_spacing_mm
    return Camera(camera.K, camera.image_size, (factor * across, factor * down), drawnAt)


def viewCount(handle: Handle) -> int:
    """How many X-rays the registration shows."""
    count = 0
    while record(handle, viewRole(count, "Camera")) is not None:
        count += 1
    return count
