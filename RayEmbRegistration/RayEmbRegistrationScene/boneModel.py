"""Bone surfaces in 3D: the whole CT's, or one of each label, moved to where the X-ray shows that bone."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from vtk.util.numpy_support import numpy_to_vtk

from . import colors
from .frames import vtkMatrix
from .handle import ensureNode, nodeOf, ownNodes, removeRole
from .nodes import Handle, Node

ROLE = "Bone"
_LARGEST_GRID, _MOST_TRIANGLES = 180, 250_000


def showBone(handle: Handle, values: np.ndarray, rasFromIjk: np.ndarray, threshold: float, label: int | None = None) -> Node:
    """Make or update a bone's surface; returns its model node.

    Args:
        handle: the registration.
        values: (K, J, I) HU, or labels.
        rasFromIjk: (4, 4) of the array.
        threshold: HU from which a voxel is bone; unused with a label.
        label: the bone's value in a label map; None for the CT's bone as a whole.
    """
    if label is not None:
        values, threshold = (values == label).astype(np.float32), 0.5
    return showBoneSurface(handle, boneSurface(values, rasFromIjk, threshold), label)


def showBoneSurface(handle: Handle, surface: vtk.vtkPolyData, label: int | None = None) -> Node:
    """As ``showBone``, with a surface that was made before, where its making would hold up the application."""
    name = "bone" if label is None else f"bone {label}"
    node, isNew = ensureNode(handle, _role(label), "vtkMRMLModelNode", name)
    node.SetAndObservePolyData(surface)
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetColor(*(colors.BONE if label is None else colors.BONES[label % len(colors.BONES)]))
        display.SetSpecular(0.1)
        display.SetVisibility2D(False)
        transform = nodeOf(handle, f"{_role(label)}.Moved")
        if transform is not None:
            node.SetAndObserveTransformNodeID(transform.GetID())
    return node


def moveBone(handle: Handle, label: int, cameraFromRas: RigidTransform, cameraFromBone: RigidTransform) -> Node | None:
    """Show a bone where the X-ray has it, relative to the CT as a whole; returns the transform node."""
    role = f"{_role(label)}.Moved"
    node, _ = ensureNode(handle, role, "vtkMRMLLinearTransformNode", f"bone {label} moved")
    node.SetMatrixTransformToParent(vtkMatrix((cameraFromRas.inverse() @ cameraFromBone).matrix))
    model = nodeOf(handle, _role(label))
    if model is not None and model.GetTransformNodeID() != node.GetID():
        model.SetAndObserveTransformNodeID(node.GetID())
    return node


def keepMoved(handle: Handle, labels: Collection[int]) -> None:
    """Take away bones that moved apart in an earlier registration and not in this one; the whole one where some do."""
    parts = {role.partition(".")[0] for role in ownNodes(handle, ROLE) if role.endswith(".Moved")}
    for part in parts:
        if int(part.removeprefix(ROLE)) not in labels:
            removeRole(handle, part)
            removeRole(handle, f"{part}.Moved")
    if labels:
        removeRole(handle, ROLE)


def boneSurface(values: np.ndarray, rasFromIjk: np.ndarray, threshold: float) -> vtk.vtkPolyData:
    """The surface of an array (K, J, I) at a threshold, in RAS mm; large arrays are averaged down first."""
    values, rasFromIjk = _smaller(np.asarray(values), np.asarray(rasFromIjk, dtype=float))
    padded = np.pad(values, 1, constant_values=values.min())  # closes what the array's edge cuts open
    image = vtk.vtkImageData()
    image.SetDimensions(*padded.shape[::-1])
    image.SetOrigin(-1, -1, -1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(padded, dtype=np.float32).ravel(), deep=True))
    surface = vtk.vtkFlyingEdges3D()
    surface.SetInputData(image)
    surface.SetValue(0, float(threshold))
    surface.ComputeNormalsOff()
    surface.ComputeScalarsOff()  # they would be shown instead of the colour
    surface.Update()
    reduced = surface
    triangles = surface.GetOutput().GetNumberOfCells()
    if triangles > _MOST_TRIANGLES:
        reduced = vtk.vtkQuadricClustering()
        reduced.SetInputConnection(surface.GetOutputPort())
        divisions = [max(2, round(n * (_MOST_TRIANGLES / triangles) ** 0.5)) for n in padded.shape[::-1]]
        reduced.SetNumberOfDivisions(*divisions)
    smooth = vtk.vtkWindowedSincPolyDataFilter()
    smooth.SetInputConnection(reduced.GetOutputPort())
    smooth.SetNumberOfIterations(12)
    smooth.SetPassBand(0.1)
    smooth.NormalizeCoordinatesOn()
    move = vtk.vtkTransform()
    move.SetMatrix(vtkMatrix(rasFromIjk))
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(move)
    moved.SetInputConnection(smooth.GetOutputPort())
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(moved.GetOutputPort())
    normals.SplittingOff()
    normals.AutoOrientNormalsOn()
    normals.Update()
    return normals.GetOutput()


def _smaller(values: np.ndarray, rasFromIjk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    blocks = [max(1, int(np.ceil(n / _LARGEST_GRID))) for n in values.shape]
    if max(blocks) == 1:
        return values, rasFromIjk
    counts = [n // block for n, block in zip(values.shape, blocks, strict=True)]
    kept = values[tuple(slice(0, count * block) for count, block in zip(counts, blocks, strict=True))]
    shape = [n for count, block in zip(counts, blocks, strict=True) for n in (count, block)]
    ijk = np.eye(4)
    ijk[:3, :3] = np.diag(blocks[::-1])
    ijk[:3, 3] = (np.array(blocks[::-1]) - 1) / 2
    return kept.reshape(shape).mean(axis=(1, 3, 5), dtype=np.float32), rasFromIjk @ ijk


def _role(label: int | None) -> str:
    return ROLE if label is None else f"{ROLE}{label}"
