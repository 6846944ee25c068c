"""Cameras, poses and points that other programs write."""

import json

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from RayEmbRegistrationLib.application.open_xray import Typed, open_xray
from RayEmbRegistrationLib.files.camera import CameraFile, read_camera, write_camera
from RayEmbRegistrationLib.files.landmarks import LandmarkPairs, read_landmarks, read_points, write_landmarks
from RayEmbRegistrationLib.files.pose import read_pose, read_poses, write_itk_transform, write_poses
from RayEmbRegistrationLib.files.projection_matrix import decompose_projection
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

SIZE = (512, 512)
BASE = {"K": [[1364, 0, 256], [0, 1364, 256], [0, 0, 1]], "image_size_px": [512, 512]}
POSE = RigidTransform.from_rotation_vector([0.1, 1.2, -0.4], [12.5, -20, 800])


def saved(folder, content, name="x.json"):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_rtk_geometry_of_several_projections_is_chosen_from(tmp_path):
    matrix = "<Matrix>-1000 0 0 0 0 -1000 0 0 0 0 1 -{}</Matrix>"
    text = "<RTKThreeDCircularGeometry><SourceToDetectorDistance>1000</SourceToDetectorDistance>"
    text += "".join(f"<Projection>{matrix.format(n)}</Projection>" for n in (700, 800)) + "</RTKThreeDCircularGeometry>"
    path = saved(tmp_path, text, "geometry.xml")
    with pytest.raises(InputProblem, match="2 projections; choose one, from 0"):
        read_camera(path, SIZE, pixel_spacing_mm=(0.5, 0.5))
    with pytest.raises(InputProblem, match="projections 0 to 1, not 2"):
        read_camera(path, SIZE, pixel_spacing_mm=(0.5, 0.5), projection=2)
    read = read_camera(path, SIZE, pixel_spacing_mm=(0.5, 0.5), projection=1)
    assert read.camera_from_world.translation[2] == pytest.approx(800)
    bomb = saved(tmp_path, '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + text.replace("1000 0 0 0 0", "&a; 0 0 0 0", 1), "bomb.xml")
    with pytest.raises(InputProblem, match="entities"):
        read_camera(bomb, SIZE, pixel_spacing_mm=(0.5, 0.5), projection=0)
    with pytest.raises(InputProblem, match="3 rows of 4"):
        read_camera(saved(tmp_path, text.replace("-700", ""), "g.xml"), SIZE, pixel_spacing_mm=(0.5, 0.5), projection=0)


def test_rtk_geometry_of_a_stack_of_projections_goes_with_its_frames(tmp_path):
    """As the command line opens them: the spacing typed in, the frame's number that of the projection."""
    matrix = "<Matrix>-1000 0 0 0 0 -1000 0 0 0 0 1 -{}</Matrix>"
    text = "".join(f"<Projection>{matrix.format(n)}</Projection>" for n in (700, 800))
    geometry = saved(tmp_path, f"<RTKThreeDCircularGeometry>{text}</RTKThreeDCircularGeometry>", "geometry.xml")
    stack = np.random.default_rng(0).uniform(0, 1000, (2, 64, 80)).astype(np.float32)
    sitk.WriteImage(sitk.GetImageFromArray(stack), str(tmp_path / "projections.mha"))
    for frame, depth in enumerate((700, 800)):
        view = open_xray(tmp_path / "projections.mha", geometry, Typed(1000.0, (0.5, 0.4)), frame=frame)
        assert view.camera_from_rig.translation[2] == pytest.approx(depth)
        np.testing.assert_allclose(np.abs(np.diag(view.camera.K)), [2000, 2500, 1])
        np.testing.assert_allclose(view.camera.pixel_spacing_mm, (0.5, 0.4))
    with pytest.raises(InputProblem, match="does not tell the pixel spacing"):
        open_xray(tmp_path / "projections.mha", geometry, frame=0)


@pytest.mark.parametrize("sign", [1, -3.7])
@pytest.mark.parametrize("mirrored", [False, True])
def test_projection_matrix_is_taken_apart_whatever_its_scale(sign, mirrored):
    camera = Camera.from_detector((600, 400), (0.4, 0.5), 1000.0, (310.0, 190.0))
    camera = camera.flip_horizontal() if mirrored else camera
    K, pose = decompose_projection(sign * camera.K @ POSE.matrix[:3], "p")
    np.testing.assert_allclose(K, camera.K, atol=1e-9)
    np.testing.assert_allclose(pose.matrix, POSE.matrix, atol=1e-9)


def test_matrices_in_plain_text_are_read(tmp_path):
    camera = Camera.from_detector(SIZE, (0.7, 0.7), 1000.0)
    P = camera.K @ POSE.matrix[:3]
    np.savetxt(tmp_path / "P.txt", P)
    read = read_camera(tmp_path / "P.txt", SIZE)
    np.testing.assert_allclose(read.camera.K, camera.K, atol=1e-6)
    np.testing.assert_allclose(read.camera_from_world.matrix, POSE.matrix, atol=1e-6)
    np.savetxt(tmp_path / "K.csv", camera.K, delimiter=",")
    np.testing.assert_allclose(read_camera(tmp_path / "K.csv", SIZE).camera.K, camera.K)
    np.savetxt(tmp_path / "pose.txt", POSE.matrix)
    with pytest.raises(InputProblem, match="a pose and not a camera"):
        read_camera(tmp_path / "pose.txt", SIZE)
    with pytest.raises(InputProblem, match="parallel projection"):
        decompose_projection(np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]), "p")


@pytest.mark.parametrize("key", ["distortion", "D", "k1", "extrinsics", "R", "tvec", "camera_to_world", "units"])
def test_keys_that_change_the_geometry_are_refused(tmp_path, key):
    with pytest.raises(InputProblem, match=rf"'{key}' in .*x\.json is not supported"):
        read_camera(saved(tmp_path, BASE | {key: [0.1, 0.2]}))
    assert not any(key in note for note in read_camera(saved(tmp_path, BASE | {key: [0, 0]})).notes)


def test_other_keys_are_named_with_the_one_that_may_be_meant(tmp_path):
    content = BASE | {"pixel_spacing": [0.7, 0.7], "operator": "me", "group": "a", "image": "x.png"}
    notes = [note for note in read_camera(saved(tmp_path, content)).notes if "not a key that is read" in note]
    assert len(notes) == 2
    assert "is pixel_spacing_mm meant?" in notes[0]
    assert "'operator'" in notes[1]


def test_numbers_in_quotes_and_conflicting_keys_are_refused(tmp_path):
    for content, words in (
        (BASE | {"source_to_detector_mm": "1020"}, "without quotes"),
        (BASE | {"source_to_detector_mm": True}, "without quotes"),
        (BASE | {"P": np.eye(3, 4).tolist()}, "both K and P"),
        (BASE | {"world_to_camera": np.eye(4).tolist(), "lab_to_camera": np.eye(4).tolist()}, "both world_to_camera and"),
        (BASE | {"intensity": "loud"}, "intensity .* must be one of"),
        (BASE | {"format": "rayemb-camera", "format_version": 9}, "version 9 .* update RayEmbRegistration"),
        (BASE | {"format": "rayemb-pose", "format_version": 1}, "is a pose file, not a camera file"),
        (BASE | {"format": "elsewhere"}, "format 'elsewhere'"),
        ({"markups": []}, "Slicer's markups"),
        ({"pairs": []}, "is a landmark file"),
    ):
        with pytest.raises(InputProblem, match=words):
            read_camera(saved(tmp_path, content))


def test_camera_file_says_its_format_and_comes_back_the_same(tmp_path):
    camera = Camera.from_detector(SIZE, (0.7, 0.7), 1000.0, (250.0, 260.0))
    write_camera(tmp_path / "c.json", CameraFile(camera, POSE, True, ("a note",), intensity="raw"))
    content = json.loads((tmp_path / "c.json").read_text())
    assert (content["format"], content["format_version"]) == ("rayemb-camera", 1)
    again = read_camera(tmp_path / "c.json", SIZE)
    np.testing.assert_array_equal(again.camera.K, camera.K)
    assert (again.bone_is_bright, again.intensity) == (True, "raw")


def test_poses_come_back_the_same(tmp_path):
    other = RigidTransform.from_rotation_vector([0, 0, 1], [1, 2, 900])
    write_poses(tmp_path / "p.json", [POSE, other])
    first, second = read_poses(tmp_path / "p.json")
    np.testing.assert_allclose(first.matrix, POSE.matrix, atol=1e-14)
    np.testing.assert_allclose(second.matrix, other.matrix, atol=1e-14)
    with pytest.raises(InputProblem, match="no pose to write"):
        write_poses(tmp_path / "none.json", [])


def test_itk_transform_is_the_c_arms_in_slicer(tmp_path):
    """Independent of the reader: SimpleITK maps a point from the parent (RAS, as LPS) to the camera frame (as LPS)."""
    sitk = pytest.importorskip("SimpleITK")
    write_itk_transform(tmp_path / "pose.tfm", POSE)
    transform = sitk.ReadTransform(str(tmp_path / "pose.tfm"))
    point = np.array([3.0, -5.0, 7.0])
    found = np.array(transform.TransformPoint((point * (-1, -1, 1)).tolist())) * (-1, -1, 1)
    np.testing.assert_allclose(found, POSE.apply(point), atol=1e-9)
    np.testing.assert_allclose(read_pose(tmp_path / "pose.tfm").matrix, POSE.matrix, atol=1e-12)
    euler = sitk.Euler3DTransform((1.0, 2.0, 3.0), 0.1, 0.2, 0.3, (10.0, 20.0, 700.0))
    sitk.WriteTransform(euler, str(tmp_path / "euler.txt"))
    found = np.array(euler.TransformPoint((point * (-1, -1, 1)).tolist())) * (-1, -1, 1)
    np.testing.assert_allclose(read_pose(tmp_path / "euler.txt").apply(point), found, atol=1e-9)


def test_other_transforms_are_named(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    sitk.WriteTransform(sitk.ScaleTransform(3, (2.0, 2.0, 2.0)), str(tmp_path / "scale.tfm"))
    sitk.WriteTransform(sitk.Euler2DTransform(), str(tmp_path / "flat.tfm"))
    both = sitk.CompositeTransform([sitk.Euler3DTransform(), sitk.Euler3DTransform()])
    sitk.WriteTransform(both, str(tmp_path / "both.tfm"))
    broken = "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: 1 2\n"
    saved(tmp_path, broken, "broken.tfm")
    aborts = broken.replace("1 2", "1 0 0 0 1 0 0 0 1 5 10 800") + "FixedParameters: 0 0\n"  # ITK ends the process
    saved(tmp_path, aborts, "aborts.tfm")
    for name, words in (
        ("scale.tfm", "not a rotation"),
        ("flat.tfm", "one linear 3D transform"),
        ("both.tfm", "one linear 3D transform"),
        ("aborts.tfm", "must hold 12 parameters and 3 fixed ones"),
        ("broken.tfm", "must hold 12 parameters and 3 fixed ones"),
    ):
        with pytest.raises(InputProblem, match=words):
            read_pose(tmp_path / name)
    track = ",".join(["1"] * 16) + "\n"
    with pytest.raises(InputProblem, match=r"an Autoscoper track .* not a pose file"):
        read_pose(saved(tmp_path, track, "bone.tra"))
    with pytest.raises(InputProblem, match=r"an Autoscoper track .* not a camera file"):
        read_camera(saved(tmp_path, track, "bone.tra"))
    with pytest.raises(InputProblem, match="is an ITK transform, not a camera file"):
        read_camera(tmp_path / "scale.tfm")


MARKUPS = {
    "@schema": "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#",
    "markups": [
        {
            "type": "Fiducial",
            "coordinateSystem": "LPS",
            "controlPoints": [
                {"label": "F-1", "position": [1.0, 2.0, 3.0], "positionStatus": "defined"},
                {"label": "F-2", "position": [0.0, 0.0, 0.0], "positionStatus": "undefined"},
            ],
        }
    ],
}
FCSV = """# Markups fiducial file version = 4.11
# CoordinateSystem = {}
# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID
vtkMRMLMarkupsFiducialNode_0,-1,-2,3,0,0,0,1,1,1,0,"left, front",,
"""


def test_points_of_slicer_are_read_in_ras(tmp_path):
    points = read_points(saved(tmp_path, MARKUPS, "p.mrk.json"))
    np.testing.assert_array_equal(points.points_ras, [[-1, -2, 3]])
    assert points.labels == ("F-1",)
    for frame, expected in (("LPS", [1, 2, 3]), ("1", [1, 2, 3]), ("0", [-1, -2, 3]), ("RAS", [-1, -2, 3])):
        points = read_points(saved(tmp_path, FCSV.format(frame), "p.fcsv"))
        np.testing.assert_array_equal(points.points_ras, [expected])
        assert points.labels == ("left, front",)
    with pytest.raises(InputProblem, match="frame 'IJK'"):
        read_points(saved(tmp_path, FCSV.format("IJK"), "p.fcsv"))
    with pytest.raises(InputProblem, match="three coordinates"):
        read_points(saved(tmp_path, FCSV.format("RAS").replace("-1,-2,3", "-1,-2"), "p.fcsv"))
    empty = MARKUPS | {"markups": [MARKUPS["markups"][0] | {"controlPoints": []}]}
    with pytest.raises(InputProblem, match="no placed points"):
        read_points(saved(tmp_path, empty, "e.mrk.json"))


def test_points_without_pixels_are_named_where_pairs_are_needed(tmp_path):
    with pytest.raises(InputProblem, match=r"Slicer's markups \(.mrk.json\), not a landmark file; give JSON with pairs"):
        read_landmarks(saved(tmp_path, MARKUPS, "p.mrk.json"))
    with pytest.raises(InputProblem, match=r"Slicer's points \(.fcsv\), not a landmark file; give JSON with pairs"):
        read_landmarks(saved(tmp_path, FCSV, "p.fcsv"))
    with pytest.raises(InputProblem, match=r"'pixel' .* not a key that is read"):
        read_landmarks(saved(tmp_path, {"pairs": [{"ras": [1, 2, 3], "px": [1, 2], "pixel": 3}]}))


def test_landmarks_come_back_the_same(tmp_path):
    first = LandmarkPairs(np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[7.0, 8], [9, 10]]), ("a", ""))
    empty = LandmarkPairs(np.zeros((0, 3)), np.zeros((0, 2)), ())
    write_landmarks(tmp_path / "l.json", [empty, first])
    none, again = read_landmarks(tmp_path / "l.json")
    assert len(none.points_ras) == 0
    np.testing.assert_array_equal(again.points_ras, first.points_ras)
    np.testing.assert_array_equal(again.points_px, first.points_px)
    assert again.labels == ("a", "")
    np.testing.assert_array_equal(read_points(tmp_path / "l.json").points_ras, first.points_ras)
