"""Simulated cohorts with known truth: phantoms of five anatomies, easy and hard, one view or two.

Everything follows from the cohort's seed, so that two machines make the same X-rays. Each patient is a folder that
``evaluate`` and ``compare`` read: ct.nii.gz, labels.nii.gz, and cases. Of two views taken together, each case names its
``group`` and, as a calibrated rig, the camera's place relative to the first (``world_to_camera``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.json_files import read_json_object
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.cases import angles_from_ap, bone_center, default_camera, pose_from_ap, write_case
from RayEmbRegistrationLib.simulation.materials import LineIntegrals, material_paths
from RayEmbRegistrationLib.simulation.monte_carlo import cases as monte_carlo
from RayEmbRegistrationLib.simulation.phantoms.more_phantoms import make_femur_phantom, make_spine_phantom
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom, make_pelvis_phantom, make_wrist_phantom
from RayEmbRegistrationLib.simulation.siddon_reference import siddon_line_integrals
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

from .datasets.export import write_ct

PHANTOMS: dict[str, Callable[[int], CTVolume]] = {
    "pelvis": make_pelvis_phantom,
    "femur": make_femur_phantom,
    "knee": make_knee_phantom,
    "wrist": make_wrist_phantom,
    "spine": make_spine_phantom,
}
PHYSICS = ("fast", "monte-carlo")
_FIRST_PATIENT = 7000  # no other phantom of this project has such a seed


@dataclass(frozen=True)
class Cohort:
    """What to simulate.

    Attributes:
        name: "ANATOMY-easy" or "ANATOMY-hard", with "-two-views".
        anatomy: a key of ``PHANTOMS``.
        hard: wide angles, truncation, scatter, noise, tools and letters; otherwise near the anteroposterior view.
        two_views: two X-rays 60 to 90 degrees apart for each case.
        seed: of all random choices.
        patients: number of phantoms.
        cases: X-rays (or pairs) of each patient.
        pixels: side of the image.
        physics: "fast" or "monte-carlo".
    """

    name: str
    anatomy: str
    hard: bool
    two_views: bool
    seed: int
    patients: int = 3
    cases: int = 10
    pixels: int = 384
    physics: str = PHYSICS[0]

    def __post_init__(self) -> None:
        if self.physics not in PHYSICS:
            raise InputProblem(f"there is no physics '{self.physics}'; use one of {', '.join(PHYSICS)}")


def _all_cohorts() -> dict[str, Cohort]:
    cohorts: dict[str, Cohort] = {}
    for anatomy in PHANTOMS:
        for hard in (False, True):
            for two_views in (False, True):
                name = f"{anatomy}-{'hard' if hard else 'easy'}{'-two-views' if two_views else ''}"
                cohorts[name] = Cohort(name, anatomy, hard, two_views, seed=100 + len(cohorts))
    return cohorts


COHORTS: dict[str, Cohort] = _all_cohorts()


def write_cohort(
    folder: Path | str,
    cohort: Cohort,
    progress: Callable[[float, str], None] | None = None,
    line_integrals: LineIntegrals = siddon_line_integrals,
) -> list[Path]:
    """Write the patients' folders ``patient0`` and on; what is there already is kept, so that it can be resumed.

    Args:
        folder: made if need be.
        cohort: one of ``COHORTS``, perhaps with other numbers (``dataclasses.replace``).
        progress: called with the fraction done and what is being made.
        line_integrals: the projector; not the one that registers, which would flatter it.

    Returns:
        The patients' folders.

    Raises:
        InputProblem: an unknown anatomy.
        ImportError: the projector (DiffDRR) is not installed.
    """
    if cohort.anatomy not in PHANTOMS:
        raise InputProblem(f"unknown anatomy '{cohort.anatomy}'; phantoms are made of {', '.join(PHANTOMS)}")
    folders = []
    for patient in range(cohort.patients):
        place = Path(folder) / f"patient{patient}"
        ct = PHANTOMS[cohort.anatomy](_FIRST_PATIENT + 10 * cohort.seed + patient)
        if progress is not None:
            progress(patient / cohort.patients, f"{cohort.name}, patient {patient + 1} of {cohort.patients}")
        write_patient(place, ct, cohort, patient, line_integrals)
        folders.append(place)
    return folders


def write_patient(
    folder: Path | str, ct: CTVolume, cohort: Cohort, patient: int, line_integrals: LineIntegrals = siddon_line_integrals
) -> None:
    """Write one patient's CT and simulated X-rays; any CT will do, such as one of CTPelvic1K.

    Args:
        folder: made if need be; what is there already is kept.
        ct: Hounsfield units, with labels where there are some.
        cohort: how many X-rays, how hard, seed; its anatomy and number of patients do not matter here.
        patient: number of the patient, part of the seed.
        line_integrals: the projector.
    """
    folder = Path(folder)
    last = "labels.nii.gz" if ct.labels is not None else "ct.nii.gz"
    if not (folder / last).exists():
        write_ct(folder, ct)
    for case in range(cohort.cases):
        _write_views(folder, ct, cohort, np.random.SeedSequence([cohort.seed, patient, case]), case, line_integrals)


def case_poses(cohort: Cohort, ct: CTVolume, rng: np.random.Generator) -> list[tuple[RigidTransform, np.ndarray]]:
    """``camera_from_ras`` and C-arm angles (primary, secondary, in-plane, degrees) of a case's one or two views."""
    spread = np.array([42.0, 35.0, 15.0] if cohort.hard else [22.0, 18.0, 8.0])
    offset = 45.0 if cohort.hard else 22.0
    angles = rng.uniform(-1, 1, 3) * spread
    place = rng.uniform(-1, 1, 3) * (offset, offset, 60.0) + (0, 0, 750.0)
    center = bone_center(ct)
    if not cohort.two_views:
        return [(pose_from_ap(center, angles, place), angles_from_ap(angles))]
    between = rng.uniform(60, 90)
    views = []
    for side in (-0.5, 0.5):
        turned = angles * (0.5, 1, 1) + (side * between, 0, 0)
        views.append((pose_from_ap(center, turned, place + rng.uniform(-8, 8, 3)), angles_from_ap(turned)))
    return views


def _write_views(
    folder: Path, ct: CTVolume, cohort: Cohort, seeds: np.random.SeedSequence, case: int, line_integrals: LineIntegrals
) -> None:
    """Both views of a case, or its one; an X-ray that is there already is not made again."""
    pose_seed, *image_seeds = seeds.spawn(3)
    poses = case_poses(cohort, ct, np.random.default_rng(pose_seed))
    camera = default_camera(cohort.pixels)
    group = f"case{case:02d}"
    for letter, (pose, angles), seed in zip("ab", poses, image_seeds, strict=False):
        name = f"{group}{letter}" if cohort.two_views else group
        if (folder / f"{name}.truth.json").exists():
            continue
        rng = np.random.default_rng(seed)
        settings = SimulationSettings.hard(rng) if cohort.hard else SimulationSettings.easy(rng)
        if cohort.physics == "fast":
            paths = material_paths(ct, camera, pose, line_integrals)
            xray = simulate_xray(paths, settings, rng, pixel_mm=camera.pixel_spacing_mm[0] * 0.7)
        else:
            xray = monte_carlo.simulate_case(ct, camera, pose, settings, rng)
        notes = {"c_arm_deg": angles.tolist(), "cohort": cohort.name, "physics": cohort.physics}
        path = write_case(folder, name, xray, camera, pose, notes)
        if cohort.two_views:
            _add_rig(path.with_name(f"{name}.geometry.json"), group, pose @ poses[0][0].inverse())


def _add_rig(path: Path, group: str, camera_from_first: RigidTransform) -> None:
    """Say in a camera file which views belong together and how they stand to each other."""
    content = read_json_object(path)
    content |= {"group": group, "world_to_camera": camera_from_first.matrix.tolist()}
    write_json(path, content)
