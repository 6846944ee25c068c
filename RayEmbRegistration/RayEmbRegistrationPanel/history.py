"""Undo and redo of what the user does by hand: poses moved in any way, geometry and frames of X-rays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import qt
from RayEmbRegistrationScene import sceneView
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from .section import Panel

SETTLED_MS = 400
"""A drag, or the turning of a spin box, is one step of undo when it has rested for so long."""
FRAME_OF, FILTER_OF, VIEW_OF = "frame of ", "filter of ", "view of "


class History:
    """Keeps poses and geometry step by step, with the registration and so in the saved scene."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._label = ""
        self.isStepping = False
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLED_MS)
        self._soon.connect("timeout()", self._rested)

    def changed(self, label: str) -> None:
        """The user changes something, and may go on: it becomes one step when it rests."""
        if not self.isStepping:
            self._label = label
            self._soon.start()

    def _rested(self) -> None:
        """Nothing has changed for a while; a drag goes on as long as the button is held, though."""
        self._soon.start() if self._panel.pose.drag.isHeld else self.settle()

    def settle(self) -> None:
        """What was changed is a step now."""
        self._soon.stop()
        label, self._label = self._label, ""
        if label and self._panel.jobs.name is None:
            self.remember(label)
            self._panel.track.keepByHand()
            self._panel.register.update()

    def remember(self, label: str) -> None:
        """Poses and geometry, as they are, are a step."""
        handle = self._panel.handle()
        if handle is not None:
            sceneView.rememberPoses(handle, label, self.beside())

    def before(self) -> None:
        """Before a change of the geometry: what it is now can be gone back to."""
        handle = self._panel.handle()
        if handle is not None and not self._label:
            sceneView.rememberBeside(handle, _("as it was"), self.beside())

    def forget(self) -> None:
        """Another scene: what was under way is not of it."""
        self._soon.stop()
        self._label = ""

    def undo(self) -> str | None:
        """One step back; returns what it was called, None where there is none."""
        return self._step(sceneView.undo)

    def redo(self) -> str | None:
        """One step forward."""
        return self._step(sceneView.redo)

    def _step(self, step: Any) -> str | None:
        self.settle()
        handle = self._panel.handle()
        if handle is None:
            return None
        with self.stepping():
            label = step(handle)
            if label is not None:
                self.takeBeside(sceneView.besideOf(handle))
        return label

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """What changes meanwhile is no change of the user's."""
        self.isStepping = True
        try:
            yield
        finally:
            self.isStepping = False

    def takeBeside(self, beside: Mapping[str, str]) -> None:
        """Geometry, frames, views and the X-rays' display as they were."""
        self._panel.filters.take(_without(beside, FILTER_OF))
        self._panel.prior.take(_without(beside, VIEW_OF))
        frames = _without(beside, FRAME_OF)
        self._panel.frames.take(frames)
        self._panel.xrays.takeGeometries(self._panel.frames.asShown(dict(beside), frames))

    def beside(self) -> dict[str, str]:
        """X-ray's node ID to its geometry as text, after ``FRAME_OF`` to its frame, and so on."""
        texts = list(self._panel.parameters.xrayGeometries)
        nodes = [node for node in self._panel.xrays.nodes if node is not None]
        frames = {FRAME_OF + identifier: frame for identifier, frame in self._panel.frames.chosen().items()}
        filters = {FILTER_OF + identifier: names for identifier, names in self._panel.filters.chosen().items()}
        views = {VIEW_OF + identifier: name for identifier, name in self._panel.prior.chosen().items()}
        return {node.GetID(): text for node, text in zip(nodes, texts, strict=False)} | frames | filters | views


def _without(texts: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Those whose keys begin with a prefix, without it."""
    return {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)}
