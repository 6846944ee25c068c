"""What a result is worth, in the JSON of its file, out and in."""

from __future__ import annotations

from typing import Any

import numpy as np

from .json_values import Values
from .result import CameraTest, CameraTrial, QualityRecord, VerdictRecord

_NUMBERS = ("expected_mm", "bound_mm", "tolerance_mm", "probability", "wrong")


def quality_content(quality: QualityRecord) -> dict[str, Any]:
    """What the file holds under "quality"."""
    return {
        "similarity": quality.similarity,
        "trusted": bool(quality.verdict.trusted),
        "reason": quality.verdict.reason,
        "purpose": quality.purpose,
        "verdicts": {name: _verdict_content(verdict) for name, verdict in quality.verdicts.items()},
        "judged": dict(quality.judged),
        "runner_up": quality.runner_up,
        "rotation_std_deg": np.asarray(quality.rotation_std_deg, dtype=np.float64),
        "translation_std_mm": np.asarray(quality.translation_std_mm, dtype=np.float64),
        "expected": dict(quality.expected),
        "bounds": dict(quality.bounds),
        "probabilities": dict(quality.probabilities),
        "checks": {name: {"ratio": ratio, "std": std} for name, (ratio, std) in quality.checks.items()},
        "camera": None if quality.camera is None else _camera_content(quality.camera),
    }


def _verdict_content(verdict: VerdictRecord) -> dict[str, Any]:
    return {
        "trusted": bool(verdict.trusted),
        "reason": verdict.reason,
        **{name: getattr(verdict, name) for name in _NUMBERS},
    }


def _camera_content(camera: CameraTrial) -> dict[str, Any]:
    tests = [
        {
            "kind": test.kind,
            "view": test.view,
            "estimate": list(test.estimate),
            "std": list(test.std),
            "significance": test.significance,
            "probability": test.probability,
            "odds": test.odds,
        }
        for test in camera.tests
    ]
    return {"sentence": camera.sentence, "tests": tests, "assumed": list(camera.assumed)}


def quality_of(values: Values) -> QualityRecord:
    """What ``quality_content`` wrote, or what earlier versions did.

    Raises:
        InputProblem: a value is not what it should be, or the verdict is another than that on the purpose asked.
    """
    verdict = VerdictRecord(values.flag("trusted"), values.text("reason"))
    verdicts = {name: _verdict_of(one) for name, one in values.objects_by_name("verdicts").items()}
    purpose, camera = values.text("purpose"), values.object_or_none("camera")
    if purpose:
        if purpose not in verdicts or verdicts[purpose].trusted != verdict.trusted:
            raise values.problem("trusted", f"that of the verdict on the purpose asked for, '{purpose}'")
        verdict = verdicts[purpose]
    return QualityRecord(
        similarity=values.number_or_none("similarity"),
        verdict=verdict,
        verdicts=verdicts,
        purpose=purpose,
        runner_up=values.number_or_none("runner_up"),
        rotation_std_deg=values.three("rotation_std_deg"),
        translation_std_mm=values.three("translation_std_mm"),
        expected=values.numbers_by_name("expected"),
        bounds=values.numbers_by_name("bounds"),
        probabilities=values.numbers_by_name("probabilities"),
        checks={
            name: (float(check.numbers("ratio", ())), float(check.numbers("std", ())))
            for name, check in values.objects_by_name("checks").items()
        },
        camera=None if camera is None else _camera_of(camera),
        judged=values.words_by_name("judged"),
    )


def _verdict_of(values: Values) -> VerdictRecord:
    numbers = {name: values.number_or_none(name) for name in _NUMBERS}
    return VerdictRecord(values.flag("trusted"), values.text("reason"), **numbers)


def _camera_of(values: Values) -> CameraTrial:
    tests = tuple(_test_of(test) for test in values.objects("tests"))
    return CameraTrial(values.text("sentence") or None, tests, values.texts("assumed"))


def _test_of(values: Values) -> CameraTest:
    view = values.number_or_none("view")
    estimate, std = (_numbers(values, key) for key in ("estimate", "std"))
    if len(estimate) != len(std):
        raise values.problem("std", "as many numbers as estimate")
    rest = (values.number_or_none(key) for key in ("significance", "probability", "odds"))
    return CameraTest(values.text("kind"), None if view is None else int(view), estimate, std, *rest)


def _numbers(values: Values, key: str) -> tuple[float, ...]:
    found = values.content.get(key)
    if not isinstance(found, list):
        raise values.problem(key, "a list of numbers")
    return tuple(values.plain_number(key, number) for number in found)
