"""The geometry of the selected X-ray: typed in, from DICOM tags or a calibration file; each value with its origin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import qt
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationScene import inputs
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .geometrySketch import drawGeometry
from .geometryWords import explanationOf, originOf, unusualOf, withTyped
from .section import Section, quietly
from .sentences import asSentence, spoken

if TYPE_CHECKING:
    from .section import Panel


NAMES = ("source_to_detector_mm", "pixel_spacing_mm", "principal_point_px", "rotation_deg", "mirrored")


class GeometrySection(Section):
    """The box *Geometry* of the section X-rays."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._drawn: tuple | None = None
        self._folded: str | None = ""  # whose box was folded or opened last; nobody's yet
        self.said = ""
        self.ui.fromDicomButton.connect("clicked(bool)", self.onFromDicom)
        self.ui.loadCalibrationButton.connect("clicked(bool)", self.onLoadCalibration)
        self.ui.sourceToDetectorSpinBox.connect("valueChanged(double)", self.onDistanceTyped)
        for spinBox in (self.ui.columnSpacingSpinBox, self.ui.rowSpacingSpinBox):
            spinBox.connect("valueChanged(double)", self.onSpacingTyped)
        for spinBox in (self.ui.principalColumnSpinBox, self.ui.principalRowSpinBox):
            spinBox.connect("valueChanged(double)", self.onPrincipalPointTyped)
        self.ui.rotationComboBox.connect("currentIndexChanged(int)", lambda index: self.typed(turns=int(index)))
        self.ui.mirroredComboBox.connect("currentIndexChanged(int)", lambda index: self.typed(isMirrored=index == 1))
        self.ui.polarityComboBox.connect("currentIndexChanged(int)", self.onPolarityChosen)

    # Showing

    def update(self) -> None:
        """The geometry of the selected X-ray, where it is another one than is shown."""
        xrays = self.panel.xrays
        if self.parameters is None or any(node is None for node in xrays.nodes):
            return
        row = xrays.selected
        self.ui.geometryGroupBox.enabled = row is not None and self.panel.jobs.name is None
        geometry = xrays.geometry(row) if row is not None else None
        identity = None if row is None else xrays.nodes[row].GetID()
        if identity != self._folded:
            self._folded = identity  # where everything is known there is nothing to do here
            self.ui.geometryGroupBox.collapsed = geometry is None or not geometry.missing
        size = inputs.imageSize(xrays.nodes[row]) if row is not None else None
        drawn = (geometry_to_text(geometry) if geometry is not None else None, size, self.said)
        if drawn != self._drawn:
            self._drawn = drawn
            self._showValues(geometry or XrayGeometry(), size)
            self._showOrigins(geometry)
            self._showNotes(geometry, size)
            drawGeometry(self.ui.geometrySketchLabel, geometry, size)

    def _showValues(self, known: XrayGeometry, size: tuple[int, int] | None) -> None:
        spacing = known.value("pixel_spacing_mm") or (0.0, 0.0)
        center = known.value("principal_point_px") or (((size[0] - 1) / 2, (size[1] - 1) / 2) if size else (0.0, 0.0))
        values = (
            (self.ui.sourceToDetectorSpinBox, known.value("source_to_detector_mm") or 0.0),
            (self.ui.columnSpacingSpinBox, spacing[0]),
            (self.ui.rowSpacingSpinBox, spacing[1]),
            (self.ui.principalColumnSpinBox, center[0]),
            (self.ui.principalRowSpinBox, center[1]),
        )
        for spinBox, value in values:
            quietly(spinBox, partial(spinBox.setValue, float(value)))
        polarity = {None: 0, True: 1, False: 2}[known.settled_polarity]
        indices = (
            (self.ui.rotationComboBox, known.turns),
            (self.ui.mirroredComboBox, int(known.is_mirrored)),
            (self.ui.polarityComboBox, polarity),
        )
        for comboBox, index in indices:
            quietly(comboBox, partial(comboBox.setCurrentIndex, int(index)))

    def _showOrigins(self, geometry: XrayGeometry | None) -> None:
        """Where each value is from."""
        labels = (
            self.ui.sourceToDetectorOriginLabel,
            self.ui.pixelSpacingOriginLabel,
            self.ui.principalPointOriginLabel,
            self.ui.rotationOriginLabel,
            self.ui.mirroredOriginLabel,
        )
        for label, name in zip(labels, NAMES, strict=True):
            label.text = originOf(geometry, name) if geometry is not None else ""
            label.toolTip = explanationOf(geometry, name) if geometry is not None else ""

    def _showNotes(self, geometry: XrayGeometry | None, size: tuple[int, int] | None) -> None:
        """What is to be said of the values: what was read wrongly or left out, and what is remarkable."""
        notes = [self.said] if self.said else []
        if geometry is not None and geometry.camera_matrix is not None:
            notes.append(_("The exact camera matrix of the file is used; typing a value replaces it."))
        if geometry is not None:
            try:
                unusual = unusualOf(geometry, size, _("This geometry"))
            except InputProblem as problem:
                unusual = (spoken(str(problem)),)
            notes += [asSentence(note) for note in unusual if note not in geometry.notes]
            notes += [spoken(note) for note in geometry.notes]
        self.ui.geometryNotesLabel.text = "\n".join(notes)

    # What the user does

    def typed(self, **values: Any) -> None:
        """The user gave values of the selected X-ray."""
        row = self.panel.xrays.selected
        if row is not None:
            self.said = ""
            self.panel.xrays.change(row, withTyped(self.panel.xrays.geometry(row), **values))
            self.panel.views.showXrays(onlyRows=[row])

    def onDistanceTyped(self, value: Any) -> None:
        """Source-to-detector distance; 0 means unknown."""
        self.typed(sourceToDetectorMm=float(value) or None)

    def onSpacingTyped(self, _value: float) -> None:
        """Pixel spacing: the first of the two that is typed counts for both."""
        column, row = float(self.ui.columnSpacingSpinBox.value), float(self.ui.rowSpacingSpinBox.value)
        column, row = column or row, row or column
        self.typed(pixelSpacingMm=(column, row) if column and row else None)

    def onPrincipalPointTyped(self, _value: float) -> None:
        """Principal point."""
        self.typed(principalPointPx=(float(self.ui.principalColumnSpinBox.value), float(self.ui.principalRowSpinBox.value)))

    def onPolarityChosen(self, index: int) -> None:
        """Whether bone is bright."""
        self.typed(boneIsBright={0: None, 1: True, 2: False}[int(index)])

    def onFromDicom(self, _checked: bool = False) -> None:
        """Read the tags again."""
        self._read(self.logic.geometryFromDicom)

    def onLoadCalibration(self, _checked: bool = False) -> None:
        """Ask for camera files and read them."""
        filters = _("Camera files (*.json *.txt *.yaml *.yml *.xml);;All files (*)")
        paths = qt.QFileDialog.getOpenFileNames(self.panel.parent, _("Load calibration"), "", filters)
        if len(paths) > 1:
            self.loadCalibrations([str(path) for path in paths])
        elif paths:
            self.loadCalibration(str(paths[0]))

    def loadCalibration(self, path: str) -> None:
        """Read a camera file for the selected X-ray."""
        self._read(lambda node: self.logic.geometryFromFile(path, node))

    def loadCalibrations(self, paths: Sequence[str]) -> None:
        """Read camera files, each for the X-ray whose name it has."""
        from RayEmbRegistrationLib.application import camera_of

        left = []
        for row, node in enumerate(self.panel.xrays.nodes):
            geometry, _file, note = camera_of(node.GetName(), inputs.imageSize(node), paths)
            if geometry is not None:
                self.panel.xrays.change(row, geometry)
            else:
                left.append(note or _("no file has the name of {name}").format(name=node.GetName()))
        words = _("{problems}; select the X-ray and load its file alone.").format(problems="; ".join(left))
        self.said = words[:1].upper() + words[1:] if left else ""
        self.panel.views.showXrays()
        self.update()

    def _read(self, read: Callable[[Node], XrayGeometry]) -> None:
        row = self.panel.xrays.selected
        if row is None:
            return
        try:
            geometry, self.said = read(self.panel.xrays.nodes[row]), ""
        except (ValueError, InstallError) as error:
            self.said = spoken(str(error))
            self.update()
            return
        self.panel.xrays.change(row, geometry)
        self.panel.views.showXrays(onlyRows=[row])

    # The scene

    def parametersReplaced(self) -> None:
        """Draw anew."""
        self._drawn, self._folded = None, ""
        self.said = ""
