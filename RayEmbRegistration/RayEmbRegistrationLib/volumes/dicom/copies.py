"""Slices that are in a folder twice: the same image exported or copied again, not a second image of the same place."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from RayEmbRegistrationLib.problems import InputProblem

from .dataset import quietly, read_dataset
from .slices import Slice


def without_copies(slices: Sequence[Slice]) -> tuple[tuple[Slice, ...], int]:
    """The slices with one file for each SOP Instance UID, and how many files were left out.

    Raises:
        InputProblem: two files carry one SOP Instance UID and different pixels.
    """
    by_instance: dict[tuple[str, int], list[Slice]] = defaultdict(list)
    kept: list[Slice] = []
    for piece in slices:
        if piece.instance:
            by_instance[piece.instance, piece.frame].append(piece)
        else:
            kept.append(piece)
    left_out = 0
    for same in by_instance.values():
        if len(same) > 1 and len({_pixels(piece) for piece in same}) > 1:
            raise InputProblem(
                f"{same[0].path} and {same[1].path} carry one SOP Instance UID but show different images; export it again"
            )
        kept.append(same[0])
        left_out += len(same) - 1
    return tuple(kept), left_out


def _pixels(piece: Slice) -> bytes:
    """A digest of a file's pixels as they are stored."""
    try:
        with quietly():
            content = bytes(read_dataset(piece.path, ["PixelData"], force=True).PixelData)
    except (AttributeError, EOFError, OSError, ValueError):
        content = piece.path.read_bytes()
    return hashlib.blake2b(content).digest()
