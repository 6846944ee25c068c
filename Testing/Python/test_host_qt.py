"""The host's Qt in PythonQt's conventions: what Slicer's Python has works, what it does not have raises."""

import pytest

pytest_plugins = ["host_fixtures"]


def test_properties_are_attributes(qt):
    button = qt.QPushButton("Apply")
    button.enabled = False
    button.toolTip = "why not"
    assert (button.text, button.enabled, button.toolTip) == ("Apply", False, "why not")
    assert not button.isEnabled()
    button.setText("Cancel")
    assert button.text == "Cancel"
    button.name = "applyButton"
    assert button.objectName == "applyButton"


@pytest.mark.parametrize("misuse", ["text()", "enable", "nothing", "set_text", "checkedd"])
def test_what_a_button_does_not_have_raises_on_reading(qt, misuse):
    button = qt.QPushButton("Apply")
    with pytest.raises((TypeError, AttributeError)):
        eval(f"button.{misuse}", {"button": button})  # noqa: S307


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("enable", False, AttributeError),  # no such property
        ("click", 1, AttributeError),  # a slot
        ("clicked", 1, AttributeError),  # a signal
        ("width", 10, AttributeError),  # read only
        ("text", 3, TypeError),
        ("checked", "yes", TypeError),
        ("size", 3, TypeError),
    ],
)
def test_what_a_button_does_not_have_raises_on_writing(qt, name, value, error):
    with pytest.raises(error):
        setattr(qt.QPushButton("Apply"), name, value)


def test_a_python_class_may_have_attributes_of_its_own_but_not_in_place_of_slots(qt):
    class Panel(qt.QWidget):
        def __init__(self):
            qt.QWidget.__init__(self)
            self.count = 3

    panel = Panel()
    panel.enabled = False
    assert (panel.count, panel.enabled) == (3, False)
    with pytest.raises(AttributeError):
        panel.update = 3


@pytest.mark.parametrize("name", ["Signal", "Slot", "Property", "QNothing", "QtCore"])
def test_names_that_slicer_does_not_have(qt, name):
    with pytest.raises(AttributeError):
        getattr(qt, name)


def test_no_keyword_arguments_in_constructors(qt, ctk):
    with pytest.raises(TypeError, match="keyword"):
        qt.QLabel(text="CT")
    with pytest.raises(TypeError):
        ctk.ctkSliderWidget(parent=None)


def test_connect_by_signature(qt):
    button, heard = qt.QPushButton(), []

    def listener(checked, name="x"):
        heard.append((checked, name))

    button.connect("clicked()", lambda: heard.append("clicked"))
    button.connect("clicked(bool)", listener)
    button.click()
    assert heard == ["clicked", (False, "x")]
    button.disconnect("clicked(bool)", listener)
    button.click()
    assert heard[2:] == ["clicked"]


@pytest.mark.parametrize("signal", ["clickd()", "clicked", "clicked(int)", "currentTextChanged(QString)"])
def test_unknown_signals_raise(qt, signal):
    with pytest.raises(ValueError, match="connect"):
        qt.QPushButton().connect(signal, print)


def test_numbers_enumerators_and_tuples(qt):
    spin = qt.QSpinBox()
    spin.value = 3.9
    assert spin.value == 3  # rounded down, as PythonQt does
    assert qt.Qt.Checked == 2
    slider = qt.QSlider()
    slider.orientation = 1
    assert slider.orientation == qt.Qt.Horizontal
    settings = qt.QSettings()
    settings.setValue("RayEmbRegistration/test", True)
    assert settings.value("RayEmbRegistration/test") == "true"
    settings.remove("RayEmbRegistration/test")


def test_dialogs_return_one_value(qt, monkeypatch):
    from PySide6 import QtWidgets

    assert isinstance(qt.QFileDialog.getOpenFileName, type(lambda: None))
    monkeypatch.setattr(QtWidgets.QFileDialog, "exec", lambda self: 0)
    timer = qt.QTimer()
    timer.singleShot = True
    seen = []

    def close_dialog():
        for widget in qt.QApplication.topLevelWidgets():
            if isinstance(widget, qt.QInputDialog):
                seen.append(widget.windowTitle)
                widget.reject()

    timer.connect("timeout()", close_dialog)
    timer.start(50)
    answer = qt.QInputDialog.getText(None, "Rename", "New name:")
    assert (seen, answer) == (["Rename"], "")


def test_children_and_dynamic_properties_are_attributes(qt):
    parent = qt.QWidget()
    child = qt.QLabel("CT", parent)
    child.objectName = "ctLabel"
    assert parent.ctLabel is child
    parent.setProperty("SlicerParameterName", "ct")
    assert parent.SlicerParameterName == "ct"
