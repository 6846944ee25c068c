"""Two implants of metal that move, and X-rays of them in a rig of two cameras."""

from __future__ import annotations

import numpy as np
import pytest
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.tracking.poses import moved

pytest.importorskip("vtkmodules.vtkFiltersSources")
SIZE = 256
CAMERA = Camera.from_detector((SIZE, SIZE), (0.8, 0.8), 1200.0)
FRONT = RigidTransform(translation=(0, 0, 900.0))
SIDE = RigidTransform(translation=(0, 0, 900.0)) @ RigidTransform.from_rotation_vector((0, np.radians(80), 0))


def lump(center, axes):
    """A closed surface without a symmetry of its own: an ellipsoid with a dent and a bump."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    source = vtkSphereSource()
    source.SetRadius(1.0)
    source.SetThetaResolution(60)
    source.SetPhiResolution(60)
    source.Update()
    data = source.GetOutput()
    unit = vtk_to_numpy(data.GetPoints().GetData()).astype(np.float64)
    faces = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    bump = 1 + 0.25 * unit[:, :1] * unit[:, 1:2] + 0.2 * unit[:, 2:] ** 3 - 0.15 * unit[:, 1:2] ** 3
    return Surface(unit * bump * np.array(axes) + center, faces)


SURFACES = {"upper": lump((0, -24, 0), (30, 15, 20)), "lower": lump((0, 24, 0), (24, 16, 14))}


def truth(frame):
    """The lower body bends by 4 degrees a frame and both drift."""
    drift = np.array([0, 0, 0, 0.8 * frame, 0.5 * frame, 0.3 * frame])
    bend = np.array([np.radians(4.0 * frame), 0, np.radians(1.0 * frame), 0, 0, 0])
    still = RigidTransform()
    return {"upper": moved(still, np.zeros(3), drift), "lower": moved(still, np.array([0, 24.0, 0]), drift + bend)}


def picture(projectors, poses, place, tool=None, seed=0):
    """Counts behind metal, clipped as an overexposed detector does, with noise."""
    path = sum(projectors[name].render(place @ poses[name], CAMERA)[0].numpy() for name in poses)
    columns = np.arange(SIZE)[None]
    counts = 40 + 150 * (0.6 + 0.8 * columns / SIZE) * np.exp(-path)
    if tool is not None:
        counts[tool] = 45
    return np.clip(counts + np.random.default_rng(seed).normal(0, 2, counts.shape), 0, 255).round()
