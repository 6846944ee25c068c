"""The scatter map: shares of histories by seed, merged exactly, until its error is what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report

from .scene import Scene
from .transport import follow

SHARE_HISTORIES = 5_000  # chosen: with 16 rays an interaction, 200 MB and about a second of a core
HISTORY_BYTES = 40_000  # measured (test_implants.py): at most, at the peak of a share with 16 rays an interaction
GROUP = 16  # chosen: 80 000 histories, at 3 GB of a card's memory
LEAST_SHARES = 8  # chosen: their spread tells the error to a quarter
MOST_SHARES = 100_000  # chosen: what is wanted beyond 2e9 histories is not wanted by anybody who waits
_WIDTHS = 3.0  # standard deviations at which the smoothing's kernel ends, as usual


@dataclass(frozen=True, eq=False)
class Share:
    """One share's result, whoever worked it out: the same for the same seed, number and kind of device.

    Attributes:
        number: from 0.
        histories: photons sent.
        signal: (H, W) float64, summed over its histories.
        energies: emitted, deposited, escaped; keV steradian.
        regional: deposited in the scene's regions.
    """

    number: int
    histories: int
    signal: np.ndarray
    energies: tuple[float, float, float]
    regional: float = 0.0


@dataclass(frozen=True, eq=False)
class ScatterMap:
    """Scatter signal per mm2 of detector for one photon per steradian.

    Attributes:
        signal: (H, W), smoothed.
        error: (H, W) standard error of each cell, from the spread of the shares.
        histories: photons sent.
        deposited_kev: energy left in the body, and its standard error.
        regional_kev: the same of the scene's region.
    """

    signal: np.ndarray
    error: np.ndarray
    histories: int
    deposited_kev: tuple[float, float]
    regional_kev: tuple[float, float] = (0.0, 0.0)

    @property
    def relative_error(self) -> float:
        """Root mean square over the map of error over signal; a cell that nothing reached counts as 1."""
        reached = self.signal > 0
        relative = np.where(reached, self.error / np.where(reached, self.signal, 1), 1.0)
        return float(np.sqrt(np.mean(relative**2)))


def work_share(scene: Scene, seed: int, number: int, histories: int = SHARE_HISTORIES) -> Share:
    """Follow one share's histories: its random numbers are its own."""
    return _worked(scene, (seed, number), range(number, number + 1), histories)[0]


def work_group(scene: Scene, seed: int, group: int, histories: int = SHARE_HISTORIES) -> list[Share]:
    """The shares from ``GROUP * group`` on, ``GROUP`` of them, followed together as a graphics card is quickest with.

    A group's random numbers are its own: others than those of the same shares one by one.
    """
    return _worked(scene, (seed, group, GROUP), range(GROUP * group, GROUP * (group + 1)), histories)


def _worked(scene: Scene, seeds: tuple[int, ...], numbers: range, histories: int) -> list[Share]:
    device = scene.voxels.density.device
    state = np.random.SeedSequence(seeds).generate_state(1, np.uint64)[0]
    generator = torch.Generator(device).manual_seed(int(state) & (2**63 - 1))
    tally = follow(scene, histories, generator, len(numbers))
    signals, energies, regional = (each.cpu().numpy() for each in (tally.signals, tally.energies.T, tally.regional))
    return [
        Share(number, histories, signal, (float(energy[0]), float(energy[1]), float(energy[2])), float(region[1:].sum()))
        for number, signal, energy, region in zip(numbers, signals, energies, regional, strict=True)
    ]


def merge(shares: Iterable[Share], smoothing: float = 0.0) -> ScatterMap:
    """The map of some shares, the same in whatever order they come.

    Args:
        shares: at least two; a number that comes twice counts once.
        smoothing: standard deviation of the Gaussian over the map, cells.

    Raises:
        InputProblem: fewer than two.
    """
    once = {share.number: share for share in shares}
    ordered = [once[number] for number in sorted(once)]
    if len(ordered) < 2:
        raise InputProblem("a map of scatter needs at least two shares of histories, for its error")
    maps = np.stack([_smoothed(share.signal, smoothing) / share.histories for share in ordered])
    kept = [share.energies[1] / share.histories for share in ordered]
    regional = [share.regional / share.histories for share in ordered]
    root = np.sqrt(len(ordered))
    return ScatterMap(
        maps.mean(0),
        maps.std(0, ddof=1) / root,
        sum(share.histories for share in ordered),
        _mean_and_error(kept),
        _mean_and_error(regional),
    )


def _mean_and_error(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))


def _smoothed(signal: np.ndarray, smoothing: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    if not smoothing:
        return signal
    return np.asarray(gaussian_filter(signal, smoothing, mode="reflect", truncate=_WIDTHS))


@dataclass(frozen=True)
class Effort:
    """How long to go on: so many photons, or up to an error. Exactly one of the two.

    Attributes:
        photons: histories, rounded up to whole shares.
        error: the map's root mean square relative standard error, 0.05 for 5 %.
        seed: of everything random.
        smoothing: standard deviation of the Gaussian over the map, cells; the map is smooth at a body's distance.
        share: histories of a share; fewer where less than eight shares of photons are asked for, whose spread is the error.
    """

    photons: int | None = None
    error: float | None = 0.05
    seed: int = 0
    smoothing: float = 1.0
    share: int = SHARE_HISTORIES

    def __post_init__(self) -> None:
        if (self.photons is None) == (self.error is None):
            raise InputProblem("give either the number of photons or the error of the scatter")
        if self.photons is not None and not 1 <= self.photons <= SHARE_HISTORIES * MOST_SHARES:
            raise InputProblem(f"the number of photons must lie between 1 and {SHARE_HISTORIES * MOST_SHARES:g}")
        if self.error is not None and not 1e-4 <= self.error < 1:
            raise InputProblem("the scatter's error must lie between 0.0001 and 1 (0.05 is 5 %)")
        if self.seed < 0 or self.smoothing < 0:
            raise InputProblem("the seed and the smoothing must not be negative")
        if self.share < 1:
            raise InputProblem("a share must hold one history or more")

    @property
    def share_histories(self) -> int:
        """Histories of each share."""
        return self.share if self.photons is None else min(self.share, -(-self.photons // LEAST_SHARES))


Worker = Callable[[list[int]], Iterator[Share]]
"""Works out shares by number, in any order."""


def scatter_map(effort: Effort, worker: Worker, report: Report, at_once: int = 1) -> ScatterMap:
    """Ask for shares until the effort is spent.

    Args:
        effort: photons or error.
        worker: works out shares.
        report: told how far it is; may raise ``Cancelled``.
        at_once: shares to ask for together.

    Raises:
        InputProblem: the error asked would need more photons than is sensible, or no photon meets the body.
    """
    shares: dict[int, Share] = {}
    wanted = max(LEAST_SHARES, at_once)
    if effort.photons is not None:
        wanted = max(2, -(-effort.photons // effort.share_histories))
    while True:
        for share in worker([number for number in range(wanted) if number not in shares]):
            shares[share.number] = share
            report(min(1.0, len(shares) / wanted), f"scatter: {len(shares) * effort.share_histories:.2g} photons")
        if not any(share.energies[0] for share in shares.values()):
            raise InputProblem("no photon meets the CT: it is not in the beam; check pose, camera and CT")
        done = merge(shares.values(), effort.smoothing)
        if effort.error is None or done.relative_error <= effort.error:
            return done
        # The error falls with the root of the number; at most four times as many at once, as the first estimate is rough.
        needed = len(shares) * min(4.0, 1.1 * (done.relative_error / effort.error) ** 2)
        wanted = max(len(shares) + at_once, int(np.ceil(needed)))
        if wanted > MOST_SHARES:
            raise InputProblem("the scatter's error cannot be brought so low; ask for a larger one, or give --photons")
