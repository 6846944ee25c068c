"""Someone who does anything with the panel and with the scene below it, for its tests."""

from __future__ import annotations

import json

import numpy as np
import qt
import slicer
import vtk
from panel_cases import add_bones, add_knee, add_xray, knee_xray, start_pose
from RayEmbRegistrationScene import sceneView

NEVER_CLICKED = (
    "loadCalibrationButton",
    "loadFolderButton",
    "cArmButton",
    "loadPoseButton",
    "exportButton",
    "trainButton",
    "clearCacheButton",
)
"""They ask for a file or a folder, open a menu, or take minutes; what they do is tested in another way."""
KEPT_BY_SLICER = ("vtkMRMLAbstractViewNode", "vtkMRMLSliceCompositeNode", "vtkMRMLSliceDisplayNode", "vtkMRMLCameraNode")
KEPT_BY_SLICER += ("vtkMRMLSubjectHierarchyNode", "vtkMRMLColorNode", "vtkMRMLLayoutNode", "vtkMRMLSelectionNode")
KEPT_BY_SLICER += ("vtkMRMLInteractionNode", "vtkMRMLCrosshairNode", "vtkMRMLClipModelsNode", "vtkMRMLScriptedModuleNode")


class PanelMonkey:
    """Acts at random, in the same way for a seed; ``done`` is what it did, newest last."""

    def __init__(self, panel, host, folder, seed: int) -> None:
        self.panel, self.host, self.folder = panel, host, folder
        self.rng = np.random.default_rng(seed)
        self.done: list[str] = []
        often = [self.button, self.button, self.button, self.check, self.number, self.box, self.select, self.drag]
        scene = [self.add, self.delete, self.delete_own, self.delete_display, self.move_pose, self.edit_image, self.wait]
        work = [self.add_row, self.rough, self.load_pose, self.set_pose, self.register, self.step, self.bones, self.leave]
        to_result = [self.add_row, self.set_pose, self.register, self.register]
        self.actions = [*often, *often, *scene, *work, *work, *to_result, *to_result, self.close, self.save_and_load]

    def act(self) -> None:
        """Do something."""
        action = self.some(self.actions)
        self.done.append(action.__name__)
        action()
        (self.folder / "done.txt").write_text("\n".join(self.done), encoding="utf-8")  # what crashes tells nothing else
        self.host.process_events(0.02)

    def some(self, things):
        """One of them; None where there are none."""
        things = list(things)
        return things[self.rng.integers(len(things))] if things else None

    def note(self, what) -> None:
        """What the last action was done to."""
        self.done[-1] += f" {what}"

    def widgets(self, kind) -> list:
        """Of the panel, those that can be used now."""
        found = self.panel._widget.findChildren(kind)
        return [widget for widget in found if widget.isVisible() and widget.enabled and widget.objectName]

    # In the panel

    def button(self) -> None:
        names = NEVER_CLICKED
        chosen = self.some(w for w in self.widgets(qt.QPushButton) if w.objectName not in names)
        if chosen is not None:
            self.note(chosen.objectName)
            chosen.click()

    def check(self) -> None:
        chosen = self.some(self.widgets(qt.QCheckBox))
        if chosen is not None:
            self.note(chosen.objectName)
            chosen.click()

    def number(self) -> None:
        chosen = self.some([*self.widgets(qt.QDoubleSpinBox), *self.widgets(qt.QSpinBox)])
        if chosen is not None:
            share = float(self.rng.random())
            self.note(chosen.objectName)
            value = chosen.minimum + share * (min(chosen.maximum, 3000) - chosen.minimum)
            chosen.setValue(int(value) if type(chosen) is qt.QSpinBox else value)

    def box(self) -> None:
        chosen = self.some(self.widgets(qt.QComboBox))
        if chosen is not None and chosen.count:
            number = int(self.rng.integers(chosen.count))
            self.note(f"{chosen.objectName} {chosen.itemText(number)}")
            chosen.setCurrentIndex(number)
            chosen.activated.emit(number)

    def select(self) -> None:
        chosen = self.some(w for w in self.widgets(qt.QWidget) if hasattr(w, "currentNode") and hasattr(w, "nodeTypes"))
        if chosen is not None:
            kinds = [slicer.util.getNodesByClass(kind) for kind in chosen.nodeTypes]
            node = self.some([None, *(node for nodes in kinds for node in nodes if not node.GetHideFromEditors())])
            self.note(f"{chosen.objectName} {node.GetName() if node else None}")
            chosen.setCurrentNode(node)

    def add_row(self) -> None:
        """The CT chosen, and an X-ray added, as those do who know what they want."""
        if self.panel.jobs.name is not None or self.panel.parameters is None:
            return
        names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
        if self.panel.parameters.ctVolume is None:
            known = slicer.mrmlScene.GetFirstNodeByName("Knee") if "Knee" in names else None
            self.panel.ui.ctSelector.setCurrentNode(known or add_knee())
        if len(self.panel.xrays.nodes) < 3:
            self.panel.ui.xraySelector.setCurrentNode(add_xray(f"Shot {self.rng.integers(1000)}"))
            self.panel.ui.addXrayButton.click()

    def drag(self) -> None:
        """With the mouse over the first X-ray's view, whatever that does now."""
        widget = self.host.layoutManager.sliceWidget(sceneView.NAMES[0])
        if widget is not None:
            view = widget.sliceView()
            start, end = self.rng.integers(10, 200, (2, 2))
            self.host.drag(view, start.tolist(), end.tolist(), steps=3)

    def rough(self) -> None:
        if self.panel.jobs.name is None and self.panel.ui.roughPoseButton.enabled:
            self.panel.ui.roughPoseButton.click()

    def load_pose(self) -> None:
        if self.panel.ui.loadPoseButton.enabled and self.panel.xrays.nodes:
            path = self.folder / "pose.json"
            path.write_text(json.dumps({"ras_to_camera": self.pose().matrix.tolist()}))
            self.panel.pose.loadPose(str(path))

    def set_pose(self) -> None:
        if self.panel.jobs.name is None and self.panel.xrays.nodes:
            self.panel.pose.setPose(int(self.rng.integers(len(self.panel.xrays.nodes))), self.pose(), "random")

    def pose(self):
        return start_pose(self.rng.uniform(-5, 5, 3), self.rng.uniform(-8, 8, 3))

    def register(self) -> None:
        """What takes a while: sometimes waited for."""
        ui = self.panel.ui
        button = self.some([ui.registerButton, ui.refineButton, ui.refineButton, ui.assessButton, ui.assessButton])
        self.note(button.objectName)
        if button.enabled:
            button.click()
        if self.rng.random() < 0.6:
            self.wait()

    def wait(self) -> None:
        self.host.wait_until(lambda: self.panel.jobs.name is None, 240, "the end of the job")

    def step(self) -> None:
        self.panel.register.onStep(self.some(["undo", "redo"]))

    def bones(self) -> None:
        if self.panel.jobs.name is None and self.panel.parameters is not None:
            known = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
            self.panel.ui.segmentationSelector.setCurrentNode(self.some([None, *known]) if known else add_bones())

    def leave(self) -> None:
        self.host.select_module(None)
        self.host.process_events(0.05)
        self.host.select_module("RayEmbRegistration")

    # In the scene

    def add(self) -> None:
        kind = self.some(["ct", "xray", "frames", "markup", "empty"])
        self.note(kind)
        if kind == "ct":
            add_knee()
        elif kind == "xray":
            add_xray("Loose", hasGeometry=bool(self.rng.random() < 0.5))
        elif kind == "frames":
            pixels = np.stack([knee_xray().pixels] * 3)
            slicer.util.addVolumeFromArray(pixels, np.diag([-1.0, -1.0, 1.0, 1.0]), "Frames")
        elif kind == "markup":
            node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "Plan")
            for point in self.rng.uniform(-20, 20, (2, 3)):
                node.AddControlPointWorld(vtk.vtkVector3d(*point))
        else:
            slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")

    def _nodes(self) -> list:
        scene = slicer.mrmlScene
        nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
        return [n for n in nodes if not n.GetSingletonTag() and not any(n.IsA(kind) for kind in KEPT_BY_SLICER)]

    def _remove(self, nodes) -> None:
        node = self.some(nodes)
        if node is not None:
            self.note(f"{node.GetClassName()} {node.GetName()}")
            slicer.mrmlScene.RemoveNode(node)

    def delete(self) -> None:
        """Anything that users see."""
        self._remove(node for node in self._nodes() if node.IsA("vtkMRMLTransformableNode") or node.IsA("vtkMRMLTableNode"))

    def delete_own(self) -> None:
        """Something that the module made, its registration included."""
        own = [node for handle in sceneView.registrations() for node in sceneView.ownNodes(handle).values()]
        self._remove([*own, *sceneView.registrations()] if self.rng.random() < 0.3 else own)

    def delete_display(self) -> None:
        """But of segmentations: slicer-core 5.12 crashes where one without a display is saved, with no module loaded."""
        displays = [node for node in self._nodes() if node.IsA("vtkMRMLDisplayNode")]
        self._remove(node for node in displays if not node.IsA("vtkMRMLSegmentationDisplayNode"))

    def move_pose(self) -> None:
        node = self.some(n for n in slicer.util.getNodesByClass("vtkMRMLLinearTransformNode") if not n.GetSingletonTag())
        if node is not None:
            matrix = vtk.vtkMatrix4x4()
            node.GetMatrixTransformToParent(matrix)
            matrix.SetElement(0, 3, matrix.GetElement(0, 3) + float(self.rng.uniform(-5, 5)))
            node.SetMatrixTransformToParent(matrix)

    def edit_image(self) -> None:
        node = self.some(n for n in self.panel.xrays.nodes if n is not None and n.GetImageData() is not None)
        if node is not None:
            array = slicer.util.arrayFromVolume(node)
            array[:] = np.roll(array, int(self.rng.integers(1, 9)), axis=-1)
            slicer.util.arrayFromVolumeModified(node)

    def close(self) -> None:
        if self.rng.random() < 0.4:
            slicer.mrmlScene.Clear(False)
            self.note("done")

    def save_and_load(self) -> None:
        """What was saved is what is loaded: see ``kept``."""
        if self.rng.random() > 0.5 or slicer.mrmlScene.IsBatchProcessing():
            return
        self.wait()
        path = str(self.folder / f"{len(self.done)}.mrb")
        before = kept()
        assert slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(False)
        slicer.util.loadScene(path)
        self.host.process_events(0.2)
        assert kept() == before, self.done[-10:]
        self.note("done")


def kept() -> dict:
    """Of each registration in the scene, by its name: each X-ray's pose and what is said of it."""
    found = {}
    for handle in sceneView.registrations():
        rows = range(sceneView.viewCount(handle))
        poses = [sceneView.poseOf(handle, row) for row in rows]
        matrices = [None if pose is None else pose.matrix.round(6).tolist() for pose in poses]
        found[handle.GetName()] = (matrices, [sceneView.viewVerdict(handle, row) for row in rows])
    return found
