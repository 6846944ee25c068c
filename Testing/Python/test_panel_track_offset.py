"""Two cameras that did not start at the same time: the frames that belong together, told by a click."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_knee, start_pose  # noqa: E402
from panel_fixtures import choose, pose  # noqa: E402
from test_panel_track import rested, track  # noqa: E402
from track_cases import COUNT, geometry, off, pictures, sequences_of  # noqa: E402

pytest_plugins = ["panel_fixtures"]
EARLIER = 2  # frames that the second camera took before the first one's first


def add_rig():
    """The first camera's frames, which a browser of their own shows; a volume of the second's, with others before them."""
    late = np.concatenate([np.repeat(pictures(1)[-1:], EARLIER, axis=0), pictures(1)[: COUNT - EARLIER]])
    first, second = (geometry(row, True) for row in range(2))
    return [*sequences_of([pictures(0)], [first]), *sequences_of([late], [second], "volume")]


def test_frames_that_were_taken_together_are_tracked_together(panel, host, tmp_path):
    from RayEmbRegistrationScene import imageRun, trackedPoses

    nodes = add_rig()
    host.process_events()
    panel.ui.ctSelector.setCurrentNode(add_knee())
    for node in nodes:
        panel.ui.xraySelector.setCurrentNode(node)
        host.process_events()
        panel.ui.addXrayButton.click()
    panel.ui.deviceComboBox.setCurrentIndex(1)
    panel.ui.trackCollapsibleButton.collapsed = False
    host.process_events(0.1)
    assert (panel.ui.trackLastSpinBox.value, panel.ui.trackOffsetLabel.text) == (COUNT, "")
    panel.ui.xrayTable.cellWidget(1, 1).setValue(EARLIER + 1)
    host.process_events()
    panel.ui.trackTogetherButton.click()
    host.process_events()
    words = f"Together: frame 1 of {nodes[0].GetName()}, frame {EARLIER + 1} of {nodes[1].GetName()}, and so on."
    assert panel.ui.trackOffsetLabel.text == words
    common = list(range(COUNT - EARLIER))
    assert panel.ui.trackLastSpinBox.value == panel.ui.trackFrameSlider.maximum == len(common)
    choose(panel.ui.startModeComboBox, "Current pose")
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.xrayTable.cellWidget(0, 1).setValue(COUNT)  # a frame that the other camera did not take
    host.process_events()
    assert f"go to frames 1 to {len(common)}" in panel.ui.trackButton.toolTip
    assert not panel.ui.trackButton.enabled
    panel.ui.xrayTable.cellWidget(0, 1).setValue(1)
    rested(panel, host)
    track(panel, host)
    assert trackedPoses.trackedFrames(panel.handle()) == common
    assert not panel.ui.trackTogetherButton.enabled

    def check(frame):
        """Both X-rays show what was taken together, with the pose of it."""
        rested(panel, host)
        assert [imageRun.frameOf(node) for node in panel.xrays.nodes] == [frame, frame + EARLIER]
        for row in range(2):
            assert off(pose(panel, row), frame, row)[0] < 0.5, (frame, row)

    panel.ui.trackFrameSlider.setValue(3)
    check(2)
    panel.ui.xrayTable.cellWidget(1, 1).setValue(EARLIER + 2)  # where one is stepped, the other follows
    check(1)
    assert slicer.util.saveScene(str(tmp_path / "rig.mrb"))
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(tmp_path / "rig.mrb"))
    host.process_events(0.2)
    assert panel.ui.trackOffsetLabel.text == words
    panel.ui.trackFrameSlider.setValue(1)
    check(0)
