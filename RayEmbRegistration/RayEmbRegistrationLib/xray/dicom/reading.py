"""Reading a DICOM X-ray: which files are one, its pixels, and what they mean."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.making import choose_frame, make_view
from RayEmbRegistrationLib.xray.view import XrayView

from .exposed import outside_mask, padding_mask
from .geometry import geometry_from_dicom
from .intensity import apply_rescale, bone_is_bright, intensity_scale, sop_class_name
from .values import FrameAttributes

if TYPE_CHECKING:
    from pydicom import Dataset

_PROJECTIONS = ("XA", "RF", "DX", "CR", "RG", "PX", "IO", "MG", "RTIMAGE", "OT", "SC", "HC", "")
_VOLUMES = ("CT Image", "MR Image", "3D", "Tomosynthesis", "Positron", "Enhanced CT", "Enhanced MR")


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its mark, or by its name where the mark is missing."""
    with path.open("rb") as file:
        start = file.read(132)
    is_picture = start.startswith((b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*"))
    return start[128:] == b"DICM" or (path.suffix.lower() in (".dcm", ".dicom", ".ima") and not is_picture)


def read_dicom(path: Path, frame: int | None = None) -> XrayView:
    """One frame of a DICOM X-ray; the first where none is chosen.

    Raises:
        InputProblem: not a projection X-ray, no pixels, cut off, no decoder for its compression, or no such frame.
    """
    dataset = _load(path)
    _check_kind(dataset, path.name)
    count = int(float(dataset.get("NumberOfFrames") or 1))
    chosen = choose_frame(frame, count, path.name, default=0)
    attributes, notes = FrameAttributes(dataset, chosen), []
    if frame is None and count > 1:
        notes.append(f"The file holds {count} frames; the first (frame 0) is used. Choose another with frame.")
    stored = _grey(_stored_values(dataset, chosen, path), dataset, notes)
    invalid = padding_mask(stored, attributes) | outside_mask(attributes, notes)
    values, slope_sign, made_linear = apply_rescale(stored, attributes, notes)
    if (attributes.text("BurnedInAnnotation") or "").startswith("Y"):
        notes.append("The file says that text is burnt into the image.")
    if "SUBTRACTION" in attributes.texts("ImageType") or "DIGITAL_SUBTR" in attributes.texts("ImageProcessingApplied"):
        notes.append("This is a subtraction image; bone may have been removed from it.")
    bright = bone_is_bright(attributes, slope_sign, made_linear, notes)
    hint = None if bright is None else Sourced(bright, "tag", "what the file's tags say of its polarity")
    return make_view(
        values,
        replace(geometry_from_dicom(dataset, chosen), bone_is_bright=hint),
        invalid,
        path.name,
        intensity=intensity_scale(attributes, made_linear),
        frame=chosen,
        frame_count=count,
        notes=tuple(notes),
    )


def _load(path: Path) -> Dataset:
    import pydicom
    from pydicom.errors import BytesLengthException, InvalidDicomError
    from pydicom.uid import ImplicitVRLittleEndian

    damaged = (InvalidDicomError, BytesLengthException, struct.error, EOFError, OSError, ValueError, TypeError, KeyError)
    damaged += (AttributeError, NotImplementedError, OverflowError)
    try:
        dataset = pydicom.dcmread(path, force=True)
        _convert(dataset)
    except damaged as error:
        raise InputProblem(f"{path.name} cannot be read as DICOM; it may be damaged or cut off ({error})") from error
    if not len(dataset) and not getattr(dataset, "file_meta", None):
        raise InputProblem(f"{path.name} is not a DICOM file; give a DICOM, PNG, TIFF, JPEG, NRRD, MHA or NIfTI image")
    if getattr(dataset, "file_meta", None) is None or "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta = getattr(dataset, "file_meta", None) or pydicom.dataset.FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return dataset


def _convert(dataset: Dataset) -> None:
    """Convert what the standard describes, which pydicom does where a value is asked for: a damaged one is found here."""
    for tag in list(dataset.keys()):
        if tag.group % 2 == 0 and tag.group < 0x7FE0:
            element = dataset[tag]
            for item in element.value or () if element.VR == "SQ" else ():
                _convert(item)


def _check_kind(dataset: Dataset, name: str) -> None:
    attributes = FrameAttributes(dataset)
    modality, kind = attributes.text("Modality") or "", sop_class_name(attributes)
    if "DirectoryRecordSequence" in dataset:
        raise InputProblem(f"{name} is a DICOMDIR, the list of a disc's files; give one of the images it lists")
    if modality not in _PROJECTIONS or any(word in kind for word in _VOLUMES):
        what = kind.replace(" Storage", "") if kind else f"modality {modality}"
        hint = "give it as the CT" if modality == "CT" or "CT" in kind else "give a projection X-ray (XA, RF, DX, CR)"
        raise InputProblem(f"{name} is not an X-ray but: {what} (modality {modality or 'not stated'}); {hint}")
    if not any(keyword in dataset for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise InputProblem(f"{name} holds no image ({kind or 'DICOM'}); it may be a report or cut off")
    if not (dataset.get("Rows") and dataset.get("Columns")):
        raise InputProblem(f"{name} does not tell its number of rows and columns; it may be damaged")


def _stored_values(dataset: Dataset, frame: int, path: Path) -> np.ndarray:
    """(H, W) or (H, W, 3) stored values of one frame."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax or not syntax.is_transfer_syntax:
        raise InputProblem(f"{path.name} says that its pixels are of '{syntax}', which is no format; copy the file again")
    try:
        try:
            from pydicom.pixels import pixel_array
        except ImportError:  # pydicom 2
            frames = dataset.pixel_array
            is_stack = int(float(dataset.get("NumberOfFrames") or 1)) > 1
            return frames[frame] if is_stack else frames
        return pixel_array(dataset, index=frame)
    except (RuntimeError, NotImplementedError, ImportError) as error:
        if syntax.is_compressed:
            return _decoded_by_itk(dataset, frame, path, error)
        raise InputProblem(f"the pixels of {path.name} cannot be read: {error}") from error
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, EOFError, OSError) as error:
        raise InputProblem(f"the pixels of {path.name} are damaged or cut off; copy the file again ({error})") from error


def _decoded_by_itk(dataset: Dataset, frame: int, path: Path, reason: Exception) -> np.ndarray:
    """Pixels that pydicom has no decoder for, through SimpleITK, which brings GDCM's.

    GDCM applies the rescale on its own, so this is only for files whose rescale does nothing.
    """
    import SimpleITK as sitk  # noqa: N813 - the name its documentation uses

    name = dataset.file_meta.TransferSyntaxUID.name
    sentence = (
        f"{path.name} is compressed ({name}) and no decoder is installed; install pylibjpeg with pylibjpeg-libjpeg and "
        "pylibjpeg-openjpeg, or save the image uncompressed"
    )
    rescale = (float(dataset.get("RescaleSlope") or 1), float(dataset.get("RescaleIntercept") or 0))
    if rescale != (1, 0):
        raise InputProblem(sentence) from reason
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    try:
        pixels = sitk.GetArrayFromImage(reader.Execute())
    except RuntimeError as error:
        raise InputProblem(sentence) from error
    is_stack = int(float(dataset.get("NumberOfFrames") or 1)) > 1
    return pixels[frame] if is_stack else pixels.reshape(pixels.shape[-3:] if pixels.ndim == 4 else pixels.shape[-2:])


def _grey(stored: np.ndarray, dataset: Dataset, notes: list[str]) -> np.ndarray:
    """(H, W) float64 of stored values: colour to luminance, unused high bits removed."""
    if dataset.get("PhotometricInterpretation") == "PALETTE COLOR":
        try:
            from pydicom.pixels import apply_color_lut
        except ImportError:  # pydicom 2
            from pydicom.pixel_data_handlers.util import apply_color_lut
        stored = apply_color_lut(stored, dataset)[..., :3]
    if stored.ndim == 3:
        notes.append("The image is in colour; its luminance is used.")
        return stored[..., :3].astype(np.float64) @ (0.299, 0.587, 0.114)
    if stored.dtype.kind in "iu":
        spare = stored.dtype.itemsize * 8 - int(dataset.get("BitsStored") or stored.dtype.itemsize * 8)
        if spare > 0 and int(dataset.get("HighBit", 0)) == int(dataset.get("BitsStored", 0)) - 1:
            # Old files keep overlays in the bits above the stored ones.
            stored = (stored << spare) >> spare
    return stored.astype(np.float64)
