"""Image operations: points must land on the same content before and after."""

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

CAMERA = Camera(np.array([[2000.0, 0, 31.3], [0, 1600.0, 20.9], [0, 0, 1]]), (64, 48), (0.5, 0.625), 1000.0)
POINTS = np.random.default_rng(0).uniform((-8, -7, 700), (8, 7, 800), (100, 3))
# An image of its own pixel coordinates: reading it bilinearly tells which content lies at a pixel, exactly.
IMAGE = np.stack(np.meshgrid(np.arange(64.0), np.arange(48.0)), axis=-1)


def read_bilinearly(image, pixels):
    low = np.clip(np.floor(pixels).astype(int), 0, np.array(image.shape[1::-1]) - 2)
    (u, v), (du, dv) = low.T, (pixels - low).T[..., None]
    top = image[v, u] * (1 - du) + image[v, u + 1] * du
    bottom = image[v + 1, u] * (1 - du) + image[v + 1, u + 1] * du
    return top * (1 - dv) + bottom * dv


def block_mean(image, columns, rows):
    height, width = image.shape[0] // rows, image.shape[1] // columns
    return image[: height * rows, : width * columns].reshape(height, rows, width, columns, 2).mean(axis=(1, 3))


def doubled(image):
    rows, columns = np.arange(96) / 2 - 0.25, np.arange(128) / 2 - 0.25  # pixel edges coincide
    grid = np.stack(np.meshgrid(columns, rows), axis=-1)
    return read_bilinearly(image, grid.reshape(-1, 2)).reshape(96, 128, 2)


OPERATIONS = {
    "crop": (lambda c: c.crop(5, 3, 50, 40), lambda i: i[3:43, 5:55]),
    "flip horizontally": (lambda c: c.flip_horizontal(), lambda i: i[:, ::-1]),
    "flip vertically": (lambda c: c.flip_vertical(), lambda i: i[::-1]),
    "quarter turn": (lambda c: c.rotate90(1), lambda i: np.rot90(i, 1)),
    "half turn": (lambda c: c.rotate90(2), lambda i: np.rot90(i, 2)),
    "three quarter turns": (lambda c: c.rotate90(-1), lambda i: np.rot90(i, -1)),
    "bin": (lambda c: c.bin(2), lambda i: block_mean(i, 2, 2)),
    "uneven bin": (lambda c: c.bin(3, 5), lambda i: block_mean(i, 3, 5)),
    "halve by resampling": (lambda c: c.resample(32, 24), lambda i: block_mean(i, 2, 2)),
    "double by resampling": (lambda c: c.resample(128, 96), doubled),
    "many": (
        lambda c: c.rotate90(1).crop(4, 6, 40, 50).flip_vertical().bin(2),
        lambda i: block_mean(np.rot90(i, 1)[6:56, 4:44][::-1], 2, 2),
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_content_stays_under_the_points(name):
    change_camera, change_image = OPERATIONS[name]
    camera, image = change_camera(CAMERA), change_image(IMAGE)
    assert image.shape[:2] == (camera.height, camera.width)
    pixels = camera.project(POINTS)
    inside = ((pixels > 0) & (pixels < np.array(camera.image_size) - 1)).all(axis=1)
    assert inside.sum() > 20
    content = read_bilinearly(image, pixels[inside])
    np.testing.assert_allclose(content, CAMERA.project(POINTS)[inside], atol=1e-9)


@pytest.mark.parametrize("name", OPERATIONS)
def test_physical_size_and_focal_length_stay(name):
    camera = OPERATIONS[name][0](CAMERA)
    focal_mm = np.linalg.norm(camera.K[:2, :2], axis=1) * camera.pixel_spacing_mm
    np.testing.assert_allclose(focal_mm, 1000.0)


def test_mirrored_only_by_an_odd_number_of_flips():
    assert not CAMERA.is_mirrored
    assert CAMERA.flip_horizontal().is_mirrored
    assert CAMERA.flip_vertical().rotate90().is_mirrored
    assert not CAMERA.flip_vertical().flip_horizontal().is_mirrored


def test_back_projection_undoes_projection():
    camera = CAMERA.rotate90(1).flip_vertical()
    np.testing.assert_allclose(camera.back_project(camera.project(POINTS), POINTS[:, 2]), POINTS, atol=1e-9)
    assert np.isnan(camera.project(np.array([0.0, 0, -5]))).all()


def test_bad_cameras_are_refused():
    with pytest.raises(ValueError, match="singular"):
        Camera(np.diag([0.0, 1.0, 1.0]), (4, 4), (1, 1), 1000)
    with pytest.raises(ValueError, match="spacing"):
        Camera(np.eye(3), (4, 4), (0, 1), 1000)
    with pytest.raises(ValueError, match="reflection"):
        RigidTransform(np.diag([1.0, 1.0, -1.0]))
    with pytest.raises(ValueError, match="scaling"):
        RigidTransform(2 * np.eye(3))


def test_rigid_composition_and_inverse():
    a = RigidTransform.from_rotation_vector([0.1, 2.0, -0.3], [1, 2, 3])
    b = RigidTransform.from_rotation_vector([-1.0, 0.2, 0.9], [-4, 0, 7])
    np.testing.assert_allclose((a @ b).matrix, a.matrix @ b.matrix, atol=1e-12)
    np.testing.assert_allclose((a @ a.inverse()).matrix, np.eye(4), atol=1e-12)
    assert a.rotation_angle_deg(a) < 1e-6
