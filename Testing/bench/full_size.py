"""The methods on a hundred X-rays of each anatomy by ``compare``, as the field publishes it: per patient and pooled.

A real pelvis, real limbs of patients that the shipped weights were not trained on (``LIMBS``, and CTs in the folder that
RAYEMB_LEFT_OUT_CTS names), phantoms of spines and wrists; then pairs of the pelvis and of the limbs. X-rays by Siddon's
method; no start pose, polarity not told. A run that was stopped goes on: X-rays and records stay in
output/bench_cache/full_size. RAYEMB_FULL_SIZE names some of the groups (divided by ;), and the table
is of these alone.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from baselines import entry
from common import CACHE, DATA, REPOSITORY, Benchmark, NotHereError, needed

PLACE = CACHE / "full_size"
REPORT = REPOSITORY / "docs" / "reports"
METHODS = ("both", "rayemb", "search")
LIMBS = ("STS_044",)
"""Of ``limb_ct``: the shipped weights were trained on the others but STS_005, whose arm leaves the scan's field: the bright
rim that reconstruction leaves there is denser than bone.
"""
PIXELS, XRAYS = 256, 100
PATIENTS = 5
PAIRS = 20
RIGHT_MM, RIGHT_DEG = 1.0, 2.0


@dataclass(frozen=True)
class Group:
    """A row of the table: whose X-rays, and how they are taken."""

    name: str
    subjects: str
    hard: bool
    pairs: bool = False
    count: int = XRAYS


GROUPS = (
    Group("real pelvis, hard", "pelvis", True),
    Group("limbs of patients left out, easy", "limbs", False, count=XRAYS // 2),
    Group("limbs of patients left out, hard", "limbs", True, count=XRAYS // 2),
    Group("spine phantoms, hard", "spine", True),
    Group("wrist phantoms, hard", "wrist", True),
    Group("real pelvis, hard, two views", "pelvis", True, True, PAIRS),
    Group("limbs of patients left out, hard, two views", "limbs", True, True, PAIRS),
)


def run(quick: bool = False) -> Benchmark:
    """Compare group by group; a row a method, then per patient where there are several."""
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path
    from RayEmbRegistrationLib.evaluation.comparison.table import POOLED, table_rows

    chosen = os.environ.get("RAYEMB_FULL_SIZE", "").split(";")
    groups = [group for group in GROUPS if chosen == [""] or group.name in chosen]
    records = {group.name: compared(replace(group, count=PATIENTS) if quick else group) for group in groups}
    everything = [record for found in records.values() for record in found]
    if not everything:
        raise NotHereError("no CT of any group is here")
    rows = []
    for name, found in records.items():
        one = [replace(record, group=POOLED) for record in found]
        for summary in table_rows(one):
            rows.append(line(name, summary, [r for r in one if r.method == summary.method]))
    if not quick:
        publish(everything)
    note = (
        f"Of each group {', '.join(f'{len(found) // len(METHODS)} ({name})' for name, found in records.items() if found)}; "
        f"{PIXELS} x {PIXELS} pixels; view prior 'ap', no start pose, polarity not told, mirrored images not expected; "
        f"weights {load_encoder(shipped_weights_path())[0].name}. GFR: gross failures, above 10 mm. Intervals of 95 % "
        "by the bootstrap over X-rays. Right across the view: below 1 mm and 2 degrees. Per patient: the report."
    )
    return Benchmark(rows, [entry(r) | {"group": r.group, "patient": r.patient} for r in everything], note)


def patients_of(group: Group) -> Iterator:
    """CTs with their X-rays, made where they are missing; none where the CT is not here."""
    from RayEmbRegistrationLib.evaluation.cohorts import COHORTS, PHANTOMS, write_patient
    from RayEmbRegistrationLib.evaluation.comparison.patients import read_patient

    subjects = _subjects(group.subjects)
    each = group.count // len(subjects) if subjects else 0
    anatomy = group.subjects if group.subjects in PHANTOMS else "pelvis"
    how = f"{anatomy}-{'hard' if group.hard else 'easy'}{'-two-views' if group.pairs else ''}"
    for number, subject in enumerate(subjects):
        cohort = replace(COHORTS[how], pixels=PIXELS, cases=each)
        folder = PLACE / "xrays" / how / ("pelvis" if group.subjects == "pelvis" else subject.name.split(".")[0])
        if len(list(folder.glob("*.truth.json"))) < each * (1 + group.pairs):
            print(f"  X-rays of {folder.name}, {how}", flush=True)
            write_patient(folder, _ct_of(group, subject, _seed(cohort, number)), cohort, number)
        found = read_patient(folder, joint=group.pairs)
        yield replace(found, name=f"{how}/{found.name}", group=found.name, cases=found.cases[:each])


def _ct_of(group: Group, subject: Path, seed: int):
    """What is projected and registered: the pelvis without the rods beside it, which turn with the CT and give it away."""
    from pelvis_cases import bone_alone
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cohorts import PHANTOMS
    from weights import with_joint_marked

    if group.subjects == "pelvis":
        return bone_alone()
    return with_joint_marked(open_ct(subject).volume) if group.subjects == "limbs" else PHANTOMS[group.subjects](seed)


def _subjects(name: str) -> list[Path]:
    """Files of CTs, or names of phantoms."""
    if name == "pelvis":
        return [needed(DATA / "pelvis" / "ct.nii.gz")]
    if name != "limbs":
        return [Path(f"{name}{number}") for number in range(PATIENTS)]
    more = os.environ.get("RAYEMB_LEFT_OUT_CTS")
    return [needed(DATA / "limb_ct" / f"{limb}.nii.gz") for limb in LIMBS] + (sorted(Path(more).iterdir()) if more else [])


def _seed(cohort, number: int) -> int:
    """Of a phantom; neither the cohorts' own nor any other's of this project."""
    return 7600 + 10 * cohort.seed + number


def compared(group: Group) -> list:
    """The records of all methods on one group."""
    from RayEmbRegistrationLib.evaluation.comparison.plan import Choices, plan_trials
    from RayEmbRegistrationLib.evaluation.comparison.run import compare

    choices = Choices(str(PLACE / "compared"), threads=1, mirrored=False, tell_polarity=False)
    try:
        patients = list(patients_of(group))
    except NotHereError as absent:
        print(f"  {group.name} left out: {absent}")
        return []
    done = compare(
        plan_trials(patients, METHODS, choices, weights=None),
        choices,
        progress=lambda _, stage: print(f"  {stage}", flush=True),
    )
    return list(done.records)


def publish(records: list) -> None:
    """The report, in the docs."""
    from RayEmbRegistrationLib.evaluation.report.write import write_report

    REPORT.mkdir(exist_ok=True)
    write_report(REPORT / "full-size.html", records, [], ["View prior 'ap'; polarity not told; no start pose."])


def line(name: str, summary, records: list) -> dict:
    """One line of the table."""
    from RayEmbRegistrationLib.evaluation.comparison.table import number, percent

    def rate(which):
        share, (low, high) = which
        return f"{percent(share)} % ({percent(low)} to {percent(high)})"

    across = [r.errors.in_plane_mm < RIGHT_MM and r.errors.rotation_deg < RIGHT_DEG for r in records]
    wrong = {
        purpose: sum(
            bool((verdict := r.verdict(purpose)) and verdict.trusted and r.error_mm(purpose) > limit) for r in records
        )
        for purpose, limit in (("overlay", 2.0), ("position", 5.0))
    }
    return {
        "X-rays": name,
        "method": summary.method,
        "n": summary.count,
        "mTRE 25th, 50th, 75th, 95th, mm": ", ".join(map(number, summary.mtre_mm)),
        "GFR": rate(summary.gross[0]),
        "below 2 mm": rate(summary.success[1]),
        "right across the view": f"{percent(np.mean(across))} %",
        "trusted wrongly, overlay; position": f"{wrong['overlay']}; {wrong['position']}",
        "processor time, median": f"{summary.core_seconds:.1f} core-s",
    }
