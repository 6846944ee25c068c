"""The section Result: what was found, what it is worth, and how it is shown."""

import numpy as np
import qt
import slicer
from RayEmbRegistrationLib.worker import Failed, Finished, Worker
from RayEmbRegistrationScene import inputs, sceneView
from RayEmbRegistrationScene.xrayGeometry import XrayGeometry
from slicer.i18n import tr as _

from .jobs import said
from .section import Section, quietly

BLINK_MS, POLL_MS = 500, 30
THINGS = (
    ("showDetected", "detected"),
    ("showReprojected", "reprojected"),
    ("showRejected", "rejected"),
    ("showResiduals", "residuals"),
    ("showFrustum", "frustum"),
    ("showSource", "source"),
)
LABELS = ("trustLabel", "similarityLabel", "inliersLabel", "inPlaneErrorLabel", "depthErrorLabel", "resultNotesLabel")
MOST_LEFT_OUT = 3
TEXTS_KEY = "PanelTexts"


class ResultSection(Section):
    """Numbers, overlay, look through the source, heat map, export."""

    def __init__(self, panel):
        super().__init__(panel)
        self.outcome = None
        self._overlay = None
        self._picked = None
        self._heat = Worker("RayEmbRegistration heat map")
        self._heatRun = None
        self._heatWanted = False
        self._blink = self._timer(BLINK_MS, self._onBlink)
        self._heatPoll = self._timer(POLL_MS, self._onHeatPoll)
        self._drrShown = True
        self._isPlain = False
        self.ui.registrationComboBox.connect("activated(int)", self.onRegistrationChosen)
        self.ui.newRegistrationButton.connect("clicked(bool)", self.onNew)
        self.ui.lookThroughButton.connect("toggled(bool)", self.onLookThrough)
        self.ui.layoutButton.connect("clicked(bool)", lambda checked: self.showXrays())
        self.ui.placePickedPointButton.connect("toggled(bool)", lambda on: self.panel.start.onPlace(on, "pickedPoint"))
        self.ui.exportButton.connect("clicked(bool)", self.onExport)

    def _timer(self, interval, slot):
        timer = qt.QTimer()
        timer.setInterval(interval)
        timer.connect("timeout()", slot)
        return timer

    # Which registration

    def showXrays(self, onlyRow: int | None = None):
        """Show the X-rays of the table in the module's views; returns the registration's handle, or None without any."""
        nodes = self.panel.xrays.nodes
        rows = [row for row, node in enumerate(nodes) if inputs.imageSize(node) is not None]
        if not nodes or len(rows) != len(nodes):
            return None
        handle = self.panel.handle()
        if handle is not None and not self._fits(handle, nodes):
            self.parameters.registration = handle = None
        if handle is None:
            handle = self.panel.handle(create=True)
        views = []
        for row in rows:
            if onlyRow is not None and row != onlyRow and row < sceneView.viewCount(handle):
                continue
            pixels, _notes = inputs.xrayPixels(nodes[row])
            geometry = self.panel.xrays.geometry(row)
            camera = shownCamera(geometry, pixels.shape[::-1])
            views.append((row, sceneView.ViewData(camera, pixels, boneIsBright=geometry.boneIsBright, xrayNode=nodes[row])))
        with slicer.util.NodeModify(handle):
            for row, view in views:
                sceneView.showView(handle, row, view)
        self.showViews(handle)
        self.panel.onParametersModified()
        return handle

    def _fits(self, handle, nodes) -> bool:
        """Whether a registration is of these X-rays, or of the first of them."""
        shown = [sceneView.nodeOf(handle, f"View{row + 1}.InputXray") for row in range(sceneView.viewCount(handle))]
        ct = sceneView.nodeOf(handle, "InputCt")
        sameCt = ct is None or self.parameters.ctVolume is None or ct is self.parameters.ctVolume
        return sameCt and len(shown) <= len(nodes) and all(a is b for a, b in zip(shown, nodes, strict=False))

    def showViews(self, handle) -> None:
        """Switch to the module's layout and put the X-rays into its views: the selected one first where there are many."""
        if slicer.app.layoutManager() is None:
            return
        count = sceneView.viewCount(handle)
        sceneView.enterLayout(count)
        selected = self.panel.xrays.selected or 0
        rows = list(range(count))
        if count > len(sceneView.NAMES):
            rows = [selected, *(row for row in rows if row != selected)]
        for row, name in zip(rows, sceneView.NAMES, strict=False):
            if sceneView.sliceViewOf(handle, row) != name:
                sceneView.showInSliceView(handle, row, name)
            else:
                sceneView.fitSliceView(handle, row)

    def statusOf(self, handle, row: int, node) -> str:
        """What to say of an X-ray in the table."""
        if handle is None or row >= sceneView.viewCount(handle):
            return ""
        if sceneView.nodeOf(handle, f"View{row + 1}.InputXray") is not node or sceneView.poseOf(handle, row) is None:
            return ""
        return handle.GetParameter(f"View{row + 1}.Status") or _("pose given")

    def onRegistrationChosen(self, index):
        """Show another registration of the scene."""
        handles = sceneView.registrations()
        if 0 <= index < len(handles) and self.panel.jobs.name is None:
            self.outcome = None
            self.parameters.registration = handles[index]
            self._takeInputs(handles[index])
            self.showViews(handles[index])

    def _takeInputs(self, handle):
        """The CT and X-rays that a registration was made from, where they are still there."""
        parameters = self.parameters
        rows = range(sceneView.viewCount(handle))
        nodes = [sceneView.nodeOf(handle, f"View{row + 1}.InputXray") for row in rows]
        known = dict(zip([id(node) for node in self.panel.xrays.nodes], list(parameters.xrayGeometries), strict=False))
        if nodes and all(nodes):
            texts = [
                known.get(id(node)) or XrayGeometry.fromCamera(sceneView.cameraOf(handle, row), "registration").toText()
                for row, node in zip(rows, nodes, strict=True)
            ]
            with slicer.util.NodeModify(parameters.parameterNode):
                parameters.xrayGeometries = texts
                parameters.xrayVolumes = nodes
        ct = sceneView.nodeOf(handle, "InputCt")
        if ct is not None:
            parameters.ctVolume = ct

    def onNew(self, _checked=False):
        """Keep what is shown; what comes next gets a folder of its own."""
        self.outcome = None
        self.parameters.registration = None

    # Showing

    def enter(self):
        """The panel is opened: its views come back where there is a registration."""
        handle = self.panel.handle()
        if handle is not None and sceneView.viewCount(handle):
            self.showViews(handle)

    def show(self, outcome) -> None:
        """Show a new result's numbers."""
        self.outcome = outcome
        quality = outcome.result.quality
        rotation, inPlane, depth = expectedErrors(quality)
        verdict = _("Trusted") if quality.trusted else _("Not trusted")
        marked = [view.landmarks for view in outcome.result.views if view.landmarks is not None]
        agree, total = sum(int(m.inliers.sum()) for m in marked), sum(len(m.inliers) for m in marked)
        elsewhere = (
            "" if quality.runner_up is None else _("; the best pose elsewhere {share:.0%}").format(share=quality.runner_up)
        )
        texts = {
            "trustLabel": f"{verdict}: {quality.reason}.",
            "similarityLabel": f"{quality.similarity:.3f}{elsewhere}",
            "inliersLabel": _("{agree} of {total} agree with the pose").format(agree=agree, total=total)
            if total
            else _("not used"),
            "inPlaneErrorLabel": _("{mm:.2f} mm, {deg:.2f}°").format(mm=inPlane, deg=rotation),
            "depthErrorLabel": _("{mm:.2f} mm").format(mm=depth),
            "resultNotesLabel": "\n".join(fewNotes(outcome.notes)),
        }
        handle = self.panel.handle()
        with slicer.util.NodeModify(handle):
            for name, text in texts.items():
                handle.SetParameter(f"{TEXTS_KEY}.{name}", text)
            for row, view in enumerate(outcome.result.views):
                trusted = _("trusted") if quality.trusted else _("not trusted")
                handle.SetParameter(f"View{row + 1}.Status", f"{trusted}, {view.similarity:.2f}")

    def parametersReplaced(self):
        """Another scene."""
        self.outcome = self._overlay = None
        self._blink.stop()
        self._heatPoll.stop()
        self._heatRun, self._heatWanted = None, False
        self._observePicked(None)

    def update(self):
        """Numbers, choices and buttons of the registration that is shown."""
        handle = self.panel.handle()
        self._showRegistrations(handle)
        self.ui.heatMapLabel.visible = self.ui.heatMapLabel.text != ""
        for name in LABELS:
            text = handle.GetParameter(f"{TEXTS_KEY}.{name}") if handle is not None else ""
            getattr(self.ui, name).text = text or {"trustLabel": _("No result yet."), "resultNotesLabel": ""}.get(name, "-")
        count = sceneView.viewCount(handle) if handle is not None else 0
        row = self.panel.xrays.selected if self.parameters is not None else None
        hasPose = handle is not None and row is not None and row < count and sceneView.poseOf(handle, row) is not None
        through = sceneView.looksThrough(handle) is not None if handle is not None else False
        quietly(self.ui.lookThroughButton, lambda: self.ui.lookThroughButton.setChecked(through))
        self.ui.lookThroughButton.enabled = hasPose or through
        self.ui.layoutButton.enabled = count > 0
        self.ui.exportButton.enabled = hasPose and self.panel.jobs.name is None
        self.ui.exportButton.toolTip = _("Write transform, result, table and pictures.") if hasPose else _("Register first.")
        self.ui.newRegistrationButton.enabled = handle is not None and self.panel.jobs.name is None
        self.ui.registrationComboBox.enabled = self.panel.jobs.name is None
        if self.parameters is None or handle is None:
            return
        self._applyOverlay(handle)
        for name, thing in THINGS:
            wanted = bool(getattr(self.parameters, name))
            if sceneView.isVisible(handle, thing) != wanted:
                sceneView.setVisible(handle, thing, wanted)
        self._observePicked(self.parameters.pickedPoint)
        self.ui.wiperSlider.enabled = self.parameters.overlayMode.value == "wiper"
        self.ui.overlayOpacitySlider.enabled = self.parameters.overlayMode.value in ("blend", "edges")

    def _showRegistrations(self, handle):
        handles = sceneView.registrations() if self.parameters is not None else []
        box = self.ui.registrationComboBox
        names = [other.GetName() for other in handles]
        if [box.itemText(n) for n in range(box.count)] != names:
            quietly(box, lambda: (box.clear(), box.addItems(names)))
        index = next((n for n, other in enumerate(handles) if other is handle), -1)
        quietly(box, lambda: box.setCurrentIndex(index))

    # Overlay

    def _applyOverlay(self, handle):
        parameters = self.parameters
        mode = "blend" if self._isPlain and parameters.overlayMode.value != "blink" else parameters.overlayMode.value
        settings = sceneView.OverlaySettings(
            mode, float(parameters.overlayOpacity), wiper=float(parameters.wiperPosition), drrShown=self._drrShown
        )
        if (mode == "blink") != bool(self._blink.active):
            self._blink.start() if mode == "blink" else self._blink.stop()
        wanted = (handle.GetID(), settings)
        if wanted != self._overlay:
            self._overlay = wanted
            sceneView.setOverlay(handle, settings)

    def drawPlainly(self, plainly: bool) -> None:
        """While DRRs follow each other quickly they are only blended; edges and the like take too long to draw."""
        if plainly != self._isPlain:
            self._isPlain = plainly
            handle = self.panel.handle()
            if handle is not None:
                self._applyOverlay(handle)

    def _onBlink(self):
        self._drrShown = not self._drrShown
        handle = self.panel.handle()
        if handle is not None:
            self._applyOverlay(handle)

    # Through the source

    def onLookThrough(self, on: bool):
        """Look through the source of the selected X-ray, or as before."""
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if handle is None:
            return
        if not on:
            sceneView.leaveLookThrough(handle)
        elif row is not None:
            self.showViews(handle)
            sceneView.lookThrough(handle, row, sceneView.VIEW_3D, threeDSize())
        self.update()

    # Heat map

    def _observePicked(self, node):
        if node is self._picked:
            return
        if self._picked is not None:
            for event in pickedEvents():
                self.panel.removeObserver(self._picked, event, self.onPicked)
        self._picked = node
        if node is not None:
            for event in pickedEvents():
                self.panel.addObserver(node, event, self.onPicked)
            self.onPicked()

    def onPicked(self, caller=None, event=None):
        """The point was placed or dragged: show where the detector sees it."""
        handle = self.panel.handle()
        points = inputs.markupPoints(self._picked)
        if handle is None or not len(points):
            self.hideHeatMaps(handle)
            self.ui.heatMapLabel.text = _("Place a point in the CT.") if self._picked is not None else ""
            return
        if self.outcome is None or self.outcome.prepared.templates is None:
            self.ui.heatMapLabel.text = _("The heat map needs a registration in this session that looked for landmarks.")
            return
        self._heatWanted = True
        self._nextHeatMap()

    def _nextHeatMap(self):
        """Compute the newest point's heat map, one at a time."""
        row = self.panel.xrays.selected
        points = inputs.markupPoints(self._picked)
        if self._heatRun is not None or not self._heatWanted or row is None or not len(points) or self.outcome is None:
            return
        self._heatWanted = False
        outcome, point = self.outcome, points[-1]
        self._heatRun = self._heat.submit(lambda run: (row, point, self.logic.heatMap(outcome, row, point)))
        self._heatPoll.start()

    def _onHeatPoll(self):
        if self._heatRun is None:
            self._heatPoll.stop()
            return
        for event in self._heatRun.drain():
            if not isinstance(event, (Finished, Failed)):
                continue
            self._heatRun = None
            handle = self.panel.handle()
            if isinstance(event, Failed):
                self.ui.heatMapLabel.text = said(event)
            elif handle is not None:
                self._showHeat(handle, *event.value)
            self._nextHeatMap()
            return

    def _showHeat(self, handle, row, point, heat):
        sceneView.showHeatMap(handle, row, heat.similarity, point)
        camera, pose = sceneView.cameraOf(handle, row), sceneView.poseOf(handle, row)
        text = _("Seen at ({0:.0f}, {1:.0f}) px, probability {2:.0%}").format(*heat.peak, heat.probability)
        if pose is not None:
            pixel = camera.project(pose.apply(point))
            away = float(np.linalg.norm(pixel - heat.peak))
            text += _("; by the pose at ({0:.0f}, {1:.0f}) px, {2:.1f} px away").format(*pixel, away)
        self.ui.heatMapLabel.text = text + "."

    def hideHeatMaps(self, handle):
        """Take the heat maps away."""
        for row in range(sceneView.viewCount(handle) if handle is not None else 0):
            if sceneView.heatMapShown(handle, row):
                sceneView.hideHeatMap(handle, row)

    # Export

    def onExport(self, _checked=False):
        """Ask for a folder and write everything into it."""
        folder = qt.QFileDialog.getExistingDirectory(self.panel.parent, _("Export into folder"), "")
        if folder:
            self.export(folder)

    def export(self, folder: str) -> None:
        """Write transform, JSON, table and pictures."""
        try:
            files = self.logic.exportResult(self.panel.handle(), folder, self.outcome)
        except (OSError, ValueError) as error:
            self.ui.exportLabel.text = _("Nothing was exported: {error}").format(error=error)
            return
        self.ui.exportLabel.text = _("{count} files were written to {folder}.").format(count=len(files), folder=folder)

    # The scene

    def nodeRemoved(self, node):
        """The user deleted a registration, or something of one."""
        if self._picked is node:
            self._picked = None
        if node.IsA("vtkMRMLScriptedModuleNode"):
            self.outcome = None
            self.panel.onParametersModified()

    def cleanup(self):
        """The panel goes."""
        self._blink.stop()
        self._heatPoll.stop()
        self._heat.close(timeout_s=1.0)


def pickedEvents():
    """The events of a markups node after which its point is elsewhere."""
    markups = slicer.vtkMRMLMarkupsNode
    return (markups.PointModifiedEvent, markups.PointPositionDefinedEvent, markups.PointRemovedEvent)


def shownCamera(geometry: XrayGeometry, imageSize):
    """The camera of an X-ray, with guesses for what is not known yet, so that the picture can be shown."""
    if geometry.isComplete:
        return geometry.camera(imageSize)
    spacing = geometry.pixelSpacingMm or (300.0 / max(imageSize),) * 2
    guess = XrayGeometry(
        geometry.sourceToDetectorMm or 1000.0, spacing, geometry.principalPointPx, geometry.turns, geometry.isMirrored
    )
    return guess.camera(imageSize)


def expectedErrors(quality) -> tuple[float, float, float]:
    """Degrees, mm in the plane and mm in depth to expect: as calibrated, or standard deviations where that was not done."""
    if quality.expected_depth_mm is not None:
        found = quality.expected_rotation_deg, quality.expected_in_plane_mm, quality.expected_depth_mm
        return tuple(float("nan") if value is None else float(value) for value in found)
    translation = np.asarray(quality.translation_std_mm, dtype=float)
    return float(np.max(quality.rotation_std_deg)), float(translation[:2].max()), float(translation[2])


def fewNotes(notes) -> list[str]:
    """Remarks to read under a result; what was left out of the CT in one sentence."""
    prefix = "left out of the CT: "
    leftOut = [note.removeprefix(prefix) for note in notes if note.startswith(prefix)]
    others = [asSentence(note) for note in dict.fromkeys(notes) if not note.startswith(prefix)]
    if len(leftOut) > MOST_LEFT_OUT:
        more = _("and {count} other things").format(count=len(leftOut) - MOST_LEFT_OUT)
        leftOut = [*leftOut[:MOST_LEFT_OUT], more]
    return [*others, *([asSentence(prefix + "; ".join(leftOut))] if leftOut else [])]


def asSentence(text: str) -> str:
    """A remark with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def threeDSize():
    """(width, height) of the module's 3D view, or None where it is not shown."""
    layoutManager = slicer.app.layoutManager()
    for number in range(layoutManager.threeDViewCount if layoutManager is not None else 0):
        view = layoutManager.threeDWidget(number).threeDView()
        if view.mrmlViewNode().GetLayoutName() == sceneView.VIEW_3D:
            return view.width, view.height
    return None
