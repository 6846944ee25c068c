"""Which frames are tracked: the one that is shown, and a range around it; the slider that moves all X-rays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from RayEmbRegistrationScene import imageRun
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .logicTracking import StartPose
from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel


class TrackRange(Section):
    """Frames are counted from 1 in the panel, from 0 here."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._count = 0
        self.ui.trackLeaveOutCheckBox.connect("clicked(bool)", self.onLeaveOut)
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
        wanted = {here, *(frame for frame in before if frame <= last), *(frame for frame in after if frame >= first)}
        return sorted(wanted.difference(self.leftOut()))

    def startIs(self) -> StartPose:
        """What the pose of the frame that is shown is taken for."""
        if self.parameters.trackFindStart:
            return StartPose.unknown
        return StartPose.right if self.parameters.trackKeepPose else StartPose.rough

    def leftOut(self) -> list[int]:
        """Frames that are not tracked."""
        known = [int(text) for text in self.parameters.trackLeftOut if text.isdigit()]
        return sorted(frame for frame in known if frame < self._count)

    def onLeaveOut(self, isLeftOut: bool) -> None:
        """The frame that is shown is tracked, or not."""
        others = [frame for frame in self.leftOut() if frame != self.here()]
        self.parameters.trackLeftOut = [str(frame) for frame in sorted([*others, *([self.here()] if isLeftOut else [])])]

    def problem(self) -> str | None:
        """Why tracking cannot start from the frame that is shown, in a sentence."""
        if self.here() not in self.leftOut():
            return None
        return _("Frame {number} is left out; go to another one to start from, or untick it.").format(number=self.here() + 1)

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
        box, left = self.ui.trackLeaveOutCheckBox, self.leftOut()
        quietly(box, lambda: box.setChecked(self.here() in left))
        box.enabled = idle and count > 1
        numbers = ", ".join(str(frame + 1) for frame in left)
        box.text = _("Leave this frame out ({numbers} are)").format(numbers=numbers) if left else _("Leave this frame out")

    def _span(self) -> None:
        self.ui.trackFrameSlider.maximum = float(max(1, self._count))

    def forget(self) -> None:
        """Another scene's sequence."""
        self._count = 0
