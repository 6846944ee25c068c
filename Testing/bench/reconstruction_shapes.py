"""Patients without a CT: a shape model of drawn pelves, fitted to X-rays of pelves that it was not made of."""

import json
import time

import numpy as np
from common import CACHE, DATA, NotHereError, median, needed, rounded, row

INDIVIDUALS, FIRST_OF_MODEL, SPACING_MM, MODES = 40, 100, 4.0, 20
PATIENTS, FIRST_PATIENT, PATIENT_MM, PIXELS = 30, 880_000, 2.5, 192
ANGLES_DEG = {1: (0.0,), 2: (-30.0, 30.0), 4: (-45.0, -15.0, 15.0, 45.0)}
PLACE = CACHE / "reconstruction"
FAR_MM = 20.0
REAL = 10  # draws of views of the real pelvis


def shape_rows(quick: bool = False) -> list[dict]:
    """Dice and surface, by number of views; only of patients that were fitted so far."""
    rows = []
    for views, patients in ((2, PATIENTS), (1, PATIENTS // 2)):
        own = [fitted(number, views, quick) for number in range(2 if quick else patients)]
        name = f"no CT, {len(own)} drawn pelves, {'one view' if views == 1 else f'{views} views'}"
        asked = ("0.85", "2.0 mm") if views == 2 else ("", "")
        rows += [
            row(f"{name}: Dice of all bone, in place, median", asked[0], f"{np.median([one['dice'] for one in own]):.2f}"),
            row(f"{name}: surface, in place, median", asked[1], median([one["surface_mm"] for one in own])),
            row(
                f"{name}: the mean shape's Dice at the true place", "", f"{np.median([one['mean_dice'] for one in own]):.2f}"
            ),
            row(f"{name}: the mean shape's surface at the true place", "", median([one["mean_surface_mm"] for one in own])),
            row(f"{name}: processor time of the fit, median", "", median([one["core_seconds"] for one in own], "core-s")),
        ]
    return [*rows, *real_rows(quick)]


def real_rows(quick: bool = False) -> list[dict]:
    """The same of the real pelvis, seen from so many sides; none where it is not here."""
    try:
        own = [fitted(number, 2, quick, "real") for number in range(1 if quick else REAL)]
    except NotHereError as absent:
        print(f"  the real pelvis left out: {absent}")
        return []
    name = f"no CT, the real pelvis by the drawn ones' shapes, 2 views, {len(own)} draws"
    return [
        row(f"{name}: Dice of all bone, in place, median", "stated", f"{np.median([one['dice'] for one in own]):.2f}"),
        row(f"{name}: surface, in place, median", "stated", median([one["surface_mm"] for one in own])),
        row(f"{name}: the mean shape's Dice at the true place", "", f"{np.median([one['mean_dice'] for one in own]):.2f}"),
        row(f"{name}: the mean shape's surface at the true place", "", median([one["mean_surface_mm"] for one in own])),
    ]


def real_pelvis():
    """Its bone as a label, every second voxel."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.volumes.bone import find_skeleton

    ct = open_ct(needed(DATA / "pelvis" / "ct.nii.gz")).volume
    labels = find_skeleton(ct).mask.astype(np.int16)
    half = (slice(None, None, 2),) * 3
    return CTVolume(ct.hu[half], ct.ras_from_ijk @ np.diag([2.0, 2.0, 2.0, 1.0]), labels[half])


def model():
    """Of drawn individuals, made once."""
    from RayEmbRegistrationLib.application.shapes import drawn_shape, shape_model
    from RayEmbRegistrationLib.reconstruction.shape_model import ShapeModel

    path = PLACE / "pelvis-shapes.safetensors"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shapes = [drawn_shape("pelvis", FIRST_OF_MODEL + number, SPACING_MM) for number in range(INDIVIDUALS)]
        shape_model(shapes, SPACING_MM, MODES, f"{INDIVIDUALS} drawn pelves").save(path)
    return ShapeModel.load(path)


def fitted(number: int, count: int, quick: bool, kind: str = "shape") -> dict:
    """One patient by so many views, or one draw of views of the real pelvis, kept."""
    path = PLACE / ("quick" if quick else "runs") / f"{kind}{number:02d}of{count}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(fit(number, count, real_pelvis() if kind == "real" else None)), encoding="utf-8")
        print(f"  patient {number}, {count} views: {path.read_text(encoding='utf-8')}", flush=True)
    told: dict = json.loads(path.read_text(encoding="utf-8"))
    return told


def fit(number: int, count: int, patient=None) -> dict:
    """X-rays made, the shape fitted with no start pose, and what it came to."""
    from dataclasses import replace

    from RayEmbRegistrationLib.application.shapes import fit_to_xrays
    from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom
    from RayEmbRegistrationLib.simulation.view import simulate
    from RayEmbRegistrationLib.simulation.xray import SimulationSettings

    rng = np.random.default_rng([FIRST_PATIENT, number])
    ct = patient or make_pelvis_phantom(FIRST_PATIENT + number, PATIENT_MM)
    bone = replace(ct, hu=np.where(ct.labels > 0, ct.hu, 0).astype(np.int16))  # the body is added by the simulation
    middle, camera = bone_center(ct), default_camera(PIXELS)
    tilt, place = rng.uniform(-1, 1, 3) * (8, 10, 6), rng.uniform(-1, 1, 3) * (15, 15, 30) + (0, 0, 780)
    poses = [pose_from_ap(middle, tilt + np.array([angle, 0, 0]), place) for angle in ANGLES_DEG[count]]
    views = []
    for turn, pose in enumerate(poses):
        settings = SimulationSettings.easy(np.random.default_rng([FIRST_PATIENT, number, turn]))
        seen = simulate(bone, pose, camera, replace(settings, display="log", inverted=False), number)
        views.append(seen.with_geometry(camera_from_rig=pose @ poses[0].inverse(), bone_is_bright=True))
    worked = time.process_time()
    shapes = model()
    found = fit_to_xrays(shapes, views)
    spent = time.process_time() - worked
    told = scores(shapes, ct, poses[0], shapes.distance(found.fit.weights), found.poses[0].matrix)
    at_truth = poses[0].matrix.copy()
    box = np.argwhere(ct.labels > 0)[:, ::-1]
    at_truth[:3, 3] += at_truth[:3, :3] @ ct.ras_from_index((box.min(axis=0) + box.max(axis=0)) / 2)
    mean = scores(shapes, ct, poses[0], shapes.mean, at_truth)
    more = {"seen": found.fit.seen, "similarity": found.fit.similarity, "core_seconds": rounded(spent)}
    return told | {f"mean_{key}": value for key, value in mean.items()} | more


def scores(shapes, ct, pose, distance: np.ndarray, camera_from_shape: np.ndarray) -> dict:
    """Dice and mean distance of the surfaces, of a shape placed by a pose against the patient's bone at the true one."""
    from scipy import ndimage

    spacing = float(np.linalg.norm(ct.ras_from_ijk[:3, 0]))
    true = ct.labels > 0
    field = np.where(true, -ndimage.distance_transform_edt(true), ndimage.distance_transform_edt(~true)) * spacing
    matrix = np.linalg.inv(shapes.ras_from_ijk) @ np.linalg.inv(camera_from_shape) @ pose.matrix @ ct.ras_from_ijk
    flip = np.eye(3)[::-1]
    moved = ndimage.affine_transform(
        distance, flip @ matrix[:3, :3] @ flip, matrix[:3, 3][::-1], ct.labels.shape, order=1, cval=FAR_MM
    )
    own = moved < 0
    near = (np.abs(field)[np.abs(moved) < spacing / 2].mean() + np.abs(moved)[np.abs(field) <= spacing].mean()) / 2
    return {"dice": rounded(2 * (own & true).sum() / (own.sum() + true.sum())), "surface_mm": rounded(near)}
