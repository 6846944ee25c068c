"""Which plot of a track is seen: similarity and expected error, or the joint angles of its first two bodies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import slicer
from RayEmbRegistrationScene import inputs, trackedPoses, trackPlot
from RayEmbRegistrationScene.handle import nodeOf, setInput
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import trackJoint, trackShow
from .section import Observers, Section, quietly
from .sentences import asSentence

if TYPE_CHECKING:
    from .section import Panel

LANDMARKS = "Track.InputAxes"
PLOTS = ("", "joint")
"""Names as ``trackPlot.choosePlot`` takes them, in the order of the box."""
JOINTS = ("knee", "hip", "ankle", "elbow", "wrist", "shoulder")
"""As the library names them, in the order of the box."""


def jointInWords(name: str) -> str:
    """A joint in the user's language, which is not known yet when this file is read."""
    return {
        "knee": _("Knee"),
        "hip": _("Hip"),
        "ankle": _("Ankle"),
        "elbow": _("Elbow"),
        "wrist": _("Wrist"),
        "shoulder": _("Shoulder"),
    }[name]


class TrackPlots(Section):
    """A box, the joint and its side; shown where a track has two bodies."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.ui.trackPlotComboBox.addItems([_("Similarity and expected error"), _("Joint angles")])
        self.ui.trackPlotComboBox.connect("activated(int)", self.onChosen)
        self.ui.trackJointComboBox.addItems([jointInWords(name) for name in JOINTS])
        self.ui.trackJointComboBox.connect("activated(int)", self.onJoint)
        self.ui.trackRightCheckBox.connect("clicked(bool)", self.onSide)
        self._selectors = (self.ui.upperAxesSelector, self.ui.lowerAxesSelector)
        self._observers = Observers()
        for number, selector in enumerate(self._selectors):
            selector.connect("currentNodeChanged(vtkMRMLNode*)", partial(self.onLandmarks, number))

    def update(self) -> None:
        """What can be chosen, and what is."""
        handle = self.panel.handle()
        hasJoint = trackJoint.hasJoint(handle)
        self.ui.trackPlotComboBox.visible = self.ui.trackPlotCaption.visible = hasJoint
        isSeen = hasJoint and trackPlot.plotChosen(handle) == "joint"
        ui = self.ui
        shown = (ui.trackJointCaption, ui.trackJointComboBox, ui.trackRightCheckBox, ui.axesCaption, *self._selectors)
        for widget in shown:
            widget.visible = isSeen
        if hasJoint:
            joints, own = self.ui.trackJointComboBox, trackJoint.jointOf(handle)
            quietly(joints, lambda: joints.setCurrentIndex(JOINTS.index(own) if own in JOINTS else 0))
            box, right = self.ui.trackPlotComboBox, trackJoint.isRight(handle)
            quietly(box, lambda: box.setCurrentIndex(PLOTS.index(trackPlot.plotChosen(handle))))
            quietly(self.ui.trackRightCheckBox, lambda: self.ui.trackRightCheckBox.setChecked(right))
            for number, selector in enumerate(self._selectors):
                quietly(selector, partial(selector.setCurrentNode, nodeOf(handle, f"{LANDMARKS}{number}")))
        self._follow(handle)

    def _follow(self, handle: Handle | None) -> None:
        """Landmarks that are moved."""
        markups = slicer.vtkMRMLMarkupsNode
        events = (markups.PointPositionDefinedEvent, markups.PointEndInteractionEvent, markups.PointRemovedEvent)
        nodes = [nodeOf(handle, f"{LANDMARKS}{number}") for number in range(2)] if trackJoint.hasJoint(handle) else []
        self._observers.follow((node, event, self.onMoved) for node in nodes if node is not None for event in events)

    def onMoved(self, caller: Node, event: str) -> None:
        """A landmark was moved, where its body stands now."""
        for number in range(2):
            if nodeOf(self.panel.handle(), f"{LANDMARKS}{number}") is caller:
                self.onLandmarks(number, caller)

    def onLandmarks(self, number: int, node: Node | None) -> None:
        """A body's axes are from these points, or from none."""
        handle = self.panel.handle()
        if not trackJoint.hasJoint(handle) or slicer.mrmlScene.IsBatchProcessing():
            return
        setInput(handle, f"{LANDMARKS}{number}", node)
        try:
            trackJoint.setLandmarks(handle, number, None if node is None else inputs.markupPoints(node))
            self.panel.track.say("")
        except ValueError as error:
            trackJoint.setLandmarks(handle, number, None)
            self.panel.track.say(asSentence(str(error)))
        self.draw(handle)

    def onChosen(self, number: int) -> None:
        """Another plot."""
        handle = self.panel.handle()
        if trackJoint.hasJoint(handle):
            trackPlot.choosePlot(handle, PLOTS[number])
            self.draw(handle)
            self.panel.views.showViews(handle)
            self.panel.onParametersModified()

    def onJoint(self, number: int) -> None:
        """Another joint."""
        handle = self.panel.handle()
        if handle is not None and trackedPoses.aboutTrack(handle) is not None:
            trackJoint.setJoint(handle, JOINTS[number])
            self.draw(handle)

    def onSide(self, right: bool) -> None:
        """The other side."""
        handle = self.panel.handle()
        if handle is not None and trackedPoses.aboutTrack(handle) is not None:
            trackJoint.setSide(handle, right)
            self.draw(handle)

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._observers.follow([])

    def draw(self, handle: Handle) -> None:
        """Bring the joint's curves in line with the frames, where they are seen."""
        if trackPlot.plotChosen(handle) == "joint":
            trackJoint.showAngles(handle, trackShow.trackOf(handle))
            trackShow.settleFrame(handle)
