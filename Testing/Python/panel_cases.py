"""A knee with an X-ray of it in the host's scene: what the tests of panel and Logic start from."""

from __future__ import annotations

from functools import cache

import numpy as np
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.simulation.cases import bone_center
from registration_cases import CAMERA, knee, knee_pose, moved, xray_of

SECOND_ANGLES_DEG, CENTER = (-30.0, 5.0, 0.0), (4.0, 3.0, 760.0)


@cache
def knee_xray():
    return xray_of(knee(), knee_pose())


def add_knee(name: str = "Knee"):
    """The CT's volume node."""
    import slicer

    ct = knee()
    return slicer.util.addVolumeFromArray(ct.hu.astype(np.int16), ct.ras_from_ijk, name)


def add_bones(name: str = "Bones"):
    """A segmentation node of the knee's bones."""
    import slicer

    labels = slicer.util.addVolumeFromArray(
        knee().labels.astype(np.uint8), knee().ras_from_ijk, f"{name} as labels", nodeClassName="vtkMRMLLabelMapVolumeNode"
    )
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(labels, node)
    return node


def add_xray(name: str = "Shot", hasGeometry: bool = True):
    """The X-ray's volume node; it tells its geometry where asked."""
    import slicer
    from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
    from RayEmbRegistrationLib.geometry.sourced import Sourced
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry

    node = slicer.util.addVolumeFromArray(knee_xray().pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), name)
    if hasGeometry:
        bright = Sourced(knee_xray().bone_is_bright, "file", "test")
        geometry = XrayGeometry.of_camera(CAMERA, "file", "test", bone_is_bright=bright)
        node.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
    return node


def start_pose(turn_deg=(1.0, -1.0, 1.0), shift_mm=(2.0, -1.5, 0.0)):
    """A pose near the true one."""
    return moved(knee_pose(), bone_center(knee()), turn_deg, shift_mm)


def in_plane_error_mm(pose, prepared) -> float:
    return pose_errors(pose, knee_pose(), CAMERA, prepared.bone_points_ras).in_plane_mm


def state_of(node) -> tuple:
    """Everything of a volume node that a registration must not change."""
    import slicer

    array = slicer.util.arrayFromVolume(node)
    matrix = slicer.util.arrayFromVTKMatrix(_ijk_to_ras(node))
    attributes = sorted((name, node.GetAttribute(name)) for name in node.GetAttributeNames())
    return array.tobytes(), matrix.tobytes(), node.GetTransformNodeID(), tuple(attributes), node.GetName()


def _ijk_to_ras(node):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return matrix
