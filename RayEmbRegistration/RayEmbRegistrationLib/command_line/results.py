"""A registration's result in a few lines for reading, fresh or from its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.result import QualityRecord, ResultFile, ViewRecord

from .trust import camera_lines, chance, verdict_lines

if TYPE_CHECKING:
    from RayEmbRegistrationLib.files.bone_record import BoneRecord
    from RayEmbRegistrationLib.pose.joint.judging import BoneVerdict
    from RayEmbRegistrationLib.result import RegistrationResult

_ORIGINS = {
    "tag": "DICOM tag",
    "file": "camera file",
    "typed": "typed in",
    "derived": "derived from other values",
    "assumed": "ASSUMED",
}


def result_lines(result: RegistrationResult) -> list[str]:
    """The result for reading: both verdicts first, then how precise and how long."""
    from RayEmbRegistrationLib.application.result_record import quality_record

    quality = quality_record(result.quality)
    lines = verdict_lines(quality)
    lines.append(f"similarity {quality.similarity:.3f}{_runner_up(quality.runner_up)}")
    lines += _deviations(quality.rotation_std_deg, quality.translation_std_mm)
    first = result.views[0]
    for label, bone in first.bone_verdicts.items():
        lines += [f"bone {label}:", *bone_lines(bone, "  ")]
    if any(view.mirrored for view in result.views):
        lines.append("an X-ray is mirrored: its camera in the result file has a flipped axis")
    if "total" in result.timing_s:
        lines.append(f"time {result.timing_s['total']:.1f} s")
    return lines


def bone_lines(bone: BoneRecord | BoneVerdict | None, indent: str) -> list[str]:
    """What a bone's own pose is worth."""
    if bone is None:
        return []
    lines = [f"{indent}{'trusted' if bone.trusted else 'NOT TRUSTED'}: {bone.reason}"]
    if bone.turned_deg is not None and bone.out_of_joint_mm is not None:
        lines.append(
            f"{indent}turned by {bone.turned_deg:.1f} degrees in its joint, which moved by {bone.out_of_joint_mm:.1f} mm"
        )
    return lines


def _runner_up(value: float | None) -> str:
    return "" if value is None else f" (best pose elsewhere: {value:.3f})"


def _deviations(rotation: np.ndarray, translation: np.ndarray) -> list[str]:
    if not (np.isfinite(rotation).all() and np.isfinite(translation).all()):
        return []
    shifts = f"in-plane {translation[:2].max():.2f} mm, depth {translation[2]:.2f} mm"
    return [f"standard deviations: rotation {rotation.max():.2f} degrees, {shifts}"]


def record_lines(record: ResultFile) -> list[str]:
    """A result file for reading: what it is worth, each X-ray with its pose, how it came about."""
    lines = [f"registration of {len(record.views)} X-ray{'s' if len(record.views) > 1 else ''}"]
    if record.provenance.created:
        lines[0] += f", {record.provenance.created}"
    lines += ["", *(_quality_lines(record.quality) if record.quality is not None else ["nothing is known of its quality"])]
    for view in record.views:
        lines += ["", *_view_lines(view)]
    lines += ["", *_provenance_lines(record)]
    if record.notes:
        lines += ["", "notes", *(f"  - {note}" for note in record.notes)]
    return lines


def _quality_lines(quality: QualityRecord) -> list[str]:
    lines = verdict_lines(quality)
    if quality.similarity is not None:
        lines.append(f"similarity {quality.similarity:.3f}{_runner_up(quality.runner_up)}")
    expected = [f"{_named(name)} {value:.2f}" for name, value in quality.expected.items() if value is not None]
    if expected:
        lines.append(f"expected error (median): {', '.join(expected)}")
    bounds = [f"{_named(name)} {value:.2f}" for name, value in quality.bounds.items() if value is not None]
    if bounds:
        lines.append(f"in 95 of 100 cases under: {', '.join(bounds)}")
    chances = [f"{_named(name)} {chance(value)}" for name, value in quality.probabilities.items() if value is not None]
    if chances:
        lines.append(f"probability: {', '.join(chances)}")
    lines += _deviations(quality.rotation_std_deg, quality.translation_std_mm)
    for name, (ratio, deviation) in quality.checks.items():
        lines.append(f"{_named(name)} that the X-ray suits best: {ratio:.3f} times the given one, +- {deviation:.3f}")
    lines += [] if quality.camera is None else camera_lines(quality.camera, _named)
    if quality.judged:
        told = ", ".join(f"{name} ({digest[:12]})" for name, digest in quality.judged.items())
        lines.append(f"the verdicts belong to: {told}")
    return lines


def _view_lines(view: ViewRecord) -> list[str]:
    lines = [f"X-ray {view.xray or '(no name)'}{' (mirrored)' if view.mirrored else ''}"]
    if view.similarity is not None:
        lines.append(f"  similarity {view.similarity:.3f}")
    lines += ["  no pose"] if view.camera_from_ras is None else _matrix_lines(view.camera_from_ras.matrix)
    for label, pose in view.bones.items():
        lines += [f"  bone {label}", *_matrix_lines(pose.matrix)]
        lines += bone_lines(view.bone_verdicts.get(label), "    ")
    if view.camera is not None:
        camera = view.camera
        spacing = " x ".join(f"{side:.4g}" for side in camera.pixel_spacing_mm)
        point = ", ".join(f"{x:.1f}" for x in camera.K[:2, 2])
        lines.append(
            f"  camera: {camera.width} x {camera.height} px, {spacing} mm, source to detector "
            f"{camera.source_to_detector_mm:.1f} mm, principal point ({point}) px"
        )
    for name, value in view.camera_values.items():
        deviation = "" if value.std is None else f" +- {value.std:.3g}"
        lines.append(f"    {_named(name)}: {_short(value.value)}{deviation} ({_ORIGINS.get(value.origin, value.origin)})")
    if view.landmarks is not None:
        lines.append(f"  landmarks: {view.landmarks.detected} detected, {view.landmarks.agreeing} agree with the pose")
    return lines + [f"  - {note}" for note in view.notes]


def _provenance_lines(record: ResultFile) -> list[str]:
    told = record.provenance
    digest = told.ct.get("content_sha256", "")
    ct = f"{told.ct.get('name', '')} ({digest[:12]})" if digest else told.ct.get("name", "")
    facts = {
        "CT": ct,
        "found by": told.method,
        "tried": ", ".join(told.tried),
        "weights": str(told.weights.get("identity", "")),
        "device": told.device,
        "seed": "" if told.seed is None else str(told.seed),
        "time": f"{record.timing_s['total']:.1f} s" if "total" in record.timing_s else "",
        "versions": ", ".join(f"{name} {number}" for name, number in told.versions.items()),
        "file": f"version {record.format_version} of its format",
    }
    lines = [f"{name}: {fact}" for name, fact in facts.items() if fact]
    return lines + [f"read {identity.role}: {identity.name} ({identity.sha256[:12]})" for identity in told.inputs]


def _matrix_lines(matrix: np.ndarray) -> list[str]:
    """4x4 camera_from_ras, RAS mm to camera."""
    return ["  " + "  ".join(f"{value:10.4f}" for value in row) for row in matrix]


def _named(key: str) -> str:
    """A key in words, its unit behind: 'mtre_mm' is 'mtre (mm)'."""
    stem, _, unit = key.rpartition("_")
    units = {"mm": "mm", "deg": "degrees", "px": "px", "kv": "kV"}
    return f"{stem.replace('_', ' ')} ({units[unit]})" if stem and unit in units else key.replace("_", " ")


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list):
        return f"[{', '.join(_short(item) for item in value)}]"
    return str(value)
