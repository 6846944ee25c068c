"""The methods side by side on the real pelvis: the 12 X-rays of another simulator and the 60 of ours, by the same weights.

Landmarks by the weights that come with the module, or by those that the environment's RAYEMB_WEIGHTS names. The baselines,
which take longer, have a benchmark of their own, and so has the search on the 60.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import DATA, Benchmark, NotHereError, Outcome, median, needed, opened, share, timed_outcome
from pelvis_cases import FOLDER, SINGLE, make_cases

METHODS = ("rayemb", "both")
ONLY_TWELVE = ("rayemb, detected again", "search")


@dataclass(frozen=True)
class Choice:
    """A method and what is changed about it."""

    name: str
    method: str
    redetect: bool = False


def run(quick: bool = False, choices: Sequence[Choice] = ()) -> Benchmark:
    """Every method on every X-ray."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    weights = Path(os.environ.get("RAYEMB_WEIGHTS", shipped_weights_path()))
    if not weights.exists():
        raise NotHereError(f"{weights} is not here; train weights with the verb train")
    twelve = find_cases(needed(DATA / "pelvis") / "xrays")[:: 6 if quick else 1]
    ours = []
    if not quick:
        make_cases(SINGLE, 0)
        ours = [case for case in find_cases(FOLDER) if case.name.startswith("single")]
    prepared = prepare(open_ct(DATA / "pelvis" / "ct.nii.gz").volume, PrepareSettings(weights=weights))
    choices = choices or [
        *(Choice(m, m) for m in METHODS),
        Choice("rayemb, detected again", "rayemb", True),
        Choice("search", "search"),
    ]
    rows, entries = [], []
    for choice in choices:
        for name, cases in (("12 given", twelve), ("60 of ours", [] if choice.name in ONLY_TWELVE else ours)):
            if not cases:
                continue
            print(f"  {choice.name}, {name}:", flush=True)
            outcomes = [outcome for outcome in (register_case(prepared, case, choice) for case in cases) if outcome]
            entries += [{"method": choice.name, "of": name, **outcome.entry()} for outcome in outcomes]
            rows.append(summary(choice.name, name, outcomes, len(cases)))
    note = f"weights {prepared.encoder.name} ({prepared.encoder_about.get('trained_on', 'unknown')}); no start pose."
    return Benchmark(rows, entries, note)


def register_case(prepared, case, choice: Choice) -> Outcome | None:
    """Polarity not told, but that the image is no mirror image; None where no pose was found."""
    from RayEmbRegistrationLib.registration import RegistrationSettings, register

    view = opened(case)
    settings = RegistrationSettings(method=choice.method, redetect=choice.redetect, mirrored=False)
    try:
        return timed_outcome(
            case.name, lambda: register(prepared, [view], settings), case.truth, view.camera, prepared.bone_points_ras
        )
    except ValueError as error:
        print(f"  {case.name}: {error}", flush=True)
        return None


def summary(method: str, cases: str, outcomes: list[Outcome], count: int) -> dict:
    """One line of the table; a registration that found no pose counts as lost."""
    lost = [np.inf] * (count - len(outcomes))
    errors = [outcome.errors.mtre_mm for outcome in outcomes] + lost
    wrong = sum(outcome.is_wrongly_trusted for outcome in outcomes)
    return {
        "method": method,
        "X-rays": cases,
        "below 2 mm": share(error < 2 for error in errors),
        "below 1 mm": share(error < 1 for error in errors),
        "median mTRE": median(errors),
        "trusted although wrong": str(wrong),
        "time, median": median([outcome.seconds for outcome in outcomes], "s"),
        "processor time, median": median([outcome.core_seconds for outcome in outcomes], "core-s"),
    }
