"""The primary: what reaches each pixel without an interaction, by projection, energy by energy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .body import Body
from .detector import Detector
from .tables import load_tables

_LEAST_SHARE = 1e-7  # chosen: energies with less of the beam are not worth an image


@dataclass(frozen=True, eq=False)
class Primary:
    """Signal per mm2 of detector for one photon per steradian.

    Attributes:
        signal: (H, W) float64.
        square: (H, W) the same of the squared signal of each photon, for the noise.
        open_signal, open_square: both, without a body.
    """

    signal: np.ndarray
    square: np.ndarray
    open_signal: np.ndarray
    open_square: np.ndarray


class Masses:
    """Areal masses of the materials of bodies; on grids of their own, the masses add up.

    Args:
        bodies: at full resolution.
        device: where to project.
        keep: keep all that is projected, for the next pose: quicker, and of much memory.
    """

    def __init__(self, bodies: Body | Sequence[Body], device: torch.device | str = "cpu", keep: bool = False) -> None:
        self.bodies = [bodies] if isinstance(bodies, Body) else list(bodies)
        self.device = device
        self._kept = list(self._made()) if keep else None

    def _made(self) -> Iterator[tuple[str, JosephProjector]]:
        for body in self.bodies:
            for index, name in enumerate(body.names):
                if (body.material == index).any():
                    density = np.where(body.material == index, body.density, np.float32(0))
                    yield name, JosephProjector(density, body.ras_from_ijk, self.device)

    def project(self, camera: Camera, camera_from_ras: RigidTransform) -> dict[str, torch.Tensor]:
        """(H, W) float64 g/cm2 along the rays, by material."""
        masses: dict[str, torch.Tensor] = {}
        for name, projector in self._made() if self._kept is None else self._kept:
            mass = projector.render(camera_from_ras, camera)[0].double() / 10  # g/cm3 mm -> g/cm2
            masses[name] = masses[name] + mass if name in masses else mass
        return masses


def project_primary(
    body: Body | Sequence[Body] | Masses,
    camera: Camera,
    camera_from_ras: RigidTransform,
    spectrum: np.ndarray,
    detector: Detector,
    device: torch.device | str = "cpu",
) -> Primary:
    """Polychromatic law of Beer and Lambert through every material of the body.

    Args:
        body: at full resolution, one or several; or their masses, which have a device of their own.
        camera: of the image.
        camera_from_ras: pose.
        spectrum: (E,) shares of the photons.
        detector: and its grid.
        device: where to project.
    """
    tables = load_tables()
    projected = body if isinstance(body, Masses) else Masses(body, device)
    device, masses = projected.device, projected.project(camera, camera_from_ras)
    areal = torch.stack(list(masses.values()))
    cosine, per_mm2 = _geometry(camera)
    cosine, per_mm2 = cosine.to(device), per_mm2.to(device)
    sums = [torch.zeros_like(cosine) for _ in range(4)]
    for row in np.flatnonzero(spectrum > _LEAST_SHARE):
        attenuation = torch.as_tensor([tables.attenuation(name)[row] for name in masses], device=device)
        passed = torch.exp(-torch.einsum("m,mhw->hw", attenuation, areal))
        energy = torch.as_tensor(float(tables.energies[row]), dtype=torch.float64, device=device)
        response = detector.response(torch.as_tensor(int(row), device=device), energy, cosine)
        if detector.grid is not None:
            straight = torch.zeros(1, dtype=torch.float64, device=device)
            response = response * detector.grid.transmission(straight, torch.full((1,), int(row), device=device))
        open_signal = float(spectrum[row]) * response * per_mm2
        # A photon's signal itself, for its square: its energy, or one.
        single = energy if detector.kind == "energy" else torch.ones_like(energy)
        parts = (passed, passed * single, torch.ones_like(passed), single.expand_as(passed))
        sums = [total + open_signal * part for total, part in zip(sums, parts, strict=True)]
    return Primary(*(total.cpu().numpy() for total in sums))


def _geometry(camera: Camera) -> tuple[torch.Tensor, torch.Tensor]:
    """(H, W) cosine of the angle of incidence, and steradians per mm2 of detector."""
    rows, columns = np.mgrid[: camera.height, : camera.width].astype(np.float64)
    rays = camera.back_project(np.stack([columns, rows], -1), camera.source_to_detector_mm)
    distance = np.linalg.norm(rays, axis=-1)
    cosine = rays[..., 2] / distance
    return torch.as_tensor(cosine), torch.as_tensor(cosine / distance**2)
