"""The VTK (and 3D Slicer) view camera that looks through the X-ray source, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .camera import Camera
from .rigid import RigidTransform
from .upright import upright_without_skew


@dataclass(frozen=True, eq=False)
class VtkCamera:
    """What ``vtkCamera`` is set to. Positions in world RAS mm.

    VTK's camera looks along -z with y up; its view angle is vertical; the window centre moves the principal point in
    half viewports, right and up.

    Attributes:
        position: (3,) the X-ray source.
        focal_point: (3,) where the principal ray meets the detector plane.
        view_up: (3,) unit vector, up in the image.
        view_angle_deg: the vertical view angle of an image whose principal point is its centre.
        window_center: (x, y) of SetWindowCenter. Slicer's camera node does not save it.
        aspect: width over height, in mm, of the viewport that the image fills. For square pixels it is columns over
            rows; for other pixels give the view this shape, or set it by SetExplicitAspectRatio.
    """

    position: np.ndarray
    focal_point: np.ndarray
    view_up: np.ndarray
    view_angle_deg: float
    window_center: tuple[float, float] = (0.0, 0.0)
    aspect: float | None = None


def vtk_from_camera(camera: Camera, camera_from_ras: RigidTransform) -> VtkCamera:
    """The VTK camera whose viewport shows exactly the X-ray's field, pixel edges on viewport edges.

    Raises:
        InputProblem: the image is mirrored or K skewed; VTK has neither (show the image flipped instead).
    """
    camera, camera_from_ras = upright_without_skew(camera, camera_from_ras)
    if camera.is_mirrored:
        raise InputProblem("a VTK camera cannot mirror; flip the image and its camera horizontally first")
    width, height = camera.image_size
    (fx, _, cx), (_, fy, cy) = camera.K[:2]
    ras_from_camera = camera_from_ras.inverse()
    source = ras_from_camera.translation
    return VtkCamera(
        position=source,
        focal_point=source + ras_from_camera.rotation[:, 2] * camera.source_to_detector_mm,
        view_up=-ras_from_camera.rotation[:, 1],
        view_angle_deg=float(np.degrees(2 * np.arctan(height / (2 * fy)))),
        window_center=(float((width - 1 - 2 * cx) / width), float((2 * cy - height + 1) / height)),
        aspect=float(width / fx * fy / height),
    )


def camera_from_vtk(
    vtk_camera: VtkCamera, image_size: tuple[int, int], source_to_detector_mm: float | None = None
) -> tuple[Camera, RigidTransform]:
    """Camera and ``camera_from_ras`` of a VTK camera that fills an image of (width, height) px.

    The source-to-detector distance is the focal point's distance unless given; it sets the pixel spacing, not K.

    Raises:
        InputProblem: position and focal point coincide, view-up is parallel to the view, or the angle is not in (0, 180).
    """
    width, height = image_size
    position = np.asarray(vtk_camera.position, dtype=np.float64)
    forward = np.asarray(vtk_camera.focal_point, dtype=np.float64) - position
    distance = np.linalg.norm(forward)
    if not distance > 0:
        raise InputProblem("the VTK camera's position and focal point are the same point")
    forward = forward / distance
    right = np.cross(forward, np.asarray(vtk_camera.view_up, dtype=np.float64))
    if not np.linalg.norm(right) > 1e-9:
        raise InputProblem("the VTK camera's view-up is parallel to its view direction")
    right = right / np.linalg.norm(right)
    if not 0 < vtk_camera.view_angle_deg < 180:
        raise InputProblem(
            f"the VTK camera's view angle must lie between 0 and 180 degrees, not {vtk_camera.view_angle_deg}"
        )
    rotation = np.stack([right, np.cross(forward, right), forward])
    aspect = width / height if vtk_camera.aspect is None else vtk_camera.aspect
    fy = height / (2 * np.tan(np.radians(vtk_camera.view_angle_deg) / 2))
    fx = fy * width / (height * aspect)
    cx = (width - 1 - width * vtk_camera.window_center[0]) / 2
    cy = (height - 1 + height * vtk_camera.window_center[1]) / 2
    sdd = float(distance if source_to_detector_mm is None else source_to_detector_mm)
    camera = Camera(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), image_size, (sdd / fx, sdd / fy), sdd)
    return camera, RigidTransform(rotation, -rotation @ position)
