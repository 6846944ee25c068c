"""A CT adjusted to X-rays, beside the CT that it was made from: volume, bones, transforms, and how sure each place is.

Nothing of the user's is touched: all of it is made for the registration and lies in its folder. One switch shows the bone
as it was or as it is now, on the X-rays and in 3D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from . import colors
from .frames import overSameField, rasFromPixel, vtkMatrix
from .handle import ensureNode, isAlive, nodeOf, ownNodes, record, removeRole, setRecord, viewRole
from .nodes import Handle, Node
from .overlay import showDrr
from .residuals import colorPoints
from .uprightXray import imageOf, setImage, uprightXray
from .verdict import holdsStill
from .views import shownCamera, viewCount
from .visibility import isVisible

ROLE, KEY = "Adjusted", "Adjusted"
CT, BONES, STD, FIELD, SURFACE, METAL = (f"{ROLE}.{thing}" for thing in ("Ct", "Bones", "Std", "Field", "Surface", "Metal"))
IMPLANT = f"{ROLE}.Implant"
OFFERED = (CT, STD)
"""Volumes that every module may use."""
MOTION, POSE, BEFORE, AFTER = f"{ROLE}.Motion", "AdjustedPose", "DrrBefore", "DrrAdjusted"
DEVIATION = "standard deviation (mm)"
SURE, BETWEEN, UNSURE = (0.13, 0.40, 0.67), (0.97, 0.97, 0.97), (0.70, 0.09, 0.17)
"""From sure to unsure: blue, white, red, which the color-blind tell apart (ColorBrewer's RdBu)."""


@dataclass(frozen=True, eq=False)
class AdjustedData:
    """What there is to show, as arrays.

    Attributes:
        hu: (K, J, I) int16.
        rasFromIjk: (4, 4) of it and of all arrays below.
        labels: (K, J, I), or None where the CT has none.
        names, colors: of each label, as in the segmentation that they are of.
        stdMm: (K, J, I) float32, 0 away from bone.
        displacement: (K, J, I, 3) float32, from each place to where it was in the CT.
        surface: of the bone, with its standard deviation at each point; as of ``deviationSurface``.
        motions: label to how that bone moved, in RAS.
        poses: camera_from_ras, an X-ray.
        before, after: (h, w) line integrals, an X-ray.
        texts: what is said of it, by name.
        metal: surface of new metal in RAS, or None.
        implant: name of a known implant, and how its model gets from where it is in the scene to where it is in the CT.
    """

    hu: np.ndarray
    rasFromIjk: np.ndarray
    labels: np.ndarray | None
    names: Mapping[int, str]
    colors: Mapping[int, tuple[float, float, float]]
    stdMm: np.ndarray
    displacement: np.ndarray
    surface: vtk.vtkPolyData
    motions: Mapping[int, RigidTransform]
    poses: Sequence[RigidTransform]
    before: Sequence[np.ndarray]
    after: Sequence[np.ndarray]
    texts: Mapping[str, Any]
    metal: vtk.vtkPolyData | None = None
    implant: tuple[str, RigidTransform] | None = None


def adjustedSteps(handle: Handle, data: AdjustedData, asked: Mapping[str, Any]) -> Iterator[None]:
    """Show it, a little with each ``next``; it ends where the registration leaves the scene meanwhile.

    Args:
        handle: the registration.
        data: what there is.
        asked: of ``sceneView.statesOf`` when it was begun: what it is of.
    """
    parts, end = _parts(handle, data, asked), object()
    while isAlive(handle) and next(parts, end) is not end:
        yield


def _parts(handle: Handle, data: AdjustedData, asked: Mapping[str, Any]) -> Iterator[None]:
    forgetAdjusted(handle)
    _volume(handle, CT, "prior CT adjusted to the X-rays", data.hu, data.rasFromIjk)
    yield
    _volume(handle, STD, "standard deviation in mm", data.stdMm, data.rasFromIjk)
    yield
    if data.labels is not None:
        yield from _boneSteps(handle, data.labels, data)
    _showField(handle, data)
    yield
    for label, motion in data.motions.items():
        name = data.names.get(label, f"bone {label}")
        node, _ = ensureNode(handle, f"{MOTION}{label}", "vtkMRMLLinearTransformNode", f"{name} adjusted")
        node.SetMatrixTransformToParent(vtkMatrix(motion.matrix))
    _showSurface(handle, data.surface)
    if data.metal is not None:
        _showMetal(handle, data.metal)
    if data.implant is not None:
        name, place = data.implant
        node, _ = ensureNode(handle, IMPLANT, "vtkMRMLLinearTransformNode", f"{name} to its place")
        node.SetMatrixTransformToParent(vtkMatrix(place.matrix))
    yield
    for viewIndex, (pose, before, after) in enumerate(zip(data.poses, data.before, data.after, strict=True)):
        name = f"X-ray {viewIndex + 1}"
        node, _ = ensureNode(
            handle, viewRole(viewIndex, POSE), "vtkMRMLLinearTransformNode", f"{name} pose of the adjusted CT"
        )
        node.SetMatrixTransformToParent(vtkMatrix(pose.inverse().matrix))
        _keepDrr(handle, viewIndex, BEFORE, f"{name} DRR of the CT as it is", before)
        _keepDrr(handle, viewIndex, AFTER, f"{name} DRR of the adjusted CT", after)
        yield
    setRecord(handle, KEY, {"asked": asked, "texts": dict(data.texts), "shown": False})
    switchAdjusted(handle, adjustedHolds(handle))


def forgetAdjusted(handle: Handle) -> None:
    """Take an earlier one away."""
    switchAdjusted(handle, False)
    setRecord(handle, KEY, None)
    things = (POSE, BEFORE, AFTER)
    for role in list(ownNodes(handle)):
        if role.startswith(f"{ROLE}.") or role.partition(".")[2] in things:
            removeRole(handle, role)


def adjustedTexts(handle: Handle | None) -> dict[str, Any] | None:
    """What was said of the adjusted CT that a registration has; None where it has none (any more)."""
    if handle is None or not isAlive(handle) or nodeOf(handle, CT) is None:
        return None
    kept = record(handle, KEY)
    return None if kept is None else kept["texts"]


def adjustedHolds(handle: Handle) -> bool:
    """Whether poses, images, geometry and CT are still those that it was made from."""
    kept = record(handle, KEY)
    return kept is not None and holdsStill(handle, kept["asked"])


def adjustedShown(handle: Handle) -> bool:
    """Whether the switch is on."""
    kept = record(handle, KEY)
    return kept is not None and bool(kept["shown"])


def switchAdjusted(handle: Handle, isShown: bool, draw: bool = True) -> None:
    """Show the bone as it is now, or as it was in the CT.

    Args:
        handle: the registration.
        isShown: whether as it is now.
        draw: whether on the X-rays too; where they show another pose by now, they are to stay.
    """
    kept = record(handle, KEY)
    if kept is None:
        return
    if bool(kept["shown"]) != isShown:
        setRecord(handle, KEY, {**kept, "shown": isShown})
    for node in (nodeOf(handle, role) for role in (SURFACE, METAL)):
        if node is not None and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(isShown)
    for role, node in ownNodes(handle, "Bone").items():
        if "." not in role and node.IsA("vtkMRMLModelNode") and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(not isShown and isVisible(handle, "bone"))
    for viewIndex in range(viewCount(handle)) if draw else ():
        node = nodeOf(handle, viewRole(viewIndex, AFTER if isShown else BEFORE))
        if node is not None:
            showDrr(handle, viewIndex, imageOf(node))


def colorByDeviation(handle: Handle, isColored: bool) -> None:
    """Show how sure each place of the adjusted bone is, or its shape alone."""
    node = nodeOf(handle, SURFACE)
    if node is not None and node.GetDisplayNode() is not None:
        node.GetDisplayNode().SetScalarVisibility(isColored)


def isColored(handle: Handle) -> bool:
    """Whether the adjusted bone shows how sure it is."""
    node = nodeOf(handle, SURFACE)
    return node is not None and node.GetDisplayNode() is not None and bool(node.GetDisplayNode().GetScalarVisibility())


def deviationSurface(surface: vtk.vtkPolyData, stdMm: np.ndarray, rasFromIjk: np.ndarray, mostMm: float) -> vtk.vtkPolyData:
    """A surface with the standard deviation of each point and its color. Touches no node.

    Args:
        surface: RAS mm.
        stdMm: (K, J, I), 0 away from bone; each point takes that of the nearest bone.
        rasFromIjk: (4, 4) of it.
        mostMm: of which the color is that of unsure.
    """
    from scipy.spatial import cKDTree

    found = vtk.vtkPolyData()
    found.DeepCopy(surface)
    count = found.GetNumberOfPoints()
    deviations = np.zeros(count, np.float32)
    places = np.argwhere(stdMm > 0)
    if count and len(places):
        near = places[:, ::-1] @ rasFromIjk[:3, :3].T + rasFromIjk[:3, 3]
        points = vtk_to_numpy(found.GetPoints().GetData())
        deviations = stdMm[tuple(places[cKDTree(near).query(points)[1]].T)]
    share = np.clip(deviations / max(mostMm, 1e-6), 0, 1)
    scale = np.array([SURE, BETWEEN, UNSURE])
    shades = np.stack([np.interp(share, (0, 0.5, 1), scale[:, n]) for n in range(3)], axis=1)
    colorPoints(found, shades.reshape(-1, 3))
    array = numpy_to_vtk(np.ascontiguousarray(deviations, dtype=np.float32), deep=True)
    array.SetName(DEVIATION)
    found.GetPointData().AddArray(array)
    return found


def _volume(handle: Handle, role: str, label: str, values: np.ndarray, rasFromIjk: np.ndarray) -> Node:
    node, isNew = ensureNode(handle, role, "vtkMRMLScalarVolumeNode", label, isOffered=True)
    slicer.util.updateVolumeFromArray(node, values)
    node.SetIJKToRASMatrix(vtkMatrix(rasFromIjk))
    if isNew:
        node.CreateDefaultDisplayNodes()
    return node


def _boneSteps(handle: Handle, labels: np.ndarray, data: AdjustedData) -> Iterator[None]:
    node, isNew = ensureNode(handle, BONES, "vtkMRMLSegmentationNode", "bones adjusted to the X-rays")
    reference = nodeOf(handle, CT)
    node.SetReferenceImageGeometryParameterFromVolumeNode(reference)
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetVisibility(False)  # its surface is shown already, and the slices show the user's
    for label, name in data.names.items():
        one = node.GetSegmentation().AddEmptySegment("", name, data.colors.get(label, (1.0, 1.0, 1.0)))
        slicer.util.updateSegmentBinaryLabelmapFromArray((labels == label).astype(np.uint8), node, one, reference)
        yield


def _showField(handle: Handle, data: AdjustedData) -> None:
    """From where a place was in the CT to where it is now; the other way round as the arrays have it."""
    node, _ = ensureNode(handle, FIELD, "vtkMRMLGridTransformNode", "change of the CT")
    image = vtk.vtkImageData()
    image.SetDimensions(*data.displacement.shape[2::-1])
    spacing = np.linalg.norm(data.rasFromIjk[:3, :3], axis=0)
    image.SetSpacing(*spacing)
    image.SetOrigin(*data.rasFromIjk[:3, 3])
    vectors = numpy_to_vtk(np.ascontiguousarray(data.displacement, dtype=np.float32).reshape(-1, 3), deep=True)
    image.GetPointData().SetScalars(vectors)
    field = slicer.vtkOrientedGridTransform()
    field.SetDisplacementGridData(image)
    directions = np.eye(4)
    directions[:3, :3] = data.rasFromIjk[:3, :3] / spacing
    field.SetGridDirectionMatrix(vtkMatrix(directions))
    node.SetAndObserveTransformFromParent(field)


def _showSurface(handle: Handle, surface: vtk.vtkPolyData) -> None:
    node, isNew = ensureNode(handle, SURFACE, "vtkMRMLModelNode", "bone adjusted to the X-rays")
    node.SetAndObservePolyData(surface)
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetActiveScalar("Color", vtk.vtkAssignAttribute.POINT_DATA)
        display.SetScalarVisibility(True)
        display.SetScalarRangeFlag(display.UseDirectMapping)
        display.SetColor(*colors.BONE)
        display.SetSpecular(0.1)
        display.SetVisibility2D(False)


def _showMetal(handle: Handle, surface: vtk.vtkPolyData) -> None:
    node, isNew = ensureNode(handle, METAL, "vtkMRMLModelNode", "new metal")
    node.SetAndObservePolyData(surface)
    if isNew:
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetColor(*colors.METAL)
        display.SetSpecular(0.5)
        display.SetVisibility2D(True)


def _keepDrr(handle: Handle, viewIndex: int, role: str, label: str, drr: np.ndarray) -> None:
    """A DRR to show by the switch; it is seen in no view by itself."""
    if uprightXray(handle, viewIndex) is None:
        return
    camera = shownCamera(handle, viewIndex)
    node, isNew = ensureNode(handle, viewRole(viewIndex, role), "vtkMRMLScalarVolumeNode", label)
    place = overSameField(rasFromPixel(handle, viewIndex, camera), camera.image_size, (drr.shape[1], drr.shape[0]))
    setImage(node, np.asarray(drr, dtype=np.float32), place)
    if isNew:
        node.CreateDefaultDisplayNodes()
