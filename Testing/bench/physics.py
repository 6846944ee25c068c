"""What X-rays made by physics are worth in training beside augmented ones: as many steps, another share, judged elsewhere.

Trained on the patients of ``limb_ct`` but STS_044, and as much procedural anatomy, from the shipped weights or those that
RAYEMB_INIT names; judged by landmark errors on the X-rays of ``weights``. What was trained is kept in
output/bench_cache/physics.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import CACHE, DATA, Benchmark, needed
from patient import landmark_errors_mm
from weights import groups

PLACE = CACHE / "physics"
SHARES = (0.0, 0.5, 1.0)
STEPS = 300  # chosen for time: five minutes of one core
PATIENTS = ("STS_001", "STS_005", "STS_012", "STS_028", "STS_042")


def run(quick: bool = False) -> Benchmark:
    """Every share on every group of cases; two steps and two cases if quick."""
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path

    first = Path(os.environ.get("RAYEMB_INIT") or shipped_weights_path())
    name = load_encoder(first)[0].name
    trained = {"before": first} | {f"{share:.0%}": train_with(share, first, name, 2 if quick else STEPS) for share in SHARES}
    errors: dict[str, dict[str, list[float]]] = {}
    for group, ct_path, view, cases in groups():
        for which, path in trained.items():
            found = errors_on(ct_path, view, cases[: 2 if quick else None], path)
            errors.setdefault(group, {}).setdefault(which, []).extend(found)
    rows = [
        {"X-rays": group, "number": len(found["before"])}
        | {which: f"{np.nanmedian(values):.1f} mm" for which, values in found.items()}
        for group, found in errors.items()
    ]
    cases = [{"group": group, "share": which, "mm": values} for group, of in errors.items() for which, values in of.items()]
    note = f"Median landmark error on the detector, after {STEPS} steps from {name}, by the share made by physics."
    return Benchmark(rows, cases, note)


def train_with(share: float, first: Path, name: str, steps: int) -> Path:
    """The weights of a training with that share; kept."""
    import torch
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import load_encoder, save_weights
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare
    from RayEmbRegistrationLib.training import recipes
    from RayEmbRegistrationLib.training.distributed import Ranks
    from RayEmbRegistrationLib.training.outside import Hooks
    from RayEmbRegistrationLib.training.trainer import train

    path = PLACE / f"{name}_{steps}_{share:.2f}.safetensors"
    if path.exists():
        return path
    paths = [needed(DATA / "limb_ct" / f"{patient}.nii.gz") for patient in PATIENTS]
    cts = [prepare(open_ct(each).volume, PrepareSettings(view="any", library=False, weights="none")) for each in paths]
    encoder, about = load_encoder(first, torch.device("cpu"))
    encoder.requires_grad_(True)
    task = recipes.ct_task(cts, 0, "cpu", None, 0.5)
    settings = replace(recipes.settings_for("cpu", 1.0, 0, fine_tuning=True), steps=steps)
    settings = replace(settings, batch=replace(settings.batch, exposed=share))
    path.parent.mkdir(parents=True, exist_ok=True)
    result = train(encoder, task.source, task.validation, settings, Hooks(), Ranks())
    save_weights(path, result.encoder, about)
    return path


def errors_on(ct_path: Path, view: str, cases: list, weights: Path) -> list[float]:
    """Landmark error of each case, mm on the detector."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    prepared = prepare(open_ct(ct_path).volume, PrepareSettings(view=view, library=False, weights=weights))
    return [landmark_errors_mm(prepared, case)[0] for case in cases]
