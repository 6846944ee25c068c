"""What a virtual C-arm shows: a live picture while it moves, and the X-ray by Monte Carlo that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.geometry.virtual_c_arm import CArm
from RayEmbRegistrationLib.progress import Report, watch
from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam, parse_filters
from RayEmbRegistrationLib.simulation.monte_carlo.body import averaged
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector, Grid
from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure, Machine, Radiograph, expose
from RayEmbRegistrationLib.simulation.monte_carlo.outline import with_outline
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort

MOVING_PX, REST_PX = 256, 512  # chosen: quick while it moves, fine when it stays
_MOVING_VOXEL_MM, _REST_VOXEL_MM = 2.0, 1.0  # chosen: near the pixels of 256 and 512 of a usual field at the isocenter
_AIR_HU = -950.0  # as simulation.monte_carlo.body: darker is air, which the projector passes over
_WINDOW_PERCENT = (1.0, 95.0)  # chosen: open beam at the rim may be white, as automatic exposure leaves it


@dataclass(frozen=True, eq=False)
class LivePicture:
    """A picture as fluoroscopy shows it.

    Attributes:
        pixels: (h, w) float32, minus the line integral of attenuation: bone is dark.
        window: the values shown black and white.
    """

    pixels: np.ndarray
    window: tuple[float, float]


@dataclass(frozen=True)
class Technique:
    """What is set at the console of a C-arm.

    Attributes:
        kvp: tube voltage, 40 to 140.
        filters: millimetres, as in "Al 3, Cu 0.1".
        grid_ratio: of the anti-scatter grid; None without one.
        photons_per_pixel: photons that reach a pixel of the open beam: noise and dose; None for an automatic exposure.
        scatter_error: relative standard error to which the scatter is followed.
        seed: of everything random.
    """

    kvp: float = 75.0
    filters: str = "Al 3"
    grid_ratio: float | None = None
    photons_per_pixel: float | None = None
    scatter_error: float = 0.1
    seed: int = 0

    def exposure(self) -> Exposure:
        """The same for the simulation; pixels are logarithmic, as a console shows them.

        Raises:
            InputProblem: a number out of its range, or filters that are not understood.
        """
        grid = None if self.grid_ratio is None else Grid(ratio=self.grid_ratio)
        effort = Effort(None, self.scatter_error, self.seed)
        beam = Beam(self.kvp, parse_filters(self.filters))
        beam.spectrum()  # filters that let nothing through are refused before anything is begun
        return Exposure(beam, Detector(grid=grid), self.photons_per_pixel, effort=effort, display="log")


class LiveBody:
    """The whole body of a CT, ready to be projected again and again; each resolution is made when it is first used.

    Args:
        ct: in HU.
        device: where to project.
    """

    def __init__(self, ct: CTVolume, device: str = "cpu") -> None:
        self._given, self._device = ct, device
        self._projectors: dict[float, JosephProjector] = {}

    @cached_property
    def _ct(self) -> CTVolume:
        return with_outline(self._given)[0]

    def picture(self, c_arm: CArm, pixels: int = MOVING_PX) -> LivePicture:
        """What the C-arm sees, at so many pixels along its field."""
        projector = self._projector(_MOVING_VOXEL_MM if pixels <= MOVING_PX else _REST_VOXEL_MM)
        with torch.no_grad():
            integrals = projector.render(c_arm.pose, c_arm.camera(pixels))[0].cpu().numpy()
        picture = -integrals
        low, high = (float(value) for value in np.percentile(picture[::2, ::2], _WINDOW_PERCENT))
        return LivePicture(picture, (low, max(high, low + 1e-3)))

    def expose(
        self,
        c_arm: CArm,
        technique: Technique | None = None,
        progress: Report | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Radiograph:
        """An X-ray by Monte Carlo, as the C-arm stands.

        Raises:
            InputProblem: a CT without tissue, a source in the body, a body behind the detector, or settings out of range.
            Cancelled: the user asked to stop.
        """
        exposure = (technique or Technique()).exposure()
        machine, report = Machine(self._device), watch(progress, cancelled)
        return expose(self._given, c_arm.camera(), c_arm.pose, exposure, machine, report)

    def hu_to_look_at(self) -> tuple[np.ndarray, np.ndarray]:
        """(K, J, I) Hounsfield units, coarse enough to draw a surface of, and ``ras_from_ijk``."""
        return averaged(self._ct, _MOVING_VOXEL_MM)

    def _projector(self, voxel_mm: float) -> JosephProjector:
        if voxel_mm not in self._projectors:
            hu, matrix = averaged(self._ct, voxel_mm)
            attenuation = attenuation_from_hu(np.where(hu < _AIR_HU, np.float32(-1000), hu))
            self._projectors[voxel_mm] = JosephProjector(torch.as_tensor(attenuation), matrix, self._device)
        return self._projectors[voxel_mm]
