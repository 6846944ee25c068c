"""The virtual C-arm in the scene: source, frustum and detector with its live picture, under one pose.

It is kept as a registration of one X-ray is, by a handle of its own kind: no list of registrations shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import pose
from .detectorPlane import texture
from .handle import KIND, isAlive, nodeOf, record, setRecord, viewRole
from .nodes import Handle, Node
from .oneView import showPose, showXray
from .plainData import ViewData
from .pose import placeCenter, setCenter
from .sliceViews import sliceNodeNamed, sliceViewOf
from .uprightXray import showUprightXray, uprightXray
from .views import cameraOf, setCamera

VIRTUAL, SETTINGS_KEY = "VirtualCArm", "CArm"
_SLOT = -1
"""Of its flat picture: registrations count from 0."""


def virtualCArm(create: bool = False) -> Handle | None:
    """The scene's virtual C-arm, made where it is missing and asked for."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
    found = next((node for node in nodes if node.GetAttribute(KIND) == VIRTUAL), None)
    if found is None and create:
        scene = slicer.mrmlScene
        found = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", scene.GenerateUniqueName("Virtual C-arm"))
        found.SetModuleName("RayEmbRegistrationScene")
        found.SetAttribute(KIND, VIRTUAL)
        setRecord(found, "Slot", _SLOT)
    return found


def keepSettings(handle: Handle, settings: dict[str, Any]) -> None:
    """Keep where it stands and how it exposes, with the scene."""
    if isAlive(handle):
        setRecord(handle, SETTINGS_KEY, settings)


def settingsKept(handle: Handle | None) -> dict[str, Any]:
    """What ``keepSettings`` kept; empty where nothing."""
    return dict(record(handle, SETTINGS_KEY, {})) if handle is not None else {}


def poseNode(handle: Handle | None) -> Node | None:
    """The transform that handles move."""
    return nodeOf(handle, viewRole(0, "Pose")) if handle is not None else None


def showCArm(handle: Handle, camera: Camera, cameraFromRas: RigidTransform, isocenterRas: Sequence[float]) -> None:
    """Stand the C-arm where it belongs; its detector is dark, and of this camera, until there is a picture."""
    if not isAlive(handle):
        return
    setCenter(handle, np.array(isocenterRas))
    if cameraOf(handle, 0) is None:
        picture = np.zeros((camera.height, camera.width), np.float32)
        showXray(handle, 0, ViewData(camera, picture, windowLevel=(0.0, 1.0)))
    showPose(handle, 0, cameraFromRas)


def moveCArm(handle: Handle, cameraFromRas: RigidTransform, isocenterRas: Sequence[float]) -> None:
    """Move what ``showCArm`` has shown."""
    if isAlive(handle) and poseNode(handle) is not None:
        setCenter(handle, np.array(isocenterRas))
        pose.showPose(handle, 0, cameraFromRas)


def showPicture(handle: Handle, picture: np.ndarray, camera: Camera, window: tuple[float, float]) -> None:
    """The newest live picture (h, w), with its camera: on the detector in 3D and in the slice view that shows it."""
    before = cameraOf(handle, 0) if isAlive(handle) else None
    if before is None:
        return
    if _isSame(before.resample(*camera.image_size), camera) and uprightXray(handle, 0) is not None:
        setCamera(handle, 0, camera)  # the same field in other pixels: what stands in 3D stays, and so does the zoom
        showUprightXray(handle, 0, picture, window)
    else:
        showXray(handle, 0, ViewData(camera, picture, windowLevel=window))


def takesView(handle: Handle, name: str) -> bool:
    """Whether a slice view shows the virtual X-ray and nothing else."""
    node, picture = sliceNodeNamed(name), uprightXray(handle, 0)
    composite = slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node) if node is not None else None
    isTold = sliceViewOf(handle, 0) == name
    return bool(isTold and composite is not None and picture and composite.GetBackgroundVolumeID() == picture.GetID())


def restore() -> None:
    """Make whole what a scene file does not hold."""
    handle = virtualCArm()
    if handle is not None and poseNode(handle) is not None:
        texture(handle, 0)
        placeCenter(handle, 0)


def _isSame(before: Camera, camera: Camera) -> bool:
    isAsFar = before.source_to_detector_mm == camera.source_to_detector_mm
    isAsLarge = np.allclose(before.pixel_spacing_mm, camera.pixel_spacing_mm)
    return bool(isAsFar and isAsLarge and np.allclose(before.K, camera.K))
