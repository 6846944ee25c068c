"""An adjustment while it runs: DRRs and bones as the solver moves them, now and then, and gone when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle
from RayEmbRegistrationScene.verdict import holdsStill

from .section import Section

if TYPE_CHECKING:
    import numpy as np
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform
    from RayEmbRegistrationLib.pose.joint.bodies import Bodies
    from RayEmbRegistrationLib.pose.joint.solve import JointProblem
    from RayEmbRegistrationLib.pose.joint.state import State
    from RayEmbRegistrationLib.pose.view import View

    from .section import Panel
    from .worker import Run

EVERY_S, TIMES = 0.15, 6.0
"""Previews follow each other no faster, nor than so many times what one takes: the solver has its time."""


@dataclass(frozen=True, eq=False)
class OnItsWay:
    """What a preview shows, as plain data.

    Attributes:
        drrs: one an X-ray.
        shapes: number of a body to its surface, where bones move apart.
        motions: number of a body to how it has moved.
    """

    drrs: Sequence[np.ndarray]
    shapes: Mapping[int, Any]
    motions: Mapping[int, RigidTransform]


def handedOut(run: Run) -> Callable[[JointProblem, State, Sequence[View]], None]:
    """What the library is to call, in the job's thread. It touches no node."""
    next_s, shapes = 0.0, dict[int, Any]()
    shown: Bodies | None = None

    def preview(joint: JointProblem, state: State, views: Sequence[View]) -> None:
        nonlocal next_s, shown, shapes
        began = time.perf_counter()
        if began < next_s:
            return
        from RayEmbRegistrationLib.application.glance import glance, shape_of

        if joint.bodies is not shown:
            shown, shapes = joint.bodies, {}
            if len(shown) > 1:
                shapes = {n: sceneView.boneSurface(*shape_of(shown, n), 0.5) for n in range(len(shown))}
        seen = glance(joint, state, views)
        run.preview(OnItsWay(seen.drrs, shapes, seen.motions))
        now = time.perf_counter()
        next_s = now + max(EVERY_S, TIMES * (now - began))

    return preview


class ReconstructPreview(Section):
    """Shows previews, and puts back what was there before."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._of: tuple[Handle, Mapping[str, Any], sceneView.BeforeAdjusting] | None = None

    def start(self, handle: Handle, asked: Mapping[str, Any]) -> None:
        """An adjustment begins; ``asked`` is what it is of."""
        self.panel.pose.stopMoving()
        self.panel.landmarks.stopPlacing()
        self.panel.pose.live.stop()
        self.panel.overlay.drawPlainly(True)
        self._of = handle, asked, sceneView.beginAdjusting(handle)

    def onPreview(self, seen: OnItsWay) -> None:
        """Show one, where what it is of is still shown."""
        if self._of is not None and sceneView.isAlive(self._of[0]) and holdsStill(self._of[0], self._of[1]):
            sceneView.showAdjusting(self._of[0], seen.drrs, seen.shapes, seen.motions)

    def end(self) -> None:
        """Back to what was shown before; to what the scene says now where poses or X-rays are others by now."""
        of, self._of = self._of, None
        if of is None:
            return
        self.panel.overlay.drawPlainly(False)
        handle, asked, before = of
        sceneView.endAdjusting(handle, before)
        if sceneView.isAlive(handle) and not holdsStill(handle, asked):
            for row in range(sceneView.viewCount(handle)):
                self.panel.pose.live.show(handle, row)

    def parametersReplaced(self) -> None:
        """Another scene: nothing is put back in one that goes."""
        if self._of is not None:
            self.panel.overlay.drawPlainly(False)
        self._of = None

    def cleanup(self) -> None:
        """The panel goes while an adjustment runs."""
        self.end()
