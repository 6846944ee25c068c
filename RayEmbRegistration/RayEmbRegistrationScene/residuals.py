"""Lines from each detected landmark to where the pose puts it: flat in the picture, and on the detector in 3D."""

from __future__ import annotations

import numpy as np
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from vtk.util.numpy_support import numpy_to_vtk

from . import colors
from .frames import detectorPoints, picturePoints, polyData, rasFromPixel
from .handle import ensureNode, removeRole, viewRole
from .landmarks import choose
from .nodes import Handle, Node
from .plainData import LandmarkData
from .pose import underPose
from .views import drawnCamera, shownCamera

FLAT_ROLE, DETECTOR_ROLE = "Residuals", "LandmarksOnDetector"
_DISC_SHARE = 1 / 120  # radius of a point on the detector, of the detector's larger side


def showResiduals(handle: Handle, viewIndex: int, data: LandmarkData, cameraFromRas: RigidTransform | None) -> None:
    """Make or update both models; they go away while there is no pose."""
    if cameraFromRas is None:
        removeRole(handle, viewRole(viewIndex, FLAT_ROLE))
        removeRole(handle, viewRole(viewIndex, DETECTOR_ROLE))
        return
    camera, used = shownCamera(handle, viewIndex), choose(data)["Used"]
    detected = np.asarray(data.detectedPx, dtype=float)[used]
    reprojected = camera.project(cameraFromRas.apply(np.asarray(data.pointsRas, dtype=float)[used]))
    seen = np.isfinite(reprojected).all(axis=1)
    _showFlat(handle, viewIndex, detected[seen], reprojected[seen])
    _showOnDetector(handle, viewIndex, detected[seen], reprojected[seen])


def _showFlat(handle: Handle, viewIndex: int, detected: np.ndarray, reprojected: np.ndarray) -> None:
    place = rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))
    starts, ends = picturePoints(place, detected), picturePoints(place, reprojected)
    up = np.array([0.0, 0.0, 0.5])
    # Upright ribbons: a slice view draws where they cut its plane, the line; a line within the plane it would not draw.
    points = np.stack([starts - up, ends - up, ends + up, starts + up], axis=1).reshape(-1, 3)
    ribbons = np.arange(len(points)).reshape(-1, 4)
    label = f"X-ray {viewIndex + 1} residuals"
    node, isNew = ensureNode(handle, viewRole(viewIndex, FLAT_ROLE), "vtkMRMLModelNode", label)
    node.SetAndObservePolyData(polyData(points, polygons=ribbons))
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetColor(*colors.RESIDUAL)
        display.SetVisibility2D(True)
        display.SetVisibility3D(False)
        display.SetSliceIntersectionThickness(2)


def _showOnDetector(handle: Handle, viewIndex: int, detected: np.ndarray, reprojected: np.ndarray) -> None:
    camera = drawnCamera(handle, viewIndex)
    radius = max(camera.field_of_view_mm) * _DISC_SHARE
    toSource = np.array([0.0, 0.0, -radius / 4])  # before the plane, not in it
    starts, ends = detectorPoints(camera, detected) + toSource, detectorPoints(camera, reprojected) + toSource
    points = np.stack([starts, ends], axis=1).reshape(-1, 3)
    parts = vtk.vtkAppendPolyData()
    parts.AddInputData(_colored(polyData(points, lines=np.arange(len(points)).reshape(-1, 2)), colors.RESIDUAL))
    parts.AddInputData(_colored(_discs(starts, radius), colors.DETECTED))
    parts.AddInputData(_colored(_discs(ends + toSource, radius / 2), colors.REPROJECTED))
    parts.Update()
    label = f"X-ray {viewIndex + 1} landmarks on detector"
    node, isNew = ensureNode(handle, viewRole(viewIndex, DETECTOR_ROLE), "vtkMRMLModelNode", label)
    node.SetAndObservePolyData(parts.GetOutput())
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        showColors(node)
        node.GetDisplayNode().SetLineWidth(2)
    underPose(handle, viewIndex, node)


def showColors(node: Node) -> None:
    """Show a model in the colours of its points, unlit, in 3D alone."""
    display = node.GetDisplayNode()
    display.SetActiveScalar("Color", vtk.vtkAssignAttribute.POINT_DATA)
    display.SetScalarVisibility(True)
    display.SetScalarRangeFlag(display.UseDirectMapping)
    display.SetAmbient(1)
    display.SetDiffuse(0)
    display.SetSpecular(0)
    display.SetBackfaceCulling(False)
    display.SetVisibility2D(False)


def colorPoints(data: vtk.vtkPolyData, colorsOfPoints: np.ndarray) -> vtk.vtkPolyData:
    """Give each point of a mesh its colour (N, 3), 0 to 1."""
    bytesOfPoints = np.round(255 * np.asarray(colorsOfPoints, dtype=float)).astype(np.uint8).reshape(-1, 3)
    array = numpy_to_vtk(bytesOfPoints, deep=True, array_type=vtk.VTK_UNSIGNED_CHAR)
    array.SetName("Color")
    data.GetPointData().SetScalars(array)
    return data


def _colored(data: vtk.vtkPolyData, color: tuple) -> vtk.vtkPolyData:
    return colorPoints(data, np.tile(color, (data.GetNumberOfPoints(), 1)))


def _discs(centers: np.ndarray, radius: float, sides: int = 16) -> vtk.vtkPolyData:
    angles = 2 * np.pi * np.arange(sides) / sides
    rim = radius * np.stack([np.cos(angles), np.sin(angles), np.zeros(sides)], axis=1)
    points = (centers[:, None] + rim).reshape(-1, 3)
    return polyData(points, polygons=np.arange(len(points)).reshape(-1, sides))
