"""Poses from landmarks of which most are wrong: OpenCV's MAGSAC against PoseLib's, before and after our least squares.

Points of a pelvic phantom's bone. Right landmarks are off by noise; of the wrong ones as many as half the right ones lie
where the mirrored point would, as a symmetric bone invites, the others anywhere in the X-ray. Probabilities tell right from
wrong imperfectly.
"""

import time
from collections.abc import Callable

import numpy as np
from common import Benchmark

REPEATS, POINTS, FIELD_MM, DEPTH_MM = 12, 1500, 280.0, 760.0
INLIER_SHARES, NOISE_PX = (0.1, 0.2, 0.4, 0.6), (2.0, 5.0, 10.0)
TOLERANCES_MM = (5.0,)
MIRRORED = 0.5  # of the share of right ones
PIXEL_MM = 0.8  # at the bone: an X-ray of 350 pixels
NEAR_DEG, NEAR_MM = 6.0, 6.0  # from which refinement on the image converges


def run(quick: bool = False) -> Benchmark:
    """One row a solver, share of right landmarks and noise."""
    from RayEmbRegistrationLib.pose.landmarks.least_squares import Bounds, refine_pnp

    points = bone_points()
    bounds = Bounds((points.min(axis=0) + points.max(axis=0)) / 2, (540.0, 950.0))
    rows = []
    for share in INLIER_SHARES[1::2] if quick else INLIER_SHARES:
        for noise in NOISE_PX[1:2] if quick else NOISE_PX:
            cases = [make_case(points, bounds.center_ras, share, noise, n) for n in range(4 if quick else REPEATS)]
            for tolerance in TOLERANCES_MM:
                for name, solve in solvers().items():
                    started, alone, polished = time.perf_counter(), [], []
                    poses = [solve(pairs, tolerance, number) for number, (pairs, _) in enumerate(cases)]
                    seconds = (time.perf_counter() - started) / len(cases)
                    for pose, (pairs, truth) in zip(poses, cases, strict=True):
                        alone.append(errors(pose, truth, bounds.center_ras))
                        after = None if pose is None else refine_pnp([pairs], pose, bounds, tolerance)
                        polished.append(errors(after, truth, bounds.center_ras))
                    rows.append(
                        {"right": f"{100 * share:.0f} %", "noise_px": noise, "tolerance_mm": tolerance, "solver": name}
                        | {f"{key}": value for key, value in summary(alone).items()}
                        | {f"{key}, polished": value for key, value in summary(polished).items()}
                        | {"ms": f"{1000 * seconds:.0f}"}
                    )
                    print("  " + "  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    return Benchmark(
        rows, note=f"{POINTS} points, {PIXEL_MM} mm a pixel at the bone; near: {NEAR_DEG} degrees, {NEAR_MM} mm."
    )


def bone_points() -> np.ndarray:
    """(N, 3) RAS mm of a pelvic phantom."""
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom
    from RayEmbRegistrationLib.volumes.bone import bone_points as spread
    from RayEmbRegistrationLib.volumes.bone import find_skeleton

    ct = make_pelvis_phantom(0, 3.0)
    return spread(find_skeleton(ct).mask, ct.ras_from_ijk, POINTS, 0)


def make_case(points: np.ndarray, center: np.ndarray, share: float, noise_px: float, number: int):
    """Pairs and their true pose (4, 4)."""
    from RayEmbRegistrationLib.pose.landmarks.least_squares import Pairs
    from RayEmbRegistrationLib.simulation.cases import pose_from_ap

    rng = np.random.default_rng([number, round(1000 * share), round(noise_px)])
    angles, offset = rng.uniform(-1, 1, 3) * (30, 30, 15), rng.uniform(-1, 1, 3) * (40, 40, 50)
    truth = pose_from_ap(center, angles, offset + np.array([0, 0, DEPTH_MM]))
    camera_points = truth.apply(points)
    rays = camera_points[:, :2] / camera_points[:, 2:]
    in_field = (np.abs(rays) < FIELD_MM / 2 / DEPTH_MM).all(axis=1)
    right = in_field & (rng.random(len(points)) < share)
    mirrored = points.copy()
    mirrored[:, 0] = 2 * center[0] - points[:, 0]
    mirrored = truth.apply(mirrored)
    wrong = np.where(
        rng.random((len(points), 1)) < MIRRORED * share / (1 - share),
        mirrored[:, :2] / mirrored[:, 2:],
        rng.uniform(-1, 1, (len(points), 2)) * FIELD_MM / 2 / DEPTH_MM,
    )
    rays = np.where(right[:, None], rays, wrong) + rng.normal(0, noise_px * PIXEL_MM / DEPTH_MM, rays.shape)
    probability = 1 / (1 + np.exp(-(np.where(right, 0.6, -0.6) + rng.normal(0, 1, len(points)))))
    return Pairs(points, rays, probability, np.eye(4), DEPTH_MM), truth.matrix


def solvers() -> dict[str, Callable]:
    """Name to (pairs, tolerance_mm, seed) -> pose or None; PoseLib's only where it is installed."""
    from RayEmbRegistrationLib.pose.landmarks.pnp import consensus

    chosen = {"opencv magsac": consensus}
    try:
        import poselib
    except ImportError:
        return chosen

    def with_poselib(pairs, tolerance_mm: float, seed: int, progressive: bool = True) -> np.ndarray | None:
        order = np.argsort(-pairs.weights, kind="stable")
        camera = {"model": "PINHOLE", "width": 1, "height": 1, "params": [pairs.scale_mm, pairs.scale_mm, 0, 0]}
        ransac = {"max_error": tolerance_mm, "max_iterations": 5000, "seed": seed, "progressive_sampling": progressive}
        rays = pairs.rays[order] * pairs.scale_mm
        pose, _ = poselib.estimate_absolute_pose(rays, pairs.points_ras[order], camera, ransac, {"loss_type": "CAUCHY"})
        matrix = np.eye(4)
        matrix[:3] = pose.Rt
        return matrix

    return chosen | {"poselib": with_poselib}


def errors(pose: np.ndarray | None, truth: np.ndarray, center: np.ndarray) -> tuple[float, float, float]:
    """Rotation in degrees, place on the image and depth in mm at the bone."""
    if pose is None:
        return np.inf, np.inf, np.inf
    cosine = np.clip((np.trace(pose[:3, :3].T @ truth[:3, :3]) - 1) / 2, -1, 1)
    found, true = pose[:3, :3] @ center + pose[:3, 3], truth[:3, :3] @ center + truth[:3, 3]
    in_plane = np.hypot(*(found[:2] / max(found[2], 1.0) - true[:2] / true[2])) * true[2]
    return float(np.degrees(np.arccos(cosine))), float(in_plane), float(abs(found[2] - true[2]))


def summary(found: list[tuple[float, float, float]]) -> dict[str, str]:
    """Share near the truth, and medians."""
    turn, place, depth = np.array(found).T
    near = (turn < NEAR_DEG) & (place < NEAR_MM)
    middle = f"{np.median(turn):.1f} / {np.median(place):.1f} / {np.median(depth):.0f}"
    return {"near": f"{100 * near.mean():.0f} %", "deg / mm / depth": middle}
