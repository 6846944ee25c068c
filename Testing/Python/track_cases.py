"""A knee that moves through a few small X-rays of one camera, or of a rig's two, in the host's scene."""

from __future__ import annotations

import hashlib
import pickle
from contextlib import contextmanager
from dataclasses import astuple
from functools import cache

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.simulation.cases import bone_center
from registration_cases import CAMERA, SECOND, knee, knee_pose, moved, xray_of

COUNT = 5
PLACES = (RigidTransform(), SECOND)
_FOLLOWED: dict[bytes, dict] = {}
STEP_DEG, STEP_MM = (1.5, -1.0, 0.5), (2.0, 1.0, 0.5)


def truth(frame: int) -> RigidTransform:
    """rig_from_ras of the knee, the rig being the first camera."""
    return moved(knee_pose(), bone_center(knee()), np.multiply(frame, STEP_DEG), np.multiply(frame, STEP_MM))


@cache
def pictures(row: int) -> np.ndarray:
    """(COUNT, H, W) float32 of a camera."""
    return np.stack([xray_of(knee(), PLACES[row] @ truth(frame), seed=frame).pixels for frame in range(COUNT)])


def blinded(frames: np.ndarray, blind: tuple[int, ...]) -> np.ndarray:
    """The same, with noise alone in some frames."""
    result = frames.copy()
    for frame in blind:
        result[frame] = np.random.default_rng(frame).normal(float(frames.mean()), 20.0, frames.shape[1:])
    return result


def geometry(row: int, inRig: bool) -> str:
    """Of a camera, as text."""
    from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
    from RayEmbRegistrationLib.geometry.sourced import Sourced
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry

    known = {"camera_from_rig": PLACES[row]} if inRig else {}
    bright = Sourced(xray_of(knee(), knee_pose()).bone_is_bright, "file", "test")
    return geometry_to_text(XrayGeometry.of_camera(CAMERA, "file", "test", bone_is_bright=bright, **known))


def still(name: str, pixels: np.ndarray, text: str):
    """A volume node of pixels (H, W) or (COUNT, H, W), which tells its geometry."""
    import slicer

    voxels = pixels[None] if pixels.ndim == 2 else pixels
    node = slicer.util.addVolumeFromArray(voxels.astype(np.float32), np.diag([-1.0, -1.0, 1.0, 1.0]), name)
    node.SetAttribute("RayEmbRegistration.Geometry", text)
    return node


def add_sequences(rows: int = 1, blind: tuple[int, ...] = (), kind: str = "sequence") -> list:
    """The knee's X-ray nodes."""
    frames = [blinded(pictures(row), blind) for row in range(rows)]
    return sequences_of(frames, [geometry(row, rows > 1) for row in range(rows)], kind)


def sequences_of(frames: list, texts: list, kind: str = "sequence") -> list:
    """X-ray nodes of (N, H, W) and geometries: proxies of one browser, whose index is the time, or volumes of frames."""
    import slicer

    if kind == "volume":
        return [still(f"Run {row + 1}", one, text) for row, (one, text) in enumerate(zip(frames, texts, strict=True))]
    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Fluoroscopy")
    found = []
    for row, (own, text) in enumerate(zip(frames, texts, strict=True)):
        sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode", f"Camera {row + 1}")
        sequence.SetIndexName("time")
        sequence.SetIndexUnit("s")
        for frame, pixels in enumerate(own):
            one = still(f"frame {frame}", pixels, text)
            sequence.SetDataNodeAtValue(one, f"{0.04 * frame:.2f}")
            slicer.mrmlScene.RemoveNode(one)
        browser.AddSynchronizedSequenceNode(sequence)
        browser.SetSelectedItemNumber(0)
        found.append(browser.GetProxyNode(sequence))
    return found


def off(pose: RigidTransform, frame: int, row: int = 0) -> tuple[float, float]:
    """(mm of the knee's middle, degrees) from where the X-ray of a frame truly has it."""
    true = PLACES[row] @ truth(frame)
    shift = pose.apply(bone_center(knee())) - true.apply(bone_center(knee()))
    return float(np.linalg.norm(shift[:2])), pose.rotation_angle_deg(true)


@contextmanager
def followed_once():
    """The same bodies are followed through the same X-rays once a run, for what a test begins with; a run that goes on from
    known frames is carried out anew."""
    from RayEmbRegistrationLib.tracking import tracker

    follow = tracker.follow

    def once(request, read, track, progress, cancelled, preview):
        if track.frames:
            return follow(request, read, track, progress, cancelled, preview)
        views = [view for frame in request.frames for view in read(frame)]
        seen = [(one.grey, one.camera_from_rig.matrix, one.camera.K, one.xray.bone_is_bright) for one in views]
        key = hashlib.blake2b(pickle.dumps((seen, astuple(request)))).digest()
        if key not in _FOLLOWED:
            _FOLLOWED[key] = dict(follow(request, read, track, progress, cancelled, preview).frames)
        for frame, poses in _FOLLOWED[key].items():
            if frame not in track.frames:
                track.frames[frame] = dict(poses)
                preview(track, frame)
        return track

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracker, "follow", once)
        yield


def moved_aside(pose: RigidTransform) -> RigidTransform:
    """As someone would set it by hand who is a little wrong."""
    return moved(pose, bone_center(knee()), (0.6, 0.4, -0.5), (0.4, -0.3, 0.0))
