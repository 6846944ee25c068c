"""X-rays of several frames in the panel: a volume of frames, a sequence; one is chosen, shown, registered and assessed."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_knee, add_xray, in_plane_error_mm, knee_xray, start_pose  # noqa: E402
from panel_fixtures import finish, pose  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window", "prepared_once")
FRAME, COUNT = 2, 4
MORE_DEG = (0, 20, 25, 30)
DISTANCES_MM = (1020.0, 1010.0, 1030.0, 1040.0)


def frames():
    """(4, H, W): the X-ray is the third, the others are it moved aside, so that they are not where the pose has the bone."""
    pixels = knee_xray().pixels
    return np.stack([pixels if n == FRAME else np.roll(pixels, 25 * (n + 1), axis=1) for n in range(COUNT)])


def add_run(name="Run", instance=None):
    node = add_xray(name, hasGeometry=instance is None)
    node.SetAttribute("DICOM.instanceUIDs", instance)
    slicer.util.updateVolumeFromArray(node, frames())
    return node


def add_sequence(instance=None):
    """(browser, proxy): what Slicer shows of a sequence of X-rays, each frame with the UID of the file that it is from."""
    sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode", "Sequence")
    for number, pixels in enumerate(frames()):
        still = add_xray(f"frame {number}", hasGeometry=instance is None)
        slicer.util.updateVolumeFromArray(still, pixels[None])
        still.SetAttribute("DICOM.instanceUIDs", instance)
        sequence.SetDataNodeAtValue(still, str(number))
        slicer.mrmlScene.RemoveNode(still)
    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.AddSynchronizedSequenceNode(sequence)
    browser.SetSelectedItemNumber(0)
    return browser, browser.GetProxyNode(sequence)


@pytest.fixture(params=["volume", "sequence"])
def run(request, panel, host):
    """An X-ray of several frames in the table, at its first frame, with a start pose near the true one of the third."""
    node = add_run() if request.param == "volume" else add_sequence()[1]
    host.process_events()
    panel.ui.ctSelector.setCurrentNode(add_knee())
    panel.ui.xraySelector.setCurrentNode(node)
    host.process_events()
    assert panel.ui.addXrayButton.enabled, panel.ui.addXrayButton.toolTip
    panel.ui.addXrayButton.click()
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.deviceComboBox.setCurrentIndex(1)
    host.process_events(0.1)
    return node


def box(panel, row=0):
    return panel.ui.xrayTable.cellWidget(row, 1)


def shown(panel):
    from RayEmbRegistrationScene import sceneView

    return slicer.util.arrayFromVolume(sceneView.nodeOf(panel.handle(), "View1.Xray"))[0]


def test_a_frame_is_chosen_in_the_row_and_shown(run, panel, host):
    assert not panel.ui.xrayTable.isColumnHidden(1)
    assert (box(panel).minimum, box(panel).maximum, box(panel).value) == (1, COUNT, 1)
    assert box(panel).text == "1 of 4"
    for number in (FRAME + 1, 1, COUNT):
        box(panel).setValue(number)
        host.process_events(0.2)
        np.testing.assert_allclose(shown(panel), frames()[number - 1], atol=1e-3)
    assert panel.xrays.problem() is None


def test_the_chosen_frame_is_registered_and_another_has_no_verdict(run, panel, host):
    box(panel).setValue(FRAME + 1)
    host.process_events(0.1)
    panel.ui.refineButton.click()
    finish(host, panel)
    assert in_plane_error_mm(pose(panel), panel.prepared) < 0.5
    said = panel.ui.trustLabel.text
    assert said.startswith("Trusted")
    box(panel).setValue(FRAME + 2)
    host.process_events(0.1)
    assert panel.ui.trustLabel.text == "Another image, not assessed."
    panel.ui.assessButton.click()
    finish(host, panel)
    assert panel.ui.trustLabel.text.startswith("Not trusted")
    box(panel).setValue(FRAME + 1)
    host.process_events(0.1)
    assert panel.ui.trustLabel.text == said


def test_what_steps_through_a_sequence_steps_through_the_panel(panel, host):
    browser, proxy = add_sequence()
    host.process_events()
    panel.xrays.add(proxy)
    host.process_events(0.1)
    browser.SetSelectedItemNumber(FRAME)
    host.process_events(0.2)
    assert box(panel).value == FRAME + 1
    np.testing.assert_allclose(shown(panel), frames()[FRAME], atol=1e-3)


def test_the_window_stays_from_frame_to_frame(run, panel, host):
    from RayEmbRegistrationScene import sceneView

    display = sceneView.nodeOf(panel.handle(), "View1.Xray").GetDisplayNode()
    display.SetWindowLevelMinMax(100.0, 900.0)
    box(panel).setValue(3)
    host.process_events(0.2)
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (100.0, 900.0)


def test_the_choice_of_a_frame_can_be_undone_and_is_saved(panel, host, tmp_path):
    panel.xrays.add(add_run())
    panel.pose.setPose(0, start_pose(), "start")
    host.process_events(0.5)
    box(panel).setValue(FRAME + 1)
    host.wait_until(lambda: not panel.history._soon.active, 5, "the end of a change")
    panel.ui.undoButton.click()
    host.process_events(0.2)
    assert box(panel).value == 1
    np.testing.assert_allclose(shown(panel), frames()[0], atol=1e-3)
    panel.ui.redoButton.click()
    host.process_events(0.2)
    assert box(panel).value == FRAME + 1
    assert slicer.util.saveScene(str(tmp_path / "run.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "run.mrb"))
    host.process_events(0.2)
    assert box(panel).value == FRAME + 1
    assert panel.xrays.problem() is None


def test_stills_have_no_frames_to_choose(panel, host):
    panel.xrays.add(add_xray())
    host.process_events()
    assert panel.ui.xrayTable.isColumnHidden(1)
    assert box(panel) is None


def test_frames_are_never_taken_for_a_ct_nor_a_ct_for_frames(panel, host):
    from RayEmbRegistrationScene import inputs

    run, ct = add_run(), add_knee()
    assert (inputs.canBeFrames(run), inputs.canBeFrames(ct)) == (True, False)
    panel.xrays.add(run)
    assert not inputs.looksLikeCt(run)
    panel.ui.ctSelector.setCurrentNode(run)
    host.process_events()
    assert "is an X-ray of several frames; choose the CT" in panel.ui.stageLabel.text


@pytest.fixture
def tagged(host, tmp_path, monkeypatch):
    """The instance UID of a DICOM file of the four frames: each frame has a primary angle and a magnification of its own."""
    from dicom_files import dicom, item, save

    pixels = frames().astype(np.uint16)
    angles = [
        item(
            XRayGeometrySequence=item(DistanceSourceToDetector=mm),
            PositionerPositionSequence=item(PositionerPrimaryAngle=10.0 + more, PositionerSecondaryAngle=0.0),
        )
        for mm, more in zip(DISTANCES_MM, MORE_DEG, strict=True)
    ]
    dataset = dicom("Enhanced XA", pixels, ImagerPixelSpacing=[1.4, 1.4])
    dataset.PerFrameFunctionalGroupsSequence = angles
    path = save(dataset, tmp_path / "run.dcm")

    class Database:
        def fileForInstance(self, uid):
            return str(path)

    monkeypatch.setattr(type(slicer.app), "dicomDatabase", lambda app: Database(), raising=False)
    return "1.2.3"


def angle_and_distance(panel, row=0):
    geometry = panel.xrays.geometry(row)
    return geometry.angles_deg[0], geometry.value("source_to_detector_mm")


@pytest.fixture(params=["volume", "sequence"])
def stepped(request, panel, host, tagged):
    """Steps through a DICOM run that is in the table; of a sequence by its browser, as Slicer's toolbar does."""
    if request.param == "volume":
        node = add_run(instance=tagged)
        step = lambda frame: box(panel).setValue(frame + 1)  # noqa: E731
    else:
        browser, node = add_sequence(tagged)
        step = browser.SetSelectedItemNumber
    panel.xrays.add(node)
    host.process_events(0.1)

    def then(frame):
        step(frame)
        host.process_events(0.3)

    return then


def test_each_frame_has_the_tags_of_its_own(stepped, panel):
    expected = [(10.0 + more, mm) for more, mm in zip(MORE_DEG, DISTANCES_MM, strict=True)]
    for frame in (0, 1, FRAME, 3, 0, FRAME):
        stepped(frame)
        assert angle_and_distance(panel) == expected[frame]
    view = panel.logic.view(panel.xrays.inputs()[0])
    np.testing.assert_allclose(view.pixels, frames()[FRAME].astype(np.uint16), atol=1e-3)
    assert view.camera.source_to_detector_mm == DISTANCES_MM[FRAME]


def test_what_was_typed_stays_and_the_rest_is_of_the_frame(stepped, panel):
    stepped(1)
    panel.ui.sourceToDetectorSpinBox.setValue(990.0)
    for frame, angle in ((0, 10.0), (3, 40.0), (1, 30.0)):
        stepped(frame)
        assert angle_and_distance(panel) == (angle, 990.0)


def test_undo_of_a_typed_value_keeps_to_the_frame_that_a_sequence_shows(panel, host, tagged):
    browser, node = add_sequence(tagged)
    panel.xrays.add(node)
    panel.pose.setPose(0, start_pose(), "start")
    host.process_events(0.5)
    panel.ui.sourceToDetectorSpinBox.setValue(990.0)
    host.wait_until(lambda: not panel.history._soon.active, 5, "the end of a change")
    browser.SetSelectedItemNumber(3)
    host.process_events(0.1)
    panel.ui.undoButton.click()
    host.process_events(0.1)
    assert box(panel).value == 4
    assert angle_and_distance(panel) == (40.0, DISTANCES_MM[3])
    browser.SetSelectedItemNumber(0)
    host.process_events(0.1)
    assert angle_and_distance(panel) == (10.0, DISTANCES_MM[0])


def test_an_xray_that_comes_back_at_another_frame_has_its_tags(panel, host, tagged):
    browser, node = add_sequence(tagged)
    panel.xrays.add(node)
    host.process_events(0.1)
    panel.xrays.removeRow(0)
    host.process_events(0.1)
    browser.SetSelectedItemNumber(1)
    panel.xrays.add(node)
    host.process_events(0.1)
    assert angle_and_distance(panel) == (30.0, DISTANCES_MM[1])
    browser.SetSelectedItemNumber(0)
    host.process_events(0.1)
    assert angle_and_distance(panel) == (10.0, DISTANCES_MM[0])


def test_stepping_the_browser_voids_the_verdict_of_another_frame(panel, host):
    """The image of the frame is another one, and so the verdict is none on it; it comes back with its own frame."""
    browser, node = add_sequence()
    panel.ui.ctSelector.setCurrentNode(add_knee())
    panel.xrays.add(node)
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.deviceComboBox.setCurrentIndex(1)
    browser.SetSelectedItemNumber(FRAME)
    host.process_events(0.1)
    panel.ui.refineButton.click()
    finish(host, panel)
    said, row = panel.ui.trustLabel.text, panel.ui.xrayTable.item(0, 3).text()
    assert said.startswith("Trusted")
    for frame in (FRAME + 1, 0):
        browser.SetSelectedItemNumber(frame)
        host.process_events(0.1)
        assert panel.ui.trustLabel.text == "Another image, not assessed."
        assert panel.ui.xrayTable.item(0, 3).text() == "another image, not assessed"
        assert (panel.ui.similarityLabel.text, panel.ui.inPlaneErrorLabel.text) == ("-", "-")
    browser.SetSelectedItemNumber(FRAME)
    host.process_events(0.1)
    assert (panel.ui.trustLabel.text, panel.ui.xrayTable.item(0, 3).text()) == (said, row)


def test_stepping_on_during_a_registration_leaves_no_verdict_on_the_frame_that_is_shown(panel, host):
    browser, node = add_sequence()
    panel.ui.ctSelector.setCurrentNode(add_knee())
    panel.xrays.add(node)
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.deviceComboBox.setCurrentIndex(1)
    browser.SetSelectedItemNumber(FRAME)
    host.process_events(0.1)
    panel.ui.refineButton.click()
    browser.SetSelectedItemNumber(0)
    finish(host, panel)
    assert panel.ui.trustLabel.text == "Another image, not assessed."
    np.testing.assert_allclose(shown(panel), frames()[0], atol=1e-3)
    browser.SetSelectedItemNumber(FRAME)
    host.process_events(0.1)
    assert panel.ui.trustLabel.text.startswith("Trusted")
