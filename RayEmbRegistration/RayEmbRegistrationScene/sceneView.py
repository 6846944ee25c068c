"""Show registrations in Slicer: the panel's and the Logic's way to everything in this package.

    handle = createRegistration()
    showRegistration(handle, RegistrationData(views=[ViewData(camera, image, cameraFromRas, drr)]))
    showInSliceView(handle, 0, "RayEmbXRay1")

Every function makes what is missing, updates what is there, and does nothing once the registration has left the scene.
There are no observers: call ``poseChanged`` when the user moved the pose, ``restoreAfterLoad`` when a scene was loaded.
"""

from __future__ import annotations

import numpy as np

from . import adjusted, clicks, frames, overlay, poseHistory, virtualCArm
from .adjusted import (
    adjustedHolds,
    adjustedShown,
    adjustedSteps,
    adjustedTexts,
    colorByDeviation,
    forgetAdjusted,
    isColored,
    switchAdjusted,
)
from .adjusting import BeforeAdjusting, beginAdjusting, endAdjusting, showAdjusting
from .boneModel import boneSurface, moveBone, showBone, showBoneSurface
from .boneMotion import boneNames, motionsOf, showMotions
from .detectorPlane import texture
from .handle import createRegistration, isAlive, isHiddenWhereOwn, nodeOf, ownNodes, registrations, removeRegistration
from .handles import handlesVisible, showHandles
from .heatMap import heatMapShown, hideHeatMap, showHeatMap
from .landmarkRecord import landmarksOf, movedByUser
from .landmarks import choose, markLandmark, setMovable
from .layout import VIEW_3D, enterLayout, leaveLayout, registerLayouts
from .lookThrough import leaveLookThrough, looksThrough, lookThrough, updateLookThrough
from .metalShadows import forgetMetalShadows, settleMetalShadows, showMetalShadows
from .nodes import Handle
from .oneView import poseChanged, removePose, showDrr, showLandmarks, showPose, showXray
from .overlay import applyOverlay, overlaySettings, pictureTask, setOverlay, showOverlayPicture
from .overlayDrawing import drawPicturesWith
from .pictureField import isFieldKnown, keepField
from .plainData import MODES, FilterSettings, LandmarkData, OverlaySettings, RegistrationData, ViewData
from .pose import placeCenter, poseOf, setCenterOnce
from .poseHistory import besideOf, canRedo, canUndo, rememberBeside, rememberPoses
from .resultsTable import showResults
from .runs import RunRecord, addRun, apart, changeRun, runsOf
from .similarityPlot import showTrace
from .sliceViews import NAMES, assignSliceView, drrViewOf, fitSliceView, sliceViewOf
from .slots import separateSlots
from .steps import registrationSteps, showRegistration, showView
from .subject import chosenBones, setSubject
from .uprightXray import imageIdentity, imageShown, settingsOf, showAsInput, windowOf
from .verdict import keepJoint, keepVerdict, replaceVerdict, setDemand, statesOf, verdictOf, viewVerdict
from .viewpoint import showFromSide
from .views import cameraOf, shownCamera, viewCount
from .visibility import THINGS, isVisible, setVisible
from .xrayBone import BoneData, aboutBone, boneHolds, boneOfXray, lookAtBone, poseShown, settleBones, showBoneOfXray
from .xrayFilter import FilterTask, filterOf, filterTask, isFilterDue, setFilter, showFiltered

__all__ = [
    "MODES",
    "NAMES",
    "THINGS",
    "VIEW_3D",
    "BeforeAdjusting",
    "BoneData",
    "FilterSettings",
    "FilterTask",
    "LandmarkData",
    "OverlaySettings",
    "RegistrationData",
    "RunRecord",
    "ViewData",
    "aboutBone",
    "addRun",
    "adjustedHolds",
    "adjustedShown",
    "adjustedSteps",
    "adjustedTexts",
    "apart",
    "applyOverlay",
    "beginAdjusting",
    "besideOf",
    "boneHolds",
    "boneNames",
    "boneOfXray",
    "boneSurface",
    "cameraOf",
    "canRedo",
    "canUndo",
    "changeRun",
    "choose",
    "chosenBones",
    "colorByDeviation",
    "createRegistration",
    "drawPicturesWith",
    "drrViewOf",
    "endAdjusting",
    "enterLayout",
    "filterOf",
    "filterTask",
    "fitSliceView",
    "forgetAdjusted",
    "forgetMetalShadows",
    "handlesVisible",
    "heatMapShown",
    "hideHeatMap",
    "imageIdentity",
    "imageShown",
    "isAlive",
    "isColored",
    "isFieldKnown",
    "isFilterDue",
    "isVisible",
    "keepField",
    "keepJoint",
    "keepVerdict",
    "landmarksOf",
    "leaveLayout",
    "leaveLookThrough",
    "lookAtBone",
    "lookThrough",
    "looksThrough",
    "markLandmark",
    "motionsOf",
    "moveBone",
    "movedByUser",
    "nodeOf",
    "overlaySettings",
    "pictureTask",
    "pixelsOfPicture",
    "pointsInPicture",
    "poseChanged",
    "poseOf",
    "poseShown",
    "redo",
    "registerLayouts",
    "registrationSteps",
    "registrations",
    "rememberBeside",
    "rememberPoses",
    "removePose",
    "removeRegistration",
    "replaceVerdict",
    "restoreAfterLoad",
    "runsOf",
    "setCenterOnce",
    "setDemand",
    "setFilter",
    "setMovable",
    "setOverlay",
    "setSubject",
    "setVisible",
    "settingsOf",
    "settleBones",
    "settleMetalShadows",
    "showAdjusting",
    "showAsInput",
    "showBone",
    "showBoneOfXray",
    "showBoneSurface",
    "showDrr",
    "showFiltered",
    "showFromSide",
    "showHandles",
    "showHeatMap",
    "showInSliceView",
    "showLandmarks",
    "showMetalShadows",
    "showMotions",
    "showOverlayPicture",
    "showPose",
    "showRegistration",
    "showResults",
    "showTrace",
    "showView",
    "showXray",
    "shownCamera",
    "sliceViewOf",
    "statesOf",
    "switchAdjusted",
    "undo",
    "updateLookThrough",
    "verdictOf",
    "viewCount",
    "viewVerdict",
    "windowOf",
]


def showInSliceView(handle: Handle, viewIndex: int, name: str) -> None:
    """Show an X-ray with its overlay in the slice view of a name (one of NAMES in the own layout), upright and whole."""
    if isAlive(handle) and cameraOf(handle, viewIndex) is not None:
        assignSliceView(handle, viewIndex, name)
        overlay.applyOverlay(handle, viewIndex, redraw=False)


def undo(handle: Handle) -> str | None:
    """Go back to the poses before (see ``rememberPoses``); returns their label, or None where there are none."""
    return _afterStep(handle, poseHistory.undoPose(handle))


def redo(handle: Handle) -> str | None:
    """Go forward again; returns the poses' label, or None where there are none."""
    return _afterStep(handle, poseHistory.redoPose(handle))


def restoreAfterLoad() -> None:
    """Make whole what a scene file does not hold: textures, and cameras that look through a source off its centre."""
    separateSlots()
    for handle in registrations():
        for role, node in ownNodes(handle).items():
            # Scenes of before offered them in selectors.
            node.SetHideFromEditors(isHiddenWhereOwn(node) and role not in (*adjusted.OFFERED, *clicks.OFFERED))
        for viewIndex in range(viewCount(handle)):
            texture(handle, viewIndex)
            placeCenter(handle, viewIndex)
            overlay.applyOverlay(handle, viewIndex)
        updateLookThrough(handle)
    virtualCArm.restore()


def pointsInPicture(handle: Handle, viewIndex: int, pixels: np.ndarray) -> np.ndarray:
    """RAS mm (N, 3), in the slice view of an X-ray, of its pixels (N, 2)."""
    return frames.picturePoints(frames.rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex)), pixels)


def pixelsOfPicture(handle: Handle, viewIndex: int, pointsRas: np.ndarray) -> np.ndarray:
    """Pixels (N, 2) of points (N, 3) RAS mm that were placed in the slice view of an X-ray."""
    return frames.pixelsOfPicturePoints(frames.rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex)), pointsRas)


def _afterStep(handle: Handle, label: str | None) -> str | None:
    if label is not None:
        for viewIndex in range(viewCount(handle)):
            poseChanged(handle, viewIndex)
    return label
