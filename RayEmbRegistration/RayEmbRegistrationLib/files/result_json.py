"""The result file's JSON, out and in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .bone_record import bones_content, bones_of_content
from .identity import Identity
from .json_files import check_format
from .json_values import Values
from .judged import valid_for
from .result import FORMAT, FRAME, VERSION, CameraValue, LandmarkRecord, Provenance, ResultFile, ViewRecord
from .result_quality import quality_content, quality_of
from .targets import content_of_targets, targets_of_content


def content_of_result(result: ResultFile) -> dict[str, Any]:
    """What the file holds; keys of version 1 are where they were.

    Raises:
        InputProblem: no view has a pose.
    """
    poses = [view for view in result.views if view.camera_from_ras is not None]
    if not poses:
        raise InputProblem("there is no pose to write; register first")
    views = [_view_content(view) for view in result.views]
    first = next(view for view in views if "ras_to_camera" in view)
    provenance = result.provenance
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "ras_to_camera": first["ras_to_camera"],
        "bones": first["bones"],
        "views": views,
        "quality": None if result.quality is None else quality_content(result.quality),
        "method": provenance.method,
        "tried": list(provenance.tried),
        "ct": dict(provenance.ct),
        "weights": dict(provenance.weights),
        "inputs": [{"role": i.role, "name": i.name, "sha256": i.sha256} for i in provenance.inputs],
        "device": provenance.device,
        "versions": dict(provenance.versions),
        "version": provenance.versions.get("RayEmbRegistration", ""),
        "seed": provenance.seed,
        "created": provenance.created,
        "settings": dict(result.settings),
        "timing_s": dict(result.timing_s),
        "trace": [[stage, similarity] for stage, similarity in result.trace],
        "notes": list(result.notes),
        "targets": content_of_targets(result.targets),
        "frame": FRAME,
    }


def _view_content(view: ViewRecord) -> dict[str, Any]:
    content: dict[str, Any] = {"xray": view.xray}
    if view.camera_from_ras is not None:
        content["ras_to_camera"] = view.camera_from_ras.matrix
    if view.camera is not None:
        content["camera"] = {
            "K": view.camera.K,
            "image_size_px": view.camera.image_size,
            "pixel_spacing_mm": view.camera.pixel_spacing_mm,
            "source_to_detector_mm": view.camera.source_to_detector_mm,
        }
    return content | {
        "similarity": view.similarity,
        "mirrored": bool(view.mirrored),
        "bones": {label: pose.matrix for label, pose in view.bones.items()},
        "bone_verdicts": bones_content(view.bone_verdicts),
        "landmarks": None if view.landmarks is None else _landmark_content(view.landmarks),
        "camera_values": {
            name: {"value": v.value, "origin": v.origin, "explanation": v.explanation, "std": v.std}
            for name, v in view.camera_values.items()
        },
        "image_sha256": view.image_sha256,
        "view_prior": view.view_prior,
        "notes": list(view.notes),
    }


def _landmark_content(landmarks: LandmarkRecord) -> dict[str, Any]:
    columns = (landmarks.points_ras, landmarks.points_px, landmarks.scores, landmarks.probabilities, landmarks.agree)
    points = [
        {"ras": ras, "px": px, "score": score, "probability": probability, "agrees": bool(agrees)}
        for ras, px, score, probability, agrees in zip(*columns, strict=True)
    ]
    return {"detected": landmarks.detected, "agreeing": landmarks.agreeing, "points": points}


def result_of_content(content: Mapping[str, Any], path: str | Path) -> ResultFile:
    """What ``content_of_result`` wrote, or version 1 of it.

    Raises:
        InputProblem: a value is not what it should be.
    """
    version = check_format(content, FORMAT, VERSION, path) or 1
    values = Values(content, path)
    views = tuple(_view_of(view) for view in values.objects("views"))
    if not any(view.camera_from_ras is not None for view in views):
        raise InputProblem(f"{path} has no pose in its views; give the RESULT.json that 'register' wrote")
    quality = values.object_or_none("quality")
    settings = dict(content.get("settings") or {}) if isinstance(content.get("settings") or {}, dict) else {}
    versions = values.words_by_name("versions") or {"RayEmbRegistration": values.text("version")}
    seed = settings.get("seed") if version == 1 else content.get("seed")
    provenance = Provenance(
        method=values.text("method"),
        tried=values.texts("tried"),
        ct=values.words_by_name("ct"),
        weights=dict(content.get("weights") or {}) if isinstance(content.get("weights") or {}, dict) else {},
        inputs=tuple(Identity(i.text("role"), i.text("name"), i.text("sha256")) for i in values.objects("inputs")),
        device=values.text("device"),
        versions={name: words for name, words in versions.items() if words},
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        created=values.text("created"),
    )
    return ResultFile(
        views=views,
        quality=None if quality is None else valid_for(quality_of(quality), views, provenance.ct),
        provenance=provenance,
        settings=settings,
        timing_s={name: number for name, number in values.numbers_by_name("timing_s").items() if number is not None},
        trace=_trace(values),
        notes=values.texts("notes"),
        targets=targets_of_content(values.objects("targets")),
        format_version=version,
    )


def _trace(values: Values) -> tuple[tuple[str, float], ...]:
    found = values.content.get("trace") or []
    if not isinstance(found, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in found):
        raise values.problem("trace", "a list of pairs")
    return tuple((str(stage), np.nan if value is None else values.plain_number("trace", value)) for stage, value in found)


def _view_of(values: Values) -> ViewRecord:
    landmarks = values.object_or_none("landmarks")
    return ViewRecord(
        xray=values.text("xray"),
        camera_from_ras=values.pose_or_none("ras_to_camera"),
        camera=_camera_of(values.object_or_none("camera")),
        similarity=values.number_or_none("similarity"),
        mirrored=values.flag("mirrored"),
        bones=_bones(values),
        landmarks=None if landmarks is None else _landmarks_of(landmarks),
        camera_values={
            name: CameraValue(v.content.get("value"), v.text("origin"), v.text("explanation"), v.number_or_none("std"))
            for name, v in values.objects_by_name("camera_values").items()
        },
        image_sha256=values.text("image_sha256") or None,
        notes=values.texts("notes"),
        bone_verdicts=bones_of_content(values, "bone_verdicts"),
        view_prior=values.text("view_prior") or None,
    )


def _bones(values: Values) -> dict[str, RigidTransform]:
    bones = values.object_or_none("bones")
    poses = {} if bones is None else {label: bones.pose_or_none(label) for label in bones.content}
    return {label: pose for label, pose in poses.items() if pose is not None}


def _camera_of(values: Values | None) -> Camera | None:
    if values is None:
        return None
    width, height = values.numbers("image_size_px", (2,))
    across, down = values.numbers("pixel_spacing_mm", (2,))
    distance = float(values.numbers("source_to_detector_mm", ()))
    if not (1 <= width <= 1e6 and 1 <= height <= 1e6):
        raise values.problem("image_size_px", "two positive whole numbers")
    try:
        return Camera(values.numbers("K", (3, 3)), (int(width), int(height)), (float(across), float(down)), distance)
    except InputProblem as problem:
        raise InputProblem(f"a camera in {values.path}: {problem}") from problem


def _landmarks_of(values: Values) -> LandmarkRecord:
    points = values.objects("points")
    return LandmarkRecord(
        detected=int(values.number_or_none("detected") or 0),
        agreeing=int(values.number_or_none("agreeing") or 0),
        points_ras=_stacked([point.numbers("ras", (3,)) for point in points], (0, 3)),
        points_px=_stacked([point.numbers("px", (2,)) for point in points], (0, 2)),
        scores=_column(points, "score"),
        probabilities=_column(points, "probability"),
        agree=np.array([point.flag("agrees") for point in points], dtype=bool),
    )


def _stacked(rows: Sequence[np.ndarray], empty: tuple[int, int]) -> np.ndarray:
    return np.array(rows) if rows else np.zeros(empty)


def _column(points: Sequence[Values], name: str) -> np.ndarray:
    found = [point.number_or_none(name) for point in points]
    return np.array([np.nan if number is None else number for number in found], dtype=np.float64)
