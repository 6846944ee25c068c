"""The start by landmark pairs: points that the user places in CT and X-ray, and which of them belong together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.clicks import clicksOf
from slicer.i18n import tr as _

from .landmarkPairs import pairsOf
from .section import Observers, Section, quietly

if TYPE_CHECKING:
    from .landmarkPairs import Pairs
    from .section import Panel


class LandmarksSection(Section):
    """The box of the section Start with the landmark pairs; and the placing of points, whoever wants one."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._observers = Observers()
        self._interaction: Any = None
        self.ui.placeCtLandmarkButton.connect("toggled(bool)", lambda on: self.onPlace(on, "ctLandmarks"))
        self.ui.placeXrayLandmarkButton.connect("toggled(bool)", lambda on: self.onPlace(on, "xrayLandmarks"))

    def pairs(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """((N, 3) RAS mm, (N, 2) px) of an X-ray; see ``landmarkPairs``."""
        pairs = self._pairs(row)
        return pairs.pointsRas, pairs.pixels

    def clicked(self, row: int) -> np.ndarray:
        """(N, 2) px of the points that were placed in an X-ray."""
        handle, node = self.panel.handle(), self.parameters.xrayLandmarks
        if handle is None or node is None or row >= sceneView.viewCount(handle):
            return np.zeros((0, 2))
        return clicksOf(handle, node).get(row, np.zeros((0, 2)))

    def _pairs(self, row: int) -> Pairs:
        return pairsOf(self.panel.handle(), row, self.parameters.ctLandmarks, self.parameters.xrayLandmarks)

    def _pairsInWords(self) -> str:
        """How many pairs each X-ray has, and how they were made."""
        found = [self._pairs(row) for row in range(len(self.panel.xrays.nodes))]
        counts = ", ".join(str(len(pairs.pixels)) for pairs in found) or "0"
        if not any(pairs.areByName for pairs in found):
            return _("Pairs: {counts}, by their order.").format(counts=counts)
        left = sorted({name for pairs in found if pairs.areByName for name in pairs.left})
        text = _("Pairs: {counts}, by their names.").format(counts=counts)
        return text + (_(" Without partner: {names}.").format(names=", ".join(left)) if left else "")

    def update(self) -> None:
        """Say how many pairs there are, and follow the points."""
        if self.parameters is None:
            return
        if self.panel.start.mode == "landmarks":
            words = (self.panel.start.problem(), self._pairsInWords())
            self.ui.landmarkPairsLabel.text = " ".join(filter(None, words))
        if self.panel.start.mode == "ends":
            self.ui.landmarkPairsLabel.text = self.panel.start.problem() or _("Both ends are clicked: press Register.")
        points = slicer.vtkMRMLMarkupsNode
        events = (points.PointPositionDefinedEvent, points.PointRemovedEvent, points.PointEndInteractionEvent)
        nodes = [node for node in (self.parameters.ctLandmarks, self.parameters.xrayLandmarks) if node is not None]
        self._observers.follow((node, event, self.onLandmarks) for node in nodes for event in events)

    def onLandmarks(self, caller: object, event: str) -> None:
        """Points were placed or moved."""
        self.panel.onParametersModified()

    # Placing

    def onPlace(self, on: bool, name: str) -> None:
        """Let clicks in the views place points."""
        if not on:
            self.stopPlacing()
            return
        node = getattr(self.parameters, name)
        if node is None:
            labels = {
                "ctLandmarks": _("Landmarks in CT"),
                "xrayLandmarks": _("Landmarks in X-ray"),
                "pickedPoint": _("Picked"),
                "clickedPoints": _("Clicks in X-rays"),
            }
            node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", labels[name])
            node.SetControlPointLabelFormat("%d")  # short enough to be read beside the point
            node.CreateDefaultDisplayNodes()
            setattr(self.parameters, name, node)
        if name == "xrayLandmarks":
            self.panel.views.showXrays()
        slicer.modules.markups.logic().SetActiveList(node)
        self._interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        self._interaction.SetPlaceModePersistence(0 if name == "pickedPoint" else 1)
        self._interaction.SetCurrentInteractionMode(self._interaction.Place)

    def stopPlacing(self) -> None:
        """Give the mouse back."""
        names = ("placeCtLandmarkButton", "placeXrayLandmarkButton", "placePickedPointButton", "placeClickButton")
        buttons = [getattr(self.ui, name) for name in names]
        for button in buttons:
            quietly(button, partial(button.setChecked, False))
        if self._interaction is not None:
            self._interaction.SetCurrentInteractionMode(self._interaction.ViewTransform)
            self._interaction = None

    # The scene

    def parametersReplaced(self) -> None:
        """Let go of the old scene's nodes."""
        self.stopPlacing()
        self._observers.follow(())

    def cleanup(self) -> None:
        """The panel goes."""
        self._observers.follow(())
