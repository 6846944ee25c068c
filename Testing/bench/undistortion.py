"""Undistortion: what is left of known distortions of five percent, on simulated plates whose seeds nothing was chosen on."""

import sys
import time
from collections.abc import Iterator

import numpy as np
from common import REPOSITORY, Benchmark, row

sys.path.append(str(REPOSITORY / "Testing" / "Python"))
from plate_images import Plate, misplaced, pincushion, s_shape, swirl, together
from RayEmbRegistrationLib.geometry.distortion_set import DistortionSet
from RayEmbRegistrationLib.xray.distortion.plate import distortion_of_plate

SEED = 20261127
SIZE = 640
EDGE = 0.85  # of the radius that is corrected
FIELDS = {
    "pincushion of 5 %": pincushion(0.05),
    "S of 5 %": s_shape(0.05),
    "pincushion and a swirl, 5 % each": together(pincushion(0.05), swirl(0.05)),
}


def run(quick: bool = False) -> Benchmark:
    """A row for the middle and one for the edge of each kind of distortion."""
    rows = []
    for number, (name, field) in enumerate(FIELDS.items()):
        found = [measured(plate, seed) for seed, plate in plates(field, number, 1 if quick else 4)]
        for part, asked in (("median", "0.1 px"), ("edge", "0.3 px")):
            worst = max(each[part] for each in found)
            mean = np.mean([each[part] for each in found])
            label = "median of the image" if part == "median" else f"median beyond {EDGE:.0%} of the radius"
            rows.append(row(f"{name}: left, {label}", asked, f"{mean:.3f} px (worst of {len(found)} plates {worst:.3f})"))
        highest = max(each["last"] for each in found)
        rows.append(row(f"{name}: left, 95 of 100 at the edge below, worst plate", "", f"{highest:.2f} px"))
        stated = np.mean([each["stated"] for each in found])
        rows.append(row(f"{name}: left as it is stated, of beads left out, mean", "", f"{stated:.3f} px"))
        seconds = np.median([each["seconds"] for each in found])
        rows.append(row(f"{name}: plate found and fitted, median", "", f"{seconds:.1f} s of processor time"))
    note = (
        f"Images of {SIZE} x {SIZE} px, square and hexagonal plates, beads and holes in turn, 16 to 26 px apart, noise 2 to "
        "4 % of the open field; corrected up to one bead's distance beyond the outermost beads."
    )
    return Benchmark(rows, note=note)


def plates(field, number: int, count: int) -> Iterator[tuple[int, Plate]]:
    """Drawn at random."""
    rng = np.random.default_rng([SEED, number])
    for index in range(count):
        pitch = float(rng.uniform(16, 26))
        yield (
            int(rng.integers(1 << 30)),
            Plate(
                field,
                SIZE,
                pitch,
                radius=pitch * float(rng.uniform(0.15, 0.25)),
                hexagonal=index % 2 == 1,
                bright=index // 2 % 2 == 1,
                turn_deg=float(rng.uniform(-40, 40)),
                noise=float(rng.uniform(0.02, 0.04)),
            ),
        )


def measured(plate: Plate, seed: int) -> dict:
    """One plate against the truth."""
    view = plate.view(seed)
    began = time.process_time()
    distortion = distortion_of_plate(view, 6.35)
    seconds = time.process_time() - began
    errors, radius = misplaced(plate, DistortionSet((distortion,)).map_at())
    at_edge = errors[radius > EDGE]
    return {
        "median": float(np.median(errors)),
        "edge": float(np.median(at_edge)),
        "last": float(np.percentile(at_edge, 95)),
        "stated": distortion.residual.median,
        "seconds": seconds,
    }
