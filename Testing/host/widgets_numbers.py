"""Behaviour of ctk's widgets for one number: spin box, slider, slider with spin box."""

from __future__ import annotations

import math

from PySide6 import QtCore, QtWidgets

from .tables import behaviour, emit, row

_STEPS = 10000  # a slider's positions are whole numbers: so many lie between its ends


def limited(value: float, minimum: float, maximum: float) -> float:
    return min(max(value, minimum), maximum)


class _Slider:
    """A QSlider that speaks doubles: value, minimum, maximum, and the steps of mouse and keys."""

    def __init__(self, widget: QtWidgets.QWidget, orientation=QtCore.Qt.Orientation.Horizontal) -> None:
        self.slider = QtWidgets.QSlider(orientation, widget)
        self.slider.setRange(0, _STEPS)
        self.minimum, self.maximum = 0.0, 99.0

    def show(self, value: float, step: float) -> None:
        """Put the handle where `value` is, without a signal."""
        width = self.maximum - self.minimum
        blocked = self.slider.blockSignals(True)
        if width > 0 and math.isfinite(width):
            self.slider.setSingleStep(max(1, round(step / width * _STEPS)))
            self.slider.setValue(round((value - self.minimum) / width * _STEPS))
        self.slider.blockSignals(blocked)

    def value_at(self, position: int, step: float) -> float:
        """Return the value of a position of the handle: a whole number of steps from the minimum."""
        value = self.minimum + position / _STEPS * (self.maximum - self.minimum)
        if step > 0:
            value = self.minimum + round((value - self.minimum) / step) * step
        return limited(value, self.minimum, self.maximum)


class _Bounded:
    """A value between a minimum and a maximum, as properties; `_changed(value)` says so, `_show()` draws it."""

    def _bound(self, value: float = 0.0, minimum: float = 0.0, maximum: float = 99.0) -> None:
        self._value, self._minimum, self._maximum, self._step = value, minimum, maximum, 1.0

    def _get_value(self) -> float:
        return self._value

    def _set_value(self, value: float) -> None:
        value = limited(value, self._minimum, self._maximum)
        if value != self._value:
            self._value = value
            self._show()
            self._changed(value)

    def _get_minimum(self) -> float:
        return self._minimum

    def _set_minimum(self, minimum: float) -> None:
        self._minimum, self._maximum = minimum, max(minimum, self._maximum)
        self._fit()

    def _get_maximum(self) -> float:
        return self._maximum

    def _set_maximum(self, maximum: float) -> None:
        self._minimum, self._maximum = min(maximum, self._minimum), maximum
        self._fit()

    def _fit(self) -> None:
        self._show()
        self._set_value(self._value)

    def _get_singleStep(self) -> float:
        return self._step

    def _set_singleStep(self, step: float) -> None:
        self._step = step
        self._show()

    def setValue(self, value: float) -> None:
        self._set_value(float(value))


class _SpinBoxLook:
    """Prefix, suffix and decimals of the spin box inside."""

    def _get_prefix(self) -> str:
        return self._spin.prefix

    def _set_prefix(self, prefix: str) -> None:
        self._spin.setPrefix(prefix)

    def _get_suffix(self) -> str:
        return self._spin.suffix

    def _set_suffix(self, suffix: str) -> None:
        self._spin.setSuffix(suffix)

    def _get_decimals(self) -> int:
        return self._spin.decimals

    def _set_decimals(self, decimals: int) -> None:
        blocked = self._spin.blockSignals(True)  # rounding what is shown does not change the value
        self._spin.setDecimals(decimals)
        self._spin.blockSignals(blocked)
        self._show()
        emit(self, "decimalsChanged", decimals)

    def setDecimals(self, decimals: int) -> None:
        self._set_decimals(decimals)

    def _draw_spin(self) -> None:
        blocked = self._spin.blockSignals(True)
        self._spin.setRange(max(self._minimum, -1e300), min(self._maximum, 1e300))
        self._spin.setSingleStep(self._step)
        self._spin.setValue(self._value)
        self._spin.blockSignals(blocked)


@behaviour
class ctkDoubleSpinBox(_Bounded, _SpinBoxLook):
    """A spin box whose value is not rounded to what it shows."""

    _stored = {"invertedControls": False, "sizeHintPolicy": 0, "setMode": 1, "decimalsOption": 1, "frame": True}
    _stored |= {"alignment": QtCore.Qt.AlignmentFlag.AlignLeft}

    def _setup(self) -> None:
        self._spin = QtWidgets.QDoubleSpinBox(self)
        self._bound(0.0, 0.0, 99.99)
        row(self, self._spin)
        self._spin.valueChanged.connect(self._set_value)
        self._spin.editingFinished.connect(lambda: emit(self, "editingFinished"))

    def _show(self) -> None:
        self._draw_spin()

    def _changed(self, value: float) -> None:
        emit(self, "valueChanged", value)

    def _get_cleanText(self) -> str:
        return self._spin.cleanText

    def _get_isSettingValue(self) -> bool:
        return False

    def _get_readOnly(self) -> bool:
        return self._spin.readOnly

    def _set_readOnly(self, readOnly: bool) -> None:
        self._spin.setReadOnly(readOnly)

    def setValueIfDifferent(self, value: float) -> None:
        self._set_value(float(value))

    def setValueAlways(self, value: float) -> None:
        before = self._value
        self._set_value(float(value))
        if self._value == before:
            self._changed(before)

    def stepUp(self) -> None:
        self._set_value(self._value + self._step)

    def stepDown(self) -> None:
        self._set_value(self._value - self._step)


@behaviour
class ctkDoubleSlider(_Bounded):
    """A slider of doubles."""

    _stored = {"handleToolTip": "", "invertedAppearance": False, "invertedControls": False, "pageStep": 10.0}
    _stored |= {"tickInterval": 0.0, "tickPosition": 0, "tracking": True}

    def _setup(self) -> None:
        self._handle = _Slider(self)
        self._bound()
        row(self, self._handle.slider)
        self._handle.slider.valueChanged.connect(self._moved)
        self._handle.slider.sliderPressed.connect(lambda: emit(self, "sliderPressed"))
        self._handle.slider.sliderReleased.connect(self._released)

    def _show(self) -> None:
        ends = (self._minimum, self._maximum)
        changed = ends != (self._handle.minimum, self._handle.maximum)
        self._handle.minimum, self._handle.maximum = ends
        self._handle.show(self._value, self._step)
        if changed:
            emit(self, "rangeChanged", *ends)

    def _changed(self, value: float) -> None:
        emit(self, "valueChanged", value)

    def _moved(self, position: int) -> None:
        value = self._handle.value_at(position, self._step)
        emit(self, "sliderMoved", value)
        if self._kept["tracking"] or not self._handle.slider.isSliderDown():
            self._set_value(value)

    def _released(self) -> None:
        self._set_value(self._handle.value_at(self._handle.slider.value, self._step))
        emit(self, "sliderReleased")

    def _get_sliderPosition(self) -> float:
        return self._handle.value_at(self._handle.slider.sliderPosition, 0)

    def _set_sliderPosition(self, position: float) -> None:
        self._set_value(position)

    def _get_orientation(self):
        return self._handle.slider.orientation

    def _set_orientation(self, orientation) -> None:
        self._handle.slider.setOrientation(QtCore.Qt.Orientation(orientation))


@behaviour
class ctkSliderWidget(_Bounded, _SpinBoxLook):
    """A slider of doubles with its spin box: without tracking the value follows when the handle is let go."""

    _stored = {"invertedAppearance": False, "invertedControls": False, "pageStep": 10.0, "popupSlider": False}
    _stored |= {"synchronizeSiblings": 0, "tickInterval": 0.0, "tickPosition": 0, "tracking": True}
    _stored |= {"spinBoxAlignment": QtCore.Qt.AlignmentFlag.AlignRight}

    def _setup(self) -> None:
        self._handle, self._spin = _Slider(self), QtWidgets.QDoubleSpinBox(self)
        self._bound()
        row(self, self._handle.slider, self._spin).setStretch(0, 1)
        self._handle.slider.valueChanged.connect(self._moved)
        self._handle.slider.sliderReleased.connect(
            lambda: self._set_value(self._handle.value_at(self._handle.slider.value, self._step))
        )
        self._spin.valueChanged.connect(self._set_value)
        self._show()

    def _show(self) -> None:
        self._handle.minimum, self._handle.maximum = self._minimum, self._maximum
        self._handle.show(self._value, self._step)
        self._draw_spin()

    def _changed(self, value: float) -> None:
        emit(self, "valueIsChanging", value)
        emit(self, "valueChanged", value)

    def _moved(self, position: int) -> None:
        value = self._handle.value_at(position, self._step)
        if self._kept["tracking"] or not self._handle.slider.isSliderDown():
            self._set_value(value)
        else:
            emit(self, "valueIsChanging", value)

    def _get_spinBoxVisible(self) -> bool:
        return not self._spin.isHidden()

    def _set_spinBoxVisible(self, visible: bool) -> None:
        self._spin.setVisible(visible)

    def reset(self) -> None:
        self._set_value(0.0)
