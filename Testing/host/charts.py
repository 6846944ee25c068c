"""A plot view drawn offscreen: the chart node's series as VTK's own chart."""

from __future__ import annotations

import slicer
import vtk

from .views import View

MARKERS = {
    "cross": vtk.vtkPlotPoints.CROSS,
    "plus": vtk.vtkPlotPoints.PLUS,
    "square": vtk.vtkPlotPoints.SQUARE,
    "circle": vtk.vtkPlotPoints.CIRCLE,
    "diamond": vtk.vtkPlotPoints.DIAMOND,
}
LINES = {"none": vtk.vtkPen.NO_PEN, "dash": vtk.vtkPen.DASH_LINE, "dot": vtk.vtkPen.DOT_LINE}


class ChartView(View):
    """Shows the chart (vtkMRMLPlotChartNode) that a plot view node points to, and follows it."""

    def __init__(self, node, size: tuple[int, int] = (300, 200)) -> None:
        super().__init__(size)
        self.node = node
        self.style = vtk.vtkContextInteractorStyle()
        self.chart = vtk.vtkChartXY()
        self.context = vtk.vtkContextActor()
        self.context.GetScene().AddItem(self.chart)
        self.context.GetScene().SetRenderer(self.renderer)
        self.renderer.AddActor(self.context)
        self.style.SetScene(self.context.GetScene())
        self.interactor.SetInteractorStyle(self.style)
        self.interactor.Initialize()
        self.renderer.SetBackground(1, 1, 1)
        self._observed: list[tuple] = []
        node.AddObserver(vtk.vtkCommand.ModifiedEvent, self._refresh)
        node.AddObserver(slicer.vtkMRMLNode.ReferencedNodeModifiedEvent, self._refresh)
        self._refresh()

    def series(self) -> list:
        chart = self.node.GetPlotChartNode()
        return [chart.GetNthPlotSeriesNode(index) for index in range(chart.GetNumberOfPlotSeriesNodes())] if chart else []

    def _refresh(self, caller=None, event=None) -> None:
        self._observe()
        self.chart.ClearPlots()
        node = self.node.GetPlotChartNode()
        for series in self.series():
            self._add(series)
        for place, title in ((vtk.vtkAxis.BOTTOM, "GetXAxisTitle"), (vtk.vtkAxis.LEFT, "GetYAxisTitle")):
            axis = self.chart.GetAxis(place)
            text = getattr(node, title)() if node else ""
            axis.SetTitle(text or "")
            axis.SetLogScale(bool(node and node.GetXAxisLogScale() if place == vtk.vtkAxis.BOTTOM else False))
        self.chart.SetTitle((node.GetTitle() or "") if node else "")
        self.chart.SetShowLegend(bool(node and node.GetLegendVisibility()))
        self.chart.RecalculateBounds()
        self._request_render()

    def _observe(self) -> None:
        """Follow the chart, its series and their tables."""
        for thing, tag in self._observed:
            thing.RemoveObserver(tag)
        things = [
            self.node.GetPlotChartNode(),
            *self.series(),
            *(series.GetTableNode() for series in self.series() if series),
        ]
        things = [thing for thing in things if thing is not None]
        self._observed = [(thing, thing.AddObserver(vtk.vtkCommand.ModifiedEvent, self._refresh)) for thing in things]

    def _add(self, series) -> None:
        table = series.GetTableNode().GetTable() if series and series.GetTableNode() else None
        columns = [series.GetXColumnName(), series.GetYColumnName()] if table else []
        if not table or not all(name and table.GetColumnByName(name) for name in columns) or table.GetNumberOfRows() < 2:
            return
        scatter = series.GetPlotType() == slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter
        plot = self.chart.AddPlot(vtk.vtkChart.POINTS if scatter and not series.GetLineStyle() else vtk.vtkChart.LINE)
        marker = series.GetMarkerStyleAsString(series.GetMarkerStyle())
        plot.SetMarkerStyle(MARKERS.get(marker, vtk.vtkPlotPoints.NONE))
        plot.SetMarkerSize(series.GetMarkerSize())
        plot.SetInputData(table, *columns)
        plot.SetLabel(series.GetName())
        plot.SetColorF(*series.GetColor())
        plot.SetWidth(series.GetLineWidth())
        style = series.GetLineStyleAsString(series.GetLineStyle())
        plot.GetPen().SetLineType(LINES.get(style, vtk.vtkPen.SOLID_LINE))
