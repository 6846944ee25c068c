"""Thin metal lets some of the beam through: lengths in it, its opacity as images show it, and which way a tray is tilted."""

import numpy as np
import pytest
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.tracking.body import body_of_surface
from RayEmbRegistrationLib.tracking.frame_view import frame_view
from RayEmbRegistrationLib.tracking.motion import first_prediction
from RayEmbRegistrationLib.tracking.outline import outline
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.tracking.solver import FROM_ROUGH, FrameSolver
from RayEmbRegistrationLib.tracking.thickness import VOXELS_A_SIDE, Thickness
from RayEmbRegistrationLib.tracking.tilts import picture_fit, settle_tilts
from RayEmbRegistrationLib.xray.making import make_view

pytest.importorskip("vtkmodules.vtkFiltersSources")
SIZE = 320
CAMERA = Camera.from_detector((SIZE, SIZE), (0.5, 0.5), 1200.0)
PLACE = RigidTransform(translation=(0, 0, 900.0))
OPACITY = 0.4  # 1/mm, about what real trays show


def surface_of(source):
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkCleanPolyData, vtkTriangleFilter

    triangles = vtkTriangleFilter()
    triangles.SetInputConnection(source.GetOutputPort())
    clean = vtkCleanPolyData()
    clean.SetInputConnection(triangles.GetOutputPort())
    clean.Update()
    data = clean.GetOutput()
    points = vtk_to_numpy(data.GetPoints().GetData()).astype(np.float64)
    return Surface(points, vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64))


def ball(radius):
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    source = vtkSphereSource()
    source.SetRadius(radius)
    source.SetThetaResolution(80)
    source.SetPhiResolution(80)
    return surface_of(source)


def tray():
    """A plate of 60 x 5 x 40 mm with a stem below and a rim of 2 mm above its far edge."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    x, y, z = np.meshgrid(*(np.arange(-35, 36, 1.0) for _ in range(3)), indexing="ij")
    plate = (abs(x) <= 30) & (abs(y) <= 2) & (abs(z) <= 20)
    stem = (abs(x + 4) <= 7) & (y > 0) & (y <= 28) & (abs(z) <= 7)
    rim = (abs(x) <= 22) & (y < 0) & (y >= -6) & (z >= 17) & (z <= 19)
    image = vtkImageData()
    image.SetDimensions(*x.shape)
    image.SetOrigin(-35, -35, -35)
    solid = (plate | stem | rim).astype(np.float32).ravel(order="F")
    image.GetPointData().SetScalars(numpy_to_vtk(solid, deep=True))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    return surface_of(edges)


def view_of(surface, pose, seed=0):
    volume = volume_of_surface(surface, MATERIALS["CoCr"], 0.7)
    share = attenuation_from_hu(volume.hu) / MATERIALS["CoCr"].attenuation()
    path = JosephProjector(share, volume.ras_from_ijk).render(PLACE @ pose, CAMERA)[0].numpy()
    counts = 60 + 120 * np.exp(-OPACITY * path) + np.random.default_rng(seed).normal(0, 2, path.shape)
    geometry = XrayGeometry.of_camera(CAMERA, "file", "test", camera_from_rig=PLACE)
    return frame_view(make_view(np.clip(counts, 0, 255).round(), geometry))


def test_length_in_a_ball_is_its_chord():
    lengths = Thickness(ball(30.0))
    shifts = np.linspace(0, 27, 15)  # beyond it a chord changes by more than a voxel from one voxel to the next
    pixels = CAMERA.project(np.column_stack([shifts, 0 * shifts, np.full(15, 900.0)]))
    found = lengths.along(PLACE.matrix, CAMERA, pixels)
    source_to_center = 900.0
    foot = shifts * source_to_center / np.hypot(shifts, source_to_center)
    chord = 2 * np.sqrt(np.maximum(30.0**2 - foot**2, 0))
    assert np.abs(found - chord).max() < 2 * 60 / VOXELS_A_SIDE  # a voxel at either end


def test_opacity_is_seen_at_thin_parts():
    body = body_of_surface(tray(), MATERIALS["CoCr"], "tray")
    pose = moved(RigidTransform(), np.zeros(3), np.array([np.radians(12.0), 0, 0, 0, 0, 0]))
    solver = FrameSolver([view_of(tray(), pose)], [body])
    solver.refine({"tray": first_prediction(pose)}, FROM_ROUGH)
    assert solver.opacity("tray") == pytest.approx(OPACITY, rel=0.35)  # blur of the image, a voxel of the body
    assert body.opacity_per_mm > 2 * OPACITY  # what it was said to be made of is not what decides


def test_tilt_of_a_flat_body_is_told_by_what_gets_through():
    surface = tray()
    body = body_of_surface(surface, MATERIALS["CoCr"], "tray")
    true = moved(RigidTransform(), np.zeros(3), np.array([np.radians(3.0), np.radians(5.0), 0, 0, 0, 0]))
    view = view_of(surface, true)
    start = moved(true, np.zeros(3), np.array([np.radians(-6.0), 0, 0, 1.0, -1.0, 4.0]))
    solver = FrameSolver([view], [body])
    rough = solver.refine({"tray": first_prediction(start)}, FROM_ROUGH)
    found = settle_tilts(solver, [view], rough)
    turn = np.degrees(np.linalg.norm(motion_between(true, found.poses["tray"], np.zeros(3))[:3]))
    assert turn < 1.2  # what is asked of real trays
    rough_turn = np.degrees(np.linalg.norm(motion_between(true, rough.poses["tray"], np.zeros(3))[:3]))
    assert rough_turn > 5  # the outline alone is content with the other way
    wrong = {"tray": moved(true, np.zeros(3), np.array([np.radians(-6.0), 0, 0, 0, 0, 0]))}
    fits = [picture_fit(view, body, solver, poses, OPACITY) for poses in ({"tray": true}, wrong)]
    assert fits[0] > fits[1] + 0.05


def test_two_views_are_left_as_they_are():
    body = body_of_surface(ball(20.0), MATERIALS["CoCr"], "ball")
    view = view_of(ball(20.0), RigidTransform())
    solver = FrameSolver([view, view], [body])
    found = solver.refine({"ball": first_prediction(RigidTransform())}, FROM_ROUGH)
    assert settle_tilts(solver, [view, view], found) is found


def test_body_behind_the_source_has_no_picture():
    body = body_of_surface(ball(20.0), MATERIALS["CoCr"], "ball")
    view = view_of(ball(20.0), RigidTransform())
    solver = FrameSolver([view], [body])
    solver.refine({"ball": first_prediction(RigidTransform())}, FROM_ROUGH)
    behind = RigidTransform(translation=(0, 0, -1000.0))
    assert outline(body.surface, (PLACE @ behind).matrix, CAMERA, 2.0) is None
    assert picture_fit(view, body, solver, {"ball": behind}, OPACITY) == -1.0
