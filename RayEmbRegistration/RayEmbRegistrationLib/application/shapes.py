"""Shape models from label maps or by rules, and one fitted to X-rays of a patient without a CT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import NotInViewError
from RayEmbRegistrationLib.pose.group import relative_places
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, part_of, watch
from RayEmbRegistrationLib.reconstruction.shape_fit import COARSE, ShapeFit, fit_shape
from RayEmbRegistrationLib.reconstruction.shape_model import ShapeModel, build_shape_model
from RayEmbRegistrationLib.registration import register
from RayEmbRegistrationLib.simulation.phantoms.phantom import (
    make_knee_phantom,
    make_pelvis_phantom,
    make_wrist_phantom,
)
from RayEmbRegistrationLib.volumes.labels import checked_labels
from RayEmbRegistrationLib.volumes.reading import read_volume
from RayEmbRegistrationLib.xray.view import XrayView

from .reconstruct import STRANGER

PHANTOMS: dict[str, Callable[[int, float], CTVolume]] = {
    "pelvis": make_pelvis_phantom,
    "knee": make_knee_phantom,
    "wrist": make_wrist_phantom,
}
"""What individuals can be drawn of."""
AWAY_MM = (-40.0, 40.0, -20.0, 20.0)
"""Along a beam, where a shape is tried again that fits not all X-rays; chosen: a bone a twentieth larger is found 40 mm
nearer."""
_ELSEWHERE = "fitting from another place"
Shape = tuple[np.ndarray, np.ndarray]
"""Mask of the bone (K, J, I) and ras_from_ijk (4, 4)."""


@dataclass(frozen=True, eq=False)
class FittedShape:
    """A patient's bone without a CT.

    Attributes:
        fit: shape, pose and what they are worth.
        ct: stand-in CT with its label map, which everything else here takes for a CT.
        poses: camera_from_ras of each X-ray; RAS of the stand-in CT.
        notes: what the user must know.
    """

    fit: ShapeFit
    ct: CTVolume
    poses: tuple[RigidTransform, ...]
    notes: tuple[str, ...]


def shape_of_file(path: Path, labels: Sequence[int] | None = None) -> Shape:
    """The bone of a label map.

    Args:
        path: of any format that volumes have.
        labels: numbers that are the bone; all where None.

    Raises:
        InputProblem: no label map, without its place, or none of the labels in it.
    """
    stored = read_volume(path)
    if stored.ras_from_ijk is None:
        raise InputProblem(f"{path} {stored.unknown_place}; save it again with its geometry")
    present = checked_labels(stored.values, path)
    missing = sorted(set(labels or ()) - set(present))
    if missing:
        raise InputProblem(f"{path} has no label {missing[0]}; it has {', '.join(map(str, present))}")
    mask = stored.values > 0 if labels is None else np.isin(stored.values, list(labels))
    return mask, stored.ras_from_ijk


def drawn_shape(kind: str, seed: int, spacing_mm: float, labels: Sequence[int] | None = None) -> Shape:
    """The bone of an individual drawn by rules (PHANTOMS)."""
    if kind not in PHANTOMS:
        raise InputProblem(f"no individuals of '{kind}' can be drawn; choose one of {', '.join(PHANTOMS)}")
    ct = PHANTOMS[kind](seed, spacing_mm)
    assert ct.labels is not None  # noqa: S101 - phantoms have them; for the type checker
    return (ct.labels > 0 if labels is None else np.isin(ct.labels, list(labels))), ct.ras_from_ijk


def shape_model(shapes: Sequence[Shape], spacing_mm: float, modes: int, story: str) -> ShapeModel:
    """A model of individuals; see ``build_shape_model``."""
    if not 0.2 <= spacing_mm <= 20:
        raise InputProblem(f"the model's voxels must be 0.2 to 20 mm wide, not {spacing_mm:g}; 2 to 4 are usual")
    if modes < 1:
        raise InputProblem(f"a shape model needs a mode at least, not {modes}; 20 are usual")
    return build_shape_model(shapes, spacing_mm, modes, story)


def fit_to_xrays(
    model: ShapeModel,
    xrays: Sequence[XrayView],
    view: str = "ap",
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FittedShape:
    """Fit a shape model to X-rays of one patient.

    The pose of the mean shape is found as that of any CT, then shape and pose together.

    Args:
        model: of the bone.
        xrays: one; or several with their places in a rig, which share the shape and the pose.
        view: prior on the view.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.

    Raises:
        InputProblem: X-rays without their places in a rig, or that show no such bone.
        Cancelled: when asked to stop.
    """
    if len(xrays) > 1 and any(xray.camera_from_rig is None for xray in xrays):
        raise InputProblem("several X-rays of one bone need their places in the rig (world_to_camera in their camera files)")
    report = watch(progress, cancelled)
    mean = np.zeros(len(model.modes))
    prepared = prepare(model.stand_in(mean), PrepareSettings(view=view), part_of(report, 0.0, 0.2))
    settings = RegistrationSettings(view=view, mirrored=False, method="search", widen=False)
    found = register(prepared, xrays, settings, part_of(report, 0.2, 0.4))
    places = relative_places(xrays)
    views = [View(each.radiograph, place) for each, place in zip(found.views, places, strict=True)]
    first = found.views[0].camera_from_ras.matrix
    fit = fit_nearby(model, views, first, view, part_of(report, 0.6, 0.4))
    poses = tuple(RigidTransform.from_matrix(place @ fit.pose) for place in places)
    return FittedShape(fit, model.stand_in(fit.weights), poses, _notes(fit, model, len(views)))


def fit_nearby(model: ShapeModel, views: Sequence[View], pose: np.ndarray, view: str, report: Report) -> ShapeFit:
    """Fit from a pose; where that leaves an X-ray that the shape does not fit, from places along the beams as well.

    Of another shape, the mean is often found as one view alone would have it, nearer or farther, where another view sees
    nothing of it.

    Args:
        model: of the bone.
        views: of one patient.
        pose: (4, 4) first camera from the model's RAS.
        view: name of the view prior.
        report: progress.
    """
    best = fit_shape(model, views, pose, view, _said(part_of(report, 0.0, 0.4), "fitting shape and pose"))
    if len(views) < 2 or min(best.similarity) >= STRANGER:
        return best
    starts = [(each, away) for each in views for away in AWAY_MM]
    others = [best]
    for number, (each, away) in enumerate(starts):
        at = part_of(report, 0.4 + 0.3 * number / len(starts), 0.3 / len(starts))
        moved = pose.copy()
        moved[:3, 3] += each.camera_from_first[:3, :3].T @ np.array([0.0, 0.0, away])
        with suppress(NotInViewError):
            others.append(fit_shape(model, views, moved, view, _said(at, _ELSEWHERE), COARSE))
    nearest = max(others, key=_worst)
    other = fit_shape(model, views, nearest.pose, view, _said(part_of(report, 0.7, 0.3), _ELSEWHERE))
    return max(best, other, key=_worst)


def _said(report: Report, words: str) -> Callable[[float], None]:
    """Progress of which only the share is told, in words."""
    return lambda share: report(share, words)


def _worst(fit: ShapeFit) -> float:
    """Similarity of the X-ray that a shape fits least."""
    return min(fit.similarity)


def _notes(fit: ShapeFit, model: ShapeModel, views: int) -> tuple[str, ...]:
    similarity = ", ".join(f"{value:.2f}" for value in fit.similarity)
    whose = (
        f"the shape is one of a model's ({model.story or 'no story'}), not the patient's CT: what no X-ray shows of it is "
        f"the model's; of {len(fit.weights)} modes the X-rays tell {fit.seen}"
    )
    notes = [whose, f"similarity {similarity}"]
    strange = [str(number + 1) for number, value in enumerate(fit.similarity) if value < STRANGER]
    if strange:
        notes.append(
            f"the shape does not fit X-ray {', '.join(strange)}, so that it is not to be used: its place was missed, or the "
            "bone is none of the model's; check cameras, polarity and view prior"
        )
    if views == 1:
        notes.append(
            f"one X-ray leaves open how far away the bone is (standard deviation {fit.depth_deviation_mm:.0f} mm of the "
            "depth, by the fit itself) and how large: a second view decides"
        )
    return tuple(notes)
