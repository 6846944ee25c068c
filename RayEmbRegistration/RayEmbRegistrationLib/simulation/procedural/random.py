"""Arrangements of no anatomy in particular, and long bones with joint ends of any form."""

from __future__ import annotations

import numpy as np

from RayEmbRegistrationLib.simulation.phantoms.implicit import box, capsule, ellipsoid

from .build import Arrangement, Bone, Part, any_rotation, ball, groove, mirrored, moved, rod, smooth_curve, turn


def random_bones(rng: np.random.Generator, cells: int) -> Arrangement:
    """One to nine bones of random form (rods, plates, blocks, knobs, rings, shells), perhaps with mirrored twins."""
    count = int(rng.integers(1, 10))
    size = rng.uniform(35, 70) / count**0.35
    bones: list[Bone] = []
    symmetric = rng.random() < 0.35
    for _ in range(count):
        center = rng.normal(0, 9 * count**0.5, 3)
        form = _FORMS[int(rng.integers(len(_FORMS)))]
        bone = form(rng, center, size * rng.uniform(0.45, 1.25))
        bones.append(bone)
        if symmetric and rng.random() < 0.8:
            bones.append(mirrored(bone))
    return Arrangement.of(bones, cells, gap_mm=rng.uniform(1.0, 3.0))


def _curved_rod(rng: np.random.Generator, center: np.ndarray, size: float) -> Bone:
    """A bent rod of changing thickness, sometimes with a knob at an end."""
    direction = any_rotation(rng)[0]
    knots = direction * np.linspace(-1, 1, 4)[:, None] * size + rng.normal(0, 0.22 * size, (4, 3))
    radii = np.interp(np.linspace(0, 1, 9), np.linspace(0, 1, 4), rng.uniform(0.06, 0.2, 4)) * size
    path = smooth_curve(knots + center, 9)
    bone = rod(path, radii, 0.08 * size)
    for end in (0, -1):
        if rng.random() < 0.6:
            bone.append(ball(path[end], size * rng.uniform(0.14, 0.34, 3), 0.12 * size))
    return bone


def _plate(rng: np.random.Generator, center: np.ndarray, size: float) -> Bone:
    """A thin, curved plate: part of a shell, with a rim and perhaps a window."""
    turned = any_rotation(rng)
    radius, thick = size * rng.uniform(0.8, 2.2), size * rng.uniform(0.05, 0.14)
    ball_center = center + turned[:, 2] * radius
    bone: Bone = [Part(box(center, size * np.array([rng.uniform(0.4, 1), rng.uniform(0.4, 1), 0.35]), turned, 0.2 * size))]
    bone.append(Part(ellipsoid(ball_center + turned[:, 2] * thick, np.full(3, radius)), 1, carve=True))
    outer = ellipsoid(ball_center, np.full(3, radius))
    outside = type(outer)(lambda x, y, z: -outer.distance(x, y, z), center - 2 * size, center + 2 * size)
    bone.append(Part(outside, 1, carve=True))
    if rng.random() < 0.5:
        bone.append(groove(center - turned[:, 2] * size, center + turned[:, 2] * size, size * rng.uniform(0.1, 0.3)))
    return bone


def _block(rng: np.random.Generator, center: np.ndarray, size: float) -> Bone:
    """A block with knobs, spurs and channels."""
    bone: Bone = [Part(box(center, size * rng.uniform(0.22, 0.55, 3), turn(rng, 40), 0.12 * size))]
    for _ in range(int(rng.integers(1, 6))):
        tip = center + rng.normal(0, 0.45 * size, 3)
        bone += rod([center, tip], size * rng.uniform(0.06, 0.18, 2), 0.12 * size)
        if rng.random() < 0.4:
            bone.append(ball(tip, size * rng.uniform(0.1, 0.25, 3), 0.1 * size))
    for _ in range(int(rng.integers(0, 3))):
        start = center + rng.normal(0, 0.4 * size, 3)
        bone.append(groove(start, start + rng.normal(0, 0.7 * size, 3), size * rng.uniform(0.05, 0.14)))
    return bone


def _knobs(rng: np.random.Generator, center: np.ndarray, size: float) -> Bone:
    """A cluster of ellipsoids grown together, hollowed in places."""
    bone: Bone = []
    for _ in range(int(rng.integers(2, 8))):
        radii = size * rng.uniform(0.15, 0.5, 3)
        bone.append(ball(center + rng.normal(0, 0.3 * size, 3), radii, 0.15 * size, turn(rng, 60)))
    if rng.random() < 0.5:
        bone.append(Part(ellipsoid(center + rng.normal(0, 0.5 * size, 3), size * rng.uniform(0.2, 0.4, 3)), 3, carve=True))
    return bone


def _ring(rng: np.random.Generator, center: np.ndarray, size: float) -> Bone:
    """A closed or open ring of uneven thickness."""
    turned = any_rotation(rng)
    angles = np.linspace(0, 2 * np.pi * rng.choice([1.0, 1.0, rng.uniform(0.4, 0.9)]), 15)
    wobble = 1 + 0.12 * np.sin(2 * angles + rng.uniform(0, 6)) + 0.08 * np.sin(3 * angles + rng.uniform(0, 6))
    circle = np.stack([np.cos(angles) * wobble, np.sin(angles) * wobble * rng.uniform(0.5, 1), 0.2 * np.sin(2 * angles)], -1)
    radii = size * rng.uniform(0.06, 0.16) * (1 + 0.4 * np.sin(angles + rng.uniform(0, 6)))
    return rod(moved(circle * 0.7 * size, turned, center), radii, 0.05 * size)


_FORMS = (_curved_rod, _curved_rod, _plate, _plate, _block, _block, _knobs, _ring)


def long_bones(rng: np.random.Generator, cells: int) -> Arrangement:
    """One to three long bones: alone, side by side as in a forearm, or meeting at a joint."""
    length = rng.uniform(80, 200)
    bones: list[Bone] = []
    pattern = rng.choice(["one", "parallel", "joint", "joint", "joint of two"])
    first_end, second_end = np.array([0, 0, 0.0]), np.array([0, 0, length])
    width = length * rng.uniform(0.07, 0.13)
    bones.append(_long_bone(rng, first_end, second_end, width))
    if pattern in ("parallel", "joint of two"):
        aside = turn(rng, (0, 0, 180)) @ [rng.uniform(2.2, 3.6) * width, 0, 0]
        stagger = rng.normal(0, 0.08 * length)
        bones.append(
            _long_bone(rng, first_end + aside + [0, 0, stagger], second_end + aside * 0.9, width * rng.uniform(0.5, 1))
        )
    if pattern in ("joint", "joint of two"):
        bend = turn(rng, (45, 12, 12))
        start = np.array([0, 0, -rng.uniform(1.6, 2.6) * width])
        bones.append(
            _long_bone(rng, start, start + bend @ [0, 0, -length * rng.uniform(0.4, 1)], width * rng.uniform(0.8, 1.2))
        )
        if rng.random() < 0.4:  # a sesamoid such as the patella
            bones.append(
                [ball([0, rng.choice([-1, 1]) * 3.2 * width, 0], width * rng.uniform(0.5, 1.1, 3), rotation=turn(rng, 30))]
            )
    return Arrangement.of(bones, cells, gap_mm=rng.uniform(1.5, 4.0))


def _long_bone(rng: np.random.Generator, start: np.ndarray, end: np.ndarray, width: float) -> Bone:
    """A bowed shaft with two joint ends; ``width`` is half that of a joint end, roughly."""
    axis = end - start
    across = np.cross(axis, rng.standard_normal(3))
    across /= np.linalg.norm(across)
    bow = np.array([0, 0.5, 1, 0.6, 0])[:, None] * across * rng.normal(0, 0.03) * np.linalg.norm(axis)
    path = smooth_curve(start + axis * np.linspace(0, 1, 5)[:, None] + bow, 9)
    waist = rng.uniform(0.32, 0.6)
    radii = width * np.array([1, 0.75, waist * 1.15, waist, waist, waist, waist * 1.15, 0.75, 1]) * rng.uniform(0.9, 1.1, 9)
    bone = rod(path, radii, 0.4 * width)
    for place, outward in ((path[0], -axis), (path[-1], axis)):
        bone += _joint_end(rng, place, outward / np.linalg.norm(axis), width)
    if rng.random() < 0.5:  # a tubercle or ridge on the shaft
        spot = path[int(rng.integers(1, 8))] + turn(rng, 180)[0] * width * 0.6
        bone.append(ball(spot, width * rng.uniform(0.25, 0.5, 3), 0.4 * width))
    return bone


def _joint_end(rng: np.random.Generator, place: np.ndarray, outward: np.ndarray, width: float) -> Bone:
    """A ball on a neck, two condyles with a notch, a plateau, or a knob with a spur."""
    side = np.cross(outward, rng.standard_normal(3))
    side /= np.linalg.norm(side)
    front = np.cross(outward, side)
    axes = np.column_stack([side, front, outward])
    form = rng.integers(4)
    bone: Bone = []
    if form == 0:
        neck = outward * rng.uniform(0.3, 1.0) + side * rng.uniform(0.2, 1.6)
        head = place + neck * width
        bone += rod([place, head], [0.75 * width, 0.6 * width], 0.4 * width)
        bone.append(ball(head, width * rng.uniform(0.75, 1.05), 0.2 * width))
        bone.append(
            ball(
                place - side * 0.8 * width + outward * rng.uniform(0, 0.8) * width,
                width * rng.uniform(0.4, 0.8, 3),
                0.5 * width,
            )
        )
    elif form == 1:
        for sign in (-1, 1):
            radii = width * np.array([0.62, rng.uniform(0.8, 1.3), 0.85]) * rng.uniform(0.9, 1.15)
            bone.append(ball(place + sign * side * 0.75 * width + outward * 0.35 * width, radii, 0.5 * width, axes))
        bone.append(
            groove(
                place + outward * 1.2 * width + front * width,
                place + outward * 0.3 * width - 2 * front * width,
                0.35 * width,
            )
        )
    elif form == 2:
        half = width * np.array([rng.uniform(0.9, 1.7), rng.uniform(0.7, 1.1), 0.5])
        bone.append(Part(box(place + outward * 0.2 * width, half, axes, 0.35 * width), 0.5 * width))
        if rng.random() < 0.6:
            tip = place + side * half[0] * 0.8 + outward * 1.3 * width
            bone += rod([place + side * half[0] * 0.6, tip], [0.5 * width, 0.2 * width], 0.3 * width)
    else:
        bone.append(ball(place, width * rng.uniform(0.8, 1.5, 3), 0.5 * width, axes))
        bone += rod(
            [place, place + (outward + rng.normal(0, 0.7, 3)) * width * rng.uniform(1, 1.8)],
            [0.6 * width, 0.3 * width],
            0.4 * width,
        )
        bone.append(
            Part(capsule(place + outward * 1.6 * width, place + outward * 1.6 * width + front, 0.8 * width), 2, carve=True)
        )
    return bone
