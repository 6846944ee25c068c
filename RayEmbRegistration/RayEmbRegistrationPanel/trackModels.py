"""The models that the section Track follows, each with what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
import slicer
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

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
    """A table of models."""

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

    def update(self, idle: bool = True) -> None:
        """Table and buttons."""
        if self.parameters is None:
            return
        idle = idle and self.panel.jobs.name is None
        bodies = self.chosen()
        rows = [(body.name, materialInWords(str(body.material))) for body in bodies]
        quietly(self.ui.trackModelTable, lambda: self._fill(rows))
        self.ui.trackModelTable.visible = bool(rows)
        node = self.ui.trackModelSelector.currentNode()
        self.ui.addTrackModelButton.enabled = idle and node is not None and all(body.node is not node for body in bodies)
        self.ui.removeTrackModelButton.enabled = idle and 0 <= self.ui.trackModelTable.currentRow() < len(rows)

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
