"""The host itself: `boot()` makes what a module finds in Slicer, and gives the test what it needs to look at.

host = boot()
panel = host.load_module("RayEmbRegistration/RayEmbRegistration.py").widget
host.process_events()
host.grab("output/window.png")
assert host.problems() == []
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import sys
import threading
import time
import traceback
import weakref
from dataclasses import dataclass
from pathlib import Path

if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")) and sys.platform.startswith("linux"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import slicer
import slicer.util
from PySide6 import QtCore

from . import qt
from .application import MainWindow, SlicerApplication
from .layout import qSlicerLayoutManager
from .leaks import counted_observers, node_identifiers
from .modules import qSlicerModuleManager
from .namespace import install
from .scene import boot_scene

__all__ = ["Host", "LoadedModule", "boot", "boot_scene"]


@dataclass(frozen=True)
class LoadedModule:
    """A scripted module in the host: what `slicer.modules.x` is, and the objects of its Widget and Logic classes now."""

    module: object

    @property
    def widget(self):
        return self.module.widgetRepresentation().self()

    @property
    def logic(self):
        return getattr(self.widget, "logic", None)


class Host:
    """The running host. `errors` holds exceptions that nobody caught, `boxes` the messages that Slicer would have shown."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.boxes: list[tuple[str, str]] = []  # (kind, text), newest last
        self.answers: dict[str, bool] = {}  # part of a question's text -> the answer; otherwise as Slicer's tests answer
        self.booted = boot_scene()
        self.scene, self.messages = self.booted.scene, self.booted.messages
        self.app = SlicerApplication.start(self.booted)
        install(self.scene, self.app)
        self._record_exceptions()
        self._record_messages_of_qt()
        self._record_boxes()
        self.modules = qSlicerModuleManager(self.booted.logics)
        self.app.setModuleManager(self.modules)
        self.mainWindow = MainWindow(self.select_module)
        self.layoutManager = qSlicerLayoutManager(self.booted, self.mainWindow.viewport())
        self.app.setLayoutManager(self.layoutManager)
        self.scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, lambda *_: self.layoutManager.update())
        self.scene.AddObserver(slicer.vtkMRMLScene.EndImportEvent, lambda *_: self.layoutManager.update())
        self.mainWindow.resize(1280, 800)
        self.mainWindow.show()
        self._loaded: dict[str, LoadedModule] = {}
        self._entered: str | None = None
        self.process_events()
        self.scene.Clear(False)
        self._nodes_at_start = node_identifiers(self.scene)
        self._cleared_nodes = -1  # as many nodes as there were after the last clearing
        atexit.register(self._end)

    # Modules ----------------------------------------------------------------------------------------------------------

    def load_module(self, path, enter: bool = True) -> LoadedModule:
        """Load a scripted module, make its panel, and enter it; a module that is loaded already is only entered."""
        name = Path(path).stem
        if name not in self._loaded:
            module = self.modules.load(path)
            self.app.startupCompleted.emit()
            representation = module.widgetRepresentation()
            representation.setMRMLScene(self.scene)
            self._loaded[name] = LoadedModule(module)
            self.mainWindow.addModule(module)
        if enter:
            self.select_module(name)
        return self._loaded[name]

    def unload_module(self, name: str) -> list[str]:
        """Leave a module and forget it, as Slicer does on exit; return what of it an observer or a timer still holds."""
        if self._entered == name:
            self.select_module(None)
        loaded = self._loaded.pop(name)
        parts = {"Widget": weakref.ref(loaded.widget)}
        if hasattr(type(loaded.logic), "__weakref__"):
            parts["Logic"] = weakref.ref(loaded.logic)
        self.mainWindow.removeModule(loaded.module)
        del loaded
        self.modules.unload(name)
        self.process_events()
        for last in ("last_exc", "last_value", "last_traceback"):  # the last exception's frames hold the panel
            vars(sys).pop(last, None)
        gc.collect()
        return [part for part, reference in parts.items() if reference() is not None]

    def unload_modules(self) -> list[str]:
        """Unload every module; return what an observer or a timer still holds of them."""
        return [f"{name}: {part}" for name in list(self._loaded) for part in self.unload_module(name)]

    def reload_module(self, name: str) -> LoadedModule:
        """Do what the *Reload* button does."""
        self._loaded[name].widget.onReload()
        self.process_events()
        return self._loaded[name]

    def select_module(self, name: str | None) -> None:
        """Leave the module that is shown and enter another one, or none."""
        if name == self._entered:
            return
        if self._entered is not None:
            self._loaded[self._entered].module.widgetRepresentation().exit()
        self._entered = name
        self.mainWindow.showModule(self._loaded[name].module if name else None)
        if name is not None:
            self._loaded[name].module.widgetRepresentation().enter()
        self.process_events()

    # Time -------------------------------------------------------------------------------------------------------------

    def process_events(self, seconds: float = 0.0) -> None:
        """Let Qt work, at least once and for the given time, deleting what was to be deleted later."""
        end = time.monotonic() + seconds
        while True:
            self.app.processEvents()
            self.app.sendPostedEvents(None, int(qt.QEvent.DeferredDelete))
            if time.monotonic() >= end:
                return
            time.sleep(0.005)

    def wait_until(self, condition, seconds: float = 30.0, what: str = "the condition") -> None:
        """Let Qt work until `condition()` holds; raise TimeoutError where it never does."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come true in {seconds:g} seconds.")
            self.process_events(0.01)

    # The scene ----------------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Close the scene as *File > Close scene* does, and forget what was recorded."""
        self.scene.Clear(False)
        for node in slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode", self.scene):
            if node.GetSingletonTag() not in self._loaded:  # it outlives the scene, but not its module
                self.scene.RemoveNode(node)
        self.process_events()
        self.errors.clear()
        self.boxes.clear()
        self.answers.clear()
        self.app.dicomDatabase().initializeDatabase()
        self.messages.clear()
        qt.uiProblems.clear()
        self._cleared_nodes = self.scene.GetNumberOfNodes()

    def clear_what_is_left(self) -> None:
        """As `clear()`, where nobody has cleared after the last change of the scene's nodes."""
        if self.scene.GetNumberOfNodes() != self._cleared_nodes or self.leaked_nodes() or self.problems() or self.boxes:
            self.clear()

    def observers(self) -> int:
        """Return how many observers the scene has, to compare before and after."""
        return counted_observers(self.scene)

    def leaked_nodes(self) -> list[str]:
        """Return the nodes that are in the scene and were not there at the start; to be called after `clear()`."""
        return sorted(node_identifiers(self.scene) - self._nodes_at_start)

    def problems(self) -> list[str]:
        """Return everything that went wrong since the last `clear()`."""
        return [
            *self.errors,
            *(f"VTK: {text}" for text in self.messages.errors),
            *(f".ui: {text}" for text in qt.uiProblems),
        ]

    # Mouse --------------------------------------------------------------------------------------------------------------

    def drag(self, widget, start, end, steps: int = 8, button=qt.Qt.LeftButton) -> None:
        """Press the mouse at a position of a widget (pixels from its upper left corner), move it and let go."""
        places = [(s, e) for s, e in zip(start, end, strict=True)]
        path = [[s + (e - s) * step / steps for s, e in places] for step in range(steps + 1)]
        self._mouse(widget, qt.QEvent.MouseMove, path[0], qt.Qt.NoButton)
        self._mouse(widget, qt.QEvent.MouseButtonPress, path[0], button)
        for place in path[1:]:
            self._mouse(widget, qt.QEvent.MouseMove, place, button)
        self._mouse(widget, qt.QEvent.MouseButtonRelease, path[-1], button)

    def click(self, widget, place, button=qt.Qt.LeftButton) -> None:
        """Click at a position of a widget."""
        self.drag(widget, place, place, steps=1, button=button)

    def wheel(self, widget, place, steps: int) -> None:
        """Turn the wheel over a widget, away from the user where `steps` is positive."""
        point = qt.QPointF(*place)
        turned = qt.QPoint(0, 120 * steps)
        parts = (qt.QPoint(0, 0), turned, qt.Qt.NoButton, qt.Qt.NoModifier, qt.Qt.NoScrollPhase, False)
        self.app.sendEvent(widget, qt.QWheelEvent(point, widget.mapToGlobal(point), *parts))
        self.process_events()

    def _mouse(self, widget, kind, place, button) -> None:
        point = qt.QPointF(*place)
        moved = kind == qt.QEvent.MouseMove
        held = qt.Qt.NoButton if kind == qt.QEvent.MouseButtonRelease else button
        event = qt.QMouseEvent(
            kind, point, widget.mapToGlobal(point), qt.Qt.NoButton if moved else button, held, qt.Qt.NoModifier
        )
        self.app.sendEvent(widget, event)
        self.process_events()

    # Pictures -----------------------------------------------------------------------------------------------------------

    def grab(self, path=None, widget=None):
        """Draw a widget (the whole window unless given) and write it as PNG; return the QPixmap."""
        self.process_events()
        pixmap = (widget or self.mainWindow).grab()
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            if not pixmap.save(str(path), "PNG"):
                raise OSError(f"The picture {path} could not be written.")
        return pixmap

    def grab_panel(self, path=None, expand: bool = True):
        """Draw the module's panel in its full length, with its collapsed sections opened for the picture."""
        panel = self._loaded[self._entered].module.widgetRepresentation()
        collapsed = [child for child in panel.findChildren(qt.QWidget) if getattr(child, "collapsed", None) is True]
        for child in collapsed if expand else []:
            child.collapsed = False
        self.process_events()
        before = panel.size
        panel.resize(before.width(), full_height(panel))
        pixmap = self.grab(path, panel)
        panel.resize(before)
        for child in collapsed if expand else []:
            child.collapsed = True
        self.process_events()
        return pixmap

    # Recording ------------------------------------------------------------------------------------------------------------

    def _record_exceptions(self) -> None:
        """Collect what Slicer prints and goes on after: exceptions in slots, observers, threads and destructors."""

        def record(kind, value, trace) -> None:
            text = "".join(traceback.format_exception(kind, value, trace))
            self.errors.append(text)
            sys.stderr.write(text)

        sys.excepthook = record
        threading.excepthook = lambda info: record(info.exc_type, info.exc_value, info.exc_traceback)
        sys.unraisablehook = lambda info: record(type(info.exc_value), info.exc_value, info.exc_traceback)

    def _record_messages_of_qt(self) -> None:
        """Qt's own warnings, such as of a layout set twice, are mistakes of the panel; what a platform lacks is not."""

        def record(kind, context, text) -> None:
            if kind in (QtCore.QtMsgType.QtDebugMsg, QtCore.QtMsgType.QtInfoMsg) or "This plugin does not support" in text:
                return
            self.errors.append(f"Qt: {text}")
            sys.stderr.write(f"Qt: {text}\n")

        QtCore.qInstallMessageHandler(record)

    def _record_boxes(self) -> None:
        """Record message boxes in place of showing them; questions are answered by `answers`, else as in testing mode."""

        def answer(text: str, otherwise: bool) -> bool:
            self.boxes.append(("question", text))
            return next((value for part, value in self.answers.items() if part in text), otherwise)

        def display(logLevel, text, testingReturnValue, mainWindowNeeded=False, parent=None, windowTitle=None, **keywords):
            self.boxes.append((logging.getLevelName(logLevel).lower(), text))
            return testingReturnValue

        def box(text, parent=None, **keywords):
            self.boxes.append(("message", text))
            return qt.QMessageBox.Ok

        def delay(message, autoCloseMsec=1000, parent=None, **keywords) -> None:
            self.boxes.append(("delay", message))
            self.app.processEvents()

        slicer.util._messageDisplay = display
        slicer.util.confirmOkCancelDisplay = lambda text, *_, **__: answer(text, True)
        slicer.util.confirmYesNoDisplay = lambda text, *_, **__: answer(text, True)
        slicer.util.confirmRetryCloseDisplay = lambda text, *_, **__: answer(text, False)
        slicer.util.messageBox = box
        slicer.util.delayDisplay = delay

    def _end(self) -> None:
        """Take the views apart before Qt and VTK end in an order of their own."""
        shutil.rmtree(self.booted.folder, ignore_errors=True)


def full_height(panel) -> int:
    """The height at which nothing in a panel needs scrolling."""
    hidden = (area.widget().sizeHint().height() - area.sizeHint().height() for area in panel.findChildren(qt.QScrollArea))
    return panel.sizeHint().height() + sum(max(0, more) for more in hidden)


_host: Host | None = None


def boot() -> Host:
    """Start the host, once a process; later calls return the same one."""
    global _host  # noqa: PLW0603 - there is one application in a process
    if _host is None:
        _host = Host()
    return _host


def booted() -> Host | None:
    """Return the host, if it was started in this process."""
    return _host
