"""Points and lines in space from where they are seen in several X-rays, and how far off they may be.

A point is where the squared distances between its pictures and the pixels given are least (the gold standard of Hartley and
Sturm, Triangulation, CVIU 1997, by Gauss-Newton from the linear solution). A line is where the planes meet in which each
X-ray sees it; what is clicked on it in one X-ray need not be what is clicked in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .rigid import RigidTransform
from .uncertainty import PoseUncertainty, Sight

CLICK_MM = 0.5
"""Standard deviation of a click on the detector: two pixels of a usual C-arm; chosen."""
_STEPS = 20  # chosen: four are enough for rays that meet
_LEAST_ANGLE_DEG = 2.0
"""Between the rays of two X-rays: at less, a click's error becomes more than thirty times as long in depth; chosen."""


class ClicksProblem(InputProblem):
    """Clicks that tell nothing of the patient's space."""


@dataclass(frozen=True, eq=False)
class Ray:
    """A half line in the patient's space, RAS mm.

    Attributes:
        source: (3,) where it starts.
        direction: (3,) of unit length, to the detector.
    """

    source: np.ndarray
    direction: np.ndarray

    def at(self, distance_mm: float) -> np.ndarray:
        """(3,) the point so far from the source."""
        return np.asarray(self.source + distance_mm * self.direction)


@dataclass(frozen=True, eq=False)
class SeenPoint:
    """A point found in space.

    Attributes:
        point_ras: (3,) mm.
        covariance: (3, 3) mm^2, of clicks and poses.
        residuals_px: (V,) how far its picture lies from each pixel given.
        apart: the largest of them in standard deviations of a click.
    """

    point_ras: np.ndarray
    covariance: np.ndarray
    residuals_px: np.ndarray
    apart: float

    @property
    def error_mm(self) -> float:
        """Distance to expect from where it truly is: root mean square."""
        return float(np.sqrt(np.trace(self.covariance)))


@dataclass(frozen=True, eq=False)
class SeenLine:
    """A line found in space, between the two points that were clicked in the first X-ray.

    Attributes:
        start_ras, end_ras: (3,) mm.
        covariance: (6, 6) mm^2 of both, one after the other.
    """

    start_ras: np.ndarray
    end_ras: np.ndarray
    covariance: np.ndarray

    @property
    def direction(self) -> np.ndarray:
        """(3,) of unit length."""
        along = self.end_ras - self.start_ras
        return np.asarray(along / np.linalg.norm(along))

    @property
    def errors_mm(self) -> tuple[float, float]:
        """Root mean square distance to expect of start and end from where they truly are."""
        own = np.diag(self.covariance)
        return float(np.sqrt(own[:3].sum())), float(np.sqrt(own[3:].sum()))


@dataclass(frozen=True)
class LineToLine:
    """How a tool lies to a planned line, or the standard deviations of that.

    Attributes:
        angle_deg: between them, 0 to 90.
        start_mm, end_mm: distance of the tool's start and end from the planned line.
    """

    angle_deg: float
    start_mm: float
    end_mm: float


def ray_of(sight: Sight, pixel: np.ndarray) -> Ray:
    """The ray that ends in a pixel (2,)."""
    ras_from_camera = sight.camera_from_ras.inverse()
    direction = ras_from_camera.rotation @ sight.camera.back_project(np.asarray(pixel, dtype=np.float64))
    return Ray(ras_from_camera.translation, direction / np.linalg.norm(direction))


def triangulate(sights: Sequence[Sight], pixels: np.ndarray, poses: PoseUncertainty | None = None) -> SeenPoint:
    """Where a point is that was clicked in several X-rays.

    Args:
        sights: the X-rays; of those with the same first camera the poses are off together, others by themselves.
        pixels: (V, 2) where it was clicked in each.
        poses: how far they may be off; only the clicks count where None.

    Raises:
        ClicksProblem: fewer than two X-rays, or all from the same side.
    """
    pixels = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
    if len(sights) < 2 or len(sights) != len(pixels):
        raise ClicksProblem("a point in space needs a click in each of two X-rays at least")
    _check_sides([ray_of(sight, pixel).direction for sight, pixel in zip(sights, pixels, strict=True)])
    scales = 1 / np.repeat([_click_px(sight) for sight in sights], 2)
    point = _linear(sights, pixels)
    for _ in range(_STEPS):
        slopes, off = _seen(sights, point, pixels)
        step = np.linalg.lstsq(scales[:, None] * slopes, scales * off, rcond=None)[0]
        point = point + step
        if np.linalg.norm(step) < 1e-9:
            break
    slopes, off = _seen(sights, point, pixels)
    if not np.isfinite(off).all():
        raise ClicksProblem("the clicks meet behind a source; click the same point in both X-rays")
    back = np.linalg.pinv(scales[:, None] * slopes) * scales
    noise = np.diag(1 / scales**2) + _pose_noise(sights, np.tile(point, (len(sights), 1)), poses)
    residuals = np.linalg.norm(off.reshape(-1, 2), axis=1)
    return SeenPoint(point, back @ noise @ back.T, residuals, float((residuals * scales[::2]).max()))


def triangulate_line(sights: Sequence[Sight], pixels: np.ndarray, poses: PoseUncertainty | None = None) -> SeenLine:
    """Where a straight tool is, of which two points were clicked in each of two X-rays, not the same ones.

    Args:
        sights: of both X-rays.
        pixels: (2, 2, 2): X-ray, point, column and row.
        poses: how far the poses may be off; only the clicks count where None.

    Raises:
        ClicksProblem: other than two X-rays, clicks upon each other, or a tool that lies in the plane of both sources.
    """
    pixels = np.asarray(pixels, dtype=np.float64)
    if len(sights) != 2 or pixels.shape != (2, 2, 2):
        raise ClicksProblem("a tool needs two clicks in each of two X-rays")
    ends = _line_ends(sights, pixels)
    jacobian = np.zeros((6, 8))
    for number in range(8):  # by differences: the ends are a closed form of eight numbers
        stepped = pixels.reshape(-1).copy()
        stepped[number] += 1e-3
        jacobian[:, number] = (_line_ends(sights, stepped.reshape(2, 2, 2)) - ends).ravel() / 1e-3
    points = np.concatenate([ends, [_nearest(ray_of(sights[1], pixel), ends) for pixel in pixels[1]]])
    clicks = np.repeat([_click_px(sight) for sight in sights], 4) ** 2
    noise = np.diag(clicks) + _pose_noise([sights[0], sights[0], sights[1], sights[1]], points, poses)
    return SeenLine(ends[0], ends[1], jacobian @ noise @ jacobian.T)


def line_to_line(start: np.ndarray, end: np.ndarray, planned: np.ndarray) -> LineToLine:
    """How a tool from start to end (3,) lies to the planned line through two points (2, 3), RAS mm."""
    along, plan = end - start, planned[1] - planned[0]
    if np.linalg.norm(along) < 1e-9 or np.linalg.norm(plan) < 1e-9:
        raise ClicksProblem("a line needs two points that are apart")
    along, plan = along / np.linalg.norm(along), plan / np.linalg.norm(plan)
    angle = np.degrees(np.arctan2(np.linalg.norm(np.cross(along, plan)), abs(along @ plan)))
    away = [float(np.linalg.norm(np.cross(place - planned[0], plan))) for place in (start, end)]
    return LineToLine(float(angle), away[0], away[1])


def line_to_line_errors(tool: SeenLine, planned: np.ndarray) -> LineToLine:
    """Standard deviations of ``line_to_line``, by differences."""
    ends = np.concatenate([tool.start_ras, tool.end_ras])
    slopes = np.zeros((3, 6))
    for number, step in enumerate(1e-3 * np.eye(6)):
        there, back = (line_to_line(place[:3], place[3:], planned) for place in (ends + step, ends - step))
        changes = (there.angle_deg - back.angle_deg, there.start_mm - back.start_mm, there.end_mm - back.end_mm)
        slopes[:, number] = np.array(changes) / 2e-3
    angle, start, end = np.sqrt(np.maximum(np.diag(slopes @ tool.covariance @ slopes.T), 0))
    return LineToLine(float(angle), float(start), float(end))


def _click_px(sight: Sight) -> float:
    return CLICK_MM / float(np.mean(sight.camera.pixel_spacing_mm))


def _check_sides(directions: Sequence[np.ndarray]) -> None:
    angles = [np.degrees(np.arccos(np.clip(abs(directions[0] @ other), 0, 1))) for other in directions[1:]]
    if max(angles) < _LEAST_ANGLE_DEG:
        raise ClicksProblem("the X-rays were taken from the same side; a point's depth needs another side")


def _linear(sights: Sequence[Sight], pixels: np.ndarray) -> np.ndarray:
    """(3,) the point nearest to all rays."""
    left, right = np.zeros((3, 3)), np.zeros(3)
    for sight, pixel in zip(sights, pixels, strict=True):
        ray = ray_of(sight, pixel)
        across = np.eye(3) - np.outer(ray.direction, ray.direction)
        left += across
        right += across @ ray.source
    return np.linalg.solve(left, right)


def _seen(sights: Sequence[Sight], point: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(2V, 3) px per mm, and (2V,) px from the point's pictures to the pixels given."""
    slopes = np.concatenate([sight.slopes(point[None])[0] for sight in sights])
    pictures = np.concatenate([sight.project(point[None]) for sight in sights])
    if not np.isfinite(pictures).all():
        raise ClicksProblem("the clicks meet behind a source; click the same point in both X-rays")
    return slopes, (pixels - pictures).ravel()


def _pose_noise(sights: Sequence[Sight], points: np.ndarray, poses: PoseUncertainty | None) -> np.ndarray:
    """(2V, 2V) px^2, of the pictures of points (V, 3), one in each X-ray."""
    noise = np.zeros((2 * len(sights), 2 * len(sights)))
    if poses is None:
        return noise
    motions = [sight.drawn_motion(point[None], poses.center_ras)[0] for sight, point in zip(sights, points, strict=True)]
    for n, one in enumerate(sights):
        for m, other in enumerate(sights):
            if _same(one.first_from_ras, other.first_from_ras):
                noise[2 * n : 2 * n + 2, 2 * m : 2 * m + 2] = motions[n] @ poses.covariance @ motions[m].T
    return noise


def _same(one: RigidTransform, other: RigidTransform) -> bool:
    return bool(np.allclose(one.matrix, other.matrix, rtol=0, atol=1e-9))


def _line_ends(sights: Sequence[Sight], pixels: np.ndarray) -> np.ndarray:
    """(2, 3) where the rays of the first X-ray's clicks meet the plane of the second's."""
    first, second = ([ray_of(sight, pixel) for pixel in own] for sight, own in zip(sights, pixels, strict=True))
    normals = [np.cross(one.direction, other.direction) for one, other in (first, second)]
    if min(np.linalg.norm(normal) for normal in normals) < 1e-9:
        raise ClicksProblem("two clicks lie upon each other; click the tool at two places that are apart")
    one, other = (normal / np.linalg.norm(normal) for normal in normals)
    if np.degrees(np.arcsin(np.clip(np.linalg.norm(np.cross(one, other)), 0, 1))) < _LEAST_ANGLE_DEG:
        raise ClicksProblem("the tool lies in the plane of both sources, where its depth is not seen; use another X-ray")
    places = [other @ (second[0].source - ray.source) / (other @ ray.direction) for ray in first]
    if min(places) <= 0:
        raise ClicksProblem("the clicks meet behind a source; click the same tool in both X-rays")
    return np.array([ray.at(place) for ray, place in zip(first, places, strict=True)])


def _nearest(ray: Ray, ends: np.ndarray) -> np.ndarray:
    """(3,) the point of the line through both ends (2, 3) that a ray passes nearest."""
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    both = np.stack([along, -ray.direction], axis=1)
    return np.asarray(ends[0] + np.linalg.lstsq(both, ray.source - ends[0], rcond=None)[0][0] * along)
