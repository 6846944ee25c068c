"""How the selected X-ray is shown: a button with a menu of filters; the picture is made in a thread of its own."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import qt
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.sceneView import FilterSettings, FilterTask
from slicer.i18n import tr as _

from .oneJob import OneJob
from .section import Section, quietly
from .worker import Failed, Finished

if TYPE_CHECKING:
    import numpy as np

    from .section import Panel
    from .worker import Run

FILTERS = ("contrast", "invert", "edges", "smooth")
PLAIN = "plain"
POLL_MS = 15


def filterInWords(name: str) -> str:
    """A filter in the user's language, which is not known yet when this file is read."""
    return {"contrast": _("Contrast"), "invert": _("Invert"), "edges": _("Edges"), "smooth": _("Smooth")}[name]


class FilterSection(Section):
    """The display of X-rays; their voxels are not touched."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._job = OneJob("RayEmbRegistration filter", POLL_MS, self._onDrawn)
        self._failed: set[str] = set()  # what could not be drawn is not tried again
        menu = qt.QMenu(self.ui.filterButton)
        self._actions = {}
        for name in FILTERS:
            words = filterInWords(name)
            action = menu.addAction(words)
            action.setCheckable(True)
            action.connect("toggled(bool)", partial(self.onToggled, name))
            self._actions[name] = action
        menu.addSeparator()
        self._plain = menu.addAction(_("As it is"))
        self._plain.connect("triggered(bool)", self.onPlain)
        self.ui.filterButton.setMenu(menu)

    @property
    def isDrawing(self) -> bool:
        """Whether a picture is being made."""
        return self._job.isBusy

    def _selected(self) -> tuple[Handle, int] | None:
        handle, row = self.panel.handle(), self.panel.xrays.selected
        isShown = handle is not None and row is not None and row < sceneView.viewCount(handle)
        return (handle, row) if isShown else None

    def update(self) -> None:
        """The button of the selected X-ray; pictures that are out of date are made."""
        if self.parameters is None or any(node is None for node in self.panel.xrays.nodes):
            return
        selected = self._selected()
        settings = sceneView.filterOf(*selected) if selected is not None else FilterSettings()
        self.ui.filterButton.enabled = selected is not None
        for name, action in self._actions.items():
            quietly(action, partial(action.setChecked, getattr(settings, name)))
        self._plain.setEnabled(settings.any)
        words = " + ".join(filterInWords(name) for name in FILTERS if getattr(settings, name))
        self.ui.filterButton.text = words or _("Show as it is")
        self._next()

    # What the user does

    def onToggled(self, name: str, on: bool) -> None:
        """One filter more, or fewer."""
        selected = self._selected()
        if selected is not None:
            self._change(replace(sceneView.filterOf(*selected), **{name: bool(on)}))

    def onPlain(self, _checked: bool = False) -> None:
        """No filter."""
        self._change(FilterSettings())

    def press(self, name: str) -> None:
        """A key for a filter, or for none; without an X-ray it says what is missing."""
        if self._selected() is None:
            self.panel.register.say(self.panel.xrays.problem() or _("Select an X-ray in the table."))
        elif name == PLAIN:
            self.onPlain()
        else:
            self._actions[name].trigger()

    def _change(self, settings: FilterSettings) -> None:
        selected = self._selected()
        if selected is None or settings == sceneView.filterOf(*selected):
            return
        self.panel.history.settle()
        self.panel.history.before()
        self._show(*selected, settings)
        self.panel.history.changed(_("display"))
        self.panel.onParametersModified()

    def _show(self, handle: Handle, row: int, settings: FilterSettings) -> None:
        sceneView.setFilter(handle, row, settings)
        if not settings.any:
            sceneView.applyOverlay(handle, row)

    # Drawing

    def _next(self) -> None:
        handle = self.panel.handle()
        if self._job.isBusy or handle is None:
            return
        for row in range(sceneView.viewCount(handle)):
            task = sceneView.filterTask(handle, row) if sceneView.isFilterDue(handle, row) else None
            if task is not None and task.madeOf not in self._failed:
                self._begin(handle, row, task)
                return

    def _begin(self, handle: Handle, row: int, task: FilterTask) -> None:
        def draw(_run: Run) -> tuple[Handle, int, FilterTask, np.ndarray]:
            try:
                return handle, row, task, task.draw()
            except Exception:
                self._failed.add(task.madeOf)
                raise

        self._job.start(draw)

    def _onDrawn(self, end: Finished | Failed) -> None:
        if isinstance(end, Failed):
            logging.error("RayEmb Registration could not filter an X-ray's display: %s", end.details)
        else:
            handle, row, task, picture = end.value
            if sceneView.isAlive(handle) and sceneView.showFiltered(handle, row, task, picture):
                sceneView.applyOverlay(handle, row)
                self.panel.overlay.update()  # it follows the window that the user gives it
        self._next()

    # Undo

    def chosen(self) -> dict[str, str]:
        """X-ray's node ID to the names of its filters, as undo keeps them."""
        handle = self.panel.handle()
        found = {}
        for row in range(sceneView.viewCount(handle) if handle is not None else 0):
            node, settings = sceneView.nodeOf(handle, f"View{row + 1}.InputXray"), sceneView.filterOf(handle, row)
            if node is not None:
                found[node.GetID()] = " ".join(name for name in FILTERS if getattr(settings, name))
        return found

    def take(self, filters: dict[str, str]) -> None:
        """Filters as undo brings them back."""
        handle = self.panel.handle()
        for row in range(sceneView.viewCount(handle) if handle is not None else 0):
            node = sceneView.nodeOf(handle, f"View{row + 1}.InputXray")
            names = filters.get(node.GetID()) if node is not None else None
            if names is not None:
                settings = FilterSettings(**{name: name in names.split() for name in FILTERS})
                if settings != sceneView.filterOf(handle, row):
                    self._show(handle, row, settings)

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._job.forget()
        self._failed.clear()

    def cleanup(self) -> None:
        """The panel goes."""
        self._job.close()
