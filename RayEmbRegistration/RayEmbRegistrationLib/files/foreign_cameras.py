"""Other programs' camera files: MayaCam 2 (XMALab), VTKCamera (SlicerAutoscoperM), OpenCV, and bare matrices.

Each parser returns a dictionary of our own camera file's keys (``camera_content.py``).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry.vtk_camera import VtkCamera, camera_from_vtk
from RayEmbRegistrationLib.problems import InputProblem

from .json_files import numbers

# Rows and columns of the format's blocks.
_MAYACAM_SHAPES = {"image size": (1, 2), "camera matrix": (3, 3), "rotation": (3, 3), "translation": (3, 1)}


def _refuse_distortion(coefficients: np.ndarray, path: str | Path) -> None:
    if np.any(np.abs(coefficients) > 1e-9):
        raise InputProblem(
            f"{path} holds lens distortion coefficients; undistort the X-ray first and give the undistorted image's camera"
        )


def parse_mayacam2(text: str, path: str | Path, image_size: tuple[int, int] | None = None) -> dict[str, Any]:
    """MayaCam 2 text as XMALab writes it: image size, camera matrix, rotation and translation (camera from lab, mm).

    The numbers are OpenCV's: x right, y down, pixel centres at integers. The size is columns, rows; it is read the other
    way round where only that fits the ``image_size`` of the X-ray, since the format's description names the height first.

    Raises:
        InputProblem: a section is missing or has other than the expected numbers, or there is distortion.
    """
    sections: dict[str, list[list[float]]] = {}
    heading = ""
    for line in text.splitlines():
        words = [word for word in re.split(r"[,;\s]+", line.strip()) if word]
        try:
            values = [float(word) for word in words]
        except ValueError:
            heading = " ".join(words).lower()
            sections[heading] = []
            continue
        if values:
            sections.setdefault(heading, []).append(values)
    arrays = {}
    for name, shape in _MAYACAM_SHAPES.items():
        if name not in sections:
            raise InputProblem(f"{path} lacks the section '{name}' of a MayaCam 2 file; export it again from XMALab")
        rows = sections[name]
        if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
            raise InputProblem(f"the section '{name}' of {path} must hold {shape[0]} rows of {shape[1]} numbers")
        arrays[name] = np.array(rows)
    distortion = [value for name, rows in sections.items() if "distortion" in name for row in rows for value in row]
    _refuse_distortion(np.array(distortion), path)
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise InputProblem(f"{path} holds a value that is not a finite number; correct it")
    size = [int(n) for n in arrays["image size"][0]]
    if image_size is not None and size != list(image_size) and size[::-1] == list(image_size):
        size = size[::-1]
    pose = np.eye(4)
    pose[:3, :3] = arrays["rotation"]
    pose[:3, 3] = arrays["translation"][:, 0]
    return {"K": arrays["camera matrix"].tolist(), "image_size_px": size, "world_to_camera": pose.tolist()}


def parse_vtk_camera(content: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """A VTKCamera JSON object as SlicerAutoscoperM writes it: square pixels, principal point in the centre, world mm.

    Its focal point is a point looked at, not the detector, so that it says nothing about the source-to-detector distance.

    Raises:
        InputProblem: a key is missing or holds something else.
    """
    vectors = {}
    for key in ("camera-position", "focal-point", "view-up"):
        if key not in content:
            raise InputProblem(f"{path} lacks {key} of a VTKCamera file")
        vectors[key] = numbers(content, key, (3,), path)
    scalars = {}
    for key in ("view-angle", "image-width", "image-height"):
        if key not in content:
            raise InputProblem(f"{path} lacks {key} of a VTKCamera file")
        scalars[key] = float(numbers(content, key, (), path))
    vtk_camera = VtkCamera(vectors["camera-position"], vectors["focal-point"], vectors["view-up"], scalars["view-angle"])
    size = (int(scalars["image-width"]), int(scalars["image-height"]))
    try:
        camera, camera_from_world = camera_from_vtk(vtk_camera, size)
    except (ValueError, ZeroDivisionError) as error:
        raise InputProblem(f"{path}: {error}") from error
    return {
        "K": camera.K.tolist(),
        "image_size_px": list(size),
        "world_to_camera": camera_from_world.matrix.tolist(),
    }


def _opencv_matrix(storage: Any, names: tuple[str, ...]) -> np.ndarray | None:
    """The first matrix found under one of the names, OpenCV's own or ROS's (rows, cols, data)."""
    for name in names:
        node = storage.getNode(name)
        if node.empty():
            continue
        if node.isMap() and node.getNode("dt").empty():
            data = node.getNode("data")
            values = np.array([data.at(i).real() for i in range(data.size())])
            return values.reshape(int(node.getNode("rows").real()), int(node.getNode("cols").real()))
        if node.isSeq():
            return np.array([node.at(i).real() for i in range(node.size())])
        return np.asarray(node.mat())
    return None


def parse_opencv(text: str, path: str | Path) -> dict[str, Any]:
    """OpenCV's (or ROS's) calibration file in YAML or XML: camera_matrix or K, image_width, image_height, distortion.

    Raises:
        InputProblem: not readable, no camera matrix, or distortion coefficients that are not zero.
    """
    import cv2

    if not text.lstrip().startswith(("%YAML", "<?xml")):
        text = "%YAML:1.0\n---\n" + text.removeprefix("---\n")
    try:
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        K = _opencv_matrix(storage, ("camera_matrix", "K", "cameraMatrix", "Camera_Matrix", "intrinsic_matrix"))
        distortion = _opencv_matrix(
            storage, ("distortion_coefficients", "dist_coeffs", "distCoeffs", "D", "Distortion_Coefficients")
        )
        size = [int(storage.getNode(f"image_{side}").real()) for side in ("width", "height")]
    except (cv2.error, SystemError, ValueError) as error:
        raise InputProblem(f"{path} is not an OpenCV calibration file that can be read; write it again") from error
    if K is None:
        raise InputProblem(f"{path} has no camera_matrix (or K); write the camera with cv2.FileStorage")
    if not np.isfinite(np.asarray(K, dtype=np.float64)).all():
        raise InputProblem(f"the camera matrix in {path} holds a value that is not a finite number; correct it")
    if distortion is not None:
        _refuse_distortion(np.asarray(distortion, dtype=np.float64), path)
    content: dict[str, Any] = {"K": np.asarray(K, dtype=np.float64).reshape(-1, 3).tolist() if K.size == 9 else K.tolist()}
    if all(size):
        content["image_size_px"] = size
    return content


def parse_matrix(text: str, path: str | Path) -> dict[str, Any] | None:
    """A 3x3 camera matrix or 3x4 projection matrix without a word, by spaces or commas; None for other text.

    Raises:
        InputProblem: a 4x4 matrix, which is a pose, or a number that is not finite.
    """
    rows = []
    for line in text.splitlines():
        words = [word for word in re.split(r"[,;\s]+", line.strip(" \t\r[]()")) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError:
            return None
    shape = (len(rows), len(rows[0])) if rows and len({len(row) for row in rows}) == 1 else (0, 0)
    if shape == (4, 4):
        raise InputProblem(
            f"{path} is a 4x4 matrix, a pose and not a camera; give the X-ray's camera with K (3x3) or P (3x4)"
        )
    if shape not in ((3, 3), (3, 4)):
        return None
    if not np.isfinite(rows).all():
        raise InputProblem(f"{path} holds a value that is not a finite number; correct it")
    return {"K" if shape == (3, 3) else "P": rows}
