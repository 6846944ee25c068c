"""DICOM files opened so that a damaged length in one of them can neither take memory nor warn."""

from __future__ import annotations

import contextlib
import mmap
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from RayEmbRegistrationLib.problems import InputProblem

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset


_UNDEFINED = 0xFFFFFFFF  # length of a sequence that ends with a mark


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without pydicom's warnings of values that do not conform; what is used of them is checked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_dataset(
    path: Path, tags: Sequence[str] | None = None, stop_before_pixels: bool = False, force: bool = False
) -> FileDataset:
    """A file's data set, as ``pydicom.dcmread`` gives it.

    A file object makes room for as many bytes as a length announces before it reads any, which may be 4 GB; a memory map
    gives what there is.

    Args:
        path: the file.
        tags: keywords to read; all where None.
        stop_before_pixels: whether to leave the pixels out.
        force: whether to read a file without DICOM's mark.

    Raises:
        ValueError: the file is empty. pydicom raises nearly anything on damaged files.
    """
    import pydicom

    wanted = None if tags is None else list(tags)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        opened = cast("BinaryIO", content)  # it reads and seeks like one
        return pydicom.dcmread(opened, stop_before_pixels=stop_before_pixels, force=force, specific_tags=wanted)


def check_elements(dataset: FileDataset) -> None:
    """Whether all elements have a known kind and as many bytes as they announce: GDCM takes memory for what they announce.

    Raises:
        InputProblem: one has not.
    """
    from pydicom.dataelem import RawDataElement
    from pydicom.valuerep import VR

    for group in (dataset.file_meta, dataset):
        for tag in group.keys():  # noqa: SIM118 - iterating a data set converts its values
            element = group.get_item(tag)
            if not isinstance(element, RawDataElement):
                continue
            is_short = element.length != _UNDEFINED and len(element.value or b"") < element.length
            if is_short or (element.VR is not None and element.VR not in list(VR)):
                raise InputProblem(f"the element {tag} is damaged")
