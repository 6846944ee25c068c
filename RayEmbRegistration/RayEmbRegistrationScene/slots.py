"""Registrations that were saved in two scenes and loaded into one: their flat pictures are moved apart."""

from __future__ import annotations

import numpy as np
import slicer

from .frames import rasFromPixel
from .handle import ownNodes, registrations, setRecord, slotOf, viewRole
from .nodes import Handle, Node
from .views import shownCamera, viewCount

FLAT_ROLES = {
    "Xray", "FilteredXray", "Drr", "OverlayPicture", "HeatMap", "HeatMapSeen", "HeatMapPlaced",
    "Detected", "Reprojected", "Rejected", "True", "Residuals", "Targets", "TargetBands", "TargetNames", "ClickedRays",
}  # fmt: skip


def separateSlots() -> None:
    """Give every registration in the scene a slot of its own, and move what lies flat along with it."""
    taken: set[int] = set()
    for handle in registrations():
        if slotOf(handle) in taken:
            _move(handle, next(n for n in range(len(taken) + 1) if n not in taken))
        taken.add(slotOf(handle))


def _move(handle: Handle, slot: int) -> None:
    before = [_height(handle, viewIndex) for viewIndex in range(viewCount(handle))]
    setRecord(handle, "Slot", slot)
    for viewIndex, height in enumerate(before):
        by = _height(handle, viewIndex) - height
        for role, node in ownNodes(handle, viewRole(viewIndex, "")).items():
            if role.split(".")[1] in FLAT_ROLES:
                _shift(node, by)


def _height(handle: Handle, viewIndex: int) -> float:
    return float(rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))[2, 3])


def _shift(node: Node, by: float) -> None:
    up = np.array([0.0, 0.0, by])
    if node.IsA("vtkMRMLVolumeNode"):
        node.SetOrigin(*(np.array(node.GetOrigin()) + up))
    elif node.IsA("vtkMRMLMarkupsNode") and node.GetNumberOfControlPoints():
        slicer.util.updateMarkupsControlPointsFromArray(node, slicer.util.arrayFromMarkupsControlPoints(node) + up)
    elif node.IsA("vtkMRMLModelNode") and node.GetPolyData() is not None and node.GetPolyData().GetNumberOfPoints():
        slicer.util.arrayFromModelPoints(node)[:] += up
        slicer.util.arrayFromModelPointsModified(node)
