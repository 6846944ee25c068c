"""What a worker does: prepare a CT once, register a case by a method, and write down what came of it."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

import numpy as np

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.evaluation.capture_range import start_pose
from RayEmbRegistrationLib.evaluation.cases import Case, read_case
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.files.result import VerdictRecord
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.settings import PURPOSES, RegistrationSettings

from .plan import FROM_START, Choices, PreparedSpec, Trial
from .records import Record, Records, record_of

KEPT_CTS = 2
"""Prepared CTs that a worker keeps in memory; chosen for memory."""
LONGEST_PATH = 40  # poses of the way; chosen: enough to draw it, and records stay short


@dataclass(frozen=True)
class Receipt:
    """What goes back to who asked; the record itself is on disk.

    Attributes:
        key: of the trial or of the prepared CT.
        problem: why it failed, else empty.
    """

    key: str
    problem: str = ""


def prepare_ct(spec: PreparedSpec, choices: Choices) -> Receipt:
    """Prepare a CT into its file, unless it is there."""
    path = spec.file_in(choices.output)
    if path.exists():
        return Receipt(spec.key)
    try:
        from RayEmbRegistrationLib.application.open_ct import open_ct, with_notes

        engine = _engine(choices)
        opened = open_ct(spec.ct_path, spec.labels_path, spec.labels or None, spec.series, spec.resample_tilt)
        settings = engine.PrepareSettings(view=spec.view, device=choices.device, library=spec.library, weights=spec.weights)
        path.parent.mkdir(parents=True, exist_ok=True)
        with_notes(engine.prepare(opened.volume, settings), opened.notes).save(path)
    except Exception as error:  # noqa: BLE001 - whatever it is, it fails this CT's cases and no others
        return Receipt(spec.key, describe(error))
    return Receipt(spec.key)


def run_trial(trial: Trial, choices: Choices) -> Receipt:
    """Register and write the record, unless it is there: whoever died may have written it just before."""
    records = Records(choices.output)
    known = records.read(trial)
    if known is None:
        try:
            known = _register(trial, choices)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this case's failure and the others go on
            known = record_of(trial, problem=describe(error), about=_about())
        records.write(known)
    return Receipt(trial.key, known.problem)


def describe(error: Exception) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError) and text else f"{type(error).__name__}: {text or 'no message'}"


def load_prepared(trial: Trial, choices: Choices) -> Any:
    """The PreparedCT of a trial; the last few are kept in memory."""
    return _load(choices.engine, str(trial.prepared.file_in(choices.output)), choices.device)


def _register(trial: Trial, choices: Choices) -> Record:
    """The registration itself."""
    engine = _engine(choices)
    prepared = load_prepared(trial, choices)
    cases = [read_case(path) for path in trial.geometry_paths]
    targets = targets_of(cases[0], prepared)
    start = None if trial.start is None else start_pose(cases[0].known_truth, targets, trial.start, trial.case)
    views = [_view(case, choices, start if number == 0 else None) for number, case in enumerate(cases)]
    settings = RegistrationSettings(
        view=choices.view,
        method=None if trial.method == FROM_START else trial.method,
        start_rotation_deg=choices.start_uncertainty[0],
        start_translation_mm=choices.start_uncertainty[1],
        mirrored=choices.mirrored,
        seed=choices.seed,
        overlay_tolerance_mm=choices.overlay_mm,
        position_tolerance_mm=choices.position_mm,
    )
    path = [] if start is None else [start.matrix]
    wall, core = time.perf_counter(), time.process_time()
    result = engine.register(prepared, views, settings, preview=lambda poses: _add(path, poses))
    wall, core = time.perf_counter() - wall, time.process_time() - core
    found = [view.camera_from_ras for view in result.views]
    camera = views[0].camera
    errors = [
        pose_errors(pose, case.known_truth, view.camera, targets)
        for pose, case, view in zip(found, cases, views, strict=True)
    ]
    return record_of(
        trial,
        errors=errors[0],
        overlay_mm=float(np.max([each.mrpd_mm for each in errors])),  # not a number where a view's is not
        initial_mtre_mm=None if start is None else pose_errors(start, cases[0].known_truth, camera, targets).mtre_mm,
        seconds=wall,
        core_seconds=core,
        quality=quality_content(result.quality, found[0].apply(targets)),
        poses=[pose.matrix.tolist() for pose in found],
        path=[np.round(pose, 6).tolist() for pose in path[:LONGEST_PATH]],
        about=_about(),
    )


def targets_of(case: Case, prepared: Any) -> np.ndarray:
    """(N, 3) RAS mm that errors are measured at: the case's landmarks, or points of the bone."""
    return prepared.bone_points_ras if case.landmarks_ras is None else case.landmarks_ras


def quality_content(quality: Any, targets_camera: np.ndarray) -> dict[str, Any]:
    """Everything a result says of itself that JSON can hold, and the mTRE to be expected from it.

    Args:
        quality: of the result.
        targets_camera: (N, 3) targets under the pose found, mm.
    """
    content: dict[str, Any] = {}
    for name in [field.name for field in fields(quality)] if is_dataclass(quality) else vars(quality):
        value = getattr(quality, name)
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if value is None or isinstance(value, bool | int | float | str | list | tuple):
            content[name] = value
    content["trusted"], content["reason"] = bool(quality.trusted), quality.reason
    content["verdicts"] = {purpose: _verdict_content(getattr(quality, purpose)) for purpose in PURPOSES}
    content["expected_mtre_mm"], content["expected_from"] = _expected_mtre(quality, targets_camera)
    return content


def _verdict_content(verdict: Any) -> dict[str, Any]:
    """By the names of ``VerdictRecord``."""
    return {field.name: getattr(verdict, field.name) for field in fields(VerdictRecord)}


def _expected_mtre(quality: Any, targets_camera: np.ndarray) -> tuple[float | None, str]:
    """Said by the result itself, else the root mean square displacement that follows from its standard deviations."""
    said = getattr(quality, "expected_mtre_mm", None)
    if said is not None:
        return float(said), "expected error"
    turn, shift = np.radians(np.asarray(quality.rotation_std_deg)), np.asarray(quality.translation_std_mm)
    lever = targets_camera - targets_camera.mean(axis=0)
    about_axes = (lever**2).sum(axis=1, keepdims=True) - lever**2  # squared distances from the three axes
    expected = float(np.sqrt((shift**2).sum() + (turn**2 * about_axes.mean(axis=0)).sum()))
    return (expected if np.isfinite(expected) else None), "standard deviations"


def _view(case: Case, choices: Choices, start: RigidTransform | None) -> Any:
    """What is registered of a case."""
    from RayEmbRegistrationLib.application.open_xray import open_xray

    view = open_xray(case.image_path, case.geometry_path, name=case.name)
    if not choices.tell_polarity:
        view = view.with_geometry(bone_is_bright=None)
    return replace(view, start=start)


def _add(path: list[np.ndarray], poses: dict[int, RigidTransform]) -> None:
    """Keep a pose of the first view that differs from the one before."""
    if 0 in poses and not (path and np.abs(path[-1] - poses[0].matrix).max() < 1e-6):
        path.append(poses[0].matrix)


def _engine(choices: Choices) -> Any:
    engine = importlib.import_module(choices.engine)
    if choices.threads and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(choices.threads)
    return engine


@lru_cache(maxsize=KEPT_CTS)
def _load(engine: str, path: str, device: str) -> Any:
    """A prepared CT, kept; the path names its content."""
    return importlib.import_module(engine).PreparedCT.load(path, device=device)


def _about() -> dict[str, Any]:
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    return {"finished": now, "machine": platform.node(), "process": os.getpid(), "version": __version__}


def prepared_for(specs: Sequence[PreparedSpec], choices: Choices) -> list[PreparedSpec]:
    """The CTs among them that are still to be prepared, each once."""
    missing = {spec.key: spec for spec in specs if not spec.file_in(choices.output).exists()}
    return list(missing.values())
