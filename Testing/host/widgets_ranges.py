"""Behaviour of ctk's widgets for several numbers: ranges, coordinates."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from .tables import behaviour, emit, row
from .widgets_numbers import limited


class _Range:
    """Two values in order between a minimum and a maximum."""

    def _range(self, low: float, high: float) -> None:
        self._minimum, self._maximum, self._step = 0.0, 99.0, 1.0
        self._low, self._high = low, high

    def _get_minimum(self) -> float:
        return self._minimum

    def _set_minimum(self, minimum: float) -> None:
        self.setRange(minimum, max(minimum, self._maximum))

    def _get_maximum(self) -> float:
        return self._maximum

    def _set_maximum(self, maximum: float) -> None:
        self.setRange(min(maximum, self._minimum), maximum)

    def setRange(self, minimum: float, maximum: float) -> None:
        changed = (minimum, maximum) != (self._minimum, self._maximum)
        self._minimum, self._maximum = float(minimum), float(maximum)
        if changed:
            emit(self, "rangeChanged", self._minimum, self._maximum)
        self.setValues(self._low, self._high)

    def _get_minimumValue(self) -> float:
        return self._low

    def _set_minimumValue(self, value: float) -> None:
        self.setValues(value, max(value, self._high))

    def setMinimumValue(self, value: float) -> None:
        self._set_minimumValue(float(value))

    def _get_maximumValue(self) -> float:
        return self._high

    def _set_maximumValue(self, value: float) -> None:
        self.setValues(min(value, self._low), value)

    def setMaximumValue(self, value: float) -> None:
        self._set_maximumValue(float(value))

    def _get_singleStep(self) -> float:
        return self._step

    def _set_singleStep(self, step: float) -> None:
        self._step = step
        self._show()

    def setValues(self, low: float, high: float) -> None:
        low = limited(float(low), self._minimum, self._maximum)
        high = limited(float(high), low, self._maximum)
        before, (self._low, self._high) = (self._low, self._high), (low, high)
        self._show()
        if low != before[0]:
            emit(self, "minimumValueChanged", low)
        if high != before[1]:
            emit(self, "maximumValueChanged", high)
        if (low, high) != before:
            emit(self, "valuesChanged", low, high)


@behaviour
class ctkRangeWidget(_Range):
    """Two spin boxes for a range."""

    _stored = {"autoSpinBoxWidth": True, "symmetricMoves": False, "tickInterval": 0.0, "tracking": True}
    _stored |= {"spinBoxAlignment": QtCore.Qt.AlignmentFlag.AlignVCenter, "spinBoxTextAlignment": 1}

    def _setup(self) -> None:
        self._range(0.0, 99.0)
        self._spins = QtWidgets.QDoubleSpinBox(self), QtWidgets.QDoubleSpinBox(self)
        row(self, *self._spins)
        self._spins[0].valueChanged.connect(self._set_minimumValue)
        self._spins[1].valueChanged.connect(self._set_maximumValue)
        self._show()

    def _show(self) -> None:
        for spin, value in zip(self._spins, (self._low, self._high), strict=True):
            spin.blockSignals(True)
            spin.setRange(self._minimum, self._maximum)
            spin.setSingleStep(self._step)
            spin.setValue(value)
            spin.blockSignals(False)

    def _get_decimals(self) -> int:
        return self._spins[0].decimals

    def _set_decimals(self, decimals: int) -> None:
        for spin in self._spins:
            spin.blockSignals(True)
            spin.setDecimals(decimals)
            spin.blockSignals(False)
        self._show()

    def _get_prefix(self) -> str:
        return self._spins[0].prefix

    def _set_prefix(self, prefix: str) -> None:
        for spin in self._spins:
            spin.setPrefix(prefix)

    def _get_suffix(self) -> str:
        return self._spins[0].suffix

    def _set_suffix(self, suffix: str) -> None:
        for spin in self._spins:
            spin.setSuffix(suffix)

    def reset(self) -> None:
        self.setValues(self._minimum, self._maximum)


@behaviour
class ctkDoubleRangeSlider(_Range):
    """A slider with two handles: here the values only."""

    _stored = {"symmetricMoves": False, "tickInterval": 0.0, "tickPosition": 0, "tracking": True, "orientation": 1}

    def _setup(self) -> None:
        self._range(0.0, 99.0)

    def _show(self) -> None:
        self.update()


@behaviour
class ctkCoordinatesWidget:
    """Spin boxes for the coordinates of a point."""

    _stored = {"decimalsOption": 1, "frame": True, "normalized": False, "sizeHintPolicy": 0}

    def _setup(self) -> None:
        self._spins, self._minimum, self._maximum = [], -100000.0, 100000.0
        self._decimals, self._step, self._readOnly = 3, 1.0, False
        row(self)
        self._set_dimension(3)

    def _get_dimension(self) -> int:
        return len(self._spins)

    def _set_dimension(self, dimension: int) -> None:
        while len(self._spins) > dimension:
            self._spins.pop().deleteLater()
        while len(self._spins) < dimension:
            spin = QtWidgets.QDoubleSpinBox(self)
            self._spins.append(spin)
            self.layout().addWidget(spin)
            spin.valueChanged.connect(self._changed)
        self._show()

    def _show(self) -> None:
        for spin in self._spins:
            blocked = spin.blockSignals(True)
            spin.setDecimals(self._decimals)
            spin.setRange(self._minimum, self._maximum)
            spin.setSingleStep(self._step)
            spin.setReadOnly(self._readOnly)
            spin.blockSignals(blocked)

    def _changed(self) -> None:
        values = [spin.value for spin in self._spins]
        emit(self, "coordinatesChanged", *(values + [0.0] * 4)[:4])
        emit(self, "coordinatesChanged", values)

    def _get_coordinates(self) -> str:
        return ",".join(f"{spin.value:.{self._decimals}f}" for spin in self._spins)

    def _set_coordinates(self, text: str) -> None:
        self.setCoordinates(*(float(part) for part in text.split(",")))

    def setCoordinates(self, *values: float) -> None:
        for spin, value in zip(self._spins, values, strict=False):
            blocked = spin.blockSignals(True)
            spin.setValue(float(value))
            spin.blockSignals(blocked)
        self._changed()

    def getCoordinate(self, dimension: int) -> float:
        return self._spins[dimension].value

    def _get_decimals(self) -> int:
        return self._decimals

    def _set_decimals(self, decimals: int) -> None:
        self._decimals = decimals
        self._show()

    def _get_minimum(self) -> float:
        return self._minimum

    def _set_minimum(self, minimum: float) -> None:
        self._minimum = minimum
        self._show()

    def _get_maximum(self) -> float:
        return self._maximum

    def _set_maximum(self, maximum: float) -> None:
        self._maximum = maximum
        self._show()

    def _get_singleStep(self) -> float:
        return self._step

    def _set_singleStep(self, step: float) -> None:
        self._step = step
        self._show()

    def _get_readOnly(self) -> bool:
        return self._readOnly

    def _set_readOnly(self, readOnly: bool) -> None:
        self._readOnly = readOnly
        self._show()
