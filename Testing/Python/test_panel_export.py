"""What an export writes: DICOM, tables, the report on one page, how bones moved; gathered at once, written in a thread."""

import json
import time

import numpy as np
import pydicom
import pytest
from dicom_files import dicom, gradient, save

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import vtk  # noqa: E402
from panel_fixtures import finish, pose, refined  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")


@pytest.fixture
def exported(knees, panel, host, tmp_path):
    """A folder with everything of a registration of images from DICOM files."""
    same = {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4"}
    ct = save(dicom("CT", gradient(), FrameOfReferenceUID="1.2.9", **same), tmp_path / "ct.dcm")
    xray = save(dicom("XA", gradient(), **same), tmp_path / "xray.dcm")
    for node, path in zip(knees, (ct, xray), strict=True):
        node.SetAttribute("DICOM.instanceUIDs", slicer.app.dicomDatabase().addFile(path))
    refined(panel, host)
    panel.ui.historyTable.item(0, 5).setText("for the <report>")
    panel.result.export(str(tmp_path / "out"))
    finish(host, panel)
    assert "files were written" in panel.ui.exportLabel.text, panel.ui.exportLabel.text
    return tmp_path / "out"


def test_a_pose_is_a_dicom_registration_of_the_images_it_is_of(exported, panel, tmp_path):
    dataset = pydicom.dcmread(exported / "xray1_registration.dcm")
    own, other = dataset.RegistrationSequence
    assert other.FrameOfReferenceUID == "1.2.9"
    xray = pydicom.dcmread(tmp_path / "xray.dcm")
    assert own.ReferencedImageSequence[0].ReferencedSOPInstanceUID == xray.SOPInstanceUID
    numbers = other.MatrixRegistrationSequence[0].MatrixSequence[0].FrameOfReferenceTransformationMatrix
    matrix = np.array([float(value) for value in numbers]).reshape(4, 4)
    lps = matrix @ [*(panel.prepared.center_ras * [-1, -1, 1]), 1.0]
    np.testing.assert_allclose(lps[:3], pose(panel).apply(panel.prepared.center_ras), atol=1e-6)


def test_the_report_says_what_the_panel_says(exported, panel):
    text = (exported / "report.html").read_text(encoding="utf-8")
    for part in ("Knee registered to Shot", "trusted", "Overlay on the X-ray (asked for)", "Position in space", "ACCV 2024"):
        assert part in text, part
    assert "for the &lt;report&gt;" in text, "the user's words are text, not HTML"
    assert text.count("data:image/jpeg;base64,") == 2, "the overlay, and the 3D view"
    assert f"{panel.ui.sourceToDetectorSpinBox.value:.1f} mm" in text
    assert "file: test" in text, "who said the camera's values"
    pdf = (exported / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") == 1, "one page"


def test_a_long_report_is_one_page_with_all_targets(exported):
    from dataclasses import replace

    from RayEmbRegistrationLib.files.result_file import read_result
    from RayEmbRegistrationLib.files.targets import TargetInView, TargetRecord
    from RayEmbRegistrationLib.pictures.report_page import Page, PagePicture, report_page
    from RayEmbRegistrationPanel.reportPdf import onePage

    record = read_result(exported / "result.json")
    pictures = [PagePicture(f"Overlay {n}", (exported / "xray1" / "overlay.png").read_bytes()) for n in range(5)]

    def target(name, count):
        points = np.linspace([0.0, 0, 0], [40.0, 20, 10], count)
        views = [TargetInView(n, points[:, :2], points[:, :2], np.full(count, 0.1 * n)) for n in (1, 2, 3, 4)]
        return TargetRecord(name, "curve", "", points, np.full((count, 3), 0.5), tuple(views))

    targets = (target("Osteotomy", 41), *(target(f"Screw {n}", 2) for n in range(5)), target("Cup", 1))
    long = replace(record, views=record.views * 4, targets=targets, notes=("left out of the CT: a rod of 300 mm",) * 6)
    document = onePage(lambda width: report_page(long, Page(pictures), width))
    assert document.pageCount() == 1
    text = document.toPlainText()
    for part in ("Osteotomy, middle of 41 points", "20.0, 10.0, 5.0", "40.0, 20.0; 0.4 mm", "Cup", "X-ray 4", "To cite"):
        assert part in text, part


def test_what_was_written_is_not_said_of_another_scene(exported, panel, host):
    host.scene.Clear(False)
    host.process_events()
    assert panel.ui.exportLabel.text == ""


def test_history_and_numbers_are_tables(exported, panel):
    history = (exported / "history.csv").read_text(encoding="utf-8").splitlines()
    assert len(history) == 2
    assert history[1].endswith(",for the <report>")
    assert "expected error" in (exported / "result.csv").read_text(encoding="utf-8")
    assert json.loads((exported / "result.json").read_text())["quality"]["trusted"] is True


def test_a_pose_that_nobody_assessed_is_said_to_be_so(exported, panel, host, tmp_path):
    from panel_cases import start_pose

    panel.pose.setPose(0, start_pose((3, 0, 0), (4, 2, 0)), "by hand")
    panel.result.export(str(tmp_path / "again"))
    finish(host, panel)
    text = (tmp_path / "again" / "report.html").read_text(encoding="utf-8")
    assert "? not assessed</b>: Moved by hand, not assessed." in text
    assert "&#10004; trusted" not in text
    dataset = pydicom.dcmread(tmp_path / "again" / "xray1_registration.dcm")
    assert dataset.ContentDescription == "Moved by hand, not assessed."


def test_writing_does_not_hold_the_panel_up(exported, panel, host, tmp_path):
    longest = []
    for number in range(3):
        spent, began = [], time.thread_time()
        panel.result.export(str(tmp_path / f"out{number}"))
        spent.append(time.thread_time() - began)
        while panel.jobs.name is not None:
            began = time.thread_time()
            host.process_events()
            spent.append(time.thread_time() - began)
            time.sleep(0.002)
        longest.append(max(spent))
    assert min(longest) < 0.1, longest


def test_bones_that_moved_are_a_table_and_transforms(knees, panel, host, tmp_path):
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationScene import sceneView
    from RayEmbRegistrationScene.boneMotion import COLUMNS, tableRows

    handle, whole = panel.handle(), pose(panel)
    ball = vtk.vtkSphereSource()
    ball.SetCenter(10, 0, 0)
    ball.Update()
    moves = {
        1: RigidTransform(translation=(0.0, 4.0, 3.0)),
        2: RigidTransform.from_rotation_vector((0.0, 0.0, np.radians(90)), (0.0, 0.0, 0.0)),
    }
    for label, moved in moves.items():
        sceneView.showBoneSurface(handle, ball.GetOutput(), label)
        sceneView.moveBone(handle, label, whole, whole @ moved)
    sceneView.showMotions(handle)
    rows = {(row[0], row[1]): [float(value) for value in row[2:]] for row in tableRows(sceneView.motionsOf(handle))}
    assert set(rows) == {("bone 1", "CT"), ("bone 2", "CT"), ("bone 2", "bone 1")}
    np.testing.assert_allclose(rows["bone 1", "CT"], [0, 4, 3, 5, 0], atol=0.02)
    np.testing.assert_allclose(rows["bone 2", "CT"], [-10, 10, 0, np.hypot(10, 10), 90], atol=0.02)
    np.testing.assert_allclose(rows["bone 2", "bone 1"], [-10, 6, -3, np.sqrt(145), 90], atol=0.02)
    panel.result.export(str(tmp_path / "out"))
    finish(host, panel)
    lines = (tmp_path / "out" / "bones.csv").read_text().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 4
    node = slicer.util.loadTransform(str(tmp_path / "out" / "bone2_moved.tfm"))
    np.testing.assert_allclose(slicer.util.arrayFromTransformMatrix(node), moves[2].matrix, atol=1e-6)
    assert (tmp_path / "out" / "bone2_moved_from_bone1.tfm").exists()
    assert "Motion of bones" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    panel.ui.refineButton.click()  # as a whole: nothing is apart any more
    finish(host, panel)
    assert sceneView.motionsOf(handle) == []
    assert sceneView.nodeOf(handle, "BoneMotion") is None
