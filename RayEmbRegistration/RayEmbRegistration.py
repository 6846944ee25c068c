"""RayEmb Registration: where an X-ray was taken from, given the patient's CT. A table of contents of what the panel does."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import slicer
import vtk
from RayEmbRegistrationPanel import outcomes, sampleData
from RayEmbRegistrationPanel.advancedSection import AdvancedSection
from RayEmbRegistrationPanel.choices import Device, Method, OverlayMode, StartMode, ViewPrior
from RayEmbRegistrationPanel.correctSection import CorrectSection
from RayEmbRegistrationPanel.ctSection import CtSection
from RayEmbRegistrationPanel.dicomGeometry import geometryFromDicomImage
from RayEmbRegistrationPanel.heatMapSection import HeatMapSection
from RayEmbRegistrationPanel.jobs import Jobs
from RayEmbRegistrationPanel.overlaySection import OverlaySection
from RayEmbRegistrationPanel.registerSection import RegisterSection
from RayEmbRegistrationPanel.resultSection import ResultSection
from RayEmbRegistrationPanel.sampleData import makeSampleData
from RayEmbRegistrationPanel.startSection import StartSection
from RayEmbRegistrationPanel.viewsSection import ViewsSection
from RayEmbRegistrationPanel.xraySection import XraySection
from RayEmbRegistrationScene import inputs, install, sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.xrayGeometry import XrayGeometry
from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScriptedModuleNode,
    vtkMRMLSegmentationNode,
    vtkMRMLVolumeNode,
)
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

#
# RayEmbRegistration
#


class RayEmbRegistration(ScriptedLoadableModule):
    """What the module list shows."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("RayEmb Registration")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Registration")]
        self.parent.dependencies = []
        self.parent.contributors = ["RayEmbRegistration developers"]
        self.parent.helpText = _(
            "Finds the pose of the bone of a CT in one or more X-rays, and says how far the result can be trusted. "
            "Everything is computed on this computer; nothing is uploaded. For research use, not for clinical use. "
            'See the <a href="https://github.com/OWNER/SlicerRayEmbRegistration">documentation</a>.'
        )
        self.parent.acknowledgementText = _(
            "Landmarks are found after RayEmb (Shrestha et al., ACCV 2024). The documentation names all methods and how to "
            "cite them."
        )
        slicer.app.connect("startupCompleted()", registerSampleData)


#
# Register sample data sets in the Sample Data module
#


def registerSampleData():
    """Offer a drawn pelvis with a simulated X-ray of it."""
    sampleData.registerSampleData(Path(__file__).parent / "Resources" / "Icons" / "RayEmbRegistration.png")


#
# RayEmbRegistrationParameterNode
#


@parameterNodeWrapper
class RayEmbRegistrationParameterNode:
    """What is saved with the scene.

    ``xrayVolumes`` and ``xrayGeometries`` are the rows of the X-ray table; a geometry is an ``XrayGeometry`` as text.
    """

    ctVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    unusedSegments: list[str]
    separateBones: bool = False
    trainMinutes: Annotated[int, WithinRange(1, 600)] = 5
    xrayVolumes: list[vtkMRMLVolumeNode]
    xrayGeometries: list[str]
    startMode: StartMode = StartMode.AUTOMATIC
    ctLandmarks: vtkMRMLMarkupsFiducialNode
    xrayLandmarks: vtkMRMLMarkupsFiducialNode
    pickedPoint: vtkMRMLMarkupsFiducialNode
    startUncertaintyDeg: Annotated[float, WithinRange(0.1, 180.0)] = 10.0
    startUncertaintyMm: Annotated[float, WithinRange(0.1, 500.0)] = 10.0
    viewPrior: ViewPrior = ViewPrior.ap
    method: Method = Method.auto
    device: Device = Device.auto
    weightsPath: Path
    seed: Annotated[int, WithinRange(0, 999999)] = 0
    registration: vtkMRMLScriptedModuleNode
    overlayMode: OverlayMode = OverlayMode.edges
    overlayOpacity: Annotated[float, WithinRange(0.0, 1.0)] = 0.7
    wiperPosition: Annotated[float, WithinRange(0.0, 1.0)] = 0.5
    showDetected: bool = True
    showReprojected: bool = True
    showRejected: bool = False
    showResiduals: bool = True
    showFrustum: bool = True
    showSource: bool = True


#
# RayEmbRegistrationWidget
#


class RayEmbRegistrationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel: one section for each step of the work. Each section shows and changes its part of the parameter node."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.parameters = None
        self.sections = []
        self.prepared = None
        self._widget = None
        self._connection = None

    def setup(self):
        """Build the panel."""
        ScriptedLoadableModuleWidget.setup(self)
        self._widget = slicer.util.loadUI(self.resourcePath("UI/RayEmbRegistration.ui"))
        self.layout.addWidget(self._widget)
        self.ui = slicer.util.childWidgetVariables(self._widget)
        self._widget.setMRMLScene(slicer.mrmlScene)
        self.logic = RayEmbRegistrationLogic()
        self.jobs = Jobs(self)
        self.ct = CtSection(self)
        self.xrays = XraySection(self)
        self.start = StartSection(self)
        self.register = RegisterSection(self)
        self.views = ViewsSection(self)
        self.result = ResultSection(self)
        self.overlay = OverlaySection(self)
        self.correct = CorrectSection(self)
        self.heatMap = HeatMapSection(self)
        self.advanced = AdvancedSection(self)
        self.sections = [self.ct, self.xrays, self.start, self.register, self.views, self.result, self.overlay]
        self.sections += [self.correct, self.heatMap, self.advanced]
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndImport)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeRemovedEvent, self.onNodeRemoved)
        sceneView.registerLayouts()
        self.initializeParameterNode()

    def cleanup(self):
        """The application closes, or the module is reloaded."""
        self.jobs.close()
        self.setParameterNode(None)
        for section in self.sections:
            section.cleanup()
        self.removeObservers()
        self._widget.setMRMLScene(None)

    def enter(self):
        """The user opens the module."""
        self.initializeParameterNode()
        self.views.enter()

    def exit(self):
        """The user goes to another module; what runs goes on."""
        self.start.stopPlacing()
        self.start.stopMoving()
        sceneView.leaveLayout()

    def onSceneStartClose(self, caller, event):
        """Let go of everything in the scene before it goes."""
        self.jobs.cancel(forget=True)
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        """Begin anew."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, caller, event):
        """A scene was loaded: make whole what files do not hold, and show what it says."""
        sceneView.restoreAfterLoad()
        if self.parent.isEntered:
            self.setParameterNode(None)
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, caller, event, node):
        """The user deleted a node that may be ours."""
        if self.parameters is not None and not slicer.mrmlScene.IsBatchProcessing():
            for name in ("ctVolume", "segmentation", "ctLandmarks", "xrayLandmarks", "pickedPoint", "registration"):
                if getattr(self.parameters, name) is node:
                    setattr(self.parameters, name, None)
            for section in self.sections:
                section.nodeRemoved(node)

    def initializeParameterNode(self):
        """Take the scene's parameter node, with a CT and an X-ray chosen where that is obvious."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameters):
        """Show another parameter node, or none."""
        self.prepared = None
        if self.parameters is not None:
            self.parameters.disconnectGui(self._connection)
            self.removeObserver(self.parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self.parameters = parameters
        if parameters is not None:
            self._connection = parameters.connectGui(self.ui)
            self.addObserver(parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        for section in self.sections:
            section.parametersReplaced()
        self.onParametersModified()

    def onParametersModified(self, caller=None, event=None):
        """Bring the panel in line with the parameters."""
        if self.parameters is not None and slicer.mrmlScene.IsBatchProcessing():
            return  # a scene is being loaded or closed: not all nodes are there
        for section in self.sections:
            section.update()

    def onReload(self):
        """Reload the helper packages too, which Slicer leaves as they are."""
        self.jobs.close()
        packages = ("RayEmbRegistrationLib", "RayEmbRegistrationScene", "RayEmbRegistrationPanel")
        for name in [name for name in sys.modules if name.split(".")[0] in packages]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    # What sections need of each other.

    def ctInput(self) -> CtInput:
        """The CT as chosen."""
        return self.ct.input()

    def handle(self, create: bool = False):
        """The registration that is shown, made anew on request where there is none."""
        handle = self.parameters.registration if self.parameters is not None else None
        if not sceneView.isAlive(handle):
            handle = None
        if handle is None and create:
            handle = sceneView.createRegistration()
            self.parameters.registration = handle
        return handle

    def problem(self) -> str | None:
        """Why nothing can be registered now, in a sentence; None where it can."""
        if self.parameters is None:
            return _("The scene is being closed.")
        return self.ct.problem() or self.xrays.problem() or self.start.problem()


#
# RayEmbRegistrationLogic
#


class RayEmbRegistrationLogic(ScriptedLoadableModuleLogic):
    """The verbs, for the console, for other modules and for the panel. They need no panel.

        logic = RayEmbRegistrationLogic()
        xray = logic.xray(getNode("X-ray"), sourceToDetectorMm=1020, pixelSpacingMm=(0.73, 0.73))
        outcome = logic.register(getNode("CT"), [xray])
        logic.showResult(getNode("CT"), [xray], outcome)
        print(outcome.result.quality.reason)

    Verbs take ``progress``, called with (share done, stage in words), and ``cancelled``, asked now and then. They raise
    ValueError, in a sentence, for what cannot be registered, and ``Cancelled`` when asked to stop. A CT is a volume node or
    a ``CtInput``, which also names a segmentation of its bones.
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self.device = "auto"
        self.weights = None
        self._cache = None
        self._dicomImages = {}
        self._isInstalled = False

    def getParameterNode(self):
        """The parameters of the scene, typed."""
        return RayEmbRegistrationParameterNode(super().getParameterNode())

    # Installation

    @property
    def requirementsPath(self) -> Path:
        """The packages that Slicer does not bring."""
        return Path(__file__).parent / "Resources" / "requirements.txt"

    def ensureInstalled(self) -> None:
        """Install what is missing after asking once; InstallError says what is missing where the user declines."""
        if not self._isInstalled:
            install.ensureInstalled(self.requirementsPath)
            self._isInstalled = True  # looking it up takes as long as a click may

    @property
    def cache(self):
        """Prepared CTs, found again by their content."""
        from RayEmbRegistrationLib.application import PreparedCache

        if self._cache is None:
            self._cache = PreparedCache(self.cacheFolder())
        return self._cache

    def cacheFolder(self) -> Path:
        """Where prepared CTs are kept."""
        return Path(slicer.app.cachePath) / "RayEmbRegistration"

    # What goes in

    def xray(self, node, geometry: XrayGeometry | None = None, calibration: str | Path | None = None, **values) -> XrayInput:
        """An X-ray to register, its geometry from an object, a calibration file, or the node's DICOM tags.

        ``values`` are typed in: sourceToDetectorMm, pixelSpacingMm (column, row), principalPointPx, turns, isMirrored,
        boneIsBright.
        """
        if geometry is None:
            geometry = self.geometryFromFile(calibration, node) if calibration else self.geometryOf(node)
        return XrayInput(node, geometry.withTyped(**values) if values else geometry)

    def geometryOf(self, node) -> XrayGeometry:
        """What is known of an X-ray node's geometry: from the sample's attributes or the DICOM tags; else nothing."""
        kept = node.GetAttribute("RayEmbRegistration.Geometry")
        if kept:
            return XrayGeometry.fromText(kept)
        try:
            return self.geometryFromDicom(node)
        except ValueError:
            return XrayGeometry()

    def geometryFromFile(self, path: str | Path, node) -> XrayGeometry:
        """The geometry that a calibration file holds for an X-ray node's image."""
        from RayEmbRegistrationLib.files.camera import read_camera

        found = read_camera(path, inputs.imageSize(node))
        return XrayGeometry.fromCamera(
            found.camera,
            f"file: {Path(path).name}",
            cameraFromRig=found.camera_from_world,
            boneIsBright=found.bone_is_bright,
            notes=found.notes,
        )

    def geometryFromDicom(self, node) -> XrayGeometry:
        """The geometry that the DICOM tags of an X-ray node's file tell.

        Raises:
            ValueError: not loaded from DICOM, or the file is gone.
        """
        image = self.dicomImage(node)
        if image is None or image.geometry is None:
            raise ValueError(
                _("{name} was not loaded from DICOM; type the values in or load a calibration file").format(
                    name=node.GetName()
                )
            )
        return geometryFromDicomImage(image)

    def dicomImage(self, node):
        """The library's reading of the DICOM file that a node was loaded from, or None; raises ValueError if it is gone."""
        from RayEmbRegistrationLib.xray.reading import read_xray

        uid = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
        if not uid:
            return None
        if uid[0] not in self._dicomImages:
            database = slicer.app.dicomDatabase()
            path = database.fileForInstance(uid[0]) if database is not None else ""
            if not path:
                raise ValueError(
                    _("the DICOM file of {name} is not in the DICOM database any more").format(name=node.GetName())
                )
            self._dicomImages[uid[0]] = read_xray(path)
        return self._dicomImages[uid[0]]

    def view(self, xray: XrayInput):
        """An X-ray node as the library's XrayView."""
        from RayEmbRegistrationLib.pose.problem import XrayView

        pixels, _notes = inputs.xrayPixels(xray.node)
        try:
            file = self.dicomImage(xray.node)
        except ValueError:  # the file is gone; the pixels are here
            file = None
        same = file is not None and file.pixels.shape == pixels.shape
        geometry = xray.geometry
        return XrayView(
            pixels,
            geometry.camera(pixels.shape[::-1], xray.node.GetName()),
            invalid=file.invalid if same else None,
            bone_is_bright=geometry.boneIsBright,
            intensity=file.intensity if same else "unknown",
            camera_from_rig=geometry.cameraFromRig,
            name=xray.node.GetName(),
            start=xray.start,
            points_ras=xray.pointsRas,
            points_px=xray.pointsPx,
        )

    def request(self, ct, xrays=(), settings=None, angles=()):
        """Everything a registration needs, as arrays: the nodes may go while it runs."""
        from RayEmbRegistrationLib.application import Request
        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        ct = asCtInput(ct)
        volume = inputs.ctVolume(ct.node, ct.segmentation, ct.segmentIds)
        views = tuple(self.view(xray) for xray in xrays)
        settings = settings or RegistrationSettings()
        return Request(volume, views, settings, self.device, ct.name, tuple(angles), self.weights)

    # The verbs

    def prepare(self, ct, settings=None, progress=None, cancelled=None):
        """What can be computed before the X-ray exists; found again the next time."""
        return self.carryOut(self.request(ct, settings=settings), progress, cancelled).prepared

    def detectLandmarks(self, ct, xray, settings=None, progress=None, cancelled=None):
        """Where an X-ray shows points of the bone, by the landmark detector alone. Returns the library's Landmarks."""
        from RayEmbRegistrationLib.application import detect_landmarks

        return detect_landmarks(self.prepare(ct, settings, progress, cancelled), self.view(xray))

    def trainForPatient(self, ct, minutes, settings=None, progress=None, cancelled=None):
        """Let the landmark detector learn this CT; later registrations of it use what was learnt."""
        return self.train(self.request(ct, settings=settings), minutes, progress, cancelled)

    def estimatePose(self, ct, xrays, settings=None, progress=None, cancelled=None):
        """The poses camera_from_ras, one an X-ray: from landmark pairs alone where all have them, else as ``register``."""
        from RayEmbRegistrationLib.pose.strategies.start import pose_from_landmarks

        if all(xray.pointsRas is not None for xray in xrays):
            views = [self.view(xray) for xray in xrays]
            return [pose_from_landmarks(view.camera, view.points_ras, view.points_px) for view in views]
        outcome = self.register(ct, xrays, settings, progress, cancelled)
        return [view.camera_from_ras for view in outcome.result.views]

    def refinePose(self, ct, xrays, settings=None, progress=None, cancelled=None):
        """Improve the start poses of X-rays without looking elsewhere."""
        from dataclasses import replace

        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        if all(xray.start is None for xray in xrays):
            raise ValueError(_("there is no pose to refine; register first, or give a start pose"))
        settings = replace(settings or RegistrationSettings(), refine_only=True)
        return self.carryOut(self.request(ct, xrays, settings), progress, cancelled)

    def register(self, ct, xrays, settings=None, progress=None, cancelled=None):
        """Find where the X-rays were taken from; the CT is prepared where it was not yet. Returns an ``Outcome``."""
        return self.carryOut(self.request(ct, xrays, settings), progress, cancelled)

    def solveAgain(self, request, landmarks, corrections, progress=None, cancelled=None):
        """The pose of a request's one X-ray by its landmarks as the user corrected them. Touches no node."""
        from RayEmbRegistrationLib.application import solve_again

        return solve_again(request, landmarks, corrections, self.cache, progress, cancelled)

    def carryOut(self, request, progress=None, cancelled=None, preview=None):
        """Do what was asked. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application import carry_out

        return carry_out(request, self.cache, progress, cancelled, preview)

    def train(self, request, minutes, progress=None, cancelled=None):
        """Train for the CT of a request. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application import train_for_patient

        return train_for_patient(request, minutes, self.cache, progress, cancelled)

    def heatMap(self, outcome, row, pointRas):
        """Where the detector sees a point of the CT in an X-ray of an outcome. Touches no node."""
        from RayEmbRegistrationLib.application import heat_map_of

        return heat_map_of(outcome, row, pointRas)

    def exportResult(self, handle, folder, outcome=None):
        """Write transforms, result.json, result.csv and pictures of a registration into a folder; returns the paths."""
        from RayEmbRegistrationPanel.export import exportRegistration

        return exportRegistration(handle, folder, outcome)

    def forgetPrepared(self):
        """Forget all prepared CTs and delete their files."""
        self.cache.clear()

    def showResult(self, ct, xrays, outcome, handle=None):
        """Show an outcome in the scene; returns the registration's handle, a new one unless one is given."""
        handle = handle if sceneView.isAlive(handle) else sceneView.createRegistration()
        shown = outcomes.toShow(outcome, asCtInput(ct).node, xrays, handle.GetParameter("PanelBone"))
        for _step in self.resultSteps(handle, shown):
            pass
        return handle

    def resultSteps(self, handle, shown, trajectories=None):
        """As ``showResult``, a little with each ``next``, so that the application stays awake meanwhile.

        Args:
            handle: the registration.
            shown: of ``outcomes.toShow``, which a thread can make.
            trajectories: row to the poses on the way, or None.
        """
        for label, surface in shown.surfaces.surfaces.items():
            sceneView.showBoneSurface(handle, surface, label)
            yield
        handle.SetParameter("PanelBone", shown.surfaces.identity)
        yield from sceneView.registrationSteps(handle, shown.data, trajectories)
        sceneView.rememberPoses(handle, shown.outcome.result.quality.reason)


def asCtInput(ct) -> CtInput:
    """A CT node as a CtInput."""
    return ct if isinstance(ct, CtInput) else CtInput(ct)


#
# RayEmbRegistrationTest
#


class RayEmbRegistrationTest(ScriptedLoadableModuleTest):
    """Registers the sample: by *Reload and Test* in Slicer, by ctest, and in this repository's own tests."""

    def setUp(self):
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """All of it."""
        self.setUp()
        self.test_geometry_is_kept_as_text()
        self.setUp()
        self.test_sample_is_registered()

    def test_geometry_is_kept_as_text(self):
        """What the panel saves of an X-ray comes back as it was."""
        geometry = XrayGeometry().withTyped(sourceToDetectorMm=1000.0, pixelSpacingMm=(0.5, 0.5), turns=1, isMirrored=True)
        again = XrayGeometry.fromText(geometry.toText())
        np.testing.assert_allclose(again.camera((300, 200)).K, geometry.camera((300, 200)).K)
        self.assertEqual(again.state, "typed in")

    def test_sample_is_registered(self):
        """The pose of the drawn pelvis is found to a millimetre, and shown."""
        if not install.isReady():
            self.delayDisplay(_("PyTorch is not installed: the registration itself was not tested."))
            self.skipTest("PyTorch is not installed")
        ctNode, xrayNode = makeSampleData(pixels=160, voxelMm=2.5)
        truth = np.array([float(x) for x in xrayNode.GetAttribute("RayEmbRegistration.TruePose").split()]).reshape(4, 4)
        logic = RayEmbRegistrationLogic()
        logic.device = "cpu"
        xray = logic.xray(xrayNode)
        outcome = logic.register(ctNode, [xray])
        self.assertTrue(outcome.result.quality.trusted, outcome.result.quality.reason)
        points = np.c_[outcome.prepared.bone_points_ras, np.ones(len(outcome.prepared.bone_points_ras))]
        error = np.linalg.norm((points @ (outcome.result.camera_from_ras.matrix - truth).T)[:, :3], axis=1).mean()
        logging.info("RayEmbRegistrationTest: mean error over the bone %.2f mm", error)
        self.assertLess(error, 1.5)
        handle = logic.showResult(ctNode, [xray], outcome)
        np.testing.assert_allclose(sceneView.poseOf(handle, 0).matrix, outcome.result.camera_from_ras.matrix, atol=1e-6)
        self.delayDisplay(_("The sample was registered."))
