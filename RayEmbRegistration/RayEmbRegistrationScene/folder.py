"""One folder of the subject hierarchy for everything of a registration."""

from __future__ import annotations

import slicer

from .nodes import Handle, Node

MARK = "RayEmbRegistration.Folder"


def find(handle: Handle) -> int:
    """The folder's item, or 0: the marked folder that holds any of the registration's nodes."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    for number in range(handle.GetNumberOfNodeReferenceRoles()):
        node = handle.GetNodeReference(handle.GetNthNodeReferenceRole(number))
        if node is None:
            continue
        item = hierarchy.GetItemByDataNode(node)
        place = hierarchy.GetItemParent(item) if item else 0
        if place and hierarchy.GetItemAttribute(place, MARK):
            return place
    return 0


def add(handle: Handle, node: Node) -> None:
    """Put a node into the registration's folder, which is made where it is missing."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    place = find(handle)
    if not place:
        place = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), handle.GetName())
        hierarchy.SetItemAttribute(place, MARK, "1")
    hierarchy.CreateItem(place, node)  # moves an item that exists


def forget(node: Node) -> None:
    """Take a node's item out of the hierarchy; without the application nothing else does."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
    if item:
        hierarchy.RemoveItem(item, False, False)


def remove(place: int) -> None:
    """Take away a folder, unless the user has put something of their own into it."""
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    if place and hierarchy is not None and not hierarchy.GetNumberOfItemChildren(place):
        hierarchy.RemoveItem(place)
