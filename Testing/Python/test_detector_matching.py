"""The best feature for every point: exact, whatever the chunks, and the numbers beside it."""

import pytest
import torch
from RayEmbRegistrationLib.detector.matching.options import MatchOptions
from RayEmbRegistrationLib.detector.matching.subspace import bases, best_match, similarity


def case(points=150, size=(37, 50), smooth=5, seed=0):
    """Spans and a smooth map; half of the points are somewhere in it."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn((1, 32, size[0] // smooth + 2, size[1] // smooth + 2), generator=generator)
    embeddings = torch.nn.functional.interpolate(coarse, size=size, mode="bilinear", align_corners=True)[0]
    vectors = torch.randn((4, points, 32), generator=generator)
    places = torch.randint(size[0] * size[1], (points,), generator=generator)
    vectors[:, ::2] += 3 * embeddings.flatten(1).T[places[::2]]
    return bases(vectors), embeddings


def usable_part(size=(37, 50)):
    usable = torch.ones(size, dtype=torch.bool)
    usable[:, :18] = False
    usable[20:30, 30:40] = False
    return usable


def plain(rows, embeddings, usable, neighbourhood):
    """Index, score and margin of one point after another, from the whole similarity."""
    scores = similarity(rows, embeddings)
    scores[:, ~usable] = 0
    found = []
    for each in scores:
        index = int(each.argmax())
        row, column = divmod(index, each.shape[1])
        best = float(each[row, column])
        rest = each.clone()
        near = slice(max(row - neighbourhood, 0), row + neighbourhood + 1)
        rest[near, max(column - neighbourhood, 0) : column + neighbourhood + 1] = 0
        found.append((index, best, best - float(rest.max())))
    indices, best, margins = zip(*found, strict=True)
    return torch.tensor(indices), torch.tensor(best), torch.tensor(margins)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("memory_mb", [0.05, 1.0, 64.0])
def test_dense_search_is_the_plain_one(memory_mb, masked):
    rows, embeddings = case()
    usable = usable_part() if masked else torch.ones(37, 50, dtype=torch.bool)
    peaks = best_match(rows, embeddings, usable if masked else None, MatchOptions(memory_mb, neighbourhood=3))
    indices, scores, margins = plain(rows, embeddings, usable, 3)
    assert torch.equal(peaks.indices, indices)
    torch.testing.assert_close(peaks.scores, scores, atol=1e-6, rtol=0)
    torch.testing.assert_close(peaks.margins, margins, atol=1e-6, rtol=0)
    whole = torch.stack([indices % 50, indices // 50], dim=1)
    assert (peaks.positions - whole).abs().max() <= 0.5


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("block", [3, 8])
def test_bounded_search_finds_the_same(block, masked):
    rows, embeddings = case()
    usable = usable_part() if masked else None
    dense = best_match(rows, embeddings, usable)
    for memory_mb in (0.1, 64.0):
        bounded = best_match(rows, embeddings, usable, MatchOptions(memory_mb, search="bounded", block=block))
        assert torch.equal(bounded.indices, dense.indices)
        torch.testing.assert_close(bounded.scores, dense.scores, atol=1e-6, rtol=0)
        torch.testing.assert_close(bounded.positions, dense.positions, atol=1e-2, rtol=0)


def test_the_first_of_equal_features_is_taken():
    rows, _ = case(points=3)
    embeddings = rows[:1, 0].T[..., None].expand(32, 12, 12).clone()
    for search in ("dense", "bounded"):
        peaks = best_match(rows, embeddings, None, MatchOptions(search=search))
        assert peaks.indices[0] == 0


def test_sub_pixel_peak_of_a_parabola():
    """A map whose squared score for a point is a parabola about a place between features."""
    across, down = 7.3, 4.8
    columns, rows = torch.meshgrid(torch.arange(16.0), torch.arange(12.0), indexing="xy")
    squares = 0.9 - 0.004 * (columns - across) ** 2 - 0.002 * (rows - down) ** 2
    embeddings = torch.stack([squares.sqrt(), (1 - squares).sqrt()])
    peaks = best_match(torch.tensor([[[1.0, 0.0]]]), embeddings)
    torch.testing.assert_close(peaks.positions[0], torch.tensor([across, down]), atol=1e-4, rtol=0)


def test_nothing_usable_and_unknown_searches_are_refused():
    rows, embeddings = case(points=2)
    with pytest.raises(ValueError, match="no usable pixel"):
        best_match(rows, embeddings, torch.zeros(37, 50, dtype=torch.bool))
    with pytest.raises(ValueError, match="'fast' is unknown"):
        best_match(rows, embeddings, None, MatchOptions(search="fast"))
