"""How the similarity grew, iteration by iteration: a table, a plot series and a chart of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from . import colors
from .handle import ensureNode
from .nodes import Handle, Node

TABLE_ROLE, SERIES_ROLE, CHART_ROLE = "SimilarityTable", "SimilaritySeries", "SimilarityChart"


def showTrace(handle: Handle, trace: Sequence[tuple[str, float]]) -> Node:
    """Make or update the plot of (stage, similarity); returns the chart node."""
    tableNode, _ = ensureNode(handle, TABLE_ROLE, "vtkMRMLTableNode", "similarity")
    tableNode.SetAndObserveTable(_table(trace))
    series, isNew = ensureNode(handle, SERIES_ROLE, "vtkMRMLPlotSeriesNode", "similarity series")
    series.SetAndObserveTableNodeID(tableNode.GetID())
    series.SetXColumnName("Iteration")
    series.SetYColumnName("Similarity")
    series.SetLabelColumnName("Stage")
    if isNew:
        series.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
        series.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
        series.SetColor(*colors.OPTIMIZED_POSE)
        series.SetLineWidth(2)
    chart, isNew = ensureNode(handle, CHART_ROLE, "vtkMRMLPlotChartNode", "similarity over iterations")
    if isNew:
        chart.SetTitle("Similarity of DRR and X-ray")
        chart.SetXAxisTitle("Iteration")
        chart.SetYAxisTitle("Similarity")
        chart.SetLegendVisibility(False)
    if not chart.HasPlotSeriesNodeID(series.GetID()):
        chart.RemoveAllPlotSeriesNodeIDs()
        chart.AddAndObservePlotSeriesNodeID(series.GetID())
    return chart


def _table(trace: Sequence[tuple[str, float]]) -> vtk.vtkTable:
    table = vtk.vtkTable()
    values = np.array([value for _, value in trace], dtype=float)
    for name, column in (("Iteration", np.arange(1.0, len(values) + 1)), ("Similarity", values)):
        array = numpy_to_vtk(column, deep=True)
        array.SetName(name)
        table.AddColumn(array)
    stages = vtk.vtkStringArray()
    stages.SetName("Stage")
    for stage, _ in trace:
        stages.InsertNextValue(str(stage))
    table.AddColumn(stages)
    return table
