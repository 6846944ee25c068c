"""One call from a CT and a pose to an X-ray that can be registered."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.xray.making import make_view
from RayEmbRegistrationLib.xray.view import XrayView

from .cases import default_camera, simulate_case
from .xray import SimulationSettings


def simulate(
    ct: CTVolume,
    camera_from_ras: RigidTransform,
    camera: Camera | None = None,
    settings: SimulationSettings | None = None,
    seed: int = 0,
) -> XrayView:
    """An X-ray of a CT: polychromatic, with scatter, noise and blur; its polarity is left to be found out.

    Args:
        ct: in HU.
        camera_from_ras: where the C-arm stands, for example from ``c_arm_pose``.
        camera: ``default_camera()`` where None.
        settings: how it is taken and shown; the defaults where None.
        seed: of the noise and of all that is random.

    Returns:
        What ``register`` takes.
    """
    camera = camera or default_camera()
    rng = np.random.default_rng(seed)
    xray = simulate_case(ct, camera, camera_from_ras, settings or SimulationSettings(), rng)
    geometry = XrayGeometry.of_camera(camera, "file", "as it was simulated")
    return make_view(xray.pixels, geometry, name="the simulated X-ray")
