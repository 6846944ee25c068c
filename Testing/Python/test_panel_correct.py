"""Correcting landmarks by clicks and drags in the panel, in the host."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import in_plane_error_mm, knee_pose  # noqa: E402
from panel_fixtures import finish, pose, slice_view  # noqa: E402
from registration_cases import CAMERA, knee, moved, prepared_knee  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")

COUNT, GOOD = 24, 20


@pytest.fixture
def wrong(knees, panel, host):
    """A pose that is far off, with landmarks of which the last few were detected anywhere; the box is open."""
    import qt
    from RayEmbRegistrationScene import sceneView

    rng = np.random.default_rng(3)
    points = prepared_knee().bone_points_ras[rng.choice(len(prepared_knee().bone_points_ras), COUNT, replace=False)]
    pixels = CAMERA.project(knee_pose().apply(points))
    pixels[GOOD:] = CAMERA.width - pixels[GOOD:]
    panel.pose.setPose(0, moved(knee_pose(), prepared_knee().center_ras, (3, -4, 9), (8, -6, 10)), "wrong")
    sceneView.showLandmarks(panel.handle(), 0, sceneView.LandmarkData(points, pixels, np.arange(COUNT) < GOOD))
    panel.ui.correctGroupBox.collapsed = False
    panel.onParametersModified()
    host.process_events(0.1)
    return points, pixels, qt


def landmarks(panel):
    from RayEmbRegistrationScene import sceneView

    return sceneView.landmarksOf(panel.handle(), 0)


def line_of(panel, name):
    table = panel.ui.landmarkTable
    return next(row for row in range(table.rowCount) if table.item(row, 0).text() == name)


def test_landmarks_are_listed_left_out_confirmed_and_reset(wrong, panel, host):
    _points, pixels, qt = wrong
    table = panel.ui.landmarkTable
    assert table.rowCount == COUNT
    off = [float(table.item(row, 1).text()) for row in range(GOOD)]
    assert off == sorted(off, reverse=True)
    assert [table.item(row, 2).text() for row in (0, COUNT - 1)] == ["used", "disagrees"]
    assert not panel.ui.resetLandmarksButton.enabled
    table.item(line_of(panel, "3"), 0).setCheckState(qt.Qt.Unchecked)
    host.process_events()
    assert landmarks(panel).leftOut.nonzero()[0].tolist() == [2]
    assert table.item(line_of(panel, "3"), 2).text() == "left out"
    table.selectRow(line_of(panel, "7"))
    panel.ui.confirmLandmarkButton.click()
    assert landmarks(panel).pinned.nonzero()[0].tolist() == [6]
    assert table.item(0, 0).text() == "7"
    assert table.item(0, 2).text() == "confirmed"
    panel.ui.resetLandmarksButton.click()
    host.process_events()
    np.testing.assert_allclose(landmarks(panel).detectedPx, pixels, atol=1e-5)
    assert landmarks(panel).pinned is None
    assert landmarks(panel).used[:GOOD].all()


def test_a_landmark_is_dragged_in_the_view_and_the_pose_solved_again(wrong, panel, host):
    """By the mouse's own events, as Slicer's markups take them."""
    from RayEmbRegistrationScene import sceneView

    points, pixels, _qt = wrong
    true = CAMERA.project(knee_pose().apply(points))
    before = pose(panel).matrix
    drag(host, panel, pixels[GOOD], true[GOOD])
    host.wait_until(lambda: landmarks(panel).pinned is not None, 10, "the drag")
    assert landmarks(panel).pinned.nonzero()[0].tolist() == [GOOD]
    pixel_of_view = 3.0
    np.testing.assert_allclose(landmarks(panel).detectedPx[GOOD], true[GOOD], atol=pixel_of_view)
    assert sceneView.nodeOf(panel.handle(), "View1.Pinned").GetNumberOfControlPoints() == 1
    panel.ui.solveAgainButton.click()
    assert panel.jobs.name == "correct"
    finish(host, panel)
    assert "Solved again" in panel.ui.stageLabel.text
    assert in_plane_error_mm(pose(panel), panel.prepared) < 1.0
    used = landmarks(panel)
    assert used.used[: GOOD + 1].all()
    assert not used.used[GOOD + 1 :].any()
    assert panel.ui.trustLabel.text.startswith(("Trusted", "Not trusted"))
    panel.ui.undoButton.click()
    host.process_events()
    np.testing.assert_allclose(pose(panel).matrix, before, atol=1e-9)


def drag(host, panel, start_px, end_px):
    """Press on a pixel of the X-ray, move, release."""
    from RayEmbRegistrationScene import sceneView

    view = slice_view(host)
    host.process_events(0.2)
    interactor = view.interactor()
    begin, end = (
        view_position(host, sceneView.pointsInPicture(panel.handle(), 0, px[None])[0]) for px in (start_px, end_px)
    )
    for place, event in ((begin, "MouseMoveEvent"), (begin, "LeftButtonPressEvent"), (end, "MouseMoveEvent")):
        interactor.SetEventInformation(*place, 0, 0, "\0", 0, None)
        interactor.InvokeEvent(event)
    interactor.InvokeEvent("LeftButtonReleaseEvent")


def view_position(host, point_ras):
    from RayEmbRegistrationScene import sceneView

    node = slicer.mrmlScene.GetSingletonNode(sceneView.NAMES[0], "vtkMRMLSliceNode")
    xy_from_ras = np.linalg.inv(slicer.util.arrayFromVTKMatrix(node.GetXYToRAS()))
    return tuple(round(float(x)) for x in (xy_from_ras @ [*point_ras, 1])[:2])


def test_what_is_deleted_counts_as_left_out_and_a_closed_box_lets_nothing_be_dragged(wrong, panel, host):
    from RayEmbRegistrationScene import sceneView

    node = sceneView.nodeOf(panel.handle(), "View1.Detected")
    assert not node.GetLocked()
    node.RemoveNthControlPoint(4)
    host.wait_until(lambda: landmarks(panel).leftOut is not None, 10, "the deletion")
    assert landmarks(panel).leftOut.nonzero()[0].tolist() == [4]
    panel.ui.correctGroupBox.collapsed = True
    panel.onParametersModified()
    assert sceneView.nodeOf(panel.handle(), "View1.Detected").GetLocked()


def test_what_is_kept_stays(wrong, panel, host):
    center = prepared_knee().center_ras
    depth, turned = pose(panel).apply(center)[2], pose(panel)
    panel.ui.keepDepthCheckBox.click()
    panel.ui.keepRotationCheckBox.click()
    panel.ui.solveAgainButton.click()
    finish(host, panel)
    assert "Solved again" in panel.ui.stageLabel.text
    assert pose(panel).apply(center)[2] == pytest.approx(depth, abs=0.05)
    assert pose(panel).rotation_angle_deg(turned) < 0.05
    assert np.linalg.norm(pose(panel).apply(center)[:2] - turned.apply(center)[:2]) > 1


def test_without_landmarks_the_box_says_what_to_do(knees, panel, host):
    panel.ui.correctGroupBox.collapsed = False
    panel.onParametersModified()
    assert panel.ui.correctHelpLabel.text.startswith("No landmarks were detected")
    assert not panel.ui.solveAgainButton.enabled


def test_the_surest_landmarks_are_shown_apart_from_each_other(panel):
    from RayEmbRegistrationLib.detector.landmarks import Landmarks
    from RayEmbRegistrationPanel.outcomes import MOST_REJECTED_SHOWN, MOST_SHOWN, landmarkData, landmarksToShow

    rng = np.random.default_rng(0)
    count = 1200
    pixels, probability = rng.uniform(0, 400, (count, 2)), rng.uniform(0, 1, count)
    inliers = np.arange(count) % 3 == 0
    found = Landmarks(
        knee().ras_from_ijk[:3, 3] + rng.normal(size=(count, 3)),
        pixels,
        probability,
        probability,
        probability,
        inliers,
        0,
        0.0,
        True,
    )
    pixels[:3], probability[:3] = (-9, 50), 1.0
    shown = landmarksToShow(found, (400, 400))
    assert not {0, 1, 2} & set(shown.tolist()), "outside of the picture"
    agreeing = [index for index in shown if inliers[index]]
    assert MOST_SHOWN / 2 < len(agreeing) <= MOST_SHOWN
    assert len(shown) - len(agreeing) <= MOST_REJECTED_SHOWN
    surest = int(np.argmax(np.where(inliers & (np.arange(count) > 2), probability, 0)))
    assert surest in shown
    gaps = np.linalg.norm(pixels[agreeing][:, None] - pixels[agreeing], axis=2) + 1e9 * np.eye(len(agreeing))
    assert gaps.min() > 20
    data = landmarkData(found, (400, 400))
    assert [int(label) - 1 for label in data.labels] == shown.tolist()
