"""Fitting the calibration of quality, and judging each registration by a fit that has not seen its like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from quality_evidence import Judged
from quality_xrays import LIMBS, PHANTOMS, REAL_PELVIS
from RayEmbRegistrationLib.pose.settings import OVERLAY, OVERLAY_TOLERANCE_MM, POSITION, POSITION_TOLERANCE_MM, PURPOSES
from RayEmbRegistrationLib.quality.assessment import quality_from
from RayEmbRegistrationLib.quality.calibration import Calibration
from RayEmbRegistrationLib.quality.fitting import Case, fit
from RayEmbRegistrationLib.quality.quality import Quality

MEASURE = {OVERLAY: "overlay_mm", POSITION: "mtre_mm"}
TOLERANCE_MM = {OVERLAY: OVERLAY_TOLERANCE_MM, POSITION: POSITION_TOLERANCE_MM}
NEEDED = np.round(np.arange(0.6, 0.991, 0.01), 2)
MOST_WRONG = 1 / 100  # share of what is trusted that may be off by more than is allowed; chosen
SYMMETRIC = ("pelvis", "spine", "skull", "ribs", "random", "knee")
"""Of these phantoms the mirror image is the bone itself, or nearly: a flipped X-ray of them shows nothing wrong. At right
poses of the drawn knee the flipped X-ray keeps 0.91 of what fits (median), of its femur and of the drawn radius alone all of
it; of no other bone over 0.67."""
SYMMETRIC_ALONE = ("wrist",)  # of isolated bones; see there


@dataclass(frozen=True, eq=False)
class Told:
    """A registration and what is said of it by a fit without its anatomy or patient."""

    judged: Judged
    quality: Quality


def fold_of(subject: str) -> str:
    """What is left out together: all subjects of one anatomy, each patient by itself."""
    if subject in LIMBS or subject == REAL_PELVIS:
        return subject
    return anatomy_of(subject)


def anatomy_of(subject: str) -> str:
    """Of a phantom or procedural subject."""
    return subject.removeprefix("isolated ").removeprefix("procedural ").rsplit("-", 1)[0]


def teaches(judged: Judged) -> bool:
    """Whether to fit on it: neither where no image could tell, as of the mirror image of a symmetric phantom, nor two
    individuals of a phantom for each other, which are alike but for their size.
    """
    subject, kind = judged.about["subject"], judged.about["kind"]
    symmetric = (*SYMMETRIC, *(SYMMETRIC_ALONE if subject.startswith("isolated") else ()))
    if kind.startswith("mirrored") and anatomy_of(subject) in symmetric and subject != REAL_PELVIS:
        return False
    is_twin = kind.startswith("other patient") and anatomy_of(subject) in PHANTOMS and "procedural" not in subject
    return judged.teaches and not is_twin


def cases_of(every: Sequence[Judged]) -> list[Case]:
    """Of those that teach."""
    return [Case(each.evidence, each.about, each.possible, each.about["subject"]) for each in every if teaches(each)]


def without_their_like(every: Sequence[Judged]) -> list[Told]:
    """What is said of each by a fit on all others; trusted from a probability of nothing, so that any can be tried."""
    told = []
    for fold in sorted({fold_of(each.about["subject"]) for each in every}):
        own = [each for each in every if fold_of(each.about["subject"]) == fold]
        rest = cases_of([each for each in every if fold_of(each.about["subject"]) != fold])
        calibration = fit(rest, "", dict.fromkeys(PURPOSES, 0.0))
        told += [Told(each, quality_from(each.evidence, calibration)) for each in own]
    return told


def needed_for(told: Sequence[Told]) -> dict[str, float]:
    """By purpose, the least probability from which at most ``MOST_WRONG`` of those trusted are off by more than allowed."""
    return {purpose: _least(told, purpose) for purpose in PURPOSES}


def _least(told: Sequence[Told], purpose: str) -> float:
    chosen = [each for each in told if teaches(each.judged)]
    wrong = np.array([is_off(each.judged, purpose) for each in chosen])
    for needed in NEEDED:
        trusted = np.array([trusts(each, purpose, needed) for each in chosen])
        print(
            f"  {purpose} needed {needed:.2f}: {int((trusted & wrong).sum())} of {int(trusted.sum())} trusted are wrong; "
            f"of {int((~wrong).sum())} right ones {int((trusted & ~wrong).sum())} are trusted"
        )
        if (trusted & wrong).sum() <= MOST_WRONG * trusted.sum():
            return float(needed)
    return float(NEEDED[-1])


def is_off(judged: Judged, purpose: str) -> bool:
    """Whether it is off by more than is allowed, bones that moved included, or of something else."""
    is_of_another = not judged.possible and judged.about["kind"] != "moved bone"
    return is_of_another or judged.about[MEASURE[purpose]] > TOLERANCE_MM[purpose]


def trusts(told: Told, purpose: str, needed: float) -> bool:
    """Whether it is trusted from a probability."""
    verdict = getattr(told.quality, purpose)
    return verdict.trusted and verdict.probability >= needed


def calibrated(every: Sequence[Judged], needed: Mapping[str, float]) -> Calibration:
    """The fit on all."""
    cases = cases_of(every)
    possible = sum(case.possible for case in cases)
    anatomies = sorted({fold_of(case.subject) for case in cases})
    about = (
        f"Fitted on {possible} registrations with a right answer and {len(cases) - possible} without, of "
        f"{len({case.subject for case in cases})} subjects ({', '.join(anatomies)})"
    )
    return fit(cases, about, needed)
