"""The parameter node: the same on the host's own Python base and on Slicer's."""

import enum
import pathlib
from typing import Annotated, Optional

import numpy as np
import pytest
from host_fixtures import load_ui, volume

pytest_plugins = ["host_fixtures"]


class Start(enum.Enum):
    AUTOMATIC = 1
    ANGLES = 2


@pytest.fixture
def Parameters(scene):
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode
    from slicer.parameterNodeWrapper import Choice, Default, Minimum, WithinRange, parameterNodeWrapper, parameterPack

    @parameterPack
    class Camera:
        distanceMm: Annotated[float, WithinRange(100.0, 3000.0)] = 1020.0
        origin: str = "DICOM"

    @parameterNodeWrapper
    class Parameters:
        ct: vtkMRMLScalarVolumeNode
        landmarks: Optional[vtkMRMLMarkupsFiducialNode]  # noqa: UP045 - the spelling modules use
        xrays: list[vtkMRMLScalarVolumeNode]
        opacity: Annotated[float, WithinRange(0, 1), Default(0.5)]
        iterations: Annotated[int, Minimum(1)] = 100
        start: Start
        device: Annotated[str, Choice(["auto", "cpu"])] = "auto"
        live: bool
        weights: pathlib.Path
        names: list[str]
        camera: Camera

    return Parameters


def parameter_node(scene):
    return scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "RayEmbRegistration")


def test_parameters_keep_their_types(scene, Parameters):
    node = parameter_node(scene)
    parameters, ct, xray = Parameters(node), volume(scene, "CT"), volume(scene, "X-ray")
    assert (parameters.ct, parameters.landmarks, list(parameters.xrays)) == (None, None, [])
    assert (parameters.opacity, parameters.iterations, parameters.start) == (0.5, 100, Start.AUTOMATIC)
    parameters.ct, parameters.start, parameters.live = ct, Start.ANGLES, True
    parameters.xrays.append(xray)
    parameters.names = ["pelvis"]
    parameters.names += ["femur"]
    parameters.camera.distanceMm = 970
    parameters.weights = pathlib.Path("weights.safetensors")
    again = Parameters(node)
    assert (again.ct, list(again.xrays), again.start, again.live) == (ct, [xray], Start.ANGLES, True)
    assert (list(again.names), again.camera.distanceMm) == (["pelvis", "femur"], 970)
    assert again.weights == pathlib.Path("weights.safetensors")
    assert again.getValue("camera.distanceMm") == 970


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opacity", 2.0),
        ("iterations", 0),
        ("iterations", "many"),
        ("device", "tpu"),
        ("start", 1),
        ("ct", "CT"),
        ("live", None),
    ],
)
def test_wrong_values_are_refused(scene, Parameters, name, value):
    parameters = Parameters(parameter_node(scene))
    before = parameters.getValue(name)
    with pytest.raises((ValueError, TypeError)):
        setattr(parameters, name, value)
    assert parameters.getValue(name) == before


def test_parameters_survive_saving(scene, Parameters, tmp_path):
    import slicer

    parameters = Parameters(parameter_node(scene))
    parameters.ct = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4), np.float32), name="CT")
    parameters.xrays = [parameters.ct, slicer.util.addVolumeFromArray(np.zeros((1, 3, 4), np.float32), name="X-ray")]
    parameters.camera.distanceMm, parameters.opacity, parameters.start = 1234.5, 0.25, Start.ANGLES
    path = str(tmp_path / "scene.mrb")
    assert scene.WriteToMRB(path)
    scene.Clear(False)
    assert scene.ReadFromMRB(path, True, None)
    loaded = Parameters(slicer.util.getNode("RayEmbRegistration"))
    assert (loaded.camera.distanceMm, loaded.opacity, loaded.start) == (1234.5, 0.25, Start.ANGLES)
    assert [node.GetName() for node in [loaded.ct, *loaded.xrays]] == ["CT", "CT", "X-ray"]


def test_parameters_and_widgets(scene, Parameters, tmp_path):
    widget, ui = load_ui(tmp_path)
    widget.setMRMLScene(scene)
    parameters, first, second = Parameters(parameter_node(scene)), volume(scene, "CT"), volume(scene, "CT 2")
    parameters.ct = first
    tag = parameters.connectGui(ui)
    assert (ui.ctSelector.currentNode(), ui.opacity.value) == (first, 0.5)
    ui.opacity.value = 0.75
    ui.ctSelector.setCurrentNode(second)
    assert (parameters.ct, parameters.opacity) == (second, 0.75)
    parameters.opacity, parameters.ct = 0.125, None
    assert (ui.ctSelector.currentNode(), ui.opacity.value) == (None, 0.125)
    parameters.disconnectGui(tag)
    ui.opacity.value = 1
    assert parameters.opacity == 0.125


def test_wrong_connections_to_widgets_raise(scene, Parameters, qt, ctk):
    parameters = Parameters(parameter_node(scene))
    with pytest.raises(ValueError, match="opacty"):
        parameters.connectParametersToGui({"opacty": ctk.ctkSliderWidget()})
    with pytest.raises(RuntimeError):
        parameters.connectParametersToGui({"opacity": qt.QLineEdit()})
    with pytest.raises(RuntimeError):  # a slider needs both ends
        parameters.connectParametersToGui({"iterations": ctk.ctkSliderWidget()})
