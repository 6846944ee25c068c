"""The X-ray source and its central ray, in 3D: a small ball, and a line to the principal point on the detector."""

from __future__ import annotations

import vtk

from . import colors
from .handle import ensureNode, nodeOf, viewRole
from .nodes import Handle, Node
from .pose import underPose
from .views import drawnCamera

ROLE = "Source"


def showSource(handle: Handle, viewIndex: int) -> Node:
    """Make or update source and ray; returns their model node, or None while there is no pose."""
    if nodeOf(handle, viewRole(viewIndex, "Pose")) is None:
        return None
    node, isNew = ensureNode(handle, viewRole(viewIndex, ROLE), "vtkMRMLModelNode", f"X-ray {viewIndex + 1} source and ray")
    node.SetAndObservePolyData(_sourceAndRay(drawnCamera(handle, viewIndex).source_to_detector_mm))
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetColor(*colors.SOURCE)
        display.SetAmbient(0.4)
        display.SetVisibility2D(False)
    underPose(handle, viewIndex, node)
    return node


def _sourceAndRay(sourceToDetectorMm: float) -> vtk.vtkPolyData:
    ball = vtk.vtkSphereSource()
    ball.SetRadius(sourceToDetectorMm / 100)
    ball.SetThetaResolution(24)
    ball.SetPhiResolution(16)
    ray = vtk.vtkLineSource()
    ray.SetPoint1(0, 0, 0)
    ray.SetPoint2(0, 0, sourceToDetectorMm)
    both = vtk.vtkAppendPolyData()
    both.AddInputConnection(ball.GetOutputPort())
    both.AddInputConnection(ray.GetOutputPort())
    both.Update()
    return both.GetOutput()
