"""The loss against a plain computation of its equations."""

import pytest
import torch
from RayEmbRegistrationLib.training import loss as loss_module
from RayEmbRegistrationLib.training.loss import LossSettings, Matching, bilinear_target, info_nce, landmark_errors_mm

RIDGE = 1e-9


def random_matching(side=(10, 13), points=7) -> Matching:
    random = torch.Generator().manual_seed(0)
    embeddings = torch.randn((3, 4, points, 8), generator=random).double().requires_grad_()
    maps = torch.randn((3, 8, *side), generator=random).double().requires_grad_()
    pixels = torch.rand((3, points, 2), generator=random) * torch.tensor([2.0 * side[1], 2.0 * side[0]]) - 0.5
    weights = (torch.rand((3, points), generator=random) > 0.3).float()
    weights[2] = 0  # an X-ray that shows nothing
    seen = torch.rand((3, 4, points), generator=random) > 0.2
    return Matching(embeddings, seen, maps, pixels, weights, 2)


def plain_loss(matching: Matching, temperature: float) -> torch.Tensor:
    """Point by point, with projection matrices and a dense target."""
    height, width = matching.maps.shape[-2:]
    per_xray = []
    for q in range(2):
        losses = []
        for n in range(matching.pixels.shape[1]):
            if matching.weights[q, n] == 0:
                continue
            V = matching.embeddings[q, matching.seen[q, :, n], n].T
            P = V @ torch.linalg.inv(V.T @ V) @ V.T
            e = matching.maps[q].flatten(1)
            projected = P @ e
            cosine = (e * projected).sum(0) / (e.norm(dim=0) * projected.norm(dim=0))
            x, y = (matching.pixels[q, n].double() + 0.5) / 2 - 0.5
            columns, rows = torch.arange(width), torch.arange(height)[:, None]
            x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
            target = (1 - (columns - x).abs()).clamp_min(0) * (1 - (rows - y).abs()).clamp_min(0)
            losses.append(-(target.flatten() * torch.log_softmax(cosine / temperature, dim=0)).sum())
        per_xray.append(torch.stack(losses).mean())
    return torch.stack(per_xray).mean()


@pytest.mark.parametrize("chunk", [1, 1500, 1 << 20])
def test_loss_and_gradients_equal_a_plain_computation(chunk, monkeypatch):
    monkeypatch.setattr(loss_module, "_CPU_CHUNK", chunk)
    matching = random_matching()
    ours = info_nce(matching, LossSettings(0.1, RIDGE))
    gradients = torch.autograd.grad(ours, (matching.embeddings, matching.maps))
    plain = plain_loss(matching, 0.1)
    expected = torch.autograd.grad(plain, (matching.embeddings, matching.maps))
    assert float(ours.detach()) == pytest.approx(float(plain.detach()), rel=1e-5)
    for gradient, wanted in zip(gradients, expected, strict=True):
        torch.testing.assert_close(gradient, wanted, atol=1e-5 * float(wanted.abs().max()), rtol=1e-4)


def test_the_target_is_where_the_point_is():
    pixels = torch.tensor([[4.5, 6.5], [5.1, 6.5], [-3.0, 100.0]])
    index, share = bilinear_target(pixels, 2, 8, 9)
    rows, columns = index // 9, index % 9
    torch.testing.assert_close(share.sum(dim=1), torch.ones(3))
    torch.testing.assert_close(
        (share * columns).sum(dim=1), torch.tensor([2.0 + 0.5, 2.8, 0.0]) - torch.tensor([0.5, 0.5, 0])
    )
    torch.testing.assert_close((share * rows).sum(dim=1), torch.tensor([3.0, 3.0, 7.0]))


def test_landmark_errors_are_in_mm_at_the_point():
    matching = random_matching()
    scores = torch.zeros((3, 7, 10, 13))
    scores[:, :, 4, 6] = 1  # pixel (12.5, 8.5)
    errors = landmark_errors_mm(scores, matching, torch.full((3, 7), 1.5))
    expected = 1.5 * (matching.pixels - torch.tensor([12.5, 8.5])).norm(dim=-1)
    torch.testing.assert_close(errors, expected)
