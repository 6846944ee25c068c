"""A water-like cylinder with a rod of bone, its X-rays by few photons, and processes that die of their share.

What processes of their own import, so that it imports no more than they need.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
from RayEmbRegistrationLib.geometry import Camera, CTVolume
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.simulation.monte_carlo import clusters, workers
from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam
from RayEmbRegistrationLib.simulation.monte_carlo.body import body_of_ct
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort, work_share

POSE = camera_from_ras_of_c_arm(0, 0, 0, np.zeros(3), 700.0)
VIEW = Camera.from_detector((48, 40), (5.0, 5.0), 1000.0)
DIES_OF = 3  # the number of a share
_WORK = clusters._work_packed  # before a test puts another in its place


def ct_of(half_mm=60.0, step=8.0, count=20):
    """A water-like cylinder along the table with a rod of bone."""
    where = (np.arange(count) - (count - 1) / 2) * step
    _, y, x = np.meshgrid(where, where, where, indexing="ij")
    hu = np.full((count, count, count), -1000, np.int16)
    hu[x**2 + y**2 < half_mm**2] = 40
    hu[(x - 30) ** 2 + y**2 < 15**2] = 900
    matrix = np.diag([step, step, step, 1.0])
    matrix[:3, 3] = where[0]
    return CTVolume(hu, matrix)


def few(photons=1200, **choices):
    """An exposure by few photons."""
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure

    return Exposure(effort=Effort(photons, None, smoothing=0.0, share=200), cells=12, **choices)


def parts():
    """Of its scene, for processes that share the photons."""
    body = body_of_ct(ct_of(), 8.0)
    return workers.SceneParts(body, VIEW.resample(6, 5), POSE, Detector(), Beam().spectrum(), histories=100)


def die_once(number: int) -> None:
    """End this process, which is the first to come to a certain share."""
    mark = Path(os.environ["MONTE_CARLO_MARK"])
    if number == DIES_OF and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def killing(seed, number, histories):
    """As a worker's share of a pool of processes."""
    die_once(number)
    return work_share(workers._scene[0], seed, number, histories)


def dying(packed, token, share):
    """As a worker's share of a cluster."""
    die_once(share[1])
    return _WORK(packed, token, share)


def always_killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)
