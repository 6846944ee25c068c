"""The things of one X-ray in the scene, each made where it is missing and brought up to date where it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import landmarkRecord, overlay, pose, uprightXray, xrayFilter
from .detectorPlane import showDetectorPlane
from .frustum import showFrustum
from .handle import isAlive, nodeOf, ownNodes, removeRole, setInput, viewRole
from .lookThrough import looksThrough, updateLookThrough
from .nodes import Handle
from .pictureField import keepField
from .plainData import LandmarkData, ViewData
from .pose import placeCenter, poseOf
from .sliceViews import fitSliceView
from .source import showSource
from .views import cameraOf, setCamera
from .visibility import applyHidden

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.camera import Camera


_beingShown: set[tuple[str, int]] = set()
"""Handle's ID and view of poses that are being put into the scene: what hangs on them is moved when that is done."""


def showXray(handle: Handle, viewIndex: int, view: ViewData) -> None:
    """Show an X-ray alone: its picture and camera (``view.image``, ``camera``, ``windowLevel``, ``xrayNode``).

    Raises:
        ValueError: the image is not as large as its camera says.
    """
    if not isAlive(handle):
        return
    if tuple(view.image.shape[1::-1]) != view.camera.image_size:
        width, height = view.image.shape[1::-1]
        expected = " x ".join(str(n) for n in view.camera.image_size)
        raise ValueError(
            f"the X-ray is {width} x {height} pixels, but its camera is for {expected}; use the camera of this image"
        )
    isOther = _isOtherCamera(cameraOf(handle, viewIndex), view.camera)
    setCamera(handle, viewIndex, view.camera, view.detectorMm)
    isNew = uprightXray.uprightXray(handle, viewIndex) is None
    window = view.windowLevel
    if view.xrayNode is not None and view.xrayNode.GetScene() is not None:
        setInput(handle, viewRole(viewIndex, "InputXray"), view.xrayNode)
        window = window or (uprightXray.windowOfNode(view.xrayNode) if isNew else None)
    isOther |= uprightXray.showUprightXray(handle, viewIndex, view.image, window)
    if view.field is not None:
        keepField(handle, viewIndex, view.field)
        isOther = True
    if nodeOf(handle, viewRole(viewIndex, "Pose")) is not None:
        _showAroundPose(handle, viewIndex)
    overlay.applyOverlay(handle, viewIndex, redraw=isOther)
    fitSliceView(handle, viewIndex)


def showPose(handle: Handle, viewIndex: int, cameraFromRas: RigidTransform) -> None:
    """Put the pose into the scene, with detector, frustum and source; cheap enough for every step of an optimisation."""
    if not isAlive(handle) or cameraOf(handle, viewIndex) is None:
        return
    key = handle.GetID(), viewIndex
    _beingShown.add(key)
    try:
        pose.showPose(handle, viewIndex, cameraFromRas)
    finally:
        _beingShown.discard(key)
    if any(nodeOf(handle, viewRole(viewIndex, role)) is None for role in ("DetectorPlane", "Frustum", "Source")):
        _showAroundPose(handle, viewIndex)
    poseChanged(handle, viewIndex)


def poseChanged(handle: Handle, viewIndex: int, finished: bool = True) -> None:
    """Bring reprojected landmarks and the look through the source in line with a pose that was moved in the scene.

    Args:
        handle: the registration.
        viewIndex: of the X-ray.
        finished: False while the user is still dragging; the handles then stay where the mouse holds them.
    """
    if not isAlive(handle) or poseOf(handle, viewIndex) is None or (handle.GetID(), viewIndex) in _beingShown:
        return
    if finished:
        placeCenter(handle, viewIndex)
    landmarkRecord.showMoved(handle, viewIndex)
    if looksThrough(handle) == viewIndex:
        updateLookThrough(handle)


def removePose(handle: Handle, viewIndex: int) -> None:
    """Take a view's pose away, with all that hangs on it; the X-ray stays."""
    if not isAlive(handle):
        return
    for role in list(ownNodes(handle, viewRole(viewIndex, ""))):
        if role not in (viewRole(viewIndex, uprightXray.ROLE), viewRole(viewIndex, xrayFilter.ROLE)):
            removeRole(handle, role)
    overlay.applyOverlay(handle, viewIndex)


def showLandmarks(handle: Handle, viewIndex: int, data: LandmarkData) -> None:
    """Show a view's landmarks; the reprojected ones and the residual lines follow the pose from now on."""
    for _step in landmarkRecord.showSteps(handle, viewIndex, data):
        pass


def showDrr(handle: Handle, viewIndex: int, drr: np.ndarray, boneIsBright: bool | None = None) -> None:
    """Show a DRR (h, w), at any resolution over the X-ray's field, as the overlay settings say."""
    if isAlive(handle):
        overlay.showDrr(handle, viewIndex, drr, boneIsBright)


def _showAroundPose(handle: Handle, viewIndex: int) -> None:
    showDetectorPlane(handle, viewIndex)
    showFrustum(handle, viewIndex)
    showSource(handle, viewIndex)
    applyHidden(handle)


def _isOtherCamera(before: Any, camera: Camera) -> bool:
    return before is None or before.image_size != camera.image_size or not np.array_equal(before.K, camera.K)
