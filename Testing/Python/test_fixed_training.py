"""The network for fixed landmarks: its data are exact, its loss is what it says, and it learns."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import choose_points
from RayEmbRegistrationLib.pose.prepared.prepare import with_templates
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.training import fixed_landmarks as training
from RayEmbRegistrationLib.training.marked_xrays import heat_map_loss, marked
from RayEmbRegistrationLib.training.volumes import Bone, TrainingVolume
from registration_cases import prepared_knee


def source():
    prepared = prepared_knee()
    points = choose_points(prepared.bone_points_ras, 6)
    bone = Bone(prepared.projector(3), points)
    return training.FixedSource(TrainingVolume((bone,), (), 2.5, prepared.center_ras), VIEW_PRIORS["ap"], 0), points


def test_points_keep_their_order():
    """Pairs of points must lie as far from each other in the X-ray as their places in space say."""
    made, points = source()
    pairs = made.make(0, 0)
    first, again = (marked(pairs, pairs, 96, made.settings.views, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.pixels, again.pixels)
    spread = np.linalg.norm(points[:, None] - points[None], axis=2)
    seen = (first.pixels[:, :, None] - first.pixels[:, None]).norm(dim=-1).numpy() * first.mm_per_px.mean().item()
    assert (seen < 1.5 * spread + 1e-6).all()  # never farther than in space, but for perspective
    assert np.corrcoef(seen.mean(axis=0)[~np.eye(6, dtype=bool)], spread[~np.eye(6, dtype=bool)])[0, 1] > 0.7


def test_loss_against_its_definition():
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 8, 10, generator=rng)
    pixels = torch.tensor([[[4.5, 2.5], [8.5, 8.5], [3.0, 3.0]]]).expand(2, 3, 2)  # the first two lie on features
    weights = torch.tensor([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    heat = logits.flatten(2).log_softmax(dim=2).view(logits.shape)
    expected = -(heat[0, 0, 1, 2] + heat[0, 1, 4, 4] + heat[1, 0, 1, 2]) / 3
    assert float(heat_map_loss(logits, pixels, weights, 2)) == pytest.approx(float(expected), rel=1e-6)


def test_it_starts_from_what_is_found_without_training():
    """Before training, a point's heat map is the cosine-like product of its mean embedding and the encoder's map."""
    torch.manual_seed(4)
    prepared = with_templates(prepared_knee(), SmallEncoder(dimensions=8).eval(), {"trained_on": "nothing"})
    points = choose_points(prepared.bone_points_ras, 7)
    look = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    network = training.new_network(points, prepared, look)
    again, sets = prepared.encoder, prepared.templates
    where = [int(np.linalg.norm(sets.points_ras - point, axis=1).argmin()) for point in points]
    with torch.no_grad():
        maps, heat = (each(look, torch.ones_like(look)) for each in (again, network))
    for n, one in enumerate(where):
        shown = sets.seen[:, :, one]
        mean = sets.point_embeddings[:, :, one].float()[shown].mean(dim=0)
        product = (maps * (mean / mean.norm())[:, None, None]).sum(dim=1)
        expected = training.FIRST_SHARPNESS * product / maps.norm(dim=1).mean()
        torch.testing.assert_close(heat[:, n], expected, rtol=1e-3, atol=1e-3)
    assert training.new_network(points, prepared_knee(), look).dimensions == 7


def test_it_learns_and_stops_when_asked(monkeypatch):
    monkeypatch.setattr(training, "VALIDATION_SETS", 2)
    monkeypatch.setattr(training, "BatchSettings", lambda: type("Sizes", (), {"xray_sizes": (64,)}))
    monkeypatch.setattr(training, "VALIDATION_PX", 64)
    monkeypatch.setattr(training, "whole_volume", lambda *_: source()[0]._volume)
    losses, kept = [], []
    watching = training.Watching(lambda now: losses.append(now.loss), lambda: len(losses) >= 25, kept.append)
    result = training.train_fixed_landmarks(prepared_knee(), 10.0, watching, count=6)
    assert result.cancelled
    assert result.steps == len(losses) == 25
    assert losses[-1] < losses[0] - 0.02
    assert np.isfinite(result.landmark_error_mm)
    assert result.fixed.points_ras.shape == (6, 3)
    assert result.fixed.network.name.startswith("small-")
    assert kept[0].steps == 1  # whoever stops the process at once finds something
    assert kept[0].fixed.network.name.startswith("small-")
    assert kept[0].fixed.network.name != result.fixed.network.name
    assert not kept[0].fixed.network.training
    with pytest.raises(ValueError, match="positive"):
        training.train_fixed_landmarks(prepared_knee(), 0.0)
