"""The module's Logic on real nodes in the host: nodes to arrays, geometry from every source, registration, export."""

import csv
import json

import numpy as np
import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

import vtk  # noqa: E402
from panel_cases import add_knee, add_xray, in_plane_error_mm, knee_pose, knee_xray, start_pose, state_of  # noqa: E402
from registration_cases import CAMERA, knee  # noqa: E402

pytest_plugins = ["panel_fixtures"]


@pytest.fixture
def module(host, repository):
    host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py", enter=False)
    import RayEmbRegistration

    return RayEmbRegistration


@pytest.fixture
def logic(module, tmp_path, monkeypatch, prepared_once):
    logic = module.RayEmbRegistrationLogic()
    monkeypatch.setattr(logic, "cacheFolder", lambda: tmp_path / "cache")
    logic.device = "cpu"
    return logic


def transform(matrix, name="T"):
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    node.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
    return node


def oblique():
    turn = np.eye(4)
    turn[:3, :3] = [[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]]
    turn[:3, 3] = [10, -20, 30]
    return turn


def test_a_ct_under_transforms_is_where_slicer_shows_it(module):
    from RayEmbRegistrationScene.inputs import ctVolume

    node = add_knee()
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(oblique() @ knee().ras_from_ijk))
    outer, inner = transform(oblique(), "outer"), transform(np.diag([-1.0, -1.0, 1.0, 1.0]), "inner")
    inner.SetAndObserveTransformNodeID(outer.GetID())
    node.SetAndObserveTransformNodeID(inner.GetID())
    before = state_of(node)
    volume = ctVolume(node)
    expected = oblique() @ np.diag([-1.0, -1.0, 1.0, 1.0]) @ oblique() @ knee().ras_from_ijk
    np.testing.assert_allclose(volume.ras_from_ijk, expected, atol=1e-9)
    np.testing.assert_array_equal(volume.hu, knee().hu.astype(np.int16))
    with pytest.raises(ValueError, match="read-only"):
        volume.hu[0, 0, 0] = 1
    assert state_of(node) == before

    bent = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
    spline = vtk.vtkThinPlateSplineTransform()
    points = vtk.vtkPoints()
    for corner in np.vstack([np.eye(3), np.zeros(3), np.ones(3)]) * 50:
        points.InsertNextPoint(corner)
    spline.SetSourceLandmarks(points)
    spline.SetTargetLandmarks(points)
    bent.SetAndObserveTransformToParent(spline)
    node.SetAndObserveTransformNodeID(bent.GetID())
    with pytest.raises(ValueError, match="non-linear transform bent; harden it"):
        ctVolume(node)


def test_what_is_no_ct_is_said(module, logic):
    from RayEmbRegistrationScene.inputs import ctVolume

    with pytest.raises(ValueError, match="choose the CT"):
        ctVolume(None)
    with pytest.raises(ValueError, match="too few for a CT"):
        ctVolume(add_xray())
    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")
    with pytest.raises(ValueError, match="Empty holds no image"):
        ctVolume(empty)
    flat = slicer.util.addVolumeFromArray(np.zeros((20, 20, 20), np.int16), np.eye(4), "Flat")
    with pytest.raises(ValueError, match="Flat is empty"):
        logic.prepare(flat)


def rgb(pixels):
    scaled = (255.0 * (pixels - pixels.min()) / np.ptp(pixels)).astype(np.uint8)
    return scaled, np.repeat(scaled[None, ..., None], 3, axis=3)


@pytest.mark.parametrize("kind", ["scalar", "rgb", "wrong spacing", "flipped directions", "sagittal", "transformed"])
def test_an_xray_node_of_any_kind_gives_its_stored_pixels(module, kind):
    from RayEmbRegistrationScene.inputs import imageSize, xrayPixels

    pixels = knee_xray().pixels
    matrix, array, kindOfNode = np.eye(4), pixels[None], None
    if kind == "rgb":
        pixels, array = rgb(pixels)
        kindOfNode = "vtkMRMLVectorVolumeNode"
    elif kind == "wrong spacing":
        matrix = np.diag([7.0, 0.1, 3.0, 1.0])
    elif kind == "flipped directions":
        matrix = np.diag([-1.0, 1.0, -1.0, 1.0])
    elif kind == "sagittal":
        array = pixels[:, :, None]  # the single slice is not the last axis
    node = slicer.util.addVolumeFromArray(array, matrix, "X", nodeClassName=kindOfNode)
    if kind == "transformed":
        node.SetAndObserveTransformNodeID(transform(oblique()).GetID())
    before = state_of(node)
    found, _notes = xrayPixels(node)
    np.testing.assert_allclose(found, pixels, atol=1e-3)
    assert found.dtype == np.float32
    assert imageSize(node) == pixels.shape[::-1]
    assert state_of(node) == before


def test_what_is_no_xray_is_said(module):
    from RayEmbRegistrationScene.inputs import imageSize, xrayPixels

    with pytest.raises(ValueError, match=r"has \d+ slices; an X-ray has one"):
        xrayPixels(add_knee())
    assert imageSize(add_knee()) is None
    flat = slicer.util.addVolumeFromArray(np.full((1, 20, 20), 7.0), np.eye(4), "Flat")
    with pytest.raises(ValueError, match="every pixel of Flat"):
        xrayPixels(flat)


def test_segments_become_labels_on_the_cts_grid(module):
    from RayEmbRegistrationScene.inputs import ctVolume, segmentNames

    node = add_knee()
    labels = slicer.util.addVolumeFromArray(
        knee().labels.astype(np.uint8), knee().ras_from_ijk, "Bones", nodeClassName="vtkMRMLLabelMapVolumeNode"
    )
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(labels, segmentation)
    ids = list(segmentNames(segmentation))
    assert len(ids) == len(np.unique(knee().labels)) - 1
    volume = ctVolume(node, segmentation, (ids[0], ids[2]))
    np.testing.assert_array_equal(volume.labels == 1, knee().labels == 1)
    np.testing.assert_array_equal(volume.labels == 2, knee().labels == 3)
    with pytest.raises(ValueError, match="none of the chosen segments"):
        ctVolume(node, segmentation, ("another",))


def test_geometry_comes_from_dicom_with_its_origins(logic, tmp_path, monkeypatch):
    from dicom_files import dicom, gradient, save

    tags = {"DistanceSourceToDetector": 1020.0, "ImagerPixelSpacing": [1.458, 1.458], "DistanceSourceToPatient": 760.0}
    tags |= {"PositionerPrimaryAngle": 15.0, "PositionerSecondaryAngle": -10.0}
    path = save(dicom("XA", gradient(192, 192), **tags), tmp_path / "shot.dcm")
    node = add_xray(hasGeometry=False)
    with pytest.raises(ValueError, match="not loaded from DICOM"):
        logic.geometryFromDicom(node)
    assert logic.geometryOf(node).missing == ("source_to_detector_mm", "pixel_spacing_mm")

    class Database:
        def fileForInstance(self, uid):
            return str(path) if uid == "1.2.3" else ""

    monkeypatch.setattr(type(slicer.app), "dicomDatabase", lambda app: Database(), raising=False)
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    from RayEmbRegistrationPanel.geometryWords import explanationOf, stateOf

    geometry = logic.geometryOf(node)
    assert not geometry.missing
    assert stateOf(geometry) == "DICOM"
    assert "(0018,1110)" in explanationOf(geometry, "source_to_detector_mm")
    view = logic.view(logic.xray(node))
    assert view.camera.source_to_detector_mm == 1020.0
    assert (geometry.angles_deg, geometry.value("source_to_isocenter_mm")) == ((15.0, -10.0, 0.0), 760.0)
    assert view.invalid is not None
    node.SetAttribute("DICOM.instanceUIDs", "9.9.9")
    with pytest.raises(ValueError, match="not in the DICOM database"):
        logic.geometryFromDicom(node)


def test_geometry_comes_from_a_calibration_file_or_is_typed(logic, tmp_path):
    from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
    from RayEmbRegistrationPanel.geometryWords import stateOf

    node = add_xray(hasGeometry=False)
    turned = CAMERA.flip_horizontal().rotate90(1)
    write_camera(tmp_path / "camera.json", CameraFile(turned, knee_pose(), bone_is_bright=True))
    geometry = logic.geometryFromFile(tmp_path / "camera.json", node)
    np.testing.assert_allclose(logic.view(logic.xray(node, geometry)).camera.K, turned.K)
    assert (geometry.turns, geometry.is_mirrored, stateOf(geometry)) == (1, True, "file, in a rig")
    typed = logic.xray(node, sourceToDetectorMm=1020.0, pixelSpacingMm=CAMERA.pixel_spacing_mm)
    np.testing.assert_allclose(logic.view(typed).camera.K, CAMERA.K)
    write_camera(tmp_path / "small.json", CameraFile(CAMERA.bin(2)))
    with pytest.raises(ValueError, match="96 x 96"):
        logic.geometryFromFile(tmp_path / "small.json", node)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("isMirrored", [False, True])
def test_geometry_is_kept_as_text_and_follows_what_is_typed(module, turns, isMirrored):
    from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text, geometry_to_text
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry
    from RayEmbRegistrationPanel.geometryWords import stateOf, withTyped

    camera = (CAMERA.flip_horizontal() if isMirrored else CAMERA).rotate90(turns)
    geometry = XrayGeometry.of_camera(camera, "file", "c.json", camera_from_rig=knee_pose())
    geometry = withTyped(geometry, anglesDeg=(1.0, 2.0, 3.0))
    assert (geometry.turns, geometry.is_mirrored) == (turns, isMirrored)
    again = geometry_from_text(geometry_to_text(geometry))
    assert again.angles_deg == (1.0, 2.0, 3.0)
    np.testing.assert_allclose(again.camera(camera.image_size).K, camera.K)
    np.testing.assert_allclose(again.camera_from_rig.matrix, knee_pose().matrix)
    typed = withTyped(again, sourceToDetectorMm=1020.0)
    np.testing.assert_allclose(typed.camera(camera.image_size).K, camera.K)
    assert stateOf(typed) == "file and typed in, in a rig"
    assert withTyped(again, anglesDeg=(0.0, 0.0, 0.0)).camera_matrix is not None, "angles do not touch the camera"


def test_a_console_session_registers_shows_and_exports(module, logic, tmp_path):
    import SimpleITK as sitk  # noqa: N813
    from RayEmbRegistrationLib.files.camera import read_pose
    from RayEmbRegistrationScene import sceneView

    ct, shot = add_knee(), add_xray()
    before = state_of(ct), state_of(shot)
    xray = module.XrayInput(shot, logic.geometryOf(shot), start=start_pose())
    shares = []
    outcome = logic.refinePose(ct, [xray], progress=lambda share, _: shares.append(share))
    assert shares == sorted(shares)
    assert in_plane_error_mm(outcome.result.camera_from_ras, outcome.prepared) < 0.5
    handle = logic.showResult(ct, [xray], outcome)
    np.testing.assert_allclose(sceneView.poseOf(handle, 0).matrix, outcome.result.camera_from_ras.matrix, atol=1e-6)
    assert (state_of(ct), state_of(shot)) == before
    assert logic.prepare(ct, outcome.result.settings) is not None

    count = slicer.mrmlScene.GetNumberOfNodes()
    files = {path.name: path for path in logic.exportResult(handle, tmp_path / "out", outcome)}
    assert slicer.mrmlScene.GetNumberOfNodes() == count
    assert {"result.json", "result.csv", "xray1_pose.tfm", "overlay.png", "drr.png"} <= set(files)
    np.testing.assert_allclose(read_pose(files["result.json"]).matrix, outcome.result.camera_from_ras.matrix, atol=1e-9)
    assert json.loads(files["result.json"].read_text())["quality"]["trusted"] == outcome.result.quality.trusted
    rows = list(csv.reader(files["result.csv"].open()))
    assert rows[0] == ["Quantity", "Value", "Unit"]
    # Slicer reads such a file as the transform from the parent, in LPS.
    read = sitk.AffineTransform(sitk.ReadTransform(str(files["xray1_pose.tfm"])))
    lps = np.eye(4)
    lps[:3, :3], lps[:3, 3] = np.array(read.GetMatrix()).reshape(3, 3), read.GetTranslation()
    flip = np.diag([-1.0, -1.0, 1.0, 1.0])
    np.testing.assert_allclose(flip @ lps @ flip, outcome.result.camera_from_ras.matrix, atol=1e-9)


def test_a_console_session_assesses_a_pose_as_it_stands(module, logic):
    from RayEmbRegistrationScene import sceneView

    ct, shot = add_knee(), add_xray()
    xray = module.XrayInput(shot, logic.geometryOf(shot), start=start_pose())
    outcome = logic.assess(ct, [xray])
    np.testing.assert_allclose(outcome.result.camera_from_ras.matrix, start_pose().matrix, atol=1e-12)
    assert not outcome.result.quality.trusted
    handle = logic.showResult(ct, [xray], outcome)
    logic.showVerdict(handle, outcome)
    assert handle.GetParameter("PanelTexts.trustLabel").startswith("Not trusted")
    assert sceneView.verdictOf(handle) is not None
    with pytest.raises(ValueError, match="no pose to assess"):
        logic.assess(ct, [logic.xray(shot)])


def test_verbs_stop_when_cancelled_and_say_what_is_missing(module, logic):
    from RayEmbRegistrationLib.registration import Cancelled

    ct, shot = add_knee(), add_xray()
    xray = logic.xray(shot)
    with pytest.raises(Cancelled):
        logic.register(ct, [xray], cancelled=lambda: True)
    with pytest.raises(ValueError, match="no pose to refine"):
        logic.refinePose(ct, [xray])
    bare = add_xray("Bare", hasGeometry=False)
    with pytest.raises(ValueError, match=r"source-to-detector distance in mm .* of Bare; type it in"):
        logic.register(ct, [logic.xray(bare)])


def test_a_pose_is_estimated_from_landmark_pairs(module, logic):
    points = knee().ras_from_index(np.argwhere(knee().labels > 0)[::4001, ::-1][:12])
    pixels = CAMERA.project(knee_pose().apply(points))
    shot = add_xray()
    xray = module.XrayInput(shot, logic.geometryOf(shot), pointsRas=points, pointsPx=pixels)
    (pose,) = logic.estimatePose(add_knee(), [xray])
    np.testing.assert_allclose(pose.matrix, knee_pose().matrix, atol=1e-4)


def test_landmarks_and_heat_map_of_a_detector(module, logic, tmp_path, monkeypatch):
    """By untrained weights and few templates: what is found is worth nothing, but everything that shows it is there."""
    from RayEmbRegistrationLib.detector.weights import save_weights
    from RayEmbRegistrationLib.pose.prepared import prepare as preparing
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.training.recipes import new_encoder
    from RayEmbRegistrationPanel import outcomes
    from RayEmbRegistrationScene import sceneView

    monkeypatch.setattr(preparing, "SET_SPACING_DEG", 45.0)
    save_weights(tmp_path / "untrained.safetensors", new_encoder(0, "cpu"), {"licence": "none"})
    logic.weights = str(tmp_path / "untrained.safetensors")
    ct, shot = add_knee(), add_xray()
    landmarks = logic.detectLandmarks(ct, logic.xray(shot))
    assert landmarks.pixels.shape == (len(landmarks), 2)
    outcome = logic.register(ct, [logic.xray(shot)], RegistrationSettings(method="rayemb"))
    found = outcome.result.views[0].landmarks
    handle = logic.showResult(ct, [logic.xray(shot)], outcome)
    detected, rejected = (sceneView.nodeOf(handle, f"View1.{role}") for role in ("Detected", "Rejected"))
    shown = outcomes.landmarksToShow(found, CAMERA.image_size)
    assert 0 < len(shown) <= outcomes.MOST_SHOWN + outcomes.MOST_REJECTED_SHOWN
    for node, agree in ((detected, True), (rejected, False)):
        labels = {node.GetNthControlPointLabel(number) for number in range(node.GetNumberOfControlPoints())}
        assert labels == {str(index + 1) for index in shown if found.inliers[index] == agree}
    heat = logic.heatMap(outcome, 0, outcome.prepared.bone_points_ras[100])
    assert heat.similarity.shape == (CAMERA.height, CAMERA.width)
    logic.weights = str(tmp_path / "missing.safetensors")
    with pytest.raises(ValueError, match=r"missing\.safetensors"):
        logic.prepare(ct)


def test_sample_data_is_offered_and_made_here(host, module):
    import SampleData

    module.registerSampleData()
    source = SampleData.SampleDataLogic().sourceForSampleName("RayEmbPelvis")  # as the docs name it
    assert source is not None
    assert source.customDownloader is not None


def test_the_console_session_of_the_docs_runs_as_pasted(host, module, repository, tmp_path, monkeypatch, capsys):
    """With a smaller sample, to be quick."""
    monkeypatch.setattr(module.RayEmbRegistrationLogic, "cacheFolder", lambda self: tmp_path)
    make = module.makeSampleData
    monkeypatch.setattr(module, "makeSampleData", lambda: make(binning=2, voxelMm=2.5))
    text = (repository / "docs" / "slicer.md").read_text(encoding="utf-8")
    session = text.split("The same from Slicer's Python console")[1].split("```python")[1].split("```")[0]
    names = {"slicer": slicer}
    exec(session, names)  # noqa: S102 - it is our own
    assert "agrees" in capsys.readouterr().out
    assert any(path.name == "result.json" for path in names["files"])


def test_the_detector_of_a_rig_is_drawn_behind_the_bone_where_nobody_told_its_distance(module):
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.geometry.xray import XrayGeometry
    from RayEmbRegistrationPanel.geometryWords import detectorMmOf

    known = XrayGeometry.of_camera(CAMERA, "file", camera_from_rig=RigidTransform(np.eye(3), np.array([0.0, 0.0, 1071.0])))
    assumed = known.with_values("assumed", source_to_detector_mm=1000.0)
    assert detectorMmOf(known) is None
    assert detectorMmOf(assumed.with_values(camera_from_rig=None)) is None
    assert 1.2 * 1071 < detectorMmOf(assumed) < 1.6 * 1071
    near = assumed.with_values(camera_from_rig=RigidTransform(np.eye(3), np.array([0.0, 0.0, 500.0])))
    assert detectorMmOf(near) == 1000.0
