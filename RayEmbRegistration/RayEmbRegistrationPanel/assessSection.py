"""The button Assess: what the poses are worth as they stand, moved by hand or loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

from . import verdicts
from .jobs import Handlers
from .section import Section
from .sentences import asSentence

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome

    from .section import Panel
    from .worker import Run


class AssessSection(Section):
    """Nothing is sought and nothing moves; the verdict is of what was there when the button was pressed."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._asked: tuple[Handle, Mapping[str, Any]] | None = None
        self._known: tuple[Outcome, Any, str] | None = None  # the CT's last outcome, what the CT was, the device chosen
        self.ui.assessButton.connect("clicked(bool)", self.onAssess)

    def problem(self) -> str | None:
        """Why there is nothing to assess, in a sentence."""
        problem = self.panel.register.inputProblem()
        if problem is not None:
            return problem
        names = [node.GetName() for row, node in enumerate(self.panel.xrays.nodes) if self.panel.pose.of(row) is None]
        if names:
            return _("There is no pose yet of {names}.").format(names=", ".join(names))
        if verdicts.isAssessed(self.panel.handle()):
            return _("The verdict is of the pose as it stands.")
        return None

    def update(self) -> None:
        """The button, and why not."""
        problem = self.problem()
        self.ui.assessButton.enabled = problem is None and self.panel.jobs.name is None
        self.ui.assessButton.toolTip = problem or _("Say how far the pose can be trusted as it stands; nothing moves.")

    def onAssess(self, _checked: bool = False) -> None:
        """Assess the poses in the background."""
        problem, handle = self.problem(), self.panel.handle()
        if problem is not None or self.panel.jobs.name is not None:
            self.panel.register.say(problem or _("Wait until what runs is done."))
            return
        try:
            self.panel.register.install()
            self.panel.history.settle()
            self.panel.advanced.applyToLogic()
            job = self._job(handle, self.panel.start.startedInputs(fromPose=True))
        except (ValueError, InstallError) as error:
            self.panel.register.say(asSentence(str(error)))
            return
        self._asked = handle, sceneView.statesOf(handle)
        register = self.panel.register
        self.panel.jobs.start("assess", job, Handlers(self.onAssessed, register.onProgress, None, register.onEnded))

    def _job(self, handle: Handle, xrays: list[XrayInput]) -> Callable[[Run], Outcome]:
        """What is to be done; a CT that has not changed since the last outcome is not read and checked again."""
        settings, logic, before = self.panel.advanced.settings(), self.logic, self._outcomeOfCt(handle)
        if before is not None:
            views = [logic.view(xray) for xray in xrays]
            self.panel.log.askedAgain("assess", views, settings)
            return lambda run: logic.assessAgain(before, views, settings, run.progress, run.is_cancelled)
        request = logic.request(self.panel.ctInput(), xrays, settings)
        self.panel.log.asked("assess", request)
        return lambda run: logic.carryOutAssessment(request, run.progress, run.is_cancelled)

    def _outcomeOfCt(self, handle: Handle) -> Outcome | None:
        """The last outcome, where it is of the CT, its bones and the device as they are chosen now."""
        if self._known is None:
            return None
        outcome, subject, device = self._known
        isSame = subject is not None and subject == sceneView.statesOf(handle, ())["ct"] and device == self.logic.device
        return outcome if isSame and self.panel.prepared is outcome.prepared else None

    def remember(self, outcome: Outcome, asked: Mapping[str, Any] | None) -> None:
        """An outcome is of the CT as it was when it was asked for."""
        slim = replace(outcome, result=None, views=(), drrs=())
        self._known = None if asked is None else (slim, asked["ct"], self.logic.device)

    def onAssessed(self, outcome: Outcome) -> None:
        """Show the verdict; where something was changed meanwhile, it is of what was there before."""
        asked, self._asked = self._asked, None
        self.panel.prepared = outcome.prepared
        self.remember(outcome, None if asked is None else asked[1])
        if asked is None or not sceneView.isAlive(asked[0]):
            return
        self.logic.showVerdict(asked[0], outcome, asked[1])
        self.panel.result.showAssessed(outcome)
        self.panel.track.keepByHand(outcome.registered.quality)
        self.panel.log.found(outcome)
        words = _("Assessed in {seconds:.1f} s.")
        if not outcome.registered.quality.trusted:
            words = _("Assessed in {seconds:.1f} s, not to be trusted.")
        self.panel.register.say(words.format(seconds=outcome.registered.timing_s.get("total", 0.0)))

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._asked = self._known = None
