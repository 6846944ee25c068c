"""What came of each trial, one small JSON file each, written whole or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from RayEmbRegistrationLib.evaluation.metrics import PoseErrors
from RayEmbRegistrationLib.files.json_files import read_json_object
from RayEmbRegistrationLib.files.result import VerdictRecord
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.pose.settings import POSITION, POSITION_TOLERANCE_MM

from .plan import Trial

LOST = PoseErrors(*[math.inf] * len(fields(PoseErrors)))
"""The errors of a registration that gave no pose."""


@dataclass(frozen=True)
class Record:
    """What came of one trial.

    Attributes:
        key, fingerprint, patient, group, case, method: as in ``Trial``.
        start: number of the start, or None.
        problem: why there is no pose, else empty.
        errors: of the pose of the first view, at the case's landmarks or, where it has none, at points of the bone; infinite
            where there is no pose.
        initial_mtre_mm: of the start given, else None.
        seconds, core_seconds: the registration's, by the clock and of the processor.
        overlay_mm: mean distance of the targets from where they are drawn, at the bone, in the view where it is largest;
            None in records of before this was kept, and where there is no pose.
        quality: what the registration says of itself, by the names of ``Quality``; with expected_mtre_mm and verdicts.
        poses: (4, 4) ``camera_from_ras`` found, one a view.
        path: (4, 4) poses of the first view on the way, from the start to the last but one.
        about: where and when.
    """

    key: str
    fingerprint: str
    patient: str
    group: str
    case: str
    method: str
    start: int | None
    problem: str = ""
    errors: PoseErrors = LOST
    initial_mtre_mm: float | None = None
    overlay_mm: float | None = None
    seconds: float = math.nan
    core_seconds: float = math.nan
    quality: Mapping[str, Any] = field(default_factory=dict)
    poses: Sequence[Any] = ()
    path: Sequence[Any] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether there is no pose."""
        return bool(self.problem)

    @property
    def trusted(self) -> bool:
        """Whether the registration believes in its pose, for the purpose asked."""
        return bool(self.quality.get("trusted", False))

    def verdict(self, purpose: str) -> VerdictRecord | None:
        """What was said of the pose for a purpose; None where nothing was.

        Records of before there were two verdicts told of the position: a mean error of the bone's points below 5 mm.
        """
        verdicts = self.quality.get("verdicts")
        if verdicts is not None:
            return VerdictRecord(**verdicts[purpose]) if purpose in verdicts else None
        if purpose != POSITION or "trusted" not in self.quality:
            return None
        expected = self.quality.get("expected_mtre_mm")
        return VerdictRecord(self.trusted, self.quality.get("reason", ""), expected, tolerance_mm=POSITION_TOLERANCE_MM)

    def error_mm(self, purpose: str) -> float:
        """The error that a verdict speaks of: of what is drawn, or in space; infinite where there is no pose."""
        if purpose == POSITION:
            return self.errors.mtre_mm
        return self.errors.mrpd_mm if self.overlay_mm is None else self.overlay_mm

    def asked_for(self, purpose: str | None) -> Record:
        """The same with the verdict on another purpose deciding, where there is one; as it was registered where None."""
        said = None if purpose is None else self.verdict(purpose)
        if said is None:
            return self
        return replace(self, quality={**self.quality, "purpose": purpose, "trusted": said.trusted, "reason": said.reason})


def record_of(trial: Trial, **outcome: Any) -> Record:
    """A record with what the trial says of itself."""
    number = trial.start.number if trial.start else None
    return Record(trial.key, trial.fingerprint, trial.patient, trial.group, trial.case, trial.method, number, **outcome)


class Records:
    """The folder of records.

    Args:
        output: of the comparison; records are below its folder "records".
    """

    def __init__(self, output: str | Path) -> None:
        self.folder = Path(output) / "records"

    def path(self, key: str) -> Path:
        """Where the record of a trial is: its key, without what file systems may not like."""
        return self.folder / f"{re.sub(r'[^A-Za-z0-9_./+-]+|(?<=/)[.]+|^[.]+', '_', key)}.json"

    def read(self, trial: Trial) -> Record | None:
        """The trial's record, under the names that tables have now; None where there is none, or one of other inputs."""
        path = self.path(trial.key)
        if not path.is_file():
            return None
        try:
            record = _from_content(read_json_object(path))
        except (ValueError, TypeError, KeyError):  # written by something else: the trial is done again
            return None
        if record.fingerprint != trial.fingerprint or record.key != trial.key:
            return None
        return replace(record.asked_for(trial.trust), patient=trial.patient, group=trial.group, case=trial.case)

    def write(self, record: Record) -> None:
        """Write a record in place of an earlier one.

        Raises:
            InputProblem: the folder cannot be written to.
        """
        path = self.path(record.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(record))


def _from_content(content: dict[str, Any]) -> Record:
    """JSON knows neither infinity nor not-a-number: no errors at all mean no pose, a single missing number is NaN."""
    errors = content["errors"]
    known = PoseErrors(**{name: math.nan if value is None else float(value) for name, value in errors.items()})
    content["errors"] = LOST if content["problem"] else known
    for name in ("seconds", "core_seconds"):
        content[name] = math.nan if content[name] is None else content[name]
    return Record(**content)
