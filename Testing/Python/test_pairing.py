"""Camera files find their X-rays by name, in a list and in a folder."""

import json

import numpy as np
import pytest
from RayEmbRegistrationLib.application.xray_folder import MOST_XRAYS, camera_of, open_xray_folder
from RayEmbRegistrationLib.files.pairing import cameras_by_name
from RayEmbRegistrationLib.problems import InputProblem

SIZE = (48, 40)


def camera(path, focal=700.0, image_size=SIZE):
    K = [[focal, 0, 20.0], [0, focal, 21.0], [0, 0, 1]]
    content = {
        "K": K,
        "image_size_px": list(image_size),
        "pixel_spacing_mm": [1.4, 1.4],
        "source_to_detector_mm": focal * 1.4,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def picture(path, seed=0):
    import cv2

    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, SIZE[::-1], dtype=np.uint8))
    return path


@pytest.mark.parametrize(
    ("xray", "expected"),
    [
        ("frame0002_cam1.png", ["radius_frame0002_cam1.json"]),
        ("frame0099_cam1.png", ["cam1.calibration.txt"]),
        ("frame0099_cam2.png", ["cam2.calibration.txt"]),
        ("frame0002_cam1", ["radius_frame0002_cam1.json"]),
        ("other.png", []),
        ("frame0002_cam11.png", []),
    ],
)
def test_the_longest_common_name_decides(xray, expected):
    cameras = ["cam1.calibration.txt", "cam2.calibration.txt", "radius_frame0002_cam1.json", "notes.txt"]
    assert [path.name for path in cameras_by_name(xray, cameras)] == expected


def test_names_that_suit_equally_well_are_all_told():
    cameras = ["radius_a1.json", "ulna_a1.json"]
    assert [path.name for path in cameras_by_name("a1.png", cameras)] == cameras


def test_a_folder_is_paired_and_what_is_no_xray_is_left_out_with_a_word(tmp_path):
    for number, name in enumerate(("ap", "lateral")):
        picture(tmp_path / f"{name}.png", number)
        camera(tmp_path / f"{name}.geometry.json", 700.0 + number)
    (tmp_path / "ap.truth.json").write_text(json.dumps({"ras_to_camera": np.eye(4).tolist()}), encoding="utf-8")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    found, notes = open_xray_folder(tmp_path)
    assert [(one.name, one.camera) for one in found] == [("ap", "ap.geometry.json"), ("lateral", "lateral.geometry.json")]
    assert [one.view.camera.K[0, 0] for one in found] == [700.0, 701.0]
    assert len(notes) == 1
    assert notes[0].startswith("broken.png is left out: ")


def test_of_two_different_cameras_none_is_guessed_and_of_equal_ones_one_is_taken(tmp_path):
    files = [camera(tmp_path / "radius_a1.json"), camera(tmp_path / "ulna_a1.json")]
    geometry, name, note = camera_of("a1.png", SIZE, files)
    assert (name, note) == ("radius_a1.json", "")
    assert geometry.camera(SIZE).K[0, 0] == 700.0
    camera(files[1], 720.0)
    geometry, name, note = camera_of("a1.png", SIZE, files)
    assert geometry is None
    assert note == "radius_a1.json and ulna_a1.json both suit a1.png by their names; load one of them for it"


def test_a_camera_of_another_image_is_passed_over(tmp_path):
    files = [camera(tmp_path / "a1.json", image_size=(99, 40))]
    assert camera_of("a1.png", SIZE, files) == (None, None, "")


def test_a_folder_without_xrays_or_with_a_sequence_is_refused(tmp_path):
    with pytest.raises(InputProblem, match="there is no X-ray in"):
        open_xray_folder(tmp_path)
    for number in range(MOST_XRAYS + 1):
        picture(tmp_path / f"{number}.png", number)
    with pytest.raises(InputProblem, match=f"holds {MOST_XRAYS + 1} pictures"):
        open_xray_folder(tmp_path)
    with pytest.raises(InputProblem, match="is no folder"):
        open_xray_folder(tmp_path / "0.png")
