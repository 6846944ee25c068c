"""From evidence to expected errors: the distribution, the fit, and the calibration that is shipped."""

from dataclasses import replace

import numpy as np
import pytest
from quality_scenes import SETTINGS, front_view, registered
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.pose.settings import PURPOSES
from RayEmbRegistrationLib.quality.calibration import MEASURES, read_calibration
from RayEmbRegistrationLib.quality.error_distribution import QUANTILE_95, ErrorDistribution
from RayEmbRegistrationLib.quality.features import BENDS, FEATURES, features, predictors
from RayEmbRegistrationLib.quality.fitting import Case, fit
from RayEmbRegistrationLib.registration import register
from registration_cases import prepared_knee


def test_the_distribution_of_errors_is_a_distribution():
    error = ErrorDistribution(0.2, 0.8, 0.6, float(np.exp(0.6 * QUANTILE_95)), 15.0, 0.7)
    rng = np.random.default_rng(0)
    wrong = rng.random(200_000) < error.wrong
    drawn = np.exp(
        np.where(wrong, np.log(15) + 0.7 * rng.normal(size=200_000), np.log(0.8) + 0.6 * rng.normal(size=200_000))
    )
    for limit in (0.3, 1.0, 2.0, 10.0):
        assert error.below(limit) == pytest.approx((drawn < limit).mean(), abs=0.005)
    assert error.median == pytest.approx(np.median(drawn), rel=0.02)
    assert (drawn[~wrong] < error.bound).mean() == pytest.approx(0.95, abs=0.003)
    assert error.below(0) == 0


@pytest.fixture(scope="module")
def made_up():
    """Evidence made up: wrong poses fit badly, errors of right ones are half the image's own spread."""
    seen = registered().quality.evidence
    rng = np.random.default_rng(1)
    cases = []
    for number in range(400):
        wrong, size = number % 4 == 0, float(np.exp(rng.normal(0, 1)))
        spread = replace(seen.spread, **dict.fromkeys(MEASURES, size))
        similarity = float(np.clip(rng.normal(0.2 if wrong else 0.7, 0.05), 0, 1))
        nothing = dict.fromkeys(MEASURES, 0.0)
        parts = {"spread": spread, "noise_spread": spread, "edge_spread": replace(seen.edge_spread, **nothing)}
        parts["camera_spread"] = replace(seen.camera_spread, **nothing)
        evidence = replace(seen, similarity=similarity, worst_view=similarity, **parts)
        error = 20.0 if wrong else 0.5 * size * float(np.exp(0.3 * rng.normal()))
        if wrong or error < 2.5:  # a larger one across the view would count as a wrong pose
            cases.append(Case(evidence, dict.fromkeys(MEASURES, error), True, f"subject {number % 10}"))
    return cases


def test_calibration_learns_what_is_right_and_how_far_off(made_up):
    calibration = fit(made_up, "made up", dict.fromkeys(PURPOSES, 0.8))
    wrong = np.array([case.errors["mtre_mm"] == 20.0 for case in made_up])
    for purpose in PURPOSES:
        said = np.array([calibration.probability_wrong(case.evidence, purpose) for case in made_up])
        assert said[wrong].min() > 0.8
        assert said[~wrong].max() < 0.2
    ratio = [
        calibration.errors(case.evidence)["mtre_mm"].typical / case.errors["mtre_mm"]
        for case, lost in zip(made_up, wrong, strict=True)
        if not lost
    ]
    assert 0.9 < np.median(ratio) < 1.1
    # What was cut off above 2.5 mm narrows the spread of 0.3 by little.
    assert calibration.factors["mtre_mm"] == pytest.approx(0.3, abs=0.06)
    left = [
        np.log(case.errors["mtre_mm"]) - predictors(case.evidence, "mtre_mm") @ calibration.error_coefficients["mtre_mm"]
        for case, lost in zip(made_up, wrong, strict=True)
        if not lost
    ]
    assert calibration.factors["mtre_mm"] > np.std(left)  # of subjects left out, which a fit on them would flatter
    within = [
        case.errors["mtre_mm"] < calibration.errors(case.evidence)["mtre_mm"].bound
        for case, lost in zip(made_up, wrong, strict=True)
        if not lost
    ]
    assert 0.93 < np.mean(within) < 0.98
    assert 0.5 < calibration.limits.similarity < 0.65  # 1 % of right ones, of mean 0.7 and deviation 0.05, are below 0.58


def test_cameras_that_are_known_less_widen_what_is_expected_in_space_alone():
    """10 mm of principal point on the detector are 7 mm at the bone, and nothing on the X-ray."""
    evidence, calibration = registered().quality.evidence, read_calibration()
    spread = replace(evidence.camera_spread, in_plane_mm=7.0, mtre_mm=7.0, overlay_mm=0.0)
    usual, unsure = (calibration.errors(each) for each in (evidence, replace(evidence, camera_spread=spread)))
    assert unsure["overlay_mm"] == usual["overlay_mm"]
    assert unsure["in_plane_mm"].median > 4.0 > usual["in_plane_mm"].median
    assert unsure["mtre_mm"].below(5.0) < usual["mtre_mm"].below(5.0)


def test_an_assumed_principal_point_makes_the_place_uncertain_and_the_sentence_says_so():
    """By default it is good to 10 mm on the detector: 7 mm at the bone, along both axes."""
    view = front_view()
    at = Sourced(view.geometry.value("principal_point_px"), "assumed", "the image's middle")
    assumed = replace(view, geometry=replace(view.geometry, principal_point_px=at))
    known, quality = registered().quality, register(prepared_knee(), [assumed], SETTINGS).quality
    assert quality.evidence.camera_spread.in_plane_mm == pytest.approx(10 * 755 / 1020 * np.sqrt(2), rel=0.1)
    assert known.evidence.camera_spread.in_plane_mm < 1.0
    assert quality.overlay.expected_mm == pytest.approx(known.overlay.expected_mm, abs=0.05)
    assert quality.expected_in_plane_mm > 4.0
    assert not quality.position.trusted
    assert "the central beam is assumed to meet the image's middle" in quality.position.reason
    assert "assumed" not in known.position.reason


def test_the_shipped_calibration_is_complete():
    calibration, evidence = read_calibration(), registered().quality.evidence
    count = len(FEATURES) * (1 + len(BENDS)) + 1
    assert len(features(evidence)) == len(FEATURES)
    for purpose in PURPOSES:
        assert len(calibration.coefficients[purpose]) == count
        assert 0.5 < calibration.needed[purpose] < 1
    assert set(calibration.error_coefficients) == set(MEASURES)
    for measure in MEASURES:
        assert len(calibration.error_coefficients[measure]) == len(predictors(evidence, measure))
        assert calibration.upper[measure] > 1
    assert set(calibration.sources) == {*vars(calibration.limits), *(f"needed {purpose}" for purpose in PURPOSES)}
    for real in ("limb STS_001", "real pelvis", "knee"):
        assert real in calibration.about
