"""A knee followed through X-rays of several frames in the panel, by clicks; shown, judged, corrected, saved, exported."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_knee, start_pose  # noqa: E402
from panel_fixtures import choose, finish, pose  # noqa: E402
from RayEmbRegistrationLib.simulation.cases import bone_center  # noqa: E402
from RayEmbRegistrationLib.tracking import tracker  # noqa: E402
from registration_cases import knee  # noqa: E402
from track_cases import COUNT, add_sequences, followed_once, off  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")


def prepared(panel, host, rows=1, blind=(), kind="sequence", hasStart=True):
    """X-rays and CT chosen by clicks, the start pose a little off, if there is one."""
    nodes = add_sequences(rows, blind, kind)
    host.process_events()
    panel.ui.ctSelector.setCurrentNode(add_knee())
    for node in nodes:
        panel.ui.xraySelector.setCurrentNode(node)
        host.process_events()
        panel.ui.addXrayButton.click()
    if hasStart:
        choose(panel.ui.startModeComboBox, "Current pose")
        panel.pose.setPose(0, start_pose(), "start")
    panel.ui.deviceComboBox.setCurrentIndex(1)
    panel.ui.trackCollapsibleButton.collapsed = False
    host.process_events(0.1)
    return nodes


def track(panel, host):
    assert panel.ui.trackButton.enabled, panel.ui.trackButton.toolTip
    panel.ui.trackButton.click()
    assert panel.jobs.name == "track", panel.ui.trackLabel.text
    finish(host, panel, 300)


def begun(panel, host):
    """As ``track``, for what a test begins with."""
    with followed_once():
        track(panel, host)


def go(panel, host, frame):
    """To a frame, counted from 0, by the section's slider; until the panel shows it."""
    panel.ui.trackFrameSlider.setValue(frame + 1)
    rested(panel, host)


def rested(panel, host):
    host.wait_until(lambda: not panel.frames._soon.active and not panel.frames._changed, 20, "the frame")
    host.process_events(0.1)
    host.wait_until(lambda: not panel.pose.live._job.isBusy and not panel.frames._soon.active, 20, "the overlay")


@pytest.mark.parametrize("kind", ["sequence", "volume"])
def test_a_knee_is_followed_from_its_first_frame(panel, host, kind):
    prepared(panel, host, kind=kind)
    assert panel.ui.trackLastSpinBox.value == COUNT
    begun(panel, host)
    assert f"{COUNT} frames are tracked" in panel.ui.trackLabel.text, panel.ui.trackLabel.text
    for frame in (0, 3, 1, COUNT - 1):
        go(panel, host, frame)
        mm, degrees = off(pose(panel), frame)
        assert mm < 0.5, frame
        assert degrees < 2.0, frame
        assert panel.ui.trustLabel.text.startswith(f"Trusted: frame {frame + 1}, "), panel.ui.trustLabel.text
        assert panel.ui.xrayTable.item(0, 3).text().startswith("trusted, 0.")


def plot_view(host):
    from RayEmbRegistrationScene.layout import VIEW_PLOT

    manager = host.layoutManager
    widgets = [manager.plotWidget(number) for number in range(manager.plotViewCount)]
    return next(w for w in widgets if w.mrmlPlotViewNode().GetLayoutName() == VIEW_PLOT).plotView()


def test_both_cameras_of_a_rig_step_together_and_a_blind_frame_is_marked(panel, host, monkeypatch):
    from RayEmbRegistrationScene import imageRun, trackedPoses

    monkeypatch.setattr(tracker, "RECOVERY_STARTS", 2)  # it is not to be found
    last = COUNT - 1
    nodes = prepared(panel, host, rows=2, blind=(last,))
    assert imageRun.browserOf(nodes[0]) is imageRun.browserOf(nodes[1])
    track(panel, host)
    assert f"Not trusted: {last + 1}." in panel.ui.trackLabel.text, panel.ui.trackLabel.text
    imageRun.browserOf(nodes[0]).SetSelectedItemNumber(2)  # as Slicer's toolbar does
    rested(panel, host)
    for row in range(2):
        assert off(pose(panel, row), 2, row)[0] < 0.5
    assert panel.ui.trackFrameSlider.value == 3
    assert panel.ui.positionVerdictLabel.text != ""
    panel.ui.nextLostButton.click()
    rested(panel, host)
    assert [imageRun.frameOf(node) for node in nodes] == [last, last]
    assert panel.ui.trustLabel.text.startswith(f"Not trusted: frame {last + 1}, ")
    assert [panel.ui.xrayTable.item(row, 3).text().partition(",")[0] for row in range(2)] == ["not trusted"] * 2
    assert trackedPoses.trackedFrames(panel.handle()) == list(range(COUNT))


def test_a_click_on_the_plot_goes_to_the_frame(panel, host):
    prepared(panel, host)
    begun(panel, host)
    view = plot_view(host)
    host.process_events(0.2)
    chart = view.chart()
    axes = [chart.GetAxis(number) for number in (1, 0)]  # bottom, left

    def place(frame):
        table = slicer.util.getNode("*track similarity").GetTable()
        values = (table.GetValue(frame, 0).ToDouble(), table.GetValue(frame, 1).ToDouble())
        ends = [(axis.GetPoint1(), axis.GetPoint2(), axis.GetMinimum(), axis.GetMaximum()) for axis in axes]
        x, y = (
            a[n] + (value - low) / (high - low) * (b[n] - a[n])
            for n, ((a, b, low, high), value) in enumerate(zip(ends, values, strict=True))
        )
        return round(x), view.height - 1 - round(y)

    for frame in (3, 0, 4):
        host.click(view, place(frame))
        rested(panel, host)
        assert panel.ui.trackFrameSlider.value == frame + 1
        assert off(pose(panel), frame)[0] < 0.5


def test_a_frame_is_corrected_by_hand_and_tracking_goes_on_from_it(panel, host):
    from RayEmbRegistrationScene import trackedPoses
    from track_cases import moved_aside, truth

    prepared(panel, host)
    panel.ui.trackLastSpinBox.setValue(3)
    track(panel, host)
    handle = panel.handle()
    assert trackedPoses.trackedFrames(handle) == [0, 1, 2]
    go(panel, host, 1)
    before = {frame: trackedPoses.entryOf(handle, frame) for frame in (0, 1)}
    go(panel, host, 2)
    panel.pose.setPose(0, moved_aside(truth(2)), "by hand")
    host.process_events()
    assert panel.ui.trustLabel.text == "Moved by hand, not assessed."
    go(panel, host, 0)
    go(panel, host, 2)  # what was set by hand stays with its frame
    np.testing.assert_allclose(pose(panel).matrix, moved_aside(truth(2)).matrix, atol=1e-4)
    assert panel.ui.trustLabel.text == "Moved by hand, not assessed."
    panel.ui.trackLastSpinBox.setValue(COUNT)
    choose(panel.ui.trackDirectionComboBox, "Forward")
    panel.ui.trackKeepCheckBox.click()
    track(panel, host)
    assert trackedPoses.trackedFrames(handle) == list(range(COUNT))
    for frame, entry in before.items():
        now = trackedPoses.entryOf(handle, frame)["Knee"]
        np.testing.assert_allclose(now["rig_from_body"], entry["Knee"]["rig_from_body"], atol=1e-9)
        assert now["how"] == entry["Knee"]["how"]
    np.testing.assert_allclose(pose(panel).matrix, moved_aside(truth(2)).matrix, atol=1e-4)
    assert trackedPoses.entryOf(handle, 2)["Knee"]["how"] == "given"
    go(panel, host, 4)
    assert off(pose(panel), 4)[0] < 0.5


@pytest.mark.parametrize("kind", ["sequence", "volume"])
def test_a_track_is_saved_with_the_scene_and_restored(panel, host, tmp_path, kind):
    prepared(panel, host, rows=2, kind=kind)
    begun(panel, host)
    go(panel, host, 3)
    shown = [pose(panel, row).matrix for row in range(2)]
    said = panel.ui.trustLabel.text
    assert said.startswith("Trusted: frame 4")
    assert slicer.util.saveScene(str(tmp_path / "track.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "track.mrb"))
    host.process_events(0.2)
    assert panel.ui.trackFrameSlider.value == 4
    assert panel.ui.trustLabel.text == said
    for row, matrix in enumerate(shown):
        np.testing.assert_allclose(pose(panel, row).matrix, matrix, atol=1e-4)
    (browser,) = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")  # of the X-rays, or the track's own
    for frame in (1, 4):
        browser.SetSelectedItemNumber(frame)
        rested(panel, host)
        host.wait_until(lambda: panel.track.bodiesOf(panel.handle()), 60, "the bodies of the loaded track")
        assert [off(pose(panel, row), frame, row)[0] < 0.5 for row in range(2)] == [True, True]
        assert panel.ui.trustLabel.text.startswith(f"Trusted: frame {frame + 1}")


def test_what_is_refined_or_assessed_is_the_frames_pose_and_verdict(panel, host):
    """The calibrated verdict takes the place of the track's, and the frame is not marked any more."""
    from RayEmbRegistrationScene import trackedPoses
    from track_cases import moved_aside, truth

    prepared(panel, host)
    begun(panel, host)
    go(panel, host, 3)
    panel.pose.setPose(0, moved_aside(truth(3)), "by hand")
    host.process_events()
    assert "Not trusted: 4." in panel.ui.trackLabel.text
    panel.ui.refineButton.click()
    finish(host, panel)
    assert panel.ui.trustLabel.text.startswith("Trusted: ")
    assert "Not trusted" not in panel.ui.trackLabel.text
    found = pose(panel).matrix
    said = panel.ui.trustLabel.text
    go(panel, host, 0)
    panel.ui.assessButton.click()
    finish(host, panel)
    assert trackedPoses.entryOf(panel.handle(), 0)["Knee"]["verdict"]["reason"] in panel.ui.trustLabel.text
    go(panel, host, 3)
    np.testing.assert_allclose(pose(panel).matrix, found, atol=1e-4)
    assert panel.ui.trustLabel.text == said


def test_bones_apart_are_gone_on_with_from_where_they_were_found(panel, host):
    """Each segment, of a leg in two, is a body of its own; one that stands elsewhere in the scene starts from there."""
    from RayEmbRegistrationLib.geometry import RigidTransform
    from test_panel_reconstruct import add_leg_bones

    prepared(panel, host, rows=2)
    panel.ui.segmentationSelector.setCurrentNode(add_leg_bones())
    panel.parameters.separateBones = True
    panel.ui.trackLastSpinBox.setValue(2)
    host.process_events()
    track(panel, host)
    names = panel.logic.trackOf(panel.handle()).names
    assert len(names) == 2
    go(panel, host, 1)
    places, middle = panel.track.placesOf(panel.handle()), bone_center(knee())
    for name in names:  # none has moved against the others
        assert np.linalg.norm(places[name].apply(middle) - middle) < 4.0
    moved = RigidTransform(translation=(60.0, 0, 0))
    node = slicer.util.getNode(f"*{names[1]} moved")
    node.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(moved.matrix))
    asked = panel.logic.trackAsked(panel.track.models.bodies(), panel.track.inputs(), [1], handle=panel.handle())
    assert [one.name for one in asked.bodies] == list(names)
    np.testing.assert_allclose(asked.bodies[1].rasFromBody.matrix, moved.matrix, atol=1e-6)


def test_stop_keeps_the_frames_that_are_done(panel, host):
    from RayEmbRegistrationScene import trackedPoses

    prepared(panel, host)
    panel.ui.trackButton.click()
    host.wait_until(lambda: "frame 1" in panel.ui.stageLabel.text.lower(), 120, "the second frame")
    assert panel.ui.trackButton.text == "Stop"
    panel.ui.trackButton.click()
    finish(host, panel)
    done = trackedPoses.trackedFrames(panel.handle())
    assert done == list(range(len(done)))
    assert 1 <= len(done) < COUNT
    assert panel.ui.trackButton.text == "Track"


def test_the_export_holds_the_track(panel, host, tmp_path):
    from RayEmbRegistrationLib.application.track_record import read_track_file

    prepared(panel, host)
    begun(panel, host)
    panel.result.export(str(tmp_path / "out"))
    finish(host, panel)
    found = read_track_file(tmp_path / "out" / "track.json")
    assert sorted(found.frames) == list(range(COUNT))
    assert found.names == ("Knee",)
    assert set(found.smoothed[2]) == {"Knee"}
    assert off(found.frames[2]["Knee"].pose, 2)[0] < 0.5
    lines = (tmp_path / "out" / "Knee.tra").read_text().splitlines()
    np.testing.assert_allclose(
        np.array(lines[2].split(","), dtype=float).reshape(4, 4), found.frames[2]["Knee"].pose.matrix, atol=1e-6
    )
    assert len((tmp_path / "out" / "track.csv").read_text().splitlines()) == COUNT + 1


def test_what_cannot_be_tracked_is_said(panel, host):
    from panel_cases import add_xray

    panel.ui.trackCollapsibleButton.collapsed = False
    host.process_events()
    assert "Add an X-ray" in panel.ui.trackButton.toolTip
    panel.xrays.add(add_xray())
    host.process_events()
    assert "several frames" in panel.ui.trackButton.toolTip
    panel.xrays.removeRow(0)
    panel.xrays.add(add_sequences()[0])
    host.process_events()
    assert panel.ui.trackButton.toolTip == "Choose the CT."
    panel.ui.ctSelector.setCurrentNode(add_knee())
    host.process_events()
    assert "Register this frame first" in panel.ui.trackButton.toolTip
    assert not panel.ui.trackButton.enabled
