"""Assess of a pose that was moved by hand: the CT that has not changed is not read, checked and looked up again."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_bones, start_pose  # noqa: E402
from panel_fixtures import finish  # noqa: E402

pytest_plugins = ["panel_fixtures"]


@pytest.fixture
def read(panel, monkeypatch):
    """How often the CT was read for a job."""
    times, request = [], panel.logic.request

    def counted(*args, **kwargs):
        times.append(args)
        return request(*args, **kwargs)

    monkeypatch.setattr(panel.logic, "request", counted)
    return times


def assess(panel, host, shift=0.0):
    panel.pose.setPose(0, start_pose((0.5, 0, 0), (0.2 + shift, 0, 0)), "moved")
    panel.ui.assessButton.click()
    finish(host, panel)
    assert panel.ui.stageLabel.text.startswith("Assessed in"), panel.ui.stageLabel.text
    quality = panel.result.assessed().registered.quality
    return quality.similarity, quality.translation_std_mm, panel.ui.trustLabel.text, panel.ui.resultNotesLabel.text


def test_a_ct_that_has_not_changed_is_not_read_again_and_the_verdict_is_the_same(knees, panel, host, read):
    first = assess(panel, host)
    assert len(read) == 1
    assess(panel, host, 1.0)
    again = assess(panel, host, 1e-4)  # at the very pose the verdict of before holds
    assert len(read) == 1, "nothing of the CT changed"
    np.testing.assert_allclose(again[0], first[0], rtol=1e-3)
    np.testing.assert_allclose(again[1], first[1], rtol=1e-3)
    assert again[2:] == first[2:]
    panel.ui.refineButton.click()
    finish(host, panel)
    assert len(read) == 2
    assess(panel, host, 2.0)
    assert len(read) == 2, "the registration was of the same CT"


def test_another_ct_place_bones_or_device_is_read(knees, panel, host, read):
    assess(panel, host)
    voxels = slicer.util.arrayFromVolume(knees[0])
    voxels[:] = voxels + (voxels > 300) * 10
    slicer.util.arrayFromVolumeModified(knees[0])
    assess(panel, host, 1.0)
    assert len(read) == 2
    panel.ui.segmentationSelector.setCurrentNode(add_bones())
    assess(panel, host, 2.0)
    assert len(read) == 3
    panel.ui.deviceComboBox.setCurrentIndex(0)
    assess(panel, host, 3.0)
    assert len(read) == 4
    assess(panel, host, 4.0)
    assert len(read) == 4
