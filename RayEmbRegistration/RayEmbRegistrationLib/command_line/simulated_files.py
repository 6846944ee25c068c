"""What ``simulate`` writes: the image, the truth beside it, and the camera file where the image holds no geometry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.camera import CameraFile, camera_content
from RayEmbRegistrationLib.files.writing import json_text, write_atomically, write_json
from RayEmbRegistrationLib.geometry import Camera

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure, Radiograph

SUFFIXES = (".dcm", ".png", ".nii", ".gz")
NOT_CLINICAL = "simulated; dose is an estimate, not for clinical use"


def named(output: Path, ending: str) -> Path:
    """NAME_001.nii.gz of NAME.nii.gz."""
    name = output.name
    for suffix in (".nii.gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            return output.with_name(f"{name[: -len(suffix)]}{ending}{name[-len(suffix) :]}")
    return output.with_name(name + ending)


def beside(output: Path, what: str) -> Path:
    """NAME.truth.json beside NAME.png."""
    name = output.name
    for ending in (".nii.gz", *SUFFIXES):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return output.with_name(f"{name}.{what}.json")


def write(output: Path, radiograph: Radiograph, camera: Camera, pose: RigidTransform, taken: tuple[Exposure, float]) -> None:
    """The image, the truth beside it, and the camera file where the image holds no geometry: all of them or none.

    Raises:
        InputProblem: one could not be written.
    """
    exposure, _isocenter_mm = taken
    truth = {
        "format": "rayemb-pose",
        "format_version": 1,
        "ras_to_camera": pose.matrix.tolist(),
        "note": NOT_CLINICAL,
        "kvp": exposure.beam.kvp,
        "photons_per_pixel": radiograph.photons_per_pixel,
        "filters_mm": dict(exposure.beam.filters),
        "scatter_photons": radiograph.map.histories,
        "scatter_relative_error": radiograph.map.relative_error,
        "scatter_to_primary_median": float(np.median(radiograph.scatter_to_primary)),
        "dose_area_product_gy_cm2": radiograph.dose_area_product_gy_cm2,
        "imparted_energy_mj": list(radiograph.imparted_mj),
        "entrance_dose_mgy": None if radiograph.entrance_mgy is None else list(radiograph.entrance_mgy),
        "seed": radiograph.seed,
    }

    def others() -> None:
        if output.suffix.lower() == ".dcm":
            write_json(beside(output, "truth"), truth)
            return
        text = json_text(camera_content(CameraFile(camera, bone_is_bright=False, intensity=exposure.display)))

        def camera_and_truth(path: Path) -> None:
            path.write_text(text, encoding="utf-8")
            _brought_to_disk(path)
            write_json(beside(output, "truth"), truth)

        write_atomically(beside(output, "camera"), camera_and_truth)

    def image_and_others(path: Path) -> None:
        _write_image(path, radiograph, camera, pose, taken)
        _brought_to_disk(path)
        others()

    # Each is on the disk before the next takes its place, the image last, so that it is never alone.
    write_atomically(output, image_and_others)


def _brought_to_disk(path: Path) -> None:
    """A disk that is full says so now."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _write_image(
    path: Path, radiograph: Radiograph, camera: Camera, pose: RigidTransform, taken: tuple[Exposure, float]
) -> None:
    """In the format that the name ends in."""
    if path.suffix.lower() == ".dcm":
        from RayEmbRegistrationLib.xray.dicom.writing import Exposed, write_xa

        exposure, isocenter_mm = taken
        product = radiograph.dose_area_product_gy_cm2
        exposed = Exposed(exposure.beam.kvp, isocenter_mm, product, NOT_CLINICAL, exposure.display)
        write_xa(path, radiograph.pixels, camera, pose, exposed)
    elif path.suffix.lower() == ".png":
        from RayEmbRegistrationLib.files.pictures import picture_bytes

        path.write_bytes(picture_bytes(radiograph.pixels))
    else:
        import SimpleITK as sitk  # noqa: N813 - its customary name

        image = sitk.GetImageFromArray(radiograph.pixels[None])
        image.SetSpacing((*camera.pixel_spacing_mm, 1.0))
        sitk.WriteImage(image, str(path))
        try:
            whole = np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path)))[0], radiograph.pixels)
        except RuntimeError:
            whole = False
        if not whole:  # ITK's writer of NIfTI does not say that the disk is full
            raise OSError("not all of it fits the disk")
