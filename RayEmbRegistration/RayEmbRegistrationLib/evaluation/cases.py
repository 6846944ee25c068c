"""Folders of cases: X-ray image, camera file, and the true pose where it is known."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

_IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".dcm")


class CaseError(InputProblem):
    """A case that cannot be used; the message names the file and says what to do."""


@dataclass(frozen=True)
class Case:
    """One X-ray to register.

    Attributes:
        name: the file's name without ending.
        image_path: the X-ray.
        geometry_path: the JSON file of its camera.
        truth: true ``camera_from_ras``, or None where unknown.
        group: cases of one folder with the same group show the patient at rest, and may be registered together; "" for none.
        landmarks_ras: (N, 3) RAS mm, the targets that errors are measured at; None where the truth file has none.
    """

    name: str
    image_path: Path
    geometry_path: Path
    truth: RigidTransform | None
    group: str = ""
    landmarks_ras: np.ndarray | None = None

    @property
    def known_truth(self) -> RigidTransform:
        """The true pose of a case that must have one.

        Raises:
            CaseError: it has none.
        """
        if self.truth is None:
            raise CaseError(f"the pose of {self.name} is not known: there is no {self.name}.truth.json beside it")
        return self.truth


def find_cases(folder: Path | str) -> list[Case]:
    """All cases of a folder, by name: NAME.png with NAME.geometry.json and perhaps NAME.truth.json.

    Args:
        folder: to look in, not below.

    Returns:
        At least one case, sorted by name.

    Raises:
        CaseError: the folder is missing or holds no case, an image is missing, or a truth file cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CaseError(f"there is no folder {folder}; give the folder that holds the X-rays")
    geometries = sorted(folder.glob("*.geometry.json"))
    if not geometries:
        raise CaseError(f"{folder} holds no case; a case is NAME.png beside NAME.geometry.json")
    return [read_case(path) for path in geometries]


def read_case(geometry_path: Path | str) -> Case:
    """The case of one camera file NAME.geometry.json.

    Raises:
        CaseError: its image is missing, or a file cannot be read.
    """
    geometry_path = Path(geometry_path)
    name = geometry_path.name.removesuffix(".geometry.json")
    truth_path = geometry_path.with_name(f"{name}.truth.json")
    truth = read_truth(truth_path) if truth_path.exists() else None
    landmarks = read_landmarks(truth_path) if truth_path.exists() else None
    group = _read_json(geometry_path).get("group")
    return Case(
        name, _image_of(geometry_path, name), geometry_path, truth, group if isinstance(group, str) else "", landmarks
    )


def _image_of(geometry_path: Path, name: str) -> Path:
    """The image a camera file names, or the one of the same name."""
    named = _read_json(geometry_path).get("image")
    candidates = [named] if isinstance(named, str) else [name + suffix for suffix in _IMAGE_SUFFIXES]
    for candidate in candidates:
        path = geometry_path.with_name(Path(candidate).name)
        if path.is_file():
            return path
    raise CaseError(f"{geometry_path.name} needs the image {candidates[0]} beside it, which is not there")


def read_truth(path: Path | str) -> RigidTransform:
    """The true ``camera_from_ras`` of a truth file, key ``ras_to_camera``.

    Raises:
        CaseError: not JSON, no such key, or not a rigid 4x4 matrix.
    """
    path = Path(path)
    content = _read_json(path)
    if "ras_to_camera" not in content:
        raise CaseError(f"{path.name} holds no 'ras_to_camera'; add the 4x4 matrix from RAS mm to the camera frame")
    try:
        return RigidTransform.from_matrix(content["ras_to_camera"])
    except (ValueError, TypeError) as error:
        raise CaseError(f"'ras_to_camera' in {path.name} is not a rigid 4x4 matrix: {error}") from error


def read_landmarks(path: Path | str) -> np.ndarray | None:
    """(N, 3) landmarks of a truth file in RAS mm, key ``landmarks_ras`` (name to point), by name; None where it has none.

    Raises:
        CaseError: not JSON, or a landmark that is not three finite numbers.
    """
    path = Path(path)
    content = _read_json(path).get("landmarks_ras")
    if not content:
        return None
    try:
        points = np.array([content[name] for name in sorted(content)], dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise CaseError(f"'landmarks_ras' in {path.name} must name three numbers a landmark: {error}") from error
    if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
        raise CaseError(f"'landmarks_ras' in {path.name} must name three numbers a landmark")
    return points


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(f"{path} cannot be read as JSON ({error}); correct or remove it") from error
    if not isinstance(content, dict):
        raise CaseError(f"{path} must hold a JSON object in braces")
    return content
