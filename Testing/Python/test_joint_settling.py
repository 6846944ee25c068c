"""What is looked at about an answer, steps in vain that end a level, and pictures that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.joint import settling, solve
from RayEmbRegistrationLib.pose.joint.bodies import FRAGMENT, make_bodies
from RayEmbRegistrationLib.pose.joint.pictures import HARDLY_PX, albums_for, images_of
from RayEmbRegistrationLib.pose.joint.settling import looked_at, moments
from RayEmbRegistrationLib.pose.joint.solve import JointProblem
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.joint.warp import make_warp
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


def pictures_after(scene, step):
    """Of the second view: as kept, as projected anew, as it was, and how often a body was projected."""
    joint, terms, pose = scene
    state = State.rigid(Poses.of(pose), 2)
    tried = state.moved(torch.as_tensor(step, dtype=torch.float64), joint.bodies)
    album, projected = albums_for(joint, terms)[1], []
    render, with_jacobian = JosephProjector.render, JosephProjector.render_with_jacobian

    def counted(original):
        def call(*given):
            projected.append(given)
            return original(*given)

        return call

    with torch.no_grad(), pytest.MonkeyPatch.context() as patched:
        before, _ = images_of(joint, state, terms[1], True, None, album)
        patched.setattr(JosephProjector, "render", counted(render))
        patched.setattr(JosephProjector, "render_with_jacobian", counted(with_jacobian))
        kept, columns = images_of(joint, tried, terms[1], True, None, album)
        calls = len(projected)
        anew, fresh = images_of(joint, tried, terms[1], True)
    return before, kept, anew, calls, (columns, fresh)


def test_a_body_that_hardly_moved_is_not_projected_again(scene):
    _, terms, _ = scene
    px_a_mm = terms[1].camera.K[0, 0] / 760.0
    small = 0.3 * HARDLY_PX / px_a_mm
    before, kept, anew, calls, _ = pictures_after(scene, [0.0, 0.0, 0.0, small, *[0.0] * 6, small, small])
    assert calls == 0
    assert torch.linalg.norm(kept - anew) < 0.1 * torch.linalg.norm(before - anew)  # what the derivatives leave out


def test_a_body_that_moved_is_projected_again_and_the_other_is_not(scene):
    _, kept, anew, calls, (columns, fresh) = pictures_after(scene, [0.0] * 6 + [0.0, 0.0, 0.0, 3.0, 0.0, 0.0])
    assert calls == 1
    torch.testing.assert_close(kept, anew)
    torch.testing.assert_close(columns, fresh)


def test_nothing_is_kept_where_the_volume_changes(scene):
    joint, terms, _ = scene
    assert albums_for(replace(joint, block=make_warp(joint.bodies)), terms) == [None, None]
