"""Hemipelvis and proximal femur as implicit solids.

Landmarks are written for the right side: x lateral, y anterior, z superior, in mm, origin midway between the hip centres.
Their distances follow textbook adult anatomy (inter-spinous about 240 mm, hip centres 180 mm apart, neck-shaft angle about
125 degrees); every individual is drawn around them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import RBFInterpolator, splev, splprep
from scipy.spatial.transform import Rotation

from .implicit import Grid, Primitive, Solid, box, capsule, ellipsoid, half_space, intersection, tube

HIP_CENTER = np.array([90.0, 0.0, 0.0])  # half of 180 mm (see above)

# lateral, anterior, superior position of the iliac wing's middle surface, and its thickness there
_WING = np.array(
    [
        [120, 48, 74, 14],  # anterior superior iliac spine
        [103, 37, 36, 18],  # anterior inferior iliac spine
        [93, 0, 31, 26],  # acetabular roof
        [136, 16, 98, 17],  # iliac tubercle
        [113, 6, 72, 9],  # acetabular pillar
        [106, 28, 70, 5],  # iliac fossa, front
        [94, -18, 84, 5],  # iliac fossa, back
        [113, -26, 123, 13],  # top of the crest
        [80, -62, 113, 15],
        [48, -88, 76, 22],  # posterior superior iliac spine
        [44, -84, 44, 16],  # posterior inferior iliac spine
        [60, -54, 60, 24],  # auricular surface of the sacro-iliac joint
        [64, -50, 32, 18],  # top of the greater sciatic notch
        [73, -20, 20, 14],  # quadrilateral surface
    ],
    dtype=float,
)
# anterior, superior outline of the wing, seen from the side
_WING_OUTLINE = np.array(
    [
        *([20, 16], [36, 29], [34, 42], [38, 56], [51, 72], [47, 84], [33, 96], [12, 109], [-8, 119], [-30, 124]),
        *([-52, 119], [-72, 106], [-86, 88], [-92, 72], [-87, 60], [-88, 46], [-78, 35], [-62, 32], [-48, 24], [-40, 8]),
        *([-34, -4], [-8, -2], [10, 4]),
    ],
    dtype=float,
)


@dataclass(frozen=True, eq=False)
class SideShape:
    """One side of an individual: which side, how it differs from the mean, and how the femur is held.

    Attributes:
        side: +1 right, -1 left (RAS x).
        scale: (3,) lateral, anterior, superior factors.
        head_radius_mm: femoral head.
        cup_inclination_deg: opening of the acetabulum from the horizontal.
        neck_shaft_deg: neck-shaft angle.
        femur_rotation: (3, 3) rotation of the femur about the hip centre, for the right side.
        jitter: generator for the landmarks' individual scatter.
        jitter_mm: its standard deviation.
    """

    side: int
    scale: np.ndarray
    head_radius_mm: float
    cup_inclination_deg: float
    neck_shaft_deg: float
    femur_rotation: np.ndarray
    jitter: np.random.Generator
    jitter_mm: float = 1.8

    def place(self, points: ArrayLike, scatter: bool = True) -> np.ndarray:
        """RAS points of this individual from mean landmarks (..., 3) of the right side."""
        own = np.asarray(points, dtype=np.float64) * self.scale
        if scatter:
            own = own + self.jitter.normal(0.0, self.jitter_mm, own.shape)
        return own * (self.side, 1, 1)

    @property
    def hip_center(self) -> np.ndarray:
        """RAS of the centre of acetabulum and femoral head."""
        return self.place(HIP_CENTER, scatter=False)


def draw_side(rng: np.random.Generator, side: int, scale: np.ndarray, head_radius_mm: float) -> SideShape:
    """One side around an individual's common size; the two sides differ a little."""
    flexion, abduction, rotation = rng.normal(0, (4.0, 3.0, 7.0))
    return SideShape(
        side=side,
        scale=scale * rng.normal(1.0, 0.008, 3),
        head_radius_mm=head_radius_mm * rng.normal(1.0, 0.01),
        cup_inclination_deg=rng.normal(44.0, 3.0),
        neck_shaft_deg=rng.normal(126.0, 3.0),
        femur_rotation=Rotation.from_euler("xyz", [flexion, -abduction, rotation], degrees=True).as_matrix(),
        jitter=rng,
    )


def hemipelvis(grid: Grid, shape: SideShape) -> Solid:
    """Ilium, ischium and pubis of one side; the other bones are carved off by the caller where they meet."""
    bone = Solid(grid)
    center, place = shape.hip_center, shape.place
    bone.add(_iliac_wing(shape), 0)
    bone.add(ellipsoid(center + place([2, 0, 2.5], scatter=False), np.full(3, shape.head_radius_mm + 8.5)), 10)
    for points, radii in (
        ([[58, -52, 40], [67, -25, 24], [71, 5, 15], [68, 33, 3]], [8, 7, 7, 8]),  # pelvic brim
        ([[66, -46, 26], [73, -38, 2], [80, -30, -28]], [9, 11, 11]),  # posterior column
        ([[86, -22, -10], [78, -32, -38], [68, -36, -62], [63, -30, -80]], [16, 14, 15, 15]),  # ischium
        ([[58, -24, -86], [41, 2, -74], [27, 24, -58], [15, 36, -46]], [11, 8, 7.5, 8]),  # inferior ramus
        ([[87, 24, 6], [66, 36, 0], [43, 42, -11], [22, 43, -20]], [13, 9.5, 8, 9]),  # superior ramus
        ([[61, -42, -6], [46, -50, -13]], [9, 3]),  # ischial spine
    ):
        for piece in tube(place(points), radii):
            bone.add(piece, 7)
    body = box(place([15, 40, -32]), [13, 7, 19], Rotation.from_euler("y", 12 * shape.side, degrees=True).as_matrix(), 6)
    bone.add(body, 6)
    return _carve_socket(bone, shape)


def _carve_socket(bone: Solid, shape: SideShape) -> Solid:
    """The acetabulum: a spherical cup that opens outwards, forwards and down."""
    center = shape.hip_center
    tilt = np.radians(shape.cup_inclination_deg)
    opening = np.array([np.sin(tilt) * 0.94 * shape.side, 0.3, -np.cos(tilt) * 0.94])
    mouth = half_space(center + 5 * opening, -opening)
    bone.carve(intersection(ellipsoid(center, np.full(3, shape.head_radius_mm + 14)), mouth), 2)
    bone.carve(ellipsoid(center, np.full(3, shape.head_radius_mm + 3)), 1.5)
    gap = box([0, 40 * shape.scale[1], -32], [2.3, 40, 60])
    return bone.carve(gap, 2)


def _iliac_wing(shape: SideShape) -> Primitive:
    """A curved plate: lateral position and thickness are thin-plate splines over the sagittal plane."""
    landmarks = shape.place(_WING[:, :3])
    position = RBFInterpolator(landmarks[:, 1:], landmarks[:, 0] * shape.side, smoothing=1.0)
    thickness = RBFInterpolator(landmarks[:, 1:], _WING[:, 3], kernel="linear")
    outline = np.column_stack([np.zeros(len(_WING_OUTLINE)), _WING_OUTLINE])
    outline = shape.place(outline)[:, 1:]
    spline, _ = splprep(np.vstack([outline, outline[:1]]).T, s=20.0, per=True)
    contour = np.column_stack(splev(np.linspace(0, 1, 120, endpoint=False), spline))
    rounding = 3.0

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        plane = np.stack(np.broadcast_arrays(y[0, :, 0], z[:, 0]), axis=-1).astype(np.float64)  # (K, J, 2)
        flat = plane.reshape(-1, 2)
        middle = position(flat).reshape(plane.shape[:2])
        half = np.clip(thickness(flat), 4.0, 26.0).reshape(plane.shape[:2]) / 2
        edge = polygon_distance(flat, contour).reshape(plane.shape[:2])
        slope_z, slope_y = np.gradient(middle, z[:, 0, 0], y[0, :, 0])
        steep = np.sqrt(1 + slope_y**2 + slope_z**2)
        middle, half, edge, steep = (part.astype(np.float32)[:, :, None] for part in (middle, half, edge, steep))
        plate = np.abs(x * shape.side - middle) / steep - half + rounding
        edge = edge + rounding
        return np.minimum(np.maximum(plate, edge), 0) + np.hypot(np.maximum(plate, 0), np.maximum(edge, 0)) - rounding

    low, high = landmarks.min(0) - 15, landmarks.max(0) + 15
    return Primitive(distance, low, high)


def polygon_distance(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Signed distance (N,) of 2D points (N, 2) from a closed polygon (M, 2), negative inside."""
    nearest = np.full(len(points), np.inf)
    inside = np.zeros(len(points), dtype=bool)
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        edge, offset = b - a, points - a
        t = np.clip(offset @ edge / (edge @ edge), 0, 1)
        nearest = np.minimum(nearest, ((offset - t[:, None] * edge) ** 2).sum(-1))
        crosses = (a[1] > points[:, 1]) != (b[1] > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (points[:, 0] < (points[:, 1] - a[1]) / edge[1] * edge[0] + a[0])
    return np.where(inside, -1, 1) * np.sqrt(nearest)


def proximal_femur(grid: Grid, shape: SideShape) -> Solid:
    """Head, neck, both trochanters and the shaft as far as the grid reaches."""
    center = shape.hip_center
    angle = np.radians(shape.neck_shaft_deg - 90)
    neck = 48 * np.array([np.cos(angle), -0.14, -np.sin(angle)])
    base = HIP_CENTER + neck

    def place(points: ArrayLike) -> np.ndarray:
        """Landmarks given for the mean femur, turned about the hip centre."""
        offset = (np.asarray(points, dtype=np.float64) - HIP_CENTER) @ shape.femur_rotation.T * shape.scale.mean()
        return center + (offset + shape.jitter.normal(0, 0.8, offset.shape)) * (shape.side, 1, 1)

    bone = Solid(grid)
    radius = shape.head_radius_mm
    bone.add(capsule(place(HIP_CENTER + 0.15 * neck), place(base), radius * 0.62, radius * 0.72), 0)
    for offsets, radii in (
        ([[1, -2, 0], [13, -9, 16]], [16, 11]),  # greater trochanter
        ([[15, -8, 2], [17, -14, 26]], [13, 9]),
        ([[4, 0, -8], [2, 2, -48], [-6, 8, -150]], [18, 15, 14]),  # shaft
        ([[-4, -10, -36], [-13, -18, -32]], [8, 5]),  # lesser trochanter
    ):
        for piece in tube(place(base + np.array(offsets)), radii):
            bone.add(piece, 8)
    return bone.add(ellipsoid(center, np.full(3, radius)), 4)
