"""The widgets of the section Virtual X-ray: the C-arm and the console that they say, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationLib.geometry.virtual_c_arm import STANDARD_VIEWS, CArm
from slicer.i18n import tr as _

from .section import quietly

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.virtual_xray import Technique


GRID_RATIOS = (None, 6.0, 8.0, 10.0, 12.0)
STANDS = {  # field of CArm to widget
    "primary_deg": "virtualPrimarySlider",
    "secondary_deg": "virtualSecondarySlider",
    "in_plane_deg": "virtualTurnSlider",
    "source_to_detector_mm": "virtualDetectorSpinBox",
    "source_to_isocenter_mm": "virtualIsocenterSpinBox",
    "field_mm": "virtualFieldSpinBox",
    "pixels": "virtualPixelsSpinBox",
}
PLACE = ("virtualRSpinBox", "virtualASpinBox", "virtualSSpinBox")
CONSOLE = (
    "virtualKvSpinBox",
    "virtualAluminiumSpinBox",
    "virtualCopperSpinBox",
    "virtualPhotonsSpinBox",
    "virtualScatterSpinBox",
)
GRID, VIEW = "virtualGridComboBox", "virtualViewComboBox"
ALL = (VIEW, GRID, *STANDS.values(), *PLACE, *CONSOLE)


class VirtualWidgets:
    """What the widgets say.

    Attributes:
        exact: the C-arm as handles or a scene put it, which the widgets show rounded; None once a widget was touched.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self.exact: CArm | None = None
        for words in viewWords().values():
            ui.virtualViewComboBox.addItem(words)
        for ratio in GRID_RATIOS:
            ui.virtualGridComboBox.addItem(_("None") if ratio is None else f"{ratio:g} : 1")

    def cArm(self) -> CArm:
        """The C-arm as it is set; InputProblem where there is no such C-arm."""
        if self.exact is not None:
            return self.exact
        values: dict[str, Any] = {field: float(self._of(name).value) for field, name in STANDS.items()}
        place = [float(self._of(name).value) for name in PLACE]
        return CArm(**{**values, "pixels": int(values["pixels"])}, isocenter_ras=(place[0], place[1], place[2]))

    def technique(self, seed: int) -> Technique:
        """The console as it is set."""
        from RayEmbRegistrationLib.application.virtual_xray import Technique

        kilovolts, aluminium, copper, photons, error = (float(self._of(name).value) for name in CONSOLE)
        ratio = GRID_RATIOS[max(int(self._of(GRID).currentIndex), 0)]
        return Technique(kilovolts, f"Al {aluminium:.2f}, Cu {copper:.2f}", ratio, photons or None, error / 100, seed)

    def setCArm(self, **values: Any) -> None:
        """Show fields of a C-arm without anything following."""
        self.exact = None
        for field, name in STANDS.items():
            if field in values:
                self._set(name, values[field])
        for name, value in zip(PLACE, values.get("isocenter_ras", ()), strict=False):
            self._set(name, value)

    def setExactly(self, cArm: CArm) -> None:
        """Show a C-arm, and keep what the widgets round."""
        self.setCArm(**{field.name: getattr(cArm, field.name) for field in fields(cArm)})
        self.exact = cArm

    def console(self) -> dict[str, float]:
        """Widget to value, to be kept with the scene."""
        return {**{name: float(self._of(name).value) for name in CONSOLE}, GRID: int(self._of(GRID).currentIndex)}

    def setConsole(self, console: dict[str, float]) -> None:
        """Show what was kept."""
        for name, value in console.items():
            if name in (*CONSOLE, GRID):
                self._set(name, value)

    def enable(self, on: bool) -> None:
        """Let all be changed, or none."""
        for name in ALL:
            self._of(name).enabled = on

    def showView(self) -> None:
        """Name the view that the angles are, to the tenth of a degree that is shown; none where it is not usual."""
        angles = self._of(STANDS["primary_deg"]).value, self._of(STANDS["secondary_deg"]).value
        number = -1
        for index, view in enumerate(viewWords()):
            primary, secondary = STANDARD_VIEWS[view]
            if abs((angles[0] - primary + 180) % 360 - 180) < 0.05 and abs(angles[1] - secondary) < 0.05:
                number = index
        if self._of(VIEW).currentIndex != number:
            self._set(VIEW, number)

    def nameOfView(self) -> str:
        """What ``showView`` named, empty where it is none of the usual."""
        return str(self._of(VIEW).currentText) if int(self._of(VIEW).currentIndex) >= 0 else ""

    def _of(self, name: str) -> Any:
        return getattr(self._ui, name)

    def _set(self, name: str, value: float) -> None:
        widget = self._of(name)
        if name in (GRID, VIEW):
            quietly(widget, lambda: widget.setCurrentIndex(int(value)))
        elif name == STANDS["pixels"]:
            quietly(widget, lambda: widget.setValue(int(value)))
        else:
            quietly(widget, lambda: widget.setValue(float(value)))


def viewWords() -> dict[str, str]:
    """The usual views, by their names in the library."""
    return {
        "ap": _("Front to back (AP)"),
        "pa": _("Back to front (PA)"),
        "lateral": _("Lateral"),
        "inlet": _("Inlet"),
        "outlet": _("Outlet"),
        "obturator oblique right": _("Obturator oblique, right"),
        "obturator oblique left": _("Obturator oblique, left"),
    }
