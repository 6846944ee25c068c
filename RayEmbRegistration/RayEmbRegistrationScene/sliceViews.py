"""Which slice view shows which X-ray, and what is set in it: layers, place and field of view."""

from __future__ import annotations

import slicer

from .frames import rasFromPixel, vtkMatrix
from .handle import record, setRecord, viewRole
from .nodes import Handle, Node
from .views import cameraOf, viewCount

NAMES = ("RayEmbXRay1", "RayEmbXRay2")
KEY = "SliceView"


def assignSliceView(handle: Handle, viewIndex: int, name: str) -> None:
    """Let a slice view be the one of an X-ray, whole in it; what it showed before of this registration is no longer."""
    for other in range(viewCount(handle)):
        if other != viewIndex and sliceViewOf(handle, other) == name:
            setRecord(handle, viewRole(other, KEY), None)
    setRecord(handle, viewRole(viewIndex, KEY), name)
    fitSliceView(handle, viewIndex)


def sliceViewOf(handle: Handle, viewIndex: int) -> str | None:
    """The name of the slice view that shows an X-ray, or None."""
    return record(handle, viewRole(viewIndex, KEY))


def shownViews(handle: Handle) -> list[int]:
    """The X-rays of the registration, whether a slice view shows them or not."""
    return list(range(viewCount(handle)))


def sliceNodeNamed(name: str | None) -> Node | None:
    """The node of a slice view, or None while the layout with it has not been shown."""
    return slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode") if name else None


def setLayers(handle: Handle, viewIndex: int, background: Node, foreground: Node, foregroundOpacity: float) -> None:
    """What the X-ray's slice view shows; other slice views are left alone."""
    node = sliceNodeNamed(sliceViewOf(handle, viewIndex))
    composite = slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node) if node is not None else None
    if composite is None:
        return
    with slicer.util.NodeModify(composite):
        composite.SetBackgroundVolumeID(background.GetID())
        composite.SetForegroundVolumeID(foreground.GetID() if foreground is not None else None)
        composite.SetLabelVolumeID(None)
        composite.SetCompositing(composite.Alpha)
        composite.SetForegroundOpacity(float(foregroundOpacity))


def fitSliceView(handle: Handle, viewIndex: int) -> None:
    """Put the whole X-ray into its slice view."""
    node, camera = sliceNodeNamed(sliceViewOf(handle, viewIndex)), cameraOf(handle, viewIndex)
    if node is None or camera is None:
        return
    columns, rows = node.GetDimensions()[:2]
    width, height = camera.field_of_view_mm
    scale = max(width / max(columns, 1), height / max(rows, 1))
    center = vtkMatrix(rasFromPixel(handle, viewIndex, camera)).MultiplyPoint(
        [(camera.width - 1) / 2, (camera.height - 1) / 2, 0, 1]
    )
    with slicer.util.NodeModify(node):
        node.SetOrientationToAxial()
        for axis in range(3):
            node.GetSliceToRAS().SetElement(axis, 3, center[axis])
        node.SetXYZOrigin(0, 0, 0)
        node.SetFieldOfView(scale * max(columns, 1), scale * max(rows, 1), node.GetFieldOfView()[2])
        node.UpdateMatrices()
