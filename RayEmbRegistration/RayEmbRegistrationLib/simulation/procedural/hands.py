"""Hands and feet: rays of metacarpals (metatarsals) and phalanges on a cluster of small bones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.simulation.phantoms.implicit import box

from .build import Arrangement, Bone, Part, ball, groove, moved, rod, turn


def hand(rng: np.random.Generator, cells: int) -> Arrangement:
    """A hand with its fingers spread, bent or partly missing; often carpals and the ends of the forearm."""
    bones: list[Bone] = []
    curl, spread = rng.uniform(0, 50), rng.uniform(3, 12)
    for n in range(5):
        if rng.random() < 0.08:
            continue
        thumb = n == 0
        base = np.array([24 - 11 * n, 0, 22 - 1.5 * abs(n - 2)]) + ([4, 8, -4] if thumb else [0, 0, 0])
        angle = 42 if thumb else spread * (2 - n)
        lengths = (45, 31, 24) if thumb else tuple(np.array([66, 42, 26, 19]) * (1 - 0.07 * abs(n - 2)))
        form = _RayForm(lengths, 6.2, 4.0, curl * rng.uniform(0.3, 1))
        bones += _ray(rng, base, angle + rng.normal(0, 3), form)
    if rng.random() < 0.8:
        for row in range(2):
            for n in range(4):
                center = np.array([16.5 - 11 * n, rng.normal(0, 2), 13 * row - 2 - 1.2 * (n - 1.5) ** 2]) + rng.normal(
                    0, 0.8, 3
                )
                bones.append(
                    [
                        ball(center, rng.uniform(5.2, 7.8, 3), 0, turn(rng, 30)),
                        ball(center + rng.normal(0, 3.5, 3), rng.uniform(3.5, 5.5, 3), 4),
                    ]
                )
    if rng.random() < 0.6:
        length = rng.uniform(20, 90)
        forearm = turn(rng, (25, 15, 20))
        for x, radius, end in ((8, 11, -13), (-16, 6.5, -15)):
            path = moved(
                np.array([[x, 0, 0], [x * 0.9, 0, -16], [x * 0.8, 0, -16 - length]]), forearm, np.array([0, 0, end + 1.0])
            )
            bone = rod(path, [radius, radius * 0.75, 6], 5)
            bone.append(ball(path[0] + [np.sign(x) * radius * 0.7, 0, 4], [3.5, 4, 8], 4))
            bones.append(bone)
    return Arrangement.of(bones, cells, gap_mm=rng.uniform(0.8, 2.0))


def foot(rng: np.random.Generator, cells: int) -> Arrangement:
    """Heel, ankle, midfoot, rays and toes, with the ends of tibia and fibula in any flexion (y towards the toes)."""
    bones: list[Bone] = []
    calcaneus = rod([[0, -45, -38], [2, -20, -32], [4, 12, -24]], [18, 17, 13], 10)
    calcaneus += [ball([-8, 2, -20], [12, 14, 7], 6), ball([0, -52, -40], [15, 12, 20], 8)]
    talus = [
        ball([0, 2, 4], [16, 20, 14], 0),
        *rod([[0, 14, 2], [-5, 32, -4]], [11, 12], 6),
        ball([0, -14, -4], [10, 10, 9], 6),
    ]
    bones += [talus, calcaneus]
    if rng.random() < 0.8:
        flexion = turn(rng, (22, 6, 12))
        length = rng.uniform(30, 130)
        tibia = rod(moved(np.array([[-3, 0, 30], [-2, 0, 55], [0, 2, 30 + length]]), flexion, np.zeros(3)), [21, 14, 12], 8)
        tibia += [Part(box(moved([-2, 0, 24], flexion, np.zeros(3)), [20, 17, 7], flexion, 5), 6)]
        tibia += rod(moved([[-19, 2, 24], [-20, 3, 8]], flexion, np.zeros(3)), [8, 6], 5)
        bones.append(tibia)
        fibula = rod(
            moved(np.array([[24, -6, -6], [23, -8, 30], [21, -9, 30 + length]]), flexion, np.zeros(3)), [8, 7, 5.5], 5
        )
        bones.append(fibula)
    if rng.random() < 0.9:
        centers = [([-8, 48, -8], [15, 7, 11]), ([18, 38, -24], [12, 15, 11]), ([-16, 64, -14], [8, 10, 12])]
        centers += [([-3, 62, -8], [7, 8, 10]), ([8, 61, -12], [7, 9, 9])]
        bones += [[Part(box(np.add(center, rng.normal(0, 1, 3)), radii, turn(rng, 10), 4))] for center, radii in centers]
        for n in range(5):
            base = np.array([-19 + 10.5 * n, 76 - 3.5 * n, -18 - 1.5 * n])
            lengths = (58, 30, 22) if n == 0 else (70 - 3 * n, 24, 12, 9)
            end_radius, waist = (9.5, 7.0) if n == 0 else (6.0, 3.8)
            splay = rng.normal(-3 + 2.5 * n, 2)
            bones += _ray(rng, base, splay, _RayForm(lengths, end_radius, waist, rng.uniform(0, 20), toes=True))
    return Arrangement.of(bones, cells, gap_mm=rng.uniform(1.0, 2.5))


@dataclass(frozen=True)
class _RayForm:
    """What the bones of a finger or toe look like.

    Attributes:
        lengths: mm, from the metacarpal (metatarsal) on.
        end_radius, waist: mm, of the first bone.
        curl_deg: bend of each joint.
        toes: whether the ray runs along y, as in a foot, and not along z.
    """

    lengths: tuple[float, ...]
    end_radius: float
    waist: float
    curl_deg: float
    toes: bool = False


def _ray(rng: np.random.Generator, base: np.ndarray, angle_deg: float, form: _RayForm) -> list[Bone]:
    """The bones of one finger or toe, from the metacarpal on."""
    angle, place, bones = np.radians(angle_deg), np.asarray(base, dtype=float), []
    bend, size, across = 0.0, 1.0, np.array([20.0, 0, 0])
    for n, length in enumerate(np.array(form.lengths) * rng.normal(1, 0.05)):
        direction = np.array([np.sin(angle), np.sin(bend), np.cos(angle) * np.cos(bend)])
        if form.toes:
            direction = direction[[0, 2, 1]] * (1, 1, -1)
        direction /= np.linalg.norm(direction)
        end_radius, waist = form.end_radius * size, form.waist * size
        first, last = place + direction * end_radius, place + direction * (length - end_radius)
        spots = first + (last - first) * np.array([0, 0.25, 0.5, 0.8, 1])[:, None]
        bone = rod(spots, [end_radius, waist * 1.15, waist, waist * 1.1, end_radius * 0.9], 2)
        bone.append(ball(last, np.full(3, end_radius), 2))
        if n == len(form.lengths) - 1:
            bone.append(ball(last, [end_radius * 1.1, end_radius * 0.8, end_radius], 2))
        elif rng.random() < 0.15:
            bone.append(groove(last - across, last + across, 0.8))
        bones.append(bone)
        place = place + direction * (length + rng.uniform(1.5, 3))
        bend += np.radians(form.curl_deg * rng.uniform(0.6, 1.2))
        size *= 0.86
    return bones
