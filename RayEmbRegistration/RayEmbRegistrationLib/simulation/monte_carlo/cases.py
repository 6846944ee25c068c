"""Cases to register whose primary and scatter are the Monte Carlo's; tools, noise and display are the fast model's."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.simulation.cases import bone_center
from RayEmbRegistrationLib.simulation.xray import SimulatedXray, SimulationSettings, show_exposed

from .beam import Beam
from .detector import Detector, Grid
from .expose import Exposure, Machine, expose
from .matter import Matter
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
    matter: Matter | None = None,
) -> SimulatedXray:
    """As ``simulation.cases.simulate_case``, by Monte Carlo; a grid is in or out by the generator.

    Args:
        ct: in HU.
        camera: of the image.
        camera_from_ras: pose.
        settings: tools, collimation, noise and display.
        rng: seeded generator.
        matter: of the CT, on its device, where more than one X-ray is taken.

    Raises:
        InputProblem: as ``expose``.
    """
    grid = Grid(_GRID_RATIO) if rng.random() < 0.5 else None
    beam = Beam(settings.kvp, (("aluminium", _FILTER_MM),))
    effort = Effort(None, SCATTER_ERROR, int(rng.integers(2**31)))
    exposure = Exposure(beam, Detector(grid=grid), effort=effort, cells=_CELLS)
    machine = None if matter is None else Machine(str(matter.masses.device))
    radiograph = expose(ct if matter is None else matter, camera, camera_from_ras, exposure, machine)
    depth = camera_from_ras.apply(bone_center(ct))[2]
    pixel_mm = camera.pixel_spacing_mm[0] * depth / camera.source_to_detector_mm
    return show_exposed(radiograph.primary, radiograph.scatter, settings, rng, pixel_mm)
