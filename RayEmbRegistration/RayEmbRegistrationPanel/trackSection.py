"""The section Track: bodies followed through X-rays of several frames, from the pose of the frame that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import imageRun, sceneView, trackedPoses
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import trackByHand, trackInputs, trackJoint, trackShow
from .jobs import Handlers
from .section import Observers, Section
from .sentences import asSentence, asStage
from .trackBodies import TrackBodies, boneSurfaces
from .trackModels import TrackModels
from .trackPlots import TrackPlots
from .trackPlotView import TrackPlotView
from .trackPreview import TrackPreview
from .trackRange import TrackRange

if TYPE_CHECKING:
    from RayEmbRegistrationLib.quality.quality import Quality

    from .logicTracking import Tracked
    from .section import Panel
    from .worker import Run

JOB = "track"
AT_ONCE = 20
"""So many frames are put into the scene before the application gets its turn."""


class TrackSection(Section):
    """Frames, range and direction; one button, which becomes Stop while it runs."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.models = TrackModels(panel)
        self.range = TrackRange(panel)
        self._bodies = TrackBodies(panel)
        self._plot = TrackPlotView(self.range.goTo)
        self.plots = TrackPlots(panel)
        self._observers = Observers()
        self._said = ""
        self._preview = TrackPreview(panel)
        self.ui.trackButton.connect("clicked(bool)", self.onTrack)
        self.ui.nextLostButton.connect("clicked(bool)", self.onNextLost)

    def inputs(self) -> list[XrayInput]:
        """The X-rays as chosen, with their poses as they stand."""
        return [
            XrayInput(node, self.panel.xrays.geometry(row), self.panel.pose.of(row))
            for row, node in enumerate(self.panel.xrays.nodes)
        ]

    def problem(self) -> str | None:
        """Why nothing can be tracked, in a sentence."""
        return self.models.problem(self.inputs()) or self.range.problem()

    # Showing

    def update(self) -> None:
        """Widgets as scene and parameters are."""
        if self.parameters is None or any(node is None for node in self.panel.xrays.nodes):
            return
        running, problem, handle = self.panel.jobs.name, self.problem(), self.panel.handle()
        idle, mine = running is None, running == JOB
        self.models.update(idle)
        self.plots.update()
        self.range.update(idle)
        self.ui.trackButton.text = _("Stop") if mine else _("Track")
        self.ui.trackButton.enabled = (mine and not self.panel.jobs.isShowing) or (idle and problem is None)
        self.ui.trackButton.toolTip = problem or (
            _("Stop; the frames that are done stay.") if mine else _("Follow the bodies through the frames.")
        )
        self.ui.trackCtCheckBox.enabled = idle and self.parameters.ctVolume is not None
        self.ui.trackFindCheckBox.enabled = idle
        self.ui.trackKeepCheckBox.enabled = idle and not self.parameters.trackFindStart
        lost = trackShow.notTrusted(handle) if self._hasTrack(handle) and idle else []
        self.ui.nextLostButton.enabled = bool(lost)
        if idle:
            parts = [self._said, trackShow.stateInWords(handle, lost)]
            said = " ".join(part for part in parts if part)
            self.ui.trackLabel.text = said or problem or _("Ready to track from this frame.")
        self._follow(handle)

    def _hasTrack(self, handle: Handle | None) -> bool:
        return handle is not None and trackedPoses.aboutTrack(handle) is not None

    def _follow(self, handle: Handle | None) -> None:
        """A track's own browser is stepped by Slicer's toolbar, too."""
        browser = None if handle is None else sceneView.nodeOf(handle, trackedPoses.BROWSER_ROLE)
        self._observers.follow([] if browser is None else [(browser, vtk.vtkCommand.ModifiedEvent, self.onBrowser)])
        self._plot.follow(handle)

    # Frames

    def onBrowser(self, caller: Node, event: str) -> None:
        """The track's own browser was stepped."""
        handle = self.panel.handle()
        frame = None if handle is None or slicer.mrmlScene.IsBatchProcessing() else trackedPoses.frameOfBrowser(handle)
        if frame is not None and frame != trackedPoses.shownFrame(handle) and self.panel.jobs.name is None:
            self.range.goTo(frame)

    def stepTogether(self, changed: set[str]) -> None:
        """Of a track the X-rays show the same frame: where one was stepped, the others follow."""
        handle = self.panel.handle()
        stepped = [node for node in self.panel.xrays.nodes if node is not None and node.GetID() in changed]
        if stepped and self._hasTrack(handle):
            self.range.goTo(self.range.frameOf(stepped[0]))
            trackShow.settleFrame(handle)

    def frameShown(self) -> None:
        """Another frame is shown, with its pose and what is said of it: the bodies are drawn over it."""
        handle = self.panel.handle()
        if self._hasTrack(handle):
            self._bodies.whenMade(handle, lambda: self._draw(handle))

    def _draw(self, handle: Handle) -> None:
        for row in range(sceneView.viewCount(handle) if sceneView.isAlive(handle) else 0):
            self.panel.pose.live.show(handle, row)

    def onNextLost(self, _checked: bool = False) -> None:
        """Go to the next frame that is not trusted; after the last one to the first."""
        lost, here = trackShow.notTrusted(self.panel.handle()), self.range.here()
        if lost:
            self.range.goTo(next((frame for frame in lost if frame > here), lost[0]))

    def isStepping(self, handle: Handle, poseNode: Node) -> bool:
        """Whether a pose moved because another frame of its track is shown."""
        if not self._hasTrack(handle):
            return False
        rows = range(sceneView.viewCount(handle))
        own = [row for row in rows if sceneView.nodeOf(handle, f"View{row + 1}.Pose") is poseNode]
        return bool(own) and trackedPoses.isAsTracked(handle, own[0])

    def isStepped(self, node: Node) -> bool:
        """Whether a node is an X-ray of several frames that a track is of: its next frame is shown in a moment."""
        return self._hasTrack(self.panel.handle()) and imageRun.frameCount(node) > 1 and node in self.panel.xrays.nodes

    def bodiesOf(self, handle: Handle) -> tuple:
        """The bodies of a registration's track as the library has them, to draw; empty where they are not made yet."""
        return self._bodies.of(handle) if self._hasTrack(handle) else ()

    def placesOf(self, handle: Handle) -> dict[str, RigidTransform]:
        """Name of a body to ras_from_body as it stands."""
        about = trackedPoses.aboutTrack(handle)
        return {} if about is None else trackJoint.placesOf(handle, about)

    def center(self, handle: Handle | None) -> Any:
        """(3,) RAS mm, the middle of the first body of a track; None where there is none."""
        bodies = self.bodiesOf(handle)
        return self.placesOf(handle)[bodies[0].name].apply(bodies[0].center) if bodies else None

    def keepByHand(self, quality: Quality | None = None) -> None:
        """The pose that is shown, where the user changed it, is that of its frame from now on.

        ``quality``: of what was registered or assessed; nothing is kept where another frame is shown meanwhile.
        """
        handle = self.panel.handle()
        if self.panel.frames.isStepping or (quality is not None and sceneView.verdictOf(handle, forAnyUse=True) is None):
            return
        if self._hasTrack(handle) and self.panel.pose.of(0) is not None:
            rigFromRas = trackInputs.placeNow(self.inputs(), self.logic.tagsOfFrame).inverse() @ self.panel.pose.of(0)
            isOther = trackByHand.keepByHand(handle, rigFromRas)
            isOther |= quality is not None and trackByHand.takeVerdict(handle, quality)
            if isOther:
                self.plots.draw(handle)

    # Running

    def onTrack(self, _checked: bool = False) -> None:
        """Track, or stop and keep what is done."""
        if self.panel.jobs.name == JOB:
            self.panel.jobs.cancelKeeping()
            self.ui.trackLabel.text = _("Stopping...")
            return
        if (problem := self.problem()) is not None:
            self.say(problem)
            return
        try:
            self.panel.register.install()
            self.panel.history.settle()
            self.range.goTo(self.range.here())
            handle = self.panel.views.showXrays()
            if handle is None:
                return
            bodies = self.models.bodies()
            made = self._bodies.of(handle, bodies)
            shownBones = handle.GetParameter("PanelBone")
            asked = self.logic.trackAsked(bodies, self.inputs(), self.range.frames(), self.range.startIs(), made, handle)
            before = trackShow.trackOf(handle)
        except (ValueError, InstallError) as error:
            self.say(asSentence(str(error)))
            return
        self.panel.pose.stopMoving()
        self.panel.landmarks.stopPlacing()
        self.panel.pose.live.stop()
        self._said = ""
        self._preview.start(handle, asked, bodies)
        key = self._bodies.keyOf(bodies)

        def job(run: Run) -> tuple[Tracked, dict]:
            tracked = self.logic.carryOutTracking(asked, run.progress, run.is_cancelled, run.preview, before, run.should_end)
            return tracked, {} if shownBones else boneSurfaces(asked.bodies, tracked.bodies)

        def finished(found: tuple[Tracked, dict]) -> Iterator[None]:
            self._bodies.keep(handle, key, found[0].bodies)
            return self._show(handle, *found)

        self.panel.jobs.start(JOB, job, Handlers(finished, self.onProgress, self._preview.onFrames, self.onEnded))

    def onProgress(self, share: float, stage: str) -> None:
        """How far it is."""
        self.panel.register.onProgress(share, stage)
        if self.ui.trackLabel.text != _("Stopping..."):
            self.ui.trackLabel.text = asStage(stage)

    def _show(self, handle: Handle, tracked: Tracked, surfaces: dict) -> Iterator[None]:
        numbers = sorted(tracked.track.frames)
        for start in range(0, len(numbers), AT_ONCE):
            if not self._preview.begin():
                self._said = _("The registration or a body was deleted meanwhile; the track is not shown.")
                return
            part = {frame: tracked.track.frames[frame] for frame in numbers[start : start + AT_ONCE]}
            trackShow.keepPoses(handle, tracked.asked, part, tracked.track)
            yield
        for label, surface in surfaces.items():
            if sceneView.isAlive(handle):
                sceneView.showBoneSurface(handle, surface, label)
            yield
        if sceneView.isAlive(handle):
            trackShow.showPlot(handle)
            trackJoint.keepAxes(handle, tracked.asked.bodies, tracked.bodies)
            self.plots.draw(handle)
            self.panel.views.showViews(handle)
            if sceneView.setCenterOnce(handle, self.center(handle)):
                self.panel.views.showFromSide(handle)
            self._draw(handle)

    def onEnded(self, problem: str | None) -> None:
        """It ended: say why where it did not finish."""
        self._preview.end()
        if problem is not None:
            self._said = problem

    def say(self, text: str) -> None:
        """Put a sentence under the button."""
        self._said = text
        self.update()

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._said = ""
        self.range.forget()
        self._observers.follow([])
        self._bodies.forget()
        self._preview.parametersReplaced()
        self.plots.parametersReplaced()
        self._plot.follow(None)

    def nodeRemoved(self, node: Node) -> None:
        """A deleted model is not followed any more."""
        self.models.nodeRemoved(node)

    def cleanup(self) -> None:
        """The panel goes."""
        self._bodies.close()
