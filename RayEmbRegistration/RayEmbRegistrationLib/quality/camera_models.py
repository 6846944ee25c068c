"""What may be wrong with a camera, each by itself, and how well it explains what the images say of all values together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from .camera_slopes import TESTED
from .camera_sums import SCALES
from .camera_values import RIG, Joint, Layout, solved

SYSTEMATIC = {"distance": 0.002, "radial": 0.004}
"""Standard deviations (logarithm, k1) of what several views of a CT show in common beside what ``camera_values`` allows for,
measured likewise; nothing of aspect and rig."""


@dataclass(frozen=True)
class Model:
    """One thing that may be wrong.

    Attributes:
        kind: "distance", "aspect", "radial" or "rig".
        view: whose; None for all views alike.
        degree: of a rig's six, the one that may be off alone; None for all.
    """

    kind: str
    view: int | None = None
    degree: int | None = None

    def directions(self, layout: Layout) -> np.ndarray:
        """(T, P) the values that it moves."""
        every = np.eye(layout.tested)
        if self.kind == "rig":
            own = every[:, layout.of_rig(self.view or 0)]
            return own if self.degree is None else own[:, [self.degree]]
        views = range(layout.views) if self.view is None else [self.view]
        chosen = [layout.of_camera(view).start + TESTED.index(self.kind) for view in views]
        return np.asarray(every[:, chosen].sum(axis=1, keepdims=True))


def models_of(views: int) -> list[Model]:
    """All that is tried."""
    found = [Model(kind) for kind in TESTED]
    if views > 1:
        found += [Model(kind, view) for kind in TESTED for view in range(views)]
    for view in range(1, views):
        found += [Model("rig", view), *(Model("rig", view, degree) for degree in range(RIG))]
    return found


@dataclass(frozen=True, eq=False)
class Explained:
    """A model fitted.

    Attributes:
        model: what is off.
        estimate, std: (P,) by how much, and one standard deviation.
        gain: by how much it lowers the squared distance between what the images say and what the cameras given say.
        probability: of that much with right cameras, for this model alone.
    """

    model: Model
    estimate: np.ndarray
    std: np.ndarray
    gain: float
    probability: float

    @property
    def merit(self) -> float:
        """Akaike's: gain less twice the number of values."""
        return self.gain - 2 * len(self.estimate)


@dataclass(frozen=True, eq=False)
class Seen:
    """What the images say of all tested values together.

    Attributes:
        layout: of the values.
        information: (T, T) inverse covariance of the values, and
        weighted: (T,) the information times the values that suit best.
        cells: number of cells at the finest scale.
    """

    layout: Layout
    information: np.ndarray
    weighted: np.ndarray
    cells: int

    @classmethod
    def of(cls, scales: Sequence[Joint], offset: np.ndarray | None = None) -> Seen:
        """Of all scales, taken to be wrong alike: the mean of what they say.

        Args:
            scales: by ``SCALES``.
            offset: (T,) of the values at which the images were looked at from those given.
        """
        layout = scales[0].layout
        total, weighted = np.zeros((layout.tested, layout.tested)), np.zeros(layout.tested)
        floor = _systematic(layout) ** 2
        for scale, joint in zip(SCALES, scales, strict=True):
            curvature, pull, spread = joint.without_pose()
            pull = pull * scale.relaxation + (0.0 if offset is None else curvature @ offset)
            own = spread * scale.relaxation**2 + (curvature * floor) @ curvature
            seen = solved(own, curvature)
            total = total + curvature @ seen
            weighted = weighted + seen.T @ pull
        share = 1 / len(scales)
        return cls(layout, (total + total.T) / 2 * share, weighted * share, len(scales[-1].pulls))

    def explained_by(self, model: Model) -> Explained:
        """Fit one model."""
        directions = model.directions(self.layout)
        information, weighted = directions.T @ self.information @ directions, directions.T @ self.weighted
        covariance = solved(information, np.eye(len(weighted)))
        estimate = covariance @ weighted
        gain, count = float(max(weighted @ estimate, 0.0)), len(estimate)
        left = max(self.cells - 6 - self.layout.tested, 1)
        chance = float(fdtrc(count, left, gain / count))  # of Fisher's F; scipy.stats takes half a second to import
        return Explained(model, estimate, np.sqrt(np.diag(covariance)), gain, chance)


def _systematic(layout: Layout) -> np.ndarray:
    """(T,) ``SYSTEMATIC`` in the order of the values."""
    cameras = [SYSTEMATIC.get(kind, 0.0) for kind in TESTED] * layout.views
    return np.array(cameras + [0.0] * (RIG * (layout.views - 1)))
