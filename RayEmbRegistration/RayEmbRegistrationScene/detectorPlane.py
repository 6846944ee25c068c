"""The X-ray standing where the detector was: a textured plane in 3D that moves with the pose.

The texture is the display pipeline of the X-ray's volume node, so that window and colours follow without an observer. MRML
does not save textures: ``showDetectorPlane`` connects it again after a scene was loaded.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import slicer
import vtk

from .frames import cornerPixels, detectorPoints
from .handle import ensureNode, nodeOf, viewRole
from .nodes import Handle, Node
from .pose import underPose
from .uprightXray import uprightXray
from .views import drawnCamera

ROLE = "DetectorPlane"


def showDetectorPlane(handle: Handle, viewIndex: int) -> Node:
    """Make or update the plane; returns its model node, or None while the view has no X-ray or no pose."""
    xray, pose = uprightXray(handle, viewIndex), nodeOf(handle, viewRole(viewIndex, "Pose"))
    if xray is None or pose is None:
        return None
    node, isNew = ensureNode(handle, viewRole(viewIndex, ROLE), "vtkMRMLModelNode", f"X-ray {viewIndex + 1} on detector")
    camera = drawnCamera(handle, viewIndex)
    node.SetAndObservePolyData(_plane(detectorPoints(camera, cornerPixels(camera))))
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetColor(1, 1, 1)
        display.SetAmbient(1)
        display.SetDiffuse(0)
        display.SetSpecular(0)
        display.SetBackfaceCulling(False)
        display.SetVisibility2D(False)
        display.SetInterpolateTexture(True)
    texture(handle, viewIndex)
    underPose(handle, viewIndex, node)
    return node


def texture(handle: Handle, viewIndex: int) -> None:
    """Connect the picture; done anew where a scene was loaded or the X-ray's display node replaced."""
    node, xray = nodeOf(handle, viewRole(viewIndex, ROLE)), uprightXray(handle, viewIndex)
    if node is None or xray is None or node.GetDisplayNode() is None or xray.GetDisplayNode() is None:
        return
    display, source = node.GetDisplayNode(), xray.GetDisplayNode()
    connection, before = source.GetImageDataConnection(), display.GetTextureImageDataConnection()
    if before is None or before.GetProducer() is not connection.GetProducer():
        display.SetTextureImageDataConnection(connection)
        source.AddObserver(vtk.vtkCommand.DeleteEvent, partial(_letGo, node.GetID(), connection.GetProducer()))


def _letGo(planeId: str, producer: vtk.vtkAlgorithm, *_event: object) -> None:
    """The X-ray's display goes: its pipeline would live on in the plane, without the colours that it draws with."""
    node = slicer.mrmlScene.GetNodeByID(planeId)
    display = node.GetDisplayNode() if node is not None else None
    connection = display.GetTextureImageDataConnection() if display is not None else None
    if display is not None and connection is not None and connection.GetProducer() is producer:
        display.SetTextureImageDataConnection(None)


def _plane(corners: np.ndarray) -> vtk.vtkPolyData:
    """A rectangle whose texture's first row runs from the first corner to the second."""
    source = vtk.vtkPlaneSource()
    source.SetOrigin(*corners[0])
    source.SetPoint1(*corners[1])
    source.SetPoint2(*corners[3])
    source.SetOutputPointsPrecision(vtk.vtkAlgorithm.DOUBLE_PRECISION)
    source.Update()
    return source.GetOutput()
