"""The similarity against its definition, and what it must not depend on."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.resampling import area_mean, box_mean
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.pose.alignment.level_view import XRAY_FLOOR, make_level_view
from RayEmbRegistrationLib.pose.alignment.similarity import DRR_FLOOR, compare
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from scipy.ndimage import gaussian_filter, uniform_filter

SIZE, WINDOW = 64, 7
CAMERA = Camera.from_detector((SIZE, SIZE), (1.0, 1.0), 1000.0)
RNG = np.random.default_rng(0)
XRAY = gaussian_filter(RNG.normal(size=(SIZE, SIZE)), 3) * 10 + 3
OTHER = gaussian_filter(RNG.normal(size=(SIZE, SIZE)), 3) * 10


def level_view_of(radiograph, camera, box):
    nothing = JosephProjector(torch.ones(2, 2, 2), np.eye(4))  # not rendered here
    return make_level_view(View(radiograph, np.eye(4)), camera, box, WINDOW, nothing)


def target_of(image, mask=None):
    mask = np.ones(image.shape, dtype=bool) if mask is None else mask
    radiograph = Radiograph(image.astype(np.float32), mask, CAMERA)
    return level_view_of(radiograph, CAMERA, (0, 0, SIZE, SIZE))


def tensor(*images):
    return torch.as_tensor(np.stack(images), dtype=torch.float32)


def normalized(image, floor_share):
    """The definition in float64: minus the window's mean, over its standard deviation and a floor."""

    def mean(values):  # zero outside the image, over the pixels inside it
        return uniform_filter(values, WINDOW, mode="constant") / uniform_filter(
            np.ones_like(values), WINDOW, mode="constant"
        )

    variance = np.maximum(mean(image**2) - mean(image) ** 2, 0)
    return (image - mean(image)) / np.sqrt(variance + variance.mean() * floor_share**2)


def test_evidence_is_the_correlation_of_locally_normalised_images():
    mixed = 0.6 * XRAY + OTHER
    x, d = normalized(XRAY, XRAY_FLOOR), normalized(mixed, DRR_FLOOR)
    seen = uniform_filter(d * d, WINDOW) > 0.05  # where the DRR shows structure: nearly everywhere
    assert seen.mean() > 0.9
    expected = (x * d * seen).sum() / np.sqrt((x * x).sum() * (d * d * seen).sum())
    assert float(compare(target_of(XRAY), tensor(mixed)).evidence[0]) == pytest.approx(expected, abs=1e-3)  # borders


def test_an_image_agrees_with_itself_whatever_its_exposure():
    agreement = compare(target_of(XRAY), tensor(XRAY, 250 * XRAY, 5 + XRAY, -XRAY, OTHER))
    np.testing.assert_allclose(agreement.similarity[:4], [1, 1, 1, -1], atol=2e-3)  # compared where the DRR shows structure
    assert abs(float(agreement.evidence[4])) < 0.3  # unrelated; about 80 independent windows
    np.testing.assert_allclose(agreement.evidence, agreement.similarity, atol=0.02)
    brighter = compare(target_of(40 * XRAY - 9), tensor(OTHER))
    np.testing.assert_allclose(brighter.evidence, agreement.evidence[4:], atol=1e-4)


def test_masked_pixels_have_no_say():
    mask = np.ones((SIZE, SIZE), dtype=bool)
    mask[20:40, 10:30] = False
    spoilt = np.where(mask, XRAY, 1e4)
    clean, dirty = (compare(target_of(image, mask), tensor(OTHER, XRAY)) for image in (XRAY, spoilt))
    np.testing.assert_allclose(clean.evidence, dirty.evidence, atol=1e-5)
    drr = np.where(mask, XRAY, 50.0)
    assert float(compare(target_of(XRAY, mask), tensor(drr)).evidence[0]) == pytest.approx(
        float(clean.evidence[1]), abs=1e-5
    )


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0])
def test_similarity_stays_within_one_where_the_drr_shows_nothing_or_a_corner(scale):
    """A pose that pushes the bone out of the X-ray must not win by dividing by nothing."""
    corner = np.zeros((SIZE, SIZE))
    corner[:3, :3] = scale
    flat = np.where(np.hypot(*np.mgrid[:SIZE, :SIZE]) < 25, XRAY.mean(), XRAY)
    for image in (XRAY, flat):
        agreement = compare(target_of(image), tensor(corner, corner + 1e-4 * scale * XRAY))
        assert agreement.similarity.abs().max() <= 1.001
        assert agreement.evidence.abs().max() < 0.2


def test_views_add_up():
    one, other = compare(target_of(XRAY), tensor(XRAY)), compare(target_of(OTHER), tensor(XRAY))
    both = one + other
    product, energy = one.product + other.product, one.drr_energy + other.drr_energy
    expected = product / (energy * (one.xray_energy + other.xray_energy)).sqrt()
    torch.testing.assert_close(both.evidence, expected)


def test_a_box_that_reaches_outside_the_xray_is_masked_there():
    radiograph = Radiograph(XRAY.astype(np.float32), np.ones((SIZE, SIZE), dtype=bool), CAMERA)
    box = (-10, 20, 40, 60)
    target = level_view_of(radiograph, CAMERA.crop(*box), box)
    assert target.mask.shape == (1, 1, 60, 40)
    inside = np.zeros((60, 40))
    inside[: SIZE - 20, 10:] = 1
    np.testing.assert_array_equal(target.mask[0, 0], inside)
    assert (target.normalized[0, 0][inside == 0] == 0).all()


def test_box_mean_is_a_box_mean():
    image = RNG.normal(size=(30, 41)).astype(np.float32)
    expected = uniform_filter(image.astype(np.float64), 9, mode="constant")
    np.testing.assert_allclose(box_mean(torch.as_tensor(image)[None, None], 9)[0, 0], expected, atol=1e-6)


@pytest.mark.parametrize(("size", "smaller"), [((12, 9), (4, 3)), ((288, 100), (192, 77)), ((5, 7), (5, 7))])
def test_an_image_is_averaged_over_just_the_area_of_each_pixel(size, smaller):
    """A plane stays that plane, at the places of the larger pixels' centres: no pixel is beside its place."""
    rows, columns = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in size), indexing="ij")
    made = area_mean((2 * rows - 3 * columns + 5)[None, None], smaller)[0, 0]
    at = [(torch.arange(m, dtype=torch.float64) + 0.5) * n / m - 0.5 for n, m in zip(size, smaller, strict=True)]
    rows, columns = torch.meshgrid(*at, indexing="ij")
    # Within a pixel at the border a partly covered neighbour counts as if all its area were at its centre: up to 1/8 px.
    torch.testing.assert_close(made, 2 * rows - 3 * columns + 5, atol=(2 + 3) / 8, rtol=0)
    whole = [n % m == 0 for n, m in zip(size, smaller, strict=True)]
    if all(whole):
        torch.testing.assert_close(made, 2 * rows - 3 * columns + 5, atol=1e-9, rtol=0)
