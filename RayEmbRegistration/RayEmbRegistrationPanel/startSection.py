"""The section Start: automatic, C-arm angles, landmark pairs, or the pose as the user moved it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import qt
import slicer
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

from .dragPose import DragPose
from .geometryWords import withTyped
from .landmarkPairs import pairsOf
from .liveDrr import LiveDrr
from .rig import showInRig
from .section import Section, quietly
from .viewsSection import threeDSize

if TYPE_CHECKING:
    import numpy as np

    from .landmarkPairs import Pairs
    from .section import Panel


LEAST_PAIRS = 4
DEPTH_SHARE = 0.73  # of the source-to-detector distance: where a bone usually is
BEAM_DEG = {"ap": (180.0, 0.0), "pa": (0.0, 0.0), "lateral": (90.0, 0.0), "any": (180.0, 0.0)}
"""Positioner angles in the middle of each view prior; a source in front of the patient is one with its receptor behind."""


class StartSection(Section):
    """What is known of the pose beforehand."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.live = LiveDrr(panel)
        self.drag = DragPose(self.onDragged)
        self._observed: list[tuple] = []
        self._quiet = self._isRigMoving = False
        self.ui.handlesCheckBox.connect("toggled(bool)", self.onHandles)
        self.ui.dragCheckBox.connect("toggled(bool)", self.onDrag)
        self.ui.roughPoseButton.connect("clicked(bool)", self.onRoughPose)
        self.ui.loadPoseButton.connect("clicked(bool)", self.onLoadPose)
        self.ui.anglesFromDicomButton.connect("clicked(bool)", self.onAnglesFromDicom)
        for slider in (self.ui.primaryAngleSlider, self.ui.secondaryAngleSlider, self.ui.inPlaneAngleSlider):
            slider.connect("valueChanged(double)", self.onAnglesTyped)
        self.ui.sourceToBoneSpinBox.connect("valueChanged(double)", self.onAnglesTyped)
        self.ui.placeCtLandmarkButton.connect("toggled(bool)", lambda on: self.onPlace(on, "ctLandmarks"))
        self.ui.placeXrayLandmarkButton.connect("toggled(bool)", lambda on: self.onPlace(on, "xrayLandmarks"))
        self._interaction: Any = None

    @property
    def mode(self) -> str:
        """automatic, angles, landmarks or pose."""
        return self.parameters.startMode.value

    # What the registration gets

    def problem(self) -> str | None:
        """Why this start cannot be used, in a sentence."""
        rows = range(len(self.panel.xrays.nodes))
        enough = self._enough
        if self.mode == "angles" and not enough(self.panel.xrays.geometry(row).angles_deg is not None for row in rows):
            return _("Set the C-arm angles of each X-ray: select it, then move the sliders.")
        if self.mode == "landmarks":
            counts = [len(self.pairs(row)[0]) for row in rows]
            if not enough(count >= LEAST_PAIRS for count in counts):
                return _("Place at least {least} landmark pairs in each X-ray; there are {counts}.").format(
                    least=LEAST_PAIRS, counts=", ".join(str(count) for count in counts)
                )
        if self.mode == "pose" and not enough(self.poseOf(row) is not None for row in rows):
            return _("There is no pose yet: press Rough pose, load one, or register from another start first.")
        return None

    def _enough(self, known: Iterable[bool]) -> bool:
        """Whether a start is known for every X-ray, or for one of a rig."""
        known = list(known)
        geometries = [self.panel.xrays.geometry(row) for row in range(len(known))]
        inRig = len(known) > 1 and all(geometry.camera_from_rig is not None for geometry in geometries)
        return any(known) if inRig else all(known)

    def startedInputs(self, fromPose: bool = False) -> list[XrayInput]:
        """The X-rays with what is known of their start; ``fromPose`` whatever the mode is."""
        xrays = self.panel.xrays.inputs()
        mode = "pose" if fromPose else self.mode
        if mode == "pose":
            return [replace(xray, start=self.poseOf(row)) for row, xray in enumerate(xrays)]
        if mode == "landmarks":
            started = []
            for row, xray in enumerate(xrays):
                points, pixels = self.pairs(row)
                known = len(points) >= LEAST_PAIRS
                started.append(replace(xray, pointsRas=points, pointsPx=pixels) if known else xray)
            return started
        return xrays

    @property
    def fromAngles(self) -> bool:
        """Whether the C-arm's angles are the start."""
        return self.mode == "angles"

    def poseOf(self, row: int) -> RigidTransform | None:
        """camera_from_ras of an X-ray as it is in the scene, or None."""
        handle = self.panel.handle()
        return sceneView.poseOf(handle, row) if handle is not None else None

    def pairs(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """((N, 3) RAS mm, (N, 2) px) of an X-ray; see ``landmarkPairs``."""
        pairs = self._pairs(row)
        return pairs.pointsRas, pairs.pixels

    def _pairs(self, row: int) -> Pairs:
        return pairsOf(self.panel.handle(), row, self.parameters.ctLandmarks, self.parameters.xrayLandmarks)

    def _pairsInWords(self) -> str:
        """How many pairs each X-ray has, and how they were made."""
        found = [self._pairs(row) for row in range(len(self.panel.xrays.nodes))]
        counts = ", ".join(str(len(pairs.pixels)) for pairs in found) or "0"
        if not any(pairs.areByName for pairs in found):
            return _("Pairs: {counts}, by their order.").format(counts=counts)
        left = sorted({name for pairs in found if pairs.areByName for name in pairs.left})
        text = _("Pairs: {counts}, by their names.").format(counts=counts)
        return text + (_(" Without partner: {names}.").format(names=", ".join(left)) if left else "")

    # Showing

    def parametersReplaced(self) -> None:
        """Let go of the old scene's nodes."""
        self.stopMoving()
        self.stopPlacing()
        self.live.stop()

    def update(self) -> None:
        """Show what the chosen start needs."""
        if self.parameters is None:
            return
        mode, idle = self.mode, self.panel.jobs.name is None
        self.ui.startModeComboBox.enabled = idle
        self.ui.anglesWidget.visible = mode == "angles"
        self.ui.landmarksWidget.visible = mode == "landmarks"
        self.ui.poseWidget.visible = mode == "pose"
        self.ui.anglesWidget.enabled = self.panel.xrays.selected is not None and idle
        self.ui.startHelpLabel.text = {
            "automatic": _("Nothing else is needed. If the view is not from front to back, say so under Advanced."),
            "angles": _("The angles that the C-arm showed, for the selected X-ray."),
            "landmarks": _("Place the same points in CT and X-ray view, in the same order or with the same names."),
            "pose": _("The registration starts from the pose as it is. Move it until the DRR lies roughly on the bone."),
        }[mode]
        if mode == "angles":
            self._showAngles()
        if mode == "landmarks":
            self.ui.landmarkPairsLabel.text = " ".join(filter(None, (self.problem(), self._pairsInWords())))
        if mode != "pose":
            self.stopMoving()
        self._showPose(idle)
        self._observe()

    def _showAngles(self) -> None:
        row = self.panel.xrays.selected
        geometry = self.panel.xrays.geometry(row) if row is not None else None
        angles = geometry.angles_deg if geometry is not None else None
        values = (*(angles or (0.0, 0.0, 0.0)), depthOf(geometry))
        widgets = (
            self.ui.primaryAngleSlider,
            self.ui.secondaryAngleSlider,
            self.ui.inPlaneAngleSlider,
            self.ui.sourceToBoneSpinBox,
        )
        self._quiet = True
        for widget, value in zip(widgets, values, strict=True):
            widget.setValue(float(value))
        self._quiet = False

    def _showPose(self, idle: bool) -> None:
        row = self.panel.xrays.selected
        pose = self.poseOf(row) if row is not None else None
        self.ui.roughPoseButton.enabled = idle and row is not None and self.panel.xrays.problem() is None
        self.ui.loadPoseButton.enabled = self.ui.roughPoseButton.enabled
        for checkBox in (self.ui.handlesCheckBox, self.ui.dragCheckBox):
            checkBox.enabled = pose is not None and idle
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

    # Angles

    def onAnglesTyped(self, _value: float) -> None:
        """Keep the angles of the selected X-ray."""
        row = self.panel.xrays.selected
        if row is None or self._quiet:
            return
        angles = (
            float(self.ui.primaryAngleSlider.value),
            float(self.ui.secondaryAngleSlider.value),
            float(self.ui.inPlaneAngleSlider.value),
        )
        depth = float(self.ui.sourceToBoneSpinBox.value)
        geometry = self.panel.xrays.geometry(row)
        self.panel.xrays.setGeometry(row, withTyped(geometry, anglesDeg=angles, sourceToBoneMm=depth))

    def onAnglesFromDicom(self, _checked: bool = False) -> None:
        """Take the angles of the DICOM tags."""
        row = self.panel.xrays.selected
        try:
            found = self.logic.geometryFromDicom(self.panel.xrays.nodes[row])
            if found.angles_deg is None:
                raise ValueError(_("The DICOM file tells no positioner angles."))
        except (ValueError, InstallError) as error:
            self.panel.register.say(str(error))
            return
        geometry = self.panel.xrays.geometry(row)
        fields = ("primary_angle_deg", "secondary_angle_deg", "in_plane_angle_deg", "source_to_isocenter_mm")
        tags = {name: getattr(found, name) or getattr(geometry, name) for name in fields}
        self.panel.xrays.setGeometry(row, replace(geometry, **tags, source_to_bone_mm=None))

    # Landmarks

    def onPlace(self, on: bool, name: str) -> None:
        """Let clicks in the views place points."""
        if not on:
            self.stopPlacing()
            return
        node = getattr(self.parameters, name)
        if node is None:
            labels = {
                "ctLandmarks": _("Landmarks in CT"),
                "xrayLandmarks": _("Landmarks in X-ray"),
                "pickedPoint": _("Picked"),
            }
            node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", labels[name])
            node.SetControlPointLabelFormat("%d")  # short enough to be read beside the point
            node.CreateDefaultDisplayNodes()
            setattr(self.parameters, name, node)
        if name == "xrayLandmarks":
            self.panel.views.showXrays()
        slicer.modules.markups.logic().SetActiveList(node)
        self._interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        self._interaction.SetPlaceModePersistence(0 if name == "pickedPoint" else 1)
        self._interaction.SetCurrentInteractionMode(self._interaction.Place)

    def stopPlacing(self) -> None:
        """Give the mouse back."""
        buttons = (self.ui.placeCtLandmarkButton, self.ui.placeXrayLandmarkButton, self.ui.placePickedPointButton)
        for button in buttons:
            quietly(button, partial(button.setChecked, False))
        if self._interaction is not None:
            self._interaction.SetCurrentInteractionMode(self._interaction.ViewTransform)
            self._interaction = None

    def _observe(self) -> None:
        """Follow the nodes whose changes matter here."""
        handle = self.panel.handle()
        wanted = []
        for node in (self.parameters.ctLandmarks, self.parameters.xrayLandmarks):
            if node is not None:
                points = slicer.vtkMRMLMarkupsNode
                events = (points.PointPositionDefinedEvent, points.PointRemovedEvent, points.PointEndInteractionEvent)
                wanted += [(node, event, self.onLandmarks) for event in events]
        for row in range(sceneView.viewCount(handle) if handle is not None else 0):
            node = sceneView.nodeOf(handle, f"View{row + 1}.Pose")
            if node is not None:
                wanted.append((node, slicer.vtkMRMLTransformNode.TransformModifiedEvent, self.onPoseMoved))
        if wanted == self._observed:
            return
        for observed in self._observed:
            self.panel.removeObserver(*observed)
        for new in wanted:
            self.panel.addObserver(*new)
        self._observed = wanted

    def onLandmarks(self, caller: object, event: str) -> None:
        """Points were placed or moved."""
        self.panel.onParametersModified()

    # The pose

    def onPoseMoved(self, caller: object, event: str) -> None:
        """The user moves the handles (or a node above): the DRR follows."""
        handle = self.panel.handle()
        if handle is None or self.panel.jobs.name is not None:
            return
        for row in range(sceneView.viewCount(handle)):
            if sceneView.nodeOf(handle, f"View{row + 1}.Pose") is caller:
                sceneView.poseChanged(handle, row, finished=False)
                self.live.follow(handle, row)
                self._moveRig(handle, row)
        self.panel.history.changed(_("moved by hand"))
        self._showPose(idle=True)
        if self.panel.result.settle():
            self.panel.onParametersModified()

    def _moveRig(self, handle: Handle, row: int) -> None:
        """In a calibrated rig the other X-rays move along."""
        if self._isRigMoving or self.panel.history.isStepping:
            return
        self._isRigMoving = True  # they are followed as well
        try:
            showInRig(self.panel, handle, row, sceneView.poseOf(handle, row))
        finally:
            self._isRigMoving = False

    def onDragged(self, row: int) -> None:
        """The pose was moved in the X-ray view; its node's event has been dealt with."""

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
        """Take or leave the events of the X-ray view."""
        self.drag.stop()
        handle, row = self.panel.handle(), self.panel.xrays.selected
        if not on or handle is None or row is None:
            return
        self.panel.views.showXrays()

        def begin() -> None:
            if not self.drag.start(handle, row, self.panel.prepared.center_ras):
                self.panel.register.say(_("Press Show views first: the X-ray is in no view."))
                quietly(self.ui.dragCheckBox, lambda: self.ui.dragCheckBox.setChecked(False))
            self.live.show(handle, row)

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
        prior = self.parameters.viewPrior.value

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
            self.panel.register.say(str(error))
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
        sceneView.showPose(handle, row, pose)
        others = showInRig(self.panel, handle, row, pose)
        self.panel.history.forget()
        self.panel.history.remember(label)
        if isFirst:
            sceneView.showFromSide(handle, sceneView.VIEW_3D, threeDSize())
        for shown in (row, *others):
            self.live.show(handle, shown)
        self.panel.onParametersModified()

    def cleanup(self) -> None:
        """The panel goes."""
        self.drag.stop()
        self.live.close()


def depthOf(geometry: XrayGeometry) -> float:
    """Rough distance of the bone from the source, mm."""
    if geometry is None:
        return 750.0
    depth = geometry.value("source_to_bone_mm") or geometry.value("source_to_isocenter_mm")
    return depth or DEPTH_SHARE * (geometry.value("source_to_detector_mm") or 1020.0)
