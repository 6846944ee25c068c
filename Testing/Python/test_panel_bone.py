"""Bone from X-ray by clicks in the host, and its verb from the console: a small X-ray, no CT, weights that know little."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import torch  # noqa: E402
import vtk  # noqa: E402
from panel_cases import add_knee  # noqa: E402
from panel_fixtures import finish  # noqa: E402
from RayEmbRegistrationLib.application import surfaces  # noqa: E402
from RayEmbRegistrationLib.detector import weights as weights_room  # noqa: E402
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder, SurfaceNetwork  # noqa: E402
from RayEmbRegistrationLib.detector.weights import load_encoder, save_weights  # noqa: E402
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text  # noqa: E402
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationLib.geometry.sourced import Sourced  # noqa: E402
from RayEmbRegistrationLib.geometry.xray import XrayGeometry  # noqa: E402
from RayEmbRegistrationLib.pictures.surface_files import DEVIATION, colors_of  # noqa: E402
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry  # noqa: E402
from RayEmbRegistrationLib.problems import InputProblem  # noqa: E402
from RayEmbRegistrationLib.simulation.cases import default_camera  # noqa: E402
from registration_cases import knee, knee_pose, xray_of  # noqa: E402
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("prepared_once")

CAMERA = default_camera(96)
GEOMETRY_MM = float(np.mean(depth_from_geometry(CAMERA)))


def add_shot(name="Shot", polarity=True, **known):
    """An X-ray of the knee of 96 px; ``polarity`` says whether its geometry tells which way round it is."""
    made = xray_of(knee(), knee_pose(), CAMERA)
    bright = Sourced(made.bone_is_bright, "file", "test") if polarity else None
    geometry = XrayGeometry.of_camera(CAMERA, "file", "test", bone_is_bright=bright, **known)
    node = slicer.util.addVolumeFromArray(made.pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), name)
    node.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
    return node


@pytest.fixture(scope="module")
def guessing(tmp_path_factory):
    """Weights of a network that sees bone everywhere, a little deeper on one side: path."""
    torch.manual_seed(0)
    network = SurfaceEncoder((8, 8, 8, 8), 1)
    with torch.no_grad():
        network.out.bias[0] = 8.0  # bone
        network.out.bias[9:11] = torch.tensor([-0.2, 0.2])  # entry and exit
        network.out.bias[11:13] = -2.5  # some 10 mm
    path = tmp_path_factory.mktemp("weights") / "guessing.safetensors"
    save_weights(path, network, {"trained_on": "nothing", **SurfaceNetwork(network, 1.0).about()})
    return path


@pytest.fixture
def shipped(guessing, monkeypatch):
    """The same in place of the weights that come with the module."""
    for room in (weights_room, surfaces):
        monkeypatch.setattr(room, "shipped_surfaces_path", lambda: guessing)
    return guessing


@pytest.fixture
def logic(host, repository):
    module = host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py", enter=False)
    return module.widget.logic


def points_ras(model):
    """(N, 3) of a model, in the world."""
    matrix = vtk.vtkMatrix4x4()
    model.GetParentTransformNode().GetMatrixTransformToWorld(matrix)
    points = slicer.util.arrayFromModelPoints(model)
    return RigidTransform.from_matrix(slicer.util.arrayFromVTKMatrix(matrix)).apply(np.array(points, dtype=float))


def test_the_library_looks_at_the_depth_that_is_wanted_and_stops_when_asked(guessing):
    from registration_cases import as_view

    view = as_view(xray_of(knee(), knee_pose(), CAMERA), CAMERA)
    stages = []
    found = surfaces.bone_of_xray(view, surfaces.Wanted(guessing), lambda share, stage: stages.append((share, stage)))
    assert (found.depth_mm, found.depth_from) == (GEOMETRY_MM, "geometry")
    assert [stage for _share, stage in stages] == ["reading the network", "looking for bone", "looking for bone"]
    assert any("does not show the bone's depth" in note for note in found.notes)
    assert any("bone was taken to be" in note for note in found.notes)
    by_pose = surfaces.bone_of_xray(view, surfaces.Wanted(guessing, camera_from_ras=knee_pose(), pose_depth_mm=800.0))
    assert (by_pose.depth_mm, by_pose.depth_from) == (800.0, "pose")
    np.testing.assert_allclose(by_pose.mesh.points, found.mesh.points * 800.0 / GEOMETRY_MM, rtol=1e-6)
    given = surfaces.bone_of_xray(view, surfaces.Wanted(guessing, 500.0, pose_depth_mm=800.0))
    assert (given.depth_mm, given.depth_from) == (500.0, "given")
    with pytest.raises(InputProblem, match="positive number of mm"):
        surfaces.bone_of_xray(view, surfaces.Wanted(guessing, -1.0))
    from RayEmbRegistrationLib.progress import Cancelled

    with pytest.raises(Cancelled):
        surfaces.bone_of_xray(view, surfaces.Wanted(guessing), cancelled=lambda: True)


def test_a_network_of_the_ct_says_the_depth_by_the_pose_and_the_mesh_stays_in_the_cameras_frame(guessing, tmp_path):
    from registration_cases import as_view

    network, _about = load_encoder(guessing)
    center = knee_pose().inverse().apply(np.array([0.0, 0.0, 820.0]))
    own = tmp_path / "own.safetensors"
    save_weights(own, network, SurfaceNetwork(network, 3.0, center, 100.0).about())
    view = as_view(xray_of(knee(), knee_pose(), CAMERA), CAMERA, bone_is_bright=False)
    found = surfaces.bone_of_xray(view, surfaces.Wanted(own, camera_from_ras=knee_pose()))
    assert (found.mesh.frame, found.depth_from) == ("camera", "pose")
    assert found.depth_mm == pytest.approx(820.0, abs=60.0)  # where its points are said to be


def test_from_the_console_without_a_ct_it_stands_as_in_an_ap_view_and_is_replaced(logic, guessing):
    shot = add_shot()
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Patient")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(shot), patient)
    xray = logic.xray(shot)
    model = logic.boneSurface(xray, weights=guessing)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(model)) == patient
    points, camera = points_ras(model), np.array(slicer.util.arrayFromModelPoints(model), dtype=float)
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=1e-3)
    np.testing.assert_allclose(
        points - points.mean(axis=0), ((camera - camera.mean(axis=0)) * (-1, -1, -1))[:, [0, 2, 1]], atol=1e-3
    )
    for word in (
        "guess, not for measuring",
        "AP view",
        "patient's left",
        "posterior",
        f"{GEOMETRY_MM:.0f} mm from the source",
    ):
        assert word in model.GetDescription()
    again = logic.boneSurface(xray, depthMm=600.0, weights=str(guessing))
    assert again is model
    assert "600 mm" in model.GetDescription()
    np.testing.assert_allclose(slicer.util.arrayFromModelPoints(model), camera * 600.0 / GEOMETRY_MM, rtol=1e-4)
    assert len([node for node in slicer.util.getNodesByClass("vtkMRMLModelNode") if "guess" in node.GetName()]) == 1
    assert (
        len([node for node in slicer.util.getNodesByClass("vtkMRMLLinearTransformNode") if "camera" in node.GetName()]) == 1
    )


def test_colours_are_those_of_the_file(logic, guessing):
    model = logic.boneSurface(logic.xray(add_shot()), weights=guessing)
    display, array = model.GetDisplayNode(), model.GetPolyData().GetPointData().GetArray(DEVIATION)
    assert display.GetActiveScalarName() == DEVIATION
    assert display.GetScalarVisibility()
    assert tuple(display.GetScalarRange()) == (2.0, 25.0)
    values = vtk_to_numpy(array)
    assert 0 < values.min() < values.max()
    table = display.GetColorNode().GetLookupTable()
    for value in (1.0, 2.0, 4.0, 7.0, 12.0, 25.0, 60.0):
        number = round((min(max(value, 2.0), 25.0) - 2.0) / 23.0 * (table.GetNumberOfTableValues() - 1))
        shown = 255 * np.array(table.GetTableValue(number)[:3])
        assert np.abs(shown - colors_of(np.array([value]))[0]).max() < 6
    other = logic.boneSurface(logic.xray(add_shot("Other")), weights=guessing)
    assert other is not model
    assert other.GetDisplayNode().GetColorNodeID() == display.GetColorNodeID(), "one table for all"


def test_it_is_turned_by_what_is_known_of_the_camera(logic, guessing):
    from dataclasses import replace

    from RayEmbRegistrationScene import sceneView

    def rotation(model):
        return slicer.util.arrayFromTransformMatrix(model.GetParentTransformNode())[:3, :3].T

    shot = add_shot()
    xray = logic.xray(shot)
    started = logic.boneSurface(replace(xray, start=knee_pose()), weights=guessing)
    matrix = slicer.util.arrayFromTransformMatrix(started.GetParentTransformNode())
    np.testing.assert_allclose(matrix, knee_pose().inverse().matrix, atol=1e-6)
    assert "by the pose" in started.GetDescription()
    lateral = logic.boneSurface(replace(xray, view="lateral"), weights=guessing)
    np.testing.assert_allclose(rotation(lateral)[2], (-1, 0, 0), atol=1e-6)  # from right to left
    assert "chosen view" in lateral.GetDescription()
    angles = {
        f"{name}_angle_deg": Sourced(value, "typed", "test") for name, value in (("primary", 30.0), ("secondary", 0.0))
    }
    turned = logic.boneSurface(logic.xray(add_shot("Turned", **angles)), weights=guessing)
    np.testing.assert_allclose(rotation(turned)[2], (-0.5, np.sqrt(0.75), 0), atol=1e-6)
    assert "C-arm's angles" in turned.GetDescription()
    # A registration's pose, and how far away that has the CT's bone.
    handle = sceneView.createRegistration()
    ct, center = add_knee(), np.array([0.0, 0.0, 0.0])
    data = sceneView.ViewData(CAMERA, np.zeros((96, 96), np.float32), knee_pose(), xrayNode=shot)
    sceneView.showRegistration(handle, sceneView.RegistrationData([data], ctNode=ct, centerRas=center))
    shown = logic.boneSurface(xray, weights=guessing)
    depth = knee_pose().apply(center)[2]
    assert f"{depth:.0f} mm from the source" in shown.GetDescription()
    np.testing.assert_allclose(rotation(shown), knee_pose().rotation, atol=1e-6)


def test_what_cannot_be_done_is_a_sentence(logic, guessing, tmp_path):
    from RayEmbRegistrationLib.progress import Cancelled

    xray = logic.xray(add_shot())
    with pytest.raises(ValueError, match="do not exist"):
        logic.boneSurface(xray, weights=tmp_path / "none.safetensors")
    with pytest.raises(ValueError, match="positive number of mm"):
        logic.boneSurface(xray, depthMm=0.0, weights=guessing)
    with pytest.raises(Cancelled):
        logic.boneSurface(xray, weights=guessing, cancelled=lambda: True)
    bare = slicer.util.addVolumeFromArray(np.random.default_rng(0).random((1, 96, 96), np.float32), np.eye(4), "Bare")
    with pytest.raises(ValueError, match="nothing tells"):
        logic.boneSurface(logic.xray(bare), weights=guessing)


# The panel


def shots_chosen(panel, host, *nodes):
    for node in nodes:
        panel.ui.xraySelector.setCurrentNode(node)
        host.process_events()
        panel.ui.addXrayButton.click()
    panel.ui.deviceComboBox.setCurrentIndex(1)
    panel.ui.reconstructCollapsibleButton.collapsed = False
    host.process_events()


def run(panel, host):
    panel.ui.boneButton.click()
    assert panel.jobs.name == "bone", panel.ui.boneStatusLabel.text
    assert panel.ui.boneButton.text == "Cancel"
    finish(host, panel)


def bone_of(node):
    from RayEmbRegistrationScene import sceneView

    return sceneView.boneOfXray(node)


def test_by_clicks_without_a_ct_it_appears_says_what_it_is_and_follows_a_pose(panel, host, shipped):
    from RayEmbRegistrationScene import sceneView, targets, viewpoint

    assert not panel.ui.boneButton.enabled
    assert panel.ui.boneStatusLabel.text == "Add an X-ray to the table."
    shot = add_shot(polarity=False)
    shots_chosen(panel, host, shot)
    assert panel.ui.ctSelector.currentNode() is None
    assert panel.ui.boneButton.enabled
    run(panel, host)
    model, words = bone_of(shot), panel.ui.boneStatusLabel.text
    assert model.GetDisplayNode().GetVisibility()
    for word in ("network's guess, not for measuring", "median standard deviation", "Bone was taken to be", "AP view"):
        assert word in words
    assert "does not show the bone's depth" in words
    assert f"{GEOMETRY_MM:.0f} mm" in words
    # It is looked at as the X-ray shows it: from its source, in front of the patient, head up.
    view = viewpoint.cameraNodeOf(sceneView.VIEW_3D)
    assert view.GetPosition()[1] > 300
    assert view.GetViewUp()[2] > 0.9
    panel.ui.boneDepthMmSpinBox.setValue(600)
    run(panel, host)
    assert bone_of(shot) is model
    assert "600 mm, as you gave it" in panel.ui.boneStatusLabel.text
    assert not targets.candidates(), "a guess is nobody's plan"
    assert targets.isOwn(model)
    # A pose that is given later carries the bone along.
    panel.pose.setPose(0, knee_pose(), "given")
    host.process_events(0.1)
    matrix = slicer.util.arrayFromTransformMatrix(model.GetParentTransformNode())
    np.testing.assert_allclose(matrix, knee_pose().inverse().matrix, atol=1e-6)
    assert "by the pose" in panel.ui.boneStatusLabel.text
    assert "by the pose" in model.GetDescription()
    # Another image in the same node is not what it was seen in.
    slicer.util.updateVolumeFromArray(shot, 1 - slicer.util.arrayFromVolume(shot))
    panel.onParametersModified()
    assert "another image by now" in panel.ui.boneStatusLabel.text


def test_each_xray_has_its_own_and_cancel_leaves_nothing(panel, host, shipped, monkeypatch):
    shots = add_shot("A"), add_shot("B")
    shots_chosen(panel, host, *shots)
    panel.ui.xrayTable.selectRow(1)
    panel.ui.boneButton.click()
    panel.ui.boneButton.click()
    finish(host, panel)
    assert bone_of(shots[1]) is None
    assert panel.ui.boneStatusLabel.text == "Cancelled."
    run(panel, host)
    assert bone_of(shots[0]) is None
    assert "guess" in panel.ui.boneStatusLabel.text
    panel.ui.xrayTable.selectRow(0)
    host.process_events()
    assert panel.ui.boneStatusLabel.text == ""
    for room in (weights_room, surfaces):
        monkeypatch.setattr(room, "shipped_surfaces_path", lambda: shipped.with_name("none.safetensors"))
    run(panel, host)
    assert "do not exist" in panel.ui.boneStatusLabel.text
    panel.ui.xrayTable.selectRow(1)
    host.process_events()
    assert "guess" in panel.ui.boneStatusLabel.text


def test_depths_that_are_worth_nothing_are_called_so(panel, host, guessing, tmp_path, monkeypatch):
    network, about = load_encoder(guessing)
    vague = tmp_path / "vague.safetensors"
    shots_chosen(panel, host, add_shot())
    for scale, isVague in ((-2.5, False), (0.0, True)):
        with torch.no_grad():
            network.out.bias[11:13] = scale
        save_weights(vague, network, about)
        for room in (weights_room, surfaces):
            monkeypatch.setattr(room, "shipped_surfaces_path", lambda: vague)
        run(panel, host)
        assert ("worth nothing" in panel.ui.boneStatusLabel.text) == isVague
        assert panel.ui.boneStatusLabel.text.startswith("⚠") == isVague


def test_an_xray_that_is_deleted_meanwhile_gets_none(panel, host, shipped):
    shot = add_shot()
    shots_chosen(panel, host, shot)
    panel.ui.boneButton.click()
    slicer.mrmlScene.RemoveNode(shot)
    finish(host, panel)
    assert not [node for node in slicer.util.getNodesByClass("vtkMRMLModelNode") if "guess" in node.GetName()]
    assert "deleted meanwhile" in panel.ui.boneStatusLabel.text


def test_it_is_saved_with_the_scene_and_replaced_after_loading(panel, host, shipped, tmp_path):
    shots_chosen(panel, host, add_shot())
    panel.ui.boneDepthMmSpinBox.setValue(650)
    run(panel, host)
    words = panel.ui.boneStatusLabel.text
    path = str(tmp_path / "bone.mrb")
    assert slicer.util.saveScene(path)
    host.clear()
    slicer.util.loadScene(path)
    panel.initializeParameterNode()
    host.process_events(0.1)
    model = bone_of(panel.xrays.nodes[0])
    assert panel.ui.boneStatusLabel.text == words
    assert panel.ui.boneDepthMmSpinBox.value == 650
    assert model.GetPolyData().GetPointData().GetArray(DEVIATION) is not None
    display = model.GetDisplayNode()
    assert display.GetActiveScalarName() == DEVIATION
    assert tuple(display.GetScalarRange()) == (2.0, 25.0)
    assert display.GetColorNode().GetLookupTable().GetNumberOfTableValues() == 256
    table, last = display.GetColorNode().GetLookupTable(), colors_of(np.array([25.0]))[0]
    assert np.abs(255 * np.array(table.GetTableValue(255)[:3]) - last).max() < 2
    run(panel, host)
    assert bone_of(panel.xrays.nodes[0]) is model


def test_the_console_session_of_the_docs_runs_as_pasted(host, repository, shipped, monkeypatch, capsys):
    """With a smaller sample, to be quick."""
    import sys

    host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py")
    module = sys.modules["RayEmbRegistration"]
    make = module.makeSampleData
    monkeypatch.setattr(module, "makeSampleData", lambda: make(binning=8, voxelMm=4.0))
    text = (repository / "docs" / "how-to" / "reconstruction.md").read_text(encoding="utf-8")
    session = text.split("From the console")[1].split("```python")[1].split("```")[0]
    names = {"slicer": slicer}
    exec(session, names)  # noqa: S102 - it is our own
    assert capsys.readouterr().out == f"{names['bone'].GetDescription()}\n"
    assert names["bone"].GetPolyData().GetPointData().GetArray("standard deviation (mm)") is not None
