"""Twelve X-rays of a real pelvis made by another simulator: no start pose, polarity not told."""

from common import DATA, Benchmark, Outcome, median, needed, opened, row, share, timed_outcome

RIGHT_MM = 5.0
ASKED = {"1": "11 of 12", "flagged": "12 of 12", "median_s": "2.5 s", "worst_s": "8 s"}


def run(quick: bool = False) -> Benchmark:
    """Register the twelve (two if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    folder = needed(DATA / "pelvis")
    cases = find_cases(folder / "xrays")[:: 6 if quick else 1]
    prepared = prepare(open_ct(folder / "ct.nii.gz").volume, PrepareSettings(weights="none"))
    outcomes = [register_case(prepared, case) for case in cases]
    return Benchmark(
        summary_rows(outcomes, ASKED),
        [outcome.entry() for outcome in outcomes],
        f"{len(outcomes)} X-rays of a real CT by another simulator, half of them with tools, truncation and wide angles.",
    )


def register_case(prepared, case) -> Outcome:
    """Without a start pose and without telling the polarity."""
    from RayEmbRegistrationLib.registration import register

    view = opened(case)
    return timed_outcome(case.name, lambda: register(prepared, [view]), case.truth, view.camera, prepared.bone_points_ras)


def summary_rows(outcomes: list[Outcome], asked: dict[str, str]) -> list[dict]:
    """The rows for X-rays without a start pose, next to what is asked of them."""
    right = [outcome.errors.mtre_mm < RIGHT_MM for outcome in outcomes]
    flagged = [outcome.trusted == is_right for outcome, is_right in zip(outcomes, right, strict=True)]
    wrongly = sum(outcome.is_wrongly_trusted for outcome in outcomes)
    seconds = [outcome.seconds for outcome in outcomes]
    return [
        row(f"mTRE below {RIGHT_MM:g} mm", "", share(right)),
        row("mTRE below 2 mm", asked.get("2", ""), share(outcome.errors.mtre_mm < 2 for outcome in outcomes)),
        row("mTRE below 1 mm", asked.get("1", ""), share(outcome.errors.mtre_mm < 1 for outcome in outcomes)),
        row("median mTRE", asked.get("median", ""), median([outcome.errors.mtre_mm for outcome in outcomes])),
        row("median mPD", "", median([outcome.errors.mpd_mm for outcome in outcomes])),
        row("median rotation", "", median([outcome.errors.rotation_deg for outcome in outcomes], "degrees")),
        row("median in-plane", "", median([outcome.errors.in_plane_mm for outcome in outcomes])),
        row("median depth", "", median([abs(outcome.errors.depth_mm) for outcome in outcomes])),
        row("trusted although wrong", "none", str(wrongly)),
        row("flagged as what it is", asked.get("flagged", ""), share(flagged)),
        row("time, median", asked.get("median_s", ""), median(seconds, "s")),
        row("time, worst", asked.get("worst_s", ""), f"{max(seconds):.2f} s"),
        row("processor time, median", "", median([outcome.core_seconds for outcome in outcomes], "core-seconds")),
    ]
