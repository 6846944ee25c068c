"""Shares of histories worked out here or by several processes; a lost process's shares are done again."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem

from .angles import AngularLaws
from .body import Body
from .clusters import by_ranks, on_cluster, ranks
from .detector import Detector
from .scatter import GROUP, SHARE_HISTORIES, Share, Worker, work_group, work_share
from .scene import Scene
from .voxels import Voxels

_MOST_LOSSES = 5  # chosen: a machine that loses processes as often has no memory left for them
_scene: list[Scene] = []  # of this process, so that it is sent and built once


@dataclass(frozen=True, eq=False)
class SceneParts:
    """What a scene is built of; it travels between processes.

    Attributes:
        body: coarse, for scatter.
        map_camera: its pixels are the map's cells.
        camera_from_ras: pose.
        detector: behind it.
        spectrum: (E,) shares.
        device: of PyTorch.
        histories: of a share.
        region: (K, J, I) bool, voxels whose deposited energy is summed apart; None for none. Integers tell several apart.
    """

    body: Body
    map_camera: Camera
    camera_from_ras: RigidTransform
    detector: Detector
    spectrum: np.ndarray
    device: str = "cpu"
    histories: int = SHARE_HISTORIES
    region: np.ndarray | None = None

    def scene(self) -> Scene:
        """Build it."""
        voxels = Voxels.of(self.body, self.camera_from_ras, self.device)
        laws = AngularLaws.of(self.body.names, self.device)
        region = None if self.region is None else torch.as_tensor(self.region.ravel().astype(np.int64), device=self.device)
        return Scene(voxels, laws, self.map_camera, self.detector, self.spectrum, region=region)


@contextmanager
def worker_of(parts: SceneParts, seed: int, processes: int = 1, scheduler: str | None = None) -> Iterator[Worker]:
    """What works out shares by number; each share is the same whoever does it.

    Args:
        parts: of the scene.
        seed: of the histories.
        processes: of this machine, where neither torchrun nor a scheduler shares them out.
        scheduler: address or file of a Dask cluster's, or None.

    Raises:
        InputProblem: no such cluster.
    """
    if scheduler is not None:
        with on_cluster(parts, seed, scheduler) as worker:
            yield worker
        return
    if ranks() > 1:
        with by_ranks(parts, seed) as worker:
            yield worker
        return
    if processes <= 1:
        scene = parts.scene()
        if torch.device(parts.device).type == "cuda":
            yield lambda numbers: (
                share for group in groups_of(numbers) for share in work_group(scene, seed, group, parts.histories)
            )
        else:
            yield lambda numbers: (work_share(scene, seed, number, parts.histories) for number in numbers)
        return
    pool = _Pool(parts, seed, processes)
    try:
        yield pool.work
    finally:
        pool.close()


def groups_of(numbers: list[int]) -> list[int]:
    """The groups that hold shares."""
    return sorted({number // GROUP for number in numbers})


class _Pool:
    """Processes that are replaced when one is lost."""

    def __init__(self, parts: SceneParts, seed: int, processes: int) -> None:
        self._parts, self._seed, self._processes = parts, seed, processes
        self.losses = 0
        self.executor = self._started()

    def _started(self) -> ProcessPoolExecutor:
        # Not forked: PyTorch's threads and CUDA do not survive it.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._processes, context, initializer=_prepare, initargs=(self._parts,))

    def work(self, numbers: list[int]) -> Iterator[Share]:
        """Shares as they are done; those lost with a process are asked for again."""
        wanted = set(numbers)
        while wanted:
            futures: list[Future[Share]] = []
            try:
                futures = [
                    self.executor.submit(_work, self._seed, number, self._parts.histories) for number in sorted(wanted)
                ]
                for future in as_completed(futures):
                    share = future.result()
                    wanted.discard(share.number)
                    yield share
            except BrokenProcessPool as error:
                self.losses += 1
                if self.losses > _MOST_LOSSES:
                    raise InputProblem(
                        f"processes that share the photons ended {self.losses} times, mostly for lack of memory; give fewer "
                        "--processes, or less --memory"
                    ) from error
                self.close()
                self.executor = self._started()
            finally:
                for future in futures:
                    future.cancel()

    def close(self) -> None:
        """End the processes; what they have not begun is dropped."""
        self.executor.shutdown(wait=True, cancel_futures=True)


def _prepare(parts: SceneParts) -> None:
    torch.set_num_threads(1)  # a process a core
    _scene[:] = [parts.scene()]


def _work(seed: int, number: int, histories: int) -> Share:
    return work_share(_scene[0], seed, number, histories)
