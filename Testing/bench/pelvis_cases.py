"""Simulated X-rays of the real pelvis for pelvis60, rendered by Siddon's method once and kept."""

from pathlib import Path

import numpy as np
from common import CACHE, DATA, make_missing, needed

PIXELS, SINGLE, PAIRS, PAIR_ANGLE_DEG = 256, 60, 16, 60.0
FOLDER = CACHE / f"pelvis{PIXELS}"


def make_cases(singles: int, pairs: int) -> None:
    """Make what is missing."""
    needed(DATA / "pelvis")
    names = [f"single{n:02d}" for n in range(singles)] + [f"pair{n:02d}{side}" for n in range(pairs) for side in "ab"]
    make_missing(FOLDER, names, make_case)


def make_case(name: str) -> Path:
    """One X-ray; every second one is taken in a busy theatre. Both of a pair share the patient's place."""
    import torch
    from RayEmbRegistrationLib.simulation.cases import (
        PoseRange,
        bone_center,
        c_arm_pose,
        default_camera,
        random_c_arm_pose,
        simulate_case,
        write_case,
    )
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings

    torch.set_num_threads(1)
    ct = bone_alone()
    center, camera = bone_center(ct), default_camera(PIXELS)
    number = int(name[6:8]) if name.startswith("single") else int(name[4:6])
    if name.startswith("single"):
        rng = np.random.default_rng(number)
        pose, angles = random_c_arm_pose(rng, center, PoseRange())
    else:
        rng = np.random.default_rng(1000 + number)
        side = -0.5 if name.endswith("a") else 0.5
        angles = rng.uniform(-1, 1, 3) * (15, 20, 12) + (side * PAIR_ANGLE_DEG, 0, 0)
        pose = c_arm_pose(center, angles, rng.uniform(-1, 1, 3) * 30 + (0, 0, 750))
        rng = np.random.default_rng([1000 + number, int(name.endswith("b"))])  # noise and tools differ
    settings = SimulationSettings.hard(rng) if number % 2 else SimulationSettings.easy(rng)
    xray = simulate_case(ct, camera, pose, settings, rng)
    return write_case(FOLDER, name, xray, camera, pose, {"c_arm_deg": angles.tolist()})


def bone_alone():
    """The CT without the rods beside the patient: they turn with the CT, and would give the pose away."""
    from RayEmbRegistrationLib.ct.bone import find_skeleton
    from RayEmbRegistrationLib.ct.reading import read_ct
    from RayEmbRegistrationLib.geometry import CTVolume
    from scipy.ndimage import binary_dilation

    ct = read_ct(DATA / "pelvis" / "ct.nii.gz").volume
    near = binary_dilation(find_skeleton(ct).mask, iterations=2)
    return CTVolume(np.where(near, ct.hu, np.minimum(ct.hu, 0)).astype(np.int16), ct.ras_from_ijk)
