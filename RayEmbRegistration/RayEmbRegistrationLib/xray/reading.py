"""Reading an X-ray from any of the files it comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.formats.reading import read_stored_volume

from .dicom.reading import is_dicom, read_dicom
from .distortion.words import ROUND_FIELD_NOTE
from .making import choose_frame, make_view
from .pictures import read_picture
from .round_field import has_round_field
from .view import XrayView

_VOLUME_NAMES = (".nrrd", ".nhdr", ".mha", ".mhd", ".nii", ".nii.gz", ".hdr", ".img.gz")


def read_xray(path: str | Path, frame: int | None = None) -> XrayView:
    """Read one X-ray, as stored: DICOM, PNG, TIFF, JPEG (and what else OpenCV reads), NRRD, MHA and NIfTI.

    Args:
        path: the file.
        frame: which frame or slice, from 0. Without it: the first frame of a DICOM sequence (a note says how many there
            are); for a volume or a TIFF of several pages there must be only one.

    Raises:
        InputProblem: the file is missing, empty, damaged, of another kind, not a single projection, or
            without content; one sentence that says so.
    """
    path = Path(path)
    if path.is_dir():
        raise InputProblem(f"{path.name} is a folder; give one X-ray file")
    if not path.is_file():
        raise InputProblem(f"{path} is a device or a pipe; give one file" if path.exists() else f"there is no file {path}")
    try:
        if path.stat().st_size == 0:
            raise InputProblem(f"{path.name} is empty (0 bytes); copy the file again")
        if path.name.lower().endswith(_VOLUME_NAMES):
            return _with_field_note(_read_volume(path, frame))
        if is_dicom(path):
            return read_dicom(path, frame)
        return _with_field_note(read_picture(path, frame))
    except PermissionError as error:
        raise InputProblem(f"{path} may not be read: permission denied") from error


def frames_of(path: str | Path) -> Iterator[XrayView]:
    """Every frame of a sequence, or the one X-ray, as ``read_xray`` reads each.

    Raises:
        InputProblem: as ``read_xray``.
    """
    first = read_xray(path, 0)
    yield first
    for frame in range(1, first.frame_count):
        yield read_xray(path, frame)


def _with_field_note(view: XrayView) -> XrayView:
    """Of a file that cannot say what took it: a round field is an intensifier's."""
    if has_round_field(view.pixels, view.invalid):
        return replace(view, geometry=view.geometry.with_notes(ROUND_FIELD_NOTE))
    return view


def _read_volume(path: Path, frame: int | None) -> XrayView:
    """NRRD, MHA or NIfTI with a single slice, or one slice of several."""
    volume = read_stored_volume(path)
    pixels, notes = volume.values, []
    if np.issubdtype(pixels.dtype, np.complexfloating):
        raise InputProblem(f"{path.name} holds complex numbers, which no X-ray does; give the X-ray image")
    if volume.components > 1:
        pixels = pixels[..., :3].astype(np.float64) @ (0.299, 0.587, 0.114) if pixels.shape[-1] >= 3 else pixels[..., 0]
        notes.append("The image has several components a pixel; its luminance is used.")
    if pixels.ndim > 3:
        pixels = pixels.reshape(-1, *pixels.shape[-2:])
    if pixels.ndim == 3 and 1 in pixels.shape and pixels.shape[0] > 1:
        pixels = np.moveaxis(pixels, pixels.shape.index(1), 0)
    stack = pixels if pixels.ndim == 3 else pixels[None]
    chosen = choose_frame(frame, len(stack), path.name)
    page = stack[chosen].astype(np.float32)
    return make_view(page, name=path.name, frame=chosen, frame_count=len(stack), notes=tuple(notes))
