"""What a track says of its frames: what a view shows of an error, and when nothing more is to be found in a frame."""

import numpy as np
import pytest
from implant_cases import FRONT, SIDE, picture, truth
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.tracking import tracker
from RayEmbRegistrationLib.tracking.body import body_of_ct
from RayEmbRegistrationLib.tracking.density_terms import BoneFit
from RayEmbRegistrationLib.tracking.frame_view import FrameView, frame_view
from RayEmbRegistrationLib.tracking.motion import first_prediction
from RayEmbRegistrationLib.tracking.poses import moved
from RayEmbRegistrationLib.tracking.solver import AS_GIVEN, FrameFit, FrameSolver
from RayEmbRegistrationLib.tracking.verdict import LEAST_SIMILARITY, FrameVerdict, across_mm, judge
from test_tracking import bone_volume, view_of

MIDDLE = np.array([60.0, -40.0, 10.0])
PLACE = RigidTransform.from_matrix(
    np.array([[0.0, -1.0, 0.0, 5.0], [0.8, 0.0, -0.6, -8.0], [0.6, 0.0, 0.8, 700.0], [0.0, 0.0, 0.0, 1.0]])
)


def test_along_its_ray_nothing_is_seen_of_an_error():
    view = FrameView(None, PLACE, np.zeros((4, 4)))
    place = PLACE.apply(MIDDLE)
    ray = PLACE.rotation.T @ (place / np.linalg.norm(place))
    covariance = np.zeros((6, 6))
    covariance[3:, 3:] = 30.0**2 * np.outer(ray, ray)
    assert across_mm(covariance, view, MIDDLE, MIDDLE[None]) < 1e-6  # rounding
    side = np.cross(ray, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    covariance[3:, 3:] += 0.5**2 * np.outer(side, side)
    aside = PLACE.rotation @ side  # how far the same pixel lies aside, by the definition of a projection
    moved = place + aside * 1e-4
    expected = 0.5 * np.linalg.norm(moved[:2] / moved[2] * place[2] - place[:2]) / 1e-4
    assert across_mm(covariance, view, MIDDLE, MIDDLE[None]) == pytest.approx(
        expected, rel=1e-4
    )  # of a small step's own curvature


def test_an_open_turn_is_an_error_of_what_is_drawn():
    view = FrameView(None, PLACE, np.zeros((4, 4)))
    points = MIDDLE + np.array([[30.0, 0.0, 0.0], [0.0, 20.0, 0.0], [-15.0, 5.0, 25.0]])
    rng, spread = np.random.default_rng(0), np.radians([3.0, 1.0, 2.0])
    covariance = np.diag([*(spread**2), 0.09, 0.04, 0.25])
    aside = []
    for drawn in rng.multivariate_normal(np.zeros(6), covariance, 2000):
        pose = moved(RigidTransform(), MIDDLE, drawn)
        one, other = PLACE.apply(points), PLACE.apply(pose.apply(points))
        aside.append((other[:, :2] / other[:, 2:] * one[:, 2:] - one[:, :2]) ** 2)
    counted = np.sqrt(np.mean(np.sum(aside, axis=2)))
    assert across_mm(covariance, view, MIDDLE, points) == pytest.approx(counted, rel=0.05)  # 3 deviations of 2000 draws


class Counting:
    """A solver that comes to the same pose, or to others by turns."""

    def __init__(self, apart_mm):
        self.apart_mm, self.calls = apart_mm, 0

    def refine(self, _predictions, _stages):
        self.calls += 1
        pose = RigidTransform(translation=(self.apart_mm * self.calls, 0.0, 0.0))
        return FrameFit({"bone": pose}, {"bone": np.eye(6)}, {}, BoneFit(0.3, 0.3, {"bone": 0.3}, 5.0))

    def surprise(self, _poses, _predictions):
        return 0.0


@pytest.mark.parametrize(("apart_mm", "calls"), [(0.0, tracker.ENOUGH_ALIKE), (9.0, tracker.RECOVERY_STARTS)])
def test_a_frame_that_is_open_is_not_searched_when_wider_starts_come_back_to_one_pose(monkeypatch, apart_mm, calls):
    class Bone:
        name, center, is_opaque = "bone", np.zeros(3), False

    verdict = FrameVerdict(False, False, "open", 2.0, 5.0, 4.0, 0.6)
    monkeypatch.setattr(tracker, "judge", lambda *_: verdict)
    request = tracker.TrackRequest((Bone(),), (0,), {"bone": RigidTransform()}, 0)
    run = tracker._Run(request, lambda _frame: [], tracker.Track(("bone",)))
    solver = Counting(apart_mm)
    known = FrameFit({"bone": RigidTransform()}, {"bone": np.eye(6)}, {}, BoneFit(0.3, 0.3, {"bone": 0.3}, 5.0))
    run._recovered(solver, {"bone": first_prediction(RigidTransform())}, [], known, "predicted")
    assert solver.calls == calls


def test_a_bone_that_fits_does_not_vouch_for_another():
    volume = bone_volume()
    beside = volume.ras_from_ijk.copy()
    beside[:3, 3] += (0.0, 0.0, 70.0)  # clear of the first in both views
    bones = body_of_ct(volume, "lower", 1), body_of_ct(CTVolume(volume.hu, beside, volume.labels), "upper", 1)
    pose = truth(0)["lower"]
    projectors = {bone.name: JosephProjector(bone.attenuation, bone.body_from_ijk) for bone in bones}
    images = [picture(projectors, {"lower": pose, "upper": pose}, place) for place in (FRONT, SIDE)]
    views = [frame_view(view_of(pixels, place)) for pixels, place in zip(images, (FRONT, SIDE), strict=True)]
    wrong = moved(pose, bones[1].center, np.array([0.6, 0.9, 0.0, 9.0, 9.0, 9.0]))
    predictions = {"lower": first_prediction(pose), "upper": first_prediction(wrong)}
    fit = FrameSolver(views, bones, (True, True)).refine(predictions, AS_GIVEN)
    assert fit.bones.similarity > LEAST_SIMILARITY, "together they would pass"
    right, other = (judge(fit, bone, views) for bone in bones)
    assert right.overlay
    assert right.similarity > 0.7
    assert not other.overlay
    assert other.reason.startswith("it fits the X-rays badly")


@pytest.mark.parametrize(("degrees", "placed"), [(0.5, True), (4.0, False)])
def test_a_turn_that_is_open_leaves_the_place_in_space_open(degrees, placed):
    class Bone:
        name, center, corners, is_opaque = "bone", MIDDLE, MIDDLE[None], False

    covariance = np.diag([np.radians(degrees) ** 2 / 3] * 3 + [0.01] * 3)
    fit = FrameFit({"bone": RigidTransform()}, {"bone": covariance}, {}, BoneFit(0.8, 0.8, {"bone": 0.8}))
    verdict = judge(fit, Bone(), [FrameView(None, PLACE, np.zeros((4, 4)))])
    assert verdict.overlay
    assert verdict.position is placed
    assert placed or f"and {degrees:.1f} degrees" in verdict.reason
