"""What results say of themselves against the truth: expected and actual error, reliability, wrong answers that look right.

python Testing/bench/quality.py --calibrate    make the cases, fit the coefficients of quality/calibration.json, judge them
python Testing/bench/quality.py                judge the coefficients that are there

Calibrated on phantoms of knee and wrist and procedural skulls, shoulders, hands, feet and bones of no anatomy; judged on
pelves, femora, spines and ribs, phantoms and procedural, and, apart, on X-rays of a real pelvis. Making all cases takes
about two hours of one core; what was made is kept, and a part of them will do.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import quality_cases
from common import REPOSITORY, RESULTS, Benchmark, NotHereError, row, save, share
from quality_cases import (
    IMPOSSIBLE,
    LANDMARKED,
    SEARCHED,
    SPREADS,
    VERSION,
    Run,
    evidence_content,
    read_run,
    setup,
)
from quality_xrays import CALIBRATE, FOLDER, JUDGE, OTHER, REAL_PELVIS, camera, group_of, prepared_of, seed_of
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.quality.assessment import quality_from
from RayEmbRegistrationLib.quality.calibration import MEASURES, PATH, Calibration, fit, read_calibration
from RayEmbRegistrationLib.quality.camera_check import CameraCheck
from RayEmbRegistrationLib.quality.competing_poses import CompetingPoses
from RayEmbRegistrationLib.quality.distance import DistanceCheck
from RayEmbRegistrationLib.quality.evidence import Evidence, Spread, examine

JUDGED_ON = "pelvis, femur, spine, ribs"
PICTURE = RESULTS / "quality.png"
ACCEPTABLE_MM, WRONG_MM, RIGHT_MM = 5.0, 5.0, 2.0
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
NEEDED = (0.6, 0.65, 0.7, 0.75, 0.8, 0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98)
MOST_FOOLED = 0.02  # share of registrations without a right answer that may be trusted
MOST_LOST = 0.1  # share of right results that need not be trusted


@dataclass(frozen=True, eq=False)
class Judged:
    """One registration: what it is, its evidence and its errors.

    Attributes:
        about: subject, group, kind, errors by measure, seconds.
        evidence: what was seen.
    """

    about: dict
    evidence: Evidence

    @property
    def mtre_mm(self) -> float:
        """True error."""
        return self.about["mtre_mm"]

    @property
    def possible(self) -> bool:
        """Whether there was a right answer."""
        return self.about["kind"] not in IMPOSSIBLE

    @property
    def teaches(self) -> bool:
        """Whether to fit on it: not where the distance was wrong, which is judged by perspective alone, nor what came out
        nearly right though it was not to, as where a small bone had moved.
        """
        return not self.about["kind"].startswith("distance") and (self.possible or self.mtre_mm > WRONG_MM)


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
    fitted_on = [each for each in every if each.about["subject"] in CALIBRATE]
    if calibrate:
        PATH.write_text(_json(calibrated(fitted_on).content()), encoding="utf-8")
    calibration = read_calibration()
    judged = [each for each in every if each.about["subject"] in JUDGE]
    real = [each for each in every if each.about["subject"] == REAL_PELVIS]
    rows = rows_of(JUDGED_ON, judged, calibration)
    if real:
        rows += rows_of("real pelvis", real, calibration)
    rows += costs()
    rows += reliability(JUDGED_ON, judged, calibration)
    picture(judged, real, calibration, PICTURE)
    entries = [entry(each, calibration) for each in (*judged, *real)]
    note = (
        f"{calibration.about}. Judged on {sum(j.possible for j in judged)} registrations of other anatomies, "
        f"{sum(not j.possible for j in judged)} with no right answer, and {len(real)} of a real pelvis. "
        f"Diagram: {PICTURE.relative_to(REPOSITORY)}."
    )
    return Benchmark(rows, entries, note)


def calibrated(fitted_on: Sequence[Judged]) -> Calibration:
    """Fit, and choose the probability from which to trust.

    The highest that costs at most one right result in ten, of those at which nothing wrong would have been trusted, and of
    those without a right answer at most two in a hundred.
    """
    chosen = [each for each in fitted_on if each.teaches]
    subjects = sorted({each.about["subject"] for each in chosen})
    possible = np.array([each.possible for each in chosen])
    about = (
        f"Fitted on {int(possible.sum())} registrations with a right answer and {int((~possible).sum())} without, "
        f"of {len(subjects)} subjects ({', '.join(subjects)})"
    )
    evidence, errors = [each.evidence for each in chosen], [each.about for each in chosen]
    # Judged by coefficients fitted without the subject, else every case looks easy.
    probabilities, contradicted = np.zeros(len(chosen)), np.zeros(len(chosen), dtype=bool)
    for subject in subjects:
        own = np.array([each.about["subject"] == subject for each in chosen])
        rest = [n for n in range(len(chosen)) if not own[n]]
        apart = fit([evidence[n] for n in rest], [errors[n] for n in rest], possible[rest], "", 0.0)
        for n in np.flatnonzero(own):
            quality = quality_from(evidence[n], apart, ACCEPTABLE_MM)
            probabilities[n], contradicted[n] = quality.probability_below(ACCEPTABLE_MM), not quality.trusted
    wrong = np.array([each.mtre_mm for each in chosen]) > WRONG_MM
    trusted = {needed: (probabilities >= needed) & ~contradicted for needed in NEEDED}
    right = possible & (np.array([each.mtre_mm for each in chosen]) < RIGHT_MM)
    safe = [n for n in NEEDED if not (trusted[n] & wrong & possible).any() and trusted[n][~possible].mean() <= MOST_FOOLED]
    safe = safe or [NEEDED[-1]]
    needed = max((n for n in safe if (~trusted[n][right]).mean() <= MOST_LOST), default=safe[0])
    for n in NEEDED:
        print(
            f"  needed {n:.2f}: {share(trusted[n][wrong & possible])} wrong trusted, {share(trusted[n][~possible])} "
            f"without a right answer, {share(~trusted[n][right])} right not trusted"
        )
    return fit(evidence, errors, possible, about, needed)


def collect(subjects: Sequence[str] = (*CALIBRATE, *JUDGE, REAL_PELVIS)) -> list[Judged]:
    """Evidence and errors of everything that was registered, worked out once."""
    import torch

    torch.set_num_threads(1)
    path = FOLDER / f"evidence{VERSION}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    known = {(e["about"]["subject"], e["about"]["group"], e["about"]["kind"]): e for e in map(json.loads, lines)}
    with path.open("a", encoding="utf-8") as file:
        for place in sorted((FOLDER / "runs").glob("*.npz"), key=lambda p: p.name):
            subject, number, kind = place.stem.rsplit(".", 2)
            if (subject, int(number), kind) in known or subject not in subjects:
                continue
            found = read_run(place)
            if found is None:
                continue
            kept = found.about.pop("evidence", {})
            seen = kept["content"] if kept.get("version") == VERSION else evidence_content(seen_in(found))
            content = {"about": found.about, "evidence": seen}
            file.write(json.dumps(content) + "\n")
            known[subject, int(number), kind] = content
    return [Judged(e["about"], _evidence(e["evidence"])) for e in known.values() if e["about"]["subject"] in subjects]


def seen_in(found: Run) -> Evidence:
    """The evidence at the pose of a registration that was kept, as ``register`` would see it."""
    import torch
    from RayEmbRegistrationLib.pose.prior import start_prior
    from RayEmbRegistrationLib.pose.problem import Limits, Problem
    from RayEmbRegistrationLib.pose.view import View
    from RayEmbRegistrationLib.xray.radiograph import Radiograph

    prepared = prepared_of(found.about["subject"])
    views = []
    for image, mask, K, relative in zip(found.images, found.masks, found.K, found.relative, strict=True):
        height, width = image.shape
        usual = camera(width)
        distance = usual.source_to_detector_mm * abs(K[0, 0]) / usual.K[0, 0]
        view = replace(usual, K=K, image_size=(width, height), source_to_detector_mm=distance)
        views.append(View(Radiograph(image.astype(np.float32), mask, view), relative))
    start = found.about["start"]
    prior = start and start_prior(np.array(start.pop("pose")), prepared.center_ras, **start)
    limits = Limits(prepared.center_ras, prepared.bone_points_ras[::12], found.about["depth_limits"], prior=prior)
    with torch.no_grad():
        evidence = examine(Problem(tuple(views), prepared, limits), Poses.of(found.poses[0]), found.about["runner_up"])
    return replace(evidence, **{name: found.about.get(name) for name in ("inlier_share", "landmark_mm")})


def rows_of(name: str, judged: Sequence[Judged], calibration: Calibration) -> list[dict]:
    """The table of one set of cases."""
    qualities = [quality_from(each.evidence, calibration, ACCEPTABLE_MM) for each in judged]
    possible = np.array([each.possible for each in judged])
    errors = np.array([each.mtre_mm for each in judged])
    trusted = np.array([quality.trusted for quality in qualities])
    sure = np.array([quality.probability_below_2mm >= 0.95 for quality in qualities])
    kinds = np.array([each.about["kind"] for each in judged])
    rows = []

    def add(measure: str, asked: str, reached: str) -> None:
        rows.append(row(f"{name}: {measure}", asked, reached))

    def trusted_though(what: str, asked: str, chosen: np.ndarray) -> None:
        if chosen.any():
            over = int((errors[chosen & trusted] > WRONG_MM).sum())
            add(f"trusted though {what}", asked, f"{share(trusted[chosen])}, {over} of them over 5 mm")

    for measure, words in zip(MEASURES, ("across the view", "depth", "rotation", "mean over the bone"), strict=True):
        said = np.array([getattr(quality, f"expected_{measure}") for quality in qualities])[possible]
        true = np.array([each.about[measure] for each in judged])[possible]
        asked = "0.8" if measure == "mtre_mm" else ""
        add(f"rank correlation of expected and actual error, {words}", asked, f"{_rank(said, true):.2f} of {len(said)}")
    add("of those under 2 mm with 95 %, that are", "93 %", share(errors[possible & sure] < RIGHT_MM))
    add("trusted and wrong by over 5 mm", "none in 300", share((errors > WRONG_MM)[possible & trusted]))
    right = possible & (errors < RIGHT_MM)
    add("right (< 2 mm) and not trusted", "10 %", share(~trusted[right]))
    singles, started = np.array([each.evidence.views == 1 for each in judged]), ~np.isin(kinds, (*SEARCHED, *LANDMARKED))
    for what, of_these in (("one view from a start", singles & started), ("one view, no start", singles & ~started)):
        add(f"of these of {what}", "", share(~trusted[right & of_these]))
    add("of these of two views", "", share(~trusted[right & ~singles]))
    for what, chosen in wrong_kinds(kinds).items():
        trusted_though(what, "", chosen)
    told = ~possible & (kinds != "moved bone")
    trusted_though("of a wrong camera, side or patient, all together", "2 in 100", told)
    trusted_though("the same without starts made with the wrong camera", "", told & (kinds != "distance aligned"))
    return rows


def _rank(one: np.ndarray, other: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)


def wrong_kinds(kinds: np.ndarray) -> dict[str, np.ndarray]:
    """By what is wrong, which registrations (N,) bool."""
    unstarted = np.isin(kinds, ("distance search", "distance both"))
    return {
        "the distance is 5 % off, one view, start from elsewhere": kinds == "distance",
        "the distance is 5 % off, one view, no start": unstarted,
        "the distance is 5 % off, one view, start made with that camera": kinds == "distance aligned",
        "the distance is 5 % off, two views": kinds == "distance pair",
        "the image is mirrored or of the other side": np.char.startswith(kinds, "mirrored"),
        "it is another patient": np.char.startswith(kinds, "other patient"),
        "a bone has moved": kinds == "moved bone",
    }


def costs(subjects: Sequence[str] = JUDGE, count: int = 5) -> list[dict]:
    """Share of quality in the time of registrations that only refine, made anew: the code may have changed since."""
    from RayEmbRegistrationLib.registration import register

    rows = []
    for what, kind in (("one view", "near"), ("two views", "near pair")):
        shares = []
        for subject in [s for s in subjects if (FOLDER / f"{s}.{OTHER}.npz").exists()][:count]:
            rng = np.random.default_rng(seed_of(subject, OTHER, kind))
            prepared, group = prepared_of(subject), group_of(subject, OTHER)
            views, settings, _ = setup(kind, prepared, group, rng, subject, OTHER)
            try:
                timing = min((register(prepared, views, settings).timing_s for _ in range(2)), key=lambda t: t["total"])
            except ValueError:  # the bone is not in the X-ray
                continue
            shares.append(timing["quality"] / timing["total"])
        if shares:
            said = f"{100 * np.median(shares):.0f} % (median of {len(shares)})"
            rows.append(row(f"share of quality in a refinement's time, {what}", "20 %", said))
    return rows


def reliability(name: str, judged: Sequence[Judged], calibration: Calibration) -> list[dict]:
    """How often errors are under 2 mm where that was said with a probability."""
    said, came = _under_2mm(judged, calibration)
    rows = []
    for low, high in pairwise(BINS):
        chosen = (said >= low) & ((said < high) | (high == 1.0))
        if chosen.any():
            reached = f"{100 * said[chosen].mean():.0f} % said, {share(came[chosen])} were"
            rows.append(row(f"{name}: under 2 mm with {100 * low:.0f} to {100 * high:.0f} %", "", reached))
    return rows


def _under_2mm(judged: Sequence[Judged], calibration: Calibration) -> tuple[np.ndarray, np.ndarray]:
    possible = [each for each in judged if each.possible]
    said = np.array([quality_from(each.evidence, calibration).probability_below_2mm for each in possible])
    return said, np.array([each.mtre_mm < RIGHT_MM for each in possible])


def picture(judged: Sequence[Judged], real: Sequence[Judged], calibration: Calibration, path: Path) -> None:
    """Reliability diagram, and expected against actual error."""
    import cv2

    canvas = np.full((520, 1060, 3), 255, np.uint8)
    _axes(canvas, 70, "said: probability of an error under 2 mm", "came true")
    for cases, colour in ((judged, (160, 90, 0)), (real, (0, 110, 200))):
        if not cases:
            continue
        said, came = _under_2mm(cases, calibration)
        points = []
        for low, high in pairwise(BINS):
            chosen = (said >= low) & ((said < high) | (high == 1.0))
            if chosen.sum() >= 3:
                x, y = said[chosen].mean(), came[chosen].mean()
                half = 1.96 * np.sqrt(max(y * (1 - y), 0.02) / chosen.sum())
                at = _at(70, x, y)
                cv2.line(canvas, _at(70, x, max(y - half, 0)), _at(70, x, min(y + half, 1)), colour, 1, cv2.LINE_AA)
                cv2.circle(canvas, at, 5, colour, -1, cv2.LINE_AA)
                points.append(at)
        cv2.polylines(canvas, [np.array(points)], False, colour, 1, cv2.LINE_AA)
    cv2.line(canvas, _at(70, 0, 0), _at(70, 1, 1), (170, 170, 170), 1, cv2.LINE_AA)
    _axes(canvas, 600, "expected error (mm, 0.05 to 100)", "actual error")
    for cases, colour in ((judged, (160, 90, 0)), (real, (0, 110, 200))):
        for each in (case for case in cases if case.possible):
            quality = quality_from(each.evidence, calibration)
            place = [np.clip(np.log(v / 0.05) / np.log(2000), 0, 1) for v in (quality.expected_mtre_mm, each.mtre_mm)]
            cv2.circle(canvas, _at(600, *place), 3, colour, -1 if quality.trusted else 1, cv2.LINE_AA)
    cv2.line(canvas, _at(600, 0, 0), _at(600, 1, 1), (170, 170, 170), 1, cv2.LINE_AA)
    for n, (text, colour) in enumerate(((JUDGED_ON, (160, 90, 0)), ("real pelvis", (0, 110, 200)))):
        cv2.putText(canvas, text, (90, 75 + 20 * n), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    cv2.putText(canvas, "filled: trusted", (620, 75), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), canvas)


def _at(left: int, x: float, y: float) -> tuple[int, int]:
    return left + round(400 * float(x)), 450 - round(400 * float(y))


def _axes(canvas: np.ndarray, left: int, below: str, beside: str) -> None:
    import cv2

    cv2.rectangle(canvas, _at(left, 0, 0), _at(left, 1, 1), (0, 0, 0), 1)
    cv2.putText(canvas, below, (left, 490), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    cv2.putText(canvas, beside, (left, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)


def entry(each: Judged, calibration: Calibration) -> dict:
    """For the results file."""
    quality = quality_from(each.evidence, calibration, ACCEPTABLE_MM)
    about = each.about
    name = f"{about['subject']}.{about['group']}.{about['kind']}"
    found = {measure: round(about[measure], 3) for measure in MEASURES} if each.possible else {}
    said = {f"expected_{m}": round(getattr(quality, f"expected_{m}"), 3) for m in MEASURES}
    under = round(quality.probability_below_2mm, 3)
    return {"case": name, **found, **said, "under_2mm": under, "trusted": quality.trusted, "reason": quality.reason}


def _evidence(content: dict) -> Evidence:
    parts = {"competing": CompetingPoses(**content["competing"]), "covariance": np.array(content["covariance"])}
    parts["distance"] = DistanceCheck(**content["distance"])
    parts["camera"] = CameraCheck.from_content(content["camera"])
    parts |= {name: Spread(**content[name]) for name in SPREADS}
    return Evidence(**{**content, **parts})


def _json(content: dict) -> str:
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
