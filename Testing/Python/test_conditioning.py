"""Any X-ray in, bone bright and line-integral-like out: polarity, exposure, borders, saturation, faults."""

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.xray.conditioning import condition, exposure_free, find_field, levelled
from RayEmbRegistrationLib.xray.radiograph import Radiograph

SIZE = 160
CAMERA = Camera.from_detector((SIZE, SIZE), (1.0, 1.0), 1000.0)
V, U = np.mgrid[:SIZE, :SIZE].astype(np.float64)


def paths():
    """Line integrals 0 to about 4 of a body with two bones, smooth everywhere; open beam at the right edge's middle."""
    body = 2.0 / (1 + np.exp(6 * (1 - ((U - 165) / 40) ** 2 - ((V - 80) / 45) ** 2)))
    bones = sum(np.exp(-((U - u) ** 2 + (V - v) ** 2) / 200) for u, v in ((50, 60), (90, 100)))
    return body + 2.0 * bones + 0.05 * body * np.sin(V / 6)


def counts():
    return 1000 * np.exp(-paths())


def assert_rises_with(image, truth, mask, tolerance, least=0.95):
    """Up to a smooth, increasing curve the same."""
    order = np.argsort(truth[mask])
    assert np.diff(image[mask][order]).min() > -tolerance
    assert np.corrcoef(image[mask], truth[mask])[0, 1] > least


def test_levelled_values_keep_their_order_and_raise_what_open_beam_pressed_together():
    bone = np.zeros((SIZE, SIZE))
    bone[60:100, 60:100] = 0.3
    patient = np.where(U < 120, 4.0, 0.0)  # beside open beam, which is far away in grey values
    line_integrals = bone + patient + 0.2 * np.random.default_rng(0).random((SIZE, SIZE))
    before = Radiograph(line_integrals.astype(np.float32), np.ones((SIZE, SIZE), bool), CAMERA)
    after = levelled(before)
    order = np.argsort(before.image[before.mask])
    assert np.diff(after.image[before.mask][order]).min() >= -1e-6

    def contrast(image):
        on, off = image[70:90, 70:90], image[20:40, 60:100]
        return (on.mean() - off.mean()) / image[before.mask].std()

    assert contrast(after.image) > 2 * contrast(before.image)  # half of the steepest that the spreading may be
    assert after.image[before.mask].min() >= 0
    assert after.image.max() <= 1


@pytest.mark.parametrize(
    ("pixels", "bright", "intensity"),
    [
        (counts(), False, "raw"),
        (counts(), False, "unknown"),
        (paths(), True, "log"),
        (-paths(), False, "log"),
        (1000 - counts(), True, "raw"),
        (np.round(255 * np.exp(-paths()) ** 0.5), False, "display"),  # 8 bit, gamma 0.5
        (np.round(65535 * np.exp(-paths())), False, "raw"),  # 16 bit
    ],
)
def test_whatever_the_polarity_bone_comes_out_bright(pixels, bright, intensity):
    radiograph = condition(find_field(pixels.astype(np.float32)), CAMERA, bright, intensity)
    assert radiograph.image.dtype == np.float32
    assert np.isfinite(radiograph.image).all()
    # Rounding merges neighbouring values; float32 of a logarithm down to 0.004 is good to about 1e-4.
    assert_rises_with(radiograph.image, paths(), radiograph.mask, 1e-4)
    assert radiograph.camera is CAMERA
    expected = {(False, "log"): "inverted", (True, "log"): "as line integrals"}.get((bright, intensity), "logarithm")
    assert expected in radiograph.notes[-1]


def test_exposure_does_not_matter():
    once, brighter = (condition(find_field(c.astype(np.float32)), CAMERA, False) for c in (counts(), 40 * counts() + 7))
    np.testing.assert_allclose(once.image, brighter.image, atol=2e-4)  # float32 of numbers up to 40000
    np.testing.assert_array_equal(once.mask, brighter.mask)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_the_search_image_keeps_the_sign_of_the_xray_and_little_of_its_exposure(gamma):
    """Bright stays bright: its sign is how the search tells the polarity."""
    shown = (0.02 + 0.98 * np.exp(-paths())) ** gamma
    for pixels, truth, least in ((shown, -paths(), 0.9), (1 - shown, paths(), 0.7)):  # a logarithm presses bright together
        field = find_field(pixels.astype(np.float32))
        assert_rises_with(exposure_free(field), truth, field.mask, 1e-4, least)


def round_field(radius=70):
    return np.hypot(U - 79.5, V - 79.5) < radius


def rectangular_field():
    return (U > 24) & (U < 140) & (V > 15) & (V < 130)


@pytest.mark.parametrize("field", [round_field(), rectangular_field()], ids=["round", "rectangular"])
@pytest.mark.parametrize("leak", [0.0, 4.0], ids=["black", "leaking"])
def test_collimator_is_masked_and_little_else(field, leak):
    noise = np.random.default_rng(0).normal(0, 1, field.shape)
    pixels = np.where(field, counts() + 100, leak + 0.3 * noise * (leak > 0)).astype(np.float32)
    found = find_field(pixels)
    assert not found.mask[~field].any()
    assert found.mask[field].mean() > 0.85  # two or three pixels of rim may go, 8 % of a circle of radius 70
    assert any("border" in note for note in found.notes)


def test_white_collimator_of_an_inverted_display_is_masked():
    pixels = np.where(round_field(), 1 - np.exp(-paths()), 1.3).astype(np.float32)
    assert not find_field(pixels).mask[~round_field()].any()


def test_open_beam_is_kept():
    """Unattenuated beam says that no bone is there."""
    pixels = np.minimum(counts(), 900).astype(np.float32)  # clipped white at one edge, away from the corners
    open_beam = counts() > 900
    assert open_beam.mean() > 0.04  # more than is masked as saturated
    assert find_field(pixels).mask[open_beam].mean() > 0.9


def test_metal_and_marker_are_masked():
    pixels = counts()
    tool = (np.abs(U - 70) < 2) & (V > 30) & (V < 90)
    letter = (np.abs(U - 20) < 4) & (np.abs(V - 20) < 4)
    pixels[tool], pixels[letter] = pixels.min() - 1, pixels.max()
    found = find_field(pixels.astype(np.float32))
    assert not found.mask[tool | letter].any()
    assert found.mask.mean() > 0.9
    assert any("saturated" in note for note in found.notes)


def test_what_is_not_finite_or_marked_invalid_is_masked():
    pixels = counts().astype(np.float32)
    pixels[40, 50:60] = np.nan
    pixels[41, 50] = np.inf
    invalid = U > 150
    found = find_field(pixels, invalid)
    assert not found.mask[invalid].any()
    assert not found.mask[40, 50:60].any()
    assert "11 pixels that are not finite" in found.notes[0]
    assert np.isfinite(condition(found, CAMERA, False).image).all()
    # What is invalid must not set the scale either.
    pixels[invalid] = 1e6
    np.testing.assert_allclose(find_field(pixels, invalid).pixels[found.mask], found.pixels[found.mask], atol=1e-5)


@pytest.mark.parametrize("pixels", [np.full((SIZE, SIZE), 7.0), np.full((SIZE, SIZE), np.nan)])
def test_an_empty_image_is_refused_by_name(pixels):
    with pytest.raises(ValueError, match=r"knee\.png .*export it again"):
        find_field(pixels.astype(np.float32), name="knee.png")


def test_wrist_border_is_masked_and_the_bone_is_not(shared_data):
    """Undistorted intensifier images: a black surround with a blurred rim, most of the rest usable."""
    from RayEmbRegistrationLib.files.camera import read_camera, read_pose
    from RayEmbRegistrationLib.xray.reading import read_xray

    geometry = shared_data / "wrist" / "radius_frame0002_cam1.json"
    image = read_xray(shared_data / "wrist" / "frame0002_cam1.png")
    found = find_field(image.pixels, image.invalid)
    side = len(found.mask)
    for corner in (np.s_[:40, :40], np.s_[:40, -40:], np.s_[-40:, :40], np.s_[-40:, -40:]):
        assert not found.mask[corner].any()
    assert 0.5 < found.mask.mean() < 0.9  # a disc in a square has 79 %
    camera = read_camera(geometry, image.image_size).camera
    center = read_pose(geometry).apply(bone_center(shared_data))
    column, row = np.round(camera.project(center)).astype(int)
    assert 0 < column < side
    assert 0 < row < side
    assert found.mask[row - 50 : row + 50, column - 50 : column + 50].mean() > 0.95


def bone_center(shared_data):
    from RayEmbRegistrationLib.volumes.reading import read_ct

    ct = read_ct(shared_data / "wrist" / "radius.nrrd").volume
    return ct.ras_from_index(np.argwhere(ct.hu > 300).mean(axis=0)[::-1])
