"""How well an X-ray fits a pose that is being moved: one figure, as often as a DRR is drawn."""

from __future__ import annotations

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import NotInViewError
from RayEmbRegistrationLib.pose.alignment.soft_tissue import explaining
from RayEmbRegistrationLib.pose.group import POINTS_STEP
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View, condition_view
from RayEmbRegistrationLib.quality.assessment import similarity_by_view
from RayEmbRegistrationLib.registration import PreparedCT, XrayView


class LiveFit:
    """An X-ray that is conditioned once, when it is first compared.

    Args:
        view: the X-ray; its start is of no concern.
    """

    def __init__(self, view: XrayView) -> None:
        self._view = view
        self._conditioned: tuple[View, ...] = ()

    def similarity(self, prepared: PreparedCT, pose: RigidTransform) -> float | None:
        """The similarity that the verdict on this pose would name for this view, -1 to 1; None where no bone is in it.

        Args:
            prepared: the CT.
            pose: camera_from_ras, of the stored image.

        Raises:
            InputProblem: nothing usable in the X-ray.
        """
        if not self._conditioned:
            view = condition_view(self._view, np.eye(4))
            self._conditioned = tuple(view.taken_as(flag) for flag in view.polarities)
        limits = Limits(prepared.center_ras, prepared.bone_points_ras[::POINTS_STEP])
        try:
            with torch.no_grad():
                poses = Poses.of(pose.matrix, prepared.device)
                problems = [explaining(Problem((view,), prepared, limits), poses)[0] for view in self._conditioned]
                return max(similarity_by_view(problem, poses)[0] for problem in problems)
        except NotInViewError:
            return None
