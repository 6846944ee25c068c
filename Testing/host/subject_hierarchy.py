"""What Slicer's subject hierarchy plugins do by themselves: one hierarchy a scene, an item for every node that comes.

Slicer does it in a Qt class (qSlicerSubjectHierarchyPluginLogic) that slicer-core lacks. Without it the hierarchy of a
loaded scene stays unresolved, and the display of its models waits for ever.
"""

from __future__ import annotations

import slicer
import vtk

SHOWN = (
    "vtkMRMLDisplayableNode",
    "vtkMRMLTransformNode",
    "vtkMRMLTableNode",
    "vtkMRMLTextNode",
    "vtkMRMLPlotChartNode",
    "vtkMRMLPlotSeriesNode",
    "vtkMRMLSequenceNode",
    "vtkMRMLSequenceBrowserNode",
    "vtkMRMLCameraNode",
)
BEFORE_OTHERS = 10.0


class AutomaticItems:
    """Keeps one resolved hierarchy in the scene, with an item for every node that Slicer shows in its tree."""

    def __init__(self, scene) -> None:
        self.scene = scene
        scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, self._on_added)
        scene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, self._on_removed)
        scene.AddObserver(slicer.vtkMRMLScene.EndImportEvent, self._complete, BEFORE_OTHERS)
        scene.AddObserver(slicer.vtkMRMLScene.EndBatchProcessEvent, self._resolve, BEFORE_OTHERS)
        scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, self._resolve)
        self._resolve()

    def _resolve(self, scene=None, event=None):
        return slicer.vtkMRMLSubjectHierarchyNode.ResolveSubjectHierarchy(self.scene)

    def _complete(self, scene=None, event=None) -> None:
        self._resolve()
        for index in range(self.scene.GetNumberOfNodes()):
            self._show(self.scene.GetNthNode(index))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_added(self, scene, event, node) -> None:
        if node.IsA("vtkMRMLSubjectHierarchyNode"):
            self._resolve()
        elif not scene.IsImporting():
            self._show(node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_removed(self, scene, event, node) -> None:
        if scene.IsClosing() or node.IsA("vtkMRMLSubjectHierarchyNode"):
            return
        hierarchy = scene.GetSubjectHierarchyNode()
        item = hierarchy.GetItemByDataNode(node) if hierarchy else 0
        if item:
            hierarchy.RemoveItem(item, False, False)

    def _show(self, node) -> None:
        if node.GetHideFromEditors() or not any(node.IsA(name) for name in SHOWN):
            return
        hierarchy = self.scene.GetSubjectHierarchyNode()
        if hierarchy and not hierarchy.GetItemByDataNode(node):
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
