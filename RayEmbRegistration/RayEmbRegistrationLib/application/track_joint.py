"""The joint that a track's two bodies make: its angles and shifts frame by frame, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.anatomical_axes import read_axes
from RayEmbRegistrationLib.files.writing import write_csv
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.body import Body
from RayEmbRegistrationLib.tracking.fitted_axes import fitted_frames
from RayEmbRegistrationLib.tracking.joints import JOINTS, joint_measures
from RayEmbRegistrationLib.tracking.kinematics import Landmarks3, anatomical_frame
from RayEmbRegistrationLib.tracking.track import Track

FITTED, PATIENT = "fitted", "patient"
"""Where axes are from, where they are not from a file: the motion, or the CT's patient."""


@dataclass(frozen=True, eq=False)
class JointCurves:
    """A joint through a sequence.

    Attributes:
        joint: one of ``JOINTS``.
        bodies: proximal and distal.
        axes: where their axes are from, in words.
        frames: numbers, rising.
        trusted: (N,) bool, whether the place in space of both is.
        raw: (N, 6) measures of the poses as refined.
        smoothed: likewise, not a number where nothing was smoothed.
    """

    joint: str
    bodies: tuple[str, str]
    axes: str
    frames: tuple[int, ...]
    trusted: np.ndarray
    raw: np.ndarray
    smoothed: np.ndarray

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the columns."""
        return JOINTS[self.joint].measures


def joint_curves(track: Track, bodies: Sequence[Body], joint: str, axes: str | Path, is_right: bool) -> JointCurves:
    """The joint of a track's first two bodies, the first nearer to the trunk.

    Args:
        track: with two bodies at least.
        bodies: of it.
        joint: one of ``JOINTS``.
        axes: a file of ``read_axes``; FITTED to the motion; or PATIENT: those of the CT that both bodies are of.
        is_right: of the right side.

    Raises:
        InputProblem: one body alone, no frame, or axes that cannot be had.
    """
    if len(bodies) < 2:
        raise InputProblem("the angles of a joint need two bodies: give --body twice, the one nearer to the trunk first")
    if not track.frames:
        raise InputProblem("the track holds no frame; track the sequence first")
    names = (bodies[0].name, bodies[1].name)
    frames = tuple(sorted(track.frames))
    raw = [[track.frames[frame][name].pose for frame in frames] for name in names]
    own = _frames(axes, bodies[:2], raw, joint)
    words = {FITTED: "fitted to the motion; angles count from the first frame", PATIENT: "the patient's, of the CT"}
    return curves_about_axes(track, names, joint, own, words.get(str(axes), f"landmarks of {Path(axes).name}"), is_right)


def curves_about_axes(
    track: Track,
    names: tuple[str, str],
    joint: str,
    axes: tuple[RigidTransform, RigidTransform],
    words: str,
    is_right: bool,
) -> JointCurves:
    """Likewise, where the axes are known.

    Args:
        track: with a frame at least.
        names: of the proximal and the distal body.
        joint: one of ``JOINTS``.
        axes: body_from_anatomical of both: x to the patient's right, y to the front, z up; mm.
        words: where they are from.
        is_right: of the right side.
    """
    frames = tuple(sorted(track.frames))
    raw = [[track.frames[frame][name].pose for frame in frames] for name in names]
    smoothed = [[track.smoothed.get(frame, {}).get(name) for frame in frames] for name in names]
    return JointCurves(
        joint,
        names,
        words,
        frames,
        np.array([all(track.frames[frame][name].verdict.position for name in names) for frame in frames]),
        _measures(joint, raw, axes, is_right),
        _measures(joint, smoothed, axes, is_right),
    )


def _frames(
    axes: str | Path, bodies: Sequence[Body], poses: Sequence[Sequence[RigidTransform]], joint: str
) -> tuple[RigidTransform, RigidTransform]:
    """body_from_anatomical of both."""
    if str(axes) == PATIENT:
        first, second = (RigidTransform(translation=body.center) for body in bodies)
    elif str(axes) == FITTED:
        if not JOINTS[joint].signs:
            raise InputProblem(f"the {joint} turns about no one axis that could be fitted; give landmarks with --axes")
        proximal, distal = poses
        front_bends = JOINTS[joint].signs[0] < 0
        first, second = fitted_frames(proximal, distal, [body.center for body in bodies], front_bends)
    else:
        points = read_axes(axes, [body.name for body in bodies])
        marks = (Landmarks3(**{key: np.array(value) for key, value in points[body.name].items()}) for body in bodies)
        first, second = (anatomical_frame(own) for own in marks)
    return first, second


def _measures(
    joint: str,
    poses: Sequence[Sequence[RigidTransform | None]],
    own: tuple[RigidTransform, RigidTransform],
    is_right: bool,
) -> np.ndarray:
    rows = []
    for proximal, distal in zip(*poses, strict=True):
        if proximal is None or distal is None:
            rows.append(np.full(6, np.nan))
        else:
            rows.append(joint_measures(joint, proximal @ own[0], distal @ own[1], is_right))
    return np.array(rows)


def write_joint_table(path: str | Path, curves: JointCurves) -> None:
    """Write a line a frame: whether it is trusted, the measures, and those of the smoothed poses."""
    columns = ["frame", "trusted", *curves.measures, *(f"smoothed_{name}" for name in curves.measures)]
    rows = [
        [frame, bool(trusted), *("" if np.isnan(value) else f"{value:.4f}" for value in (*raw, *smoothed))]
        for frame, trusted, raw, smoothed in zip(curves.frames, curves.trusted, curves.raw, curves.smoothed, strict=True)
    ]
    write_csv(path, columns, rows)
