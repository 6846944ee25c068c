"""The section Reconstruct finds a rod of metal that the CT does not hold, in four X-rays, by clicks in the host."""

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


@pytest.fixture
def screwed(panel, host, hip, whole, rod):
    """A hip without, and four X-rays of it with a rod; poses near the true ones."""
    ct = slicer.util.addVolumeFromArray(hip.hu.astype(np.int16), hip.ras_from_ijk, "Hip")
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.deviceComboBox.setCurrentIndex(1)
    for number, place in enumerate(cases.PLACES):
        pixels = cases.shot(hip, rod, place @ whole, number).pixels
        node = slicer.util.addVolumeFromArray(pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), f"Shot {number}")
        geometry = XrayGeometry.of_camera(CAMERA, "file", "test", bone_is_bright=Sourced(True, "file", "test"))
        node.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
        panel.ui.xraySelector.setCurrentNode(node)
        host.process_events()
        panel.ui.addXrayButton.click()
    panel.ui.reconstructCollapsibleButton.collapsed = False
    return ct


def test_a_new_rod_is_shown_and_switched(screwed, panel, host, hip, whole, rod):
    from dataclasses import replace

    from RayEmbRegistrationScene import sceneView

    for row, place in enumerate(cases.PLACES):
        panel.xrays.setGeometry(row, replace(panel.xrays.geometry(row), camera_from_rig=place))
    middle = hip.ras_from_index(np.array(hip.hu.shape[::-1]) / 2)
    panel.pose.setPose(0, moved(whole, middle, (0.5, -0.5, 0.5), (1.0, -1.0, 3.0)), "start")
    panel.ui.allowMetalCheckBox.click()
    host.process_events()
    assert panel.ui.reconstructButton.enabled
    nodes = panel.xrays.nodes
    panel.parameters.xrayVolumes = nodes[:3]
    host.process_events()
    assert not panel.ui.reconstructButton.enabled
    assert "4 X-rays and more" in panel.ui.reconstructStatusLabel.text
    panel.parameters.xrayVolumes = nodes
    host.process_events()
    before = slicer.util.arrayFromVolume(screwed).copy()
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
    panel.ui.showAdjustedCheckBox.click()
    assert not node.GetDisplayNode().GetVisibility()
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(screwed), before)
    adjusted = sceneView.nodeOf(panel.handle(), "Adjusted.Ct")
    assert slicer.util.arrayFromVolume(adjusted).max() == 3071
