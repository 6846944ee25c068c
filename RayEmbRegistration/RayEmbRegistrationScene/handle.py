"""The small node that stands for one registration: it refers to the nodes that show it, and keeps a few numbers as text.

Everything is found again through it, so that registrations do not mix and all of it survives in a saved scene. Roles of
views read ``View1.Pose``; roles that begin with ``Input`` are the user's own nodes, never changed and never removed.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import slicer

from . import folder
from .nodes import Handle, Node

KIND = "RayEmbRegistration.Kind"
INPUT = "Input"
HIDDEN = ("vtkMRMLVolumeNode", "vtkMRMLMarkupsNode")
"""Classes whose own nodes no selector offers: a DRR is nobody's CT or X-ray, a detected landmark is nobody's plan. What
a user goes on with, as points and tools from X-rays, is offered."""
MOST_PARSED = 64
"""Texts whose content is kept: every move of a pose asks for them again; chosen: more than a registration's views keep."""


def createRegistration(name: str = "RayEmb registration") -> Handle:
    """A new, empty registration: its handle, a vtkMRMLScriptedModuleNode."""
    scene = slicer.mrmlScene
    used = {slotOf(other) for other in registrations()}
    handle = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", scene.GenerateUniqueName(name))
    handle.SetModuleName("RayEmbRegistrationScene")  # not the module's parameter node
    handle.SetAttribute(KIND, "Registration")
    setRecord(handle, "Slot", next(n for n in range(len(used) + 1) if n not in used))
    return handle


def registrations() -> list:
    """The handles of all registrations in the scene, oldest first."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode")
    return [node for node in nodes if node.GetAttribute(KIND) == "Registration"]


def makers() -> list:
    """The handles of all that this module made in the scene: registrations, and the virtual C-arm."""
    return [node for node in slicer.util.getNodesByClass("vtkMRMLScriptedModuleNode") if node.GetAttribute(KIND)]


def isAlive(handle: Handle) -> bool:
    """Whether the registration is still in the scene (the user may have closed it meanwhile)."""
    return handle is not None and handle.GetScene() is not None and handle.GetScene() == slicer.mrmlScene


def slotOf(handle: Handle) -> int:
    """A number that no other registration in the scene has."""
    return int(record(handle, "Slot", 0))


def viewRole(viewIndex: int, thing: str) -> str:
    """The role of something of one X-ray, counted from 0: ``View1.Pose``."""
    return f"View{viewIndex + 1}.{thing}"


def nodeOf(handle: Handle, role: str) -> Node | None:
    """The node in a role, or None where there is none (any more)."""
    return handle.GetNodeReference(role) if isAlive(handle) else None


def ensureNode(handle: Handle, role: str, className: str, label: str, isOffered: bool = False) -> tuple[Node, bool]:
    """The node in a role, made where it is missing (or of another class); and whether its display is to be made.

    A new node's display is for the caller to set up; that of an existing one is left as the user set it. Selectors offer a
    volume or markups of ours only where ``isOffered``.
    """
    node = nodeOf(handle, role)
    if node is not None and node.GetClassName() == className:
        lost = node.IsA("vtkMRMLDisplayableNode") and node.GetDisplayNode() is None  # the user deleted the display alone
        return node, lost
    if node is not None:
        removeNode(node)
    node = slicer.mrmlScene.AddNewNodeByClass(className, f"{handle.GetName()} - {label}")
    node.SetHideFromEditors(isHiddenWhereOwn(node) and not isOffered)
    handle.SetNodeReferenceID(role, node.GetID())
    folder.add(handle, node)
    return node, True


def isHiddenWhereOwn(node: Node) -> bool:
    """Whether selectors must not offer a node if this module made it."""
    return any(node.IsA(className) for className in HIDDEN)


def setInput(handle: Handle, role: str, node: Node) -> None:
    """Refer to a node of the user's."""
    handle.SetNodeReferenceID(role, node.GetID() if node is not None else None)


def roles(handle: Handle) -> list[str]:
    """All roles that have a node."""
    names = [handle.GetNthNodeReferenceRole(n) for n in range(handle.GetNumberOfNodeReferenceRoles())]
    return [name for name in names if handle.GetNodeReference(name) is not None]


def isInput(role: str) -> bool:
    """Whether the role is that of a node of the user's."""
    return role.rpartition(".")[2].startswith(INPUT)


def ownNodes(handle: Handle, prefix: str = "") -> dict[str, Node]:
    """Role to node of everything made for this registration, or of the roles that begin with a prefix."""
    return {role: handle.GetNodeReference(role) for role in roles(handle) if role.startswith(prefix) and not isInput(role)}


def removeRole(handle: Handle, role: str) -> None:
    """Take what is in a role out of the scene; nothing happens where it is gone already."""
    node = nodeOf(handle, role)
    if node is not None:
        removeNode(node)
        handle.SetNodeReferenceID(role, None)


def forgetRecords(handle: Handle, prefix: str) -> None:
    """Forget everything kept under keys that begin with a prefix."""
    for key in handle.GetParameterNames():
        if key.startswith(prefix):
            handle.UnsetParameter(key)


def removeNode(node: Node) -> None:
    """Take a node out of the scene, with its display and storage nodes."""
    scene = slicer.mrmlScene
    companions = []
    if node.IsA("vtkMRMLDisplayableNode"):
        companions += [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    if node.IsA("vtkMRMLStorableNode"):
        companions += [node.GetNthStorageNode(n) for n in range(node.GetNumberOfStorageNodes())]
    folder.forget(node)
    scene.RemoveNode(node)
    for companion in companions:
        if companion is not None and companion.GetScene() == scene:
            scene.RemoveNode(companion)


def removeRegistration(handle: Handle) -> None:
    """Take a registration out of the scene, with everything made for it; the user's nodes stay."""
    if not isAlive(handle):
        return
    place = folder.find(handle)
    for role in list(ownNodes(handle)):
        removeRole(handle, role)
    folder.remove(place)
    slicer.mrmlScene.RemoveNode(handle)


def record(handle: Handle, key: str, default: Any = None) -> Any:
    """What was kept under a key: numbers, text, lists of them."""
    text = handle.GetParameter(key) if isAlive(handle) else ""
    return json.loads(text) if text else default


def readRecord(handle: Handle, key: str) -> Any:
    """As ``record``, for those who ask again and again and change nothing of what they get."""
    text = handle.GetParameter(key) if isAlive(handle) else ""
    return _parsed(text) if text else None


@lru_cache(MOST_PARSED)
def _parsed(text: str) -> Any:
    return json.loads(text)


def setRecord(handle: Handle, key: str, value: object) -> None:
    """Keep numbers or text in the scene; None forgets them."""
    if value is None:
        handle.UnsetParameter(key)
    else:
        handle.SetParameter(key, json.dumps(value))
