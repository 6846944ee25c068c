"""The verbs of the module that follow bodies through X-rays of several frames; they need no panel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import imageRun, inputs, sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import trackInputs
from .logicInputs import LogicInputs, asCtInput
from .trackInputs import BodyInput, GatheredBody, XrayRun

if TYPE_CHECKING:
    from RayEmbRegistrationLib.tracking.body import Body
    from RayEmbRegistrationLib.tracking.track import Track, TrackedPose

    from .worker import Cancelled, Report


PREVIEW_S = 0.4
"""So often, at most, a track is handed out while it grows: showing it makes the views draw their frame again."""


class StartPose(Enum):
    """What the pose that the X-rays' frame shows is taken for."""

    rough = "refined"
    right = "kept as it is"
    unknown = "looked for"


Preview = Callable[[Mapping[int, Mapping[str, "TrackedPose"]]], None]


@dataclass(frozen=True, eq=False)
class TrackAsked:
    """Everything a track needs, as arrays: the nodes may go meanwhile.

    Attributes:
        bodies: to follow.
        run: the X-rays.
        frames: that are tracked, rising.
        startFrame: one of them.
        rigFromRas: where the world is seen from in it; the bodies stand in it where their nodes stand.
        startIs: what the poses in it are taken for.
        made: the bodies of a track before, where they are the same.
    """

    bodies: list[GatheredBody]
    run: XrayRun
    frames: tuple[int, ...]
    startFrame: int
    rigFromRas: RigidTransform
    startIs: StartPose = StartPose.rough
    made: tuple[Body, ...] = ()


@dataclass(frozen=True, eq=False)
class Tracked:
    """What tracking came to.

    Attributes:
        track: the library's; poses are rig_from_body.
        bodies: as they were followed.
        asked: what was asked.
    """

    track: Track
    bodies: tuple[Body, ...]
    asked: TrackAsked = field(repr=False)


class LogicTracking(LogicInputs):
    """Following bodies through frames."""

    def body(self, node: Node | CtInput, material: str | None = None) -> BodyInput:
        """A body to follow: all bone of a CT volume node or ``CtInput``, or a model node with its material.

        Materials: CoCr, titanium, steel, polyethylene, bone.
        """
        if not isinstance(node, CtInput) and node.IsA("vtkMRMLModelNode"):
            if material is None:
                raise ValueError(_("say what {name} is made of, such as CoCr or titanium").format(name=node.GetName()))
            return BodyInput(node, material)
        ct = asCtInput(node)
        return BodyInput(ct.node, None, ct.segmentation, ct.segmentIds)

    def track(
        self,
        bodies: Sequence[BodyInput],
        xrays: Sequence[XrayInput],
        frames: Sequence[int] | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> Tracked:
        """Follow bodies through X-rays of several frames, from the frame that they show; all of them where none are named.

        The first X-ray's ``start`` is where the bodies are seen from in that frame, good to about 8 degrees and 8 mm;
        without one, the X-rays' rig stands in the world. ``showTrack`` shows what comes of it.

        Raises:
            ValueError: something cannot be used; the sentence says what.
        """
        for xray in xrays:
            if inputs.imageSize(xray.node) is None and inputs.canBeFrames(xray.node):
                imageRun.takeAsFrames(xray.node)
        problem = trackInputs.problemOfXrays(xrays)
        if problem is not None:
            raise ValueError(problem)
        common = imageRun.commonFrames([xray.node for xray in xrays])
        wanted = common if frames is None else sorted({int(frame) for frame in frames})
        return self.carryOutTracking(self.trackAsked(bodies, xrays, wanted), progress, cancelled)

    def trackAsked(
        self,
        bodies: Sequence[BodyInput],
        xrays: Sequence[XrayInput],
        frames: Sequence[int],
        startIs: StartPose = StartPose.rough,
        made: tuple[Body, ...] = (),
        handle: Handle | None = None,
    ) -> TrackAsked:
        """Everything ``carryOutTracking`` needs; the start frame is the one that the X-rays show.

        ``handle`` is of a registration in which bones of the CT have moved apart: they start where it shows them.

        Raises:
            ValueError: something cannot be used.
        """
        from . import trackShow

        self.ensureInstalled()
        places = {} if handle is None else trackShow.bonePlaces(handle, bodies)
        gathered = trackInputs.gatherBodies(bodies, places)
        startFrame = imageRun.frameOf(xrays[0].node)
        common = imageRun.commonFrames([xray.node for xray in xrays])
        if startFrame not in common:
            raise ValueError(trackInputs.notTogether(common))
        run = XrayRun(xrays, sorted({*frames, startFrame}), self.tagsOfFrame)
        pose = xrays[0].start
        rigFromRas = RigidTransform() if pose is None else run.placeOf(0, startFrame).inverse() @ pose
        return TrackAsked(gathered, run, tuple(frames), startFrame, rigFromRas, startIs, made)

    def carryOutTracking(
        self,
        asked: TrackAsked,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
        preview: Preview | None = None,
        before: Track | None = None,
        shouldEnd: Cancelled | None = None,
    ) -> Tracked:
        """Do what was asked. Touches no node, so that it may run in a thread.

        Args:
            asked: of ``trackAsked``.
            progress: called with (share done, stage in words).
            cancelled: asked at each frame; True stops with ``Cancelled``.
            preview: called now and then with the frames so far.
            before: a track whose frames are kept, but for those that are asked for.
            shouldEnd: as ``cancelled``, but what is done so far is returned.
        """
        from RayEmbRegistrationLib.progress import Cancelled as Stop
        from RayEmbRegistrationLib.tracking.smoothing import smooth
        from RayEmbRegistrationLib.tracking.track import Track
        from RayEmbRegistrationLib.tracking.tracker import TrackRequest, follow

        def isOver() -> bool:
            return any(one is not None and one() for one in (cancelled, shouldEnd))

        if progress is not None:
            progress(0.0, _("making the bodies"))
        bodies = asked.made or tuple(body.made() for body in asked.bodies)
        start = {body.name: asked.rigFromRas @ body.rasFromBody for body in asked.bodies}
        if asked.startIs is StartPose.unknown:
            from RayEmbRegistrationLib.application.find_start import find_start

            volumes = [body.asVolume for body in asked.bodies]
            start = find_start(volumes, bodies, asked.run.views(asked.startFrame), progress=progress, cancelled=isOver)
        names = tuple(body.name for body in bodies)
        track = Track(names)
        if before is not None and before.names == names:
            track.frames.update({n: one for n, one in before.frames.items() if n not in asked.frames})
        request = TrackRequest(bodies, asked.frames, start, asked.startFrame, keep_start=asked.startIs is StartPose.right)

        shown = [time.monotonic()]

        def show(grown: Track, _frame: int) -> None:
            if preview is not None and time.monotonic() - shown[0] > PREVIEW_S:
                shown[0] = time.monotonic()
                preview(dict(grown.frames))

        try:
            follow(request, asked.run.views, track, progress, isOver, show)
        except Stop:
            if cancelled is not None and cancelled():
                raise
        if track.frames:
            smooth(track, bodies)
        return Tracked(track, bodies, asked)

    def showTrack(
        self, bodies: Sequence[BodyInput], xrays: Sequence[XrayInput], tracked: Tracked, handle: Handle | None = None
    ) -> Handle:
        """Show a track in the scene, stepped through with its X-rays; returns the handle, a new one where none is given.

        The poses are sequences of transforms, saved with the scene.
        """
        from . import trackJoint, trackShow

        if handle is None or not sceneView.isAlive(handle):
            handle = sceneView.createRegistration()
            for row, xray in enumerate(xrays):
                pixels, _notes = inputs.xrayPixels(xray.node)
                camera = xray.geometry.camera(pixels.shape[::-1])
                sceneView.showView(handle, row, sceneView.ViewData(camera, pixels, xrayNode=xray.node))
        trackShow.begin(handle, bodies, tracked.asked)
        trackShow.keep(handle, tracked.asked, dict(tracked.track.frames), tracked.track)
        trackJoint.keepAxes(handle, tracked.asked.bodies, tracked.bodies)
        trackJoint.showAngles(handle, tracked.track)
        trackShow.settleFrame(handle)
        return handle

    def trackOf(self, handle: Handle) -> Track | None:
        """The library's track of a registration in the scene, or None where it has none."""
        from . import trackShow

        return trackShow.trackOf(handle)
