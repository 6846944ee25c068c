"""The section X-rays: which ones, and the geometry that is kept of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any, TypeAlias

import qt
import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text, geometry_to_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationScene import imageRun, inputs
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .geometryWords import missingOf, stateOf, unusualOf
from .plausibility import SIGN
from .section import Section, quietly
from .sentences import asSentence

if TYPE_CHECKING:
    from .section import Panel


GEOMETRY, MOST_ROWS = 2, 5
MOST_SHARE = 0.3
"""Of the table's width for where the geometry is from; the cell's tool tip has the whole; name and result have room."""
Row: TypeAlias = tuple[Node, str, str]
"""An X-ray's node, its geometry as text, the view that was chosen."""


class XraySection(Section):
    """A table of X-rays."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._looked: dict[int, tuple[tuple, str | None]] = {}  # row to what was looked at, and what is wrong with it
        self._setUpTable()
        self.ui.addXrayButton.connect("clicked(bool)", self.onAdd)
        self.ui.removeXrayButton.connect("clicked(bool)", self.onRemove)
        self.ui.xraySelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onChosen)

    def _setUpTable(self) -> None:
        table = self.ui.xrayTable
        self.setUpTable(table, (_("X-ray"), _("Frame"), _("Geometry"), _("Result"), _("View")))
        table.setTextElideMode(qt.Qt.ElideMiddle)  # names of one run differ at their ends
        header = table.horizontalHeader()
        for column, isRoomy in enumerate((True, False, False, True, False)):
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch if isRoomy else qt.QHeaderView.ResizeToContents)
        header.setSectionResizeMode(GEOMETRY, qt.QHeaderView.Interactive)
        table.setVerticalScrollBarPolicy(qt.Qt.ScrollBarAsNeeded)
        table.connect("itemSelectionChanged()", self.onSelected)

    # The rows

    @property
    def nodes(self) -> list:
        """The X-ray volume nodes of the table."""
        return list(self.parameters.xrayVolumes) if self.parameters is not None else []

    def geometry(self, row: int) -> XrayGeometry:
        """Of the X-ray in a row."""
        texts = list(self.parameters.xrayGeometries)
        return geometry_from_text(texts[row] if row < len(texts) else "")

    def setGeometry(self, row: int, geometry: XrayGeometry) -> None:
        """Keep what is known of the X-ray in a row."""
        texts = list(self.parameters.xrayGeometries)
        texts[row] = geometry_to_text(geometry)
        self.parameters.xrayGeometries = texts

    def change(self, row: int, geometry: XrayGeometry) -> None:
        """The user gives another geometry; it can be undone."""
        self.panel.history.before()
        self.setGeometry(row, geometry)
        self.panel.history.changed(_("geometry"))

    def takeGeometries(self, texts: dict[str, str]) -> None:
        """Geometry by the X-rays' node IDs, as undo brings it back."""
        now = list(self.parameters.xrayGeometries)
        wanted = [texts.get(node.GetID(), text) for node, text in zip(self.nodes, now, strict=False)]
        if wanted != now:
            self.parameters.xrayGeometries = wanted
            self.panel.views.showXrays()

    @property
    def selected(self) -> int | None:
        """The selected row, or None without any."""
        row = self.ui.xrayTable.currentRow()
        return row if 0 <= row < len(self.nodes) else None

    def inputs(self) -> list[XrayInput]:
        """The X-rays as chosen, without any start."""
        return [XrayInput(node, self.geometry(row), view=self.panel.prior.of(row)) for row, node in enumerate(self.nodes)]

    def problem(self) -> str | None:
        """Why the X-rays cannot be registered, in a sentence."""
        if not self.nodes:
            return _("Add an X-ray to the table.")
        return next(filter(None, map(self.problemOf, range(len(self.nodes)))), None)

    def problemOf(self, row: int) -> str | None:
        """Why the X-ray of a row cannot be used, in a sentence."""
        node, geometry = self.nodes[row], self.geometry(row)
        if inputs.imageSize(node) is None:
            return _("{name} is not a single image; remove it.").format(name=node.GetName())
        if geometry.missing:
            missing = _(" and ").join(missingOf(geometry))
            return _("Give the {missing} of {name}.").format(missing=missing, name=node.GetName())
        return self._impossible(row, geometry)

    def _impossible(self, row: int, geometry: XrayGeometry) -> str | None:
        """Why no X-ray is taken like that of a row; all sections ask for it at every change."""
        node = self.nodes[row]
        asked = (geometry, inputs.imageSize(node), node.GetName())
        if row not in self._looked or self._looked[row][0] != asked:
            try:
                unusualOf(geometry, inputs.imageSize(node), node.GetName())
                self._looked[row] = asked, None
            except InputProblem as problem:
                self._looked[row] = asked, asSentence(str(problem))
        return self._looked[row][1]

    def nameOf(self, row: int) -> str:
        """What to call the X-ray of a row: its number, and its volume's name."""
        nodes = self.nodes
        return f"X{row + 1}: {nodes[row].GetName()}" if row < len(nodes) else f"X{row + 1}"

    def add(self, node: Node, geometry: XrayGeometry | None = None, isShown: bool = True) -> None:
        """Append an X-ray, with what its node tells of its geometry unless given; of several frames the first.

        ``isShown`` says whether to show it in the views at once.
        """
        if inputs.imageSize(node) is None and inputs.canBeFrames(node):
            imageRun.takeAsFrames(node)
        geometry = geometry or self.logic.geometryOf(node)
        self.setRows([*self.rows(), (node, geometry_to_text(geometry), "")])
        self.update()
        self.ui.xrayTable.selectRow(len(self.nodes) - 1)
        if isShown:
            self.panel.views.showXrays()

    def removeRow(self, row: int) -> None:
        """Take an X-ray out of the table."""
        rows = self.rows()
        del rows[row]
        self.setRows(rows)

    def rows(self) -> list[Row]:
        """What the parameter node keeps of each X-ray."""
        parameters, empty = self.parameters, ""
        kept = zip_longest(self.nodes, parameters.xrayGeometries, parameters.xrayViews, fillvalue=empty)
        return list(islice(kept, len(self.nodes)))  # scenes of before have no views

    def setRows(self, rows: Sequence[Row]) -> None:
        """Other X-rays, with what is kept of each."""
        parameters = self.parameters
        with slicer.util.NodeModify(parameters.parameterNode):
            parameters.xrayGeometries = [text for _node, text, _view in rows]
            parameters.xrayViews = [view for _node, _text, view in rows]
            parameters.xrayVolumes = [node for node, _text, _view in rows]

    # Showing

    def update(self) -> None:
        """Table, geometry, buttons."""
        if self.parameters is None:
            quietly(self.ui.xrayTable, lambda: self.ui.xrayTable.setRowCount(0))
            return
        if any(node is None for node in self.nodes):
            return  # a scene is being loaded: it is not there yet
        quietly(self.ui.xrayTable, self._fillTable)
        idle, node = self.panel.jobs.name is None, self.ui.xraySelector.currentNode()
        problem = self.addProblem(node)
        self.ui.addXrayButton.enabled = idle and problem is None
        self.ui.addXrayButton.toolTip = problem or _("Add this X-ray to the table.")
        self.ui.removeXrayButton.enabled = idle and self.selected is not None
        self.ui.xraySelector.enabled = idle

    def addProblem(self, node: Node) -> str | None:
        """Why a node cannot be added."""
        if node is None:
            return _("Choose an X-ray first.")
        if any(node is other for other in self.nodes):
            return _("It is in the table already.")
        if inputs.imageSize(node) is None and not inputs.canBeFrames(node):
            return _("{name} is not a single image, nor the frames of an X-ray; choose an X-ray.").format(
                name=node.GetName()
            )
        return None

    def _fillTable(self) -> None:
        table = self.ui.xrayTable
        before = table.currentRow()
        handle = self.panel.handle()
        table.setRowCount(len(self.nodes))
        shown = min(max(len(self.nodes), 1), MOST_ROWS)
        table.setFixedHeight(table.horizontalHeader().height + shown * table.verticalHeader().defaultSectionSize + 4)
        for row, node in enumerate(self.nodes):
            result = self.panel.views.statusOf(handle, row, node)
            figures = self.panel.plausibility.of(row)
            state = stateOf(self.geometry(row))
            said = "\n".join((state, figures.words, *figures.odd)).strip()
            sign = f"{SIGN} " if figures.odd else ""
            for column, text in enumerate((node.GetName(), "", sign + state, result)):
                item = table.item(row, column)
                if item is None:
                    item = qt.QTableWidgetItem()
                    table.setItem(row, column, item)
                toolTip = said if column == GEOMETRY else text
                if item.text() != text or item.toolTip() != toolTip:
                    item.setText(text)
                    item.setToolTip(toolTip)
        wanted = max(table.sizeHintForColumn(GEOMETRY), table.horizontalHeader().sectionSizeHint(GEOMETRY))
        table.setColumnWidth(GEOMETRY, min(wanted, int(MOST_SHARE * table.width)))
        if self.nodes and not 0 <= before < len(self.nodes):
            table.selectRow(0)

    # What the user does

    def onSelected(self) -> None:
        """Another row: show its geometry."""
        self.panel.geometry.said = ""
        self.panel.views.onSelected()
        self.panel.onParametersModified()

    def onChosen(self, node: Any) -> None:
        """Another X-ray in the selector: say at once why it cannot be added."""
        self.update()
        isShown = self.parameters is not None and node is not None and not slicer.mrmlScene.IsBatchProcessing()
        if isShown and inputs.imageSize(node) is None and not inputs.looksLikeCt(node):
            self.panel.register.say(self.addProblem(node) or self._frameWords(node))

    @staticmethod
    def _frameWords(node: Node) -> str:
        return _("{name} has {count} frames; add it, and choose one in its row.").format(
            name=node.GetName(), count=node.GetImageData().GetDimensions()[2]
        )

    def onAdd(self, _checked: bool = False) -> None:
        """Add the chosen X-ray."""
        node = self.ui.xraySelector.currentNode()
        problem = self.addProblem(node)
        isStill = node is not None and inputs.imageSize(node) is not None
        problem = problem or (inputs.xrayProblem(node) if isStill else None)
        if problem is None:
            self.panel.geometry.said = ""
            self.add(node)
        else:
            self.panel.register.say(problem)

    def onRemove(self, _checked: bool = False) -> None:
        """Remove the selected row."""
        if self.selected is not None:
            self.removeRow(self.selected)

    # The scene

    def nodeRemoved(self, node: Node) -> None:
        """A deleted X-ray leaves the table."""
        if any(other is None or other is node for other in self.nodes):
            self.forgetDeleted(node)

    def forgetDeleted(self, gone: Node | None = None) -> None:
        """Take rows whose node is gone out of the table."""
        self.setRows([row for row in self.rows() if row[0] is not None and row[0] is not gone])

    def forgetLost(self) -> None:
        """An X-ray that the scene refers to and does not hold leaves the table, with a word."""
        lost = sum(node is None for node in self.nodes)
        if lost:
            self.forgetDeleted()
            self.panel.register.say(
                _("{count} X-ray(s) of the scene could not be loaded; add them again.").format(count=lost)
            )
