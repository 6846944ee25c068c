"""How the beam runs is said in the row of each X-ray, and reaches the registration, result, report and scene."""

import json

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray  # noqa: E402
from panel_fixtures import finish  # noqa: E402
from RayEmbRegistrationLib.geometry.sourced import Sourced  # noqa: E402
from RayEmbRegistrationLib.geometry.xray import XrayGeometry  # noqa: E402
from registration_cases import CAMERA  # noqa: E402

pytest_plugins = ["panel_fixtures"]

COLUMN = 4


def box(panel, row=0):
    return panel.ui.xrayTable.cellWidget(row, COLUMN)


def choose_view(panel, host, text, row=0):
    """As a user does: by the list in the row."""
    index = box(panel, row).findText(text)
    assert index >= 0, f"{text} is not offered"
    box(panel, row).setCurrentIndex(index)
    box(panel, row).activated.emit(index)
    host.process_events()


def told(primary):
    angles = {"primary_angle_deg": primary, "secondary_angle_deg": 0.0}
    sourced = {name: Sourced(value, "tag", "test") for name, value in angles.items()}
    return XrayGeometry.of_camera(CAMERA, "file", "test", **sourced)


@pytest.fixture
def pair(panel, host):
    """Two X-rays: one that tells nothing, one whose tags tell its angles."""
    panel.xrays.add(add_xray("Silent"))
    panel.xrays.add(add_xray("Told"), told(92.0))
    host.process_events()
    return panel


def priors(panel):
    """What a registration would be asked, by X-ray, and for all of them."""
    return [xray.view for xray in panel.start.startedInputs()], panel.advanced.settings().view


def test_each_row_has_a_view_of_its_own(pair, host):
    assert [box(pair, row).currentText for row in (0, 1)] == ["Auto: AP", "DICOM: L lat."]
    assert priors(pair) == (["ap", "lateral"], "any"), "the CT is prepared for both"
    assert "angles that DICOM tells" in pair.ui.startHelpLabel.text
    choose_view(pair, host, "LPO")
    choose_view(pair, host, "LPO", row=1)
    assert priors(pair) == (["lpo", "lpo"], "lpo")
    assert "DICOM" not in pair.ui.startHelpLabel.text
    assert "at the left behind" in box(pair).toolTip
    pair.xrays.setGeometry(1, told(2.0))
    assert priors(pair)[0] == ["lpo", "lpo"], "the user knows better"
    choose_view(pair, host, box(pair, 1).itemText(0), row=1)
    assert priors(pair)[0] == ["lpo", "pa"]
    pair.ui.xrayTable.selectRow(0)
    pair.ui.removeXrayButton.click()
    host.process_events()
    assert [box(pair, row).currentText for row in range(len(pair.xrays.nodes))] == ["DICOM: PA"]


def test_a_view_is_a_step_of_undo(pair, host):
    for text in ("R lat.", "Unknown"):
        choose_view(pair, host, text)
    host.wait_until(lambda: not pair.history._soon.active, 5, "the end of a change")
    seen = []
    for button in (pair.ui.undoButton, pair.ui.undoButton, pair.ui.redoButton):
        button.click()
        host.process_events()
        seen.append((box(pair).currentText, priors(pair)[0]))
    assert seen == [
        ("R lat.", ["right-lateral", "lateral"]),
        ("Auto: AP", ["ap", "lateral"]),
        ("R lat.", ["right-lateral", "lateral"]),
    ]


def test_a_saved_scene_and_a_reload_keep_the_views(pair, host, tmp_path):
    choose_view(pair, host, "RAO")
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    host.process_events()
    assert pair.ui.xrayTable.rowCount == 0
    slicer.util.loadScene(path)
    host.process_events(0.3)
    assert [box(pair, row).currentText for row in (0, 1)] == ["RAO", "DICOM: L lat."]
    host.clear()
    host.process_events()


def test_a_node_that_is_deleted_takes_its_view_along(pair, host):
    choose_view(pair, host, "PA", row=1)
    slicer.mrmlScene.RemoveNode(pair.xrays.nodes[0])
    host.process_events()
    assert [box(pair, row).currentText for row in range(len(pair.xrays.nodes))] == ["PA"]
    assert list(pair.parameters.xrayViews) == ["pa"]


def test_scenes_of_before_have_one_view_for_all(pair, host):
    pair.parameters.viewPrior = type(pair.parameters.viewPrior).lateral
    pair.parameters.xrayViews = []
    host.process_events()
    assert [box(pair, row).currentText for row in (0, 1)] == ["Auto: L lat.", "DICOM: L lat."]


def test_the_result_and_the_report_say_it(knees, panel, host, tmp_path):
    choose_view(panel, host, "R lat.")
    panel.ui.registerButton.click()
    finish(host, panel)
    panel.result.export(str(tmp_path / "out"))
    finish(host, panel)
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert [view["view_prior"] for view in result["views"]] == ["right-lateral"]
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "looked among the views" in report
    assert "right-lateral" in report
