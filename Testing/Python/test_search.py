"""The search finds view, turn, shift, depth and polarity to within its grid, and the priors cover what they say."""

from functools import cache

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.prepared.template_library import make_library
from RayEmbRegistrationLib.pose.strategies.fourier_search import SearchRange, depths_to_try, search
from RayEmbRegistrationLib.pose.views import (
    VIEW_PRIORS,
    ViewPrior,
    beam_directions,
    in_plane_angles_deg,
    upright_rotation,
)
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from registration_cases import CAMERA, errors, knee_pose, knee_radiograph, prepared_knee

PRIOR = ViewPrior((158.0, 202.0), (-22.0, 22.0), 8.0)
STEP = PRIOR.depth_step


@cache
def library():
    knee = prepared_knee()
    return make_library(knee.projector(2), knee.center_ras, knee.extent_mm, 750.0, PRIOR)


def found(image, camera=CAMERA, mask=None, **where):
    mask = np.ones(image.shape, dtype=bool) if mask is None else mask
    where = SearchRange(prepared_knee().center_ras, in_plane_angles_deg(PRIOR), depths_to_try((650, 900), STEP), **where)
    return search(Radiograph(image, mask, camera), library(), where)


def assert_within_grid(hypothesis):
    """Half a step of each: 8 degrees of view, 8 degrees of turn, 12 % of depth, two pixels of the library (3 mm)."""
    deviation = errors(hypothesis.pose, knee_pose(), prepared_knee())
    assert deviation.rotation_deg < np.hypot(0.75 * PRIOR.spacing_deg, 0.5 * PRIOR.in_plane_step_deg)
    depth = knee_pose().apply(prepared_knee().center_ras)[2]
    assert abs(deviation.depth_mm) < 0.5 * STEP * depth + 10
    center = prepared_knee().center_ras
    pixels = CAMERA.project(np.stack([hypothesis.pose.apply(center), knee_pose().apply(center)]))
    assert np.linalg.norm(pixels[0] - pixels[1]) * CAMERA.pixel_spacing_mm[0] * depth / 1020 < 6


def test_finds_the_view_turn_shift_and_depth():
    hypotheses = found(knee_radiograph().image)
    assert_within_grid(hypotheses[0])
    scores = [hypothesis.score for hypothesis in hypotheses]
    assert scores == sorted(scores, reverse=True)
    assert 0.3 < scores[0] <= 1.01
    assert hypotheses[0].bone_is_bright


def test_an_inverted_xray_tells_its_polarity():
    hypotheses = found(-knee_radiograph().image)
    assert_within_grid(hypotheses[0])
    assert not hypotheses[0].bone_is_bright
    best_bright = max(h.score for h in hypotheses if h.bone_is_bright)
    assert best_bright < 0.85 * hypotheses[0].score
    assert all(h.bone_is_bright for h in found(-knee_radiograph().image, polarities=(True,), count=20))


def test_a_mirrored_and_cropped_image_with_its_camera_gives_the_same_pose():
    image = knee_radiograph().image[20:, ::-1][:, 10:]
    camera = CAMERA.flip_horizontal().crop(10, 20, CAMERA.width - 10, CAMERA.height - 20)
    assert_within_grid(found(np.ascontiguousarray(image), camera, polarities=(True,))[0])


def test_a_masked_half_does_not_matter():
    image, mask = knee_radiograph().image.copy(), np.ones(CAMERA.image_size[::-1], dtype=bool)
    mask[:60] = False
    image[:60] = image.max() * np.random.default_rng(0).random(image[:60].shape, dtype=np.float32)
    assert_within_grid(found(image, mask=mask, polarities=(True,))[0])


def test_depths_cover_their_range():
    depths = depths_to_try((540.0, 950.0), 0.12)
    assert depths[0] / 540 < 1.06 + 1e-9
    assert 950 / depths[-1] < 1.06 + 1e-9
    assert (depths[1:] / depths[:-1] <= 1.12 + 1e-9).all()
    np.testing.assert_allclose(depths_to_try((700.0, 700.0), 0.12), [700.0])


def direction_of(primary_deg, secondary_deg):
    """The beam in RAS: 0/0 from back to front, primary +90 from right to left, secondary +90 towards the head."""
    p, s = np.radians(primary_deg), np.radians(secondary_deg)
    return np.stack([-np.sin(p) * np.cos(s), np.cos(p) * np.cos(s), np.sin(s)], axis=-1)


@pytest.mark.parametrize("name", VIEW_PRIORS)
def test_priors_cover_what_they_say_and_nothing_else(name):
    prior = VIEW_PRIORS[name]
    directions = beam_directions(prior)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-12)
    rng = np.random.default_rng(0)
    inside = direction_of(rng.uniform(*prior.primary_deg, 2000), rng.uniform(*prior.secondary_deg, 2000))
    nearest = np.degrees(np.arccos(np.clip((inside @ directions.T).max(axis=1), -1, 1)))
    # A lattice of one point to each spacing squared: at most about 0.75 spacings off, up to one at the prior's rim.
    assert np.quantile(nearest, 0.9) < 0.75 * prior.spacing_deg
    assert nearest.max() < 1.2 * prior.spacing_deg
    every = direction_of(*np.meshgrid(np.linspace(*prior.primary_deg, 361), np.linspace(*prior.secondary_deg, 361)))
    outside = np.degrees(np.arccos(np.clip((directions @ every.reshape(-1, 3).T).max(axis=1), -1, 1)))
    assert outside.max() < 0.8  # half the diagonal of the grid's cells


def test_named_views_are_what_clinicians_call_them():
    right_to_left, front_to_back = np.array([-1.0, 0, 0]), np.array([0, -1.0, 0])  # R and A are +x and +y

    def angle(name, direction):
        return np.degrees(np.arccos(np.clip((beam_directions(VIEW_PRIORS[name]) @ direction), -1, 1)))

    assert angle("ap", front_to_back).min() < 6
    assert angle("ap", -front_to_back).min() > 90
    assert angle("pa", -front_to_back).min() < 6
    assert angle("pa", front_to_back).min() > 90
    assert angle("lateral", right_to_left).min() < 6
    assert angle("lateral", right_to_left).max() < 80
    assert angle("right-lateral", -right_to_left).min() < 6
    assert angle("right-lateral", right_to_left).min() > 90
    # Named by where the detector is: left (+90 of the primary angle) or right, anterior or posterior.
    for name, across, along in (("lao", 1, -1), ("rao", -1, -1), ("lpo", 1, 1), ("rpo", -1, 1)):
        beam = (across * right_to_left + along * front_to_back) / np.sqrt(2)
        assert angle(name, beam).min() < 6
        assert angle(name, -beam).min() > 90
    for direction in (right_to_left, -right_to_left, front_to_back, -front_to_back, (0, 0, 1.0), (0, 0, -1.0)):
        assert angle("any", np.asarray(direction)).min() < VIEW_PRIORS["any"].spacing_deg


def test_a_prior_may_go_on_beyond_180_degrees():
    directions = beam_directions(ViewPrior((150.0, 210.0), (-20.0, 20.0), 10.0))
    front_to_back = np.array([0, -1.0, 0])
    angles = np.degrees(np.arccos(np.clip(directions @ front_to_back, -1, 1)))
    assert angles.max() < 40
    sides = directions[:, 0]
    assert sides.min() < -0.3
    assert sides.max() > 0.3


def test_in_plane_angles():
    np.testing.assert_allclose(in_plane_angles_deg(ViewPrior((0, 0), (0, 0), 16.0)), [-16, -8, 0, 8, 16])
    np.testing.assert_allclose(in_plane_angles_deg(ViewPrior((0, 0), (0, 0), 0.0)), [0])
    every = in_plane_angles_deg(VIEW_PRIORS["any"])
    assert len(every) == 30
    assert np.ptp(every) == 360 - 12


@pytest.mark.parametrize("direction", [(0, -1, 0), (-1, 0, 0), (0.3, -0.5, 0.8), (0, 0, 1), (0, 0, -1)])
def test_upright_looks_along_the_beam_with_the_head_up(direction):
    rotation = RigidTransform(upright_rotation(np.array(direction, dtype=float))).rotation  # proper, or it raises
    np.testing.assert_allclose(rotation @ direction / np.linalg.norm(direction), [0, 0, 1], atol=1e-12)
    superior = rotation @ [0, 0, 1.0]
    assert superior[0] == pytest.approx(0, abs=1e-12)  # neither left nor right
    assert superior[1] <= 0  # image rows run down


def test_the_bank_reduced_shows_the_same_at_larger_pixels():
    whole, half = library(), library().reduced(2)
    assert half.pixel_mm == 2 * whole.pixel_mm
    assert half.images.shape[-1] % 2 == 0
    middle = half.images.shape[-1] // 2
    original = whole.images.shape[-1] // 2
    expected = whole.images[:, original : original + 2, original : original + 2].mean((1, 2))
    np.testing.assert_allclose(half.images[:, middle, middle], expected, atol=1e-6)
