"""What moves: the bones of a CT as bodies, each hung on a neighbor by a joint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.labels import split_by_label
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT, reduced
from RayEmbRegistrationLib.problems import InputProblem

from .joints import Contact, contact_between, surface_points

REST = 0
"""Label of the body that is everything which no moving label names."""
_LEAST_REST = 0.02  # share of all attenuation below which what is left over goes with the largest body: rims; chosen
_POINTS = 300  # of a body, to tell its errors by; chosen: the mean over them is good to a few per cent


@dataclass(frozen=True)
class Hinge:
    """How far a body may move against the one that it hangs on, as standard deviations.

    Attributes:
        turn_deg: about the joint; infinite for no limit.
        shift_mm: of the joint along each axis; infinite for no limit.
        about_joint: whether turns are about the joint, or about the body's own middle.
    """

    turn_deg: float
    shift_mm: float
    about_joint: bool = True


JOINTED = Hinge(15.0, 1.5)
"""Of a bone in its joint. Chosen: hips turn by some 15 degrees between lying in a CT and on a table, and a joint's cartilage
is about 3 mm thick on either side together."""
FRAGMENT = Hinge(4.0, 5.0, about_joint=False)
"""Of a fragment against the bone that it broke off. Chosen: displaced fractures gape by some millimetres."""
FREE = Hinge(np.inf, np.inf, about_joint=False)
"""No limit."""


@dataclass(frozen=True, eq=False)
class Body:
    """A part of the CT that moves as one.

    Attributes:
        label: of the bone; ``REST`` for what no label names.
        points_ras: (N, 3) mm, of the bone.
        center_ras: (3,) mm, about which its turns are counted: the joint, or the middle.
        parent: number of the body that it hangs on; None of the root.
        hinge: how far it may move against the parent.
        contact: where it touches the parent; None where it does not.
    """

    label: int
    points_ras: np.ndarray
    center_ras: np.ndarray
    parent: int | None = None
    hinge: Hinge = FREE
    contact: Contact | None = None

    @property
    def name(self) -> str:
        """In words."""
        return "the rest" if self.label == REST else f"bone {self.label}"


@dataclass(frozen=True, eq=False)
class Bodies:
    """All of a CT's bodies, the root first.

    Attributes:
        each: the bodies.
        values: by body, (K, J, I) attenuation; they add up to the whole.
        ras_from_ijk: (4, 4) of them.
        device: where they are projected.
    """

    each: tuple[Body, ...]
    values: tuple[torch.Tensor, ...]
    ras_from_ijk: np.ndarray
    device: torch.device
    _projectors: dict[tuple[int, int], JosephProjector] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.each)

    def reduced(self, number: int, reduction: int) -> tuple[torch.Tensor, np.ndarray]:
        """A body's attenuation at 1/reduction of the resolution, and its grid."""
        return reduced(self.values[number], self.ras_from_ijk, reduction)

    def projector(self, number: int, reduction: int) -> JosephProjector:
        """Of one body; kept for next time."""
        key = (number, reduction)
        if key not in self._projectors:
            self._projectors[key] = JosephProjector(*self.reduced(number, reduction), device=self.device)
        return self._projectors[key]

    def reduction_of(self, projector: JosephProjector) -> int:
        """The reduction that a projector of the whole bone has."""
        sides = [abs(np.linalg.det(matrix[:3, :3])) ** (1 / 3) for matrix in (projector.ras_from_ijk, self.ras_from_ijk)]
        return max(1, round(sides[0] / sides[1]))


def make_bodies(prepared: PreparedCT, hinges: Mapping[int, Hinge]) -> Bodies:
    """Split a CT into bodies and hang them together, each on the neighbor that it touches most.

    Args:
        prepared: the CT, with labels where bones move.
        hinges: by label, how far each may move; what is not named moves as one with the rest.

    Raises:
        InputProblem: a label that does not occur, or no label map.
    """
    if not hinges:
        points = prepared.bone_points_ras
        body = Body(REST, points[:: max(1, len(points) // _POINTS)], prepared.center_ras)
        return Bodies((body,), (prepared.attenuation,), prepared.ras_from_ijk, prepared.device)
    if prepared.labels is None:
        raise InputProblem("bones can move apart only if the CT was prepared with a label map")
    attenuation = prepared.attenuation.cpu().numpy()
    parts = _parts(attenuation, prepared.labels, list(hinges))
    order = sorted(parts, key=lambda label: -float(parts[label].sum()))
    surfaces = {label: _surface(prepared, label, hinges) for label in order}
    each, numbers = _hung(order, surfaces, hinges, prepared)
    values = tuple(torch.as_tensor(parts[label], device=prepared.device) for label in numbers)
    return Bodies(each, values, prepared.ras_from_ijk, prepared.device)


def _parts(attenuation: np.ndarray, labels: np.ndarray, wanted: Sequence[int]) -> dict[int, np.ndarray]:
    """By label, (K, J, I) attenuation; what is left over as ``REST``, or with the largest where it is next to nothing."""
    absent = [str(label) for label in wanted if not np.any(labels == label)]
    if absent:
        raise InputProblem(f"the label map has no voxel with the label {', '.join(absent)}; choose labels that occur in it")
    parts = split_by_label(attenuation, labels, wanted)
    rest = attenuation - np.sum(list(parts.values()), axis=0)
    if rest.sum() > _LEAST_REST * attenuation.sum():
        parts[REST] = rest
    else:
        parts[max(parts, key=lambda label: float(parts[label].sum()))] += rest
    return parts


def _surface(prepared: PreparedCT, label: int, hinges: Mapping[int, Hinge]) -> np.ndarray:
    """(N, 3) RAS mm on a body's surface."""
    labels = prepared.labels
    if labels is None:
        raise RuntimeError("surfaces are of labels")
    mask = labels == label if label != REST else (labels > 0) & ~np.isin(labels, list(hinges))
    if not mask.any():  # what is left over has no label: wherever it attenuates
        mask = (prepared.attenuation.cpu().numpy() > 0) & (labels == 0)
    return surface_points(mask, prepared.ras_from_ijk)


def _hung(
    order: Sequence[int], surfaces: Mapping[int, np.ndarray], hinges: Mapping[int, Hinge], prepared: PreparedCT
) -> tuple[tuple[Body, ...], list[int]]:
    """The bodies, root first, and their labels."""
    root, waiting = order[0], list(order[1:])
    bodies, numbers = [Body(root, _some(surfaces[root]), prepared.center_ras)], [root]
    contacts: dict[tuple[int, int], Contact | None] = {}
    while waiting:
        for label in waiting:
            pair = (label, numbers[-1])
            contacts[pair] = contact_between(surfaces[label], surfaces[pair[1]])
        met = [(pair, contact) for pair, contact in contacts.items() if contact is not None and pair[0] in waiting]
        if met:
            (label, parent), contact = max(met, key=lambda item: item[1].area)
        else:
            label, parent, contact = waiting[0], root, None
        waiting.remove(label)
        hinge = hinges.get(label, JOINTED)
        middle = (surfaces[label].min(axis=0) + surfaces[label].max(axis=0)) / 2
        center = contact.center_ras if contact is not None and hinge.about_joint else middle
        hinge = FREE if contact is None and hinge.about_joint else hinge  # there is no joint to stay in
        bodies.append(Body(label, _some(surfaces[label]), center, numbers.index(parent), hinge, contact))
        numbers.append(label)
    return tuple(bodies), numbers


def _some(points: np.ndarray) -> np.ndarray:
    """A few of many points, spread."""
    return points[np.random.default_rng(0).permutation(len(points))[:_POINTS]]
