"""Simulated sequences of two knees that bend by 60 degrees in 60 frames: femur and tibia followed, in one view and in two.

The knees are the two of ``limb_ct`` (real CTs with slices of 3.27 mm), femur and tibia cut apart at the joint's slice; a
patella that is apart moves half as far, soft tissue with the bone that it lies at. X-rays are noisy 8-bit fluoroscopy, whose
exposure changes with what they show; a steel rod crosses the joint. The same CT is what is followed, so that its model is
right but for where it ends; everything else of a sequence comes from a seed that nothing was chosen on. Sequences are kept
frame by frame, and a run that was stopped goes on.
"""

import hashlib
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from common import CACHE, DATA, REPOSITORY, Benchmark, needed, row
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.application.track_record import read_track_file, write_track_file
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from RayEmbRegistrationLib.tracking.body import Body, body_of_ct
from RayEmbRegistrationLib.tracking.frame_view import FrameView, frame_view
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.tracking.tracker import TrackRequest, follow
from RayEmbRegistrationLib.tracking.verdict import IN_95_OF_100, INNER
from RayEmbRegistrationLib.volumes.bone import find_skeleton
from RayEmbRegistrationLib.xray.view import XrayView
from scipy import ndimage

KNEES = ("STS_028", "STS_042")
FOLDER = CACHE / "tracking_simulated"
FRAMES, BEND_DEG = 60, 60.0
FIRST = FRAMES  # of them that are tracked
FEMUR, TIBIA, OTHER = 1, 2, 3
NAMES = {FEMUR: "femur", TIBIA: "tibia"}
CAMERA = Camera.from_detector((384, 384), (0.8, 0.8), 1100.0)
SOURCE_TO_JOINT_MM = 800.0
ANGLES = ((85.0, 5.0), (20.0, -5.0))  # of the receptor: about lateral, about frontal
START_DEG, START_MM = 5.0, 5.0
OVERLAY_MM, PLACE_MM, PLACE_DEG = 2.0, 4.0, 4.0  # beyond it a frame is lost: twice what the verdicts allow of a deviation
ROD_MM, ROD_TIME = 6.0, (1 / 3, 2 / 3)  # share of the sequence in which it crosses
SEED = 6101
SEQUENCES = 4  # two knees, by two views and by one
DENSE_HU, SLICES_NEAR = 150, 4  # that show the joint's gap
LONGER = 25  # slices by which the leg goes on in the X-rays beyond the CT's ends, as its last slices are


@dataclass(frozen=True, eq=False)
class Knee:
    """A knee's CT with femur and tibia labelled, where it bends, and what of it moves with which bone."""

    ct: CTVolume
    joint: np.ndarray
    axis: np.ndarray
    parts: dict[int, tuple[JosephProjector, JosephProjector]]


def run(quick: bool = False) -> Benchmark:
    """All rows."""
    asked = [(number, views) for views in (2, 1) for number in range(len(KNEES))][: 3 if quick else SEQUENCES]
    cases = []
    for number, views in asked:
        cases += sequence(KNEES[number], views, SEED + number, 3 if quick else FIRST)
    rows = []
    for views, words in ((2, "two views"), (1, "one view")):
        own = [case for case in cases if case["views"] == views]
        if not own:
            continue
        lost = [case for case in own if case["lost"]]
        missed = [case for case in lost if case["trusted"]]
        mm, degrees = np.median([(case["overlay_mm"], case["rotation_deg"]) for case in own], axis=0)
        rows.append(row(f"{words}: frames lost, of {len(own)}", "2 %", f"{len(lost)} ({100 * len(lost) / len(own):.1f} %)"))
        for half, name in ((range(FRAMES // 2), "first"), (range(FRAMES // 2, FRAMES), "second")):
            of_half = [case["lost"] for case in own if case["frame"] in half]
            if of_half:
                rows.append(row(f"{words}: of the {name} half", "2 %", f"{sum(of_half)} of {len(of_half)}"))
        rows.append(row(f"{words}: lost frames not flagged", "0", f"{len(missed)}"))
        flagged = sum(not case["trusted"] for case in own) - (len(lost) - len(missed))
        rows.append(row(f"{words}: frames flagged though they are not lost", "-", f"{flagged}"))
        rows.append(
            row(
                f"{words}: error in the image (mean of the bone); rotation, medians",
                "-",
                f"{mm:.2f} mm; {degrees:.2f} degrees",
            )
        )
        if views == 2:
            far = np.median([case["place_mm"] for case in own])
            rows.append(row(f"{words}: place in space, median", "-", f"{far:.2f} mm"))
        else:
            aside, deep = np.median([(case["middle_mm"], case["depth_mm"]) for case in own], axis=0)
            said = "middle of the bone across the view; in depth, medians"
            rows.append(row(f"{words}: {said}", "-", f"{aside:.2f} mm; {deep:.1f} mm"))
        rows += covered(words, own, views)
        rows.append(row(f"{words}: time a frame", "-", f"{np.median([case['seconds'] for case in own]):.2f} s"))
    which = ", ".join(f"{KNEES[number]} by {views}" for number, views in asked)
    note = (
        f"{len(asked)} sequences of {FRAMES} frames, of which the first {FIRST} are tracked; knees and numbers of views: "
        f"{which}. Lost is a frame where a bone is "
        f"over {OVERLAY_MM:g} mm aside in a view, or, of two views, over {PLACE_MM:g} mm or {PLACE_DEG:g} degrees off; "
        "flagged is one whose overlay the tracker does not trust, or, of two views, its place. The X-rays are of the CT "
        f"that is followed. The bound of 95 % is {IN_95_OF_100:g} times the error that the tracker says to expect of "
        "what is drawn of a bone, its turn and its middle, in all frames. Processor time, one thread."
    )
    return Benchmark(rows, cases, note)


def covered(words: str, cases: list[dict], views: int) -> list[dict]:
    """Whether the errors that the verdicts say to expect are those that are there: lost frames too."""
    bones = [bone for case in cases for bone in case["bones"]]
    kinds = {"across_mm": "across the view", "rotation_deg": "rotation"}
    kinds |= {"place_mm": "place in space"} if views > 1 else {}
    rows = []
    for key, kind in kinds.items():
        true, told = (np.array([bone[part][key] for bone in bones]) for part in ("true", "expected"))
        within = int((true <= IN_95_OF_100 * told).sum())
        ratio = np.sqrt(np.mean((true / told) ** 2))
        reached = f"{within} of {len(bones)} ({100 * within / len(bones):.1f} %); {ratio:.2f}"
        rows.append(row(f"{words}, {kind}: errors within the bound of 95 %; rms of error / expected", "95 %; 1", reached))
    return rows


def labelled(ct: CTVolume) -> CTVolume:
    """Femur above the slice in which there is least dense bone between condyles and plateau, tibia below; others apart."""
    skeleton = find_skeleton(replace(ct, labels=None)).mask
    pieces, count = ndimage.label(skeleton)
    main = pieces == np.argmax(np.bincount(pieces.ravel(), minlength=count + 1)[1:]) + 1
    area = (main & (ct.hu > DENSE_HU)).sum(axis=(1, 2))
    near = range(SLICES_NEAR, len(area) - SLICES_NEAR)
    dips = {n: min(area[n - SLICES_NEAR : n].max(), area[n + 1 : n + 1 + SLICES_NEAR].max()) - area[n] for n in near}
    joint = max(dips, key=lambda n: dips[n])
    is_above = (np.arange(len(area)) >= joint) == (ct.ras_from_ijk[2, 2] > 0)
    labels = np.where(main, np.where(is_above[:, None, None], FEMUR, TIBIA), np.where(skeleton, OTHER, 0))
    return CTVolume(ct.hu, ct.ras_from_ijk, labels.astype(np.uint16))


def longer(ct: CTVolume) -> CTVolume:
    """The leg beyond both ends of its CT."""
    hu, labels = (np.pad(values, ((LONGER, LONGER), (0, 0), (0, 0)), mode="edge") for values in (ct.hu, ct.labels))
    matrix = ct.ras_from_ijk.copy()
    matrix[:3, 3] -= LONGER * matrix[:3, 2]
    return CTVolume(hu, matrix, labels)


def knee_of(name: str) -> Knee:
    """The joint is between the bones' nearest parts; it bends about the condyles' widest direction."""
    ct = labelled(open_ct(needed(DATA / "limb_ct" / f"{name}.nii.gz")).volume)
    points = {label: ct.ras_from_index(np.argwhere(ct.labels == label)[:, ::-1]) for label in NAMES}
    low, high = np.percentile(points[FEMUR][:, 2], 1), np.percentile(points[TIBIA][:, 2], 99)
    level = (low + high) / 2
    condyles = points[FEMUR][points[FEMUR][:, 2] < level + 30]
    joint = condyles.mean(axis=0)
    across = np.linalg.eigh(np.cov(condyles[:, :2].T))[1][:, 1]
    axis = np.array([*across, 0.0])
    shank = points[TIBIA][points[TIBIA][:, 2] < np.percentile(points[TIBIA][:, 2], 20)].mean(axis=0) - joint
    axis = axis if np.cross(axis, shank)[1] < 0 else -axis  # the foot goes back
    leg = longer(ct)
    bone, body = decompose(leg)
    above = (leg.ras_from_ijk[2, 3] + leg.ras_from_ijk[2, 2] * np.arange(len(leg.labels)) > level)[:, None, None]
    parts = {}
    for label in (FEMUR, TIBIA, OTHER):
        soft = (
            np.where(above, body, 0)
            if label == FEMUR
            else np.where(above, 0, body)
            if label == TIBIA
            else np.zeros_like(body)
        )
        own = np.where(leg.labels == label, bone, 0)
        parts[label] = tuple(
            JosephProjector(torch.as_tensor(np.ascontiguousarray(v, dtype=np.float32)), leg.ras_from_ijk)
            for v in (own, soft)
        )
    return Knee(ct, joint, axis, parts)


def truth(knee: Knee, frame: int) -> dict[int, RigidTransform]:
    """rig_from_body of a frame, the rig being the CT's frame as the femur has it when it starts."""
    time_ = frame / (FRAMES - 1)
    share = time_ * time_ * (3 - 2 * time_)
    drift = np.array([0.02 * np.sin(5 * time_), 0.03 * time_, 0.0, 6 * np.sin(3 * time_), 4 * time_, -5 * time_])
    femur = moved(RigidTransform(), knee.joint, drift)
    bend = femur @ moved(RigidTransform(), knee.joint, np.r_[np.radians(BEND_DEG) * share * knee.axis, 0, 0, 0])
    half = femur @ moved(RigidTransform(), knee.joint, np.r_[np.radians(BEND_DEG / 2) * share * knee.axis, 0, 0, 0])
    turned_in = moved(RigidTransform(), knee.joint, np.array([0, 0, np.radians(8.0) * share, 0, -4.0 * share, 0]))
    return {FEMUR: femur, TIBIA: bend @ turned_in, OTHER: half}


def places(knee: Knee) -> list[RigidTransform]:
    return [camera_from_ras_of_c_arm(*angles, 0.0, knee.joint, SOURCE_TO_JOINT_MM) for angles in ANGLES]


def rod(frame: int, view: int) -> np.ndarray | None:
    """(H, W) mm of a steel rod that crosses the image, or None before and after it does."""
    first, last = (round(share * FRAMES) for share in ROD_TIME)
    if not first <= frame < last:
        return None
    share = (frame - first) / (last - first)
    pixel = CAMERA.pixel_spacing_mm[0] * SOURCE_TO_JOINT_MM / CAMERA.source_to_detector_mm
    y, x = (np.mgrid[: CAMERA.height, : CAMERA.width] - CAMERA.height / 2) * pixel
    angle = np.radians(35 + 40 * view)
    across = x * np.cos(angle) + y * np.sin(angle) - (share - 0.5) * 120
    along = y * np.cos(angle) - x * np.sin(angle)
    chord = 2 * np.sqrt(np.clip((ROD_MM / 2) ** 2 - across**2, 0, None))
    return (chord * (along > -20)).astype(np.float32)


def picture(
    knee: Knee, poses: dict[int, RigidTransform], place: RigidTransform, frame: int, how: tuple[int, int]
) -> np.ndarray:
    """(H, W) 8-bit fluoroscopy; ``how`` is the view's number and the seed."""
    view, seed = how
    bone, soft = (
        sum(knee.parts[label][kind].render(place @ pose, CAMERA)[0].numpy() for label, pose in poses.items())
        for kind in (0, 1)
    )
    paths = MaterialPaths(bone, np.maximum(soft - bone, 0), rod(frame, view))
    settings = SimulationSettings(
        kvp=65.0, photons_per_pixel=900.0, scatter_fraction=0.3, gas_pockets=0, display="windowed", add_body=False
    )
    return simulate_xray(paths, settings, np.random.default_rng((seed, frame, view))).pixels


def sequence(name: str, count: int, seed: int, frames: int) -> list[dict]:
    """One sequence tracked: a record a frame, taken from the cache where it is there."""
    path = FOLDER / f"{name}_{count}_{seed}_{frames}_{of_code()}.json"
    begun = FOLDER / f"{name}_{count}_{seed}_{of_code()}"
    if path.exists():
        return json.loads(path.read_text())
    knee = knee_of(name)
    bodies = tuple(body_of_ct(knee.ct, NAMES[label], label) for label in NAMES)
    rig = places(knee)[:count]
    spent: dict[int, float] = {}

    def read(frame: int) -> list[FrameView]:
        began = time.process_time()
        poses = truth(knee, frame)
        views = []
        for number, place in enumerate(rig):
            pixels = picture(knee, poses, place, frame, (number, seed)).astype(np.float32)
            views.append(frame_view(XrayView.of_camera(pixels, CAMERA, camera_from_rig=place)))
        spent[frame] = spent.get(frame, 0.0) - (time.process_time() - began)
        return views

    began = [time.process_time()]
    half, times = (begun.with_name(f"{begun.name}.{kind}") for kind in ("half", "seconds"))  # more frames go on from it
    track = None
    if half.exists() and times.exists():
        track = read_track_file(half)
        track.frames = {frame: found for frame, found in track.frames.items() if frame < frames}
        spent |= {int(frame): seconds for frame, seconds in json.loads(times.read_text()).items()}

    def shown(track, frame: int) -> None:
        now = time.process_time()
        spent[frame] += now - began[0]
        began[0] = now
        FOLDER.mkdir(parents=True, exist_ok=True)
        write_track_file(half, track)
        times.write_text(json.dumps(spent))
        done = record(knee, track.frames[frame], bodies, rig, frame)
        del done["bones"]
        print(f"  {name}, {count} views: {done}, {spent[frame]:.1f} s", flush=True)

    rng = np.random.default_rng(seed)
    start = {}
    for body in bodies:
        turn, shift = (axis / np.linalg.norm(axis) for axis in rng.normal(size=(2, 3)))
        start[body.name] = moved(
            truth(knee, 0)[_label(body)], body.center, np.r_[turn * np.radians(START_DEG), shift * START_MM]
        )
    track = follow(TrackRequest(bodies, tuple(range(frames)), start, 0), read, track, preview=shown)
    records = [record(knee, track.frames[frame], bodies, rig, frame) for frame in range(frames)]
    for one in records:
        one |= {"knee": name, "views": count, "seconds": round(spent[one["frame"]], 2)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records))
    return records


def of_code() -> str:
    """What changes where the tracker does, or this file: a result of other code is not gone on with."""
    files = [
        *sorted((REPOSITORY / "RayEmbRegistration" / "RayEmbRegistrationLib" / "tracking").glob("*.py")),
        Path(__file__),
    ]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def _label(body: Body) -> int:
    return next(label for label, name in NAMES.items() if name == body.name)


def record(knee: Knee, found: dict, bodies: tuple[Body, ...], rig: list[RigidTransform], frame: int) -> dict:
    """The worst of a frame's bodies, whether all are trusted, and what is expected and true of each."""
    overlay, place_mm, degrees, bones, middle, depth = [], [], [], [], [], []
    for body in bodies:
        true, pose = truth(knee, frame)[_label(body)], found[body.name].pose
        points = INNER * body.corners + (1 - INNER) * body.center
        motion = motion_between(true, pose, body.center)
        place_mm.append(float(np.linalg.norm(motion[3:])))
        degrees.append(float(np.degrees(np.linalg.norm(motion[:3]))))
        own = []
        for place in rig:
            one, other = (place.apply(p.apply(points)) for p in (true, pose))
            aside = np.linalg.norm(other[:, :2] / other[:, 2:] * one[:, 2:] - one[:, :2], axis=1)
            own.append(float(aside.mean()))
        one, other = (rig[0].apply(p.apply(body.center)) for p in (true, pose))
        middle.append(float(np.linalg.norm(other[:2] / other[2] * one[2] - one[:2])))
        depth.append(float(abs(other[2] - one[2])))
        overlay.append(max(own))
        verdict = found[body.name].verdict
        bones.append(
            {
                "body": body.name,
                "how": found[body.name].how,
                "similarity": round(verdict.similarity, 3),
                "true": _rounded(max(own), place_mm[-1], degrees[-1]),
                "expected": _rounded(verdict.overlay_mm, verdict.position_mm, verdict.rotation_deg),
            }
        )
    is_lost = max(overlay) > OVERLAY_MM
    trusted = all(own.verdict.overlay for own in found.values())
    if len(rig) > 1:
        is_lost |= max(place_mm) > PLACE_MM or max(degrees) > PLACE_DEG
        trusted = trusted and all(own.verdict.position for own in found.values())
    similarity = min(own.verdict.similarity for own in found.values())
    return {
        "frame": frame, "overlay_mm": round(max(overlay), 3), "place_mm": round(max(place_mm), 3),
        "rotation_deg": round(max(degrees), 3), "middle_mm": round(max(middle), 3), "depth_mm": round(max(depth), 3),
        "similarity": round(similarity, 3), "lost": bool(is_lost),
        "trusted": trusted, "bones": bones,
    }  # fmt: skip


def _rounded(across_mm: float, place_mm: float, rotation_deg: float) -> dict[str, float]:
    """Errors by their names."""
    return {"across_mm": round(across_mm, 3), "place_mm": round(place_mm, 3), "rotation_deg": round(rotation_deg, 3)}
