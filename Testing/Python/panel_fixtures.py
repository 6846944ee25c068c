"""The panel in the host, entered, and a knee chosen in it: what its tests start from."""

import pytest
from panel_cases import add_knee, add_xray, start_pose
from panel_entered import arriving, choose, finish, panel

__all__ = ["arriving", "choose", "finish", "knees", "panel", "pose", "slice_view"]


@pytest.fixture
def knees(panel, host):
    """CT and X-ray chosen by clicks, with a start pose near the true one."""
    return chosen_knees(panel, host)


def chosen_knees(panel, host):
    from RayEmbRegistrationScene import sceneView

    ct, shot = add_knee(), add_xray()
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.xraySelector.setCurrentNode(shot)
    host.process_events()
    panel.ui.addXrayButton.click()
    choose(panel.ui.startModeComboBox, "Current pose")
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.deviceComboBox.setCurrentIndex(1)
    host.process_events()
    assert sceneView.viewCount(panel.handle()) == 1
    return ct, shot


def pose(panel, row=0):
    from RayEmbRegistrationScene import sceneView

    return sceneView.poseOf(panel.handle(), row)


def slice_view(host):
    from RayEmbRegistrationScene import sceneView

    return host.layoutManager.sliceWidget(sceneView.NAMES[0]).sliceView()
