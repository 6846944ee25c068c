"""X-rays of several frames: a volume whose slices are the frames, or what a sequence browser shows of a sequence.

The frame of a volume is kept with it, as an attribute; that of a sequence is the browser's, which the user steps through.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer

from .nodes import Node

FRAME = "RayEmbRegistration.Frame"
"""Number, from 0, of the frame that is the X-ray; a volume that has it holds frames, not the slices of a CT."""
OFFSET = "RayEmbRegistration.FrameOffset"
"""Number of the X-ray's frame that was taken with frame 0 of a rig, kept with the X-ray, as its calibration is."""
SMALLEST_SIDE = 8


def frameCount(node: Node) -> int:
    """How many frames an X-ray node has to choose from; 1 for a still."""
    browser = browserOf(node)
    if browser is not None:
        return max(1, browser.GetNumberOfItems())
    return _slices(node) if holdsFrames(node) else 1


def frameOf(node: Node) -> int:
    """The frame that is the X-ray, from 0."""
    browser = browserOf(node)
    if browser is not None:
        return max(0, browser.GetSelectedItemNumber())
    if not holdsFrames(node):
        return 0
    kept = node.GetAttribute(FRAME)
    return min(int(kept) if kept.isdigit() else 0, _slices(node) - 1)


def chooseFrame(node: Node, frame: int) -> None:
    """Let another frame be the X-ray."""
    browser = browserOf(node)
    if browser is not None:
        browser.SetSelectedItemNumber(int(frame))
    elif frameCount(node) > 1:
        node.SetAttribute(FRAME, str(int(frame)))


def holdsFrames(node: Node) -> bool:
    """Whether the slices of a volume were taken to be the frames of an X-ray."""
    return node is not None and bool(node.GetAttribute(FRAME)) and _slices(node) > 1


def takeAsFrames(node: Node) -> None:
    """Take the slices of a volume to be the frames of an X-ray, the first one chosen."""
    if not node.GetAttribute(FRAME):
        node.SetAttribute(FRAME, "0")


def pageOf(node: Node, voxels: np.ndarray) -> np.ndarray:
    """(1, J, I) or (1, J, I, C) the chosen frame of a volume's voxels; all of them where it is a still."""
    return voxels[frameOf(node)][None] if holdsFrames(node) else voxels


def offsetsOf(nodes: Sequence[Node]) -> list[int]:
    """The frame of each X-ray of several frames that was taken with frame 0 of the first of them; 0 of a still."""
    runs = [_offset(node) if frameCount(node) > 1 else None for node in nodes]
    first = next((offset for offset in runs if offset is not None), 0)
    return [0 if offset is None else offset - first for offset in runs]


def keepOffsets(nodes: Sequence[Node]) -> None:
    """The frames that X-rays of several frames show were taken together."""
    for node in nodes:
        if frameCount(node) > 1:
            node.SetAttribute(OFFSET, str(frameOf(node)))


def commonFrames(nodes: Sequence[Node]) -> range:
    """The frames of which all X-rays of several frames have an image, counted as the first of them does."""
    pairs = [(frameCount(node), offset) for node, offset in zip(nodes, offsetsOf(nodes), strict=True)]
    runs = [(count, offset) for count, offset in pairs if count > 1]
    first = max((-offset for _count, offset in runs), default=0)
    return range(max(0, first), min((count - offset for count, offset in runs), default=0))


def _offset(node: Node) -> int:
    kept = str(node.GetAttribute(OFFSET) or "0")
    return int(kept) if kept.lstrip("-").isdigit() else 0


def _slices(node: Node) -> int:
    image = node.GetImageData() if node is not None else None
    columns, rows, slices = image.GetDimensions() if image is not None else (0, 0, 0)
    return slices if min(columns, rows) >= SMALLEST_SIDE else 0


def browserOf(node: Node) -> Node | None:
    """The sequence browser that a node is a proxy of, or None."""
    if node is None:
        return None
    browsers = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
    return next((browser for browser in browsers if browser.GetSequenceNode(node) is not None), None)


def dataNodeOf(node: Node, frame: int) -> Node | None:
    """What a sequence holds of a frame of a proxy; None of other nodes, and where it holds nothing."""
    browser = browserOf(node)
    if browser is None:
        return None
    value = browser.GetMasterSequenceNode().GetNthIndexValue(int(frame))
    return browser.GetSequenceNode(node).GetDataNodeAtValue(value)
