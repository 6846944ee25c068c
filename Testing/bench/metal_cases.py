"""Cases of the benchmark joint: a rod of steel that the CT does not hold, in four X-rays, and a fifth that nobody used."""

from dataclasses import replace

import numpy as np
import torch
from joint_cases import CAMERA, PELVIS, points_of, random_pose, registered, subject, turned_camera, view_of
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.references import NanoDrrProjector
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.rod import Rod
from RayEmbRegistrationLib.pose.joint.adjust import as_it_is
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.reconstruction.metal.body import body_of
from RayEmbRegistrationLib.reconstruction.metal.finding import find_metal, judged, shadow_in
from RayEmbRegistrationLib.reconstruction.metal.shadows import metal_image
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

VIEWS_DEG, UNSEEN_DEG = (0, 45, 90, -45), 20


def random_rod(points: np.ndarray, rng: np.random.Generator) -> Rod:
    """5 to 10 mm thick, 60 to 140 mm long, its middle in bone, any way."""
    middle, axis = points[rng.integers(len(points))], rng.normal(size=3)
    half = axis / np.linalg.norm(axis) * rng.uniform(60, 140) / 2
    return Rod(np.stack([middle - half, middle + half]), rng.uniform(2.5, 5))


def rod(seed: int, present: bool = True) -> dict:
    """A rod, or none to be found."""
    import time

    rng = np.random.default_rng([seed, 7])
    ct = subject(str(seed))
    ct = replace(ct, labels=np.where(np.isin(ct.labels, PELVIS), ct.labels, 0))
    truth, whole = random_rod(points_of(ct, PELVIS), rng), random_pose(ct, rng)
    bone = np.where(ct.labels > 0, decompose(ct)[0], 0)
    places = [turned_camera(degrees) if degrees else RigidTransform() for degrees in (*VIEWS_DEG, UNSEEN_DEG)]
    xrays = []
    for number, place in enumerate(places):
        mm = NanoDrrProjector(bone, ct.ras_from_ijk, 250).render(place @ whole, CAMERA)[0].numpy()
        steel = truth.chords(CAMERA, place @ whole) * present
        paths = MaterialPaths(np.maximum(mm - steel, 0), np.zeros_like(mm), steel)  # where it is, no bone is
        xrays.append(simulate_xray(paths, SimulationSettings(display="log"), np.random.default_rng([seed, number])))
    plain = replace(ct, labels=(ct.labels > 0).astype(np.int16))
    prepared = prepare(plain, PrepareSettings(library=False))
    seen = len(VIEWS_DEG)
    problem, rigid = registered(plain, prepared, xrays[:seen], places[:seen], whole, rng)
    began = time.process_time()
    joint, solved = as_it_is(problem, Poses.of(rigid))
    images = [
        metal_image(view_of(xray, place, True), view.radiograph, view.camera_from_first)
        for xray, place, view in zip(xrays, places, problem.views, strict=False)
    ]
    corners = ct.ras_from_index(np.array([[0, 0, 0], np.array(ct.hu.shape[::-1]) - 1]))
    with torch.no_grad():
        found = find_metal(problem, (joint, solved.state), images, (corners.min(axis=0), corners.max(axis=0)))
    seconds = time.process_time() - began
    case = {
        "pose_mm": pose_errors(solved.state.poses.rigid[0], whole, CAMERA, points_of(ct, PELVIS)).mtre_mm,
        "radius_mm": truth.radius_mm,
        "length_mm": truth.length_mm,
        "accepted": found.is_accepted,
        "significance": found.gate.significance,
        "seconds": seconds,
    }
    if found.body is None:
        return case | {"dice": 0.0, "rods": 0, "unseen_gain": 0.0}
    return case | {
        "dice": dice(body_of([truth], []), found.body),
        "rods": len(found.body.rods),
        "repeated": found.repeated,
        "unseen_gain": unseen_gain(problem, (joint, solved.state), (xrays[-1], places[-1]), found.body),
    }


def dice(truth, found) -> float:
    """Of two bodies, at the cells of both."""
    both = []
    for own, other in ((truth, found), (found, truth)):
        k, j, i = np.nonzero(own.shares > 0)
        places = np.stack([i, j, k], axis=-1) * np.diag(own.ras_from_ijk)[:3] + own.ras_from_ijk[:3, 3]
        both.append(float(np.minimum(own.shares[k, j, i], other.shares_at(places)).sum()))
    return sum(both) / float(truth.shares.sum() + found.shares.sum())


def unseen_gain(problem, model, last, body) -> float:
    """By how much an X-ray that nobody used fits better with the metal."""
    from RayEmbRegistrationLib.pose.view import condition_view

    xray, place = last
    view = condition_view(view_of(xray, place, False), place.matrix)
    shadow = shadow_in(problem, model, metal_image(view_of(xray, place, False), view.radiograph, place.matrix))
    gate = judged(problem, model, [shadow], [body])
    return gate.changed - gate.rigid
