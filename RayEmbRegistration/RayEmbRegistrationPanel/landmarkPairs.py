"""Points that the user placed in the CT and in the X-rays, paired: by name where both lists have names, else by order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from RayEmbRegistrationScene import inputs, sceneView
from RayEmbRegistrationScene.nodes import Handle, Node

SAME_PICTURE_MM = 5.0


@dataclass(frozen=True, eq=False)
class Pairs:
    """Landmark pairs of one X-ray.

    Attributes:
        pointsRas: (N, 3) mm, in the CT.
        pixels: (N, 2) of the X-ray.
        areByName: whether names paired them.
        left: names of points that have no partner.
    """

    pointsRas: np.ndarray
    pixels: np.ndarray
    areByName: bool = False
    left: tuple[str, ...] = ()


def pairsOf(handle: Handle, row: int, ctNode: Node, xrayNode: Node) -> Pairs:
    """The pairs of an X-ray; none where a list or the X-ray is missing.

    A name that Slicer gave by itself (of the list and a number) says nothing and is not compared.
    """
    none = Pairs(np.zeros((0, 3)), np.zeros((0, 2)))
    if ctNode is None or xrayNode is None or handle is None or row >= sceneView.viewCount(handle):
        return none
    points, placed = inputs.markupPoints(ctNode), inputs.markupPoints(xrayNode)
    names, placedNames = givenNames(ctNode), givenNames(xrayNode)
    height = sceneView.pointsInPicture(handle, row, np.zeros((1, 2)))[0, 2]
    inPicture = np.flatnonzero(np.abs(placed[:, 2] - height) < SAME_PICTURE_MM)
    placed, placedNames = placed[inPicture], [placedNames[number] for number in inPicture]
    pairs, left = matched(names, placedNames)
    areByName = bool(pairs)
    if not areByName:
        pairs = [(number, number) for number in range(min(len(points), len(placed)))]
        left = []
    if not pairs:
        return none
    first, second = (list(column) for column in zip(*pairs, strict=True))
    return Pairs(points[first], sceneView.pixelsOfPicture(handle, row, placed[second]), areByName, tuple(left))


def matched(names: Sequence[str | None], others: Sequence[str | None]) -> tuple[list[tuple[int, int]], list[str]]:
    """Pairs of indices with the same name (upper and lower case are the same), and the names that have no partner.

    A name that occurs twice in a list pairs nothing; None is no name.
    """
    keys, otherKeys = ([None if name is None else name.strip().casefold() for name in some] for some in (names, others))
    pairs = [
        (index, otherKeys.index(key))
        for index, key in enumerate(keys)
        if key is not None and keys.count(key) == 1 and otherKeys.count(key) == 1
    ]
    paired = {keys[index] for index, _ in pairs}
    return pairs, [name for name in (*names, *others) if name is not None and name.strip().casefold() not in paired]


def givenNames(node: Node) -> list[str | None]:
    """The name of each placed point that the user gave it; None where it is the list's own."""
    own = node.GetControlPointLabelFormat().replace("%N", node.GetName() or "")
    pattern = re.compile(r"\d+".join(re.escape(part) for part in own.split("%d")))
    labels = [node.GetNthControlPointLabel(number) for number in inputs.placedNumbers(node)]
    return [None if not label.strip() or pattern.fullmatch(label) else label for label in labels]
