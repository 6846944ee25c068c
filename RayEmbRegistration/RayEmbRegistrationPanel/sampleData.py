"""The sample: a drawn pelvis with a simulated X-ray of it, made on this computer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer
from RayEmbRegistrationScene.xrayGeometry import XrayGeometry
from slicer.i18n import tr as _

CATEGORY, NAME = "RayEmbRegistration", "RayEmbPelvis"


def registerSampleData(thumbnail: Path) -> None:
    """Offer the sample in the module Sample Data. Nothing is downloaded."""
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


def makeSampleData(pixels: int = 256, voxelMm: float = 2.0) -> list:
    """Put a drawn pelvis (CT) and an X-ray of it into the scene; the same every time.

    The true pose is kept as attributes of the X-ray node, where a test finds it; its geometry must be typed in, or comes
    from ``sampleGeometry``.
    """
    from RayEmbRegistrationLib.simulation.cases import bone_center, c_arm_pose, default_camera, simulate_case
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings

    ct, camera = make_pelvis_phantom(0, voxelMm), default_camera(pixels)
    pose = c_arm_pose(bone_center(ct), np.array([14.0, -11.0, 5.0]), np.array([12.0, -9.0, 765.0]))
    xray = simulate_case(ct, camera, pose, SimulationSettings(), np.random.default_rng(0))
    ctNode = slicer.util.addVolumeFromArray(ct.hu.astype(np.int16), ct.ras_from_ijk, "RayEmbPelvisCT")
    xrayNode = slicer.util.addVolumeFromArray(xray.pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), "RayEmbPelvisXray")
    geometry = XrayGeometry.fromCamera(camera, "sample", boneIsBright=xray.bone_is_bright)
    xrayNode.SetAttribute("RayEmbRegistration.Geometry", geometry.toText())
    xrayNode.SetAttribute("RayEmbRegistration.TruePose", " ".join(repr(float(x)) for x in pose.matrix.ravel()))
    return [ctNode, xrayNode]
