"""The section Result: what was found, what it is worth, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import qt
import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from .outcomes import expectedErrors, fewNotes, tenths
from .section import Section, quietly
from .viewsSection import threeDSize

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.result import ViewResult

    from .section import Panel


THINGS = (
    ("showDetected", "detected"),
    ("showReprojected", "reprojected"),
    ("showRejected", "rejected"),
    ("showResiduals", "residuals"),
    ("showFrustum", "frustum"),
    ("showSource", "source"),
)
LABELS = ("trustLabel", "similarityLabel", "inliersLabel", "inPlaneErrorLabel", "depthErrorLabel", "resultNotesLabel")
TEXTS_KEY = "PanelTexts"


class ResultSection(Section):
    """Numbers, what is shown, look through the source, export."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.outcome: Outcome | None = None
        self.ui.lookThroughButton.connect("toggled(bool)", self.onLookThrough)
        self.ui.exportButton.connect("clicked(bool)", self.onExport)

    def show(self, outcome: Outcome) -> None:
        """Show a new result's numbers."""
        self.outcome = outcome
        handle = self.panel.handle()
        self.panel.correct.remember(handle, outcome)
        self._showNumbers(handle, outcome, outcome.result.views)

    def showCorrected(self, outcome: Outcome, row: int) -> None:
        """Show the numbers of one X-ray that was solved again, and take it into this session's result."""
        handle, before = self.panel.handle(), self.outcome
        views = dict(enumerate(before.result.views)) if before is not None else {}
        if before is not None and row < len(views):
            given = (*before.views[:row], outcome.views[0], *before.views[row + 1 :])
            drrs = (*before.drrs[:row], outcome.drrs[0], *before.drrs[row + 1 :])
            views[row] = replace(outcome.result.views[0], landmarks=views[row].landmarks)
            result = replace(outcome.result, views=tuple(views[number] for number in sorted(views)))
            self.outcome = replace(outcome, result=result, views=given, drrs=drrs)
        self._showNumbers(handle, outcome, outcome.result.views, row)

    def _showNumbers(self, handle: Handle, outcome: Outcome, views: Sequence[ViewResult], firstRow: int = 0) -> None:
        quality = outcome.result.quality
        rotation, inPlane, depth = expectedErrors(quality)
        verdict = _("Trusted") if quality.trusted else _("Not trusted")
        marked = [view.landmarks for view in views if view.landmarks is not None]
        agree, total = sum(int(m.inliers.sum()) for m in marked), sum(len(m.inliers) for m in marked)
        elsewhere = (
            "" if quality.runner_up is None else _("; the best pose elsewhere {share:.0%}").format(share=quality.runner_up)
        )
        texts = {
            "trustLabel": f"{verdict}: {quality.reason}.",
            "similarityLabel": f"{quality.similarity:.2f}{elsewhere}",
            "inliersLabel": _("{agree} of {total} tried agree with the pose").format(agree=agree, total=total)
            if total
            else _("not used"),
            "inPlaneErrorLabel": _("{mm} mm, {deg}° to expect").format(mm=tenths(inPlane), deg=tenths(rotation)),
            "depthErrorLabel": _("{mm} mm to expect").format(mm=tenths(depth)),
            "resultNotesLabel": "\n".join(fewNotes(outcome.notes)),
        }
        with slicer.util.NodeModify(handle):
            for name, text in texts.items():
                handle.SetParameter(f"{TEXTS_KEY}.{name}", text)
            for row, view in enumerate(views, start=firstRow):
                trusted = _("trusted") if quality.trusted else _("not trusted")
                handle.SetParameter(f"View{row + 1}.Status", f"{trusted}, {view.similarity:.2f}")

    def update(self) -> None:
        """Numbers, choices and buttons of the registration that is shown."""
        handle = self.panel.handle()
        for name in LABELS:
            text = handle.GetParameter(f"{TEXTS_KEY}.{name}") if handle is not None else ""
            getattr(self.ui, name).text = text or {"trustLabel": _("No result yet."), "resultNotesLabel": ""}.get(name, "-")
        self.ui.resultNotesLabel.visible = self.ui.resultNotesLabel.text != ""
        count = sceneView.viewCount(handle) if handle is not None else 0
        row = self.panel.xrays.selected if self.parameters is not None else None
        hasPose = handle is not None and row is not None and row < count and sceneView.poseOf(handle, row) is not None
        through = sceneView.looksThrough(handle) is not None if handle is not None else False
        quietly(self.ui.lookThroughButton, lambda: self.ui.lookThroughButton.setChecked(through))
        self.ui.lookThroughButton.enabled = hasPose or through
        self.ui.exportButton.enabled = hasPose and self.panel.jobs.name is None
        self.ui.exportButton.toolTip = _("Write transform, result, table and pictures.") if hasPose else _("Register first.")
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
        """Write transform, JSON, table and pictures."""
        try:
            files = self.logic.exportResult(self.panel.handle(), folder, self.outcome)
        except (OSError, ValueError, InstallError) as error:
            self.ui.exportLabel.text = _("Nothing was exported: {error}").format(error=error)
            return
        self.ui.exportLabel.text = _("{count} files were written to {folder}.").format(count=len(files), folder=folder)

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene."""
        self.outcome = None

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted a registration, or something of one."""
        if node.IsA("vtkMRMLScriptedModuleNode"):
            self.outcome = None
            self.panel.onParametersModified()
