"""What results say of themselves against the truth: expected and actual error, reliability, wrong answers that look right.

python Testing/bench/quality.py --calibrate    make the cases, fit the coefficients of quality/calibration.json, judge them
python Testing/bench/quality.py                judge by the probabilities that the file says are needed

Every registration is judged by a fit without its like: phantoms and procedural bodies without all of their anatomy, real
limbs and the real pelvis without their patient. What is kept in calibration.json is fitted on all. Making all cases takes
hours; what was made is kept, its evidence by quality_packed.py for everyone, and a part of them will do.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import quality_cases
from common import REPOSITORY, RESULTS, Benchmark, NotHereError, row, save
from quality_cases import setup
from quality_evidence import collect
from quality_fit import Told, calibrated, needed_for, trusts, without_their_like
from quality_tables import LEAST_SHOWN, entry, picture, rows_of, subjects_of
from quality_xrays import JUDGE, OTHER, group_of, prepared_of, seed_of
from RayEmbRegistrationLib.pose.settings import PURPOSES
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.quality.calibration import PATH, read_calibration

PICTURE = RESULTS / "quality.png"


def main() -> int:
    """Calibrate if asked, judge, keep table and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calibrate", action="store_true", help="fit the coefficients first")
    parser.add_argument("--as-made", action="store_true", help="of the cases take those that were made so far")
    arguments = parser.parse_args()
    benchmark = run(calibrate=arguments.calibrate, make=not arguments.as_made)
    from run import print_table

    print_table(benchmark.rows)
    print(benchmark.note)
    save("quality", benchmark, False)
    return 0


def run(quick: bool = False, calibrate: bool = False, make: bool = True) -> Benchmark:
    """Judge (and calibrate) on the cases, making what is missing unless told not to."""
    if make:
        quality_cases.main(quick)
    every = collect()
    if not every:
        raise NotHereError("no registration of Testing/bench/quality_cases.py is here")
    told = without_their_like(every)
    if calibrate:
        calibration = calibrated(every, needed_for(told))
        PATH.write_text(json.dumps(calibration.content(), indent=1) + "\n", encoding="utf-8")
    else:
        calibration = read_calibration()
    told = [decided(each, calibration.needed) for each in told]
    rows = rows_of(told) + costs()
    picture(told, PICTURE)
    note = (
        f"{calibration.about}. Judged, each by a fit without its anatomy or patient: {len(told)} registrations of "
        f"{subjects_of(told)}. Where under {LEAST_SHOWN:.0%} of the bone is in the X-ray, no pose counts as right. "
        f"Diagram: {PICTURE.relative_to(REPOSITORY)}."
    )
    return Benchmark(rows, [entry(each) for each in told], note)


def decided(told: Told, needed: Mapping[str, float]) -> Told:
    """The same with its verdicts from these probabilities."""
    verdicts = {
        purpose: replace(getattr(told.quality, purpose), trusted=trusts(told, purpose, needed[purpose]))
        for purpose in PURPOSES
    }
    return Told(told.judged, replace(told.quality, **verdicts))


def costs(subjects: Sequence[str] = JUDGE, count: int = 5) -> list[dict]:
    """Share of quality in the time of registrations that only refine, made anew: the code may have changed since."""
    from RayEmbRegistrationLib.registration import register

    rows = []
    for what, kind in (("one view", "near"), ("two views", "near pair")):
        shares = []
        for subject in subjects[:count]:
            rng = np.random.default_rng(seed_of(subject, OTHER, kind))
            prepared, group = prepared_of(subject), group_of(subject, OTHER)
            views, settings, _ = setup(kind, prepared, group, rng, subject, OTHER)
            try:
                timing = min((register(prepared, views, settings).timing_s for _ in range(2)), key=lambda t: t["total"])
            except InputProblem:  # the bone is not in the X-ray
                continue
            shares.append(timing["quality"] / timing["total"])
        if shares:
            said = f"{100 * np.median(shares):.0f} % (median of {len(shares)})"
            rows.append(row(f"share of quality in a refinement's time, {what}", "20 %", said))
    return rows


if __name__ == "__main__":
    sys.exit(main())
