"""A scripted module as Slicer's template has it, small: what the tests of the host load."""

import pathlib

SOURCE = """
import logging
import os

import ctk
import qt
import vtk

import slicer
from slicer.ScriptedLoadableModule import *
from slicer.util import VTKObservationMixin


class HostExample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = "Host Example"
        self.parent.categories = ["Examples"]
        self.parent.dependencies = []
        self.parent.contributors = ["RayEmbRegistration developers"]
        self.parent.helpText = "Shows what the host does."
        self.parent.acknowledgementText = ""
        slicer.app.connect("startupCompleted()", onStartup)


started = []


def onStartup():
    started.append(True)


class HostExampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.calls = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.logic = HostExampleLogic()
        self.selector = slicer.qMRMLNodeComboBox()
        self.selector.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        self.selector.setMRMLScene(slicer.mrmlScene)
        self.layout.addWidget(self.selector)
        self.button = qt.QPushButton("Count")
        self.button.toolTip = "Count the voxels"
        self.button.connect("clicked(bool)", self.onButton)
        self.layout.addWidget(self.button)
        self.failing = qt.QPushButton("Fail")
        self.failing.connect("clicked(bool)", self.onFailing)
        self.layout.addWidget(self.failing)
        self.label = qt.QLabel("")
        self.layout.addWidget(self.label)
        self.layout.addStretch(1)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onClose)

    def cleanup(self):
        self.removeObservers()
        self.calls.append("cleanup")

    def enter(self):
        self.calls.append("enter")

    def exit(self):
        self.calls.append("exit")

    def onClose(self, caller, event):
        self.calls.append("close")

    def onButton(self, checked):
        self.label.text = str(self.logic.count(self.selector.currentNode()))

    def onFailing(self, checked):
        with slicer.util.tryWithErrorDisplay("It failed.", waitCursor=True):
            raise RuntimeError("on purpose")


class HostExampleLogic(ScriptedLoadableModuleLogic):
    def count(self, volume):
        return slicer.util.arrayFromVolume(volume).size


class HostExampleTest(ScriptedLoadableModuleTest):
    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        self.setUp()
        self.test_counting()

    def test_counting(self):
        import numpy as np

        volume = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4)))
        self.assertEqual(HostExampleLogic().count(volume), 24)
        self.delayDisplay("Test passed")
"""


def write(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "HostExample.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path
