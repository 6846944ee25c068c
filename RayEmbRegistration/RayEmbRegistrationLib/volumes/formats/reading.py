"""The one door for volume files, whoever needs them: a CT, a label map, or an X-ray that was saved as a volume."""

from __future__ import annotations

from pathlib import Path

from RayEmbRegistrationLib.problems import InputProblem

from .metaimage import is_metaimage, read_metaimage
from .nifti import is_nifti, read_nifti
from .nrrd import is_nrrd, read_nrrd
from .stored import StoredVolume
from .voxel_data import first_bytes

FORMATS = "NIfTI, NRRD or MetaImage file"
_PICTURES = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
}
_PICTURES |= {b"BM": "bitmap", b"GIF8": "GIF"}


def read_stored_volume(path: Path) -> StoredVolume:
    """The voxels of a NIfTI, NRRD or MetaImage file, complete, with their place; which format it is, its content tells.

    Raises:
        InputProblem: missing, damaged, cut off, absurdly large, or of another kind; one sentence.
    """
    _check_is_file(path)
    if path.name.lower().endswith((".img", ".img.gz")):
        return read_nifti(path)
    start, zipped = first_bytes(path, 540)
    if is_nifti(start):
        return read_nifti(path)
    if not zipped and is_nrrd(start):
        return read_nrrd(path)
    if not zipped and is_metaimage(start):
        return read_metaimage(path)
    for mark, name in _PICTURES.items():
        if start.startswith(mark):
            raise InputProblem(
                f"{path} is a {name} picture, which holds neither the size of the voxels nor how they lie in the patient; "
                f"give the CT as it was exported, a {FORMATS} or a folder of DICOM slices"
            )
    if zipped and not start:
        raise InputProblem(f"{path} is cut off within its header; copy the file again")
    raise InputProblem(
        f"{path} cannot be read (it is no {FORMATS}, or damaged); give one of these or a folder of DICOM slices"
    )


def _check_is_file(path: Path) -> None:
    if not path.exists():
        raise InputProblem(f"{path} does not exist; check the path")
    if not path.is_file():  # a pipe would be waited for
        raise InputProblem(f"{path} is {'a folder' if path.is_dir() else 'a device or a pipe'}; give one file")
    if path.stat().st_size == 0:
        raise InputProblem(f"{path} is empty (0 bytes); copy the file again")
