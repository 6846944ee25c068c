"""Draw the panel at work in the host: the drawn sample, and the real pelvis and wrist where they are at hand.

    .venv/bin/python Testing/panel_pictures.py                  into output/panel_pictures
    .venv/bin/python Testing/panel_pictures.py --screenshots    also into Resources/Screenshots, which the README shows

Every picture is of a registration that really ran, by clicks on the panel.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "Testing"), str(REPOSITORY / "RayEmbRegistration")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import track_sample  # noqa: E402

DATA = REPOSITORY.parent / "shared" / "data"
SIZE = (1560, 1000)
SHOWN = {
    "panel_pelvis_result": "panel_pelvis.png",
    "panel_pelvis_xrays": "panel_xrays.png",
    "panel_wrist_result": "panel_wrist.png",
    "panel_targets_drawn": "panel_targets.png",
    "panel_targets_tool": "panel_tool.png",
    "panel_track_result": "panel_track.png",
    "panel_adjusted_before": "panel_adjusted_before.png",
    "panel_adjusted_after": "panel_adjusted_after.png",
    "panel_virtual_live": "panel_virtual.png",
}


def read_ct(path: Path, name: str):
    """A CT file as a volume node."""
    import slicer
    from RayEmbRegistrationLib.volumes.reading import read_volume

    volume = read_volume(path)
    return slicer.util.addVolumeFromArray(volume.values, volume.ras_from_ijk, name)


def read_picture(path: Path, name: str):
    """A PNG as a volume node, as Slicer loads one."""
    import cv2
    import slicer

    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    pixels = pixels if pixels.ndim == 2 else pixels[..., 0]
    return slicer.util.addVolumeFromArray(pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), name)


class Studio:
    """The host with the panel in a window, and where pictures go."""

    def __init__(self, folder: Path) -> None:
        from host.app import boot

        self.folder, self.taken = folder, {}
        self.host = boot()
        self.host.mainWindow.resize(*SIZE)
        self.panel = self.host.load_module(REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py").widget
        type(self.panel.logic).cacheFolder = lambda _: folder / "cache"
        self.host.process_events(0.2)

    def empty(self) -> None:
        """Close the scene."""
        self.host.clear()
        self.panel.initializeParameterNode()

    def choose(self, ct, xrays) -> None:
        """CT and X-rays, by clicks."""
        self.panel.ui.ctSelector.setCurrentNode(ct)
        for xray in xrays:
            self.panel.ui.xraySelector.setCurrentNode(xray)
            self.host.process_events()
            self.panel.ui.addXrayButton.click()
        self.host.process_events(0.2)

    def register(self, button) -> None:
        """Press a button and wait for the result."""
        button.click()
        if self.panel.jobs.name is None:
            raise RuntimeError(self.panel.ui.stageLabel.text)
        self.host.wait_until(lambda: self.panel.jobs.name is None, 900, "the registration")
        self.host.process_events(0.3)
        print(self.panel.ui.stageLabel.text, self.panel.ui.trustLabel.text)

    def picture(self, name: str, section: str) -> None:
        """Draw the window with a section of the panel in sight."""
        self.host.process_events(0.2)
        if self.panel.handle() is not None:
            self.panel.views.showViews(self.panel.handle())
        self.host.process_events(0.2)
        scroll = self.panel.ui.sectionsScrollArea
        widget = getattr(self.panel.ui, section)
        top = widget.mapTo(scroll.widget(), widget.rect.topLeft()).y()
        scroll.verticalScrollBar().setValue(int(top))
        self.host.process_events(0.3)
        self.taken[name] = self.folder / f"{name}.png"
        self.host.grab(self.taken[name])
        print(self.taken[name])


def sample(studio: Studio) -> None:
    """The drawn pelvis."""
    studio.empty()
    ct, xray = sys.modules["RayEmbRegistration"].makeSampleData()
    studio.choose(ct, [xray])
    studio.register(studio.panel.ui.registerButton)
    studio.picture("panel_sample_start", "ctCollapsibleButton")
    studio.picture("panel_sample_result", "resultCollapsibleButton")


def pelvis(studio: Studio) -> None:
    """A simulated X-ray of a real pelvis, no start pose."""
    studio.empty()
    folder = DATA / "pelvis"
    xray = read_picture(folder / "xrays" / "easy_case01.png", "Pelvis X-ray")
    studio.choose(read_ct(folder / "ct.nii.gz", "Pelvis CT"), [xray])
    studio.panel.geometry.loadCalibration(str(folder / "xrays" / "easy_case01.geometry.json"))
    studio.register(studio.panel.ui.registerButton)
    studio.picture("panel_pelvis_xrays", "ctCollapsibleButton")
    studio.picture("panel_pelvis_result", "resultCollapsibleButton")
    studio.panel.ui.lookThroughButton.click()
    studio.picture("panel_pelvis_through", "resultCollapsibleButton")
    studio.panel.ui.lookThroughButton.click()
    import qt

    studio.panel.ui.correctGroupBox.collapsed = False
    studio.panel.ui.landmarkTable.selectRow(0)
    studio.panel.ui.landmarkTable.item(0, 0).setCheckState(qt.Qt.Unchecked)  # the farthest off is left out
    studio.register(studio.panel.ui.solveAgainButton)
    studio.picture("panel_pelvis_correct", "lookThroughButton")
    studio.panel.ui.correctGroupBox.collapsed = True


def bone(studio: Studio) -> None:
    """The surface that a network guesses from one X-ray, without a CT."""
    studio.empty()
    folder = DATA / "pelvis" / "xrays"
    studio.choose(None, [read_picture(folder / "easy_case01.png", "Pelvis X-ray")])
    studio.panel.geometry.loadCalibration(str(folder / "easy_case01.geometry.json"))
    studio.panel.ui.reconstructCollapsibleButton.collapsed = False
    studio.register(studio.panel.ui.boneButton)
    studio.picture("panel_bone", "reconstructCollapsibleButton")


def wrist(studio: Studio) -> None:
    """A real calibrated pair of a wrist's radius, from a rough pose."""
    from RayEmbRegistrationLib.geometry import RigidTransform

    studio.empty()
    folder = DATA / "wrist"
    names = ("frame0002_cam1", "frame0002_cam2")
    ct = read_ct(folder / "radius.nrrd", "Radius CT")
    studio.choose(ct, [read_picture(folder / f"{name}.png", name) for name in names])
    studio.panel.ui.startModeComboBox.setCurrentIndex(4)
    for row, name in enumerate(names):
        path = folder / f"radius_{name}.json"
        studio.panel.ui.xrayTable.selectRow(row)
        studio.panel.geometry.loadCalibration(str(path))
        about = json.loads(path.read_text(encoding="utf-8"))
        reference = RigidTransform.from_matrix(np.array(about["reference_ras_to_camera"]))
        studio.panel.pose.setPose(row, reference @ nearby(ct), "rough")
    for row in range(len(names)):
        view = studio.panel.ui.xrayTable.cellWidget(row, 4)
        view.activated.emit(view.findText("Unknown"))
    studio.register(studio.panel.ui.registerButton)
    studio.picture("panel_wrist_result", "resultCollapsibleButton")


def targets(studio: Studio) -> None:
    """A plan on two X-rays of the pelvis, and a tool found in both."""
    import qt
    from RayEmbRegistrationLib.geometry import RigidTransform

    studio.empty()
    panel, folder, names = studio.panel, DATA / "pelvis" / "xrays", ("easy_case01", "easy_case03")
    ct = read_ct(DATA / "pelvis" / "ct.nii.gz", "Pelvis CT")
    studio.choose(ct, [read_picture(folder / f"{name}.png", name) for name in names])
    panel.ui.startModeComboBox.setCurrentIndex(4)
    for row, name in enumerate(names):
        panel.ui.xrayTable.selectRow(row)
        panel.geometry.loadCalibration(str(folder / f"{name}.geometry.json"))
        truth = json.loads((folder / f"{name}.truth.json").read_text(encoding="utf-8"))
        pose = RigidTransform.from_matrix(np.array(truth["ras_to_camera"]))
        panel.pose.setPose(row, pose @ nearby(ct, 0.5), "rough")
    studio.register(panel.ui.refineButton)
    plan, tool = put_plan(ct)
    studio.host.process_events(0.4)
    table = panel.ui.targetTable
    for row in range(table.rowCount):
        table.item(row, 0).setCheckState(qt.Qt.Checked)
    studio.picture("panel_targets_drawn", "targetsCollapsibleButton")
    panel.ui.plannedLineSelector.setCurrentNode(plan)
    panel.ui.toolCheckBox.click()
    panel.ui.placeClickButton.click()
    for row, shares in enumerate(((0.0, 1.0), (0.2, 0.7))):
        click_tool(panel, row, tool[0] + np.array(shares)[:, None] * (tool[1] - tool[0]))
    panel.ui.placeClickButton.click()
    studio.picture("panel_targets_tool", "targetsCollapsibleButton")
    print(panel.ui.seenLabel.text)


def track(studio: Studio) -> None:
    """The implants of a real total knee, followed through a biplane sequence from a rough pose of its first frame."""
    track_sample.draw(studio, DATA / "knee" / "biplane")


def adjusted(studio: Studio) -> None:
    """A drawn pelvis whose femurs stand otherwise on the X-ray; the CT adjusted to it, and as it is."""
    import qt
    import slicer
    from RayEmbRegistrationLib.geometry import RigidTransform

    studio.empty()
    panel = studio.panel
    ct, bones, xray, truth = bent_hips()
    studio.choose(ct, [xray])
    panel.ui.segmentationSelector.setCurrentNode(bones)
    panel.ui.startModeComboBox.setCurrentIndex(4)
    off = RigidTransform.from_rotation_vector(np.radians((1.0, -2.0, 1.0)), np.array([3.0, -2.0, 6.0]))
    panel.pose.setPose(0, truth @ off, "rough")
    studio.register(panel.ui.refineButton)
    for name in ("ctCollapsibleButton", "xraysCollapsibleButton", "startCollapsibleButton", "resultCollapsibleButton"):
        getattr(panel.ui, name).collapsed = True
    panel.ui.reconstructCollapsibleButton.collapsed = False
    panel.ui.allowBonesCheckBox.click()
    for number in range(panel.ui.movingList.count):
        if "femur" in panel.ui.movingList.item(number).text():
            panel.ui.movingList.item(number).setCheckState(qt.Qt.Checked)
    studio.register(panel.ui.reconstructButton)
    print(panel.ui.reconstructStatusLabel.text)
    for three in range(slicer.app.layoutManager().threeDViewCount):
        slicer.app.layoutManager().threeDWidget(three).threeDView().resetFocalPoint()
    studio.picture("panel_adjusted_after", "reconstructCollapsibleButton")
    panel.ui.showAdjustedCheckBox.click()
    studio.picture("panel_adjusted_before", "reconstructCollapsibleButton")


def bent_hips():
    """CT, segmentation, an X-ray on which either femur is turned by 12 degrees about its head, and the pelvis' pose."""
    import slicer
    from RayEmbRegistrationLib.drr.references import NanoDrrProjector
    from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.geometry.sourced import Sourced
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry
    from RayEmbRegistrationLib.pose.joint.joints import contact_between, surface_points
    from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
    from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
    from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS, make_pelvis_phantom
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

    ct, camera = make_pelvis_phantom(1, 1.5), default_camera(512, 400.0)
    truth = pose_from_ap(bone_center(ct), np.array((6.0, -5.0, 2.0)), np.array((4.0, -6.0, 760.0)))
    bone, total = decompose(ct)[0], 0.0
    motions = {label: RigidTransform() for label in PELVIS_LABELS.values()}
    for side, degrees in (("left", 12.0), ("right", -12.0)):
        femur, socket = (PELVIS_LABELS[f"{side} {name}"] for name in ("femur", "hemipelvis"))
        surfaces = (surface_points(ct.labels == label, ct.ras_from_ijk) for label in (femur, socket))
        center = contact_between(*surfaces).center_ras
        turn = RigidTransform.from_rotation_vector(np.radians((4.0, degrees, 3.0)))
        motions[femur] = RigidTransform(turn.rotation, center - turn.apply(center))
    for label, motion in motions.items():
        part = NanoDrrProjector(np.where(ct.labels == label, bone, 0), ct.ras_from_ijk, 400)
        total = total + part.render(truth @ motion, camera)[0].numpy()
    shot = simulate_xray(MaterialPaths(total, np.zeros_like(total)), SimulationSettings(), np.random.default_rng(0))
    node = slicer.util.addVolumeFromArray(ct.hu.astype(np.int16), ct.ras_from_ijk, "CT")
    labels = slicer.util.addVolumeFromArray(
        ct.labels.astype(np.uint8), ct.ras_from_ijk, "labels", nodeClassName="vtkMRMLLabelMapVolumeNode"
    )
    bones = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Bones")
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(labels, bones)
    slicer.mrmlScene.RemoveNode(labels)
    present = np.unique(ct.labels[ct.labels > 0])
    names = {label: name.capitalize() for name, label in PELVIS_LABELS.items()}
    for number, label in enumerate(present):
        bones.GetSegmentation().GetNthSegment(number).SetName(names[int(label)])
    bones.CreateDefaultDisplayNodes()
    xray = slicer.util.addVolumeFromArray(shot.pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), "X-ray")
    bright = Sourced(bool(shot.bone_is_bright), "file", "simulation")
    xray.SetAttribute(
        "RayEmbRegistration.Geometry",
        geometry_to_text(XrayGeometry.of_camera(camera, "file", "simulation", bone_is_bright=bright)),
    )
    return node, bones, xray, truth


def virtual(studio: Studio) -> None:
    """The virtual C-arm about the pelvis: an oblique view, live; and an X-ray that it took, registered."""
    studio.empty()
    panel, ui = studio.panel, studio.panel.ui
    ui.ctSelector.setCurrentNode(read_ct(DATA / "pelvis" / "ct.nii.gz", "Pelvis CT"))
    ui.ctCollapsibleButton.collapsed, ui.virtualCollapsibleButton.collapsed = True, False
    ui.virtualShowCheckBox.click()
    ui.virtualViewComboBox.setCurrentIndex(4)
    ui.virtualViewComboBox.activated.emit(4)
    ui.virtualPrimarySlider.setValue(160.0)
    ui.virtualHandlesCheckBox.click()
    studio.host.wait_until(lambda: not panel.virtual.live.isBusy, 300, "the picture at rest")
    studio.picture("panel_virtual_live", "virtualCollapsibleButton")
    ui.virtualHandlesCheckBox.click()
    ui.virtualGridComboBox.setCurrentIndex(3)
    ui.virtualPhotonsSpinBox.setValue(200_000)
    studio.register(ui.virtualExposeButton)
    studio.register(ui.registerButton)
    studio.picture("panel_virtual_registered", "virtualCollapsibleButton")


def put_plan(ct):
    """A screw, an osteotomy and a cup in the CT: the screw's node, and where a tool lies that misses it a little."""
    import slicer
    import vtk

    bounds = np.zeros(6)
    ct.GetRASBounds(bounds)
    center = (bounds[::2] + bounds[1::2]) / 2

    def markup(kind: str, name: str, color, *places):
        node = slicer.mrmlScene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node", name)
        node.CreateDefaultDisplayNodes()
        for place in places:
            node.AddControlPointWorld(vtk.vtkVector3d(*(center + place)))
        node.GetDisplayNode().SetSelectedColor(*color)
        return node

    screw = ((70.0, -20, -60), (20.0, -30, 30))
    plan = markup("Line", "Screw", (0.2, 1.0, 0.3), *screw)
    markup("ClosedCurve", "Osteotomy", (0.3, 0.7, 1.0), (-20, -60, -20), (20, -60, -20), (25, -50, -50), (-25, -50, -50))
    cup = vtk.vtkSphereSource()
    cup.SetCenter(*(center + np.array([-84, 5, -66])))
    cup.SetRadius(24)
    cup.SetThetaResolution(60)
    cup.SetPhiResolution(60)
    cup.Update()
    model = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Cup")
    model.SetAndObservePolyData(cup.GetOutput())
    model.CreateDefaultDisplayNodes()
    model.GetDisplayNode().SetColor(1.0, 0.8, 0.2)
    return plan, center + np.array(screw) + np.array([[4.0, 2, 0], [-2, 3, 1]])


def click_tool(panel, row: int, points) -> None:
    """Click where points of the CT are seen in an X-ray."""
    import vtk
    from RayEmbRegistrationScene import sceneView

    handle = panel.handle()
    pixels = sceneView.shownCamera(handle, row).project(sceneView.poseOf(handle, row).apply(points))
    for place in sceneView.pointsInPicture(handle, row, pixels):
        panel.parameters.clickedPoints.AddControlPointWorld(vtk.vtkVector3d(*place))


def nearby(ct, share: float = 1.0):
    """A motion of a CT by a few degrees about its middle and a few mm: how far a rough pose is off."""
    from RayEmbRegistrationLib.geometry import RigidTransform

    bounds = np.zeros(6)
    ct.GetRASBounds(bounds)
    center = (bounds[::2] + bounds[1::2]) / 2
    turn = RigidTransform.from_rotation_vector(share * np.radians((4.0, -3.0, 5.0)))
    return RigidTransform(turn.rotation, center - turn.apply(center) + share * np.array([3.0, -2.0, 3.0]))


def main() -> None:
    """Draw what can be drawn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=REPOSITORY / "output" / "panel_pictures")
    cases = ("sample", "pelvis", "wrist", "targets", "track", "virtual", "adjusted", "bone")
    parser.add_argument("--only", choices=cases, action="append")
    parser.add_argument("--screenshots", action="store_true", help="also into Resources/Screenshots")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    studio = Studio(arguments.output)
    for case in (sample, pelvis, wrist, targets, track, virtual, adjusted, bone):
        if arguments.only and case.__name__ not in arguments.only:
            continue
        if case not in (sample, adjusted) and not DATA.is_dir():
            print(f"left out {case.__name__}: {DATA} is not there")
            continue
        case(studio)
    problems = studio.host.problems()
    if arguments.screenshots:
        for name, target in SHOWN.items():
            if name in studio.taken:
                shutil.copy(studio.taken[name], REPOSITORY / "Resources" / "Screenshots" / target)
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()
