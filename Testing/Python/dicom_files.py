"""Small DICOM files of every kind of projection X-ray, for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

SOP_CLASSES = {
    "XA": ("1.2.840.10008.5.1.4.1.1.12.1", "XA"),
    "RF": ("1.2.840.10008.5.1.4.1.1.12.2", "RF"),
    "DX": ("1.2.840.10008.5.1.4.1.1.1.1", "DX"),
    "CR": ("1.2.840.10008.5.1.4.1.1.1", "CR"),
    "Enhanced XA": ("1.2.840.10008.5.1.4.1.1.12.1.1", "XA"),
    "Enhanced XRF": ("1.2.840.10008.5.1.4.1.1.12.2.1", "RF"),
    "RT Image": ("1.2.840.10008.5.1.4.1.1.481.1", "RTIMAGE"),
    "Secondary Capture": ("1.2.840.10008.5.1.4.1.1.7", "OT"),
    "CT": ("1.2.840.10008.5.1.4.1.1.2", "CT"),
}


def item(**attributes: object) -> Dataset:
    """A dataset of keywords; a dataset as a value becomes a sequence of one item."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, Sequence([value]) if isinstance(value, Dataset) else value)
    return dataset


def dicom(kind: str, pixels: np.ndarray, **attributes: object) -> Dataset:
    """A data set of a kind with pixels (H, W), (frames, H, W) or (H, W, 3) uint8 colour."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.Modality = SOP_CLASSES[kind]
    dataset.SOPInstanceUID = generate_uid()
    dataset.PatientName, dataset.PatientID = "Test^Phantom", "0"
    is_colour = pixels.ndim == 3 and pixels.shape[-1] == 3
    dataset.SamplesPerPixel = 3 if is_colour else 1
    dataset.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        dataset.PlanarConfiguration = 0
    if pixels.ndim == 3 and not is_colour:
        dataset.NumberOfFrames = len(pixels)
    dataset.Rows, dataset.Columns = pixels.shape[:2] if is_colour else pixels.shape[-2:]
    dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"
    dataset.update(item(**attributes))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def save(dataset: Dataset, path: Path) -> Path:
    """Write a data set as a DICOM file."""
    dataset.save_as(path, enforce_file_format=True)
    return path


def gradient(height: int = 24, width: int = 32, dtype: type = np.uint16) -> np.ndarray:
    """(H, W) picture with a different value at every pixel, as far as the type goes."""
    return (np.arange(height * width).reshape(height, width) % np.iinfo(dtype).max).astype(dtype)
