"""A batch of poses: made from whatever holds a pose, moved and looked at as transforms one by one would be."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform

ONE = RigidTransform.from_rotation_vector((0.3, -0.2, 0.9), (10.0, -20.0, 800.0))
OTHER = RigidTransform.from_rotation_vector((-1.1, 0.4, 0.1), (0.0, 5.0, 600.0))
POINT = np.array([12.0, -7.0, 33.0])
BOTH = np.stack([ONE.matrix, OTHER.matrix])


@pytest.mark.parametrize("given", [(ONE, OTHER), [ONE, OTHER], BOTH, torch.as_tensor(BOTH)])
def test_poses_are_made_from_transforms_and_matrices(given):
    poses = Poses.of(given)
    assert len(poses) == 2
    assert poses.matrices.dtype == torch.float64
    np.testing.assert_array_equal(poses.numpy, BOTH)
    np.testing.assert_allclose([each.matrix for each in poses.rigid], poses.numpy, atol=1e-15)
    assert Poses.of(poses) is poses


def test_one_pose_is_a_batch_of_one():
    for one in (ONE, ONE.matrix, torch.as_tensor(ONE.matrix), Poses.of([OTHER, ONE])[1], Poses.of([OTHER, ONE])[1:]):
        np.testing.assert_array_equal(Poses.of(one).numpy, ONE.matrix[None])
    assert len(Poses.none()) == len(Poses.of([])) == len(Poses.of(ONE)[:0]) == 0


def test_points_and_motions_are_those_of_the_transforms():
    poses = Poses.of([ONE, OTHER])
    np.testing.assert_allclose(poses.centers(POINT), [ONE.apply(POINT), OTHER.apply(POINT)], atol=1e-12)
    seen = poses.seen_from(OTHER.matrix)
    np.testing.assert_allclose(seen.numpy, [(OTHER @ ONE).matrix, (OTHER @ OTHER).matrix], atol=1e-12)
    moved = poses.moved(torch.as_tensor(np.stack([OTHER.matrix, ONE.matrix])))
    np.testing.assert_allclose(moved.numpy, [(OTHER @ ONE).matrix, (ONE @ OTHER).matrix], atol=1e-12)
    shifted = poses.shifted(torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, -4.0]]))
    np.testing.assert_allclose(shifted.centers(POINT) - poses.centers(POINT), [[1, 2, 3], [0, 0, -4]], atol=1e-12)
    np.testing.assert_array_equal(poses.numpy[1], OTHER.matrix)  # left as it was


def test_chosen_and_joined_poses():
    poses = Poses.joined([Poses.of(ONE), Poses.of(OTHER)])
    np.testing.assert_array_equal(poses[torch.tensor([1, 0])].numpy, np.stack([OTHER.matrix, ONE.matrix]))
    swapped = poses.where(torch.tensor([False, True]), poses[torch.tensor([1, 0])])
    np.testing.assert_array_equal(swapped.numpy, np.stack([OTHER.matrix, OTHER.matrix]))
