"""Which registration of the scene is shown, and the CT, bones and X-rays that it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import inputs, sceneView
from RayEmbRegistrationScene.nodes import Handle

from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel


class RegistrationsSection(Section):
    """The registration chosen in the section Result."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.ui.registrationComboBox.connect("activated(int)", self.onRegistrationChosen)
        self.ui.newRegistrationButton.connect("clicked(bool)", self.onNew)

    def onRegistrationChosen(self, index: int) -> None:
        """Show another registration of the scene."""
        handles = sceneView.registrations()
        if 0 <= index < len(handles) and self.panel.jobs.name is None:
            self.panel.result.outcome = None
            with slicer.util.NodeModify(self.parameters.parameterNode):  # what is chosen is another's until it is taken
                self._takeInputs(handles[index])
                self.parameters.registration = handles[index]
            self.panel.views.showViews(handles[index])

    def _takeInputs(self, handle: Handle) -> None:
        """The CT and X-rays that a registration was made from, where they are still there."""
        parameters = self.parameters
        rows = range(sceneView.viewCount(handle))
        nodes = [sceneView.nodeOf(handle, f"View{row + 1}.InputXray") for row in rows]
        known = {id(node): (text, view) for node, text, view in self.panel.xrays.rows()}
        if nodes and all(nodes):
            taken = []
            for row, node in zip(rows, nodes, strict=True):
                text, view = known.get(id(node), ("", ""))
                camera = sceneView.shownCamera(handle, row)
                text = text or geometry_to_text(XrayGeometry.of_camera(camera, "file", "an earlier registration"))
                taken.append((node, text, view))
            self.panel.xrays.setRows(taken)
        ct = sceneView.nodeOf(handle, "InputCt")
        if ct is not None:
            parameters.ctVolume = ct
            self._takeBones(handle)

    def _takeBones(self, handle: Handle) -> None:
        """The segments that a registration is of, and whether they move apart."""
        chosen = sceneView.chosenBones(handle)
        if chosen is not None:
            node, ids, apart = chosen
            self.parameters.segmentation = node
            names = inputs.segmentNames(node) if node is not None else ()
            self.parameters.unusedSegments = [one for one in names if one not in ids]
            if node is not None:
                self.parameters.separateBones = apart

    def onNew(self, _checked: bool = False) -> None:
        """Keep what is shown; what comes next gets a folder of its own."""
        self.panel.result.outcome = None
        self.parameters.registration = None

    def update(self) -> None:
        """The registrations of the scene."""
        handle, idle = self.panel.handle(), self.panel.jobs.name is None
        self._showRegistrations(handle)
        self.ui.newRegistrationButton.enabled = handle is not None and idle
        self.ui.registrationComboBox.enabled = idle

    def _showRegistrations(self, handle: Handle) -> None:
        handles = sceneView.registrations() if self.parameters is not None else []
        box = self.ui.registrationComboBox
        names = [other.GetName() for other in handles]
        if [box.itemText(n) for n in range(box.count)] != names:
            quietly(box, lambda: (box.clear(), box.addItems(names)))
        index = next((n for n, other in enumerate(handles) if other is handle), -1)
        quietly(box, lambda: box.setCurrentIndex(index))
