"""Every method on every case: what is missing is done, here, in processes or on a cluster, and nothing twice.

A trial is done when its record is on disk and its fingerprint (image, camera, truth, CT, weights, choices) is the trial's.
Whoever does a trial writes its record; only its name comes back. So it does not matter who dies when: the next run, or the
worker that gets the trial next, sees from the disk what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from RayEmbRegistrationLib.problems import InputProblem

from .plan import Choices, Trial
from .pool import Lost, Runner, run_here
from .records import Record, Records, record_of
from .trial import prepare_ct, prepared_for, run_trial

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Done:
    """What a comparison came to.

    Attributes:
        records: one a trial, in the trials' order.
        reused: how many were there before.
    """

    records: tuple[Record, ...]
    reused: int


def compare(
    trials: Sequence[Trial],
    choices: Choices,
    runner: Runner = run_here,
    progress: Progress | None = None,
    retry_failed: bool = False,
) -> Done:
    """Do all trials that are not done yet.

    Args:
        trials: from ``plan_trials``.
        choices: the same that they were planned with.
        runner: who does the work.
        progress: called with (share done, stage in words).
        retry_failed: do those again that failed in an earlier run.

    Raises:
        InputProblem: the output cannot be written to, or the cluster cannot be used.
    """
    report = progress or (lambda *_: None)
    records = Records(choices.output)
    report(0.0, "looking for what is done already")
    known = {trial.key: records.read(trial) for trial in trials}
    if retry_failed:
        for key, record in known.items():
            if record is not None and record.failed:
                records.path(key).unlink()
                known[key] = None
    left = [trial for trial in trials if known[trial.key] is None]
    reused = len(trials) - len(left)
    left = _prepare(left, choices, runner, records, report)
    failed = 0
    for number, (trial, receipt) in enumerate(runner(partial(run_trial, choices=choices), left), start=1):
        if isinstance(receipt, Lost):
            _write_failure(records, trial, receipt.problem)
        failed += bool(receipt.problem)
        report((reused + number) / len(trials), _stage(number, len(left), failed))
    read = {trial.key: known[trial.key] or records.read(trial) for trial in trials}
    found = tuple(record for record in read.values() if record is not None)
    missing = [key for key, record in read.items() if record is None]
    if missing:
        raise InputProblem(
            f"{len(missing)} records are not in {records.folder}, such as {missing[0]}; run the command again"
        )
    return Done(found, reused)


def _prepare(left: list[Trial], choices: Choices, runner: Runner, records: Records, report: Progress) -> list[Trial]:
    """Prepare each CT once; the trials of those that could not be prepared fail, and the others are returned."""
    specs = prepared_for([trial.prepared for trial in left], choices)
    problems = {}
    for number, (spec, receipt) in enumerate(runner(partial(prepare_ct, choices=choices), specs), start=1):
        report(0.0, f"prepared {number} of {len(specs)} CTs")
        if receipt.problem:
            problems[spec.key] = receipt.problem
    for trial in left:
        if trial.prepared.key in problems:
            _write_failure(records, trial, f"the CT could not be prepared: {problems[trial.prepared.key]}")
    return [trial for trial in left if trial.prepared.key not in problems]


def _write_failure(records: Records, trial: Trial, problem: str) -> None:
    """On behalf of who could not; a record written by a worker that died right after it stays."""
    if records.read(trial) is None:
        records.write(record_of(trial, problem=problem))


def _stage(number: int, count: int, failed: int) -> str:
    """In words that change about a hundred times, however many trials there are."""
    step = max(1, count // 100)
    shown = count if number == count else number // step * step
    return f"registered {shown} of {count}" + (f", {failed} without a pose" if failed else "")
