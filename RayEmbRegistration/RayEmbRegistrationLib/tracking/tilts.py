"""A flat implant seen from its side looks alike tilted either way but for its thin parts: which way, the whole image tells.

The outline of what is opaque fits both ways, and one view cannot tell them apart by it. So after a rough start of a single
view each opaque body is tilted a little to all sides, fitted again, and judged by how well the picture of what gets through
it (exp(-opacity times length in metal)) goes with the image: by the correlation of their gradients.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform

from .body import Body
from .edges import EdgeSearch
from .frame_view import FrameView
from .motion import first_prediction
from .outline import Raster, outline
from .poses import moved
from .solver import FrameFit, FrameSolver, Stage

TILTS_DEG = (-10.0, -6.0, -3.0, 3.0, 6.0, 10.0)  # chosen: a tray's two ways lie up to 5 degrees to either side of edge-on
ROUNDS = 2  # chosen: one body's new place moves what its neighbour covers
PIXELS = 3  # of the image to one of the picture; chosen: beyond a detector's blur
BORDER_PX = 15  # of the image around a body; chosen: what a tilt moves
BESIDE_PX = 6  # around another body that is not looked at; chosen: beyond its blur
BETTER = 0.01  # of the correlation; chosen: below it noise decides
# Chosen: the fit stays in its own valley, so the reach is that of the last two of a rough start.
NEAR = (Stage(EdgeSearch(8, 2), 1.5, 6), Stage(EdgeSearch(4, 2), 1.0, 4))


def settle_tilts(solver: FrameSolver, views: Sequence[FrameView], found: FrameFit) -> FrameFit:
    """The best of a fit and of those with one opaque body tilted; the fit as it is where there are several views."""
    bodies = [body for body in solver.bodies if body.is_opaque]
    if len(views) != 1 or not bodies:
        return found
    view, best = views[0], found
    for _ in range(ROUNDS):
        before = best
        for body in bodies:
            best = _best_tilt(solver, view, body, best)
        if best is before:
            break
    return best


def _best_tilt(solver: FrameSolver, view: FrameView, body: Body, found: FrameFit) -> FrameFit:
    opacity = solver.opacity(body.name)  # of all tries, which would each find their own
    best, score = found, picture_fit(view, body, solver, found.poses, opacity) + BETTER
    for axis in (0, 1):
        for degrees in TILTS_DEG:
            turn = np.zeros(3)
            turn[axis] = np.radians(degrees)
            poses = dict(found.poses)
            poses[body.name] = moved(poses[body.name], body.center, np.r_[view.camera_from_rig.rotation.T @ turn, 0, 0, 0])
            starts = {name: first_prediction(pose) for name, pose in poses.items()}
            tried = solver.refine(starts, NEAR, from_poses=False)
            fit = picture_fit(view, body, solver, tried.poses, opacity)
            if fit > score:
                best, score = tried, fit
    return best


def picture_fit(view: FrameView, body: Body, solver: FrameSolver, poses: dict[str, RigidTransform], opacity: float) -> float:
    """Correlation of the gradients of the image and of the picture of a body, where no other body is; -1 without one.

    Args:
        view: one X-ray.
        body: opaque, of the solver's.
        solver: of this view.
        poses: rig_from_body by name.
        opacity: 1/mm, of the body.
    """
    import cv2

    covered = {}
    for other in solver.bodies:
        if other.surface is not None:
            edge = outline(other.surface, (view.camera_from_rig @ poses[other.name]).matrix, view.camera, 8.0)
            covered[other.name] = None if edge is None else edge.raster
    own = covered[body.name]
    if own is None:
        return -1.0
    high = own.corner + np.array(own.covered.shape[::-1]) + BORDER_PX
    columns, rows = (np.arange(own.corner[axis] - BORDER_PX, high[axis], PIXELS, dtype=np.float32) for axis in (0, 1))
    x, y = np.meshgrid(columns, rows)
    pixels = np.column_stack([x.ravel(), y.ravel()]).astype(np.float64)
    seen = ((pixels >= 0) & (pixels <= np.array(view.camera.image_size) - 1)).all(axis=1).reshape(x.shape)
    for name, raster in covered.items():
        if name != body.name and raster is not None:
            seen &= ~_wider(raster).at(pixels).reshape(x.shape)
    length = body.thickness.along((view.camera_from_rig @ poses[body.name]).matrix, view.camera, pixels).reshape(x.shape)
    passed = np.exp(-opacity * length).astype(np.float32)
    blur = PIXELS * 0.7  # of the image, as wide as averaging over a picture's pixel
    image = cv2.remap(cv2.GaussianBlur(solver.metal_dark(0), (0, 0), blur), x, y, cv2.INTER_LINEAR)
    drawn, given = (np.stack(list(np.gradient(picture)))[:, seen] for picture in (passed, image))
    return float((drawn * given).sum() / max(np.sqrt((drawn**2).sum() * (given**2).sum()), 1e-9))


def _wider(raster: Raster) -> Raster:
    import cv2

    size = 2 * BESIDE_PX + 1
    padded = np.pad(raster.covered.astype(np.uint8), BESIDE_PX)
    return Raster(cv2.dilate(padded, np.ones((size, size), np.uint8)) > 0, raster.corner - BESIDE_PX)
