"""The result file of a registration: what it says, and the only reader and writer of it.

Version 2 is described by ``schemas/result.schema.json``. Files of version 1, which had neither a format's name nor expected
errors, identities and origins, are read as well: what they do not say is None or empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform

from .bone_record import BoneRecord
from .identity import Identity
from .targets import TargetRecord

FORMAT, VERSION = "rayemb-registration-result", 2  # 2: with quality, provenance and origins; keys of 1 are where they were
FRAME = "x_camera = R x_ras + t, mm; RAS of the CT; camera x right, y down, z from source to detector"


@dataclass(frozen=True)
class CameraValue:
    """One value of a camera and who said it.

    Attributes:
        value: number, text, truth value or list of these, in the unit that its name ends in.
        origin: "tag", "file", "typed", "derived" or "assumed".
        explanation: the DICOM tag, the file or how it was derived.
        std: standard deviation, in the value's unit; None where it is not known.
    """

    value: Any
    origin: str
    explanation: str = ""
    std: float | None = None


@dataclass(frozen=True, eq=False)
class LandmarkRecord:
    """Landmarks that were detected in one X-ray.

    Attributes:
        detected, agreeing: how many, and how many of them agree with the pose.
        points_ras: (N, 3) mm; N is 0 in files of version 1, which held the numbers only.
        points_px: (N, 2) where they were detected.
        scores, probabilities: (N,).
        agree: (N,) bool, which agree with the pose.
    """

    detected: int
    agreeing: int
    points_ras: np.ndarray
    points_px: np.ndarray
    scores: np.ndarray
    probabilities: np.ndarray
    agree: np.ndarray


@dataclass(frozen=True, eq=False)
class ViewRecord:
    """One X-ray.

    Attributes:
        xray: its name.
        camera_from_ras: the pose found; None where the X-ray has none.
        camera: of the stored image, to use with that pose.
        similarity: of this view; None where it is not known.
        mirrored: whether the image was found to be flipped left to right.
        bones: label to the pose of that bone, for bones that move apart.
        landmarks: None where none were looked for.
        camera_values: where each value of the camera comes from, by its name.
        image_sha256: of the pixels that were registered, see ``identity.digest_of_arrays``.
        notes: on this X-ray, one sentence each.
        bone_verdicts: label to what that bone's own pose is worth; empty in files of before.
        view_prior: name of the prior on its view; None where it is not known, as in files of before.
    """

    xray: str
    camera_from_ras: RigidTransform | None
    camera: Camera | None
    similarity: float | None = None
    mirrored: bool = False
    bones: Mapping[str, RigidTransform] = field(default_factory=dict)
    landmarks: LandmarkRecord | None = None
    camera_values: Mapping[str, CameraValue] = field(default_factory=dict)
    image_sha256: str | None = None
    notes: tuple[str, ...] = ()
    bone_verdicts: Mapping[str, BoneRecord] = field(default_factory=dict)
    view_prior: str | None = None


@dataclass(frozen=True)
class VerdictRecord:
    """Whether a pose may be used for a purpose; numbers are None where the file does not say them.

    Attributes:
        trusted: whether to use it.
        reason: why, in one sentence.
        expected_mm: median error to expect.
        bound_mm: what the error stays under in 95 of 100 cases, if this is not another pose altogether.
        tolerance_mm: what the user allows.
        probability: that the error is less, that it may be another pose counted in.
        wrong: probability that it is another pose altogether.
    """

    trusted: bool
    reason: str
    expected_mm: float | None = None
    bound_mm: float | None = None
    tolerance_mm: float | None = None
    probability: float | None = None
    wrong: float | None = None

    @property
    def says_bound(self) -> bool:
        """Whether the bound is told: not beside a larger median, which counts in that this may be another pose."""
        return self.bound_mm is not None and (self.expected_mm is None or self.expected_mm <= self.bound_mm)


@dataclass(frozen=True)
class CameraTest:
    """One thing that may be wrong with a camera, estimated from the X-rays.

    Attributes:
        kind: "distance" (logarithm of source to detector), "aspect" (logarithm of the pixels' height over width), "radial"
            (first radial term, at half the image's diagonal), "rig" (three turns in rad and three shifts in mm of a view).
        view: whose, from 0; None for all views alike.
        estimate: what would have to be added to what was given.
        std: one standard deviation of each; 0 where it was not tried.
        significance: of the largest part, in standard deviations; None where it is not known.
        probability: of that much with right cameras; None where it is not known.
        odds: how many times as likely as this one the best explanation is (1 for the best); None where it is not known.
    """

    kind: str
    view: int | None
    estimate: tuple[float, ...]
    std: tuple[float, ...]
    significance: float | None = None
    probability: float | None = None
    odds: float | None = None


@dataclass(frozen=True)
class CameraTrial:
    """Whether the X-rays suit the cameras that were given.

    Attributes:
        sentence: what seems wrong and what to do; None where nothing does.
        tests: the best explanation of what does not fit first; empty where nothing could be measured.
        assumed: names of the cameras' values that nobody gave.
    """

    sentence: str | None = None
    tests: tuple[CameraTest, ...] = ()
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class QualityRecord:
    """What the result is worth, found without knowing the truth.

    Attributes:
        similarity: at the finest level, -1 to 1.
        verdict: on the purpose that was asked for.
        verdicts: by purpose, "overlay" (what is drawn on the X-ray) and "position" (places in space); empty in files of
            before there were two.
        purpose: the one that was asked for; empty in such files.
        runner_up: how well the best pose elsewhere fits, relative to this one; None where there is none.
        rotation_std_deg, translation_std_mm: (3,) about and along the first camera's axes; NaN where not known.
        expected: median error to expect by name and unit, such as ``mtre_mm``; None where it was not worked out.
        bounds: by the same names, what it stays under in 95 of 100 cases, if this is not another pose altogether.
        probabilities: by name, such as ``below_2mm`` and ``wrong_pose``; None where not worked out.
        checks: of the camera against the X-ray, by name: ratio that fits best, and its standard deviation.
        camera: the cameras on trial; None where they were not tried.
        judged: digests of what the verdicts belong to, see ``judged.identities``; empty where they are not known.
    """

    similarity: float | None
    verdict: VerdictRecord
    verdicts: Mapping[str, VerdictRecord] = field(default_factory=dict)
    purpose: str = ""
    runner_up: float | None = None
    rotation_std_deg: np.ndarray = field(default_factory=lambda: np.full(3, np.nan))
    translation_std_mm: np.ndarray = field(default_factory=lambda: np.full(3, np.nan))
    expected: Mapping[str, float | None] = field(default_factory=dict)
    bounds: Mapping[str, float | None] = field(default_factory=dict)
    probabilities: Mapping[str, float | None] = field(default_factory=dict)
    checks: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    camera: CameraTrial | None = None
    judged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """How a result came about.

    Attributes:
        method: strategy that found the pose; empty where it is not known.
        tried: strategies in the order they were tried.
        ct: name of the CT and digest of what was registered of it.
        weights: identity of the landmark detector's weights, and what is known about them; empty where there are none.
        inputs: files that were read.
        device: where it was computed, as PyTorch and as a person calls it.
        versions: of this program and what it stands on, by name.
        seed: of every random choice.
        created: when, ISO 8601 with the time zone.
    """

    method: str = ""
    tried: tuple[str, ...] = ()
    ct: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Identity, ...] = ()
    device: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    created: str = ""


@dataclass(frozen=True, eq=False)
class ResultFile:
    """A registration's result as it is kept.

    Attributes:
        views: one an X-ray, in the order given; at least one has a pose.
        quality: None where nothing is known of it (poses set by hand).
        provenance: how it came about.
        settings: what was asked, by name.
        timing_s: seconds by stage, and "total".
        trace: (stage, similarity) after each iteration.
        notes: what the user should know, one sentence each.
        targets: of the operation, on the X-rays.
        format_version: of the file that this was read from.
    """

    views: tuple[ViewRecord, ...]
    quality: QualityRecord | None = None
    provenance: Provenance = field(default_factory=Provenance)
    settings: Mapping[str, Any] = field(default_factory=dict)
    timing_s: Mapping[str, float] = field(default_factory=dict)
    trace: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()
    targets: tuple[TargetRecord, ...] = ()
    format_version: int = VERSION
