"""Simulated X-rays of the real pelvis, from the front and from anywhere, rendered by Siddon's method once and kept."""

from pathlib import Path

import numpy as np
from common import CACHE, DATA, make_missing, needed

PIXELS, SINGLE, PAIRS, PAIR_ANGLE_DEG, ANYWHERE = 256, 60, 16, 60.0, 50
FOLDER = CACHE / f"pelvis{PIXELS}"


def make_cases(singles: int, pairs: int, anywhere: int = 0) -> None:
    """Make what is missing."""
    needed(DATA / "pelvis")
    names = [f"single{n:02d}" for n in range(singles)] + [f"pair{n:02d}{side}" for n in range(pairs) for side in "ab"]
    names += [f"any{n:02d}" for n in range(anywhere)]
    make_missing(FOLDER, names, make_case)


def make_case(name: str) -> Path:
    """One X-ray; every second one is taken in a busy theatre. Both of a pair share the patient's place."""
    import torch
    from RayEmbRegistrationLib.geometry import RigidTransform
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
    from scipy.spatial.transform import Rotation

    torch.set_num_threads(1)
    ct = bone_alone()
    center, camera = bone_center(ct), default_camera(PIXELS)
    number = int("".join(letter for letter in name if letter.isdigit()))
    if name.startswith("single"):
        rng = np.random.default_rng(number)
        pose, angles = random_c_arm_pose(rng, center, PoseRange())
    elif name.startswith("any"):
        rng = np.random.default_rng(2000 + number)
        rotation, place = Rotation.random(random_state=rng).as_matrix(), rng.uniform(-1, 1, 3) * 40 + (0, 0, 750)
        pose, angles = RigidTransform(rotation, place - rotation @ center), np.full(3, np.nan)
    else:
        rng = np.random.default_rng(1000 + number)
        side = -0.5 if name.endswith("a") else 0.5
        angles = rng.uniform(-1, 1, 3) * (15, 20, 12) + (side * PAIR_ANGLE_DEG, 0, 0)
        pose = pose_from_ap(center, angles, rng.uniform(-1, 1, 3) * 30 + (0, 0, 750))
        rng = np.random.default_rng([1000 + number, int(name.endswith("b"))])  # noise and tools differ
    settings = SimulationSettings.hard(rng) if number % 2 else SimulationSettings.easy(rng)
    xray = simulate_case(ct, camera, pose, settings, rng)
    notes = {} if np.isnan(angles).any() else {"c_arm_deg": angles.tolist()}
    return write_case(FOLDER, name, xray, camera, pose, notes)


def bone_alone():
    """The CT without the rods beside the patient: they turn with the CT, and would give the pose away."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.volumes.bone import find_skeleton
    from scipy.ndimage import binary_dilation

    ct = open_ct(DATA / "pelvis" / "ct.nii.gz").volume
    near = binary_dilation(find_skeleton(ct).mask, iterations=2)
    return CTVolume(np.where(near, ct.hu, np.minimum(ct.hu, 0)).astype(np.int16), ct.ras_from_ijk)
