"""An X-ray is shown with more contrast, inverted, as edges, smooth: its voxels stay, no selector offers the picture."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray, state_of  # noqa: E402
from panel_fixtures import slice_view  # noqa: E402
from RayEmbRegistrationScene.filterPicture import filtered  # noqa: E402
from RayEmbRegistrationScene.plainData import FilterSettings  # noqa: E402

pytest_plugins = ["panel_fixtures"]


@pytest.fixture
def shot(panel, host):
    node = add_xray()
    panel.ui.xraySelector.setCurrentNode(node)
    host.process_events()
    panel.ui.addXrayButton.click()
    host.process_events(0.1)
    return node


def action(panel, words):
    return next(one for one in panel.ui.filterButton.menu().actions() if one.text == words)


def choose(panel, host, words):
    action(panel, words).trigger()
    host.wait_until(lambda: not panel.filters.isDrawing and not panel.fields.isLooking, 20, "the filtered picture")
    host.process_events(0.1)


def own(panel, role):
    from RayEmbRegistrationScene import sceneView

    return sceneView.nodeOf(panel.handle(), f"View1.{role}")


def background(host):
    node = slice_view(host).mrmlSliceNode()
    return slicer.mrmlScene.GetNodeByID(slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node).GetBackgroundVolumeID())


def rest(panel, host):
    host.wait_until(lambda: not panel.history._soon.active, 5, "the end of a change")


def test_filters_leave_the_data_alone_and_undo_brings_the_display_back(shot, panel, host):
    before, copy = state_of(shot), slicer.util.arrayFromVolume(own(panel, "Xray")).tobytes()
    plain = background(host)
    for words in ("Contrast", "Smooth", "Edges", "Invert"):
        choose(panel, host, words)
        assert action(panel, words).checked
        assert background(host) is own(panel, "FilteredXray"), words
        rest(panel, host)
    assert panel.ui.filterButton.text == "Contrast + Invert + Edges + Smooth"
    assert state_of(shot) == before
    assert slicer.util.arrayFromVolume(own(panel, "Xray")).tobytes() == copy
    for left in ("Contrast + Edges + Smooth", "Contrast + Smooth", "Contrast", "Show as it is"):
        panel.ui.undoButton.click()
        host.wait_until(lambda: not panel.filters.isDrawing and not panel.fields.isLooking, 20, "the filtered picture")
        assert panel.ui.filterButton.text == left
    assert background(host) is plain
    assert own(panel, "FilteredXray") is None
    panel.ui.redoButton.click()
    host.wait_until(lambda: own(panel, "FilteredXray") is not None, 20, "the filtered picture")
    choose(panel, host, "As it is")
    assert background(host) is plain


def test_the_picture_is_in_no_selector_and_goes_along_with_the_image(shot, panel, host):
    choose(panel, host, "Edges")
    node = own(panel, "FilteredXray")
    assert node.GetHideFromEditors()
    assert [panel.ui.xraySelector.nodeFromIndex(n) for n in range(panel.ui.xraySelector.nodeCount())].count(node) == 0
    first = slicer.util.arrayFromVolume(node).copy()
    slicer.util.arrayFromVolume(shot)[0] = slicer.util.arrayFromVolume(shot)[0][::-1].copy()
    slicer.util.arrayFromVolumeModified(shot)
    panel.views.showXrays()
    host.wait_until(lambda: not panel.filters.isDrawing and not panel.fields.isLooking, 20, "the picture of the new image")
    now = slicer.util.arrayFromVolume(own(panel, "FilteredXray"))
    np.testing.assert_allclose(now[0], first[0][::-1], atol=1e-3 * float(first.max()))


def test_a_saved_scene_shows_the_xray_as_it_was_shown(shot, panel, host, tmp_path):
    choose(panel, host, "Contrast")
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(path)
    host.process_events(0.3)
    host.wait_until(lambda: not panel.filters.isDrawing and not panel.fields.isLooking, 20, "the filtered picture")
    assert panel.ui.filterButton.text == "Contrast"
    assert background(host) is own(panel, "FilteredXray")
    assert own(panel, "FilteredXray").GetHideFromEditors()


def test_what_each_filter_does():
    rows, columns = np.indices((200, 200))
    noise = np.random.default_rng(0).normal(0, 2.0, (200, 200))
    image = 1000.0 + 3.0 * columns + noise  # a slow course across the field
    image[40:60, 40:60] += 60.0
    image[140:160, 140:160] += 6.0  # a faint thing and a strong one
    field = np.hypot(rows - 99.5, columns - 99.5) < 95
    image[~field] = 0
    smooth = filtered(image, FilterSettings(smooth=True))
    flat = (slice(90, 110), slice(90, 110))
    wanted = 1000.0 + 3.0 * columns
    assert (smooth - wanted)[flat].std() < 0.6 * (image - wanted)[flat].std()
    even = filtered(image, FilterSettings(contrast=True, smooth=True), field)
    strong, faint = (even[a : a + 20, a : a + 20].mean() - even[a - 15 : a - 5, a : a + 20].mean() for a in (40, 140))
    assert faint > 0.15 * strong, "it was a tenth"
    edges = filtered(image, FilterSettings(edges=True), field)
    assert edges[38:62, 38:42].max() > 3 * np.median(edges[field])
    assert edges[~field].max() <= np.percentile(edges[field], 1), "no rim of the field"
    np.testing.assert_array_equal(filtered(image, FilterSettings(invert=True)), image.astype(np.float32))


def test_a_large_xray_is_filtered_in_its_field_of_view():
    image = np.zeros((3000, 2000, 3), np.uint8)
    image[1000:2000, 500:1000] = 200
    picture = filtered(image, FilterSettings(smooth=True))
    assert max(picture.shape) <= 1536
    height, width = picture.shape
    rows, columns = np.nonzero(picture > 100)
    np.testing.assert_allclose((rows.min() / height, (rows.max() + 1) / height), (1 / 3, 2 / 3), atol=2 / height)
    np.testing.assert_allclose((columns.min() / width, (columns.max() + 1) / width), (0.25, 0.5), atol=2 / width)


def test_the_field_is_known_before_anything_is_registered(shot, panel, host):
    rows, columns = np.indices((200, 200))
    round_field = np.hypot(rows - 99.5, columns - 99.5) < 90
    pixels = np.where(round_field, 100 + rows + 20 * np.sin(columns / 9.0), 0).astype(np.uint16)
    node = slicer.util.addVolumeFromArray(pixels[None], np.diag([-1.0, -1.0, 1.0, 1.0]), "Round")
    panel.ui.xraySelector.setCurrentNode(node)
    host.process_events()
    panel.ui.addXrayButton.click()
    host.wait_until(lambda: not panel.fields.isLooking, 20, "the field")
    from RayEmbRegistrationScene.pictureField import fieldAt, fieldOf

    found = fieldAt(fieldOf(panel.handle(), 1), (200, 200))
    rim = np.abs(np.hypot(rows - 99.5, columns - 99.5) - 90) < 3
    assert (found == round_field)[~rim].all()
    choose(panel, host, "Edges")
    picture = slicer.util.arrayFromVolume(own_of(panel, 1, "FilteredXray"))[0]
    assert picture[rim].max() <= np.percentile(picture[round_field], 99)
    choose(panel, host, "Invert")
    node = own_of(panel, 1, "FilteredXray")
    from RayEmbRegistrationScene.overlayDrawing import shownGrey

    assert shownGrey(node)[~round_field & ~rim].max() < 0.05, "beyond the field it stays black"


def own_of(panel, row, role):
    from RayEmbRegistrationScene import sceneView

    return sceneView.nodeOf(panel.handle(), f"View{row + 1}.{role}")
