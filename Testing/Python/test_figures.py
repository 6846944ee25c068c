"""Pictures: edges where the bone ends, tiles in their places, a 3D scene that agrees with its own geometry."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.pictures import bone_surface
from RayEmbRegistrationLib.pictures.bone_surface import BoneSurface
from RayEmbRegistrationLib.pictures.figures import (
    ORANGE,
    bone_edges,
    checkerboard_picture,
    contact_sheet,
    overlay_picture,
    save_pictures,
    xray_picture,
)
from RayEmbRegistrationLib.pictures.offscreen import offscreen_window
from RayEmbRegistrationLib.pictures.view3d import SceneView, choose_viewpoint, render_scene
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.cases import default_camera, pose_from_ap


def why_not_drawn():
    try:
        offscreen_window((8, 8)).Finalize()
    except InputProblem as problem:
        return str(problem)
    return ""


NOT_DRAWN = why_not_drawn()
needs_drawing = pytest.mark.skipif(bool(NOT_DRAWN), reason=NOT_DRAWN)


def disc(size=200, radius=60.0):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.sqrt(np.clip(radius**2 - x**2 - y**2, 0, None)), np.hypot(x, y)


def ball_volume(radius=30.0, n=64, spacing=2.0):
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    matrix[:3, 3] = -(n - 1) / 2 * spacing
    distance = np.linalg.norm((np.indices((n, n, n)) - (n - 1) / 2) * spacing, axis=0)
    return CTVolume(np.zeros((n, n, n), np.int16), matrix), distance < radius


def test_edges_lie_on_the_outline():
    drr, distance = disc()
    edges = bone_edges(drr, side=200)
    drawn = edges > 0.5
    assert drawn.sum() > 300
    assert np.abs(distance[drawn] - 60).max() < 5
    assert not bone_edges(np.zeros((40, 50)), side=100).any()


def test_overlay_colours_edges_only():
    drr, distance = disc()
    image = np.random.default_rng(0).random(drr.shape)
    plain, overlay = xray_picture(image, None, 200), overlay_picture(image, None, drr, ORANGE, 200)
    far = np.abs(distance - 60) > 8
    assert np.array_equal(plain[far], overlay[far])
    assert (overlay[..., 0].astype(int) - overlay[..., 2]).max() > 150


def test_checkerboard_alternates():
    drr, _ = disc()
    image = np.linspace(0, 1, drr.size).reshape(drr.shape)
    picture = checkerboard_picture(image, None, drr, tiles=4, side=200)
    xray = xray_picture(image, None, 200)
    assert np.array_equal(picture[:50, :50], xray[:50, :50])
    assert np.array_equal(picture[50:100, 50:100], xray[50:100, 50:100])
    assert not np.array_equal(picture[:50, 50:100], xray[:50, 50:100])


def test_pictures_are_written(tmp_path):
    import cv2

    drr, distance = disc(120, 40.0)
    paths = save_pictures(tmp_path / "new", drr + 3, distance < 55, drr, "case 1, 0.3 mm")
    assert sorted(path.name for path in paths) == ["checkerboard.png", "drr.png", "overlay.png", "sheet.png", "xray.png"]
    assert cv2.imread(str(tmp_path / "new" / "overlay.png")).shape == (900, 900, 3)
    with pytest.raises(ValueError, match="same size"):
        save_pictures(tmp_path, drr, None, drr[1:])


def test_contact_sheet_takes_pictures_of_any_shape():
    panels = [("one", np.zeros((100, 150, 3), np.uint8)), ("two", np.zeros((200, 100, 3), np.uint8))]
    sheet = contact_sheet(panels, "a caption that is much longer than the sheet is wide " * 3, height=120)
    assert sheet.shape[1] == 180 + 6 + 60
    assert sheet.dtype == np.uint8


@pytest.mark.parametrize("step", [1, 3])
def test_the_mesh_is_the_closed_surface_of_the_bone(step, monkeypatch):
    """Of a ball that the CT cuts off on one side, on a grid that is oblique and left-handed."""
    vtk = pytest.importorskip("vtk")
    from vtkmodules.util.numpy_support import vtk_to_numpy

    monkeypatch.setattr(bone_surface, "_LONGEST_SIDE", 40 // step)
    volume, mask = ball_volume()
    turned = RigidTransform.from_rotation_vector((0.3, -0.5, 0.2), (10, 20, -30)).matrix @ np.diag([1, -1, 1, 1.0])
    surface = BoneSurface(CTVolume(volume.hu[10:20], turned @ volume.ras_from_ijk @ shifted(10)), mask[10:20])
    mesh = surface.mesh()
    points = vtk_to_numpy(mesh.GetPoints().GetData())
    own = (points - turned[:3, 3]) @ turned[:3, :3]
    top, bottom = volume.ras_from_index(np.array([[0, 0, 19.5], [0, 0, 9.5]]))[:, 2]
    off = np.minimum(np.abs(np.linalg.norm(own, axis=1) - 30), np.abs(own[:, 2, None] - [top, bottom]).min(axis=1))
    assert len(points) > 400 / step**2
    assert off.max() < 2.0 * step  # a voxel
    edges = vtk.vtkFeatureEdges()
    edges.SetInputData(mesh)
    edges.FeatureEdgesOff()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0, "the surface is open"
    normals = vtk_to_numpy(mesh.GetPointData().GetNormals())
    assert ((normals * (points - points.mean(axis=0))).sum(axis=1) > 0).mean() > 0.99, "normals point outwards"
    with pytest.raises(ValueError, match="empty"):
        BoneSurface(volume, np.zeros_like(mask))
    with pytest.raises(ValueError, match="differs from the CT's"):
        BoneSurface(volume, mask[1:])


def shifted(slices):
    matrix = np.eye(4)
    matrix[2, 3] = slices
    return matrix


@needs_drawing
def test_the_ball_is_drawn_where_the_viewpoint_sees_it():
    volume, mask = ball_volume()
    camera, pose = default_camera(64), pose_from_ap(np.zeros(3), np.array([20.0, 10, 0]), np.array([0, 0, 750.0]))
    view = SceneView(camera, pose)
    picture = render_scene(volume, mask, [view], (640, 480)).astype(int)
    eye, eye_from_ras = choose_viewpoint([view], BoneSurface(volume, mask).corners_ras, (640, 480))
    v, u = np.mgrid[:480, :640]
    rays = eye.back_project(np.stack([u, v], -1))
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    nearest = np.linalg.norm(np.cross(rays, eye_from_ras.translation), axis=-1)  # of each ray to the ball's middle
    drawn = np.abs(picture - picture[:, :1]).max(axis=-1) > 12  # the background is the same along a row
    lines = picture[..., 2] > picture[..., 0] + 40  # the cone's, before the ball and behind it
    assert drawn[nearest < 27].all()
    assert (drawn & ~lines)[(nearest > 33) & (nearest < 60)].mean() < 0.05


@needs_drawing
def test_landmarks_are_marked_and_what_is_hidden_is_faint():
    volume, mask = ball_volume()
    camera, pose = default_camera(64), pose_from_ap(np.zeros(3), np.zeros(3), np.array([0, 0, 750.0]))
    view = SceneView(camera, pose)
    box = BoneSurface(volume, mask).corners_ras
    eye, eye_from_ras = choose_viewpoint([view], box, (640, 480))
    towards = eye_from_ras.inverse().translation / np.linalg.norm(eye_from_ras.translation)
    for place, strong in ((31.0 * towards, True), (-31.0 * towards, False)):
        plain = render_scene(volume, mask, [view], (640, 480)).astype(int)
        marked = render_scene(volume, mask, [view], (640, 480), landmarks_ras=place[None]).astype(int)
        column, row = eye.project(eye_from_ras.apply(place)).round().astype(int)
        change = np.abs(marked - plain)[row, column].sum()
        assert change > 120 if strong else 15 < change < 120
        assert np.abs(marked - plain)[:400].max(axis=-1).astype(bool).sum() < 60, "nothing else changes above the legend"


@needs_drawing
def test_an_estimate_on_the_truth_is_seen():
    """A good result's source lies in the true one's ball, and its lines in the true ones."""
    volume, mask = ball_volume()
    camera, pose = default_camera(64), pose_from_ap(np.zeros(3), np.zeros(3), np.array([0, 0, 750.0]))
    views = [SceneView(camera, pose, None, kind) for kind in ("truth", "estimate")]
    picture = render_scene(volume, mask, views, (640, 480)).astype(int)
    eye, eye_from_ras = choose_viewpoint(views, BoneSurface(volume, mask).corners_ras, (640, 480))
    source, corners = views[0].source_ras, views[0].corners_ras
    middles = [0.5 * (source + corner) for corner in corners] + [0.5 * (a + b) for a, b in pairwise(corners)]
    for place, reach, fewest in ((source, 12, 60), *((middle, 4, 3) for middle in middles)):
        column, row = eye.project(eye_from_ras.apply(place)).round().astype(int)
        around = picture[row - reach : row + reach + 1, column - reach : column + reach + 1]
        assert picture[row, column, 2] > picture[row, column, 0] + 40, "the estimate in the middle"
        assert (around[..., 0] > around[..., 2] + 40).sum() >= fewest, "the truth around it"


def test_without_vtk_a_sentence_says_what_to_install(monkeypatch):
    volume, mask = ball_volume()
    view = SceneView(default_camera(64), pose_from_ap(np.zeros(3), np.zeros(3), np.array([0, 0, 750.0])))
    for name in [name for name in sys.modules if name.startswith("vtkmodules")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "vtkmodules.vtkCommonCore", None)
    with pytest.raises(InputProblem, match=r"needs VTK .* pip install 'rayemb-registration\[pictures\]'"):
        render_scene(volume, mask, [view], (64, 48))


@pytest.mark.skipif(sys.platform != "linux", reason="how drivers are found is Linux's")
def test_where_nothing_can_draw_the_process_lives_and_says_so():
    pytest.importorskip("vtk")
    program = (
        "from RayEmbRegistrationLib.pictures import offscreen\nfrom RayEmbRegistrationLib.problems import InputProblem\n"
        "offscreen._OSMESA = ()\n"
        "try:\n    offscreen.offscreen_window((8, 8))\nexcept InputProblem as problem:\n    print(problem)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    environment |= {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent.json", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "without a display" in answer.stdout


@pytest.mark.parametrize("angles", [(0, 0, 0), (90, 0, 0), (0, 89, 0), (-40, 30, 170)])
def test_everything_is_in_the_picture(angles):
    camera = default_camera()
    view = SceneView(camera, pose_from_ap(np.zeros(3), np.array(angles), np.array([0, 0, 750.0])))
    box = np.array(np.meshgrid([-120, 120], [-80, 80], [-100, 150])).reshape(3, -1).T
    eye, eye_from_ras = choose_viewpoint([view], box, (800, 600))
    pixels = eye.project(eye_from_ras.apply(np.vstack([box, view.source_ras, view.corners_ras])))
    assert np.isfinite(pixels).all()
    assert (pixels >= 0).all()
    assert (pixels < (800, 600)).all()
    assert np.ptp(pixels, axis=0).max() > 400
    front = -view.camera_from_ras.rotation[2] @ (eye_from_ras.inverse().translation - view.corners_ras.mean(0))
    assert front > 0


@needs_drawing
def test_scene_shows_bone_xray_and_pose_colours():
    volume, mask = ball_volume()
    camera = default_camera(64)
    pose = pose_from_ap(np.zeros(3), np.zeros(3), np.array([0, 0, 750.0]))
    wrong = RigidTransform.from_rotation_vector((0.1, 0, 0), (30, 0, 0)) @ pose
    views = [SceneView(camera, wrong, None, "initial"), SceneView(camera, pose, np.eye(64), "estimate")]
    picture = render_scene(volume, mask, views, (320, 240)).astype(int)
    assert picture.shape == (240, 320, 3)
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    assert ((blue - red > 90) & (blue > 180)).sum() > 100
    assert ((green - blue > 60) & (green > 150)).sum() > 100
    assert ((red - blue > 15) & (red > 120)).sum() > 50  # ivory
    with pytest.raises(ValueError, match="guess"):
        render_scene(volume, mask, [SceneView(camera, pose, None, "guess")], (64, 48))
