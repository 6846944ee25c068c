"""A published data set written as case folders, which ``evaluate`` and ``compare`` read without knowing it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.files.names import safe_name
from RayEmbRegistrationLib.files.pictures import write_picture
from RayEmbRegistrationLib.files.writing import write_atomically, write_json
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk

from .case import DatasetCase


def write_ct(folder: str | Path, ct: CTVolume) -> Path:
    """Write ct.nii.gz and, where the CT has labels, labels.nii.gz; the CT's path is returned."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    grid = itk_of_ras_from_ijk(ct.ras_from_ijk)
    for name, values in (("ct", ct.hu), ("labels", ct.labels)):
        if values is None:
            continue
        image = sitk.GetImageFromArray(values)
        image.SetOrigin(grid.origin.tolist())
        image.SetSpacing(grid.spacing.tolist())
        image.SetDirection(grid.direction.ravel().tolist())
        write_atomically(folder / f"{name}.nii.gz", partial(_write_image, image))
    return folder / "ct.nii.gz"


def _write_image(image: Any, path: Path) -> None:
    import SimpleITK as sitk  # noqa: N813 - its customary name

    sitk.WriteImage(image, str(path))


def export_cases(folder: str | Path, cases: Iterable[DatasetCase]) -> list[Path]:
    """Write each case as NAME.png (16 bit), NAME.geometry.json and, where the truth is known, NAME.truth.json.

    Args:
        folder: made if need be; one folder a CT.
        cases: of one subject.

    Returns:
        The images' paths.

    Raises:
        InputProblem: an image could not be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for case in cases:
        name = safe_name(case.name)  # a data set's own, which may hold slashes
        path = folder / f"{name}.png"
        write_picture(path, _sixteen_bit(case.view.pixels))
        write_json(folder / f"{name}.geometry.json", _geometry(case, path.name))
        if case.truth is not None:
            write_json(folder / f"{name}.truth.json", _truth(case, case.truth))
        written.append(path)
    return written


def _geometry(case: DatasetCase, image_name: str) -> dict:
    camera = case.view.camera
    content = {
        "image": image_name,
        "source_to_detector_mm": camera.source_to_detector_mm,
        "pixel_spacing_mm": list(camera.pixel_spacing_mm),
        "image_size_px": list(camera.image_size),
        "K": camera.K.tolist(),
        "bone_is_bright": case.view.bone_is_bright,
        "intensity": case.view.intensity,
        "group": case.group,
        "note": "OpenCV pinhole; pixel centres at integers; world = CT patient RAS, mm",
    }
    if case.view.camera_from_rig is not None:
        content["world_to_camera"] = case.view.camera_from_rig.matrix.tolist()
    return content


def _truth(case: DatasetCase, truth: RigidTransform) -> dict:
    return {
        "ras_to_camera": truth.matrix.tolist(),
        "landmarks_ras": {name: np.asarray(point).tolist() for name, point in case.landmarks_ras.items()},
        "landmarks_px": {name: np.asarray(point).tolist() for name, point in case.landmarks_px.items()},
    }


def _sixteen_bit(pixels: np.ndarray) -> np.ndarray:
    """Pixels as they are where they fit, else scaled so that zero stays zero (counts stay proportional)."""
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0:
        pixels, high = pixels - low, high - low
    if high > 65535 or high < 256:
        pixels = pixels * (65535 / max(high, 1e-9))
    return np.round(pixels).astype(np.uint16)
