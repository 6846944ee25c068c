"""Which segments of the CT's bones turn in their joints, and which broke off: two lists to tick in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import qt
from RayEmbRegistrationScene import inputs

from .section import Section

if TYPE_CHECKING:
    from .section import Panel

LIST_HEIGHT_PX = 90


class ReconstructSegments(Section):
    """The lists, and what is kept of them.

    Args:
        panel: the module's Widget.
        told: called when another segment is ticked.
    """

    def __init__(self, panel: Panel, told: Callable[[], None]) -> None:
        super().__init__(panel)
        self._told = told
        self._shown: tuple | None = None
        for box in (self.ui.movingList, self.ui.fragmentList):
            box.setMaximumHeight(LIST_HEIGHT_PX)
            box.connect("itemChanged(QListWidgetItem*)", self.onTicked)

    def names(self) -> dict[str, str]:
        """Of the segments that are used, by their ID."""
        ct = self.panel.ctInput()
        if ct.segmentation is None:
            return {}
        return {one: name for one, name in inputs.segmentNames(ct.segmentation).items() if one in ct.segmentIds}

    def _lists(self) -> tuple[tuple[Any, str], ...]:
        return (self.ui.movingList, "movingSegments"), (self.ui.fragmentList, "fragmentSegments")

    def update(self) -> None:
        """Show the segments that are used, ticked as they were."""
        names = self.names()
        ticked = {field: tuple(getattr(self.parameters, field)) for _box, field in self._lists()}
        shown = (tuple(names.items()), tuple(ticked.values()))
        if shown == self._shown:
            return
        self._shown = shown
        for box, field in self._lists():
            before = box.blockSignals(True)
            self._fill(box, names, ticked[field])
            box.blockSignals(before)

    @staticmethod
    def _fill(box: Any, names: Mapping[str, str], ticked: Sequence[str]) -> None:
        box.clear()
        for one, name in names.items():
            item = qt.QListWidgetItem(name)
            item.setData(qt.Qt.UserRole, one)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Checked if one in ticked else qt.Qt.Unchecked)
            box.addItem(item)

    def onTicked(self, _item: Any) -> None:
        """Keep which segments may move."""
        self._told()
        found = {}
        for box, field in self._lists():
            items = [box.item(n) for n in range(box.count)]
            found[field] = [str(item.data(qt.Qt.UserRole)) for item in items if item.checkState() == qt.Qt.Checked]
        for field, ticked in found.items():
            setattr(self.parameters, field, ticked)

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._shown = None
