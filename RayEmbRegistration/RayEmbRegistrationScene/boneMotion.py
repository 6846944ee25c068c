"""Bones that moved apart: how each moved against the CT, and against each other; as transforms and as a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from .boneModel import ROLE
from .handle import nodeOf, ownNodes, removeRole
from .nodes import Handle, Node
from .resultsTable import showTable
from .subject import chosenBones

TABLE_ROLE = "BoneMotion"
COLUMNS = ("Bone", "Relative to", "Right mm", "Front mm", "Up mm", "Distance mm", "Rotation degrees")
WHOLE = "CT"


@dataclass(frozen=True, eq=False)
class Motion:
    """How one bone moved, as it would be seen by someone who stays with another, or with the CT.

    Attributes:
        bone, other: names; ``other`` is ``WHOLE`` for the CT.
        labels: of both, 0 for the CT.
        moved: from where the CT has the bone to where the X-rays have it, RAS mm of the CT, the other one held where the CT
            has it.
        shiftMm: (3,) of the bone's middle, to the right, to the front, up.
    """

    bone: str
    other: str
    labels: tuple[int, int]
    moved: RigidTransform
    shiftMm: np.ndarray

    @property
    def degrees(self) -> float:
        """Angle of the rotation."""
        return self.moved.rotation_angle_deg()


def motionsOf(handle: Handle) -> list[Motion]:
    """Of every bone against the CT, then of every bone against each one before it; empty where no bones moved apart."""
    moved, names = _moved(handle), boneNames(handle)
    found = [_motion(handle, names, (label, 0), pose) for label, pose in moved.items()]
    for number, (label, pose) in enumerate(moved.items()):
        for other, otherPose in list(moved.items())[:number]:
            found.append(_motion(handle, names, (label, other), otherPose.inverse() @ pose))
    return found


def tableRows(motions: list[Motion]) -> list[list[str]]:
    """Rows of ``COLUMNS``."""
    rows = []
    for one in motions:
        right, front, up = one.shiftMm
        numbers = (right, front, up, float(np.linalg.norm(one.shiftMm)), one.degrees)
        rows.append([one.bone, one.other, *(f"{number:.2f}" for number in numbers)])
    return rows


def showMotions(handle: Handle) -> Node | None:
    """Make or update the table in the scene; it goes where no bones moved apart."""
    motions = motionsOf(handle)
    if not motions:
        removeRole(handle, TABLE_ROLE)
        return None
    return showTable(handle, TABLE_ROLE, "motion of bones", COLUMNS, tableRows(motions))


def boneNames(handle: Handle) -> dict[int, str]:
    """Label to the name of the segment that it is of; empty where the bones are of no segmentation."""
    chosen = chosenBones(handle)
    if chosen is None or chosen[0] is None:
        return {}
    segmentation = chosen[0].GetSegmentation()
    segments = {label: segmentation.GetSegment(one) for label, one in enumerate(chosen[1], start=1)}
    return {label: segment.GetName() for label, segment in segments.items() if segment is not None}


def _moved(handle: Handle) -> dict[int, RigidTransform]:
    """Label to how the X-rays have the bone against the CT."""
    found = {}
    for role, node in ownNodes(handle, ROLE).items():
        label, _, thing = role.removeprefix(ROLE).partition(".")
        if thing == "Moved" and label.isdigit():
            found[int(label)] = RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(node))
    return dict(sorted(found.items()))


def _motion(handle: Handle, names: dict[int, str], labels: tuple[int, int], moved: RigidTransform) -> Motion:
    model = nodeOf(handle, f"{ROLE}{labels[0]}")
    surface = model.GetPolyData() if model is not None else None
    middle = np.zeros(3) if surface is None or not surface.GetNumberOfPoints() else np.array(surface.GetCenter())
    bone, beside = (WHOLE if not one else names.get(one, f"bone {one}") for one in labels)
    return Motion(bone, beside, labels, moved, moved.apply(middle) - middle)
