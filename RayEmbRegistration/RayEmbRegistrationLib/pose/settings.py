"""What a registration is asked: its choices."""

from __future__ import annotations

from dataclasses import dataclass

METHODS = ("rayemb", "search", "both", "fixed-landmarks", "reconstruction", "intensity")
OVERLAY, POSITION = "overlay", "position"
PURPOSES = (OVERLAY, POSITION)
"""What a pose is used for: drawing on the X-ray, which needs it right across the view; or places in space, with depth."""
OVERLAY_TOLERANCE_MM, POSITION_TOLERANCE_MM = 2.0, 5.0
"""Errors allowed unless a user says otherwise, chosen: of what is drawn 2 mm, about the width of a pin; in space 5 mm, half
of what is a failure of a pelvis in the literature (Grupp et al., IEEE Trans. Med. Imaging 39, 2020)."""


@dataclass(frozen=True)
class RegistrationSettings:
    """Choices of a registration; the defaults suit a first try.

    Attributes:
        view: name of the prior on the view, a key of ``pose.views.VIEW_PRIORS``: "ap", "pa", "lateral" or "any"; None: the
            one that the CT was prepared for.
        start_rotation_deg, start_translation_mm: how far a given start pose may be off.
        depth_mm: (least, most) distance of the bone's centre from the source; from the geometry where None.
        held: degrees of freedom that keep the start pose's value, among "rx", "ry", "rz", "x", "y", "depth" (camera axes).
        bones: label numbers that move apart, each getting a pose of its own; () for one rigid whole.
        joint_limits: how far a bone may turn (degrees) in its joint and leave it (mm), as standard deviations; None: it is
            not held by a joint at all.
        mirrored: whether the image is flipped left to right; None: tried both ways where the first is not convincing.
        refine_only: start from the given pose and do not look elsewhere.
        seed: of every random choice.
        method: how a pose is found without a start pose, one of ``METHODS``: "rayemb" (landmarks by the templates the CT was
            prepared with), "search" (no network), "both" (rayemb, then the search where that does not convince),
            "fixed-landmarks" (a network for this patient's own points), "reconstruction" (a network that reconstructs this
            patient's bone from the X-ray), "intensity" (the baseline of DiffDRR, from a default or the given pose). None:
            "both" where the CT was prepared with templates, else "search".
        redetect: after a first pose, detect again by templates rendered around it.
        trust: what the pose is for, "overlay" (what is drawn on the X-ray) or "position" (places in space); None: the
            overlay of one view, the position of several. Both are judged; this one decides whether a result is trusted.
        overlay_tolerance_mm, position_tolerance_mm: error that is allowed for either: of the bone's points as they are drawn
            on the X-ray (mm at the bone), and in space.
        seconds: time to register; the best pose until then is the answer. None: as long as it takes, and the same result on
            any machine.
        widen: whether to look further, where nothing convinces, than what was said of the X-rays: other views, polarities,
            orientations. False where even a right pose cannot convince, as that of a bone of another shape.
    """

    view: str | None = None
    start_rotation_deg: float = 10.0
    start_translation_mm: float = 10.0
    depth_mm: tuple[float, float] | None = None
    held: tuple[str, ...] = ()
    bones: tuple[int, ...] = ()
    joint_limits: tuple[float, float] | None = (15.0, 1.5)
    mirrored: bool | None = None
    refine_only: bool = False
    seed: int = 0
    method: str | None = None
    redetect: bool = False
    trust: str | None = None
    overlay_tolerance_mm: float = OVERLAY_TOLERANCE_MM
    position_tolerance_mm: float = POSITION_TOLERANCE_MM
    seconds: float | None = None
    widen: bool = True
