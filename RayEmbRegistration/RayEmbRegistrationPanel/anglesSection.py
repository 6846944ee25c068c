"""The start by the angles that the C-arm showed, typed in or from DICOM tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene.install import InstallError
from slicer.i18n import tr as _

from .geometryWords import DEPTH_SHARE, withTyped
from .section import Section
from .sentences import spoken

if TYPE_CHECKING:
    from .section import Panel


class AnglesSection(Section):
    """The box of the section Start with the C-arm angles of the selected X-ray."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._quiet = False
        self.ui.anglesFromDicomButton.connect("clicked(bool)", self.onAnglesFromDicom)
        for slider in (self.ui.primaryAngleSlider, self.ui.secondaryAngleSlider, self.ui.inPlaneAngleSlider):
            slider.connect("valueChanged(double)", self.onAnglesTyped)
        self.ui.sourceToBoneSpinBox.connect("valueChanged(double)", self.onAnglesTyped)

    def update(self) -> None:
        """Show the angles of the selected X-ray."""
        if self.parameters is None or not self.panel.start.fromAngles:
            return
        self.ui.anglesWidget.enabled = self.panel.xrays.selected is not None and self.panel.jobs.name is None
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
            self.panel.register.say(spoken(str(error)))
            return
        geometry = self.panel.xrays.geometry(row)
        fields = ("primary_angle_deg", "secondary_angle_deg", "in_plane_angle_deg", "source_to_isocenter_mm")
        tags = {name: getattr(found, name) or getattr(geometry, name) for name in fields}
        self.panel.xrays.setGeometry(row, replace(geometry, **tags, source_to_bone_mm=None))


def depthOf(geometry: XrayGeometry | None) -> float:
    """Rough distance of the bone from the source, mm."""
    if geometry is None:
        return 750.0
    depth = geometry.value("source_to_bone_mm") or geometry.value("source_to_isocenter_mm")
    return depth or DEPTH_SHARE * (geometry.value("source_to_detector_mm") or 1020.0)
