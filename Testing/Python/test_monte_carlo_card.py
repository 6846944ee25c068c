"""Testing/gpu/monte_carlo.py, which makes X-rays on a graphics card, here on the processor; batches followed together."""

from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
from monte_carlo_card_cases import bench, script
from monte_carlo_cases import ct_of, parts
from RayEmbRegistrationLib.evaluation.cases import find_cases
from RayEmbRegistrationLib.simulation.monte_carlo import cases as monte_carlo
from RayEmbRegistrationLib.simulation.monte_carlo import scatter
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import GROUP, merge, work_group, work_share
from RayEmbRegistrationLib.simulation.monte_carlo.workers import groups_of

pytestmark = pytest.mark.usefixtures("one_thread")


def mean_and_error(values):
    """And the standard error."""
    return np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values))


def test_shares_followed_together_agree_with_shares_one_by_one():
    scene = parts().scene()
    together = work_group(scene, 1, 0, 60)
    alone = [work_share(scene, 2, number, 60) for number in range(GROUP)]
    assert merge(together).histories == merge(alone).histories == GROUP * 60
    for what in (lambda share: share.signal.sum(), lambda share: share.energies[1]):
        means, errors = zip(
            *(mean_and_error([what(share) for share in shares]) for shares in (together, alone)), strict=True
        )
        assert abs(means[0] - means[1]) < 3 * np.hypot(*errors)
    again = work_group(replace(scene, window=False), 1, 1, 60)  # photons that are split by depth keep it in the mean alone
    assert [share.number for share in again] == list(range(GROUP, 2 * GROUP))
    assert again[0].energies[0] == pytest.approx(sum(again[0].energies[1:]), rel=1e-4), "each batch keeps its energy"
    assert groups_of([0, 15, 16, 40]) == [0, 1, 2]


def test_forty_xrays_are_sixteen_of_the_pelvis_and_twelve_of_each_limb(tmp_path):
    names = [path.stem for path, _ in script().wanted([tmp_path / f"{name}.npz" for name in "abc"], 40)]
    assert [names.count(name) for name in "abc"] == [16, 12, 12]
    assert [script().is_hard(number) for number in range(4)] == [False, True, False, True]


def test_a_finer_grid_lies_where_the_ct_does():
    matrix = np.diag([1.0, 1.0, 3.0, 1.0])
    matrix[:3, 3] = (5, 6, 7)
    k, j, i = np.meshgrid(np.arange(9.0), np.arange(8.0), np.arange(7.0), indexing="ij")
    finer = script().finer(100 * k + 10 * j + i, matrix, "cpu")
    assert finer.hu.shape == (26, 8, 7)
    inner = np.array([3.0, 4.0, 13.0])
    place = matrix[:3, :3] @ [3, 4, 4.0] + matrix[:3, 3]
    at = finer.index_from_ras(place)
    assert at[:2] == pytest.approx(inner[:2])
    below, above = finer.hu[int(at[2]), 4, 3], finer.hu[int(at[2]) + 1, 4, 3]
    assert below + (above - below) * (at[2] % 1) == pytest.approx(443, abs=1)


def test_xrays_of_a_card_become_cases(tmp_path, monkeypatch):
    """The same seed gives the same X-rays, whose poses and pixels the cases have."""
    monkeypatch.setattr(monte_carlo, "SCATTER_ERROR", 0.9)
    monkeypatch.setattr(monte_carlo, "_CELLS", 8)
    monkeypatch.setattr(scatter, "LEAST_SHARES", 4)
    monkeypatch.setattr(monte_carlo, "Effort", partial(monte_carlo.Effort, share=100))
    paths = []
    for name in ("mc_pelvis", "mc_limb"):
        ct = ct_of()
        points = np.random.default_rng(0).uniform(-40, 40, (50, 3))
        paths.append(tmp_path / f"{name}.npz")
        np.savez_compressed(paths[-1], hu=ct.hu, ras_from_ijk=ct.ras_from_ijk, points_ras=points)
    monkeypatch.setattr(script(), "FINER_MM", 4.0)
    arrays = script().make_xrays(paths, "cpu", 17, 3, 48)
    assert arrays["names"].tolist() == ["pelvis-00", "limb-00", "limb-01"]
    assert arrays["hard"].tolist() == [False, False, True]
    again = script().make_xrays(paths[1:], "cpu", 17, 1, 48)
    assert not np.array_equal(again["pixels"][0], arrays["pixels"][0])
    np.savez_compressed(tmp_path / "made.npz", **arrays)
    monkeypatch.setattr(bench(), "PLACE", tmp_path)
    bench().take(tmp_path / "made.npz")
    found = find_cases(tmp_path / bench().KINDS[0])
    assert [case.name for case in found] == ["limb-00", "limb-01", "pelvis-00"]
    np.testing.assert_allclose(found[2].known_truth.matrix, arrays["poses"][0], atol=1e-12)
    np.testing.assert_array_equal(cv2.imread(str(found[2].image_path), cv2.IMREAD_UNCHANGED), arrays["pixels"][0])
