"""Real implants of metal registered as a CT is, from two views and a start nearby: what it is that their DRR saturates.

Bodies, frames and references are those of ``tracking``; the starts are others, and none of them was looked at before.
"""

import json
from dataclasses import replace

import numpy as np
from common import Benchmark, median, needed, row, share
from RayEmbRegistrationLib.application.open_bodies import open_bodies
from RayEmbRegistrationLib.application.open_sequence import open_sequence
from RayEmbRegistrationLib.application.track_bodies import open_body
from RayEmbRegistrationLib.bodies.naming import parse_body
from RayEmbRegistrationLib.drr import opacity
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.registration import PrepareSettings, prepare, register
from tracking import KNEE, NAMES, error, start_near

STARTS = 10  # of each body
SEED = 5117
NO_SATURATION = 1e6  # far above every line integral


def run(quick: bool = False) -> Benchmark:
    """With and without saturation, from the same starts."""
    rows, cases = [], []
    for words, limit in (("saturating DRR", opacity.SATURATION), ("line integrals as they are", NO_SATURATION)):
        own = registered(limit, 1 if quick else STARTS)
        cases += [{"drr": words, **case} for case in own]
        rows.append(
            row(f"{words}: within 1 mm and 2 degrees", "-", share([c["mm"] <= 1 and c["degrees"] <= 2 for c in own]))
        )
        rows.append(row(f"{words}: translation, median", "-", median([case["mm"] for case in own])))
        rows.append(row(f"{words}: rotation, median", "-", median([case["degrees"] for case in own], "degrees")))
        rows.append(row(f"{words}: similarity, median", "-", median([case["similarity"] for case in own], "").strip()))
        rows.append(row(f"{words}: trusted in space", "-", share([case["trusted"] for case in own])))
        wrong = sum(case["trusted"] and (case["mm"] > 2 or case["degrees"] > 3) for case in own)
        rows.append(row(f"{words}: of them over 2 mm or 3 degrees off", "0", f"{wrong}"))
    note = (
        "Femoral and tibial implant of a knee, each by itself, both views, `--refine-only` from within 5 degrees and 5 mm. "
        "The references are good to about 0.3 mm and 0.5 degrees. What is registered is said to be opaque both times, so "
        "that no pixel of it is masked."
    )
    return Benchmark(rows, cases, note)


def registered(limit: float, count: int) -> list[dict]:
    """One case a start."""
    biplane, rng, found = needed(KNEE / "biplane"), np.random.default_rng(SEED), []
    cameras = [open_sequence(biplane / f"frame*_cam{n}.png", biplane / f"cam{n}.mayacam2.txt") for n in (1, 2)]
    kept, opacity.SATURATION = opacity.SATURATION, limit
    try:
        for name in NAMES:
            file = parse_body(f"{biplane / name}.stl:CoCr")
            body = open_body(file)[0]
            prepared = prepare(open_bodies([file]).volume, PrepareSettings(view="any", library=False, weights="none"))
            references = json.loads((biplane / f"{name}.reference.json").read_text())
            for _ in range(count):
                frame = int(rng.integers(24))
                reference = RigidTransform.from_matrix(np.array(references[str(frame)]["world_from_model"]))
                start = start_near(body, reference, rng, 5, 5)
                views = [sequence.view(frame) for sequence in cameras]
                views = [replace(view, start=view.camera_from_rig @ start) for view in views]
                settings = RegistrationSettings(view="any", refine_only=True, start_rotation_deg=5, start_translation_mm=5)
                result = register(prepared, views, settings)
                pose = views[0].camera_from_rig.inverse() @ result.views[0].camera_from_ras
                mm, degrees = error(body, reference, pose)
                about = {"body": name, "frame": frame, "mm": round(mm, 3), "degrees": round(degrees, 3)}
                quality = result.quality
                about |= {"similarity": round(float(quality.similarity), 3), "trusted": bool(quality.position.trusted)}
                found.append(about)
                print(f"  {about}", flush=True)
    finally:
        opacity.SATURATION = kept
    return found
