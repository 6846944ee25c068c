"""The projector against closed forms: values, symmetries and what lies outside."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from projector_cases import (
    CAMERA,
    CENTER_RAS,
    RAS_FROM_IJK,
    SHAPE,
    VIEWS,
    integrals_of,
    looking_along,
    soft_ellipsoid,
    volume_of,
)
from RayEmbRegistrationLib.drr import JosephProjector, Projector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

BODIES = {
    "sphere": lambda points: soft_ellipsoid(points, np.full(3, 25.0)),
    "ellipsoid off centre": lambda points: soft_ellipsoid(
        points, np.array([14.0, 26.0, 20.0]), np.add(CENTER_RAS, [6, -4, 5])
    ),
}


@pytest.fixture(scope="module")
def projectors():
    return {name: JosephProjector(volume_of(body), RAS_FROM_IJK) for name, body in BODIES.items()}


def render(projector, pose, camera=CAMERA):
    return projector.render(pose, camera).numpy()[0]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("body", BODIES)
def test_soft_bodies(projectors, body, view):
    expected = integrals_of(BODIES[body], CAMERA, VIEWS[view], samples=200)
    error = np.abs(render(projectors[body], VIEWS[view]) - expected)
    # What linear interpolation of an edge 2 mm wide on voxels of 1.0 x 1.1 x 1.6 mm costs.
    assert error.max() < 0.008 * expected.max()
    inside = expected > 0.5 * expected.max()
    assert (error[inside] / expected[inside]).max() < 0.01


def test_sphere_chords(projectors):
    pose = VIEWS["diagonal"]
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    rays = CAMERA.back_project(np.stack([u, v], axis=-1))
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    center = pose.apply(CENTER_RAS)
    distance = np.linalg.norm(np.cross(rays, center), axis=-1)
    well_inside = distance < 15
    chords = 2 * np.sqrt(25.0**2 - distance[well_inside] ** 2)
    np.testing.assert_allclose(render(projectors["sphere"], pose)[well_inside], chords, rtol=0.01)


def test_box_is_exact_where_rays_cross_both_faces():
    values = np.zeros(SHAPE)
    values[12:37, 10:70, 8:64] = 0.02  # 25 slices of 1.6 mm
    pose = looking_along([0.0, 0.0, 1.0], roll_deg=0)
    rows = CAMERA.crop(16, 10, 10, 9)
    v, u = np.mgrid[: rows.height, : rows.width]
    rays = rows.back_project(np.stack([u, v], axis=-1)) @ pose.rotation
    normal = RAS_FROM_IJK[:3, 2] / 1.6
    expected = 0.02 * 25 * 1.6 * np.linalg.norm(rays, axis=-1) / (rays @ normal)
    np.testing.assert_allclose(render(JosephProjector(values, RAS_FROM_IJK), pose, rows), expected, rtol=1e-5)


def test_batch_of_every_axis_equals_single_views(projectors):
    projector = projectors["ellipsoid off centre"]
    together = projector.render(list(VIEWS.values()), CAMERA)
    assert together.shape == (len(VIEWS), CAMERA.height, CAMERA.width)
    for image, pose in zip(together, VIEWS.values(), strict=True):
        np.testing.assert_allclose(image, projector.render(pose, CAMERA)[0], atol=1e-4)


def test_flipped_turned_cropped_images(projectors):
    projector, pose = projectors["ellipsoid off centre"], VIEWS["45 degrees"]
    image = render(projector, pose)
    # An image turned by a quarter orders the rays anew and changes nothing else.
    for camera, expected in [
        (CAMERA.flip_horizontal(), image[:, ::-1]),
        (CAMERA.flip_vertical(), image[::-1]),
        (CAMERA.rotate90(), np.rot90(image)),
        (CAMERA.crop(5, 3, 20, 11), image[3:14, 5:25]),
    ]:
        np.testing.assert_allclose(render(projector, pose, camera), expected, atol=2e-3)


def test_float32_agrees_with_float64(projectors):
    double = JosephProjector(volume_of(BODIES["sphere"]), RAS_FROM_IJK, dtype=torch.float64)
    for pose in VIEWS.values():
        expected = render(double, pose)
        assert np.abs(render(projectors["sphere"], pose) - expected).max() < 2e-5 * expected.max()


def test_source_in_the_middle_sees_half(projectors):
    for direction in ([1, 0.1, 0], [-1, 0.1, 0], [0, 0, 1], [0, 0.2, -1]):
        pose = looking_along(direction, depth_mm=0.0, shift_mm=(0, 0))
        image = render(projectors["sphere"], pose, Camera.from_detector((9, 9), (20.0, 20.0), 1000.0))
        np.testing.assert_allclose(image, 25.0, atol=0.9)  # the radius, to about half a voxel at the source


def test_source_beside_the_volume_within_its_slab(projectors):
    pose = looking_along([1, 0.1, 0.05], depth_mm=55.0)
    camera = Camera.from_detector((24, 24), (30.0, 30.0), 1000.0)
    expected = integrals_of(BODIES["sphere"], camera, pose)
    assert np.abs(render(projectors["sphere"], pose, camera) - expected).max() < 0.01 * expected.max()


def test_nothing_to_see_is_zero(projectors):
    projector = projectors["sphere"]
    behind = looking_along([1, 0.1, 0.05], depth_mm=-300.0)
    beside = looking_along([1, 0.1, 0.05], shift_mm=(900.0, 0.0))
    poses = torch.stack([torch.as_tensor(pose.matrix) for pose in (behind, beside)]).requires_grad_()
    images = projector.render(poses, CAMERA)
    images.sum().backward()
    assert not images.any()
    assert not poses.grad.any()
    centers = torch.zeros(2, 3, dtype=torch.float64)
    assert not any(part.any() for part in projector.render_with_jacobian(poses.detach(), CAMERA, centers))
    assert not JosephProjector(np.zeros(SHAPE), RAS_FROM_IJK).render(VIEWS["along i"], CAMERA).any()


def test_margins_change_nothing():
    values = volume_of(BODIES["sphere"])
    padded = np.pad(values, ((4, 0), (0, 7), (3, 2)))
    ras_from_ijk = RAS_FROM_IJK.copy()
    ras_from_ijk[:3, 3] += RAS_FROM_IJK[:3, :3] @ [-3, 0, -4]
    for pose in VIEWS.values():
        expected = render(JosephProjector(values, RAS_FROM_IJK), pose)
        np.testing.assert_allclose(render(JosephProjector(padded, ras_from_ijk), pose), expected, atol=1e-3)


def test_single_slice_counts_once():
    image = render(
        JosephProjector(np.ones((1, 60, 60)), np.diag([1.0, 1, 3, 1])), RigidTransform(translation=[-30, -30, 900])
    )
    np.testing.assert_allclose(image[14, 21], 3.0, rtol=1e-3)
    narrow = JosephProjector(np.ones((20, 60, 1)), np.eye(4))  # seen edge on, and 900 mm away only 4 mm wide beside it
    image = render(narrow, RigidTransform(translation=[0, -30, 900]), Camera.from_detector((41, 3), (0.2, 0.2), 1000.0))
    np.testing.assert_allclose(image[1].sum() * 0.2 * 0.91, 20.0, rtol=0.01)
    assert not image[1, :10].any()


def test_inputs_and_device():
    with pytest.raises(ValueError, match="three dimensions"):
        JosephProjector(np.zeros((3, 3)), np.eye(4))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    projector = JosephProjector(torch.ones(4, 4, 4), np.eye(4), device=device)
    assert isinstance(projector, Projector)
    image = projector.render(torch.eye(4), CAMERA)
    assert image.device.type == projector.device.type == device
