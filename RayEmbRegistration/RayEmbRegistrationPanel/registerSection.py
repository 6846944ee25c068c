"""The section Register: start, watch and cancel a registration; undo and redo of poses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from slicer.i18n import tr as _

from . import outcomes
from .jobs import Handlers
from .resultSection import CANCELLED_HERE
from .running import Running
from .section import Section
from .sentences import asStage, spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.registration import PreparedCT
    from RayEmbRegistrationLib.result import RegistrationResult

    from .outcomes import Shown
    from .section import Panel
    from .worker import Run


PREVIEW_PX = 128
_END = object()


class RegisterSection(Section):
    """One button, which becomes Cancel while it runs."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._said = ""
        self._running: Running | None = None
        self.ui.registerButton.connect("clicked(bool)", self.onRegister)
        self.ui.refineButton.connect("clicked(bool)", self.onRefine)
        self.ui.undoButton.connect("clicked(bool)", lambda checked: self.onStep("undo"))
        self.ui.redoButton.connect("clicked(bool)", lambda checked: self.onStep("redo"))

    def say(self, text: str) -> None:
        """Put a sentence under the button."""
        if text and text != self._said:
            self.panel.log.add(f"said: {text}")
        self._said = text
        self.update()

    def forgetSaid(self) -> None:
        """What was said of a pose is past where that has moved."""
        if self._said:
            self.say("")

    def parametersReplaced(self) -> None:
        """Nothing was said about the new scene."""
        self._said = ""

    def update(self) -> None:
        """Buttons and the line that says why not."""
        running = self.panel.jobs.name
        problem = self.panel.problem()
        mine = running in CANCELLED_HERE
        self.ui.registerButton.text = _("Cancel") if mine else _("Register")
        isShowing = self.panel.jobs.isShowing
        self.ui.registerButton.enabled = (mine and not isShowing) or (running is None and problem is None)
        self.ui.registerButton.toolTip = problem or (
            _("Stop; the poses stay as they were.") if mine else _("Find the pose of the bone in all X-rays of the table.")
        )
        handle = self.panel.handle()
        idle = running is None and handle is not None
        hasPose = idle and any(sceneView.poseOf(handle, row) is not None for row in range(sceneView.viewCount(handle)))
        inputProblem = self.inputProblem()
        self.ui.refineButton.enabled = bool(hasPose and inputProblem is None)
        self.ui.refineButton.toolTip = inputProblem or (
            _("Improve the present pose without looking elsewhere.") if hasPose else _("There is no pose to refine yet.")
        )
        self.ui.undoButton.enabled = bool(idle and sceneView.canUndo(handle))
        self.ui.redoButton.enabled = bool(idle and sceneView.canRedo(handle))
        self.ui.progressBar.visible = running is not None
        if running is None:
            self.ui.stageLabel.text = self._said or problem or ""

    def inputProblem(self) -> str | None:
        """What is wrong with CT or X-rays, whatever the start."""
        if self.parameters is None:
            return _("The scene is being closed.")
        return self.panel.ct.problem() or self.panel.xrays.problem()

    # Installing

    def install(self) -> None:
        """Install what is missing, after asking once; InstallError says what to do where that was not done."""
        self.logic.ensureInstalled(self.onInstalling)

    def onInstalling(self, share: float, stage: str) -> None:
        """How far the installation is: it holds up the application meanwhile."""
        self.ui.progressBar.visible = True
        self.onProgress(share, stage)
        slicer.app.processEvents()

    # Running

    def onRegister(self, _checked: bool = False) -> None:
        """Register, or cancel."""
        if self.panel.jobs.name in CANCELLED_HERE:
            if self.panel.jobs.isShowing:
                return
            self.panel.jobs.cancel()
            self.ui.stageLabel.text = _("Cancelling...")
            return
        problem = self.panel.problem()
        if problem is not None:
            self.say(problem)
            return
        self._begin("register")

    def onRefine(self, _checked: bool = False) -> None:
        """Refine the present pose."""
        problem = self.inputProblem()
        if problem is not None:
            self.say(problem)
            return
        self._begin("refine")

    def _begin(self, name: str) -> None:
        """Read the nodes, then let the thread do the rest."""
        try:
            self.install()
            self.panel.history.settle()
            self.panel.advanced.applyToLogic()
            isRefined = name == "refine"
            xrays = self.panel.start.startedInputs(fromPose=isRefined)
            fromAngles = not isRefined and self.panel.start.fromAngles
            settings = self.panel.advanced.settings(refineOnly=isRefined)
            request = self.logic.request(self.panel.ctInput(), xrays, settings, fromAngles)
        except (ValueError, InstallError) as error:
            self.say(spoken(str(error)))
            return
        self.panel.log.asked(name, request)
        self.panel.pose.stopMoving()
        self.panel.landmarks.stopPlacing()
        self.panel.pose.live.stop()
        handle = self.panel.views.showXrays()
        if handle is None:
            return
        before = {row: sceneView.poseOf(handle, row) for row in range(len(xrays))}
        self.panel.overlay.drawPlainly(True)
        self._running = Running(handle, xrays, self.panel.ctInput(), before)
        self._said = ""
        shownBones, ctNode = handle.GetParameter("PanelBone"), self.panel.ctInput().node

        def job(run: Run) -> Any:
            from RayEmbRegistrationLib.application import drr_to_look_at

            def preview(prepared: PreparedCT, poses: Any) -> None:
                pictures = {
                    n: (pose, drr_to_look_at(prepared, pose, request.views[n].camera, PREVIEW_PX))
                    for n, pose in poses.items()
                }
                run.preview(pictures)

            outcome = self.logic.carryOut(request, run.progress, run.is_cancelled, preview)
            return outcomes.toShow(outcome, ctNode, xrays, shownBones)

        self.panel.jobs.start(name, job, Handlers(self.onFinished, self.onProgress, self.onPreview, self.onEnded))
        self.showDevice()

    def showDevice(self, name: str | None = None) -> None:
        """Say where it is computed."""
        try:
            from RayEmbRegistrationLib.application import chosen_device, device_in_words

            words = device_in_words(name or chosen_device(self.parameters.device.value))
        except ImportError:  # nothing is installed yet
            self.ui.deviceLabel.text = _("Where it is computed is known once the packages are installed.")
            return
        except ValueError as error:
            self.ui.deviceLabel.text = spoken(str(error))
            return
        self.ui.deviceLabel.text = _("Computed on: {device}.").format(device=spoken(words))

    def onProgress(self, share: float, stage: str) -> None:
        """How far it is."""
        self.ui.progressBar.value = int(1000 * share)
        if self.ui.stageLabel.text != _("Cancelling..."):
            self.ui.stageLabel.text = asStage(stage)

    def onPreview(self, pictures: dict[int, Any]) -> None:
        """Show the poses as they improve."""
        running = self._running
        if running is None or not sceneView.isAlive(running.handle):
            return
        for row, (pose, drr) in pictures.items():
            if row < sceneView.viewCount(running.handle):
                running.trajectories.setdefault(row, []).append(pose)
                sceneView.showPose(running.handle, row, pose)
                sceneView.showDrr(running.handle, row, drr)
        if self.panel.result.settle(isRunning=True):
            self.panel.onParametersModified()

    def onFinished(self, shown: Shown) -> Iterator[None]:
        """Show the result step by step, where the user has not deleted what it belongs to."""
        outcome = shown.outcome
        running = self._running
        self.panel.prepared = outcome.prepared
        self.panel.assess.remember(outcome, running.asked if running is not None else None)
        self.ui.registerButton.enabled = False
        self.ui.stageLabel.text = _("Showing the result...")
        steps: Iterator[None] = iter(())
        if running is not None:
            steps = self.logic.resultSteps(running.handle, shown, running.trajectories, running.asked)
        isFirst = running is not None and not running.wasRegistered
        while running is not None and not self._isLost(running) and next(steps, _END) is not _END:
            yield
        if running is None or self._isLost(running):
            self._said = _("The CT, an X-ray or the registration was deleted meanwhile; the result is not shown.")
            if running is not None and sceneView.isAlive(running.handle):
                self._back(running)
            return
        self._takeCameras(running, outcome.registered)
        self.panel.result.show(outcome)
        self.panel.log.found(outcome)
        self.panel.frames.showAgain(running.handle)
        self.panel.track.keepByHand(outcome.registered.quality)
        yield
        self.showDevice(outcome.device)
        self._said = self._verdict(outcome.registered)
        self._running = None
        if isFirst:
            self.panel.views.showFromSide(running.handle)
            self.ui.ctCollapsibleButton.collapsed = True  # it is done, and the result has its room
            if outcome.registered.quality.trusted:
                self.ui.startCollapsibleButton.collapsed = True

    def _takeCameras(self, running: Running, result: RegistrationResult) -> None:
        """What was found mirrored is known to be: the geometry is that of the X-ray as it is shown from now on."""
        for row, (view, xray) in enumerate(zip(result.views, running.xrays, strict=True)):
            found = outcomes.asShown(xray.geometry, view.camera)
            now, given = (geometry_to_text(one) for one in (self.panel.xrays.geometry(row), xray.geometry))
            if found is not xray.geometry and now == given:  # a sequence may have been stepped on
                self.panel.xrays.setGeometry(row, found)

    @staticmethod
    def _isLost(running: Running) -> bool:
        """Whether something was deleted that the result belongs to."""
        if not sceneView.isAlive(running.handle):
            return True
        return running.ct.node.GetScene() is None or any(xray.node.GetScene() is None for xray in running.xrays)

    @staticmethod
    def _verdict(result: RegistrationResult) -> str:
        verdict = (
            _("Registered in {seconds:.1f} s.")
            if result.quality.trusted
            else _("Registered in {seconds:.1f} s, not to be trusted.")
        )
        return verdict.format(seconds=result.timing_s.get("total", 0.0))

    def onEnded(self, problem: str | None) -> None:
        """It ended: put poses back that were shown on the way where it did not finish, and say why."""
        self.panel.overlay.drawPlainly(False)
        running, self._running = self._running, None
        if running is not None and problem is not None:
            self._back(running)
        if problem is not None:
            self._said = problem

    def _back(self, running: Running) -> None:
        """The poses as they were before."""
        for row, pose in running.before.items():
            if not sceneView.isAlive(running.handle) or row >= sceneView.viewCount(running.handle):
                continue
            if pose is not None:
                sceneView.showPose(running.handle, row, pose)
                self.panel.pose.live.show(running.handle, row)
            elif row in running.trajectories:
                sceneView.removePose(running.handle, row)

    # Undo and redo

    def onStep(self, name: str) -> None:
        """Back ("undo") or forward ("redo") by one step."""
        handle = self.panel.handle()
        if handle is None or self.panel.jobs.name is not None:
            return
        history = self.panel.history
        label = history.undo() if name == "undo" else history.redo()
        if label is not None:
            self._said = _("Pose: {label}").format(label=spoken(label))
            for row in range(sceneView.viewCount(handle)):
                self.panel.pose.live.show(handle, row)
            self.panel.track.keepByHand()
        self.panel.onParametersModified()
