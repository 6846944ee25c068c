"""What looser tests do not tell apart: each of these fails for one wrong line that once passed them all."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.alignment.level_view import make_level_view
from RayEmbRegistrationLib.pose.alignment.similarity import Agreement, normalize
from RayEmbRegistrationLib.pose.landmarks.least_squares import Pairs
from RayEmbRegistrationLib.pose.landmarks.pnp import is_determined
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.settings import OVERLAY, POSITION, PURPOSES
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.quality.calibration import read_calibration
from RayEmbRegistrationLib.quality.camera_check import CameraCheck, Suspect
from RayEmbRegistrationLib.quality.competing_poses import CompetingPoses
from RayEmbRegistrationLib.quality.distance import DistanceCheck
from RayEmbRegistrationLib.quality.error_distribution import ErrorDistribution
from RayEmbRegistrationLib.quality.words import verdict
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from scipy.stats import lognorm

NEEDED = {OVERLAY: 0.9, POSITION: 0.88}
SEEN = SimpleNamespace(
    views=2,
    similarity=0.7,
    worst_view=0.68,
    explained=0.8,
    competing=CompetingPoses(0.4, 0.5),
    runner_up=0.4,
    distance=DistanceCheck(0.0, 0.01),
    camera=CameraCheck(DistanceCheck(0.0, 0.01)),
    source_to_detector_mm=1020.0,
    at_limit=False,
    off_start=None,
    off_start_in=0,
    in_view=0.9,
    is_shaft=False,
    inlier_share=None,
    views_mm=0.2,
    misfit_share=0.05,
    worst_part=0.6,
)
MEASURE = {OVERLAY: "overlay_mm", POSITION: "mtre_mm"}


def errors_that_stay_below(limit_mm: float, probability: float, wrong: float = 0.0) -> dict[str, ErrorDistribution]:
    """Of right poses only, so that an error is below a limit with a probability."""
    factor = 0.5
    typical = limit_mm / lognorm(factor).ppf(probability)
    error = ErrorDistribution(wrong, float(typical), factor, float(np.exp(1.6449 * factor)), 50.0, 1.0)
    return dict.fromkeys(("overlay_mm", "in_plane_mm", "depth_mm", "rotation_deg", "mtre_mm"), error)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_pose_is_trusted_from_the_calibrated_probability_on(purpose):
    calibration = read_calibration()
    needed = calibration.needed[purpose]
    assert needed == NEEDED[purpose]  # as Testing/bench/quality.py fitted it; a new fit may change it, nothing else
    for probability, trusted in ((0.5, False), (needed - 0.02, False), (needed + 0.02, True)):
        errors = errors_that_stay_below(3.0, probability)
        assert errors[MEASURE[purpose]].below(3.0) == pytest.approx(probability, abs=1e-3)
        said = verdict(purpose, SEEN, errors, 3.0, calibration)
        assert said.trusted == trusted
        assert said.probability == pytest.approx(probability, abs=1e-3)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    ("name", "offset", "contradicts"),
    [
        *(
            ("similarity", -0.01, True),
            ("similarity", 0.01, False),
            ("worst_view", -0.01, True),
            ("worst_view", 0.01, False),
        ),
        *(("in_view", -0.01, True), ("in_view", 0.01, False), ("off_start", 0.01, True), ("off_start", -0.01, False)),
    ],
)
def test_beyond_each_limit_of_the_calibration_nothing_is_trusted(purpose, name, offset, contradicts):
    calibration = read_calibration()
    seen = SimpleNamespace(**{**vars(SEEN), name: getattr(calibration.limits, name) + offset})
    errors = errors_that_stay_below(3.0, 0.999)
    assert verdict(purpose, seen, errors, 3.0, calibration).trusted != contradicts


@pytest.mark.parametrize(
    ("views", "purpose", "share", "trusted"),
    [
        *((1, OVERLAY, 0.1, True), (1, POSITION, 0.1, False), (2, OVERLAY, 0.1, False), (2, POSITION, 0.1, False)),
        *((2, OVERLAY, 10.0, True), (2, POSITION, 10.0, True)),
    ],
)
def test_an_accused_camera_votes_from_the_calibrated_chance_on(views, purpose, share, trusted):
    """One view is drawn on by the very camera that it was found with."""
    calibration = read_calibration()
    suspect = Suspect("aspect", None, (0.03,), (0.004,), 56.0, share * calibration.limits.accused, 1.0)
    check = CameraCheck(DistanceCheck(0.0, 0.01), (suspect,), "check the pixel spacing")
    seen = SimpleNamespace(**{**vars(SEEN), "views": views, "camera": check})
    said = verdict(purpose, seen, errors_that_stay_below(3.0, 0.999), 3.0, calibration)
    assert said.trusted == trusted
    assert (said.reason == "check the pixel spacing") != trusted


def test_a_pose_at_the_limit_of_depth_may_be_drawn_but_not_relied_on_in_space():
    calibration = read_calibration()
    seen = SimpleNamespace(**{**vars(SEEN), "at_limit": True})
    errors = errors_that_stay_below(3.0, 0.999)
    assert verdict(OVERLAY, seen, errors, 3.0, calibration).trusted
    said = verdict(POSITION, seen, errors, 3.0, calibration)
    assert not said.trusted
    assert "limit of the allowed depth" in said.reason


@pytest.mark.parametrize("reduction", [2, 3, 4])
def test_a_reduced_volume_lies_where_the_whole_one_lies(reduction):
    values = torch.zeros(24, 24, 24)
    values[12:24, 0:12, 12:24] = 1.0  # whole blocks of each reduction, so that nothing but the grid can shift it
    ras_from_ijk = np.array([[-1.1, 0.1, 0, 30], [0.1, 1.3, 0, -20], [0, 0, 0.9, 500], [0, 0, 0, 1.0]])
    prepared = PreparedCT(values, ras_from_ijk, None, np.zeros((4, 3)), None, "ap")
    whole, reduced = (center_of_mass(prepared.projector(n)) for n in (1, reduction))
    np.testing.assert_allclose(reduced, whole, atol=1e-4)


def center_of_mass(projector: JosephProjector) -> np.ndarray:
    values = projector.values.double().numpy()
    k, j, i = np.indices(values.shape)
    index = np.array([(axis * values).sum() / values.sum() for axis in (i, j, k)])
    return projector.ras_from_ijk[:3, :3] @ index + projector.ras_from_ijk[:3, 3]


def test_a_change_of_brightness_alone_moves_no_normalised_image():
    """The derivative of a normalised DRR takes out what shifts a whole window: its mean moves along."""
    rng = np.random.default_rng(0)
    image = rng.normal(size=(48, 48)).astype(np.float32)
    camera = Camera.from_detector((48, 48), (1.0, 1.0), 1000.0)
    view = View(Radiograph(image, np.ones((48, 48), bool), camera), np.eye(4))
    nothing = JosephProjector(torch.ones(2, 2, 2), np.eye(4))  # not rendered here
    target = make_level_view(view, camera, (0, 0, 48, 48), 7, nothing)
    drr = torch.as_tensor(rng.normal(size=(1, 48, 48)), dtype=torch.float32)
    brighter, tilted = torch.ones(1, 1, 48, 48), torch.as_tensor(rng.normal(size=(1, 1, 48, 48)), dtype=torch.float32)
    slopes = normalize(target, drr, torch.cat([brighter, tilted], dim=1)).slopes
    assert slopes[:, 0].abs().max() < 1e-4
    change = 1e-3
    ahead, behind = (normalize(target, drr + sign * change * tilted[:, 0]).drr for sign in (1, -1))
    inner = (slice(None), slice(None), slice(8, -8), slice(8, -8))
    numeric = ((ahead - behind) / (2 * change))[inner]
    # A window's standard deviation is taken about each pixel's own mean, hence not to rounding.
    cosine = (numeric * slopes[:, 1:][inner]).sum() / numeric.norm() / slopes[:, 1:][inner].norm()
    assert cosine > 0.97


def pairs_of(points: np.ndarray) -> tuple[Pairs, np.ndarray]:
    pose = np.eye(4)
    pose[2, 3] = 800.0
    placed = points + pose[:3, 3]
    return Pairs(points, placed[:, :2] / placed[:, 2:], np.ones(len(points)), np.eye(4), 800.0), pose


@pytest.mark.parametrize(
    ("shape", "determined"),
    [
        *(((60, 60, 40), True), ((60, 60, 0), False), ((60, 0.2, 0.2), False), ((0.2, 60, 60), False)),
        ((60, 2, 60), False),  # no plane, but seen edge on
    ],
)
def test_only_points_that_fill_a_space_and_an_image_determine_a_pose(shape, determined):
    points = np.random.default_rng(0).uniform(-1, 1, (200, 3)) * shape
    pairs, pose = pairs_of(points)
    assert is_determined([pairs], pose, 5.0) == determined


def test_a_few_points_of_many_determine_no_pose():
    pairs, pose = pairs_of(np.random.default_rng(0).uniform(-60, 60, (400, 3)))
    assert is_determined([pairs], pose, 5.0)
    wrong = np.arange(400) >= 8  # 2 % agree
    assert not is_determined([replace(pairs, rays=pairs.rays + wrong[:, None] * 0.2)], pose, 5.0)


@pytest.mark.parametrize("at", [3.5, 3.0])
@pytest.mark.parametrize("ahead", [True, False], ids=["up", "down"])
def test_a_source_within_the_volume_sees_the_slices_before_it_and_no_other(at, ahead):
    """Each slice has a power of two, so that the sum says which were met."""
    values = torch.ones(8, 11, 11) * (2.0 ** torch.arange(8))[:, None, None]
    rotation = np.eye(3) if ahead else np.diag([1.0, -1.0, -1.0])
    pose = RigidTransform(rotation, -rotation @ np.array([5.0, 5.0, at]))
    camera = Camera.from_detector((3, 3), (0.01, 0.01), 1000.0)
    seen = JosephProjector(values, np.eye(4), dtype=torch.float64).render(pose, camera)[0, 1, 1]
    expected = sum(2**k for k in range(8) if (k >= at if ahead else k <= at))
    assert float(seen) == pytest.approx(expected, rel=1e-9)


def agreement(value: float) -> Agreement:
    one, matrix, vector = (torch.full(shape, value) for shape in ((2,), (2, 6, 6), (2, 6)))
    return Agreement(one, one, one, one, one, one, matrix, vector, one, one)


def test_agreements_are_chosen_joined_and_taken_pose_by_pose():
    chosen = agreement(1.0).where(torch.tensor([True, False]), agreement(2.0))
    for values in (chosen.product, chosen.hessian[:, 0, 0], chosen.gradient[:, 5], chosen.noise):
        assert values.tolist() == [1.0, 2.0]
    joined = Agreement.joined([chosen, agreement(3.0)])
    assert joined.common_energy.tolist() == [1.0, 2.0, 3.0, 3.0]
    assert joined.take(torch.tensor([2, 1])).windows.tolist() == [3.0, 2.0]
