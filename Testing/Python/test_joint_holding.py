"""What one view leaves uncertain where the pose is kept and the shape fitted, against a linear world made by chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.joint.bodies import make_bodies
from RayEmbRegistrationLib.pose.joint.holding import imitated, with_shape_in_pose
from RayEmbRegistrationLib.pose.joint.solve import JointProblem, Solved
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.joint.warp import make_warp
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prior import PosePrior
from registration_cases import pelvis, view_of

DEPTH_MM = 760.0


@pytest.fixture(scope="module")
def bone():
    """A pelvis as one body with a warp, in an AP view."""
    ct = pelvis()
    prepared = prepare(ct, PrepareSettings(library=False))
    bodies = make_bodies(prepared, {})
    pose = view_of(ct, (0.0, 0.0, 0.0), (0.0, 0.0, DEPTH_MM))
    block = make_warp(bodies)
    return JointProblem(bodies, block), State.rigid(Poses.of(pose), 1, len(block.precision))


def test_a_larger_bone_looks_as_one_that_is_nearer(bone):
    joint, state = bone
    points = joint.bodies.each[0].points_ras
    larger = 0.01 * (points - points.mean(axis=0))
    coefficients = np.linalg.lstsq(joint.block.at(points), larger, rcond=None)[0].T.ravel()
    step = imitated(state, joint, joint.block) @ coefficients
    # A body turns about its own centre, which the depth is counted from.
    assert step[5] == pytest.approx(-0.01 * DEPTH_MM, rel=0.1)
    assert np.abs(step[:3]).max() < np.radians(0.3)


@pytest.mark.parametrize("known", [False, True])
def test_the_covariance_is_that_of_errors_made_by_chance(bone, known):
    joint, state = bone
    rng = np.random.default_rng(5)
    into_pose, size = imitated(state, joint, joint.block), 6 + len(joint.block.precision)
    by_pose = rng.normal(size=(400, 6)) * [200, 200, 200, 3, 3, 0.3]
    other = rng.normal(size=(400, size - 6)) * 0.2
    other -= by_pose @ np.linalg.lstsq(by_pose, other, rcond=None)[0]
    columns = np.concatenate([by_pose, by_pose @ into_pose + other], axis=1)
    solved = Solved(state, None, np.eye(size), columns.T @ columns, 1.0)
    deviations = np.array([0.002, 0.002, 0.002, 0.1, 0.1, 1.0])
    prior = PosePrior(state.poses.numpy[0], joint.bodies.each[0].center_ras, deviations) if known else None
    said = with_shape_in_pose(solved, joint, joint.block, prior).covariance

    weight = np.diag(1 / deviations**2) if known else np.zeros((6, 6))
    draws = 4000
    shapes = np.linalg.solve(np.linalg.cholesky(joint.block.precision).T, rng.normal(size=(size - 6, draws)))
    told = rng.normal(size=(6, draws)) * deviations[:, None] if known else np.zeros((6, draws))
    seen = columns[:, 6:] @ shapes + rng.normal(size=(400, draws))
    pose = np.linalg.solve(by_pose.T @ by_pose + weight, by_pose.T @ seen + weight @ told)
    left = seen - by_pose @ pose
    own = columns[:, 6:]
    fitted = np.linalg.solve(own.T @ own + joint.block.precision, own.T @ left)
    errors = np.concatenate([pose, fitted - shapes])
    # Standard deviations of 4000 draws are good to 1.1 %; the largest of some hundred lies within four of these.
    np.testing.assert_allclose(np.sqrt(np.diag(said)), errors.std(axis=1), rtol=0.05)


def test_a_held_answer_is_said_of_all_blocks(bone):
    joint, state = bone
    size = 6 + len(joint.block.precision)
    blind = Solved(state, None, np.eye(size), np.diag([1e4] * 3 + [50.0] * 2 + [1.0] + [0.0] * (size - 6)), 1.0)
    covariance = with_shape_in_pose(blind, joint, joint.block, None).covariance
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert np.sqrt(covariance[5, 5]) > 2.0  # twice what the picture of a known shape leaves open
    stiff = replace(joint.block, precision=1e6 * joint.block.precision)
    assert np.sqrt(with_shape_in_pose(blind, joint, stiff, None).covariance[5, 5]) == pytest.approx(1.0, rel=0.01)
    assert torch.equal(blind.state.coefficients, state.coefficients)


def test_a_degree_of_freedom_that_is_kept_takes_no_difference_of_shape(bone):
    joint, state = bone
    kept = replace(joint, held=("depth",))
    step = imitated(state, kept, joint.block)
    assert np.abs(step[5]).max() < 1e-12
    assert np.abs(step[3]).max() > 0.01
    size = 6 + len(joint.block.precision)
    seen = np.diag([1e4] * 3 + [50.0] * 2 + [1.0] + [0.0] * (size - 6))
    deviations = np.sqrt(
        np.diag(with_shape_in_pose(Solved(state, None, np.eye(size), seen, 1.0), kept, joint.block, None).covariance)
    )
    assert deviations[5] < 1e-3  # known exactly; the others by what the picture and the shape leave
    assert deviations[3] == pytest.approx(
        np.sqrt(1 / 50 + step[3] @ np.linalg.solve(joint.block.precision, step[3])), rel=1e-3
    )
