"""Poses that are given are judged as they stand: as a registration that ended there, without search, and at once."""

import time
from dataclasses import replace

import numpy as np
import pytest
from RayEmbRegistrationLib.assessing import assess_poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import NotInViewError
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Cancelled
from RayEmbRegistrationLib.registration import register
from registration_cases import CAMERA, as_view, knee, knee_pose, moved, prepared_knee, view_of, with_camera, xray_of

LONGEST_S = 1.0


@pytest.fixture(scope="module")
def shot():
    return as_view(xray_of(knee(), knee_pose()))


def at(shot, turn_deg=(0, 0, 0), shift_mm=(0, 0, 0)):
    return replace(shot, start=moved(knee_pose(), prepared_knee().center_ras, turn_deg, shift_mm))


def test_what_a_registration_found_is_judged_as_the_registration_judged_it(shot):
    settings = RegistrationSettings(refine_only=True)
    found = register(prepared_knee(), [at(shot, (1, -1, 1), (2, -1.5, 0))], settings)
    again = assess_poses(prepared_knee(), [replace(shot, start=found.camera_from_ras)])
    np.testing.assert_allclose(again.camera_from_ras.matrix, found.camera_from_ras.matrix, atol=1e-12)
    assert again.quality.similarity == pytest.approx(found.quality.similarity, abs=1e-6)
    assert again.views[0].similarity == pytest.approx(found.views[0].similarity, abs=1e-6)
    assert again.quality.expected_in_plane_mm == pytest.approx(found.quality.expected_in_plane_mm, rel=0.2)
    assert (again.method, again.tried, again.trace) == ("given pose", ("given pose",), ())


def test_a_pose_that_was_moved_is_worth_less_and_stays_where_it_is(shot):
    similarities = []
    for shift in (0.0, 1.0, 3.0, 6.0):
        given = at(shot, shift_mm=(shift, 0, 0))
        result = assess_poses(prepared_knee(), [given])
        np.testing.assert_allclose(result.camera_from_ras.matrix, given.start.matrix, atol=1e-12)
        similarities.append(result.quality.similarity)
    assert similarities == sorted(similarities, reverse=True)
    assert not result.quality.trusted
    assert result.quality.expected_in_plane_mm > 3


def test_the_polarity_that_fits_is_found_and_a_given_one_is_kept(shot):
    inverted = replace(shot, pixels=shot.pixels.max() - shot.pixels)
    open_ones = [assess_poses(prepared_knee(), [at(one)]).quality.similarity for one in (shot, inverted)]
    assert open_ones[0] == pytest.approx(open_ones[1], abs=0.02)


def test_the_xrays_of_a_rig_are_judged_together_by_the_pose_of_one(shot):
    poses = knee_pose(), view_of(knee(), (-60.0, 5.0, 0.0), (4.0, 3.0, 760.0))
    second = as_view(xray_of(knee(), poses[1], seed=1))
    rig = [RigidTransform(), poses[1] @ poses[0].inverse()]
    views = [
        with_camera(replace(view, geometry=replace(view.geometry, camera_from_rig=place)), CAMERA)
        for view, place in zip((shot, second), rig, strict=True)
    ]
    together = assess_poses(prepared_knee(), [replace(views[0], start=poses[0]), views[1]])
    np.testing.assert_allclose(together.views[1].camera_from_ras.matrix, poses[1].matrix, atol=1e-9)
    assert together.quality.trusted, together.quality.reason
    apart = assess_poses(prepared_knee(), [replace(shot, start=poses[0]), replace(second, start=poses[1])])
    assert (together.quality.purpose, apart.quality.purpose) == ("position", "overlay")
    # A single view hardly shows the distance.
    assert apart.quality.position.bound_mm > 2 * together.quality.position.bound_mm
    assert apart.quality.position.probability < together.quality.position.probability


def test_what_cannot_be_judged_is_said(shot):
    with pytest.raises(InputProblem, match="has no pose to assess"):
        assess_poses(prepared_knee(), [shot])
    with pytest.raises(InputProblem, match="at least one X-ray"):
        assess_poses(prepared_knee(), [])
    with pytest.raises(NotInViewError, match="outside the X-ray"):
        assess_poses(prepared_knee(), [at(shot, shift_mm=(500, 0, 0))])
    with pytest.raises(Cancelled):
        assess_poses(prepared_knee(), [at(shot)], cancelled=lambda: True)


def test_it_takes_less_than_a_second_a_view(shot):
    """Processor time, which other processes do not lengthen."""
    assess_poses(prepared_knee(), [at(shot)])  # makes the projectors, once a CT
    spent = []
    for _ in range(3):
        began = time.process_time()
        assess_poses(prepared_knee(), [at(shot, shift_mm=(0.5, 0, 0))])
        spent.append(time.process_time() - began)
    assert min(spent) < LONGEST_S
