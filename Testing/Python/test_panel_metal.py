"""The section Reconstruct finds a rod of metal that the CT does not hold, in four X-rays, by clicks in the host."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import test_implant_metal as known  # noqa: E402
import test_metal as cases  # noqa: E402
from panel_fixtures import finish  # noqa: E402
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text  # noqa: E402
from RayEmbRegistrationLib.geometry.sourced import Sourced  # noqa: E402
from RayEmbRegistrationLib.geometry.xray import XrayGeometry  # noqa: E402
from registration_cases import CAMERA, moved  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window", "prepared_once")
hip, whole, rod, truth = cases.hip, cases.whole, cases.rod, known.truth


def screwed(panel, host, hip, whole, places, shot):
    """A hip without metal, and X-rays of it with metal in a rig, the pose near the true one; the CT's node."""
    ct = slicer.util.addVolumeFromArray(hip.hu.astype(np.int16), hip.ras_from_ijk, "Hip")
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.deviceComboBox.setCurrentIndex(1)
    for number, place in enumerate(places):
        pixels = shot(place @ whole, number).pixels
        node = slicer.util.addVolumeFromArray(pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), f"Shot {number}")
        geometry = XrayGeometry.of_camera(CAMERA, "file", "test", bone_is_bright=Sourced(True, "file", "test"))
        node.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
        panel.ui.xraySelector.setCurrentNode(node)
        host.process_events()
        panel.ui.addXrayButton.click()
    panel.ui.reconstructCollapsibleButton.collapsed = False
    for row, place in enumerate(places):
        panel.xrays.setGeometry(row, replace(panel.xrays.geometry(row), camera_from_rig=place))
    middle = hip.ras_from_index(np.array(hip.hu.shape[::-1]) / 2)
    panel.pose.setPose(0, moved(whole, middle, (0.5, -0.5, 0.5), (1.0, -1.0, 3.0)), "start")
    panel.ui.allowMetalCheckBox.click()
    host.process_events()
    assert panel.ui.reconstructButton.enabled
    return ct


def test_of_one_xray_the_shadow_is_outlined_as_long_as_the_pose_stays(panel, host, hip, whole, rod):
    from RayEmbRegistrationScene import sceneView

    screwed(panel, host, hip, whole, cases.PLACES[:1], lambda pose, seed: cases.shot(hip, rod, pose, seed))
    panel.ui.reconstructButton.click()
    finish(host, panel, 300)
    said = panel.ui.reconstructStatusLabel.text
    assert "does not follow from so few X-rays (1 of the 4 that are needed)" in said, said
    assert "Metal's shadow in X-ray 1:" in said
    assert sceneView.nodeOf(panel.handle(), "Adjusted.Ct") is None
    node = sceneView.nodeOf(panel.handle(), "View1.MetalShadow")
    drawn = sceneView.pixelsOfPicture(panel.handle(), 0, slicer.util.arrayFromModelPoints(node))
    ends = CAMERA.project(whole.apply(rod.ends_ras))
    axis = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    near = np.abs((drawn - ends[0]) @ np.array([-axis[1], axis[0]])) < 10
    along = ((drawn - ends[0]) @ axis)[near]
    assert along.min() < 8
    assert along.max() > np.linalg.norm(ends[1] - ends[0]) - 8
    assert node.GetDisplayNode().GetVisibility()
    before = sceneView.poseOf(panel.handle(), 0)
    panel.pose.setPose(0, moved(before, np.zeros(3), (2, 0, 0), (0, 0, 5)), "elsewhere")
    host.process_events(0.05)
    assert not node.GetDisplayNode().GetVisibility()
    panel.ui.undoButton.click()
    host.process_events(0.05)
    assert node.GetDisplayNode().GetVisibility()


def test_a_new_rod_is_shown_and_switched(panel, host, hip, whole, rod):
    from RayEmbRegistrationScene import sceneView

    ct = screwed(panel, host, hip, whole, cases.PLACES, lambda pose, seed: cases.shot(hip, rod, pose, seed))
    before = slicer.util.arrayFromVolume(ct).copy()
    panel.ui.reconstructButton.click()
    assert panel.jobs.name == "reconstruct", panel.ui.reconstructStatusLabel.text
    finish(host, panel, 300)
    said = panel.ui.reconstructStatusLabel.text
    assert "New metal, a rod:" in said, said
    diameter = float(said.split("New metal, a rod: ")[1].split(" mm")[0])
    assert diameter == pytest.approx(2 * rod.radius_mm, abs=1.0)
    node = sceneView.nodeOf(panel.handle(), "Adjusted.Metal")
    points = slicer.util.arrayFromModelPoints(node)
    axis = (rod.ends_ras[1] - rod.ends_ras[0]) / rod.length_mm
    along = (points - rod.ends_ras[0]) @ axis
    off = np.linalg.norm(points - rod.ends_ras[0] - along[:, None] * axis, axis=1)
    assert np.percentile(np.abs(off - rod.radius_mm), 90) < 1.5, "its surface is the rod's; cells are of 1 mm"
    assert node.GetDisplayNode().GetVisibility()
    assert sceneView.nodeOf(panel.handle(), "View1.MetalShadow") is None, "it has its place now"
    panel.ui.showAdjustedCheckBox.click()
    assert not node.GetDisplayNode().GetVisibility()
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(ct), before)
    adjusted = sceneView.nodeOf(panel.handle(), "Adjusted.Ct")
    assert slicer.util.arrayFromVolume(adjusted).max() == 3071


def test_a_known_stem_comes_to_its_place(panel, host, hip, whole, truth):
    """In two X-rays; its model lies elsewhere, and stays there."""
    from RayEmbRegistrationLib.bodies.polydata import polydata_of
    from RayEmbRegistrationScene import sceneView

    screwed(panel, host, hip, whole, known.PLACES, lambda pose, seed: known.shot(hip, truth, pose, seed))
    assert panel.ui.implantSelector.visible
    model = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Stem")
    model.SetAndObservePolyData(polydata_of(known.STEM))
    panel.ui.implantSelector.setCurrentNode(model)
    panel.ui.implantMaterialComboBox.setCurrentIndex(2)
    host.process_events()
    assert panel.reconstruct.change().implant is model
    assert panel.reconstruct.change().implantMaterial == "steel"
    assert panel.ui.reconstructButton.enabled, panel.ui.reconstructStatusLabel.text
    assert "takes 2 X-rays" in panel.reconstruct.implant.problem(1)
    panel.ui.reconstructButton.click()
    finish(host, panel, 300)
    said = panel.ui.reconstructStatusLabel.text
    assert "New metal, Stem: its error is expected to be" in said, said
    surface = slicer.util.arrayFromModelPoints(sceneView.nodeOf(panel.handle(), "Adjusted.Metal"))
    assert np.linalg.norm(surface.mean(axis=0) - truth.apply(known.STEM.points).mean(axis=0)) < 1.5
    place = slicer.util.arrayFromTransformMatrix(sceneView.nodeOf(panel.handle(), "Adjusted.Implant"))
    moved_there = known.STEM.points @ place[:3, :3].T + place[:3, 3]
    assert cKDTree(moved_there).query(surface)[0].max() < 1e-2
    np.testing.assert_allclose(slicer.util.arrayFromModelPoints(model), known.STEM.points, atol=1e-4)
    assert model.GetParentTransformNode() is None
    slicer.mrmlScene.RemoveNode(model)
    host.process_events()
    assert panel.reconstruct.change().implant is None
