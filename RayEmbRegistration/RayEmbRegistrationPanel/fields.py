"""The field of each X-ray, found when it is first shown: outlines and filters end there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationScene import imageRun, sceneView
from RayEmbRegistrationScene.nodes import Handle

from .oneJob import OneJob
from .section import Section
from .worker import Failed, Finished

if TYPE_CHECKING:
    from .section import Panel
    from .worker import Run

POLL_MS = 30


class Fields(Section):
    """Looks at each X-ray once, and again where its image is another, in a thread of its own."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._job = OneJob("RayEmbRegistration field", POLL_MS, self._onFound)
        self._seen: dict[tuple[str, int], object] = {}  # registration and row to what tells its image from another

    @property
    def isLooking(self) -> bool:
        """Whether an X-ray is being looked at."""
        return self._job.isBusy

    def update(self) -> None:
        """Look at what has not been looked at."""
        handle = self.panel.handle() if self.parameters is not None else None
        if handle is None or self._job.isBusy:
            return
        for row in range(sceneView.viewCount(handle)):
            key, now = (handle.GetID(), row), sceneView.imageIdentity(handle, row)
            before = self._seen.setdefault(key, None)
            if now is None or now == before:
                continue
            self._seen[key] = now
            isFrame = before is not None and imageRun.frameCount(sceneView.nodeOf(handle, f"View{row + 1}.InputXray")) > 1
            isKnown = before is None and sceneView.isFieldKnown(handle, row)
            image = None if isFrame or isKnown else sceneView.imageShown(handle, row)
            if image is not None:  # the frames of a run have one field
                self._begin(handle, row, image)
                return

    def _begin(self, handle: Handle, row: int, image: np.ndarray) -> None:
        def find(_run: Run) -> tuple[Handle, int, np.ndarray]:
            from RayEmbRegistrationLib.xray.conditioning import find_field

            grey = image if image.ndim == 2 else image.mean(axis=2)
            return handle, row, fieldOfMask(find_field(grey).mask)

        self._job.start(find)

    def _onFound(self, end: Finished | Failed) -> None:
        """Keep it; where nothing of the image is usable, or a package is missing, the whole image is the field."""
        if isinstance(end, Finished):
            handle, row, field = end.value
            if sceneView.isAlive(handle):
                sceneView.keepField(handle, row, field)
                sceneView.applyOverlay(handle, row)
                self.panel.filters.update()
        self.update()

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._job.forget()
        self._seen.clear()

    def cleanup(self) -> None:
        """The panel goes."""
        self._job.close()


def fieldOfMask(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool, where an X-ray shows anything: what may be used, and what lies amid that, such as metal."""
    from scipy.ndimage import binary_fill_holes

    return np.asarray(binary_fill_holes(mask))
