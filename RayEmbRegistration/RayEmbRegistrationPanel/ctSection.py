"""The section CT: volume, segmentation, preparing, training for the patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import qt
import slicer
from RayEmbRegistrationScene import imageRun, inputs
from RayEmbRegistrationScene.inputs import CtInput
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .jobs import Handlers
from .section import Section, quietly
from .sentences import spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome, Request
    from RayEmbRegistrationLib.registration import PreparedCT

    from .section import Panel


class CtSection(Section):
    """Choose and prepare the CT."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._segmentationShown: tuple | None = None
        self._status = ""
        self.ui.segmentList.setMaximumHeight(110)
        self.ui.segmentList.connect("itemChanged(QListWidgetItem*)", self.onSegmentChecked)
        self.ui.prepareButton.connect("clicked(bool)", self.onPrepare)
        self.ui.trainButton.connect("clicked(bool)", self.onTrain)
        self.ui.ctSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onCtChanged)

    def input(self) -> CtInput:
        """The CT as chosen."""
        segmentation = self.parameters.segmentation
        ids: tuple[str, ...] = ()
        if segmentation is not None:
            unused = set(self.parameters.unusedSegments)
            ids = tuple(one for one in inputs.segmentNames(segmentation) if one not in unused)
        return CtInput(self.parameters.ctVolume, segmentation, ids)

    def movingBones(self) -> tuple[int, ...]:
        """Labels that move on their own."""
        ct = self.input()
        several = self.parameters.separateBones and ct.segmentation is not None and len(ct.segmentIds) > 1
        return tuple(range(1, len(ct.segmentIds) + 1)) if several else ()

    def problem(self) -> str | None:
        """Why the CT cannot be registered, in a sentence."""
        node = self.parameters.ctVolume
        if node is None:
            return _("Choose the CT.")
        dimensions = node.GetImageData().GetDimensions() if node.GetImageData() is not None else (0, 0, 0)
        if min(dimensions) < inputs.LEAST_CT_VOXELS:
            return _("{name} is no volume with several slices; choose the CT.").format(name=node.GetName())
        modality = inputs.modalityOf(node)
        if modality in inputs.XRAY_MODALITIES:
            return _("{name} is an X-ray ({modality}) of several frames; choose the CT.").format(
                name=node.GetName(), modality=modality
            )
        if imageRun.holdsFrames(node):
            return _("{name} is an X-ray of several frames; choose the CT.").format(name=node.GetName())
        ct = self.input()
        if ct.segmentation is not None and not ct.segmentIds:
            return _("Check at least one segment.")
        return None

    def parametersReplaced(self) -> None:
        """Show another segmentation's segments; choose the CT where there is only one."""
        self._segmentationShown = None
        self._status = ""
        self.chooseObvious()
        if self.parameters is not None and self.parameters.ctVolume is None:
            self.ui.ctCollapsibleButton.collapsed = False  # here the work begins

    def chooseObvious(self) -> None:
        """Choose the CT where the scene holds only one."""
        if self.parameters is not None and self.parameters.ctVolume is None:
            volumes = [n for n in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if inputs.looksLikeCt(n)]
            if len(volumes) == 1 and not self.panel.arrivals.isRefused(volumes[0]):
                before = (None, tuple(self.panel.xrays.nodes))
                self.parameters.ctVolume = volumes[0]
                self.panel.arrivals.tookCt(volumes[0], before)

    def update(self) -> None:
        """Segments, buttons, status."""
        if self.parameters is None:
            return
        self._showSegments()
        running = self.panel.jobs.name
        problem = self.problem()
        self.ui.prepareButton.enabled = running in (None, "prepare") and problem is None
        self.ui.prepareButton.text = _("Cancel") if running == "prepare" else _("Prepare")
        self.ui.trainButton.enabled = running in (None, "train") and problem is None
        self.ui.trainButton.text = _("Cancel") if running == "train" else _("Train")
        self.ui.trainButton.toolTip = problem or _("Start training; it becomes Cancel while it runs.")
        for widget in (self.ui.ctSelector, self.ui.segmentationSelector, self.ui.segmentList, self.ui.separateBonesCheckBox):
            widget.enabled = running is None
        ready = _("Prepared.") if self.panel.prepared is not None else ""
        self.ui.ctStatusLabel.text = problem or self._status or ready or self._notPreparedText()

    def _notPreparedText(self) -> str:
        count = self.parameters.ctVolume.GetImageData().GetNumberOfPoints()
        seconds = max(2, round(2 + count / 4e6))
        return _("Not prepared yet; the first registration does it, in about {seconds} s.").format(seconds=seconds)

    def _showSegments(self) -> None:
        segmentation = self.parameters.segmentation
        self.ui.segmentList.visible = segmentation is not None
        self.ui.separateBonesCheckBox.visible = segmentation is not None
        names = {} if segmentation is None else inputs.segmentNames(segmentation)
        unused = list(self.parameters.unusedSegments)
        shown = (None if segmentation is None else segmentation.GetID(), tuple(names.items()), tuple(unused))
        if shown == self._segmentationShown:
            return
        self._segmentationShown = shown
        quietly(self.ui.segmentList, lambda: self._fillSegments(names, unused))

    def _fillSegments(self, names: dict[str, str], unused: Sequence[str]) -> None:
        self.ui.segmentList.clear()
        for one, name in names.items():
            item = qt.QListWidgetItem(name)
            item.setData(qt.Qt.UserRole, one)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            item.setCheckState(qt.Qt.Unchecked if one in unused else qt.Qt.Checked)
            self.ui.segmentList.addItem(item)

    def onCtChanged(self, _node: Node) -> None:
        """Another CT: it is not prepared."""
        self._status = ""
        self.panel.prepared = None

    def onSegmentChecked(self, _item: Any) -> None:
        """Keep which segments are left out."""
        items = [self.ui.segmentList.item(n) for n in range(self.ui.segmentList.count)]
        unused = [str(item.data(qt.Qt.UserRole)) for item in items if item.checkState() == qt.Qt.Unchecked]
        self._status = ""
        self.panel.prepared = None
        self.parameters.unusedSegments = unused

    def onPrepare(self, _checked: bool = False) -> None:
        """Prepare, or cancel it."""
        if self.panel.jobs.name == "prepare":
            self.panel.jobs.cancel()
        else:
            self.whenPrepared(lambda: None)

    def whenPrepared(self, action: Callable[[], object]) -> None:
        """Do something that needs the prepared CT: at once, or when it has been prepared in the background."""
        if self.panel.prepared is not None:
            action()
            return
        problem = self.problem()
        if problem is not None or self.panel.jobs.name is not None:
            self.panel.register.say(problem or _("Wait until what runs is done."))
            return
        try:
            request = self._request()
        except (ValueError, InstallError) as error:
            self.panel.register.say(spoken(str(error)))
            return

        def finished(outcome: Outcome) -> None:
            self.onPrepared(outcome)
            action()

        self.panel.jobs.start(
            "prepare",
            lambda run: self.logic.carryOut(request, run.progress, run.is_cancelled),
            Handlers(finished, self.panel.register.onProgress, None, self.panel.register.onEnded),
        )

    def _request(self) -> Request:
        """The CT as chosen, and what is chosen under Advanced.

        Raises:
            ValueError: the CT cannot be used.
            InstallError: a package is missing.
        """
        self.panel.register.install()
        self.panel.advanced.applyToLogic()
        return self.logic.request(self.input(), settings=self.panel.advanced.settings())

    def onPrepared(self, outcome: Outcome) -> None:
        """Say what was prepared."""
        prepared = self.panel.prepared = outcome.prepared
        size = " x ".join(str(n) for n in tuple(prepared.attenuation.shape)[::-1])
        text = _("Prepared: bone within {size} voxels, {points} points.").format(
            size=size, points=len(prepared.bone_points_ras)
        )
        self._status = " ".join([text, *(spoken(note) for note in outcome.notes)])

    def onTrain(self, _checked: bool = False) -> None:
        """Let the detector learn this patient, or stop and keep what it learnt."""
        if self.panel.jobs.name == "train":
            self.panel.jobs.cancelKeeping()
            return
        try:
            request = self._request()
        except (ValueError, InstallError) as error:
            self.ui.trainStatusLabel.text = spoken(str(error))
            return
        minutes = float(self.parameters.trainMinutes)
        self.panel.jobs.start(
            "train",
            lambda run: self.logic.train(request, minutes, run.progress, run.should_end),
            Handlers(self.onTrained, self.onTrainProgress, None, self.onTrainEnded),
        )

    def onTrainProgress(self, share: float, stage: str) -> None:
        """Say how far the training is and how well landmarks are found."""
        self.ui.trainStatusLabel.text = f"{round(100 * share)} %: {spoken(stage)}"

    def onTrained(self, prepared: PreparedCT) -> None:
        """The next registration uses what was learnt."""
        self.panel.prepared = prepared
        error = prepared.encoder_about.get("landmark_error_mm")
        self._status = _("Prepared, with a detector trained for this patient.")
        self.ui.trainStatusLabel.text = _("Trained; landmark error {error} mm in simulated X-rays.").format(error=error)

    def onTrainEnded(self, problem: str | None) -> None:
        """Say why it ended early."""
        if problem:
            self.ui.trainStatusLabel.text = problem
