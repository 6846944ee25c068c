"""Someone who does anything with the section Targets of the panel, for its tests."""

from __future__ import annotations

import numpy as np
import qt
import slicer
import vtk
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationScene import sceneView
from registration_cases import moved

KINDS = ("Line", "Fiducial", "Curve", "ClosedCurve", "Angle")


class Monkey:
    """Acts at random, in the same way for a seed."""

    def __init__(self, panel, poses, center, seed: int) -> None:
        self.panel, self.poses, self.center = panel, poses, center
        self.rng = np.random.default_rng(seed)
        ui = panel.ui
        self.actions = [self.add_markup, self.add_markup, self.add_model, self.move, self.move, self.empty, self.delete]
        self.actions += [self.tick, self.tick, self.tick, self.click, self.click, self.place, self.part, self.vanish]
        self.actions += [self.compare, ui.removeClicksButton.click, ui.undoButton.click, ui.targetBandsCheckBox.click]

    def act(self) -> None:
        """Do something."""
        self.some(self.actions)()

    def some(self, things):
        """One of them; None where there are none."""
        return things[self.rng.integers(len(things))] if len(things) else None

    def near(self, count: int) -> np.ndarray:
        """(count, 3) RAS mm in the CT."""
        return self.center + self.rng.uniform(-30, 30, (count, 3))

    def plans(self) -> list:
        """Markups that it made."""
        return [node for node in slicer.util.getNodesByClass("vtkMRMLMarkupsNode") if node.GetName().startswith("Plan")]

    def add_markup(self) -> None:
        kind = self.some(KINDS)
        node = slicer.mrmlScene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node", f"Plan {self.rng.integers(1000)}")
        for point in self.near(2 if kind == "Line" else 3):
            node.AddControlPointWorld(vtk.vtkVector3d(*point))

    def add_model(self) -> None:
        ball = vtk.vtkSphereSource()
        ball.SetCenter(*self.near(1)[0])
        ball.SetRadius(float(self.rng.uniform(0.5, 20)))
        ball.Update()
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Plan of a model")
        node.SetAndObservePolyData(ball.GetOutput() if self.rng.random() < 0.8 else vtk.vtkPolyData())

    def move(self) -> None:
        node = self.some(self.plans())
        if node is not None and node.GetNumberOfControlPoints():
            node.SetNthControlPointPositionWorld(0, *self.near(1)[0])

    def empty(self) -> None:
        node = self.some(self.plans())
        if node is not None:
            node.RemoveNthControlPoint(0)

    def delete(self) -> None:
        models = slicer.util.getNodesByClass("vtkMRMLModelNode")
        ours = [node for node in models if node.GetName().startswith("Plan") or "arget" in node.GetName()]
        node = self.some([*self.plans(), *ours])
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)

    def tick(self) -> None:
        table = self.panel.ui.targetTable
        if table.rowCount:
            table.item(int(self.rng.integers(table.rowCount)), 0).setCheckState(self.some([qt.Qt.Checked, qt.Qt.Unchecked]))
            table.selectRow(int(self.rng.integers(table.rowCount)))

    def click(self) -> None:
        self.panel.ui.placeClickButton.click()
        handle, node = self.panel.handle(), self.panel.parameters.clickedPoints
        count = sceneView.viewCount(handle) if handle is not None else 0
        if node is not None and count:
            pixel = self.rng.uniform(0, 60, (1, 2))
            place = sceneView.pointsInPicture(handle, int(self.rng.integers(count)), pixel)[0]
            node.AddControlPointWorld(vtk.vtkVector3d(*place))

    def place(self) -> None:
        row = int(self.rng.integers(2))
        turn, shift = self.rng.uniform(-20, 20, 3), self.rng.uniform(-20, 20, 3)
        self.panel.pose.setPose(row, moved(self.poses[row], self.center, turn, shift), "random")

    def part(self) -> None:
        handle = self.panel.handle()
        if handle is not None and sceneView.viewCount(handle):
            apart = RigidTransform(translation=self.rng.uniform(-5, 5, 3))
            sceneView.moveBone(handle, 2, self.poses[0], self.poses[0] @ apart)

    def vanish(self) -> None:
        if self.rng.random() < 0.2 and self.panel.handle() is not None:
            sceneView.removeRegistration(self.panel.handle())
            self.panel.onParametersModified()

    def compare(self) -> None:
        lines = slicer.util.getNodesByClass("vtkMRMLMarkupsLineNode")
        self.panel.ui.plannedLineSelector.setCurrentNode(self.some([*lines, None]))
        self.panel.ui.toolCheckBox.click()
