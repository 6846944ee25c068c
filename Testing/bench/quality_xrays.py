"""Subjects for the calibration of quality: CTs, and X-rays of them with known truth, made once and kept.

The X-rays are projected from a denser volume than the one that is registered, those of groups from ``OTHER`` on by another
renderer (nanodrr's, trilinear) than the one that registers, and made realistic by the simulation. Everything follows from a
subject's name. Subjects that calibrate and subjects that judge are of different anatomies;
real limbs do both, each judged by what was fitted without it. Of "isolated" subjects the X-ray shows all bones and the CT
that is registered holds one, as where a bone was cut out of a scan.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from common import CACHE, DATA, opened
from RayEmbRegistrationLib.drr.attenuation import SOFT_TISSUE_HU, attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.phantoms.more_phantoms import make_femur_phantom, make_spine_phantom
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom, make_pelvis_phantom, make_wrist_phantom
from RayEmbRegistrationLib.simulation.procedural.volume import make_procedural_volume
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

FOLDER = CACHE / "quality"
PIXELS, FINER_PIXELS = 224, 288
OTHER = 4  # groups from this number on are drawn by another renderer, with FINER_PIXELS
SAMPLES, SAMPLES_A_VOXEL = 160, 1 / 1.2  # along a ray of that renderer, at least
COARSER = 1.45  # voxels of the registered CT, in voxels of the one that is projected
PHANTOMS = {  # voxels (mm) of the projected one; those registered are no coarser than the real pelvis's 1.56 mm
    "pelvis": (make_pelvis_phantom, 1.05),
    "knee": (make_knee_phantom, 0.7),
    "femur": (make_femur_phantom, 0.9),
    "wrist": (make_wrist_phantom, 0.45),
    "spine": (make_spine_phantom, 1.05),
}
CALIBRATE = (
    *("knee-1", "wrist-1", "procedural skull-1", "procedural hand-1", "procedural shoulder-1", "procedural long bones-1"),
    *("knee-2", "wrist-2", "procedural random-1", "procedural foot-1", "wrist-3"),
)
JUDGE = (
    *("pelvis-4", "femur-4", "spine-4", "procedural pelvis-4", "procedural ribs-4", "procedural femur-4"),
    *("pelvis-5", "femur-5", "spine-5", "procedural pelvis-5", "procedural ribs-5", "procedural femur-5"),
)
ISOLATED = (
    *("isolated knee-3", "isolated wrist-4", "isolated procedural hand-2", "isolated procedural foot-2"),
    *("isolated procedural shoulder-2", "isolated pelvis-9"),
)
LIMBS = tuple(f"limb STS_{number}" for number in ("001", "005", "012", "028", "042", "044"))
LIMB_GROUPS = tuple(range(4, 14))  # twenty X-rays each
GROUPS = {"calibrate": (0, 4, 5), "judge": (4, 5, 6, 7, 8), "isolated": (4, 5, 6), "limb": LIMB_GROUPS}
FINER_MM = 1.09  # voxel of a limb that is projected; registered is the CT as it came, 3.27 mm from slice to slice
LIMB_BONE_HU = 200
LEAST_SHOWN, TRIES = 0.35, 20  # share of the bone that an X-ray shall show; how often to look for such a place
REAL_PELVIS = "real pelvis"


@dataclass(frozen=True, eq=False)
class Group:
    """Two X-rays of one subject at once, and one of it with a bone moved.

    Attributes:
        pixels: three (H, W) arrays: two views, and the first again with the bone moved.
        poses: (2, 4, 4) camera_from_ras.
        moved_ras: (4, 4) motion of the bone that moved, RAS.
        moved_label: its number.
        bright: (3,) polarity.
    """

    pixels: tuple[np.ndarray, ...]
    poses: np.ndarray
    moved_ras: np.ndarray
    moved_label: int
    bright: np.ndarray


def seed_of(*parts: object) -> int:
    """A number from names, the same on every machine."""
    return zlib.crc32(" ".join(map(str, parts)).encode())


def pixels_of(number: int) -> int:
    """Side of a group's X-rays."""
    return PIXELS if number < OTHER else FINER_PIXELS


def camera(pixels: int = PIXELS) -> Camera:
    """Of X-rays with that side."""
    return default_camera(pixels)


def role_of(subject: str) -> str:
    """Key of ``GROUPS``."""
    if subject in CALIBRATE:
        return "calibrate"
    return subject.split(maxsplit=1)[0] if subject in (*ISOLATED, *LIMBS) else "judge"


def groups_of(subject: str) -> tuple[int, ...]:
    """Numbers of a subject's groups."""
    return GROUPS[role_of(subject)]


@lru_cache(maxsize=1)
def volumes(subject: str) -> tuple[CTVolume, CTVolume]:
    """The CT that is projected and the coarser one that is registered."""
    if subject in LIMBS:
        return _limb(subject)
    if subject in ISOLATED:
        return _isolated(*volumes_of(subject.removeprefix("isolated ")), seed_of(subject))
    return volumes_of(subject)


def volumes_of(subject: str) -> tuple[CTVolume, CTVolume]:
    """Of a phantom or procedural subject, whole."""
    kind, number = subject.rsplit("-", 1)
    if kind in PHANTOMS:
        make, spacing = PHANTOMS[kind]
        return make(9000 + int(number), spacing), make(9000 + int(number), spacing * COARSER)
    return _procedural(kind.removeprefix("procedural "), seed_of(subject))


def _limb(subject: str) -> tuple[CTVolume, CTVolume]:
    """A real CT on a finer grid, by cubic interpolation, and as it came."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from scipy.ndimage import zoom

    ct = open_ct(DATA / "limb_ct" / f"{subject.removeprefix('limb ')}.nii.gz").volume
    spacing = np.linalg.norm(ct.ras_from_ijk[:3, :3], axis=0)
    factors = np.maximum(np.round(spacing / FINER_MM), 1)[::-1]
    fine = zoom(ct.hu.astype(np.float32), factors, order=3, mode="nearest", grid_mode=True)
    shrink = np.array(ct.hu.shape[::-1]) / np.array(fine.shape[::-1])
    grid = ct.ras_from_ijk.copy()
    grid[:3, :3] = ct.ras_from_ijk[:3, :3] * shrink
    grid[:3, 3] += ct.ras_from_ijk[:3, :3] @ ((shrink - 1) / 2)  # voxel edges stay where they are
    hu = np.round(fine).astype(np.int16)
    return CTVolume(hu, grid, (hu > LIMB_BONE_HU).astype(np.uint8)), ct


def _isolated(dense: CTVolume, coarse: CTVolume, seed: int) -> tuple[CTVolume, CTVolume]:
    """All bones to project, and the registered CT cut down to one of the three largest, of half of them a part."""
    sizes = np.bincount(dense.labels.ravel())
    sizes[0] = 0
    rng = np.random.default_rng(seed)
    label = int(rng.choice(np.argsort(sizes)[::-1][: min(3, int((sizes > 0).sum()))]))
    k, j, i = np.indices(coarse.hu.shape).reshape(3, -1)
    ras = np.stack([i, j, k], axis=1) @ coarse.ras_from_ijk[:3, :3].T + coarse.ras_from_ijk[:3, 3]
    at = np.round((ras - dense.ras_from_ijk[:3, 3]) @ np.linalg.inv(dense.ras_from_ijk[:3, :3]).T).astype(int)
    inside = ((at >= 0) & (at < np.array(dense.labels.shape[::-1]))).all(axis=1)
    own = np.zeros(len(at), dtype=bool)
    x, y, z = at[inside].T
    own[inside] = dense.labels[z, y, x] == label
    own = own.reshape(coarse.hu.shape)
    bounds = [np.flatnonzero(own.any(axis=tuple({0, 1, 2} - {axis})))[[0, -1]] for axis in range(3)]
    box = [slice(max(int(low) - 2, 0), int(high) + 3) for low, high in bounds]
    height = box[0].stop - box[0].start
    if rng.random() < 0.5:  # a scan that ended within the bone
        box[0] = slice(box[0].start + int(height * rng.uniform(0.1, 0.35)), box[0].stop)
    grid = coarse.ras_from_ijk.copy()
    grid[:3, 3] = (coarse.ras_from_ijk @ np.array([box[2].start, box[1].start, box[0].start, 1]))[:3]
    hu = np.where(own, coarse.hu, np.minimum(coarse.hu, 0))[tuple(box)]
    return dense, CTVolume(np.ascontiguousarray(hu), grid)


def _procedural(kind: str, seed: int) -> tuple[CTVolume, CTVolume]:
    from scipy.ndimage import affine_transform, gaussian_filter

    rng = np.random.default_rng(seed)
    volume = make_procedural_volume(rng, kind, 192)
    levels = np.arange(-100.0, 3072.0)
    excess = attenuation_from_hu(levels) - attenuation_from_hu(np.float64(SOFT_TISSUE_HU))
    padded = np.pad(volume.attenuation, 4)
    labels = np.pad(volume.labels, 4)
    matrix = volume.ras_from_ijk.copy()
    matrix[:3, 3] -= matrix[:3, :3] @ np.full(3, 4.0)
    hu = np.interp(padded, excess, levels).astype(np.float32)
    blurred = gaussian_filter(hu, 0.4 * COARSER)
    size = tuple(int(n / COARSER) for n in hu.shape)
    coarse = affine_transform(blurred, np.full(3, COARSER), output_shape=size, order=1, mode="nearest")
    coarse = coarse + rng.normal(0, 12, size)
    grid = matrix.copy()
    grid[:3, :3] *= COARSER
    return CTVolume(hu.astype(np.int16), matrix, labels), CTVolume(np.round(coarse).astype(np.int16), grid)


@lru_cache(maxsize=6)
def prepared_of(subject: str):
    """The prepared CT of a subject, from its file where there is one."""
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT

    path = FOLDER / f"{subject}.prepared.npz"
    if not path.exists():
        make_subject(subject)
    return PreparedCT.load(path)


@lru_cache(maxsize=2)
def with_landmarks(subject: str):
    """The same with templates by the weights that come with the module."""
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
    from RayEmbRegistrationLib.pose.prepared.prepare import with_templates

    prepared = prepared_of(subject)
    return with_templates(prepared, *load_encoder(shipped_weights_path(), prepared.device))


def make_subject(subject: str) -> None:
    """X-rays and prepared CT of a subject."""
    from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare

    FOLDER.mkdir(parents=True, exist_ok=True)
    if subject == REAL_PELVIS:
        from RayEmbRegistrationLib.application.open_ct import open_ct

        ct = open_ct(DATA / "pelvis" / "ct.nii.gz").volume
        prepare(ct, PrepareSettings(weights="none")).save(FOLDER / f"{subject}.prepared.npz")
        return
    dense, coarse = volumes(subject)
    path = FOLDER / f"{subject}.prepared.npz"
    if not path.exists():
        prepare(coarse, PrepareSettings(weights="none")).save(path)
    for number in groups_of(subject):
        path = FOLDER / f"{subject}.{number}.npz"
        if not path.exists():
            group = make_group(dense, np.random.default_rng(seed_of(subject, number)), number, subject)
            arrays = {f"pixels{n}": image for n, image in enumerate(group.pixels)}
            arrays |= {"poses": group.poses, "moved_ras": group.moved_ras, "bright": group.bright}
            np.savez_compressed(path, moved_label=group.moved_label, **arrays)


def group_of(subject: str, number: int) -> Group:
    """From its file."""
    if subject == REAL_PELVIS:
        return _real_group(number)
    if not (FOLDER / f"{subject}.{number}.npz").exists():
        make_subject(subject)
    with np.load(FOLDER / f"{subject}.{number}.npz") as file:
        pixels = tuple(file[f"pixels{n}"] for n in range(3))
        return Group(pixels, file["poses"], file["moved_ras"], int(file["moved_label"]), file["bright"])


def _real_group(number: int) -> Group:
    """An X-ray of the real pelvis, from the cases of pelvis60; there is no second view and no bone has moved."""
    from pelvis_cases import FOLDER as PELVIS
    from RayEmbRegistrationLib.evaluation.cases import find_cases

    case = next(case for case in find_cases(PELVIS) if case.name == f"single{number:02d}")
    view = opened(case, tell_polarity=True)
    bright, pose = view.bone_is_bright, case.truth.matrix
    return Group((view.pixels,), np.stack([pose, pose]), np.eye(4), 0, np.array([bright], dtype=object))


def make_group(ct: CTVolume, rng: np.random.Generator, number: int, subject: str) -> Group:
    """Two X-rays of a CT 60 to 90 degrees apart, and the first again with one bone turned by 8 to 14 degrees."""
    center, angles = bone_center(ct), rng.uniform(-1, 1, 3) * (32, 28, 12)
    place, between = rng.uniform(-1, 1, 3) * (25, 25, 60) + (0, 0, 750), rng.uniform(60, 90) * rng.choice([-1, 1])
    if subject in (*LIMBS, *ISOLATED):
        center = _place_shown(prepared_of(subject).bone_points_ras, angles, place, rng)
    poses = [pose_from_ap(center, angles, place)]
    poses.append(pose_from_ap(center, angles + np.array([between, 0, 0]), place + rng.uniform(-8, 8, 3)))
    label, moved = _moved_bone(ct, rng)
    part, pixels = _part(ct, label), pixels_of(number)
    images, bright = [], []
    for pose, motion in ((poses[0], None), (poses[1], None), (poses[0], moved)):
        hard = rng.random() < 0.4
        settings = SimulationSettings.hard(rng) if hard else SimulationSettings.easy(rng)
        paths = paths_of(ct, pose, number, None if motion is None else (part, motion))
        xray = simulate_xray(paths, settings, rng, pixel_mm=280 / pixels * 0.7)
        images.append(xray.pixels)
        bright.append(xray.bone_is_bright)
    return Group(tuple(images), np.stack([pose.matrix for pose in poses]), moved.matrix, label, np.array(bright))


def _place_shown(points: np.ndarray, angles: np.ndarray, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(3,) RAS, a place in the bone (N, 3) such that an X-ray centred on it shows enough of the bone."""
    shown, best = -1.0, points.mean(axis=0)
    for _ in range(TRIES):
        center = points[rng.integers(len(points))]
        pixels = camera().project(pose_from_ap(center, angles, place).apply(points))
        share = float(((pixels > 0) & (pixels < PIXELS)).all(axis=1).mean())
        if share > shown:
            shown, best = share, center
        if shown > LEAST_SHOWN:
            break
    return best


def _ours(ct: CTVolume, pixels: int, values: np.ndarray, pose: RigidTransform, shrink: int = 1) -> np.ndarray:
    """(H, W) line integrals by the projector that registers."""
    return JosephProjector(values, ct.ras_from_ijk).render(pose, camera(pixels).resample(*[pixels // shrink] * 2))[0].numpy()


def _theirs(ct: CTVolume, pixels: int, values: np.ndarray, pose: RigidTransform, shrink: int = 1) -> np.ndarray:
    """(H, W) line integrals by another renderer, of the box that is not empty."""
    from RayEmbRegistrationLib.drr.references import NanoDrrProjector

    used = [np.flatnonzero(values.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    low = [max(int(where[0]) - 1, 0) for where in used]
    box = values[tuple(slice(least, int(where[-1]) + 2) for least, where in zip(low, used, strict=True))]
    grid = ct.ras_from_ijk.copy()
    grid[:3, 3] = (ct.ras_from_ijk @ np.append(low[::-1], 1))[:3]
    view = camera(pixels).resample(*[pixels // shrink] * 2)
    samples = max(SAMPLES, int(box.shape[1] * SAMPLES_A_VOXEL))
    return NanoDrrProjector(np.ascontiguousarray(box), grid, samples).render(pose, view)[0].numpy()


def _moved_bone(ct: CTVolume, rng: np.random.Generator) -> tuple[int, RigidTransform]:
    """A bone of neither all nor nearly nothing, and its motion in RAS; of one bone alone its lower third stands for it."""
    sizes = np.bincount(ct.labels.ravel())[1:]
    share = sizes / sizes.sum()
    choice = np.flatnonzero((share > 0.12) & (share < 0.75))
    label = int(rng.choice(choice)) + 1 if len(choice) else 0
    middle = np.argwhere(_part(ct, label))[:, ::-1].mean(axis=0)
    center = ct.ras_from_ijk[:3, :3] @ middle + ct.ras_from_ijk[:3, 3]
    axis = rng.normal(size=3)
    turn = RigidTransform.from_rotation_vector(np.radians(rng.uniform(8, 14)) * axis / np.linalg.norm(axis))
    return label, RigidTransform(turn.rotation, center - turn.apply(center) + rng.normal(0, 2, 3))


def _part(ct: CTVolume, label: int) -> np.ndarray:
    """(K, J, I) bool: a bone, or the lower third of all where it has no number."""
    if label:
        return ct.labels == label
    inside = ct.labels > 0
    heights = np.flatnonzero(inside.any(axis=(1, 2)))
    return inside & (np.arange(len(inside)) < heights[0] + len(heights) // 3)[:, None, None]


def paths_of(
    ct: CTVolume, pose: RigidTransform, number: int, moved: tuple[np.ndarray, RigidTransform] | None = None
) -> MaterialPaths:
    """Millimetres of bone and soft tissue in an X-ray of a group; ``moved`` is a part of the bone and its motion."""
    draw, pixels = _ours if number < OTHER else _theirs, pixels_of(number)
    return _paths(ct, pose, moved, lambda *what: draw(ct, pixels, *what))


def _paths(
    ct: CTVolume, pose: RigidTransform, moved: tuple[np.ndarray, RigidTransform] | None, line_integrals: Callable
) -> MaterialPaths:
    import cv2

    bone, body = decompose(ct)
    if moved is None:
        bone_mm = line_integrals(bone, pose)
    else:
        part, motion = moved
        bone_mm = line_integrals(np.where(part, 0, bone), pose) + line_integrals(np.where(part, bone, 0), pose @ motion)
    if not body.any():
        return MaterialPaths(bone_mm, np.zeros_like(bone_mm))
    body_mm = cv2.resize(line_integrals(body, pose, 2), bone_mm.shape[::-1])
    return MaterialPaths(bone_mm, np.maximum(body_mm - bone_mm, 0))


def moved_part(subject: str, prepared, group: Group) -> np.ndarray:
    """(N,) bool: which of the prepared CT's bone points are of the bone that moves, looked up in the dense CT."""
    path = FOLDER / f"{subject}.part{group.moved_label}.npy"
    if path.exists():
        return np.load(path)
    dense = volumes(subject)[0]
    ijk = (prepared.bone_points_ras - dense.ras_from_ijk[:3, 3]) @ np.linalg.inv(dense.ras_from_ijk[:3, :3]).T
    i, j, k = np.clip(np.round(ijk).astype(int), 0, np.array(dense.hu.shape[::-1]) - 1).T
    part = _part(dense, group.moved_label)[k, j, i]
    np.save(path, part)
    return part
