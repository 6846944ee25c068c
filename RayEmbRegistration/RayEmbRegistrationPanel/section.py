"""What all sections of the panel have in common."""

import qt


class Section:
    """A part of the panel.

    Attributes:
        panel: the module's Widget, which has the other sections, the logic and the parameter node.
        ui: the widgets of the .ui file by their names.
    """

    def __init__(self, panel):
        self.panel = panel
        self.ui = panel.ui

    @property
    def parameters(self):
        """The typed parameter node, or None while a scene is being closed."""
        return self.panel.parameters

    @property
    def logic(self):
        """The module's Logic."""
        return self.panel.logic

    @staticmethod
    def setUpTable(table, columns):
        """A list of rows: one is selected at a time, none is typed into."""
        table.setColumnCount(len(columns))
        table.setHorizontalHeaderLabels(list(columns))
        table.verticalHeader().hide()
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.horizontalHeader().setStretchLastSection(True)

    @staticmethod
    def timer(intervalMs: int, slot):
        """A timer that calls a slot again and again once it is started."""
        timer = qt.QTimer()
        timer.setInterval(intervalMs)
        timer.connect("timeout()", slot)
        return timer

    def parametersReplaced(self):
        """Another parameter node, or none, is shown from now on."""

    def update(self):
        """Bring the widgets in line with parameters and scene; cheap, and called often."""

    def nodeRemoved(self, node):
        """The user deleted a node."""

    def cleanup(self):
        """The panel goes."""


class Observers:
    """The observers of a section, exchanged as a whole when what it follows changes."""

    def __init__(self, panel):
        self._panel = panel
        self._followed = []

    def follow(self, wanted) -> None:
        """Observe (node, event, method) and nothing else from now on."""
        wanted = list(wanted)
        if wanted == self._followed:
            return
        for observed in self._followed:
            self._panel.removeObserver(*observed)
        for new in wanted:
            self._panel.addObserver(*new)
        self._followed = wanted


def quietly(widget, change):
    """Change a widget without its signals reaching our own slots."""
    before = widget.blockSignals(True)
    try:
        change()
    finally:
        widget.blockSignals(before)
