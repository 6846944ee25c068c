"""Every registration and assessment that was made, kept with the registration's node and so in the saved scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from .handle import record, setRecord, viewRole
from .nodes import Handle
from .pose import poseOf
from .views import viewCount

KEY = "Runs"
MOST = 100
"""So many are kept; the oldest go first."""


@dataclass(frozen=True)
class RunRecord:
    """One registration or assessment.

    Attributes:
        number: counted from 1, never used again.
        time: when it ended, ISO 8601 with the time zone.
        method: how the poses were found.
        sign: "trusted" or "not trusted".
        why: the verdict, in a sentence.
        overlay, position: what is said of either use, in short.
        xrays: names of the X-rays.
        poses: index of an X-ray, as text, to the upper three rows of camera_from_ras.
        comment: the user's.
        beside: what belongs to the poses, such as geometry as text; None until it is known.
    """

    number: int
    time: str
    method: str
    sign: str
    why: str
    overlay: str = ""
    position: str = ""
    xrays: tuple[str, ...] = ()
    poses: Mapping[str, Sequence[Sequence[float]]] = field(default_factory=dict)
    comment: str = ""
    beside: Mapping[str, str] | None = None

    def pose(self, viewIndex: int) -> RigidTransform | None:
        """Of an X-ray; None where it had none."""
        matrix = self.poses.get(str(viewIndex))
        return None if matrix is None else RigidTransform.from_matrix(np.array(matrix))

    def allPoses(self) -> dict[int, RigidTransform]:
        """Index of an X-ray to its pose."""
        return {int(row): RigidTransform.from_matrix(np.array(matrix)) for row, matrix in self.poses.items()}


def runsOf(handle: Handle) -> list[RunRecord]:
    """Oldest first."""
    return [RunRecord(**(one | {"xrays": tuple(one["xrays"])})) for one in record(handle, KEY, [])]


def addRun(handle: Handle, poses: Mapping[int, RigidTransform], **said: Any) -> RunRecord:
    """Keep one; ``said`` are the other fields of ``RunRecord``. X-rays without a pose given have the scene's."""
    kept = record(handle, KEY, [])
    shown = {row: poses.get(row) or poseOf(handle, row) for row in range(viewCount(handle))}
    matrices = {str(row): pose.matrix[:3].tolist() for row, pose in shown.items() if pose is not None}
    nodes = [handle.GetNodeReference(viewRole(row, "InputXray")) for row in shown]
    names = tuple("" if node is None else node.GetName() for node in nodes)
    number = 1 + max((one["number"] for one in kept), default=0)
    new = RunRecord(number, poses=matrices, xrays=names, **said)
    setRecord(handle, KEY, [*kept, asdict(new)][-MOST:])
    return new


def changeRun(handle: Handle, number: int, **changes: Any) -> None:
    """Give a run another comment, or what belongs to its poses."""
    kept = record(handle, KEY, [])
    changed = [one | changes if one["number"] == number else one for one in kept]
    if changed != kept:
        setRecord(handle, KEY, changed)


def apart(one: RigidTransform, other: RigidTransform, centerRas: Sequence[float]) -> tuple[float, float, float]:
    """How far two poses of an X-ray put the bone apart.

    Returns:
        (mm across the view and mm along it, of the bone's middle, before the X-ray's camera; degrees).
    """
    shift = one.apply(np.asarray(centerRas, dtype=float)) - other.apply(np.asarray(centerRas, dtype=float))
    return float(np.hypot(*shift[:2])), float(abs(shift[2])), one.rotation_angle_deg(other)
