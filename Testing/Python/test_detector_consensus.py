"""Which hypotheses of the view the points agree on."""

import numpy as np
import torch
from RayEmbRegistrationLib.detector.consensus import agreement
from RayEmbRegistrationLib.detector.matching.subspace import bases, best_match
from RayEmbRegistrationLib.detector.matching.windowed_search import Near
from scipy.spatial.transform import Rotation

GENERATOR = np.random.default_rng(0)


def cloud(count=200):
    return GENERATOR.uniform(-1, 1, (count, 3)) * (110, 70, 90)


def seen_by(points, tilt_deg, scale=1.0, shift=(40.0, -25.0)):
    """Orthographic picture of the points, tilted about a diagonal."""
    turned = Rotation.from_rotvec(np.radians(tilt_deg) * np.array([0.8, 0.6, 0])).apply(points)
    return scale * turned[:, :2] + shift


def with_one(points):
    """Without perspective."""
    return np.c_[points, np.ones(len(points))]


def tensor(*arrays):
    return torch.tensor(np.stack(arrays), dtype=torch.float32)


def test_points_that_keep_their_arrangement_agree_and_chance_does_not():
    points = cloud()
    right = seen_by(points, 20.0, 1.1)
    wrong = GENERATOR.uniform(-150, 150, right.shape)
    some_right = np.where(GENERATOR.random((len(points), 1)) < 0.3, right, wrong)
    counts, cameras = agreement(tensor(*[with_one(points)] * 3), tensor(right, some_right, wrong))
    # The stiffness towards the untilted view costs some of the agreement, never most of it.
    assert counts[0] > 0.8 * len(points)
    assert 0.15 * len(points) < counts[1] < 0.45 * len(points)
    assert counts[2] < 0.12 * len(points)
    expected = tensor(with_one(points))[0] @ cameras[1]
    assert np.median(np.linalg.norm(expected.numpy() - right, axis=1)) < 8


def test_a_collapse_onto_one_place_is_no_agreement():
    points = cloud()
    one_place = np.full((len(points), 2), 30.0) + GENERATOR.normal(0, 2, (len(points), 2))
    counts, _ = agreement(tensor(with_one(points)), tensor(one_place))
    assert counts[0] < 0.25 * len(points)


def test_points_without_a_detection_do_not_count():
    points = cloud()
    observed = seen_by(points, 5.0)
    observed[::2] = np.nan
    counts, cameras = agreement(tensor(with_one(points)), tensor(observed))
    assert torch.isfinite(cameras).all()
    assert 0.4 * len(points) < counts[0] <= 0.5 * len(points)


def test_a_point_is_looked_for_only_near_where_it_is_expected():
    generator = torch.Generator().manual_seed(1)
    rows = bases(torch.randn((4, 9, 8), generator=generator), ridge=1e-3)
    embeddings = torch.randn((8, 20, 30), generator=generator)
    positions = torch.rand((9, 2), generator=generator) * torch.tensor([29.0, 19.0])
    positions[0] = torch.tensor([500.0, 500.0])  # nowhere near the map
    found = best_match(rows, embeddings, near=Near(positions, 3.0))
    assert found.scores[0] == 0
    everywhere = torch.stack([found.indices % 30, found.indices // 30], dim=1)
    assert ((everywhere - positions).abs().amax(dim=1)[1:] <= 3.0).all()
    # The best within each window, by trying them all.
    similarity = torch.einsum("ntd,dp->ntp", rows, embeddings.flatten(1) / embeddings.flatten(1).norm(dim=0)).square().sum(1)
    column, row = torch.arange(600) % 30, torch.arange(600) // 30
    for number in range(1, 9):
        near = (column - positions[number, 0]).abs().le(3.0) & (row - positions[number, 1]).abs().le(3.0)
        assert int(torch.where(near, similarity[number], -1.0).argmax()) == int(found.indices[number])


def test_windows_give_what_the_dense_search_gives_there():
    generator = torch.Generator().manual_seed(2)
    rows = bases(torch.randn((4, 60, 8), generator=generator), ridge=1e-3)
    embeddings = torch.randn((8, 50, 41), generator=generator)
    usable = torch.rand((50, 41), generator=generator) > 0.3
    positions = torch.rand((60, 2), generator=generator) * torch.tensor([60.0, 70.0]) - 10
    found = best_match(rows, embeddings, usable, near=Near(positions, 6.4))
    for number, (column, row) in enumerate(positions.tolist()):
        window = torch.zeros_like(usable)
        low, high = (max(0, int(np.ceil(at - 6.4))) for at in (row, column))
        window[low : max(0, int(np.floor(row + 6.4)) + 1), high : max(0, int(np.floor(column + 6.4)) + 1)] = True
        window &= usable
        if not window.any():
            assert found.scores[number] == 0
            continue
        alone = best_match(rows[number : number + 1], embeddings, window)
        for name in ("positions", "indices", "scores", "margins"):
            assert torch.allclose(getattr(found, name)[number].float(), getattr(alone, name)[0].float(), atol=1e-5), name
