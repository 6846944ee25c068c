"""Observers of MRML nodes and scenes that last as long as the widget they serve."""

from __future__ import annotations

import weakref

import shiboken6
import slicer
import vtk

from .tables import emit


def observe(widget, subject, event, method: str) -> int:
    """Call `widget.method(subject, argument)` on an event of `subject`, for as long as the widget lives."""
    reference = weakref.ref(widget)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def with_object(caller, name, argument) -> None:
        owner = reference()
        if owner is not None and shiboken6.isValid(owner):
            getattr(owner, method)(caller, argument)

    def without(caller, name) -> None:
        owner = reference()
        if owner is not None and shiboken6.isValid(owner):
            getattr(owner, method)(caller, None)

    carries = event in (slicer.vtkMRMLScene.NodeAddedEvent, slicer.vtkMRMLScene.NodeRemovedEvent)
    return subject.AddObserver(event, with_object if carries else without)


class Observing:
    """Observers that a widget lets go of when it is destroyed."""

    def _observe(self, subject, event, method: str) -> None:
        if not hasattr(self, "_observed"):
            observed = self._observed = []
            self.destroyed.connect(lambda: _release(observed))
        self._observed.append((subject, observe(self, subject, event, method)))

    def _leave_with_scene(self, node, method: str) -> None:
        """Call `self.method(None)` when `node` is removed from its scene: a widget keeps no node alive."""
        if node is not None and node.GetScene() is not None:
            self._leaving = node, method
            self._observe(node.GetScene(), slicer.vtkMRMLScene.NodeRemovedEvent, "_removed")

    def _removed(self, scene, node) -> None:
        leaving, method = self._leaving
        if node is leaving:
            self._leaving = None, method
            getattr(self, method)(None)

    def _unobserve(self, subject=None) -> None:
        observed = getattr(self, "_observed", [])
        for entry in list(observed):
            if subject is None or entry[0] is subject:
                entry[0].RemoveObserver(entry[1])
                observed.remove(entry)


def _release(observed: list) -> None:
    for subject, tag in observed:
        subject.RemoveObserver(tag)
    observed.clear()


class SceneHolder(Observing):
    _scene = None

    def setMRMLScene(self, scene) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        self._scene_set(scene)
        emit(self, "mrmlSceneChanged", scene)

    def _scene_set(self, scene) -> None:
        """Take the new scene in; widgets that show nodes override it."""
