"""The plot of a track in its view: a click goes to the frame nearest to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from RayEmbRegistrationScene import trackedPoses
from RayEmbRegistrationScene.layout import VIEW_PLOT
from RayEmbRegistrationScene.nodes import Handle

BOTTOM, SELECT, LEFT = 1, 3, 1
"""vtkAxis::BOTTOM, vtkChart::SELECT and vtkContextMouseEvent::LEFT_BUTTON, whose classes are not loaded at start-up."""


class TrackPlotView:
    """Listens to the plot view of the module's layouts.

    Args:
        chosen: called with the frame, from 0.
    """

    def __init__(self, chosen: Callable[[int], None]) -> None:
        self._chosen = chosen
        self._view: Any = None
        self._handle: Handle = None

    def follow(self, handle: Handle | None) -> None:
        """Go to frames of this registration's track."""
        self._handle = handle
        view = None if handle is None else _plotView()
        if view is not None and view is not self._view:
            self._view = view
            view.chart().SetClickActionToButton(SELECT, LEFT)  # Slicer has the right button select a point
            view.connect("dataSelected(vtkStringArray*,vtkCollection*)", self.onSelected)

    def onSelected(self, _series: Any, _selection: Any) -> None:
        """A point was clicked, or several were framed: the frame where the mouse is.

        A click tells no numbers of points, only that there was one.
        """
        frames = trackedPoses.trackedFrames(self._handle)
        axis = self._view.chart().GetAxis(BOTTOM)
        start, end = axis.GetPoint1()[0], axis.GetPoint2()[0]
        if not frames or end == start:
            return
        column = self._view.renderWindow().GetInteractor().GetEventPosition()[0]
        share = (column - start) / (end - start)
        number = axis.GetMinimum() + share * (axis.GetMaximum() - axis.GetMinimum())
        self._chosen(min(frames, key=lambda frame: abs(frame + 1 - number)))


def _plotView() -> Any:
    layoutManager = slicer.app.layoutManager()
    for number in range(layoutManager.plotViewCount if layoutManager is not None else 0):
        widget = layoutManager.plotWidget(number)
        if widget.mrmlPlotViewNode().GetLayoutName() == VIEW_PLOT:
            return widget.plotView()
    return None
