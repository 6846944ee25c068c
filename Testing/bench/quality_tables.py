"""Tables and picture of what results say of themselves against the truth."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from common import row, share
from quality_cases import LANDMARKED, SEARCHED
from quality_evidence import Judged
from quality_fit import MEASURE, TOLERANCE_MM, Told, anatomy_of, is_off
from quality_xrays import REAL_PELVIS
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, PURPOSES
from RayEmbRegistrationLib.quality.fitting import is_another_pose

RIGHT_OVERLAY_MM, RIGHT_DEG, RIGHT_MM = 1.0, 2.0, 2.0  # across the view and turned; in space
LEAST_SHOWN = 0.05  # share of the bone below which nobody could say that a pose is right; some X-rays show soft tissue alone
BOUNDED = {"overlay": "overlay_mm", "depth": "depth_mm", "rotation": "rotation_deg", "in space": "mtre_mm"}
BINS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)
ROLES = {
    "limb": "real limbs",
    "real pelvis": "real pelvis",
    "isolated": "isolated bones",
    "judge": "pelvis, femur, spine, ribs",
    "calibrate": "other phantoms",
}
LEAST_IN_A_BIN = 3


def rows_of(told: Sequence[Told]) -> list[dict]:
    """The table."""
    rows = [row(f"all: {measure}", asked, reached) for measure, asked, reached in _wrongly_trusted(told)]
    for role, name in ROLES.items():
        own = [each for each in told if each.judged.role == role and not _wrong_camera(each.judged)]
        if own:
            rows += [row(f"{name}: {measure}", asked, reached) for measure, asked, reached in _of_one_set(own)]
    for name, chosen in _kinds(told).items():
        if chosen:
            rows.append(row(f"trusted though {name}", "2 in 100", _trusted_though(chosen)))
    return rows + _reliability(told)


def _wrongly_trusted(told: Sequence[Told]) -> list[tuple[str, str, str]]:
    """What must never happen, of all that has a right answer."""
    rows = []
    for purpose in PURPOSES:
        chosen = [each for each in told if each.judged.possible]
        trusted = [each for each in chosen if getattr(each.quality, purpose).trusted]
        off = [is_off(each.judged, purpose) for each in trusted]
        what = f"{purpose} trusted and over {TOLERANCE_MM[purpose]:.0f} mm off, of {len(chosen)}"
        rows.append((what, "0", share(off)))
    for name, measure in BOUNDED.items():
        found = [each for each in told if not _is_lost(each.judged)]
        within = [each.judged.about[measure] <= each.quality.errors[measure].bound for each in found]
        rows.append((f"error within the stated 95 % bound, {name}", "93 to 98 %", share(within)))
    return rows


def _of_one_set(own: Sequence[Told]) -> list[tuple[str, str, str]]:
    rows = []
    for purpose, views, asked in ((OVERLAY, 1, "90 %"), (OVERLAY, 2, ""), (POSITION, 1, ""), (POSITION, 2, "95 %")):
        right = [each for each in own if each.quality.evidence.views == views and _is_right(each.judged, purpose)]
        if right:
            trusted = [getattr(each.quality, purpose).trusted for each in right]
            what = "right across the view (< 1 mm, < 2 degrees)" if purpose == OVERLAY else "right in space (< 2 mm)"
            count = "one view" if views == 1 else "two views"
            rows.append((f"{count}, {what}: {purpose} trusted", asked, share(trusted)))
    for purpose in PURPOSES:
        possible = [each for each in own if each.judged.possible]
        off = [is_off(each.judged, purpose) for each in possible if getattr(each.quality, purpose).trusted]
        rows.append((f"{purpose} trusted and over {TOLERANCE_MM[purpose]:.0f} mm off", "0", share(off)))
    said = np.array([each.quality.expected_mtre_mm for each in own if each.judged.possible])
    true = np.array([each.judged.about["mtre_mm"] for each in own if each.judged.possible])
    rows.append(("rank correlation of expected and actual error", "0.8", f"{_rank(said, true):.2f} of {len(said)}"))
    return rows


def _is_right(judged: Judged, purpose: str) -> bool:
    about = judged.about
    if judged.evidence.in_view < LEAST_SHOWN:
        return False
    if purpose == OVERLAY:
        return judged.possible and about["overlay_mm"] < RIGHT_OVERLAY_MM and about["rotation_deg"] < RIGHT_DEG
    return judged.possible and about["mtre_mm"] < RIGHT_MM


def _is_lost(judged: Judged) -> bool:
    errors = {measure: np.array([judged.about[measure]]) for measure in ("overlay_mm", "rotation_deg", "mtre_mm")}
    return not judged.possible or bool(is_another_pose(errors, POSITION)[0])


def _wrong_camera(judged: Judged) -> bool:
    return judged.about["kind"].startswith("distance")


def _rank(one: np.ndarray, other: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)


def _kinds(told: Sequence[Told]) -> dict[str, list[Told]]:
    """By what is wrong."""

    def of(chosen: Callable[[str], bool], real: bool | None = None) -> list[Told]:
        found = [each for each in told if chosen(each.judged.about["kind"])]
        return found if real is None else [each for each in found if _is_real(each.judged) == real]

    unstarted = tuple(kind for kind in (*SEARCHED, *LANDMARKED) if kind.startswith("distance"))
    return {
        "the distance is 5 % off, one view, start from elsewhere": of(lambda kind: kind == "distance"),
        "the distance is 5 % off, one view, no start": of(lambda kind: kind in unstarted),
        "the distance is 5 % off, one view, start made with that camera": of(lambda kind: kind == "distance aligned"),
        "the distance is 5 % off, two views": of(lambda kind: kind == "distance pair"),
        "the image is mirrored or of the other side, real anatomy": of(lambda kind: kind.startswith("mirrored"), True),
        "the image is mirrored, phantoms": of(lambda kind: kind.startswith("mirrored"), False),
        "it is another patient, real anatomy": of(lambda kind: kind.startswith("other patient"), True),
        "it is another patient, phantoms": of(lambda kind: kind.startswith("other patient"), False),
        "a bone has moved": of(lambda kind: kind == "moved bone"),
    }


def _is_real(judged: Judged) -> bool:
    return judged.role in ("limb", "real pelvis")


def _trusted_though(chosen: Sequence[Told]) -> str:
    """By the purpose that one view or several are asked for; how many of them are off by more than is allowed."""
    trusted = [each for each in chosen if each.quality.trusted]
    wrong = [
        each for each in trusted if each.judged.about[MEASURE[each.quality.purpose]] > TOLERANCE_MM[each.quality.purpose]
    ]
    return f"{share([each.quality.trusted for each in chosen])}, {len(wrong)} of them off by more than allowed"


def _reliability(told: Sequence[Told]) -> list[dict]:
    """How often errors are under the tolerance where that was said with a probability."""
    rows = []
    for purpose in PURPOSES:
        said, came = _said_and_came(told, purpose)
        for low, high in pairwise(BINS):
            chosen = (said >= low) & ((said < high) | (high == 1.0))
            if chosen.any():
                what = f"{purpose} under {TOLERANCE_MM[purpose]:.0f} mm with {100 * low:.0f} to {100 * high:.0f} %"
                rows.append(row(what, "", f"{100 * said[chosen].mean():.0f} % said, {share(came[chosen])} were"))
    return rows


def _said_and_came(told: Sequence[Told], purpose: str) -> tuple[np.ndarray, np.ndarray]:
    chosen = [each for each in told if each.judged.possible]
    said = np.array([getattr(each.quality, purpose).probability for each in chosen])
    return said, np.array([not is_off(each.judged, purpose) for each in chosen])


def entry(each: Told) -> dict:
    """For the results file."""
    about, quality = each.judged.about, each.quality
    found = {m: round(about[m], 3) for m in MEASURE.values()} if each.judged.possible else {}
    said = {}
    for purpose in PURPOSES:
        verdict = getattr(quality, purpose)
        said[purpose] = {
            "trusted": verdict.trusted,
            "probability": round(verdict.probability, 3),
            "expected_mm": round(verdict.expected_mm, 3),
            "bound_mm": round(verdict.bound_mm, 3),
        }
    return {"case": each.judged.name, **found, **said, "reason": quality.reason}


def picture(told: Sequence[Told], path: Path) -> None:
    """Reliability diagrams of both verdicts, and expected against actual errors."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 10), layout="constrained")
    axes = figure.subplots(2, 2)
    sets = (("phantoms", False, "tab:blue"), ("real anatomy", True, "tab:orange"))
    for column, purpose in enumerate(PURPOSES):
        diagram, scatter = axes[0, column], axes[1, column]
        tolerance = TOLERANCE_MM[purpose]
        diagram.plot((0, 1), (0, 1), color="0.7", lw=1)
        scatter.plot((0.02, 300), (0.02, 300), color="0.7", lw=1)
        for name, real, color in sets:
            own = [each for each in told if each.judged.possible and _is_real(each.judged) == real]
            if not own:
                continue
            said, came = _said_and_came(own, purpose)
            points = []
            for low, high in pairwise(BINS):
                chosen = (said >= low) & ((said < high) | (high == 1.0))
                if chosen.sum() >= LEAST_IN_A_BIN:
                    points.append((said[chosen].mean(), came[chosen].mean(), chosen.sum()))
            x, y, counts = np.array(points).T
            spread = 1.96 * np.sqrt(np.maximum(y * (1 - y), 0.02) / counts)
            diagram.errorbar(x, y, spread, marker="o", color=color, capsize=2, label=f"{name}, {len(own)} registrations")
            for trusted, marker in ((True, "o"), (False, "x")):
                of_these = [each for each in own if getattr(each.quality, purpose).trusted == trusted]
                expected = [getattr(each.quality, purpose).expected_mm for each in of_these]
                true = [max(each.judged.about[MEASURE[purpose]], 0.02) for each in of_these]
                label = f"{name}, {'trusted' if trusted else 'not trusted'}"
                scatter.scatter(expected, true, s=12, marker=marker, color=color, alpha=0.6, label=label, lw=0.8)
        diagram.set(
            title=f"{purpose}: error under {tolerance:.0f} mm", xlabel="said (probability)", ylabel="came true (share)"
        )
        diagram.legend(loc="upper left", fontsize=8)
        scatter.axhline(tolerance, color="0.4", lw=0.8, ls="--")
        scatter.set(xscale="log", yscale="log", xlabel="expected error (mm)", ylabel="actual error (mm)")
        scatter.legend(loc="upper left", fontsize=8)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def subjects_of(told: Sequence[Told]) -> str:
    """In words, for the note."""
    anatomies = sorted({anatomy_of(each.judged.about["subject"]) for each in told if not _is_real(each.judged)})
    patients = {each.judged.about["subject"] for each in told if _is_real(each.judged) and each.judged.role == "limb"}
    pelvis = any(each.judged.about["subject"] == REAL_PELVIS for each in told)
    return f"{', '.join(anatomies)}; {len(patients)} patients' limbs{' and a real pelvis' if pelvis else ''}"
