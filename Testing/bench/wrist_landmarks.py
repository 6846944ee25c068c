"""A real radius in single X-rays, nothing known of the view, landmarks alone: before and after training on that bone."""

import numpy as np
import wrist
from common import DATA, Benchmark, needed, row, share, tuned

MINUTES = 4.0
ROTATION_DEG, IN_PLANE_MM = 5.0, 2.0


def run(quick: bool = False, minutes: float = MINUTES) -> Benchmark:
    """Two frames of two views, each by itself (one if quick)."""
    shipped = prepared_radius()
    better, spent = tuned(shipped, 0.1 if quick else minutes)
    rows, entries = [], []
    for name, prepared in (("as shipped", shipped), ("fine-tuned", better)):
        print(f"  {name}:", flush=True)
        found = deviations(prepared, "rayemb", 1 if quick else None)
        right = [is_right(each) for each in found]
        wrong = sum(each.trusted and not good for each, good in zip(found, right, strict=True))
        rows += [
            row(f"{name}: within {words()}", "3 of 4" if prepared is better else "", share(right)),
            row(f"{name}: trusted although wrong", "none", str(wrong)),
            row(f"{name}: time, median", "", f"{np.nanmedian([each.seconds for each in found]):.1f} s"),
        ]
        entries += [{"weights": name, **each.entry()} for each in found]
    note = (
        f"Fine-tuned in {spent}. "
        "Real X-rays, one view each, view prior 'any', no start pose; among carpal bones and the ulna, which the CT of the "
        "isolated radius lacks. The reference comes from registering both views of the pair."
    )
    return Benchmark(rows, entries, note)


def prepared_radius():
    """The radius, with templates all around it by the shipped weights."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    settings = PrepareSettings(view="any", library=False, weights=shipped_weights_path())
    return prepare(open_ct(needed(DATA / "wrist") / "radius.nrrd").volume, settings)


def deviations(prepared, method: str, most: int | None = None) -> list[wrist.Deviation]:
    """Each view by itself; one without a pose is infinitely far."""
    views = [wrist.read_view(DATA / "wrist", frame, camera) for frame in wrist.FRAMES for camera in wrist.CAMERAS]
    found = []
    for view in views[:most]:
        try:
            found.append(wrist.register_views(prepared, [view], None, (0.0, 0.0), view.name, method))
        except ValueError as error:
            print(f"  {view.name}: {error}", flush=True)
            found.append(wrist.Deviation.of_none(view.name))
    return found


def is_right(deviation: wrist.Deviation) -> bool:
    """Within what is asked of a single view; depth is hardly seen."""
    return deviation.rotation_deg < ROTATION_DEG and deviation.in_plane_mm < IN_PLANE_MM


def words() -> str:
    """The limits."""
    return f"{ROTATION_DEG:g} degrees and {IN_PLANE_MM:g} mm in-plane"
