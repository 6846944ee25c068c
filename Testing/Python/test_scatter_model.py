"""The fast scatter model: nothing from nothing, more of a larger field, less behind a grid; used where asked for."""

import numpy as np
import pytest
from RayEmbRegistrationLib.simulation.materials import MaterialPaths
from RayEmbRegistrationLib.simulation.scatter_model import Behind, ScatterModel
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, _detect, simulate_xray

MODEL, SIDE = ScatterModel(), 64


def slab(passed=0.05, side=SIDE):
    return np.full((side, side), passed)


def middle(scatter):
    return scatter[len(scatter) // 2, len(scatter) // 2]


def test_the_open_beam_scatters_nothing():
    assert not MODEL.scatter(np.ones((SIDE, SIDE)), 80, Behind(pixel_mm=4.0)).any()
    assert not MODEL.scatter(np.zeros((SIDE, SIDE)), 80, Behind(pixel_mm=4.0)).any()


def test_scatter_grows_with_field_and_thickness_and_falls_behind_gap_and_grid():
    base = middle(MODEL.scatter(slab(), 80, Behind(100.0, 4.0)))
    small = slab()
    small[:16], small[-16:], small[:, :16], small[:, -16:] = 0, 0, 0, 0
    assert middle(MODEL.scatter(small, 80, Behind(100.0, 4.0))) < 0.8 * base
    thicker = middle(MODEL.scatter(slab(0.01), 80, Behind(100.0, 4.0)))
    assert thicker / 0.01 > 1.3 * base / 0.05, "over the primary"
    assert middle(MODEL.scatter(slab(), 80, Behind(250.0, 4.0))) < 0.8 * base
    for ratio, most in ((8.0, 0.4), (12.0, 0.3)):
        assert middle(MODEL.scatter(slab(), 80, Behind(100.0, 4.0, ratio))) < most * base


def test_it_does_not_depend_on_the_size_of_pixels():
    coarse = MODEL.scatter(slab(side=32), 80, Behind(100.0, 8.0))
    fine = MODEL.scatter(slab(), 80, Behind(100.0, 4.0))
    assert middle(fine) == pytest.approx(middle(coarse), rel=0.01)


def test_an_xray_takes_it_where_it_is_asked_for():
    behind = Behind(100.0, 4.0)
    settings = SimulationSettings(behind=behind, gas_pockets=0, display="raw", photons_per_pixel=1e8, blur_px=0.0)
    signal = _detect(slab(), None, np.ones((SIDE, SIDE), bool), (settings, np.random.default_rng(0)))
    assert signal == pytest.approx(0.05 + MODEL.scatter(slab(), 75, behind), rel=1e-3)
    water = np.full((SIDE, SIDE), 200.0, np.float32)
    paths = MaterialPaths(np.zeros_like(water), water)
    xray = simulate_xray(paths, settings, np.random.default_rng(0))
    assert xray.pixels[SIDE // 2, SIDE // 2] > xray.pixels[1, 1], "there is less at the rim of the field"
