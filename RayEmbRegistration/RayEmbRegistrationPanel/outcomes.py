"""What a registration came to, as the scene and the panel show it: numbers, words, landmarks, bone surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.nodes import Node
from RayEmbRegistrationScene.plainData import LandmarkData
from slicer.i18n import tr as _

from . import purposes
from .fields import fieldOfMask
from .geometryWords import detectorMmOf
from .sentences import asSentence

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.detector.landmarks import Landmarks
    from RayEmbRegistrationLib.quality.quality import Quality


BONE_PER_MM = 0.004  # attenuation above soft tissue at which bone's surface is drawn; about 200 HU
MOST_LEFT_OUT = 3
MOST_SHOWN, MOST_REJECTED_SHOWN = 60, 30
"""Of hundreds of landmarks, the surest are shown, spread over the picture; all of them count for the pose."""


def landmarkData(landmarks: Landmarks | None, imageSize: tuple[int, int]) -> LandmarkData | None:
    """A view's detected landmarks for the scene, or None where none were detected; see ``landmarksToShow``."""
    if landmarks is None or not len(landmarks.points_ras):
        return None
    shown = landmarksToShow(landmarks, imageSize)
    return sceneView.LandmarkData(
        landmarks.points_ras[shown],
        landmarks.pixels[shown],
        landmarks.inliers[shown],
        labels=[str(number + 1) for number in shown],
        scores=landmarks.scores[shown],
    )


def landmarksToShow(landmarks: Landmarks, imageSize: tuple[int, int]) -> np.ndarray:
    """Indices of the landmarks that are shown: the surest of those that agree, none close to another, and of the others.

    Args:
        landmarks: the library's Landmarks of a view.
        imageSize: (width, height) px; what is outside is not shown.
    """
    chosen: list[int] = []
    inPicture = ((landmarks.pixels >= -0.5) & (landmarks.pixels <= np.array(imageSize) - 0.5)).all(axis=1)
    inliers = np.asarray(landmarks.inliers, dtype=bool)
    for group, most in ((inliers, MOST_SHOWN), (~inliers, MOST_REJECTED_SHOWN)):
        candidates = np.flatnonzero(group & inPicture)
        candidates = candidates[np.argsort(-np.asarray(landmarks.probability)[candidates], kind="stable")]
        chosen += spread(landmarks.pixels, candidates, most)
    return np.unique(np.array(chosen, dtype=int))


def spread(pixels: np.ndarray, candidates: np.ndarray, most: int) -> list[int]:
    """At most so many of the candidates, the first ones first, such that none lies close to one before it."""
    if len(candidates) <= most:
        return [int(index) for index in candidates]
    extent = np.ptp(pixels[candidates], axis=0)
    apart = 0.6 * float(np.sqrt(max(extent.prod(), 1.0) / most))
    kept: list[int] = []
    for index in candidates:
        if len(kept) == most:
            break
        if not kept or np.linalg.norm(pixels[kept] - pixels[index], axis=1).min() >= apart:
            kept.append(int(index))
    return kept


@dataclass(frozen=True, eq=False)
class BoneSurfaces:
    """Surfaces to show, and what they are of.

    Attributes:
        identity: text that differs for other bones.
        surfaces: label (None for the whole) to surface; empty where the bone of that identity is shown already.
    """

    identity: str
    surfaces: dict


@dataclass(frozen=True, eq=False)
class Shown:
    """What of an outcome is shown; made by ``toShow`` in any thread.

    Attributes:
        outcome: the library's.
        data: for the scene.
        surfaces: of the bone.
    """

    outcome: Outcome
    data: sceneView.RegistrationData
    surfaces: BoneSurfaces


def asShown(geometry: XrayGeometry, camera: Camera) -> XrayGeometry:
    """The geometry of an X-ray with the camera that it is shown by: mirrored where the registration found it so."""
    if np.array_equal(geometry.camera(camera.image_size).K, camera.K):
        return geometry
    beside = ("bone_is_bright", "camera_from_rig", "primary_angle_deg", "secondary_angle_deg", "in_plane_angle_deg", "notes")
    kept = {name: getattr(geometry, name) for name in beside}
    return XrayGeometry.of_camera(camera, "derived", _("as the registration found the X-ray"), **kept)


def toShow(outcome: Outcome, ctNode: Node, xrays: Sequence[XrayInput], shownBones: str = "") -> Shown:
    """An outcome as the scene shows it. Touches no node; ``shownBones`` is the identity of the bones shown already."""
    views = [
        sceneView.ViewData(
            found.camera,
            given.pixels,
            found.camera_from_ras,
            outcome.drrs[number],
            landmarks=landmarkData(found.landmarks, found.camera.image_size),
            initialPose=given.start,
            bones=found.bones,
            boneIsBright=given.bone_is_bright,
            xrayNode=xray.node,
            detectorMm=detectorMmOf(xray.geometry),
            field=fieldOfMask(found.radiograph.mask),
        )
        for number, (xray, found, given) in enumerate(zip(xrays, outcome.registered.views, outcome.views, strict=True))
    ]
    center, trace = outcome.prepared.center_ras, outcome.registered.trace
    data = sceneView.RegistrationData(views, resultNumbers(outcome), trace, center, ctNode)
    return Shown(outcome, data, boneSurfaces(outcome, shownBones))


def boneSurfaces(outcome: Outcome, shown: str = "") -> BoneSurfaces:
    """Of the bone, or of the bones that moved apart. Touches no node; ``shown`` is the identity of what is shown."""
    prepared, bones = outcome.prepared, outcome.registered.views[0].bones
    labels = prepared.labels
    identity = f"{tuple(prepared.attenuation.shape)} {float(prepared.attenuation.sum()):.6g} {sorted(bones)}"
    if identity == shown:
        return BoneSurfaces(identity, {})
    if not bones or labels is None:
        whole = sceneView.boneSurface(prepared.attenuation.cpu().numpy(), prepared.ras_from_ijk, BONE_PER_MM)
        return BoneSurfaces(identity, {None: whole})
    return BoneSurfaces(
        identity,
        {label: sceneView.boneSurface((labels == label).astype(np.float32), prepared.ras_from_ijk, 0.5) for label in bones},
    )


def resultNumbers(outcome: Outcome) -> list[tuple[str, object, str]]:
    """(quantity, value, unit) rows of the result table."""
    quality, result = outcome.registered.quality, outcome.registered
    rotation, inPlane, depth = expectedErrors(quality)
    rows: list[tuple[str, object, str]] = [
        (_("similarity"), round(float(quality.similarity), 4), ""),
        (_("expected error of rotation"), round(rotation, 3), "degrees"),
        (_("expected error in the plane"), round(inPlane, 3), "mm"),
        (_("expected error in depth"), round(depth, 3), "mm"),
        (_("time"), round(float(result.timing_s.get("total", 0.0)), 2), "s"),
        (_("computed on"), outcome.device, ""),
    ]
    if quality.runner_up is not None:
        rows.insert(1, (_("best pose elsewhere, relative"), round(float(quality.runner_up), 3), ""))
    for number, view in enumerate(result.views, start=1):
        landmarks = getattr(view, "landmarks", None)
        if landmarks is not None and len(landmarks.points_ras):
            inliers = f"{int(landmarks.inliers.sum())} of {len(landmarks.inliers)}"
            rows.append((_("landmarks that agree, X-ray {n}").format(n=number), inliers, ""))
    return [*purposes.numbersOf(quality), *rows]


def expectedErrors(quality: Quality) -> tuple[float, float, float]:
    """Degrees, mm in the plane and mm in depth to expect: as calibrated, or standard deviations where that was not done."""
    if quality.expected_depth_mm is not None:
        found = quality.expected_rotation_deg, quality.expected_in_plane_mm, quality.expected_depth_mm
        rotation, inPlane, depth = (float("nan") if value is None else float(value) for value in found)
        return rotation, inPlane, depth
    translation = np.asarray(quality.translation_std_mm, dtype=float)
    return float(np.max(quality.rotation_std_deg)), float(translation[:2].max()), float(translation[2])


def fewNotes(notes: Sequence[str]) -> list[str]:
    """Remarks to read under a result; what was left out of the CT in one sentence."""
    prefix = "left out of the CT: "
    leftOut = [note.removeprefix(prefix) for note in notes if note.startswith(prefix)]
    others = [asSentence(note) for note in dict.fromkeys(notes) if not note.startswith(prefix)]
    if len(leftOut) > MOST_LEFT_OUT:
        more = _("and {count} other things").format(count=len(leftOut) - MOST_LEFT_OUT)
        leftOut = [*leftOut[:MOST_LEFT_OUT], more]
    return [*others, *([asSentence(prefix + "; ".join(leftOut))] if leftOut else [])]
