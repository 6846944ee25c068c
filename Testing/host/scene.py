"""The MRML scene with its application logic and module logics, as Slicer makes them at start; without Qt."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import slicer
import slicer.util
import vtk

from .subject_hierarchy import AutomaticItems

# The order is Slicer's: a logic that asks for another one's nodes comes after it. The module's name, then its logic's class.
MODULE_LOGICS = {
    "Units": "vtkSlicerUnitsLogic",
    "Colors": "vtkSlicerColorLogic",
    "Cameras": "vtkSlicerCamerasModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Annotations": "vtkSlicerAnnotationModuleLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Models": "vtkSlicerModelsLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "VolumeRendering": "vtkSlicerVolumeRenderingLogic",
    "Sequences": "vtkSlicerSequencesLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Texts": "vtkSlicerTextsLogic",
    "ViewControllers": "vtkSlicerViewControllersLogic",
    "CropVolume": "vtkSlicerCropVolumeLogic",
    "Reformat": "vtkSlicerReformatLogic",
    "Data": "vtkSlicerDataModuleLogic",
}


@dataclass
class Scene:
    """What a booted scene consists of; `messages` collects what VTK reported as errors and warnings."""

    scene: slicer.vtkMRMLScene
    applicationLogic: slicer.vtkSlicerApplicationLogic
    logics: dict[str, object]
    ioLogics: tuple
    messages: Messages
    folder: Path
    items: AutomaticItems


class Messages:
    """VTK's errors and warnings, collected instead of printed; what Slicer itself says harmlessly is left out."""

    HARMLESS = (
        "HomeDirectory is not set",  # the colour logic looks for the application's colour files
        "bad X server connection",  # VTK tries the display before it draws offscreen
    )

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_OFF)
        self._window = vtk.vtkOutputWindow()
        self._window.SetDisplayModeToNever()
        self._window.AddObserver("ErrorEvent", self._record)
        self._window.AddObserver("WarningEvent", self._record)
        self.attach()

    def attach(self) -> None:
        """Make this window the one VTK writes to (again, after something else took its place)."""
        vtk.vtkOutputWindow.SetInstance(self._window)

    @vtk.calldata_type(vtk.VTK_STRING)
    def _record(self, window, event: str, text: str) -> None:
        if not any(harmless in text for harmless in self.HARMLESS):
            (self.errors if event == "ErrorEvent" else self.warnings).append(text.strip())

    def clear(self) -> None:
        self.errors.clear()
        self.warnings.clear()


_booted: Scene | None = None


def boot_scene() -> Scene:
    """Make `slicer.mrmlScene` with every logic, once a process; later calls return the same scene."""
    global _booted  # noqa: PLW0603 - Slicer has one scene, and so does a process
    if _booted is not None:
        return _booted
    folder = Path(tempfile.mkdtemp(prefix="rayemb-host-"))
    messages = Messages()
    scene = slicer.vtkMRMLScene()
    slicer.mrmlScene = scene
    scene.SetRootDirectory(str(folder))
    scene.SetUndoOff()

    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetTemporaryPath(str(folder))
    logic.SetSliceLogics(vtk.vtkCollection())
    logic.SetViewLogics(vtk.vtkCollection())
    ioLogics = _attach_io(scene, logic, folder)
    scene.RegisterNodeClass(slicer.vtkMRMLCommandLineModuleNode())
    logic.SetMRMLScene(scene)
    logics = _module_logics(scene, logic)
    logic.GetColorLogic().SetMRMLScene(scene)
    logic.GetColorLogic().AddDefaultColorNodes()
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    crosshair = slicer.vtkMRMLCrosshairNode()
    crosshair.SetCrosshairName("default")
    scene.AddNode(crosshair)
    _booted = Scene(scene, logic, logics, ioLogics, messages, folder, AutomaticItems(scene))
    return _booted


def _attach_io(scene, logic, folder: Path) -> tuple:
    """Reading and writing of data and of MRB archives: without these two logics an archive writes, but does not read."""
    remote = slicer.vtkMRMLRemoteIOLogic()
    remote.SetMRMLApplicationLogic(logic)
    remote.GetCacheManager().SetRemoteCacheDirectory(str(folder / "cache"))
    (folder / "cache").mkdir(exist_ok=True)
    remote.SetMRMLScene(scene)
    remote.AddDataIOToScene()
    data = slicer.vtkDataIOManagerLogic()
    data.SetMRMLApplicationLogic(logic)
    data.SetAndObserveDataIOManager(remote.GetDataIOManager())
    return remote, data


def _module_logics(scene, applicationLogic) -> dict[str, object]:
    logics = {}
    for name, className in MODULE_LOGICS.items():
        logic = getattr(slicer, className)()
        logic.SetMRMLApplicationLogic(applicationLogic)
        logic.SetMRMLScene(scene)
        applicationLogic.SetModuleLogic(name, logic)
        logics[name] = logic
    return logics


def clear_scene(keepSingletons: bool = True) -> None:
    """Close the scene as *File > Close scene* does; what Slicer keeps (singletons, colour tables) stays."""
    slicer.mrmlScene.Clear(not keepSingletons)
