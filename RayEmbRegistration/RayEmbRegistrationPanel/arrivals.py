"""What is loaded finds its place by itself: a CT, X-rays, a folder of X-rays with camera files; said, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import qt
import slicer
from RayEmbRegistrationScene import inputs, sceneView
from RayEmbRegistrationScene.install import InstallError
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .section import Section
from .sentences import asSentence

if TYPE_CHECKING:
    from .section import Panel

MOST_XRAYS = 4
"""Chosen: a pair before and one after; of more single images nobody knows which are of one registration."""


class Arrivals(Section):
    """Puts what is obvious into its place, says so, and takes it back when asked."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._seen: set[str] = set()  # IDs of volumes that were looked at: what the user took out does not come back
        self._refusedCt = ""
        self._wasClosed = True
        self._words: list[str] = []
        self._before: tuple | None = None
        self._after: tuple | None = None
        self._views = self.timer(
            0, self._showXrays
        )  # a turn of the event loop later: making views takes as long as all else
        self._views.setSingleShot(True)
        self.ui.takeBackButton.connect("clicked(bool)", lambda checked: self.takeBack())
        self.ui.loadFolderButton.connect("clicked(bool)", self.onLoadFolder)
        for button in (self.ui.ctCollapsibleButton, self.ui.startCollapsibleButton):
            button.connect("contentsCollapsed(bool)", lambda collapsed: self._nameSections())

    # What is in its place

    def _state(self) -> tuple:
        """The CT and the rows of the table."""
        return self.parameters.ctVolume, tuple(self.panel.xrays.nodes)

    def _begin(self) -> None:
        """Something is about to be put into its place: what is there now can be gone back to."""
        if self._before is None or self._after != self._state():
            self._words = []
            self._before = (*self._state(), self.panel.xrays.rows())

    def _end(self, words: str) -> None:
        self._words.append(words)
        self._after = self._state()
        self.update()

    @property
    def canTakeBack(self) -> bool:
        """Whether the last thing that happened to CT and X-rays came by itself."""
        return self._before is not None and self.parameters is not None and self._after == self._state()

    def takeBack(self) -> None:
        """CT and X-rays as they were before."""
        if not self.canTakeBack or self.panel.jobs.name is not None or self._before is None:
            return
        ct, _nodes, rows = self._before
        self._before = None
        if self.parameters.ctVolume is not ct:
            self._refusedCt = self.parameters.ctVolume.GetID()
        with slicer.util.NodeModify(self.parameters.parameterNode):
            self.parameters.ctVolume = ct if ct is not None and ct.GetScene() is not None else None
            self.panel.xrays.setRows([row for row in rows if row[0] is not None and row[0].GetScene() is not None])
        self.ui.ctCollapsibleButton.collapsed = False
        self.panel.onParametersModified()

    # What comes

    def isRefused(self, node: Node) -> bool:
        """Whether this was taken as the CT once, and taken back."""
        return bool(self._refusedCt == node.GetID())

    def tookCt(self, node: Node, before: tuple) -> None:
        """The only CT of the scene was chosen; ``before`` is the state as it was."""
        if self._before is None or self._after != before:
            self._words = []
            self._before = (*before, self.panel.xrays.rows())
        self._seen.add(node.GetID())
        self._end(_("{name} is taken as the CT.").format(name=node.GetName()))

    def look(self) -> None:
        """Put X-rays that have come into the table, while no pose depends on what is in it; later ones wait beside it."""
        volumes = slicer.util.getNodesByClass("vtkMRMLVolumeNode")
        new = [node for node in volumes if node.GetID() not in self._seen]
        self._seen |= {node.GetID() for node in new}
        if self.parameters is None or not new:
            return
        found = [node for node in new if inputs.looksLikeXray(node) and self.panel.xrays.addProblem(node) is None]
        found = [node for node in found if inputs.imageSize(node) is None or inputs.xrayProblem(node) is None]
        if not found:
            return
        if self._hasPose() or len(found) + len(self.panel.xrays.nodes) > MOST_XRAYS:
            self._leaveBeside(found)
            return
        self._begin()
        for node in found:
            self.panel.xrays.add(node, isShown=False)
        self._views.start()
        if self.ui.xraySelector.currentNode() is None:
            self.ui.xraySelector.setCurrentNode(found[0])
        self.ui.ctCollapsibleButton.collapsed = self.parameters.ctVolume is not None and self.panel.ct.problem() is None
        names = ", ".join(node.GetName() for node in found)
        one, several = _("{names} is taken as an X-ray."), _("{names} are taken as X-rays.")
        self._end((one if len(found) == 1 else several).format(names=names))

    def _showXrays(self) -> None:
        if self.parameters is not None and self.panel.jobs.name is None:
            self.panel.views.showXrays()

    def _leaveBeside(self, found: list) -> None:
        """X-rays that are not added by themselves: one is chosen in the selector, several are told of."""
        if len(found) > 1:
            self.panel.register.say(
                _("{count} images here may be X-rays; add those of this registration.").format(count=len(found))
            )
        elif self.ui.xraySelector.currentNode() is None:
            self.ui.xraySelector.setCurrentNode(found[0])

    def _hasPose(self) -> bool:
        handle = self.panel.handle()
        rows = range(sceneView.viewCount(handle)) if handle is not None else ()
        return any(sceneView.poseOf(handle, row) is not None for row in rows)

    # A folder

    def onLoadFolder(self, _checked: bool = False) -> None:
        """Ask for a folder and take its X-rays."""
        folder = qt.QFileDialog.getExistingDirectory(self.panel.parent, _("Folder of X-rays with their camera files"), "")
        if folder:
            self.loadFolder(folder)

    def loadFolder(self, folder: str) -> None:
        """Load the X-rays of a folder into the scene and the table, each with the camera file that its name tells."""
        try:
            self.panel.register.install()
            from RayEmbRegistrationLib.application import open_xray_folder

            found, notes = open_xray_folder(folder)
        except (ValueError, InstallError) as error:
            self.panel.register.say(asSentence(str(error)))
            return
        self._begin()
        for one in found:
            pixels, place = np.asarray(one.view.pixels)[None], np.diag([-1.0, -1.0, 1.0, 1.0])
            node = slicer.util.addVolumeFromArray(pixels, place, one.name)
            self._seen.add(node.GetID())
            self.panel.xrays.add(node, one.view.geometry.with_notes(*one.view.notes))
        pairs = ", ".join(_("{xray} with {camera}").format(xray=one.name, camera=one.camera or "-") for one in found)
        self._end(_("Loaded {pairs}.").format(pairs=pairs))
        self.panel.register.say(" ".join(asSentence(note) for note in notes))

    # Showing

    def update(self) -> None:
        """The word, as long as nothing else has happened."""
        if self.parameters is None:
            self.ui.arrivalWidget.visible = False
            return
        if self.panel.jobs.name is not None:
            self._before = None  # what is worked with is the user's choice
        isShown = self.canTakeBack
        self.ui.arrivalWidget.visible = isShown
        self.ui.arrivalLabel.text = " ".join(self._words) if isShown else ""
        self._nameSections()

    def _nameSections(self) -> None:
        """Sections that are folded say what was chosen in them."""
        if self.parameters is None:
            return
        ct, start = self.parameters.ctVolume, self.ui.startModeComboBox
        isNamed = self.ui.ctCollapsibleButton.collapsed and ct is not None
        self.ui.ctCollapsibleButton.text = _("CT: {name}").format(name=ct.GetName()) if isNamed else _("CT")
        isNamed = self.ui.startCollapsibleButton.collapsed
        words = _("Start: {mode}").format(mode=start.currentText)
        self.ui.startCollapsibleButton.text = words if isNamed else _("Start")

    # The scene

    def parametersReplaced(self) -> None:
        """Of a scene that was loaded, what its table holds is what the user chose; else what is here is looked at."""
        if self.parameters is None:
            self._seen, self._words, self._before, self._refusedCt, self._wasClosed = set(), [], None, "", True
            return
        hasContent = self.panel.xrays.nodes or self.parameters.registration is not None
        if self._wasClosed and hasContent:
            self._seen = {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode")}
        self._wasClosed = False

    def nodeRemoved(self, node: Node) -> None:
        """It is nowhere any more."""
        self._seen.discard(node.GetID())
