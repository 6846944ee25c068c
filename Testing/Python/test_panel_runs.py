"""The history of registrations: what is kept, compared and gone back to, by clicks and in a saved scene."""

from datetime import datetime

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import start_pose  # noqa: E402
from panel_fixtures import finish, pose, refined  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")


@pytest.fixture
def twice(knees, panel, host):
    """Registered, moved by hand and assessed; returns both poses."""
    refined(panel, host)
    first = pose(panel)
    panel.pose.setPose(0, start_pose((3, 0, 0), (4, 2, -30)), "by hand")
    panel.ui.assessButton.click()
    finish(host, panel)
    panel.ui.historyGroupBox.collapsed = False
    return first, pose(panel)


def cells(panel, row):
    return [panel.ui.historyTable.item(row, column).text() for column in range(6)]


def select(panel, *rows):
    panel.ui.historyTable.clearSelection()
    for row in rows:
        panel.ui.historyTable.item(row, 0).setSelected(True)


def test_each_registration_is_kept_with_time_method_verdict_and_errors(twice, panel, host):
    assert panel.ui.historyTable.rowCount == 2
    newest, oldest = cells(panel, 0), cells(panel, 1)
    today = datetime.now().astimezone()
    for line in (newest, oldest):
        assert abs(datetime.strptime(line[0], "%H:%M:%S").replace(tzinfo=today.tzinfo).hour - today.hour) <= 1
        assert line[3].endswith(" mm")
        assert line[4].endswith(" mm")
    assert newest[1] == "given pose"
    assert oldest[1] not in ("", "given pose")
    assert oldest[2] == "trusted"
    assert newest[2] == "not trusted"
    inFull = panel.ui.historyTable.item(0, 0).toolTip()
    assert "Shot" in inFull
    assert inFull.count(" mm (95 %: ") >= 2
    assert panel.ui.historyGroupBox.title == "History (2)"


def test_two_are_compared_and_shown_in_turn(twice, panel, host):
    first, second = twice
    select(panel, 0, 1)
    shift = first.apply(panel.prepared.center_ras) - second.apply(panel.prepared.center_ras)
    across, along = np.hypot(*shift[:2]), abs(shift[2])
    expected = f"X1: {across:.1f} mm across, {along:.1f} mm along the beam, {first.rotation_angle_deg(second):.1f}°"
    assert panel.ui.differenceLabel.text == f"Between the two: {expected}."
    assert not panel.ui.goBackButton.enabled
    seen = []
    for _ in range(3):
        panel.ui.switchButton.click()
        host.process_events()
        seen.append((pose(panel).matrix, panel.ui.trustLabel.text.split(":")[0]))
    for number, (expected_pose, sign) in enumerate(((first, "Trusted"), (second, "Not trusted"), (first, "Trusted"))):
        np.testing.assert_allclose(seen[number][0], expected_pose.matrix, atol=1e-9)
        assert seen[number][1] == sign, "the verdict is of the pose that is shown"


def test_one_is_compared_with_what_is_shown_and_gone_back_to(twice, panel, host):
    first, second = twice
    select(panel, 1)
    assert panel.ui.differenceLabel.text.startswith("From what is shown: X1: ")
    panel.ui.goBackButton.click()
    host.process_events()
    np.testing.assert_allclose(pose(panel).matrix, first.matrix, atol=1e-9)
    assert "0.0 mm across, 0.0 mm along the beam, 0.0°" in panel.ui.differenceLabel.text
    panel.ui.undoButton.click()
    np.testing.assert_allclose(pose(panel).matrix, second.matrix, atol=1e-9)


def test_going_back_brings_the_geometry_along(twice, panel, host):
    value = panel.ui.sourceToDetectorSpinBox.value
    panel.ui.sourceToDetectorSpinBox.setValue(value + 30)
    host.process_events(0.5)
    assert "not assessed" in panel.ui.trustLabel.text
    select(panel, 1)
    panel.ui.goBackButton.click()
    host.process_events()
    assert panel.ui.sourceToDetectorSpinBox.value == value
    assert panel.ui.trustLabel.text.startswith("Trusted")
    panel.ui.undoButton.click()
    assert panel.ui.sourceToDetectorSpinBox.value == value + 30


def test_comments_and_all_else_are_saved_with_the_scene(twice, panel, host, tmp_path):
    panel.ui.historyTable.item(1, 5).setText("best so far")
    host.process_events()
    before = [cells(panel, row) for row in range(2)]
    assert before[1][5] == "best so far"
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    host.process_events()
    assert panel.ui.historyTable.rowCount == 0
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert [cells(panel, row) for row in range(2)] == before
    select(panel, 1)
    panel.ui.goBackButton.click()
    host.process_events()
    np.testing.assert_allclose(pose(panel).matrix, twice[0].matrix, atol=1e-9)
    assert panel.ui.trustLabel.text.startswith("Trusted")


def test_of_very_many_the_newest_are_kept(twice, panel):
    from RayEmbRegistrationScene import runs

    handle = panel.handle()
    for number in range(runs.MOST + 5):
        runs.addRun(handle, {}, time="2026-01-01T00:00:00+00:00", method=str(number), sign="trusted", why="")
    kept = runs.runsOf(handle)
    assert len(kept) == runs.MOST
    assert kept[-1].method == str(runs.MOST + 4)
    assert len({run.number for run in kept}) == runs.MOST
