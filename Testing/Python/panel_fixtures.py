"""The panel in the host, entered, and a knee chosen in it: what its tests start from."""

import hashlib
import pickle

import pytest
from panel_cases import add_knee, add_xray, start_pose
from panel_entered import arriving, choose, finish, panel

__all__ = ["arriving", "choose", "finish", "knees", "panel", "pose", "refined", "slice_view"]

_CARRIED_OUT: dict[bytes, tuple] = {}


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


def refined(panel, host) -> None:
    """The pose refined by the button, for what a test begins with: the same request is carried out once a run.

    The panel is shown the same again, poses on the way included; what a test itself does is carried out anew.
    """
    from RayEmbRegistrationLib import application

    carry_out = application.carry_out

    def once(request, cache, progress=None, cancelled=None, preview=None):
        key = hashlib.blake2b(pickle.dumps(request)).digest()
        if key in _CARRIED_OUT:
            outcome, previews = _CARRIED_OUT[key]
            for shown in previews if preview is not None else ():
                preview(*shown)
            return outcome
        previews = []

        def seen(*shown):
            previews.append(shown)
            if preview is not None:
                preview(*shown)

        outcome = carry_out(request, cache, progress, cancelled, seen)
        _CARRIED_OUT[key] = outcome, previews
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "carry_out", once)
        panel.ui.refineButton.click()
        finish(host, panel)


def pose(panel, row=0):
    from RayEmbRegistrationScene import sceneView

    return sceneView.poseOf(panel.handle(), row)


def slice_view(host):
    from RayEmbRegistrationScene import sceneView

    return host.layoutManager.sliceWidget(sceneView.NAMES[0]).sliceView()
