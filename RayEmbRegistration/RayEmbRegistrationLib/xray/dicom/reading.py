"""Reading a DICOM X-ray: which files are one, its pixels, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.dicom.dataset import quietly, read_dataset
from RayEmbRegistrationLib.xray.distortion.words import ROUND_FIELD_NOTE
from RayEmbRegistrationLib.xray.making import choose_frame, make_view
from RayEmbRegistrationLib.xray.round_field import has_round_field
from RayEmbRegistrationLib.xray.view import XrayView

from .decoding import stored_values
from .distances import may_be_intensifier
from .exposed import outside_mask, padding_mask
from .geometry import geometry_from_dicom
from .intensity import apply_rescale, bone_is_bright, intensity_scale
from .kinds import check_kind
from .lengths import without_other_units
from .values import READ_ERRORS, FrameAttributes, drop_unreadable, one_line

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.uid import UID

_PICTURES = (b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*", b"BM")
_NAMES = (".dcm", ".dicom", ".ima")
# Without its mark a file begins with an element of group 2 or 8, little endian. Its value representation follows, or, with
# implicit ones, its length.
_GROUPS = (b"\x02\x00", b"\x08\x00")
_REPRESENTATIONS = (b"UL", b"UI", b"CS", b"OB", b"DA", b"TM", b"DT", b"SH", b"LO", b"ST", b"SQ", b"UN")
_LONGEST_FIRST_VALUE = 1 << 16  # bytes; chosen: a file's first values are numbers and short names
_FIRST_ITEM = b"\xfe\xff\x00\xe0"  # what compressed pixels begin with


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM: by its mark, its first element where the mark is missing, or its name."""
    with path.open("rb") as file:
        start = file.read(132)
    if start[128:] == b"DICM":
        return True
    if start.startswith(_PICTURES):
        return False
    if path.suffix.lower() in _NAMES:
        return True
    if len(start) < 132 or start[:2] not in _GROUPS or start[3] != 0:
        return False
    return start[4:6] in _REPRESENTATIONS or 0 < int.from_bytes(start[4:8], "little") < _LONGEST_FIRST_VALUE


def read_dicom(path: Path, frame: int | None = None) -> XrayView:
    """One frame of a DICOM X-ray; the first where none is chosen.

    Raises:
        InputProblem: not a projection X-ray, no pixels, cut off, no decoder for its compression, or no such frame.
    """
    with quietly():
        return _read(path, frame)


def geometry_by_frame(path: Path) -> Callable[[int], XrayGeometry]:
    """What a DICOM X-ray's tags tell of the geometry of each of its frames; its pixels, which may be many, are not read.

    Returns:
        Function of the frame's index, from 0; what the tags tell of all frames is told of one that the file lacks, too.

    Raises:
        InputProblem: it cannot be read as DICOM, or holds no image.
    """
    with quietly():
        dataset = _load(path, stop_before_pixels=True)
        drop_unreadable(dataset)
    if not (dataset.get("Rows") and dataset.get("Columns")):
        raise InputProblem(f"{path.name} holds no image; give an X-ray")

    def of_frame(frame: int) -> XrayGeometry:
        with quietly():
            return without_other_units(geometry_from_dicom(dataset, frame), FrameAttributes(dataset, frame).text("Modality"))

    return of_frame


def _read(path: Path, frame: int | None) -> XrayView:
    dataset = _load(path)
    notes = drop_unreadable(dataset)
    check_kind(dataset, path.name)
    count = int(float(dataset.get("NumberOfFrames") or 1))
    chosen = choose_frame(frame, count, path.name, default=0)
    attributes = FrameAttributes(dataset, chosen)
    if frame is None and count > 1:
        notes.append(f"The file holds {count} frames; the first (frame 0) is used. Choose another with frame.")
    stored = _grey(stored_values(dataset, chosen, path.name), dataset, notes)
    invalid = padding_mask(stored, attributes) | outside_mask(attributes, notes)
    values, slope_sign, made_linear = apply_rescale(stored, attributes, notes)
    if (attributes.text("BurnedInAnnotation") or "").startswith("Y"):
        notes.append("The file says that text is burnt into the image.")
    if "SUBTRACTION" in attributes.texts("ImageType") or "DIGITAL_SUBTR" in attributes.texts("ImageProcessingApplied"):
        notes.append("This is a subtraction image; bone may have been removed from it.")
    bright = bone_is_bright(attributes, slope_sign, made_linear, notes)
    hint = None if bright is None else Sourced(bright, "tag", "what the file's tags say of its polarity")
    geometry = without_other_units(geometry_from_dicom(dataset, chosen), attributes.text("Modality"))
    if may_be_intensifier(attributes) and has_round_field(stored, invalid):
        geometry = geometry.with_notes(ROUND_FIELD_NOTE)
    return make_view(
        values,
        replace(geometry, bone_is_bright=hint),
        invalid,
        path.name,
        intensity=intensity_scale(attributes, made_linear),
        frame=chosen,
        frame_count=count,
        notes=tuple(notes),
    )


def _load(path: Path, stop_before_pixels: bool = False) -> Dataset:
    import pydicom
    from pydicom.errors import BytesLengthException, InvalidDicomError

    try:
        dataset = read_dataset(path, stop_before_pixels=stop_before_pixels, force=True)
    except (InvalidDicomError, BytesLengthException, *READ_ERRORS) as error:
        raise InputProblem(
            f"{path.name} cannot be read as DICOM; it may be damaged or cut off ({one_line(error)})"
        ) from error
    if not len(dataset) and not getattr(dataset, "file_meta", None):
        raise InputProblem(f"{path.name} is not a DICOM file; give a DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI image")
    if not getattr(dataset, "file_meta", None):
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = _unstated_syntax(dataset, path.name)
    syntax = dataset.file_meta.TransferSyntaxUID
    if not isinstance(syntax, pydicom.uid.UID) or not syntax.is_transfer_syntax:
        raise InputProblem(
            f"{path.name} says that it is written in a way nobody knows (transfer syntax {one_line(syntax)}); it may be "
            "damaged, export the image again"
        )
    return dataset


def _unstated_syntax(dataset: Dataset, name: str) -> UID:
    """The transfer syntax of a file without one, from how its elements are written.

    Raises:
        InputProblem: its pixels are compressed.
    """
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    if bytes(dataset.get("PixelData") or b"")[:4] == _FIRST_ITEM and int(dataset.get("BitsAllocated") or 0) != 32:
        raise InputProblem(f"the pixels of {name} are compressed, but it does not say how; export the image again")
    is_implicit, is_little_endian = dataset.original_encoding
    if is_implicit is not False:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if is_little_endian else ExplicitVRBigEndian


def _grey(stored: np.ndarray, dataset: Dataset, notes: list[str]) -> np.ndarray:
    """(H, W) float64 of stored values: colour to luminance, unused high bits removed."""
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        try:
            from pydicom.pixels import apply_color_lut
        except ImportError:  # pydicom 2
            from pydicom.pixel_data_handlers.util import apply_color_lut  # type: ignore[no-redef]
        try:
            stored = apply_color_lut(stored, dataset)[..., :3]
        except READ_ERRORS as error:
            raise InputProblem(f"the image's colour table is damaged ({one_line(error)}); export it again") from error
    if stored.ndim == 3:
        notes.append("The image is in colour; its luminance is used.")
        return stored[..., :3].astype(np.float64) @ (0.299, 0.587, 0.114)
    if stored.dtype.kind in "iu":
        bits = stored.dtype.itemsize * 8
        used = int(dataset.get("BitsStored") or bits)
        spare = bits - used
        if 0 < spare < bits and int(dataset.get("HighBit") or 0) == used - 1:
            # Old files keep overlays in the bits above the stored ones.
            stored = (stored << spare) >> spare
    return stored.astype(np.float64)
