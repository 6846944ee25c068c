"""What the outlines of opaque bodies say of their poses: a linear system in all motions and in each view's edge shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform

from .body import Body
from .edges import FULL_STEP, SIDE_PX, EdgeSearch, find_edges, metal_level
from .frame_view import GREY_VALUES, FrameView
from .outline import Outline, Raster, outline

INDEPENDENT_PX = 6.0  # along an outline, between edges whose errors differ; chosen: three times a detector's blur
LEAST_NOISE_PX = 0.3  # of an edge; chosen: as of a still image, so that a lucky outline is not trusted beyond it
EDGE_SHIFT_PX = 0.5  # deviation of what blur and overexposure move a view's edges by; as seen on real knees, 0.3 to 0.5
FEWEST_EDGES = 12  # of a body in a view; chosen: twice its degrees of freedom
OPACITY_STEP_PX = 3.0  # along an outline, between rays that tell how opaque a body is; chosen: beyond the blur
THIN_MM = (1.0, 6.0)  # chosen: more than a voxel of ``Thickness``, less than takes nearly all of a beam
OPACITIES = (0.15, 2.0)  # 1/mm; chosen: below it nothing is called opaque, above it thin parts do not matter
ROBUST = 1.5  # deviations at which an edge's say falls; chosen, as of Geman and McClure's estimator


@dataclass(frozen=True)
class OutlineFit:
    """How an outline fits one view.

    Attributes:
        share: of its samples, those with an edge near.
        rms_px: robust root mean square of their distances.
        count: edges.
    """

    share: float
    rms_px: float
    count: int


@dataclass(eq=False)
class Linear:
    """A linear system: (H, g) with motions of all bodies first, then what else is unknown.

    Attributes:
        hessian: (N, N) information.
        gradient: (N,).
        fits: by (body, view number).
    """

    hessian: np.ndarray
    gradient: np.ndarray
    fits: dict[tuple[str, int], OutlineFit] = field(default_factory=dict)

    @classmethod
    def empty(cls, size: int) -> Linear:
        """Nothing known."""
        return cls(np.zeros((size, size)), np.zeros(size))


class OutlineTerms:
    """The outlines of a frame's opaque bodies.

    Args:
        views: of the frame.
        bodies: all of the sequence, in order.
    """

    def __init__(self, views: Sequence[FrameView], bodies: Sequence[Body]) -> None:
        self._views, self._bodies = views, bodies
        self._images: list[tuple[np.ndarray, float]] = []
        self._opacity: dict[tuple[int, int], float] = {}

    def set_levels(self, poses: dict[str, RigidTransform]) -> None:
        """Find metal's level in each view, from where the bodies are thought to be."""
        self._images = []
        for view in self._views:
            edges = [self._outline(view, body, poses[body.name], 8.0) for body in self._bodies if body.is_opaque]
            level, is_dark = metal_level(view.grey, [edge.raster for edge in edges if edge is not None])
            self._images.append((view.grey, level) if is_dark else (GREY_VALUES - view.grey, GREY_VALUES - level))

    def add(self, system: Linear, poses: dict[str, RigidTransform], search: EdgeSearch) -> None:
        """Add all that the outlines say under poses rig_from_body; unknown: 6 a body, then an edge shift a view."""
        if not self._images:
            self.set_levels(poses)
        bodies = [(number, body) for number, body in enumerate(self._bodies) if body.is_opaque]
        for v, view in enumerate(self._views):
            edges = {number: self._outline(view, body, poses[body.name], search.step_px) for number, body in bodies}
            for number, body in bodies:
                edge = edges[number]
                if edge is None:
                    system.fits[body.name, v] = OutlineFit(0.0, np.inf, 0)
                    continue
                others: list[Raster] = [o.raster for n, o in edges.items() if n != number and o is not None]
                self._add_body(system, (v, number), (edge, poses[body.name]), others, search)

    def _add_body(
        self,
        system: Linear,
        place: tuple[int, int],
        seen: tuple[Outline, RigidTransform],
        others: Sequence[Raster],
        search: EdgeSearch,
    ) -> None:
        (v, number), (edge, pose) = place, seen
        body, view = self._bodies[number], self._views[v]
        grey, level = self._images[v]
        passed = np.exp(-self.opacity(v, number) * self._metal(view, body, pose, edge))
        found = find_edges(grey, level, edge, search, others, passed)
        share = len(found.index) / max(found.asked, 1)
        if len(found.index) < FEWEST_EDGES:
            system.fits[body.name, v] = OutlineFit(share, np.inf, len(found.index))
            return
        distance = found.distance
        noise = max(LEAST_NOISE_PX, 1.4826 * float(np.median(np.abs(distance - np.median(distance)))))
        weight = 1 / (1 + ((distance - np.median(distance)) / (ROBUST * noise)) ** 2) ** 2
        rms = float(np.sqrt((weight * distance**2).sum() / weight.sum()))
        system.fits[body.name, v] = OutlineFit(share, rms, len(found.index))
        slopes = np.concatenate([_slopes(view, pose, body.center, (edge, found.index)), np.ones((len(distance), 1))], axis=1)
        say = weight * min(search.step_px / INDEPENDENT_PX, 1.0) / noise**2
        unknown = np.r_[6 * number : 6 * number + 6, 6 * len(self._bodies) + v]
        system.hessian[np.ix_(unknown, unknown)] += (slopes * say[:, None]).T @ slopes
        system.gradient[unknown] += slopes.T @ (say * distance)

    def settle_opacity(self, poses: dict[str, RigidTransform]) -> None:
        """Find what a millimetre of each body takes of the beam, where parts are thin enough to tell."""
        for v, view in enumerate(self._views):
            grey, level = self._images[v]
            for number, body in enumerate(self._bodies):
                edge = self._outline(view, body, poses[body.name], OPACITY_STEP_PX) if body.is_opaque else None
                if edge is not None:
                    seen = opacity_seen(grey, level, edge, self._metal(view, body, poses[body.name], edge))
                    if seen is not None:
                        self._opacity[v, number] = seen

    def opacity(self, view: int, body: int) -> float:
        """What a millimetre of a body takes of the beam, 1/mm, by their numbers."""
        return self._opacity.get((view, body), self._bodies[body].opacity_per_mm)

    def metal_dark(self, view: int) -> np.ndarray:
        """(H, W) a view's image, turned about where metal is bright; levels must have been set."""
        return self._images[view][0]

    def _metal(self, view: FrameView, body: Body, pose: RigidTransform, edge: Outline) -> np.ndarray:
        """(N,) mm of the body on rays just inside its outline."""
        inside = edge.pixels - (SIDE_PX / 2) * edge.outwards
        return body.thickness.along((view.camera_from_rig @ pose).matrix, view.camera, inside)

    def _outline(self, view: FrameView, body: Body, pose: RigidTransform, step_px: float) -> Outline | None:
        if body.surface is None:
            raise RuntimeError(f"{body.name} has no outline")
        return outline(body.surface, (view.camera_from_rig @ pose).matrix, view.camera, step_px)


def opacity_seen(grey: np.ndarray, level: float, edge: Outline, metal_mm: np.ndarray) -> float | None:
    """What a millimetre takes of the beam, 1/mm, by the thin parts along an outline; None where there are too few."""
    import cv2

    def values(shift_px: float) -> np.ndarray:
        places = (edge.pixels + shift_px * edge.outwards).astype(np.float32)[:, None]
        return np.asarray(cv2.remap(grey, places[..., 0], places[..., 1], cv2.INTER_LINEAR)[:, 0])

    within, beyond = values(-SIDE_PX / 2) - level, values(2 * SIDE_PX) - level
    use = (metal_mm > THIN_MM[0]) & (metal_mm < THIN_MM[1]) & (beyond > FULL_STEP) & (within > 0) & (within < beyond)
    if use.sum() < FEWEST_EDGES:
        return None
    return float(np.clip(np.median(-np.log(within[use] / beyond[use]) / metal_mm[use]), *OPACITIES))


def _slopes(view: FrameView, pose: RigidTransform, center: np.ndarray, edges: tuple[Outline, np.ndarray]) -> np.ndarray:
    """(N, 6) px along the normals of some of an outline's samples, by the body's motion along the rig's axes."""
    edge, index = edges
    points = pose.apply(edge.points[index])
    in_camera = view.camera_from_rig.apply(points)
    across = edge.outwards[index] @ view.camera.K[:2, :2]
    depth = in_camera[:, 2]
    along = -(across * in_camera[:, :2]).sum(axis=1) / depth**2
    shift = np.column_stack([across[:, 0] / depth, across[:, 1] / depth, along]) @ view.camera_from_rig.rotation
    return np.concatenate([np.cross(points - pose.apply(center), shift), shift], axis=1)
