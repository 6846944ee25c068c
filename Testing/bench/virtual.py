"""How quickly the virtual C-arm's picture follows: 256 x 256 pixels, whole bodies, and the panel with Slicer's scene."""

import os
import sys
import time

import numpy as np
from common import DATA, REPOSITORY, Benchmark, needed, row

ASKED = 15
"""Pictures a second that are asked for."""
TURN_DEG = 2.0
"""Between one picture and the next."""


def run(quick: bool = False) -> Benchmark:
    """Pictures a second: projected alone, and from a slider's move to the picture in the scene."""
    import torch

    frames = 10 if quick else 60
    bodies = {"drawn pelvis": phantom()}
    for name, path in (("real pelvis", DATA / "pelvis" / "ct.nii.gz"), ("real hip", DATA / "limb_ct" / "STS_044.nii.gz")):
        bodies[name] = read(needed(path))
    rows = []
    for name, ct in bodies.items():
        size = " x ".join(str(count) for count in ct.hu.shape[::-1])
        wall, core = projected(ct, frames)
        rows.append(row(f"{name}, {size}: projected", f"{ASKED} a second", f"{1 / wall:.0f} a second"))
        rows.append(row(f"{name}: processor time of it", "", f"{1000 * core:.0f} ms"))
    wall, core = in_panel(bodies["real pelvis"], frames)
    rows.append(row("real pelvis in the panel: slider to scene", f"{ASKED} a second", f"{1 / wall:.0f} a second"))
    rows.append(row("real pelvis in the panel: processor time of it", "", f"{1000 * core:.0f} ms"))
    note = (
        f"256 x 256 pixels, {frames} pictures {TURN_DEG:g} degrees apart, {torch.get_num_threads()} threads. In the panel: "
        "of Slicer's scene and the module in the test host; views are not drawn, which in Slicer is the graphics card's "
        "work."
    )
    return Benchmark(rows, note=note)


def phantom():
    """The CT of the sample data."""
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom

    return make_pelvis_phantom(0, 2.0)


def read(path):
    """A CT file."""
    from RayEmbRegistrationLib.application.open_ct import open_ct

    return open_ct(path).volume


def projected(ct, frames: int) -> tuple[float, float]:
    """Wall and processor seconds of a picture."""
    from RayEmbRegistrationLib.application.virtual_xray import LiveBody
    from RayEmbRegistrationLib.geometry.virtual_c_arm import CArm

    body = LiveBody(ct)
    middle = tuple(ct.ras_from_index((np.array(ct.hu.shape[::-1]) - 1) / 2))
    turned = [CArm(primary_deg=180.0 - TURN_DEG * n, isocenter_ras=middle) for n in range(frames)]
    for c_arm in turned[:: max(1, frames // 4)]:
        body.picture(c_arm)  # what is kept for the next one
    began, used = time.perf_counter(), time.process_time()
    for c_arm in turned:
        body.picture(c_arm)
    return (time.perf_counter() - began) / frames, (time.process_time() - used) / frames


def in_panel(ct, frames: int) -> tuple[float, float]:
    """Wall and processor seconds from one picture in the scene to the next, a slider being moved as soon as one is there."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(REPOSITORY / "Testing"))
    import slicer
    from host.app import boot

    host = boot()
    widget = host.load_module(REPOSITORY / "RayEmbRegistration" / "RayEmbRegistration.py").widget
    host.select_module("RayEmbRegistration")
    widget.initializeParameterNode()
    node = slicer.util.addVolumeFromArray(np.asarray(ct.hu, np.float32), ct.ras_from_ijk, "CT")
    widget.ui.ctSelector.setCurrentNode(node)
    widget.ui.deviceComboBox.setCurrentIndex(1)
    host.process_events(0.1)
    host.mainWindow.hide()
    live, slider = widget.virtual.live, widget.ui.virtualPrimarySlider
    for degrees in (170.0, 90.0, 130.0):
        slider.setValue(degrees)
        host.wait_until(lambda: not live.isBusy, 600, "the picture at rest")
    first, began, used = live.shown, time.perf_counter(), time.process_time()
    for number in range(frames):
        slider.setValue(178.0 - TURN_DEG * number)
        host.wait_until(lambda number=number: live.shown > first + number, 600, "a picture")
    return (time.perf_counter() - began) / frames, (time.process_time() - used) / frames
