"""What a bone's pose is worth: bones that fit elsewhere as well, and doubt about where outlines lie."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.joint.bodies import JOINTED, make_bodies
from RayEmbRegistrationLib.pose.joint.bones import solve_levels
from RayEmbRegistrationLib.pose.joint.judging import LEAST_LEAD, judge_bones, nearest_rival
from RayEmbRegistrationLib.pose.joint.outline import with_outline_doubt
from RayEmbRegistrationLib.pose.joint.solve import JointProblem, solve
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from registration_cases import CAMERA, knee, knee_pose, line_integrals

FEMUR, TIBIA = 1, 2
DEPTH_MM = 765.0


@pytest.fixture(scope="module")
def bone():
    """Femur and tibia alone."""
    ct = replace(knee(), labels=np.where(np.isin(knee().labels, (FEMUR, TIBIA)), knee().labels, 0))
    return ct, prepare(ct, PrepareSettings(library=False))


def about(degrees: float) -> RigidTransform:
    """A camera turned about the bone, from the first."""
    angle = np.radians(degrees)
    shift = (-DEPTH_MM * np.sin(angle), 0, DEPTH_MM * (1 - np.cos(angle)))
    return RigidTransform.from_rotation_vector((0, angle, 0), shift)


@pytest.mark.parametrize("is_seen", [False, True], ids=["unseen", "seen"])
def test_a_bone_that_fits_elsewhere_as_well_is_flagged(bone, is_seen):
    _ct, prepared = bone
    bodies = make_bodies(prepared, {TIBIA: JOINTED, FEMUR: JOINTED})
    joint = JointProblem(bodies, held=("rx", "ry", "rz"))  # a turn stays, whether it is seen or not
    image = line_integrals(prepared.attenuation, prepared.ras_from_ijk, CAMERA, knee_pose())
    image = image + np.random.default_rng(0).normal(0, 0.1, image.shape).astype(np.float32)  # by it fits are compared
    rows = CAMERA.project(knee_pose().apply(bodies.each[1].points_ras))[:, 1]
    mask = np.ones(image.shape, bool)
    if not is_seen:
        mask[max(0, int(rows.min()) - 20) : int(rows.max()) + 21] = False  # where it may turn to, too
    problem = Problem((View(Radiograph(image, mask, CAMERA), np.eye(4)),), prepared, Limits(prepared.center_ras))
    with torch.no_grad():
        solved = solve_levels(problem, joint, State.rigid(Poses.of(knee_pose()), 2), [Level(64, 5, 1)])
        pose = solved.state.poses.rigid[1]
        center = pose.apply(bodies.each[1].center_ras[None])[0]
        turn = RigidTransform.from_rotation_vector((0, 0, np.radians(12.0)))
        rival = Poses.of(RigidTransform(turn.rotation, center - turn.apply(center)) @ pose)
        away, worse = nearest_rival(problem, joint, solved, 1, rival)
        label = bodies.each[1].label
        verdict = judge_bones(problem, joint, solved, [label], {1: rival})[label]
    assert away > 5
    assert (worse < LEAST_LEAD) != is_seen, (away, worse)
    assert verdict.trusted == is_seen, verdict.reason


def test_doubt_about_outlines_is_of_depth_and_goes_where_another_view_sees_it(bone):
    _ct, prepared = bone
    deviations = {}
    for count in (1, 2):
        views = tuple(
            View(
                Radiograph(
                    line_integrals(prepared.attenuation, prepared.ras_from_ijk, CAMERA, about(d) @ knee_pose()),
                    np.ones((CAMERA.height, CAMERA.width), bool),
                    CAMERA,
                ),
                about(d).matrix,
            )
            for d in (0, 90)[:count]
        )
        problem = Problem(views, prepared, Limits(prepared.center_ras))
        joint = JointProblem(make_bodies(prepared, {}))
        with torch.no_grad():
            terms = make_level_views(problem.views, prepared, Poses.of(knee_pose()), Level(64, 5, 3))
            plain = solve(joint, State.rigid(Poses.of(knee_pose()), 1), terms, 2)
            # The images have no noise; so much as X-rays have, else nothing is large beside the doubt.
            wide = with_outline_doubt(joint, plain, terms, prepared.voxel_mm)
        deviations[count] = [np.sqrt(np.diag(one.covariance)) for one in (plain, wide)]
    alone, both = deviations[1], deviations[2]
    added = np.sqrt(np.maximum(alone[1] ** 2 - alone[0] ** 2, 0))
    radius = np.sqrt(((prepared.bone_points_ras - prepared.bone_points_ras.mean(axis=0)) ** 2).sum(axis=1).mean() * 2 / 3)
    assert added[5] == pytest.approx(0.045 * prepared.voxel_mm * DEPTH_MM / radius, rel=0.4)
    assert added[5] > 5 * added[3:5].max()
    assert np.sqrt(np.maximum(both[1] ** 2 - both[0] ** 2, 0))[5] < 0.2 * added[5]


def test_a_femur_that_was_missed_in_two_views_is_found(repository, monkeypatch):
    """It was 11 mm wrong, and trusted: while the pelvis was off, so was what lay behind the femur."""
    import sys

    monkeypatch.syspath_prepend(str(repository / "Testing" / "bench"))
    from joint_cases import femurs

    with torch.no_grad():
        bones = femurs(7010, 2)["bones"]
    sys.modules.pop("joint_cases")
    assert max(bone["mtre_mm"] for bone in bones) < 1
    assert all(bone["trusted"] for bone in bones)
