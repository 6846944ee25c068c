"""Named C-arms in the box Geometry: chosen, kept for the user, removed, shared as a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from RayEmbRegistrationLib.files.c_arms import CArm, c_arms_from_text, c_arms_to_text
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationScene import inputs
from slicer.i18n import tr as _

from .section import Section
from .sentences import asSentence, spoken

if TYPE_CHECKING:
    from .section import Panel

SETTING = "RayEmbRegistration/CArms"


class CArms(Section):
    """The button *C-arm*: a menu of those that the user has named."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._menu = qt.QMenu(self.ui.cArmButton)
        self._filled: tuple | None = None
        self._remove: Any = None
        self.ui.cArmButton.setMenu(self._menu)

    @property
    def known(self) -> list[CArm]:
        """The user's, by their names."""
        text = self._text()
        try:
            return c_arms_from_text(text, _("the settings")) if text else []
        except InputProblem:  # written by a later version, or by hand: it stays there, and what is kept now replaces it
            return []

    @staticmethod
    def _text() -> str:
        return str(slicer.app.userSettings().value(SETTING, "") or "")

    def _keep(self, cArms: list[CArm]) -> None:
        slicer.app.userSettings().setValue(SETTING, c_arms_to_text(cArms))
        self.update()

    def _say(self, text: str) -> None:
        self.panel.geometry.said = asSentence(text)
        self.panel.geometry.update()

    def update(self) -> None:
        """The menu: the C-arms, and what can be done with them."""
        if self.parameters is None or any(node is None for node in self.panel.xrays.nodes):
            return
        row = self.panel.xrays.selected
        isComplete = row is not None and not self.panel.xrays.geometry(row).missing
        wanted = (self._text(), isComplete)
        if wanted != self._filled:
            self._filled = wanted
            self._fill(isComplete)

    def _fill(self, isComplete: bool) -> None:
        self._menu.clear()
        if self._remove is not None:
            self._remove.deleteLater()  # clearing leaves it
        known = self.known
        for one in known:
            self._add(self._menu, one.name, partial(self.apply, one.name))
        self._menu.addSeparator()
        self._add(self._menu, _("Keep this geometry as..."), self.onKeep).setEnabled(isComplete)
        remove = self._remove = self._menu.addMenu(_("Remove"))
        remove.setEnabled(bool(known))
        for one in known:
            self._add(remove, one.name, partial(self.remove, one.name))
        self._add(self._menu, _("Read from a file..."), self.onRead)
        self._add(self._menu, _("Write to a file..."), self.onWrite).setEnabled(bool(known))

    @staticmethod
    def _add(menu: qt.QMenu, text: str, slot: object) -> qt.QAction:
        action = menu.addAction(text.replace("&", "&&"))
        action.connect("triggered()", slot)
        return action

    # What the user does

    def apply(self, name: str) -> None:
        """The selected X-ray was taken by this C-arm."""
        row = self.panel.xrays.selected
        found = [one for one in self.known if one.name == name]
        size = None if row is None else inputs.imageSize(self.panel.xrays.nodes[row])
        if row is None or not found or size is None:  # its image may be gone
            return
        try:
            geometry = found[0].applied(self.panel.xrays.geometry(row), size)
        except InputProblem as problem:
            self._say(spoken(str(problem)))
            return
        self.panel.geometry.said = ""
        self.panel.xrays.change(row, geometry)
        self.panel.views.showXrays(onlyRows=[row])

    def onKeep(self) -> None:
        """Ask for a name and keep the geometry of the selected X-ray."""
        name = qt.QInputDialog.getText(self.panel.parent, _("C-arm"), _("Name of the device or room:"))
        if name and name.strip():
            self.keep(name.strip())

    def keep(self, name: str) -> None:
        """Keep the geometry of the selected X-ray under a name; one of the same name is replaced."""
        row = self.panel.xrays.selected
        if row is None:
            return
        size = inputs.imageSize(self.panel.xrays.nodes[row])
        if size is None:
            return
        try:
            found = CArm.of(name, self.panel.xrays.geometry(row), size)
        except InputProblem as problem:
            self._say(spoken(str(problem)))
            return
        self._keep([*(one for one in self.known if one.name != name), found])
        self._say(_("Kept as {name}, for X-rays to come.").format(name=name))

    def remove(self, name: str) -> None:
        """Forget one."""
        self._keep([one for one in self.known if one.name != name])

    def onRead(self) -> None:
        """Ask for a file and take its C-arms."""
        filters = _("C-arms (*.json);;All files (*)")
        path = qt.QFileDialog.getOpenFileName(self.panel.parent, _("Read C-arms"), "", filters)
        if path:
            self.read(path)

    def read(self, path: str) -> None:
        """Take the C-arms of a file; those of the same names are replaced."""
        from RayEmbRegistrationLib.files.json_files import read_text

        try:
            found = c_arms_from_text(read_text(path, "a file of C-arms"), Path(path).name)
        except InputProblem as problem:
            self._say(spoken(str(problem)))
            return
        names = {one.name for one in found}
        self._keep([*(one for one in self.known if one.name not in names), *found])
        self._say(_("Read {names}.").format(names=", ".join(sorted(names))))

    def onWrite(self) -> None:
        """Ask for a file and write the C-arms into it."""
        filters = _("C-arms (*.json)")
        path = qt.QFileDialog.getSaveFileName(self.panel.parent, _("Write C-arms"), "c-arms.json", filters)
        if path:
            self.write(path)

    def write(self, path: str) -> None:
        """Write all into a file, for other users."""
        from RayEmbRegistrationLib.files.writing import write_atomically

        text = c_arms_to_text(self.known)
        try:
            write_atomically(path, lambda target: target.write_text(text, encoding="utf-8"))
        except InputProblem as problem:
            self._say(spoken(str(problem)))
