"""What a surgeon sees at a glance: what to press, what the answer is worth, what each view shows, what cannot be right."""

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_knee, add_xray, start_pose  # noqa: E402
from panel_fixtures import finish, pose  # noqa: E402
from registration_cases import CAMERA  # noqa: E402

pytest_plugins = ["panel_fixtures"]
SMALL_SCREEN = (1366, 768)


@pytest.fixture
def small(panel, host):
    before = host.mainWindow.size
    host.mainWindow.resize(*SMALL_SCREEN)
    panel.ui.advancedCollapsibleButton.collapsed = True
    panel.ui.sectionsScrollArea.verticalScrollBar().setValue(0)
    host.process_events(0.2)
    yield host
    host.mainWindow.resize(before)


def in_sight(host, widget) -> bool:
    """Whether all of a widget is within the module's panel as it is scrolled."""
    panel = host.mainWindow.modulePanel().viewport()
    corners = (widget.rect.topLeft(), widget.rect.bottomRight())
    return widget.visible and all(panel.rect.contains(widget.mapTo(panel, corner)) for corner in corners)


def test_register_and_the_verdict_are_always_in_sight(small, knees, panel, host):
    panel.ui.refineButton.click()
    finish(host, panel)
    for section in (panel.ui.startCollapsibleButton, panel.ui.advancedCollapsibleButton):
        section.collapsed = False
    scroll = panel.ui.sectionsScrollArea
    host.process_events(0.1)
    bar = scroll.verticalScrollBar()
    assert bar.maximum > 0, "there is something to scroll"
    for place in (0, bar.maximum):
        bar.setValue(place)
        host.process_events(0.05)
        for name in ("registerButton", "trustLabel", "verdictSignLabel", "depthErrorLabel", "stageLabel", "assessButton"):
            assert in_sight(host, getattr(panel.ui, name)), name


def test_from_data_to_result_nothing_needs_scrolling(small, panel, host):
    panel.ui.ctSelector.setCurrentNode(add_knee())
    panel.ui.xraySelector.setCurrentNode(add_xray())
    host.process_events()
    panel.ui.addXrayButton.click()
    host.process_events(0.1)
    for name in ("ctSelector", "addXrayButton", "xrayTable", "startModeComboBox", "registerButton"):
        assert in_sight(host, getattr(panel.ui, name)), name


def test_the_verdict_has_a_colour_and_a_sign(knees, panel, host):
    sign = panel.ui.verdictSignLabel
    assert sign.text == ""
    panel.ui.refineButton.click()
    finish(host, panel)
    trusted = sign.text
    assert "✔" in trusted
    assert panel.ui.stageLabel.text.startswith("Registered in")
    panel.pose.setPose(0, start_pose((4, 4, 4), (9, 9, 0)), "elsewhere")
    assert panel.ui.stageLabel.text == "", "that was said of another pose"
    unassessed = sign.text
    assert "?" in unassessed
    panel.ui.assessButton.click()
    finish(host, panel)
    assert "✘" in sign.text
    colours = {text.split("color:")[1].split(";")[0] for text in (trusted, unassessed, sign.text)}
    assert len(colours) == 3
    panel.ui.undoButton.click()
    assert sign.text == trusted


def test_the_legend_stands_beside_the_switches(panel):
    shown = {}
    for name in ("detectedCheckBox", "reprojectedCheckBox", "rejectedCheckBox", "residualsCheckBox", "sourceCheckBox"):
        icon = getattr(panel.ui, name).icon
        image = icon.pixmap(16, 16).toImage()
        middle = image.pixelColor(image.width() // 2, image.height() // 2)
        shown[name] = (middle.red(), middle.green(), middle.blue())
    assert shown["detectedCheckBox"] == (0, 255, 255)
    assert len(set(shown.values())) == len(shown)


def test_geometry_that_is_known_is_folded_and_what_is_missing_is_open(panel, host):
    panel.xrays.add(add_xray("Known"))
    host.process_events()
    assert panel.ui.geometryGroupBox.collapsed
    panel.xrays.add(add_xray("Bare", hasGeometry=False))
    host.process_events()
    assert not panel.ui.geometryGroupBox.collapsed
    panel.ui.sourceToDetectorSpinBox.setValue(CAMERA.source_to_detector_mm)
    panel.ui.columnSpacingSpinBox.setValue(CAMERA.pixel_spacing_mm[0])
    host.process_events()
    assert not panel.ui.geometryGroupBox.collapsed, "it does not fold under the hands of the user"


def test_name_and_result_of_an_xray_are_in_sight_whatever_its_geometry(panel, host):
    host.mainWindow.resize(1366, 768)
    panel.ui.xraySelector.setCurrentNode(add_xray("Lateral 2", hasGeometry=False))
    host.process_events()
    panel.ui.addXrayButton.click()
    host.process_events(0.1)
    table = panel.ui.xrayTable
    assert table.item(0, 2).text().startswith("incomplete: ")
    sizes = [table.horizontalHeader().sectionSize(column) for column in range(table.columnCount)]
    assert sum(sizes) <= table.viewport().width
    assert min(sizes[0], sizes[3]) > 60


def test_geometry_that_cannot_be_is_refused_and_what_is_unusual_is_said(panel, host):
    panel.ui.ctSelector.setCurrentNode(add_knee())
    panel.xrays.add(add_xray("Shot", hasGeometry=False))
    panel.ui.sourceToDetectorSpinBox.setValue(1020.0)
    panel.ui.columnSpacingSpinBox.setValue(1.4)
    host.process_events()
    assert panel.ui.registerButton.enabled
    assert panel.ui.geometryNotesLabel.text == ""
    panel.ui.columnSpacingSpinBox.setValue(10.0)
    panel.ui.rowSpacingSpinBox.setValue(10.0)
    host.process_events()
    assert not panel.ui.registerButton.enabled
    assert "cannot be that of an X-ray" in panel.ui.stageLabel.text
    assert "cannot be that of an X-ray" in panel.ui.geometryNotesLabel.text
    panel.ui.columnSpacingSpinBox.setValue(1.4)
    panel.ui.rowSpacingSpinBox.setValue(1.4)
    panel.ui.sourceToDetectorSpinBox.setValue(5000.0)
    host.process_events()
    assert "of 5000 mm is unusual" in panel.ui.geometryNotesLabel.text


def test_what_is_loaded_while_the_panel_is_open_is_chosen(arriving, panel, host):
    ct = add_knee()
    host.wait_until(lambda: panel.ui.ctSelector.currentNode() is ct, 60, "the CT in its place")
    shot = add_xray()
    host.wait_until(lambda: panel.xrays.nodes == [shot], 60, "the X-ray in its place")
    assert panel.ui.xraySelector.currentNode() is shot
    add_knee("Another")
    add_xray("Second")
    host.process_events(0.3)
    assert panel.ui.ctSelector.currentNode() is ct
    assert panel.ui.xraySelector.currentNode() is shot, "what is chosen stays"


def test_of_two_cts_that_are_alike_none_is_chosen(arriving, panel, host):
    for name in ("A", "B"):
        add_knee(f"CT {name}")
        add_xray(f"Shot {name}")
    host.wait_until(lambda: len(panel.xrays.nodes) == 2, 60, "both X-rays in the table")
    assert panel.ui.ctSelector.currentNode() is None
    assert not panel.ui.ctCollapsibleButton.collapsed


def test_a_view_is_headed_by_its_xray_and_not_by_the_place_of_a_slice(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    widget = host.layoutManager.sliceWidget(sceneView.NAMES[0])
    assert widget.mrmlSliceNode().GetLayoutLabel() == "X1: Shot"
    assert not widget.sliceController().showSliceOffsetSlider
    knees[1].SetName("A name that is so long that it would push everything else out of the header")
    panel.views.showXrays()
    assert len(widget.mrmlSliceNode().GetLayoutLabel()) <= 30


def test_the_3d_view_keeps_its_name_when_a_scene_is_closed(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    host.scene.Clear(False)
    host.process_events()
    panel.initializeParameterNode()
    panel.ui.xraySelector.setCurrentNode(add_xray())
    host.process_events()
    panel.ui.addXrayButton.click()
    host.process_events(0.1)
    view = slicer.mrmlScene.GetSingletonNode(sceneView.VIEW_3D, "vtkMRMLViewNode")
    assert view.GetLayoutLabel() == "3D"


def test_source_bone_and_detector_are_in_the_3d_view(small, knees, panel, host):
    from RayEmbRegistrationScene import sceneView
    from RayEmbRegistrationScene.frames import cornerPixels, detectorPoints

    view = next(
        widget.threeDView()
        for widget in (host.layoutManager.threeDWidget(n) for n in range(host.layoutManager.threeDViewCount))
        if widget.threeDView().mrmlViewNode().GetLayoutName() == sceneView.VIEW_3D
    )
    for size in (SMALL_SCREEN, (1000, 1400), (1900, 700)):
        host.mainWindow.resize(*size)
        host.process_events(0.2)
        panel.views.showFromSide(panel.handle())
        host.process_events(0.2)
        rasFromCamera = pose(panel).inverse()
        ends = [rasFromCamera.translation, *rasFromCamera.apply(detectorPoints(CAMERA, cornerPixels(CAMERA)))]
        camera = view.cameraNode().GetCamera()
        matrix = camera.GetCompositeProjectionTransformMatrix(view.width / view.height, -1, 1)
        for point in ends:
            x, y, _z, w = matrix.MultiplyPoint([*point, 1.0])
            assert max(abs(x / w), abs(y / w)) < 0.95, size
        reach = [max(abs(v / matrix.MultiplyPoint([*p, 1.0])[3]) for v in matrix.MultiplyPoint([*p, 1.0])[:2]) for p in ends]
        assert max(reach) > 0.7, "nearer than that nothing is lost, farther off everything is small"


def test_no_outline_is_drawn_beyond_a_round_field(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    pixels = slicer.util.arrayFromVolume(knees[1])[0]
    rows, columns = np.indices(pixels.shape)
    middle = (np.array(pixels.shape) - 1) / 2
    outside = np.hypot(rows - middle[0], columns - middle[1]) > 0.46 * pixels.shape[0]
    pixels[outside] = 0
    slicer.util.arrayFromVolumeModified(knees[1])
    panel.ui.refineButton.click()
    finish(host, panel)
    host.wait_until(lambda: not panel.overlay.isDrawing, 20, "the picture")
    picture = slicer.util.arrayFromVolume(sceneView.nodeOf(panel.handle(), "View1.OverlayPicture"))[0]
    rows, columns = np.indices(picture.shape[:2])
    middle = (np.array(picture.shape[:2]) - 1) / 2
    beyond = np.hypot(rows - middle[0], columns - middle[1]) > 0.49 * picture.shape[0]
    assert picture[~beyond][:, 3].max() > 200
    assert picture[beyond][:, 3].max() == 0


def test_the_help_leads_nowhere_that_does_not_exist(panel):
    module = slicer.modules.rayembregistration
    assert "nothing is uploaded" in module.helpText
    assert "OWNER" not in module.helpText + module.acknowledgementText


def test_a_drag_costs_little_of_the_main_thread(knees, panel, host):
    """A frame of a 60 Hz screen has 16 ms; drawing the views is the graphics card's, and left out."""
    import time

    panel.ui.prepareButton.click()
    finish(host, panel)
    panel.ui.dragCheckBox.click()
    drag, spent = panel.pose.drag.of(0), []
    for number in range(30):
        began = time.thread_time()
        drag._shift(pose(panel), (0.3 if number % 2 else -0.3, 0.1, 0.0))
        spent.append(time.thread_time() - began)
    panel.ui.dragCheckBox.click()
    assert np.median(spent) < 0.016
