"""The panel in the host, entered, and a knee chosen in it: what its tests start from."""

import hashlib
import pickle
from contextlib import contextmanager

import pytest
from panel_cases import add_knee, add_xray, start_pose
from panel_entered import arriving, choose, finish, panel, small_window

__all__ = ["arriving", "carried_out_once", "choose", "finish", "knees", "panel", "pose", "prepared_once", "refined"]
__all__ += ["slice_view", "small_window"]

_CARRIED_OUT: dict[bytes, tuple] = {}
_PREPARED: dict[tuple, object] = {}


@pytest.fixture
def prepared_once():
    """The same CT is prepared once a run, for tests of what is done with it; its file is written and read as ever."""
    from RayEmbRegistrationLib.application import prepared_cache

    prepare = prepared_cache.prepare

    def once(volume, settings, progress=None, cancelled=None):
        key = prepared_cache.content_key(volume, settings), repr(settings)
        if key not in _PREPARED or (cancelled is not None and cancelled()):
            _PREPARED[key] = prepare(volume, settings, progress, cancelled)
        return _PREPARED[key]

    with pytest.MonkeyPatch.context() as patch:  # the test's own would be undone after the host's, whatever it changed there
        patch.setattr(prepared_cache, "prepare", once)
        yield


@pytest.fixture
def knees(panel, host, prepared_once):
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


@contextmanager
def carried_out_once(name: str):
    """The same request to the library, by the name of the function, is carried out once a run, for what a test begins with.

    The panel is shown the same again, poses on the way included; what a test itself does is carried out anew.
    """
    from RayEmbRegistrationLib import application

    carry_out = getattr(application, name)

    def once(request, *arguments):
        end = next(n for n, each in enumerate(arguments) if isinstance(each, application.PreparedCache))
        cache, progress, cancelled, *preview = arguments[end:]
        show = next(filter(None, preview), lambda *_: None)
        key = hashlib.blake2b(pickle.dumps((name, request, arguments[:end]))).digest()
        if key in _CARRIED_OUT:
            outcome, on_the_way = _CARRIED_OUT[key]
            for shown in on_the_way:
                show(*shown)
            return outcome
        on_the_way = []

        def note(*shown):
            on_the_way.append(shown)
            show(*shown)

        outcome = carry_out(request, *arguments[:end], cache, progress, cancelled, *[note for _ in preview])
        _CARRIED_OUT[key] = outcome, on_the_way
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, name, once)
        yield


def refined(panel, host) -> None:
    """The pose refined by the button, for what a test begins with."""
    with carried_out_once("carry_out"):
        panel.ui.refineButton.click()
        finish(host, panel)


def pose(panel, row=0):
    from RayEmbRegistrationScene import sceneView

    return sceneView.poseOf(panel.handle(), row)


def slice_view(host):
    from RayEmbRegistrationScene import sceneView

    return host.layoutManager.sliceWidget(sceneView.NAMES[0]).sliceView()
