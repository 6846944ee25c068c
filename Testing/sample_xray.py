"""Simulate the X-ray of the sample pelvis anew: RayEmbRegistration/Resources/SampleData/RayEmbPelvis.*.

It is kept in the repository, as a case of the library's, so that the sample needs no package that users do not have. Run
this after the phantom, the physics of the simulation or the numbers below changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "RayEmbRegistration"))
FOLDER, NAME = REPOSITORY / "RayEmbRegistration" / "Resources" / "SampleData", "RayEmbPelvis"
PIXELS, VOXEL_MM = 256, 2.0
ANGLES_DEG, CENTER_MM = (166.0, -11.0, 5.0), (12.0, -9.0, 765.0)  # oblique and off the centre, as real X-rays are


def write_sample(folder: Path) -> None:
    """Simulate, and write NAME.png, NAME.geometry.json and NAME.truth.json."""
    from RayEmbRegistrationLib.simulation.cases import bone_center, c_arm_pose, default_camera, simulate_case, write_case
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings

    ct, camera = make_pelvis_phantom(0, VOXEL_MM), default_camera(PIXELS)
    pose = c_arm_pose(bone_center(ct), np.array(ANGLES_DEG), np.array(CENTER_MM))
    xray = simulate_case(ct, camera, pose, SimulationSettings(), np.random.default_rng(0))
    write_case(folder, NAME, xray, camera, pose)


if __name__ == "__main__":
    write_sample(FOLDER)
    print(*(f"{path.name}: {path.stat().st_size} bytes" for path in sorted(FOLDER.iterdir())), sep="\n")
