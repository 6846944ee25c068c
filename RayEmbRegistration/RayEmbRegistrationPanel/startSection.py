"""The section Start: automatic, C-arm angles, landmark pairs, or the pose as the user moved it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from RayEmbRegistrationScene.inputs import XrayInput
from slicer.i18n import tr as _

from .choices import StartMode
from .section import Section

LEAST_PAIRS, ENDS = 4, 2


class StartSection(Section):
    """Which of what is known of the pose beforehand the registration starts from."""

    @property
    def mode(self) -> str:
        """automatic, angles, landmarks, ends or pose."""
        return self.parameters.startMode.value

    @property
    def fromAngles(self) -> bool:
        """Whether the C-arm's angles are the start."""
        return self.mode == "angles"

    def usePose(self) -> None:
        """Start from the pose as it stands, which the user is about to move."""
        self.parameters.startMode = StartMode.POSE

    def problem(self) -> str | None:
        """Why this start cannot be used, in a sentence."""
        rows = range(len(self.panel.xrays.nodes))
        enough = self._enough
        if self.mode == "angles" and not enough(self.panel.xrays.geometry(row).angles_deg is not None for row in rows):
            return _("Set the C-arm angles of each X-ray: select it, then move the sliders.")
        if self.mode == "landmarks":
            counts = [len(self.panel.landmarks.pairs(row)[0]) for row in rows]
            if not enough(count >= LEAST_PAIRS for count in counts):
                return _("Place at least {least} landmark pairs in each X-ray; there are {counts}.").format(
                    least=LEAST_PAIRS, counts=", ".join(str(count) for count in counts)
                )
        if self.mode == "ends":
            counts = [len(self.panel.landmarks.clicked(row)) for row in rows]
            if not enough(count == ENDS for count in counts) or not all(count in (0, ENDS) for count in counts):
                return _("Click both ends of the bone in each X-ray, nothing else; there are {counts} points.").format(
                    counts=", ".join(str(count) for count in counts)
                )
        if self.mode == "pose" and not enough(self.panel.pose.of(row) is not None for row in rows):
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
            return [replace(xray, start=self.panel.pose.of(row)) for row, xray in enumerate(xrays)]
        if mode == "landmarks":
            started = []
            for row, xray in enumerate(xrays):
                points, pixels = self.panel.landmarks.pairs(row)
                known = len(points) >= LEAST_PAIRS
                started.append(replace(xray, pointsRas=points, pointsPx=pixels) if known else xray)
            return started
        if mode == "ends":
            clicked = [self.panel.landmarks.clicked(row) for row in range(len(xrays))]
            return [
                replace(xray, endsPx=pixels if len(pixels) == ENDS else None)
                for xray, pixels in zip(xrays, clicked, strict=True)
            ]
        return xrays

    def update(self) -> None:
        """Show what the chosen start needs."""
        if self.parameters is None:
            return
        mode = self.mode
        self.ui.startModeComboBox.enabled = self.panel.jobs.name is None
        self.ui.anglesWidget.visible = mode == "angles"
        self.ui.landmarksWidget.visible = mode in ("landmarks", "ends")
        for widget in (self.ui.ctLandmarksLabel, self.ui.ctLandmarksRow):
            widget.visible = mode == "landmarks"
        self.ui.poseWidget.visible = mode == "pose"
        self.ui.startHelpLabel.text = {
            "automatic": self.panel.prior.words
            or _("Nothing else is needed but, roughly, how the beam ran through the patient: the View in an X-ray's row."),
            "angles": _("The angles that the C-arm showed, for the selected X-ray."),
            "landmarks": _("Place the same points in CT and X-ray view, in the same order or with the same names."),
            "ends": _("For a slim bone: click its two ends in each X-ray view, in either order. Both ways round are tried."),
            "pose": _("The registration starts from the pose as it is. Move it until the DRR lies roughly on the bone."),
        }[mode]
