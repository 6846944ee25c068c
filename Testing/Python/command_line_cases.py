"""A registration that answers at once and remembers what it was asked, and files for the command line's tests."""

import json
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import torch
from dicom_files import gradient
from quality_made import made_quality
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
from RayEmbRegistrationLib.xray.radiograph import Radiograph

SIZE = (60, 40)
CAMERA = Camera.from_detector(SIZE, (2.0, 2.0), 1000.0, (31.0, 18.5))
POSE = RigidTransform(np.array([[-1.0, 0, 0], [0, 0, -1], [0, -1, 0]]), np.array([3.0, -2.0, 700.0]))
RIG = RigidTransform.from_rotation_vector((0.0, 0.9, 0.1), (-500.0, 20.0, 400.0))


@dataclass(frozen=True)
class FakePrepareSettings:
    view: str = "ap"
    device: str = "cpu"
    library: bool = True
    weights: str | None = None


class FakePrepared:
    """A cube of 20 mm about the origin of RAS, two labels, one a half."""

    def __init__(self, view="ap"):
        self.view, self.notes = view, ()
        self.device, self.encoder, self.encoder_about = torch.device("cpu"), None, {}
        self.bone_points_ras = np.array([[10.0, 0, 0], [-10.0, 0, 0], [0, 10.0, 0], [0, -10.0, 0]])
        values = np.pad(np.full((10, 10, 10), 0.03, np.float32), 3)
        self.attenuation = torch.as_tensor(values)
        self.ras_from_ijk = np.diag([2.0, 2, 2, 1])
        self.ras_from_ijk[:3, 3] = -15
        self.labels = np.where(values > 0, 1, 0)
        self.labels[:8][self.labels[:8] == 1] = 2

    def projector(self, reduction=1, label=0):
        values = self.attenuation if not label else self.attenuation * torch.as_tensor(self.labels == label)
        return JosephProjector(values, self.ras_from_ijk)

    def save(self, path):
        path.write_text("prepared")

    @classmethod
    def load(cls, path, device="cpu"):
        if not path.exists():
            raise InputProblem(f"{path} does not exist")
        return cls(path.read_text())


class FakeRegistration:
    """Answers with a pose given beforehand and remembers what it was asked."""

    PreparedCT, PrepareSettings = FakePrepared, FakePrepareSettings

    def __init__(self, poses=(POSE,), trusted=(True, False), mirrored=False):
        self.poses, self.trusted, self.mirrored = poses, trusted, mirrored

    def prepare(self, ct, settings, progress=None, cancelled=None):
        self.ct, self.prepare_settings = ct, settings
        progress(0.5, "finding the bone")
        return FakePrepared(settings.view)

    def register(self, prepared, views, settings, progress=None, cancelled=None):
        self.prepared, self.views, self.settings = prepared, views, settings
        if progress:
            progress(0.3, "searching")
        found = []
        for view, pose in zip(views, self.poses * len(views), strict=False):
            camera = view.camera.flip_horizontal() if self.mirrored else view.camera
            image = view.pixels.astype(np.float32)
            radiograph = Radiograph(image, np.ones(image.shape, dtype=bool), camera)
            bones = dict.fromkeys(settings.bones, pose)
            found.append(ViewResult(pose, radiograph, 0.8, bones, self.mirrored))
        quality = made_quality(self.trusted, settings)
        return RegistrationResult(tuple(found), quality, (("a", 0.8),), {"total": 1.5}, settings, ("a note",))


def write_volume(path, ras_from_ijk, values):
    import SimpleITK as sitk  # noqa: N813

    image, grid = sitk.GetImageFromArray(values), itk_of_ras_from_ijk(ras_from_ijk)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(path))


@pytest.fixture
def files(tmp_path):
    """A CT, a prepared file, an X-ray, its camera with polarity, and a pose, by name."""
    values = np.pad(np.full((10, 10, 10), 1000, np.int16), 5, constant_values=-1000)
    matrix = np.diag([2.0, 2, 2, 1])
    matrix[:3, 3] = -19
    write_volume(tmp_path / "ct.nrrd", matrix, values)
    (tmp_path / "ct.npz").write_text("lateral")
    cv2.imwrite(str(tmp_path / "xray.png"), gradient(SIZE[1], SIZE[0]))
    write_camera(tmp_path / "camera.json", CameraFile(CAMERA, None, False))
    (tmp_path / "pose.json").write_text(json.dumps({"ras_to_camera": POSE.matrix.tolist()}))
    return tmp_path


def call(files, registration, *arguments):
    """The exit status of a verb whose file names are replaced by those of the folder."""
    named = {path.name: str(path) for path in files.iterdir()}
    named |= {".": str(files)} | {
        name: str(files / name) for name in ("result.json", "out.npz", "out.csv", "pictures", "drr.png", "drr.nrrd")
    }
    try:
        return main([named.get(argument, argument) for argument in arguments], registration)
    except SystemExit as leaving:  # argparse
        return leaving.code


ONE = ("register", "--prepared", "ct.npz", "--xray", "xray.png", "--camera", "camera.json", "--output", "result.json")
