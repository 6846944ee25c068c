"""X-rays for training by physics: the simulation's laws, bone bright, nothing moved, the same for the same generator."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.attenuation import ENERGY_KEV, cortical_bone_attenuation, water_attenuation
from RayEmbRegistrationLib.simulation.materials import MaterialPaths
from RayEmbRegistrationLib.simulation.xray import transmission as reference_transmission
from RayEmbRegistrationLib.training.augmentation import augment
from RayEmbRegistrationLib.training.batches import made_xrays
from RayEmbRegistrationLib.training.cutting import Cut
from RayEmbRegistrationLib.training.exposing import WIDE, expose, spread_widely, transmission
from scipy.ndimage import gaussian_filter

SIDE = 96


def generators(count: int = 1) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(number) for number in range(count)]


def bones(count: int) -> torch.Tensor:
    """A shaft of 25 mm of cortical bone at most, off the middle."""
    line = torch.linspace(-1, 1, SIDE)
    dense = cortical_bone_attenuation(ENERGY_KEV) - water_attenuation(ENERGY_KEV)
    shaft = 25 * dense * (1 - ((line - 0.2) / 0.25).square()).clamp_min(0).sqrt()
    return shaft.expand(count, 1, SIDE, SIDE).clone()


def test_the_beam_is_the_simulations():
    rng = np.random.default_rng(0)
    bone, soft, steel = (rng.uniform(0, most, (2, 12, 12)).astype(np.float32) for most in (40, 250, 6))
    parts = [torch.as_tensor(each)[:, None] for each in (bone, soft, steel)]
    for kvp in (60.0, 77.0, 100.0):
        ours = transmission(*parts, torch.full((2, 1, 1, 1), kvp))[:, 0].numpy()
        theirs = np.stack([reference_transmission(MaterialPaths(bone[n], soft[n], steel[n]), kvp) for n in range(2)])
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)  # of float32 exponents of up to 20


def test_scatter_is_spread_as_by_the_simulation():
    image = np.random.default_rng(1).uniform(size=(SIDE, SIDE)).astype(np.float32)
    image[: SIDE // 2] += 2
    wanted = gaussian_filter(image, WIDE * SIDE, mode="nearest")
    ours = spread_widely(torch.as_tensor(image)[None, None])[0, 0].numpy()
    # Sixteen pixels a side, 2.1 of them a standard deviation: each averages over 0.14 of its variance.
    np.testing.assert_allclose(ours, wanted, atol=0.04 * np.ptp(wanted))


def test_bone_is_bright_and_where_it_was():
    with_bone, masks = expose(bones(24), torch.full((24,), 1.2), generators())
    assert torch.isfinite(with_bone).all()
    assert masks.mean() > 0.6
    without, _ = expose(0 * bones(24), torch.full((24,), 1.2), generators())
    shaft = (bones(24) > 0).float() * masks
    beside = (1 - (bones(24) > 0).float()) * masks

    def contrast(images):
        spread = images.flatten(1).std(dim=1).clamp_min(1e-6)
        means = [(images * part).sum(dim=(1, 2, 3)) / part.sum(dim=(1, 2, 3)).clamp_min(1) for part in (shaft, beside)]
        return (means[0] - means[1]) / spread

    assert ((contrast(with_bone) - contrast(without)) > 0.2).float().mean() > 0.9
    # A median over all of them has its steepest rise at the shaft's edge, within a pixel of where it was.
    profile = (with_bone - without).mean(dim=2)[:, 0].median(dim=0).values
    edge = int((profile[1 : SIDE // 2] - profile[: SIDE // 2 - 1]).argmax())
    assert abs(edge - int((bones(1)[0, 0, 0] > 0).float().argmax())) <= 2


def test_the_same_generator_makes_the_same_whatever_stands_beside():
    together = expose(bones(4), torch.full((4,), 1.0), generators(2), bones(4).flip(3))
    alone = [expose(bones(2), torch.full((2,), 1.0), [generator], bones(2).flip(3)) for generator in generators(2)]
    for part in range(2):
        torch.testing.assert_close(together[part], torch.cat([each[part] for each in alone]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("exposed", [0, 1, 3])
def test_a_set_has_so_many_by_physics_and_the_rest_by_augmentation(exposed):
    sets, each = 2, 3
    bone = bones(sets * each)
    mm = torch.full((sets * each, 5), 1.1)
    cut = Cut(bone, torch.zeros(sets * each, 5, 2), torch.ones(sets * each, 5, dtype=torch.bool), mm)
    images, masks = made_xrays(cut, bone.flip(3), generators(sets), exposed)
    assert images.shape == masks.shape == bone.shape
    if exposed == 0:
        torch.testing.assert_close(images, augment(bone, generators(sets), bone.flip(3))[0])
    if exposed == each:
        torch.testing.assert_close(images, expose(bone, mm[:, 0], generators(sets), bone.flip(3))[0])
