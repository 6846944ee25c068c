"""Gauss-Newton on noise-free X-rays by another projector: it converges, keeps what is held, and its gradient is one."""

from functools import cache

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.alignment.refinement import motion, refine, within_depth
from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY, around, distinct, refine_by_schedule
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from registration_cases import errors, knee_pose, knee_radiograph, moved, noise_free, prepared_knee

COARSE = Level(64, 5, 8)


def center():
    return prepared_knee().center_ras


def off_pose(turn_deg=(1.8, -1.8, 1.6), shift_mm=(2.5, -2.5, 2.0)):
    """3 degrees and 4 mm off."""
    return moved(knee_pose(), center(), turn_deg, shift_mm)


def as_poses(*poses):
    return Poses.of(poses)


@cache
def terms_at(level=COARSE):
    with torch.no_grad():
        return make_level_views([View(knee_radiograph(), np.eye(4))], prepared_knee(), as_poses(knee_pose()), level)


def refined(poses, iterations=8, **limits):
    with torch.no_grad():
        return refine(terms_at(), as_poses(*poses), Limits(center_ras=center(), **limits), iterations)


def test_converges():
    problem = Problem((View(knee_radiograph(), np.eye(4)),), prepared_knee(), Limits(center_ras=center()))
    assert errors(off_pose(), knee_pose(), prepared_knee()).mtre_mm > 4
    with torch.no_grad():
        found_by_schedule = refine_by_schedule(problem, as_poses(off_pose()), REFINE_ONLY, np.random.default_rng(0))
    found = errors(RigidTransform.from_matrix(found_by_schedule.best.poses.numpy[0]), knee_pose(), prepared_knee())
    # The X-ray is exact: what is left is that two projectors interpolate differently, on a grid of 2 mm.
    assert found.in_plane_mm < 0.05
    assert found.rotation_deg < 0.1
    assert found.mtre_mm < 0.3
    assert float(found_by_schedule.best.agreement.similarity[0]) > 0.95
    assert found_by_schedule.trace[-1][1] > found_by_schedule.trace[0][1]


def test_gradient_is_that_of_the_weighted_residual():
    """Against finite differences in float64 of the residual that this test writes down itself, weights held still.

    The exact derivative of a window's standard deviation uses the window's own mean at every pixel; the code takes each
    pixel's, which is why the directions agree to a few degrees and not to rounding.
    """
    pose, limits = as_poses(off_pose((0.5, -0.4, 0.6), (0.5, -0.6, 3.0))), Limits(center_ras=center())
    term = terms_at()[0]
    scale = np.array([0.01 / 3] * 3 + [0.5, 0.5, 4.0])  # rad and mm, of comparable effect on the image
    with torch.no_grad():
        gradient = refine([term], pose, limits, 0).agreement.gradient[0].numpy() * scale
        camera = term.camera
        at = pose.centers(center())
        xray = term.normalized[0, 0].double()
        drr = normalized(term.projector.render(pose, camera), term.window)
        weight = 0.1 + 0.9 * local_correlation(drr, xray, term.window).clamp(0, 1)
        numeric = np.zeros(6)
        for n in range(6):
            cost = []
            for sign in (-1, 1):
                step = torch.zeros(1, 6, dtype=torch.float64)
                step[0, n] = sign * 0.1 * scale[n]
                image = term.projector.render(pose.moved(motion(step, at)), camera)
                cost.append(float((weight * (xray - normalized(image, term.window)) ** 2).sum() / 2))
            numeric[n] = -(cost[1] - cost[0]) / 0.2
    cosine = gradient @ numeric / np.linalg.norm(gradient) / np.linalg.norm(numeric)
    assert cosine > 0.95
    large = np.abs(numeric) > 0.1 * np.abs(numeric).max()
    np.testing.assert_array_equal(np.sign(gradient[large]), np.sign(numeric[large]))


def box(values, window):
    return torch.nn.functional.avg_pool2d(values[None, None], window, 1, window // 2)[0, 0]  # divides by the whole window


def normalized(images, window):
    image = images[0].double()
    share = box(torch.ones_like(image), window)
    mean = box(image, window) / share
    variance = (box(image**2, window) / share - mean**2).clamp_min(0)
    return (image - mean) / (variance + variance.mean() * 0.3**2 + 1e-12).sqrt()


def local_correlation(one, other, window):
    return box(one * other, window) / (box(one * one, window) * box(other * other, window)).sqrt().clamp_min(1e-6)


@pytest.mark.parametrize(
    "held", [("rx", "ry", "rz"), ("x", "y", "depth"), ("depth",), ("rx", "ry", "rz", "x", "y", "depth")], ids=" ".join
)
def test_what_is_held_does_not_move(held):
    start = off_pose()
    found = RigidTransform.from_matrix(refined([start], held=held).poses.numpy[0])
    before, after = start.apply(center()), found.apply(center())
    if "rx" in held:
        assert found.rotation_angle_deg(start) < 1e-6
    else:
        assert found.rotation_angle_deg(start) > 0.5
    kept = [axis for axis, name in enumerate(("x", "y", "depth")) if name in held]
    np.testing.assert_allclose(after[kept], before[kept], atol=1e-9)
    if "x" not in held:
        assert np.abs(after - before)[:2].max() > 0.5


def test_depth_limits_are_kept_and_do_not_shift_the_picture():
    truth_mm = knee_pose().apply(center())[2]
    limits = (truth_mm + 12, truth_mm + 40)
    found = refined([off_pose()], depth_mm=limits)
    at = RigidTransform.from_matrix(found.poses.numpy[0]).apply(center())
    assert limits[0] - 1e-6 <= at[2] <= limits[1] + 1e-6
    pose = as_poses(knee_pose())
    slid = within_depth(pose, center(), limits).numpy[0]
    before, after = knee_pose().apply(center()), slid[:3, :3] @ center() + slid[:3, 3]
    assert after[2] == pytest.approx(limits[0])
    np.testing.assert_allclose(after[:2] / after[2], before[:2] / before[2], atol=1e-12)  # along its ray


def test_a_batch_is_as_good_as_one_at_a_time():
    starts = [off_pose(), off_pose((-2.0, 1.0, 0.5), (-2.0, 1.5, 5.0)), off_pose((0, 0, 3.0), (0, 0, -6.0))]
    together = refined(starts, iterations=3)
    alone = [refined([start], iterations=3) for start in starts]
    # Sums over pixels run in another order; depth, which hardly curves, feels float32 most.
    for n, one in enumerate(alone):
        np.testing.assert_allclose(together.poses.numpy[n], one.poses.numpy[0], atol=0.05)
        assert float(together.agreement.evidence[n]) == pytest.approx(float(one.agreement.evidence[0]), abs=1e-4)
    assert together.order[0] == together.agreement.evidence.argmax()


def test_evidence_never_falls():
    trace = np.array(refined([off_pose()]).trace)
    assert (np.diff(trace) >= 0).all()
    assert trace[-1] > trace[0] + 0.1


def test_two_views_share_one_motion():
    """The second view's terms speak of the first camera's frame: at the truth of both, neither pulls."""
    second_from_first = RigidTransform.from_rotation_vector((0, np.radians(70), 0), (-700.0, 0, 500.0))
    second = noise_free(prepared_knee(), second_from_first @ knee_pose())
    views = [View(knee_radiograph(), np.eye(4)), View(second, second_from_first.matrix)]
    start = off_pose(shift_mm=(1.0, -1.0, 5.0))
    with torch.no_grad():
        terms = make_level_views(views, prepared_knee(), as_poses(start, knee_pose()), COARSE)
        both = refine(terms, as_poses(start), Limits(center_ras=center()), 10)
    found = errors(RigidTransform.from_matrix(both.poses.numpy[0]), knee_pose(), prepared_knee())
    assert found.mtre_mm < 0.3  # pixels of 4 mm at this level, and exact images
    assert abs(found.depth_mm) < 0.25  # seen by the second view as a shift


def test_around_stays_within_its_ball_and_distinct_keeps_what_differs():
    poses = around(knee_pose().matrix, center(), (10.0, 8.0), 200, np.random.default_rng(1))
    np.testing.assert_allclose(poses.numpy[0], knee_pose().matrix, atol=1e-12)
    turned, shifted = [], []
    for pose in poses.numpy:
        transform = RigidTransform.from_matrix(pose)
        turned.append(transform.rotation_angle_deg(knee_pose()))
        shifted.append(np.linalg.norm(transform.apply(center()) - knee_pose().apply(center())))
    assert max(turned) <= 10 + 1e-6
    assert max(shifted) <= 8 + 1e-6
    assert np.median(turned) == pytest.approx(10 * 0.5 ** (1 / 3), abs=1.0)  # uniform in the ball
    kept = distinct(poses, center(), 5)
    assert kept[0] == 0
    assert len(kept) == 5
    assert len(distinct(Poses.joined([poses[:1]] * 7), center(), 5)) == 1
