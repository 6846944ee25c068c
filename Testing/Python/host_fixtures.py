"""The host's scene, Qt and ctk, a .ui file and a volume for the tests of its widgets."""

import pytest


@pytest.fixture
def scene(booted_host):
    import slicer

    yield slicer.mrmlScene
    slicer.mrmlScene.Clear(False)


@pytest.fixture
def qt(booted_host):
    import qt

    yield qt
    qt.uiProblems.clear()


@pytest.fixture
def ctk(booted_host):
    import ctk

    return ctk


def volume(scene, name):
    return scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)


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


def load_ui(tmp_path, extra="", connections=""):
    import slicer

    path = tmp_path / "Panel.ui"
    path.write_text(UI.format(extra=extra, connections=connections))
    widget = slicer.util.loadUI(str(path))
    return widget, slicer.util.childWidgetVariables(widget)
