"""Training's scatter is the model that was fitted to the Monte Carlo."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.simulation.scatter_model import Behind, ScatterModel
from RayEmbRegistrationLib.training.scattering import COARSE, Geometry, fitted_scatter

CASES = ((60.0, 30.0, 150.0, 0.0), (80.0, 100.0, 280.0, 10.0), (100.0, 300.0, 280.0, 0.0), (75.0, 150.0, 200.0, 12.0))


def primaries(side):
    """An ellipse of water beside an open beam, in a round field."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    path = 180 * np.sqrt(np.clip(1 - (x / 0.42) ** 2 - ((y - 0.1) / 0.7) ** 2, 0, None))
    return np.where(x**2 + y**2 < 0.23, np.exp(-0.02 * path), 0.0)


def ours(primary, cases):
    columns = (torch.tensor(column).view(-1, 1, 1, 1) for column in zip(*cases, strict=True))
    kvp, gap, field, grid = columns
    batch = torch.as_tensor(primary, dtype=torch.float32).expand(len(cases), 1, *primary.shape)
    return fitted_scatter(batch, kvp, Geometry(gap, field, grid))[:, 0].numpy()


@pytest.mark.parametrize(("side", "within"), [(COARSE, 1e-4), (128, 0.052)])
def test_it_is_the_model_image_by_image(side, within):
    """The same at the coarse size but for where SciPy's Gaussians end, at four widths; else to what half a coarse pixel, by
    which bilinear edges are flat, changes of a Gaussian: its steepest slope is 0.61 of its height a width, of six pixels.
    """
    primary = primaries(side)
    found = ours(primary, CASES)
    for image, (kvp, gap, field, grid) in zip(found, CASES, strict=True):
        expected = ScatterModel().scatter(primary, kvp, Behind(gap, field / side, grid or None))
        assert np.abs(image - expected).max() < (within + 3e-4) * expected.max()


def test_a_grid_takes_scatter_and_an_open_beam_has_none():
    with_grid, without = ours(primaries(64), ((80.0, 100.0, 280.0, 10.0), (80.0, 100.0, 280.0, 0.0)))
    assert (with_grid < 0.5 * without).all()
    assert (without > 0).all()
    assert ours(np.ones((64, 64)), CASES).max() < 1e-6


def test_exposed_xrays_have_either_scatter(monkeypatch):
    from RayEmbRegistrationLib.training import exposing

    bone = torch.zeros(4, 1, 64, 64)
    bone[:, :, 16:48, 24:40] = 1.0

    def exposed(share):
        monkeypatch.setattr(exposing, "FITTED_SHARE", share)
        return exposing.expose(bone, torch.full((4,), 2.0), [torch.Generator().manual_seed(3)])[0]

    always, never, again = exposed(1.0), exposed(0.0), exposed(1.0)
    assert torch.equal(always, again)
    assert not torch.allclose(always, never, atol=1e-3)
    assert torch.isfinite(always).all()
