"""The view that an X-ray is looked among first: chosen in its row, else by the C-arm's angles where DICOM tells them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from .choices import ViewPrior
from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel

BEAM_DEG = {
    "ap": (180.0, 0.0),
    "pa": (0.0, 0.0),
    "lateral": (90.0, 0.0),
    "right-lateral": (-90.0, 0.0),
    "lao": (45.0, 0.0),
    "rao": (-45.0, 0.0),
    "lpo": (135.0, 0.0),
    "rpo": (-135.0, 0.0),
    "any": (180.0, 0.0),
}
"""Positioner angles in the middle of each view prior; a source in front of the patient is one with its receptor behind."""

COLUMN, PLACE = 4, 2
"""Of the views' column in the table of X-rays, and where it stands there: before the geometry."""

AUTOMATIC = ""


class ViewPriorSection(Section):
    """The column *View* of the table of X-rays."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._boxes: list[qt.QComboBox] = []
        self._shown: list[str] = []
        self.ui.xrayTable.horizontalHeader().moveSection(COLUMN, PLACE)

    def of(self, row: int) -> str:
        """Name of the prior on the view of the X-ray in a row."""
        return self._chosen(row) or self._ofTags(row) or self.parameters.viewPrior.value

    @property
    def forAll(self) -> str:
        """Name of a prior that holds all X-rays' views: what the CT is prepared for."""
        names = {self.of(row) for row in range(len(self.panel.xrays.nodes))} or {self.parameters.viewPrior.value}
        return names.pop() if len(names) == 1 else "any"

    @property
    def words(self) -> str:
        """Where the views are from, where they are not the user's."""
        rows = range(len(self.panel.xrays.nodes))
        isOurs = any(not self._chosen(row) and self._ofTags(row) for row in rows)
        return _("The view is the one of the C-arm's angles that DICOM tells.") if isOurs else ""

    def _chosen(self, row: int) -> str:
        """By the user; empty where it is automatic."""
        names = list(self.parameters.xrayViews)
        return names[row] if row < len(names) and names[row] in BEAM_DEG else AUTOMATIC

    def _ofTags(self, row: int) -> str:
        """By the angles of the X-ray's tags; empty where they tell none."""
        from RayEmbRegistrationLib.pose.views import view_of_angles

        geometry = self.panel.xrays.geometry(row)
        angles = geometry.angles_deg if geometry.origin("primary_angle_deg") == "tag" else None
        return AUTOMATIC if angles is None else view_of_angles(angles[0], angles[1])

    # Showing

    def update(self) -> None:
        """A box in each row, with the view that is chosen."""
        nodes = self.panel.xrays.nodes
        if self.parameters is None or any(node is None for node in nodes):
            return
        rows = [node.GetID() for node in nodes]
        if rows != self._shown:
            self._shown = rows
            self._boxes = [self._makeBox(row, identifier) for row, identifier in enumerate(rows)]
        for row, box in enumerate(self._boxes):
            quietly(box, partial(self._show, box, row))
            box.enabled = self.panel.jobs.name is None

    def _makeBox(self, row: int, identifier: str) -> qt.QComboBox:
        box = qt.QComboBox()
        box.objectName = "viewPriorComboBox"
        box.setSizeAdjustPolicy(qt.QComboBox.AdjustToContents)
        box.addItem("")
        for prior in ViewPrior:
            box.addItem(prior.short())
            box.setItemData(box.count - 1, prior.label(), qt.Qt.ToolTipRole)
        box.connect("activated(int)", partial(self.onChosen, identifier))
        self.ui.xrayTable.setCellWidget(row, COLUMN, box)
        return box

    def _show(self, box: qt.QComboBox, row: int) -> None:
        """The choice; what automatic comes to is said where it stands."""
        chosen, told = self._chosen(row), self._ofTags(row)
        automatic = ViewPrior(told) if told else self.parameters.viewPrior
        text = (_("DICOM: {view}") if told else _("Auto: {view}")).format(view=automatic.short())
        if box.itemText(0) != text:
            box.setItemText(0, text)
            self.ui.xrayTable.resizeColumnToContents(COLUMN)  # by itself it looks at the cells' own texts alone
        box.setCurrentIndex(1 + list(ViewPrior).index(ViewPrior(chosen)) if chosen else 0)
        box.toolTip = _("How the beam runs through the patient, roughly: {view}. Unknown takes longest.").format(
            view=ViewPrior(self.of(row)).label()
        )

    # What the user does

    def onChosen(self, identifier: str, index: int) -> None:
        """Another view of an X-ray: 0 is automatic, then the priors in their order."""
        if identifier not in self._shown or self.parameters is None:
            return
        self.panel.history.settle()
        self.panel.history.before()
        self._keep({identifier: list(ViewPrior)[index - 1].value if index > 0 else AUTOMATIC})
        self.panel.history.changed(_("view"))

    def _keep(self, names: dict[str, str]) -> None:
        """Names of priors by the X-rays' node IDs."""
        nodes = self.panel.xrays.nodes
        wanted = [names.get(node.GetID(), self._chosen(row)) for row, node in enumerate(nodes)]
        if wanted != [self._chosen(row) for row in range(len(nodes))]:
            self.parameters.xrayViews = wanted

    # Undo

    def chosen(self) -> dict[str, str]:
        """X-ray's node ID to the view that was chosen, as undo keeps it."""
        return {node.GetID(): self._chosen(row) for row, node in enumerate(self.panel.xrays.nodes) if node is not None}

    def take(self, names: dict[str, str]) -> None:
        """Views as undo brings them back."""
        self._keep(names)

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._shown, self._boxes = [], []
