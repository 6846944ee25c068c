"""What is looked at about an answer: the middle of what fits, how wide it is, and that steps in vain end a level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.joint import settling, solve
from RayEmbRegistrationLib.pose.joint.bodies import FRAGMENT, make_bodies
from RayEmbRegistrationLib.pose.joint.settling import looked_at, moments
from RayEmbRegistrationLib.pose.joint.solve import JointProblem
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from registration_cases import CAMERA, SECOND, line_integrals, moved, pelvis, view_of

FEMUR = PELVIS_LABELS["left femur"]


def test_a_profile_as_linearised_is_one_deviation_wide():
    mean, square = moments([-8.0, -2.0, -2.0, -8.0])
    assert mean == pytest.approx(0, abs=1e-6)
    assert square == pytest.approx(1, abs=0.15)


def test_a_profile_that_rises_to_one_side_lies_there_and_is_wide():
    """As measured on a real fragment that ended four of the stated deviations off."""
    mean, square = moments([-7.2, -1.6, 0.1, 0.4])
    assert mean > 1.5
    assert square > 6


def test_a_steep_profile_is_narrow():
    assert moments([-32.0, -8.0, -8.0, -32.0])[1] < 0.5


@pytest.fixture(scope="module")
def scene():
    """The pelvis in two views, its femur a fragment; the true pose."""
    ct = pelvis()
    prepared = prepare(ct, PrepareSettings(library=False))
    pose = view_of(ct, (12.0, -8.0, 3.0), (5.0, -6.0, 760.0))
    views = []
    for place in (RigidTransform(), SECOND):
        image = line_integrals(prepared.attenuation.numpy(), prepared.ras_from_ijk, CAMERA, place @ pose)
        image = image + np.random.default_rng(1).normal(size=image.shape).astype(np.float32) * 0.05
        views.append(View(Radiograph(image, np.ones(image.shape, bool), CAMERA), place.matrix))
    joint = JointProblem(make_bodies(prepared, {FEMUR: FRAGMENT}))
    terms = make_level_views(views, prepared, Poses.of(pose), Level(64, 5, 8))
    return joint, terms, pose


def test_an_answer_is_moved_to_where_evidence_leads(scene):
    joint, terms, pose = scene
    off = State.rigid(Poses.of(moved(pose, joint.bodies.each[0].center_ras, (0.2, -0.1, 0.1), (0.3, -0.3, 0.5))), 2)
    with torch.no_grad():
        unsettled = solve.solve(joint, off, terms, 0)
        found, _ = looked_at(joint, unsettled, terms)
        before, after = (float(s.agreement.evidence[0]) for s in (unsettled, found))
    assert after > before


def test_where_evidence_is_level_the_answer_is_uncertain(scene, monkeypatch):
    joint, terms, pose = scene
    with torch.no_grad():
        solved = solve.solve(joint, State.rigid(Poses.of(pose), 2), terms, 8)
        _, lacking = looked_at(joint, solved, terms)
        monkeypatch.setattr(settling, "_look", lambda *_: 0.0)
        _, level = looked_at(joint, solved, terms)
    assert np.linalg.eigvalsh(solved.covariance + lacking).min() > 0
    # Level over all that is looked at: six deviations to either side, evenly.
    assert np.trace(solved.covariance + level) > 5 * np.trace(solved.covariance)


def test_steps_that_lead_nowhere_end_a_level(scene, monkeypatch):
    joint, terms, pose = scene
    with torch.no_grad():
        at_best = solve.solve(joint, State.rigid(Poses.of(pose), 2), terms, 30).state
        looks = []
        agreement_of = solve.agreement_of

        def counted(problem, state, *rest, **more):
            found = agreement_of(problem, state, *rest, **more)
            looks.append(state)
            # Nothing that is tried is any better.
            return found if len(looks) == 1 else replace(found, product=found.product - 1)

        monkeypatch.setattr(solve, "agreement_of", counted)
        solve.solve(joint, at_best, terms, 30, settled=0.0)
    assert len(looks) <= 1 + 3
