"""The skeleton must keep bone and lose what lies about the patient."""

from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.volumes.bone import bone_points, find_skeleton

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SHAPE, SPACING = (90, 100, 120), 2.0
RAS_FROM_IJK = np.array([[-2.0, 0, 0, 120], [0, -2, 0, 100], [0, 0, 2, -90], [0, 0, 0, 1]])  # i to the left, j to the back


def grid_mm():
    k, j, i = np.meshgrid(*(np.arange(n) * SPACING for n in SHAPE), indexing="ij")
    return i - 120, j - 100, k - 90  # left, back, up


def body_with_bones():
    """Soft tissue with noise, a hollow textured femur and a vertebra column; (HU, bone mask)."""
    rng = np.random.default_rng(0)
    x, y, z = grid_mm()
    hu = np.where((x / 100) ** 2 + (y / 60) ** 2 < 1, 50.0, -1000.0)
    femur = np.hypot(x - 40, y + 0.2 * z) < 14 + 6 * np.abs(z / 90) ** 3
    marrow = np.hypot(x - 40, y + 0.2 * z) < 8
    spine = (np.hypot(x + 30, y - 15) < 18) & (np.abs(z % 36 - 18) < 14)
    hu[femur] = 1100
    hu[marrow] = 60
    hu[spine] = 250 + 150 * rng.random(int(spine.sum())) + 500 * (np.hypot(x + 30, y - 15)[spine] > 14)
    return hu + rng.normal(0, 20, SHAPE), femur | spine


def volume_of(hu):
    return CTVolume(hu.astype(np.float32), RAS_FROM_IJK)


def test_bone_is_kept_with_its_marrow_and_nothing_else():
    hu, bone = body_with_bones()
    skeleton = find_skeleton(volume_of(hu))
    assert (skeleton.mask & bone).sum() > 0.98 * bone.sum()
    assert (skeleton.mask & ~bone).sum() < 0.02 * bone.sum()


def test_table_rods_contrast_clothing_and_metal_are_left_out_and_named():
    hu, bone = body_with_bones()
    x, y, z = grid_mm()
    objects = {
        "straight rod": np.hypot(x - 10, y - 80) < 10,
        "thin plate": np.abs(y - 96) < 1.1,
        "one density": np.hypot(np.hypot(x, y + 30), z) < 15,  # a filled bladder
        "metal": np.hypot(np.hypot(x + 60, y + 75), z - 20) < 5,
        "small dense object": np.hypot(np.hypot(x - 110, y + 80), z - 40) < 4,
    }
    for name, value in zip(objects, (450, 400, 350, 4000, 700), strict=True):
        hu[objects[name]] = value + np.random.default_rng(1).normal(0, 10, int(objects[name].sum()))
    skeleton = find_skeleton(volume_of(hu))
    told = "; ".join(skeleton.left_out)
    for name, inside in objects.items():
        assert not (skeleton.mask & inside).any(), name
        assert name in told
    assert (skeleton.mask & bone).sum() > 0.98 * bone.sum()
    rod = next(phrase for phrase in skeleton.left_out if "rod" in phrase)
    assert rod.endswith("behind the patient")
    assert "by 178 mm" in rod
    plate = next(phrase for phrase in skeleton.left_out if "plate" in phrase)
    assert plate.endswith("behind the patient")


def test_a_rod_that_lies_on_the_table_goes_with_it():
    hu, bone = body_with_bones()
    x, y, _ = grid_mm()
    hu[(np.hypot(x - 10, y - 85) < 10) | (np.abs(y - 96) < 1.1)] = 420
    skeleton = find_skeleton(volume_of(hu))
    assert not (skeleton.mask & (y > 70)).any()
    assert (skeleton.mask & bone).sum() > 0.98 * bone.sum()


def test_a_phantom_of_one_density_is_kept():
    x, y, z = grid_mm()
    hu = np.where((x / 30) ** 2 + (y / 20) ** 2 + (z / 60) ** 2 < 1, 800.0, -1000.0)
    assert (find_skeleton(volume_of(hu)).mask == (hu > 0)).all()


def test_no_bone_is_an_error_that_helps():
    with pytest.raises(ValueError, match="label map"):
        find_skeleton(volume_of(np.full(SHAPE, 40.0)))
    x, y, _ = grid_mm()
    with pytest.raises(ValueError, match="only objects such as rods"):
        find_skeleton(volume_of(np.where(np.hypot(x, y) < 10, 450.0, -1000.0)))


def test_labels_are_the_bone():
    labels = np.zeros(SHAPE, np.int16)
    labels[10:20, 30:40, 50:60] = 4
    skeleton = find_skeleton(CTVolume(np.zeros(SHAPE, np.int16), RAS_FROM_IJK, labels))
    np.testing.assert_array_equal(skeleton.mask, labels == 4)
    assert skeleton.left_out == ()


def real(name):
    if not (DATA / name).exists():
        pytest.skip("the data is not here")
    from RayEmbRegistrationLib.volumes.reading import read_ct

    return read_ct(DATA / name).volume


def test_real_pelvis_loses_its_rods_clip_and_table_only():
    volume = real("pelvis/ct.nii.gz")
    skeleton = find_skeleton(volume)
    assert sum("straight rod" in phrase and "behind the patient" in phrase for phrase in skeleton.left_out) == 2
    k, j, i = np.nonzero(skeleton.mask)
    ras = volume.ras_from_index(np.stack([i, j, k], axis=-1))
    assert ras[:, 1].min() > -105  # nothing behind the sacrum
    assert ras[:, 0].min() > -150  # no clip at the left
    millilitres = len(ras) * np.prod(volume.spacing_mm) / 1000
    assert 750 < millilitres < 900
    assert np.ptp(ras[:, 2]) == pytest.approx((volume.hu.shape[0] - 1) * volume.spacing_mm[2])  # vertebrae to femurs


def test_real_radius_is_kept_whole():
    volume = real("wrist/radius.nrrd")
    mask = find_skeleton(volume).mask
    dense = volume.hu > 300
    assert (mask & dense).sum() > 0.995 * dense.sum()


def test_points_are_bone_even_and_repeatable():
    mask = np.zeros((20, 30, 40), bool)
    mask[5:15, 5:25, 10:30] = True
    matrix = np.diag([2.0, -2.0, 3.0, 1.0])
    matrix[:3, 3] = 5, 6, 7
    points = bone_points(mask, matrix, 200, seed=3)
    assert points.shape == (200, 3)
    ijk = (points - matrix[:3, 3]) / np.diag(matrix)[:3]
    np.testing.assert_allclose(ijk, ijk.round(), atol=1e-9)
    assert mask[tuple(ijk.round().astype(int).T[::-1])].all()
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1) + 1e9 * np.eye(200)
    ideal = (mask.sum() * 12 / 200) ** (1 / 3)
    assert gaps.min() > 0.5 * ideal
    np.testing.assert_array_equal(points, bone_points(mask, matrix, 200, seed=3))
    assert len(bone_points(mask, matrix, 10_000)) == mask.sum()
    with pytest.raises(ValueError, match="no bone"):
        bone_points(mask & False, matrix, 5)


def thigh_with(core, around=50.0):
    """A shaft of one cross-section from end to end, its canal and surroundings of these HU; (HU, mask with the canal)."""
    x, y, z = grid_mm()
    from_axis = np.hypot(x - 0.1 * z, y)
    hu = np.where(np.hypot(x, y) < 55, around, -1000.0)
    hu[from_axis < 14] = 1350
    hu[from_axis < 7] = core
    return hu + np.random.default_rng(0).normal(0, 20, SHAPE), from_axis < 14


def test_the_shaft_of_a_long_bone_without_its_ends_is_bone():
    """As in real scans of a thigh: straight, of one cross-section, its cortex of one density."""
    hu, shaft = thigh_with(core=-60)
    skeleton = find_skeleton(volume_of(hu))
    assert (skeleton.mask & shaft).sum() > 0.95 * shaft.sum()
    assert not (skeleton.mask & ~shaft).any()


@pytest.mark.parametrize(("core", "around"), [(1350, 50.0), (-1000, 50.0), (-60, -1000.0)], ids=["solid", "pipe", "in air"])
def test_a_rod_is_none(core, around):
    hu, _shaft = thigh_with(core, around)
    with pytest.raises(ValueError, match="only objects such as rods"):
        find_skeleton(volume_of(hu))
