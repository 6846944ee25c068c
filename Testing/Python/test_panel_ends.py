"""The start by a slim bone's two ends: clicked in the X-ray view, then Register."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import in_plane_error_mm, knee_pose  # noqa: E402
from panel_fixtures import choose, finish, pose  # noqa: E402
from registration_cases import CAMERA  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")


def test_two_clicks_on_the_ends_start_a_registration(knees, panel, host):
    from RayEmbRegistrationLib.pose.landmarks.bone_ends import ends_of
    from RayEmbRegistrationScene import sceneView

    choose(panel.ui.startModeComboBox, "Ends of the bone")
    assert panel.ui.landmarksWidget.visible
    assert not panel.ui.ctLandmarksRow.visible
    panel.ui.prepareButton.click()
    finish(host, panel)
    ends = CAMERA.project(knee_pose().apply(ends_of(panel.prepared.bone_points_ras)))
    panel.ui.placeXrayLandmarkButton.click()
    interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    places = sceneView.pointsInPicture(panel.handle(), 0, ends[::-1] + np.array([[2.0, -3.0], [-2.0, 2.0]]))
    panel.parameters.xrayLandmarks.AddControlPoint(places[0])
    host.process_events()
    assert "there are 1" in panel.ui.landmarkPairsLabel.text
    assert not panel.ui.registerButton.enabled
    panel.parameters.xrayLandmarks.AddControlPoint(places[1])
    panel.ui.placeXrayLandmarkButton.click()
    host.process_events()
    np.testing.assert_allclose(panel.landmarks.clicked(0)[0], ends[1] + [2, -3], atol=1e-3)
    assert "press Register" in panel.ui.landmarkPairsLabel.text
    panel.ui.registerButton.click()
    finish(host, panel)
    assert in_plane_error_mm(pose(panel), panel.prepared) < 0.5
    panel.parameters.xrayLandmarks.AddControlPoint(places[0])
    host.process_events()
    assert "there are 3" in panel.ui.landmarkPairsLabel.text
