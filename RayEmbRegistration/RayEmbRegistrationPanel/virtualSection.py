"""The section Virtual X-ray: a C-arm that is not there, moved by sliders or in 3D, and its live picture."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.virtual_c_arm import STANDARD_VIEWS, CArm
from RayEmbRegistrationScene import inputs, sceneView, virtualCArm
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from .jobs import said
from .logicVirtual import middleOf
from .section import Observers, Section, quietly
from .sentences import asSentence
from .viewHeaders import nameSliceView
from .viewsSection import FIT_MS, threeDSize
from .virtualExpose import VirtualExpose
from .virtualLive import VirtualLive
from .virtualWidgets import CONSOLE, GRID, PLACE, STANDS, VIEW, VirtualWidgets, viewWords

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.virtual_xray import LiveBody

    from .section import Panel
    from .worker import Failed


FIRST_PX = 256
"""Of the dark detector before there is a picture."""


class VirtualSection(Section):
    """Brings the scene in line with the widgets; ``VirtualLive`` draws the picture, ``VirtualExpose`` takes X-rays."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.widgets, self.live = VirtualWidgets(self.ui), VirtualLive(self.onFailed)
        self.exposing = VirtualExpose(self)
        self._observers = Observers()
        self._body: LiveBody | None = None
        self._bodyOf: tuple = ()
        self._placedFor: Node = None  # the CT about whose middle the C-arm turns, unless it was moved
        self._said = ""
        self._isMoving = False
        self._fit = self.timer(FIT_MS, self._fitViews)
        self._fit.setSingleShot(True)
        getattr(self.ui, VIEW).connect("activated(int)", self.onView)
        getattr(self.ui, GRID).connect("activated(int)", self.onConsole)
        for name in (*STANDS.values(), *PLACE):
            signal = "valueChanged(int)" if name == STANDS["pixels"] else "valueChanged(double)"
            getattr(self.ui, name).connect(signal, self.onMoved)
        for name in CONSOLE:
            getattr(self.ui, name).connect("valueChanged(double)", self.onConsole)
        self.ui.virtualMiddleButton.connect("clicked(bool)", self.onMiddle)
        self.ui.virtualShowCheckBox.connect("toggled(bool)", self.onShow)
        self.ui.virtualHandlesCheckBox.connect("toggled(bool)", self.onHandles)

    # Showing

    def problem(self) -> str | None:
        """Why nothing can be shown, in a sentence."""
        if self.parameters is None:
            return _("The scene is being closed.")
        problem = self.panel.ct.problem()
        if problem is not None:
            return problem
        try:
            self.widgets.cArm()
        except ValueError as error:
            return asSentence(str(error))
        return None

    def update(self) -> None:
        """What can be done; where the CT is another one, the C-arm turns about its middle."""
        if self.parameters is None:
            return
        ct, running = self.parameters.ctVolume, self.panel.jobs.name
        if ct is not None and ct is not self._placedFor and self.panel.ct.problem() is None:
            self.widgets.setCArm(isocenter_ras=middleOf(ct))
            self._placedFor = ct
        problem, isShown = self.problem(), bool(self.ui.virtualShowCheckBox.checked)
        self.exposing.update(running, problem)
        self.ui.virtualShowCheckBox.enabled = running is None and (problem is None or isShown)
        self.ui.virtualHandlesCheckBox.enabled = running is None and isShown
        self.ui.virtualMiddleButton.enabled = running is None and ct is not None
        self.widgets.enable(running is None)
        self.widgets.showView()
        self._showBoneOnce()
        self.ui.virtualLabel.text = problem or self._said or self._standsText()

    def _showBoneOnce(self) -> None:
        """A registration shows the same bone: two surfaces in one place would flicker."""
        handle, registration = virtualCArm.virtualCArm(), self.panel.handle()
        isShown = registration is not None and bool(sceneView.nodeOf(registration, "Bone"))
        if handle is not None and sceneView.isVisible(handle, "bone") == isShown:
            sceneView.setVisible(handle, "bone", not isShown)

    def _standsText(self) -> str:
        cArm, name = self.widgets.cArm(), self.widgets.nameOfView()
        times = cArm.source_to_detector_mm / cArm.source_to_isocenter_mm
        text = _("At the isocentre it magnifies {times:.2f} times and sees {field:.0f} mm.")
        text = text.format(times=times, field=cArm.field_mm / times)
        return f"{name}. {text}" if name else text

    def say(self, text: str) -> None:
        """A sentence under the button."""
        self._said = text
        self.update()

    def ready(self) -> LiveBody | None:
        """The body to look through; where there is none, the label says why."""
        problem = self.problem()
        try:
            if problem is None and self._bodyKey() != self._bodyOf:
                self.panel.register.install()
                self.panel.advanced.applyToLogic()
                self._body, self._bodyOf = self.logic.liveBody(self.panel.ctInput()), self._bodyKey()
        except (ValueError, InstallError) as error:
            problem = asSentence(str(error))
        if problem is None:
            return self._body
        self.live.stop()
        self.say(problem)
        return None

    def _bodyKey(self) -> tuple:
        node = self.parameters.ctVolume
        place = inputs.worldFromNode(node) @ inputs.rasFromIjkOfNode(node)
        return (node.GetID(), node.GetImageData().GetMTime(), place.tobytes())

    def _show(self) -> None:
        """Bring the C-arm in the scene in line with the widgets, and have its picture drawn."""
        body = self.ready()
        if body is None:
            return
        self._said, cArm = "", self.widgets.cArm()
        handle = virtualCArm.virtualCArm(create=True)
        isFirst = virtualCArm.poseNode(handle) is None
        self._isMoving = True
        try:
            virtualCArm.showCArm(handle, cArm.camera(FIRST_PX), cArm.pose, cArm.isocenter_ras)
        finally:
            self._isMoving = False
        self._keep(handle, cArm)
        quietly(self.ui.virtualShowCheckBox, lambda: self.ui.virtualShowCheckBox.setChecked(True))
        self._takeView(handle, isFirst)
        self._observe(handle)
        self.live.follow(body, cArm)
        self.update()

    def _keep(self, handle: Handle, cArm: CArm) -> None:
        virtualCArm.keepSettings(handle, {**asdict(cArm), "console": self.widgets.console()})

    def _takeView(self, handle: Handle, isFirst: bool) -> None:
        """The first X-ray view is the virtual one's while it is moved."""
        if slicer.app.layoutManager() is None or virtualCArm.takesView(handle, sceneView.NAMES[0]):
            return
        registration = self.panel.handle()
        sceneView.enterLayout(sceneView.viewCount(registration) if registration is not None else 1)
        sceneView.showInSliceView(handle, 0, sceneView.NAMES[0])
        nameSliceView(sceneView.NAMES[0], _("Virtual X-ray"))
        if isFirst:
            sceneView.showFromSide(handle, sceneView.VIEW_3D, threeDSize())
            self._fit.start()

    def _fitViews(self) -> None:
        """Views of a layout that has just been entered get their size later."""
        handle = virtualCArm.virtualCArm()
        if handle is not None and virtualCArm.poseNode(handle) is not None:
            sceneView.fitSliceView(handle, 0)
            sceneView.showFromSide(handle, sceneView.VIEW_3D, threeDSize())

    def _observe(self, handle: Handle | None) -> None:
        node = virtualCArm.poseNode(handle)
        event = slicer.vtkMRMLTransformNode.TransformModifiedEvent
        self._observers.follow([] if node is None else [(node, event, self.onPoseMoved)])

    # What the user does

    def onView(self, index: int) -> None:
        """A usual view."""
        primary, secondary = STANDARD_VIEWS[list(viewWords())[index]]
        self.widgets.setCArm(primary_deg=primary, secondary_deg=secondary, in_plane_deg=0.0)
        self._show()

    def onMoved(self, _value: float) -> None:
        """An angle, a distance, the field or the isocentre."""
        self.widgets.exact = None
        self._show()

    def onMiddle(self, _checked: bool = False) -> None:
        """Turn about the middle of the CT."""
        self.widgets.setCArm(isocenter_ras=middleOf(self.parameters.ctVolume))
        self._show()

    def onConsole(self, _value: float) -> None:
        """What the console says is kept, and counts for the next exposure."""
        handle = virtualCArm.virtualCArm()
        if handle is not None:
            kept = virtualCArm.settingsKept(handle)
            virtualCArm.keepSettings(handle, {**kept, "console": self.widgets.console()})

    def onShow(self, on: bool) -> None:
        """Stand the C-arm in the scene, or take it away."""
        if on:
            self._show()
            shown = virtualCArm.poseNode(virtualCArm.virtualCArm()) is not None
            quietly(self.ui.virtualShowCheckBox, lambda: self.ui.virtualShowCheckBox.setChecked(shown))
            return
        handle, registration = virtualCArm.virtualCArm(), self.panel.handle()
        self._letGo()
        if handle is not None:
            sceneView.removeRegistration(handle)
        if registration is not None and sceneView.viewCount(registration):
            self.panel.views.showViews(registration)
        self.update()

    def onHandles(self, on: bool) -> None:
        """Show or hide the handles in 3D."""
        handle = virtualCArm.virtualCArm()
        if handle is not None:
            sceneView.showHandles(handle, 0, on)

    def onPoseMoved(self, caller: object, event: str) -> None:
        """The handles were moved: sliders and picture follow."""
        handle = virtualCArm.virtualCArm()
        pose = sceneView.poseOf(handle, 0) if handle is not None else None
        if self._isMoving or pose is None or self.panel.jobs.name is not None:
            return
        if self.problem() is None and np.allclose(pose.matrix, self.widgets.cArm().pose.matrix):
            return  # it was put there
        body = self.ready()
        if body is None:
            return
        cArm = self.widgets.cArm().moved_to(pose)
        self.widgets.setExactly(cArm)
        self._keep(handle, cArm)
        self.live.follow(body, cArm)
        self.say("")

    def onFailed(self, end: Failed) -> None:
        """A live picture could not be made."""
        self.panel.log.add(end.details)
        self.say(said(end))

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene: its C-arm, as it was left."""
        self._letGo()
        self._body, self._bodyOf, self._said, self._placedFor = None, (), "", None
        handle = virtualCArm.virtualCArm() if self.parameters is not None else None
        if virtualCArm.poseNode(handle) is None:
            self.widgets.setCArm(**asdict(CArm()))
            return
        quietly(self.ui.virtualShowCheckBox, lambda: self.ui.virtualShowCheckBox.setChecked(True))
        areHandles = sceneView.handlesVisible(handle, 0)
        quietly(self.ui.virtualHandlesCheckBox, lambda: self.ui.virtualHandlesCheckBox.setChecked(areHandles))
        kept = virtualCArm.settingsKept(handle)
        if kept:
            known = {field.name: kept[field.name] for field in fields(CArm)}
            self.widgets.setExactly(CArm(**{**known, "isocenter_ras": tuple(known["isocenter_ras"])}))
            self.widgets.setConsole(kept.get("console", {}))
            self._placedFor = self.parameters.ctVolume
        self._observe(handle)

    def nodeRemoved(self, node: Node) -> None:
        """The user deleted the C-arm, a part of it, or the CT."""
        if self.ui.virtualShowCheckBox.checked and virtualCArm.poseNode(virtualCArm.virtualCArm()) is None:
            self._letGo()
        if node is self._placedFor:
            self.live.stop()
            self._body, self._bodyOf, self._placedFor = None, (), None

    def _letGo(self) -> None:
        """Nothing is shown any more."""
        self.live.stop()
        self._observers.follow(())
        for checkBox in (self.ui.virtualShowCheckBox, self.ui.virtualHandlesCheckBox):
            quietly(checkBox, partial(checkBox.setChecked, False))

    def cleanup(self) -> None:
        """The panel goes."""
        self._fit.stop()
        self._observers.follow(())
        self.live.close()
