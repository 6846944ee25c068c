"""Which frames are tracked: the one that is shown, and a range around it; the slider that moves all X-rays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from RayEmbRegistrationScene import imageRun
from RayEmbRegistrationScene.nodes import Node

from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel


class TrackRange(Section):
    """Frames are counted from 1 in the panel, from 0 here."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._count = 0
        self.ui.trackFrameSlider.connect("valueChanged(double)", lambda value: self.goTo(round(value) - 1))

    def _runs(self) -> list[Node]:
        """X-rays of several frames."""
        return [node for node in self.panel.xrays.nodes if node is not None and imageRun.frameCount(node) > 1]

    def here(self) -> int:
        """The frame that is shown."""
        nodes = self._runs()
        return imageRun.frameOf(nodes[0]) if nodes else 0

    def frames(self) -> list[int]:
        """Frames that are to be tracked: the one that is shown and those of the range on the chosen sides."""
        here, step = self.here(), max(1, int(self.parameters.trackStep))
        first, last = self.ui.trackFirstSpinBox.value - 1, self.ui.trackLastSpinBox.value - 1
        direction = self.parameters.trackDirection.value
        before = range(here - step, first - 1, -step) if direction != "forward" else ()
        after = range(here + step, last + 1, step) if direction != "backward" else ()
        return sorted({here, *(frame for frame in before if frame <= last), *(frame for frame in after if frame >= first)})

    def goTo(self, frame: int) -> None:
        """Let all X-rays show a frame."""
        self.panel.history.settle()  # what was moved by hand a moment ago is of the frame before
        for row, node in enumerate(self.panel.xrays.nodes):
            if node is not None and 0 <= frame < imageRun.frameCount(node) and imageRun.frameOf(node) != frame:
                self.panel.frames.choose(row, frame)

    def update(self, idle: bool = True) -> None:
        """Another number of frames is another sequence, all of which is tracked."""
        count = min((imageRun.frameCount(node) for node in self._runs()), default=0)
        first, last, slider = self.ui.trackFirstSpinBox, self.ui.trackLastSpinBox, self.ui.trackFrameSlider
        if count != self._count:
            self._count = count
            for box, value in ((first, 1), (last, max(1, count))):
                quietly(box, partial(box.setRange, 1, max(1, count)))
                quietly(box, partial(box.setValue, value))
            quietly(slider, self._span)
        if slider.value != self.here() + 1:
            quietly(slider, partial(slider.setValue, float(self.here() + 1)))
        for widget in (first, last, self.ui.trackStepSpinBox, self.ui.trackDirectionComboBox):
            widget.enabled = idle and count > 1
        slider.enabled = idle and count > 1

    def _span(self) -> None:
        self.ui.trackFrameSlider.maximum = float(max(1, self._count))

    def forget(self) -> None:
        """Another scene's sequence."""
        self._count = 0
