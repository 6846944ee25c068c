"""What an X-ray is taken of, worked out once for as many as are wanted."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from RayEmbRegistrationLib.geometry import CTVolume

from .body import Body, body_of_ct
from .implants import Subject, body_of_implant, displaced, mixed
from .outline import with_outline
from .primary import Masses

SCATTER_STEP_MM = 4.0  # chosen: scatter is smooth; the density within a voxel is averaged


@dataclass(frozen=True, eq=False)
class Matter:
    """A CT, with its implants, as photons meet it.

    Attributes:
        coarse: for the scatter.
        masses: for the primary, at full resolution.
        note: what the user should know of it, or None.
    """

    coarse: Body
    masses: Masses
    note: str | None


def matter_of(ct: CTVolume | Subject, device: torch.device | str = "cpu", keep: bool = False) -> Matter:
    """Of a CT in HU.

    Args:
        ct: with surface models in it where it is a ``Subject``.
        device: where it will be projected.
        keep: for more than one X-ray.

    Raises:
        InputProblem: no tissue in it.
    """
    subject = ct if isinstance(ct, Subject) else Subject(ct)
    outlined, note = with_outline(subject.ct)
    fine, coarse = body_of_ct(outlined), body_of_ct(outlined, SCATTER_STEP_MM)
    alone = tuple(body_of_implant(each, float(outlined.spacing_mm.min())) for each in subject.implants)
    coarse = mixed(coarse, subject.implants, alone) if alone else coarse
    return Matter(coarse, Masses((displaced(fine, subject.implants, alone), *alone), device, keep), note)
