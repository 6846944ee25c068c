"""A track in the scene: the pose of each frame as a sequence of transforms, stepped through with the X-rays; its verdicts.

Each X-ray's pose node is what the browser of the X-rays shows of that sequence, so that the frame's slider moves both;
X-rays that are volumes of frames get a browser of their own. The first body stays where it is, and the C-arm moves; other
bodies move beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import imageRun
from .frames import vtkMatrix
from .handle import ensureNode, forgetRecords, isAlive, nodeOf, ownNodes, record, removeRole, setRecord, viewRole
from .nodes import Handle, Node
from .pose import poseOf
from .subject import subjectOf
from .views import viewCount

PREFIX, ABOUT, FRAME_KEY = "Track.", "Track.About", "Track.Frame."
BROWSER_ROLE = "Track.Browser"
SAME = 1e-4  # mm, and of a rotation's matrix: what files of sequences round to; chosen
TRANSFORM = "vtkMRMLLinearTransformNode"


def beginTrack(handle: Handle, about: Mapping[str, Any]) -> None:
    """Keep what a track is of, with the CT and the X-rays' cameras as they are now.

    Args:
        handle: the registration.
        about: ``names`` of the bodies, and whatever else whoever shows it needs.
    """
    cameras = {str(row): record(handle, viewRole(row, "Camera")) for row in range(viewCount(handle))}
    setRecord(handle, ABOUT, {**about, "ct": subjectOf(handle), "cameras": cameras})


def addAbout(handle: Handle, **more: Any) -> None:
    """Keep more of what a track is of, where nothing is kept under a name yet."""
    about = record(handle, ABOUT)
    if about is not None:
        setRecord(handle, ABOUT, {**about, **{key: value for key, value in more.items() if about.get(key) is None}})


def aboutTrack(handle: Handle | None) -> dict[str, Any] | None:
    """What ``beginTrack`` kept, or None where there is no track."""
    return None if handle is None else record(handle, ABOUT)


def forgetTrack(handle: Handle) -> None:
    """Take a track out of the scene; poses and models stay where they are, under what are the user's transforms now."""
    for role, node in ownNodes(handle, PREFIX).items():
        if node.GetClassName() == TRANSFORM:
            handle.SetNodeReferenceID(role, None)
        else:
            removeRole(handle, role)
    forgetRecords(handle, PREFIX)


def keepFrames(
    handle: Handle, entries: Mapping[int, Mapping[str, Any]], places: Mapping[str, Mapping[int, RigidTransform]]
) -> None:
    """Add frames to a track, or replace them.

    Args:
        handle: the registration.
        entries: by frame: ``bodies`` as a track file has them.
        places: role of a transform node to its transform to the world by frame: ``View1.Pose`` (ras_from_camera), and a
            role of each body but the first (ras_from_body).
    """
    with slicer.util.NodeModify(handle):
        for frame, entry in entries.items():
            setRecord(handle, f"{FRAME_KEY}{frame}", dict(entry))
    clock = _clock(handle)
    for role, byFrame in places.items():
        _keep(handle, role, byFrame, clock)


def place(node: Node, worldFromNode: RigidTransform) -> None:
    """Move a transform node."""
    node.SetMatrixTransformToParent(vtkMatrix(worldFromNode.matrix))


def trackedFrames(handle: Handle | None) -> list[int]:
    """Numbers of the frames that a track holds, rising."""
    if handle is None or not isAlive(handle):
        return []
    names = [name for name in handle.GetParameterNames() if name.startswith(FRAME_KEY)]
    return sorted(int(name.removeprefix(FRAME_KEY)) for name in names)


def entryOf(handle: Handle, frame: int) -> dict[str, Any] | None:
    """What is kept of a frame, or None."""
    return record(handle, f"{FRAME_KEY}{frame}")


def shownFrame(handle: Handle) -> int | None:
    """The frame that the X-rays show, as the first of several frames counts; None where none of them has several."""
    node = _firstRun(handle)
    return None if node is None else imageRun.frameOf(node)


def _firstRun(handle: Handle) -> Node | None:
    """The X-ray that frames are counted by: the first of several frames."""
    nodes = (nodeOf(handle, viewRole(row, "InputXray")) for row in range(viewCount(handle)))
    return next((node for node in nodes if node is not None and imageRun.frameCount(node) > 1), None)


def isAsTracked(handle: Handle, row: int | None = None) -> bool:
    """Whether the poses, or that of one X-ray, are those that the track holds of the frame that is shown."""
    frame = shownFrame(handle)
    if frame is None or entryOf(handle, frame) is None:
        return False
    rows = range(viewCount(handle)) if row is None else [row]
    return all(_same(poseOf(handle, one), placeAt(handle, viewRole(one, "Pose"), frame)) for one in rows)


def placeAt(handle: Handle, role: str, frame: int) -> RigidTransform | None:
    """What the track holds of a transform node in a frame, to the world; None where it holds nothing."""
    sequence = nodeOf(handle, _sequenceRole(role))
    value = _value(_clock(handle), frame)
    if sequence is None or value is None:
        return None
    number = sequence.GetItemNumberFromIndexValue(value, True)
    if number < 0:
        return None
    return RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(sequence.GetNthDataNode(number)))


def stepTrack(handle: Handle) -> None:
    """Let the track's own browser, where it has one, show the frame that the X-rays show."""
    browser, frame = nodeOf(handle, BROWSER_ROLE), shownFrame(handle)
    if browser is None or browser.GetMasterSequenceNode() is None or frame is None:
        return
    sequence = browser.GetMasterSequenceNode()
    number = sequence.GetItemNumberFromIndexValue(str(frame), True)
    if number >= 0 and browser.GetSelectedItemNumber() != number:
        browser.SetSelectedItemNumber(number)


def frameOfBrowser(handle: Handle) -> int | None:
    """The frame that the track's own browser is at; None where it has none."""
    browser = nodeOf(handle, BROWSER_ROLE)
    if browser is None or browser.GetMasterSequenceNode() is None:
        return None
    sequence, number = browser.GetMasterSequenceNode(), browser.GetSelectedItemNumber()
    if not 0 <= number < sequence.GetNumberOfDataNodes():
        return None
    return round(float(sequence.GetNthIndexValue(number)))  # files write 1 as 1.000


def holdsOf(handle: Handle) -> str | None:
    """What has changed since the track was made: "ct", "geometry", or None."""
    about = aboutTrack(handle)
    if about is None:
        return None
    now = subjectOf(handle)
    if about["ct"] is not None and now is not None and any(about["ct"][key] != now[key] for key in ("voxels", "place")):
        return "ct"
    shown = {str(row): record(handle, viewRole(row, "Camera")) for row in range(viewCount(handle))}
    isOther = any(shown.get(row) != camera for row, camera in about["cameras"].items())
    return "geometry" if isOther and not about.get("moves") else None


class _Clock:
    """Which browser steps through a track, and how it counts: by the X-rays' sequence, or by frames."""

    def __init__(self, browser: Node, master: Node | None) -> None:
        self.browser, self.master = browser, master


def _clock(handle: Handle) -> _Clock:
    browser = imageRun.browserOf(_firstRun(handle))
    if browser is not None:
        return _Clock(browser, browser.GetMasterSequenceNode())
    return _Clock(nodeOf(handle, BROWSER_ROLE), None)


def _value(clock: _Clock, frame: int) -> str | None:
    if clock.master is None:
        return str(frame)
    return clock.master.GetNthIndexValue(frame) if 0 <= frame < clock.master.GetNumberOfDataNodes() else None


def _sequenceRole(role: str) -> str:
    return f"{PREFIX}{role.replace('.', '')}"


def _keep(handle: Handle, role: str, byFrame: Mapping[int, RigidTransform], clock: _Clock) -> None:
    node = nodeOf(handle, role)
    if node is None or not byFrame:
        return
    sequence, isNew = ensureNode(handle, _sequenceRole(role), "vtkMRMLSequenceNode", f"{_label(node)} by frame")
    with slicer.util.NodeModify(sequence):
        if isNew:
            _count(sequence, clock)
        carrier = slicer.vtkMRMLLinearTransformNode()
        carrier.SetName(node.GetName())
        for frame, place in byFrame.items():
            value = _value(clock, frame)
            if value is not None:
                carrier.SetMatrixTransformToParent(vtkMatrix(place.matrix))
                sequence.SetDataNodeAtValue(carrier, value)
    browser = clock.browser
    if browser is None:
        browser, _ = ensureNode(handle, BROWSER_ROLE, "vtkMRMLSequenceBrowserNode", "track")
        clock.browser = browser
    if browser.GetProxyNode(sequence) is not node:
        with slicer.util.NodeModify(browser):
            browser.AddSynchronizedSequenceNode(sequence)
            browser.AddProxyNode(node, sequence, False)
            browser.SetMissingItemMode(sequence, browser.MissingItemIgnore)
            browser.SetSaveChanges(sequence, False)
            browser.SetOverwriteProxyName(sequence, False)


def _count(sequence: Node, clock: _Clock) -> None:
    """Let a sequence count as the X-rays' does."""
    sequence.SetIndexName("frame" if clock.master is None else clock.master.GetIndexName())
    sequence.SetIndexUnit("" if clock.master is None else clock.master.GetIndexUnit())
    numeric = slicer.vtkMRMLSequenceNode.NumericIndex
    sequence.SetIndexType(numeric if clock.master is None else clock.master.GetIndexType())


def _label(node: Node) -> str:
    return node.GetName().rpartition(" - ")[2]


def _same(one: RigidTransform | None, inverse: RigidTransform | None) -> bool:
    """Whether a pose camera_from_ras is the inverse of what is kept of its node."""
    return one is not None and inverse is not None and bool(np.allclose(one.inverse().matrix, inverse.matrix, atol=SAME))


def placesNow(handle: Handle, roles: Sequence[str]) -> dict[str, RigidTransform]:
    """Transforms to the world of nodes as they stand."""
    found = {}
    for role in roles:
        node = nodeOf(handle, role)
        if node is not None:
            found[role] = RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(node, toWorld=True))
    return found
