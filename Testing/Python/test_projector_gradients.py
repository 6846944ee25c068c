"""The projector's derivatives: of poses, rays and values, by autograd and in closed form, and several bones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from projector_cases import CENTER_RAS, RAS_FROM_IJK, SHAPE, VIEWS, looking_along, soft_ellipsoid, volume_of
from RayEmbRegistrationLib.drr import JosephProjector, render_bones, split_by_label
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

CAMERA = Camera.from_detector((19, 15), (6.0, 7.0), 1000.0, (9.2, 6.7)).flip_horizontal()


@pytest.fixture(scope="module")
def projector():
    texture = np.random.default_rng(3).uniform(0.5, 1.5, SHAPE)
    values = volume_of(lambda points: soft_ellipsoid(points, np.array([14.0, 26.0, 20.0]))) * texture
    return JosephProjector(values, RAS_FROM_IJK, dtype=torch.float64)


@pytest.fixture(scope="module")
def poses():
    return torch.stack([torch.as_tensor(pose.matrix) for pose in VIEWS.values()])


def moved(poses, motion, centers):
    """``x -> x + omega x (x - center) + tau`` after each pose; motion (B, 6)."""
    omega, tau = motion[:, :3], motion[:, 3:]
    zero = torch.zeros_like(omega[:, 0])
    a, b, c = omega.unbind(-1)
    skew = torch.stack([zero, -c, b, c, zero, -a, -b, a, zero], dim=-1).view(-1, 3, 3)
    top = torch.cat([torch.eye(3, dtype=poses.dtype) + skew, (tau - torch.linalg.cross(omega, centers))[..., None]], dim=-1)
    last = torch.tensor([0.0, 0, 0, 1], dtype=poses.dtype).expand(len(poses), 1, 4)
    return torch.cat([top, last], dim=1) @ poses


def centers_of(poses):
    return poses[:, :3, :3] @ torch.as_tensor(CENTER_RAS) + poses[:, :3, 3] + torch.tensor([3.0, -2.0, 5.0])


def test_jacobian_equals_autograd(projector, poses):
    centers = centers_of(poses)
    images, jacobian = projector.render_with_jacobian(poses, CAMERA, centers)
    torch.testing.assert_close(images, projector.render(poses, CAMERA), rtol=1e-12, atol=1e-12)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        weights = torch.randn(images.shape, generator=generator, dtype=torch.float64)
        motion = torch.zeros(len(poses), 6, dtype=torch.float64, requires_grad=True)
        (projector.render(moved(poses, motion, centers), CAMERA) * weights).sum().backward()
        expected = (jacobian * weights[:, None]).sum(dim=(2, 3))
        torch.testing.assert_close(motion.grad, expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))


def test_jacobian_predicts_small_motions(projector, poses):
    # A rotation about the center by the exact exponential, not by what the derivative assumes.
    centers = centers_of(poses)
    _, jacobian = projector.render_with_jacobian(poses, CAMERA, centers)
    step = 1e-5
    for column in range(6):
        ends = []
        for sign in (1, -1):
            motion = np.zeros(6)
            motion[column] = sign * step
            turned = []
            for pose, center in zip(poses.numpy(), centers.numpy(), strict=True):
                turn = RigidTransform.from_rotation_vector(motion[:3])
                about = RigidTransform(turn.rotation, center - turn.rotation @ center + motion[3:])
                turned.append(about @ RigidTransform.from_matrix(pose))
            ends.append(projector.render(turned, CAMERA))
        measured = (ends[0] - ends[1]) / (2 * step)
        error = (measured - jacobian[:, column]).abs()
        assert float(error.median()) < 1e-5 * float(measured.abs().max())
        assert float(error.mean()) < 2e-3 * float(measured.abs().mean())  # kinks at voxel borders differ


def test_jacobian_in_single_precision(projector, poses):
    single = JosephProjector(projector.values.numpy(), projector.ras_from_ijk)
    _, expected = projector.render_with_jacobian(poses, CAMERA, centers_of(poses))
    _, jacobian = single.render_with_jacobian(poses, CAMERA, centers_of(poses))
    for column in range(6):
        error = (jacobian[:, column].double() - expected[:, column]).abs()
        assert float(error.mean()) < 2e-3 * float(expected[:, column].abs().mean())


def test_gradcheck_of_values_poses_and_directions():
    values = torch.rand(3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    matrix = np.diag([1.5, -1.0, 2.0, 1.0])
    matrix[:3, 3] = [-3.0, 1.5, 0.0]
    pose = RigidTransform.from_rotation_vector([0.2, 0.3, 0.1], [0.1, 0.2, 40.0])
    poses = torch.as_tensor(pose.matrix)[None].requires_grad_()
    directions = torch.tensor([[0.013, 0.021, 1], [-0.031, 0.017, 1], [0.047, -0.011, 1]], dtype=torch.float64)
    directions.requires_grad_()

    def render(values, poses, directions):
        return JosephProjector(values, matrix, dtype=torch.float64).render_rays(poses, directions)

    assert render(values, poses, directions).all()
    assert torch.autograd.gradcheck(render, (values, poses, directions), eps=1e-6, atol=1e-5)


def test_gradient_of_values_is_the_back_projection():
    # For a linear map, <render(x), y> = <x, gradient of it>.
    values = torch.rand(SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(2)).requires_grad_()
    image = JosephProjector(values, RAS_FROM_IJK, dtype=torch.float64).render(VIEWS["diagonal"], CAMERA)
    image.square().sum().backward()
    torch.testing.assert_close((values.grad * values).sum(), 2 * image.square().sum())


@pytest.fixture(scope="module")
def two_bones():
    values = volume_of(lambda p: soft_ellipsoid(p, np.full(3, 12.0)) + soft_ellipsoid(p, np.full(3, 12.0), CENTER_RAS + 17))
    labels = np.zeros(SHAPE, dtype=np.int16)
    labels[values > 0.1] = 2
    labels[volume_of(lambda p: soft_ellipsoid(p, np.full(3, 12.0))) > 0.1] = 5
    return values * (values > 0.02), labels


def test_labels_add_up(two_bones):
    values, labels = two_bones
    parts = split_by_label(values, labels)
    assert sorted(parts) == [2, 5]
    np.testing.assert_array_equal(parts[2] + parts[5], values)  # soft edges beside the labels included
    assert not (parts[2] * parts[5]).any()
    assert sorted(split_by_label(values, labels, [5])) == [5]
    with pytest.raises(ValueError, match="no label 3; it has 2, 5"):
        split_by_label(values, labels, [2, 3])
    with pytest.raises(ValueError, match="size"):
        split_by_label(values[1:], labels)


def test_bones_move_apart(two_bones):
    values, labels = two_bones
    projectors = {n: JosephProjector(part, RAS_FROM_IJK) for n, part in split_by_label(values, labels).items()}
    pose = looking_along([0.1, 1, 0.1])
    together = JosephProjector(values, RAS_FROM_IJK).render(pose, CAMERA)
    torch.testing.assert_close(render_bones(projectors, {2: pose, 5: pose}, CAMERA), together, rtol=1e-4, atol=1e-4)
    apart = RigidTransform.from_rotation_vector([0.1, 0.0, 0.2], [10.0, 5.0, 0.0]) @ pose
    image = render_bones(projectors, {2: [pose, pose], 5: [pose, apart]}, CAMERA)
    torch.testing.assert_close(image[0], together[0], rtol=1e-4, atol=1e-4)
    difference = projectors[5].render(apart, CAMERA) - projectors[5].render(pose, CAMERA)
    torch.testing.assert_close(image[1] - image[0], difference[0], rtol=1e-4, atol=1e-4)
    assert difference.abs().max() > 1
    with pytest.raises(ValueError, match="bone 5 has no pose"):
        render_bones(projectors, {2: pose}, CAMERA)
    with pytest.raises(ValueError, match="no bone"):
        render_bones({}, {}, CAMERA)
