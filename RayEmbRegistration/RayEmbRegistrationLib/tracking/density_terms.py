"""What bones say of their poses: one DRR of all bones together against each view, as in ``pose.alignment``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.level_view import LevelView, make_level_view
from RayEmbRegistrationLib.pose.alignment.similarity import Agreement, compare, normalize
from RayEmbRegistrationLib.pose.view import View, condition_view

from .body import Body
from .frame_view import FrameView
from .outline_terms import Linear

MARGIN = 0.1  # of the bones' projection, left around it; chosen: what a pose moves in a level's steps
LARGEST_SIDE_PX = 320  # chosen for time, as of a level
LEAST_UNEXPLAINED = 1e-3  # share of an X-ray; chosen: no DRR explains more
LEAST_HELD = 0.3  # of the X-ray; chosen: far from the bones nothing is similar
WINDOW_PX = 11  # of the local normalisation; chosen, as of a registration's finer levels


@dataclass(frozen=True, eq=False)
class BoneFit:
    """How the bones' DRR fits all views.

    Attributes:
        similarity: -1 to 1, where it has something to say.
        evidence: likewise, of all that the X-rays show.
        each: similarity by body, where that one has something to say, in all views; empty while poses are looked for.
        likelihood: logarithm of that of the X-rays, whose noise is not known, less that of bones that explain nothing.
    """

    similarity: float
    evidence: float
    each: Mapping[str, float] = field(default_factory=dict)
    likelihood: float = 0.0


class DensityTerms:
    """A frame's bones.

    Args:
        views: of the frame.
        bodies: all of the sequence, in order.
        bright: whether bone is bright, by view; None where it is not known.
    """

    def __init__(self, views: Sequence[FrameView], bodies: Sequence[Body], bright: Sequence[bool | None]) -> None:
        self._bodies = bodies
        self._bones = [number for number, body in enumerate(bodies) if not body.is_opaque]
        self._views: list[View] = []
        for view, is_bright in zip(views, bright, strict=True):
            conditioned = condition_view(view.xray, view.camera_from_rig.matrix)
            self._views.append(conditioned if is_bright is None else conditioned.taken_as(is_bright))
        self._levels: dict[float, list[LevelView]] = {}

    @property
    def bright(self) -> tuple[bool, ...]:
        """Whether bone is taken to be bright, by view."""
        return tuple(view.bone_is_bright for view in self._views)

    def settle_polarity(self, poses: dict[str, RigidTransform], pixel_mm: float) -> None:
        """Take the polarity under which a view fits better, where it is open."""
        for number, view in enumerate(self._views):
            if view.is_settled:
                continue
            tried = {}
            for flag in view.polarities:
                self._views[number] = view.taken_as(flag)
                self._levels.clear()
                tried[flag] = float(self._agreement(number, poses, pixel_mm).similarity[0])
            self._views[number] = view.taken_as(max(tried, key=lambda flag: tried[flag]))
            self._levels.clear()

    def fit(self, poses: dict[str, RigidTransform], pixel_mm: float) -> BoneFit:
        """How well the bones fit all views."""
        total = self._agreement(0, poses, pixel_mm)
        for number in range(1, len(self._views)):
            total = total + self._agreement(number, poses, pixel_mm)
        return _bone_fit(total)

    def add(self, system: Linear, poses: dict[str, RigidTransform], pixel_mm: float) -> BoneFit:
        """Add all that the bones say under poses rig_from_body; unknown: 6 a body."""
        unknown = np.concatenate([np.arange(6 * number, 6 * number + 6) for number in self._bones])
        total: Agreement | None = None
        for number in range(len(self._views)):
            agreement = self._agreement(number, poses, pixel_mm, derivatives=True)
            scale = 1 / max(float(agreement.noise[0]) * WINDOW_PX**2, 1e-9)
            system.hessian[np.ix_(unknown, unknown)] += agreement.hessian[0].numpy() * scale
            # Of a normalised X-ray only a share like its similarity is the bones' image; the objective bends by so much
            # less than the product of slopes says, and steps would fall short.
            held = float(agreement.similarity[0].clamp(LEAST_HELD, 1))
            system.gradient[unknown] += agreement.gradient[0].numpy() * (scale / held)
            total = agreement if total is None else total + agreement
        if total is None:
            raise RuntimeError("an objective needs a view")
        return _bone_fit(total)

    def apart(self, poses: dict[str, RigidTransform], pixel_mm: float) -> dict[str, float]:
        """How well each bone fits all views, -1 to 1: the DRR of all, where this bone's own shows structure.

        One value for all of them would let a bone that fits vouch for another that does not.
        """
        sums = np.zeros((len(self._bones), 3))
        for number in range(len(self._views)):
            term = self._level(number, poses, pixel_mm)
            with torch.no_grad():
                images = [self._image(index, term, poses, pixel_mm) for index in self._bones]
                together = normalize(term, torch.stack(images).sum(dim=0))
                for row, image in enumerate(images):
                    seen = together.structure * normalize(term, image).structure
                    drr, xray = together.drr * seen, term.normalized * seen
                    sums[row] += [float((one * other).sum()) for one, other in ((drr, xray), (drr, drr), (xray, xray))]
        fits = sums[:, 0] / np.sqrt(np.maximum(sums[:, 1] * sums[:, 2], 1e-12))
        return {self._bodies[index].name: float(fit) for index, fit in zip(self._bones, fits, strict=True)}

    def _agreement(
        self, number: int, poses: dict[str, RigidTransform], pixel_mm: float, derivatives: bool = False
    ) -> Agreement:
        term = self._level(number, poses, pixel_mm)
        turn = np.kron(np.eye(2), term.camera_from_first[:3, :3].numpy())
        image, columns = None, []
        with torch.no_grad():
            for index in self._bones:
                if derivatives:
                    body = self._bodies[index]
                    placed = _placed(body, term, poses)
                    centers = placed.centers(body.center)
                    own, slopes = _projector(body, pixel_mm).render_with_jacobian(placed.matrices, term.camera, centers)
                    columns.append(torch.einsum("bihw,ij->bjhw", slopes, torch.as_tensor(turn, dtype=slopes.dtype)))
                else:
                    own = self._image(index, term, poses, pixel_mm)
                image = own if image is None else image + own
        if image is None:
            raise RuntimeError("no bone is followed")
        return compare(term, image, torch.cat(columns, dim=1) if derivatives else None)

    def _image(self, index: int, term: LevelView, poses: dict[str, RigidTransform], pixel_mm: float) -> torch.Tensor:
        """(1, h, w) DRR of one bone."""
        body = self._bodies[index]
        return _projector(body, pixel_mm).render(_placed(body, term, poses), term.camera)

    def _level(self, number: int, poses: dict[str, RigidTransform], pixel_mm: float) -> LevelView:
        """The view cropped to the bones and resampled; made once a level."""
        if pixel_mm not in self._levels:
            self._levels[pixel_mm] = [self._cropped(view, poses, pixel_mm) for view in self._views]
        return self._levels[pixel_mm][number]

    def _cropped(self, view: View, poses: dict[str, RigidTransform], pixel_mm: float) -> LevelView:
        place = RigidTransform.from_matrix(view.camera_from_first)
        corners = [(place @ poses[self._bodies[n].name]).apply(self._bodies[n].corners) for n in self._bones]
        points = np.concatenate(corners)
        camera = view.camera
        pixels = camera.project(points)
        pixels = pixels[np.isfinite(pixels).all(axis=1)] if np.isfinite(pixels).any() else np.zeros((1, 2))
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        margin = MARGIN * (high - low).max()
        size = np.array(camera.image_size)
        low = np.clip(np.floor(low - margin), 0, size - 16).astype(int)
        high = np.clip(np.ceil(high + margin) + 1, low + 16, size).astype(int)
        box = (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
        focal = abs(np.linalg.det(camera.K[:2, :2])) ** 0.5
        shrink = focal * pixel_mm / float(np.median(points[:, 2]))
        width, height = (int(np.clip(round(side / shrink), 8, min(side, LARGEST_SIDE_PX))) for side in box[2:])
        small = camera.crop(*box).resample(width, height)
        projector = self._bodies[self._bones[0]].projectors[1]
        return make_level_view(view, small, box, WINDOW_PX, projector)


def _bone_fit(total: Agreement) -> BoneFit:
    """Of all views.

    Of N comparisons that correlate by r, the likeliest noise leaves a likelihood of (1 - r^2)^(-N/2).
    """
    evidence, windows = float(total.evidence[0]), float(total.field_windows[0])
    likelihood = -windows / 2 * np.log(max(1 - max(evidence, 0.0) ** 2, LEAST_UNEXPLAINED))
    return BoneFit(float(total.similarity[0]), evidence, likelihood=float(likelihood))


def _placed(body: Body, term: LevelView, poses: dict[str, RigidTransform]) -> Poses:
    return Poses.of(poses[body.name].matrix, "cpu").seen_from(term.camera_from_first)


def _projector(body: Body, pixel_mm: float) -> JosephProjector:
    """The coarsest whose voxels are no larger than the pixels."""
    steps = [step for step in body.projectors if step * _voxel_mm(body) <= pixel_mm] or [1]
    return body.projectors[max(steps)]


def _voxel_mm(body: Body) -> float:
    """Mean size of a bone's voxel."""
    if body.body_from_ijk is None:
        raise RuntimeError(f"{body.name} has no voxels")
    return float(abs(np.linalg.det(body.body_from_ijk[:3, :3])) ** (1 / 3))
