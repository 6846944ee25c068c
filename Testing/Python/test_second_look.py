"""A pose that ended some degrees beside the truth is found to be so; one that fits well, or is held, is left alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.schedule import Schedule, refine_by_schedule
from RayEmbRegistrationLib.pose.alignment.second_look import LAST, SURE, look_beside
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from registration_cases import errors, knee_pose, knee_radiograph, moved, prepared_knee


def ended(turn_deg, shift_mm=(0.0, 0.0, 0.0), **limits):
    """A registration that stopped where it began, so far from the truth."""
    prepared = prepared_knee()
    problem = Problem((View(knee_radiograph(), np.eye(4)),), prepared, Limits(center_ras=prepared.center_ras, **limits))
    stopped = Schedule((replace(LAST, iterations=0),), (1,))
    pose = Poses.of([moved(knee_pose(), prepared.center_ras, turn_deg, shift_mm)])
    with torch.no_grad():
        return refine_by_schedule(problem, pose, stopped, np.random.default_rng(0))


def error_of(solution):
    return errors(RigidTransform.from_matrix(solution.pose.numpy[0]), knee_pose(), prepared_knee())


@pytest.mark.parametrize("turn_deg", [(6.0, -5.0, 0.0), (-5.0, 4.0, 1.0)])
def test_a_pose_beside_the_truth_is_brought_to_it(turn_deg):
    beside = ended(turn_deg)
    assert beside.similarity < SURE
    assert error_of(beside).rotation_deg > 4
    with torch.no_grad():
        found = look_beside(beside)
    # As close as a refinement of such X-rays comes from nearby: test_refinement's bounds.
    assert error_of(found).rotation_deg < 0.1
    assert error_of(found).in_plane_mm < 0.05
    assert found.evidence > beside.evidence
    assert len(found.trace) > len(beside.trace)


def test_a_right_pose_is_left_as_it_is():
    right = ended((0.0, 0.0, 0.0))
    assert look_beside(right) is right


def test_what_is_held_is_not_tilted():
    beside = ended((4.0, 2.0, 0.0), held=("rx",))
    assert look_beside(beside) is beside


def test_it_stops_when_time_is_over():
    beside = ended((4.0, 2.0, 0.0))
    with torch.no_grad():
        assert look_beside(beside, lambda: True) is beside
