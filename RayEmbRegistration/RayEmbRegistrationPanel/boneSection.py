"""Bone from X-ray, at the end of the section Reconstruct: what a network sees in the selected X-ray, without a CT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .jobs import Handlers
from .plausibility import SIGN
from .section import Section
from .sentences import asSentence, spoken
from .viewsSection import threeDSize

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.surfaces import BoneOfXray

    from .logicBone import BoneAsked
    from .section import Panel
    from .worker import Run

JOB = "bone"


class BoneSection(Section):
    """A distance, a button, which becomes Cancel while it runs, and what came of it."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._asked: tuple[Node, BoneAsked] | None = None
        self._said: tuple[Node | None, str] = (None, "")  # the X-ray that it is of
        self.ui.boneButton.connect("clicked(bool)", self.onRun)

    @property
    def node(self) -> Node | None:
        """The selected X-ray."""
        row = self.panel.xrays.selected
        return None if row is None else self.panel.xrays.nodes[row]

    def problem(self) -> str | None:
        """Why no bone can be looked for now, in a sentence."""
        if self.parameters is None:
            return _("The scene is being closed.")
        row = self.panel.xrays.selected
        if row is None:
            return _("Add an X-ray to the table.")
        return self.panel.xrays.problemOf(row)

    def update(self) -> None:
        """Widgets, and what is said."""
        if self.parameters is None or any(node is None for node in self.panel.xrays.nodes):
            return
        running, problem = self.panel.jobs.name, self.problem()
        mine = running == JOB
        self.ui.boneDepthMmSpinBox.enabled = running is None
        self.ui.boneButton.text = _("Cancel") if mine else _("Bone from X-ray")
        self.ui.boneButton.enabled = (mine and not self.panel.jobs.isShowing) or (running is None and problem is None)
        self.ui.boneButton.toolTip = problem or (
            _("Stop; nothing is changed.")
            if mine
            else _("The bone's surface in 3D as a network guesses it from the selected X-ray alone. It needs no CT.")
        )
        handle = self.panel.handle()
        if handle is not None:
            sceneView.settleBones(handle)
        if not mine:  # then the line says how far it is
            self.ui.boneStatusLabel.text = self._words(problem)

    def _words(self, problem: str | None) -> str:
        """What to read under the button."""
        node, (of, said) = self.node, self._said
        if said and of is node:
            return said
        model = sceneView.boneOfXray(node)
        if model is None:
            return problem or ""
        about = sceneView.aboutBone(model)
        lines = [_guessOf(about), *(asSentence(note) for note in about["notes"]), *_depthOf(about), _placeOf(about)]
        if not sceneView.boneHolds(model):
            lines.insert(0, _("The X-ray shows another image by now: press the button again."))
        return "<br>".join(lines)

    # Running

    def onRun(self, _checked: bool = False) -> None:
        """Look for the bone in the background, or cancel."""
        if self.panel.jobs.name == JOB:
            if not self.panel.jobs.isShowing:
                self.panel.jobs.cancel()
                self.ui.boneStatusLabel.text = _("Cancelling...")
            return
        problem, row, node = self.problem(), self.panel.xrays.selected, self.node
        if problem is not None or row is None or node is None or self.panel.jobs.name is not None:
            self.say(problem or _("Wait until what runs is done."))
            return
        try:
            self.panel.register.install()
            self.panel.advanced.applyToLogic()
            depth = float(self.parameters.boneDepthMm) or None
            handle = self.panel.views.showXrays([row])
            asked = self.logic.boneAsked(self.panel.xrays.inputs()[row], depth, handle=handle)
        except (ValueError, InstallError) as error:
            self.say(asSentence(str(error)))
            return
        self.panel.log.add(f"  distance from the source {depth or 'not given'}, stands by {asked.stands}")
        self._asked, self._said = (node, asked), (None, "")

        def job(run: Run) -> BoneOfXray:
            return self.logic.carryOutBone(asked, run.progress, run.is_cancelled)

        self.panel.jobs.start(JOB, job, Handlers(self.onFinished, self.onProgress, None, self.onEnded))

    def onProgress(self, share: float, stage: str) -> None:
        """How far it is."""
        self.panel.register.onProgress(share, stage)
        if self.ui.boneStatusLabel.text != _("Cancelling..."):
            self.ui.boneStatusLabel.text = asSentence(f"{spoken(stage)} ({share:.0%})")

    def onFinished(self, found: BoneOfXray) -> None:
        """Show it, where the user has not deleted the X-ray; one that stands alone is looked at when it is new."""
        of, self._asked = self._asked, None
        if of is None or of[0].GetScene() is None:
            self._said = self.node, _("The X-ray was deleted meanwhile; its bone is not shown.")
            return
        isNew = sceneView.boneOfXray(of[0]) is None
        model = self.logic.showBone(*of, found)
        if isNew and of[1].cameraFromRas is None:
            sceneView.lookAtBone(model, of[1].view.geometry.is_mirrored, sceneView.VIEW_3D, threeDSize())

    def onEnded(self, problem: str | None) -> None:
        """Say why it ended early."""
        of, self._asked = self._asked, None
        if problem is not None:
            self._said = of[0] if of is not None else self.node, problem

    def say(self, text: str) -> None:
        """Put a sentence under the button."""
        self._said = self.node, text
        self.update()

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._asked, self._said = None, (None, "")


def _guessOf(about: dict[str, Any]) -> str:
    words = _(
        "A network's guess, not for measuring: median standard deviation {median:.0f} mm along the rays (blue 2 mm, "
        "red 25 mm and more)."
    ).format(median=about["medianMm"])
    if not about["isVague"]:
        return words
    return f"{SIGN} {words} " + _("That is so uncertain that its depths are worth nothing.")


def _depthOf(about: dict[str, Any]) -> list[str]:
    """Where the depth is from, where the library has not said it."""
    words = {
        "given": _(
            "One X-ray does not show how far away the bone is: {depth:.0f} mm, as you gave it. The surface is as large as "
            "that makes it."
        ),
        "pose": _("Its distance from the source, {depth:.0f} mm, is that of the CT's bone by the pose."),
    }.get(about["depthFrom"])
    return [] if words is None else [words.format(depth=about["depthMm"])]


def _placeOf(about: dict[str, Any]) -> str:
    return {
        "pose": _("It stands by the pose of the X-ray."),
        "angles": _("The X-ray has no pose: it is turned by the C-arm's angles, its middle at the origin."),
        "ap": _("Nothing is known of the pose: it stands as in an AP view, its middle at the origin."),
        "view": _("The X-ray has no pose: it is turned as in the View of its row, its middle at the origin."),
    }[about["stands"]]
