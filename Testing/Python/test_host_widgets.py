"""The host's Qt, ctk and MRML widgets: what Slicer's Python has works, what it does not have raises."""

import enum
import pathlib
from typing import Annotated, Optional

import numpy as np
import pytest

pytest.importorskip("PySide6")
pytest.importorskip("slicer")


@pytest.fixture(scope="module")
def host():
    from host.app import boot

    return boot()


@pytest.fixture
def scene(host):
    import slicer

    yield slicer.mrmlScene
    slicer.mrmlScene.Clear(False)


@pytest.fixture
def qt(host):
    import qt

    yield qt
    qt.uiProblems.clear()


@pytest.fixture
def ctk(host):
    import ctk

    return ctk


# Qt in PythonQt's conventions


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


# ctk


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


def test_collapsible_button_hides_and_shows_again(qt, ctk, host):
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


# MRML widgets


def volume(scene, name):
    return scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)


def test_node_selector_follows_the_scene(scene):
    import slicer

    selector, heard = slicer.qMRMLNodeComboBox(), []
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.noneEnabled = True
    assert not selector.enabled  # no scene yet
    first = volume(scene, "CT")
    selector.setMRMLScene(scene)
    assert selector.enabled
    assert selector.currentNode() is None
    selector.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: heard.append(node and node.GetName()))
    selector.connect("currentNodeChanged(bool)", heard.append)
    second = volume(scene, "X-ray")
    scene.AddNewNodeByClass("vtkMRMLModelNode", "bone")
    assert selector.nodeCount() == 2
    selector.setCurrentNode(second)
    second.SetName("AP view")
    assert selector._box.currentText == "AP view"
    scene.RemoveNode(second)
    assert selector.currentNode() is first
    scene.RemoveNode(first)
    assert heard == ["X-ray", True, "CT", True, None, False]


def test_node_selector_creates_renames_and_deletes(scene, qt, monkeypatch):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLLinearTransformNode"]
    selector.baseName, selector.renameEnabled = "Pose", True
    selector.setMRMLScene(scene)
    texts = [selector._box.itemText(i) for i in range(selector._box.count)]
    assert [t.split()[0] for t in texts if t] == ["Rename", "Create", "Delete"]
    selector._box.activated.emit(texts.index(next(t for t in texts if t.startswith("Create"))))
    assert selector.currentNode().GetName() == "Pose"
    monkeypatch.setattr("host.widgets_node_selector.QInputDialog.getText", lambda *a: "Start")
    selector.renameCurrentNode()
    assert selector._box.currentText == "Start"
    selector.removeCurrentNode()
    assert (selector.currentNode(), scene.GetFirstNodeByName("Start")) == (None, None)


def test_node_selector_filters(scene):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    selector.showChildNodeTypes = False
    selector.addAttribute("vtkMRMLScalarVolumeNode", "DICOM.Modality", "CT")
    selector.setMRMLScene(scene)
    ct, label = volume(scene, "CT"), scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "bones")
    assert selector.nodeCount() == 0
    ct.SetAttribute("DICOM.Modality", "CT")
    label.SetAttribute("DICOM.Modality", "CT")
    ct.Modified()
    selector.showHidden = True
    assert [selector.nodeFromIndex(i) for i in range(selector.nodeCount())] == [ct]


@pytest.mark.parametrize("use", ["setNodeTypes([])", "nodes()", "nothing", "setCurrentNode(3)", "currentNode(True)"])
def test_misuse_of_a_node_selector_raises(scene, use):
    import slicer

    selector = slicer.qMRMLNodeComboBox()
    selector.setMRMLScene(scene)
    with pytest.raises((AttributeError, TypeError)):
        eval(f"selector.{use}", {"selector": selector})  # noqa: S307


def test_widgets_leave_no_observers(scene):
    import slicer

    def observers():
        interaction = scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        return sum(str(thing).count("vtkObserver (") for thing in (scene, node, interaction))

    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "landmarks")
    before = observers()
    widgets = [slicer.qMRMLNodeComboBox(), slicer.qSlicerSimpleMarkupsWidget()]
    for widget in widgets:
        widget.setMRMLScene(scene)
    widgets[1].setCurrentNode(node)
    assert observers() > before
    for widget in widgets:
        widget.delete()
    assert observers() == before


def test_markups_table_and_place_mode(scene):
    import slicer

    widget, heard = slicer.qSlicerSimpleMarkupsWidget(), []
    widget.setMRMLScene(scene)
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "landmarks")
    widget.setCurrentNode(node)
    node.AddControlPoint(1, 2, 3, "ASIS left")
    table = widget.tableWidget()
    assert [table.item(0, column).text() for column in range(4)] == ["ASIS left", "1.000", "2.000", "3.000"]
    table.item(0, 2).setText("-7.5")
    table.item(0, 0).setText("ASIS right")
    assert (node.GetNthControlPointPosition(0), node.GetNthControlPointLabel(0)) == ((1, -7.5, 3), "ASIS right")
    widget.connect("activeMarkupsPlaceModeChanged(bool)", heard.append)
    widget.markupsPlaceWidget().placeButton().click()
    assert widget.interactionNode().GetCurrentInteractionMode() == widget.interactionNode().Place
    widget.interactionNode().SwitchToViewTransformMode()
    assert heard == [True, False]
    assert not widget.markupsPlaceWidget().placeModeEnabled
    widget.delete()


def test_segments(scene):
    import slicer

    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "bones")
    for name in ("pelvis", "femur"):
        node.GetSegmentation().AddEmptySegment(name, name)
    table, selector, heard = slicer.qMRMLSegmentsTableView(), slicer.qMRMLSegmentSelectorWidget(), []
    table.setMRMLScene(scene)
    table.setSegmentationNode(node)
    table.setSelectedSegmentIDs(["femur"])
    assert (table.selectedSegmentIDs(), table.segmentCount) == (("femur",), 2)
    selector.setMRMLScene(scene)
    selector.multiSelection = True
    selector.setCurrentNode(node)
    selector.connect("segmentSelectionChanged(QStringList)", heard.append)
    selector.setSelectedSegmentIDs(["pelvis", "femur"])
    node.GetSegmentation().RemoveSegment("pelvis")
    assert selector.selectedSegmentIDs() == ("femur",)
    assert heard == [("pelvis", "femur"), ("femur",)]
    scene.RemoveNode(node)
    assert (table.segmentationNode(), selector.currentNode()) == (None, None)


def test_transform_sliders(scene):
    import slicer

    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "pose")
    sliders = slicer.qMRMLTransformSliders()
    sliders.TypeOfTransform = sliders.ROTATION
    sliders.setMRMLTransformNode(node)
    sliders._sliders[2].value = 90
    expected = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(slicer.util.arrayFromTransformMatrix(node)[:3, :3], expected, atol=1e-12)


# .ui files

UI = """<ui version="4.0"><class>Panel</class>
 <widget class="qMRMLWidget" name="Panel"><layout class="QFormLayout" name="form">
  <item row="0" column="1"><widget class="qMRMLNodeComboBox" name="ctSelector">
    <property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string><string/></stringlist></property>
    <property name="noneEnabled"><bool>true</bool></property><property name="toolTip"><string>The CT</string></property>
    <property name="SlicerParameterName" stdset="0"><string>ct</string></property></widget></item>
  <item row="1" column="1"><widget class="ctkSliderWidget" name="opacity">
    <property name="maximum"><double>1</double></property>
    <property name="SlicerParameterName" stdset="0"><string>opacity</string></property></widget></item>
  <item row="2" column="1"><widget class="QCheckBox" name="show">
    <property name="checked"><bool>true</bool></property></widget></item>
  <item row="3" column="1"><widget class="QPushButton" name="apply"/></item>{extra}
 </layout></widget>
 <customwidgets>
  <customwidget><class>qMRMLWidget</class><extends>QWidget</extends><header>h</header><container>1</container></customwidget>
  <customwidget><class>qMRMLNodeComboBox</class><extends>QWidget</extends><header>h</header></customwidget>
  <customwidget><class>ctkSliderWidget</class><extends>QWidget</extends><header>h</header></customwidget>
 </customwidgets>
 <connections>
  <connection><sender>Panel</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>ctSelector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection>
  <connection><sender>show</sender><signal>toggled(bool)</signal><receiver>apply</receiver><slot>setVisible(bool)</slot></connection>
  {connections}
 </connections></ui>"""


def load(tmp_path, extra="", connections=""):
    import slicer

    path = tmp_path / "Panel.ui"
    path.write_text(UI.format(extra=extra, connections=connections))
    widget = slicer.util.loadUI(str(path))
    return widget, slicer.util.childWidgetVariables(widget)


def test_ui_file(tmp_path, qt, scene):
    import slicer

    widget, ui = load(tmp_path)
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
    load(tmp_path, extra=f'<item row="9" column="1">{extra}</item>')
    assert any(problem in text for text in qt.uiProblems)


@pytest.mark.parametrize(
    "connection", [("show", "toggld(bool)", "apply"), ("show", "toggled(bool)", "gone"), ("show", "toggled(bool)", "form")]
)
def test_wrong_connections_of_ui_files_are_recorded(tmp_path, qt, connection):
    sender, signal, receiver = connection
    text = f"<sender>{sender}</sender><signal>{signal}</signal><receiver>{receiver}</receiver><slot>setVisible(bool)</slot>"
    load(tmp_path, connections=f"<connection>{text}</connection>")
    assert len(qt.uiProblems) == 1


# The parameter node: the same on the host's own Python base and on Slicer's


class Start(enum.Enum):
    AUTOMATIC = 1
    ANGLES = 2


@pytest.fixture
def Parameters(scene):
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode
    from slicer.parameterNodeWrapper import Choice, Default, Minimum, WithinRange, parameterNodeWrapper, parameterPack

    @parameterPack
    class Camera:
        distanceMm: Annotated[float, WithinRange(100.0, 3000.0)] = 1020.0
        origin: str = "DICOM"

    @parameterNodeWrapper
    class Parameters:
        ct: vtkMRMLScalarVolumeNode
        landmarks: Optional[vtkMRMLMarkupsFiducialNode]  # noqa: UP045 - the spelling modules use
        xrays: list[vtkMRMLScalarVolumeNode]
        opacity: Annotated[float, WithinRange(0, 1), Default(0.5)]
        iterations: Annotated[int, Minimum(1)] = 100
        start: Start
        device: Annotated[str, Choice(["auto", "cpu"])] = "auto"
        live: bool
        weights: pathlib.Path
        names: list[str]
        camera: Camera

    return Parameters


def parameter_node(scene):
    return scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "RayEmbRegistration")


def test_parameters_keep_their_types(scene, Parameters):
    node = parameter_node(scene)
    parameters, ct, xray = Parameters(node), volume(scene, "CT"), volume(scene, "X-ray")
    assert (parameters.ct, parameters.landmarks, list(parameters.xrays)) == (None, None, [])
    assert (parameters.opacity, parameters.iterations, parameters.start) == (0.5, 100, Start.AUTOMATIC)
    parameters.ct, parameters.start, parameters.live = ct, Start.ANGLES, True
    parameters.xrays.append(xray)
    parameters.names = ["pelvis"]
    parameters.names += ["femur"]
    parameters.camera.distanceMm = 970
    parameters.weights = pathlib.Path("weights.safetensors")
    again = Parameters(node)
    assert (again.ct, list(again.xrays), again.start, again.live) == (ct, [xray], Start.ANGLES, True)
    assert (list(again.names), again.camera.distanceMm) == (["pelvis", "femur"], 970)
    assert again.weights == pathlib.Path("weights.safetensors")
    assert again.getValue("camera.distanceMm") == 970


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("opacity", 2.0),
        ("iterations", 0),
        ("iterations", "many"),
        ("device", "tpu"),
        ("start", 1),
        ("ct", "CT"),
        ("live", None),
    ],
)
def test_wrong_values_are_refused(scene, Parameters, name, value):
    parameters = Parameters(parameter_node(scene))
    before = parameters.getValue(name)
    with pytest.raises((ValueError, TypeError)):
        setattr(parameters, name, value)
    assert parameters.getValue(name) == before


def test_parameters_survive_saving(scene, Parameters, tmp_path):
    import slicer

    parameters = Parameters(parameter_node(scene))
    parameters.ct = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4), np.float32), name="CT")
    parameters.xrays = [parameters.ct, slicer.util.addVolumeFromArray(np.zeros((1, 3, 4), np.float32), name="X-ray")]
    parameters.camera.distanceMm, parameters.opacity, parameters.start = 1234.5, 0.25, Start.ANGLES
    path = str(tmp_path / "scene.mrb")
    assert scene.WriteToMRB(path)
    scene.Clear(False)
    assert scene.ReadFromMRB(path, True, None)
    loaded = Parameters(slicer.util.getNode("RayEmbRegistration"))
    assert (loaded.camera.distanceMm, loaded.opacity, loaded.start) == (1234.5, 0.25, Start.ANGLES)
    assert [node.GetName() for node in [loaded.ct, *loaded.xrays]] == ["CT", "CT", "X-ray"]


def test_parameters_and_widgets(scene, Parameters, tmp_path):
    widget, ui = load(tmp_path)
    widget.setMRMLScene(scene)
    parameters, first, second = Parameters(parameter_node(scene)), volume(scene, "CT"), volume(scene, "CT 2")
    parameters.ct = first
    tag = parameters.connectGui(ui)
    assert (ui.ctSelector.currentNode(), ui.opacity.value) == (first, 0.5)
    ui.opacity.value = 0.75
    ui.ctSelector.setCurrentNode(second)
    assert (parameters.ct, parameters.opacity) == (second, 0.75)
    parameters.opacity, parameters.ct = 0.125, None
    assert (ui.ctSelector.currentNode(), ui.opacity.value) == (None, 0.125)
    parameters.disconnectGui(tag)
    ui.opacity.value = 1
    assert parameters.opacity == 0.125


def test_wrong_connections_to_widgets_raise(scene, Parameters, qt, ctk):
    parameters = Parameters(parameter_node(scene))
    with pytest.raises(ValueError, match="opacty"):
        parameters.connectParametersToGui({"opacty": ctk.ctkSliderWidget()})
    with pytest.raises(RuntimeError):
        parameters.connectParametersToGui({"opacity": qt.QLineEdit()})
    with pytest.raises(RuntimeError):  # a slider needs both ends
        parameters.connectParametersToGui({"iterations": ctk.ctkSliderWidget()})
