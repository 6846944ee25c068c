"""The section Virtual X-ray by clicks in the host: views, sliders, handles, live pictures, Expose, scenes, faults."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import vtk  # noqa: E402
from panel_cases import add_knee  # noqa: E402
from panel_fixtures import choose, finish  # noqa: E402
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")
MINUTE = 60


def settled(host, panel):
    host.wait_until(lambda: not panel.virtual.live.isBusy, MINUTE, "the picture at rest")
    host.process_events(0.05)


def carm():
    from RayEmbRegistrationScene import virtualCArm

    return virtualCArm.virtualCArm()


def pose():
    from RayEmbRegistrationScene import sceneView

    return sceneView.poseOf(carm(), 0)


def picture():
    from RayEmbRegistrationScene import sceneView

    return slicer.util.arrayFromVolume(sceneView.nodeOf(carm(), "View1.Xray"))[0].copy()


def background():
    from RayEmbRegistrationScene import sceneView

    node = slicer.mrmlScene.GetSingletonNode(sceneView.NAMES[0], "vtkMRMLSliceNode")
    return slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node).GetBackgroundVolumeID()


@pytest.fixture
def standing(panel, host):
    """The C-arm about a knee, by one click."""
    panel.ui.ctSelector.setCurrentNode(add_knee())
    panel.ui.deviceComboBox.setCurrentIndex(1)
    panel.ui.virtualPixelsSpinBox.setValue(64)
    panel.ui.virtualScatterSpinBox.setValue(50)
    host.process_events()
    panel.ui.virtualShowCheckBox.setChecked(True)
    settled(host, panel)
    return panel.ui


def test_it_is_collapsed_and_says_what_is_missing(panel, host):
    ui = panel.ui
    assert ui.virtualCollapsibleButton.collapsed
    assert ui.virtualLabel.text == "Choose the CT."
    assert not ui.virtualExposeButton.enabled
    assert not ui.virtualShowCheckBox.enabled
    ui.virtualPrimarySlider.setValue(20)
    host.process_events()
    assert carm() is None
    assert ui.virtualLabel.text == "Choose the CT."


def test_one_click_stands_it_about_the_middle_of_the_ct(standing, panel, host):
    from RayEmbRegistrationScene import sceneView

    bounds = np.zeros(6)
    panel.parameters.ctVolume.GetRASBounds(bounds)
    middle = (bounds[::2] + bounds[1::2]) / 2
    assert pose().apply(middle) == pytest.approx([0, 0, 714.0], abs=1e-6)
    for role in ("Frustum", "Source", "DetectorPlane", "Pose", "Xray"):
        assert sceneView.nodeOf(carm(), f"View1.{role}") is not None, role
    assert sceneView.nodeOf(carm(), "Bone").GetPolyData().GetNumberOfPoints() > 100
    assert np.ptp(picture()) > 0.5
    assert picture().shape == (512, 512), "fine at rest"
    assert sceneView.registrations() == [], "it is no registration"
    assert panel.ui.registrationComboBox.count == 0
    assert background() == sceneView.nodeOf(carm(), "View1.Xray").GetID()
    assert standing.virtualLabel.text.startswith("Front to back (AP). At the isocentre it magnifies 1.43 times")


@pytest.mark.parametrize(
    ("view", "angles"),
    [("Lateral", (90, 0)), ("Inlet", (180, -40)), ("Outlet", (180, 40)), ("Obturator oblique, left", (-135, 0))],
)
def test_a_usual_view_is_one_click(standing, panel, host, view, angles):
    before = picture()
    choose(standing.virtualViewComboBox, view)
    standing.virtualViewComboBox.activated.emit(standing.virtualViewComboBox.currentIndex)
    settled(host, panel)
    found = c_arm_of_camera_from_ras(pose())
    assert abs((found.primary_deg - angles[0] + 180) % 360 - 180) < 1e-6
    assert found.secondary_deg == pytest.approx(angles[1])
    assert (standing.virtualPrimarySlider.value, standing.virtualSecondarySlider.value) == angles
    assert np.corrcoef(before.ravel(), picture().ravel())[0, 1] < 0.995
    assert standing.virtualLabel.text.startswith(view)


def test_the_picture_follows_the_sliders_without_holding_up_the_application(standing, panel, host):
    shown = panel.virtual.live.shown
    for degrees in (170, 160, 150):
        standing.virtualPrimarySlider.setValue(degrees)
        assert c_arm_of_camera_from_ras(pose()).primary_deg == pytest.approx(degrees), "at once, before any picture"
    host.wait_until(lambda: panel.virtual.live.shown > shown, MINUTE, "a picture")
    settled(host, panel)
    from RayEmbRegistrationLib.application.virtual_xray import LiveBody
    from RayEmbRegistrationScene.inputs import ctVolume

    body = LiveBody(ctVolume(panel.parameters.ctVolume))
    expected = body.picture(panel.virtual.widgets.cArm(), 512).pixels
    assert picture() == pytest.approx(expected, abs=1e-4), "of where it stands"


def test_distances_and_field_change_camera_and_cone(standing, panel, host):
    from RayEmbRegistrationScene import sceneView

    standing.virtualDetectorSpinBox.setValue(1200)
    standing.virtualIsocenterSpinBox.setValue(800)
    standing.virtualFieldSpinBox.setValue(200)
    settled(host, panel)
    camera = sceneView.cameraOf(carm(), 0)
    assert camera.source_to_detector_mm == 1200
    assert camera.field_of_view_mm == pytest.approx((200, 200))
    points = slicer.util.arrayFromModelPoints(sceneView.nodeOf(carm(), "View1.Frustum"))
    assert points[:, 2].max() == pytest.approx(1200)
    assert np.ptp(points[:, 0]) == pytest.approx(200)
    assert "sees 133 mm" in standing.virtualLabel.text


def test_an_impossible_distance_is_said_and_mended(standing, panel, host):
    before = pose().matrix.tolist()
    standing.virtualIsocenterSpinBox.setValue(1500)
    host.process_events()
    assert "between source and detector" in standing.virtualLabel.text
    assert not standing.virtualExposeButton.enabled
    assert pose().matrix.tolist() == before
    standing.virtualIsocenterSpinBox.setValue(714)
    settled(host, panel)
    assert standing.virtualExposeButton.enabled


def test_handles_in_3d_move_sliders_and_isocenter(standing, panel, host):
    from RayEmbRegistrationScene import sceneView, virtualCArm

    standing.virtualHandlesCheckBox.click()
    assert sceneView.handlesVisible(carm(), 0)
    before, shown = picture(), panel.virtual.live.shown
    moved = RigidTransform.from_rotation_vector(np.radians([0.0, 21.53, 0.0]))
    place = pose().apply(np.array(panel.virtual.widgets.cArm().isocenter_ras))
    wanted = RigidTransform(moved.rotation, place - moved.rotation @ place) @ pose()
    virtualCArm.poseNode(carm()).SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(wanted.inverse().matrix))
    host.wait_until(lambda: panel.virtual.live.shown > shown, MINUTE, "a picture")
    settled(host, panel)
    expected = c_arm_of_camera_from_ras(wanted)
    assert standing.virtualPrimarySlider.value == pytest.approx(expected.primary_deg, abs=0.051)
    assert standing.virtualViewComboBox.currentIndex == -1, "none of the usual"
    assert pose().matrix == pytest.approx(wanted.matrix, abs=1e-9), "not rounded to what sliders show"
    assert panel.virtual.widgets.cArm().pose.matrix == pytest.approx(wanted.matrix, abs=1e-9)
    assert np.corrcoef(before.ravel(), picture().ravel())[0, 1] < 0.999
    standing.virtualHandlesCheckBox.click()
    assert not sceneView.handlesVisible(carm(), 0)


def test_expose_makes_an_xray_that_is_registered_at_once(two_shares, standing, panel, host):
    from RayEmbRegistrationScene import sceneView

    assert standing.virtualPhotonsSpinBox.text == "Automatic"
    assert panel.virtual.widgets.technique(0).photons_per_pixel is None
    standing.virtualPhotonsSpinBox.setValue(50_000)
    assert panel.virtual.widgets.technique(0).photons_per_pixel == 50_000
    choose(standing.virtualGridComboBox, "8 : 1")
    standing.virtualExposeButton.click()
    assert standing.virtualExposeButton.text == "Cancel"
    assert not standing.virtualPrimarySlider.enabled
    finish(host, panel)
    assert standing.virtualExposeButton.text == "Expose"
    assert "an estimate, not for clinical use" in standing.virtualLabel.text
    assert panel.ui.xrayTable.rowCount == 1
    node, geometry = panel.xrays.nodes[0], panel.xrays.geometry(0)
    assert node.GetName() == "Virtual X-ray 180/0"
    assert geometry.angles_deg == (180.0, 0.0, 0.0)
    assert geometry.camera((64, 64)).source_to_detector_mm == 1020
    assert background() == sceneView.nodeOf(panel.handle(), "View1.Xray").GetID(), "the view is the X-ray's"
    truth = np.array(node.GetAttribute("RayEmbRegistration.TruePose").split(), float).reshape(4, 4)
    assert truth == pytest.approx(pose().matrix)
    assert panel.ui.registerButton.enabled, panel.ui.stageLabel.text
    choose(panel.ui.startModeComboBox, "C-arm angles")
    assert panel.ui.primaryAngleSlider.value == 180.0
    standing.virtualPrimarySlider.setValue(170)
    settled(host, panel)
    assert background() == sceneView.nodeOf(carm(), "View1.Xray").GetID(), "moved again, it takes the view"
    standing.virtualShowCheckBox.click()
    assert carm() is None
    assert background() == sceneView.nodeOf(panel.handle(), "View1.Xray").GetID(), "and gives it back"


def test_nothing_of_the_c_arm_is_a_target(standing, panel, host):
    from RayEmbRegistrationScene import targets

    settled(host, panel)
    assert carm() is not None
    assert [target.name for target in targets.candidates()] == []


def test_an_exposure_can_be_cancelled(standing, panel, host):
    standing.virtualScatterSpinBox.setValue(1)
    standing.virtualExposeButton.click()
    host.wait_until(lambda: "catter" in panel.ui.stageLabel.text, MINUTE, "the scatter")
    standing.virtualExposeButton.click()
    finish(host, panel)
    assert standing.virtualLabel.text == "Cancelled."
    assert panel.ui.xrayTable.rowCount == 0
    assert standing.virtualPrimarySlider.enabled


def test_a_ct_without_tissue_is_refused_in_a_sentence(panel, host):
    empty = slicer.util.addVolumeFromArray(np.full((20, 20, 20), -1000, np.int16), np.diag([8.0, 8, 8, 1]), "Air")
    panel.ui.ctSelector.setCurrentNode(empty)
    panel.ui.deviceComboBox.setCurrentIndex(1)
    host.process_events()
    panel.ui.virtualExposeButton.click()
    finish(host, panel)
    assert "no tissue" in panel.ui.virtualLabel.text
    assert panel.ui.xrayTable.rowCount == 0


def test_it_comes_back_with_a_scene(standing, panel, host, tmp_path):
    from RayEmbRegistrationScene import sceneView

    standing.virtualPrimarySlider.setValue(150)
    standing.virtualKvSpinBox.setValue(90)
    settled(host, panel)
    kept = pose().matrix
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    host.process_events(0.1)
    assert not standing.virtualShowCheckBox.checked
    assert standing.virtualPrimarySlider.value == 180, "another scene begins anew"
    standing.virtualKvSpinBox.setValue(60)
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert standing.virtualShowCheckBox.checked
    assert (standing.virtualPrimarySlider.value, standing.virtualKvSpinBox.value) == (150, 90)
    assert pose().matrix == pytest.approx(kept)
    assert sceneView.registrations() == []
    standing.virtualPrimarySlider.setValue(120)
    settled(host, panel)
    assert c_arm_of_camera_from_ras(pose()).primary_deg == pytest.approx(120)


def test_what_the_user_deletes_is_gone(standing, panel, host):
    from RayEmbRegistrationScene import virtualCArm

    slicer.mrmlScene.RemoveNode(virtualCArm.poseNode(carm()))
    host.process_events()
    assert not standing.virtualShowCheckBox.checked
    standing.virtualShowCheckBox.click()
    settled(host, panel)
    assert virtualCArm.poseNode(carm()) is not None
    slicer.mrmlScene.RemoveNode(panel.parameters.ctVolume)
    host.process_events()
    assert standing.virtualLabel.text == "Choose the CT."
    standing.virtualPrimarySlider.setValue(100)
    host.process_events(0.1)
    assert not panel.virtual.live.isBusy


def test_a_ct_that_is_moved_is_projected_where_it_lies(standing, panel, host):
    before = picture()
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "T")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(2, 3, 25.0)
    transform.SetMatrixTransformToParent(matrix)
    panel.parameters.ctVolume.SetAndObserveTransformNodeID(transform.GetID())
    standing.virtualPrimarySlider.setValue(179)
    settled(host, panel)
    assert np.abs(picture() - before).mean() > 0.02 * np.ptp(before)


def test_the_verbs_do_the_same_from_the_console(two_shares, panel, host):
    from RayEmbRegistrationLib.application.virtual_xray import Technique
    from RayEmbRegistrationLib.progress import Cancelled

    ct, logic = add_knee(), panel.logic
    logic.device = "cpu"
    cArm = logic.virtualCArm(ct, "lateral", pixels=64, field_mm=250.0)
    xray = logic.expose(ct, cArm, Technique(scatter_error=0.5))
    assert slicer.util.arrayFromVolume(xray.node).shape == (1, 64, 64)
    view = logic.view(xray)
    np.testing.assert_allclose(view.camera.K, cArm.camera().K)
    assert view.bone_is_bright is False
    with pytest.raises(ValueError, match="there is no view 'skyline'"):
        logic.virtualCArm(ct, "skyline")
    with pytest.raises(Cancelled):
        logic.expose(ct, cArm, Technique(scatter_error=0.5), cancelled=lambda: True)


def test_the_bone_is_shown_once(standing, panel, host):
    from panel_fixtures import chosen_knees
    from RayEmbRegistrationScene import sceneView

    bone = sceneView.nodeOf(carm(), "Bone").GetDisplayNode()
    assert bone.GetVisibility()
    chosen_knees(panel, host)
    panel.ui.refineButton.click()
    finish(host, panel)
    assert sceneView.nodeOf(panel.handle(), "Bone") is not None
    assert not bone.GetVisibility()
    panel.ui.newRegistrationButton.click()
    host.process_events(0.1)
    assert bone.GetVisibility()
