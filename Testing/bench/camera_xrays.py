"""Pairs of X-rays of phantoms and of real CTs with known truth and right cameras, made once and kept, for the camera's test.

Every X-ray is projected by another renderer (nanodrr's) from a denser CT than the one that is registered, and made realistic
by the simulation. Some subjects are to develop on, the others judge.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from common import CACHE, DATA, needed
from quality_xrays import COARSER, PHANTOMS, _paths, _theirs, seed_of, volumes
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

FOLDER = CACHE / "camera"
PIXELS = 320
REAL = {"limb": ("STS_001", "STS_005", "STS_012", "STS_028", "STS_042", "STS_044"), "pelvis": ("pelvis",)}
DEVELOP = (
    *("STS_001", "STS_005", "STS_012", "pelvis-21", "knee-21", "femur-21", "wrist-21", "spine-21"),
    *("procedural pelvis-21", "procedural hand-21", "procedural skull-21", "procedural femur-21"),
)
JUDGE = (
    *("STS_028", "STS_042", "STS_044", "pelvis", "pelvis-22", "knee-22", "femur-22", "wrist-22", "spine-22"),
    *("procedural pelvis-22", "procedural shoulder-22", "procedural knee-22", "procedural foot-22"),
    "procedural long bones-22",
)
PAIRS_REAL, PAIRS = 4, 2  # of a subject


@dataclass(frozen=True, eq=False)
class Pair:
    """Two X-rays of one subject at once, 60 to 90 degrees apart.

    Attributes:
        pixels: two (H, W) arrays.
        poses: (2, 4, 4) camera_from_ras.
        bright: (2,) polarity.
    """

    pixels: tuple[np.ndarray, ...]
    poses: np.ndarray
    bright: np.ndarray


def is_real(subject: str) -> bool:
    """Whether of a real CT."""
    return subject in REAL["limb"] + REAL["pelvis"]


def pairs_of(subject: str) -> range:
    """Numbers of a subject's pairs."""
    return range(PAIRS_REAL if is_real(subject) else PAIRS)


def pair_of(subject: str, number: int) -> Pair:
    """From its file, made where it is missing."""
    path = FOLDER / f"{subject}.{number}.npz"
    if not path.exists():
        pair = _make_pair(_volumes(subject)[0], np.random.default_rng(seed_of("camera", subject, number)))
        FOLDER.mkdir(parents=True, exist_ok=True)
        images = {f"pixels{n}": image for n, image in enumerate(pair.pixels)}
        np.savez_compressed(path, poses=pair.poses, bright=pair.bright, **images)
    with np.load(path) as file:
        return Pair((file["pixels0"], file["pixels1"]), file["poses"], file["bright"])


@lru_cache(maxsize=2)
def prepared_of(subject: str):
    """The prepared CT, from its file where there is one."""
    from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT

    path = FOLDER / f"{subject}.prepared.npz"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        prepare(_volumes(subject)[1], PrepareSettings(weights="none", bank=False)).save(path)
    return PreparedCT.load(path)


@lru_cache(maxsize=1)
def _volumes(subject: str) -> tuple[CTVolume, CTVolume]:
    """The CT that is projected and the one that is registered, coarser in its slices."""
    if not is_real(subject):
        kind = subject.rsplit("-", 1)[0]
        if kind not in PHANTOMS and not kind.startswith("procedural "):
            raise ValueError(f"there is no subject {subject}")
        return volumes(subject)
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from scipy.ndimage import affine_transform, gaussian_filter

    if subject in REAL["pelvis"]:
        from pelvis_cases import bone_alone

        needed(Path(DATA) / "pelvis")
        ct = bone_alone()
        return ct, ct  # 1.56 mm already
    ct = open_ct(needed(Path(DATA) / "limb_ct" / f"{subject}.nii.gz")).volume
    steps = np.array([1.0, COARSER, COARSER])
    size = tuple(int(n / step) for n, step in zip(ct.hu.shape, steps, strict=True))
    blurred = gaussian_filter(ct.hu.astype(np.float32), 0.4 * (steps - 1) / (COARSER - 1) * COARSER)
    coarse = affine_transform(blurred, steps, output_shape=size, order=1, mode="nearest")
    grid = ct.ras_from_ijk.copy()
    grid[:3, :3] = grid[:3, :3] * steps[::-1]
    return ct, CTVolume(np.round(coarse).astype(np.int16), grid)


def _make_pair(ct: CTVolume, rng: np.random.Generator) -> Pair:
    center, angles = bone_center(ct), rng.uniform(-1, 1, 3) * (32, 28, 12)
    place, between = rng.uniform(-1, 1, 3) * (25, 25, 60) + (0, 0, 750), rng.uniform(60, 90) * rng.choice([-1, 1])
    poses = [pose_from_ap(center, angles, place)]
    poses.append(pose_from_ap(center, angles + np.array([between, 0, 0]), place + rng.uniform(-8, 8, 3)))
    images, bright = [], []
    for pose in poses:
        settings = SimulationSettings.hard(rng) if rng.random() < 0.3 else SimulationSettings.easy(rng)
        paths = _paths(ct, pose, None, lambda *what: _theirs(ct, PIXELS, *what))
        xray = simulate_xray(paths, settings, rng, 280 / PIXELS * 0.7)
        images.append(xray.pixels)
        bright.append(xray.bone_is_bright)
    return Pair(tuple(images), np.stack([pose.matrix for pose in poses]), np.array(bright))


def distorted(pixels: np.ndarray, k1: float) -> np.ndarray:
    """The image with radial distortion: what was at r from its middle is at r (1 + k1 r^2), r in halves of the diagonal."""
    from scipy.ndimage import map_coordinates

    height, width = pixels.shape
    row, column = np.indices(pixels.shape, dtype=np.float64)
    middle = np.array([(height - 1) / 2, (width - 1) / 2])
    offset = np.stack([row - middle[0], column - middle[1]])
    reach = np.hypot(height, width) / 2
    far = np.hypot(*offset) / reach
    inner = far.copy()
    for _ in range(20):
        inner = far / (1 + k1 * inner**2)
    scale = np.where(far > 0, inner / np.maximum(far, 1e-12), 1.0)
    places = [offset[0] * scale + middle[0], offset[1] * scale + middle[1]]
    moved = map_coordinates(pixels.astype(np.float32), places, order=3, mode="nearest")
    return np.clip(moved, pixels.min(), pixels.max()).astype(np.float32)


def true_camera():
    """Of every X-ray."""
    return default_camera(PIXELS)


def truth_of(pair: Pair, view: int) -> RigidTransform:
    """Of a view."""
    return RigidTransform.from_matrix(pair.poses[view])
