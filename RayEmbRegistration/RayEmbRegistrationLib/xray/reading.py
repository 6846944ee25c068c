"""Reading an X-ray from any of the files it comes in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.formats.reading import read_stored_volume

from .dicom.reading import is_dicom, read_dicom
from .making import choose_frame, make_view
from .view import XrayView

_VOLUME_NAMES = (".nrrd", ".nhdr", ".mha", ".mhd", ".nii", ".nii.gz", ".hdr", ".img.gz")
_FORMATS = "DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI"
_MOST_PIXELS = 1 << 28  # sixteen times the largest panel's; OpenCV would ask for the memory first


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
        raise InputProblem(f"there is no file {path}")
    try:
        if path.stat().st_size == 0:
            raise InputProblem(f"{path.name} is empty (0 bytes); copy the file again")
        if path.name.lower().endswith(_VOLUME_NAMES):
            return _read_volume(path, frame)
        if is_dicom(path):
            return read_dicom(path, frame)
        return _read_picture(path, frame)
    except PermissionError as error:
        raise InputProblem(f"{path} may not be read: permission denied") from error


def _read_picture(path: Path, frame: int | None) -> XrayView:
    """PNG, TIFF, JPEG and the like. Read through memory, because OpenCV cannot open every non-ASCII path on Windows."""
    import cv2

    data = np.fromfile(path, dtype=np.uint8)
    _refuse_cut_off(data.tobytes(), path.name)
    try:
        if data[:4].tobytes() in (b"II*\0", b"MM\0*"):
            _, pages = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED)
        else:
            page = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
            pages = () if page is None else (page,)
    except cv2.error:
        pages = ()
    if not pages:
        raise InputProblem(f"{path.name} is not an image that can be read, or is damaged; give a {_FORMATS} file")
    chosen = choose_frame(frame, len(pages), path.name)
    notes: list[str] = []
    pixels = _grey(pages[chosen], notes)
    return make_view(pixels, name=path.name, frame=chosen, frame_count=len(pages), notes=tuple(notes))


def _refuse_cut_off(data: bytes, name: str) -> None:
    """OpenCV fills the missing part of a PNG or JPEG that was cut off; their end marks tell."""
    is_cut_png = data.startswith(b"\x89PNG") and b"IEND" not in data[-64:] and b"IEND\xaeB`\x82" not in data
    is_cut_jpeg = data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")
    if is_cut_png or is_cut_jpeg:
        raise InputProblem(f"{name} is cut off; copy the file again")
    if data.startswith(b"\x89PNG"):
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        if width * height > _MOST_PIXELS:
            raise InputProblem(f"{name} says it is {width} x {height} pixels large, so its header is damaged; copy it again")


def _grey(page: np.ndarray, notes: list[str]) -> np.ndarray:
    """(H, W) float32 of an OpenCV image (H, W), (H, W, 3) BGR or (H, W, 4) BGRA."""
    if page.ndim == 2:
        return page.astype(np.float32)
    if page.shape[2] in (2, 4):
        notes.append("The image's transparency is left out.")
        page = page[..., :-1]
    if page.shape[2] == 1 or (page == page[..., :1]).all():
        return page[..., 0].astype(np.float32)
    notes.append("The image is in colour; its luminance is used.")
    return (page[..., :3].astype(np.float64) @ (0.114, 0.587, 0.299)).astype(np.float32)


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
