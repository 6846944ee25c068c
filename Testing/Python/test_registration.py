"""Registration from end to end on phantoms: it finds the pose, and where it cannot it says so."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from long_form import short_or_long
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.prepared.prepare import prepare
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import (
    CAMERA,
    as_view,
    errors,
    knee,
    knee_pose,
    moved,
    pelvis,
    pelvis_xray,
    prepared_knee,
    prepared_knee_with_library,
    prepared_pelvis,
    view_of,
    xray_of,
)

NO_MIRROR = RegistrationSettings(mirrored=False)
SECONDS = short_or_long(6.0, None)
"""For what has no answer: all that is tried takes 20."""


def pelvis_errors(result):
    return errors(result.camera_from_ras, view_of(pelvis()), prepared_pelvis())


@cache
def found_without_a_start():
    return register(prepared_pelvis(), [as_view(pelvis_xray())], RegistrationSettings(method="search"))


def test_without_a_start_pose_and_polarity():
    result = found_without_a_start()
    deviation = pelvis_errors(result)
    # 0.4 mm is reached, nearly all of it depth, which one view hardly shows; voxels are 2 mm.
    assert deviation.mtre_mm < 1
    assert deviation.in_plane_mm < 0.15
    assert deviation.rotation_deg < 0.2
    assert result.quality.trusted
    assert not result.views[0].mirrored
    assert {"search", "refine", "total"} <= set(result.timing_s)
    assert 1 < result.quality.translation_std_mm[2] / result.quality.translation_std_mm[0] < 50
    assert result.views[0].similarity == pytest.approx(result.quality.similarity, abs=0.05)


def test_the_same_seed_gives_the_same_pose_to_the_last_bit():
    again = register(prepared_pelvis(), [as_view(pelvis_xray())], RegistrationSettings(method="search"))
    np.testing.assert_array_equal(again.camera_from_ras.matrix, found_without_a_start().camera_from_ras.matrix)
    assert again.quality.similarity == found_without_a_start().quality.similarity


def test_landmarks_give_the_same_pose_for_the_same_seed():
    first, again = (register(prepared_pelvis(), [as_view(pelvis_xray())]) for _ in range(2))
    np.testing.assert_array_equal(again.camera_from_ras.matrix, first.camera_from_ras.matrix)


def test_a_mirrored_windowed_image_is_found_as_mirrored():
    xray = pelvis_xray("windowed")
    view = as_view(replace(xray, pixels=np.ascontiguousarray(xray.pixels[:, ::-1])), bone_is_bright=False)
    result = register(prepared_pelvis(), [view])
    assert result.quality.trusted
    assert result.views[0].mirrored
    assert any("mirrored" in note for note in result.notes)
    assert pelvis_errors(result).mtre_mm < 1
    assert result.views[0].radiograph.camera.is_mirrored  # its camera projects onto the pixels as they were given


def knee_view(**about):
    start = moved(knee_pose(), prepared_knee().center_ras, (3.0, -3.0, 2.0), (3.0, -3.0, 3.0))
    return as_view(knee_xray(), **{"bone_is_bright": True, "start": start, **about})


@cache
def knee_xray():
    return xray_of(knee(), knee_pose())


def test_a_start_pose_and_what_is_held():
    result = register(prepared_knee(), [knee_view()])
    deviation = errors(result.camera_from_ras, knee_pose(), prepared_knee())
    assert result.quality.trusted
    assert deviation.in_plane_mm < 0.3
    assert deviation.rotation_deg < 1
    assert abs(deviation.depth_mm) < 4 * result.quality.translation_std_mm[2]  # one view of a slim bone: it knows

    held = RegistrationSettings(held=("depth", "rz"))
    start = moved(knee_pose(), prepared_knee().center_ras, (1.0, -1.0, 0.0), (1.5, -1.5, 2.0))
    result = register(prepared_knee(), [knee_view(start=start)], held)
    center = prepared_knee().center_ras
    assert result.camera_from_ras.apply(center)[2] == pytest.approx(start.apply(center)[2], abs=1e-6)
    # What is held is as sure as the start: good to 10 mm, which are two standard deviations.
    assert 4 < result.quality.translation_std_mm[2] < 10


def test_landmarks_start_it():
    points = prepared_knee().bone_points_ras[:: len(prepared_knee().bone_points_ras) // 8]
    pixels = CAMERA.project(knee_pose().apply(points)) + np.random.default_rng(0).normal(0, 1, (len(points), 2))
    view = knee_view(start=None, points_ras=points, points_px=pixels)
    deviation = errors(register(prepared_knee(), [view]).camera_from_ras, knee_pose(), prepared_knee())
    assert deviation.in_plane_mm < 0.3
    assert deviation.rotation_deg < 1


SECOND_FROM_FIRST = RigidTransform.from_rotation_vector((0, np.radians(60), 0), (-662.0, 0, 382.0))


def pair(**about):
    """Two views 60 degrees apart."""
    second = xray_of(knee(), SECOND_FROM_FIRST @ knee_pose(), seed=1)
    rig = RigidTransform.from_rotation_vector((0.2, 0.1, -0.4), (100.0, 50.0, -20.0))  # any frame will do
    return (
        as_view(knee_xray(), camera_from_rig=rig, bone_is_bright=True, **about),
        as_view(second, camera_from_rig=SECOND_FROM_FIRST @ rig, bone_is_bright=True),
    )


def test_two_calibrated_views_find_the_depth():
    start = knee_view().start
    joint = register(prepared_knee(), pair(start=start))
    deviation = errors(joint.camera_from_ras, knee_pose(), prepared_knee())
    assert joint.quality.trusted
    assert deviation.mtre_mm < 0.7  # one view alone is 4 mm off in depth
    assert abs(deviation.depth_mm) < 0.5
    kept = joint.views[1].camera_from_ras @ joint.views[0].camera_from_ras.inverse()
    np.testing.assert_allclose(kept.matrix, SECOND_FROM_FIRST.matrix, atol=1e-6)


def test_two_calibrated_views_without_a_start():
    joint = register(prepared_knee_with_library(), pair(), NO_MIRROR)
    assert joint.quality.trusted
    assert errors(joint.camera_from_ras, knee_pose(), prepared_knee()).mtre_mm < 0.7


def test_two_views_without_a_rig_get_a_pose_each():
    start = moved(knee_pose(), prepared_knee().center_ras, (0.5, -0.5, 0.5), (0.5, -0.5, 1.0))
    first, second = (view.with_geometry(camera_from_rig=None) for view in pair(start=start))
    second = replace(second, start=SECOND_FROM_FIRST @ start)
    result = register(prepared_knee(), [first, second], RegistrationSettings(refine_only=True))
    for found, truth in zip(result.views, (knee_pose(), SECOND_FROM_FIRST @ knee_pose()), strict=True):
        deviation = errors(found.camera_from_ras, truth, prepared_knee())
        assert deviation.in_plane_mm < 0.5
        assert deviation.rotation_deg < 1.5


def test_another_patient_is_not_trusted():
    """The X-ray of one pelvis, the CT of another, a start pose where the first one is."""
    other = xray_of(pelvis(1), view_of(pelvis(1)))
    view = as_view(other, bone_is_bright=True, start=view_of(pelvis(1)))
    settings = RegistrationSettings(start_rotation_deg=5, seconds=SECONDS)
    assert not register(prepared_pelvis(), [view], settings).quality.trusted


def test_another_bone_is_not_trusted():
    view = as_view(pelvis_xray("log"), bone_is_bright=True, start=knee_pose())
    assert not register(prepared_knee(), [view], RegistrationSettings(start_translation_mm=5)).quality.trusted


V, U = np.mgrid[: CAMERA.height, : CAMERA.width].astype(np.float32)
BONELESS = {
    "noise": np.random.default_rng(0).normal(1000, 50, V.shape).astype(np.float32),
    "gradient": 100 + 3 * U + V,
    "disc": np.where(np.hypot(U - 90, V - 100) < 60, 200, 1000).astype(np.float32) + np.sin(U),
    "soft tissue": np.exp(-(((U - 96) / 70) ** 2)) + 0.05 * np.sin(V / 9) * np.cos(U / 13),
}


@cache
def coarse_knee():
    """With a library. All there is, is tried where no bone is found, which takes long of fine voxels."""
    return prepare(make_knee_phantom(0, 6.0))


@pytest.mark.parametrize("name", short_or_long(("disc", "soft tissue"), tuple(BONELESS)))
def test_an_xray_without_bone_is_not_trusted(name):
    settings = replace(NO_MIRROR, method="search", seconds=SECONDS)
    view = XrayView.of_camera(BONELESS[name], CAMERA, bone_is_bright=True)
    if name == "disc":  # white around black: nothing but border
        with pytest.raises(ValueError, match="export it again"):
            register(coarse_knee(), [view], settings)
    else:
        assert not register(coarse_knee(), [view], settings).quality.trusted


@pytest.mark.parametrize(
    ("about", "settings", "message"),
    [
        ({}, {"view": "frontal"}, "'frontal' is unknown; choose one of ap, pa, lateral, right-lateral"),
        ({}, {"held": ("yaw",)}, "cannot hold yaw; degrees of freedom are rx, ry"),
        ({"start": RigidTransform(np.eye(3), np.array([0, 0, -800.0]))}, {}, "behind the source"),
        ({"start": RigidTransform(np.eye(3), np.array([900.0, 0, 800]))}, {"refine_only": True}, "outside the X-ray"),
        ({"start": None}, {}, "must be prepared with views"),
        ({"start": None, "points_ras": np.zeros((3, 3)), "points_px": np.zeros((3, 2))}, {}, "3 landmark pairs are too few"),
        ({"pixels": np.full(V.shape, 5.0, np.float32)}, {}, "one constant grey value"),
    ],
)
def test_what_cannot_be_registered_is_said_in_a_sentence(about, settings, message):
    with pytest.raises(ValueError, match=message) as refused:
        register(prepared_knee(), [replace(knee_view(), **about)], RegistrationSettings(**settings))
    assert "\n" not in str(refused.value)


def test_no_xray_and_no_labels_are_said():
    with pytest.raises(ValueError, match="at least one X-ray"):
        register(prepared_knee(), [])
    with pytest.raises(ValueError, match="label map"):
        register(replace(prepared_knee(), labels=None), [knee_view()], RegistrationSettings(bones=(1,)))
    with pytest.raises(ValueError, match=r"192 x 192 pixels but its camera is for 96 x 96"):
        XrayView.of_camera(knee_xray().pixels, CAMERA.bin(2))


def test_progress_rises_and_names_its_stages():
    shares, stages = [], []
    register(
        prepared_knee(),
        [knee_view(start=knee_pose())],
        RegistrationSettings(refine_only=True),
        progress=lambda share, stage: (shares.append(share), stages.append(stage)),
    )
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], stages[-1]) == (0.0, 1.0, "registered")


def test_poses_are_shown_while_they_improve():
    prepared, truth = prepared_pelvis(), view_of(pelvis())
    start = moved(truth, prepared.center_ras, (3, -2, 2), (4, -3, 0))
    shown = []
    view = as_view(pelvis_xray(), start=start, bone_is_bright=pelvis_xray().bone_is_bright)
    result = register(prepared, [view], preview=shown.append)
    assert len(shown) >= 4
    assert all(set(poses) == {0} for poses in shown)
    np.testing.assert_array_equal(shown[-1][0].matrix, result.camera_from_ras.matrix)
    first, last = (errors(poses[0], truth, prepared).mtre_mm for poses in (shown[0], shown[-1]))
    assert last < first
