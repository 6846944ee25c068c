"""The bodies of a track as the library follows and draws them; made in the background where a scene was loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from RayEmbRegistrationScene import sceneView, trackedPoses
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.subject import digest

from .oneJob import OneJob
from .outcomes import BONE_PER_MM
from .trackInputs import BodyInput, GatheredBody, gatherBodies
from .worker import Failed, Finished

if TYPE_CHECKING:
    import vtk
    from RayEmbRegistrationLib.tracking.body import Body

    from .section import Panel

POLL_MS = 40


class TrackBodies:
    """Those of one registration at a time."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._job = OneJob("RayEmbRegistration bodies", POLL_MS, self._onMade)
        self._made: tuple[str, tuple, tuple[Body, ...]] | None = None  # registration's ID, key, bodies
        self._making: tuple[str, tuple, Callable[[], None]] | None = None
        self._failed: tuple[str, tuple] | None = None

    @staticmethod
    def keyOf(bodies: Sequence[BodyInput]) -> tuple:
        """What tells bodies from others."""
        return tuple(
            (body.name, body.material, body.label, body.segmentIds, body.node.GetID(), _state(body)) for body in bodies
        )

    def of(self, handle: Handle | None, bodies: Sequence[BodyInput] | None = None) -> tuple[Body, ...]:
        """The bodies of a registration, where they are made and, where some are named, are those."""
        if self._made is None or handle is None or self._made[0] != handle.GetID():
            return ()
        isOther = bodies is not None and self._made[1] != self.keyOf(bodies)
        return () if isOther else self._made[2]

    def keep(self, handle: Handle, key: tuple, bodies: tuple[Body, ...]) -> None:
        """Bodies were made for a registration."""
        self._made = (handle.GetID(), key, bodies)

    def whenMade(self, handle: Handle, action: Callable[[], None]) -> None:
        """Do something that needs the bodies: at once, or when they have been made from what is chosen now.

        Where that is something else than what was tracked, nothing is done.
        """
        if self.of(handle):
            action()
            return
        about = trackedPoses.aboutTrack(handle)
        chosen = self._panel.track.models.bodies()
        key = self.keyOf(chosen)
        if self._job.isBusy or about is None or [body.name for body in chosen] != about["names"]:
            return
        if self._failed == (handle.GetID(), key):
            return
        try:
            self._panel.logic.ensureInstalled()
            gathered = gatherBodies(chosen)
        except ValueError:
            self._failed = (handle.GetID(), key)
            return
        self._making = (handle.GetID(), key, action)
        self._job.start(lambda _run: tuple(body.made() for body in gathered))

    def forget(self) -> None:
        """Another scene."""
        self._job.forget()
        self._made = self._making = self._failed = None

    def close(self) -> None:
        """The panel goes."""
        self._job.close()

    def _onMade(self, end: Finished | Failed) -> None:
        making, self._making = self._making, None
        if making is None:
            return
        identifier, key, action = making
        if isinstance(end, Failed):
            self._failed = (identifier, key)
            return
        self._made = (identifier, key, end.value)
        handle = self._panel.handle()
        if sceneView.isAlive(handle) and handle.GetID() == identifier:
            action()


def _state(body: BodyInput) -> int | None:
    """A number that changes with the body's voxels or surface."""
    if not body.isModel:
        number = digest(body.node)
        segments = 0 if body.segmentation is None else body.segmentation.GetSegmentation().GetMTime()
        return None if number is None else number + int(segments)
    surface = body.node.GetPolyData()
    return None if surface is None else int(surface.GetMTime())


def boneSurfaces(asked: Sequence[GatheredBody], bodies: Sequence[Body]) -> dict[int | None, vtk.vtkPolyData]:
    """Surface of each bone of a CT by its label, None of all bone; touches no node."""
    found = {}
    for one, body in zip(asked, bodies, strict=True):
        if one.volume is not None and body.attenuation is not None and body.body_from_ijk is not None:
            found[one.label] = sceneView.boneSurface(body.attenuation, body.body_from_ijk, BONE_PER_MM)
    return found
