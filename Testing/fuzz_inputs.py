"""Good small files of every kind that the library reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

VOLUMES = ("ct", "labels", "dicom-ct", "xray", "dicom-xray")  # kinds whose cut-off files must not pass with other values
K = [[1364.0, 0, 63.5], [0, 1364.0, 47.5], [0, 0, 1]]
POSE = [[1.0, 0, 0, 5], [0, 0, -1, 10], [0, 1, 0, 800], [0, 0, 0, 1]]


@dataclass(frozen=True)
class Seed:
    """A good file or folder.

    Attributes:
        kind: what reads it, a key of ``fuzz_reader.READERS``.
        path: of it.
    """

    kind: str
    path: Path


def make_seeds(folder: Path) -> list[Seed]:
    """Write one of each into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [*_volumes(folder), *_pictures(folder), *_dicom(folder), *_texts(folder), *_networks(folder)]
    return sorted(seeds, key=lambda seed: (seed.kind, seed.path.name))


def bone_block(size: int = 20) -> np.ndarray:
    """(K, J, I) int16 HU: a ball of bone in soft tissue in air."""
    z, y, x = np.indices((size, size, size)) - (size - 1) / 2
    radius = np.sqrt(x**2 + y**2 + z**2)
    hu = np.where(radius < size * 0.25, 900, np.where(radius < size * 0.42, 50, -1000))
    return (hu + np.random.default_rng(0).integers(-15, 15, hu.shape)).astype(np.int16)


def _volumes(folder: Path) -> list[Seed]:
    import SimpleITK as sitk  # noqa: N813

    ct = sitk.GetImageFromArray(bone_block())
    labels = sitk.GetImageFromArray((bone_block() > 400).astype(np.uint8))
    seeds = []
    for image in (ct, labels):
        image.SetSpacing((4.0, 4.0, 4.0))
    for name in ("a.nii", "b.nii.gz", "c.nrrd", "d.mha"):
        sitk.WriteImage(ct, str(folder / name), useCompression=name == "c.nrrd")
        seeds.append(Seed("ct", folder / name))
    sitk.WriteImage(labels, str(folder / "labels.nii.gz"))
    return [*seeds, Seed("labels", folder / "labels.nii.gz")]


def _pictures(folder: Path) -> list[Seed]:
    import cv2
    import SimpleITK as sitk  # noqa: N813

    y, x = np.indices((96, 128))
    picture = (20000 + 150 * x + 90 * y + 9000 * np.sin(x / 9.0) * np.cos(y / 7.0)).astype(np.uint16)
    cv2.imwrite(str(folder / "x.png"), picture)
    cv2.imwrite(str(folder / "x.tif"), picture)
    cv2.imwrite(str(folder / "x.jpg"), (picture >> 8).astype(np.uint8))
    sitk.WriteImage(sitk.GetImageFromArray(picture), str(folder / "x.nrrd"))
    return [Seed("xray", folder / name) for name in ("x.png", "x.tif", "x.jpg", "x.nrrd")]


def _dicom(folder: Path) -> list[Seed]:
    from dicom_files import dicom, gradient, save

    geometry = {"DistanceSourceToDetector": 1000.0, "ImagerPixelSpacing": [2.0, 2.0]}
    angles = {"PositionerPrimaryAngle": 10.0, "PositionerSecondaryAngle": -5.0}
    save(dicom("XA", gradient(48, 64), **geometry, **angles), folder / "xa.dcm")
    save(dicom("DX", gradient(48, 64), **geometry), folder / "dx.dcm")
    save(dicom("RF", np.stack([gradient(48, 64)] * 3), **geometry), folder / "rf.dcm")
    series = folder / "series"
    series.mkdir(exist_ok=True)
    frame = {"SeriesInstanceUID": "1.2.3", "StudyInstanceUID": "1.2", "FrameOfReferenceUID": "1.2.4"}
    for k, slice_hu in enumerate(bone_block()):
        dataset = dicom("CT", (slice_hu + 1024).astype(np.uint16), **frame)
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0.0, 0.0, 4.0 * k], [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.SliceThickness, dataset.InstanceNumber = [4.0, 4.0], 4.0, k + 1
        dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
        save(dataset, series / f"{k:03d}.dcm")
    xrays = [Seed("dicom-xray", folder / name) for name in ("xa.dcm", "dx.dcm", "rf.dcm")]
    return [*xrays, Seed("dicom-ct", series)]


MAYACAM = "image size\n128,96\n\ncamera matrix\n1364,0,63.5\n0,1364,47.5\n0,0,1\n\nrotation\n1,0,0\n0,1,0\n0,0,1\n\n"
MAYACAM += "translation\n1.5\n-2.5\n900\n"
RTK = "<?xml version='1.0'?><RTKThreeDCircularGeometry version='3'><SourceToDetectorDistance>1536</SourceToDetectorDistance>"
RTK += "<Projection><Matrix>-1536 0 0 0 0 -1536 0 0 0 0 1 -1000</Matrix></Projection></RTKThreeDCircularGeometry>"
OPENCV = (
    "%YAML:1.0\n---\nimage_width: 128\nimage_height: 96\ncamera_matrix: !!opencv-matrix\n   rows: 3\n   cols: 3\n   dt: d\n"
)
OPENCV += "   data: [ 1364., 0., 63.5, 0., 1364., 47.5, 0., 0., 1. ]\n"
FCSV = (
    "# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label\n"
)
FCSV += "1,-1,-2,3,0,0,0,1,1,1,0,a\n2,4,5,6,0,0,0,1,1,1,0,b\n"
TFM = "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
TFM += "Parameters: 1 0 0 0 1 0 0 0 1 5 10 800\nFixedParameters: 0 0 0\n"


def _texts(folder: Path) -> list[Seed]:
    camera = {"K": K, "image_size_px": [128, 96], "pixel_spacing_mm": [0.7474, 0.7474], "source_to_detector_mm": 1020.0}
    matrices = {"world_to_camera": POSE, "bone_is_bright": True, "format": "rayemb-camera", "format_version": 1}
    view = {"xray": "a.png", "ras_to_camera": POSE, "camera": camera, "landmarks": {"detected": 4, "agreeing": 3}}
    quality = {"similarity": 0.7, "trusted": True, "reason": "fits", "rotation_std_deg": [0.1, 0.2, None]}
    result = {"ras_to_camera": POSE, "views": [view, view], "quality": quality, "trace": [["fine", 0.7]], "notes": ["a"]}
    said = {"trusted": True, "reason": "fits", "expected_mm": 0.4, "bound_mm": 0.9, "tolerance_mm": 2.0, "probability": 0.9}
    test = {"kind": "distance", "view": None, "estimate": [0.01], "std": [0.02], "significance": 0.5, "odds": 1.0}
    both = quality | {"purpose": "overlay", "verdicts": {"overlay": said, "position": said}, "judged": {"pose 1": "0"}}
    both |= {"camera": {"sentence": None, "tests": [test], "assumed": ["principal_point_px"]}, "bounds": {"mtre_mm": 1.0}}
    new = {"format": "rayemb-registration-result", "format_version": 2, "seed": 3, "quality": both}
    point = {"label": "a", "position": [1.0, 2.0, 3.0], "positionStatus": "defined"}
    contents: dict[tuple[str, str], object] = {
        ("camera", "camera.json"): camera | matrices,
        ("camera", "p.json"): {"P": [[1364, 0, 64, 9], [0, 1364, 48, 9], [0, 0, 1, 800]], "image_size_px": [128, 96]},
        ("camera", "mayacam.txt"): MAYACAM,
        ("camera", "rtk.xml"): RTK,
        ("camera", "opencv.yml"): OPENCV,
        ("pose", "pose.json"): {"views": [{"ras_to_camera": POSE}, {"ras_to_camera": POSE}]},
        ("pose", "pose.tfm"): TFM,
        ("landmarks", "pairs.json"): {"pairs": [{"ras": [1, 2, 3], "px": [4, 5], "view": 0, "label": "a"}] * 3},
        ("points", "points.fcsv"): FCSV,
        ("points", "points.mrk.json"): {"markups": [{"coordinateSystem": "LPS", "controlPoints": [point, point]}]},
        ("result", "old.json"): result,
        ("result", "new.json"): result | new,
    }
    for (_, name), content in contents.items():
        text = content if isinstance(content, str) else json.dumps(content, indent=1)
        (folder / name).write_text(text, encoding="utf-8")
    return [Seed(kind, folder / name) for kind, name in contents]


def _networks(folder: Path) -> list[Seed]:
    """Weights, a prepared CT with and without them, the state of a training."""
    import torch
    from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
    from RayEmbRegistrationLib.detector.weights import save_weights
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare
    from RayEmbRegistrationLib.training.checkpoint import TrainingState

    encoder = SmallEncoder()
    save_weights(folder / "w.safetensors", encoder, {"trained_on": "nothing"})
    torch.save({"state_dict": {"model.linear.weight": torch.zeros(4, 4)}}, folder / "w.ckpt")
    averaged = {name: value.clone() for name, value in encoder.state_dict().items()}
    state = TrainingState(encoder, averaged, torch.optim.AdamW(encoder.parameters()))
    state.save(folder / "w.state", {"a": 1})
    volume = CTVolume(bone_block(32), np.diag([3.0, 3, 3, 1]))
    prepare(volume, PrepareSettings(weights="none", library=False)).save(folder / "ct.npz")
    weights = [Seed("weights", folder / "w.safetensors"), Seed("weights", folder / "w.ckpt")]
    return [*weights, Seed("training-state", folder / "w.state"), Seed("prepared", folder / "ct.npz")]
