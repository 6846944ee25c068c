"""Show registrations in Slicer: the panel's and the Logic's way to everything in this package.

    handle = createRegistration()
    showRegistration(handle, RegistrationData(views=[ViewData(camera, image, cameraFromRas, drr)]))
    showInSliceView(handle, 0, "RayEmbXRay1")

Every function makes what is missing, updates what is there, and does nothing once the registration has left the scene.
There are no observers: call ``poseChanged`` when the user moved the pose, ``restoreAfterLoad`` when a scene was loaded.
"""

from __future__ import annotations

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import frames, landmarkRecord, overlay, pose, poseHistory, uprightXray
from .boneModel import boneSurface, moveBone, showBone, showBoneSurface
from .detectorPlane import showDetectorPlane, texture
from .frustum import showFrustum, showOtherFrustum
from .handle import (
    createRegistration,
    forgetRecords,
    isAlive,
    nodeOf,
    ownNodes,
    registrations,
    removeRegistration,
    removeRole,
    setInput,
    viewRole,
)
from .handles import handlesVisible, showHandles
from .heatMap import heatMapShown, hideHeatMap, showHeatMap
from .layout import VIEW_3D, enterLayout, leaveLayout, registerLayouts
from .lookThrough import leaveLookThrough, looksThrough, lookThrough, updateLookThrough
from .overlay import overlaySettings, setOverlay
from .plainData import MODES, LandmarkData, OverlaySettings, RegistrationData, ViewData
from .pose import placeCenter, poseOf, setCenter
from .poseHistory import canRedo, canUndo, rememberPoses
from .resultsTable import showResults
from .similarityPlot import showTrace
from .sliceViews import NAMES, assignSliceView, fitSliceView, sliceViewOf
from .slots import separateSlots
from .source import showSource
from .trajectory import showTrajectory
from .viewpoint import showFromSide
from .views import cameraOf, setCamera, viewCount
from .visibility import THINGS, applyHidden, isVisible, setVisible

__all__ = [
    "MODES",
    "NAMES",
    "THINGS",
    "VIEW_3D",
    "LandmarkData",
    "OverlaySettings",
    "RegistrationData",
    "ViewData",
    "boneSurface",
    "cameraOf",
    "canRedo",
    "canUndo",
    "createRegistration",
    "enterLayout",
    "fitSliceView",
    "handlesVisible",
    "heatMapShown",
    "hideHeatMap",
    "isAlive",
    "isVisible",
    "leaveLayout",
    "leaveLookThrough",
    "lookThrough",
    "looksThrough",
    "moveBone",
    "nodeOf",
    "overlaySettings",
    "pixelsOfPicture",
    "pointsInPicture",
    "poseChanged",
    "poseOf",
    "redo",
    "registerLayouts",
    "registrations",
    "rememberPoses",
    "removePose",
    "removeRegistration",
    "restoreAfterLoad",
    "setOverlay",
    "setVisible",
    "showBone",
    "showBoneSurface",
    "showDrr",
    "showFromSide",
    "showHandles",
    "showHeatMap",
    "showInSliceView",
    "showLandmarks",
    "showPose",
    "showRegistration",
    "showResults",
    "showTrace",
    "showView",
    "showXray",
    "sliceViewOf",
    "undo",
    "updateLookThrough",
    "viewCount",
]


def showRegistration(handle, data: RegistrationData) -> None:
    """Show everything there is of a registration; views that it no longer has are taken away."""
    if not isAlive(handle):
        return
    if data.ctNode is not None:
        setInput(handle, "InputCt", data.ctNode)
    if data.centerRas is not None:
        setCenter(handle, data.centerRas)
    for viewIndex, view in enumerate(data.views):
        showView(handle, viewIndex, view)
    for viewIndex in range(len(data.views), viewCount(handle)):
        _removeView(handle, viewIndex)
    first = data.views[0] if data.views else None
    if first is not None and first.cameraFromRas is not None:
        for label, cameraFromBone in first.bones.items():
            moveBone(handle, label, first.cameraFromRas, cameraFromBone)
    if data.numbers:
        showResults(handle, data.numbers)
    if data.trace:
        showTrace(handle, data.trace)
    applyHidden(handle)


def showView(handle, viewIndex: int, view: ViewData) -> None:
    """Show one X-ray with all that is known of it; what is None stays as it was."""
    if not isAlive(handle):
        return
    showXray(handle, viewIndex, view)
    if view.cameraFromRas is not None:
        showPose(handle, viewIndex, view.cameraFromRas)
    for kind, other in (("initial", view.initialPose), ("truth", view.truePose)):
        if other is not None:
            showOtherFrustum(handle, viewIndex, kind, other)
    if len(view.trajectory):
        showTrajectory(handle, viewIndex, view.trajectory)
    if view.landmarks is not None:
        showLandmarks(handle, viewIndex, view.landmarks)
    if view.drr is not None:
        showDrr(handle, viewIndex, view.drr, view.boneIsBright)
    applyHidden(handle)


def showXray(handle, viewIndex: int, view: ViewData) -> None:
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
    setCamera(handle, viewIndex, view.camera)
    isNew = uprightXray.uprightXray(handle, viewIndex) is None
    window = view.windowLevel
    if view.xrayNode is not None:
        setInput(handle, viewRole(viewIndex, "InputXray"), view.xrayNode)
        window = window or (uprightXray.windowOfNode(view.xrayNode) if isNew else None)
    uprightXray.showUprightXray(handle, viewIndex, view.image, window)
    if nodeOf(handle, viewRole(viewIndex, "Pose")) is not None:
        _showAroundPose(handle, viewIndex)
    overlay.applyOverlay(handle, viewIndex)
    fitSliceView(handle, viewIndex)


def showInSliceView(handle, viewIndex: int, name: str) -> None:
    """Show an X-ray with its overlay in the slice view of a name (one of NAMES in the own layout), upright and whole."""
    if isAlive(handle) and cameraOf(handle, viewIndex) is not None:
        assignSliceView(handle, viewIndex, name)
        overlay.applyOverlay(handle, viewIndex, redraw=False)


def showPose(handle, viewIndex: int, cameraFromRas: RigidTransform) -> None:
    """Put the pose into the scene, with detector, frustum and source; cheap enough for every step of an optimisation."""
    if not isAlive(handle) or cameraOf(handle, viewIndex) is None:
        return
    pose.showPose(handle, viewIndex, cameraFromRas)
    if any(nodeOf(handle, viewRole(viewIndex, role)) is None for role in ("DetectorPlane", "Frustum", "Source")):
        _showAroundPose(handle, viewIndex)
    poseChanged(handle, viewIndex)


def poseChanged(handle, viewIndex: int, finished: bool = True) -> None:
    """Bring reprojected landmarks and the look through the source in line with a pose that was moved in the scene.

    Args:
        handle: the registration.
        viewIndex: of the X-ray.
        finished: False while the user is still dragging; the handles then stay where the mouse holds them.
    """
    if not isAlive(handle) or poseOf(handle, viewIndex) is None:
        return
    if finished:
        placeCenter(handle, viewIndex)
    landmarkRecord.showAgain(handle, viewIndex, onlyReprojected=True)
    if looksThrough(handle) == viewIndex:
        updateLookThrough(handle)


def removePose(handle, viewIndex: int) -> None:
    """Take a view's pose away, with all that hangs on it; the X-ray stays."""
    if not isAlive(handle):
        return
    for role in list(ownNodes(handle, viewRole(viewIndex, ""))):
        if role != viewRole(viewIndex, uprightXray.ROLE):
            removeRole(handle, role)
    overlay.applyOverlay(handle, viewIndex)


def showLandmarks(handle, viewIndex: int, data: LandmarkData) -> None:
    """Show a view's landmarks; the reprojected ones and the residual lines follow the pose from now on."""
    if isAlive(handle) and cameraOf(handle, viewIndex) is not None:
        landmarkRecord.keep(handle, viewIndex, data)
        landmarkRecord.showAgain(handle, viewIndex)
        applyHidden(handle)


def showDrr(handle, viewIndex: int, drr: np.ndarray, boneIsBright: bool | None = None) -> None:
    """Show a DRR (h, w), at any resolution over the X-ray's field, as the overlay settings say."""
    if isAlive(handle):
        overlay.showDrr(handle, viewIndex, drr, boneIsBright)


def undo(handle) -> str | None:
    """Go back to the poses before (see ``rememberPoses``); returns their label, or None where there are none."""
    return _afterStep(handle, poseHistory.undoPose(handle))


def redo(handle) -> str | None:
    """Go forward again; returns the poses' label, or None where there are none."""
    return _afterStep(handle, poseHistory.redoPose(handle))


def restoreAfterLoad() -> None:
    """Make whole what a scene file does not hold: textures, and cameras that look through a source off its centre."""
    separateSlots()
    for handle in registrations():
        for viewIndex in range(viewCount(handle)):
            texture(handle, viewIndex)
            placeCenter(handle, viewIndex)
            overlay.applyOverlay(handle, viewIndex)
        updateLookThrough(handle)


def pointsInPicture(handle, viewIndex: int, pixels: np.ndarray) -> np.ndarray:
    """RAS mm (N, 3), in the slice view of an X-ray, of its pixels (N, 2)."""
    return frames.picturePoints(frames.rasFromPixel(handle, viewIndex, cameraOf(handle, viewIndex)), pixels)


def pixelsOfPicture(handle, viewIndex: int, pointsRas: np.ndarray) -> np.ndarray:
    """Pixels (N, 2) of points (N, 3) RAS mm that were placed in the slice view of an X-ray."""
    return frames.pixelsOfPicturePoints(frames.rasFromPixel(handle, viewIndex, cameraOf(handle, viewIndex)), pointsRas)


def _showAroundPose(handle, viewIndex: int) -> None:
    showDetectorPlane(handle, viewIndex)
    showFrustum(handle, viewIndex)
    showSource(handle, viewIndex)
    applyHidden(handle)


def _afterStep(handle, label: str | None) -> str | None:
    if label is not None:
        for viewIndex in range(viewCount(handle)):
            poseChanged(handle, viewIndex)
    return label


def _removeView(handle, viewIndex: int) -> None:
    prefix = viewRole(viewIndex, "")
    for role in list(ownNodes(handle, prefix)):
        removeRole(handle, role)
    forgetRecords(handle, prefix)
