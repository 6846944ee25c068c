"""A folder of X-rays with their camera files, opened together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.camera_geometry import geometry_of_camera_file
from RayEmbRegistrationLib.files.pairing import cameras_by_name
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.reading import read_xray
from RayEmbRegistrationLib.xray.view import XrayView

from .open_xray import joined

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".dcm", ".dicom", ".ima", "")
CAMERAS = (".json", ".txt", ".yaml", ".yml", ".xml")
MOST_XRAYS = 8  # chosen: more are a sequence, which is tracked frame by frame


@dataclass(frozen=True, eq=False)
class FolderXray:
    """An X-ray of a folder.

    Attributes:
        name: of its file, without the ending.
        view: as read, with the camera file's geometry where one belongs to it.
        camera: that file's name; None where none does.
    """

    name: str
    view: XrayView
    camera: str | None


def open_xray_folder(folder: str | Path) -> tuple[list[FolderXray], tuple[str, ...]]:
    """The X-rays of a folder, in the order of their names, each with the camera file that its name tells; and remarks.

    What a camera file does not tell stays as the tags say. Files that are no X-rays are left out, with a remark.

    Raises:
        InputProblem: no X-ray in it, or more than belong to one registration.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputProblem(f"{folder} is no folder; give the one with the X-rays and their camera files")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    pictures = [path for path in files if path.suffix.lower() in PICTURES]
    cameras = [path for path in files if path.suffix.lower() in CAMERAS]
    if len(pictures) > MOST_XRAYS:
        raise InputProblem(
            f"{folder.name} holds {len(pictures)} pictures; give a folder with the X-rays of one registration, at most "
            f"{MOST_XRAYS}"
        )
    found, notes = [], []
    for path in pictures:
        try:
            view = read_xray(path)
        except InputProblem as problem:
            notes.append(f"{path.name} is left out: {problem}")
            continue
        geometry, camera, note = camera_of(path.name, view.image_size, cameras)
        notes += [note] if note else []
        if geometry is not None:
            view = replace(view, geometry=joined(view.geometry, geometry))
        found.append(FolderXray(path.stem, view, camera))
    if not found:
        raise InputProblem(f"there is no X-ray in {folder.name}; give the folder with the X-rays and their camera files")
    return found, tuple(notes)


def camera_of(
    name: str, image_size: tuple[int, int] | None, cameras: Sequence[str | Path]
) -> tuple[XrayGeometry | None, str | None, str]:
    """The geometry for an X-ray among camera files, by their names; that file's name; and a remark or "".

    Args:
        name: of the X-ray.
        image_size: (width, height) px.
        cameras: files; those that hold no camera for such an image are passed over.
    """
    usable = []
    for path in cameras:
        try:
            usable.append((Path(path), geometry_of_camera_file(path, image_size)))
        except InputProblem:
            continue  # a pose, points, a table, or of another image
    known = dict(usable)
    best = cameras_by_name(name, list(known))
    if not best:
        return None, None, ""
    geometry = known[best[0]]
    if any(not _is_same(geometry, known[other], image_size) for other in best[1:]):
        names = " and ".join(path.name for path in best)
        return None, None, f"{names} both suit {name} by their names; load one of them for it"
    return geometry, best[0].name, ""


def _is_same(one: XrayGeometry, other: XrayGeometry, image_size: tuple[int, int] | None) -> bool:
    """Whether two geometries are of the same camera at the same place of its rig."""
    cameras = [geometry.camera(image_size) for geometry in (one, other)]
    if cameras[0].source_to_detector_mm != cameras[1].source_to_detector_mm:
        return False
    rigs = [None if g.camera_from_rig is None else g.camera_from_rig.matrix for g in (one, other)]
    if (rigs[0] is None) != (rigs[1] is None):
        return False
    same_place = rigs[0] is None or rigs[1] is None or np.allclose(rigs[0], rigs[1])
    return bool(np.allclose(cameras[0].K, cameras[1].K)) and same_place
