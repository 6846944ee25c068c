"""The DRR in a view of its own beside its X-ray; outlines end with the field, before a registration too."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray, start_pose  # noqa: E402
from panel_fixtures import finish  # noqa: E402

pytest_plugins = ["panel_fixtures"]


def composite(host, name):
    widget = host.layoutManager.sliceWidget(name)
    node = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLSliceNode")
    return widget, None if node is None else slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node)


def own(panel, role, row=0):
    from RayEmbRegistrationScene import sceneView

    return sceneView.nodeOf(panel.handle(), f"View{row + 1}.{role}")


def rested(panel, host):
    live = panel.pose.live
    host.wait_until(lambda: not live._job.isBusy and not live._wanted and not live._rest.active, 30, "the DRR at rest")
    host.wait_until(lambda: not panel.overlay.isDrawing and not panel.fields.isLooking, 30, "the pictures")


def round_field(node) -> np.ndarray:
    """Give an X-ray a round field of an intensifier; (H, W) how far each pixel is from its middle, 1 at the rim."""
    pixels = slicer.util.arrayFromVolume(node)[0]
    rows, columns = np.indices(pixels.shape)
    middle = (np.array(pixels.shape) - 1) / 2
    share = np.hypot(rows - middle[0], columns - middle[1]) / (0.44 * pixels.shape[0])
    pixels[share > 1] = 0
    slicer.util.arrayFromVolumeModified(node)
    return share


def test_the_drr_has_a_view_of_its_own_on_request(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    share = round_field(knees[1])
    panel.views.showXrays()
    panel.ui.prepareButton.click()
    finish(host, panel)
    panel.ui.drrBesideCheckBox.click()
    panel.ui.dragCheckBox.click()
    rested(panel, host)
    host.process_events(0.2)
    widget, shown = composite(host, "RayEmbDrr1")
    assert widget.visible
    assert shown.GetBackgroundVolumeID() == own(panel, "Drr").GetID()
    assert shown.GetForegroundVolumeID() is None
    assert widget.mrmlSliceNode().GetLayoutLabel().startswith("DRR of X1")
    xray, over = composite(host, sceneView.NAMES[0])
    assert over.GetBackgroundVolumeID() == own(panel, "Xray").GetID()
    first, second = (each.mrmlSliceNode() for each in (xray, widget))
    assert first.GetSliceToRAS().GetElement(2, 3) == second.GetSliceToRAS().GetElement(2, 3), "the same plane"
    picture = slicer.util.arrayFromVolume(own(panel, "OverlayPicture"))[0]
    height, width = picture.shape[:2]
    rows, columns = (np.indices((height, width)) * np.array(share.shape).reshape(2, 1, 1) // [[[height]], [[width]]]).astype(
        int
    )
    outside, inside = share[rows, columns] > 1.04, share[rows, columns] < 0.96
    assert picture[inside][:, 3].max() > 200
    assert picture[outside][:, 3].max() == 0, "nothing was registered, and the outlines end with the field"
    panel.ui.dragCheckBox.click()
    panel.ui.drrBesideCheckBox.click()
    host.process_events(0.1)
    assert not widget.visible
    assert xray.visible


def test_two_xrays_have_two_drr_views_and_a_scene_remembers_it(knees, panel, host, tmp_path):
    panel.ui.xraySelector.setCurrentNode(add_xray("Second"))
    panel.ui.addXrayButton.click()
    panel.pose.setPose(1, start_pose(), "second")
    panel.ui.prepareButton.click()
    finish(host, panel)
    panel.ui.drrBesideCheckBox.click()
    for row in (0, 1):
        panel.pose.live.show(panel.handle(), row)
    rested(panel, host)
    for row, name in enumerate(("RayEmbDrr1", "RayEmbDrr2")):
        widget, shown = composite(host, name)
        assert widget.visible
        assert shown.GetBackgroundVolumeID() == own(panel, "Drr", row).GetID()
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(path)
    host.process_events(0.3)
    panel.enter()
    host.process_events(0.2)
    assert panel.ui.drrBesideCheckBox.checked
    widget, shown = composite(host, "RayEmbDrr2")
    assert widget.visible
    assert shown.GetBackgroundVolumeID() == own(panel, "Drr", 1).GetID()
