"""The X-rays of the registration that is shown, in the module's views."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import slicer
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import imageRun, inputs, sceneView
from RayEmbRegistrationScene.nodes import Handle, Node
from RayEmbRegistrationScene.plainData import ViewData
from RayEmbRegistrationScene.trackPlot import chartOf
from slicer.i18n import tr as _

from .geometryWords import detectorMmOf
from .section import Section, quietly
from .sentences import asSentence
from .viewHeaders import nameSliceView, nameThreeDView

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.camera import Camera

    from .section import Panel


FIT_MS = 50


class ViewsSection(Section):
    """What the views show of the registration that is chosen in the section Result."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.ui.layoutButton.connect("clicked(bool)", lambda checked: self.showXrays())
        self.ui.besideComboBox.connect("activated(int)", self.onBesideChosen)
        self.ui.drrBesideCheckBox.connect("clicked(bool)", self.onDrrBeside)
        self._selectedBefore: int | None = None
        self._isSideWanted = False
        self._fit = self.timer(FIT_MS, self._fitViews)
        self._fit.setSingleShot(True)

    def showXrays(self, onlyRows: Collection[int] | None = None) -> Handle | None:
        """Show the X-rays of the table in the module's views; returns the registration's handle.

        None where there is no X-ray, or one whose image was lost or emptied since it was added; the panel says so.
        """
        nodes = self.panel.xrays.nodes
        if not nodes:
            return None
        handle = self.panel.handle()
        if handle is not None and not self._fits(handle, nodes):
            handle = None
        shown = sceneView.viewCount(handle) if handle is not None else 0
        rows = [row for row in range(len(nodes)) if onlyRows is None or row in onlyRows or row >= shown]
        try:
            views = [(row, self._viewOf(row, nodes[row])) for row in rows]
        except ValueError as error:
            self.panel.register.say(asSentence(str(error)))
            return None
        if handle is None:
            self.parameters.registration = None
            handle = self.panel.handle(create=True)
        self.panel.pose.live.fits.forgetFigures()
        with slicer.util.NodeModify(handle):
            for row, view in views:
                sceneView.showView(handle, row, view)
        self.showViews(handle)
        self.panel.onParametersModified()
        return handle

    def _viewOf(self, row: int, node: Node) -> ViewData:
        """An X-ray as the scene shows it, without what is found of it."""
        pixels, _notes = inputs.xrayPixels(node)
        geometry = self.panel.xrays.geometry(row)
        camera = shownCamera(geometry, pixels.shape[::-1])
        window = self._windowOfRun(row, node)
        shown = {"boneIsBright": geometry.polarity_hint, "xrayNode": node, "windowLevel": window}
        return sceneView.ViewData(camera, pixels, detectorMm=detectorMmOf(geometry), **shown)

    def _windowOfRun(self, row: int, node: Node) -> tuple[float, float] | None:
        """The window of the frame before, which the next one keeps; None for a still, and for the first frame."""
        handle = self.panel.handle()
        if handle is None or imageRun.frameCount(node) < 2 or row >= sceneView.viewCount(handle):
            return None
        isSame = sceneView.nodeOf(handle, f"View{row + 1}.InputXray") is node
        return sceneView.windowOf(handle, row) if isSame else None

    def _fits(self, handle: Handle, nodes: list) -> bool:
        """Whether a registration is of these X-rays, or of the first of them."""
        shown = [sceneView.nodeOf(handle, f"View{row + 1}.InputXray") for row in range(sceneView.viewCount(handle))]
        ct = sceneView.nodeOf(handle, "InputCt")
        sameCt = ct is None or self.parameters.ctVolume is None or ct is self.parameters.ctVolume
        return sameCt and len(shown) <= len(nodes) and all(a is b for a, b in zip(shown, nodes, strict=False))

    def showViews(self, handle: Handle) -> None:
        """Switch to the module's layout and put the X-rays into its views."""
        if slicer.app.layoutManager() is None:
            return
        beside = bool(self.parameters.drrBeside)
        sceneView.enterLayout(sceneView.viewCount(handle), chart=chartOf(handle), withDrr=beside)
        self._fit.start()  # views of a layout that has just been entered get their size later
        for row, name in zip(self._rowsToShow(handle), sceneView.NAMES, strict=False):
            sceneView.showInSliceView(handle, row, name)  # again even where it is its view: the virtual C-arm borrows it
        self.nameViews()
        self._showBeside(handle)

    def nameViews(self) -> None:
        """Say above each view which X-ray it shows and how well the pose fits, where that was just computed."""
        handle = self.panel.handle()
        nameThreeDView(sceneView.VIEW_3D, "3D")
        for row in self._shownRows(handle) if handle is not None else ():
            figure = self.panel.pose.live.fits.words(row)
            nameSliceView(sceneView.sliceViewOf(handle, row) or "", self.panel.xrays.nameOf(row), figure)
            nameSliceView(
                sceneView.drrViewOf(handle, row) or "", _("DRR of {xray}").format(xray=self.panel.xrays.nameOf(row))
            )

    def showFromSide(self, handle: Handle) -> None:
        """Put source, bone and detector into the 3D view, now and when the views have their size."""
        sceneView.showFromSide(handle, sceneView.VIEW_3D, threeDSize())
        self._isSideWanted = True
        self._fit.start()

    def _fitViews(self) -> None:
        handle = self.panel.handle()
        if self._isSideWanted and handle is not None:
            sceneView.showFromSide(handle, sceneView.VIEW_3D, threeDSize())
        self._isSideWanted = False
        for row in self._shownRows(handle) if handle is not None else ():
            sceneView.fitSliceView(handle, row)

    def _rowsToShow(self, handle: Handle) -> list[int]:
        """For each view the row it shows: all where there are views for all, else the selected one and the one beside it."""
        count, selected = sceneView.viewCount(handle), self.panel.xrays.selected or 0
        if count <= len(sceneView.NAMES):
            return list(range(count))
        rows = self._shownRows(handle)
        if len(rows) < len(sceneView.NAMES):
            rows = [selected, *(row for row in range(count) if row != selected)][: len(sceneView.NAMES)]
        elif selected not in rows:  # it takes the place of the one that was selected before
            rows[rows.index(self._selectedBefore) if self._selectedBefore in rows else 0] = selected
        self._selectedBefore = selected
        return rows

    def _shownRows(self, handle: Handle) -> list[int]:
        """The rows in the views, in the order of the views."""
        rows = range(sceneView.viewCount(handle))
        shown = {sceneView.sliceViewOf(handle, row): row for row in rows}
        return [shown[name] for name in sceneView.NAMES if name in shown]

    def onSelected(self) -> None:
        """Another X-ray was selected: it is always among those shown."""
        handle = self.panel.handle()
        if handle is not None and sceneView.viewCount(handle) > len(sceneView.NAMES) and self._shownRows(handle):
            self.showViews(handle)

    def _showBeside(self, handle: Handle) -> None:
        """With more X-rays than views: which other one is shown."""
        count = sceneView.viewCount(handle) if handle is not None else 0
        isNeeded = self.parameters is not None and len(sceneView.NAMES) < count <= len(self.panel.xrays.nodes)
        for widget in (self.ui.besideLabel, self.ui.besideComboBox):
            widget.visible = isNeeded
        if not isNeeded:
            return
        selected, box = self.panel.xrays.selected or 0, self.ui.besideComboBox
        others = [row for row in range(count) if row != selected]
        names = [self.panel.xrays.nodes[row].GetName() for row in others]
        if [box.itemText(n) for n in range(box.count)] != names:
            quietly(box, lambda: (box.clear(), box.addItems(names)))
        shown = [others.index(row) for row in self._shownRows(handle) if row in others]
        quietly(box, lambda: box.setCurrentIndex(shown[0] if shown else -1))

    def onBesideChosen(self, index: int) -> None:
        """Show another X-ray beside the selected one."""
        handle, selected = self.panel.handle(), self.panel.xrays.selected or 0
        if handle is None:
            return
        others = [row for row in range(sceneView.viewCount(handle)) if row != selected]
        names = [name for name in sceneView.NAMES if name != sceneView.sliceViewOf(handle, selected)]
        if 0 <= index < len(others):
            sceneView.showInSliceView(handle, others[index], names[0])
            self.showViews(handle)

    def statusOf(self, handle: Handle, row: int, node: Node) -> str:
        """What to say of an X-ray in the table."""
        if handle is None or row >= sceneView.viewCount(handle):
            return ""
        if sceneView.nodeOf(handle, f"View{row + 1}.InputXray") is not node or sceneView.poseOf(handle, row) is None:
            return ""
        return handle.GetParameter(f"View{row + 1}.Status") or _("pose given")

    def onDrrBeside(self, _checked: bool = False) -> None:
        """The DRRs get views of their own, or lose them; what the 3D view shows is to fit into its new size."""
        self.enter()
        handle = self.panel.handle()
        if handle is not None and any(sceneView.poseOf(handle, row) for row in range(sceneView.viewCount(handle))):
            self.showFromSide(handle)

    def enter(self) -> None:
        """The panel is opened: its views come back where there is a registration."""
        handle = self.panel.handle()
        if handle is not None and sceneView.viewCount(handle):
            self.showViews(handle)

    def update(self) -> None:
        """Which X-rays can be shown."""
        handle = self.panel.handle()
        self.ui.layoutButton.enabled = handle is not None and sceneView.viewCount(handle) > 0
        self._showBeside(handle)

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._fit.stop()

    def cleanup(self) -> None:
        """The panel goes."""
        self._fit.stop()


def shownCamera(geometry: XrayGeometry, imageSize: tuple[int, int]) -> Camera:
    """The camera of an X-ray, with guesses for what is not known yet, so that the picture can be shown."""
    if not geometry.missing:
        return geometry.camera(imageSize)
    spacing = geometry.value("pixel_spacing_mm") or (300.0 / max(imageSize),) * 2
    distance = geometry.value("source_to_detector_mm") or 1000.0
    guess = geometry.with_values("assumed", source_to_detector_mm=distance, pixel_spacing_mm=spacing)
    return guess.camera(imageSize)


def threeDSize() -> tuple[int, int] | None:
    """(width, height) of the module's 3D view, or None where it is not shown."""
    layoutManager = slicer.app.layoutManager()
    for number in range(layoutManager.threeDViewCount if layoutManager is not None else 0):
        view = layoutManager.threeDWidget(number).threeDView()
        if view.mrmlViewNode().GetLayoutName() == sceneView.VIEW_3D:
            return view.width, view.height
    return None
