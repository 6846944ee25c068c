"""Dose where the beam enters the body: an estimate, not for clinical use."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .beam import JOULE_PER_KEV
from .body import Body
from .scatter import ScatterMap

_TISSUE = 0.5  # g/cm3; chosen: denser than lung
_DEPTH_MM, _RADIUS_MM = 8.0, 25.0  # chosen: two of the scatter's voxels deep, and wide enough that a share says something
# Chosen: between a picture of fluoroscopy and a single shot; 2 % of noise in a pixel of 0.73 mm.
_DETECTED_PER_MM2 = 5_000.0
_LEAST_PHOTONS, _MOST_PHOTONS = 10.0, 1e7  # a pixel; chosen: no tube gives more than about this much behind a patient
_AIM_MM = 6.0  # chosen: within so much of the central ray, more than half of a voxel's diagonal, is what it meets first


def photons_per_steradian(photons_per_pixel: float, camera: Camera) -> float:
    """Photons of the source, for so many that reach a pixel in the middle of the open beam."""
    area = camera.pixel_spacing_mm[0] * camera.pixel_spacing_mm[1]
    return photons_per_pixel * camera.source_to_detector_mm**2 / area


def automatic_photons(detected: np.ndarray, covered: np.ndarray, camera: Camera) -> float:
    """Photons for a pixel of the open beam, as an automatic exposure control sets them: by what is detected behind the body.

    Args:
        detected: (H, W) photons detected per mm2 for one per steradian.
        covered: (H, W) bool, the pixels behind the body; all are asked where there are none.
        camera: of the image.
    """
    middle = float(np.median(detected[covered] if covered.any() else detected))
    photons = _DETECTED_PER_MM2 / max(middle, 1e-300) / photons_per_steradian(1.0, camera)
    return float(np.clip(photons, _LEAST_PHOTONS, _MOST_PHOTONS))


def entrance_region(body: Body, camera_from_ras: RigidTransform) -> np.ndarray:
    """(K, J, I) bool, the tissue of the first 8 mm within 25 mm of the central ray; nothing where that ray meets none."""
    tissue = np.argwhere(body.density > _TISSUE)
    points = tissue[:, ::-1] @ body.ras_from_ijk[:3, :3].T + body.ras_from_ijk[:3, 3]
    x, y, depth = camera_from_ras.apply(points).T
    aside = np.hypot(x, y)
    region = np.zeros(body.density.shape, bool)
    met = depth[(aside < _AIM_MM) & (depth > 0)]
    if len(met):
        first = met.min()
        chosen = tissue[(aside < _RADIUS_MM) & (depth >= first - _DEPTH_MM) & (depth < first + _DEPTH_MM)]
        region[tuple(chosen.T)] = True
    return region


def entrance_dose(scatter: ScatterMap, per_steradian: float, mass_kg: float) -> tuple[float, float] | None:
    """Mean dose of the region in milligray, and its standard error; None without a region, or where no photon met it."""
    if not mass_kg > 0 or not scatter.regional_kev[0] > 0:
        return None
    mean, error = (float(each) * per_steradian * JOULE_PER_KEV / mass_kg * 1000 for each in scatter.regional_kev)
    return float(mean), float(error)
