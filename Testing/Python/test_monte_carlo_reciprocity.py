"""Reciprocity: of photons that keep their energy, a source lights a detector as a source there would light one here."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from long_form import only_long
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.simulation.monte_carlo.angles import COMPTON, AngularLaws
from RayEmbRegistrationLib.simulation.monte_carlo.beam import monoenergetic
from RayEmbRegistrationLib.simulation.monte_carlo.body import Body
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import merge, work_share
from RayEmbRegistrationLib.simulation.monte_carlo.scene import Scene
from RayEmbRegistrationLib.simulation.monte_carlo.voxels import Voxels

pytestmark = pytest.mark.usefixtures("one_thread")
FAR_MM, CELL_MM, SIGMAS = 1000.0, 24.0, 3.0
ASIDE_MM = np.array([35.0, -20.0, FAR_MM])  # the detector's place from the source
TURN = np.diag([1.0, -1.0, -1.0])  # the detector's side looks back


@dataclass(frozen=True)
class Fluence(Detector):
    """Counts what passes a small sphere: the cosine of a plane's area is taken out."""

    def response(self, row, energy, cosine):
        return 1 / cosine


def body():
    """Water near the source's side, bone away from it and aside: nothing is the same from the other end."""
    counts, step = (12, 12, 16), 10.0
    x, _, z = np.meshgrid(*(np.arange(count) for count in counts), indexing="ij")
    bone = ((z > 9) & (x < 7)).transpose(2, 1, 0)
    density = np.where(bone, np.float32(1.2), np.float32(0.9))
    matrix = np.diag([step, step, step, 1.0])
    matrix[:3, 3] = -(np.array(counts) - 1) / 2 * step
    return Body(density, bone.astype(np.uint8), matrix, ("water", "bone"))


def fluence(pose, aside_mm, seed):
    """Of a source at the origin, behind the body, in one cell about a place of the plane; elastic scattering alone."""
    voxels = Voxels.of(body(), pose, "cpu")
    mass = voxels.mass.clone()
    mass[COMPTON + 1] = 0  # photoelectric, Compton, Rayleigh
    total = mass.sum(0)
    peak = max(float(total[index, 55] * density) for index, density in ((0, 0.9), (1, 1.2)))
    elastic = replace(voxels, mass=mass, total=total, largest=voxels.largest * 0 + peak)
    cell = Camera.from_detector((1, 1), (CELL_MM, CELL_MM), FAR_MM, tuple(-aside_mm[:2] / CELL_MM))
    field = Camera.from_detector((1, 1), (420.0, 420.0), FAR_MM)
    laws = AngularLaws.of(("water", "bone"), "cpu")
    scene = Scene(elastic, laws, cell, Fluence(), monoenergetic(60), rays=96, field_camera=field, window=False)
    found = merge([work_share(scene, seed, number, 12_000) for number in range(20)])
    return float(found.signal[0, 0]), float(found.error[0, 0])


@only_long
def test_source_and_detector_may_change_places():
    there = RigidTransform(np.eye(3), np.array([10.0, -5.0, 650.0]))
    back = RigidTransform(TURN @ there.rotation, TURN @ (there.translation - ASIDE_MM))
    first, first_error = fluence(there, ASIDE_MM, 1)
    second, second_error = fluence(back, TURN @ -ASIDE_MM, 2)
    assert max(first_error / first, second_error / second) < 0.02, "the check is not loose"
    assert abs(first - second) < SIGMAS * np.hypot(first_error, second_error)
    other, other_error = fluence(there, ASIDE_MM * (4.0, 4.0, 1.0), 3)
    assert abs(first - other) > 2 * SIGMAS * np.hypot(first_error, other_error), "it sees a detector that is elsewhere"
