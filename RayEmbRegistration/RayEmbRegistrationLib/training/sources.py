"""Where sets of pairs come from: procedural anatomy, CTs, or both. Every set is a function of its number and the seed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from RayEmbRegistrationLib.pose.views import ViewPrior
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.procedural.volume import ProceduralVolume, make_procedural_volume

from .pairs import PairSet, PairSettings, render_set
from .view_sampling import random_rotation, rotation_in_prior
from .volumes import BoneVolume, TrainingVolume, isolated_volume, varied, whole_volume

KEPT_VOLUMES = 12  # chosen for memory
SPLIT_SHARE, ISOLATED_SHARE = 0.25, 0.3  # chosen: about half of the CTs move as one


class SetSource(Protocol):
    """Makes sets; ``lane`` and ``number`` tell which, so that processes share the work and a stopped run goes on alike."""

    def make(self, lane: int, number: int) -> PairSet:
        """The set of that number in that lane; always the same one."""
        ...


@runtime_checkable
class AheadOfUse(Protocol):
    """A source that makes sets before they are wanted."""

    def expect(self, lane: int, first: int, last: int) -> None:
        """Have the sets of a lane from the first up to the last made."""

    def is_ready(self, lane: int, number: int) -> bool:
        """Whether that set is made."""


class ProceduralSource:
    """Any anatomy: procedural volumes, seen from anywhere.

    Args:
        seed: of everything.
        settings: sizes and views.
        device: where to render.
        reuse: sets in a row from one volume, each time stretched or mirrored anew.
        kinds: procedural kinds to draw from; all that are for training where None.
    """

    def __init__(
        self,
        seed: int,
        settings: PairSettings,
        device: str | torch.device = "cpu",
        reuse: int = 3,
        kinds: Sequence[str] | None = None,
    ) -> None:
        self.seed, self.settings, self.device, self.reuse = seed, settings, torch.device(device), reuse
        self._kinds = None if kinds is None else tuple(kinds)
        self._volumes: OrderedDict[tuple[int, int], BoneVolume] = OrderedDict()

    def make(self, lane: int, number: int) -> PairSet:
        """See ``SetSource``."""
        rng = np.random.default_rng([self.seed, 1, lane, number])
        volume = varied(self._volume(lane, number // self.reuse), rng)
        return render_set(_as_ct(volume, rng, self.device), random_rotation(rng), self.settings, rng)

    def _volume(self, lane: int, number: int) -> BoneVolume:
        key = lane, number
        if key not in self._volumes:
            self._volumes[key] = _as_bone_volume(draw_volume(self.seed, lane, number, self._kinds), self.device)
        self._volumes.move_to_end(key)
        while len(self._volumes) > KEPT_VOLUMES:
            self._volumes.popitem(last=False)
        return self._volumes[key]


def draw_volume(seed: int, lane: int, number: int, kinds: tuple[str, ...] | None) -> ProceduralVolume:
    """The procedural volume of that number."""
    rng = np.random.default_rng([seed, 0, lane, number])
    return make_procedural_volume(rng, None if kinds is None else str(rng.choice(kinds)))


class CtSource:
    """Sets from CTs.

    Args:
        volumes: the bone of each CT.
        seed: of everything.
        settings: sizes and views.
        device: where to render.
        prior: set centres are drawn from it; any view where None.
        vary: stretch and mirror the CTs, to learn from a cohort what holds beyond it; not for one patient.
    """

    def __init__(
        self,
        volumes: Sequence[BoneVolume],
        seed: int,
        settings: PairSettings,
        device: str | torch.device = "cpu",
        prior: ViewPrior | None = None,
        vary: bool = False,
    ) -> None:
        if not volumes:
            raise InputProblem("give at least one CT to train on")
        self.seed, self.settings, self.device, self.prior, self.vary = seed, settings, torch.device(device), prior, vary
        self._bones = list(volumes)
        self._whole = None if vary else [whole_volume(bone, device, np.random.default_rng([seed, 2])) for bone in volumes]

    def make(self, lane: int, number: int) -> PairSet:
        """See ``SetSource``."""
        rng = np.random.default_rng([self.seed, 3, lane, number])
        which = int(rng.integers(len(self._bones)))
        rotation = random_rotation(rng) if self.prior is None else rotation_in_prior(self.prior, rng)
        volume = self._whole[which] if self._whole else _as_ct(varied(self._bones[which], rng), rng, self.device)
        return render_set(volume, rotation, self.settings, rng)


class MixedSource:
    """Sets from one source or another, by chance."""

    def __init__(self, first: SetSource, second: SetSource, share_of_first: float) -> None:
        self._sources, self._share = (first, second), share_of_first

    def make(self, lane: int, number: int) -> PairSet:
        """See ``SetSource``."""
        chance = np.random.default_rng([4, lane, number]).random()
        return self._sources[chance >= self._share].make(lane, number)


def _as_bone_volume(volume: ProceduralVolume, device: torch.device) -> BoneVolume:
    attenuation = torch.as_tensor(volume.attenuation, device=device)
    return BoneVolume(attenuation, volume.ras_from_ijk, volume.points_ras, volume.labels)


def _as_ct(volume: BoneVolume, rng: np.random.Generator, device: torch.device) -> TrainingVolume:
    """What of a volume plays the CT: all of it, all with bones that may move, or one bone whose neighbours stay outside."""
    kind = rng.random()
    if kind < ISOLATED_SHARE:
        return isolated_volume(volume, rng, device)
    return whole_volume(volume, device, rng if kind < ISOLATED_SHARE + SPLIT_SHARE else None)


class Pool:
    """A window over each lane's sets that slides on as training proceeds.

    A source that makes sets ahead (``ahead.SetsAhead``) is told what is to come, and of the window those sets are drawn that
    are ready: training waits only where none is. Which these are depends on how fast the processes are.

    Args:
        source: makes the sets.
        size: sets in the window, a lane.
        start: sets there are from the first step on, a lane.
        renew_every: steps until the window moves on by one set.
    """

    def __init__(self, source: SetSource, size: int = 16, start: int = 4, renew_every: int = 8) -> None:
        self._source, self._size, self._start, self._renew_every = source, size, start, renew_every
        self._sets: dict[tuple[int, int], PairSet] = {}

    def expect(self, lanes: Iterable[int], step: int) -> None:
        """Tell a source that makes sets ahead what a step may draw: of every lane one, before any lane's others."""
        if isinstance(self._source, AheadOfUse):
            first, last = self._window(step)
            for end in (first, last):
                for lane in lanes:
                    self._source.expect(lane, first, end)

    def draw(self, lane: int, step: int, rng: np.random.Generator) -> PairSet:
        """A set of the window at that step, made when it is wanted for the first time."""
        first, last = self._window(step)
        key = lane, self._choose(lane, first, last, rng)
        if key not in self._sets:
            for old in [each for each in self._sets if each[0] == lane and each[1] < first]:
                del self._sets[old]
            self._sets[key] = self._source.make(*key)
        return self._sets[key]

    def _window(self, step: int) -> tuple[int, int]:
        """First and last + 1 set of a step."""
        last = self._start + step // self._renew_every
        return max(0, last - self._size), last

    def _choose(self, lane: int, first: int, last: int, rng: np.random.Generator) -> int:
        """The number of one of the window's sets."""
        if isinstance(self._source, AheadOfUse):
            source = self._source
            ready = [n for n in range(first, last) if (lane, n) in self._sets or source.is_ready(lane, n)]
            if ready:
                return int(rng.choice(ready))
        return int(rng.integers(first, last))
