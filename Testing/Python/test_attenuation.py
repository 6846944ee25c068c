"""Hounsfield units to attenuation, the map of bone that is registered, and bone that the CT cuts off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.drr.attenuation import (
    attenuation_from_hu,
    bone_attenuation,
    cortical_bone_attenuation,
    taper_at_borders,
    water_attenuation,
)
from RayEmbRegistrationLib.geometry import CTVolume

DATA = Path(__file__).parents[3] / "shared" / "data"


def test_tabulated_values():
    assert water_attenuation(60) == pytest.approx(0.02059)
    assert cortical_bone_attenuation(40) == pytest.approx(0.6655 * 1.92 / 10)
    assert water_attenuation(50) > water_attenuation(55) > water_attenuation(60)
    for energy in (20, 200, float("nan")):
        with pytest.raises(ValueError, match="between 30 and 150 keV"):
            water_attenuation(energy)


@pytest.mark.parametrize("energy", [30, 50, 70, 100, 150])
def test_curve_meets_air_water_and_bone(energy):
    bone_hu = 1000 * (cortical_bone_attenuation(70) / water_attenuation(70) - 1)
    values = attenuation_from_hu(np.array([-3000.0, -1000, -500, 0, bone_hu]), energy)
    water = water_attenuation(energy)
    np.testing.assert_allclose(values, [0, 0, water / 2, water, cortical_bone_attenuation(energy)], rtol=1e-12)


@pytest.mark.parametrize("energy", [30, 55, 70, 150])
def test_curve_is_monotone_and_smooth(energy):
    hu = np.arange(-1000.0, 4000.0, 0.5)
    slope = np.diff(attenuation_from_hu(hu, energy)) / 0.5
    assert slope.min() > 0
    # No step in the derivative: it changes by no more than the blend over 80 HU makes it.
    assert np.abs(np.diff(slope)).max() <= 1.01 * (slope.max() - slope.min()) / 160 + 1e-12


def test_at_the_energy_of_the_ct_hounsfield_units_are_attenuation():
    hu = np.linspace(-1000, 3000, 50)
    np.testing.assert_allclose(
        attenuation_from_hu(hu, 70.0), water_attenuation(70) * (1 + hu / 1000), rtol=1e-12, atol=1e-15
    )


def test_softer_beams_show_more_bone():
    contrast = [np.diff(attenuation_from_hu(np.array([40.0, 1000.0]), energy))[0] for energy in (40, 55, 70)]
    assert contrast[0] > contrast[1] > contrast[2]
    assert attenuation_from_hu(np.array([5], np.int16)).dtype == np.float32


def long_bone(spacing=(1.0, 1.0, 1.0), shape=(40, 60, 60), outside=40.0):
    """Cortex of 1200 HU around fatty marrow, partial volume at its border, cut by the last slice."""
    k, j, i = (np.arange(n) * s for n, s in zip(shape, spacing[::-1], strict=True))
    radius = np.hypot(j[None, :, None] - 30.2, i[None, None, :] - 29.7)
    height = k[:, None, None]
    depth = np.minimum(12.0 - radius, height - 9.6)  # beneath the surface, mm
    share = np.clip(depth + 0.5, 0, 1)
    hu = outside + share * (1200 - outside)
    hu = np.where(depth > 4, -100.0, hu)
    return CTVolume(hu.astype(np.float32), np.diag([*spacing, 1.0])), depth


def test_bone_map_keeps_edge_and_marrow():
    volume, depth = long_bone()
    mask = depth > 0.2
    values = bone_attenuation(volume, mask)
    cortex = float(attenuation_from_hu(np.float64(1200)) - attenuation_from_hu(np.float64(30)))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values[(depth > 1) & (depth < 3)], cortex, rtol=1e-5)
    assert not values[depth < -3].any()
    assert (values[depth > 5] < 0).all()  # fat attenuates less than what surrounds the bone
    # A row through the bone: the outer half of its cortex has the mass that partial volume gives it, to 0.05 mm.
    row, at = values[25, 30], depth[25, 30]
    outer = (at < 2) & (np.arange(60) < 30)
    first = np.flatnonzero(outer)[-1]
    expected = np.clip(at[outer] + 0.5, 0, 1).sum()
    assert first > 10
    assert row[outer].sum() / cortex == pytest.approx(expected, abs=0.05)


def test_bone_map_hardly_depends_on_the_mask():
    volume, depth = long_bone()
    tight, wide = (bone_attenuation(volume, depth > limit) for limit in (0.4, -0.3))
    assert np.abs(tight - wide).sum() < 0.01 * np.abs(wide).sum()


def test_bone_fades_over_two_voxels_where_all_around_it_is_as_dense():
    """An implant, or a neighbour that the labels do not tell from it, must not widen the bone."""
    hu, mask = np.full((16, 16, 16), 1200, np.float32), np.zeros((16, 16, 16), bool)
    mask[5:11, 5:11, 5:11] = True
    row = bone_attenuation(CTVolume(hu, np.eye(4)), mask)[8, 8]
    np.testing.assert_allclose(row / row[8], [0, 0, 0, 0.5, *[1] * 8, 0.5, 0, 0, 0], rtol=1e-6)


def test_bone_map_leaves_other_labels_out():
    volume, depth = long_bone()
    labels = np.zeros(volume.hu.shape, np.int16)
    labels[depth > 0] = 1
    labels[25:][depth[25:] > 0] = 2
    values = bone_attenuation(CTVolume(volume.hu, volume.ras_from_ijk, labels), labels == 1)
    assert not values[labels == 2].any()
    assert not values[27:].any()
    assert values[24].any()


def test_wrong_masks_are_refused():
    volume, depth = long_bone()
    with pytest.raises(ValueError, match="empty"):
        bone_attenuation(volume, depth > 1000)
    with pytest.raises(ValueError, match="size"):
        bone_attenuation(volume, depth[1:] > 0)


@pytest.mark.parametrize("turn", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize("flip", [False, True])
def test_taper_fades_only_the_cut(turn, flip):
    volume, depth = long_bone(spacing=(1.0, 1.0, 0.8))
    values = bone_attenuation(volume, depth > 0)
    order = slice(None, None, -1 if flip else 1)
    turned = [np.transpose(array[order], turn) for array in (values, depth > 0)]
    spacing = np.array([1.0, 1.0, 0.8])[::-1][list(turn)][::-1]
    tapered = np.transpose(taper_at_borders(turned[0], spacing, turned[1]), np.argsort(turn))[order]
    faded = int(np.ceil(6 / 0.8))
    np.testing.assert_array_equal(tapered[:-faded], values[:-faded])
    shares = tapered[-faded:].sum(axis=(1, 2)) / values[-faded:].sum(axis=(1, 2))
    assert (np.diff(shares) < 0).all()
    assert shares[0] > 0.95
    assert shares[-1] < 0.02


def test_taper_spares_bone_that_ends_at_the_border():
    k, j, i = np.mgrid[:40, :41, :41]
    ball = (k - 18.2) ** 2 + (j - 20) ** 2 + (i - 20) ** 2 < 18.5**2  # touches the first slice over 30 mm2
    values = ball.astype(np.float32)
    assert ball[0].sum() > 10
    assert taper_at_borders(values, np.ones(3), ball) is values


def real_bone(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the CT {name} is not here")
    from RayEmbRegistrationLib.volumes.bone import find_skeleton
    from RayEmbRegistrationLib.volumes.reading import read_ct

    volume = read_ct(path).volume
    mask = find_skeleton(volume).mask
    return volume, mask, bone_attenuation(volume, mask)


def test_wrist_is_cut_at_its_upper_end_only():
    volume, mask, values = real_bone("wrist/radius.nrrd")
    tapered = taper_at_borders(values, volume.spacing_mm, mask)
    changed = np.flatnonzero((tapered != values).any(axis=(1, 2)))
    assert changed.min() >= len(values) - 10
    assert changed.max() == len(values) - 1
    assert tapered[-1].max() < 0.03 * values[-1].max()
    # Dense cortex above 2000 HU, clipped at 3071, is kept as it is.
    dense = volume.hu[:-10] > 2900
    expected = attenuation_from_hu(volume.hu[:-10][dense]) - attenuation_from_hu(np.float32(30))
    np.testing.assert_allclose(values[:-10][dense], expected, rtol=1e-5)


def test_pelvis_is_cut_through_the_thighs_and_the_spine():
    volume, mask, values = real_bone("pelvis/ct.nii.gz")
    changed = taper_at_borders(values, volume.spacing_mm, mask) != values
    assert changed[0].any()
    assert changed[-1].any()
    assert not changed[5:-5].any()
