"""The section Result: what was found, what it is worth, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import qt
import slicer
import vtk
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import purposes, verdicts
from .jobs import Handlers
from .legend import showLegend
from .section import Observers, Section, quietly
from .sentences import spoken
from .viewsSection import threeDSize

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome

    from .export import Written
    from .section import Panel


THINGS = (
    ("showDetected", "detected"),
    ("showReprojected", "reprojected"),
    ("showRejected", "rejected"),
    ("showResiduals", "residuals"),
    ("showFrustum", "frustum"),
    ("showSource", "source"),
)
RUNS = ("register", "refine", "correct")
"""Jobs that try poses."""
CANCELLED_HERE = (*RUNS, "assess")
"""Jobs that the button Register cancels."""


class ResultSection(Section):
    """Numbers, what is shown, look through the source, export."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.outcome: Outcome | None = None
        self._outcomes: dict[tuple[str, int], Outcome] = {}  # (registration, verdict) -> of this session
        self._observers = Observers()
        showLegend(self.ui)
        self.ui.lookThroughButton.connect("toggled(bool)", self.onLookThrough)
        self.ui.exportButton.connect("clicked(bool)", self.onExport)

    def show(self, outcome: Outcome) -> None:
        """Show a new result's numbers."""
        self.outcome = outcome
        handle = self.panel.handle()
        self.panel.solve.remember(handle, outcome)
        self._keep(outcome)
        for row, view in enumerate(outcome.registered.views):
            self.panel.pose.live.fits.show(row, view.similarity)

    def showAssessed(self, outcome: Outcome) -> None:
        """Show what was said of poses as they stand; landmarks stay those of the last registration."""
        self.outcome = self.outcome or outcome
        self._keep(outcome)

    def _keep(self, outcome: Outcome | None) -> None:
        """An outcome belongs to the verdict that was just said."""
        handle = self.panel.handle()
        verdict = sceneView.verdictOf(handle, forAnyUse=True) if handle is not None else None
        if verdict is not None and outcome is not None:
            self._outcomes[handle.GetID(), verdict["number"]] = outcome

    def assessed(self) -> Outcome | None:
        """The outcome of this session that the poses, as they stand, were assessed by; None where there is none."""
        handle = self.panel.handle()
        verdict = sceneView.verdictOf(handle) if handle is not None else None
        return None if verdict is None else self.outcomeOf(handle, verdict["number"])

    def outcomeOf(self, handle: Handle, number: int) -> Outcome | None:
        """The outcome of this session that a verdict was said of."""
        return self._outcomes.get((handle.GetID(), number))

    def takeJudged(self, handle: Handle, before: int, number: int, outcome: Outcome) -> None:
        """A verdict was replaced by another on the same."""
        old = self._outcomes.pop((handle.GetID(), before), None)
        self._outcomes[handle.GetID(), number] = outcome
        if old is not None and self.outcome is old:
            self.outcome = outcome

    def showCorrected(self, outcome: Outcome, row: int) -> None:
        """Show the numbers of one X-ray that was solved again, and take it into this session's result."""
        handle, before = self.panel.handle(), self.outcome
        views = dict(enumerate(before.registered.views)) if before is not None else {}
        isPart = before is not None and row < len(views)
        if before is not None and isPart:
            given = (*before.views[:row], outcome.views[0], *before.views[row + 1 :])
            drrs = (*before.drrs[:row], outcome.drrs[0], *before.drrs[row + 1 :])
            views[row] = replace(outcome.registered.views[0], landmarks=views[row].landmarks)
            result = replace(outcome.registered, views=tuple(views[number] for number in sorted(views)))
            self.outcome = replace(outcome, result=result, views=given, drrs=drrs)
        verdicts.keep(handle, outcome, row)
        self._keep(self.outcome if isPart else None)  # a result without this X-ray was not what was judged

    def settle(self, isRunning: bool = False) -> bool:
        """Bring what is said in line with poses, images and geometry; returns whether something else is said now."""
        handle = self.panel.handle()
        self._observe(handle)
        if handle is not None:
            self.panel.trust.settle(handle)
        return handle is not None and verdicts.settle(handle, isRunning or self.panel.jobs.name in RUNS)

    def onInputModified(self, caller: object, event: str) -> None:
        """An image, or where the CT is, has changed; pose and image of a track's next frame are looked at together."""
        if self.panel.track.isStepped(caller):
            return
        if not slicer.mrmlScene.IsBatchProcessing() and self.settle():
            self.panel.onParametersModified()

    def _observe(self, handle: Handle | None) -> None:
        """Follow the images and the CT's place; the poses are followed by the section Start."""
        rows = range(sceneView.viewCount(handle) if handle is not None else 0)
        nodes = [sceneView.nodeOf(handle, role) for role in ("InputCt", *(f"View{row + 1}.InputXray" for row in rows))]
        image = slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent
        events = [vtk.vtkCommand.ModifiedEvent, image, slicer.vtkMRMLTransformableNode.TransformModifiedEvent]
        wanted = [(node, event, self.onInputModified) for node in nodes if node is not None for event in events]
        wanted += [(node, image, self.panel.frames.onImageModified) for node in nodes[1:] if node is not None]
        wanted += self._ofBones()
        self._observers.follow(wanted)

    def _ofBones(self) -> list[tuple]:
        """What tells of a change of the segments that are chosen."""
        node = self.parameters.segmentation if self.parameters is not None else None
        if node is None:
            return []
        kind = slicer.vtkSegmentation
        names = (kind.SourceRepresentationModified, kind.SegmentModified, kind.SegmentAdded, kind.SegmentRemoved)
        moved = slicer.vtkMRMLTransformableNode.TransformModifiedEvent
        return [(node, moved, self.onBonesModified), *((node.GetSegmentation(), n, self.onBonesModified) for n in names)]

    def onBonesModified(self, caller: object, event: str) -> None:
        """A segment was edited, or the segmentation moved: what was prepared is of other bones."""
        if not slicer.mrmlScene.IsBatchProcessing():
            self.panel.prepared = None
            self.panel.onParametersModified()

    def update(self) -> None:
        """Numbers, choices and buttons of the registration that is shown."""
        handle = self.panel.handle()
        for name in verdicts.LABELS:
            text = handle.GetParameter(f"{verdicts.TEXTS_KEY}.{name}") if handle is not None else ""
            getattr(self.ui, name).text = text or {"trustLabel": _("No result yet."), "resultNotesLabel": ""}.get(name, "-")
        self.ui.verdictSignLabel.text = verdicts.signOf(handle)
        purposes.show(self.ui, handle)
        isSaid = self.ui.depthErrorLabel.text != "-"
        for name in ("label32x2", "inPlaneErrorLabel", "label32x3", "depthErrorLabel"):
            getattr(self.ui, name).visible = isSaid
        self.ui.resultNotesLabel.visible = self.ui.resultNotesLabel.text != ""
        count = sceneView.viewCount(handle) if handle is not None else 0
        row = self.panel.xrays.selected if self.parameters is not None else None
        hasPose = handle is not None and row is not None and row < count and sceneView.poseOf(handle, row) is not None
        through = sceneView.looksThrough(handle) is not None if handle is not None else False
        quietly(self.ui.lookThroughButton, lambda: self.ui.lookThroughButton.setChecked(through))
        self.ui.lookThroughButton.enabled = hasPose or through
        self.ui.exportButton.enabled = hasPose and self.panel.jobs.name is None
        written = _("Write transforms, results, tables, pictures, DICOM registration and a report.")
        self.ui.exportButton.toolTip = written if hasPose else _("Register first.")
        if self.parameters is None or handle is None:
            return
        for name, thing in THINGS:
            wanted = bool(getattr(self.parameters, name))
            if sceneView.isVisible(handle, thing) != wanted:
                sceneView.setVisible(handle, thing, wanted)

    # Through the source

    def onLookThrough(self, on: bool) -> None:
        """Look through the source of the selected X-ray, or as before."""
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if handle is None:
            return
        if not on:
            sceneView.leaveLookThrough(handle)
        elif row is not None:
            self.panel.views.showViews(handle)
            sceneView.lookThrough(handle, row, sceneView.VIEW_3D, threeDSize())
        self.update()

    # Export

    def onExport(self, _checked: bool = False) -> None:
        """Ask for a folder and write everything into it."""
        folder = qt.QFileDialog.getExistingDirectory(self.panel.parent, _("Export into folder"), "")
        if folder:
            self.export(folder)

    def export(self, folder: str) -> None:
        """Write it all in the background, but the report as PDF, which Qt draws."""
        from . import export

        if self.panel.jobs.name is not None:
            return
        try:
            gathered = self.logic.gatherResult(self.panel.handle(), self.assessed())
        except (OSError, ValueError, InstallError) as error:
            self._sayExported(spoken(str(error)))
            return
        self.ui.exportLabel.text = _("Writing...")

        def finished(written: Written) -> Iterator[None]:
            yield
            yield from export.pdfSteps(written, folder)
            count = len(written.paths)
            self.ui.exportLabel.text = _("{count} files were written to {folder}.").format(count=count, folder=folder)

        handlers = Handlers(finished, None, None, self._sayExported)
        self.panel.jobs.start("export", lambda run: export.write(gathered, folder), handlers)

    def _sayExported(self, problem: str | None) -> None:
        """Why nothing was written."""
        if problem is not None:
            self.ui.exportLabel.text = _("Nothing was exported: {error}").format(error=problem)

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene."""
        self.outcome = None
        self.ui.exportLabel.text = ""  # what was written is of the scene before
        self._outcomes.clear()
        self._observers.follow(())

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted a registration, or something of one."""
        if node.IsA("vtkMRMLScriptedModuleNode"):
            self.outcome = None
            self.panel.onParametersModified()
