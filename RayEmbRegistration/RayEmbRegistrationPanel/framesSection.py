"""X-rays of several frames: a box in the X-ray's row chooses one, and the views show it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import qt
import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationScene import imageRun, inputs
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

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
        self._shown: list[tuple[str, int]] = []
        self._changed: set[str] = set()
        self._soon = self.timer(SHOW_MS, self._showChanged)
        self._soon.setSingleShot(True)

    def update(self) -> None:
        """A box for each X-ray of several frames, with the frame that is chosen."""
        nodes = self.panel.xrays.nodes
        if self.parameters is None or any(node is None for node in nodes):
            return
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
        """The user chooses a frame, counted from 1; it can be undone."""
        rows = {node.GetID(): row for row, node in enumerate(self.panel.xrays.nodes)}
        if identifier in rows:
            self.panel.history.before()
            self.choose(rows[identifier], int(number) - 1)
            self.panel.history.changed(_("frame"))

    def choose(self, row: int, frame: int) -> None:
        """Let another frame of an X-ray be the image; geometry that is from its tags is that of the frame's."""
        node, xrays = self.panel.xrays.nodes[row], self.panel.xrays
        before = geometry_to_text(self.logic.geometryOf(node))
        imageRun.chooseFrame(node, frame)
        if geometry_to_text(xrays.geometry(row)) == before:
            xrays.setGeometry(row, self.logic.geometryOf(node))
        self.imageChanged(node)

    def imageChanged(self, node: Node) -> None:
        """An X-ray's image is another one now: the views show it soon."""
        self._changed.add(node.GetID())
        self._soon.start()

    def onImageModified(self, caller: Node, event: str) -> None:
        """A sequence is stepped through, or something else changes an X-ray."""
        if not slicer.mrmlScene.IsBatchProcessing():
            self.imageChanged(caller)

    def _showChanged(self) -> None:
        changed, self._changed = self._changed, set()
        for row, node in enumerate(self.panel.xrays.nodes):
            if node is not None and node.GetID() in changed and inputs.imageSize(node) is not None:
                self.panel.views.showXrays(onlyRow=row)

    # Undo

    def chosen(self) -> dict[str, str]:
        """X-ray's node ID to its frame, as undo keeps it; a sequence is stepped through by its browser alone."""
        return {node.GetID(): str(imageRun.frameOf(node)) for node in self.panel.xrays.nodes if imageRun.holdsFrames(node)}

    def take(self, frames: dict[str, str]) -> None:
        """Frames as undo brings them back."""
        for node in self.panel.xrays.nodes:
            frame = frames.get(node.GetID())
            if frame is not None and imageRun.holdsFrames(node) and imageRun.frameOf(node) != int(frame):
                imageRun.chooseFrame(node, int(frame))
                self.imageChanged(node)

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene's X-rays."""
        self._soon.stop()
        self._changed.clear()
        self._shown, self._boxes = [], {}

    def cleanup(self) -> None:
        """The panel goes."""
        self._soon.stop()
