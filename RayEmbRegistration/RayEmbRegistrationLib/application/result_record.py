"""A registration's result as its file keeps it: with how it came about, from what, and who said each value of the camera."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.files.bone_record import BoneRecord
from RayEmbRegistrationLib.files.identity import Identity, digest_of_arrays
from RayEmbRegistrationLib.files.judged import identities
from RayEmbRegistrationLib.files.result import (
    CameraTest,
    CameraTrial,
    CameraValue,
    LandmarkRecord,
    Provenance,
    QualityRecord,
    ResultFile,
    VerdictRecord,
    ViewRecord,
)
from RayEmbRegistrationLib.files.xray_geometry import plain_value
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION

from .devices import device_in_words

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.landmarks import Landmarks
    from RayEmbRegistrationLib.pose.joint.judging import BoneVerdict
    from RayEmbRegistrationLib.quality.camera_check import CameraCheck
    from RayEmbRegistrationLib.quality.quality import Quality, Verdict
    from RayEmbRegistrationLib.registration import PreparedCT
    from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
    from RayEmbRegistrationLib.xray.view import XrayView

_PACKAGES = ("torch", "numpy", "scipy", "SimpleITK", "pydicom", "opencv-python-headless")
_MEASURES = ("overlay_mm", "in_plane_mm", "depth_mm", "rotation_deg", "mtre_mm")
_OF_WEIGHTS = ("trained_on", "how", "licence", "steps", "minutes", "landmark_error_mm", "version", "architecture")


def result_record(
    result: RegistrationResult,
    views: Sequence[XrayView],
    prepared: PreparedCT,
    ct_name: str = "",
    inputs: Sequence[Identity] = (),
) -> ResultFile:
    """What the result file of a registration holds.

    Args:
        result: of the registration.
        views: what was registered, in the same order.
        prepared: the CT that was registered.
        ct_name: of the CT, without its folder.
        inputs: files that were read for it.
    """
    priors = [given.view or result.settings.view for given in views]
    records = tuple(_view(*each) for each in zip(result.views, views, priors, strict=True))
    ct = {"name": ct_name, "content_sha256": identity_of_prepared(prepared)}
    return ResultFile(
        views=records,
        quality=replace(quality_record(result.quality), judged=identities(records, ct)),
        provenance=Provenance(
            method=result.method,
            tried=tuple(result.tried),
            ct=ct,
            weights=_weights(prepared),
            inputs=tuple(inputs),
            device=f"{prepared.device}: {device_in_words(str(prepared.device))}",
            versions=versions(),
            seed=result.settings.seed,
            created=datetime.now(timezone.utc).astimezone().isoformat(timespec="seconds"),
        ),
        settings=asdict(result.settings),
        timing_s=dict(result.timing_s),
        trace=tuple(result.trace),
        notes=tuple(result.notes),
    )


def identity_of_prepared(prepared: PreparedCT) -> str:
    """Digest of what is registered of a CT: attenuation of its bone, place and labels; the same for the same CT."""
    return digest_of_arrays(prepared.attenuation.cpu().numpy(), prepared.ras_from_ijk, prepared.labels)


def versions() -> dict[str, str]:
    """Of this program, of Python and of what the numbers depend on."""
    found = {"RayEmbRegistration": __version__, "Python": platform.python_version(), "system": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # Slicer builds some of them itself
            continue
    return found


def quality_record(quality: Quality) -> QualityRecord:
    """What a quality says, by names that the file keeps; what it was found on is not known to it."""
    evidence = quality.evidence
    distance = None if evidence is None else evidence.distance
    verdicts = {OVERLAY: verdict_record(quality.overlay), POSITION: verdict_record(quality.position)}
    return QualityRecord(
        similarity=float(quality.similarity),
        verdict=verdicts[quality.purpose],
        verdicts=verdicts,
        purpose=quality.purpose,
        runner_up=quality.runner_up,
        rotation_std_deg=np.asarray(quality.rotation_std_deg, dtype=np.float64),
        translation_std_mm=np.asarray(quality.translation_std_mm, dtype=np.float64),
        expected={measure: quality.expected(measure) for measure in _MEASURES},
        bounds={measure: quality.bound(measure) for measure in _MEASURES},
        probabilities={
            "below_2mm": quality.probability_below_2mm,
            "below_5mm": quality.probability_below(5.0),
            "wrong_pose": quality.verdict.wrong,
        },
        checks={}
        if distance is None
        else {"source_to_detector": (float(np.exp(distance.ratio)), float(distance.std * np.exp(distance.ratio)))},
        camera=None if evidence is None else camera_trial(evidence.camera),
    )


def verdict_record(verdict: Verdict) -> VerdictRecord:
    """What a verdict says."""
    return VerdictRecord(
        bool(verdict.trusted),
        verdict.reason,
        float(verdict.expected_mm),
        float(verdict.bound_mm),
        float(verdict.tolerance_mm),
        float(verdict.probability),
        float(verdict.wrong),
    )


def camera_trial(check: CameraCheck) -> CameraTrial:
    """What was found of the cameras."""
    tests = tuple(
        CameraTest(one.kind, one.view, one.estimate, one.std, float(one.significance), float(one.probability), one.odds)
        for one in check.suspects
    )
    return CameraTrial(check.sentence, tests, tuple(check.assumed))


def camera_values(geometry: XrayGeometry | None) -> dict[str, CameraValue]:
    """Each value of an X-ray's geometry that is known, with its origin and standard deviation."""
    if geometry is None:
        return {}
    known = {field.name: getattr(geometry, field.name) for field in fields(geometry)}
    return {
        name: CameraValue(plain_value(value.value), value.origin, value.explanation, geometry.std(name))
        for name, value in known.items()
        if isinstance(value, Sourced)
    }


def _view(found: ViewResult, given: XrayView, prior: str | None) -> ViewRecord:
    return ViewRecord(
        xray=given.name,
        camera_from_ras=found.camera_from_ras,
        camera=found.camera,
        similarity=float(found.similarity),
        mirrored=bool(found.mirrored),
        bones={str(label): pose for label, pose in found.bones.items()},
        landmarks=None if found.landmarks is None else _landmarks(found.landmarks),
        camera_values=camera_values(given.geometry),
        image_sha256=digest_of_arrays(given.pixels),
        notes=tuple(dict.fromkeys((*given.notes, *found.radiograph.notes))),
        bone_verdicts={str(label): _bone(verdict) for label, verdict in found.bone_verdicts.items()},
        view_prior=prior,
    )


def _bone(verdict: BoneVerdict) -> BoneRecord:
    return BoneRecord(
        verdict.trusted,
        verdict.reason,
        verdict.expected_mm,
        verdict.turned_deg,
        verdict.out_of_joint_mm,
        verdict.similarity,
        verdict.in_view,
    )


def _landmarks(landmarks: Landmarks) -> LandmarkRecord:
    agree = np.asarray(landmarks.inliers, dtype=bool)
    return LandmarkRecord(
        detected=len(landmarks),
        agreeing=int(agree.sum()),
        points_ras=np.asarray(landmarks.points_ras, dtype=np.float64),
        points_px=np.asarray(landmarks.pixels, dtype=np.float64),
        scores=np.asarray(landmarks.scores, dtype=np.float64),
        probabilities=np.asarray(landmarks.probability, dtype=np.float64),
        agree=agree,
    )


def _weights(prepared: PreparedCT) -> Mapping[str, Any]:
    """Who the landmark detector is; empty where there is none."""
    if prepared.encoder is None:
        return {}
    about = {name: prepared.encoder_about[name] for name in _OF_WEIGHTS if name in prepared.encoder_about}
    return {"identity": prepared.encoder.name, **about}
