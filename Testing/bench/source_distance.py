"""A wrong source-to-detector distance in one view of a real pelvis: how often it is found out, and how often a right one is
doubted.

Twelve X-rays by another simulator and eight by Siddon's method (of those of pelvis60), each registered with the right camera
and with distances 5 % too long and too short. The start is 3 degrees and 3 mm off at most and made with the camera given, so
that neither it nor the limits of depth give anything away.
"""

from dataclasses import dataclass

import numpy as np
from common import DATA, Benchmark, needed, opened, row, share, start_near

RATIOS = (1.0, 1.05, 1 / 1.05)
SIMULATED = 8
RIGHT_MM, LARGEST_DEPTH_MM = 2.0, 300.0


@dataclass(frozen=True)
class Tried:
    """One registration.

    Attributes:
        name: of the X-ray.
        ratio: distance given relative to the right one.
        found_ratio, std: the estimate of what it should be relative to the one given, and its deviation (logarithms).
        contradicts, trusted: what was said.
        right: whether the pose is, but for depth.
        depth_mm: error of depth.
    """

    name: str
    ratio: float
    found_ratio: float
    std: float
    contradicts: bool
    trusted: bool
    right: bool
    depth_mm: float

    @property
    def missed(self) -> float:
        """How far the estimated distance is from the right one, relative."""
        return float(np.log(self.ratio) + self.found_ratio)


def run(quick: bool = False) -> Benchmark:
    """Register all of them (one X-ray if quick)."""
    from pelvis_cases import FOLDER, make_cases
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare

    folder = needed(DATA / "pelvis")
    prepared = prepare(open_ct(folder / "ct.nii.gz").volume, PrepareSettings(weights="none", library=False))
    make_cases(SIMULATED, 0)
    sets = {
        "other simulator": find_cases(folder / "xrays")[: 1 if quick else None],
        "Siddon": [case for case in find_cases(FOLDER) if case.name.startswith("single")][: 0 if quick else SIMULATED],
    }
    rows, entries = [], []
    for name, cases in sets.items():
        tried = [t for case in cases for ratio in RATIOS if (t := register_with(prepared, case, ratio)) is not None]
        rows += rows_of(f"{name}, {len(cases)} X-rays", tried)
        entries += [vars(t) for t in tried]
    return Benchmark(
        rows,
        entries,
        "One view of a real pelvis, refined from a start made with the camera given. Poses that are wrong across the view "
        "too, mostly of X-rays that show little of the bone, are left out of all but the last row.",
    )


def register_with(prepared, case, ratio: float) -> Tried | None:
    """With a distance that is off by a ratio; None where the bone is not in the X-ray."""
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.registration import register

    center, truth = prepared.center_ras, case.truth
    farther = np.array([0, 0, truth.apply(center)[2] * (ratio - 1)])
    seen = RigidTransform(truth.rotation, truth.translation + farther)  # with that camera, the same but for perspective
    rng = np.random.default_rng(sum(map(ord, case.name)))
    start = start_near(seen, center, 3, 3, rng)
    view = opened(case, start, tell_polarity=True)
    view = view.with_geometry(source_to_detector_mm=view.camera.source_to_detector_mm * ratio)
    settings = RegistrationSettings(refine_only=True, mirrored=False, start_translation_mm=LARGEST_DEPTH_MM)
    try:
        result = register(prepared, [view], settings)
    except ValueError:
        return None
    checked, position = result.quality.evidence.distance, result.quality.position  # of which depth is a part
    off = result.camera_from_ras.apply(prepared.bone_points_ras) - seen.apply(prepared.bone_points_ras)
    depth_mm = float((result.camera_from_ras.apply(center) - truth.apply(center))[2])
    right = float(np.linalg.norm(off[:, :2], axis=1).mean()) < RIGHT_MM
    print(
        f"  {case.name} x {ratio:.3f}: estimate {np.exp(checked.ratio):.3f} +- {checked.std:.3f}, depth {depth_mm:.1f} mm, "
        f"{'trusted' if position.trusted else 'not trusted: ' + position.reason[:60]}",
        flush=True,
    )
    return Tried(case.name, ratio, checked.ratio, checked.std, checked.contradicts, position.trusted, right, depth_mm)


def rows_of(name: str, tried: list[Tried]) -> list[dict]:
    """The table of one set of X-rays."""
    rows = []
    for words, ratios in (("right", RATIOS[:1]), ("5 % off", RATIOS[1:])):
        these = [t for t in tried if t.ratio in ratios and t.right]
        if not these:
            continue
        asked = {"right": "", "5 % off": "2 in 100"}.get(words, "")
        rows.append(row(f"{name}, distance {words}: said to be wrong", "", share(t.contradicts for t in these)))
        rows.append(row(f"{name}, distance {words}: trusted", asked, share(t.trusted for t in these)))
        missed = 100 * np.array([t.missed for t in these])
        rows.append(
            row(
                f"{name}, distance {words}: estimate off by, median and largest",
                "",
                f"{np.median(abs(missed)):.1f} %, {abs(missed).max():.1f} %",
            )
        )
    wrong = [t for t in tried if not t.right]
    rows.append(row(f"{name}: wrong across the view too, trusted", "none", share(t.trusted for t in wrong)))
    return rows


if __name__ == "__main__":
    from common import save
    from run import print_table

    benchmark = run()
    print_table(benchmark.rows)
    save("source_distance", benchmark, False)
