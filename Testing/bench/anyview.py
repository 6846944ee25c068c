"""The pelvis seen from anywhere and turned any way up: nothing is known of the view, landmarks alone, then refined."""

import os
import time
from pathlib import Path

import numpy as np
from common import DATA, Benchmark, NotHereError, median, needed, row, share, tuned
from methods import Choice, register_case
from pelvis_cases import ANYWHERE, FOLDER, make_cases

MINUTES = 15.0


def run(quick: bool = False, minutes: float = MINUTES) -> Benchmark:
    """Fifty views (four if quick) by weights fine-tuned on views from anywhere; as shipped, a fifth of them."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    weights = Path(os.environ.get("RAYEMB_WEIGHTS", shipped_weights_path()))
    if not weights.exists():
        raise NotHereError(f"{weights} is not here; train weights with the verb train")
    count = 4 if quick else ANYWHERE
    needed(DATA / "pelvis")
    make_cases(0, 0, count)
    cases = [case for case in find_cases(FOLDER) if case.name.startswith("any")][:count]
    began = time.perf_counter()
    shipped = prepare(
        open_ct(DATA / "pelvis" / "ct.nii.gz").volume, PrepareSettings(view="any", library=False, weights=weights)
    )
    prepared_in = time.perf_counter() - began
    better, spent = tuned(shipped, 0.1 if quick else minutes)
    rows = [row("preparing the CT", "", f"{prepared_in:.1f} s")]
    entries = []
    for name, prepared, some in (("fine-tuned", better, cases), ("as shipped", shipped, cases[: count // 5])):
        print(f"  {name}:", flush=True)
        found = [register_case(prepared, case, Choice("rayemb", "rayemb")) for case in some]
        errors = np.array([np.inf if each is None else each.errors.mtre_mm for each in found])
        outcomes = [each for each in found if each is not None]
        wrong = sum(outcome.is_wrongly_trusted for outcome in outcomes)
        rows += [
            row(f"{name}: below 2 mm", "90 %" if name == "fine-tuned" else "", share(errors < 2)),
            row(f"{name}: of these the hard ones", "", share(errors[1::2] < 2)),
            row(f"{name}: below 5 mm", "", share(errors < 5)),
            row(f"{name}: median mTRE", "", median(errors)),
            row(f"{name}: trusted although wrong", "none", str(wrong)),
            row(f"{name}: time, median", "", median([outcome.seconds for outcome in outcomes], "s")),
            row(f"{name}: processor time, median", "", median([outcome.core_seconds for outcome in outcomes], "core-s")),
        ]
        entries += [{"weights": name, **outcome.entry()} for outcome in outcomes]
    note = (
        f"{len(cases)} views, directions and rotations drawn evenly from all there are, rendered by Siddon's method, every "
        "second one with noise, tools or tight collimation; no start pose, polarity not told, that the image is not "
        f"mirrored told. Fine-tuned in {spent} from the shipped weights {shipped.encoder.name}; "
        f"as shipped, the first {count // 5} of them."
    )
    return Benchmark(rows, entries, note)
