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
