"""What the section Track follows: the bones of the CT, and models with what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import qt
import slicer
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.nodes import Node
from RayEmbRegistrationScene.targets import isOwn
from slicer.i18n import tr as _

from . import trackInputs
from .section import Section, quietly
from .trackInputs import BodyInput

if TYPE_CHECKING:
    from .section import Panel

MATERIALS = ("CoCr", "titanium", "steel", "polyethylene", "bone")
"""As the library names them; it is not imported before it is used."""


def materialInWords(name: str) -> str:
    """A material in the user's language."""
    return {
        "CoCr": _("Cobalt-chromium"),
        "titanium": _("Titanium"),
        "steel": _("Steel"),
        "polyethylene": _("Polyethylene"),
        "bone": _("Bone"),
    }[name]


class TrackModels(Section):
    """A tick for the CT, and a table of models."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.setUpTable(self.ui.trackModelTable, (_("Model"), _("Made of")))
        self.ui.trackMaterialComboBox.addItems([materialInWords(name) for name in MATERIALS])
        self.ui.trackModelSelector.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: self.update(True))
        self.ui.trackModelTable.connect("itemSelectionChanged()", lambda: self.update(True))
        self.ui.addTrackModelButton.connect("clicked(bool)", self.onAdd)
        self.ui.removeTrackModelButton.connect("clicked(bool)", self.onRemove)

    def chosen(self) -> list[BodyInput]:
        """The models of the table."""
        nodes, materials = list(self.parameters.trackModels), list(self.parameters.trackMaterials)
        return [BodyInput(node, material) for node, material in zip(nodes, materials, strict=False) if node is not None]

    def bodies(self) -> list[BodyInput]:
        """All that is to be followed: bones of the CT where they are ticked, then the models."""
        found = []
        if self.parameters.trackCt and self.parameters.ctVolume is not None:
            found += trackInputs.bodiesOfCt(self.panel.ctInput(), bool(self.panel.ct.movingBones()))
        return found + self.chosen()

    def problem(self, xrays: Sequence[XrayInput]) -> str | None:
        """Why nothing can be tracked in X-rays, in a sentence."""
        if self.parameters is None:
            return _("The scene is being closed.")
        problem = self.panel.xrays.problem() or trackInputs.problemOfXrays(xrays)
        if problem is not None:
            return problem
        if self.parameters.trackCt:
            problem = self.panel.ct.problem()
            if problem is not None and (self.parameters.ctVolume is not None or not self.chosen()):
                return problem
            if problem is None and xrays[0].start is None and not self.parameters.trackFindStart:
                return _("Register this frame first, or give its pose under Start.")
        return None if self.bodies() else _("Choose what is to be followed: the bones of the CT, or a model.")

    def update(self, idle: bool = True) -> None:
        """Table and buttons."""
        if self.parameters is None:
            return
        idle = idle and self.panel.jobs.name is None
        bodies = self.chosen()
        rows = [(body.name, materialInWords(str(body.material))) for body in bodies]
        quietly(self.ui.trackModelTable, lambda: self._fill(rows))
        self.ui.trackModelTable.visible = bool(rows)
        problem = self._addProblem(self.ui.trackModelSelector.currentNode(), bodies)
        self.ui.addTrackModelButton.enabled = idle and problem is None
        self.ui.addTrackModelButton.toolTip = problem or _("Follow this model.")
        self.ui.removeTrackModelButton.enabled = idle and 0 <= self.ui.trackModelTable.currentRow() < len(rows)

    @staticmethod
    def _addProblem(node: Node | None, bodies: Sequence[BodyInput]) -> str | None:
        """Why a model cannot be followed."""
        if node is None:
            return _("Choose a model first.")
        if any(body.node is node for body in bodies):
            return _("It is in the table already.")
        if isOwn(node):
            return _("{name} was drawn by this module; choose the model of an implant or a bone.").format(
                name=node.GetName()
            )
        return None

    def _fill(self, rows: list[tuple[str, str]]) -> None:
        table = self.ui.trackModelTable
        table.setRowCount(len(rows))
        table.setFixedHeight(
            table.horizontalHeader().height + max(1, len(rows)) * table.verticalHeader().defaultSectionSize + 4
        )
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = table.item(row, column)
                if item is None:
                    item = qt.QTableWidgetItem()
                    table.setItem(row, column, item)
                if item.text() != text:
                    item.setText(text)

    def onAdd(self, _checked: bool = False) -> None:
        """Follow the chosen model."""
        node = self.ui.trackModelSelector.currentNode()
        if node is not None:
            material = MATERIALS[max(0, self.ui.trackMaterialComboBox.currentIndex)]
            self._set([*self.chosen(), BodyInput(node, material)])

    def onRemove(self, _checked: bool = False) -> None:
        """Leave the selected model out."""
        row = self.ui.trackModelTable.currentRow()
        self._set([body for number, body in enumerate(self.chosen()) if number != row])

    def nodeRemoved(self, node: Node) -> None:
        """A deleted model leaves the table."""
        if self.parameters is not None and any(other is None or other is node for other in self.parameters.trackModels):
            self._set([body for body in self.chosen() if body.node is not node])

    def _set(self, bodies: list[BodyInput]) -> None:
        with slicer.util.NodeModify(self.parameters.parameterNode):
            self.parameters.trackMaterials = [str(body.material) for body in bodies]
            self.parameters.trackModels = [body.node for body in bodies]
