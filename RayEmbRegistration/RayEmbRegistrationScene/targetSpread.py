"""The error of targets in space: around each point the ellipsoid within which it is in 95 of 100 cases, long in depth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import vtk
from RayEmbRegistrationLib.geometry.uncertainty import ELLIPSOID_95, axes_of, space_covariance

from .frames import vtkMatrix
from .handle import ensureNode, removeRole
from .nodes import Handle
from .targetErrors import Known
from .targetShapes import Shape

ROLE = "TargetSpread"
MOST_POINTS, OPACITY = 24, 0.3


def showSpread(handle: Handle, shapes: Sequence[Shape], known: Known | None) -> None:
    """Make or update the ellipsoids of the targets' points, by the error of an X-ray's pose; they go where that is unknown.

    A line has one at each end; of curves, models and segments the bands on the X-rays say as much.
    """
    marked = [shape for shape in shapes if len(shape.points)]
    if known is None or known.space is None or not marked:
        removeRole(handle, ROLE)
        return
    points = np.concatenate([shape.points for shape in marked])[:MOST_POINTS]
    deviations, axes = axes_of(space_covariance(points, known.space, known.sight.first_from_ras))
    balls = vtk.vtkAppendPolyData()
    for point, own, turned in zip(points, deviations, axes, strict=True):
        matrix = np.eye(4)
        matrix[:3, :3] = turned * ELLIPSOID_95 * own
        matrix[:3, 3] = point
        balls.AddInputData(_ball(matrix))
    balls.Update()
    node, isNew = ensureNode(handle, ROLE, "vtkMRMLModelNode", "errors of targets")
    node.SetAndObservePolyData(balls.GetOutput())
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetOpacity(OPACITY)
        display.SetVisibility2D(False)
        display.SetBackfaceCulling(False)
    node.GetDisplayNode().SetColor(*marked[0].target.color)


def _ball(matrix: np.ndarray) -> vtk.vtkPolyData:
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(1.0)
    sphere.SetThetaResolution(24)
    sphere.SetPhiResolution(16)
    move = vtk.vtkTransform()
    move.SetMatrix(vtkMatrix(matrix))
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(move)
    moved.SetInputConnection(sphere.GetOutputPort())
    moved.Update()
    return moved.GetOutput()
