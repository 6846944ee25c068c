"""Volumes moved by smooth functions, and projections of their products: compiled as by torch, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from projector_cases import CAMERA, RAS_FROM_IJK, SHAPE, VIEWS, soft_ellipsoid, volume_of
from RayEmbRegistrationLib.drr import smooth
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.smooth import Smooth, coarse_places, moved, project_products

LENGTH_MM = 60.0  # over which the functions are alike, as a warp's modes


@pytest.fixture(scope="module")
def volumes():
    rng = np.random.default_rng(4)
    body = volume_of(lambda points: soft_ellipsoid(points, np.array([14.0, 26.0, 20.0])))
    return torch.as_tensor(np.stack([body, rng.random(SHAPE) * body]), dtype=torch.float32)


def functions(count, size):
    """Bumps of ``LENGTH_MM`` on the coarse grid, and the same at every voxel."""
    places, cell = coarse_places(RAS_FROM_IJK, SHAPE)
    k, j, i = np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij")
    voxels = np.stack([i, j, k], axis=-1) @ RAS_FROM_IJK[:3, :3].T + RAS_FROM_IJK[:3, 3]
    middles = voxels.reshape(-1, 3).mean(axis=0) + np.random.default_rng(1).normal(size=(count, 3)) * 30
    coarse, fine = (
        np.stack([size * np.exp(-((at - middle) ** 2).sum(axis=-1) / (2 * LENGTH_MM**2)) for middle in middles])
        for at in (places, voxels)
    )
    return Smooth(torch.as_tensor(coarse, dtype=torch.float32), cell), torch.as_tensor(fine, dtype=torch.float32)


@pytest.fixture
def without(monkeypatch):
    monkeypatch.setattr(smooth, "may_compile", lambda *_: False)


def test_smooth_functions_are_known_at_every_voxel():
    coarse, fine = functions(4, 1.0)
    assert float((coarse.at_voxels(SHAPE) - fine).abs().max()) < 0.015


def test_a_shift_of_whole_voxels_moves_by_whole_voxels(volumes):
    coarse, _ = functions(3, 1.0)
    same = Smooth(torch.ones_like(coarse.values) * torch.tensor([2.0, -1, 3])[:, None, None, None], coarse.cell)
    found = moved(volumes, same)
    expected = torch.zeros_like(volumes)
    expected[:, 3:, :-1, 2:] = volumes[:, :-3, 1:, :-2]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [0.0, 1.5, 40.0])
def test_compiled_volumes_move_as_torch_moves_them(volumes, size, monkeypatch):
    pytest.importorskip("numba")
    shift, _ = functions(3, size)
    own = moved(volumes, shift)
    monkeypatch.setattr(smooth, "may_compile", lambda *_: False)
    torch.testing.assert_close(own, moved(volumes, shift), rtol=0, atol=2e-5 * float(volumes.max()))


@pytest.mark.parametrize("view", VIEWS)
def test_compiled_products_are_those_of_every_voxel(volumes, view, monkeypatch):
    """To what functions of 60 mm bend between knots, and between a ray and the voxels about it."""
    pytest.importorskip("numba")
    modes, _ = functions(5, 1.2)
    slopes = volumes - torch.roll(volumes, 1, dims=3)
    own = project_products(slopes, RAS_FROM_IJK, modes, Poses.of(VIEWS[view]), CAMERA)
    monkeypatch.setattr(smooth, "may_compile", lambda *_: False)
    right = project_products(slopes, RAS_FROM_IJK, modes, Poses.of(VIEWS[view]), CAMERA)
    assert own.shape == (2, 5, CAMERA.height, CAMERA.width)
    assert float(right.abs().max()) > 0
    assert ((own - right).flatten(2).norm(dim=2) < 0.01 * right.flatten(2).norm(dim=2)).all()


def test_without_numba_as_well(volumes, without):
    modes, fine = functions(2, 1.0)
    pose = Poses.of(next(iter(VIEWS.values())))
    found = project_products(volumes[:1], RAS_FROM_IJK, modes, pose, CAMERA)[0]
    from RayEmbRegistrationLib.drr.joseph import JosephProjector

    for own, mode in zip(found, fine, strict=True):
        whole = JosephProjector(volumes[0] * mode, RAS_FROM_IJK).render(pose, CAMERA)[0]
        assert float((own - whole).norm()) < 0.015 * float(whole.norm())
