"""The network for any anatomy that comes with the package, on X-rays of patients that it was not trained on.

Patients are those of full_size.py: STS_044 of ``limb_ct``, and CTs in the folder that RAYEMB_LEFT_OUT_CTS names; X-rays by
Siddon's method. One X-ray does not show the depth, so that the mean depth of the bone in view is told, as a pose would.
"""

from dataclasses import replace

import numpy as np
from common import NotHereError, median, opened, row, share

EASY, HARD = "limbs of patients left out, easy", "limbs of patients left out, hard"
PER_GROUP, QUICK = 50, 2
LOOKED_AT = 5  # of each easy patient, while the weights were chosen among two; left out here
LEAST_RAYS = 20  # through bone that is both there and seen, below which its depth is not compared
SIDE_PX = 256  # of the true surfaces


def generic_rows(quick: bool = False) -> list[dict]:
    """Rows for easy and hard X-rays; none where the CTs are not here."""
    import full_size

    rows = []
    for group in full_size.GROUPS:
        if group.name not in (EASY, HARD):
            continue
        try:
            patients = list(full_size.patients_of(replace(group, count=PER_GROUP)))
        except NotHereError as absent:
            print(f"  {group.name} left out: {absent}")
            continue
        first = LOOKED_AT if group.name == EASY else 0
        own = [seen for patient in patients for seen in looks(patient, first, QUICK if quick else PER_GROUP)]
        deep = [one for one in own if one["depth_mm"] is not None]
        name = f"any anatomy, {group.name} ({len(own)} X-rays, {len(patients)} patients)"
        rows += [
            row(f"{name}: bone or not, intersection over union", "", f"{np.median([one['iou'] for one in own]):.2f}"),
            row(f"{name}: bone found", "", share(one["depth_mm"] is not None for one in own)),
            row(f"{name}: depth of entry and exit, median error", "", median([one["depth_mm"] for one in deep])),
            row(f"{name}: the same of a plane at the mean depth", "", median([one["plane_mm"] for one in deep])),
            row(f"{name}: thickness of bone, median error", "", median([one["thickness_mm"] for one in deep])),
            row(f"{name}: the same of the mean thickness", "", median([one["mean_thickness_mm"] for one in deep])),
            row(
                f"{name}: depths within 95 % of what the network says",
                "95 %",
                f"{100 * np.mean([one['within'] for one in deep]):.0f} %",
            ),
        ]
    return rows


def looks(patient, first: int, count: int) -> list[dict]:
    """What the network says of a patient's X-rays against the CT at its true pose."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    prepared = prepare(open_ct(patient.ct_path).volume, PrepareSettings(library=False, weights="none"))
    return [look(prepared, case) for case in patient.cases[first : first + count]]


def look(prepared, views) -> dict:
    """One X-ray."""
    from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceNetwork
    from RayEmbRegistrationLib.detector.reconstruction import reconstruct
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_surfaces_path
    from RayEmbRegistrationLib.drr.entry_exit import Solid
    from RayEmbRegistrationLib.pose.view import condition_view

    case = views[0]
    network = SurfaceNetwork.from_weights(*load_encoder(shipped_surfaces_path()))
    view = condition_view(opened(case, tell_polarity=True), np.eye(4))
    radiograph = next(iter(view.under_each_polarity().values()))
    camera = radiograph.camera
    small = camera.resample(SIDE_PX, round(SIDE_PX * camera.height / camera.width))
    true = np.stack([each.numpy() for each in Solid(prepared.attenuation, prepared.ras_from_ijk).depths(case.truth, small)])
    middle = float(true[:, np.isfinite(true).all(axis=0)].mean())
    seen = reconstruct(network, radiograph, middle)
    scale = small.width / camera.width
    columns, rows = np.moveaxis(np.round((seen.pixels + 0.5) * scale - 0.5).astype(int), -1, 0)
    inside = (columns >= 0) & (rows >= 0) & (columns < small.width) & (rows < small.height)
    depths = np.full((2, *inside.shape), np.inf)
    depths[:, inside] = true[:, rows[inside], columns[inside]]
    bone = np.isfinite(depths).all(axis=0) & inside
    both = bone & seen.is_bone
    iou = float(both.sum() / max((inside & (bone | seen.is_bone)).sum(), 1))
    if both.sum() < LEAST_RAYS:
        return {"iou": iou, "depth_mm": None}
    off = np.abs(middle * seen.depths - depths)[:, both]
    thick, said = (np.diff(each, axis=0)[0][both] for each in (depths, middle * seen.depths))
    return {
        "iou": iou,
        "depth_mm": float(np.median(off)),
        "plane_mm": float(np.median(np.abs(depths - middle)[:, both])),
        "thickness_mm": float(np.median(np.abs(said - thick))),
        "mean_thickness_mm": float(np.median(np.abs(thick - np.median(thick)))),
        # Laplace: within ln 20 scales lie 95 in a hundred.
        "within": float((off < np.log(20) * middle * seen.depth_scales[:, both]).mean()),
    }
