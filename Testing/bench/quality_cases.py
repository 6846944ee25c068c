"""Registrations with known truth for the calibration of quality, made once and kept: right, lost and impossible ones.

The X-rays are projected from a denser volume than the one that is registered, those of groups from ``OTHER`` on by another
renderer (nanodrr's, trilinear) than the one that registers, and made realistic by the simulation; poses, starts and images
follow from a subject's name. Subjects that calibrate and subjects that judge are of different anatomies. What is found is
kept as a file a run, so that features can be worked out again without registering again.
"""

import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from common import CACHE, DATA, start_near
from RayEmbRegistrationLib.drr.attenuation import SOFT_TISSUE_HU, attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.simulation.cases import bone_center, c_arm_pose, default_camera
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.more_phantoms import make_femur_phantom, make_spine_phantom
from RayEmbRegistrationLib.simulation.phantom import make_knee_phantom, make_pelvis_phantom, make_wrist_phantom
from RayEmbRegistrationLib.simulation.procedural import make_procedural_volume
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

FOLDER = CACHE / "quality"
PIXELS, FINER_PIXELS = 224, 288
OTHER = 4  # groups from this number on are drawn by another renderer, with FINER_PIXELS
SAMPLES = 160  # along a ray of that renderer
COARSER = 1.45  # voxels of the registered CT, in voxels of the one that is projected
PHANTOMS = {
    "pelvis": (make_pelvis_phantom, 1.5),
    "knee": (make_knee_phantom, 1.0),
    "femur": (make_femur_phantom, 1.2),
    "wrist": (make_wrist_phantom, 0.6),
    "spine": (make_spine_phantom, 1.5),
}
CALIBRATE = (
    *("knee-1", "wrist-1", "procedural skull-1", "procedural hand-1", "procedural shoulder-1", "procedural long bones-1"),
    *("knee-2", "wrist-2", "procedural random-1", "procedural foot-1", "wrist-3"),
)
JUDGE = (
    *("pelvis-4", "femur-4", "spine-4", "procedural pelvis-4", "procedural ribs-4", "procedural femur-4"),
    *("pelvis-5", "femur-5", "spine-5", "procedural pelvis-5", "procedural ribs-5", "procedural femur-5"),
)
GROUPS = {"calibrate": (0, 4, 5), "judge": (4, 5, 6, 7, 8)}
RIGHT = ("near", "near pair", "off", "off pair", "far")
WRONG = ("distance", "distance aligned", "distance pair", "mirrored", "other patient", "moved bone")
QUICK = (*RIGHT, *WRONG)
SEARCHED = ("search", "distance search")
LANDMARKED = ("both", "distance both", "mirrored both", "other patient both")
LONG = ("start", "pair", "mirrored start", "other patient start", *SEARCHED, *LANDMARKED)
IMPOSSIBLE = (*WRONG, *(kind for kind in LONG if kind.startswith(("distance", "mirrored", "other patient"))))
ROUNDS = {  # kinds of each group in turn
    "calibrate": ((0, QUICK), (4, QUICK), (5, QUICK), (4, SEARCHED), (4, LONG[2:4]), (4, LANDMARKED)),
    "judge": (
        *((4, QUICK), (5, QUICK), (6, QUICK), (7, QUICK), (8, QUICK)),
        *((4, SEARCHED), (5, SEARCHED), (4, LANDMARKED), (5, LANDMARKED)),
        *((6, LONG[:4]), (4, LONG[:1]), (5, LONG[2:4]), (6, LONG[4:]), (5, LONG[:1])),
    ),
}
REAL_PELVIS, REAL = "real pelvis", 30
WRONG_DISTANCE = 1.05
VERSION = 3  # of the evidence; raise it when what is seen changes
SPREADS = ("spread", "noise_spread", "edge_spread")


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


def groups_of(subject: str) -> tuple[int, ...]:
    """Numbers of a subject's groups."""
    return GROUPS["calibrate" if subject in CALIBRATE else "judge"]


@lru_cache(maxsize=1)
def volumes(subject: str) -> tuple[CTVolume, CTVolume]:
    """The CT that is projected and the coarser one that is registered."""
    kind, number = subject.rsplit("-", 1)
    if kind in PHANTOMS:
        make, spacing = PHANTOMS[kind]
        return make(9000 + int(number), spacing), make(9000 + int(number), spacing * COARSER)
    return _procedural(kind.removeprefix("procedural "), seed_of(subject))


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
    from RayEmbRegistrationLib.pose.prepared import PreparedCT

    path = FOLDER / f"{subject}.prepared.npz"
    if not path.exists():
        make_subject(subject)
    return PreparedCT.load(path)


@lru_cache(maxsize=2)
def with_landmarks(subject: str):
    """The same with templates by the weights that come with the module."""
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
    from RayEmbRegistrationLib.pose.prepared import with_templates

    prepared = prepared_of(subject)
    return with_templates(prepared, *load_encoder(shipped_weights_path(), prepared.device))


def make_subject(subject: str) -> None:
    """X-rays and prepared CT of a subject."""
    from RayEmbRegistrationLib.pose.prepared import PrepareSettings, prepare

    FOLDER.mkdir(parents=True, exist_ok=True)
    if subject == REAL_PELVIS:
        from RayEmbRegistrationLib.ct.reading import read_ct

        ct = read_ct(DATA / "pelvis" / "ct.nii.gz").volume
        prepare(ct, PrepareSettings(weights="none")).save(FOLDER / f"{subject}.prepared.npz")
        return
    dense, coarse = volumes(subject)
    for number in groups_of(subject):
        path = FOLDER / f"{subject}.{number}.npz"
        if not path.exists():
            group = make_group(dense, np.random.default_rng(seed_of(subject, number)), number)
            arrays = {f"pixels{n}": image for n, image in enumerate(group.pixels)}
            arrays |= {"poses": group.poses, "moved_ras": group.moved_ras, "bright": group.bright}
            np.savez_compressed(path, moved_label=group.moved_label, **arrays)
    path = FOLDER / f"{subject}.prepared.npz"
    if not path.exists():
        prepare(coarse, PrepareSettings(weights="none")).save(path)


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
    from RayEmbRegistrationLib.xray.camera_files import read_camera
    from RayEmbRegistrationLib.xray.reading import read_xray

    case = next(case for case in find_cases(PELVIS) if case.name == f"single{number:02d}")
    image = read_xray(case.image_path)
    bright = read_camera(case.geometry_path, image.image_size).bone_is_bright
    pose = case.truth.matrix
    return Group((image.pixels,), np.stack([pose, pose]), np.eye(4), 0, np.array([bright], dtype=object))


def make_group(ct: CTVolume, rng: np.random.Generator, number: int) -> Group:
    """Two X-rays of a CT 60 to 90 degrees apart, and the first again with one bone turned by 8 to 14 degrees."""
    center, angles = bone_center(ct), rng.uniform(-1, 1, 3) * (32, 28, 12)
    place, between = rng.uniform(-1, 1, 3) * (25, 25, 60) + (0, 0, 750), rng.uniform(60, 90) * rng.choice([-1, 1])
    poses = [c_arm_pose(center, angles, place)]
    poses.append(c_arm_pose(center, angles + np.array([between, 0, 0]), place + rng.uniform(-8, 8, 3)))
    label, moved = _moved_bone(ct, rng)
    part, pixels = _part(ct, label), pixels_of(number)
    draw = _ours if number < OTHER else _theirs
    images, bright = [], []
    for pose, motion in ((poses[0], None), (poses[1], None), (poses[0], moved)):
        hard = rng.random() < 0.4
        settings = SimulationSettings.hard(rng) if hard else SimulationSettings.easy(rng)
        paths = _paths(ct, pose, None if motion is None else (part, motion), lambda *what: draw(ct, pixels, *what))
        xray = simulate_xray(paths, settings, rng, pixel_mm=280 / pixels * 0.7)
        images.append(xray.pixels)
        bright.append(xray.bone_is_bright)
    return Group(tuple(images), np.stack([pose.matrix for pose in poses]), moved.matrix, label, np.array(bright))


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
    return NanoDrrProjector(np.ascontiguousarray(box), grid, SAMPLES).render(pose, view)[0].numpy()


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


def _paths(
    ct: CTVolume, pose: RigidTransform, moved: tuple[np.ndarray, RigidTransform] | None, line_integrals: Callable
) -> MaterialPaths:
    """Millimetres of bone and soft tissue; ``moved`` is a part of the bone and its motion."""
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


@dataclass(frozen=True, eq=False)
class Run:
    """One registration that was made.

    Attributes:
        about: subject, group, kind, errors against the truth, seconds, similarity, runner_up, mirrored.
        radiographs: images (V, H, W) and masks, conditioned.
        cameras: K (V, 3, 3) as they were given to the registration, mirrored where the result is.
        poses: (V, 4, 4) found.
        relative: (V, 4, 4) cameras from the first.
    """

    about: dict
    images: np.ndarray
    masks: np.ndarray
    K: np.ndarray
    poses: np.ndarray
    relative: np.ndarray


def runs_to_make(quick: bool = False) -> Iterator[tuple[str, int, str]]:
    """(subject, group, kind), so ordered that whatever was made so far is balanced."""
    for turn in range(1 if quick else max(len(rounds) for rounds in ROUNDS.values())):
        for name, subjects in (("calibrate", CALIBRATE), ("judge", JUDGE)):
            if turn < len(ROUNDS[name]):
                number, kinds = ROUNDS[name][turn]
                yield from ((s, number, kind) for s in (subjects[:2] if quick else subjects) for kind in kinds)
        if turn == 1 or quick:
            yield from real_runs(quick)


def real_runs(quick: bool = False) -> Iterator[tuple[str, int, str]]:
    """Likewise of the X-rays simulated from a real pelvis, where they are here."""
    from pelvis_cases import FOLDER as PELVIS

    for number in range(1 if quick else REAL):
        if (PELVIS / f"single{number:02d}.truth.json").exists() and (DATA / "pelvis").exists():
            yield from ((REAL_PELVIS, number, kind) for kind in ("near", "off", "mirrored", "distance"))


def make_run(subject: str, number: int, kind: str) -> Path:
    """Register one, unless it was."""
    path = FOLDER / "runs" / f"{subject}.{number}.{kind}.npz"
    if path.exists():
        return path
    prepared = with_landmarks(subject) if kind in LANDMARKED else prepared_of(subject)
    group = group_of(subject, number)
    rng = np.random.default_rng(seed_of(subject, number, kind))
    views, settings, truths = setup(kind, prepared, group, rng, subject, number)
    save_run(path, {"subject": subject, "group": number, "kind": kind}, prepared, views, settings, truths)
    return path


def save_run(path: Path, about: dict, prepared, views, settings, truths: Callable[[np.ndarray], np.ndarray]) -> None:
    """Register and keep what came of it; ``truths`` gives the true places of points (N, 3) in the first camera's frame."""
    from RayEmbRegistrationLib.registration import register

    began = time.process_time()
    try:
        result = register(prepared, views, settings)
    except ValueError as error:
        about |= {"failed": str(error)}
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, about=json.dumps(about))
        return
    seconds = time.process_time() - began
    quality = result.quality
    found, points = result.camera_from_ras, prepared.bone_points_ras
    about |= errors_of(found, points, truths(points))
    about |= {"similarity": quality.similarity, "runner_up": quality.runner_up, "core_seconds": seconds}
    about |= {"timing": dict(result.timing_s), "mirrored": result.views[0].mirrored, "views": len(result.views)}
    about |= {name: getattr(quality.evidence, name) for name in ("inlier_share", "landmark_mm")}
    about |= {"depth_limits": depth_limits(prepared, views, settings)}
    about |= {"evidence": {"version": VERSION, "content": evidence_content(quality.evidence)}}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        about=json.dumps(about),
        images=np.stack([view.radiograph.image for view in result.views]).astype(np.float16),
        masks=np.stack([view.radiograph.mask for view in result.views]),
        K=np.stack([view.radiograph.camera.K for view in result.views]),
        poses=np.stack([view.camera_from_ras.matrix for view in result.views]),
        relative=np.stack([(view.camera_from_ras @ found.inverse()).matrix for view in result.views]),
    )


def evidence_content(evidence) -> dict:
    """``quality.evidence.Evidence`` for a JSON file."""
    content = dict(vars(evidence))
    for name in ("rivals", "distance", *SPREADS):
        content[name] = vars(content[name])
    content["covariance"] = evidence.covariance.tolist()
    return json.loads(json.dumps(content, default=lambda value: value.item()))


def depth_limits(prepared, views, settings) -> tuple[float, float] | None:
    """(least, most) depth of the bone that ``register`` allows one view; None for several, which have wide limits."""
    from RayEmbRegistrationLib.pose.attempts import START_DEPTH_SLACK_MM
    from RayEmbRegistrationLib.pose.start import depth_from_geometry

    if len(views) > 1:
        return None
    if views[0].start is None:
        return depth_from_geometry(views[0].camera)
    depth = float(views[0].start.apply(prepared.center_ras)[2])
    slack = settings.start_translation_mm + START_DEPTH_SLACK_MM
    return depth - slack, depth + slack


def errors_of(found: RigidTransform, points: np.ndarray, true: np.ndarray) -> dict:
    """Errors in mm at points whose true places (N, 3) in the camera are known, bones that moved included."""
    places = found.apply(points)
    shift = places.mean(axis=0) - true.mean(axis=0)
    one, other = places - places.mean(axis=0), true - true.mean(axis=0)
    left, _, right = np.linalg.svd(other.T @ one)
    turn = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right
    angle = np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
    return {
        "mtre_mm": float(np.linalg.norm(places - true, axis=1).mean()),
        "in_plane_mm": float(np.hypot(*shift[:2])),
        "depth_mm": float(abs(shift[2])),
        "rotation_deg": float(angle),
    }


def setup(kind: str, prepared, group: Group, rng: np.random.Generator, subject: str, number: int):
    """Views, settings and true places of one registration.

    near: refined from 3 degrees and 3 mm; off: from 9 degrees and 9 mm; far: from 20 degrees and 30 mm; start: looked for
    around a start 8 degrees and 8 mm off at most; search: no start; pair: two views. distance: the source-to-detector
    distance is 5 % too long or too short; aligned: and the start was made with that camera, so that it is off in depth;
    mirrored: the image is, as that of the other side would be, from the likeliest start; other patient: X-ray of another
    individual; moved bone: one bone has turned since the CT.
    """
    from RayEmbRegistrationLib.pose.problem import RegistrationSettings, XrayView

    pair = kind.endswith("pair")
    first = RigidTransform.from_matrix(group.poses[0])
    second = RigidTransform.from_matrix(group.poses[1])
    pixels, bright = list(group.pixels[:2]), list(group.bright[:2])
    chosen = default_camera(pixels[0].shape[1])
    refined = kind in QUICK
    settings = RegistrationSettings(refine_only=refined)
    truth, truths = first, first.apply
    if kind.startswith("distance"):
        ratio = 1 / WRONG_DISTANCE if number >= OTHER and number % 2 else WRONG_DISTANCE
        chosen = replace(chosen, K=chosen.K * np.array([[ratio, 1, 1], [1, ratio, 1], [1, 1, 1]]))
        chosen = replace(chosen, source_to_detector_mm=chosen.source_to_detector_mm * ratio)
        if kind == "distance aligned":
            depth = first.apply(prepared.center_ras)[2]
            truth = RigidTransform(first.rotation, first.translation + np.array([0, 0, depth * (ratio - 1)]))
    elif kind.startswith("mirrored"):
        pixels[0], settings = pixels[0][:, ::-1], replace(settings, mirrored=False)
        middle = prepared.center_ras[0]
        across, seen = np.diag([-1.0, 1, 1, 1]), np.diag([-1.0, 1, 1, 1])
        across[0, 3] = 2 * middle
        truth = RigidTransform.from_matrix(seen @ first.matrix @ across)  # of the bone's mirror image, were it symmetric
        truths = lambda points: points + 1e3  # noqa: E731 - there is no right pose
    elif kind.startswith("other patient"):
        stranger = _stranger(subject, number)
        other, own = prepared_of(stranger), group_of(stranger, number)
        pixels, bright = list(own.pixels[:2]), list(own.bright[:2])
        first = RigidTransform.from_matrix(own.poses[0])
        truth = RigidTransform(first.rotation, first.apply(other.center_ras) - first.rotation @ prepared.center_ras)
        truths = lambda points: points + 1e3  # noqa: E731
    elif kind == "moved bone":
        pixels[0], bright[0] = group.pixels[2], group.bright[2]
        truths = _moved_truth(subject, prepared, group, first)
    size = {"off": (9, 9), "off pair": (9, 9), "far": (20, 30)}.get(kind, (8, 8) if kind in LONG else (3, 3))
    start = None if kind in (*SEARCHED, *LANDMARKED) else start_near(truth, prepared.center_ras, *size, rng)
    known = rng.random() < 0.5  # polarity
    views = [
        XrayView(
            pixels[n].astype(np.float32),
            chosen,
            bone_is_bright=bool(bright[n]) if (known or refined) and bright[n] is not None else None,
            camera_from_rig=(second @ first.inverse() if n else RigidTransform()) if pair else None,
            start=start if n == 0 else None,
        )
        for n in range(2 if pair else 1)
    ]
    return views, settings, truths


def _stranger(subject: str, number: int) -> str:
    """Another individual, of the same kind where there is one, whose X-rays have that number too."""
    kin, at = subject.rsplit("-", 1)
    subjects = CALIBRATE if subject in CALIBRATE else JUDGE
    family = [s for s in subjects if s.startswith(f"{kin}-") and s != subject]
    if family:
        return family[(number + int(at)) % len(family)]
    others = [s for s in subjects if s != subject]
    return others[seed_of(subject, number) % len(others)]


def _moved_truth(subject: str, prepared, group: Group, first: RigidTransform) -> Callable[[np.ndarray], np.ndarray]:
    """Where points are when one bone has moved; which of them are of it is looked up in the dense CT."""
    path = FOLDER / f"{subject}.part{group.moved_label}.npy"
    if path.exists():
        part = np.load(path)
    else:
        dense = volumes(subject)[0]
        ijk = (prepared.bone_points_ras - dense.ras_from_ijk[:3, 3]) @ np.linalg.inv(dense.ras_from_ijk[:3, :3]).T
        i, j, k = np.clip(np.round(ijk).astype(int), 0, np.array(dense.hu.shape[::-1]) - 1).T
        part = _part(dense, group.moved_label)[k, j, i]
        np.save(path, part)
    motion = RigidTransform.from_matrix(group.moved_ras)
    return lambda points: first.apply(np.where(part[:, None], motion.apply(points), points))


def read_run(path: Path) -> Run | None:
    """From its file; None where nothing was found."""
    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        if "failed" in about:
            return None
        return Run(about, *(file[name] for name in ("images", "masks", "K", "poses", "relative")))


def main(quick: bool = False) -> None:
    """Make what is missing."""
    import torch

    torch.set_num_threads(1)
    for subject, number, kind in runs_to_make(quick):
        began = time.perf_counter()
        fresh = not (FOLDER / "runs" / f"{subject}.{number}.{kind}.npz").exists()
        path = make_run(subject, number, kind)
        if fresh:
            run = read_run(path)
            about = {} if run is None else run.about
            print(
                f"{subject}.{number}.{kind}: mTRE {about.get('mtre_mm', np.nan):.2f} mm, similarity "
                f"{about.get('similarity', np.nan):.2f}, {time.perf_counter() - began:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
