"""More of what users have, for the calibration of quality: implants that the CT does not hold, and cameras slightly off.

A rod of steel with screws stands in or beside a bone of the X-ray; cameras are off by what ``geometry.sourced`` states of a
calibration file. Everything follows from a subject's name.
"""

from dataclasses import replace

import numpy as np
from quality_xrays import FOLDER, Group, camera, group_of, paths_of, pixels_of, prepared_of, seed_of, volumes
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.sourced import RADIAL_STD, RIG_STD
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.simulation.materials import MaterialPaths
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray

ROD_MM, SCREW_MM = (3.0, 6.0), (1.5, 2.5)  # radii of nails and plates' cross-sections, and of screws
LONGEST_ROD_MM, SCREW_LENGTH_MM, SCREWS = 160.0, 35.0, (2, 5)


def with_implant(subject: str, number: int) -> Group:
    """The group's X-rays with an implant, made once and kept."""
    group, path = group_of(subject, number), FOLDER / f"{subject}.{number}.implant.npz"
    if not path.exists():
        rng = np.random.default_rng(seed_of(subject, number, "implant"))
        poses = [RigidTransform.from_matrix(pose) for pose in group.poses]
        bars = implant_in(prepared_of(subject).bone_points_ras, rng)
        dense, pixels, images, bright = volumes(subject)[0], pixels_of(number), [], []
        for pose in poses:
            paths = paths_of(dense, pose, number)
            steel = sum(bar_mm(camera(pixels), pose, *bar) for bar in bars).astype(np.float32)
            settings = SimulationSettings.hard(rng) if rng.random() < 0.4 else SimulationSettings.easy(rng)
            both = MaterialPaths(paths.bone_mm, paths.soft_mm, steel)
            xray = simulate_xray(both, settings, rng, pixel_mm=280 / pixels * 0.7)
            images.append(xray.pixels)
            bright.append(xray.bone_is_bright)
        arrays = {f"pixels{n}": image for n, image in enumerate(images)}
        np.savez_compressed(path, bright=np.array(bright), **arrays)
    with np.load(path) as file:
        return replace(group, pixels=(file["pixels0"], file["pixels1"]), bright=file["bright"])


def implant_in(points: np.ndarray, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """(end, end, radius), RAS mm: a rod from one point of the bone (N, 3) to another, and screws across it."""
    first = points[rng.integers(len(points))]
    far = np.linalg.norm(points - first, axis=1)
    within = points[(far > far.max() / 4) & (far < LONGEST_ROD_MM)]
    second = within[rng.integers(len(within))] if len(within) else points[np.argmax(far)]
    bars = [(first, second, rng.uniform(*ROD_MM))]
    for _ in range(int(rng.integers(*SCREWS))):
        middle = first + rng.uniform(0.05, 0.95) * (second - first)
        across = np.cross(second - first, rng.normal(size=3))
        reach = across / np.linalg.norm(across) * SCREW_LENGTH_MM / 2
        bars.append((middle - reach, middle + reach, rng.uniform(*SCREW_MM)))
    return bars


def bar_mm(view: Camera, pose: RigidTransform, first: np.ndarray, second: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) mm of each pixel's ray within a cylinder with flat ends, given in RAS."""
    one, other = pose.apply(np.stack([first, second]))
    length = np.linalg.norm(other - one)
    axis = (other - one) / length
    rows, columns = np.indices((view.height, view.width))
    rays = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ np.linalg.inv(view.K).T
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    along, start = rays @ axis, -one @ axis
    across, beside = rays - along[..., None] * axis, -one - start * axis
    a, b, c = (across**2).sum(-1), across @ beside, beside @ beside - radius**2
    root = np.sqrt(np.maximum(b * b - a * c, 0))
    a, along = np.maximum(a, 1e-12), np.where(np.abs(along) < 1e-9, 1e-9, along)
    ends = np.sort(np.stack([-start / along, (length - start) / along]), axis=0)
    inside = np.minimum((root - b) / a, ends[1]) - np.maximum((-root - b) / a, ends[0])
    return np.where(root > 0, np.maximum(inside, 0), 0)


def camera_off(true: Camera, rng: np.random.Generator) -> tuple[Camera, float]:
    """A calibration's camera for what ``true`` took, and the first radial term that the X-ray has left."""
    known = XrayGeometry.of_camera(true, "file")
    distance, side, point = (
        float(known.std(name) or 0.0) for name in ("source_to_detector_mm", "pixel_spacing_mm", "principal_point_px")
    )
    scale = 1 + rng.normal(0, distance / true.source_to_detector_mm)
    sides = 1 + rng.normal(0, side / float(np.mean(true.pixel_spacing_mm)), 2)
    K = true.K.copy()
    K[:2, :2] *= scale / sides[:, None]
    K[:2, 2] += rng.normal(0, point, 2)
    given = replace(true, K=K, source_to_detector_mm=true.source_to_detector_mm * scale)
    return given, float(rng.normal(0, RADIAL_STD["file"]))


def rig_off(second_from_first: RigidTransform, center: np.ndarray, rng: np.random.Generator) -> RigidTransform:
    """The same as a calibration states it; turns are about the bone's centre (3,), first camera's frame."""
    turn = RigidTransform.from_rotation_vector(np.radians(rng.normal(0, RIG_STD[0], 3)))
    there = second_from_first.apply(center)
    shift = there - turn.apply(there) + rng.normal(0, RIG_STD[1], 3)
    return RigidTransform(turn.rotation, shift) @ second_from_first
