"""Field, magnification and angles of each X-ray in its row and below, with a sign and a sentence where they are odd."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray  # noqa: E402
from panel_fixtures import finish  # noqa: E402
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm  # noqa: E402
from RayEmbRegistrationLib.geometry.xray import XrayGeometry  # noqa: E402
from registration_cases import CAMERA  # noqa: E402

pytest_plugins = ["panel_fixtures"]

SIGN = "⚠"
KNOWN = XrayGeometry().with_values("tag", source_to_detector_mm=1000.0, pixel_spacing_mm=(0.5, 0.4))


def cell(panel, row=0):
    return panel.ui.xrayTable.item(row, 2)


def test_field_and_magnification_are_of_the_bone_under_the_pose(knees, panel, host):
    assert cell(panel).text() == "file"
    assert "about" in panel.ui.plausibleLabel.text, "nothing tells where the bone is"
    panel.ui.prepareButton.click()
    finish(host, panel)
    depth = panel.pose.of(0).apply(panel.prepared.center_ras)[2]
    times = CAMERA.source_to_detector_mm / depth
    width = CAMERA.width * CAMERA.pixel_spacing_mm[0]
    text = panel.ui.plausibleLabel.text
    assert f"Field {width:.0f} x" in text
    assert f"{width / times:.0f} x" in text
    assert f"magnified {times:.2f} times" in text
    assert text.split("\n")[0] in cell(panel).toolTip().replace("\n", " ")


def test_what_is_odd_has_a_sign_in_the_row_and_a_sentence(knees, panel, host):
    panel.ui.sourceToDetectorSpinBox.setValue(5000.0)
    host.process_events()
    assert cell(panel).text().startswith(SIGN)
    assert "5000 mm is unusual" in cell(panel).toolTip()
    assert panel.ui.plausibleLabel.text.startswith(SIGN)
    host.wait_until(lambda: not panel.history._soon.active, 5, "the end of a change")
    panel.ui.undoButton.click()
    host.process_events()
    assert cell(panel).text() == "file"
    assert SIGN not in panel.ui.plausibleLabel.text


def test_angles_of_the_tags_are_said_and_held_against_the_view(panel, host):
    lateral = KNOWN.with_values("tag", primary_angle_deg=88.0, secondary_angle_deg=3.0)
    panel.xrays.add(add_xray("Side", hasGeometry=False), lateral)
    host.process_events()
    assert "C-arm 88° / 3° (DICOM)" in panel.ui.plausibleLabel.text
    assert panel.prior.of(0) == "lateral", "the tags choose the view"
    assert not cell(panel).text().startswith(SIGN)
    view = panel.ui.xrayTable.cellWidget(0, 4)
    view.activated.emit(view.findText("AP"))
    host.process_events()
    assert "92° off that of the view Front to back (AP)" in cell(panel).toolTip()
    view.activated.emit(view.findText("Unknown"))
    host.process_events()
    assert not cell(panel).text().startswith(SIGN)


def test_a_pose_far_from_the_angles_or_behind_the_detector_is_odd(panel):
    from RayEmbRegistrationPanel.plausibility import figuresOf

    told = KNOWN.with_values("tag", primary_angle_deg=10.0, secondary_angle_deg=0.0)
    size = (512, 512)
    near = camera_from_ras_of_c_arm(35.0, 0.0, 0.0, np.zeros(3), 700.0)
    assert figuresOf(told, size, "Shot", 700.0, near).odd == ()
    far = camera_from_ras_of_c_arm(60.0, 0.0, 0.0, np.zeros(3), 700.0)
    (sentence,) = figuresOf(told, size, "Shot", 700.0, far).odd
    assert "50° off" in sentence
    words = figuresOf(told, size, "Shot", 700.0, far).words
    assert words == "Field 256 x 205 mm, 179 x 143 mm at the bone, magnified 1.43 times; C-arm 60° / 0°."
    (sentence,) = figuresOf(KNOWN, size, "Shot", 1100.0, near).odd
    assert "behind the detector" in sentence
    assert figuresOf(XrayGeometry(), size, "Shot").words == ""
