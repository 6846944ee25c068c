"""Cameras that cannot be, those that are unusual, and those that are fine: the same check for every door."""

import re

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.plausibility import check_camera, check_depth, check_rig
from RayEmbRegistrationLib.problems import InputProblem


def camera(size=(512, 512), spacing=(0.7474, 0.7474), distance=1020.0, point=None):
    return Camera.from_detector(size, spacing, distance, point)


FINE = {
    "mobile C-arm": camera(),
    "mini C-arm": camera((1000, 1000), (0.13, 0.13), 450.0),
    "chest stand": camera((2500, 2500), (0.172, 0.172), 1800.0),
    "portable exposure": camera((2048, 2500), (0.17, 0.17), 1000.0),
    "biplane, principal point off": camera((1760, 1760), (0.2, 0.2), 1300.0, (1000.0, 700.0)),
    "cropped to the femoral head": camera((1024, 1024), (0.3, 0.3), 1000.0).crop(300, 400, 250, 250),
    "binned to few pixels": camera((64, 64), (3.2, 3.2), 1000.0),
    "turned and flipped": camera((1440, 1280), (0.2, 0.2), 1000.0).rotate90(1).flip_horizontal(),
}


@pytest.mark.parametrize("name", FINE)
def test_usual_cameras_pass_without_a_word(name):
    assert check_camera(FINE[name], "x.json") == ()


K_OF_A_PIXEL = np.array([[1.3, 0, 256], [0, 1.3, 256], [0, 0, 1]])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (camera(distance=1.02), r"x\.json: a source-to-detector distance of 1.02 mm looks like metres; give it in mm"),
        (camera(distance=102.0), r"cone of rays of 138\.7 degrees"),  # distance in cm
        (camera(spacing=(747.4, 747.4)), "pixel spacing on the detector of 747.4 mm"),  # in um
        (camera(spacing=(7.474, 7.474)), "cone of rays"),
        (Camera(K_OF_A_PIXEL, (512, 512), (0.7, 0.7), 1000.0), r"cone of rays of 179\.. degrees"),
        (camera(distance=30_000.0), "distance of 3e\\+04 mm cannot"),
        (camera((512, 512), (0.005, 0.005), 1000.0), "cone of rays|field"),
        (camera(point=(4000.0, 256.0)), "principal point in K"),
        (camera(spacing=(0.2, 0.9)), "ratio of a pixel's sides"),
    ],
)
def test_impossible_cameras_are_refused_in_a_sentence(given, sentence):
    with pytest.raises(InputProblem, match=sentence):
        check_camera(given, "x.json")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (camera(distance=5000.0), "source-to-detector distance of 5000 mm is unusual"),
        (camera((60, 60), (10.0, 10.0), 1500.0), "spacing on the detector of 10 mm is unusual"),
        (camera((1760, 1760), (0.5, 0.5), 1000.0), "cone of rays of 102|cone of rays of .* is unusual"),
        (camera(spacing=(0.07474, 0.07474)), "field on the detector of 38.27 mm is unusual"),  # in cm
        (camera(point=(1000.0, 256.0)), "principal point"),
        (camera(spacing=(0.7, 1.05)), "ratio of a pixel's sides of 1.5"),
    ],
)
def test_unusual_cameras_get_a_note(given, sentence):
    notes = check_camera(given, "x.json")
    assert any(re.search(sentence, note) for note in notes), notes


def test_skewed_pixels_get_a_note():
    K = np.array([[1364, 60, 255.5], [0, 1364, 255.5], [0, 0, 1.0]])
    (note,) = check_camera(Camera(K, (512, 512), (0.7474, 0.7474), 1020.0), "x.json")
    assert "87.5 degrees to each other" in note


def test_a_rig_in_metres_is_refused_and_one_in_the_source_is_not():
    with pytest.raises(InputProblem, match=r"x\.json: the camera's place in its rig, 0\.735 mm .* looks like metres"):
        check_rig(RigidTransform(np.eye(3), [0.1, 0.2, 0.7]), "x.json")
    check_rig(RigidTransform(), "x.json")
    check_rig(RigidTransform(np.eye(3), [10.0, 0, 700]), "x.json")


def test_bone_lies_between_source_and_detector():
    assert check_depth(camera(), 800.0, "pose") == ()
    assert "magnification of 10.2 is unusual" in check_depth(camera(), 100.0, "pose")[0]
    for depth, words in (
        (-5.0, "5 mm behind the source"),
        (1100.0, "behind the detector at 1020 mm"),
        (0.7, "magnification"),
    ):
        with pytest.raises(InputProblem, match=words):
            check_depth(camera(), depth, "pose")
