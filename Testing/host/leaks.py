"""What is left behind: nodes that a closed scene should not have, observers that somebody should have removed."""

from __future__ import annotations

import re

import slicer
import slicer.util


def node_identifiers(scene) -> set[str]:
    """Return class, ID and name of every node."""
    nodes = (scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes()))
    own = (node for node in nodes if not of_slicer_itself(scene, node))
    return {f"{node.GetClassName()} {node.GetID()} {node.GetName()}" for node in own}


def of_slicer_itself(scene, node) -> bool:
    """Whether a node belongs to a view or is the tree of them all: closing the scene keeps or makes those anew."""
    kept = ("vtkMRMLAbstractViewNode", "vtkMRMLSliceCompositeNode", "vtkMRMLSliceDisplayNode", "vtkMRMLCameraNode")
    if node.IsA("vtkMRMLScriptedModuleNode") and node.GetSingletonTag():
        return True  # a module's parameter node
    if any(node.IsA(className) for className in (*kept, "vtkMRMLSubjectHierarchyNode")):
        return True
    names = {view.GetLayoutName() for view in slicer.util.getNodesByClass("vtkMRMLSliceNode", scene)}
    own = "|".join(re.escape(name) for name in names if name)
    # Two slice logics of one view, as where two tests open it, number their nodes.
    return re.fullmatch(f"({own}) (.* )?(Slice|Transform)(_[0-9]+)?", node.GetName() or "") is not None


def counted_observers(scene) -> int:
    """Return the number of observers of the scene itself: VTK prints them, and offers no other way to count them."""
    return str(scene).split("Registered node classes")[0].count("vtkObserver (")
