""".ui files in the host: widgets, properties and connections, and a record of each problem."""

import pytest
from host_fixtures import load_ui

pytest_plugins = ["host_fixtures"]


def test_ui_file(tmp_path, qt, scene):
    import slicer

    widget, ui = load_ui(tmp_path)
    assert type(ui.apply) is qt.QPushButton
    assert type(ui.ctSelector) is slicer.qMRMLNodeComboBox
    assert (ui.ctSelector.nodeTypes, ui.ctSelector.toolTip) == (("vtkMRMLScalarVolumeNode",), "The CT")
    assert ui.opacity.maximum == 1
    widget.setMRMLScene(scene)
    assert ui.ctSelector.mrmlScene() is scene
    ui.show.checked = False
    assert ui.apply.isHidden()
    assert qt.uiProblems == []


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ('<widget class="QLabel" name="a"><property name="txt"><string>x</string></property></widget>', "no property 'txt'"),
        ('<widget class="ctkComboBox" name="a"/>', "ctkComboBox"),
        ('<widget class="ctkNothing" name="a"/>', "unknown class"),
        ('<widget class="QLabel" name="show"/>', "two objects"),
        (
            '<widget class="QLabel" name="a"><property name="SlicerName" stdset="0"><string>x</string></property></widget>',
            "dynamic property 'SlicerName'",
        ),
    ],
)
def test_problems_of_ui_files_are_recorded(tmp_path, qt, extra, problem):
    load_ui(tmp_path, extra=f'<item row="9" column="1">{extra}</item>')
    assert any(problem in text for text in qt.uiProblems)


@pytest.mark.parametrize(
    "connection", [("show", "toggld(bool)", "apply"), ("show", "toggled(bool)", "gone"), ("show", "toggled(bool)", "form")]
)
def test_wrong_connections_of_ui_files_are_recorded(tmp_path, qt, connection):
    sender, signal, receiver = connection
    text = f"<sender>{sender}</sender><signal>{signal}</signal><receiver>{receiver}</receiver><slot>setVisible(bool)</slot>"
    load_ui(tmp_path, connections=f"<connection>{text}</connection>")
    assert len(qt.uiProblems) == 1
