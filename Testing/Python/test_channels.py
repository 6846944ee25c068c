"""The projector of many volumes against the projector of one, and its adjoint against autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from projector_cases import CAMERA, RAS_FROM_IJK, SHAPE, VIEWS, soft_ellipsoid, volume_of
from RayEmbRegistrationLib.drr import JosephProjector, joseph
from RayEmbRegistrationLib.drr.channels import ChannelProjector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import Camera

SMALL = Camera.from_detector((14, 11), (12.0, 13.0), 1000.0, (7.3, 4.9))


@pytest.fixture(scope="module")
def volumes():
    rng = np.random.default_rng(4)
    smooth = volume_of(lambda points: soft_ellipsoid(points, np.array([14.0, 26.0, 20.0])))
    return np.stack([smooth, rng.random(SHAPE) * smooth, rng.normal(size=SHAPE)])


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@pytest.mark.parametrize("view", VIEWS)
def test_each_channel_is_what_the_single_projector_renders(volumes, view, dtype, bound, monkeypatch):
    """In single precision by torch, as channels are; the compiled loops round a tenth as much (``test_compiled``)."""
    monkeypatch.setattr(joseph, "may_compile", lambda *_: False)
    many = ChannelProjector(volumes, RAS_FROM_IJK, dtype=dtype).render(VIEWS[view], CAMERA)[0]
    assert many.shape == (3, CAMERA.height, CAMERA.width)
    for own, volume in zip(many, volumes, strict=True):
        single = JosephProjector(volume, RAS_FROM_IJK, dtype=dtype).render(VIEWS[view], CAMERA)[0]
        assert float((own - single).abs().max()) < bound * float(single.abs().max())


def test_several_poses_at_once(volumes):
    poses = Poses.of(list(VIEWS.values()))
    projector = ChannelProjector(volumes, RAS_FROM_IJK, dtype=torch.float64)
    together = projector.render(poses, SMALL)
    for number, pose in enumerate(VIEWS.values()):
        torch.testing.assert_close(together[number], projector.render(pose, SMALL)[0])


def test_the_adjoint_is_the_adjoint(volumes):
    poses = Poses.of(list(VIEWS.values())[:2])
    projector = ChannelProjector(volumes, RAS_FROM_IJK, dtype=torch.float64)
    images = torch.as_tensor(np.random.default_rng(1).normal(size=(2, 3, SMALL.height, SMALL.width)))
    spread = projector.back_project(images, poses, SMALL)
    there = float((projector.render(poses, SMALL) * images).sum())
    back = float((projector.channels * spread).sum())
    assert there == pytest.approx(back, rel=1e-10)


def test_the_adjoint_is_what_autograd_finds_for_the_single_projector(volumes):
    pose = next(iter(VIEWS.values()))
    image = torch.as_tensor(np.random.default_rng(2).normal(size=(SMALL.height, SMALL.width)))
    values = torch.as_tensor(volumes[0]).requires_grad_(True)
    single = JosephProjector(values, RAS_FROM_IJK, dtype=torch.float64)
    (single.render(pose, SMALL)[0] * image).sum().backward()
    many = ChannelProjector(volumes[:1], RAS_FROM_IJK, dtype=torch.float64)
    torch.testing.assert_close(many.back_project(image[None, None], pose, SMALL)[0], values.grad, rtol=1e-9, atol=1e-12)


def test_gradcheck(volumes):
    block = torch.as_tensor(volumes[:2, 20:24, 38:43, 30:35]).contiguous()
    pose = list(VIEWS.values())[-1]
    grid = RAS_FROM_IJK.copy()
    grid[:3, 3] += grid[:3, :3] @ [30, 38, 20]

    def images(values):
        return ChannelProjector(values, grid, dtype=torch.float64).render(
            pose, Camera.from_detector((5, 4), (6.0, 6.0), 1000.0)
        )

    assert torch.autograd.gradcheck(images, (block.requires_grad_(True),))


def test_one_volume_is_refused(volumes):
    with pytest.raises(ValueError, match="four dimensions"):
        ChannelProjector(volumes[0], RAS_FROM_IJK)
