"""The bone that a network sees in one X-ray: a model coloured by its standard deviation, under a transform of the camera.

It belongs to the X-ray and to no registration: it needs no CT, lies beside the X-ray in the subject hierarchy, and is
replaced by the next one of that X-ray. Where a registration shows the X-ray's pose, it stands by that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from .frames import vtkMatrix
from .handle import isAlive, nodeOf, record, registrations, viewRole
from .nodes import Handle, Node
from .pose import poseOf
from .subject import CT_ROLE, digest
from .viewpoint import showFrom
from .views import viewCount

XRAY = "RayEmbRegistration.BoneOf"
"""Role of a reference from model and transform to their X-ray."""
ABOUT = "RayEmbRegistration.BoneOfXray"
"""Attribute of the model: what is known of it, as text."""
COLORS = "RayEmbRegistration.DeviationColors"
TRANSFORM, MODEL = "vtkMRMLLinearTransformNode", "vtkMRMLModelNode"
_ASIDE = (0.35, 0.2)  # chosen: enough to see the depth, and little enough to know the X-ray again
STANDS = {
    "pose": "It stands by the pose of its X-ray.",
    "angles": "Its X-ray has no pose: it is turned by the C-arm's angles, with the middle of the bone at the origin.",
    "ap": (
        "Nothing is known of the pose of its X-ray: it stands as in an AP view (the image's right is the patient's left, "
        "down is towards the feet, away from the source is posterior), with the middle of the bone at the origin."
    ),
    "view": "Its X-ray has no pose: it is turned as in the chosen view, with the middle of the bone at the origin.",
}
"""How a bone stands, in the words of its node's description."""


@dataclass(frozen=True, eq=False)
class BoneData:
    """What there is to show.

    Attributes:
        surface: in the camera's frame, with the standard deviations as its scalars.
        colors: (N, 3) uint8 of standard deviations evenly spread over ``range``.
        range: (least, most) of the colours, mm.
        cameraFromRas: where the camera stands.
        about: what is kept of it: ``stands`` (a key of STANDS), ``depthMm``, ``medianMm``, ``notes``, and whatever else
            whoever shows it needs; numbers and text.
    """

    surface: vtk.vtkPolyData
    colors: np.ndarray
    range: tuple[float, float]
    cameraFromRas: RigidTransform
    about: Mapping[str, Any]


def poseShown(xrayNode: Node, handle: Handle | None = None) -> tuple[RigidTransform, float | None] | None:
    """camera_from_ras of an X-ray as a registration shows it, and how far from the source that has the CT's bone.

    Args:
        xrayNode: the X-ray.
        handle: the registration; the newest one that shows a pose of it where None.
    """
    for one in registrations()[::-1] if handle is None else [handle]:
        for viewIndex in range(viewCount(one)):
            if nodeOf(one, viewRole(viewIndex, "InputXray")) is xrayNode:
                pose = poseOf(one, viewIndex)
                if pose is not None:
                    return pose, _depthOfCt(one, pose)
    return None


def _depthOfCt(handle: Handle, pose: RigidTransform) -> float | None:
    center = record(handle, "CenterRas")
    if center is None or (nodeOf(handle, CT_ROLE) or nodeOf(handle, "InputCt")) is None:
        return None
    depth = float(pose.apply(np.array(center))[2])
    return depth if depth > 0 else None


def showBoneOfXray(xrayNode: Node, data: BoneData) -> Node:
    """Show the bone of an X-ray, in place of the one before; returns its model node."""
    name = f"{xrayNode.GetName()} - bone, as a network guesses it"
    transform, _isNew = _ensure(xrayNode, TRANSFORM, f"{xrayNode.GetName()} - camera")
    transform.SetMatrixTransformToParent(vtkMatrix(data.cameraFromRas.inverse().matrix))
    model, isNew = _ensure(xrayNode, MODEL, name)
    model.SetAndObservePolyData(data.surface)
    model.SetAndObserveTransformNodeID(transform.GetID())
    _keep(model, data.about)
    if isNew or model.GetDisplayNode() is None:
        model.CreateDefaultDisplayNodes()
        _color(model.GetDisplayNode(), data)
    return model


def boneOfXray(xrayNode: Node | None) -> Node | None:
    """The model of the bone of an X-ray, or None where there is none (any more)."""
    return None if xrayNode is None else _own(xrayNode, MODEL)


def isGuess(node: Node) -> bool:
    """Whether a node is the bone of an X-ray: nobody's plan, nor an implant."""
    return bool(node.GetAttribute(ABOUT))


def aboutBone(model: Node) -> dict[str, Any]:
    """What was kept of it."""
    return json.loads(model.GetAttribute(ABOUT))


def boneHolds(model: Node) -> bool:
    """Whether its X-ray still shows the image that it was seen in."""
    return digest(model.GetNodeReference(XRAY)) == aboutBone(model).get("image")


def settleBones(handle: Handle) -> None:
    """Bones of X-rays stand by the poses that a registration shows of these."""
    if not isAlive(handle) or not any(_bones()):
        return
    for viewIndex in range(viewCount(handle)):
        xrayNode = nodeOf(handle, viewRole(viewIndex, "InputXray"))
        model, pose = boneOfXray(xrayNode), poseOf(handle, viewIndex)
        transform = _own(xrayNode, TRANSFORM) if model is not None else None
        if pose is None or transform is None:
            continue
        wanted = pose.inverse().matrix
        if not np.allclose(slicer.util.arrayFromTransformMatrix(transform), wanted, atol=1e-9):
            transform.SetMatrixTransformToParent(vtkMatrix(wanted))
        about = aboutBone(model)
        if about["stands"] != "pose":
            _keep(model, {**about, "stands": "pose"})


def lookAtBone(model: Node, isMirrored: bool, viewName: str, viewSize: tuple[int, int] | None = None) -> bool:
    """Turn the 3D view to a bone as its X-ray shows it, a little from the side; whether there is such a view.

    Args:
        model: of ``showBoneOfXray``.
        isMirrored: whether the X-ray is seen from the detector.
        viewName: of the 3D view.
        viewSize: its (width, height) px; square where it is not known.
    """
    transform = model.GetParentTransformNode()
    if transform is None:
        return False
    rasFromCamera = RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(transform))
    points = rasFromCamera.apply(np.array(slicer.util.arrayFromModelPoints(model), dtype=float))
    right, down, away = rasFromCamera.rotation.T
    direction = (away if isMirrored else -away) + _ASIDE[0] * right - _ASIDE[1] * down
    return showFrom(direction, -down, points, viewName, viewSize)


def _bones() -> list:
    return [node for node in slicer.util.getNodesByClass(MODEL) if isGuess(node)]


def _own(xrayNode: Node, className: str) -> Node | None:
    identifier = xrayNode.GetID()
    nodes = slicer.util.getNodesByClass(className)
    return next((node for node in nodes if node.GetNodeReferenceID(XRAY) == identifier), None)


def _ensure(xrayNode: Node, className: str, name: str) -> tuple[Node, bool]:
    """The node of a class that belongs to an X-ray, made beside it where it is missing; whether it was."""
    node = _own(xrayNode, className)
    if node is not None:
        return node, False
    node = slicer.mrmlScene.AddNewNodeByClass(className, name)
    node.SetNodeReferenceID(XRAY, xrayNode.GetID())
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(xrayNode)
    hierarchy.CreateItem(hierarchy.GetItemParent(item) if item else hierarchy.GetSceneItemID(), node)
    return node, True


def _keep(model: Node, about: Mapping[str, Any]) -> None:
    model.SetAttribute(ABOUT, json.dumps(dict(about)))
    told = [
        "Surfaces of bone as a network sees them in one X-ray: a guess, not for measuring.",
        f"Median standard deviation along the rays {about['medianMm']:.0f} mm.",
        f"The bone was taken to be {about['depthMm']:.0f} mm from the source.",
        STANDS[about["stands"]],
    ]
    model.SetDescription(" ".join(told))


def _color(display: Node, data: BoneData) -> None:
    """Standard deviations as colours; of a surface that is open both sides are seen."""
    display.SetAndObserveColorNodeID(_colorNode(data).GetID())
    display.SetActiveScalar(data.surface.GetPointData().GetScalars().GetName(), vtk.vtkAssignAttribute.POINT_DATA)
    display.SetScalarRangeFlag(display.UseManualScalarRange)
    display.SetScalarRange(*data.range)
    display.SetScalarVisibility(True)
    display.SetBackfaceCulling(False)
    display.SetSpecular(0.1)
    display.SetVisibility2D(False)


def _colorNode(data: BoneData) -> Node:
    """The scene's table of these colours."""
    nodes = slicer.util.getNodesByClass("vtkMRMLColorTableNode")
    found = next((node for node in nodes if node.GetAttribute(COLORS)), None)
    if found is not None:
        return found
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", "Standard deviation of a bone")
    node.SetAttribute(COLORS, "1")
    node.SetTypeToUser()
    node.SetNumberOfColors(len(data.colors))
    low, high = data.range
    for number, color in enumerate(data.colors):
        value = low + (high - low) * number / (len(data.colors) - 1)
        node.SetColor(number, f"{value:.1f} mm", *(float(channel) / 255 for channel in color), 1.0)
    return node
