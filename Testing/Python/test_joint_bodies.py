"""Joints found in a label map, bodies hung by them, and what priors say of a state."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.joint.bodies import FRAGMENT, FREE, JOINTED, make_bodies
from RayEmbRegistrationLib.pose.joint.joints import contact_between, fitted_sphere
from RayEmbRegistrationLib.pose.joint.state import State, offsets_at_joint, pull_of
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prior import start_prior
from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS
from registration_cases import pelvis, view_of

LEFT, FEMUR = PELVIS_LABELS["left hemipelvis"], PELVIS_LABELS["left femur"]


@pytest.fixture(scope="module")
def prepared():
    return prepare(pelvis(), PrepareSettings(library=False))


def test_a_sphere_is_fitted_to_a_part_of_it_among_what_is_none():
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(400, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    cap = (
        np.array([10.0, -20, 30])
        + 24 * directions[directions[:, 2] > 0.2]
        + rng.normal(0, 0.3, ((directions[:, 2] > 0.2).sum(), 3))
    )
    rim = np.array([10.0, -20, 30]) + rng.normal(size=(15, 3)) * 12
    center, radius = fitted_sphere(np.concatenate([cap, rim]))
    assert np.linalg.norm(center - [10, -20, 30]) < 1
    assert radius == pytest.approx(24, abs=1)


def test_points_in_a_plane_are_no_ball():
    flat = np.random.default_rng(1).uniform(0, 30, (200, 3)) * [1, 1, 0]
    assert contact_between(flat, np.add(flat, [0, 0, 3])).radius_mm is None


def test_surfaces_apart_do_not_touch():
    points = np.random.default_rng(1).uniform(0, 30, (200, 3))
    assert contact_between(points, np.add(points, [100, 0, 0])) is None


def test_a_femur_turns_about_the_middle_of_its_head(prepared):
    bodies = make_bodies(prepared, {FEMUR: JOINTED})
    root, femur = bodies.each
    assert (root.label, root.parent, femur.label, femur.parent) == (0, None, FEMUR, 0)
    # The phantom's hips lie in the plane x = 0 of its origin, left at negative i: 25 mm is what a head's radius is.
    assert femur.contact.radius_mm == pytest.approx(23.5, abs=3)
    assert np.abs(femur.center_ras[1:]).max() < 1
    assert abs(femur.center_ras[0]) == pytest.approx(90, abs=8)


def test_bodies_add_up_to_the_whole(prepared):
    bodies = make_bodies(prepared, {FEMUR: JOINTED, LEFT: FRAGMENT})
    torch.testing.assert_close(sum(bodies.values), prepared.attenuation)
    assert {body.label for body in bodies.each} == {0, FEMUR, LEFT}


def test_a_bone_that_touches_none_is_held_by_no_joint(prepared):
    from dataclasses import replace

    alone = np.where(np.isin(prepared.labels, (PELVIS_LABELS["right hemipelvis"], FEMUR)), prepared.labels, 0)
    attenuation = prepared.attenuation * torch.as_tensor(alone > 0)
    apart = replace(prepared, labels=alone.astype(np.uint16), attenuation=attenuation, _projectors={})
    bodies = make_bodies(apart, {FEMUR: JOINTED, PELVIS_LABELS["right hemipelvis"]: JOINTED})
    child = bodies.each[1]
    assert child.contact is None
    assert child.hinge == FREE


@pytest.mark.parametrize("moved", ["the child", "the parent"])
def test_the_slopes_of_the_priors_are_those_of_differences(prepared, moved):
    bodies = make_bodies(prepared, {FEMUR: JOINTED, LEFT: FRAGMENT})
    pose = Poses.of(view_of(pelvis()))
    state = State.rigid(pose, len(bodies))
    rng = np.random.default_rng(3)
    state = state.moved(torch.as_tensor(rng.normal(size=18) * np.tile([0.01, 0.01, 0.01, 1, 1, 1], 3)), bodies)
    prior = start_prior(pose.numpy[0], bodies.each[0].center_ras, 10, 10)
    at = pull_of(state, bodies, prior, None)
    for axis in range(6):
        step = torch.zeros(18, dtype=torch.float64)
        step[axis + (6 if moved == "the child" else 0)] = 1e-5
        ahead, behind = (pull_of(state.moved(sign * step, bodies), bodies, prior, None).cost for sign in (1, -1))
        slope = float((at.gradient * step).sum() / 1e-5)
        # Turns are linearised: of a tenth of a radian the square is left out.
        assert (ahead - behind) / 2e-5 == pytest.approx(slope, rel=0.05, abs=0.02 * float(at.gradient.abs().max()))


def test_a_turn_about_the_joint_shifts_nothing_and_a_shift_is_told(prepared):
    bodies = make_bodies(prepared, {FEMUR: JOINTED})
    state = State.rigid(Poses.of(view_of(pelvis())), 2)
    step = torch.zeros(12, dtype=torch.float64)
    step[6:9] = torch.as_tensor(np.radians([3.0, -4.0, 12.0]))
    turned = offsets_at_joint(state.moved(step, bodies), bodies, 1)
    assert float(turned[:3].norm()) == pytest.approx(np.radians(13))
    assert float(turned[3:].norm()) < 1e-9
    step[9:] = torch.tensor([6.0, 0, 8.0])
    assert float(offsets_at_joint(state.moved(step, bodies), bodies, 1)[3:].norm()) == pytest.approx(10)
    together = State.rigid(Poses.of(RigidTransform.from_rotation_vector((0.2, 0, 0)) @ view_of(pelvis())), 2)
    assert float(offsets_at_joint(together, bodies, 1).norm()) < 1e-9


def arguments_of(*words):
    from RayEmbRegistrationLib.command_line.main import build_parser

    given = ["register", "--ct", "a", "--xray", "b", "--output", "c", *words]
    return build_parser().parse_args(given)


def test_joints_are_set_and_lifted_on_the_command_line():
    from RayEmbRegistrationLib.command_line.bones import joint_limits

    assert joint_limits(arguments_of()) == (15.0, 1.5)
    assert joint_limits(arguments_of("--joint", "30", "3")) == (30, 3)
    assert joint_limits(arguments_of("--free-bones")) is None
    with pytest.raises(ValueError, match="either"):
        joint_limits(arguments_of("--joint", "30", "3", "--free-bones"))
    with pytest.raises(ValueError, match="positive"):
        joint_limits(arguments_of("--joint", "0", "3"))
