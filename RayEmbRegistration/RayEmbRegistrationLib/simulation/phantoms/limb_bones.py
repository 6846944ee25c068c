"""Knee and wrist as implicit solids: right side, x lateral (the thumb's side), y anterior, z superior."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from .implicit import Grid, Solid, box, capsule, ellipsoid, tube


def knee_bones(grid: Grid, size: float, flexion_deg: float, rng: np.random.Generator) -> dict[str, Solid]:
    """Distal femur with condyles, proximal tibia, fibula and patella; the origin lies in the joint line.

    Args:
        grid: where to build them.
        size: factor of the individual.
        flexion_deg: of the tibia against the femur.
        rng: individual scatter.
    """

    def at(points: ArrayLike) -> np.ndarray:
        points = np.asarray(points, dtype=np.float64)
        return points * size + rng.normal(0, 0.5, points.shape)

    bend = Rotation.from_euler("x", flexion_deg, degrees=True).as_matrix()
    hinge = np.array([0, -2, 18]) * size

    def bent(points: ArrayLike) -> np.ndarray:
        return (at(points) - hinge) @ bend.T + hinge

    femur = Solid(grid)
    for piece in tube(at([[6, 6, 170], [2, 5, 70], [0, 0, 34]]), np.array([14, 16, 22]) * size):
        femur.add(piece, 12)
    femur.add(ellipsoid(at([-22, -7, 21]), np.array([13, 28, 21]) * size), 10)  # medial condyle, a little longer
    femur.add(ellipsoid(at([23, -5, 22]), np.array([13, 27, 20.5]) * size), 10)  # lateral condyle
    femur.add(box(at([0, 11, 28]), np.array([25, 13, 15]) * size, rounding=9), 8)  # trochlea
    for side in (-1, 1):
        femur.add(ellipsoid(at([36 * side, -3, 30]), np.array([6, 10, 10]) * size), 8)  # epicondyles
    femur.carve(capsule(at([0, -42, 12]), at([0, -2, 6]), 10 * size, 9 * size), 5)  # intercondylar notch
    femur.carve(capsule(at([2, 32, 50]), at([2, 26, 10]), 6 * size, 7 * size), 6)  # trochlear groove

    tibia = Solid(grid)
    plateau = np.array([38, 25, 11]) * size
    tibia.add(box(bent([0, -4, -13]), plateau, bend, 8), 0)
    for piece in tube(bent([[0, -5, -20], [0, -2, -52], [2, 2, -95], [2, 3, -170]]), np.array([26, 18, 13.5, 12.5]) * size):
        tibia.add(piece, 14)
    tibia.add(capsule(bent([3, 17, -26]), bent([3, 15, -44]), 8 * size, 5 * size), 8)  # tuberosity
    for side in (-1, 1):
        tibia.add(ellipsoid(bent([6 * side, -4, -2]), np.array([3.5, 7, 6]) * size), 4)  # intercondylar eminence
    tibia.carve_near(femur, 4.5)

    fibula = Solid(grid)
    fibula.add(ellipsoid(bent([37, -22, -24]), np.array([10, 11, 12]) * size), 0)
    for piece in tube(bent([[37, -22, -30], [35, -20, -60], [33, -16, -170]]), np.array([7.5, 6, 6.5]) * size):
        fibula.add(piece, 6)
    fibula.carve_near(tibia, 1.5)

    patella = Solid(grid)
    patella.add(ellipsoid(at([2, 43, 30]), np.array([21, 9.5, 21]) * size), 0)
    patella.add(ellipsoid(at([2, 42, 13]), np.array([9, 6, 9]) * size), 8)
    patella.carve_near(femur, 4.0)
    return {"femur": femur, "tibia": tibia, "fibula": fibula, "patella": patella}


# lateral (thumb side), anterior (palm), superior (towards the fingers); radii; mm from the middle of the radio-carpal joint
_CARPALS = [
    ("scaphoid", (12, 2, 11), (7, 6.5, 11), 28),
    ("lunate", (-2, 0, 8), (7.5, 8, 7.5), 0),
    ("triquetrum", (-14, -1, 12), (6.5, 6.5, 8), -20),
    ("pisiform", (-16, 9, 12), (4.5, 5, 5), 0),
    ("trapezium", (20, 5, 26), (7.5, 7, 8.5), 25),
    ("trapezoid", (11, 0, 26), (6, 7, 6.5), 0),
    ("capitate", (0, 0, 24), (7, 8, 12), 4),
    ("hamate", (-11, 1, 25), (7, 8, 9), -10),
]
# base, head, of the metacarpals from thumb to little finger
_METACARPALS = [
    ((27, 9, 37), (44, 14, 72)),
    ((14, 1, 37), (22, 2, 98)),
    ((2, 0, 39), (3, 1, 98)),
    ((-8, 1, 37), (-14, 2, 90)),
    ((-16, 2, 35), (-29, 3, 82)),
]


def wrist_bones(grid: Grid, size: float, rng: np.random.Generator) -> dict[str, Solid]:
    """Distal radius and ulna, the eight carpal bones and five metacarpals of a hand held palm forward.

    Args:
        grid: where to build them.
        size: factor of the individual.
        rng: individual scatter.
    """

    def at(points: ArrayLike) -> np.ndarray:
        points = np.asarray(points, dtype=np.float64)
        return points * size + rng.normal(0, 0.35, points.shape)

    carpals = Solid(grid)
    for n, (_, center, radii, tilt) in enumerate(_CARPALS):
        turn = Rotation.from_euler("yx", [tilt, rng.normal(0, 6)], degrees=True).as_matrix()
        bone = Solid(grid).add(ellipsoid(at(center), np.array(radii) * size * 0.98, turn))
        if n:
            bone.carve_near(carpals, 1.4)
        np.minimum(carpals.distance, bone.distance, out=carpals.distance)

    radius = Solid(grid)
    for piece in tube(at([[6, 1, -130], [5, 2, -60], [7, 1, -26], [6, 0, -10]]), np.array([6.5, 6.8, 9, 11.5]) * size):
        radius.add(piece, 8)
    radius.add(box(at([5, 0, -9]), np.array([15, 10, 8]) * size, rounding=5), 6)
    radius.add(capsule(at([15, 0, -8]), at([19, 1, 3]), 6 * size, 3 * size), 5)  # styloid
    radius.carve_near(carpals, 1.8)

    ulna = Solid(grid)
    for piece in tube(at([[-22, -2, -130], [-19, -1, -50], [-18, 0, -8]]), np.array([6.5, 5.5, 7.5]) * size):
        ulna.add(piece, 5)
    ulna.add(capsule(at([-21, -5, -8]), at([-23, -6, 1]), 3 * size, 1.8 * size), 3)  # styloid
    ulna.carve_near(radius, 1.8)

    metacarpals = Solid(grid)
    for mean_base, mean_head in _METACARPALS:
        base, head = at(mean_base), at(mean_head)
        middle = (base + head) / 2
        for piece in tube([base, 0.6 * base + 0.4 * middle, middle, head], np.array([7, 4.6, 4.2, 5.2]) * size):
            metacarpals.add(piece, 2)
        metacarpals.add(ellipsoid(head, np.full(3, 7.2 * size)), 4)
    metacarpals.carve_near(carpals, 1.4)
    return {"radius": radius, "ulna": ulna, "carpals": carpals, "metacarpals": metacarpals}
