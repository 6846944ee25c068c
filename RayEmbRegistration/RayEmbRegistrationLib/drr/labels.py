"""Several bones of one CT, each with a pose of its own: one attenuation map a label, projections summed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .interface import Projector
from .poses import PoseLike

_RIM_VOXELS = 2  # voxels; so far does ``bone_attenuation`` fade around the bone


def split_by_label(values: np.ndarray, labels: np.ndarray, wanted: Iterable[int] | None = None) -> dict[int, np.ndarray]:
    """One attenuation map a bone.

    Values up to two voxels outside the labels (a bone's soft edge) go to a label next to them, so that the maps of all
    labels add up to the whole wherever a bone or its edge is.

    Args:
        values: (K, J, I) attenuation.
        labels: (K, J, I) integers, 0 where there is no bone.
        wanted: label numbers; all that occur where None.

    Returns:
        label number -> (K, J, I) array of the type of ``values``, zero away from that bone.

    Raises:
        InputProblem: the sizes differ, or a label that is wanted does not occur.
    """
    from scipy import ndimage

    if values.shape != labels.shape:
        raise InputProblem(f"the label map's size {labels.shape[::-1]} differs from the volume's {values.shape[::-1]}")
    present = [int(number) for number in np.unique(labels) if number > 0]
    wanted = present if wanted is None else [int(number) for number in wanted]
    absent = sorted(set(wanted) - set(present))
    if absent:
        raise InputProblem(
            f"the label map has no label {', '.join(map(str, absent))}; it has {', '.join(map(str, present))}"
        )
    grown = labels
    for _ in range(_RIM_VOXELS):
        grown = np.where(grown > 0, grown, ndimage.grey_dilation(grown, size=3))
    return {number: np.where(grown == number, values, np.zeros((), values.dtype)) for number in wanted}


def render_bones(projectors: Mapping[int, Projector], poses: Mapping[int, PoseLike], camera: Camera) -> torch.Tensor:
    """Line integrals (B, H, W) of bones that have moved apart: the sum of their own projections.

    Args:
        projectors: label number -> projector of that bone alone.
        poses: label number -> B poses of that bone.
        camera: shared by all.

    Raises:
        InputProblem: no bone, or a bone without poses.
    """
    if not projectors:
        raise InputProblem("there is no bone to render")
    missing = sorted(set(projectors) - set(poses))
    if missing:
        raise InputProblem(f"bone {', '.join(map(str, missing))} has no pose")
    return reduce(torch.add, (projector.render(poses[number], camera) for number, projector in projectors.items()))
