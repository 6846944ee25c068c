"""The weights as shipped on anatomy that they were not trained on: a real radius, and phantoms of femur and lumbar spine."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import wrist_landmarks
from common import CACHE, DATA, Benchmark, median, share
from methods import Choice, register_case
from patient import landmark_errors_mm

ANATOMIES, PATIENTS, CASES = ("femur", "spine"), 2, 3
FOLDER = CACHE / "anatomy"
METHODS = ("rayemb",)


def run(quick: bool = False) -> Benchmark:
    """Every anatomy, easy and hard (one patient's two easy X-rays if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    rows, entries = [], []
    for anatomy in ANATOMIES:
        for hard in (False,) if quick else (False, True):
            found = {method: [] for method in METHODS}
            errors, count = [], 0
            for folder, cases in patients(anatomy, hard, *((1, 2) if quick else (PATIENTS, CASES))):
                prepared = prepare(open_ct(folder / "ct.nii.gz").volume, PrepareSettings())
                errors += [landmark_errors_mm(prepared, case)[0] for case in cases]
                count += len(cases)
                for method in METHODS:
                    print(f"  {anatomy}, {folder.name}, {method}:", flush=True)
                    found[method] += [register_case(prepared, case, Choice(method, method)) for case in cases]
            name = f"{anatomy} phantom, {'hard' if hard else 'easy'}"
            rows.append(line(name, count, errors, found))
            entries += [
                {"anatomy": name, "method": method, **each.entry()} for method, own in found.items() for each in own if each
            ]
    if (DATA / "wrist").exists():
        deviations = wrist_landmarks.deviations(wrist_landmarks.prepared_radius(), "rayemb")
        right = [wrist_landmarks.is_right(each) for each in deviations]
        rows.append(
            {
                "anatomy": "real radius, one view, any view",
                "X-rays": str(len(right)),
                "landmark error": "-",
                "rayemb, below 2 mm": f"{share(right)} within {wrist_landmarks.words()}",
            }
        )
        entries += [{"anatomy": "radius", **each.entry()} for each in deviations]
    note = (
        "Landmark error on the detector, as with fine-tuning. Phantoms in soft tissue, X-rays by Siddon's method; "
        f"{PATIENTS} individuals each; view prior 'ap', no start pose, polarity not told. Femur and spine are kept out of "
        "training; pelves in it hold the upper ends of their femora and some lumbar vertebrae."
    )
    return Benchmark(rows, entries, note)


def patients(anatomy: str, hard: bool, count: int, cases: int):
    """Folders and cases of simulated patients; made where they are missing."""
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.evaluation.cohorts import COHORTS, write_cohort

    name = f"{anatomy}-{'hard' if hard else 'easy'}"
    cohort = replace(COHORTS[name], patients=count, cases=cases, pixels=256)
    folders: list[Path] = write_cohort(FOLDER / name, cohort)
    return [(folder, find_cases(folder)[:cases]) for folder in folders]


def line(name: str, count: int, errors: list[float], found: dict[str, list]) -> dict:
    """A line of the table; a registration that found no pose counts as lost."""
    cells = {"anatomy": name, "X-rays": str(count), "landmark error": f"{np.nanmedian(errors):.1f} mm"}
    for method, outcomes in found.items():
        mtre = [np.inf if each is None else each.errors.mtre_mm for each in outcomes]
        wrong = sum(1 for each in outcomes if each is not None and each.is_wrongly_trusted)
        cells |= {f"{method}, below 2 mm": share(error < 2 for error in mtre), f"{method}, median mTRE": median(mtre)}
        cells |= {f"{method}, trusted although wrong": str(wrong)}
    return cells
