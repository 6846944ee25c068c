"""Start poses at given distances from the truth, and the share of registrations that converge from them.

E. B. van de Kraats et al., "Standardized evaluation methodology for 2-D-3-D registration", IEEE Transactions on Medical
Imaging 24(9), 2005: starts spread evenly over initial errors (mTRE), success a final error below 2 mm, capture range the
largest initial error up to which at least 95 % of all registrations succeed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

SUCCESS_MM, NEEDED_SHARE = 2.0, 0.95  # of van de Kraats et al. (see above)


@dataclass(frozen=True)
class StartSpec:
    """Which start; the pose itself follows from it, the case and its truth.

    Attributes:
        number: from 0.
        low_mm, high_mm: its initial mTRE lies between these.
        seed: of the choice.
    """

    number: int
    low_mm: float
    high_mm: float
    seed: int = 0


def start_specs(count: int, range_mm: float, seed: int = 0) -> list[StartSpec]:
    """Starts whose initial errors fall each into its own interval of equal length, from 0 to ``range_mm``."""
    edges = np.linspace(0.0, range_mm, count + 1)
    return [StartSpec(n, float(edges[n]), float(edges[n + 1]), seed) for n in range(count)]


def start_pose(truth: RigidTransform, targets_ras: np.ndarray, spec: StartSpec, name: str) -> RigidTransform:
    """A pose whose mTRE lies within the interval that was asked for, turned and shifted in a random direction.

    Turn (about the targets' centre) and shift are drawn so that either alone would move the targets by as much on average.

    Args:
        truth: ``camera_from_ras``.
        targets_ras: (N, 3) mm.
        spec: which.
        name: of the case, part of the seed: each case gets starts of its own, the same for all methods.

    Raises:
        InputProblem: all targets in one place, or an error too large to be made (the bone would be turned round).
    """
    rng = np.random.default_rng([spec.seed, spec.number, *name.encode()])
    wanted = float(rng.uniform(spec.low_mm, spec.high_mm))
    points = truth.apply(np.asarray(targets_ras, dtype=np.float64))
    center = points.mean(axis=0)
    radius = float(np.linalg.norm(points - center, axis=1).mean())
    if not radius > 0:
        raise InputProblem(f"the targets of {name} lie in one place; start poses need targets spread over the bone")
    share = rng.uniform()
    turn, shift = rng.normal(size=3), rng.normal(size=3)
    turn *= share / np.linalg.norm(turn) / radius  # radians for one mm at the radius
    shift *= (1 - share) / np.linalg.norm(shift)

    def moved(scale: float) -> RigidTransform:
        rotation = RigidTransform.from_rotation_vector(scale * turn).rotation
        return RigidTransform(rotation, center - rotation @ center + scale * shift)

    def error(scale: float) -> float:
        return float(np.linalg.norm(moved(scale).apply(points) - points, axis=1).mean())

    low, high = 0.0, max(wanted, 1e-6)
    while error(high) < wanted:
        low, high = high, 1.5 * high
        if np.linalg.norm(high * turn) > np.pi:
            raise InputProblem(f"a start {wanted:.0f} mm off cannot be made for {name}; give a smaller --start-range")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if error(middle) < wanted else (low, middle)
    return moved(high) @ truth


@dataclass(frozen=True)
class CaptureCurve:
    """Success against initial error.

    Attributes:
        edges_mm: (B + 1,) of the bins of initial mTRE.
        counts: (B,) registrations in each bin.
        success: (B,) their share that ended below ``SUCCESS_MM``, NaN where there are none.
        intervals: (B, 2) 95 % intervals of the share (Wilson).
        capture_range_mm: see ``capture_range``.
    """

    edges_mm: np.ndarray
    counts: np.ndarray
    success: np.ndarray
    intervals: np.ndarray
    capture_range_mm: float


def capture_curve(initial_mm: Sequence[float], final_mm: Sequence[float], range_mm: float, bins: int = 10) -> CaptureCurve:
    """Bin registrations by their initial error.

    Args:
        initial_mm: mTRE at the start.
        final_mm: mTRE at the end; NaN or infinite where there is no pose.
        range_mm: end of the last bin.
        bins: their number.
    """
    initial, right = np.asarray(initial_mm, dtype=float), np.asarray(final_mm, dtype=float) < SUCCESS_MM
    edges = np.linspace(0.0, range_mm, bins + 1)
    where = np.clip(np.searchsorted(edges, initial, side="right") - 1, 0, bins - 1)
    counts = np.bincount(where, minlength=bins)
    wins = np.bincount(where, weights=right, minlength=bins)
    success = np.divide(wins, counts, out=np.full(bins, np.nan), where=counts > 0)
    intervals = np.array([wilson_interval(w, n) for w, n in zip(wins, counts, strict=True)])
    return CaptureCurve(edges, counts, success, intervals, capture_range(initial, right))


def capture_range(initial_mm: np.ndarray, right: np.ndarray) -> float:
    """The largest initial error up to which at least 95 % of the registrations succeed, mm; 0 where there is none."""
    order = np.argsort(initial_mm)
    share = np.cumsum(np.asarray(right)[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= NEEDED_SHARE)
    return float(np.asarray(initial_mm)[order][enough[-1]]) if len(enough) else 0.0


def wilson_interval(wins: float, count: float) -> tuple[float, float]:
    """95 % interval of a share (E. B. Wilson, 1927); the whole range where nothing was counted."""
    if count == 0:
        return 0.0, 1.0
    z, share = 1.96, wins / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
