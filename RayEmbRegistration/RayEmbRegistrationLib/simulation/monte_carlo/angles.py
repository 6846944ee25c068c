"""Angular laws of Compton and Rayleigh scattering: drawn from, and evaluated.

Compton: Klein-Nishina times the incoherent scattering function, without Doppler broadening. Rayleigh: Thomson times the
squared form factor of independent atoms, without the interference between molecules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from .tables import ELECTRON_REST_KEV, KEV_ANGSTROM, load_tables

Vector = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
COMPTON, RAYLEIGH = 0, 1  # of the laws, in this order
_BINS = 512  # chosen: in sin(theta / 2); Rayleigh's peak at 150 keV is then ten bins wide


def klein_nishina(energy: torch.Tensor, cosine: torch.Tensor) -> torch.Tensor:
    """Klein-Nishina cross section per steradian, over half the squared classical electron radius."""
    ratio = energy_ratio(energy, cosine)
    return ratio**2 * (ratio + 1 / ratio - 1 + cosine**2)


def energy_ratio(energy: torch.Tensor, cosine: torch.Tensor) -> torch.Tensor:
    """Energy after over before a Compton interaction."""
    return 1 / (1 + energy / ELECTRON_REST_KEV * (1 - cosine))


@dataclass(frozen=True, eq=False)
class AngularLaws:
    """Both laws for the materials of a body, on a device.

    Attributes:
        functions: (2, M, X) incoherent scattering function and squared form factor.
        cumulative: (2, M, E, B + 1) cumulative distribution over evenly spaced sin(theta / 2).
        integrals: (2, M, E) of the laws over all directions.
    """

    functions: torch.Tensor
    cumulative: torch.Tensor
    integrals: torch.Tensor

    @classmethod
    def of(cls, names: tuple[str, ...], device: torch.device | str) -> AngularLaws:
        """Tabulate the laws of some materials."""
        tables = load_tables()
        rows = [tables.row(name) for name in names]
        functions = torch.as_tensor(np.stack([tables.incoherent[rows], tables.form_factor_squared[rows]]))
        half_sine = (torch.arange(_BINS, dtype=torch.float64) + 0.5) / _BINS
        cosine = 1 - 2 * half_sine**2
        energy = torch.as_tensor(tables.energies)[:, None]
        transfer = half_sine * energy / KEV_ANGSTROM
        thomson = (1 + cosine**2).expand_as(transfer)
        angular = torch.stack([klein_nishina(energy, cosine), thomson])[:, None]
        kinds = [torch.stack([_interpolated(functions[kind, row], transfer) for row in range(len(rows))]) for kind in (0, 1)]
        # A ring of directions: 2 pi d(cosine) = 8 pi h dh for h = sin(theta / 2).
        density = angular * torch.stack(kinds) * 8 * math.pi * half_sine / _BINS
        integrals = density.sum(-1)
        cumulative = torch.cat([torch.zeros_like(density[..., :1]), density.cumsum(-1)], -1) / integrals[..., None]
        return cls(*(each.to(device, torch.float32).contiguous() for each in (functions, cumulative, integrals)))

    def draw(self, kind: torch.Tensor, material: torch.Tensor, row: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        """(N,) cosines of the scattering angle."""
        _, materials, rows, edges = self.cumulative.shape
        start = ((kind * materials + material) * rows + row) * edges
        flat = self.cumulative.view(-1)
        low = torch.zeros_like(start)
        step = _BINS
        while step > 1:  # by halves: torch.searchsorted would need every photon's own row copied
            step //= 2
            low = torch.where(flat[start + low + step] <= uniform, low + step, low)
        below, above = flat[start + low], flat[start + low + 1]
        part = ((uniform - below) / (above - below).clamp(min=1e-12)).clamp(0, 1)
        # Within a bin the chance goes as the square, the ring's area.
        first, last = low / _BINS, (low + 1) / _BINS
        return 1 - 2 * (first**2 + part * (last**2 - first**2))

    def density(
        self, kind: torch.Tensor, material: torch.Tensor, row: torch.Tensor, energy: torch.Tensor, cosine: torch.Tensor
    ) -> torch.Tensor:
        """(N,) probability per steradian of a direction."""
        half_sine = torch.sqrt(((1 - cosine) / 2).clamp(0, 1))
        function = _interpolated(self.functions[0], half_sine * energy / KEV_ANGSTROM, kind, material, self.functions)
        angular = torch.where(kind == COMPTON, klein_nishina(energy, cosine), 1 + cosine**2)
        _, materials, rows = self.integrals.shape
        return angular * function / self.integrals.view(-1)[(kind * materials + material) * rows + row]


def _interpolated(
    values: torch.Tensor,
    transfer: torch.Tensor,
    kind: torch.Tensor | None = None,
    material: torch.Tensor | None = None,
    functions: torch.Tensor | None = None,
) -> torch.Tensor:
    """A function of the momentum transfer: of one row of values, or of each photon's own kind and material."""
    count = values.shape[-1]
    place = torch.sqrt(transfer / float(load_tables().transfers[-1])) * (count - 1)
    low = place.long().clamp(0, count - 2)
    part = (place - low).clamp(0, 1)
    if kind is None or material is None or functions is None:
        return values[low] * (1 - part) + values[low + 1] * part
    flat, start = functions.view(-1), (kind * functions.shape[1] + material) * count + low
    return flat[start] * (1 - part) + flat[start + 1] * part


def turned(direction: Vector, cosine: torch.Tensor, azimuth: torch.Tensor) -> Vector:
    """Unit directions (x, y, z) turned by an angle, at an azimuth about the old one."""
    x, y, z = direction
    sine = torch.sqrt((1 - cosine**2).clamp(min=0))
    # An orthonormal base without a branch: T. Duff et al., Building an orthonormal basis, revisited, JCGT 2017.
    sign = torch.where(z >= 0, 1.0, -1.0)
    a = -1 / (sign + z)
    b = x * y * a
    first, second = sine * torch.cos(azimuth), sine * torch.sin(azimuth)
    new = (
        first * (1 + sign * x * x * a) + second * b + cosine * x,
        first * sign * b + second * (sign + y * y * a) + cosine * y,
        -first * sign * x - second * y + cosine * z,
    )
    length = torch.sqrt(new[0] ** 2 + new[1] ** 2 + new[2] ** 2)
    return new[0] / length, new[1] / length, new[2] / length
