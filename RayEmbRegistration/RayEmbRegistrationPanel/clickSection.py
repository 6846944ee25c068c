"""The part of the section Targets that goes the other way: clicks in X-rays to points and tools in the CT's space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from RayEmbRegistrationScene import clicks, sceneView, targetShapes
from RayEmbRegistrationScene.nodes import Node
from RayEmbRegistrationScene.targets import Target, isOwn
from slicer.i18n import tr as _

from .section import Observers, Section
from .targetWords import seenInWords

if TYPE_CHECKING:
    import numpy as np
    from RayEmbRegistrationScene.nodes import Handle

    from .section import Panel


DRAW_MS = 0


class ClickSection(Section):
    """Follows the clicks, the poses and the planned line, and shows what they say."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._observers = Observers()
        self._soon = self.timer(DRAW_MS, self.draw)
        self._soon.setSingleShot(True)
        self.ui.placeClickButton.connect("toggled(bool)", self.onPlace)
        self.ui.removeClicksButton.connect("clicked(bool)", self.onRemove)

    @property
    def node(self) -> Node | None:
        """The clicks."""
        return self.parameters.clickedPoints if self.parameters is not None else None

    def update(self) -> None:
        """What the clicks say, and whether one can be made."""
        if self.parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        if self.parameters.plannedLine is not None and isOwn(self.parameters.plannedLine):
            self.parameters.plannedLine = None  # the tool itself, which selectors of lines offer too
        handle = self.panel.handle()
        rows = range(sceneView.viewCount(handle) if handle is not None else 0)
        posed = [row for row in rows if sceneView.poseOf(handle, row) is not None]
        self.ui.placeClickButton.enabled = bool(posed)
        place = _("Click a point in an X-ray: its ray is shown in the CT, and where it lies in the other X-rays.")
        self.ui.placeClickButton.toolTip = place if posed else _("Register first.")
        self.draw()
        self._observe(handle, posed)

    def draw(self) -> None:
        """Show rays, points or tool."""
        if self.parameters is None or slicer.mrmlScene.IsBatchProcessing():
            return
        handle, node = self.panel.handle(), self.node
        count = node.GetNumberOfControlPoints() if node is not None else 0
        self.ui.removeClicksButton.enabled = count > 0
        if handle is None:
            return
        if not count:
            clicks.showClicks(handle, None, None)
            self.ui.seenLabel.text = ""
        else:
            clicks.number(handle, node)
            asTool = self.parameters.seeTool
            seen = clicks.seenBy(handle, node, asTool)
            clicks.showClicks(handle, node, seen)
            planned, name = self._planned(handle)
            self.ui.seenLabel.text = seenInWords(seen, asTool, len(clicks.clicksOf(handle, node)), planned, name)
        self.ui.seenLabel.visible = self.ui.seenLabel.text != ""

    def _planned(self, handle: Handle) -> tuple[np.ndarray | None, str]:
        node = self.parameters.plannedLine
        if node is None or isOwn(node):
            return None, ""
        points = targetShapes.shapeOf(handle, Target(node)).points
        return (points[:2] if len(points) > 1 else None), node.GetName()

    def onPlace(self, on: bool) -> None:
        """Let clicks in the X-rays place points."""
        handle = self.panel.handle()
        if on and handle is not None:
            self.panel.views.showViews(handle)
        self.panel.landmarks.onPlace(on, "clickedPoints")
        if on and self.node is not None:
            clicks.style(self.node)
            self.update()

    def onRemove(self, _checked: bool = False) -> None:
        """Take all clicks away."""
        if self.node is not None:
            self.node.RemoveAllControlPoints()
            self.update()

    # The scene

    def _observe(self, handle: Handle | None, posed: list[int]) -> None:
        markups = slicer.vtkMRMLMarkupsNode
        events = (markups.PointModifiedEvent, markups.PointPositionDefinedEvent, markups.PointRemovedEvent)
        nodes = [node for node in (self.node, self.parameters.plannedLine) if node is not None]
        wanted = [(node, event, self.onMoved) for node in nodes for event in events]
        if self.node is not None:
            for row in posed:
                pose = sceneView.nodeOf(handle, f"View{row + 1}.Pose")
                wanted.append((pose, slicer.vtkMRMLTransformNode.TransformModifiedEvent, self.onMoved))
        self._observers.follow(wanted)

    def onMoved(self, caller: object, event: str) -> None:
        """A click, a pose or the plan is elsewhere."""
        self._soon.start()

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._soon.stop()
        self._observers.follow(())
        self.ui.seenLabel.text = ""

    def cleanup(self) -> None:
        """The panel goes."""
        self.parametersReplaced()
