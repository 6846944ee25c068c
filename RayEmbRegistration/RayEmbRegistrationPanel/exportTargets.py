"""The targets of a registration, and what was clicked in its X-rays, as the result file and a table have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationScene import clicks, inputs, sceneView, targetErrors, targets, targetShapes
from RayEmbRegistrationScene.nodes import Handle, Node

if TYPE_CHECKING:
    from RayEmbRegistrationLib.files.targets import TargetRecord
    from RayEmbRegistrationScene.targetErrors import Known


MOST_POINTS = 50
"""Of a curve or an outline so many are written, spread evenly."""


def targetRecords(handle: Handle) -> tuple[TargetRecord, ...]:
    """The ticked targets as they are now, then points and tool found by clicks."""
    known = targetErrors.errorsOf(handle)
    records = []
    for target in targets.ticked():
        shape = targetShapes.shapeOf(handle, target)
        points = _pointsOf(shape)
        if len(points):
            records.append(_record(target.name, target.kind, shape.bone, points, known))
    for role, kind in ((clicks.POINTS, "seen points"), (clicks.TOOL, "seen tool")):
        node = sceneView.nodeOf(handle, role)
        if node is not None:
            records.append(_seen(node, kind, known))
    return tuple(records)


def _pointsOf(shape: targetShapes.Shape) -> np.ndarray:
    """(N, 3) RAS mm: the user's points, or those along a curve, or the middle of a surface."""
    if shape.surface is not None:
        return np.asarray(shape.surface.GetCenter()).reshape(1, 3)
    if len(shape.points) or not shape.lines:
        return shape.points
    line = shape.lines[0]
    return line[np.unique(np.linspace(0, len(line) - 1, min(MOST_POINTS, len(line))).round().astype(int))]


def _record(name: str, kind: str, bone: str, points: np.ndarray, known: dict[int, Known]) -> TargetRecord:
    from RayEmbRegistrationLib.files.targets import TargetInView, TargetRecord, spread_of

    views = tuple(TargetInView.of(row + 1, one.sight, points, one.drawn) for row, one in known.items())
    first = next(iter(known.values()))
    return TargetRecord(name, kind, bone, points, spread_of(points, first.sight, first.space), views)


def _seen(node: Node, kind: str, known: dict[int, Known]) -> TargetRecord:
    """Found points with the errors that were told of them."""
    from dataclasses import replace

    points = inputs.markupPoints(node)
    record = _record(node.GetName().rpartition(" - ")[2], kind, targets.WHOLE, points, known)
    spread = clicks.spreadOf(node)
    return record if spread is None else replace(record, std_mm=spread)
