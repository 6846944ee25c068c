"""The panel in the host, entered, and a knee chosen in it: what its tests start from."""

import pytest
from panel_cases import add_knee, add_xray, start_pose


@pytest.fixture
def panel(host, repository, tmp_path, monkeypatch):
    """The panel, entered, in an empty scene."""
    panel = host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py").widget
    host.select_module("RayEmbRegistration")
    monkeypatch.setattr(type(panel.logic), "cacheFolder", lambda self: tmp_path / "cache")
    panel.initializeParameterNode()
    host.process_events()
    yield panel
    panel.jobs.cancel(forget=True)
    host.select_module(None)


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
    panel.start.setPose(0, start_pose(), "start")
    panel.ui.deviceComboBox.setCurrentIndex(1)
    host.process_events()
    assert sceneView.viewCount(panel.handle()) == 1
    return ct, shot


def choose(box, text):
    index = box.findText(text)
    assert index >= 0, f"{text} is not among {[box.itemText(n) for n in range(box.count)]}"
    box.setCurrentIndex(index)


def finish(host, panel, seconds=120):
    host.wait_until(lambda: panel.jobs.name is None, seconds, "the end of the job")
    host.process_events(0.05)


def pose(panel, row=0):
    from RayEmbRegistrationScene import sceneView

    return sceneView.poseOf(panel.handle(), row)


def slice_view(host):
    from RayEmbRegistrationScene import sceneView

    return host.layoutManager.sliceWidget(sceneView.NAMES[0]).sliceView()
