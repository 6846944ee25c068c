"""Where each view by itself would put the bone: how a rig whose cameras do not stand where they should shows at all.

Views that contradict each other by many pixels pull the common pose to a place that suits none of them, from which no
derivative tells by how much. Each refined by itself finds its own place again; how far apart those are is what the rig is
off, or what else makes the views disagree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.levels import Level, NotInViewError
from RayEmbRegistrationLib.pose.alignment.schedule import Schedule, around, refine_by_schedule
from RayEmbRegistrationLib.pose.problem import Problem

# Levels of ``REFINE_ONLY`` with fewer steps: the common pose is near; chosen.
APART = Schedule((Level(64, 5, 4), Level(128, 7, 5), Level(192, 9, 3)), (1, 1, 1))
ENOUGH_TO_MEASURE = 0.35  # similarity; chosen: a view that agrees less may be another pose, and accuses cameras of that
# One level coarser, for a view that this leaves far off; chosen.
WIDER = Schedule((Level(32, 5, 5), Level(64, 5, 4), Level(128, 7, 6), Level(192, 9, 3)), (4, 1, 1, 1))
WIDER_SIZE, WIDER_COUNT = (4.0, 20.0), 24  # degrees and mm around the common pose, for a view that this leaves far off


def taken_apart(problem: Problem, pose: Poses) -> list[Poses]:
    """Each view's own pose, its own camera from RAS; the common one where the bone leaves a view."""
    found, rng = [], np.random.default_rng(0)
    for view in problem.views:
        own = pose.seen_from(view.camera_from_first)
        limits = replace(problem.limits, depth_mm=None, prior=None)  # both are of the first view
        alone = replace(problem, views=(replace(view, camera_from_first=np.eye(4)),), limits=limits)
        try:
            best = refine_by_schedule(alone, own, APART, rng)
            if best.similarity < ENOUGH_TO_MEASURE:
                poses = around(own.numpy[0], problem.limits.center_ras, WIDER_SIZE, WIDER_COUNT, rng).to(own.device)
                other = refine_by_schedule(alone, poses, WIDER, rng)
                best = other if other.evidence > best.evidence else best
            found.append(best.pose)
        except NotInViewError:
            found.append(own)
    return found


def rig_from(problem: Problem, poses: list[Poses]) -> tuple[Problem, np.ndarray]:
    """The problem with the cameras where the views' own poses put them, and by how much that is beside where they were.

    Returns:
        The problem, whose pose is the first view's own one; and (V - 1, 6) turns (rad) about the bone's centre and shifts
        (mm) of the bone in each further view, its own axes.
    """
    first, moved, center = poses[0].numpy[0], [], problem.limits.center_ras
    views = [problem.views[0]]
    for view, pose in zip(problem.views[1:], poses[1:], strict=True):
        own, given = pose.numpy[0], view.camera_from_first @ first
        turn = Rotation.from_matrix(own[:3, :3] @ given[:3, :3].T).as_rotvec()
        moved.append(np.concatenate([turn, (own - given)[:3, :3] @ center + (own - given)[:3, 3]]))
        views.append(replace(view, camera_from_first=own @ np.linalg.inv(first)))
    return replace(problem, views=tuple(views)), np.array(moved).reshape(-1, 6)
