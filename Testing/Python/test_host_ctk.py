"""The host's ctk widgets: what Slicer's Python has works, what it does not have raises."""

import pytest

pytest_plugins = ["host_fixtures"]


def test_slider_widget(ctk):
    slider, heard = ctk.ctkSliderWidget(), []
    slider.connect("valueChanged(double)", heard.append)
    slider.maximum, slider.singleStep, slider.decimals = 2.0, 0.25, 3
    slider.value = 1.234567
    slider.value = 5.0
    slider.value = 2.0
    assert heard == [1.234567, 2.0]
    assert slider.className() == "ctkSliderWidget"


@pytest.mark.parametrize("call", ["setMinimum(0)", "setRange(0, 1)", "setSingleStep(1)", "value()", "setValue(value=3)"])
def test_what_is_only_cpp_is_not_there(ctk, call):
    with pytest.raises((AttributeError, TypeError)):
        eval(f"slider.{call}", {"slider": ctk.ctkSliderWidget()})  # noqa: S307


def test_what_the_host_does_not_do_says_so(ctk):
    with pytest.raises(NotImplementedError, match="customSpinBoxesLimitsMax"):
        _ = ctk.ctkRangeWidget().customSpinBoxesLimitsMax
    with pytest.raises(AttributeError, match="ctkNothing"):
        _ = ctk.ctkNothing


def test_collapsible_button_hides_and_shows_again(qt, ctk):
    button, heard = ctk.ctkCollapsibleButton(), []
    layout = qt.QVBoxLayout(button)
    seen, hidden = qt.QLabel("a"), qt.QLabel("b")
    layout.addWidget(seen)
    layout.addWidget(hidden)
    hidden.hide()
    button.connect("contentsCollapsed(bool)", heard.append)
    button.show()
    tall = button.sizeHint().height()
    button.collapsed = True
    assert (seen.visible, heard) == (False, [True])
    assert button.sizeHint().height() < tall
    button.collapsed = False
    assert (seen.visible, hidden.visible) == (True, False)
    button.close()


def test_what_is_shown_in_a_collapsed_section_waits_until_it_is_opened(qt, ctk):
    button = ctk.ctkCollapsibleButton()
    layout = qt.QVBoxLayout(button)
    labels = [qt.QLabel(text) for text in "abc"]
    for label in labels:
        layout.addWidget(label)
    labels[2].hide()
    button.show()
    button.collapsed = True
    labels[2].visible = True
    labels[1].visible = False
    assert [label.visible for label in labels] == [False, False, False]
    button.collapsed = False
    assert [label.visible for label in labels] == [True, False, True]
    button.close()


def test_an_open_section_has_room_for_its_header(qt, ctk):
    button = ctk.ctkCollapsibleButton()
    table = qt.QTableWidget()
    table.setFixedHeight(100)
    qt.QVBoxLayout(button).addWidget(table)
    button.show()
    closed = ctk.ctkCollapsibleButton()
    closed.collapsed = True
    assert button.minimumSizeHint().height() >= 100 + closed.sizeHint().height()
    button.close()


def test_range_path_color_and_coordinates(qt, ctk, tmp_path):
    ranges, heard = ctk.ctkRangeWidget(), []
    ranges.connect("valuesChanged(double,double)", lambda low, high: heard.append((low, high)))
    ranges.setRange(-10, 10)
    ranges.setValues(-20, 4)
    assert heard[-1] == (-10, 4)
    path = ctk.ctkPathLineEdit()
    path.nameFilters = ["Calibration (*.json *.xml)"]
    path.connect("currentPathChanged(QString)", heard.append)
    path.currentPath = str(tmp_path)
    assert heard[-1] == str(tmp_path)
    with pytest.raises(TypeError):
        path.nameFilters = "*.json"
    picker = ctk.ctkColorPickerButton()
    picker.color = qt.QColor(255, 0, 255)
    assert picker.colorName == "#ff00ff"
    coordinates = ctk.ctkCoordinatesWidget()
    coordinates.coordinates = "1,2,3.5"
    assert coordinates.getCoordinate(2) == 3.5
    coordinates.connect("coordinatesChanged(double*)", heard.append)
    coordinates.setCoordinates(4, 5, 6, 0)
    assert heard[-1] == [4.0, 5.0, 6.0]
