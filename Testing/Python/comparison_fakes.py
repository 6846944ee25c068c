"""In place of ``registration``, for tests of who does what: no image is looked at, and everything is written down.

Cases named "fails..." fail; "kills..." end their process the first time, "murders..." every time.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.quality.quality import Verdict
from RayEmbRegistrationLib.simulation.cases import pose_from_ap

CAMERA = Camera.from_detector((40, 32), (7.0, 7.0), 1000.0)
LANDMARKS = {"a": [40.0, 0, 0], "b": [-40.0, 0, 0], "c": [0, 30.0, 0], "d": [0, 0, 50.0]}
LOG = "COMPARISON_FAKES_LOG"
STONE_HU = 2222


@dataclass(frozen=True)
class PrepareSettings:
    view: str
    device: str
    library: bool
    weights: str | None


@dataclass(frozen=True)
class PreparedCT:
    bone_points_ras: ClassVar = np.array(list(LANDMARKS.values()))
    notes: tuple[str, ...] = ()

    def save(self, path):
        note("prepare", Path(path).name, notes=self.notes)
        Path(path).write_text("prepared", encoding="utf-8")

    @classmethod
    def load(cls, path, device):
        assert Path(path).read_text(encoding="utf-8") == "prepared"
        note("load", Path(path).name)
        return cls()


def prepare(volume, settings):
    note("labels", None if volume.labels is None else np.unique(volume.labels).tolist())
    if volume.hu.max() == STONE_HU:
        raise ValueError("this CT is of stone")
    return PreparedCT()


def register(prepared, views, settings, preview):
    name = views[0].name
    note("begin", f"{name}/{settings.method}", start=views[0].start is not None)
    time.sleep(float(os.environ.get("COMPARISON_FAKES_SECONDS", "0")))
    if name.startswith("fails"):
        raise ValueError("no bone <here>")
    died = Path(os.environ[LOG]).with_name(f"died-{name}")
    if name.startswith("murders") or (name.startswith("kills") and not died.exists()):
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    off = {"search": 0.5, "both": 3.0, "intensity": 20.0}.get(settings.method, 1.0)
    preview({0: moved(truth_of(name), 2 * off)})
    found = [moved(truth_of(view.name), off) for view in views]
    allowed = (settings.overlay_tolerance_mm, settings.position_tolerance_mm)
    quality = SimpleNamespace(
        similarity=0.7,
        trusted=True,
        reason="because",
        purpose="overlay",
        overlay=Verdict("overlay", True, "because", 0.01 * off, 0.02 * off, allowed[0], 0.99, 0.01),
        position=Verdict("position", off < 2, "in space", off, 2 * off, allowed[1], 0.99 if off < 2 else 0.3, 0.01),
        runner_up=None,
        rotation_std_deg=np.zeros(3),
        translation_std_mm=np.array([0.0, 0, off]),
    )
    note("end", f"{name}/{settings.method}")
    return SimpleNamespace(views=[SimpleNamespace(camera_from_ras=pose) for pose in found], quality=quality)


def moved(pose, depth_mm):
    return RigidTransform(pose.rotation, pose.translation + np.array([0, 0, depth_mm]))


def truth_of(name):
    """Each case's own, from its name."""
    angles = np.array([len(name), ord(name[-1]) % 10, ord(name[-2]) % 10])
    return pose_from_ap(np.zeros(3), angles, np.array([1.0, 2, 700]))


def note(what, about, **more):
    """A line in the log, whole even where several processes write."""
    line = json.dumps({"what": what, "about": about, "process": os.getpid(), **more}) + "\n"
    handle = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode())
    os.close(handle)


def noted(what, key="about"):
    """Of all lines of a kind, one entry."""
    path = Path(os.environ[LOG])
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [entry[key] for entry in map(json.loads, lines) if entry["what"] == what]


def write_patient(folder, names, hu=800):
    """A folder of cases and a small CT with a block of bone."""
    import cv2
    import SimpleITK as sitk  # noqa: N813

    folder.mkdir(parents=True)
    values = np.full((16, 16, 16), -1000, np.int16)
    values[3:13, 3:13, 3:13] = hu
    sitk.WriteImage(sitk.GetImageFromArray(values), str(folder / "ct.nii.gz"))
    for name in names:
        image = np.random.default_rng(len(name)).integers(1000, 60000, (32, 40)).astype(np.uint16)
        cv2.imwrite(str(folder / f"{name}.png"), image)
        camera = {"K": CAMERA.K.tolist(), "image_size_px": [40, 32], "bone_is_bright": False}
        (folder / f"{name}.geometry.json").write_text(json.dumps(camera), encoding="utf-8")
        truth = {"ras_to_camera": truth_of(name).matrix.tolist(), "landmarks_ras": LANDMARKS}
        (folder / f"{name}.truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return folder
