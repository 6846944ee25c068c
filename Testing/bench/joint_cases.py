"""Cases of the benchmark joint: phantoms and a real pelvis whose bones moved, broke or differ, and X-rays of them.

Each case is kept as a small JSON file, so that a run that was stopped goes on.
"""

import json
import time
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from common import CACHE, DATA, needed, start_near
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.references import NanoDrrProjector
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.joint.adjust import Allowance, adjust
from RayEmbRegistrationLib.pose.joint.bodies import JOINTED
from RayEmbRegistrationLib.pose.joint.bones import register_bones
from RayEmbRegistrationLib.pose.joint.joints import contact_between, surface_points
from RayEmbRegistrationLib.pose.joint.judging import point_variances, pose_slopes
from RayEmbRegistrationLib.pose.joint.solve import agreement_of
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View, condition_view
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS, make_pelvis_phantom
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from RayEmbRegistrationLib.xray.view import XrayView

FOLDER = CACHE / "joint"
CAMERA = default_camera(256, 400.0)
FIRST_SEED = 8200  # none from here on was looked at while anything was chosen
FEMURS = {
    PELVIS_LABELS["left femur"]: PELVIS_LABELS["left hemipelvis"],
    PELVIS_LABELS["right femur"]: PELVIS_LABELS["right hemipelvis"],
}
PELVIS = [PELVIS_LABELS[name] for name in ("left hemipelvis", "right hemipelvis", "sacrum")]
SECOND_DEG = {"femurs": 60, "warp": 40, "fragment": 60}
UNSEEN_DEG = -50
DISTANCE_MM = 760.0


@dataclass(frozen=True, eq=False)
class Scene:
    """A CT, the true bone as parts at their own poses, and X-rays of it."""

    ct: CTVolume
    whole: RigidTransform
    xrays: list
    places: list


def turned_camera(degrees: float) -> RigidTransform:
    """A camera turned about the axis across the beam, from the first."""
    angle = np.radians(degrees)
    shift = (-DISTANCE_MM * np.sin(angle), 0, DISTANCE_MM * (1 - np.cos(angle)))
    return RigidTransform.from_rotation_vector((0, angle, 0), shift)


@lru_cache(maxsize=2)
def subject(name: str) -> CTVolume:
    """A phantom by its seed, or the real pelvis split by a documented rule."""
    if name != "real":
        return make_pelvis_phantom(int(name), 2.0)
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.volumes.bone import find_skeleton

    ct = open_ct(needed(DATA / "pelvis" / "ct.nii.gz")).volume
    mask = find_skeleton(ct).mask
    # Label 2 is what lies beyond three quarters of the bone's width, the side of a hemipelvis and its femur.
    places = ct.ras_from_index(np.argwhere(mask)[:, ::-1])
    border = np.quantile(places[:, 0], 0.75)
    labels = mask.astype(np.int16)
    k, j, i = np.nonzero(mask)
    labels[k[places[:, 0] > border], j[places[:, 0] > border], i[places[:, 0] > border]] = 2
    return replace(ct, labels=labels)


def rendered(parts: list, scene_pose: RigidTransform, places: list, seed: int) -> list:
    """An X-ray of parts (values, grid, motion) in each place."""
    found = []
    for number, place in enumerate(places):
        total = 0.0
        for values, grid, motion in parts:
            total = total + NanoDrrProjector(values, grid, 250).render(place @ scene_pose @ motion, CAMERA)[0].numpy()
        paths = MaterialPaths(total, np.zeros_like(total))
        found.append(simulate_xray(paths, SimulationSettings(display="log"), np.random.default_rng([seed, number])))
    return found


def view_of(xray, place: RigidTransform, many: bool, start: RigidTransform | None = None) -> XrayView:
    where = {"camera_from_rig": place} if many else {}
    return XrayView.of_camera(xray.pixels.astype(np.float32), CAMERA, bone_is_bright=True, start=start, **where)


def random_pose(ct: CTVolume, rng: np.random.Generator) -> RigidTransform:
    turns, shift = rng.uniform(-1, 1, 3) * (15, 15, 5), rng.uniform(-1, 1, 3) * (15, 15, 20)
    return pose_from_ap(bone_center(ct), turns, np.add(shift, [0, 0, DISTANCE_MM]))


def points_of(ct: CTVolume, labels) -> np.ndarray:
    return ct.ras_from_index(np.argwhere(np.isin(ct.labels, labels))[::197, ::-1])


def registered(ct, prepared, xrays, places, truth, rng):
    """The rigid registration from a start near the truth, as a problem and a pose."""
    start = start_near(truth, prepared.center_ras, 3, 8, rng)
    many = len(xrays) > 1
    views = [view_of(x, p, many, start if n == 0 else None) for n, (x, p) in enumerate(zip(xrays, places, strict=True))]
    result = register(prepared, views, RegistrationSettings(refine_only=True))
    first = result.views[0].camera_from_ras
    made = tuple(
        View(found.radiograph, (found.camera_from_ras @ first.inverse()).matrix, True, (True,)) for found in result.views
    )
    return Problem(made, prepared, Limits(prepared.center_ras)), first


def femurs(seed: int, views: int, shift_mm: float = 0.0) -> dict:
    """Both femurs turned by 5 to 15 degrees about their heads, which are shifted by so much (deviation an axis)."""
    rng = np.random.default_rng([seed, views])
    ct = subject(str(seed))
    bends = {}
    for femur, socket in FEMURS.items():
        contact = contact_between(*(surface_points(ct.labels == label, ct.ras_from_ijk) for label in (femur, socket)))
        axis = rng.normal(size=3)
        turn = RigidTransform.from_rotation_vector(np.radians(rng.uniform(5, 15)) * axis / np.linalg.norm(axis))
        shift = contact.center_ras - turn.apply(contact.center_ras) + rng.normal(size=3) * shift_mm
        bends[femur] = RigidTransform(turn.rotation, shift)
    whole, bone = random_pose(ct, rng), decompose(ct)[0]
    parts = [(np.where((ct.labels > 0) & ~np.isin(ct.labels, list(FEMURS)), bone, 0), ct.ras_from_ijk, RigidTransform())]
    parts += [(np.where(ct.labels == label, bone, 0), ct.ras_from_ijk, bend) for label, bend in bends.items()]
    places = [RigidTransform(), turned_camera(SECOND_DEG["femurs"])][:views]
    xrays = rendered(parts, whole, places, seed)
    prepared = prepare(ct, PrepareSettings(library=False))
    problem, rigid = registered(ct, prepared, xrays, places, whole, rng)
    began = time.process_time()
    found = register_bones(problem, Poses.of(rigid), dict.fromkeys(FEMURS, JOINTED), seed=seed)
    seconds = time.process_time() - began
    bones = []
    for label, bend in bends.items():
        points = points_of(ct, label)
        number = [body.label for body in found.problem.bodies.each].index(label)
        verdict = found.verdicts[label]
        bones.append(
            {
                "rigid_mm": pose_errors(rigid, whole @ bend, CAMERA, points).mtre_mm,
                "mtre_mm": pose_errors(found.poses[label].rigid[0], whole @ bend, CAMERA, points).mtre_mm,
                "expected_mm": verdict.expected_mm,
                "trusted": verdict.trusted,
                "out_of_joint_mm": verdict.out_of_joint_mm,
                "ratio": ratio_of_points(found, number, whole @ bend, points),
            }
        )
    root, points = found.solved.state.poses[:1].rigid[0], points_of(ct, PELVIS)
    return {
        "bones": bones,
        "pelvis_rigid_mm": pose_errors(rigid, whole, CAMERA, points).mtre_mm,
        "pelvis_mm": pose_errors(root, whole, CAMERA, points).mtre_mm,
        "pelvis_ratio": ratio_of_points(found, 0, whole, points),
        "seconds": seconds,
    }


def ratio_of_points(found, number: int, truth: RigidTransform, points: np.ndarray) -> float:
    """Root mean square error of a body's points over what the covariance says."""
    variances = point_variances(found.problem, found.solved, number, points).sum(axis=1)
    off = found.solved.state.poses.rigid[number].apply(points) - truth.apply(points)
    return float(np.sqrt((off**2).sum(axis=1).mean() / variances.mean()))


def fragment(seed: int, name: str) -> dict:
    """A part of the pelvis displaced by 3 to 8 mm and turned by 2 to 6 degrees; two views."""
    rng = np.random.default_rng([seed, 3])
    ct = subject(name)
    if name != "real":  # the left hemipelvis without its femur
        ct = replace(ct, labels=np.select([ct.labels == 1, np.isin(ct.labels, (2, 3))], [2, 1], 0))
    middle = points_of(ct, 2).mean(axis=0)
    axis, way = rng.normal(size=3), rng.normal(size=3)
    turn = RigidTransform.from_rotation_vector(np.radians(rng.uniform(2, 6)) * axis / np.linalg.norm(axis))
    shift = way / np.linalg.norm(way) * rng.uniform(3, 8)
    bend = RigidTransform(turn.rotation, middle - turn.apply(middle) + shift)
    whole, bone = random_pose(ct, rng), decompose(ct)[0]
    motions = {1: RigidTransform(), 2: bend}
    parts = [(np.where(ct.labels == label, bone, 0), ct.ras_from_ijk, motion) for label, motion in motions.items()]
    places = [RigidTransform(), turned_camera(SECOND_DEG["fragment"])]
    xrays = rendered(parts, whole, places, seed)
    prepared = prepare(ct, PrepareSettings(library=False))
    problem, rigid = registered(ct, prepared, xrays, places, whole, rng)
    began = time.process_time()
    found = adjust(problem, Poses.of(rigid), Allowance(("fragments",), fragments=(2,), seed=seed))
    seconds = time.process_time() - began
    own = {body.label: n for n, body in enumerate(found.joint.bodies.each)}
    root = next(label for label in own if label != 2)
    poses = found.solved.state.poses.rigid
    return {
        "rigid_mm": pose_errors(rigid, whole @ bend, CAMERA, points_of(ct, 2)).mtre_mm,
        "mtre_mm": pose_errors(poses[own[2]], whole @ bend, CAMERA, points_of(ct, 2)).mtre_mm,
        "rest_rigid_mm": pose_errors(rigid, whole, CAMERA, points_of(ct, 1)).mtre_mm,
        "rest_mm": pose_errors(poses[own[root]], whole, CAMERA, points_of(ct, 1)).mtre_mm,
        "ratio": fragment_ratio(found, own[2], whole @ bend, points_of(ct, 2)),
        "accepted": found.is_accepted,
        "trusted": found.verdicts[2].trusted,
        "seconds": seconds,
    }


def fragment_ratio(found, number: int, truth: RigidTransform, points: np.ndarray) -> float:
    variances = point_variances(found.joint, found.solved, number, points).sum(axis=1)
    off = found.solved.state.poses.rigid[number].apply(points) - truth.apply(points)
    return float(np.sqrt((off**2).sum(axis=1).mean() / variances.mean()))


def warp(seed: int, views: int, name: str) -> dict:
    """Bone that differs by a smooth 2 mm (sums of Gaussian bumps of 35 to 70 mm), and a view that nobody used."""
    rng = np.random.default_rng([seed, views, 5])
    ct = subject(name)
    if name != "real":
        ct = replace(ct, labels=np.where(np.isin(ct.labels, PELVIS), ct.labels, 0))
    points = points_of(ct, np.unique(ct.labels[ct.labels > 0]))
    u = random_warp(points, rng, 2.0)
    new = warped(ct, u)
    whole = random_pose(ct, rng)
    moved = points + u(points)
    truth = whole @ best_rigid(points, moved)
    bone = np.where(new.labels > 0, decompose(new)[0], 0)
    places = [RigidTransform(), turned_camera(SECOND_DEG["warp"])][:views]
    unseen = turned_camera(UNSEEN_DEG)
    xrays = rendered([(bone, ct.ras_from_ijk, RigidTransform())], whole, [*places, unseen], seed)
    plain = replace(ct, labels=(ct.labels > 0).astype(np.int16))
    prepared = prepare(plain, PrepareSettings(library=False))
    problem, rigid = registered(plain, prepared, xrays[:views], places, truth, rng)
    began = time.process_time()
    found = adjust(problem, Poses.of(rigid), Allowance(("warp",), seed=seed))
    seconds = time.process_time() - began
    pose, state = found.solved.state.poses.rigid[0], found.solved.state
    coefficients = state.coefficients.numpy()
    block = found.joint.block
    off = pose.apply(points + block.displacement(points, coefficients)) - whole.apply(moved)
    few = points[::7]
    slopes = np.concatenate(
        [
            pose_slopes(state, found.joint, 0, few),
            np.einsum("ab,nm->nabm", pose.rotation, block.at(few)).reshape(len(few), 3, -1),
        ],
        axis=2,
    )
    variances = np.einsum("nai,ij,naj->na", slopes, found.solved.covariance, slopes)
    last = condition_view(view_of(xrays[-1], unseen, False), unseen.matrix)
    terms = make_level_views((last,), prepared, Poses.of(truth), Level(128, 7, 1))
    plain_joint, plain_solved = found.rigid
    at_truth = replace(plain_solved.state, poses=Poses.of(truth))
    fits = [
        float(agreement_of(joint, one, terms, False).similarity[0])
        for joint, one in ((plain_joint, plain_solved.state), (plain_joint, at_truth), (found.joint, state))
    ]
    return {
        "rigid_pose_mm": pose_errors(rigid, truth, CAMERA, points).mtre_mm,
        "pose_mm": pose_errors(pose, truth, CAMERA, points).mtre_mm,
        "rigid_points_mm": float(np.linalg.norm(rigid.apply(points) - whole.apply(moved), axis=1).mean()),
        "points_mm": float(np.linalg.norm(off, axis=1).mean()),
        "ratio": float(np.sqrt((off[::7] ** 2).sum(axis=1).mean() / variances.sum(axis=1).mean())),
        "unseen_rigid": fits[0],
        "unseen_at_truth": fits[1],
        "unseen": fits[2],
        "accepted": found.is_accepted,
        "trusted": found.trusted,
        "seconds": seconds,
    }


def random_warp(points: np.ndarray, rng: np.random.Generator, rms_mm: float):
    low, high = points.min(axis=0), points.max(axis=0)
    centers, ways, widths = rng.uniform(low, high, (60, 3)), rng.normal(size=(60, 3)), rng.uniform(35, 70, 60)

    def raw(places):
        return np.exp(-((places[:, None] - centers) ** 2).sum(axis=2) / (2 * widths**2)) @ ways

    scale = rms_mm / np.sqrt((raw(points) ** 2).sum(axis=1).mean())
    return lambda places: scale * raw(places)


def warped(ct: CTVolume, u) -> CTVolume:
    """What is at y was at y - u(y)."""
    from scipy import ndimage

    step = 4
    k, j, i = np.mgrid[tuple(slice(0, n, step) for n in ct.hu.shape)]
    moved = u(ct.ras_from_index(np.stack([i, j, k], axis=-1).reshape(-1, 3))).reshape(*k.shape, 3)
    shift = moved @ np.linalg.inv(ct.ras_from_ijk[:3, :3]).T
    at = np.mgrid[tuple(slice(0, n) for n in ct.hu.shape)].astype(np.float32)
    fine = [ndimage.map_coordinates(shift[..., axis], at / step, order=1, mode="nearest") for axis in (2, 1, 0)]
    places = [axis - own for axis, own in zip(at, fine, strict=True)]
    hu = ndimage.map_coordinates(ct.hu, places, order=1, mode="nearest")
    return replace(ct, hu=hu, labels=ndimage.map_coordinates(ct.labels, places, order=0, mode="nearest"))


def best_rigid(one: np.ndarray, other: np.ndarray) -> RigidTransform:
    """That brings points onto others (Kabsch)."""
    a, b = one - one.mean(axis=0), other - other.mean(axis=0)
    u, _, vt = np.linalg.svd(a.T @ b)
    rotation = vt.T @ np.diag([1, 1, np.linalg.det(vt.T @ u.T)]) @ u.T
    return RigidTransform(rotation, other.mean(axis=0) - rotation @ one.mean(axis=0))


def rod(seed: int, present: bool) -> dict:
    """New metal, or none; see metal_cases.py."""
    import metal_cases  # which is made of what is here

    return metal_cases.rod(seed, present)


KINDS = {
    "femurs, one view": lambda seed: femurs(seed, 1),
    "femurs shifted, one view": lambda seed: femurs(seed, 1, JOINTED.shift_mm),
    "femurs, two views": lambda seed: femurs(seed, 2),
    "fragment": lambda seed: fragment(seed, str(seed)),
    "fragment, real": lambda seed: fragment(seed, "real"),
    "warp, two views": lambda seed: warp(seed, 2, str(seed)),
    "warp, two views, real": lambda seed: warp(seed, 2, "real"),
    "warp, one view": lambda seed: warp(seed, 1, str(seed)),
    "rod": lambda seed: rod(seed, True),
    "no rod": lambda seed: rod(seed, False),
}


def case_of(kind: str, number: int) -> dict:
    """One case, as kept or made now."""
    path = FOLDER / f"{kind.replace(', ', '-').replace(' ', '_')}-{FIRST_SEED + number}.json"
    if path.exists():
        return json.loads(path.read_text())
    with torch.no_grad():
        found = KINDS[kind](FIRST_SEED + number)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, default=float))
    return found


def times_of(kind: str, count: int) -> list[float]:
    """Seconds of the first cases, as kept or run once more now; one goes before that is not counted, since it compiles."""
    path = FOLDER / f"times-{kind.replace(', ', '-').replace(' ', '_')}.json"
    if not path.exists():
        with torch.no_grad():
            seconds = [KINDS[kind](FIRST_SEED + number)["seconds"] for number in (0, *range(count))][1:]
        path.write_text(json.dumps(seconds))
    found: list[float] = json.loads(path.read_text())
    return found
