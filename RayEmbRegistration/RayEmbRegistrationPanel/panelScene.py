"""What ties the panel to the scene: its parameter node, and what to do when scenes close or load and nodes go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
import vtk
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle, Node

from .section import Section

if TYPE_CHECKING:
    from .section import Panel


WHOLE_MS = 150
"""After a volume's node its image comes into the scene."""
NODES = ("ctVolume", "segmentation", "registration", "ctLandmarks", "xrayLandmarks", "pickedPoint", "implantModel")
POINTS = ("clickedPoints", "plannedLine")


class PanelScene:
    """Follows the scene for the panel.

    Attributes:
        parameters: the typed parameter node that the panel shows, or None while a scene is being closed.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._connection = None
        self._wasShown = False
        self.parameters: Any = None
        self._soon = Section.timer(WHOLE_MS, self.chooseObvious)
        self._soon.setSingleShot(True)
        self._next = Section.timer(0, self.placeXrays)  # X-rays a turn of the event loop after the CT: the window stays live
        self._next.setSingleShot(True)

    def follow(self) -> None:
        """Observe the scene from now on."""
        scene = slicer.mrmlScene
        self._panel.addObserver(scene, scene.StartCloseEvent, self.onStartClose)
        self._panel.addObserver(scene, scene.EndCloseEvent, self.onEndClose)
        self._panel.addObserver(scene, scene.StartImportEvent, self.onStartImport)
        self._panel.addObserver(scene, scene.EndImportEvent, self.onEndImport)
        self._panel.addObserver(scene, scene.NodeRemovedEvent, self.onNodeRemoved)
        self._panel.addObserver(scene, scene.NodeAddedEvent, self.onNodeAdded)

    def onStartClose(self, caller: object, event: str) -> None:
        """Let go of everything in the scene before it goes."""
        self._panel.jobs.cancel(forget=True)
        self.show(None)

    def onEndClose(self, caller: object, event: str) -> None:
        """Begin anew."""
        if self._panel.parent.isEntered:
            self._panel.initializeParameterNode()

    def onStartImport(self, caller: object, event: str) -> None:
        """A scene is being loaded: let go, for what the parameter node says meanwhile is half the truth.

        It refers to nodes that are not there yet, and Slicer's wrapper keeps that it found none.
        """
        self._wasShown = self.parameters is not None
        self.show(None)

    def onEndImport(self, caller: object, event: str) -> None:
        """A scene was loaded: make whole what files do not hold, and show what it says."""
        sceneView.restoreAfterLoad()
        if self._panel.parent.isEntered or self._wasShown:
            self._panel.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller: object, event: str, node: Node) -> None:
        """Something was loaded: what is obvious is chosen when it is whole."""
        if self.parameters is not None and node.IsA("vtkMRMLVolumeNode"):
            self._soon.start()

    def chooseObvious(self) -> None:
        """Put what has come into its place where that is obvious: later, while something is under way."""
        if self.parameters is None:
            return
        if slicer.mrmlScene.IsBatchProcessing() or self._panel.jobs.name is not None:
            self._soon.start()
        elif self._panel.parent.isEntered:
            self._panel.ct.chooseObvious()
            self._next.start()

    def placeXrays(self) -> None:
        """The second half of it."""
        if self.parameters is None:
            return
        if slicer.mrmlScene.IsBatchProcessing() or self._panel.jobs.name is not None:
            self._soon.start()
        elif self._panel.parent.isEntered:
            self._panel.arrivals.look()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, caller: object, event: str, node: Node) -> None:
        """The user deleted a node that may be ours."""
        if self.parameters is not None and not slicer.mrmlScene.IsBatchProcessing():
            for name in (*NODES, *POINTS):
                if getattr(self.parameters, name) is node:
                    setattr(self.parameters, name, None)
            for section in self._panel.sections:
                section.nodeRemoved(node)

    def show(self, parameters: Any) -> None:
        """Show another parameter node, or none."""
        panel = self._panel
        self._soon.stop()
        self._next.stop()
        panel.prepared = None
        panel.history.forget()
        if self.parameters is not None:
            self.parameters.disconnectGui(self._connection)
            panel.removeObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, panel.onParametersModified)
        self.parameters = parameters
        if parameters is not None:
            self._connection = parameters.connectGui(panel.ui)
            panel.addObserver(parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, panel.onParametersModified)
        for section in panel.sections:
            section.parametersReplaced()
        panel.xrays.forgetLost()
        panel.onParametersModified()
        if parameters is not None:
            self._soon.start()

    def handle(self, create: bool = False) -> Handle | None:
        """The registration that is shown, made anew on request where there is none."""
        handle = self.parameters.registration if self.parameters is not None else None
        if not sceneView.isAlive(handle):
            handle = None
        if handle is None and create:
            handle = sceneView.createRegistration()
            self.parameters.registration = handle
        return handle
