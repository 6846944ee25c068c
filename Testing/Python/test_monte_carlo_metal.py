"""Flights past metal go block by block: as many photons come through as before, in fewer flights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.simulation.monte_carlo import transport
from RayEmbRegistrationLib.simulation.monte_carlo.beam import monoenergetic
from RayEmbRegistrationLib.simulation.monte_carlo.body import Body
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables
from RayEmbRegistrationLib.simulation.monte_carlo.workers import SceneParts

pytestmark = pytest.mark.usefixtures("one_thread")
KEV, STEP_MM, SIGMAS = 60, 4.0, 3.0
COUNT, FRONT_MM, FAR_MM = 43, 700.0, 1000.0  # voxels a side: their last block is not a whole one


def scene_of(metal, material="copper", field_mm=240.0, turn=0.0, share=1.0):
    """A cube of water with metal in some of its voxels, (K, J, I) flags; turned about the beam's axis by degrees.

    ``share`` is of the metal's density.
    """
    kind = metal.astype(np.uint8)
    tables = load_tables()
    density = np.where(metal, np.float32(share * tables.density[tables.row(material)]), np.float32(1.0))
    matrix = np.diag([STEP_MM, STEP_MM, STEP_MM, 1.0])
    matrix[:3, 3] = (-(COUNT - 1) / 2 * STEP_MM, -(COUNT - 1) / 2 * STEP_MM, FRONT_MM + STEP_MM / 2)
    pose = RigidTransform.from_rotation_vector(np.array([0.0, 0.0, np.radians(turn)]))
    view = Camera.from_detector((4, 4), (field_mm / 4,) * 2, FAR_MM)
    body = Body(density, kind, matrix, ("water", material))
    return SceneParts(body, view, pose, Detector(), monoenergetic(KEV)).scene()


def rod():
    """Of 3 x 3 voxels, along k, from the third voxel to the last but two."""
    k, j, i = np.indices((COUNT,) * 3)
    return (abs(j - 21) < 2) & (abs(i - 24) < 2) & (k > 2) & (k < COUNT - 3)


def test_a_body_without_metal_flies_as_before():
    assert scene_of(np.zeros((COUNT,) * 3, bool)).voxels.blocks is None


def test_blocks_bound_their_voxels():
    voxels = scene_of(rod()).voxels
    k, j, i = np.indices((COUNT,) * 3) // 8
    blocks = voxels.blocks[:, KEV - 5].numpy()[i + 6 * (j + 6 * k)].ravel()
    attenuation = (voxels.density * voxels.total[voxels.material, KEV - 5]).numpy()
    assert (attenuation <= blocks * (1 + 1e-6)).all()
    assert blocks.max() == pytest.approx(attenuation.max())
    assert np.median(blocks) == pytest.approx(np.median(attenuation))


@pytest.mark.parametrize("turn", [0.0, 30.0])
def test_layers_of_metal_let_through_what_beer_and_lambert_say(monkeypatch, turn):
    """A pencil of rays through 2 mm of titanium's worth in water, the metal in one layer and only about the axis."""
    k, j, i = np.indices((COUNT,) * 3)
    scene = scene_of((k == 30) & (abs(j - 21) < 3) & (abs(i - 21) < 3), "titanium", 4.0, turn)
    assert scene.voxels.blocks is not None
    missed = []

    def stop(scene, photons, material, generator, tally):
        missed.append(len(material))
        return photons[torch.zeros(0, dtype=torch.long)]

    monkeypatch.setattr(transport, "_interact", stop)
    histories, tables = 200_000, load_tables()
    transport.follow(replace(scene, window=False), histories, torch.Generator().manual_seed(4))
    water, metal = (tables.linear_attenuation(name)[KEV - 5] for name in ("water", "titanium"))
    expected = np.exp(-(COUNT - 1) * STEP_MM * water - STEP_MM * metal)
    passed = 1 - sum(missed) / histories
    assert abs(passed - expected) < SIGMAS * np.sqrt(expected * (1 - expected) / histories)


def test_metal_scatters_as_with_one_bound_for_all(monkeypatch):
    """Signals and what stays, within three standard errors; in a third of the flights or fewer."""
    scene, flights, real = replace(scene_of(rod(), turn=20.0, share=0.45), rays=1), [], transport._step

    def counted(scene, photons, *rest):
        flights.append(len(photons.energy))
        return real(scene, photons, *rest)

    monkeypatch.setattr(transport, "_step", counted)
    assert scene.voxels.blocks is not None
    found, attempts, batches = [], [], 12
    for one in (scene, replace(scene, voxels=replace(scene.voxels, blocks=None))):
        flights.clear()
        tally = transport.follow(one, 40, torch.Generator().manual_seed(6), batches)
        values = np.stack([tally.signals.sum((1, 2)).numpy(), tally.energies[1].numpy()])
        found.append((values.mean(1), values.std(1, ddof=1) / np.sqrt(batches)))
        attempts.append(sum(flights))
    (first, error), (second, other) = found
    assert (abs(first - second) < SIGMAS * np.hypot(error, other)).all()
    assert attempts[0] < attempts[1] / 3
