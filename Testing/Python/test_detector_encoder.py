"""The small encoder and what it sees of an image."""

import pytest
import torch
from RayEmbRegistrationLib.detector.network_input import WINDOW_PX, network_input
from RayEmbRegistrationLib.detector.networks.encoder import Encoder, SmallEncoder, encode


def picture(height=64, width=96, seed=0):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand((2, 1, height // 8, width // 8), generator=generator)
    image = torch.nn.functional.interpolate(noise, size=(height, width), mode="bilinear")
    mask = torch.ones_like(image)
    mask[1, :, :20] = 0
    return image, mask


@pytest.mark.parametrize(("gain", "offset"), [(1000.0, 0.0), (1e-4, 0.0), (3.0, -7.0)])
def test_affine_changes_of_the_intensity_are_not_seen(gain, offset):
    image, mask = picture()
    torch.testing.assert_close(network_input(gain * image + offset, mask), network_input(image, mask), atol=2e-4, rtol=0)


def test_what_the_mask_hides_is_not_seen():
    image, mask = picture()
    other = torch.where(mask > 0, image, 50 * torch.rand_like(image))
    assert torch.equal(network_input(other, mask) * mask, network_input(image, mask))


def test_channels_are_what_they_say():
    image, mask = picture()
    score, high_pass, seen = network_input(image, mask).unbind(1)
    used = image[1][mask[1] > 0]
    expected = (image[1] - used.mean()) / used.std(correction=0)
    torch.testing.assert_close(score[1], (expected * mask[1])[0], atol=1e-4, rtol=0)
    assert torch.equal(seen, mask[:, 0])
    # The window's mean and deviation about one pixel of the picture whose mask is whole, by plain slicing.
    half = WINDOW_PX // 2
    window = ((image[0] - image[0].mean()) / image[0].std(correction=0))[0, 30 - half : 31 + half, 40 - half : 41 + half]
    expected = (window[half, half] - window.mean()) / (window.var(correction=0) + 0.15**2).sqrt()
    torch.testing.assert_close(high_pass[0, 30, 40], expected, atol=1e-4, rtol=0)


def test_a_picture_without_contrast_is_flat():
    image = torch.full((1, 1, 32, 32), 1234.5)
    assert network_input(image, torch.ones_like(image))[:, :2].abs().max() < 0.1
    assert torch.isfinite(network_input(image, torch.zeros_like(image))).all()


def test_small_encoder_keeps_its_promises():
    torch.manual_seed(0)
    encoder = SmallEncoder().eval()
    assert isinstance(encoder, Encoder)
    assert sum(parameter.numel() for parameter in encoder.parameters()) < 2_000_000
    image, mask = picture()
    maps = encoder(image, mask)
    assert maps.shape == (2, encoder.dimensions, 32, 48)
    # No statistics over the batch, in training neither.
    torch.testing.assert_close(encoder.train()(image[1:], mask[1:]), maps[1:], atol=1e-5, rtol=1e-4)
    with pytest.raises(ValueError, match="multiples of 16"):
        encoder(image[..., :-1], mask[..., :-1])


def test_the_receptive_field_covers_most_of_an_image():
    torch.manual_seed(0)
    encoder = SmallEncoder()
    image = torch.rand(1, 1, 160, 160, requires_grad=True)
    encoder(image, torch.ones_like(image))[0, :, 40, 40].square().sum().backward()
    # Group normalisation sees everything, though faintly: what counts is where the gradient is not faint.
    gradient = image.grad[0, 0].abs()
    profile = torch.nn.functional.avg_pool2d(gradient[None, None], 8)[0, 0]
    assert (profile[:, 10] > 1e-4 * profile.max()).float().mean() > 0.6


def test_sides_are_padded_outside_the_mask():
    torch.manual_seed(0)
    encoder = SmallEncoder().eval()
    image, mask = picture(64, 96)
    assert encode(encoder, image[..., :61, :93], mask[..., :61, :93]).shape == (2, 32, 31, 47)
    torch.testing.assert_close(encode(encoder, image, mask), encoder(image, mask).detach())
