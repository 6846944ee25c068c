"""What all sections of the panel have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import qt
from RayEmbRegistrationScene.nodes import Node

Panel: TypeAlias = Any
"""The module's Widget: it holds the sections, so that they cannot name its class."""


class Section:
    """A part of the panel.

    Attributes:
        panel: the module's Widget, which has the other sections, the logic and the parameter node.
        ui: the widgets of the .ui file by their names.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.ui = panel.ui

    @property
    def parameters(self) -> Any:
        """The typed parameter node, or None while a scene is being closed."""
        return self.panel.parameters

    @property
    def logic(self) -> Any:
        """The module's Logic."""
        return self.panel.logic

    @staticmethod
    def setUpTable(table: qt.QTableWidget, columns: Sequence[str]) -> None:
        """A list of rows: one is selected at a time, none is typed into."""
        table.setColumnCount(len(columns))
        table.setHorizontalHeaderLabels(list(columns))
        table.verticalHeader().hide()
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.horizontalHeader().resizeSections(qt.QHeaderView.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)

    @staticmethod
    def timer(intervalMs: int, slot: Callable[[], object]) -> qt.QTimer:
        """A timer that calls a slot again and again once it is started."""
        timer = qt.QTimer()
        timer.setInterval(intervalMs)
        timer.connect("timeout()", slot)
        return timer

    def parametersReplaced(self) -> None:
        """Another parameter node, or none, is shown from now on."""

    def update(self) -> None:
        """Bring the widgets in line with parameters and scene; cheap, and called often."""

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted a node."""

    def cleanup(self) -> None:
        """The panel goes."""


class Observers:
    """The observers of a section, exchanged as a whole when what it follows changes.

    They are not the mixin's of Slicer, which keeps each node that was ever observed, and its voxels, until the panel goes.
    """

    def __init__(self) -> None:
        self._followed: list[tuple] = []
        self._tags: list[int] = []

    def follow(self, wanted: Iterable[tuple]) -> None:
        """Observe (node, event, method) and nothing else from now on."""
        wanted = list(wanted)
        if wanted == self._followed:
            return
        for (node, _event, _method), tag in zip(self._followed, self._tags, strict=True):
            node.RemoveObserver(tag)
        self._tags = [node.AddObserver(event, method) for node, event, method in wanted]
        self._followed = wanted


def quietly(widget: Any, change: Callable[[], Any]) -> None:
    """Change a widget without its signals reaching our own slots."""
    before = widget.blockSignals(True)
    try:
        change()
    finally:
        widget.blockSignals(before)
