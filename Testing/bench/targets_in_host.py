"""The panel in the host with two X-rays and a plan, for the benchmark of targets."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


class Panel:
    """Two X-rays of a knee with poses and errors, their views shown, and a planned line that is ticked."""

    def __init__(self) -> None:
        from common import REPOSITORY
        from host.app import boot
        from panel_cases import add_knee, add_xray, knee_pose
        from RayEmbRegistrationLib.geometry import RigidTransform
        from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty
        from RayEmbRegistrationScene import targetErrors
        from registration_cases import prepared_knee

        self.host = boot()
        self.widget = self.host.load_module(REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py").widget
        folder = Path(tempfile.mkdtemp())
        type(self.widget.logic).cacheFolder = lambda _: folder
        self.host.select_module("RayEmbRegistration")
        self.widget.initializeParameterNode()
        self.widget.ui.ctSelector.setCurrentNode(add_knee())
        for name in ("front", "side"):
            self.widget.xrays.add(add_xray(name))
        self.center = np.asarray(prepared_knee().center_ras)
        turn = RigidTransform.from_rotation_vector(np.radians((0.0, 70.0, 0.0))).rotation
        middle = knee_pose().apply(self.center)
        side = RigidTransform(turn, middle - turn @ middle) @ knee_pose()
        for row, pose in enumerate((knee_pose(), side)):
            self.widget.pose.setPose(row, pose, "given")
        handle = self.widget.handle()
        self.widget.views.showViews(handle)
        deviations = np.array([0.01, 0.01, 0.003, 0.4, 0.4, 4.0])
        targetErrors.keepErrors(handle, [0, 1], False, PoseUncertainty(np.diag(deviations**2), self.center))
        self.line = self._markup("Line", [(-18, 4, -25), (12, -6, 30)])
        self._draw_all()

    def dragged(self, among_others: bool, count: int) -> list[float]:
        """Milliseconds for each step of a drag of the line's end, from the move to the X-rays' lines."""
        from targets import timed

        if among_others:
            self._others()
        targets = self.widget.targets

        def step(number: int) -> None:
            self.line.SetNthControlPointPositionWorld(0, *(self.center + np.array([-18.0 + 0.3 * number, 4, -25])))
            targets.draw()

        timed(step, 3)
        return timed(step, count)

    def _others(self) -> None:
        import slicer
        import vtk

        self._markup("ClosedCurve", [(-15, 0, 10), (15, 0, 12), (12, 5, 25), (-12, 5, 22)])
        self._markup("Fiducial", [(-5, 3, -9), (8, 1, 4), (2, -7, 16)])
        ball = vtk.vtkSphereSource()
        ball.SetCenter(*self.center)
        ball.SetRadius(15)
        ball.SetThetaResolution(100)
        ball.SetPhiResolution(100)
        ball.Update()
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "implant")
        node.SetAndObservePolyData(ball.GetOutput())
        node.CreateDefaultDisplayNodes()
        self._draw_all()

    def _markup(self, kind: str, places):
        import slicer
        import vtk

        node = slicer.mrmlScene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node", kind)
        node.CreateDefaultDisplayNodes()
        for place in places:
            node.AddControlPointWorld(vtk.vtkVector3d(*(self.center + place)))
        return node

    def _draw_all(self) -> None:
        from RayEmbRegistrationScene import targets

        for target in targets.candidates():
            target.tick(True)
        self.host.process_events(0.4)
        self.widget.targets.update()
        self.host.process_events(0.4)
