"""A picture in 3D that grows by its things, seen from a virtual camera; drawn by VTK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.vtk_camera import vtk_from_camera

from .offscreen import offscreen_window, picture_of
from .scene_actors import (
    Rgb,
    add_lights,
    ball_actors,
    bone_actor,
    direction_cube,
    tube_actor,
    xray_actor,
)

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData
    from vtkmodules.vtkRenderingCore import vtkActor, vtkCamera, vtkRenderer

_TOP, _BOTTOM = (58, 66, 82), (20, 23, 30)  # chosen by eye: bone and X-rays stand out
_HIDDEN = 0.28  # opacity of lines and landmarks behind what is solid; chosen by eye
_BEHIND = 0.6  # brightness of an X-ray that is seen from its back; chosen by eye
_RAY_PX, _FRAME_PX, _BALL_PX, _LANDMARK_PX = 1.0, 1.7, 5.5, 2.6  # radii; chosen by eye
_CUBE_SHARE = 0.15  # of the picture's smaller side; chosen by eye


class Scene:
    """What is drawn; lengths given in pixels are of the finished picture.

    Args:
        eye: the virtual camera.
        eye_from_ras: its pose.
        supersampling: pixels of the eye to one of the finished picture.

    Raises:
        InputProblem: no VTK, or nothing here that draws without a display.
    """

    def __init__(self, eye: Camera, eye_from_ras: RigidTransform, supersampling: int) -> None:
        self._eye, self._eye_from_ras, self._supersampling = eye, eye_from_ras, supersampling
        self._window = offscreen_window(eye.image_size)
        self._window.SetNumberOfLayers(2)
        self._solid: list[vtkActor] = []  # hides lines and landmarks, which are seen faintly through it
        self._front = self._layer(0)
        self._front.GradientBackgroundOn()
        self._front.SetBackground(*[channel / 255 for channel in _BOTTOM])
        self._front.SetBackground2(*[channel / 255 for channel in _TOP])
        self._on_top = self._layer(1)  # over all, whatever lies before it
        self._on_top.SetActiveCamera(self._front.GetActiveCamera())
        self._place_camera(self._front.GetActiveCamera())

    def add_bone(self, mesh: vtkPolyData) -> None:
        """A surface in RAS mm."""
        self._add_solid(bone_actor(mesh))

    def add_xray(self, corners_ras: np.ndarray, grey: np.ndarray, source_ras: np.ndarray) -> None:
        """An X-ray (H, W) uint8 on its detector's corners (4, 3); from behind it is seen darker."""
        beam = corners_ras.mean(axis=0) - source_ras
        from_behind = beam @ (corners_ras.mean(axis=0) - self._eye_from_ras.inverse().translation) < 0
        self._add_solid(xray_actor(corners_ras, grey, _BEHIND if from_behind else 1.0))

    def add_cone(self, source_ras: np.ndarray, corners_ras: np.ndarray, color: Rgb, broad: bool = False) -> None:
        """A source, its rays to the detector's corners and the detector's frame; faint where hidden.

        Args:
            source_ras: (3,).
            corners_ras: (4, 3) around the detector.
            color: of all of it.
            broad: seen on both sides of a cone that lies upon it.
        """
        pixel, wide = self._pixel_mm(np.vstack([source_ras, corners_ras])), 1.9 if broad else 1.0
        if not broad:  # out of the tubes of a broad one
            source_ras, corners_ras = (self._nearer(points, 2.5 * _FRAME_PX * pixel) for points in (source_ras, corners_ras))
        for corner in corners_ras:
            self._front.AddActor(tube_actor(np.stack([source_ras, corner]), _RAY_PX * wide * pixel, [color]))
        frame = np.vstack([corners_ras, corners_ras[:2]])
        self._front.AddActor(tube_actor(frame, _FRAME_PX * wide * pixel, [color]))
        center = source_ras if broad else self._nearer(source_ras, 3 * _BALL_PX * pixel)
        for ball in ball_actors(center, (1.7 if broad else 1.0) * _BALL_PX * pixel, color, 1.1 * pixel):
            self._front.AddActor(ball)

    def add_path(self, points_ras: np.ndarray, colors: tuple[Rgb, Rgb]) -> None:
        """A line through points (N, 3), over everything, since it is what is looked for."""
        self._on_top.AddActor(tube_actor(points_ras, 1.5 * self._pixel_mm(points_ras), colors))

    def add_landmarks(self, points_ras: np.ndarray, color: Rgb) -> None:
        """Points of the bone (N, 3); faint where hidden."""
        for balls in ball_actors(points_ras, _LANDMARK_PX * self._pixel_mm(points_ras), color):
            self._front.AddActor(balls)

    def picture(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB, with a cube that tells the patient's directions in the lower right corner."""
        self._front.ResetCameraClippingRange()
        self._add_cube()
        try:
            picture = picture_of(self._window).astype(np.float32)
            for actor in self._solid:
                actor.VisibilityOff()
            lines = picture_of(self._window)
            for renderer in (self._front, self._on_top):
                renderer.RemoveAllViewProps()
            drawn = (lines != picture_of(self._window)).any(axis=-1)
        finally:
            self._window.Finalize()
        picture[drawn] += _HIDDEN * (lines[drawn] - picture[drawn])  # nothing changes where they are not hidden
        return np.round(picture).astype(np.uint8)

    def _add_solid(self, actor: vtkActor) -> None:
        self._solid.append(actor)
        self._front.AddActor(actor)

    def _layer(self, number: int) -> vtkRenderer:
        from vtkmodules.vtkRenderingCore import vtkRenderer

        renderer = vtkRenderer()
        renderer.SetLayer(number)
        add_lights(renderer)
        self._window.AddRenderer(renderer)
        return renderer

    def _place_camera(self, camera: vtkCamera) -> None:
        found = vtk_from_camera(self._eye, self._eye_from_ras)
        camera.SetPosition(found.position.tolist())
        camera.SetFocalPoint(found.focal_point.tolist())
        camera.SetViewUp(found.view_up.tolist())
        camera.SetViewAngle(found.view_angle_deg)
        camera.SetWindowCenter(*found.window_center)

    def _pixel_mm(self, points_ras: np.ndarray) -> float:
        """A pixel's length amid the points."""
        depth = float(self._eye_from_ras.apply(points_ras)[:, 2].mean())
        return self._supersampling * depth / float(self._eye.K[0, 0])

    def _nearer(self, points_ras: np.ndarray, by_mm: float) -> np.ndarray:
        """Points seen at the same places of the picture, but nearer to the eye."""
        towards = self._eye_from_ras.inverse().translation - points_ras
        return points_ras + by_mm * towards / np.linalg.norm(towards, axis=-1, keepdims=True)

    def _add_cube(self) -> None:
        width, height = self._eye.image_size
        side = _CUBE_SHARE * min(width, height)
        corner = self._layer(1)
        corner.SetViewport(1 - 1.1 * side / width, 0.1 * side / height, 1 - 0.1 * side / width, 1.1 * side / height)
        corner.AddActor(direction_cube())
        camera = corner.GetActiveCamera()
        _, down, forward = self._eye_from_ras.rotation
        camera.SetFocalPoint(0, 0, 0)
        camera.SetPosition((-4.6 * forward).tolist())
        camera.SetViewUp((-down).tolist())
        camera.SetViewAngle(22.0)
        corner.ResetCameraClippingRange()
