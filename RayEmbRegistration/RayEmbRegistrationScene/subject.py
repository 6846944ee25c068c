"""The CT and the bones of it that a registration's poses are of, as numbers to compare: what is chosen now."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from .handle import nodeOf, record, setInput, setRecord
from .imageRun import frameOf, holdsFrames, pageOf
from .inputs import rasFromIjkOfNode, worldFromNode
from .nodes import Handle, Node

KEY, CT_ROLE, BONES_ROLE = "Bones", "InputChosenCt", "InputBones"
SAMPLED_VOXELS = 500_000
"""Of an image so many voxels, spread evenly, tell it from another."""
SAMPLED_LABELS = 64_000_000
"""Of a label map, whose edits are small, so many: a whole pelvis, read in under 0.1 s."""
MOST_KEPT = 200
"""So many digests are kept."""

_digests: dict[tuple, int] = {}


def setSubject(
    handle: Handle, ctNode: Node | None, segmentationNode: Node | None, segmentIds: Sequence[str], apart: bool
) -> None:
    """What poses are to be of from now on; a verdict on something else does not hold.

    Args:
        handle: the registration.
        ctNode: the CT.
        segmentationNode: of its bones, or None where the bone is found in the CT.
        segmentIds: segments that are used.
        apart: whether they move each on its own.
    """
    for role, node in ((CT_ROLE, ctNode), (BONES_ROLE, segmentationNode)):
        if nodeOf(handle, role) is not node:
            setInput(handle, role, node)
    chosen = {"ids": list(segmentIds), "apart": bool(apart)}
    if record(handle, KEY) != chosen:
        setRecord(handle, KEY, chosen)


def chosenBones(handle: Handle) -> tuple[Node | None, list[str], bool] | None:
    """(segmentation, segments that are used, whether they move apart) of ``setSubject``; None where nothing was said."""
    chosen = record(handle, KEY)
    return None if chosen is None else (nodeOf(handle, BONES_ROLE), chosen["ids"], chosen["apart"])


def subjectOf(handle: Handle) -> dict[str, Any] | None:
    """Voxels, place and bones as numbers; ``bones`` is None where nothing was said of them. None without a CT."""
    node = nodeOf(handle, CT_ROLE) or nodeOf(handle, "InputCt")
    voxels = digest(node)
    if voxels is None:
        return None
    try:
        place = worldFromNode(node) @ rasFromIjkOfNode(node)
    except ValueError:  # bent by a transform: it is nowhere that a pose could be of
        return {"voxels": voxels, "place": None, "bones": _bonesOf(handle)}
    return {"voxels": voxels, "place": place[:3].ravel().tolist(), "bones": _bonesOf(handle)}


def digest(node: Node | None) -> int | None:
    """A number that another image hardly has; computed anew only where the image was modified."""
    image = node.GetImageData() if node is not None else None
    if node is None or image is None or image.GetNumberOfPoints() == 0:
        return None
    scalars = image.GetPointData().GetScalars()
    if scalars is None:
        return None
    frame = frameOf(node) if holdsFrames(node) else 0
    key = ("image", node.GetID(), max(image.GetMTime(), scalars.GetMTime()), frame)
    if key not in _digests:
        sizes = np.array(image.GetDimensions(), dtype=np.int64).tobytes()
        values = pageOf(node, slicer.util.arrayFromVolume(node)).ravel()
        _keep(key, _checksum(values, SAMPLED_VOXELS, zlib.crc32(sizes)))
    return _digests[key]


def _bonesOf(handle: Handle) -> int | None:
    """A number that other bones hardly have."""
    chosen = chosenBones(handle)
    if chosen is None:
        return None
    node, ids, apart = chosen
    if node is None:
        return 0
    found = zlib.crc32(repr((apart, len(ids))).encode())
    try:
        found = zlib.crc32(worldFromNode(node).round(6).tobytes(), found)
    except ValueError:  # bent by a transform
        found += 1
    segmentation = node.GetSegmentation()
    for one in ids:  # in this order, which gives them their labels
        segment = segmentation.GetSegment(one)
        found = zlib.crc32(str(0 if segment is None else _segmentDigest(segment)).encode(), found)
    return found


def _segmentDigest(segment: Any) -> int:
    """Of a segment: its label in a label map and that map, which it may share; or its surface."""
    converter = slicer.vtkSegmentationConverter
    labels = segment.GetRepresentation(converter.GetSegmentationBinaryLabelmapRepresentationName())
    if labels is not None and labels.GetPointData().GetScalars() is not None:
        scalars = labels.GetPointData().GetScalars()
        place = repr((segment.GetLabelValue(), labels.GetExtent(), labels.GetOrigin(), labels.GetSpacing()))
        return zlib.crc32(place.encode(), _arrayDigest(scalars, max(labels.GetMTime(), scalars.GetMTime())))
    surface = segment.GetRepresentation(converter.GetSegmentationClosedSurfaceRepresentationName())
    points = surface.GetPoints() if surface is not None else None
    return 0 if points is None else _arrayDigest(points.GetData(), max(surface.GetMTime(), points.GetMTime()))


def _arrayDigest(array: Any, modified: int) -> int:
    key = ("array", array.GetAddressAsString(""), modified)
    if key not in _digests:
        _keep(key, _checksum(vtk_to_numpy(array).ravel(), SAMPLED_LABELS, 0))
    return _digests[key]


def _checksum(values: np.ndarray, most: int, start: int) -> int:
    step = max(1, values.size // most)
    step += step > 1 and step % 2 == 0  # odd, so that it meets every column
    return zlib.crc32(np.ascontiguousarray(values[::step]).view(np.uint8).data, start)


def _keep(key: tuple, value: int) -> None:
    while len(_digests) >= MOST_KEPT:
        del _digests[next(iter(_digests))]
    _digests[key] = value
