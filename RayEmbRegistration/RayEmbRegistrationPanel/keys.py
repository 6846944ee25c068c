"""The panel's keys, and the help that lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
import slicer
from RayEmbRegistrationScene import sceneView
from slicer.i18n import tr as _

from .filterSection import FILTERS, PLAIN

if TYPE_CHECKING:
    from .section import Panel


class Keys:
    """They are ours while the panel is shown."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._shortcuts: list[Any] = []
        panel.ui.keysButton.connect("clicked(bool)", lambda checked: self.showHelp())

    def take(self) -> None:
        """Listen to them from now on."""
        window = slicer.util.mainWindow()
        if window is None or self._shortcuts:
            return
        for key, name, _words in keys():
            shortcut = qt.QShortcut(qt.QKeySequence(key), window)
            shortcut.connect("activated()", self._calling(name))
            self._shortcuts.append(shortcut)

    def leave(self) -> None:
        """They are somebody else's again."""
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []

    def _calling(self, name: str) -> Callable[[], None]:
        return lambda: self.act(name)

    def act(self, name: str) -> None:
        """Do what a key is for; a button that is grey says why not."""
        panel, ui = self._panel, self._panel.ui
        buttons = {
            "register": ui.registerButton,
            "refine": ui.refineButton,
            "assess": ui.assessButton,
            "drag": ui.dragCheckBox,
            "through": ui.lookThroughButton,
            "beside": ui.drrBesideCheckBox,
        }
        if name == "undo" and not ui.undoButton.enabled and panel.arrivals.canTakeBack:
            panel.arrivals.takeBack()
        elif name in ("undo", "redo"):
            panel.register.onStep(name)
        elif name == "help":
            self.showHelp()
        elif name in ("next", "previous"):
            self._select(1 if name == "next" else -1)
        elif name in (*FILTERS, PLAIN):
            panel.filters.press(name)
        elif name == "overlay":
            box = ui.overlayModeComboBox
            box.setCurrentIndex((box.currentIndex + 1) % box.count)
        elif buttons[name].enabled:
            self._openFor(name)
            buttons[name].click()
        else:
            panel.register.say(buttons[name].toolTip)

    def _openFor(self, name: str) -> None:
        """Dragging is possible while the start is the pose as it stands."""
        handle = self._panel.handle()
        if name == "drag" and handle is not None and sceneView.viewCount(handle) and self._panel.start.mode != "pose":
            self._panel.start.usePose()
            self._panel.ui.startCollapsibleButton.collapsed = False

    def _select(self, by: int) -> None:
        count, row = len(self._panel.xrays.nodes), self._panel.xrays.selected
        if count and row is not None:
            self._panel.ui.xrayTable.selectRow((row + by) % count)

    def showHelp(self) -> None:
        """List them."""
        slicer.util.infoDisplay(helpText(), windowTitle=_("Keys"))


def helpText() -> str:
    """Rich text of all keys."""
    rows = [(key, words) for key, _name, words in keys()]
    own = "".join(f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in rows)
    dragging = "".join(f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in whileDragging())
    return f"<table>{own}</table><p>{_('While the bone is moved over the X-ray:')}</p><table>{dragging}</table>"


def keys() -> tuple[tuple[str, str, str], ...]:
    """Keys, what they call, what they do. None is Slicer's own."""
    return (
        ("?", "help", _("this list")),
        ("F5", "register", _("register, or cancel what runs")),
        ("F6", "refine", _("refine the pose as it stands: it snaps to the bone")),
        ("F7", "assess", _("say what the pose is worth as it stands")),
        ("F8", "drag", _("move the bone over the X-ray with mouse and keys, and leave it again")),
        ("F9", "overlay", _("the next kind of overlay")),
        ("Shift+F9", "beside", _("the DRR in a view of its own, and back")),
        ("F12", "through", _("look through the source, and back")),
        ("Shift+F5", "contrast", _("show the X-ray with more contrast, and back")),
        ("Shift+F6", "invert", _("show it inverted, and back")),
        ("Shift+F7", "edges", _("show its edges, and back")),
        ("Shift+F8", "smooth", _("show it smoothed, and back")),
        ("Shift+F12", "plain", _("show it as it is")),
        ("Ctrl+PgDown", "next", _("the next X-ray")),
        ("Ctrl+PgUp", "previous", _("the X-ray before")),
        ("Ctrl+Z", "undo", _("undo what was moved or typed")),
        ("Ctrl+Y", "redo", _("do it again")),
    )


def whileDragging() -> tuple[tuple[str, str], ...]:
    """What mouse and keys do while the bone is moved."""
    return (
        (_("drag"), _("shift the bone across the beam")),
        (_("Shift and drag"), _("turn it about the image's axes")),
        (_("Ctrl and drag"), _("turn it in the plane")),
        (_("wheel, + and -"), _("move it along the beam")),
        (_("arrow keys"), _("shift by a millimetre; with Shift turn by a degree")),
        (_("page keys"), _("turn in the plane by a degree")),
    )
