"""Models with a material, such as implants, followed in the panel without any CT; they move beside each other."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from implant_cases import CAMERA, FRONT, SIDE, SURFACES, picture, truth  # noqa: E402
from panel_fixtures import choose, finish  # noqa: E402
from track_cases import sequences_of  # noqa: E402

pytest_plugins = ["panel_fixtures"]
FRAMES = 3


def matrix_of(pose):
    import vtk
    from RayEmbRegistrationScene.frames import vtkMatrix

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "rough")
    node.SetMatrixTransformToParent(vtkMatrix(pose.matrix))
    assert isinstance(node.GetMatrixTransformToParent(), vtk.vtkMatrix4x4)
    return node


def implants():
    """Model nodes of both implants, each under a transform of the user's that puts it about where it is."""
    from RayEmbRegistrationLib.bodies.polydata import polydata_of

    nodes = []
    for name, surface in SURFACES.items():
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", name)
        node.SetAndObservePolyData(polydata_of(surface))
        node.SetAndObserveTransformNodeID(matrix_of(placed(name)).GetID())
        nodes.append(node)
    return nodes


@pytest.fixture(scope="module")
def frames():
    """(FRAMES, H, W) of each camera."""
    from RayEmbRegistrationLib.bodies.materials import MATERIALS
    from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
    from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
    from RayEmbRegistrationLib.drr.joseph import JosephProjector

    projectors = {}
    for name, surface in SURFACES.items():
        volume = volume_of_surface(surface, MATERIALS["CoCr"], 0.6)
        projectors[name] = JosephProjector(attenuation_from_hu(volume.hu), volume.ras_from_ijk)
    return [
        np.stack([picture(projectors, truth(n), place, seed=2 * n + row) for n in range(FRAMES)])
        for row, place in enumerate((FRONT, SIDE))
    ]


def add_models(panel, host, nodes):
    for node in nodes:
        panel.ui.trackModelSelector.setCurrentNode(node)
        choose(panel.ui.trackMaterialComboBox, "Cobalt-chromium")
        host.process_events()
        panel.ui.addTrackModelButton.click()


def texts():
    from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry

    places = (FRONT, SIDE)
    return [geometry_to_text(XrayGeometry.of_camera(CAMERA, "file", "test", camera_from_rig=place)) for place in places]


def angles_of(track):
    """Of the track's poses, the axes as the user placed the models: the world's."""
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.tracking.kinematics import grood_suntay

    turned = {name: RigidTransform(placed(name).rotation.T, surface.center) for name, surface in SURFACES.items()}
    frames = [track.frames[frame] for frame in range(FRAMES)]
    return [grood_suntay(*(one[name].pose @ turned[name] for name in SURFACES), is_right=True) for one in frames]


def placed(name):
    """world_from_model as the user places it."""
    from RayEmbRegistrationLib.tracking.poses import moved

    return moved(truth(0)[name], SURFACES[name].center, np.array([0.03, -0.04, 0.03, 2.0, -1.5, 1.0]))


def joint_is_plotted(panel, host, track):
    """The lower implant bends by 4 degrees a frame about the x axis, which is flexion the other way round."""
    from RayEmbRegistrationPanel import trackJoint
    from RayEmbRegistrationScene.trackPlot import chartOf

    before = chartOf(panel.handle())
    panel.ui.trackPlotComboBox.setCurrentIndex(1)
    panel.ui.trackPlotComboBox.activated.emit(1)
    host.process_events(0.2)
    chart = chartOf(panel.handle())
    assert chart is not before
    assert slicer.mrmlScene.GetSingletonNode("RayEmbPlot", "vtkMRMLPlotViewNode").GetPlotChartNodeID() == chart.GetID()
    table = chart.GetNthPlotSeriesNode(0).GetTableNode().GetTable()
    flexion = [table.GetValue(row, 1).ToDouble() for row in range(FRAMES)]
    assert flexion[-1] - flexion[0] == pytest.approx(-8.0, abs=1.5)
    np.testing.assert_allclose(flexion, [one[0] for one in angles_of(track)], atol=1e-6)
    assert panel.ui.trackRightCheckBox.checked
    columns, rows = trackJoint.tables(panel.handle(), track)["joint.csv"]
    assert columns[:2] == ["frame", "about_x_deg"]  # the models' axes are not a patient's
    assert [float(row[1]) for row in rows] == pytest.approx(flexion, abs=1e-3)
    assert "about x (blue)" in chart.GetTitle()
    assert [table.GetValue(row, 0).ToDouble() for row in range(FRAMES)] == [1.0, 2.0, 3.0]


def landmarks_give_the_joint_its_names(panel, host, track):
    """Three points on each implant, placed where it stands in the frame that is shown."""
    from RayEmbRegistrationPanel import trackJoint
    from RayEmbRegistrationScene.trackPlot import chartOf

    places = panel.track.placesOf(panel.handle())
    for name, selector in zip(SURFACES, (panel.ui.upperAxesSelector, panel.ui.lowerAxesSelector), strict=True):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", f"{name} axes")
        middle = SURFACES[name].center
        points = [places[name].apply(middle + np.array(offset)) for offset in ((0, 0, 0), (0, 0, 9.0), (8.0, 0, 1.0))]
        slicer.util.updateMarkupsControlPointsFromArray(node, np.array(points[:2]))
        selector.setCurrentNode(node)
        host.process_events()
        assert panel.ui.trackLabel.text.startswith(f"Place three points on {name}: ")
        slicer.util.updateMarkupsControlPointsFromArray(node, np.array(points))
        selector.setCurrentNode(None)
        selector.setCurrentNode(node)
        host.process_events()
    assert "flexion (blue)" in chartOf(panel.handle()).GetTitle()
    columns, rows = trackJoint.tables(panel.handle(), track)["joint.csv"]
    assert columns[1] == "flexion_deg"
    assert float(rows[0][1]) == pytest.approx(0.0, abs=1.5)  # both bodies' own axes agree in the first frame
    assert float(rows[-1][1]) == pytest.approx(-8.0, abs=1.5)
    the_joint_has_the_angles_of_its_name(panel, host, track)


def the_joint_has_the_angles_of_its_name(panel, host, track):
    """A hip bends the other way round than a knee; the choice is kept in the scene, and the page is of it."""
    from RayEmbRegistrationPanel import export, exportTrack, trackJoint
    from RayEmbRegistrationScene.trackPlot import chartOf

    handle, box = panel.handle(), panel.ui.trackJointComboBox
    knee = trackJoint.clinicalCurves(handle, track)
    number = box.findText("Hip")
    box.setCurrentIndex(number)
    box.activated.emit(number)
    host.process_events()
    hip = trackJoint.clinicalCurves(handle, track)
    np.testing.assert_allclose(hip.raw[:, 0], -knee.raw[:, 0])
    assert "internal rotation (green)" in chartOf(handle).GetTitle()
    assert trackJoint.jointOf(handle) == "hip"
    columns, _rows = trackJoint.tables(handle, track)["joint.csv"]
    assert columns[3] == "internal_rotation_deg"
    panel.onParametersModified()
    assert box.currentText == "Hip"
    gathered = export.gather(handle)
    folder = panel.logic.cacheFolder() / "track"
    folder.mkdir(parents=True)
    written = exportTrack.write(gathered.track, folder, gathered.joint)
    page = next(path for path in written if path.suffix == ".html").read_text(encoding="utf-8")
    assert "lower against upper: hip" in page
    assert "landmarks placed in Slicer" in page


def test_two_implants_are_followed_in_a_rig_and_the_second_moves(panel, host, frames):
    from RayEmbRegistrationScene import imageRun

    xrays, nodes = sequences_of(frames, texts()), implants()
    for node in xrays:
        panel.xrays.add(node)
    host.process_events()
    assert panel.ui.trackButton.toolTip == "Choose the CT."
    add_models(panel, host, nodes)
    host.process_events()
    assert panel.ui.trackModelTable.rowCount == 2
    assert panel.ui.trackButton.enabled, panel.ui.trackButton.toolTip
    panel.ui.trackButton.click()
    finish(host, panel, 300)
    assert "3 frames are tracked." in panel.ui.trackLabel.text
    track = panel.logic.trackOf(panel.handle())
    assert track.names == ("upper", "lower")
    for frame in range(FRAMES):
        imageRun.browserOf(xrays[0]).SetSelectedItemNumber(frame)
        host.process_events(0.2)
        places = panel.track.placesOf(panel.handle())
        for name, surface in SURFACES.items():
            true, found = truth(frame)[name], track.frames[frame][name].pose
            assert np.linalg.norm(found.apply(surface.center) - true.apply(surface.center)) < 0.4
        between = (truth(frame)["upper"].inverse() @ truth(frame)["lower"]).apply(SURFACES["lower"].center)
        seen = (places["upper"].inverse() @ places["lower"]).apply(SURFACES["lower"].center)
        np.testing.assert_allclose(seen, between, atol=0.4)
        world = slicer.util.arrayFromTransformMatrix(nodes[1].GetParentTransformNode(), toWorld=True)
        np.testing.assert_allclose(world, places["lower"].matrix, atol=1e-6)  # the model itself moves
        assert panel.ui.trustLabel.text.startswith(f"Trusted: frame {frame + 1}")
    joint_is_plotted(panel, host, track)
    landmarks_give_the_joint_its_names(panel, host, track)
    drawn = slicer.util.arrayFromVolume(slicer.util.getNode("*X-ray 1 DRR"))
    assert 0 < (drawn > 0).mean() < 0.5  # both, seen from the camera


def test_other_bodies_are_another_track_and_models_stay_where_they_are(panel, host, frames):
    xrays, nodes = sequences_of(frames, texts()), implants()
    for node in xrays:
        panel.xrays.add(node)
    add_models(panel, host, nodes)
    host.process_events()
    panel.ui.trackButton.click()
    finish(host, panel, 300)
    place = slicer.util.arrayFromTransformMatrix(nodes[1].GetParentTransformNode(), toWorld=True)
    panel.ui.trackModelTable.selectRow(1)
    panel.ui.removeTrackModelButton.click()
    host.process_events()
    panel.ui.trackButton.click()
    finish(host, panel, 300)
    assert panel.logic.trackOf(panel.handle()).names == ("upper",)
    after = slicer.util.arrayFromTransformMatrix(nodes[1].GetParentTransformNode(), toWorld=True)
    np.testing.assert_allclose(after, place, atol=1e-9)
    sequences = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSequenceNode")]
    assert len(sequences) == 4, sequences  # two of X-rays, two of their poses


def test_what_the_module_draws_is_no_model_to_follow(panel, host, frames):
    from RayEmbRegistrationScene.handle import ensureNode

    panel.xrays.add(sequences_of(frames[:1], texts()[:1])[0])
    panel.views.showXrays()
    host.process_events(0.1)
    cone, _isNew = ensureNode(panel.handle(), "View1.Frustum", "vtkMRMLModelNode", "frustum")
    panel.ui.trackModelSelector.setCurrentNode(cone)
    host.process_events()
    assert not panel.ui.addTrackModelButton.enabled
    assert "was drawn by this module" in panel.ui.addTrackModelButton.toolTip
    panel.ui.trackModelSelector.setCurrentNode(implants()[0])
    host.process_events()
    assert panel.ui.addTrackModelButton.enabled


def test_a_model_with_a_hole_is_refused_in_a_sentence(panel, host, frames):
    import vtk

    xrays, nodes = sequences_of(frames[:1], texts()[:1]), implants()
    panel.xrays.add(xrays[0])
    panel.ui.trackCtCheckBox.click()
    clip = vtk.vtkClipPolyData()
    clip.SetInputData(nodes[0].GetPolyData())
    plane = vtk.vtkPlane()
    plane.SetOrigin(*SURFACES["upper"].center)
    plane.SetNormal(0.0, 0.0, 1.0)
    clip.SetClipFunction(plane)
    clip.Update()
    nodes[0].SetAndObservePolyData(clip.GetOutput())
    add_models(panel, host, nodes[:1])
    host.process_events()
    panel.ui.trackButton.click()
    finish(host, panel)
    assert panel.ui.trackLabel.text.startswith("Upper is not closed: "), panel.ui.trackLabel.text
    assert panel.logic.trackOf(panel.handle()) is None


def test_a_deleted_model_leaves_the_table(panel, host, frames):
    nodes = implants()
    add_models(panel, host, nodes)
    host.process_events()
    slicer.mrmlScene.RemoveNode(nodes[0])
    host.process_events()
    assert panel.ui.trackModelTable.rowCount == 1
    assert panel.ui.trackModelTable.item(0, 0).text() == "lower"
    panel.ui.trackModelTable.selectRow(0)
    panel.ui.removeTrackModelButton.click()
    host.process_events()
    assert list(panel.parameters.trackModels) == []
    assert list(panel.parameters.trackMaterials) == []


def test_the_materials_are_those_of_the_library():
    from RayEmbRegistrationLib.bodies.materials import MATERIALS as KNOWN
    from RayEmbRegistrationPanel.trackModels import MATERIALS

    assert tuple(KNOWN) == MATERIALS


def test_the_panels_run_places_a_turning_camera_in_each_frame(host):
    from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text, geometry_to_text
    from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry
    from RayEmbRegistrationPanel.trackInputs import XrayRun, placeNow
    from RayEmbRegistrationScene.inputs import XrayInput

    def told(frame):
        known = XrayGeometry().with_values(primary_angle_deg=10.0 + 6 * frame, secondary_angle_deg=3.0)
        return geometry_to_text(known.with_values(source_to_isocenter_mm=900.0, source_to_detector_mm=1200.0))

    def seen(frame):
        return camera_from_ras_of_c_arm(10.0 + 6 * frame, 3.0, 0.0, np.zeros(3), 900.0)

    (proxy,) = sequences_of([np.random.default_rng(0).normal(size=(3, 8, 8))], [told(0)])
    browser = slicer.modules.sequences.logic().GetFirstBrowserNodeForProxyNode(proxy)
    sequence = browser.GetSequenceNode(proxy)
    for frame in range(3):
        sequence.GetNthDataNode(frame).SetAttribute("RayEmbRegistration.Geometry", told(frame))
    browser.SetSelectedItemNumber(1)

    def tags(node, frame):
        return geometry_from_text(sequence.GetNthDataNode(frame).GetAttribute("RayEmbRegistration.Geometry"))

    run = XrayRun([XrayInput(proxy, tags(proxy, 1))], [1, 2], tags)
    assert run.moves
    for frame in (1, 2):
        np.testing.assert_allclose(run.placeOf(0, frame).matrix, (seen(frame) @ seen(0).inverse()).matrix, atol=1e-9)
    now = placeNow([XrayInput(proxy, tags(proxy, 1))], tags)  # where a pose that is corrected by hand is seen from
    np.testing.assert_allclose(now.matrix, run.placeOf(0, 1).matrix, atol=1e-12)
