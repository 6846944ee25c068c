"""Cases to register whose primary and scatter are the Monte Carlo's; tools, noise and display are the fast model's."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.simulation.cases import bone_center
from RayEmbRegistrationLib.simulation.xray import SimulatedXray, SimulationSettings, show_exposed

from .beam import Beam
from .detector import Detector, Grid
from .expose import Exposure, expose
from .scatter import Effort

_FILTER_MM = 3.0  # chosen: as Beam's
_GRID_RATIO = 10.0  # chosen: usual of C-arms with a flat detector
SCATTER_ERROR, _CELLS = 0.1, 32  # chosen: a tenth of the scatter is less than its share of the noise; 32 cells are 9 mm each


def simulate_case(
    ct: CTVolume,
    camera: Camera,
    camera_from_ras: RigidTransform,
    settings: SimulationSettings,
    rng: np.random.Generator,
    scatter_error: float = SCATTER_ERROR,
) -> SimulatedXray:
    """As ``simulation.cases.simulate_case``, by Monte Carlo; a grid is in or out by the generator.

    Raises:
        InputProblem: as ``expose``.
    """
    grid = Grid(_GRID_RATIO) if rng.random() < 0.5 else None
    beam = Beam(settings.kvp, (("aluminium", _FILTER_MM),))
    effort = Effort(None, scatter_error, int(rng.integers(2**31)))
    radiograph = expose(ct, camera, camera_from_ras, Exposure(beam, Detector(grid=grid), effort=effort, cells=_CELLS))
    depth = camera_from_ras.apply(bone_center(ct))[2]
    pixel_mm = camera.pixel_spacing_mm[0] * depth / camera.source_to_detector_mm
    return show_exposed(radiograph.primary, radiograph.scatter, settings, rng, pixel_mm)
