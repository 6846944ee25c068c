"""The panel at work in the test host: how long *Assess* takes, and how long the main thread is busy at a stretch.

The sample that comes with the module: a drawn pelvis with an X-ray of it. Drawing the views is left out: it is the graphics
card's in Slicer and the processor's in the host.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from common import REPOSITORY, Benchmark, NotHereError, row

ASSESSED, MOVES = 9, 60
ASKED_ASSESS_S, ASKED_S, ASKED_DRAG_MS = 1.0, 0.1, 16


def run(quick: bool = False) -> Benchmark:
    """Clicks of a user, one after another."""
    import importlib.util

    if any(importlib.util.find_spec(name) is None for name in ("slicer", "PySide6")):
        raise NotHereError("slicer-core and PySide6, of which the test host is made, are not installed")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path[:0] = [str(REPOSITORY / "Testing")]
    user = User()
    asked = f"{ASKED_S:g} s"
    rows = [row("CT and X-ray come: main thread at a stretch", asked, seconds(user.stretches(user.load)))]
    user.choose()
    rows.append(row("register: main thread at a stretch", asked, seconds(user.stretches(user.register))))
    moved = user.dragged(5 if quick else MOVES)
    words = f"{np.median(moved):.0f} ms (of ten the slowest: {np.percentile(moved, 90):.0f} ms)"
    rows.append(row("a move of the mouse while dragging: main thread, median", f"{ASKED_DRAG_MS} ms", words))
    found = [user.assessed() for _ in range(2 if quick else ASSESSED)]
    clock, spent, library, longest = (np.array(numbers) for numbers in zip(*found, strict=True))
    words = f"{np.median(clock):.2f} s (of them in the library {np.median(library):.2f} s)"
    rows.append(row("Assess, from the click to the verdict, by the clock, median", f"{ASKED_ASSESS_S:g} s", words))
    rows.append(row("Assess: processor time, median", "", f"{np.median(spent):.2f} core-s"))
    rows.append(row("Assess: main thread at a stretch", asked, seconds(longest)))
    rows.append(row("export: main thread at a stretch", asked, seconds(user.stretches(user.export))))
    rows.append(row("a saved scene is loaded: what the panel does, in all", asked, f"{user.reloaded():.2f} s"))
    note = (
        "The module's sample; the views' drawing left out. Main thread: its own processor time, in the test host without a "
        "graphics card; by the clock: with whatever else ran on this machine."
    )
    return Benchmark(rows, note=note)


def seconds(stretches: np.ndarray) -> str:
    """The longest one."""
    return f"{max(stretches):.2f} s"


class User:
    """The module in the host, with its sample."""

    def __init__(self) -> None:
        from host.app import boot

        self.host = boot()
        self.panel = self.host.load_module(REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py").widget
        self.folder = Path(tempfile.mkdtemp())
        type(self.panel.logic).cacheFolder = lambda _: self.folder / "cache"
        self.host.select_module("RayEmbRegistration")
        self.panel.initializeParameterNode()
        self.host.process_events(0.2)
        self.drawing = Drawing(self.host)

    def stretches(self, work: Callable[[], object]) -> np.ndarray:
        """Seconds of the main thread at a stretch, while something is done and what follows from it ends."""
        found = []

        def measured(step: Callable[[], object]) -> None:
            drawn, began = self.drawing.seconds, time.thread_time()
            step()
            found.append(time.thread_time() - began - (self.drawing.seconds - drawn))

        measured(work)
        self.drawing.follow()
        rest = time.monotonic() + 0.5
        while self.panel.jobs.name is not None or time.monotonic() < rest:
            rest = time.monotonic() + 0.5 if self.panel.jobs.name is not None else rest
            measured(self.host.process_events)
            time.sleep(0.002)
        return np.array(found)

    def load(self) -> None:
        """The sample, as it is drawn; only what the panel does of it is measured."""
        from RayEmbRegistrationPanel.sampleData import makeSampleData

        with self.drawing.left_out():
            self.ct, self.xray = makeSampleData()

    def choose(self) -> None:
        """What did not find its place by itself."""
        ui = self.panel.ui
        ui.ctSelector.setCurrentNode(self.ct)
        if not self.panel.xrays.nodes:
            ui.xraySelector.setCurrentNode(self.xray)
            self.host.process_events()
            ui.addXrayButton.click()
        ui.deviceComboBox.setCurrentIndex(1)  # the processor
        self.host.process_events(0.3)

    def register(self) -> None:
        """A click."""
        self.panel.ui.registerButton.click()

    def export(self) -> None:
        """As the button does when a folder was chosen."""
        self.panel.result.export(str(self.folder / "out"))

    def dragged(self, count: int) -> list[float]:
        """Milliseconds of the main thread for each move of the mouse."""
        from RayEmbRegistrationScene import sceneView

        panel, found = self.panel, []
        panel.start.usePose()
        self.host.process_events(0.3)
        panel.ui.dragCheckBox.click()
        drag = panel.pose.drag.of(0)
        for number in range(count):
            drawn, began = self.drawing.seconds, time.thread_time()
            drag._shift(sceneView.poseOf(panel.handle(), 0), (0.3 if number % 2 else -0.3, 0.1, 0.0))
            found.append(1e3 * (time.thread_time() - began - (self.drawing.seconds - drawn)))
        panel.ui.dragCheckBox.click()
        self.host.process_events(1.0)
        return found

    def assessed(self) -> tuple[float, float, float, float]:
        """By the clock, processor time, in the library by the clock, longest stretch; s. The pose was moved before."""
        from RayEmbRegistrationLib.geometry import RigidTransform

        panel = self.panel
        moved = RigidTransform.from_rotation_vector((0, 0, 0), (0.05, 0.0, 0.0)) @ panel.pose.of(0)
        panel.pose.setPose(0, moved, "moved")
        self.host.process_events(1.0)
        clock, spent, longest = time.perf_counter(), time.process_time(), 0.0
        panel.ui.assessButton.click()
        while panel.jobs.name is not None:
            drawn, began = self.drawing.seconds, time.thread_time()
            self.host.process_events()
            longest = max(longest, time.thread_time() - began - (self.drawing.seconds - drawn))
            time.sleep(0.002)
        clock, spent = time.perf_counter() - clock, time.process_time() - spent
        library = float(panel.ui.stageLabel.text.split(" in ")[1].split(" s")[0])
        return clock, spent, library, longest

    def reloaded(self) -> float:
        """Seconds of the main thread that the panel takes when a scene is loaded that it saved: done again in that scene."""
        import slicer

        path = str(self.folder / "scene.mrb")
        slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(False)
        self.host.process_events(0.3)
        slicer.util.loadScene(path)
        self.host.process_events(0.5)
        self.drawing.follow()
        drawn, began = self.drawing.seconds, time.thread_time()
        self.panel.scene.onStartImport(None, "")
        self.panel.scene.onEndImport(None, "")
        return time.thread_time() - began - (self.drawing.seconds - drawn)


class Drawing:
    """Seconds of the main thread that the views' windows were drawn for."""

    def __init__(self, host) -> None:
        self._host, self._known, self.seconds, self._began = host, {}, 0.0, 0.0
        self.follow()

    def follow(self) -> None:
        """Watch all windows that there are."""
        manager = self._host.layoutManager
        views = [manager.sliceWidget(name).sliceView() for name in manager.sliceViewNames()]
        views += [manager.threeDWidget(number).threeDView() for number in range(manager.threeDViewCount)]
        for window in (view.renderWindow() for view in views):
            if id(window) not in self._known:
                self._known[id(window)] = window
                window.AddObserver("StartEvent", lambda *_: self._start())
                window.AddObserver("EndEvent", lambda *_: self._end())

    @contextmanager
    def left_out(self) -> Iterator[None]:
        """What is done within does not count either."""
        began = time.thread_time()
        yield
        self.seconds += time.thread_time() - began

    def _start(self) -> None:
        self._began = time.thread_time()

    def _end(self) -> None:
        self.seconds += time.thread_time() - self._began
