"""Which frames are tracked: the one that is shown, and a range around it; the slider that moves all X-rays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from RayEmbRegistrationScene import imageRun, trackedPoses
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from . import trackInputs
from .logicTracking import StartPose
from .section import Section, quietly

if TYPE_CHECKING:
    from .section import Panel


class TrackRange(Section):
    """Frames are counted from 1 in the panel, from 0 here."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._common = range(0)
        self.ui.trackTogetherButton.connect("clicked(bool)", self.onTogether)
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
        return sorted(frame for frame in known if frame in self._common)

    def onLeaveOut(self, isLeftOut: bool) -> None:
        """The frame that is shown is tracked, or not."""
        others = [frame for frame in self.leftOut() if frame != self.here()]
        self.parameters.trackLeftOut = [str(frame) for frame in sorted([*others, *([self.here()] if isLeftOut else [])])]

    def problem(self) -> str | None:
        """Why tracking cannot start from the frame that is shown, in a sentence."""
        if self._common and self.here() not in self._common:
            return trackInputs.notTogether(self._common)
        if self.here() not in self.leftOut():
            return None
        return _("Frame {number} is left out; go to another one to start from, or untick it.").format(number=self.here() + 1)

    def goTo(self, frame: int) -> None:
        """Let all X-rays show a frame."""
        self.panel.history.settle()  # what was moved by hand a moment ago is of the frame before
        nodes = [node for node in self.panel.xrays.nodes if node is not None]
        for row, (node, offset) in enumerate(zip(nodes, imageRun.offsetsOf(nodes), strict=True)):
            own = frame + offset
            if 0 <= own < imageRun.frameCount(node) and imageRun.frameOf(node) != own:
                self.panel.frames.choose(row, own)

    def frameOf(self, node: Node) -> int:
        """The frame that an X-ray shows, as the first X-ray of several frames counts it."""
        runs = self._runs()
        offsets = dict(zip((run.GetID() for run in runs), imageRun.offsetsOf(runs), strict=True))
        return imageRun.frameOf(node) - offsets.get(node.GetID(), 0)

    def onTogether(self, _checked: bool = False) -> None:
        """The frames that are shown were taken at the same time."""
        imageRun.keepOffsets(self._runs())
        self.panel.track.update()

    def _aboutTogether(self, ownBrowsers: bool, isTracked: bool) -> str:
        if isTracked:
            return _("These X-rays are tracked with the frames that belong together; start a new registration for others.")
        if not ownBrowsers:
            return _("One browser steps these X-rays together; give each its own to say which frames belong together.")
        return _("Go to frames that were taken at the same time in the table of X-rays, then press this.")

    def _together(self, runs: list[Node]) -> str:
        """Which frames were taken together, in words; empty where it is the same number of each."""
        offsets, frame = imageRun.offsetsOf(runs), self._common.start
        if not any(offsets) or not self._common:
            return ""
        words = _("frame {number} of {name}")
        own = [
            words.format(number=frame + offset + 1, name=run.GetName()) for run, offset in zip(runs, offsets, strict=True)
        ]
        return _("Together: {frames}, and so on.").format(frames=", ".join(own))

    def update(self, idle: bool = True) -> None:
        """Another number of frames is another sequence, all of which is tracked."""
        runs = self._runs()
        common = imageRun.commonFrames(runs)
        count = len(common)
        first, last, slider = self.ui.trackFirstSpinBox, self.ui.trackLastSpinBox, self.ui.trackFrameSlider
        if common != self._common:
            self._common = common
            ends = (common.start + 1, common.stop) if count else (1, 1)
            for box, value in zip((first, last), ends, strict=True):
                quietly(box, partial(box.setRange, *ends))
                quietly(box, partial(box.setValue, value))
            quietly(slider, self._span)
        if slider.value != self.here() + 1:
            quietly(slider, partial(slider.setValue, float(self.here() + 1)))
        for widget in (first, last, self.ui.trackStepSpinBox, self.ui.trackDirectionComboBox):
            widget.enabled = idle and count > 1
        slider.enabled = idle and count > 1
        ownBrowsers = len({imageRun.browserOf(run) or run for run in runs}) == len(runs)
        together = self.ui.trackTogetherButton
        together.visible = len(runs) > 1
        isTracked = bool(trackedPoses.trackedFrames(self.panel.handle()))
        together.enabled = idle and ownBrowsers and not isTracked
        together.toolTip = self._aboutTogether(ownBrowsers, isTracked)
        said = self._together(runs)
        self.ui.trackOffsetLabel.text, self.ui.trackOffsetLabel.visible = said, bool(said)
        box, left = self.ui.trackLeaveOutCheckBox, self.leftOut()
        quietly(box, lambda: box.setChecked(self.here() in left))
        box.enabled = idle and count > 1
        numbers = ", ".join(str(frame + 1) for frame in left)
        box.text = _("Leave this frame out ({numbers} are)").format(numbers=numbers) if left else _("Leave this frame out")

    def _span(self) -> None:
        ends = (self._common.start + 1, self._common.stop) if self._common else (1, 1)
        self.ui.trackFrameSlider.minimum, self.ui.trackFrameSlider.maximum = (float(end) for end in ends)

    def forget(self) -> None:
        """Another scene's sequence."""
        self._common = range(0)
