"""The start by a pose: moved by handles or by dragging, put roughly, or loaded; the DRR follows, and so does the rig."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qt
import slicer
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

from .anglesSection import depthOf
from .dragViews import DragViews
from .liveDrr import LiveDrr
from .rig import showAlong, showInRig
from .section import Observers, Section, quietly
from .sentences import spoken
from .viewPrior import BEAM_DEG

if TYPE_CHECKING:
    from .section import Panel


class PoseSection(Section):
    """The box of the section Start with the pose as it is, and all ways to move it by hand."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.live = LiveDrr(panel)
        self.drag = DragViews(self.panel.history.settle)
        self._last: dict[int, RigidTransform] = {}  # row to camera_from_ras as it was last seen
        self._observers = Observers()
        self._isRigMoving = self._isPlacing = False
        self.ui.handlesCheckBox.connect("toggled(bool)", self.onHandles)
        self.ui.dragCheckBox.connect("toggled(bool)", self.onDrag)
        self.ui.roughPoseButton.connect("clicked(bool)", self.onRoughPose)
        self.ui.loadPoseButton.connect("clicked(bool)", self.onLoadPose)

    def of(self, row: int) -> RigidTransform | None:
        """camera_from_ras of an X-ray as it is in the scene, or None."""
        handle = self.panel.handle()
        return sceneView.poseOf(handle, row) if handle is not None else None

    # Showing

    def update(self) -> None:
        """The pose of the selected X-ray in words, and what can be done to it."""
        if self.parameters is None:
            return
        if self.panel.start.mode != "pose":
            self.stopMoving()
        self._showPose(self.panel.jobs.name is None)
        self._observe()

    def _showPose(self, idle: bool) -> None:
        row = self.panel.xrays.selected
        pose = self.of(row) if row is not None else None
        self.ui.roughPoseButton.enabled = idle and row is not None and self.panel.xrays.problem() is None
        self.ui.loadPoseButton.enabled = self.ui.roughPoseButton.enabled
        for checkBox in (self.ui.handlesCheckBox, self.ui.dragCheckBox):
            checkBox.enabled = pose is not None and idle
        self.ui.togetherCheckBox.visible = len(self.panel.xrays.nodes) > 1
        self._sayPose()

    def _sayPose(self) -> None:
        """The pose of the selected X-ray in words."""
        row = self.panel.xrays.selected
        pose = self.of(row) if row is not None else None
        if pose is None:
            self.ui.poseLabel.text = _("No pose yet.")
            return
        from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras

        angles = c_arm_of_camera_from_ras(pose)
        center = self.panel.prepared.center_ras if self.panel.prepared is not None else None
        depth = "" if center is None else _(", bone {depth:.0f} mm from the source").format(depth=pose.apply(center)[2])
        self.ui.poseLabel.text = _("C-arm {primary:.1f}° / {secondary:.1f}°, turned {turn:.1f}°{depth}.").format(
            primary=angles.primary_deg, secondary=angles.secondary_deg, turn=angles.in_plane_deg, depth=depth
        )

    def _observe(self) -> None:
        """Follow the poses, whoever moves them."""
        handle = self.panel.handle()
        self._seePoses(handle)
        rows = range(sceneView.viewCount(handle) if handle is not None else 0)
        nodes = [sceneView.nodeOf(handle, f"View{row + 1}.Pose") for row in rows]
        event = slicer.vtkMRMLTransformNode.TransformModifiedEvent
        self._observers.follow((node, event, self.onPoseMoved) for node in nodes if node is not None)

    # Moving

    def onPoseMoved(self, caller: object, event: str) -> None:
        """The user moves the handles (or a node above): the DRR follows."""
        handle = self.panel.handle()
        if handle is None or self.panel.jobs.name is not None or self.panel.track.isStepping(handle, caller):
            self._seePoses(handle)
            self.live.fits.forgetFigures()
            return
        for row in range(sceneView.viewCount(handle)):
            if sceneView.nodeOf(handle, f"View{row + 1}.Pose") is caller:
                sceneView.poseChanged(handle, row, finished=False)
                self.live.follow(handle, row)
                self._moveRig(handle, row)
        if self._isRigMoving:
            return  # what follows is done once for all of them
        self.panel.history.changed(_("moved by hand"))
        self.panel.register.forgetSaid()
        self._sayPose()
        if self.panel.result.settle():
            self.panel.onParametersModified()

    def _seePoses(self, handle: Handle | None) -> None:
        poses = {row: self.of(row) for row in range(sceneView.viewCount(handle) if handle is not None else 0)}
        self._last = {row: pose for row, pose in poses.items() if pose is not None}

    def _moveRig(self, handle: Handle, row: int) -> None:
        """In a calibrated rig the other X-rays move along; others do where the user wants it and moves one by hand."""
        pose, before = sceneView.poseOf(handle, row), self._last.get(row)
        if pose is None or self._isRigMoving:
            return
        self._isRigMoving = True  # they are followed as well
        try:
            if not self.panel.history.isStepping:
                moved = showInRig(self.panel, handle, row, pose)
                isByHand = self.drag.isMoving or (sceneView.handlesVisible(handle, row) and not self._isPlacing)
                if isByHand and before is not None and self.parameters.moveTogether:
                    showAlong(handle, row, before, moved)
        finally:
            self._isRigMoving = False
        self._seePoses(handle)

    def onHandles(self, on: bool) -> None:
        """Show or hide the handles in 3D."""
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if handle is None:
            return
        for other in range(sceneView.viewCount(handle)):
            if sceneView.poseOf(handle, other) is not None:
                sceneView.showHandles(handle, other, on and other == row)
        if on:
            self.panel.ct.whenPrepared(lambda: self.live.show(handle, row))

    def onDrag(self, on: bool) -> None:
        """Take or leave the events of the X-ray views."""
        self.drag.stop()
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if not on or handle is None or row is None:
            return
        self.panel.views.showXrays()

        def begin() -> None:
            center = self.panel.track.center(handle)
            center = self.panel.prepared.center_ras if center is None else center
            rows = [other for other in range(sceneView.viewCount(handle)) if self.of(other) is not None]
            if not self.drag.start(handle, rows, center):
                self.panel.register.say(_("Press Show views first: the X-ray is in no view."))
                quietly(self.ui.dragCheckBox, lambda: self.ui.dragCheckBox.setChecked(False))
            for other in rows:
                self.live.show(handle, other)

        if self.panel.track.center(handle) is not None:
            begin()  # the bodies of the track are drawn, and no CT is needed
        else:
            self.panel.ct.whenPrepared(begin)

    def stopMoving(self) -> None:
        """Hide the handles and leave the view's events."""
        self.drag.stop()
        for checkBox in (self.ui.handlesCheckBox, self.ui.dragCheckBox):
            if checkBox.checked:
                quietly(checkBox, partial(checkBox.setChecked, False))
        handle = self.panel.handle()
        for row in range(sceneView.viewCount(handle) if handle is not None else 0):
            if sceneView.handlesVisible(handle, row):
                sceneView.showHandles(handle, row, False)

    def onRoughPose(self, _checked: bool = False) -> None:
        """Put the C-arm where the view prior has it."""
        row = self.panel.xrays.selected
        prior = self.panel.prior.of(row)

        def place() -> None:
            geometry = self.panel.xrays.geometry(row)
            center = self.panel.prepared.center_ras
            pose = camera_from_ras_of_c_arm(*BEAM_DEG[prior], 0.0, center, depthOf(geometry))
            self.setPose(row, pose, _("rough pose"))

        self.panel.ct.whenPrepared(place)

    def onLoadPose(self, _checked: bool = False) -> None:
        """Ask for a pose file and take its pose."""
        filters = _("Pose or result files (*.json);;All files (*)")
        path = qt.QFileDialog.getOpenFileName(self.panel.parent, _("Load pose"), "", filters)
        if path:
            self.loadPose(path)

    def loadPose(self, path: str) -> None:
        """Take the poses of a file: one for each X-ray, or one for the selected one."""
        from RayEmbRegistrationLib.files.camera import read_poses

        try:
            poses = read_poses(path)
        except ValueError as error:
            self.panel.register.say(spoken(str(error)))
            return
        rows = (
            range(len(self.panel.xrays.nodes)) if len(poses) == len(self.panel.xrays.nodes) else [self.panel.xrays.selected]
        )
        for row, pose in zip(rows, poses, strict=False):
            self.setPose(row, pose, _("loaded pose"))

    def setPose(self, row: int, pose: RigidTransform, label: str) -> None:
        """Put a pose into the scene; it can be undone."""
        handle = self.panel.views.showXrays()
        if handle is None:
            return
        isFirst = all(sceneView.poseOf(handle, other) is None for other in range(sceneView.viewCount(handle)))
        self.panel.history.settle()
        self._isPlacing = True
        try:
            sceneView.showPose(handle, row, pose)
        finally:
            self._isPlacing = False
        others = showInRig(self.panel, handle, row, pose)
        self.panel.history.forget()
        self.panel.history.remember(label)
        if isFirst:
            self.panel.views.showFromSide(handle)
        self.panel.track.keepByHand()
        for shown in (row, *others):
            self.live.show(handle, shown)
        self.panel.onParametersModified()

    # The scene

    def parametersReplaced(self) -> None:
        """Let go of the old scene's nodes."""
        self.stopMoving()
        self.live.stop()
        self._observers.follow(())

    def cleanup(self) -> None:
        """The panel goes."""
        self._observers.follow(())
        self.drag.stop()
        self.live.close()
