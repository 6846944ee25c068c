"""Camera, pose and landmark files in every format, and what is said about bad ones."""

import json
from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.files.camera import (
    CameraFile,
    read_camera,
    read_landmark_pairs,
    read_pose,
    read_poses,
    write_camera,
)
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
K = [[2000.0, 0, 99.5], [0, 1600.0, 74.5], [0, 0, 1]]
BASE = {"K": K, "image_size_px": [200, 150], "pixel_spacing_mm": [0.5, 0.625], "source_to_detector_mm": 1000.0}


def saved(folder, content, name="camera.json"):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def without(*keys):
    return {key: value for key, value in BASE.items() if key not in keys}


def test_round_trip(tmp_path):
    camera = Camera(np.array(K), (200, 150), (0.5, 0.625), 1000.0).rotate90(1).flip_horizontal()
    pose = RigidTransform.from_rotation_vector([0.1, 1.2, -0.4], [1 / 3, 2, 900])
    write_camera(tmp_path / "ä camera.json", CameraFile(camera, pose, bone_is_bright=False))
    again = read_camera(tmp_path / "ä camera.json", (150, 200))
    np.testing.assert_array_equal(again.camera.K, camera.K)
    np.testing.assert_allclose(again.camera_from_world.matrix, pose.matrix, atol=1e-14)
    assert again.camera.pixel_spacing_mm == camera.pixel_spacing_mm
    assert again.camera.source_to_detector_mm == 1000.0
    assert again.bone_is_bright is False
    assert again.notes == ()


@pytest.mark.parametrize(
    ("missing", "note"),
    [
        (["pixel_spacing_mm"], None),
        (["source_to_detector_mm"], "derived"),
        (["pixel_spacing_mm", "source_to_detector_mm"], "assumed"),
    ],
)
def test_spacing_and_distance_follow_from_each_other(tmp_path, missing, note):
    read = read_camera(saved(tmp_path, without(*missing)))
    np.testing.assert_allclose(read.camera.pixel_spacing_mm, (0.5, 0.625))
    assert read.camera.source_to_detector_mm == pytest.approx(1000.0)
    assert (len(read.notes) == 0) if note is None else (note in read.notes[0])


def test_inconsistent_focal_length_is_said(tmp_path):
    read = read_camera(saved(tmp_path, BASE | {"source_to_detector_mm": 1100.0}))
    assert "disagrees" in read.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("[1, 2]", "one JSON object"),
        (without("K", "pixel_spacing_mm"), "no camera matrix K"),
        (without("image_size_px"), "image_size_px"),
        (BASE | {"K": [[0, 0, 5], [0, 0, 5], [0, 0, 1]]}, "singular"),
        (BASE | {"K": [[1, 2], [3, 4]]}, "3 x 3 numbers"),
        (BASE | {"K": [["a", 0, 0], [0, 1, 0], [0, 0, 1]]}, "3 x 3 numbers"),
        (BASE | {"K": [[float("nan"), 0, 0], [0, 1, 0], [0, 0, 1]]}, "not a finite number"),
        (BASE | {"K": [[1000, 0, 5], [0, 1000, 5], [0, 0, 2]]}, "last row"),
        (BASE | {"image_size_px": [0, 5]}, "positive whole"),
        (BASE | {"pixel_spacing_mm": [0, 1]}, "positive"),
        (BASE | {"source_to_detector_mm": -1}, "positive"),
        (BASE | {"bone_is_bright": "yes"}, "true or false"),
        (BASE | {"world_to_camera": (2 * np.eye(4)).tolist()}, "last row of a pose"),
        (BASE | {"world_to_camera": np.diag([1, 1, -1, 1]).tolist()}, "reflection"),
    ],
)
def test_bad_camera_files_are_explained(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as error:
        read_camera(saved(tmp_path, content))
    assert "camera.json" in str(error.value)


def test_missing_binary_and_foreign_files_are_explained(tmp_path):
    with pytest.raises(ValueError, match="does not exist"):
        read_camera(tmp_path / "none.json")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\xff\xfe\x00\x80")
    with pytest.raises(ValueError, match="not a text file"):
        read_camera(tmp_path / "image.png")
    with pytest.raises(ValueError, match="MayaCam 1"):
        read_camera(saved(tmp_path, "1,2,3\n4,5,6\n", "camera.csv"))


def test_camera_of_another_image_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"200 x 150 px, but the X-ray has 100 x 75"):
        read_camera(saved(tmp_path, BASE), (100, 75))


MAYACAM = """image size\r
200,150\r
\r
camera matrix\r
2000,0,99.5\r
0,1600,74.5\r
0,0,1\r
\r
rotation\r
0,-1,0\r
1,0,0\r
0,0,1\r
\r
translation\r
1.5\r
-2.5\r
900\r
"""


def test_mayacam2(tmp_path):
    read = read_camera(saved(tmp_path, MAYACAM, "cam1.txt"))
    np.testing.assert_array_equal(read.camera.K, K)
    assert read.camera.image_size == (200, 150)
    np.testing.assert_allclose(read.camera_from_world.apply([10, 0, 0]), [1.5, 7.5, 900])
    assert "assumed" in read.notes[0]
    swapped = saved(tmp_path, MAYACAM.replace("200,150", "150,200"), "cam2.txt")
    assert read_camera(swapped, (200, 150)).camera.image_size == (200, 150)
    with pytest.raises(ValueError, match="translation"):
        read_camera(saved(tmp_path, MAYACAM[: MAYACAM.index("translation")], "cam3.txt"))
    with pytest.raises(ValueError, match="3 rows of 3 numbers"):
        read_camera(saved(tmp_path, MAYACAM.replace("2000,0,99.5", "2000,0"), "cam4.txt"))
    with pytest.raises(ValueError, match="undistort"):
        read_camera(saved(tmp_path, MAYACAM + "\ndistortion\n0.1,0,0,0,0\n", "cam5.txt"))


@pytest.mark.parametrize("camera", [1, 2])
def test_mayacam2_of_xmalab_equals_the_opencv_numbers(camera):
    text, other = DATA / f"wrist/cam{camera}.calibration.txt", DATA / f"wrist/radius_frame0002_cam{camera}.json"
    if not text.exists():
        pytest.skip("the wrist data is not here")
    mayacam, ours = read_camera(text), read_camera(other)
    np.testing.assert_array_equal(mayacam.camera.K, ours.camera.K)
    np.testing.assert_array_equal(mayacam.camera_from_world.matrix, ours.camera_from_world.matrix)
    assert ours.bone_is_bright is False


VTK_CAMERA = {
    "@schema": "https://autoscoperm.slicer.org/vtkCamera-schema-1.0.json",
    "version": 1.0,
    "focal-point": [0.0, 0.0, 0.0],
    "camera-position": [0.0, -500.0, 0.0],
    "view-up": [0.0, 0.0, 1.0],
    "view-angle": 30.0,
    "image-width": 400,
    "image-height": 300,
    "clipping-range": [0.1, 1000.0],
}


def test_vtk_camera(tmp_path):
    read = read_camera(saved(tmp_path, VTK_CAMERA))
    focal = 150 / np.tan(np.radians(15))  # half the height subtends half the angle
    pixels = read.camera.project(read.camera_from_world.apply([[0, 0, 0], [10, 0, 0], [0, 0, 10]]))
    np.testing.assert_allclose(pixels, [[199.5, 149.5], [199.5 + focal / 50, 149.5], [199.5, 149.5 - focal / 50]])
    assert "assumed" in read.notes[0]
    with pytest.raises(ValueError, match="view-up"):
        read_camera(saved(tmp_path, {key: value for key, value in VTK_CAMERA.items() if key != "view-up"}))


def test_opencv_yaml(tmp_path):
    cv2 = pytest.importorskip("cv2")
    path = tmp_path / "calibration.yml"
    for distortion, expected in ((0.0, None), (0.1, "undistort")):
        storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
        storage.write("image_width", 200)
        storage.write("image_height", 150)
        storage.write("camera_matrix", np.array(K))
        storage.write("distortion_coefficients", np.full((1, 5), distortion))
        storage.release()
        if expected is None:
            np.testing.assert_array_equal(read_camera(path).camera.K, K)
            assert read_camera(path, (200, 150)).camera.image_size == (200, 150)
        else:
            with pytest.raises(ValueError, match=expected):
                read_camera(path)


def test_ros_yaml_and_yaml_without_a_matrix(tmp_path):
    values = ", ".join(str(v) for row in K for v in row)
    ros = "image_width: 200\nimage_height: 150\n"
    ros += f"camera_matrix:\n  rows: 3\n  cols: 3\n  data: [{values}]\n"
    np.testing.assert_array_equal(read_camera(saved(tmp_path, ros, "ros.yaml")).camera.K, K)
    with pytest.raises(ValueError, match="no camera_matrix"):
        read_camera(saved(tmp_path, "%YAML:1.0\n---\nimage_width: 4\n", "empty.yml"))
    with pytest.raises(ValueError, match="not an OpenCV"):
        read_camera(saved(tmp_path, "%YAML:1.0\n---\n{[ broken", "broken.yml"))


def test_poses(tmp_path):
    pose = RigidTransform.from_rotation_vector([0.1, 0.2, 0.3], [1, 2, 3]).matrix.tolist()
    for content in ({"ras_to_camera": pose}, {"reference_ras_to_camera": pose}, {"views": [{"ras_to_camera": pose}]}):
        np.testing.assert_allclose(read_pose(saved(tmp_path, content)).matrix, pose, atol=1e-14)
    several = saved(tmp_path, {"views": [{"ras_to_camera": pose}, {"ras_to_camera": np.eye(4).tolist()}]})
    assert len(read_poses(several)) == 2
    for content, message in (
        ({}, "no pose"),
        ({"views": [{}]}, "no pose"),
        ({"views": []}, "must be a list"),
        ({"ras_to_camera": np.zeros((4, 4)).tolist()}, "last row"),
        ({"ras_to_camera": [[1, 2]]}, "4 x 4"),
        ({"ras_to_camera": None}, "no pose"),
    ):
        with pytest.raises(ValueError, match=message):
            read_pose(saved(tmp_path, content))
    with pytest.raises(ValueError, match="2 X-rays"):
        read_pose(saved(tmp_path, {"views": [{"ras_to_camera": pose}] * 2}))


def test_landmark_pairs(tmp_path):
    pairs = [
        {"ras": [1, 2, 3], "px": [4, 5], "view": 2, "label": "ASIS"},
        {"ras": [6, 7, 8], "px": [9, 10]},
        {"ras": [0, 0, 1], "px": [2, 3], "view": 2},
    ]
    views = read_landmark_pairs(saved(tmp_path, {"pairs": pairs}))
    assert [len(points) for points, _ in views] == [1, 0, 2]
    np.testing.assert_array_equal(views[2][0], [[1, 2, 3], [0, 0, 1]])
    np.testing.assert_array_equal(views[2][1], [[4, 5], [2, 3]])
    for bad in ({}, {"pairs": []}, {"pairs": [{"ras": [1, 2, 3]}]}, {"pairs": [{"ras": [1, 2], "px": [1, 2]}]}):
        with pytest.raises(ValueError, match=r"camera\.json"):
            read_landmark_pairs(saved(tmp_path, bad))
    with pytest.raises(ValueError, match="view"):
        read_landmark_pairs(saved(tmp_path, {"pairs": [{"ras": [1, 2, 3], "px": [1, 2], "view": -1}]}))
