"""Procedural anatomy: every kind makes usable bone; draws differ, repeat with a seed, and attenuate as real bone does."""

import time

import numpy as np
import pytest
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.simulation.phantoms.implicit import Grid, ellipsoid
from RayEmbRegistrationLib.simulation.procedural.build import Arrangement, Part, ball, mirrored
from RayEmbRegistrationLib.simulation.procedural.paint import BoneField, paint
from RayEmbRegistrationLib.simulation.procedural.volume import HELD_OUT_KINDS, TRAINING_KINDS, make_procedural_volume
from RayEmbRegistrationLib.simulation.procedural.warp import SmoothField, WarpSettings, draw_warp
from scipy import ndimage

LEAST, MOST = (float(attenuation_from_hu(np.float64(hu)) - attenuation_from_hu(np.float64(30))) for hu in (-110, 2600))


@pytest.mark.parametrize("kind", TRAINING_KINDS + HELD_OUT_KINDS)
def test_every_kind_is_usable_bone(kind):
    volume = make_procedural_volume(np.random.default_rng(7), kind, voxels=72)
    assert volume.kind == kind
    assert volume.attenuation.dtype == np.float32
    assert volume.labels.dtype == np.uint8
    assert volume.labels.shape == volume.attenuation.shape
    assert max(volume.attenuation.shape) in (71, 72, 73)
    spacing = volume.ras_from_ijk[0, 0]
    assert 30 < spacing * max(volume.attenuation.shape) < 380
    bone = volume.labels > 0
    assert volume.attenuation.min() >= LEAST
    assert volume.attenuation.max() <= MOST
    assert np.median(volume.attenuation[bone]) > 0.002
    # Hardly anything attenuates away from the labelled bone: only what is thinner than a voxel has no label.
    away = ~ndimage.binary_dilation(bone, np.ones((3, 3, 3)), iterations=2)
    assert np.abs(volume.attenuation[away]).sum() < 0.1 * volume.attenuation.sum()
    assert 400 < len(volume.points_ras) <= 1500
    ijk = np.rint((volume.points_ras - volume.ras_from_ijk[:3, 3]) / spacing).astype(int)[:, ::-1]
    near = ndimage.binary_dilation(bone, np.ones((3, 3, 3)))
    assert near[tuple(np.minimum(ijk, np.array(bone.shape) - 1).T)].all()


def test_same_seed_same_volume_and_other_seeds_differ():
    first, again, other = (make_procedural_volume(np.random.default_rng(seed), voxels=48) for seed in (3, 3, 4))
    assert first.kind == again.kind
    np.testing.assert_array_equal(first.attenuation, again.attenuation)
    np.testing.assert_array_equal(first.points_ras, again.points_ras)
    assert first.attenuation.shape != other.attenuation.shape or not np.allclose(first.attenuation, other.attenuation)


def test_held_out_kinds_are_only_made_when_asked_for():
    rng = np.random.default_rng(0)
    kinds = {make_procedural_volume(rng, voxels=24).kind for _ in range(35)}
    assert kinds <= set(TRAINING_KINDS)
    assert len(kinds) >= 8
    assert not kinds & set(HELD_OUT_KINDS)
    assert not set(TRAINING_KINDS) & set(HELD_OUT_KINDS)
    with pytest.raises(ValueError, match="unknown kind"):
        make_procedural_volume(rng, "femurs")


def test_points_are_spread_evenly():
    volume = make_procedural_volume(np.random.default_rng(5), "long bones", voxels=96)
    halves = (
        volume.points_ras[:, 2]
        > np.median(np.nonzero(volume.labels)[0]) * volume.ras_from_ijk[2, 2] + volume.ras_from_ijk[2, 3]
    )
    assert 0.4 < halves.mean() < 0.6
    closest = np.sort(np.linalg.norm(volume.points_ras[:, None] - volume.points_ras[None], axis=-1), axis=1)[:, 1]
    expected = (np.count_nonzero(volume.labels) * volume.ras_from_ijk[0, 0] ** 3 / len(volume.points_ras)) ** (1 / 3)
    assert 0.4 * expected < np.median(closest) < 1.2 * expected


def test_the_shell_weighs_what_its_thickness_says():
    """The line integral through a slab's shells must not depend on where the voxels happen to lie."""
    sums = []
    for shift in (0.0, 0.21, 0.5, 0.77):
        depth = 20 - np.abs(np.arange(-40, 41, 2.0) + 2 * shift)
        depth = np.tile(depth, 40)
        count = len(depth)
        voxels = np.array([np.zeros(count, int), np.arange(count) // 41, np.arange(count) % 41])
        values = paint(BoneField(depth, np.ones(count, np.uint8), voxels, (1, 40, 41), 2.0), np.random.default_rng(1))
        sums.append(values.sum() / 40 * 2)
    assert np.ptp(sums) < 0.03 * np.mean(sums)


def test_bones_keep_their_joint_gap():
    bones = Arrangement.of([[ball([-9, 0, 0], 10)], [ball([9, 0, 0], 10)]], cells=80, gap_mm=3.0)
    distance, labels = bones.distance, bones.labels
    assert set(np.unique(labels[distance < 0])) == {1, 2}
    first, second = (np.argwhere((labels == n) & (distance < 0))[:, 2] for n in (1, 2))
    axis = bones.grid.axes()[0].ravel()
    row = tuple(n // 2 for n in bones.grid.shape[:2])
    gap = np.count_nonzero(distance[row][(axis > -9) & (axis < 9)] > 0) * bones.grid.spacing
    assert gap == pytest.approx(3.0, abs=2 * bones.grid.spacing)
    assert first.mean() < second.mean()


def test_mirrored_bone_is_the_mirror_image():
    bone = [Part(ellipsoid([7, 2, -3], [3, 5, 4]))]
    x, y, z = (np.array([[[v]]], dtype=np.float32) for v in (6.0, 1.0, 2.0))
    assert bone[0].primitive.distance(x, y, z) == mirrored(bone)[0].primitive.distance(-x, y, z)
    np.testing.assert_array_equal(mirrored(bone)[0].primitive.low, [-10, -3, -7])


def test_warp_is_smooth_and_keeps_the_extent():
    rng = np.random.default_rng(2)
    drawn = Grid.covering((-50, -40, -30), (50, 40, 30), 2.0)
    ratios = []
    for _ in range(20):
        warp = draw_warp(rng, drawn, 200.0, WarpSettings())
        grid = Grid.covering(-warp.half_ras, warp.half_ras, 6.0)
        places = warp.on_grid(grid)
        jacobian = np.stack([np.stack(np.gradient(axis, 6.0)[::-1], -1) for axis in places], -2)
        volume_ratio = np.linalg.det(jacobian.astype(np.float64)) * warp.ras_mm_per_drawn_mm**3
        assert (np.abs(volume_ratio) > 0.1).all()  # nowhere folded
        assert len(np.unique(np.sign(volume_ratio))) == 1
        ratios.append(np.sign(volume_ratio.flat[0]))
        assert warp.ras_mm_per_drawn_mm == pytest.approx(2.0, rel=1e-6)
    assert {-1.0, 1.0} == set(ratios)  # mirrored and not


def test_smooth_field_has_unit_deviation():
    values = SmoothField(np.random.default_rng(0), 12, 3).on_axes(*[np.linspace(0, 1, 40)] * 3)
    assert values.shape == (3, 40, 40, 40)
    assert values.std() == pytest.approx(1.0, abs=0.1)


def test_it_is_fast():
    started = time.process_time()
    for seed in range(3):
        make_procedural_volume(np.random.default_rng(seed))
    assert (time.process_time() - started) / 3 < 3.0  # 0.35 s when measured
