"""An adjustment on its way: the DRR of each X-ray, and the bones in 3D, as the solver moves them; then all as it was before.

What is there already is only hidden or drawn over meanwhile, and what is made for it is in no saved scene.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import adjusted, boneModel, colors
from .frames import vtkMatrix
from .handle import ensureNode, isAlive, nodeOf, ownNodes, removeRole, viewRole
from .nodes import Handle
from .overlay import applyOverlay, showDrr
from .overlayDrawing import DRR_ROLE, PICTURE_ROLE
from .uprightXray import imageOf
from .views import viewCount

ROLE = "Adjusting"


@dataclass(frozen=True, eq=False)
class BeforeAdjusting:
    """What was shown before.

    Attributes:
        drrs: index of an X-ray to its DRR (h, w); None where it had none.
        shown: roles of the models that were seen in 3D.
    """

    drrs: Mapping[int, np.ndarray | None]
    shown: Sequence[str]


def beginAdjusting(handle: Handle) -> BeforeAdjusting:
    """Note what is shown now; nothing changes yet."""
    drrs = {}
    for viewIndex in range(viewCount(handle)):
        node = nodeOf(handle, viewRole(viewIndex, DRR_ROLE))
        drrs[viewIndex] = None if node is None or node.GetImageData() is None else imageOf(node)
    return BeforeAdjusting(drrs, [role for role, node in _models(handle).items() if node.GetDisplayNode().GetVisibility()])


def showAdjusting(
    handle: Handle,
    drrs: Sequence[np.ndarray],
    shapes: Mapping[int, vtk.vtkPolyData],
    motions: Mapping[int, RigidTransform],
) -> None:
    """Show a state on the way.

    Args:
        handle: the registration.
        drrs: (h, w) line integrals, one an X-ray.
        shapes: number of a body to its surface in RAS mm, as in the CT; none where no bones move apart.
        motions: number of a body to how it has moved; those that are not named stand still.
    """
    for viewIndex, drr in enumerate(drrs[: viewCount(handle)]):
        showDrr(handle, viewIndex, drr)
    for number, shape in shapes.items():
        role = f"{ROLE}.Bone{number}"
        node, isNew = ensureNode(handle, role, "vtkMRMLModelNode", f"bone {number + 1} on its way")
        if node.GetPolyData() is not shape:
            node.SetAndObservePolyData(shape)
        if isNew:
            node.CreateDefaultDisplayNodes()
            for own in (node, node.GetDisplayNode()):
                own.SetSaveWithScene(False)
            node.SetSelectable(False)
            node.SetHideFromEditors(True)
            node.GetDisplayNode().SetColor(*colors.BONES[number % len(colors.BONES)])
            node.GetDisplayNode().SetSpecular(0.1)
            node.GetDisplayNode().SetVisibility2D(False)
        if number in motions:
            place, _ = ensureNode(
                handle, f"{role}.Moved", "vtkMRMLLinearTransformNode", f"bone {number + 1}, moved on its way"
            )
            place.SetSaveWithScene(False)
            place.SetHideFromEditors(True)
            place.SetMatrixTransformToParent(vtkMatrix(motions[number].matrix))
            if node.GetTransformNodeID() != place.GetID():
                node.SetAndObserveTransformNodeID(place.GetID())
    if shapes:
        for node in _models(handle).values():
            node.GetDisplayNode().SetVisibility(False)


def endAdjusting(handle: Handle, before: BeforeAdjusting) -> None:
    """As it was before; nothing happens where the registration has left the scene."""
    if not isAlive(handle):
        return
    for role in list(ownNodes(handle, f"{ROLE}.")):
        removeRole(handle, role)
    models = _models(handle)
    for role in before.shown:
        if role in models:
            models[role].GetDisplayNode().SetVisibility(True)
    for viewIndex, drr in before.drrs.items():
        if viewIndex >= viewCount(handle):
            continue
        if drr is not None:
            showDrr(handle, viewIndex, drr)
        else:
            for role in (DRR_ROLE, PICTURE_ROLE):
                removeRole(handle, viewRole(viewIndex, role))
            applyOverlay(handle, viewIndex)


def _models(handle: Handle) -> dict:
    """Role to node of the bones that are in 3D: of the CT, or adjusted before."""
    found = {role: node for role, node in ownNodes(handle, boneModel.ROLE).items() if "." not in role}
    surface = nodeOf(handle, adjusted.SURFACE)
    if surface is not None:
        found[adjusted.SURFACE] = surface
    return {role: node for role, node in found.items() if node.IsA("vtkMRMLModelNode") and node.GetDisplayNode() is not None}
