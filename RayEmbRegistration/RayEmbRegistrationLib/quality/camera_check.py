"""The camera on trial: whether the X-rays suit the cameras that were given, and if not, which of their values is at fault.

At the pose found, all values of all cameras are estimated together with it by Gauss-Newton steps: distance, aspect and first
radial term of each, and the place of each further camera in its rig; how much the image's cells differ says what that is
worth. Then each thing that may be wrong is asked by itself how much of the misfit it explains. Views that contradict each
other are looked at where each by itself would put the bone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.similarity import compare
from RayEmbRegistrationLib.pose.problem import Problem

from .camera_apart import ENOUGH_TO_MEASURE, rig_from, taken_apart
from .camera_models import Explained, Model, Seen, models_of
from .camera_uncertainty import assumed_of, pose_covariance
from .camera_values import Layout, joint_of
from .camera_words import accusation
from .cells import Picture, pictures_of
from .distance import DistanceCheck, check_distance

ACCUSED = 0.02  # probability that cameras which are right are accused, were the deviations just right
LOOKED_INTO = 0.05  # probability from which several views are taken apart
ALSO_LIKELY = 5.0  # times as likely as another the best explanation must be, or both are named


@dataclass(frozen=True)
class Suspect:
    """One thing that may be wrong, and what it would explain.

    Attributes:
        kind: "distance" (logarithm of source to detector), "aspect" (logarithm of the pixels' height over width), "radial"
            (first radial term, at half the image's diagonal), "rig" (turns in rad about the bone's centre and shifts in mm
            by which a view shows the bone beside where the first view and the rig put it, the view's own axes).
        view: whose, from 0; None for all views alike.
        estimate: what would have to be added to what was given; a rig's six, 0 where one alone is tried.
        std: one standard deviation of each; 0 where it is not tried.
        gain: squared distance that it explains, in standard deviations.
        probability: of that much with right cameras, the number of suspects counted in.
        odds: how many times as likely as this one the best explanation is (1 for the best).
    """

    kind: str
    view: int | None
    estimate: tuple[float, ...]
    std: tuple[float, ...]
    gain: float
    probability: float
    odds: float

    def values(self, layout: Layout) -> np.ndarray:
        """(T,) what would have to be added to all tested values."""
        degree = next((n for n, std in enumerate(self.std) if std > 0), 0) if self.kind == "rig" else None
        whole = self.kind == "rig" and all(std > 0 for std in self.std)
        directions = Model(self.kind, self.view, None if whole else degree).directions(layout)
        return directions @ np.array(self.estimate if whole or degree is None else [self.estimate[degree]])

    @property
    def significance(self) -> float:
        """Of its largest part, in standard deviations."""
        return max(abs(value) / std for value, std in zip(self.estimate, self.std, strict=True) if std > 0)


@dataclass(frozen=True, eq=False)
class CameraCheck:
    """What the X-rays say of their cameras.

    Attributes:
        suspects: what may be wrong, the best explanation first; none where nothing can be measured.
        sentence: what seems wrong and what to do; None where nothing does.
        distance: whether the X-rays suit the source-to-detector distance.
        pose_covariance: (6, 6) of the pose found due to what the cameras' values may be off by, by their origins and by what
            is seen; turns (rad) about the bone's centre and shifts (mm), first camera's axes.
        assumed: names of values that nobody gave, as ``geometry.xray.XrayGeometry`` calls them, and that no view tests.
    """

    distance: DistanceCheck
    suspects: tuple[Suspect, ...] = ()
    sentence: str | None = None
    pose_covariance: np.ndarray = field(default_factory=lambda: np.zeros((6, 6)))
    assumed: tuple[str, ...] = ()

    def content(self) -> dict[str, Any]:
        """For a JSON file."""
        return {
            "distance": vars(self.distance),
            "suspects": [vars(one) for one in self.suspects],
            "sentence": self.sentence,
            "pose_covariance": self.pose_covariance.tolist(),
            "assumed": list(self.assumed),
        }

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> CameraCheck:
        """From ``content``."""
        suspects = [{**one, "estimate": tuple(one["estimate"]), "std": tuple(one["std"])} for one in content["suspects"]]
        return cls(
            DistanceCheck(**content["distance"]),
            tuple(Suspect(**one) for one in suspects),
            content["sentence"],
            np.array(content["pose_covariance"]),
            tuple(content.get("assumed", ())),
        )

    @property
    def contradicts(self) -> bool:
        """Whether another camera, or another rig, is clearly likelier."""
        return self.sentence is not None

    @property
    def probability(self) -> float:
        """Of what is seen with right cameras; 1 where nothing can be measured."""
        return min((one.probability for one in self.suspects), default=1.0)

    @property
    def accused(self) -> tuple[Suspect, ...]:
        """What seems wrong: the best explanation and those that cannot be told from it."""
        return tuple(one for one in self.suspects if one.odds <= ALSO_LIKELY) if self.contradicts else ()


def check_camera(
    problem: Problem,
    pose: Poses,
    free: np.ndarray,
    pictures: Sequence[Picture] | None = None,
    similarities: Sequence[float] | None = None,
) -> CameraCheck:
    """Test all cameras at the pose found.

    Args:
        problem: what was registered.
        pose: first camera from RAS.
        free: indices of the degrees of freedom that may move.
        pictures: of all views at that pose and ``JUDGING_LEVEL``, where they are known.
        similarities: of all views likewise.
    """
    pictures = pictures_of(problem, pose) if pictures is None else pictures
    scales = joint_of(problem, pose, free, pictures)
    seen = Seen.of(scales)
    suspects: tuple[Suspect, ...] = ()
    if min(similarities or _similarities(pictures)) >= ENOUGH_TO_MEASURE:
        suspects = suspects_of(seen)
    if len(pictures) > 1 and len(free) == 6 and (not suspects or suspects[0].probability < LOOKED_INTO):
        seen, suspects = _apart(problem, pose, free) or (seen, suspects)
    named = [one for one in suspects if one.odds <= ALSO_LIKELY]
    guilty = bool(suspects) and min(one.probability for one in suspects) < ACCUSED
    return CameraCheck(
        check_distance(problem, pose, free, scales),
        suspects,
        accusation(problem, pose, named) if guilty else None,
        pose_covariance(
            problem, scales[-1], seen if suspects else None, [one.values(seen.layout) for one in named if guilty]
        ),
        assumed_of(problem),
    )


def _apart(problem: Problem, pose: Poses, free: np.ndarray) -> tuple[Seen, tuple[Suspect, ...]] | None:
    """Where each view by itself would put the bone; None where one of them does not find it."""
    poses = taken_apart(problem, pose)
    other, moved = rig_from(problem, poses)
    pictures = pictures_of(other, poses[0])
    if min(_similarities(pictures)) < ENOUGH_TO_MEASURE:
        return None
    scales = joint_of(other, poses[0], free, pictures)
    layout = scales[0].layout
    offset = np.zeros(layout.tested)
    for view, values in enumerate(moved, start=1):
        offset[layout.of_rig(view)] = values
    seen = Seen.of(scales, offset)
    return seen, suspects_of(seen)


def suspects_of(seen: Seen) -> tuple[Suspect, ...]:
    """All models, the best first."""
    tried = sorted((seen.explained_by(model) for model in models_of(seen.layout.views)), key=lambda one: -one.merit)
    return tuple(_suspect(one, tried[0], len(tried)) for one in tried)


def _suspect(one: Explained, best: Explained, tried: int) -> Suspect:
    estimate, std, degree = one.estimate, one.std, one.model.degree
    if degree is not None:
        estimate, std = np.zeros(6), np.zeros(6)
        estimate[degree], std[degree] = one.estimate[0], one.std[0]
    odds = float(np.exp(min((best.merit - one.merit) / 2, 50.0)))
    chance = min(1.0, one.probability * tried)
    values = tuple(float(x) for x in estimate), tuple(float(x) for x in std)
    return Suspect(one.model.kind, one.model.view, *values, one.gain, chance, odds)


def _similarities(pictures: Sequence[Picture]) -> list[float]:
    return [float(compare(picture.level, picture.images).similarity[0]) for picture in pictures]
