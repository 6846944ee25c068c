"""X-rays of several frames: a box in the X-ray's row chooses one, and the views show it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qt
import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text, geometry_to_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import imageRun, inputs, sceneView
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from .geometryWords import withTags
from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel


COLUMN = 1
SHOW_MS = 30
"""Frames follow each other while a sequence is played or a box is turned; the views show the last of those."""


class FramesSection(Section):
    """The column *Frame* of the table of X-rays, shown where one of them has several."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._boxes: dict[str, qt.QSpinBox] = {}  # X-ray's node ID to its box
        self._frames: dict[str, int] = {}  # X-ray's node ID to the frame that its geometry is of
        self._tags: dict[tuple[str, int], XrayGeometry | None] = {}  # X-ray's node ID and frame to what the tags tell of it
        self._shown: list[tuple[str, int]] = []
        self._changed: set[str] = set()
        self._soon = self.timer(SHOW_MS, self._showChanged)
        self._soon.setSingleShot(True)

    @property
    def isStepping(self) -> bool:
        """Whether another frame was chosen than the views show yet."""
        return bool(self._changed)

    def update(self) -> None:
        """A box for each X-ray of several frames, with the frame that is chosen."""
        nodes = self.panel.xrays.nodes
        if self.parameters is None or any(node is None for node in nodes):
            return
        self._meet(nodes)
        rows = [(node.GetID(), imageRun.frameCount(node)) for node in nodes]
        if rows != self._shown:
            self._shown = rows
            self._makeBoxes(rows)
        for node in nodes:
            box = self._boxes.get(node.GetID())
            if box is not None:
                quietly(box, partial(box.setValue, imageRun.frameOf(node) + 1))
                box.enabled = self.panel.jobs.name is None
        self.ui.xrayTable.setColumnHidden(COLUMN, not self._boxes)

    def _meet(self, nodes: list) -> None:
        """The geometry of an X-ray that has just come is of the frame that is shown; those that left are forgotten."""
        here = {node.GetID(): node for node in nodes}
        self._frames = {identifier: frame for identifier, frame in self._frames.items() if identifier in here}
        self._tags = {key: tags for key, tags in self._tags.items() if key[0] in here}
        for identifier in here.keys() - self._frames.keys():
            self._frames[identifier] = imageRun.frameOf(here[identifier])
            self._tagsNow(here[identifier])

    def _makeBoxes(self, rows: list[tuple[str, int]]) -> None:
        self._boxes = {}
        for row, (identifier, count) in enumerate(rows):
            self.ui.xrayTable.removeCellWidget(row, COLUMN)
            if count < 2:
                continue
            box = qt.QSpinBox()
            box.setRange(1, count)
            box.setSuffix(_(" of {count}").format(count=count))
            box.setWrapping(False)
            box.setToolTip(_("The frame that is registered; another frame is another image, with a verdict of its own."))
            box.connect("valueChanged(int)", partial(self.onFrame, identifier))
            self.ui.xrayTable.setCellWidget(row, COLUMN, box)
            self._boxes[identifier] = box

    def onFrame(self, identifier: str, number: int) -> None:
        """The user chooses a frame, counted from 1; that of a volume can be undone, a sequence is its browser's."""
        rows = {node.GetID(): row for row, node in enumerate(self.panel.xrays.nodes)}
        if identifier in rows and not imageRun.holdsFrames(self.panel.xrays.nodes[rows[identifier]]):
            self.choose(rows[identifier], int(number) - 1)
        elif identifier in rows:
            self.panel.history.before()
            self.choose(rows[identifier], int(number) - 1)
            self.panel.history.changed(_("frame"))

    def choose(self, row: int, frame: int) -> None:
        """Let another frame of an X-ray be the image; geometry that is from its tags is that of the frame's."""
        node = self.panel.xrays.nodes[row]
        imageRun.chooseFrame(node, frame)
        self.follow()
        self.imageChanged(node)

    def follow(self) -> None:
        """Bring the geometry in line with the frames that are shown: what is from a frame's tags is from those of this one.

        What was typed, or is from a file, stays.
        """
        texts = list(self.parameters.xrayGeometries)
        for row, node in enumerate(self.panel.xrays.nodes):
            if node is not None:
                texts[row] = self._ofFrameNow(node, texts[row], self._frames.get(node.GetID()))
        self._takeFrames()
        if texts != list(self.parameters.xrayGeometries):
            self.parameters.xrayGeometries = texts

    def _ofFrameNow(self, node: Node, text: str, then: int | None) -> str:
        """A geometry, which was of the frame then, of the frame that is shown now."""
        now = self._tagsNow(node)
        before = None if then is None or then == imageRun.frameOf(node) else self._tags.get((node.GetID(), then))
        return text if before is None or now is None else geometry_to_text(withTags(geometry_from_text(text), before, now))

    def _tagsNow(self, node: Node) -> XrayGeometry | None:
        """What the tags tell of the frame that is shown; None for a still."""
        key = node.GetID(), imageRun.frameOf(node)
        if key not in self._tags and imageRun.frameCount(node) > 1:
            known = self.logic.tagsOfFrame(node)
            self._tags[key] = None if known is None else geometry_from_text(geometry_to_text(known))
        return self._tags.get(key)

    def _takeFrames(self) -> None:
        """The geometries are of the frames that are shown."""
        self._frames = {node.GetID(): imageRun.frameOf(node) for node in self.panel.xrays.nodes if node is not None}

    def imageChanged(self, node: Node) -> None:
        """An X-ray's image is another one now: the views show it soon."""
        self._changed.add(node.GetID())
        self._soon.start()

    def showAgain(self, handle: Handle) -> None:
        """After a result was shown: where a sequence was stepped on meanwhile, the frame that it is at now."""
        for row, node in enumerate(self.panel.xrays.nodes):
            if imageRun.frameCount(node) > 1 and sceneView.viewVerdict(handle, row)[1] == "image":
                self.imageChanged(node)

    def onImageModified(self, caller: Node, event: str) -> None:
        """A sequence is stepped through, or something else changes an X-ray."""
        if not slicer.mrmlScene.IsBatchProcessing():
            self.imageChanged(caller)

    def _showChanged(self) -> None:
        changed, self._changed = self._changed, set()
        self.follow()
        self.panel.track.stepTogether(changed)
        nodes = enumerate(self.panel.xrays.nodes)
        rows = [row for row, node in nodes if node is not None and node.GetID() in changed and inputs.imageSize(node)]
        if rows:
            self.panel.views.showXrays(onlyRows=rows)
        self.panel.track.frameShown()

    # Undo

    def chosen(self) -> dict[str, str]:
        """X-ray's node ID to the frame that its geometry is of, as undo keeps it."""
        nodes = [node for node in self.panel.xrays.nodes if node is not None and imageRun.frameCount(node) > 1]
        return {node.GetID(): str(self._frames.get(node.GetID(), imageRun.frameOf(node))) for node in nodes}

    def take(self, frames: dict[str, str]) -> None:
        """Frames as undo brings them back; a sequence is stepped through by its browser alone."""
        for node in self.panel.xrays.nodes:
            frame = frames.get(node.GetID())
            if frame is not None and imageRun.holdsFrames(node) and imageRun.frameOf(node) != int(frame):
                imageRun.chooseFrame(node, int(frame))
                self.imageChanged(node)

    def asShown(self, geometries: dict[str, str], frames: dict[str, str]) -> dict[str, str]:
        """X-ray's node ID to its geometry, as undo brings it back of a frame that may be another than a sequence shows."""
        found = dict(geometries)
        for node in self.panel.xrays.nodes:
            identifier = node.GetID()
            if identifier in found and identifier in frames:
                found[identifier] = self._ofFrameNow(node, found[identifier], int(frames[identifier]))
        self._takeFrames()
        return found

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene's X-rays."""
        self._soon.stop()
        self._changed.clear()
        self._frames, self._tags = {}, {}
        self._shown, self._boxes = [], {}

    def cleanup(self) -> None:
        """The panel goes."""
        self._soon.stop()
