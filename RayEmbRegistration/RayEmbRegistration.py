"""RayEmb Registration: where an X-ray was taken from, given the patient's CT. A table of contents of what the panel does."""

import sys
from pathlib import Path
from typing import Any

import slicer
from RayEmbRegistrationPanel import helpText, language, sampleData
from RayEmbRegistrationPanel.advancedSection import AdvancedSection
from RayEmbRegistrationPanel.anglesSection import AnglesSection
from RayEmbRegistrationPanel.arrivals import Arrivals
from RayEmbRegistrationPanel.assessSection import AssessSection
from RayEmbRegistrationPanel.boneSection import BoneSection
from RayEmbRegistrationPanel.cArms import CArms
from RayEmbRegistrationPanel.clickSection import ClickSection
from RayEmbRegistrationPanel.correctSection import CorrectSection
from RayEmbRegistrationPanel.ctSection import CtSection
from RayEmbRegistrationPanel.fields import Fields
from RayEmbRegistrationPanel.filterSection import FilterSection
from RayEmbRegistrationPanel.framesSection import FramesSection
from RayEmbRegistrationPanel.geometrySection import GeometrySection
from RayEmbRegistrationPanel.heatMapSection import HeatMapSection
from RayEmbRegistrationPanel.history import History
from RayEmbRegistrationPanel.jobs import Jobs
from RayEmbRegistrationPanel.keys import Keys
from RayEmbRegistrationPanel.landmarksSection import LandmarksSection
from RayEmbRegistrationPanel.logic import RayEmbRegistrationLogic
from RayEmbRegistrationPanel.logicReconstruct import Change
from RayEmbRegistrationPanel.overlaySection import OverlaySection
from RayEmbRegistrationPanel.panelLog import PanelLog
from RayEmbRegistrationPanel.panelScene import PanelScene
from RayEmbRegistrationPanel.panelWidth import PanelWidth
from RayEmbRegistrationPanel.parameterNode import RayEmbRegistrationParameterNode
from RayEmbRegistrationPanel.plausibility import Plausibility
from RayEmbRegistrationPanel.poseSection import PoseSection
from RayEmbRegistrationPanel.reconstructSection import ReconstructSection
from RayEmbRegistrationPanel.registerSection import RegisterSection
from RayEmbRegistrationPanel.registrationsSection import RegistrationsSection
from RayEmbRegistrationPanel.resultSection import ResultSection
from RayEmbRegistrationPanel.runsSection import RunsSection
from RayEmbRegistrationPanel.sampleData import makeSampleData
from RayEmbRegistrationPanel.section import Section
from RayEmbRegistrationPanel.selfTest import RayEmbRegistrationTest
from RayEmbRegistrationPanel.solveSection import SolveSection
from RayEmbRegistrationPanel.startSection import StartSection
from RayEmbRegistrationPanel.targetSection import TargetSection
from RayEmbRegistrationPanel.trackSection import TrackSection
from RayEmbRegistrationPanel.trustSection import TrustSection
from RayEmbRegistrationPanel.viewPrior import ViewPriorSection
from RayEmbRegistrationPanel.viewsSection import ViewsSection
from RayEmbRegistrationPanel.virtualSection import VirtualSection
from RayEmbRegistrationPanel.xraySection import XraySection
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

__all__ = [  # what Slicer, the console and other modules look for here
    "Change",
    "CtInput",
    "RayEmbRegistration",
    "RayEmbRegistrationLogic",
    "RayEmbRegistrationParameterNode",
    "RayEmbRegistrationTest",
    "RayEmbRegistrationWidget",
    "XrayInput",
    "makeSampleData",
]


class RayEmbRegistration(ScriptedLoadableModule):
    """What the module list shows."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        language.loadTranslations()
        self.parent.title = _("RayEmb Registration")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Registration")]
        self.parent.dependencies = []
        self.parent.contributors = ["RayEmbRegistration developers"]
        self.parent.helpText = helpText.helpText()
        self.parent.acknowledgementText = _(
            "Landmarks are found after RayEmb (Shrestha et al., ACCV 2024). The documentation names all methods and how to "
            "cite them."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


def registerSampleData() -> None:
    """Offer a drawn pelvis with a simulated X-ray of it in the module Sample Data."""
    sampleData.registerSampleData(Path(__file__).parent / "Resources" / "Icons" / "RayEmbRegistration.png")


class RayEmbRegistrationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: one section for each step of the work. Each section shows and changes its part of the parameter node."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.scene = PanelScene(self)
        self.sections: list[Section] = []
        self.prepared = None

    def setup(self) -> None:
        """Build the panel."""
        ScriptedLoadableModuleWidget.setup(self)
        self._widget = slicer.util.loadUI(self.resourcePath("UI/RayEmbRegistration.ui"))
        self.layout.addWidget(self._widget)
        self.ui = slicer.util.childWidgetVariables(self._widget)
        self._widget.setMRMLScene(slicer.mrmlScene)
        self.logic = RayEmbRegistrationLogic()
        self.jobs = Jobs(self)
        self.history = History(self)
        self.keys = Keys(self)
        self.log = PanelLog(self)
        self.arrivals = Arrivals(self)
        self.ct = CtSection(self)
        self.plausibility = Plausibility(self)
        self.xrays = XraySection(self)
        self.prior = ViewPriorSection(self)
        self.frames = FramesSection(self)
        self.fields = Fields(self)
        self.filters = FilterSection(self)
        self.geometry = GeometrySection(self)
        self.cArms = CArms(self)
        self.start = StartSection(self)
        self.angles = AnglesSection(self)
        self.landmarks = LandmarksSection(self)
        self.pose = PoseSection(self)
        self.register = RegisterSection(self)
        self.assess = AssessSection(self)
        self.views = ViewsSection(self)
        self.result = ResultSection(self)
        self.overlay = OverlaySection(self)
        self.correct = CorrectSection(self)
        self.solve = SolveSection(self)
        self.heatMap = HeatMapSection(self)
        self.trust = TrustSection(self)
        self.track = TrackSection(self)
        self.targets = TargetSection(self)
        self.clicks = ClickSection(self)
        self.reconstruct, self.bone = ReconstructSection(self), BoneSection(self)
        self.runs = RunsSection(self)
        self.virtual = VirtualSection(self)
        self.advanced = AdvancedSection(self)
        self.sections = [self.ct, self.xrays, self.frames, self.geometry, self.start, self.angles, self.landmarks]
        self.sections += [self.pose, self.register, self.assess, self.views, self.result, self.overlay, self.correct]
        self.sections += [self.solve, self.heatMap, self.trust, self.track, self.targets, self.clicks, self.reconstruct]
        self.sections += [self.bone, self.runs, self.virtual, self.advanced, self.cArms, self.prior, self.arrivals]
        self.sections += [self.filters, self.fields, self.plausibility]
        self.sections += [RegistrationsSection(self), PanelWidth(self)]
        self.scene.follow()
        sceneView.registerLayouts()
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """The application closes, or the module is reloaded."""
        self.jobs.close()
        self.keys.leave()
        self.scene.show(None)
        for section in self.sections:
            section.cleanup()
        self.removeObservers()
        self._widget.setMRMLScene(None)

    def enter(self) -> None:
        """The user opens the module."""
        self.initializeParameterNode()
        self.views.enter()
        self.keys.take()

    def exit(self) -> None:
        """The user goes to another module; what runs goes on."""
        self.landmarks.stopPlacing()
        self.pose.stopMoving()
        self.history.settle()
        self.keys.leave()
        sceneView.leaveLayout()

    def initializeParameterNode(self) -> None:
        """Take the scene's parameter node, with a CT and an X-ray chosen where that is obvious."""
        self.scene.show(self.logic.getParameterNode())

    def onParametersModified(self, caller: Any = None, event: Any = None) -> None:
        """Bring the panel in line with the parameters."""
        if self.parameters is not None and slicer.mrmlScene.IsBatchProcessing():
            return  # a scene is being loaded or closed: not all nodes are there
        self.result.settle()
        for section in self.sections:
            section.update()

    def onReload(self) -> None:
        """Reload the helper packages too, which Slicer leaves as they are."""
        self.jobs.close()
        packages = ("RayEmbRegistrationLib", "RayEmbRegistrationScene", "RayEmbRegistrationPanel")
        for name in [name for name in sys.modules if name.split(".")[0] in packages]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    # What sections need of each other.

    @property
    def parameters(self) -> Any:
        """The typed parameter node, or None while a scene is being closed."""
        return self.scene.parameters

    def ctInput(self) -> CtInput:
        """The CT as chosen."""
        return self.ct.input()

    def handle(self, create: bool = False) -> Handle | None:
        """The registration that is shown, made anew on request where there is none."""
        return self.scene.handle(create)

    def problem(self) -> str | None:
        """Why nothing can be registered now, in a sentence; None where it can."""
        if self.parameters is None:
            return _("The scene is being closed.")
        return self.ct.problem() or self.xrays.problem() or self.start.problem()
