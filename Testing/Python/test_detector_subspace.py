"""Subspace similarity against other ways to the same numbers."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.detector.matching.subspace import bases, similarity


def random_case(points=7, templates=4, dimensions=32, size=(9, 11), seed=0):
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn((templates, points, dimensions), generator=generator) * 3
    return vectors, torch.randn((dimensions, *size), generator=generator)


def by_least_squares(vectors: np.ndarray, embedding: np.ndarray) -> float:
    """Cosine between an embedding and its projection onto the span of rows, by numpy's least squares."""
    weights = np.linalg.lstsq(vectors.T, embedding, rcond=1e-6)[0]
    projection = vectors.T @ weights
    return projection @ embedding / np.linalg.norm(projection) / np.linalg.norm(embedding)


def test_similarity_is_the_cosine_with_the_projection():
    vectors, embeddings = random_case()
    found = similarity(bases(vectors), embeddings)
    assert found.shape == (7, 9, 11)
    for point, row, column in [(0, 0, 0), (3, 8, 10), (6, 4, 5)]:
        expected = by_least_squares(vectors[:, point].double().numpy(), embeddings[:, row, column].double().numpy())
        assert found[point, row, column] == pytest.approx(expected, abs=2e-6)


def test_unseen_templates_leave_the_span():
    vectors, embeddings = random_case()
    seen = torch.ones(4, 7, dtype=torch.bool)
    seen[1, 2] = seen[3, 2] = False
    seen[:, 5] = False
    found = similarity(bases(vectors, seen), embeddings)
    expected = by_least_squares(vectors[[0, 2], 2].double().numpy(), embeddings[:, 4, 4].double().numpy())
    assert found[2, 4, 4] == pytest.approx(expected, abs=2e-6)
    assert found[5].max() <= 1e-6, "a point that no template sees is nowhere"


@pytest.mark.parametrize("closeness", [0.0, 1e-8])
def test_degenerate_spans_are_the_spans_of_what_is_independent(closeness):
    vectors, embeddings = random_case()
    noise = torch.randn(vectors[0].shape, generator=torch.Generator().manual_seed(1))
    vectors[1] = -2 * vectors[0] + closeness * noise
    vectors[3] = vectors[2] + vectors[0]
    vectors[2, 4] = vectors[3, 4] = 0
    found = similarity(bases(vectors), embeddings)
    assert torch.isfinite(found).all()
    for point, independent in [(0, [0, 2]), (4, [0])]:
        expected = by_least_squares(vectors[independent, point].double().numpy(), embeddings[:, 3, 3].double().numpy())
        assert found[point, 3, 3] == pytest.approx(expected, abs=1e-3)
    assert found.max() <= 1 + 1e-6


def test_a_ridge_favours_directions_that_templates_share():
    vectors, embeddings = random_case()
    assert (similarity(bases(vectors, ridge=0.1), embeddings) < similarity(bases(vectors), embeddings)).all()
    # By its definition: e' V' (V V' + ridge I)^-1 V e.
    unit = torch.nn.functional.normalize(vectors[:, 0].double(), dim=1)
    e = torch.nn.functional.normalize(embeddings[:, 1, 1].double(), dim=0)
    expected = (e @ unit.T @ torch.linalg.inv(unit @ unit.T + 0.1 * torch.eye(4)) @ unit @ e).sqrt()
    assert similarity(bases(vectors, ridge=0.1), embeddings)[0, 1, 1] == pytest.approx(float(expected), abs=1e-6)


def test_gradients_are_right():
    vectors, embeddings = random_case(points=2, templates=3, dimensions=6, size=(2, 2))
    vectors, embeddings = vectors.double().requires_grad_(), embeddings.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda v, e: similarity(bases(v, ridge=1e-3), e), (vectors, embeddings))


def test_batches_are_their_members():
    cases = [random_case(seed=seed) for seed in (0, 1)]
    together = similarity(bases(torch.stack([c[0] for c in cases])), torch.stack([c[1] for c in cases]))
    for found, (vectors, embeddings) in zip(together, cases, strict=True):
        torch.testing.assert_close(found, similarity(bases(vectors), embeddings))
