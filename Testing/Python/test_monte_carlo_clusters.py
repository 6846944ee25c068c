"""Histories of an X-ray split over torchrun's processes and over a Dask cluster, with workers that are lost."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from long_form import only_long
from monte_carlo_cases import POSE, VIEW, ct_of, dying, few, parts
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.monte_carlo import clusters
from RayEmbRegistrationLib.simulation.monte_carlo.expose import Machine, expose
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import merge
from RayEmbRegistrationLib.simulation.monte_carlo.workers import worker_of

pytestmark = pytest.mark.usefixtures("one_thread")
LIBRARY, HERE = Path(__file__).resolve().parents[2] / "RayEmbRegistration", Path(__file__).resolve().parent
NUMBERS = list(range(8))


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{LIBRARY}{os.pathsep}{HERE}", "OMP_NUM_THREADS": "1"} | more


def test_ranks_make_the_xray_of_one_process(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, str(HERE / "monte_carlo_rank.py"), str(tmp_path / "two.npz")]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    processes = [
        subprocess.Popen(command, env=environment(RANK=str(rank), LOCAL_RANK=str(rank), **shared))  # noqa: S603 - ours
        for rank in (0, 1)
    ]
    alone = expose(ct_of(), VIEW, POSE, few())
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    two = np.load(tmp_path / "two.npz")
    assert two["histories"] == alone.map.histories
    assert np.array_equal(two["pixels"], alone.pixels)
    assert np.array_equal(two["error"], alone.map.error)


def test_a_rank_has_its_own_card_and_the_first_one_writes(monkeypatch):
    assert clusters.device_of_rank("cuda") == "cuda"
    assert clusters.is_first_rank()
    for name, value in (("WORLD_SIZE", "4"), ("RANK", "5"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    assert clusters.device_of_rank("cuda") == "cuda:1"
    assert clusters.device_of_rank("cpu") == "cpu"
    assert not clusters.is_first_rank()


@pytest.fixture(scope="module")
def mark(tmp_path_factory):
    """What ``dying`` leaves."""
    return tmp_path_factory.mktemp("cluster") / "killed"


@pytest.fixture(scope="module")
def cluster(mark):
    """Two workers, each a process of its own, that know where ``dying`` leaves its mark; they last for all tests."""
    distributed = pytest.importorskip("distributed")
    local = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        env={name: environment()[name] for name in ("PYTHONPATH", "OMP_NUM_THREADS")} | {"MONTE_CARLO_MARK": str(mark)},
    )
    yield local
    local.close()


@only_long
@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_lost_worker_of_a_cluster_changes_nothing(mark, monkeypatch, cluster):
    with worker_of(parts(), seed=4) as worker:
        expected = merge(list(worker(NUMBERS)))
    cluster_address = cluster.scheduler_address
    from distributed import Client

    with Client(cluster_address) as client:
        before = set(client.scheduler_info()["workers"])
        monkeypatch.setattr(clusters, "_work_packed", dying)
        with worker_of(parts(), seed=4, scheduler=cluster_address) as worker:
            shares = list(worker(NUMBERS))
        assert mark.exists()
        deadline = time.monotonic() + 60
        while set(client.scheduler_info()["workers"]) == before and time.monotonic() < deadline:
            time.sleep(0.1)
        assert set(client.scheduler_info()["workers"]) != before, "the worker that died was replaced"
    assert sorted(share.number for share in shares) == NUMBERS, "each once"
    assert np.array_equal(merge(shares).signal, expected.signal)


def test_an_xray_by_a_cluster_is_that_of_one_process(two_shares, cluster):
    alone = expose(ct_of(), VIEW, POSE, few(800))
    shared = expose(ct_of(), VIEW, POSE, few(800), Machine(scheduler=cluster.scheduler_address))
    assert np.array_equal(shared.pixels, alone.pixels)
    assert shared.map.histories == alone.map.histories


def test_no_cluster_is_said(monkeypatch):
    pytest.importorskip("distributed")
    with pytest.raises(InputProblem, match=r"no scheduler file nowhere\.json; start one with: dask scheduler"):
        expose(ct_of(), VIEW, POSE, few(), Machine(scheduler="nowhere.json"))
    monkeypatch.setattr(clusters, "ANSWERS_WITHIN_S", 1)
    with pytest.raises(InputProblem, match="no Dask scheduler answers at tcp://127"):
        expose(ct_of(), VIEW, POSE, few(), Machine(scheduler="tcp://127.0.0.1:9"))


def test_a_cluster_without_workers_is_said():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as empty,
        pytest.raises(InputProblem, match="has no worker; start some with: dask worker"),
    ):
        expose(ct_of(), VIEW, POSE, few(), Machine(scheduler=empty.scheduler_address))


def test_without_dask_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputProblem, match="pip install distributed"):
        expose(ct_of(), VIEW, POSE, few(), Machine(scheduler="tcp://127.0.0.1:1"))
