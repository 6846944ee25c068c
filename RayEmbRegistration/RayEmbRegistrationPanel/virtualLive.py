"""The virtual C-arm's picture while it moves: rendered in a thread of its own, always where it stands now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import qt
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.virtual_c_arm import CArm
from RayEmbRegistrationScene import sceneView, virtualCArm

from .oneJob import OneJob
from .worker import Finished

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.virtual_xray import LiveBody, LivePicture

    from .worker import Failed


POLL_MS, REST_MS = 5, 250
BONE_HU = 200.0


class VirtualLive:
    """Renders for the newest place of the C-arm; finer when it stays, and the bone's surface once.

    Attributes:
        shown: how many pictures were shown.

    Args:
        failed: told, in the panel's thread, of an error.
    """

    def __init__(self, failed: Callable[[Failed], None]) -> None:
        self.shown = 0
        self._failed = failed
        self._job = OneJob("RayEmbRegistration virtual X-ray", POLL_MS, self._onEnd)
        self._wanted: tuple[LiveBody, CArm, bool] | None = None
        self._last: tuple[LiveBody, CArm] | None = None
        self._withSurface: LiveBody | None = None  # whose bone is shown
        self._surfaceWanted: LiveBody | None = None
        self._rest = qt.QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.connect("timeout()", self._atRest)

    @property
    def isBusy(self) -> bool:
        """Whether a picture, or the bone, is wanted or being made."""
        isWanted = self._wanted is not None or self._surfaceWanted is not None
        return self._job.isBusy or isWanted or bool(self._rest.active)

    def follow(self, body: LiveBody, cArm: CArm) -> None:
        """The C-arm stands elsewhere: show what it sees soon, and finer when it stays."""
        self._wanted, self._last = (body, cArm, False), (body, cArm)
        self._rest.start()
        self._next()

    def stop(self) -> None:
        """Forget what was asked for."""
        self._rest.stop()
        self._job.forget()
        self._wanted = self._last = self._withSurface = self._surfaceWanted = None

    def close(self) -> None:
        """The panel goes."""
        self.stop()
        self._job.close()

    def _next(self) -> None:
        if self._job.isBusy:
            return
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self._job.start(lambda run: _rendered(*wanted))
        elif self._surfaceWanted is not None:
            body, self._surfaceWanted = self._surfaceWanted, None
            self._job.start(lambda run: (body, sceneView.boneSurface(*body.hu_to_look_at(), BONE_HU)))

    def _onEnd(self, end: Finished | Failed) -> None:
        handle = virtualCArm.virtualCArm()
        if handle is None:
            self.stop()
            return
        if not isinstance(end, Finished):
            self.stop()
            self._failed(end)
            return
        made, found = end.value
        if isinstance(made, Camera):
            virtualCArm.showPicture(handle, found.pixels, made, found.window)
            self.shown += 1
        else:
            node = sceneView.showBoneSurface(handle, found)
            node.GetDisplayNode().SetVisibility(sceneView.isVisible(handle, "bone"))
            self._withSurface = made
        self._next()

    def _atRest(self) -> None:
        if self._last is None:
            return
        body, cArm = self._last
        handle = virtualCArm.virtualCArm()
        if handle is not None:
            virtualCArm.moveCArm(handle, cArm.pose, cArm.isocenter_ras)
        if self._withSurface is not body:
            self._surfaceWanted = body
        self._wanted = (body, cArm, True)
        self._next()


def _rendered(body: LiveBody, cArm: CArm, isAtRest: bool) -> tuple[Camera, LivePicture]:
    from RayEmbRegistrationLib.application.virtual_xray import MOVING_PX, REST_PX

    pixels = REST_PX if isAtRest else MOVING_PX
    return cArm.camera(pixels), body.picture(cArm, pixels)
