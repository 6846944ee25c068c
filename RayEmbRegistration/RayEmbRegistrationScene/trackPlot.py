"""A track over its frames: similarity and expected error as curves, marks where a frame is not trusted, a line at one.

The frames are counted from 1, as the panel counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from . import colors
from .handle import ensureNode, nodeOf, record, setRecord
from .nodes import Handle, Node

CHART_ROLE, JOINT_ROLE, SHOWN = "Track.Chart", "Track.JointChart", "Track.PlotShown"
JOINT_COLORS = ((0.25, 0.55, 1.0), (1.0, 0.59, 0.12), (0.3, 0.65, 0.3))
"""Blue, orange and green, as the title says."""
FRAME = "Frame"
NOT_TRUSTED, HERE = (0.85, 0.1, 0.1), (0.4, 0.4, 0.4)


@dataclass(frozen=True)
class FramePoint:
    """What is drawn of a frame: the worst of its bodies.

    Attributes:
        frame: from 0.
        similarity: 0 to 1.
        errorMm: expected.
        trusted: whether it is.
    """

    frame: int
    similarity: float
    errorMm: float
    trusted: bool


def showTrackPlot(handle: Handle, points: Sequence[FramePoint], words: Sequence[str], title: str) -> Node:
    """Make or update the plot; returns the chart node.

    Args:
        handle: the registration.
        points: of the frames, rising.
        words: of similarity, expected error, frames that are not trusted, and the frame that is shown.
        title: of the plot.
    """
    frames = [point.frame + 1.0 for point in points]
    curves = ([point.similarity for point in points], [point.errorMm for point in points])
    marks = [point for point in points if not point.trusted]
    chart = _chart(handle, CHART_ROLE, "track over frames", title)
    for number, (values, color) in enumerate(zip(curves, (colors.OPTIMIZED_POSE, colors.EDGES), strict=True)):
        _series(handle, chart, f"Curve{number + 1}", words[number], frames, values).SetColor(*color)
    marked = _series(handle, chart, "Marks", words[2], [m.frame + 1.0 for m in marks], [m.similarity for m in marks])
    marked.SetColor(*NOT_TRUSTED)
    marked.SetLineStyle(slicer.vtkMRMLPlotSeriesNode.LineStyleNone)
    marked.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleCross)
    marked.SetMarkerSize(12)
    highest = max((v for values in curves for v in values if np.isfinite(v)), default=1.0)
    _series(handle, chart, "Here", words[3], [1.0, 1.0], [0.0, max(highest, 1.0)]).SetColor(*HERE)
    return chart


def showJointPlot(
    handle: Handle, frames: Sequence[int], curves: Sequence[tuple[str, Sequence[float]]], title: str, here: str
) -> Node:
    """Make or update the plot of a joint's angles, a curve each; returns the chart node."""
    chart = _chart(handle, JOINT_ROLE, "joint angles over frames", title)
    for number, (name, values) in enumerate(curves):
        color = JOINT_COLORS[number % len(JOINT_COLORS)]
        _series(handle, chart, f"Joint{number + 1}", name, [frame + 1.0 for frame in frames], values).SetColor(*color)
    known = [value for _name, values in curves for value in values if np.isfinite(value)]
    ends = [min([*known, 0.0]), max([*known, 1.0])]
    _series(handle, chart, "JointHere", here, [1.0, 1.0], ends).SetColor(*HERE)
    return chart


def showFrameInPlot(handle: Handle, frame: int) -> None:
    """Move the line to the frame that is shown, in all plots."""
    for role in ("Track.HereTable", "Track.JointHereTable"):
        table = nodeOf(handle, role)
        if table is not None:
            _moveLine(table, frame)


def _moveLine(table: Node, frame: int) -> None:
    column = table.GetTable().GetColumnByName(FRAME)
    if column.GetValue(0) != frame + 1.0:
        for row in range(column.GetNumberOfTuples()):
            column.SetValue(row, frame + 1.0)
        column.Modified()
        table.GetTable().Modified()
        table.Modified()


def chartOf(handle: Handle) -> Node | None:
    """The plot of a track that is to be seen, or None."""
    return (nodeOf(handle, JOINT_ROLE) if record(handle, SHOWN) == "joint" else None) or nodeOf(handle, CHART_ROLE)


def choosePlot(handle: Handle, which: str) -> None:
    """Which plot is to be seen: "" of similarity and error, "joint" of a joint's angles."""
    setRecord(handle, SHOWN, which or None)


def plotChosen(handle: Handle) -> str:
    """As ``choosePlot`` was told."""
    return str(record(handle, SHOWN, ""))


def _chart(handle: Handle, role: str, label: str, title: str) -> Node:
    chart, isNew = ensureNode(handle, role, "vtkMRMLPlotChartNode", label)
    if isNew:
        chart.SetXAxisTitle(FRAME)
        chart.SetLegendVisibility(False)  # it would lie over points and take their clicks; the title names the curves
        chart.SetYAxisTitleVisibility(False)
    chart.SetTitle(title)
    return chart


def _series(handle: Handle, chart: Node, what: str, name: str, frames: Sequence[float], values: Sequence[float]) -> Node:
    table, _ = ensureNode(handle, f"Track.{what}Table", "vtkMRMLTableNode", f"track {name}")
    series, isNew = ensureNode(handle, f"Track.{what}Series", "vtkMRMLPlotSeriesNode", name)
    table.SetAndObserveTable(_table(frames, values))
    with slicer.util.NodeModify(series):
        series.SetName(name)  # the legend shows it
        series.SetAndObserveTableNodeID(table.GetID())
        series.SetXColumnName(FRAME)
        series.SetYColumnName("Value")
        if isNew:
            isCurve = not what.endswith(("Here", "Marks"))
            kind = slicer.vtkMRMLPlotSeriesNode
            series.SetPlotType(kind.PlotTypeScatter)
            series.SetMarkerStyle(kind.MarkerStyleCircle if isCurve else kind.MarkerStyleNone)
            series.SetMarkerSize(6)
            series.SetLineWidth(2)
    if not chart.HasPlotSeriesNodeID(series.GetID()):
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
    return series


def _table(frames: Sequence[float], values: Sequence[float]) -> vtk.vtkTable:
    table = vtk.vtkTable()
    for name, column in ((FRAME, frames), ("Value", values)):
        array = numpy_to_vtk(np.nan_to_num(np.array(column, dtype=float)), deep=True)
        array.SetName(name)
        table.AddColumn(array)
    return table
