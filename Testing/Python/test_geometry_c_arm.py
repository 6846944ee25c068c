"""Positioner angles against DICOM's own words."""

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import (
    c_arm_of_camera_from_ras,
    camera_from_ras_of_c_arm,
    seen_facing_the_patient,
    table_from_ras_rotation,
)

ISOCENTER = np.array([10.0, -20.0, 30.0])
RIGHT, FRONT, HEAD = np.eye(3)


def receptor_direction(*angles, **keywords):
    pose = camera_from_ras_of_c_arm(*angles, ISOCENTER, 750.0, **keywords)
    return pose.inverse().rotation[:, 2]


def test_receptor_goes_where_the_standard_says():
    np.testing.assert_allclose(receptor_direction(0, 0, 0), FRONT, atol=1e-12)
    np.testing.assert_allclose(receptor_direction(90, 0, 0), -RIGHT, atol=1e-12)  # LAO
    np.testing.assert_allclose(receptor_direction(-90, 0, 0), RIGHT, atol=1e-12)  # RAO
    np.testing.assert_allclose(receptor_direction(0, 90, 0), HEAD, atol=1e-12)  # cranial
    np.testing.assert_allclose(receptor_direction(180, 0, 0), -FRONT, atol=1e-12)
    np.testing.assert_allclose(receptor_direction(90, 30, 77) @ HEAD, 0.5, atol=1e-12)


def test_source_lies_behind_the_patient_and_the_isocentre_in_the_image_centre():
    pose = camera_from_ras_of_c_arm(0, 0, 0, ISOCENTER, 750.0)
    np.testing.assert_allclose(pose.inverse().translation, ISOCENTER - 750 * FRONT, atol=1e-9)
    turned = camera_from_ras_of_c_arm(33, -21, 15, ISOCENTER, 750.0)
    np.testing.assert_allclose(turned.apply(ISOCENTER), [0, 0, 750], atol=1e-9)


def test_displayed_image_has_the_head_up_and_the_patients_left_on_the_right():
    camera = Camera.from_detector((401, 301), (1.0, 1.0), 1000.0)
    displayed = seen_facing_the_patient(camera)
    pose = camera_from_ras_of_c_arm(0, 0, 0, ISOCENTER, 750.0)
    center, left, head = displayed.project(pose.apply(ISOCENTER + np.array([[0, 0, 0], [-10, 0, 0], [0, 0, 10]])))
    np.testing.assert_allclose(center, (200, 150), atol=1e-9)
    assert left[0] > center[0] + 10
    assert abs(left[1] - center[1]) < 1e-6
    assert head[1] < center[1] - 10


def test_positive_in_plane_angle_turns_clockwise_as_seen_from_the_source():
    camera = Camera.from_detector((401, 301), (1.0, 1.0), 1000.0)
    pose = camera_from_ras_of_c_arm(0, 0, 90, ISOCENTER, 750.0)
    head = camera.project(pose.apply(ISOCENTER + 10 * HEAD)) - (200, 150)
    assert head[0] > 10  # up became right
    assert abs(head[1]) < 1e-6


@pytest.mark.parametrize("position", ["HFS", "HFP", "FFS", "FFP", "HFDR", "HFDL", "FFDR", "FFDL"])
def test_angles_come_back(position):
    rng = np.random.default_rng(1)
    for primary, secondary, in_plane in rng.uniform((-179, -89, -179), (179, 89, 179), (10, 3)):
        pose = camera_from_ras_of_c_arm(primary, secondary, in_plane, ISOCENTER, 750.0, position)
        angles = c_arm_of_camera_from_ras(pose, position)
        np.testing.assert_allclose(
            (angles.primary_deg, angles.secondary_deg, angles.in_plane_deg), (primary, secondary, in_plane), atol=1e-6
        )


def test_any_pose_is_its_angles_even_at_the_pole():
    for vector in ([1.2, 0.4, -2.0], [-np.pi / 2, 0, 0], [0, 0, 0]):
        pose = RigidTransform.from_rotation_vector(vector, [0, 0, 750])
        a = c_arm_of_camera_from_ras(pose)
        again = camera_from_ras_of_c_arm(a.primary_deg, a.secondary_deg, a.in_plane_deg, np.zeros(3), 750.0)
        np.testing.assert_allclose(again.matrix, pose.matrix, atol=1e-6)


@pytest.mark.parametrize(
    ("position", "above", "towards_table_head"),
    [
        ("HFS", FRONT, HEAD),
        ("HFP", -FRONT, HEAD),  # prone: the back is up
        ("FFS", FRONT, -HEAD),
        ("FFP", -FRONT, -HEAD),
        ("HFDR", -RIGHT, HEAD),  # lying on the right side: the left side is up
        ("HFDL", RIGHT, HEAD),
        ("FFDR", -RIGHT, -HEAD),
        ("FFDL", RIGHT, -HEAD),
    ],
)
def test_receptor_above_the_table_meets_the_side_that_lies_up(position, above, towards_table_head):
    np.testing.assert_allclose(receptor_direction(0, 0, 0, patient_position=position), above, atol=1e-12)
    np.testing.assert_allclose(receptor_direction(0, 90, 0, patient_position=position), towards_table_head, atol=1e-12)
    assert np.linalg.det(table_from_ras_rotation(position)) == pytest.approx(1.0)


def test_unknown_patient_position_is_named():
    with pytest.raises(ValueError, match="'SITTING'"):
        camera_from_ras_of_c_arm(0, 0, 0, ISOCENTER, 750.0, "SITTING")
