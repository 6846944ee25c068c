"""What *Reload* does to the panel; test_panel_scene.py runs this file in a process of its own.

CT and X-ray are noise: nothing is registered, and so nothing is imported but what the panel itself needs.
"""

import gc

import numpy as np
import pytest

pytest_plugins = ["panel_entered"]


@pytest.fixture
def chosen(panel, host):
    """CT and X-ray by clicks, with a pose."""
    import slicer
    from panel_entered import choose
    from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
    from RayEmbRegistrationLib.geometry import Camera, RigidTransform
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry

    rng, placed = np.random.default_rng(0), np.diag([-1.0, -1.0, 1.0, 1.0])
    ct = slicer.util.addVolumeFromArray(rng.integers(-1000, 1000, (16, 16, 16)).astype(np.int16), placed, "Knee")
    shot = slicer.util.addVolumeFromArray(rng.integers(0, 1000, (1, 48, 48)).astype(np.uint16), placed, "Shot")
    camera = Camera.from_detector((48, 48), (6.0, 6.0), 1020.0)
    shot.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(XrayGeometry.of_camera(camera, "file", "test")))
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.xraySelector.setCurrentNode(shot)
    host.process_events()
    panel.ui.addXrayButton.click()
    choose(panel.ui.startModeComboBox, "Current pose")
    panel.pose.setPose(0, RigidTransform(translation=(0.0, 0.0, 700.0)), "start")
    host.process_events()
    return ct, shot


def test_reloading_the_module(chosen, panel, host):
    observers = host.observers()
    reloaded = host.reload_module("RayEmbRegistration").widget
    host.process_events(0.1)
    assert reloaded is not panel
    assert reloaded.parameters.ctVolume is chosen[0]
    assert reloaded.ui.xrayTable.item(0, 0).text() == "Shot"
    assert reloaded.ui.registerButton.enabled
    gc.collect()
    assert host.observers() == observers
    reloaded.jobs.cancel(forget=True)
