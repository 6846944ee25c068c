"""X-rays in PNG, TIFF, JPEG and what else OpenCV reads: the stored numbers, or a refusal.

A resolution in such a file (72 dpi, say) is that of paper or of a screen. It is never taken for the pixel spacing.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .making import MOST_PIXELS, check_image_size, choose_frame, make_view
from .view import XrayView

FORMATS = "DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG = b"\xff\xd8"
_ORIENTATION_TAG = 274  # of EXIF and TIFF
# Values of Exif's tag Orientation.
_AS_SHOWN = {
    2: "flipped left to right",
    3: "turned by 180 degrees",
    4: "flipped top to bottom",
    5: "turned by 90 degrees and flipped",
    6: "turned by 90 degrees clockwise",
    7: "turned by 90 degrees and flipped",
    8: "turned by 90 degrees counter-clockwise",
}


@dataclass(frozen=True)
class _Header:
    """What a picture says before its pixels are decoded.

    Attributes:
        size: (width, height), px.
        frame_count: pages.
        orientation: of EXIF or TIFF, 1 to 8, of the chosen page.
    """

    size: tuple[int, int]
    frame_count: int
    orientation: int


def read_picture(path: Path, frame: int | None) -> XrayView:
    """One page of a picture file, its pixels as stored: not turned as EXIF asks viewers to.

    The file is read through memory, because OpenCV cannot open every non-ASCII path on Windows.

    Raises:
        InputProblem: no picture, damaged, cut off, too large, or several pages of which none was chosen.
    """
    data = np.fromfile(path, dtype=np.uint8)
    raw = data.tobytes()
    _refuse_cut_off(raw, path.name)
    header = _header(raw, frame, path.name)
    if header is not None and header.frame_count == 1:
        choose_frame(frame, 1, path.name)
    pages = _decoded(data, is_stack=raw.startswith(_TIFF))
    if not pages:
        raise InputProblem(f"{path.name} is not an image that can be read, or is damaged; give a {FORMATS} file")
    chosen = choose_frame(frame, len(pages), path.name)
    page, notes = pages[chosen], []
    if header is not None and header.orientation in _AS_SHOWN:
        if raw.startswith(_TIFF):
            page = as_stored(page, header.orientation)
        notes.append(
            f"The file asks viewers to show the picture {_AS_SHOWN[header.orientation]} (orientation {header.orientation}); "
            "it is used as stored, and its camera must be that of the stored picture."
        )
    pixels = _grey(page, notes)
    return make_view(pixels, name=path.name, frame=chosen, frame_count=len(pages), notes=tuple(notes))


def as_stored(shown: np.ndarray, orientation: int) -> np.ndarray:
    """Undo the turn that OpenCV gives a TIFF by its Orientation tag (TIFF 6.0, page 36).

    Args:
        shown: (H, W) or (H, W, C), as decoded.
        orientation: 1 to 8.
    """
    axes = (1, 0, *range(2, shown.ndim))
    undo = {
        2: lambda image: image[:, ::-1],
        3: lambda image: image[::-1, ::-1],
        4: lambda image: image[::-1],
        5: lambda image: image.transpose(axes),
        6: lambda image: np.rot90(image, 1),
        7: lambda image: image[::-1, ::-1].transpose(axes),
        8: lambda image: np.rot90(image, -1),
    }
    return np.ascontiguousarray(undo[orientation](shown)) if orientation in undo else shown


def _header(raw: bytes, frame: int | None, name: str) -> _Header | None:
    """What the file says of itself, checked; None where Pillow is missing or does not know its kind.

    Raises:
        InputProblem: too large or too small to be an X-ray, or no such page.
    """
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw)) as image:
                count = int(getattr(image, "n_frames", 1)) if raw.startswith(_TIFF) else 1
                chosen = choose_frame(frame, count, name)
                if chosen:
                    image.seek(chosen)
                header = _Header(image.size, count, int(image.getexif().get(_ORIENTATION_TAG) or 1))
    except Image.DecompressionBombError as error:
        raise InputProblem(
            f"{name} claims more pixels than any X-ray has ({MOST_PIXELS / 1e6:.0f} million); the file may be damaged"
        ) from error
    except InputProblem:
        raise
    except (OSError, ValueError, SyntaxError, KeyError, IndexError, TypeError, EOFError, OverflowError, ArithmeticError):
        return None  # OpenCV has the last word
    check_image_size(*header.size, name)
    if header.size[0] * header.size[1] * header.frame_count > MOST_PIXELS:
        raise InputProblem(
            f"{name} holds {header.frame_count} pages of {header.size[0]} x {header.size[1]} pixels, "
            "which is too much to read at once; export the one page that is to be registered"
        )
    return header


def _decoded(data: np.ndarray, is_stack: bool) -> tuple[np.ndarray, ...]:
    """Pages as OpenCV decodes them; none where it cannot."""
    import cv2

    try:
        if is_stack:
            found, pages = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED)
            return tuple(pages) if found else ()
        page = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return ()
    return () if page is None else (page,)


def _refuse_cut_off(raw: bytes, name: str) -> None:
    """OpenCV before version 5 fills the missing part of a PNG or JPEG that was cut off; their end marks tell."""
    is_cut_png = raw.startswith(b"\x89PNG") and b"IEND" not in raw[-64:] and b"IEND\xaeB`\x82" not in raw
    is_cut_jpeg = raw.startswith(_JPEG) and raw.rfind(b"\xff\xd9") < raw.rfind(b"\xff\xda")
    if is_cut_png or is_cut_jpeg:
        raise InputProblem(f"{name} is cut off; copy the file again")


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
