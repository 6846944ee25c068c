"""What a registration under way belongs to: the scene's state that it was asked of, to show it or to go back to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Handle

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform


class Running:
    """X-rays, CT and poses as they were when it began, and where the poses went meanwhile."""

    def __init__(
        self, handle: Handle, xrays: Sequence[XrayInput], ct: CtInput, before: dict[int, RigidTransform | None]
    ) -> None:
        self.handle, self.xrays, self.ct, self.before = handle, xrays, ct, before
        self.asked, self.wasRegistered = sceneView.statesOf(handle, ("image",)), bool(handle.GetParameter("View1.Status"))
        self.trajectories: dict[int, list[RigidTransform]] = {}
