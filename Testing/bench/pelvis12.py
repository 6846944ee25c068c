"""Twelve X-rays of a real pelvis made by another simulator: no start pose, polarity not told."""

from common import DATA, Benchmark, Outcome, median, needed, row, share, timed_outcome

RIGHT_MM = 5.0


def run(quick: bool = False) -> Benchmark:
    """Register the twelve (two if quick)."""
    from RayEmbRegistrationLib.ct.reading import read_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import prepare

    folder = needed(DATA / "pelvis")
    cases = find_cases(folder / "xrays")[:: 6 if quick else 1]
    prepared = prepare(read_ct(folder / "ct.nii.gz").volume)
    outcomes = [register_case(prepared, case) for case in cases]
    return Benchmark(
        summary_rows(outcomes),
        [outcome.entry() for outcome in outcomes],
        f"{len(outcomes)} X-rays of a real CT by another simulator, half of them with tools, truncation and wide angles.",
    )


def register_case(prepared, case) -> Outcome:
    """Without a start pose and without telling the polarity."""
    from RayEmbRegistrationLib.pose.problem import XrayView
    from RayEmbRegistrationLib.registration import register
    from RayEmbRegistrationLib.xray.camera_files import read_camera
    from RayEmbRegistrationLib.xray.reading import read_xray

    image = read_xray(case.image_path)
    camera = read_camera(case.geometry_path, image.image_size).camera
    view = XrayView(image.pixels, camera, invalid=image.invalid, intensity=image.intensity, name=case.name)
    return timed_outcome(case.name, lambda: register(prepared, [view]), case.truth, camera, prepared.bone_points_ras)


def summary_rows(outcomes: list[Outcome]) -> list[dict]:
    """The rows for X-rays without a start pose."""
    right = [outcome.errors.mtre_mm < RIGHT_MM for outcome in outcomes]
    flagged = [outcome.trusted == is_right for outcome, is_right in zip(outcomes, right, strict=True)]
    wrongly = sum(outcome.trusted and not is_right for outcome, is_right in zip(outcomes, right, strict=True))
    seconds = [outcome.seconds for outcome in outcomes]
    return [
        row(f"mTRE below {RIGHT_MM:g} mm", "85 %", share(right)),
        row("mTRE below 1 mm", "", share(outcome.errors.mtre_mm < 1 for outcome in outcomes)),
        row("median mTRE", "0.5 mm or less", median([outcome.errors.mtre_mm for outcome in outcomes])),
        row("median mPD", "0.2 mm or less", median([outcome.errors.mpd_mm for outcome in outcomes])),
        row("median rotation", "", median([outcome.errors.rotation_deg for outcome in outcomes], "degrees")),
        row("median in-plane", "", median([outcome.errors.in_plane_mm for outcome in outcomes])),
        row("median depth", "", median([abs(outcome.errors.depth_mm) for outcome in outcomes])),
        row("trusted although wrong", "none", str(wrongly)),
        row("flagged as what it is", "", share(flagged)),
        row("time, median", "4 s or less", median(seconds, "s")),
        row("time, worst", "", f"{max(seconds):.2f} s"),
    ]
