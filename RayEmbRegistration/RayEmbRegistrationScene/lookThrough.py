"""Look through the X-ray source: a 3D view's camera set so that its picture is the X-ray's projection, pixel on pixel."""

from __future__ import annotations

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.vtk_camera import VtkCamera, vtk_from_camera

from .handle import isAlive, record, registrations, setRecord
from .nodes import Handle, Node
from .pose import poseOf
from .views import cameraOf, shownCamera
from .visibility import hideBeforeSource

KEY = "LookThrough"


def lookThrough(handle: Handle, viewIndex: int, viewName: str, viewSize: tuple[int, int] | None = None) -> bool:
    """Let a 3D view look through a view's source; the whole X-ray is in it, centred.

    Args:
        handle: the registration.
        viewIndex: of the X-ray.
        viewName: the 3D view's layout name.
        viewSize: (width, height) of the 3D view; the shape of the detector where None.

    Returns:
        Whether it is done: not while there is no pose or no such 3D view. A mirrored X-ray is seen unmirrored, as the
        source saw it.
    """
    if not isAlive(handle) or cameraOf(handle, viewIndex) is None or poseOf(handle, viewIndex) is None:
        return False
    now = _state(viewName)
    if now is None:
        return False
    kept = next((found for other in registrations() if (found := _active(other, viewName))), None)
    before = kept["before"] if kept else now
    for other in registrations():  # one look at a time through a 3D view
        if _active(other, viewName):
            setRecord(other, KEY, None)
            hideBeforeSource(other, False)
    size = None if viewSize is None else [int(n) for n in viewSize]
    setRecord(handle, KEY, {"view": viewIndex, "viewName": viewName, "viewSize": size, "before": before})
    return updateLookThrough(handle)


def updateLookThrough(handle: Handle, viewSize: tuple[int, int] | None = None) -> bool:
    """Set the camera again: after the pose changed, the 3D view was resized (give its size), or the scene was loaded."""
    kept = record(handle, KEY)
    if kept is None:
        return False
    node, viewNode = cameraNodeOf(kept["viewName"]), viewNodeNamed(kept["viewName"])
    pose = poseOf(handle, kept["view"])
    if node is None or viewNode is None or pose is None:
        return False
    if viewSize is not None:
        kept["viewSize"] = [int(n) for n in viewSize]
        setRecord(handle, KEY, kept)
    camera = shownCamera(handle, kept["view"])
    camera = camera.flip_horizontal() if camera.is_mirrored else camera
    aspect = kept["viewSize"][0] / kept["viewSize"][1] if kept["viewSize"] else None
    setCamera(node, vtk_from_camera(camera, pose), aspect)
    viewNode.SetBoxVisible(False)
    viewNode.SetAxisLabelsVisible(False)
    hideBeforeSource(handle, True)
    return True


def leaveLookThrough(handle: Handle) -> None:
    """Give the 3D view its former camera back."""
    kept = record(handle, KEY)
    if kept is None:
        return
    setRecord(handle, KEY, None)
    hideBeforeSource(handle, False)
    node, viewNode = cameraNodeOf(kept["viewName"]), viewNodeNamed(kept["viewName"])
    if node is None or viewNode is None:
        return
    before = kept["before"]
    with slicer.util.NodeModify(node):
        node.SetPosition(before["position"])
        node.SetFocalPoint(before["focalPoint"])
        node.SetViewUp(before["viewUp"])
        node.SetViewAngle(before["viewAngle"])
        node.GetCamera().SetWindowCenter(0, 0)
        node.ResetClippingRange()
    viewNode.SetBoxVisible(before["box"])
    viewNode.SetAxisLabelsVisible(before["labels"])


def looksThrough(handle: Handle) -> int | None:
    """The X-ray whose source a 3D view looks through, or None."""
    kept = record(handle, KEY)
    return None if kept is None else kept["view"]


def setCamera(node: Node, vtkCamera: VtkCamera, viewAspect: float | None = None) -> None:
    """Set a camera node to a VTK camera, widened so that a view of any aspect (width over height) holds the whole image."""
    whole = vtkCamera.aspect
    if whole is None:
        raise ValueError("the VTK camera does not say what shape its image has; make it from the X-ray's camera")
    aspect = whole if viewAspect is None else viewAspect
    widening = max(1.0, whole / aspect)
    angle = 2 * np.arctan(np.tan(np.radians(vtkCamera.view_angle_deg) / 2) * widening)
    right, up = vtkCamera.window_center
    with slicer.util.NodeModify(node):
        node.SetParallelProjection(False)
        node.SetPosition(vtkCamera.position)
        node.SetFocalPoint(vtkCamera.focal_point)
        node.SetViewUp(vtkCamera.view_up)
        node.SetViewAngle(float(np.degrees(angle)))
        node.GetCamera().SetWindowCenter(right * whole / (widening * aspect), up / widening)
        node.ResetClippingRange()


def viewNodeNamed(viewName: str) -> Node | None:
    """The node of a 3D view, or None."""
    return slicer.mrmlScene.GetSingletonNode(viewName, "vtkMRMLViewNode")


def cameraNodeOf(viewName: str) -> Node | None:
    """The camera node of a 3D view, or None while the view has not been shown."""
    if viewNodeNamed(viewName) is None:
        return None
    nodes = slicer.util.getNodesByClass("vtkMRMLCameraNode")
    return next((node for node in nodes if node.GetLayoutName() == viewName), None)


def _active(handle: Handle, viewName: str) -> dict | None:
    kept = record(handle, KEY)
    return kept if kept is not None and kept["viewName"] == viewName else None


def _state(viewName: str) -> dict | None:
    """How a 3D view's camera stands; None while the view has not been shown."""
    node, viewNode = cameraNodeOf(viewName), viewNodeNamed(viewName)
    if node is None or viewNode is None:
        return None
    return {
        "position": list(node.GetPosition()),
        "focalPoint": list(node.GetFocalPoint()),
        "viewUp": list(node.GetViewUp()),
        "viewAngle": node.GetViewAngle(),
        "box": int(viewNode.GetBoxVisible()),
        "labels": int(viewNode.GetAxisLabelsVisible()),
    }
