"""An X-ray of a CT by physics: exact primary, Monte Carlo scatter, quantum noise, blur, and the dose that it took."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, part_of, watch

from .beam import JOULE_PER_KEV, Beam, dose_area_product
from .body import Body
from .detector import Detector
from .dose import automatic_photons, entrance_dose, entrance_region, photons_per_steradian
from .implants import Subject
from .matter import Matter, matter_of
from .primary import Primary, project_primary
from .scatter import Effort, ScatterMap, scatter_map
from .workers import SceneParts, worker_of

_TISSUE = 0.5  # g/cm3; chosen: denser than lung
_COVERED = 0.9  # chosen: a pixel that gets less than this of the open beam lies behind the body
DISPLAYS = ("raw", "log")
_FULL_SCALE, _OPEN_AT = 65535, 0.8  # chosen: 16 bits, the open beam at four fifths of them; brighter pixels saturate


@dataclass(frozen=True)
class Exposure:
    """How an X-ray is taken.

    Attributes:
        beam: voltage and filters.
        detector: and its grid.
        photons_per_pixel: photons that reach a pixel in the middle of the open beam: the noise and the dose; None for as
            many as an automatic exposure control gives.
        focal_spot_mm: full width of the source.
        blur_px: standard deviation of the detector's own point spread.
        effort: how long the scatter is followed.
        cells: of the scatter map, along the image's longer side.
        display: "raw" (pixels proportional to the beam) or "log" (to its logarithm, from 1 of 65535 to full scale).
    """

    beam: Beam = field(default_factory=Beam)
    detector: Detector = field(default_factory=Detector)
    photons_per_pixel: float | None = None
    focal_spot_mm: float = 0.6
    blur_px: float = 0.5
    effort: Effort = field(default_factory=Effort)
    cells: int = 64
    display: str = "raw"

    def __post_init__(self) -> None:
        if self.photons_per_pixel is not None and not 0 < self.photons_per_pixel < np.inf:
            raise InputProblem(f"the photons of a pixel must be a positive number, not {self.photons_per_pixel:g}")
        if not 2 <= self.cells <= 512:
            raise InputProblem(f"the scatter map needs 2 to 512 cells along its side, not {self.cells}")
        if self.display not in DISPLAYS:
            raise InputProblem(f"there is no display curve '{self.display}'; use one of {', '.join(DISPLAYS)}")
        if not (self.focal_spot_mm >= 0 and self.blur_px >= 0):
            raise InputProblem("focal spot and blur must not be negative")


@dataclass(frozen=True, eq=False)
class Radiograph:
    """An X-ray and what it is made of. Every dose is an estimate, not for clinical use.

    Attributes:
        pixels: (H, W) uint16, by the exposure's display curve; bone is dark.
        primary, scatter: (H, W) mean signals over that of the open beam in the middle.
        scatter_error: (H, W) standard error of the scatter.
        map: the scatter as it was followed.
        dose_area_product_gy_cm2: air kerma times area.
        imparted_mj: (energy left in the body in millijoule, its standard error).
        seed: of everything random.
        photons_per_pixel: that reach a pixel in the middle of the open beam.
        entrance_mgy: (mean dose in milligray where the central ray enters, backscatter included, its standard error); None
            where that ray meets nothing.
        notes: what the user should know of it.
    """

    pixels: np.ndarray
    primary: np.ndarray
    scatter: np.ndarray
    scatter_error: np.ndarray
    map: ScatterMap
    dose_area_product_gy_cm2: float
    imparted_mj: tuple[float, float]
    seed: int
    photons_per_pixel: float
    entrance_mgy: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def scatter_to_primary(self) -> np.ndarray:
        """(H, W) ratio."""
        return np.asarray(self.scatter / np.maximum(self.primary, 1e-300))


@dataclass(frozen=True)
class Machine:
    """Where it is worked out.

    Attributes:
        device: of PyTorch.
        processes: that share the histories on this machine.
        scheduler: address or file of a Dask cluster's scheduler that shares them out instead, or None. Where torchrun
            started this process, its processes do.
    """

    device: str = "cpu"
    processes: int = 1
    scheduler: str | None = None


def expose(
    ct: CTVolume | Subject | Matter,
    camera: Camera,
    camera_from_ras: RigidTransform,
    exposure: Exposure | None = None,
    machine: Machine | None = None,
    progress: Report | None = None,
) -> Radiograph:
    """Take an X-ray of a CT.

    Args:
        ct: in HU; with surface models in it where it is a ``Subject``; or as ``matter_of`` worked it out, for many X-rays.
        camera: of the image.
        camera_from_ras: where the C-arm stands.
        exposure: the usual one where None.
        machine: one process without a card where None.
        progress: told how far it is; may raise ``Cancelled``.

    Raises:
        InputProblem: no tissue in the CT, the source in the body, the body behind the detector, or an error of the scatter
            that cannot be reached.
    """
    exposure, machine, report = exposure or Exposure(), machine or Machine(), watch(progress, None)
    matter = ct if isinstance(ct, Matter) else matter_of(ct, machine.device)
    coarse = matter.coarse
    check_geometry(coarse, camera, camera_from_ras)
    entrance = entrance_region(coarse, camera_from_ras)
    spectrum = exposure.beam.spectrum()
    share = exposure.cells / max(camera.image_size)
    map_camera = camera.resample(max(2, round(camera.width * share)), max(2, round(camera.height * share)))
    physics = (exposure.detector, spectrum)
    histories = exposure.effort.share_histories
    parts = SceneParts(coarse, map_camera, camera_from_ras, *physics, machine.device, histories, entrance)
    report(0.0, "primary")
    primary = project_primary(matter.masses, camera, camera_from_ras, spectrum, exposure.detector)
    with worker_of(parts, exposure.effort.seed, machine.processes, machine.scheduler) as worker:
        scatter = scatter_map(exposure.effort, worker, part_of(report, 0.1, 0.85), machine.processes)
    report(0.95, "image")
    magnification = camera.source_to_detector_mm / _depth_of_middle(coarse, camera_from_ras)
    radiograph = _finished(exposure, camera, primary, scatter, magnification)
    mass_kg = float(coarse.density[entrance].sum()) * abs(np.linalg.det(coarse.ras_from_ijk[:3, :3])) * 1e-6
    dose = entrance_dose(scatter, photons_per_steradian(radiograph.photons_per_pixel, camera), mass_kg)
    return replace(radiograph, entrance_mgy=dose, notes=() if matter.note is None else (matter.note,))


def check_geometry(body: Body, camera: Camera, camera_from_ras: RigidTransform) -> None:
    """Refuse a source within the body, and a body that the detector cuts.

    Raises:
        InputProblem: says which.
    """
    kji = np.argwhere(body.density > _TISSUE)
    if not len(kji):
        raise InputProblem("the CT holds no tissue; give a CT in Hounsfield units")
    points = camera_from_ras.apply(kji[:, ::-1] @ body.ras_from_ijk[:3, :3].T + body.ras_from_ijk[:3, 3])
    source = np.linalg.inv(body.ras_from_ijk) @ [*camera_from_ras.inverse().translation, 1.0]
    voxel = np.round(source[2::-1]).astype(int)
    inside = bool(((voxel >= 0) & (voxel < body.density.shape)).all())
    if inside and body.density[tuple(voxel)] > _TISSUE:
        raise InputProblem("the X-ray source lies inside the body; check the pose, the distances and the isocenter")
    if points[:, 2].max() <= 0:
        raise InputProblem("the whole body lies behind the X-ray source; check the pose")
    if points[:, 2].max() > camera.source_to_detector_mm:
        raise InputProblem(
            f"the body reaches {points[:, 2].max() - camera.source_to_detector_mm:.0f} mm behind the detector; "
            "check the pose, or put the detector further away"
        )


def _depth_of_middle(body: Body, camera_from_ras: RigidTransform) -> float:
    middle = body.ras_from_ijk[:3, :3] @ ((np.array(body.density.shape[::-1]) - 1) / 2) + body.ras_from_ijk[:3, 3]
    return max(float(camera_from_ras.apply(middle)[2]), 1.0)


def _finished(exposure: Exposure, camera: Camera, primary: Primary, scatter: ScatterMap, magnification: float) -> Radiograph:
    """Signals over the open beam's, with noise and blur, as stored numbers; and the doses."""
    import cv2
    from scipy.ndimage import gaussian_filter

    middle = (camera.height // 2, camera.width // 2)
    unit = primary.open_signal[middle]
    maps = (scatter.signal, scatter.error)
    large, error = (cv2.resize(each, camera.image_size, interpolation=cv2.INTER_CUBIC) for each in maps)
    # A focal spot of even brightness and this width has a standard deviation of it over the root of twelve.
    spot_mm = exposure.focal_spot_mm / np.sqrt(12) * max(magnification - 1, 0)
    direct = gaussian_filter(primary.signal, spot_mm / np.array(camera.pixel_spacing_mm[::-1]))
    total = direct + np.maximum(large, 0)
    # Photons for one steradian, and of these so many a pixel: signals are compound Poisson numbers of mean and variance.
    area = camera.pixel_spacing_mm[0] * camera.pixel_spacing_mm[1]
    quantum = primary.square / np.maximum(primary.signal, 1e-300)
    photons = exposure.photons_per_pixel
    if photons is None:
        photons = automatic_photons(total / quantum, direct < _COVERED * primary.open_signal, camera)
    per_steradian = photons_per_steradian(photons, camera)
    rng = np.random.default_rng([exposure.effort.seed, 1])
    counts = np.clip(total * per_steradian * area / quantum, 0, 1e15)
    noisy = gaussian_filter(rng.poisson(counts) * quantum, exposure.blur_px) / (per_steradian * area)
    pixels = _stored(noisy / unit * _OPEN_AT, exposure.display)
    spectrum = exposure.beam.spectrum()
    kept, kept_error = (each * per_steradian * JOULE_PER_KEV * 1000 for each in scatter.deposited_kev)
    product = dose_area_product(spectrum, per_steradian * _field_steradian(camera))
    shown = (direct / unit, np.maximum(large, 0) / unit, error / unit)
    return Radiograph(pixels, *shown, scatter, product, (kept, kept_error), exposure.effort.seed, photons)


def _stored(share: np.ndarray, display: str) -> np.ndarray:
    """Shares of the full scale as 16-bit pixels, by a display curve that keeps black black and white white."""
    if display == "log":
        share = 1 + np.log(np.clip(share, 1 / _FULL_SCALE, None)) / np.log(_FULL_SCALE)
    return np.clip(np.round(share * _FULL_SCALE), 0, _FULL_SCALE).astype(np.uint16)


def _field_steradian(camera: Camera) -> float:
    """Solid angle of the image, summed over a coarse grid of it."""
    coarse = camera.resample(64, 64)
    rows, columns = np.mgrid[:64, :64].astype(np.float64)
    rays = coarse.back_project(np.stack([columns, rows], -1), camera.source_to_detector_mm)
    distance = np.linalg.norm(rays, axis=-1)
    area = coarse.pixel_spacing_mm[0] * coarse.pixel_spacing_mm[1]
    return float((area * camera.source_to_detector_mm / distance**3).sum())
