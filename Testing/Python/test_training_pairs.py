"""Training's pairs: where points lie in templates and X-rays, what X-rays show, and the look of X-rays."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.training.ahead import SetsAhead
from RayEmbRegistrationLib.training.augmentation import augment
from RayEmbRegistrationLib.training.batches import BatchSettings, make_batch
from RayEmbRegistrationLib.training.cutting import canvases_of, crop_templates, cut_with, cut_xrays
from RayEmbRegistrationLib.training.pairs import PairSettings, render_set
from RayEmbRegistrationLib.training.sources import CtSource, Pool, ProceduralSource
from RayEmbRegistrationLib.training.view_sampling import ViewDistribution, random_rotation, rotation_in_prior
from RayEmbRegistrationLib.training.volumes import Bone, BoneVolume, TrainingVolume, isolated_volume, varied, whole_volume
from scipy.spatial.transform import Rotation
from training_cases import PAIRS, SmallSource

SPOT_RAS = np.array([17.0, -23.0, 9.0])


def spot_volume(*others: np.ndarray) -> TrainingVolume:
    """A Gaussian spot of attenuation off the centre: its image's centre of mass is the projection of its middle."""
    ijk = np.stack(np.meshgrid(*[np.arange(48)] * 3, indexing="ij"), axis=-1)[..., ::-1]
    ras_from_ijk = np.diag([-2.0, 2, 2, 1])
    ras_from_ijk[:3, 3] = (47, -47, -47)
    ras = ijk @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]
    values = sum(np.exp(-((ras - spot) ** 2).sum(axis=-1) / (2 * 4.0**2)) for spot in (SPOT_RAS, *others))
    values[values < 1e-4] = 0
    corners = SPOT_RAS + np.array([[0.0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5]])
    return TrainingVolume((Bone(JosephProjector(values, ras_from_ijk), corners),), (), 1.5, np.zeros(3))


def centers_of_mass(images: torch.Tensor) -> np.ndarray:
    side = torch.arange(images.shape[-1], dtype=torch.float32)
    total = images.sum(dim=(2, 3))[:, 0]
    x, y = (images * side).sum(dim=(2, 3))[:, 0], (images * side[:, None]).sum(dim=(2, 3))[:, 0]
    return (torch.stack([x, y], dim=1) / total[:, None]).numpy()


@pytest.mark.parametrize("seed", range(3))
def test_points_are_where_the_images_show_them(seed):
    rng = np.random.default_rng(seed)
    settings = PairSettings(xrays=4, template_px=128, canvas_px=160)
    pairs = render_set(spot_volume(), random_rotation(rng), settings, rng)
    images, pixels, seen = crop_templates(pairs, 112)
    # The points are in random order only where there are too many of them: the spot's middle is the first.
    assert seen.all()
    np.testing.assert_allclose(centers_of_mass(images), pixels[:, 0], atol=0.05)
    cut = cut_xrays(pairs, np.arange(4), 144, ViewDistribution(), rng)
    assert cut.visible[:, 0].sum() >= 2
    well_inside = ((cut.pixels[:, 0] - 71.5).abs().amax(dim=1) < 55).numpy()
    np.testing.assert_allclose(centers_of_mass(cut.images)[well_inside], cut.pixels[well_inside, 0], atol=0.05)


def test_a_cut_is_the_image_a_turned_camera_would_see():
    rng = np.random.default_rng(5)
    volume = spot_volume(np.array([-10.0, 5, -14]), np.array([2.0, 20, 25]))
    pairs = render_set(volume, random_rotation(rng), PairSettings(xrays=2, template_px=64, canvas_px=128), rng)
    turns = Rotation.from_rotvec([[0.05, -0.08, 0.3], [-0.1, 0.02, -0.2]]).as_matrix()
    focal = pairs.focal_px.numpy() * [1.1, 0.9]
    axis = turns[:, :, 2]  # where the canvas' middle lies for the turned camera
    principal = [[33.0, 30.0], [29.0, 36.0]] - focal[:, None] * axis[:, :2] / axis[:, 2:]
    cut = cut_with(canvases_of([(pairs, np.arange(2))]), 64, (turns, focal, principal))
    points = volume.points_ras
    for n in range(2):
        in_camera = pairs.points_camera[n].numpy().astype(np.float64)
        rotation, _ = Rotation.align_vectors(in_camera - in_camera.mean(axis=0), points - points.mean(axis=0))
        canvas = RigidTransform(rotation.as_matrix(), in_camera.mean(axis=0) - rotation.as_matrix() @ points.mean(axis=0))
        pose = RigidTransform(turns[n], np.zeros(3)) @ canvas
        K = np.array([[focal[n], 0, principal[n, 0]], [0, focal[n], principal[n, 1]], [0, 0, 1]])
        projected = pose.apply(points) @ K.T
        np.testing.assert_allclose(cut.pixels[n], projected[:, :2] / projected[:, 2:], atol=0.02)
        direct = volume.bones[0].projector.render(pose, Camera(K, (64, 64), (1, 1), focal[n]))[0]
        assert direct.max() > 5
        assert (direct - cut.images[n, 0]).abs().max() < 0.05 * direct.max()  # the canvas' interpolation


def test_views_stay_within_the_prior():
    rng = np.random.default_rng(0)
    for name, prior in VIEW_PRIORS.items():
        beams = np.array([rotation_in_prior(prior, rng)[2] for _ in range(200)])  # the optical axis in RAS
        secondary = np.degrees(np.arcsin(beams[:, 2]))
        primary = np.degrees(np.arctan2(-beams[:, 0], beams[:, 1]))
        low, high = prior.primary_deg
        assert (((primary >= low) & (primary <= high)) | (primary + 360 <= high)).all(), name
        assert (secondary >= prior.secondary_deg[0] - 1e-6).all(), name
        assert (secondary <= prior.secondary_deg[1] + 1e-6).all(), name
        assert np.ptp(primary) > 0.8 * min(high - low, 330), name


def two_bones() -> BoneVolume:
    values = np.zeros((20, 20, 40), np.float32)
    labels = np.zeros(values.shape, np.uint8)
    values[5:15, 5:15, 4:14], labels[5:15, 5:15, 4:14] = 0.02, 1
    values[5:15, 5:15, 24:36], labels[5:15, 5:15, 24:36] = 0.05, 2
    points = np.argwhere(labels > 0)[::7, ::-1].astype(float)
    return BoneVolume(torch.as_tensor(values), np.eye(4), points, labels)


def test_one_bone_may_play_the_ct_while_x_rays_show_its_neighbour():
    volume = isolated_volume(two_bones(), np.random.default_rng(0), "cpu")
    assert len(volume.bones) == len(volume.others) == 1
    extent = np.ptp(volume.points_ras, axis=0).max()
    assert extent < 13
    assert volume.pixel_mm == pytest.approx(max(extent / 144, 0.3))
    settings = PairSettings(xrays=1, template_px=128, canvas_px=224)
    pairs = render_set(volume, np.eye(3), settings, np.random.default_rng(1))
    assert (pairs.canvases > 0).sum() > 1.6 * (pairs.templates[0] > 0).sum()


def test_points_of_a_bone_that_is_missing_or_moved_are_not_asked_for():
    volume = whole_volume(two_bones(), "cpu", np.random.default_rng(0))
    assert len(volume.bones) == 2
    settings = PairSettings(xrays=12, template_px=64, canvas_px=96, changed_bones=1.0)
    pairs = render_set(volume, np.eye(3), settings, np.random.default_rng(1))
    shares = pairs.valid.float().mean(dim=1)
    assert shares.min() > 0
    assert ((shares > 0.2) & (shares < 0.8)).sum() >= 2
    assert (shares == 1).sum() >= 2


def test_a_stretched_bone_keeps_its_points_inside():
    source = two_bones()
    volume = varied(source, np.random.default_rng(3))
    ijk = (volume.points_ras - volume.ras_from_ijk[:3, 3]) @ np.linalg.inv(volume.ras_from_ijk[:3, :3]).T
    np.testing.assert_allclose(ijk, source.points_ras, atol=1e-9)
    assert not np.allclose(volume.points_ras, source.points_ras)


def test_augmentation_moves_nothing_and_keeps_bone_bright():
    x, y = np.meshgrid(np.arange(64.0), np.arange(64.0))
    spot = torch.as_tensor(np.exp(-((x - 40) ** 2 + (y - 22) ** 2) / 18), dtype=torch.float32).expand(96, 1, 64, 64)
    with_bone, mask = augment(spot, [torch.Generator().manual_seed(0)])
    without, same_mask = augment(1e-12 * torch.ones_like(spot), [torch.Generator().manual_seed(0)])
    assert torch.equal(mask, same_mask)
    assert ((mask == 0) | (mask == 1)).all()
    assert with_bone.isfinite().all()
    assert 0.6 < mask.mean() < 0.99
    both = mask * torch.nn.functional.max_pool2d(mask, 1)
    difference = ((with_bone - without) * both).sum(dim=0) / both.sum(dim=0)
    difference = difference[0] - difference.median()
    row, column = divmod(int(difference.argmax()), 64)
    assert abs(column - 40) <= 1
    assert abs(row - 22) <= 1
    again, _ = augment(spot, [torch.Generator().manual_seed(0)])
    assert torch.equal(again, with_bone)
    assert not torch.equal(augment(spot, [torch.Generator().manual_seed(1)])[0], with_bone)


def test_points_behind_a_collimator_or_outside_do_not_count():
    pairs, strange = SmallSource().make(0, 0), SmallSource().make(0, 1)
    settings = BatchSettings(xrays=3, points=400)
    batch = make_batch([(pairs, strange)], (64, 48), settings, PAIRS.views, [np.random.default_rng(0)])
    assert batch.weights.shape == (1, 3, 400)
    assert 0 < batch.weights.sum() < batch.weights.numel()
    counted = batch.weights[0] > 0
    places = batch.pixels[0].round().long()
    inside = ((places >= 0) & (places < 48)).all(dim=-1)
    assert inside[counted].all()
    for n in range(3):
        column, row = places[n][counted[n]].unbind(-1)
        assert (batch.masks[0, n, 0, row, column] == 1).all()


def test_sets_in_one_batch_are_what_each_is_alone():
    sets = [SmallSource().make(0, 0), SmallSource().make(0, 1), SmallSource().make(0, 2)]
    few = replace(sets[1], **{name: getattr(sets[1], name)[..., :90, :] for name in ("template_px", "points_camera")})
    sets[1] = replace(few, valid=sets[1].valid[:, :90])  # another number of points
    pairs = [(each, sets[n - 1]) for n, each in enumerate(sets)]
    settings, sizes = BatchSettings(xrays=3, points=100), (64, 48)

    def rngs():
        return [np.random.default_rng([3, n]) for n in range(3)]

    together = make_batch(pairs, sizes, settings, PAIRS.views, rngs())
    alone = [make_batch([each], sizes, settings, PAIRS.views, [rng]) for each, rng in zip(pairs, rngs(), strict=True)]
    counted = together.weights > 0
    assert torch.equal(counted, torch.cat([each.weights for each in alone]) > 0)
    assert 0 < counted[1].sum() <= 3 * 90
    for name in ("templates", "xrays", "masks", "pixels", "mm_per_px"):
        one, other = getattr(together, name), torch.cat([getattr(each, name) for each in alone])
        torch.testing.assert_close(
            *((part[counted] for part in (one, other)) if one.shape[:3] == counted.shape else (one, other))
        )
    for name in ("template_px", "seen"):
        one, other = getattr(together, name), torch.cat([getattr(each, name) for each in alone])
        torch.testing.assert_close(one.transpose(0, 1)[:, counted], other.transpose(0, 1)[:, counted])


def test_sets_are_functions_of_their_number():
    settings = PairSettings(xrays=1, template_px=48, canvas_px=64)
    first, second = ProceduralSource(3, settings), ProceduralSource(3, settings)
    second.make(1, 3)  # another volume before it
    one, other = first.make(0, 1), second.make(0, 1)
    assert torch.equal(one.canvases, other.canvases)
    assert not torch.equal(one.canvases, first.make(0, 2).canvases)
    ct = CtSource([two_bones()], 0, settings, prior=VIEW_PRIORS["ap"])
    assert torch.equal(ct.make(0, 5).templates, ct.make(0, 5).templates)


def test_the_pool_slides_on_and_makes_each_set_once():
    made = []

    class Counting:
        def make(self, lane, number):
            made.append((lane, number))
            return number

    pool = Pool(Counting(), size=4, start=2, renew_every=5)
    rng = np.random.default_rng(0)
    drawn = [[pool.draw(1, step, rng) for _ in range(30)] for step in (0, 5, 40)]
    assert [sorted(set(each)) for each in drawn] == [[0, 1], [0, 1, 2], [6, 7, 8, 9]]
    assert len(made) == len(set(made)) == 7


def test_sets_made_ahead_are_the_sources_own():
    with SetsAhead(SmallSource(), 1, "cpu") as source:
        source.expect(2, 0, 1)
        made = source.make(2, 1)
        assert source.is_ready(2, 0)
        assert not source.is_ready(3, 0)
    right = SmallSource().make(2, 1)
    for each in fields(right):
        one, other = getattr(made, each.name), getattr(right, each.name)
        assert torch.equal(torch.as_tensor(one), torch.as_tensor(other))


def test_a_pool_draws_what_is_ready():
    class Ahead:
        def __init__(self):
            self.expected, self.ready = [], {(0, 1)}

        def expect(self, lane, first, last):
            self.expected.append((lane, first, last))

        def is_ready(self, lane, number):
            return (lane, number) in self.ready

        def make(self, lane, number):
            return number

    source, rng = Ahead(), np.random.default_rng(0)
    pool = Pool(source, size=4, start=3, renew_every=5)
    pool.expect(range(2), 0)
    assert source.expected == [(0, 0, 0), (1, 0, 0), (0, 0, 3), (1, 0, 3)]
    assert {pool.draw(0, 0, rng) for _ in range(20)} == {1}
    assert {pool.draw(1, 0, rng)} <= {0, 1, 2}  # none is ready: one is waited for, and drawn again
    assert len({pool.draw(1, 0, rng) for _ in range(20)}) == 1
