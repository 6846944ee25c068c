"""Which slice view shows which X-ray, and what is set in it: layers, place and field of view."""

from __future__ import annotations

import slicer
from RayEmbRegistrationLib.geometry.camera import Camera

from .frames import rasFromPixel, vtkMatrix
from .handle import record, setRecord, viewRole
from .nodes import Handle, Node
from .views import cameraOf, viewCount

NAMES = ("RayEmbXRay1", "RayEmbXRay2")
DRR_NAMES = ("RayEmbDrr1", "RayEmbDrr2")
"""Of the views that show the DRR alone, each beside the X-ray's view of the same number."""
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


def drrViewOf(handle: Handle, viewIndex: int) -> str | None:
    """The name of the view that shows an X-ray's DRR alone, be it in the layout or not; None where it is in no view."""
    name = sliceViewOf(handle, viewIndex)
    return DRR_NAMES[NAMES.index(name)] if name in NAMES else None


def setLayers(handle: Handle, viewIndex: int, background: Node, foreground: Node, foregroundOpacity: float) -> None:
    """What the X-ray's slice view shows; other slice views are left alone."""
    _setLayers(sliceViewOf(handle, viewIndex), background, foreground, foregroundOpacity)


def setDrrAlone(handle: Handle, viewIndex: int, drr: Node | None) -> None:
    """What the view beside it shows: the DRR; nothing where there is none."""
    _setLayers(drrViewOf(handle, viewIndex), drr, None, 0.0)


def _setLayers(name: str | None, background: Node | None, foreground: Node | None, foregroundOpacity: float) -> None:
    node = sliceNodeNamed(name)
    composite = slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node) if node is not None else None
    if composite is None:
        return
    with slicer.util.NodeModify(composite):
        composite.SetBackgroundVolumeID(background.GetID() if background is not None else None)
        composite.SetForegroundVolumeID(foreground.GetID() if foreground is not None else None)
        composite.SetLabelVolumeID(None)
        composite.SetCompositing(composite.Alpha)
        composite.SetForegroundOpacity(float(foregroundOpacity))


def fitSliceView(handle: Handle, viewIndex: int) -> None:
    """Put the whole X-ray into its slice view, and its DRR into the view beside it."""
    camera = cameraOf(handle, viewIndex)
    if camera is None:
        return
    for name in (sliceViewOf(handle, viewIndex), drrViewOf(handle, viewIndex)):
        node = sliceNodeNamed(name)
        if node is not None:
            _fit(node, handle, viewIndex, camera)


def _fit(node: Node, handle: Handle, viewIndex: int, camera: Camera) -> None:
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
