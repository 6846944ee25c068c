"""Poses from the two ends of a slim bone, clicked in each X-ray: all but the turn about its axis, and which end is which.

In one X-ray the length between the ends says how far the bone is away if it lies along the detector, or how it is tilted if
it is as far away as usual: both are tried. In two, the rays of each end meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

TWISTS = 12  # turns about the bone's axis; chosen: 30 degrees apart, from the middle of which a coarse refinement finds back
DEPTH_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the range of depths, tried where one X-ray tells the tilt; chosen
TIP_MM = 6.0  # of a bone's length that make an end, of whose points the mean is taken; chosen: a styloid
SLIM = 1.5  # least ratio of the spread along the axis to that across it; chosen: a patella has no ends to click
FARTHER = 1.15  # share of the range of depths by which it may be left where an X-ray shows the bone lying along it; chosen
APART_MM = 15.0  # by which rays of one end may miss each other in two X-rays; chosen: clicks are good to some millimetres


def ends_of(points_ras: np.ndarray) -> np.ndarray:
    """(2, 3) the ends of a bone, RAS mm, from (N, 3) points in it: where it goes farthest along its long axis.

    Raises:
        InputProblem: a bone that is not slim has no ends.
    """
    middle = points_ras.mean(axis=0)
    _, spread, axes = np.linalg.svd(points_ras - middle, full_matrices=False)
    if spread[0] < SLIM * spread[1]:
        raise InputProblem(
            "the CT's bone is about as wide as it is long and has no two ends to click; place landmark pairs or set the "
            "C-arm's angles"
        )
    along = (points_ras - middle) @ axes[0]
    tips = (along < along.min() + TIP_MM, along > along.max() - TIP_MM)
    return np.stack([points_ras[tip].mean(axis=0) for tip in tips])


def poses_by_ends(
    cameras: Sequence[Camera],
    cameras_from_first: Sequence[np.ndarray],
    ends_px: Sequence[np.ndarray | None],
    ends_ras: np.ndarray,
    rotation: np.ndarray,
    depth_mm: tuple[float, float],
) -> np.ndarray:
    """(N, 4, 4) poses, first camera from RAS, that bring the bone's ends to where they were clicked.

    Args:
        cameras: of the views.
        cameras_from_first: (4, 4) each.
        ends_px: (2, 2) pixels of the ends in each view, in either order; None where they were not clicked.
        ends_ras: (2, 3) mm.
        rotation: (3, 3) of the middle of the view prior: the turn about the axis that is nearest to it comes first.
        depth_mm: (least, most) of the bone's middle from the source of the first view that was clicked.

    Raises:
        InputProblem: clicks that are one, or that no pose explains.
    """
    clicked = [number for number, pixels in enumerate(ends_px) if pixels is not None]
    rays = [_rays(cameras[number], np.asarray(ends_px[number], dtype=float)) for number in clicked]
    places = [np.asarray(cameras_from_first[number], dtype=float) for number in clicked]
    length = float(np.linalg.norm(ends_ras[1] - ends_ras[0]))
    found = []
    for ends in _placed(rays, places, length, depth_mm):
        for order in (ends, ends[::-1]):
            found += [_pose(order, ends_ras, rotation, turn) for turn in np.arange(TWISTS) * 2 * np.pi / TWISTS]
    if not found:
        raise InputProblem(
            "no pose brings the CT's bone to the ends that were clicked; click the two ends of the bone that is in the CT, "
            "in each X-ray, or check the source-to-detector distance and the pixel spacing"
        )
    return np.stack(found)


def _rays(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """(2, 3) directions with z = 1 in the camera's frame.

    Raises:
        InputProblem: both ends in one place.
    """
    if pixels.shape != (2, 2):
        raise InputProblem(f"a bone has two ends; {len(pixels)} were clicked in an X-ray")
    if np.linalg.norm(pixels[1] - pixels[0]) < 2:
        raise InputProblem("both ends of the bone were clicked in one place; click one end, then the other")
    return np.stack([camera.back_project(pixel, 1.0) for pixel in pixels])


def _placed(
    rays: Sequence[np.ndarray], places: Sequence[np.ndarray], length: float, depth_mm: tuple[float, float]
) -> Iterator[np.ndarray]:
    """(2, 3) where the ends may be, first camera's frame, mm."""
    if len(rays) == 1:
        first_from_camera = np.linalg.inv(places[0])
        for depths in _depths(rays[0], length, depth_mm):
            ends = depths[:, None] * rays[0]
            yield ends @ first_from_camera[:3, :3].T + first_from_camera[:3, 3]
        return
    # The order of clicks may differ from one X-ray to the other.
    for orders in product((False, True), repeat=len(rays) - 1):
        sorted_rays = [rays[0], *(ray[::-1] if is_turned else ray for ray, is_turned in zip(rays[1:], orders, strict=True))]
        met = [_met([ray[end] for ray in sorted_rays], places) for end in (0, 1)]
        if max(apart for _, apart in met) < APART_MM:
            yield np.stack([point for point, _ in met])


def _depths(rays: np.ndarray, length: float, depth_mm: tuple[float, float]) -> Iterator[np.ndarray]:
    """(2,) depths of the ends: the bone along the detector, or as far away as usual and tilted either way."""
    across, both = rays[0] - rays[1], rays[0] + rays[1]
    flat = length / float(np.linalg.norm(across))
    low, high = depth_mm
    if low / FARTHER <= flat <= high * FARTHER:
        yield np.array([flat, flat])
    for share in DEPTH_SHARES:
        middle = low + share * (high - low)
        # |(middle - d) ray0 - (middle + d) ray1| = length
        a, b, c = both @ both, -2 * middle * float(across @ both), middle**2 * float(across @ across) - length**2
        inside = b * b - 4 * a * c
        if inside > 0:
            for off in ((-b - np.sqrt(inside)) / (2 * a), (-b + np.sqrt(inside)) / (2 * a)):
                depths = np.array([middle - off, middle + off])
                if depths.min() > 0:
                    yield depths


def _met(rays: Sequence[np.ndarray], places: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """The point nearest to rays of several cameras (least squares), first camera's frame, and how far the worst misses."""
    matrix, right, lines = np.zeros((3, 3)), np.zeros(3), []
    for ray, place in zip(rays, places, strict=True):
        first_from_camera = np.linalg.inv(place)
        source, direction = first_from_camera[:3, 3], first_from_camera[:3, :3] @ ray
        off_axis = np.eye(3) - np.outer(direction, direction) / (direction @ direction)
        matrix += off_axis
        right += off_axis @ source
        lines.append((source, off_axis))
    point = np.linalg.solve(matrix, right)
    return point, max(float(np.linalg.norm(off_axis @ (point - source))) for source, off_axis in lines)


def _pose(ends: np.ndarray, ends_ras: np.ndarray, rotation: np.ndarray, turn: float) -> np.ndarray:
    """(4, 4) that lays the bone's axis through the ends, turned about it from where the view prior is nearest."""
    wanted, own = ends[1] - ends[0], rotation @ (ends_ras[1] - ends_ras[0])
    wanted, own = wanted / np.linalg.norm(wanted), own / np.linalg.norm(own)
    cross, cosine = np.cross(own, wanted), float(own @ wanted)
    if np.linalg.norm(cross) < 1e-9:  # already along it, or against it: half a turn about anything across
        across = np.cross(wanted, np.eye(3)[int(np.abs(wanted).argmin())])
        cross = across / np.linalg.norm(across)
        angle = 0.0 if cosine > 0 else np.pi
    else:
        angle = float(np.arctan2(np.linalg.norm(cross), cosine))
        cross = cross / np.linalg.norm(cross)
    laid = RigidTransform.from_rotation_vector(angle * cross).rotation
    pose = np.eye(4)
    pose[:3, :3] = RigidTransform.from_rotation_vector(turn * wanted).rotation @ laid @ rotation
    pose[:3, 3] = ends.mean(axis=0) - pose[:3, :3] @ ends_ras.mean(axis=0)
    return pose
