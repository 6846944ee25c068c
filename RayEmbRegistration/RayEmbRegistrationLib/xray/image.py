"""An X-ray as its file holds it, before anything is done to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .dicom.geometry import DicomGeometry


class XrayReadError(InputProblem):
    """A file that cannot be used as an X-ray; the message says why and what to do."""


@dataclass(frozen=True, eq=False)
class XrayImage:
    """One X-ray, not conditioned.

    Attributes:
        pixels: (H, W) float32, stored values after the file's rescale; finite everywhere.
        invalid: (H, W) bool, True where the file has no measurement: not a number, padding, outside shutter or collimator.
        bone_is_bright: whether bone has higher values in ``pixels``; None where the file does not say so.
        intensity: "raw" (linear in detector counts, falling where bone is bright), "log" (in a logarithm of them), "display"
            (made for looking at) or "unknown".
        geometry: what a DICOM file tells, else None.
        frame: index of the frame or slice read, from 0.
        frame_count: how many the file has.
        notes: what the user should know, one sentence each.
    """

    pixels: np.ndarray
    invalid: np.ndarray
    bone_is_bright: bool | None = None
    intensity: str = "unknown"
    geometry: DicomGeometry | None = None
    frame: int = 0
    frame_count: int = 1
    notes: tuple[str, ...] = ()

    @property
    def image_size(self) -> tuple[int, int]:
        """(width, height), px."""
        return self.pixels.shape[1], self.pixels.shape[0]


def choose_frame(frame: int | None, count: int, name: str, default: int | None = None) -> int:
    """The frame to read, checked against how many there are.

    Raises:
        XrayReadError: the frame does not exist, or there are several, none was chosen and there is no default.
    """
    if frame is None:
        if count > 1 and default is None:
            raise XrayReadError(
                f"{name} holds {count} slices, an X-ray has one; choose one with frame (0 to {count - 1}), "
                "or give it as the CT if it is one"
            )
        return default or 0
    if not 0 <= frame < count:
        raise XrayReadError(f"{name} has no frame {frame}; its frames are 0 to {count - 1}")
    return int(frame)
