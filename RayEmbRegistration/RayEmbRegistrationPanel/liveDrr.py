"""The DRR that follows a pose while the user moves it, and how well it fits.

Both are computed in a thread of their own, always of the newest pose next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle

from .liveFits import LiveFits
from .oneJob import OneJob
from .worker import Finished

if TYPE_CHECKING:
    import numpy as np

    from .section import Panel
    from .worker import Failed, Run


POLL_MS, WHILE_MOVING_PX, AT_REST_PX = 15, 160, 320
REST_MS = 250


class LiveDrr:
    """Renders for one view after the other, the newest pose of each."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._job = OneJob("RayEmbRegistration DRR", POLL_MS, self._onRendered)
        self._wanted: dict[int, tuple[Handle, int]] = {}  # row -> (registration, pixels)
        self._rest = qt.QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.connect("timeout()", self._atRest)
        self._moved: dict[int, Handle] = {}
        self.fits = LiveFits(panel)

    def follow(self, handle: Handle, row: int) -> None:
        """The pose of a view changed: show its DRR soon, and a finer one when it stays."""
        self._moved[row] = handle
        self.panel.overlay.drawPlainly(True)
        self._rest.start()
        self._ask(handle, row, WHILE_MOVING_PX)

    def show(self, handle: Handle, row: int) -> None:
        """Show the DRR of the pose as it is, finely."""
        self._ask(handle, row, AT_REST_PX)

    def stop(self) -> None:
        """Forget what was asked for."""
        self._rest.stop()
        self._job.forget()
        self._wanted.clear()
        self._moved.clear()
        self.fits.forgetFigures()

    def close(self) -> None:
        """The panel goes."""
        self.stop()
        self._job.close()

    def _ask(self, handle: Handle, row: int, pixels: int) -> None:
        hasPainter = self.panel.prepared is not None or self.panel.track.bodiesOf(handle)
        if hasPainter and sceneView.isAlive(handle):
            self._wanted.pop(row, None)
            self._wanted[row] = (handle, pixels)
            self._next()
        else:
            self.fits.show(row, None)

    def _next(self) -> None:
        if self._job.isBusy or not self._wanted:
            return
        row = next(iter(self._wanted))  # the one that has waited longest
        handle, pixels = self._wanted.pop(row)
        pose, camera = sceneView.poseOf(handle, row), sceneView.cameraOf(handle, row)
        if pose is None or camera is None:
            return
        prepared, bodies = self.panel.prepared, self.panel.track.bodiesOf(handle)
        places = self.panel.track.placesOf(handle) if bodies else {}
        fit = None if bodies else self.fits.of(row)

        def render(_run: Run) -> tuple[Handle, int, np.ndarray, float | None]:
            if bodies:
                from RayEmbRegistrationLib.application.track_bodies import bodies_to_look_at

                poses = {name: pose @ place for name, place in places.items()}
                return handle, row, bodies_to_look_at(bodies, poses, camera, pixels), None
            from RayEmbRegistrationLib.application import drr_to_look_at

            drr = drr_to_look_at(prepared, pose, camera, pixels)
            return handle, row, drr, None if fit is None else fit.similarity(prepared, pose)

        self._job.start(render)

    def _onRendered(self, end: Finished | Failed) -> None:
        if isinstance(end, Finished):
            handle, row, drr, similarity = end.value
            sceneView.showDrr(handle, row, drr)
            self.fits.show(row, similarity if handle is self.panel.handle() else None)
        self._next()

    def _atRest(self) -> None:
        moved, self._moved = self._moved, {}
        self.panel.overlay.drawPlainly(False)
        for row, handle in moved.items():
            if sceneView.isAlive(handle):
                sceneView.poseChanged(handle, row)
                self._ask(handle, row, AT_REST_PX)
