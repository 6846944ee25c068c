"""Registrations with known truth for the calibration of quality, made once and kept: right, lost and impossible ones.

Poses and starts follow from a subject's name. What is found is kept as a file a run, so that features can be worked out
again without registering again.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from camera_xrays import distorted
from common import DATA, start_near
from quality_extras import camera_off, rig_off, with_implant
from quality_xrays import (
    CALIBRATE,
    FOLDER,
    ISOLATED,
    JUDGE,
    LIMB_GROUPS,
    LIMBS,
    OTHER,
    REAL_PELVIS,
    Group,
    group_of,
    moved_part,
    prepared_of,
    role_of,
    seed_of,
    with_landmarks,
)
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.simulation.cases import default_camera

RIGHT = ("near", "near pair", "off", "off pair", "far")
WRONG = ("distance", "distance aligned", "distance pair", "mirrored", "other patient", "moved bone")
QUICK = (*RIGHT, *WRONG)
SEARCHED = ("search", "distance search")
LANDMARKED = ("both", "both pair", "distance both", "mirrored both", "other patient both")
LONG = ("start", "pair", "mirrored start", "other patient start", *SEARCHED, *LANDMARKED)
CAMERA_OFF = ("camera", "camera pair")
EXTRA = ("implant", "implant pair", *CAMERA_OFF)
ALONE = ("near", "off", "off pair", "far", "start", "pair")  # kinds of an isolated bone
IMPOSSIBLE = (*WRONG, *(kind for kind in LONG if kind.startswith(("distance", "mirrored", "other patient"))))
ROUNDS = {  # kinds of each group in turn
    "calibrate": ((0, QUICK), (4, QUICK), (5, QUICK), (4, SEARCHED), (4, LONG[2:4]), (4, LANDMARKED), (4, EXTRA)),
    "judge": (
        *((4, QUICK), (5, QUICK), (6, QUICK), (7, QUICK), (8, QUICK)),
        *((4, SEARCHED), (5, SEARCHED), (4, LANDMARKED), (5, LANDMARKED)),
        *((6, LONG[:4]), (4, LONG[:1]), (5, LONG[2:4]), (6, LONG[4:]), (5, LONG[:1]), (5, EXTRA)),
    ),
    "limb": tuple(
        turn
        for number in LIMB_GROUPS
        for turn in (
            (number, ("both", "off", "start", "pair")),
            *(((number, EXTRA),) if number in (6, 9) else ()),
            (number, WRONG if number % 2 else ("both pair", "near", "off pair", "mirrored both", "other patient both")),
        )
    ),
    "isolated": (
        *((number, (*ALONE, "mirrored", "other patient", *(("both",) * (number > 4)))) for number in (4, 5, 6)),
        (5, EXTRA),
    ),
}
ROLES = (("limb", LIMBS), ("isolated", ISOLATED), ("calibrate", CALIBRATE), ("judge", JUDGE))
REAL = 30  # X-rays of the real pelvis
WRONG_DISTANCE = 1.05
VERSION = 15  # of the evidence; raise it when what is seen changes
SPREADS = ("spread", "noise_spread", "edge_spread", "camera_spread")


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
        for name, subjects in ROLES:
            if turn < len(ROUNDS[name]):
                number, kinds = ROUNDS[name][turn]
                yield from ((s, number, kind) for s in (subjects[:2] if quick else subjects) for kind in kinds)
        if turn == 1 or quick:
            yield from real_runs(quick)


def real_runs(quick: bool = False) -> Iterator[tuple[str, int, str]]:
    """Likewise of the X-rays simulated from a real pelvis, where they are here."""
    from pelvis_cases import make_cases

    if (DATA / "pelvis").exists():
        count = 1 if quick else REAL
        make_cases(count, 0)
        for number in range(count):
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


def save_run(path: Path, about: dict, prepared, views, settings, truths: "Truth") -> None:
    """Register and keep what came of it."""
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
    places = truths.places(points)
    about |= errors_of(found, points, places[0])
    about["overlay_mm"] = max(
        overlay_mm(view.camera.project(view.camera_from_ras.apply(points)), own, truths.camera)
        for view, own in zip(result.views, places, strict=True)
    )
    about |= {"similarity": quality.similarity, "runner_up": quality.runner_up, "core_seconds": seconds}
    about |= {"timing": dict(result.timing_s), "mirrored": result.views[0].mirrored, "views": len(result.views)}
    about |= {name: getattr(quality.evidence, name) for name in ("inlier_share", "landmark_mm")}
    about |= {"depth_limits": depth_limits(prepared, views, settings), "start": start_of(views, settings)}
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
    content = {name: value for name, value in vars(evidence).items() if name != "camera"}
    for name in ("competing", "distance", *SPREADS):
        content[name] = vars(content[name])
    content["covariance"] = evidence.covariance.tolist()
    content["camera"] = evidence.camera.content()
    return json.loads(json.dumps(content, default=lambda value: value.item()))


def start_of(views, settings) -> dict | None:
    """The start of the first view, and what it was said to be good to."""
    if views[0].start is None:
        return None
    size = {"rotation_deg": settings.start_rotation_deg, "translation_mm": settings.start_translation_mm}
    return {"pose": views[0].start.matrix.tolist(), **size}


def depth_limits(prepared, views, settings) -> tuple[float, float] | None:
    """(least, most) depth of the bone that ``register`` allows one view; None for several, which have wide limits."""
    from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
    from RayEmbRegistrationLib.pose.strategies.start import START_DEPTH_SLACK_MM

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


def overlay_mm(pixels: np.ndarray, true: np.ndarray, camera) -> float:
    """Mean distance of points as they are drawn (N, 2) from where the X-ray shows them, mm at the bone.

    Args:
        pixels: of the X-ray as it is stored.
        true: (N, 3) their true places, in the frame of the camera that took it.
        camera: that camera.
    """
    focal = abs(np.linalg.det(camera.K[:2, :2])) ** 0.5
    return float((np.linalg.norm(pixels - camera.project(true), axis=1) * true[:, 2] / focal).mean())


@dataclass(frozen=True, eq=False)
class Truth:
    """Where points really are.

    Attributes:
        in_first: gives the places of points (N, 3) RAS in the first camera's frame.
        from_first: each true camera from the first.
        camera: that took the X-rays.
    """

    in_first: Callable[[np.ndarray], np.ndarray]
    from_first: tuple[RigidTransform, ...]
    camera: object

    def places(self, points: np.ndarray) -> list[np.ndarray]:
        """Of points (N, 3) RAS, by view, in its camera's frame."""
        first = self.in_first(points)
        return [camera.apply(first) for camera in self.from_first]


def setup(kind: str, prepared, group: Group, rng: np.random.Generator, subject: str, number: int):
    """Views, settings and true places of one registration.

    near: refined from 3 degrees and 3 mm; off: from 9 degrees and 9 mm; far: from 20 degrees and 30 mm; start: looked for
    around a start 8 degrees and 8 mm off at most; search: no start; pair: two views. distance: the source-to-detector
    distance is 5 % too long or too short; aligned: and the start was made with that camera, so that it is off in depth;
    mirrored: the image is, as that of the other side would be, from the likeliest start; other patient: X-ray of another
    individual; moved bone: one bone has turned since the CT; implant: there is one that the CT lacks; camera: what a
    calibration says of it is as far off as calibrations are (refined from 3 degrees and 3 mm).
    """
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.xray.view import XrayView

    pair = kind.endswith("pair")
    first = RigidTransform.from_matrix(group.poses[0])
    second = RigidTransform.from_matrix(group.poses[1])
    if kind.startswith("implant"):
        group = with_implant(subject, number)
    pixels, bright = list(group.pixels[:2]), list(group.bright[:2])
    chosen, rig = default_camera(pixels[0].shape[1]), second @ first.inverse()
    refined = kind in (*QUICK, *CAMERA_OFF)
    settings = RegistrationSettings(refine_only=refined)
    truth, truths = first, first.apply
    if kind.startswith("distance"):
        ratio = 1 / WRONG_DISTANCE if number >= OTHER and number % 2 else WRONG_DISTANCE
        chosen = replace(chosen, K=chosen.K * np.array([[ratio, 1, 1], [1, ratio, 1], [1, 1, 1]]))
        chosen = replace(chosen, source_to_detector_mm=chosen.source_to_detector_mm * ratio)
        if kind == "distance aligned":
            depth = first.apply(prepared.center_ras)[2]
            truth = RigidTransform(first.rotation, first.translation + np.array([0, 0, depth * (ratio - 1)]))
    elif kind.startswith("camera"):
        chosen, k1 = camera_off(chosen, rng)
        pixels, rig = [distorted(each, k1) for each in pixels], rig_off(rig, first.apply(prepared.center_ras), rng)
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
    size = {"off": (9, 9), "off pair": (9, 9), "far": (20, 30)}.get(kind, (8, 8) if kind in (*LONG, *EXTRA[:2]) else (3, 3))
    start = None if kind in (*SEARCHED, *LANDMARKED) else start_near(truth, prepared.center_ras, *size, rng)
    known = rng.random() < 0.5  # polarity
    views = [
        XrayView.of_camera(
            pixels[n].astype(np.float32),
            chosen,
            bone_is_bright=bool(bright[n]) if (known or refined) and bright[n] is not None else None,
            camera_from_rig=(rig if n else RigidTransform()) if pair else None,
            start=start if n == 0 else None,
        )
        for n in range(2 if pair else 1)
    ]
    true_camera = default_camera(pixels[0].shape[1])
    from_first = tuple(second @ first.inverse() if n else RigidTransform() for n in range(len(views)))
    return views, settings, Truth(truths, from_first, true_camera)


def _stranger(subject: str, number: int) -> str:
    """Another individual, of the same kind where there is one, whose X-rays have that number too."""
    subjects = dict(ROLES)[role_of(subject)]
    kin, dash, at = subject.rpartition("-")
    family = [s for s in subjects if dash and s.startswith(f"{kin}-") and s != subject]
    if family:
        return family[(number + int(at)) % len(family)]
    others = [s for s in subjects if s != subject]
    return others[seed_of(subject, number) % len(others)]


def _moved_truth(subject: str, prepared, group: Group, first: RigidTransform) -> Callable[[np.ndarray], np.ndarray]:
    """Where points are when one bone has moved."""
    part, motion = moved_part(subject, prepared, group), RigidTransform.from_matrix(group.moved_ras)
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
    from quality_packed import packed

    torch.set_num_threads(1)
    for subject, number, kind in runs_to_make(quick):
        if f"{subject}.{number}.{kind}" in packed():
            continue
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
