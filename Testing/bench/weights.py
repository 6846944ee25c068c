"""Other weights beside the shipped ones, landmarks alone, on what neither was trained on; RAYEMB_WEIGHTS names the others.

X-rays by Siddon's method: of phantoms the cohorts' hard ones, of limbs easy and hard ones; no start pose, polarity not told.
The patients are those of ``limb_ct`` that RAYEMB_LEFT_OUT names (STS_044 where it does not), and CTs in the folder that
RAYEMB_LEFT_OUT_CTS names. Each registration is kept in output/bench_cache/weights, so that a run that was stopped goes on.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import CACHE, DATA, Benchmark, NotHereError, median, needed, share
from methods import Choice, register_case
from patient import landmark_errors_mm
from pelvis_cases import FOLDER as PELVIS
from pelvis_cases import make_cases

PLACE = CACHE / "weights"
PIXELS, CASES, ANYWHERE = 256, 4, 12
REACH_MM = 70.0
WITHIN_MM, WITHIN_DEG = 1.0, 2.0  # across the view, what issue and docs call right


def run(quick: bool = False) -> Benchmark:
    """Both weights on every group of cases; two cases of a group if quick."""
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path

    other = os.environ.get("RAYEMB_WEIGHTS")
    if not other or not Path(other).exists():
        raise NotHereError("name the weights to compare with the shipped ones in RAYEMB_WEIGHTS; a file of them")
    weights = {"shipped": shipped_weights_path(), "other": Path(other)}
    names = {name: load_encoder(path)[0].name for name, path in weights.items()}
    entries = []
    for group, ct_path, view, cases in groups():
        for which, path in weights.items():
            entries += measured(group, ct_path, view, cases[: 2 if quick else None], names[which], path)
    rows = []
    for group in dict.fromkeys(entry["group"] for entry in entries):
        for which, name in names.items():
            rows.append(line(group, which, [e for e in entries if e["group"] == group and e["weights"] == name]))
    note = f"Shipped {names['shipped']}, other {names['other']}. Lost X-rays count as infinitely far."
    return Benchmark(rows, entries, note)


def groups():
    """(name, CT, view prior, cases), made where they are missing."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.evaluation.cases import find_cases
    from RayEmbRegistrationLib.evaluation.cohorts import COHORTS, write_cohort, write_patient

    pelvis = needed(DATA / "pelvis")
    yield "pelvis, 12 given", pelvis / "ct.nii.gz", "ap", find_cases(pelvis / "xrays")
    make_cases(0, 0, ANYWHERE)
    anywhere = [case for case in find_cases(PELVIS) if case.name.startswith("any")][:ANYWHERE]
    yield "pelvis, any view", pelvis / "ct.nii.gz", "any", anywhere
    for anatomy in ("femur", "spine"):
        cohort = replace(COHORTS[f"{anatomy}-hard"], patients=2, cases=CASES, pixels=PIXELS)
        for folder in write_cohort(PLACE / cohort.name, cohort):
            yield f"{anatomy} phantom, hard", folder / "ct.nii.gz", "ap", find_cases(folder)[:CASES]
    left_out = os.environ.get("RAYEMB_LEFT_OUT", "STS_044").split()
    patients = [needed(DATA / "limb_ct" / f"{name}.nii.gz") for name in left_out]
    more = os.environ.get("RAYEMB_LEFT_OUT_CTS")
    patients += sorted(Path(more).iterdir()) if more else []
    for number, path in enumerate(patients):
        for how in ("easy", "hard"):
            cohort = replace(COHORTS[f"pelvis-{how}"], cases=CASES // 2, pixels=PIXELS)
            folder = PLACE / f"limbs-{how}" / path.name.split(".")[0]
            if len(list(folder.glob("*.truth.json"))) < cohort.cases:
                write_patient(folder, with_joint_marked(open_ct(path).volume), cohort, number)
            yield f"limbs of patients left out, {how}", folder / "ct.nii.gz", "ap", find_cases(folder)[: cohort.cases]


def with_joint_marked(ct):
    """The CT with a label where most bone lies within 70 mm: the X-rays look there, not between two legs."""
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.volumes.bone import find_skeleton

    mask = find_skeleton(ct).mask
    kji = np.argwhere(mask)
    places = ct.ras_from_index(kji[np.random.default_rng(0).permutation(len(kji))[:1500], ::-1])
    gaps = np.linalg.norm(places[:, None] - places, axis=2)
    middle = places[(gaps < REACH_MM).sum(axis=1).argmax()]
    near = np.linalg.norm(ct.ras_from_index(kji[:, ::-1]) - middle, axis=1) < REACH_MM
    labels = np.zeros(mask.shape, np.uint8)
    labels[tuple(kji[near].T)] = 1
    return CTVolume(ct.hu, ct.ras_from_ijk, labels)


def measured(group: str, ct_path: Path, view: str, cases: list, name: str, weights: Path) -> list[dict]:
    """One entry a case, kept."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    kept = PLACE / "found" / name / f"{group} {ct_path.parent.name}.json".replace(",", "").replace(" ", "_")
    found = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    prepared = None
    for case in cases:
        if case.name in found:
            continue
        if prepared is None:
            prepared = prepare(open_ct(ct_path).volume, PrepareSettings(view=view, library=False, weights=weights))
        error = landmark_errors_mm(prepared, case)[0]
        outcome = register_case(prepared, case, Choice("rayemb", "rayemb"))
        about = outcome.entry() if outcome else {"case": case.name}
        found[case.name] = {"group": group, "weights": name, "patient": ct_path.parent.name, "landmarks_mm": error, **about}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found), encoding="utf-8")
    return [found[case.name] for case in cases]


def line(group: str, which: str, entries: list[dict]) -> dict:
    """A row of the table."""
    mtre = [entry.get("mtre_mm", np.inf) for entry in entries]
    across = [
        entry.get("in_plane_mm", np.inf) < WITHIN_MM and entry.get("rotation_deg", np.inf) < WITHIN_DEG for entry in entries
    ]
    wrong = sum(bool(entry.get("trusted")) and entry["mtre_mm"] > 5 for entry in entries)
    return {
        "X-rays": group,
        "weights": which,
        "landmark error": f"{np.nanmedian([entry['landmarks_mm'] for entry in entries]):.1f} mm",
        "below 2 mm": share(error < 2 for error in mtre),
        "right across the view": share(across),
        "median mTRE": median(mtre),
        "trusted, over 5 mm off": str(wrong),
        "processor time, median": median([e["core_seconds"] for e in entries if "core_seconds" in e], "core-s"),
    }
