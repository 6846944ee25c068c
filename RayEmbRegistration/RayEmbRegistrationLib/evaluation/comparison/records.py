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
from RayEmbRegistrationLib.files.writing import write_json

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
        quality: what the registration says of itself, by the names of ``Quality``; with expected_mtre_mm.
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
        """Whether the registration believes in its pose."""
        return bool(self.quality.get("trusted", False))


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
        return replace(record, patient=trial.patient, group=trial.group, case=trial.case)

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
