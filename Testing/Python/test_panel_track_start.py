"""Where a track in the panel starts, by clicks: bodies looked for in a frame, and frames that are left out."""

import time

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_fixtures import pose  # noqa: E402
from registration_cases import knee  # noqa: E402
from test_panel_track import go, prepared, rested, track  # noqa: E402
from track_cases import off, truth  # noqa: E402

pytest_plugins = ["panel_fixtures"]


def test_a_frame_that_is_ticked_is_left_out_and_cannot_be_started_from(panel, host):
    from RayEmbRegistrationScene import trackedPoses

    prepared(panel, host)
    go(panel, host, 1)
    panel.ui.trackLeaveOutCheckBox.click()
    host.process_events()
    assert panel.ui.trackLeaveOutCheckBox.text == "Leave this frame out (2 are)"
    assert not panel.ui.trackButton.enabled
    assert panel.ui.trackButton.toolTip.startswith("Frame 2 is left out; go to another one")
    go(panel, host, 0)
    assert not panel.ui.trackLeaveOutCheckBox.checked
    panel.ui.trackLastSpinBox.setValue(3)
    track(panel, host)
    assert trackedPoses.trackedFrames(panel.handle()) == [0, 2]
    go(panel, host, 2)
    assert off(pose(panel), 2)[0] < 0.5
    go(panel, host, 1)
    assert panel.ui.trackLeaveOutCheckBox.checked
    panel.ui.trackLeaveOutCheckBox.click()
    host.process_events()
    assert panel.ui.trackLeaveOutCheckBox.text == "Leave this frame out"
    assert panel.ui.trackButton.enabled


def test_bodies_are_looked_for_where_nothing_is_known_of_their_pose(panel, host, monkeypatch):
    """The search itself is the library's, and takes long: here it comes back with a pose that is a little off."""
    from RayEmbRegistrationLib.application import find_start
    from RayEmbRegistrationLib.simulation.cases import bone_center
    from registration_cases import moved

    asked = []

    def searched(volume, body, views, seconds, cancelled):
        asked.append((volume.hu.shape, body.name, len(views), cancelled()))
        return moved(truth(0), bone_center(knee()), (1.5, -1.0, 1.0), (1.0, -2.0, 3.0))

    monkeypatch.setattr(find_start, "_alone", searched)
    prepared(panel, host, hasStart=False)
    assert not panel.ui.trackButton.enabled
    assert "Register this frame first" in panel.ui.trackButton.toolTip
    panel.ui.trackFindCheckBox.click()
    host.process_events()
    assert not panel.ui.trackKeepCheckBox.enabled
    panel.ui.trackLastSpinBox.setValue(2)
    track(panel, host)
    rested(panel, host)
    assert asked == [(knee().hu.shape, "Knee", 1, False)]
    for frame in (0, 1):
        go(panel, host, frame)
        mm, degrees = off(pose(panel), frame)
        assert mm < 0.5
        assert degrees < 2.0
    assert np.isfinite(pose(panel).matrix).all()


def test_the_first_frames_of_a_track_hold_the_interface_up_by_no_more_than_a_tenth_of_a_second(panel, host, monkeypatch):
    """Poses, plot and layout come in turns of their own; the interface thread's processor time."""
    from RayEmbRegistrationPanel import logicTracking, trackShow

    monkeypatch.setattr(logicTracking, "PREVIEW_S", 0.0)  # both frames may be tracked before the first is due
    turns = []

    def timed(owner, name):
        own = getattr(owner, name)

        def call(*arguments):
            began = time.thread_time()
            own(*arguments)
            turns.append((name, time.thread_time() - began))

        monkeypatch.setattr(owner, name, call)

    prepared(panel, host)
    timed(trackShow, "keepPoses")
    timed(trackShow, "showPlot")
    timed(panel.views, "showViews")
    preview = panel.track._preview
    frames, seen = preview.onFrames, []

    def first(grown):
        before = len(turns)
        frames(grown)
        seen.append([name for name, _ in turns[before:]])

    monkeypatch.setattr(preview, "onFrames", first)
    panel.ui.trackLastSpinBox.setValue(2)
    before = len(turns)
    track(panel, host)
    assert seen[0] == ["keepPoses"]
    names = [name for name, _ in turns[before:]]
    assert names.index("keepPoses") < names.index("showPlot") < names.index("showViews", names.index("showPlot"))
    assert max(seconds for _, seconds in turns) < 0.1, turns
