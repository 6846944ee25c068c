"""Local normalisation by compiled loops against torch in double precision."""

from types import SimpleNamespace

import pytest
import torch
from RayEmbRegistrationLib.drr import compiling
from RayEmbRegistrationLib.drr.resampling import box_mean
from RayEmbRegistrationLib.pose.alignment import similarity

pytest.importorskip("numba")


def smooth(count, channels, side, generator):
    raw = torch.rand(count, channels, side + 8, side + 8, generator=generator, dtype=torch.float64)
    return torch.nn.functional.avg_pool2d(raw, 9, 1)


def case(count=3, slopes=6, side=48, window=5):
    """An X-ray with masked pixels and a masked corner, and DRRs of which a part is empty."""
    generator = torch.Generator().manual_seed(7)
    mask = (torch.rand(1, 1, side, side, generator=generator, dtype=torch.float64) > 0.05).double()
    mask[..., : side // 3, : side // 3] = 0
    share = box_mean(mask, window).clamp_min(1e-3)
    xray = torch.randn(1, 1, side, side, generator=generator, dtype=torch.float64) * mask
    images = 3 * smooth(count, 1, side, generator)[:, 0]
    images[:, side // 2 :, : side // 4] = 0
    level = {"mask": mask, "share": share, "normalized": xray}
    return level, images, smooth(count, slopes, side, generator), window


def normalized(level, images, jacobians, window, dtype):
    own = SimpleNamespace(**{k: v.to(dtype) for k, v in level.items()}, window=window, is_saturating=False)
    return similarity.normalize(own, images.to(dtype), None if jacobians is None else jacobians.to(dtype))


@pytest.mark.parametrize("window", [5, 9])
def test_nearer_to_double_precision_than_torch_is(monkeypatch, window):
    level, images, jacobians, window = case(window=window)
    exact = normalized(level, images, jacobians, window, torch.float64)
    ours = normalized(level, images, jacobians, window, torch.float32)
    monkeypatch.setattr(similarity, "may_compile", lambda *_: False)
    torchs = normalized(level, images, jacobians, window, torch.float32)
    for name in ("drr", "residual", "weight", "slopes"):
        true, own, its = (getattr(each, name).double() for each in (exact, ours, torchs))
        scale = true.abs().max()
        # Either rounds to 1e-7; a window's variance is a difference of squares, which flat places raise to 1e-4.
        assert (own - true).abs().max() < 3e-4 * scale
        assert (own - true).square().mean() < 2 * (its - true).square().mean() + 1e-14 * scale**2
    assert torch.equal(ours.structure, exact.structure)


def test_without_derivatives_the_same():
    level, images, jacobians, window = case()
    with_them = normalized(level, images, jacobians, window, torch.float32)
    without = normalized(level, images, None, window, torch.float32)
    assert without.slopes is None
    for name in ("drr", "residual", "weight", "structure"):
        assert torch.equal(getattr(with_them, name), getattr(without, name))


def test_an_empty_drr_has_no_structure_and_nothing_is_not_a_number():
    level, images, jacobians, window = case()
    found = normalized(level, torch.zeros_like(images), jacobians, window, torch.float32)
    assert not found.structure.any()
    for name in ("drr", "residual", "weight", "slopes"):
        assert torch.isfinite(getattr(found, name)).all()


def test_the_number_of_threads_changes_nothing(monkeypatch):
    level, images, jacobians, window = case()
    one = normalized(level, images, jacobians, window, torch.float32)
    monkeypatch.setattr(compiling, "LEAST_TAPS", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    two = normalized(level, images, jacobians, window, torch.float32)
    assert torch.equal(one.slopes, two.slopes)
    assert torch.equal(one.weight, two.weight)


def test_gradients_still_flow():
    level, images, _, window = case()
    asked = images.float().requires_grad_(True)
    normalized(level, asked, None, window, torch.float32).drr.sum().backward()
    assert asked.grad is not None
