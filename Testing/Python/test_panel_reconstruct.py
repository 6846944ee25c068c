"""The section Reconstruct by clicks in the host, and its verb from the console: a knee that is bent otherwise."""

import time
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_knee, knee_pose, start_pose, state_of  # noqa: E402
from panel_fixtures import carried_out_once, finish, pose  # noqa: E402
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text  # noqa: E402
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationLib.geometry.sourced import Sourced  # noqa: E402
from RayEmbRegistrationLib.geometry.xray import XrayGeometry  # noqa: E402
from RayEmbRegistrationLib.pose.joint.joints import contact_between, surface_points  # noqa: E402
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose  # noqa: E402
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray  # noqa: E402
from registration_cases import CAMERA, knee, line_integrals  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window", "prepared_once")

THIGH, LOWER_LEG, BENT_DEG = 1, 2, 9.0
LONGEST_WORK_S = 0.1


@cache
def leg():
    """The knee with two labels: what is above the joint, and what is below it."""
    labels = np.select([np.isin(knee().labels, (1, 4)), np.isin(knee().labels, (2, 3))], [THIGH, LOWER_LEG], 0)
    return replace(knee(), labels=labels.astype(np.uint8))


@cache
def bend() -> RigidTransform:
    """How the thigh stands otherwise than in the CT: turned sideways about the knee, which an X-ray from the front sees."""
    above, below = (surface_points(leg().labels == label, leg().ras_from_ijk) for label in (THIGH, LOWER_LEG))
    center = contact_between(above, below).center_ras
    turn = RigidTransform.from_rotation_vector(np.radians((0.0, BENT_DEG, 0.0)))
    return RigidTransform(turn.rotation, center - turn.apply(center))


@cache
def xray_of_leg(isBent: bool):
    """Pixels of an X-ray of it."""
    bone, motions = decompose(leg())[0], {LOWER_LEG: RigidTransform(), THIGH: bend() if isBent else RigidTransform()}
    parts = [
        line_integrals(np.where(leg().labels == label, bone, 0), leg().ras_from_ijk, CAMERA, knee_pose() @ motion)
        for label, motion in motions.items()
    ]
    paths = MaterialPaths(sum(parts), np.zeros_like(parts[0]))
    return simulate_xray(paths, SimulationSettings(), np.random.default_rng(0)).pixels


def add_shot(isBent=True):
    node = slicer.util.addVolumeFromArray(xray_of_leg(isBent)[None], np.diag([-1.0, -1.0, 1.0, 1.0]), "Shot")
    geometry = XrayGeometry.of_camera(CAMERA, "file", "test", bone_is_bright=Sourced(True, "file", "test"))
    node.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
    return node


def add_leg_bones():
    """The segmentation of the leg."""
    labels = slicer.util.addVolumeFromArray(
        leg().labels, leg().ras_from_ijk, "map", nodeClassName="vtkMRMLLabelMapVolumeNode"
    )
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Bones")
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(labels, node)
    slicer.mrmlScene.RemoveNode(labels)
    for number, name in enumerate(("Thigh", "Lower leg")):
        node.GetSegmentation().GetNthSegment(number).SetName(name)
    return node


def own(panel, role):
    from RayEmbRegistrationScene import sceneView

    return sceneView.nodeOf(panel.handle(), role)


def drr(panel):
    return slicer.util.arrayFromVolume(own(panel, "View1.Drr")).copy()


@pytest.fixture
def legs(panel, host):
    """CT, its bones and an X-ray of the leg as it is bent, chosen by clicks, with a start pose near the true one."""
    return chosen(panel, host, add_shot())


def chosen(panel, host, shot):
    ct, bones = add_knee("Leg"), add_leg_bones()
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.segmentationSelector.setCurrentNode(bones)
    panel.ui.xraySelector.setCurrentNode(shot)
    host.process_events()
    panel.ui.addXrayButton.click()
    panel.ui.deviceComboBox.setCurrentIndex(1)
    panel.pose.setPose(0, start_pose(), "start")
    panel.ui.reconstructCollapsibleButton.collapsed = False
    host.process_events()
    return ct, bones, shot


def allow_bones(panel):
    """The thigh may turn in the knee."""
    import qt

    panel.ui.allowBonesCheckBox.click()
    panel.ui.movingList.item(0).setCheckState(qt.Qt.Checked)


def run(panel, host):
    panel.ui.reconstructButton.click()
    assert panel.jobs.name == "reconstruct", panel.ui.reconstructStatusLabel.text
    finish(host, panel)


def adjusted_once(panel, host):
    """As ``run``, for what a test begins with."""
    with carried_out_once("reconstruct_request"):
        run(panel, host)


def watched(panel, host):
    """As ``run``; what the X-ray view and the bone in 3D showed on the way, none of which held the panel up."""
    from RayEmbRegistrationScene import sceneView

    pictures, degrees, spent = [], [], []
    preview = panel.reconstruct.preview
    show = preview.onPreview

    def timed(seen):
        began = time.thread_time()
        show(seen)
        spent.append(time.thread_time() - began)

    preview.onPreview = timed
    panel.ui.reconstructButton.click()
    while panel.jobs.name is not None:
        host.process_events(0.01)
        if on_its_way(panel):
            picture = drr(panel)
            if not pictures or not np.array_equal(picture, pictures[-1]):
                pictures.append(picture)
                moved = sceneView.nodeOf(panel.handle(), "Adjusting.Bone1")
                matrix = slicer.util.arrayFromTransformMatrix(moved.GetParentTransformNode())
                degrees.append(RigidTransform.from_matrix(matrix).rotation_angle_deg())
    host.process_events(0.05)
    del preview.onPreview
    assert max(spent) < LONGEST_WORK_S, spent
    return pictures, degrees


def on_its_way(panel):
    """Roles of what is shown while an adjustment runs."""
    from RayEmbRegistrationScene import sceneView

    return [role for role in sceneView.ownNodes(panel.handle()) if role.startswith("Adjusting")]


def bones_state(node, ct):
    ids = [node.GetSegmentation().GetNthSegmentID(n) for n in range(node.GetSegmentation().GetNumberOfSegments())]
    return [slicer.util.arrayFromSegmentBinaryLabelmap(node, one, ct).tobytes() for one in ids]


def test_it_is_out_of_the_way_and_says_what_is_missing(panel, host):
    assert panel.ui.reconstructCollapsibleButton.collapsed
    assert not panel.ui.reconstructButton.enabled
    chosen(panel, host, add_shot())
    assert panel.ui.reconstructStatusLabel.text == "Tick what may change."
    panel.ui.allowFragmentsCheckBox.click()
    assert panel.ui.reconstructStatusLabel.text == "Tick which segments are fragments."
    assert [panel.ui.fragmentList.item(n).text() for n in range(2)] == ["Thigh", "Lower leg"]
    import qt

    for number in range(2):
        panel.ui.fragmentList.item(number).setCheckState(qt.Qt.Checked)
    assert "Leave one segment unticked" in panel.ui.reconstructStatusLabel.text
    panel.ui.fragmentList.item(0).setCheckState(qt.Qt.Unchecked)
    assert panel.ui.reconstructButton.enabled
    assert panel.reconstruct.change().fragments == ["Lower leg"]
    panel.ui.allowBonesCheckBox.click()
    assert "Tick which segments turn" in panel.ui.reconstructStatusLabel.text
    panel.ui.movingList.item(1).setCheckState(qt.Qt.Checked)
    assert "Lower leg is ticked twice" in panel.ui.reconstructStatusLabel.text
    panel.ui.segmentationSelector.setCurrentNode(None)
    host.process_events()
    assert "choose it in the section CT" in panel.ui.reconstructStatusLabel.text
    assert not panel.ui.reconstructButton.enabled


def test_a_bent_knee_comes_beside_the_ct_and_nothing_of_it_is_touched(legs, panel, host):
    from RayEmbRegistrationScene import sceneView

    ct, bones, shot = legs
    before = state_of(ct), bones_state(bones, ct), state_of(shot), pose(panel).matrix.copy()
    allow_bones(panel)
    pictures, degrees = watched(panel, host)
    assert len(pictures) > 2, "the X-ray view shows how the solver moves the bones"
    assert degrees[-1] == pytest.approx(BENT_DEG, abs=2.5), "so does the bone in 3D"
    assert not on_its_way(panel)
    words = panel.ui.reconstructStatusLabel.text
    assert "fit better" in words, words
    assert "Thigh, trusted: turned by" in words
    assert "no new CT" in words
    assert (state_of(ct), bones_state(bones, ct), state_of(shot)) == before[:3]
    np.testing.assert_array_equal(pose(panel).matrix, before[3])
    # The bone is where it was turned to.
    motion = RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(own(panel, "Adjusted.Motion1")))
    assert motion.rotation_angle_deg() == pytest.approx(BENT_DEG, abs=1.5)
    adjusted = own(panel, "Adjusted.Ct")
    values = slicer.util.arrayFromVolume(adjusted)
    assert values.shape == slicer.util.arrayFromVolume(ct).shape
    assert (values != slicer.util.arrayFromVolume(ct)).any()
    assert not adjusted.GetHideFromEditors()
    made = own(panel, "Adjusted.Bones")
    names = [made.GetSegmentation().GetNthSegment(n).GetName() for n in range(2)]
    assert names == ["Thigh", "Lower leg"]
    thigh = slicer.util.arrayFromSegmentBinaryLabelmap(made, made.GetSegmentation().GetNthSegmentID(0), adjusted) > 0
    truth = leg().ras_from_index(np.argwhere(leg().labels == THIGH)[:, ::-1])
    found = leg().ras_from_index(np.argwhere(thigh)[:, ::-1])
    assert np.linalg.norm(found.mean(axis=0) - bend().apply(truth).mean(axis=0)) < 1.5
    # The field leads from the adjusted CT to the CT.
    middle = found[np.linalg.norm(found - found.mean(axis=0), axis=1).argmin()]
    assert (
        np.linalg.norm(bend().apply(own(panel, "Adjusted.Field").GetTransformFromParent().TransformPoint(middle)) - middle)
        < 2
    )
    # All of it lies in the registration's folder.
    hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
    folders = {
        hierarchy.GetItemName(hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)))
        for role, node in sceneView.ownNodes(panel.handle()).items()
        if "Adjusted" in role
    }
    assert folders == {panel.handle().GetName()}


def test_color_and_one_switch_show_the_bone_as_it_is_or_was(legs, panel, host):
    allow_bones(panel)
    adjusted_once(panel, host)
    surface = own(panel, "Adjusted.Surface")
    deviations = surface.GetPolyData().GetPointData().GetArray("standard deviation (mm)")
    low, high = deviations.GetRange()
    assert 0 <= low < high
    assert surface.GetDisplayNode().GetScalarVisibility()
    assert "red" in panel.ui.deviationLabel.text
    panel.ui.colorDeviationCheckBox.click()
    assert not surface.GetDisplayNode().GetScalarVisibility()
    assert panel.ui.showAdjustedCheckBox.checked
    after = drr(panel)
    panel.ui.showAdjustedCheckBox.click()
    assert not surface.GetDisplayNode().GetVisibility()
    as_it_was = drr(panel)
    assert np.abs(after - as_it_was).max() > 0.1 * after.max()
    panel.ui.showAdjustedCheckBox.click()
    np.testing.assert_array_equal(drr(panel), after)
    # Of another pose it is not; undo brings it back.
    panel.pose.setPose(0, start_pose((3, 3, 3), (9, 9, 0)), "elsewhere")
    host.process_events(0.05)
    assert not panel.ui.showAdjustedCheckBox.enabled
    assert not panel.ui.showAdjustedCheckBox.checked
    assert "adjust it again" in panel.ui.reconstructStatusLabel.text
    panel.ui.undoButton.click()
    host.process_events(0.05)
    assert panel.ui.showAdjustedCheckBox.enabled


def test_the_gates_refusal_is_a_sentence_and_cancel_leaves_nothing(panel, host):
    from RayEmbRegistrationScene import sceneView

    chosen(panel, host, add_shot(isBent=False))
    allow_bones(panel)
    sceneView.showBoneSurface(panel.handle(), sceneView.boneSurface((leg().labels > 0).astype(np.float32), np.eye(4), 0.5))
    bone = own(panel, "Bone").GetDisplayNode()
    for before in (None, np.arange(12.0, dtype=np.float32).reshape(3, 4)):  # without a DRR, and with one
        if before is not None:
            sceneView.showDrr(panel.handle(), 0, before)
        panel.ui.reconstructButton.click()
        assert panel.ui.reconstructButton.text == "Cancel"
        host.wait_until(lambda: on_its_way(panel), 60, "a preview")
        assert not bone.GetVisibility(), "the moving bones stand in its place"
        panel.ui.reconstructButton.click()
        finish(host, panel)
        assert panel.ui.reconstructStatusLabel.text == "Cancelled."
        assert not [role for role in sceneView.ownNodes(panel.handle()) if "Adjust" in role]
        assert bone.GetVisibility()
        assert own(panel, "View1.Drr") is None if before is None else np.array_equal(drr(panel)[0], before)
    pictures, _degrees = watched(panel, host)
    assert pictures
    assert "left as it is" in panel.ui.reconstructStatusLabel.text
    assert not [role for role in sceneView.ownNodes(panel.handle()) if "Adjust" in role]
    np.testing.assert_array_equal(drr(panel)[0], before)
    assert bone.GetVisibility()
    assert not panel.ui.showAdjustedCheckBox.visible


def test_a_scene_that_closes_on_the_way_takes_the_preview_along(legs, panel, host):
    allow_bones(panel)
    panel.ui.reconstructButton.click()
    host.wait_until(lambda: on_its_way(panel), 60, "a preview")
    host.clear()
    host.process_events(0.3)
    assert panel.jobs.name is None
    assert not [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLModelNode") if "on its way" in node.GetName()]
    assert panel.ui.reconstructButton.text == "Adjust CT to X-rays"


def test_it_comes_back_with_a_saved_scene(legs, panel, host, tmp_path):
    allow_bones(panel)
    adjusted_once(panel, host)
    words, after = panel.ui.reconstructStatusLabel.text, drr(panel)
    path = str(tmp_path / "leg.mrb")
    assert slicer.util.saveScene(path)
    host.clear()
    slicer.util.loadScene(path)
    panel.initializeParameterNode()
    host.process_events(0.1)
    assert panel.ui.reconstructStatusLabel.text == words
    assert panel.ui.showAdjustedCheckBox.checked
    assert not own(panel, "Adjusted.Ct").GetHideFromEditors()
    panel.ui.showAdjustedCheckBox.click()
    assert np.abs(drr(panel) - after).max() > 0.1 * after.max()


def test_the_console_session_of_the_docs_runs_as_pasted(host, repository, tmp_path, monkeypatch, capsys):
    """With a smaller sample, to be quick."""
    import sys

    from RayEmbRegistrationScene import sceneView

    host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py")
    module = sys.modules["RayEmbRegistration"]
    monkeypatch.setattr(module.RayEmbRegistrationLogic, "cacheFolder", lambda self: tmp_path)
    make = module.makeSampleData
    monkeypatch.setattr(module, "makeSampleData", lambda: make(binning=4, voxelMm=4.0))
    text = (repository / "docs" / "how-to" / "adjusting.md").read_text(encoding="utf-8")
    session = text.split("From the console, in one call")[1].split("```python")[1].split("```")[0]
    names = {"slicer": slicer}
    exec(session, names)  # noqa: S102 - it is our own
    adjustment = names["adjusted"].found.adjustment
    assert capsys.readouterr().out == f"False {adjustment.reason}\n", "one X-ray does not hold a change of shape"
    shown = [role for role in sceneView.ownNodes(names["handle"]) if "Adjusted" in role]
    assert bool(shown) == adjustment.is_accepted


def test_from_the_console_the_bent_knee_is_found_and_a_name_that_is_none_is_told(host, repository, tmp_path, monkeypatch):
    import sys

    from RayEmbRegistrationScene import sceneView
    from RayEmbRegistrationScene.inputs import CtInput

    host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py")
    module = sys.modules["RayEmbRegistration"]
    logic = module.RayEmbRegistrationLogic()
    monkeypatch.setattr(type(logic), "cacheFolder", lambda self: tmp_path)
    ct, xray = CtInput(add_knee("Leg"), add_leg_bones()), replace(logic.xray(add_shot()), start=start_pose())
    with pytest.raises(ValueError, match=r"no segment Femur .* choose among Thigh, Lower leg"):
        logic.reconstruct(ct, [xray], module.Change(["bones"], bones=["Femur"]))
    handle = sceneView.createRegistration()
    adjusted = logic.reconstruct(ct, [xray], module.Change(["bones"], bones=["Thigh"]), handle)
    assert adjusted.found.adjustment.trusted, adjusted.found.adjustment.reason
    moved = RigidTransform.from_matrix(slicer.util.arrayFromTransformMatrix(sceneView.nodeOf(handle, "Adjusted.Motion1")))
    assert moved.rotation_angle_deg() == pytest.approx(BENT_DEG, abs=1.5)
