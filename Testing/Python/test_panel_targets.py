"""The section Targets by clicks in the host: the plan on the X-rays, live; clicks in X-rays back in the CT."""

import numpy as np
import pytest
from long_form import short_or_long

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")
import vtk  # noqa: E402
from panel_cases import knee_pose, start_pose  # noqa: E402
from panel_fixtures import finish, pose  # noqa: E402
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from registration_cases import CAMERA, knee, moved, prepared_knee  # noqa: E402
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")

CENTER = np.asarray(prepared_knee().center_ras)
PLAN = CENTER + np.array([[-18.0, 4, -25], [12, -6, 30]])


def add_line(points=PLAN, name="Plan"):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", name)
    node.CreateDefaultDisplayNodes()
    for point in points:
        node.AddControlPointWorld(vtk.vtkVector3d(*point))
    return node


def own(panel, role):
    from RayEmbRegistrationScene import sceneView

    return sceneView.nodeOf(panel.handle(), role)


def drawn_px(panel, row=0, role="Targets.0"):
    from RayEmbRegistrationScene import sceneView

    points = vtk_to_numpy(own(panel, f"View{row + 1}.{role}").GetPolyData().GetPoints().GetData())
    return sceneView.pixelsOfPicture(panel.handle(), row, points.reshape(-1, 4, 3).mean(axis=1))


def away_from_line(pixels, ends):
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    return np.abs((pixels - ends[0]) @ (-along[1], along[0])).max()


def tick(panel, host, name):
    import qt

    table = panel.ui.targetTable
    row = next(row for row in range(table.rowCount) if table.item(row, 0).text() == name)
    table.item(row, 0).setCheckState(qt.Qt.Checked)
    host.process_events(0.05)
    return row


def click(panel, row, pixel):
    from RayEmbRegistrationScene import sceneView

    place = sceneView.pointsInPicture(panel.handle(), row, np.array([pixel]))[0]
    panel.parameters.clickedPoints.AddControlPointWorld(vtk.vtkVector3d(*place))


def test_a_line_is_on_the_xray_by_one_click_and_follows_its_edits(knees, panel, host):
    assert panel.ui.targetsCollapsibleButton.collapsed
    node = add_line()
    host.process_events(0.3)
    assert not panel.ui.targetsCollapsibleButton.collapsed, "there is a pose and something to draw"
    assert own(panel, "View1.Targets.0") is None
    tick(panel, host, "Plan")
    assert away_from_line(drawn_px(panel), CAMERA.project(pose(panel).apply(PLAN))) < 1e-6
    assert own(panel, "View1.TargetBands.0") is None
    assert "Assess" in panel.ui.targetsLabel.text
    moved_plan = PLAN + np.array([5.0, 3, -8])
    for number, point in enumerate(moved_plan):
        node.SetNthControlPointPositionWorld(number, *point)
    host.process_events(0.05)
    assert away_from_line(drawn_px(panel), CAMERA.project(pose(panel).apply(moved_plan))) < 1e-6
    panel.pose.setPose(0, start_pose((4, 4, 4), (9, 9, 0)), "elsewhere")
    host.process_events(0.05)
    assert away_from_line(drawn_px(panel), CAMERA.project(pose(panel).apply(moved_plan))) < 1e-6
    slicer.mrmlScene.RemoveNode(node)
    host.process_events(0.3)
    assert own(panel, "View1.Targets.0") is None
    assert panel.ui.targetTable.rowCount == 0


def test_after_registering_the_error_is_drawn_and_told_and_goes_with_the_pose(knees, panel, host):
    add_line()
    panel.ui.refineButton.click()
    finish(host, panel)
    row = tick(panel, host, "Plan")
    assert own(panel, "View1.TargetBands.0") is not None
    words = panel.ui.targetTable.item(row, 1).text()
    across, depth = (float(part.split(" mm")[0]) for part in words.split("; "))
    assert 0 < across < depth, "a single view does not see depth"
    true = CAMERA.project(knee_pose().apply(PLAN))
    assert away_from_line(drawn_px(panel), true) < 2 * max(1.0, across / CAMERA.pixel_spacing_mm[0] * 2)
    spread = own(panel, "TargetSpread")
    assert spread is not None
    panel.ui.targetBandsCheckBox.click()
    host.process_events(0.05)
    assert own(panel, "View1.TargetBands.0") is None
    assert own(panel, "TargetSpread") is None
    panel.ui.targetBandsCheckBox.click()
    panel.pose.setPose(0, start_pose((2, 2, 2), (4, 4, 0)), "elsewhere")
    host.process_events(0.05)
    assert own(panel, "View1.TargetBands.0") is None, "nobody has judged this pose"
    panel.ui.undoButton.click()
    host.process_events(0.05)
    assert own(panel, "View1.TargetBands.0") is not None
    assert panel.ui.targetTable.item(row, 1).text() == words


def test_names_colours_and_new_nodes_are_followed(knees, panel, host):
    node = add_line()
    host.process_events(0.3)
    row = tick(panel, host, "Plan")
    node.GetDisplayNode().SetSelectedColor(0.2, 0.4, 1.0)
    node.SetName("Screw 1")
    host.process_events(0.4)
    assert panel.ui.targetTable.item(row, 0).text() == "Screw 1"
    np.testing.assert_allclose(own(panel, "View1.Targets.0").GetDisplayNode().GetColor(), (0.2, 0.4, 1.0))
    assert own(panel, "View1.TargetNames").GetNthControlPointLabel(0) == "Screw 1 (not assessed)"
    panel.ui.placeXrayLandmarkButton.click()
    panel.ui.placeXrayLandmarkButton.click()
    host.process_events(0.3)
    names = [panel.ui.targetTable.item(n, 0).text() for n in range(panel.ui.targetTable.rowCount)]
    assert names == ["Screw 1"], "landmarks in the X-ray are no plan"


@pytest.fixture
def two(knees, panel, host):
    """A second X-ray from the side; both have their poses."""
    from panel_cases import add_xray

    panel.xrays.add(add_xray("Side"))
    host.process_events()
    panel.pose.setPose(0, knee_pose(), "given")
    turn = RigidTransform.from_rotation_vector(np.radians((0.0, 70.0, 0.0))).rotation
    center = knee_pose().apply(CENTER)
    side = RigidTransform(turn, center - turn @ center) @ knee_pose()
    panel.pose.setPose(1, side, "given")
    host.process_events(0.1)
    assert pose(panel, 1) is not None
    return knee_pose(), side


def test_clicks_in_two_xrays_give_the_point_in_the_ct(two, panel, host):
    point = CENTER + np.array([6.0, -9, 14])
    panel.ui.placeClickButton.click()
    interaction = slicer.mrmlScene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    click(panel, 0, CAMERA.project(two[0].apply(point)))
    host.process_events(0.05)
    assert own(panel, "ClickedRays") is not None
    assert own(panel, "View2.ClickedRays") is not None, "where it lies in the other X-ray"
    assert "another X-ray" in panel.ui.seenLabel.text
    click(panel, 1, CAMERA.project(two[1].apply(point)))
    host.process_events(0.05)
    found = slicer.util.arrayFromMarkupsControlPoints(own(panel, "SeenPoints"))
    np.testing.assert_allclose(found, [point], atol=1e-3)
    assert f"R {point[0]:.1f}, A {point[1]:.1f}, S {point[2]:.1f} mm" in panel.ui.seenLabel.text
    names = [panel.ui.targetTable.item(n, 0).text() for n in range(panel.ui.targetTable.rowCount)]
    assert names == []
    panel.ui.placeClickButton.click()
    assert interaction.GetCurrentInteractionMode() != interaction.Place
    panel.pose.setPose(1, moved(two[1], CENTER, (0, 0, 0), (0, 12, 0)), "wrong")
    host.process_events(0.05)
    assert "do not meet" in panel.ui.seenLabel.text
    panel.ui.removeClicksButton.click()
    host.process_events(0.05)
    assert own(panel, "SeenPoints") is None
    assert own(panel, "ClickedRays") is None
    assert panel.ui.seenLabel.text == ""


def test_a_tool_is_compared_with_the_plan(two, panel, host):
    planned = add_line()
    along = (PLAN[1] - PLAN[0]) / np.linalg.norm(PLAN[1] - PLAN[0])
    beside = np.cross(along, (0.0, 0, 1))
    tool = PLAN + 4.0 * beside / np.linalg.norm(beside)
    panel.ui.plannedLineSelector.setCurrentNode(planned)
    panel.ui.toolCheckBox.click()
    panel.ui.placeClickButton.click()
    for row, shares in enumerate(((0.0, 1.0), (0.25, 0.7))):
        for share in shares:
            click(panel, row, CAMERA.project(two[row].apply(tool[0] + share * (tool[1] - tool[0]))))
    host.process_events(0.05)
    np.testing.assert_allclose(slicer.util.arrayFromMarkupsControlPoints(own(panel, "SeenTool")), tool, atol=1e-3)
    assert "From Plan: 0.0°" in panel.ui.seenLabel.text
    assert "4.0 mm (±" in panel.ui.seenLabel.text
    assert "How far the poses may be off is not known" in panel.ui.seenLabel.text, "nobody has assessed them"
    slicer.mrmlScene.RemoveNode(planned)
    host.process_events(0.3)
    assert "From " not in panel.ui.seenLabel.text
    panel.ui.plannedLineSelector.setCurrentNode(own(panel, "SeenTool"))
    host.process_events(0.3)
    assert panel.parameters.plannedLine is None, "the tool is no plan of its own"
    assert "From " not in panel.ui.seenLabel.text


def offered(selector) -> set:
    """The names of the nodes in a selector's list."""
    return {selector.nodeFromIndex(number).GetName() for number in range(selector.nodeCount())}


def test_no_selector_offers_markups_that_the_module_made(two, panel, host, tmp_path):
    """Names of targets and detected landmarks; those of a loaded scene of before neither. What is a result is offered."""
    from RayEmbRegistrationScene import sceneView

    add_line()
    host.process_events(0.3)
    tick(panel, host, "Plan")
    points = prepared_knee().bone_points_ras[::200]
    detected = sceneView.LandmarkData(points, CAMERA.project(two[0].apply(points)), np.arange(len(points)) > 0)
    sceneView.showLandmarks(panel.handle(), 0, detected)
    panel.ui.placeClickButton.click()
    for row in (0, 1):
        for point in PLAN:
            click(panel, row, CAMERA.project(two[row].apply(point)))
    host.process_events(0.05)
    roles = ["View1.TargetNames", "View1.Detected", "SeenPoints"]
    assert all(own(panel, role) is not None for role in roles)
    clicks = panel.parameters.clickedPoints.GetName()
    assert_users_and_results(panel, clicks, {own(panel, "SeenPoints").GetName()}, set())
    panel.ui.toolCheckBox.click()
    host.process_events(0.05)
    tool = {own(panel, "SeenTool").GetName()}
    assert_users_and_results(panel, clicks, set(), tool)
    for role in roles[:2]:
        own(panel, role).SetHideFromEditors(False)
    path = str(tmp_path / "of_before.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(path)
    host.process_events(0.3)
    assert_users_and_results(panel, clicks, set(), tool)


def assert_users_and_results(panel, clicks, points, tools):
    """Every selector of markups in the panel offers what the user made, and points and tools from X-rays; nothing else."""
    ui = panel.ui
    selectors = (ui.ctLandmarksSelector, ui.xrayLandmarksSelector, ui.pickedPointSelector)
    for selector in (*selectors, ui.upperAxesSelector, ui.lowerAxesSelector):
        assert offered(selector) == {clicks} | points
    assert offered(ui.plannedLineSelector) == {"Plan"} | tools


def test_targets_survive_a_closed_scene_and_a_deleted_registration(knees, panel, host):
    from RayEmbRegistrationScene import sceneView

    add_line()
    host.process_events(0.3)
    tick(panel, host, "Plan")
    sceneView.removeRegistration(panel.handle())
    panel.onParametersModified()
    host.process_events(0.2)
    assert panel.ui.targetTable.rowCount == 1
    assert "Register first" in panel.ui.targetsLabel.text
    host.clear()
    panel.initializeParameterNode()
    host.process_events(0.3)
    assert panel.ui.targetTable.rowCount == 0
    assert knee() is not None


def test_targets_and_their_errors_are_exported(knees, panel, host, tmp_path):
    from RayEmbRegistrationLib.files.result_file import read_result

    add_line()
    panel.ui.refineButton.click()
    finish(host, panel)
    tick(panel, host, "Plan")
    panel.result.export(str(tmp_path / "out"))
    finish(host, panel)
    (target,) = read_result(tmp_path / "out" / "result.json").targets
    assert (target.name, target.kind, target.bone) == ("Plan", "line", "")
    np.testing.assert_allclose(target.points_ras, PLAN, atol=1e-6)
    np.testing.assert_allclose(target.views[0].points_px, CAMERA.project(pose(panel).apply(PLAN)), atol=1e-6)
    assert (target.views[0].error_95_mm > 0).all()
    assert (target.std_mm > 0).all()
    lines = (tmp_path / "out" / "targets.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("Plan,line,,1,")


def test_what_was_clicked_is_exported_with_its_error(two, panel, host, tmp_path):
    from RayEmbRegistrationLib.files.result_file import read_result

    panel.ui.placeClickButton.click()
    for row in (0, 1):
        click(panel, row, CAMERA.project(two[row].apply(CENTER)))
    host.process_events(0.05)
    panel.result.export(str(tmp_path / "out"))
    finish(host, panel)
    (found,) = read_result(tmp_path / "out" / "result.json").targets
    assert (found.name, found.kind) == ("points from X-rays", "seen points")
    np.testing.assert_allclose(found.points_ras, [CENTER], atol=1e-3)
    assert ((found.std_mm > 0) & (found.std_mm < 3)).all()


@pytest.mark.parametrize("seed", short_or_long([11], [11, 12]))
def test_random_clicks_edits_and_deletions_break_nothing(two, panel, host, seed):
    """Seeded: plans come, move and go, are ticked, clicked and compared, poses move, bones part, registrations vanish."""
    from target_monkey import Monkey

    monkey = Monkey(panel, two, CENTER, seed)
    for _ in range(120):
        monkey.act()
        if monkey.rng.random() < 0.5:
            host.process_events(0.02)
    host.process_events(0.4)
    assert host.problems() == []
    host.clear()
    panel.initializeParameterNode()
    host.process_events(0.3)
    assert panel.ui.targetTable.rowCount == 0
    assert host.problems() == []
