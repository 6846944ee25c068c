"""What of the scene is a target: the operation's plan, drawn on every registered X-ray.

A target is a node of the user's with a mark, so that the choice belongs to the plan and not to one registration, survives
in a saved scene, and goes with the node. Any markup, model or segment in the CT's space can be one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import slicer

from .handle import isAlive, makers, ownNodes
from .nodes import Handle, Node
from .xrayBone import isGuess

TICKED, SEGMENTS, BONE = "RayEmbRegistration.Target", "RayEmbRegistration.TargetSegments", "RayEmbRegistration.TargetBones"
KINDS = {
    "vtkMRMLMarkupsFiducialNode": "points",
    "vtkMRMLMarkupsLineNode": "line",
    "vtkMRMLMarkupsCurveNode": "curve",
    "vtkMRMLMarkupsClosedCurveNode": "closed curve",
    "vtkMRMLMarkupsAngleNode": "angle",
    "vtkMRMLMarkupsPlaneNode": "plane",
    "vtkMRMLModelNode": "model",
    "vtkMRMLSegmentationNode": "segment",
}
WHOLE = ""
"""The bone of a target that goes with the CT as a whole."""


@dataclass(frozen=True, eq=False)
class Target:
    """A node, or one of its segments.

    Attributes:
        node: of the user's.
        segmentId: of a segmentation's segment; empty for other nodes.
    """

    node: Node
    segmentId: str = ""

    @property
    def key(self) -> str:
        """Text that no other target in the scene has."""
        return f"{self.node.GetID()} {self.segmentId}"

    @property
    def kind(self) -> str:
        """One of the values of KINDS."""
        return KINDS[self.node.GetClassName()]

    @property
    def name(self) -> str:
        """What to call it."""
        segment = self._segment()
        return str(self.node.GetName() if segment is None else segment.GetName())

    @property
    def color(self) -> tuple[float, float, float]:
        """Red, green and blue, 0 to 1, as the user set it."""
        segment, display = self._segment(), self.node.GetDisplayNode()
        if segment is not None:
            red, green, blue = segment.GetColor()
        elif display is None:
            red, green, blue = (1.0, 1.0, 0.0)
        else:
            red, green, blue = display.GetSelectedColor() if self.node.IsA("vtkMRMLMarkupsNode") else display.GetColor()
        return red, green, blue

    @property
    def isTicked(self) -> bool:
        """Whether it is drawn on the X-rays."""
        if self.segmentId:
            return self.segmentId in _listed(self.node, SEGMENTS)
        return self.node.GetAttribute(TICKED) == "1"

    def tick(self, on: bool) -> None:
        """Draw it on the X-rays, or not."""
        if not self.segmentId:
            self.node.SetAttribute(TICKED, "1" if on else None)
            return
        chosen = [one for one in _listed(self.node, SEGMENTS) if one != self.segmentId]
        chosen += [self.segmentId] if on else []
        self.node.SetAttribute(SEGMENTS, json.dumps(chosen) if chosen else None)

    @property
    def chosenBone(self) -> str | None:
        """Label of the bone that the user said it goes with, WHOLE for the CT; None where it is to be found out."""
        return _bones(self.node).get(self.segmentId)

    def chooseBone(self, label: str | None) -> None:
        """Say which bone it goes with."""
        bones = {key: value for key, value in _bones(self.node).items() if key != self.segmentId}
        if label is not None:
            bones[self.segmentId] = label
        self.node.SetAttribute(BONE, json.dumps(bones) if bones else None)

    def _segment(self) -> Node | None:
        return self.node.GetSegmentation().GetSegment(self.segmentId) if self.segmentId else None


def isOwn(node: Node) -> bool:
    """Whether this module made a node, for a registration or the virtual C-arm, or as a guess from an X-ray."""
    return isGuess(node) or any(node is own for handle in makers() for own in ownNodes(handle).values())


def candidates(but: Iterable[Node | None] = ()) -> list[Target]:
    """Everything in the scene that can be a target; what this module made, and some other nodes, left out."""
    left = {node.GetID() for handle in makers() for node in ownNodes(handle).values()}
    left |= {node.GetID() for node in but if node is not None}
    found: list[Target] = []
    for className in KINDS:
        for node in slicer.util.getNodesByClass(className):
            if node.GetClassName() != className or node.GetID() in left or node.GetHideFromEditors() or isGuess(node):
                continue
            segmentation = node.GetSegmentation() if className == "vtkMRMLSegmentationNode" else None
            if segmentation is None:
                found.append(Target(node))
                continue
            ids = [segmentation.GetNthSegmentID(number) for number in range(segmentation.GetNumberOfSegments())]
            found += [Target(node, one) for one in ids]
    return found


def ticked(but: Iterable[Node | None] = ()) -> list[Target]:
    """The targets."""
    return [target for target in candidates(but) if target.isTicked]


def movedBones(handle: Handle) -> dict[str, Node]:
    """Label to transform node of the bones that moved apart from the CT as a whole."""
    if not isAlive(handle):
        return {}
    end, start = ".Moved", "Bone"
    roles = {role: node for role, node in ownNodes(handle, start).items() if role.endswith(end)}
    return {role[len(start) : -len(end)]: node for role, node in roles.items()}


def _listed(node: Node, attribute: str) -> list[str]:
    text = node.GetAttribute(attribute)
    found = json.loads(text) if text else []
    return [str(one) for one in found] if isinstance(found, list) else []


def _bones(node: Node) -> dict[str, str]:
    text = node.GetAttribute(BONE)
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}
