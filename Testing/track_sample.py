"""A real total knee in a biplane rig as nodes of the scene: X-rays as sequences of one browser, implants as models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

NAMES, CAMERAS = ("fem", "tib"), 2
OFF_DEG, OFF_MM = (3.0, -2.0, 2.5), (2.0, -2.5, 1.5)  # of the start from the reference: as rough as a hand puts it; chosen


def read_sequences(folder: Path) -> list:
    """What one browser shows of the X-rays of each camera."""
    import cv2
    import slicer

    browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Fluoroscopy")
    found = []
    for camera in range(1, CAMERAS + 1):
        sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode", f"Camera {camera}")
        for frame, path in enumerate(sorted(folder.glob(f"frame*_cam{camera}.png"))):
            pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            node = slicer.util.addVolumeFromArray(pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), f"frame {frame}")
            sequence.SetDataNodeAtValue(node, str(frame))
            slicer.mrmlScene.RemoveNode(node)
        browser.AddSynchronizedSequenceNode(sequence)
        browser.SetSelectedItemNumber(0)
        found.append(browser.GetProxyNode(sequence))
    return found


def read_models(folder: Path, frame: int) -> list:
    """The implants as models, each under a transform about where a frame has it."""
    import slicer
    from RayEmbRegistrationLib.bodies.polydata import polydata_of
    from RayEmbRegistrationLib.bodies.surface import read_surface
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.tracking.poses import moved

    found = []
    for name in NAMES:
        surface = read_surface(folder / f"{name}.stl")
        known = json.loads((folder / f"{name}.reference.json").read_text(encoding="utf-8"))[str(frame)]
        pose = RigidTransform.from_matrix(np.array(known["world_from_model"]))
        rough = moved(pose, surface.center, np.r_[np.radians(OFF_DEG), OFF_MM])
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", name)
        node.SetAndObservePolyData(polydata_of(surface))
        node.CreateDefaultDisplayNodes()
        place = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", f"{name} placed")
        place.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(rough.matrix))
        node.SetAndObserveTransformNodeID(place.GetID())
        found.append(node)
    return found


def draw(studio: Any, folder: Path) -> None:
    """Track them in the panel, and draw both plots; ``studio`` is of ``panel_pictures``."""
    studio.empty()
    panel = studio.panel
    xrays = read_sequences(folder)
    models = read_models(folder, 0)
    for row, xray in enumerate(xrays):
        panel.xrays.add(xray)
        panel.geometry.loadCalibration(str(folder / f"cam{row + 1}.mayacam2.txt"))
    for model in models:
        panel.ui.trackModelSelector.setCurrentNode(model)
        studio.host.process_events()
        panel.ui.addTrackModelButton.click()
    for name in ("ctCollapsibleButton", "startCollapsibleButton"):
        getattr(panel.ui, name).collapsed = True
    panel.ui.trackCollapsibleButton.collapsed = False
    studio.register(panel.ui.trackButton)
    panel.ui.trackFrameSlider.setValue(16)
    studio.host.process_events(0.5)
    studio.picture("panel_track_result", "trackCollapsibleButton")
    print(panel.ui.trackLabel.text)
    panel.ui.trackPlotComboBox.setCurrentIndex(1)
    panel.track.plots.onChosen(1)
    studio.picture("panel_track_joint", "trackCollapsibleButton")


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
    panel.ui.startModeComboBox.setCurrentIndex(3)
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
