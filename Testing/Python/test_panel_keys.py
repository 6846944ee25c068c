"""The panel's keys, their help, and the log that is copied by a click."""

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray  # noqa: E402
from panel_fixtures import choose, finish  # noqa: E402

pytest_plugins = ["panel_fixtures"]


def press(host, keys):
    """What Qt does where a shortcut's keys are pressed; exactly one of the window's has them."""
    import qt

    wanted = qt.QKeySequence(keys).toString()
    found = [one for one in host.mainWindow.findChildren(qt.QShortcut) if qt.QKeySequence(one.key).toString() == wanted]
    assert len(found) == 1, f"{keys} is taken {len(found)} times"
    found[0].activated.emit()
    host.process_events()


def test_a_question_mark_lists_every_key(panel, host):
    from RayEmbRegistrationPanel.keys import keys, whileDragging

    press(host, "?")
    panel.ui.keysButton.click()
    texts = [text for _kind, text in host.boxes]
    assert len(texts) == 2
    for key in [one[0] for one in (*keys(), *whileDragging())]:
        assert f"<b>{key}</b>" in texts[0], key


def test_keys_do_what_the_buttons_do(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    press(host, "F6")
    assert panel.jobs.name == "refine"
    finish(host, panel)
    choose(panel.ui.startModeComboBox, "Automatic")
    press(host, "F8")
    host.process_events(0.1)
    assert panel.ui.startModeComboBox.currentText == "Current pose", "what is moved is the start from now on"
    assert panel.pose.drag.isOn
    press(host, "F8")
    assert not panel.pose.drag.isOn
    mode = panel.ui.overlayModeComboBox.currentText
    press(host, "F9")
    assert panel.ui.overlayModeComboBox.currentText != mode
    press(host, "F12")
    assert sceneView.looksThrough(panel.handle()) == 0
    press(host, "F12")
    assert sceneView.looksThrough(panel.handle()) is None
    press(host, "F7")
    assert panel.ui.stageLabel.text == "The verdict is of the pose as it stands.", "a grey button says why not"
    press(host, "F5")
    assert panel.jobs.name == "register"
    press(host, "F5")
    finish(host, panel)
    assert panel.ui.stageLabel.text == "Cancelled."


def test_keys_go_from_xray_to_xray(knees, panel, host):
    panel.ui.xraySelector.setCurrentNode(add_xray("Second"))
    panel.ui.addXrayButton.click()
    host.process_events()
    panel.ui.xrayTable.selectRow(0)
    seen = []
    for keys in ("Ctrl+PgDown", "Ctrl+PgDown", "Ctrl+PgUp"):
        press(host, keys)
        seen.append(panel.xrays.selected)
    assert seen == [1, 0, 1]


def test_keys_filter_the_xray_that_is_selected(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    shown = []
    for keys in ("Shift+F5", "Shift+F6", "Shift+F7", "Shift+F8", "Shift+F6", "Shift+F12"):
        press(host, keys)
        on = sceneView.filterOf(panel.handle(), 0)
        shown.append(" ".join(name for name in ("contrast", "invert", "edges", "smooth") if getattr(on, name)))
    assert shown[:4] == ["contrast", "contrast invert", "contrast invert edges", "contrast invert edges smooth"]
    assert shown[4:] == ["contrast edges smooth", ""]
    panel.ui.removeXrayButton.click()
    press(host, "Shift+F5")
    assert panel.ui.stageLabel.text == "Add an X-ray to the table."


def test_keys_break_nothing_where_there_is_nothing(panel, host):
    from RayEmbRegistrationPanel.keys import keys

    for key, _name, _words in keys():
        press(host, key)
    assert panel.jobs.name is None


def test_keys_of_another_module_are_left_alone(panel, host):
    import qt

    host.select_module(None)
    host.process_events()
    assert host.mainWindow.findChildren(qt.QShortcut) == [] or not panel.keys._shortcuts
    host.select_module("RayEmbRegistration")


@pytest.fixture
def named(knees, panel, host):
    """CT and X-ray named after a patient, who is in the hierarchy as well."""
    knees[0].SetName("MUELLER^ANNA thorax")
    knees[1].SetName("4: Mueller c-arm 1.2.276.0.7230010.3.1.4")
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    item = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Mueller Anna (PID4711)")
    hierarchy.SetItemAttribute(item, "DICOM.PatientID", "PID4711")
    hierarchy.SetItemAttribute(item, "DICOM.PatientName", "Mueller^Anna")
    return knees


def copied(panel) -> str:
    import qt

    panel.ui.copyLogButton.click()
    assert panel.ui.stageLabel.text.startswith("The log was copied")
    return str(qt.QApplication.clipboard().text())


def test_the_log_tells_what_was_done_and_nothing_of_the_patient(named, panel, host):
    panel.ui.refineButton.click()
    finish(host, panel)
    panel.register.say("MUELLER^ANNA thorax is no CT; see /home/anna/scans/MUELLER_A.dcm or C:\\Users\\anna\\x.dcm")
    panel.register.say("Patient PID4711, Anna, series 1.2.276.0.7230010.3.1.4")
    text = copied(panel)
    for secret in ("mueller", "anna", "pid4711", "/home", "users", "scans", "1.2.276"):
        assert secret not in text.lower(), secret
    for part in ("RayEmb Registration 0.1.0", "torch ", "refine began", "X-ray 1: 192 x 192 px", "refine ended after"):
        assert part in text, f"{part} is not in {text}"
    assert "overlay: trusted" in text
    assert "RegistrationSettings(" in text
    assert "[file]" in text


def test_an_error_is_in_the_log_with_its_lines_of_code(named, panel, host, monkeypatch):
    def fail(*_arguments, **_named):
        raise RuntimeError(f"{named[0].GetName()} broke it")

    monkeypatch.setattr(type(panel.logic), "carryOut", fail)
    panel.ui.refineButton.click()
    finish(host, panel)
    text = copied(panel)
    assert "RuntimeError: [name] broke it" in text
    assert 'File "registerSection.py", line ' in text
    assert "mueller" not in text.lower()


def test_the_log_does_not_grow_for_ever(panel):
    from RayEmbRegistrationPanel import panelLog

    for number in range(2 * panelLog.MOST_LINES):
        panel.log.add(f"line {number}")
    assert len(panel.log.text().splitlines()) < panelLog.MOST_LINES + 10
