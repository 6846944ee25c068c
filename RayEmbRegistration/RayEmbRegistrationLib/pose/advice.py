"""What a user should know of how a pose was found, and what would help most where it is not to be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras

from .alignment.schedule import Solution
from .group import Group
from .plan import RIVALS, convincing
from .views import VIEW_PRIORS, view_of_angles

MARGIN_DEG = 8.0  # a pose so far beyond the prior's rim still lies within what refinement closes: half a step and more


def contradictions(given: Group, taken: Group, solution: Solution) -> list[str]:
    """What a pose that fits says against what the user said, one sentence each.

    Args:
        given: the X-rays as they were given.
        taken: as the pose takes them.
        solution: the pose.
    """
    said: list[str | None] = []
    if taken.is_mirrored and not given.is_mirrored:
        said.append("the X-ray fits only when flipped left to right (mirrored); check its orientation")
    for view, flag in zip(given.views, solution.polarities, strict=True):
        if flag not in view.polarities:
            found, told = ("bright", "dark") if flag else ("dark", "bright")
            said.append(f"the X-ray fits only with {found} bone, though it was said to have {told} bone; check its polarity")
    if given.start is None and solution.similarity >= convincing(len(given.views)):
        first = solution.pose.rigid[0]
        for view, name in zip(given.views, given.view_priors, strict=True):
            is_own = view is given.views[0] or view.prior is not None
            said.append(_against_view(name, RigidTransform.from_matrix(view.camera_from_first) @ first) if is_own else None)
    return list(dict.fromkeys(sentence for sentence in said if sentence))


def advice(given: Group, solution: Solution, tried: Sequence[str]) -> str:
    """What would help most with a pose that is not trusted."""
    fits = solution.similarity >= convincing(len(given.views))
    if fits and solution.runner_up is not None and solution.runner_up > RIVALS:
        return "what would help most: a rough pose or a second view, which tell apart the poses that fit alike"
    if fits:
        more = "a second, calibrated view" if len(given.views) == 1 else "the distance and spacing of each camera"
        return f"what would help most: {more}"
    if given.start is not None:
        return (
            f"no pose near the {given.start.by} fits; what would help most: a nearer one, a larger uncertainty of it, or to "
            "register without"
        )
    if "wider search" in tried:
        looked = "no view from any side, turned any way" + ("" if given.settings.mirrored is not None else " or flipped")
        checks = "that the CT shows this bone, and the camera's distance and spacing"
        if len(given.views) > 1:
            checks += ", and that every camera's place in the rig (world_to_camera) is that of this X-ray"
        return f"{looked}, fits; what would help most: a rough pose (drag the bone, or four landmark pairs); check {checks}"
    return "what would help most: a rough pose (drag the bone, or four landmark pairs), or the method 'both' or 'search'"


def _against_view(name: str, pose: RigidTransform) -> str | None:
    """That a pose lies outside a named view prior; None where it does not."""
    prior = VIEW_PRIORS[name]
    angles = c_arm_of_camera_from_ras(pose)
    in_plane = angles.in_plane_deg
    if prior.in_plane_deg < 180 and abs(in_plane) > prior.in_plane_deg + MARGIN_DEG:
        return (
            f"the X-ray is turned by {in_plane:.0f} degrees in its plane, not upright as the view '{name}' has it; turn it "
            "or choose the view 'any'"
        )
    low, high = (bound + side * MARGIN_DEG for bound, side in zip(prior.primary_deg, (-1, 1), strict=True))
    around = [angles.primary_deg + turns for turns in (-360, 0, 360)]
    is_inside = any(low <= angle <= high for angle in around)
    is_inside &= abs(angles.secondary_deg) <= prior.secondary_deg[1] + MARGIN_DEG
    if is_inside or prior.in_plane_deg >= 180:
        return None
    better = view_of_angles(angles.primary_deg, angles.secondary_deg)
    return (
        f"the X-ray was taken at {angles.primary_deg:.0f}/{angles.secondary_deg:.0f} degrees (primary/secondary), not in "
        f"the view '{name}'; choose the view '{better}'"
    )
