"""Small CTs in every format, and DICOM slices, for tests and for damaging them."""

import gzip
import sys
from pathlib import Path

import numpy as np

SPACING, ORIGIN = (0.9, 1.1, 2.0), (-20.0, 30.0, -400.0)
RNG = np.random.default_rng(0)
FORMATS = (
    "ct.nii",
    "ct.nii.gz",
    "ct2.nii",
    "ct2.nii.gz",
    "pair.hdr",
    "ct.nrrd",
    "raw.nrrd",
    "ct.nhdr",
    "ct.mha",
    "zip.mha",
    "ct.mhd",
    "zip.mhd",
)


def patient(shape=(12, 40, 50)):
    """Air, an ellipse of soft tissue, a rod of bone in it."""
    j, i = np.mgrid[: shape[1], : shape[2]]
    body = ((i - 25) / 20) ** 2 + ((j - 20) / 16) ** 2 < 1
    bone = (i - 25) ** 2 + (j - 24) ** 2 < 30
    hu = np.where(bone, 900, np.where(body, 40, -1000)) + RNG.integers(-20, 20, shape)
    return hu.astype(np.int16)


def saved(path, values, direction=None, **keywords):
    """Written by SimpleITK, placed by SPACING and ORIGIN where it has three dimensions."""
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(values, **keywords)
    if image.GetDimension() == 3:
        image.SetSpacing(SPACING)
        image.SetOrigin(ORIGIN)
        if direction is not None:
            image.SetDirection(np.asarray(direction).ravel().tolist())
    sitk.WriteImage(
        image, str(path), useCompression=(path.suffix != ".nii" and "zip" in path.name) or path.name == "ct.nrrd"
    )
    return path


def nifti(path, values, affine=None, qform=None, sform=None, version=1):
    """Written by nibabel; ``qform`` and ``sform`` are (matrix, code)."""
    import nibabel

    kind = nibabel.Nifti1Image if version == 1 else nibabel.Nifti2Image
    if path.suffix == ".hdr":
        kind = nibabel.Nifti1Pair
    affine = np.diag([-0.9, -1.1, 2.0, 1.0]) if affine is None else affine
    image = kind(np.asarray(values).T, affine)
    image.set_qform(*(qform or (affine, 1)))
    image.set_sform(*(sform or (affine, 1)))
    nibabel.save(image, path)
    return path


def peak_kb():
    """The most memory this process had; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def write_format(folder: Path, name: str) -> Path:
    """The patient as one of FORMATS; the file to open, others may lie beside it."""
    path = folder / name
    if name.startswith("ct2") or name.endswith(".hdr"):
        return nifti(path, patient(), version=2 if name.startswith("ct2") else 1)
    return saved(path, patient())


def changed(path, place, content):
    """Some bytes of a file overwritten, within gzip where it is that."""
    zipped = path.name.endswith(".gz")
    data = bytearray(gzip.decompress(path.read_bytes()) if zipped else path.read_bytes())
    data[place : place + len(content)] = content
    path.write_bytes(gzip.compress(bytes(data)) if zipped else bytes(data))
    return path


def dicom_slices(folder, hu, **changes):
    """One CT slice file for each slice, stored with an intercept of -1024, written in shuffled order.

    Args:
        folder: made where it is missing.
        hu: (K, J, I).
        changes: ``places`` (mm of each slice), ``tilt_mm`` (a slice), ``name`` (beginning of the files' names), and any
            DICOM keyword with a value, or a function of the slice's number.
    """
    from pydicom import dcmwrite
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    folder.mkdir(exist_ok=True)
    series, study, frame = generate_uid(), generate_uid(), generate_uid()
    places = changes.pop("places", np.arange(len(hu)) * 2.0)
    tilt_mm, name = changes.pop("tilt_mm", 0.0), changes.pop("name", "slice")
    for k in RNG.permutation(len(hu)):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = generate_uid()
        dataset.SeriesInstanceUID, dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = series, study, frame
        dataset.Modality, dataset.SeriesDescription, dataset.InstanceNumber = "CT", "bone", int(k) + 1
        dataset.ImagePositionPatient = [-20.0, 30.0 + tilt_mm * float(k), float(places[k]) - 400]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.SliceThickness = [1.1, 0.9], 2.0
        dataset.Rows, dataset.Columns = hu.shape[1:]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
        dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
        dataset.PixelData = (hu[k].astype(np.int32) + 1024).clip(0).astype(np.uint16).tobytes()
        for keyword, value in changes.items():
            setattr(dataset, keyword, value(int(k)) if callable(value) else value)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dcmwrite(folder / f"{name}{k:03d}.dcm", dataset, enforce_file_format=True)
    return folder
