"""The section Reconstruct: the CT adjusted to the X-rays, beside the CT, and one switch between both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import adjustedWords
from .jobs import Handlers
from .logicReconstruct import Change
from .purposes import signText
from .reconstructImplant import ReconstructImplant, implantInput
from .reconstructPreview import ReconstructPreview, handedOut
from .reconstructSegments import ReconstructSegments
from .section import Section, quietly
from .sentences import asSentence, spoken

if TYPE_CHECKING:
    import numpy as np
    from RayEmbRegistrationScene.adjusted import AdjustedData

    from .section import Panel
    from .worker import Run

    Outcome: TypeAlias = tuple[AdjustedData | None, dict[str, Any], list[np.ndarray]]
    """What to show, what is said of it, and by X-ray the outlines of shadows."""

JOB = "reconstruct"
ALLOWED = (("allowBones", "bones"), ("allowFragments", "fragments"), ("allowWarp", "warp"), ("allowMetal", "residual"))
LEAST_BONES = 2
_END = object()


class ReconstructSection(Section):
    """What may change and how far; a button, which becomes Cancel while it runs; what came of it."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._asked: tuple[Handle, Mapping[str, Any]] | None = None
        self._said = ""
        self._bones = adjustedWords.Bones({}, {})  # of what runs
        self.preview = ReconstructPreview(panel)
        self.segments = ReconstructSegments(panel, self.onTicked)
        self.implant = ReconstructImplant(panel)
        self.ui.reconstructButton.connect("clicked(bool)", self.onRun)
        self.ui.showAdjustedCheckBox.connect("clicked(bool)", self.onSwitch)
        self.ui.colorDeviationCheckBox.connect("clicked(bool)", self.onColor)

    def allowed(self) -> list[str]:
        """What is ticked, as the library calls it."""
        return [word for name, word in ALLOWED if getattr(self.parameters, name)]

    def change(self) -> Change:
        """What may change, as chosen."""
        names, allowed = self.segments.names(), self.allowed()
        bones, fragments = (
            [name for one, name in names.items() if one in ticked and word in allowed]
            for word, ticked in (("bones", self.parameters.movingSegments), ("fragments", self.parameters.fragmentSegments))
        )
        shift, differ = float(self.parameters.jointShiftMm), float(self.parameters.differMm)
        return Change(allowed, bones, fragments, shift, differ, self.implant.node, str(self.parameters.implantMaterial))

    def problem(self) -> str | None:
        """Why nothing can be adjusted now, in a sentence."""
        problem = self.panel.register.inputProblem()
        if problem is not None:
            return problem
        rows = range(len(self.panel.xrays.nodes))
        if any(self.panel.pose.of(row) is None for row in rows):
            return _("Register first: the CT is adjusted from the pose that was found.")
        if len(rows) > 1 and any(self.panel.xrays.geometry(row).camera_from_rig is None for row in rows):
            return _(
                "Several X-rays adjust one CT only if their places are known against each other: load a calibration of the "
                "rig for each, or leave one X-ray in the table."
            )
        return self._changeProblem()

    def _changeProblem(self) -> str | None:
        """Why what is ticked cannot change."""
        allowed, names = self.allowed(), self.segments.names()
        if not allowed:
            return _("Tick what may change.")
        problem = self.implant.problem(len(self.panel.xrays.nodes))
        if problem is not None:
            return problem
        if ("bones" in allowed or "fragments" in allowed) and len(names) < LEAST_BONES:
            return _(
                "Bones and fragments are told apart by a segmentation, a segment each: choose it in the section CT, or "
                "allow a change of shape alone."
            )
        return self._tickedProblem(len(names))

    def _tickedProblem(self, count: int) -> str | None:
        """Why the segments as ticked cannot move; ``count`` of all."""
        allowed, change = self.allowed(), self.change()
        if "bones" in allowed and not change.bones:
            return _("Tick which segments turn in their joints, such as the femurs.")
        if "fragments" in allowed and not change.fragments:
            return _("Tick which segments are fragments.")
        both = sorted(set(change.bones) & set(change.fragments))
        if both:
            return _("{name} is ticked twice: it turns in its joint, or it is a fragment.").format(name=", ".join(both))
        if change.fragments and len(change.fragments) == count:
            return _("Leave one segment unticked: fragments move against the bone that they broke off.")
        return None

    def update(self) -> None:
        """Widgets, and what is said."""
        if self.parameters is None:
            return
        running, handle = self.panel.jobs.name, self.panel.handle()
        mine, problem, allowed = running == JOB, self.problem(), self.allowed()
        self.segments.update()
        self.implant.update()
        self.ui.movingList.visible = "bones" in allowed
        self.ui.fragmentList.visible = "fragments" in allowed
        self.ui.jointShiftMmSpinBox.enabled = "bones" in allowed and running is None
        self.ui.differMmSpinBox.enabled = "warp" in allowed and running is None
        lists = (self.ui.movingList, self.ui.fragmentList)
        for box in (*(getattr(self.ui, f"{name}CheckBox") for name, _word in ALLOWED), *lists):
            box.enabled = running is None
        self.ui.reconstructButton.text = _("Cancel") if mine else _("Adjust CT to X-rays")
        self.ui.reconstructButton.enabled = (mine and not self.panel.jobs.isShowing) or (running is None and problem is None)
        self.ui.reconstructButton.toolTip = problem or (
            _("Stop; nothing is changed.") if mine else _("Make an adjusted copy of the CT; the CT itself is not touched.")
        )
        self._settle(handle)
        if handle is not None:
            sceneView.settleMetalShadows(handle)
        texts = sceneView.adjustedTexts(handle)
        for widget in (self.ui.showAdjustedCheckBox, self.ui.colorDeviationCheckBox, self.ui.deviationLabel):
            widget.visible = texts is not None
        if mine:
            return  # the line says how far it is
        self.ui.reconstructStatusLabel.text = self._words(handle, texts, problem)
        if texts is None or handle is None:
            return
        holds, shown = sceneView.adjustedHolds(handle), sceneView.adjustedShown(handle)
        self.ui.showAdjustedCheckBox.enabled = holds and running is None
        self.ui.colorDeviationCheckBox.enabled = shown
        self.ui.deviationLabel.visible = shown and sceneView.isColored(handle)
        self.ui.deviationLabel.text = texts["scale"]
        quietly(self.ui.showAdjustedCheckBox, lambda: setattr(self.ui.showAdjustedCheckBox, "checked", shown))
        colored = sceneView.isColored(handle)
        quietly(self.ui.colorDeviationCheckBox, lambda: setattr(self.ui.colorDeviationCheckBox, "checked", colored))

    def _words(self, handle: Handle | None, texts: Mapping[str, Any] | None, problem: str | None) -> str:
        """What to read under the button."""
        if self._said:
            return self._said
        if texts is None or handle is None:
            return problem or ""
        sign = signText("trusted" if texts["trusted"] else "not trusted")
        lines = [f"{sign} {texts['lines'][0]}", *texts["lines"][1:]]
        if not sceneView.adjustedHolds(handle):
            lines.insert(0, _("The adjusted CT is of a pose, an X-ray or a CT that is not shown any more; adjust it again."))
        return "<br>".join(lines)

    def _settle(self, handle: Handle | None) -> None:
        """Where the pose or anything else has changed since, the X-rays show what is there now."""
        if handle is None or not sceneView.adjustedShown(handle) or sceneView.adjustedHolds(handle):
            return
        sceneView.switchAdjusted(handle, False, draw=False)
        for row in range(sceneView.viewCount(handle)):
            self.panel.pose.live.show(handle, row)

    # Running

    def onRun(self, _checked: bool = False) -> None:
        """Adjust in the background, or cancel."""
        if self.panel.jobs.name == JOB:
            if not self.panel.jobs.isShowing:
                self.panel.jobs.cancel()
                self.ui.reconstructStatusLabel.text = _("Cancelling...")
            return
        problem, handle = self.problem(), self.panel.handle()
        if problem is not None or handle is None or self.panel.jobs.name is not None:
            self.say(problem or _("Wait until what runs is done."))
            return
        try:
            self.panel.register.install()
            self.panel.history.settle()
            self.panel.advanced.applyToLogic()
            xrays, given = self.panel.start.startedInputs(fromPose=True), self.panel.ctInput()
            settings = self.panel.advanced.settings(refineOnly=True)
            request = self.logic.request(given, xrays, settings)
            bones = adjustedWords.bonesOf(given)
            change = self.change()
            allowance = self.logic.allowance(change, bones, settings.seed)
            implant = implantInput(change.implant, change.implantMaterial)
        except (ValueError, InstallError) as error:
            self.say(asSentence(str(error)))
            return
        self.panel.log.asked(JOB, request)
        self.panel.log.add(f"  {allowance}")
        self._asked, self._said, self._bones = (handle, sceneView.statesOf(handle)), "", bones

        def job(run: Run) -> Outcome:
            shown, asked = handedOut(run), self.logic.withImplant(allowance, implant)
            made = self.logic.carryOutReconstruction(request, asked, run.progress, run.is_cancelled, shown)
            shadows = adjustedWords.shadowsToDraw(made)
            return adjustedWords.toShow(made, bones), adjustedWords.textsOf(made, bones), shadows

        self.preview.start(*self._asked)
        handlers = Handlers(self.onFinished, self.onProgress, self.preview.onPreview, self.onEnded)
        self.panel.jobs.start(JOB, job, handlers)

    def onProgress(self, share: float, stage: str) -> None:
        """How far it is."""
        self.panel.register.onProgress(share, stage)
        if self.ui.reconstructStatusLabel.text != _("Cancelling..."):
            self.ui.reconstructStatusLabel.text = asSentence(f"{spoken(stage)} ({share:.0%})")

    def onFinished(self, found: Outcome) -> Iterator[None]:
        """Show it step by step, where the user has not deleted what it belongs to."""
        data, texts, shadows = found
        asked, self._asked = self._asked, None
        self.preview.end()
        self.panel.log.add(f"  {texts['lines'][0]}")
        if asked is None or not sceneView.isAlive(asked[0]):
            self._said = _("The registration was deleted meanwhile; the adjusted CT is not shown.")
            return
        sceneView.showMetalShadows(asked[0], shadows, asked[1])
        if data is None:
            sceneView.forgetAdjusted(asked[0])
            self._said = "<br>".join([f"{signText('not trusted')} {texts['lines'][0]}", *texts["shadows"]])
            return
        self.ui.reconstructStatusLabel.text = _("Showing the adjusted CT...")
        steps = sceneView.adjustedSteps(asked[0], data, asked[1])
        while next(steps, _END) is not _END:
            yield
        sceneView.colorByDeviation(asked[0], True)

    def onEnded(self, problem: str | None) -> None:
        """Say why it ended early."""
        self._asked = None
        self.preview.end()
        if problem is not None:
            self._said = adjustedWords.named(problem, self._bones.names)

    def say(self, text: str) -> None:
        """Put a sentence under the button."""
        self._said = text
        self.update()

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._asked, self._said = None, ""
        self.preview.parametersReplaced()
        self.segments.parametersReplaced()

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted a node."""
        self.implant.nodeRemoved(node)

    def cleanup(self) -> None:
        """The panel goes."""
        self.preview.cleanup()

    def onTicked(self) -> None:
        """Other segments are to move: what was said is past."""
        self._said = ""

    # Showing

    def onSwitch(self, isOn: bool) -> None:
        """The bone as it was, or as it is now."""
        handle = self.panel.handle()
        if handle is not None:
            sceneView.switchAdjusted(handle, bool(isOn))
            self.panel.onParametersModified()

    def onColor(self, isOn: bool) -> None:
        """How sure each place is, or the shape alone."""
        handle = self.panel.handle()
        if handle is not None:
            sceneView.colorByDeviation(handle, bool(isOn))
            self.panel.onParametersModified()
