"""The user's nodes as arrays: CT and labels on the world's RAS grid, X-rays as pixels in their stored order.

Nothing is changed: transforms are applied to the numbers. Arrays outlive their nodes, so that a thread may work on them;
that of a CT is the node's own memory, read-only, because a copy would hold up the application.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.volume import CTVolume
from RayEmbRegistrationLib.geometry.xray import XrayGeometry

from .imageRun import SMALLEST_SIDE, dataNodeOf, holdsFrames, pageOf
from .nodes import Node

LUMINANCE = (0.299, 0.587, 0.114)
LEAST_CT_VOXELS = 4
OBVIOUS_CT_VOXELS, LOOKED_AT = 16, 200_000
AIR_HU = -200
"""Every CT shows air or fat somewhere; below water and soft tissue."""
XRAY_MODALITIES = ("XA", "RF", "DX", "CR", "RG", "PX", "MG", "IO")


@dataclass(frozen=True, eq=False)
class CtInput:
    """A CT to register.

    Attributes:
        node: vtkMRMLScalarVolumeNode.
        segmentation: vtkMRMLSegmentationNode of its bones, or None to find the bone in the CT.
        segmentIds: segments that are used; all where empty. The first is label 1, and so on.
    """

    node: Node
    segmentation: Node = None
    segmentIds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return self.node.GetName() if self.node is not None else "the CT"


@dataclass(frozen=True, eq=False)
class XrayInput:
    """An X-ray to register.

    Attributes:
        node: volume node of any kind that holds one image.
        geometry: of its image.
        start: camera_from_ras to start from, or None.
        pointsRas, pointsPx: landmark pairs, (N, 3) RAS mm and (N, 2) px, or None.
        endsPx: (2, 2) px of a slim bone's ends, or None.
        view: name of the prior on its view; None: the registration's.
    """

    node: Node
    geometry: XrayGeometry
    start: RigidTransform | None = None
    pointsRas: np.ndarray | None = None
    pointsPx: np.ndarray | None = None
    endsPx: np.ndarray | None = None
    view: str | None = None


def ctVolume(node: Node, segmentationNode: Node | None = None, segmentIds: Sequence[str] = ()) -> CTVolume:
    """A CT volume node in RAS mm of the world, with each chosen segment as a label, numbered from 1.

    Args:
        node: vtkMRMLScalarVolumeNode, of any directions and under any linear transform.
        segmentationNode: vtkMRMLSegmentationNode or None.
        segmentIds: segments that are bones; all where empty.

    Raises:
        ValueError: no volume, a picture, a label map, a non-linear transform, or segments that miss the CT.
    """
    array = _array(node, "the CT")
    name = node.GetName()
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        raise ValueError(f"{name} is a label map; choose the CT itself, and give labels as a segmentation")
    if array.ndim != 3:
        raise ValueError(f"{name} has {array.shape[-1]} values a voxel; choose a CT, which has one")
    if min(array.shape) < LEAST_CT_VOXELS:
        size = " x ".join(str(n) for n in array.shape[::-1])
        raise ValueError(f"{name} has {size} voxels, too few for a CT; choose the whole volume")
    rasFromIjk = worldFromNode(node) @ rasFromIjkOfNode(node)
    labels = None
    if segmentationNode is not None:
        labels = _labels(node, array.shape, segmentationNode, segmentIds)
    return CTVolume(array, rasFromIjk, labels)


def xrayPixels(node: Node) -> tuple[np.ndarray, tuple[str, ...]]:
    """The pixels (H, W) float32 of an X-ray volume node, or of its chosen frame, row 0 first as stored, and remarks.

    Spacing, directions, origin and transforms of the node do not matter: the geometry is that of the camera.

    Raises:
        ValueError: no image, several slices, or nothing in it.
    """
    return pixelsOf(pageOf(node, _array(node, "the X-ray")), node.GetName())


def framePage(node: Node, frame: int) -> np.ndarray:
    """(K, J, I) or (K, J, I, C) read-only, what ``pixelsOf`` makes the pixels of, of any frame; of a still its image.

    Raises:
        ValueError: no image.
    """
    if holdsFrames(node):
        return _array(node, "the X-ray")[frame][None]
    return _array(dataNodeOf(node, frame) or node, "the X-ray")


def pixelsOf(array: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Pixels and remarks as ``xrayPixels``, from a volume's voxels; touches no node."""
    notes = []
    if array.ndim == 4:
        if array.shape[-1] >= 3:
            grey = array[..., :3].astype(np.float64) @ LUMINANCE
            if (array[..., :3] != array[..., :1]).any():
                notes.append("The image is in colour; its luminance is used.")
        else:
            grey = array[..., 0]
        array = grey
    singles = [axis for axis in range(3) if array.shape[axis] == 1]
    if not singles:
        raise ValueError(f"{name} has {array.shape[0]} slices; an X-ray has one. Choose an X-ray")
    page = np.take(array, 0, axis=singles[0])
    if min(page.shape) < SMALLEST_SIDE:
        raise ValueError(f"{name} has {page.shape[1]} x {page.shape[0]} pixels; that is too small for an X-ray")
    page = np.array(page, dtype=np.float32)
    finite = np.isfinite(page)
    if not finite.any() or np.ptp(page[finite]) == 0:
        raise ValueError(f"every pixel of {name} has the same value; the image has no content")
    return page, tuple(notes)


def modalityOf(node: Node) -> str:
    """The DICOM modality of what a node was loaded from, such as CT or XA; empty where it is not known."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
    return hierarchy.GetItemAttribute(item, "DICOM.Modality") if item else ""


def looksLikeCt(node: Node) -> bool:
    """Whether a volume has the slices and the values of a CT, as far as can be seen at once."""
    image = node.GetImageData()
    if image is None or node.IsA("vtkMRMLLabelMapVolumeNode") or min(image.GetDimensions()) < OBVIOUS_CT_VOXELS:
        return False
    if node.GetHideFromEditors() or modalityOf(node) not in ("", "CT") or holdsFrames(node):
        return False
    if node.GetParentTransformNode() is not None and not node.GetParentTransformNode().IsTransformToWorldLinear():
        return False
    return _showsAir(node)


def looksLikeXray(node: Node) -> bool:
    """Whether a volume is a single image, or an X-ray's frames by its modality."""
    if node.IsA("vtkMRMLLabelMapVolumeNode") or node.GetHideFromEditors():
        return False
    modality = modalityOf(node)
    if modality not in ("", *XRAY_MODALITIES):
        return False
    return imageSize(node) is not None or (modality != "" and canBeFrames(node))


def canBeFrames(node: Node) -> bool:
    """Whether the slices of a volume can be the frames of an X-ray: several, none of them a CT's."""
    image = node.GetImageData() if node is not None else None
    if image is None or node.IsA("vtkMRMLLabelMapVolumeNode") or node.GetHideFromEditors():
        return False
    columns, rows, slices = image.GetDimensions()
    if slices < 2 or min(columns, rows) < SMALLEST_SIDE or modalityOf(node) not in ("", *XRAY_MODALITIES):
        return False
    return not _showsAir(node)  # the frames of an X-ray are never below zero


def _showsAir(node: Node) -> bool:
    values = slicer.util.arrayFromVolume(node).ravel()
    return bool(values[:: max(1, values.size // LOOKED_AT)].min() < AIR_HU)


def xrayProblem(node: Node) -> str | None:
    """Why a node's image cannot be an X-ray, in a sentence; None where it can."""
    try:
        xrayPixels(node)
    except ValueError as error:
        return asSentence(str(error))
    return None


def asSentence(text: str) -> str:
    """A remark with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def imageSize(node: Node) -> tuple[int, int] | None:
    """(width, height) px of an X-ray node, or None where it is neither a single image nor one of chosen frames."""
    image = node.GetImageData() if node is not None else None
    if image is None:
        return None
    dimensions = list(image.GetDimensions())
    if holdsFrames(node):
        return dimensions[0], dimensions[1]
    if 1 not in dimensions or 0 in dimensions:
        return None
    single = 2 if dimensions[2] == 1 else dimensions.index(1)
    width, height = (n for axis, n in enumerate(dimensions) if axis != single)
    return (width, height) if min(width, height) > 1 else None


def worldFromNode(node: Node) -> np.ndarray:
    """(4, 4) from a node's own RAS to the world's, through its parent transforms.

    Raises:
        ValueError: a transform that is not linear.
    """
    parent = node.GetParentTransformNode()
    matrix = vtk.vtkMatrix4x4()
    if parent is not None and parent.IsTransformToWorldLinear():
        parent.GetMatrixTransformToWorld(matrix)
    elif parent is not None:
        raise ValueError(
            f"{node.GetName()} is under the non-linear transform {parent.GetName()}; harden it (module Transforms), "
            "or take the volume out of it"
        )
    return slicer.util.arrayFromVTKMatrix(matrix)


def rasFromIjkOfNode(node: Node) -> np.ndarray:
    """(4, 4) of a volume node, without its parent transforms."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def segmentNames(segmentationNode: Node) -> dict[str, str]:
    """Segment ID to name, in order."""
    segmentation = segmentationNode.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]
    return {one: segmentation.GetSegment(one).GetName() for one in ids}


def markupPoints(node: Node) -> np.ndarray:
    """(N, 3) RAS mm in the world of the placed points of a markups node; what is not yet placed is left out."""
    if node is None:
        return np.zeros((0, 3))
    placed = placedNumbers(node)
    points = np.zeros((len(placed), 3))
    for row, number in enumerate(placed):
        node.GetNthControlPointPositionWorld(number, points[row])
    return points


def placedNumbers(node: Node) -> list[int]:
    """The numbers of a markups node's points that are placed."""
    defined = slicer.vtkMRMLMarkupsNode.PositionDefined
    return [n for n in range(node.GetNumberOfControlPoints()) if node.GetNthControlPointPositionStatus(n) == defined]


def _array(node: Node, what: str) -> np.ndarray:
    """A volume node's voxels, (K, J, I) or (K, J, I, C), read-only."""
    if node is None:
        raise ValueError(f"choose {what}")
    image = node.GetImageData() if node.IsA("vtkMRMLVolumeNode") else None
    if image is None or image.GetNumberOfPoints() == 0 or image.GetPointData().GetScalars() is None:
        raise ValueError(f"{node.GetName()} holds no image; load {what} again")
    array = slicer.util.arrayFromVolume(node).view()
    array.flags.writeable = False
    return array


def _labels(ctNode: Node, shape: tuple[int, ...], segmentationNode: Node, segmentIds: Sequence[str]) -> np.ndarray:
    """(K, J, I) int16 on the CT's grid: 1 for the first chosen segment, 2 for the second and so on."""
    names = segmentNames(segmentationNode)
    chosen = [one for one in names if not segmentIds or one in segmentIds]
    if not chosen:
        raise ValueError(f"{segmentationNode.GetName()} has none of the chosen segments; choose segments that it has")
    labels: np.ndarray = np.zeros(shape, dtype=np.int16)
    for number, one in enumerate(chosen, start=1):
        mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentationNode, one, ctNode)
        if mask is not None and mask.shape == shape:
            labels[mask > 0] = number
    if not labels.any():
        raise ValueError(f"the segments of {segmentationNode.GetName()} lie outside the CT; choose this CT's segmentation")
    return labels
