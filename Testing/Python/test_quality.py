"""What a result says of itself: uncertainty that means something, and geometry that is wrong."""

from dataclasses import replace
from functools import cache

import numpy as np
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.problem import XrayView
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from registration_cases import CAMERA, as_view, errors, knee, knee_pose, moved, prepared_knee, xray_of

SETTINGS = RegistrationSettings(refine_only=True)


def start():
    return moved(knee_pose(), prepared_knee().center_ras, (0.5, -0.5, 0.5), (0.5, -0.5, 1.0))


@cache
def registered(photons=3000.0):
    view = as_view(xray_of(knee(), knee_pose(), photons_per_pixel=photons), bone_is_bright=True, start=start())
    return view, register(prepared_knee(), [view], SETTINGS)


def test_uncertainty_is_of_the_size_of_the_error_and_largest_in_depth():
    _, result = registered()
    deviation = errors(result.camera_from_ras, knee_pose(), prepared_knee())
    quality = result.quality
    assert quality.trusted
    assert quality.rotation_std_deg.shape == quality.translation_std_mm.shape == (3,)
    assert (quality.rotation_std_deg > 0).all()
    across = np.hypot(*quality.translation_std_mm[:2])
    assert quality.translation_std_mm[2] > 5 * across  # source far, bone slim: depth is 10 to 20 times as uncertain
    assert 0.2 * across < deviation.in_plane_mm + 0.1
    assert deviation.in_plane_mm < 4 * across
    assert abs(deviation.depth_mm) < 4 * quality.translation_std_mm[2]


def test_a_noisy_xray_agrees_less_and_is_less_certain():
    clear, noisy = registered()[1].quality, registered(60.0)[1].quality
    assert noisy.similarity < clear.similarity - 0.02
    assert (noisy.translation_std_mm > clear.translation_std_mm).all()


def test_a_wrong_source_distance_goes_into_depth_and_not_unnoticed_across_the_beam():
    """5 % of the source-to-detector distance is 5 % of depth, 38 mm. The image agrees all the same: no measure found from
    it can tell, which is why the geometry must be right."""
    view, right = registered()
    focal = 1.05 * CAMERA.source_to_detector_mm
    camera = Camera.from_detector(CAMERA.image_size, CAMERA.pixel_spacing_mm, focal)
    settings = RegistrationSettings(refine_only=True, depth_mm=(700.0, 900.0))
    wrong = register(prepared_knee(), [replace(view, camera=camera)], settings)
    deviation = errors(wrong.camera_from_ras, knee_pose(), prepared_knee())
    assert 20 < deviation.depth_mm < 56
    assert wrong.quality.similarity > right.quality.similarity - 0.1
    assert deviation.mpd_mm < 5


def test_what_does_not_fit_says_what_to_do():
    view = XrayView(np.random.default_rng(0).normal(1000, 50, CAMERA.image_size).astype(np.float32), CAMERA)
    quality = register(prepared_knee(), [replace(view, start=start(), bone_is_bright=True)], SETTINGS).quality
    assert not quality.trusted
    assert "check camera, polarity" in quality.reason
    assert -1 <= quality.similarity < 0.4
