"""What a volume file holds, before anybody decides what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

MOST_BYTES = 2**31  # as stored; 1024 x 1024 x 1000 voxels of 16 bit are within, what a computer has to spare is not
COPY_AGAIN = "copy or export it again"


@dataclass(frozen=True, eq=False)
class StoredVolume:
    """The voxels of a file and where they lie.

    Attributes:
        values: (..., J, I) as stored, scaled where the file says so; (..., J, I, C) with several components.
        components: values a voxel.
        ras_from_ijk: (4, 4), voxel centres at integers, RAS mm; None where the file does not tell. May be sheared.
        unknown_place: why there is no ``ras_from_ijk``, to follow the file's name in a sentence; else empty.
        notes: one sentence each.
    """

    values: np.ndarray
    components: int
    ras_from_ijk: np.ndarray | None
    unknown_place: str = ""
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, ...]:
        """Voxels along i, j, k and further dimensions."""
        shape = self.values.shape[:-1] if self.components > 1 else self.values.shape
        return shape[::-1]


def checked_size(size: tuple[int, ...], bytes_a_voxel: int, path: Path) -> tuple[int, ...]:
    """The size without trailing ones beyond the third, refused where it is absurd: before anything is allocated.

    Raises:
        InputProblem: no voxel along a dimension, or more than a computer can hold.
    """
    if not size or min(size) < 1:
        raise InputProblem(f"{path} says it is {in_words(size)} voxels large, so its header is damaged; {COPY_AGAIN}")
    needed = prod(size) * bytes_a_voxel
    if needed > MOST_BYTES:
        raise InputProblem(
            f"{path} says it is {in_words(size)} voxels large, which takes {needed >> 30} GB (at most "
            f"{MOST_BYTES / 2**30:.0f} can be read); crop the CT to the bone, or copy the file again if that is not its size"
        )
    while len(size) > 3 and size[-1] == 1:
        size = size[:-1]
    return size


def in_words(size: tuple[int, ...]) -> str:
    """A size for a message."""
    return " x ".join(map(str, size))
