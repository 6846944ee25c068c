"""The stored values of one frame of a DICOM X-ray, whatever compresses them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .values import READ_ERRORS, one_line

if TYPE_CHECKING:
    from pydicom import Dataset

# What GDCM needs to decode a frame. Nothing else is handed to it: it would apply a rescale on its own.
_OF_THE_PIXELS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)


def stored_values(dataset: Dataset, frame: int, name: str) -> np.ndarray:
    """(H, W) or (H, W, 3) stored values of one frame, without any rescale.

    Args:
        dataset: with its pixels.
        frame: index from 0.
        name: of the file, for messages.

    Raises:
        InputProblem: damaged, cut off, or compressed in a way that nothing here decodes.
    """
    try:
        try:
            from pydicom.pixels import pixel_array
        except ImportError:  # pydicom 2
            frames = dataset.pixel_array
            values = frames[frame] if _is_stack(dataset) else frames
        else:
            values = pixel_array(dataset, index=frame)
    except (RuntimeError, NotImplementedError, ImportError) as error:
        if not dataset.file_meta.TransferSyntaxUID.is_compressed:
            raise InputProblem(f"the pixels of {name} cannot be read: {one_line(error)}") from error
        values = _decoded_by_gdcm(dataset, frame, name)
    except READ_ERRORS as error:
        raise InputProblem(
            f"the pixels of {name} are damaged or cut off; copy the file again ({one_line(error)})"
        ) from error
    if values.shape[:2] != (int(dataset.Rows), int(dataset.Columns)):
        raise InputProblem(
            f"the pixels of {name} are {values.shape[1]} x {values.shape[0]}, not {dataset.Columns} x {dataset.Rows} as it "
            "says; it is damaged: copy the file again"
        )
    return np.asarray(values)


def _is_stack(dataset: Dataset) -> bool:
    return int(float(dataset.get("NumberOfFrames") or 1)) > 1


def _decoded_by_gdcm(dataset: Dataset, frame: int, name: str) -> np.ndarray:
    """A frame that pydicom has no decoder for, through SimpleITK, which brings GDCM's.

    GDCM applies the file's rescale, so that it gets a file of the compressed frame alone.
    """
    import SimpleITK as sitk  # noqa: N813 - the name its documentation uses

    compression = dataset.file_meta.TransferSyntaxUID.name
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "frame.dcm"
            _frame_alone(dataset, frame).save_as(path, enforce_file_format=True)
            reader.SetFileName(str(path))
            values = sitk.GetArrayFromImage(reader.Execute())
    except (RuntimeError, *READ_ERRORS) as error:
        raise InputProblem(
            f"{name} is compressed ({compression}) and cannot be decoded: it is damaged, or this kind needs pylibjpeg with "
            "pylibjpeg-libjpeg and pylibjpeg-openjpeg; install them, or save the image uncompressed"
        ) from error
    return values.reshape(values.shape[-3:] if int(dataset.get("SamplesPerPixel") or 1) > 1 else values.shape[-2:])


def _frame_alone(dataset: Dataset, frame: int) -> Dataset:
    """A DICOM file of one compressed frame and what it takes to decode it."""
    import pydicom
    from pydicom.encaps import encapsulate

    try:
        from pydicom.encaps import get_frame

        code = get_frame(dataset.PixelData, frame, number_of_frames=int(float(dataset.get("NumberOfFrames") or 1)))
    except ImportError:  # pydicom 2
        from pydicom.encaps import generate_pixel_data_frame

        frames = generate_pixel_data_frame(dataset.PixelData, int(float(dataset.get("NumberOfFrames") or 1)))
        code = list(frames)[frame]
    alone = pydicom.Dataset()
    for keyword in _OF_THE_PIXELS:
        if keyword in dataset:
            setattr(alone, keyword, dataset[keyword].value)
    alone.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"  # Secondary Capture
    alone.SOPInstanceUID = pydicom.uid.generate_uid()
    alone.PixelData = encapsulate([code])
    alone["PixelData"].VR = "OB"
    alone["PixelData"].is_undefined_length = True
    alone.file_meta = pydicom.dataset.FileMetaDataset()
    alone.file_meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    alone.file_meta.MediaStorageSOPClassUID = alone.SOPClassUID
    alone.file_meta.MediaStorageSOPInstanceUID = alone.SOPInstanceUID
    return alone
