"""The sample: a drawn pelvis with a simulated X-ray of it. Nothing is downloaded, and no package is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _
from vtk.util.numpy_support import vtk_to_numpy

from .wristData import registerWristData

CATEGORY, NAME = "RayEmbRegistration", "RayEmbPelvis"
FOLDER = Path(__file__).parents[1] / "Resources" / "SampleData"
"""Holds the X-ray, its geometry and its true pose, as Testing/sample_xray.py simulates them."""


def registerSampleData(thumbnail: Path) -> None:
    """Offer the sample in the module Sample Data."""
    try:
        import SampleData
    except ImportError:
        return
    if hasattr(SampleData.SampleDataLogic, "registerCustomSampleDataCategory"):  # Slicer 5.12
        SampleData.SampleDataLogic.registerCustomSampleDataCategory(CATEGORY, title=_("2D/3D registration"))
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=NAME,
        thumbnailFileName=str(thumbnail),
        uris=["local:RayEmbPelvis"],  # nothing is downloaded; Slicer wants one
        fileNames=[None],
        nodeNames=[NAME],
        customDownloader=lambda source=None: makeSampleData(),
    )
    registerWristData(CATEGORY, thumbnail)


def makeSampleData(binning: int = 1, voxelMm: float = 2.0) -> list[Node]:
    """Put a drawn pelvis (CT) and an X-ray of it into the scene; the same every time.

    Geometry and true pose are attributes of the X-ray's node: the panel reads the one, tests the other.

    Args:
        binning: so many pixels of the X-ray are made one in either direction; 256 must be a multiple of it.
        voxelMm: size of the CT's voxels.
    """
    from RayEmbRegistrationLib.files.camera import read_camera, read_pose
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom

    ct = make_pelvis_phantom(0, voxelMm)
    pixels, known = _binned(_picture(FOLDER / f"{NAME}.png"), binning), read_camera(FOLDER / f"{NAME}.geometry.json")
    geometry = XrayGeometry.of_camera(
        known.camera.bin(binning), "file", "sample", bone_is_bright=Sourced(known.bone_is_bright, "file", "sample")
    )
    pose = read_pose(FOLDER / f"{NAME}.truth.json")
    ctNode = slicer.util.addVolumeFromArray(ct.hu.astype(np.int16), ct.ras_from_ijk, f"{NAME}CT")
    xrayNode = slicer.util.addVolumeFromArray(pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), f"{NAME}Xray")
    xrayNode.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
    xrayNode.SetAttribute("RayEmbRegistration.TruePose", " ".join(repr(float(x)) for x in pose.matrix.ravel()))
    return [ctNode, xrayNode]


def _picture(path: Path) -> np.ndarray:
    """(H, W) of a grey PNG, by VTK, which Slicer brings."""
    reader = vtk.vtkPNGReader()
    reader.SetFileName(str(path))
    reader.Update()
    image = reader.GetOutput()
    width, height, _depth = image.GetDimensions()
    return np.array(vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width)[::-1])  # VTK begins below


def _binned(pixels: np.ndarray, by: int) -> np.ndarray:
    """The means of blocks of ``by`` x ``by`` pixels, of the same type."""
    height, width = (length // by for length in pixels.shape)
    blocks = pixels[: height * by, : width * by].reshape(height, by, width, by)
    return blocks.mean(axis=(1, 3)).round().astype(pixels.dtype)
