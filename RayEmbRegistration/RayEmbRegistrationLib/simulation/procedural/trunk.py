"""Skull, rib cage and shoulder as procedural bones (right side x positive, y anterior, z superior, mm)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from RayEmbRegistrationLib.simulation.phantoms.implicit import FAR_MM, Primitive, box, ellipsoid

from .build import Arrangement, Bone, Part, ball, groove, mirrored, moved, rod, smooth_curve, turn


def skull(rng: np.random.Generator, cells: int) -> Arrangement:
    """A hollow cranium with face, orbits, sinuses, base and mastoids; often a mandible with teeth."""
    grow = rng.normal(1, 0.08, 3)
    thickness, inner = rng.uniform(4, 9), np.array([70, 90, 70]) * grow
    head: Bone = [
        ball([0, -5, 45], inner),
        Part(box([0, 58, -12], np.array([46, 28, rng.uniform(34, 46)]), rounding=16), 14),
        Part(box([0, 5, -8], [44, 58, 13], rounding=9), 12),
        ball([0, -5, 46 + rng.uniform(0, 2)], inner - thickness * np.array([1.0, 1, 0.9]), 2),
    ]
    head[-1] = Part(head[-1].primitive, 3, carve=True)
    for side in (-1, 1):
        head += rod(np.array([[56, 8, 0], [36, 16, 2], [14, 28, 3]]) * (side, 1, 1), [10, 9, 6], 4)  # petrous ridge
        head.append(ball([58 * side, -10, -20], [11, 14, 20], 8))
        head += rod(np.array([[42, 68, -8], [64, 50, -12], [68, 28, -11], [63, 6, -6]]) * (side, 1, 1), [8, 5, 4, 6], 5)
        head.append(groove([34 * side, 96, 8], [17 * side, 44, 8], rng.uniform(14, 19), 4))
        for center, radii in (([29, 64, -24], [13, 15, 14]), ([9, 48, 4], [7, 12, 8]), ([14, 82, 36], [10, 7, 9])):
            sinus = ellipsoid(np.array(center) * (side, 1, 1), np.array(radii) * rng.uniform(0.4, 1.2))
            head.append(Part(sinus, 2, carve=True))
    head.append(Part(box([0, 84, -20], [12, 34, 19], rounding=9), 4, carve=True))  # nose
    head.append(Part(box([0, 82, -20], [1.2, 26, 19], rounding=1)))
    head.append(Part(box([0, 52, -64], [22, 44, 14], rounding=10), 4, carve=True))  # mouth
    head.append(groove([0, -28, -45], [0, -28, 8], 17, 3))
    for hole in rng.uniform(-1, 1, (int(rng.integers(0, 5)), 2)):  # burr holes, sutures, defects
        spot = np.array([70 * hole[0], 80 * hole[1], 100])
        head.append(groove(spot, spot * 0.75, rng.uniform(2, 12), 1))
    bones = [head]
    arch = _tooth_arch(rng)
    if rng.random() < 0.8:
        drop = rng.uniform(0, 22)
        jaw: Bone = []
        for side in (-1, 1):
            path = np.array([[52, 8, -12], [49, 12, -42], [46, 22, -62], [33, 58, -78], [14, 82, -84], [0, 87, -84]])
            jaw += rod((path - [0, 0, drop]) * (side, 1, 1), [6, 7, 8, 8.5, 8, 9], 6)
            jaw += rod(np.array([[47, 16, -50 - drop], [44, 36, -16 - drop]]) * (side, 1, 1), [7, 3], 6)
        jaw += [ball(tooth - [0, 0, 70 + drop], [3.6, 3.6, 8], 1) for tooth in arch if rng.random() < 0.9]
        bones.append(jaw)
    if rng.random() < 0.8:
        head += [ball(tooth - [0, 0, 52], [3.6, 3.6, 9], 1) for tooth in arch if rng.random() < 0.9]
    return Arrangement.of(bones, cells, gap_mm=2.5)


def _tooth_arch(rng: np.random.Generator) -> np.ndarray:
    angles = np.linspace(-1.25, 1.25, 14)
    wide, deep = rng.uniform(26, 33), rng.uniform(38, 50)
    return np.stack([wide * np.sin(angles), 84 - deep * (1 - np.cos(angles)), np.zeros(14)], -1)


def rib_cage(rng: np.random.Generator, cells: int) -> Arrangement:
    """Ribs of one or both sides, a sternum, plain blocks in place of the spine, perhaps clavicles and a shoulder blade."""
    levels = int(rng.integers(4, 13))
    first = int(rng.integers(0, 13 - levels))
    pitch, slope = rng.uniform(20, 27), rng.uniform(35, 95)
    sides = (-1, 1) if rng.random() < 0.6 else (int(rng.choice([-1, 1])),)
    bones: list[Bone] = []
    if rng.random() < 0.6:
        for level in range(first, first + levels + 1):
            place = [0, -78 + 8 * np.sin(level / 4), -pitch * level]
            bones.append(
                [
                    Part(box(place, [14 + level * 0.6, 13, 0.36 * pitch], rounding=4)),
                    *rod([place, np.add(place, [0, -35, -18])], [7, 4], 5),
                ]
            )
    if rng.random() < 0.6:
        depth = 60 + 3 * first
        bones.append([Part(box([0, depth, -pitch * first - 35], [24, 6, 24], rounding=5))])
        bones.append([Part(box([0, depth + 14, -pitch * first - 118], [15, 5, 55], rounding=5))])
    for side in sides:
        for level in range(first, first + levels):
            bones.append(_rib(rng, side, level, pitch, slope))
        if rng.random() < 0.4:
            path = np.array([[22, 70, -10], [60, 72, 2], [105, 30, 10], [140, 5, 14]]) * (side, 1, 1)
            bones.append(rod(smooth_curve(path, 8), [9, 7, 6, 6, 6, 6, 7, 8], 3))
        if rng.random() < 0.35:
            bones.append(_moved_bone(_scapula(rng), side))
    return Arrangement.of(bones, cells, gap_mm=2.0)


def _rib(rng: np.random.Generator, side: int, level: int, pitch: float, slope: float) -> Bone:
    """A rib from the back round to the front, falling as it goes."""
    wide, deep = np.interp(level, [0, 2, 6, 11], [58, 100, 132, 118]), np.interp(level, [0, 3, 7, 11], [52, 78, 96, 88])
    end = np.interp(level, [0, 6, 9, 11], [2.5, 2.4, 2.0, 1.1]) + rng.normal(0, 0.05)
    angles = np.linspace(0.12, end, 11)
    fall = slope * np.interp(level, [0, 4, 11], [0.5, 1, 1]) * np.sin(np.minimum(angles, 2.2) / 2.2 * 1.57) ** 1.3
    path = np.stack([side * wide * np.sin(angles), -10 - deep * np.cos(angles), -pitch * level - fall], -1)
    path += rng.normal(0, 0.8, path.shape)
    radii = np.interp(np.linspace(0, 1, 11), [0, 0.1, 0.5, 1], [6, 4, 4.2, 5.5]) * rng.uniform(0.85, 1.2)
    return rod(path, radii, 2)


def shoulder(rng: np.random.Generator, cells: int) -> Arrangement:
    """Scapula, humerus in any posture, clavicle and a few ribs; the origin lies in the glenoid."""
    bones = [_scapula(rng)]
    if rng.random() < 0.85:
        head = np.array([27, 2, 0]) + rng.normal(0, 1.5, 3)
        arm = turn(rng, (40, 35, 40))
        length, radius = rng.uniform(80, 220), rng.uniform(21, 26)

        def at(points: list) -> np.ndarray:
            return moved(np.array(points, dtype=float), arm, head)

        humerus: Bone = [ball(head, radius)]
        humerus += rod(at([[2, 0, -3], [12, 0, -22], [13, 0, -50], [12, 3, -length]]), [21, 16, 11.5, 11], 8)
        humerus.append(ball(at([18, 8, -2]), [9, 11, 15], 6, arm))
        humerus.append(ball(at([8, 19, -6]), [8, 7, 12], 6, arm))
        humerus.append(groove(at([16, 22, 8]), at([14, 18, -60]), 3.5, 3))
        bones.append(humerus)
    if rng.random() < 0.75:
        path = np.array([[14, 8, 38], [-15, 30, 40], [-60, 52, 36], [-110, 60, 24]]) + rng.normal(0, 4, (4, 3))
        bones.append(rod(smooth_curve(path, 9), [8, 6.5, 6, 6, 6, 6.5, 7, 8, 10], 3))
    for level in range(int(rng.integers(0, 5))):
        bones.append(_moved_bone(_rib(rng, 1, level + 1, 24, 60), 1, np.array([-150, 10, 45.0])))
    return Arrangement.of(bones, cells, gap_mm=rng.uniform(2, 4))


def _scapula(rng: np.random.Generator) -> Bone:
    """Blade with borders, spine with acromion, coracoid and glenoid."""
    upper, lower = np.array([-78, -44, rng.uniform(22, 45)]), np.array([-66, -56, -rng.uniform(90, 120)])
    neck = np.array([-12.0, -2, 0])
    blade: Bone = [Part(_triangle(np.array([upper, lower, neck]), rng.uniform(2.5, 5), rng.uniform(-8, 8)))]
    blade += rod([neck, (neck + lower) / 2 + rng.normal(0, 3, 3), lower], [8, 5.5, 6], 5)
    blade += rod([upper, (upper + lower) / 2 + [-8, -3, 0], lower], [4, 3, 5], 4)
    acromion = np.array([18, -14, 34]) + rng.normal(0, 4, 3)
    blade += rod(np.array([[-82, -56, 8], [-40, -50, 16], [-4, -40, 30], acromion]), [3, 5.5, 6, 8], 4)
    blade.append(ball(acromion + np.array([4, 8, 2]), [13, 16, 5], 5))
    blade += rod([[-14, 4, 12], [-8, 22, 26], [8, 34, 18]], [8, 6.5, 5], 5)
    blade.append(ball([-9, 0, -1], [10, 15, 20], 6))
    blade.append(Part(ellipsoid([27, 2, 0], [29, 29, 29]), 2, carve=True))
    return blade


def _triangle(corners: np.ndarray, thickness_mm: float, bulge_mm: float) -> Primitive:
    """A triangular plate (3 corners), ``bulge_mm`` out of its plane in the middle."""
    middle = corners.mean(0)
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    normal /= np.linalg.norm(normal)
    edges = []
    for n in range(3):
        outward = np.cross(corners[(n + 1) % 3] - corners[n], normal)
        outward /= np.linalg.norm(outward)
        outward *= -np.sign((middle - corners[n]) @ outward)
        edges.append((outward.astype(np.float32), np.float32(outward @ corners[n])))
    across, m = normal.astype(np.float32), middle.astype(np.float32)
    inner = -max(float(outward @ middle.astype(np.float32) - level) for outward, level in edges)

    def distance(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        edge = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), -FAR_MM, np.float32)
        for outward, level in edges:
            np.maximum(edge, outward[0] * x + outward[1] * y + outward[2] * z - level, out=edge)
        height = across[0] * (x - m[0]) + across[1] * (y - m[1]) + across[2] * (z - m[2])
        lift = np.float32(bulge_mm) * np.minimum(-edge / np.float32(inner), 1)
        plate = np.abs(height - lift) - np.float32(thickness_mm / 2)
        return np.minimum(np.maximum(plate, edge), 0) + np.hypot(np.maximum(plate, 0), np.maximum(edge, 0))

    reach = thickness_mm + abs(bulge_mm)
    return Primitive(distance, corners.min(0) - reach, corners.max(0) + reach)


def _moved_bone(bone: Bone, side: int, shift: np.ndarray | None = None) -> Bone:
    """A bone of the right shoulder put beside the ribs, or shifted."""
    shift = np.array([150, -40, -35.0]) if shift is None else shift
    placed = []
    for part in bone:
        old = part.primitive
        new = Primitive(_shifted(old, shift), old.low + shift, old.high + shift)
        placed.append(Part(new, part.blend_mm, part.carve))
    return placed if side > 0 else mirrored(placed)


def _shifted(primitive: Primitive, shift: np.ndarray) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    s = shift.astype(np.float32)
    return lambda x, y, z: primitive.distance(x - s[0], y - s[1], z - s[2])
