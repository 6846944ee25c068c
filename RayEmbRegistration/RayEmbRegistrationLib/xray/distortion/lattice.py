"""Which bead of a plate is which: a square or hexagonal lattice followed from its middle outwards, however it is bent."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

CENTRAL = 60  # spots about the middle that tell the lattice's kind and direction; chosen
NEIGHBOR_REACH = 1.25  # of the nearest distance: diagonals of a square are at 1.41, distortion moves the nearest by a tenth
# Of the pitch: how far a neighbor may be from where its own neighbors have it. Half would take either of two.
STEP_TOLERANCE = 0.25
OUTLIER = 0.12  # of the pitch, from the mean of opposite neighbors; distortion of 5 % bends a lattice by 0.01 a pitch
SQUARE, HEXAGONAL = "square", "hexagonal"
# Steps to the nearest neighbors in the lattice's own numbers.
_STEPS = {
    SQUARE: ((1, 0), (0, 1), (-1, 0), (0, -1)),
    HEXAGONAL: ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)),
}
# The same steps on the plate, in pitches: of a hexagonal lattice 60 degrees apart, by definition.
_BASES = {
    SQUARE: np.eye(2),
    HEXAGONAL: np.array([[1.0, 0.0], [0.5, np.sqrt(3) / 2]]),
}


@dataclass(frozen=True, eq=False)
class Lattice:
    """Spots with their places on the plate.

    Attributes:
        kind: SQUARE or HEXAGONAL.
        numbers: (N, 2) whole numbers of steps along the lattice's two directions.
        points_px: (N, 2) column and row.
        spots: (N,) which of the spots each is.
    """

    kind: str
    numbers: np.ndarray
    points_px: np.ndarray
    spots: np.ndarray

    @property
    def plate(self) -> np.ndarray:
        """(N, 2) places on the plate, in pitches."""
        return np.asarray(self.numbers @ _BASES[self.kind])

    @property
    def area_px(self) -> float:
        """That the spots cover, by the typical distance of neighbors."""
        pitch = float(np.median(cKDTree(self.points_px).query(self.points_px, k=2)[0][:, 1]))
        return len(self.points_px) * pitch**2 * float(np.linalg.det(_BASES[self.kind]))


def follow_lattice(points_px: np.ndarray, middle_px: np.ndarray) -> Lattice | None:
    """Number the spots of a lattice; those that do not belong to it are left out.

    Args:
        points_px: (N, 2) column and row.
        middle_px: (2,) where to begin, the middle of the field.

    Returns:
        The lattice; None where the spots about the middle form none.
    """
    if len(points_px) < 9:  # three by three
        return None
    tree = cKDTree(points_px)
    kind, directions = _kind_of(points_px, tree, middle_px)
    if kind is None:
        return None
    steps = np.array(_STEPS[kind])
    numbers: dict[int, tuple[int, int]] = {}
    taken: dict[tuple[int, int], int] = {}
    bases: dict[int, np.ndarray] = {}
    first = _seed(points_px, tree, middle_px, steps @ directions)
    heap = [(0.0, first, (0, 0), directions)]
    while heap:
        _, spot, number, basis = heapq.heappop(heap)
        if spot in numbers or number in taken:
            continue
        numbers[spot], taken[number] = number, spot
        basis = _local_basis(points_px, tree, points_px[spot], basis, steps)
        bases[spot] = basis
        expected = points_px[spot] + steps @ basis
        pitch = float(np.linalg.norm(basis, axis=1).mean())
        away, nearest = tree.query(expected)
        for step, distance, other in zip(steps, away, nearest, strict=True):
            following = (number[0] + int(step[0]), number[1] + int(step[1]))
            if distance <= STEP_TOLERANCE * pitch and int(other) not in numbers and following not in taken:
                order = float(np.linalg.norm(points_px[other] - middle_px)) + float(distance)
                heapq.heappush(heap, (order, int(other), following, basis))
    spots = np.array(sorted(numbers), dtype=int)
    lattice = Lattice(kind, np.array([numbers[spot] for spot in spots]), points_px[spots], spots)
    return _without_outliers(lattice)


def _kind_of(points: np.ndarray, tree: cKDTree, middle: np.ndarray) -> tuple[str | None, np.ndarray]:
    """Square or hexagonal, by the directions of neighbors about the middle; and (2, 2) its two steps, px, rows."""
    central = tree.query(middle, k=min(CENTRAL, len(points)))[1]
    away, nearest = tree.query(points[central], k=min(7, len(points)))
    pitch = float(np.median(away[:, 1]))
    vectors = (points[nearest[:, 1:]] - points[central][:, None]).reshape(-1, 2)
    vectors = vectors[away[:, 1:].ravel() <= NEIGHBOR_REACH * pitch]
    angle = np.arctan2(vectors[:, 1], vectors[:, 0])
    fold = {SQUARE: 4, HEXAGONAL: 6}
    order = {kind: np.exp(1j * n * angle).mean() for kind, n in fold.items()}
    kind = max(order, key=lambda each: abs(order[each]))
    if abs(order[kind]) < 0.5:  # 0 of spots without order, 1 of a straight plate; chosen between them
        return None, np.eye(2)
    length = float(np.median(np.linalg.norm(vectors, axis=1)))
    turn = float(np.angle(order[kind])) / fold[kind]
    angles = turn + np.array([0.0, 2 * np.pi / fold[kind]])
    return kind, length * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _seed(points: np.ndarray, tree: cKDTree, middle: np.ndarray, steps: np.ndarray) -> int:
    """The spot about the middle whose neighbors are nearest to where they should be."""
    central = tree.query(middle, k=min(CENTRAL, len(points)))[1]
    misfit = [float(tree.query(points[spot] + steps)[0].max()) for spot in central]
    return int(central[int(np.argmin(misfit))])


def _local_basis(points: np.ndarray, tree: cKDTree, place: np.ndarray, basis: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """(2, 2) the lattice's two steps about a spot, fitted to the neighbors found and held by those of where it came from."""
    pitch = float(np.linalg.norm(basis, axis=1).mean())
    away, nearest = tree.query(place + steps @ basis)
    near = away <= STEP_TOLERANCE * pitch
    if np.linalg.matrix_rank(steps[near]) < 2:
        return basis
    fitted = np.linalg.lstsq(steps[near].astype(np.float64), points[nearest[near]] - place, rcond=None)[0]
    return np.asarray(0.5 * (fitted + basis))


def _without_outliers(lattice: Lattice) -> Lattice:
    """Without spots that are off the mean of two opposite neighbors: a marker, a scratch, noise taken for a bead."""
    place = {tuple(number): index for index, number in enumerate(lattice.numbers.tolist())}
    off: list[list[float]] = [[] for _ in lattice.numbers]
    pitches = []
    for (i, j), index in place.items():
        for di, dj in _STEPS[lattice.kind][: len(_STEPS[lattice.kind]) // 2]:
            one, other = place.get((i + di, j + dj)), place.get((i - di, j - dj))
            if one is None or other is None:
                continue
            a, b = lattice.points_px[one], lattice.points_px[other]
            off[index].append(float(np.linalg.norm(lattice.points_px[index] - 0.5 * (a + b))))
            pitches.append(0.5 * float(np.linalg.norm(a - b)))
    if not pitches:
        return lattice
    limit = OUTLIER * float(np.median(pitches))
    kept = np.array([not own or float(np.median(own)) <= limit for own in off])
    return Lattice(lattice.kind, lattice.numbers[kept], lattice.points_px[kept], lattice.spots[kept])
