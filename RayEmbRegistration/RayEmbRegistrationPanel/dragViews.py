"""Moving the bone in all X-ray views at once: whichever the mouse is in, there it is taken hold of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from RayEmbRegistrationScene.nodes import Handle

from .dragPose import DragPose

if TYPE_CHECKING:
    import numpy as np


class DragViews:
    """Takes the events of all views that show an X-ray with a pose.

    Args:
        taken: as for ``DragPose``.
    """

    def __init__(self, taken: Callable[[], object]) -> None:
        self._taken = taken
        self._drags: dict[int, DragPose] = {}

    @property
    def isHeld(self) -> bool:
        """Whether the mouse button is down in one of them, so that the pose may move on."""
        return any(drag.isHeld for drag in self._drags.values())

    @property
    def isMoving(self) -> bool:
        """Whether one of them is moving its pose at this moment."""
        return any(drag.isMoving for drag in self._drags.values())

    @property
    def isOn(self) -> bool:
        """Whether events are taken."""
        return any(drag.isOn for drag in self._drags.values())

    def of(self, row: int) -> DragPose:
        """That of an X-ray.

        Raises:
            KeyError: it is in no view, or has no pose.
        """
        return self._drags[row]

    def start(self, handle: Handle, rows: Iterable[int], centerRas: np.ndarray) -> bool:
        """Take the events of the slice views that show X-rays; False where none does."""
        self.stop()
        drags = {row: DragPose(self._taken) for row in rows}
        self._drags = {row: drag for row, drag in drags.items() if drag.start(handle, row, centerRas)}
        return self.isOn

    def stop(self) -> None:
        """Leave the events to Slicer again."""
        for drag in self._drags.values():
            drag.stop()
        self._drags = {}
