"""A track in the scene while it grows: its frames at once, its plot and the view for it in turns of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.trackPlot import chartOf

from . import trackInputs, trackShow
from .section import Section

if TYPE_CHECKING:
    from RayEmbRegistrationLib.tracking.track import TrackedPose

    from .logicTracking import TrackAsked
    from .section import Panel


class TrackPreview(Section):
    """The first frames bring a plot and a layout with it: each is a step, between which the application gets its turn."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._kept: set[int] = set()
        self._asked: tuple[Handle, TrackAsked, Sequence[trackInputs.BodyInput]] | None = None
        self._begun = False
        self._steps: list[Callable[[], None]] = []
        self._soon = self.timer(0, self._step)
        self._soon.setSingleShot(True)

    def start(self, handle: Handle, asked: TrackAsked, bodies: Sequence[trackInputs.BodyInput]) -> None:
        """A track begins."""
        self._kept, self._asked, self._begun, self._steps = set(), (handle, asked, bodies), False, []

    def end(self) -> None:
        """It ended, and is shown whole by whoever had it made."""
        self._asked, self._steps = None, []

    def begin(self) -> bool:
        """Make the scene ready, when the first frames are there; returns whether it could take them."""
        if self._asked is None:
            return False
        handle, asked, bodies = self._asked
        if not sceneView.isAlive(handle) or not all(trackInputs.isAlive(body.node) for body in bodies):
            return False
        if not self._begun:
            self._begun = True
            trackShow.begin(handle, bodies, asked)
        return True

    def onFrames(self, frames: Mapping[int, Mapping[str, TrackedPose]]) -> None:
        """Show the frames so far."""
        if self._asked is None or not sceneView.isAlive(self._asked[0]):
            return
        handle, asked, _bodies = self._asked
        new = {frame: one for frame, one in frames.items() if frame not in self._kept and frame in asked.frames}
        self._kept.update(new)
        if not new or not self.begin():
            return
        trackShow.keepPoses(handle, asked, new)
        if chartOf(handle) is None:
            self._steps = [lambda: trackShow.showPlot(handle), lambda: self.panel.views.showViews(handle)]
        elif not self._steps:
            self._steps = [lambda: trackShow.showPlot(handle)]
        self._soon.start()

    def _step(self) -> None:
        """One of what is to be done, then the application's turn."""
        if self._steps and self._asked is not None and sceneView.isAlive(self._asked[0]):
            self._steps.pop(0)()
            self._soon.start()

    def parametersReplaced(self) -> None:
        """Another scene."""
        self.end()
