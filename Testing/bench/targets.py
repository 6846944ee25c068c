"""Targets on X-rays: how often a target is within the band that is drawn, at registrations with known truth; and how long a
line that is dragged takes to be drawn anew.

The registrations are those of Testing/bench/quality_cases.py; the points are the bone's own, and as many again up to a
radius away from it, where a plan lies. Trusted overlays alone: the panel writes beside others that they are not trusted.
"""

import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np
from common import REPOSITORY, Benchmark, NotHereError, row
from quality_cases import RIGHT, read_run
from quality_evidence import Judged, collect
from quality_xrays import FOLDER, group_of, prepared_of
from RayEmbRegistrationLib.application.target_errors import drawn_uncertainty, space_uncertainty
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.uncertainty import ACROSS_95, ELLIPSE_95, Sight, space_covariance
from RayEmbRegistrationLib.quality.assessment import quality_from
from RayEmbRegistrationLib.quality.calibration import read_calibration
from RayEmbRegistrationLib.simulation.cases import default_camera

KINDS = (*RIGHT, "start", "pair", "search", "both", "both pair")
KIN = {"limb": "real limbs", "real pelvis": "real pelvis", "isolated": "isolated bones"}
KIN |= dict.fromkeys(("calibrate", "judge"), "phantoms")
POINTS = 40
DRAWS = 60
ASKED_MS = 33


def run(quick: bool = False) -> Benchmark:
    """Both tables."""
    note = (
        "Bands of the calibration as it is shipped, which was fitted on these registrations among others. "
        "Milliseconds of processor time: of Slicer's scene and views in the test host, without rendering."
    )
    return Benchmark([*coverage(quick), *redraw(quick)], note=note)


def coverage(quick: bool) -> list[dict]:
    """Share of true points in the band drawn around where the pose has them."""
    if not (FOLDER / "runs").is_dir():
        raise NotHereError("the registrations of quality_cases.py are not made yet; run the benchmark 'quality' first")
    made = {place.stem for place in (FOLDER / "runs").glob("*.npz")}  # with their images; of others the evidence is packed
    chosen = [one for one in collect() if one.name in made and one.about["kind"] in KINDS and not one.about["mirrored"]]
    chosen.sort(key=lambda one: one.about["subject"])  # a subject is read once
    chosen = chosen[:20] if quick else chosen
    found = [told for one in chosen for told in shares(one)]
    rows = []
    for kin, views in [(kin, views) for kin in dict.fromkeys(KIN.values()) for views in (1, 2)]:
        name = f"{kin}, {'one view' if views == 1 else 'two views'}"
        own = [told for told in found if told["views"] == views and told["kin"] == kin]
        if not own:
            continue
        for part, what in (("drawn", "drawn, in the ellipse"), ("depth", "in depth, in the band")):
            mean = np.mean([told[part] for told in own])
            rows.append(row(f"{name}: points {what}, of {len(own)} trusted overlays", "95 %", f"{mean:.1%}"))
        widths = np.median([told["width_mm"] for told in own])
        rows.append(row(f"{name}: half the ellipse's longer axis, median", "", f"{widths:.2f} mm at the bone"))
    return rows


def shares(judged: Judged) -> Iterator[dict]:
    """Of one registration, where its overlay is trusted."""
    quality = quality_from(judged.evidence, read_calibration())
    found = read_run(FOLDER / "runs" / f"{judged.name}.npz")
    if found is None or not quality.overlay.trusted:
        return
    about = judged.about
    prepared, group = prepared_of(about["subject"]), group_of(about["subject"], about["group"])
    points = points_of(prepared)
    drawn, space = (make(quality, prepared.center_ras) for make in (drawn_uncertainty, space_uncertainty))
    inside, widths = [], []
    for number, (K, pose) in enumerate(zip(found.K, found.poses, strict=True)):
        width = found.images[number].shape[1]
        camera: Camera = default_camera(width)
        if not np.allclose(camera.K, K):
            return
        sight = Sight(camera, RigidTransform.from_matrix(pose), RigidTransform.from_matrix(found.poses[0]))
        true = camera.project(RigidTransform.from_matrix(group.poses[number]).apply(points))
        covariance = sight.drawn_covariance(points, drawn)
        off = true - sight.project(points)
        inside.append(np.einsum("ni,nij,nj->n", off, np.linalg.inv(covariance), off) < ELLIPSE_95**2)
        depth = sight.camera_from_ras.apply(points)[:, 2]
        longest = np.sqrt(np.linalg.eigvalsh(covariance)[:, -1]) * depth / abs(K[0, 0])
        widths.append(ELLIPSE_95 * np.median(longest))
    first = RigidTransform.from_matrix(found.poses[0])
    off_depth = RigidTransform.from_matrix(group.poses[0]).apply(points)[:, 2] - first.apply(points)[:, 2]
    beam = first.rotation[2]
    spread = np.sqrt(np.einsum("i,nij,j->n", beam, space_covariance(points, space, first), beam))
    yield {
        "views": len(found.poses),
        "kin": KIN[judged.role],
        "drawn": float(np.mean(inside)),
        "depth": float((np.abs(off_depth) < ACROSS_95 * spread).mean()),
        "width_mm": float(np.mean(widths)),
    }


def points_of(prepared) -> np.ndarray:
    """(N, 3) RAS mm, of the bone and of the space around it."""
    bone = prepared.bone_points_ras
    rng = np.random.default_rng(0)
    own = bone[rng.choice(len(bone), POINTS, replace=False)]
    reach = np.sqrt(((bone - bone.mean(axis=0)) ** 2).sum(axis=1).mean())
    around = prepared.center_ras + rng.uniform(-reach, reach, (POINTS, 3))
    return np.concatenate([own, around])


def redraw(quick: bool) -> list[dict]:
    """How long it takes to draw a line anew on two X-rays, in the panel in the host."""
    import importlib.util

    if any(importlib.util.find_spec(name) is None for name in ("slicer", "PySide6")):
        return []
    sys.path[:0] = [str(REPOSITORY / "Testing"), str(REPOSITORY / "Testing" / "Python")]
    from targets_in_host import Panel

    panel, rows = Panel(), []
    for what in ("line", "line with a curve, points and a model"):
        times = panel.dragged(what != "line", 5 if quick else DRAWS)
        asked = f"{ASKED_MS} ms" if what == "line" else ""
        rows.append(row(f"a {what}, dragged: drawn anew with bands on two X-rays, median", asked, median_of(times)))
    return rows


def median_of(times: Sequence[float]) -> str:
    """In ms, with the slowest of ten."""
    return f"{np.median(times):.0f} ms (of ten the slowest: {np.percentile(times, 90):.0f} ms)"


def timed(work, count: int) -> list[float]:
    """Milliseconds of processor time of each of several calls with its number; other programs do not count."""
    found = []
    for number in range(count):
        began = time.process_time()
        work(number)
        found.append(1e3 * (time.process_time() - began))
    return found
