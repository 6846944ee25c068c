"""Behaviour of the widgets that only know the scene: bases of others, and numbers with a unit."""

from __future__ import annotations

from PySide6 import QtCore

from .observing import SceneHolder
from .tables import behaviour


@behaviour
class qMRMLWidget(SceneHolder):
    """A widget that knows the scene."""

    def mrmlScene(self):
        return self._scene


@behaviour
class qSlicerWidget(SceneHolder):
    """A widget that knows the scene and hands it on."""


class _Quantity(SceneHolder):
    """A number with a unit from the scene: here the widget's own suffix stays."""

    _stored = {"quantity": "", "unitAwareProperties": 0x7}

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        self._scene = scene


@behaviour
class qMRMLSliderWidget(_Quantity):
    _stored = {"quantity": "", "unitAwareProperties": 0x7, "orientation": QtCore.Qt.Orientation.Horizontal}


@behaviour
class qMRMLSpinBox(_Quantity):
    _stored = _Quantity._stored


@behaviour
class qMRMLRangeWidget(SceneHolder):
    _stored = {"quantity": ""}

    def setMRMLScene(self, scene) -> None:
        self._scene = scene

    def _get_mrmlScene(self):
        return self._scene
