"""X-rays for the benchmark of the reconstruction, of seeds that nothing was tuned on, by Siddon's method, and kept."""

from pathlib import Path

import numpy as np
from common import CACHE, make_missing
from pelvis_cases import bone_alone

SINGLES, PAIRS, PAIR_ANGLE_DEG, PIXELS, FIRST_SEED = 48, 16, 60.0, 256, 770_000
FOLDER = CACHE / "reconstruction" / "xrays"


def make_cases(singles: int, pairs: int) -> None:
    """Make what is missing."""
    names = [f"single{n:02d}" for n in range(singles)] + [f"pair{n:02d}{side}" for n in range(pairs) for side in "ab"]
    make_missing(FOLDER, names, make_case)


def make_case(name: str) -> Path:
    """One X-ray within the view prior 'ap'; every second one is taken in a busy theatre. Both of a pair share the place."""
    import torch
    from RayEmbRegistrationLib.simulation.cases import (
        PoseRange,
        bone_center,
        default_camera,
        pose_from_ap,
        random_c_arm_pose,
        simulate_case,
        write_case,
    )
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings

    torch.set_num_threads(1)
    ct = bone_alone()
    center, camera = bone_center(ct), default_camera(PIXELS)
    number = int("".join(letter for letter in name if letter.isdigit()))
    is_pair = name.startswith("pair")
    rng = np.random.default_rng([FIRST_SEED, is_pair, number])
    if is_pair:
        side = -0.5 if name.endswith("a") else 0.5
        angles = rng.uniform(-1, 1, 3) * (15, 20, 12) + (side * PAIR_ANGLE_DEG, 0, 0)
        pose = pose_from_ap(center, angles, rng.uniform(-1, 1, 3) * 30 + (0, 0, 750))
        rng = np.random.default_rng([FIRST_SEED, 2 + name.endswith("b"), number])  # noise and tools differ
    else:
        pose, angles = random_c_arm_pose(rng, center, PoseRange(angle_deg=60.0))
    settings = SimulationSettings.hard(rng) if number % 2 else SimulationSettings.easy(rng)
    xray = simulate_case(ct, camera, pose, settings, rng)
    return write_case(FOLDER, name, xray, camera, pose, {"c_arm_deg": np.asarray(angles).tolist()})
