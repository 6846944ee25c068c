"""Radius and ulna of a real wrist from two clicks on the bone's ends in an X-ray: one view, and both.

Clicks are where the reference has the ends, and off by a Gaussian on the detector.
"""

from dataclasses import replace

import numpy as np
from common import DATA, Benchmark, needed
from wrist import (
    BONES,
    BOTH_LIMIT,
    CAMERAS,
    FRAMES,
    SINGLE_LIMIT,
    find_references,
    placed_at,
    read_view,
    register_views,
    rows_of,
)

CLICKS = 5  # pairs of clicks a view
CLICK_MM = 2.0  # standard deviation on the detector, of each coordinate; chosen: a hand's


def run(quick: bool = False) -> Benchmark:
    """All clicks (one each if quick)."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.pose.landmarks.bone_ends import ends_of
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    folder, clicks = needed(DATA / "wrist"), 1 if quick else CLICKS
    settings = PrepareSettings(view="any", weights="none")
    bones = {bone: prepare(open_ct(folder / f"{bone}.nrrd").volume, settings) for bone in BONES}
    references = {frame: find_references(folder, bones, frame) for frame in FRAMES}
    rows, every = [], []
    for bone, prepared in bones.items():
        ends, single, both = ends_of(prepared.bone_points_ras), [], []
        for f, frame in enumerate(FRAMES):
            views = placed_at(references[frame][bone].pose, [read_view(folder, frame, camera, bone) for camera in CAMERAS])
            rng = np.random.default_rng([f, 17])
            for click in range(clicks):
                clicked = []
                for view in views:
                    pixels = view.camera.project(view.start.apply(ends))
                    off = rng.normal(0, CLICK_MM, (2, 2)) / view.camera.pixel_spacing_mm
                    clicked.append(replace(view, ends_px=(pixels + off)[rng.permutation(2)]))
                for view in clicked:
                    single.append(register_views(prepared, [view], None, (0.0, 0.0), f"{bone}, {view.name}, click {click}"))
                both.append(register_views(prepared, clicked, None, (0.0, 0.0), f"{bone}, frame {frame}, click {click}"))
        rows += rows_of(f"{bone}, one view, two clicks", single, SINGLE_LIMIT, "-")
        rows += rows_of(f"{bone}, both views, two clicks each", both, BOTH_LIMIT, "-")
        every += [*single, *both]
    note = (
        f"Real X-rays, {clicks} clicks a view, off by {CLICK_MM:g} mm (standard deviation) on the detector; no start pose."
    )
    return Benchmark(rows, [deviation.entry() for deviation in every], note)
