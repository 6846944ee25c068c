"""The section Reconstruct finds a rod of metal that the CT does not hold, in four X-rays, by clicks in the host."""

from dataclasses import replace

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import test_metal as cases  # noqa: E402
from panel_fixtures import finish  # noqa: E402
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text  # noqa: E402
from RayEmbRegistrationLib.geometry.sourced import Sourced  # noqa: E402
from RayEmbRegistrationLib.geometry.xray import XrayGeometry  # noqa: E402
from registration_cases import CAMERA, moved  # noqa: E402

pytest_plugins = ["panel_fixtures"]
hip, whole, rod = cases.hip, cases.whole, cases.rod


def screwed(panel, host, hip, whole, rod, places=cases.PLACES):
    """A hip without, and X-rays of it with a rod in a rig, the pose near the true one; the CT's node."""
    ct = slicer.util.addVolumeFromArray(hip.hu.astype(np.int16), hip.ras_from_ijk, "Hip")
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.deviceComboBox.setCurrentIndex(1)
    for number, place in enumerate(places):
        pixels = cases.shot(hip, rod, place @ whole, number).pixels
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

    screwed(panel, host, hip, whole, rod, cases.PLACES[:1])
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

    ct = screwed(panel, host, hip, whole, rod)
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
