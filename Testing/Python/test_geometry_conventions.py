"""Every foreign convention against its own definition: the projected pixels must agree."""

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import Camera, RigidTransform, frames
from RayEmbRegistrationLib.geometry.renderers import (
    camera_from_diffdrr,
    camera_from_nanodrr,
    diffdrr_from_camera,
    nanodrr_from_camera,
)
from RayEmbRegistrationLib.geometry.upright import upright
from RayEmbRegistrationLib.geometry.vtk_camera import camera_from_vtk, vtk_from_camera
from RayEmbRegistrationLib.geometry.xreg import XregCamera, camera_from_xreg, xreg_from_camera

CAMERA = Camera(np.array([[2000.0, 0, 131.3], [0, 1600.0, 70.9], [0, 0, 1]]), (240, 161), (0.5, 0.625), 1000.0)
POSE = RigidTransform.from_rotation_vector([1.3, -0.7, 0.9], [12.0, -30.0, 700.0])
RNG = np.random.default_rng(0)
POINTS = POSE.inverse().apply(RNG.uniform((-40, -40, 650), (40, 40, 750), (50, 3)))
VARIANTS = {
    "plain": CAMERA,
    "mirrored": CAMERA.flip_horizontal(),
    "upside down": CAMERA.flip_vertical(),
    "half turn": CAMERA.rotate90(2),
    "quarter turn": CAMERA.rotate90(1),
    "turned and mirrored": CAMERA.rotate90(3).flip_vertical(),
}


def pixels_of(camera, pose=POSE):
    return camera.project(pose.apply(POINTS))


def assert_same_view(result, camera, pose=POSE):
    np.testing.assert_allclose(pixels_of(*result), pixels_of(camera, pose), atol=1e-7)
    assert result[0].image_size == camera.image_size


@pytest.mark.parametrize("name", VARIANTS)
def test_upright_moves_the_turn_into_the_pose(name):
    camera, pose = upright(VARIANTS[name], POSE)
    assert_same_view((camera, pose), VARIANTS[name])
    assert abs(camera.K[1, 0]) < 1e-9
    assert camera.K[1, 1] > 0
    assert camera.is_mirrored == VARIANTS[name].is_mirrored


def vtk_view_matrix(position, focal_point, view_up):
    """As vtkTransform::SetupCamera: rows right, true up, backwards."""
    backwards = (position - focal_point) / np.linalg.norm(position - focal_point)
    right = np.cross(view_up, backwards)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(backwards, right), backwards])
    return rotation, -rotation @ position


def vtk_project(vtk_camera, image_size, points):
    """vtkCamera::ComputeProjectionTransform (perspective), then the viewport transform with rows counted from the top."""
    rotation, translation = vtk_view_matrix(vtk_camera.position, vtk_camera.focal_point, vtk_camera.view_up)
    x, y, z = (points @ rotation.T + translation).T
    half_height = np.tan(np.radians(vtk_camera.view_angle_deg) / 2)
    half_width = half_height * vtk_camera.aspect
    left, right = ((vtk_camera.window_center[0] + side) * half_width for side in (-1, 1))
    bottom, top = ((vtk_camera.window_center[1] + side) * half_height for side in (-1, 1))
    horizontal = (x / -z - left) / (right - left)  # 0 at the left edge of the viewport, 1 at the right one
    vertical = (y / -z - bottom) / (top - bottom)
    return np.stack([horizontal * image_size[0] - 0.5, (1 - vertical) * image_size[1] - 0.5], axis=-1)


@pytest.mark.parametrize("name", ["plain", "half turn", "quarter turn"])
def test_vtk_camera(name):
    camera = VARIANTS[name]
    vtk_camera = vtk_from_camera(camera, POSE)
    np.testing.assert_allclose(vtk_project(vtk_camera, camera.image_size, POINTS), pixels_of(camera), atol=1e-6)
    back = camera_from_vtk(vtk_camera, camera.image_size)
    assert_same_view(back, camera)
    assert back[0].source_to_detector_mm == pytest.approx(1000.0)


def test_vtk_camera_of_vtk_itself():
    vtk = pytest.importorskip("vtkmodules.vtkRenderingCore")
    vtk_camera = vtk_from_camera(CAMERA, POSE)
    real = vtk.vtkCamera()
    real.SetPosition(*vtk_camera.position)
    real.SetFocalPoint(*vtk_camera.focal_point)
    real.SetViewUp(*vtk_camera.view_up)
    real.SetViewAngle(vtk_camera.view_angle_deg)
    real.SetWindowCenter(*vtk_camera.window_center)
    real.SetClippingRange(1, 2000)
    matrix = real.GetCompositeProjectionTransformMatrix(vtk_camera.aspect, -1, 1)
    matrix = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])
    clip = np.c_[POINTS, np.ones(len(POINTS))] @ matrix.T
    ndc = clip[:, :2] / clip[:, 3:]
    pixels = np.stack([(ndc[:, 0] + 1) / 2 * CAMERA.width, (1 - ndc[:, 1]) / 2 * CAMERA.height], axis=-1) - 0.5
    np.testing.assert_allclose(pixels, pixels_of(CAMERA), atol=1e-6)


def test_vtk_refuses_mirrored_and_degenerate_cameras():
    with pytest.raises(ValueError, match="cannot mirror"):
        vtk_from_camera(CAMERA.flip_horizontal(), POSE)
    good = vtk_from_camera(CAMERA, POSE)
    from dataclasses import replace

    with pytest.raises(ValueError, match="same point"):
        camera_from_vtk(replace(good, focal_point=good.position), (10, 10))
    with pytest.raises(ValueError, match="parallel"):
        camera_from_vtk(replace(good, view_up=good.focal_point - good.position), (10, 10))


@pytest.mark.parametrize("orientation", [None, "AP", "PA"])
@pytest.mark.parametrize("name", VARIANTS)
def test_diffdrr_rays_pass_the_points(name, orientation):
    """The ray from DiffDRR's source through its target of the pixel where a point projects must pass the point."""
    torch = pytest.importorskip("torch")
    detector_module = pytest.importorskip("diffdrr.detector")
    from diffdrr.pose import RigidTransform as DiffDrrPose

    camera, center = VARIANTS[name], np.array([11.0, -23.0, 5.0])
    geometry = diffdrr_from_camera(camera, POSE, center, orientation)
    reorient = {
        None: np.eye(4),
        "AP": [[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
        "PA": [[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]],
    }[orientation]
    g = geometry
    detector = detector_module.Detector(
        g.sdd,
        g.height,
        g.width,
        g.delx,
        g.dely,
        g.x0,
        g.y0,
        torch.tensor(np.array(reorient), dtype=torch.float32),
        reverse_x_axis=g.reverse_x_axis,
    ).double()
    source, targets = detector(DiffDrrPose(torch.tensor(geometry.pose)[None]), None)
    source, targets = source.numpy()[0, 0] + center, targets.numpy()[0] + center
    along = (targets - source).reshape(g.height, g.width, 3)
    pixels = np.stack(np.meshgrid(np.arange(0, g.width, 40), np.arange(0, g.height, 40)), -1).reshape(-1, 2)
    points = source + 0.7 * along[pixels[:, 1], pixels[:, 0]]
    np.testing.assert_allclose(camera.project(POSE.apply(points)), pixels, atol=2e-3)  # its calibration matrix is float32
    assert_same_view(camera_from_diffdrr(geometry, center), camera)


@pytest.mark.parametrize("name", VARIANTS)
def test_nanodrr_rays_pass_the_points(name):
    torch = pytest.importorskip("torch")
    renderer = pytest.importorskip("nanodrr.drr.renderer")
    camera = VARIANTS[name]
    geometry = nanodrr_from_camera(camera, POSE)
    targets = renderer._make_tgt(
        torch.tensor(geometry.k_inv)[None],
        torch.tensor([geometry.sdd], dtype=torch.float64),
        geometry.height,
        geometry.width,
        torch.device("cpu"),
        torch.float64,
    )
    targets = targets.numpy().reshape(geometry.height, geometry.width, 3)
    pixels = np.stack(np.meshgrid(np.arange(0, camera.width, 40), np.arange(0, camera.height, 40)), -1).reshape(-1, 2)
    points = 0.7 * targets[pixels[:, 1], pixels[:, 0]] @ geometry.rt_inv[:3, :3].T + geometry.rt_inv[:3, 3]
    np.testing.assert_allclose(camera.project(POSE.apply(points)), pixels, atol=1e-6)
    back = camera_from_nanodrr(geometry)
    assert_same_view(back, camera)
    np.testing.assert_allclose(back[0].pixel_spacing_mm, camera.pixel_spacing_mm)


def test_nanodrr_k_inv_is_its_own_make_k_inv():
    pytest.importorskip("torch")
    intrinsics = pytest.importorskip("nanodrr.camera")
    camera = Camera.from_detector((200, 150), (0.4, 0.5), 900.0, (120.0, 70.0))
    x0, y0 = (120.0 + 0.5 - 100) * 0.4, (70.0 + 0.5 - 75) * 0.5
    k_inv = intrinsics.make_k_inv(900.0, 0.4, 0.5, x0, y0, 150, 200)[0].numpy()
    np.testing.assert_allclose(nanodrr_from_camera(camera, POSE).k_inv, k_inv, atol=1e-6)


def test_xreg_projects_lps_points_with_negative_focal_lengths():
    intrinsics = np.array([[-5257.7, 0, 767.5], [0, -5257.7, 740.0], [0, 0, 1]])  # MakeNaiveIntrins: 1020 mm / 0.194 mm
    half_turn = RigidTransform.from_rotation_vector([0, np.pi, 0])
    extrinsics = (half_turn @ POSE).matrix  # the points at negative z of xReg's camera frame
    camera, camera_from_ras = camera_from_xreg(XregCamera(intrinsics, extrinsics, (1536, 1536), (0.194, 0.194)))
    points_lps = POSE.inverse().apply(RNG.uniform((-40, -40, 650), (40, 40, 750), (20, 3)))
    homogeneous = (points_lps @ extrinsics[:3, :3].T + extrinsics[:3, 3]) @ intrinsics.T
    expected = homogeneous[:, :2] / homogeneous[:, 2:]
    np.testing.assert_allclose(camera.project(camera_from_ras.apply(points_lps * [-1, -1, 1])), expected, atol=1e-7)
    assert camera.is_mirrored
    assert camera.K[0, 0] < 0 < camera.K[1, 1]
    assert camera.source_to_detector_mm == pytest.approx(1020.0, abs=0.01)
    back = xreg_from_camera(camera, camera_from_ras)
    np.testing.assert_allclose(back.intrinsics, intrinsics)
    np.testing.assert_allclose(back.extrinsics, extrinsics, atol=1e-12)
    opencv = xreg_from_camera(CAMERA, POSE, detector_at_negative_z=False)
    np.testing.assert_allclose(opencv.intrinsics, CAMERA.K)
    assert_same_view(camera_from_xreg(opencv), CAMERA)


def test_lps_and_ras():
    motion = RigidTransform.from_rotation_vector([0.2, 0.5, -0.1], [1, 2, 3])
    in_ras = frames.patient_transform_ras_from_lps(motion)
    np.testing.assert_allclose(in_ras.apply(frames.ras_from_lps(POINTS)), frames.ras_from_lps(motion.apply(POINTS)))
    np.testing.assert_allclose(frames.patient_transform_lps_from_ras(in_ras).matrix, motion.matrix, atol=1e-14)
    pose = frames.camera_from_ras_of_lps(motion)
    np.testing.assert_allclose(pose.apply(frames.ras_from_lps(POINTS)), motion.apply(POINTS), atol=1e-10)
    np.testing.assert_allclose(frames.camera_from_lps_of_ras(pose).matrix, motion.matrix, atol=1e-14)
    np.testing.assert_array_equal(frames.lps_from_ras([1, 2, 3]), [-1, -2, 3])


@pytest.mark.parametrize("left_handed", [False, True])
def test_itk_grid(left_handed):
    """An oblique, anisotropic grid against SimpleITK's own index-to-point."""
    sitk = pytest.importorskip("SimpleITK")
    direction = RigidTransform.from_rotation_vector([0.3, -0.2, 0.4]).rotation.copy()
    if left_handed:
        direction[:, 2] *= -1
    grid = frames.ItkGrid(np.array([10.0, -20, 30]), np.array([0.7, 0.8, 2.5]), direction)
    ras_from_ijk = frames.ras_from_ijk_of_itk(grid)
    image = sitk.Image([4, 5, 6], sitk.sitkInt16)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(direction.ravel().tolist())
    expected = np.array(image.TransformIndexToPhysicalPoint((3, 1, 5))) * [-1, -1, 1]
    np.testing.assert_allclose((ras_from_ijk @ [3, 1, 5, 1])[:3], expected, atol=1e-9)
    back = frames.itk_of_ras_from_ijk(ras_from_ijk)
    for field in ("origin", "spacing", "direction"):
        np.testing.assert_allclose(getattr(back, field), getattr(grid, field), atol=1e-12)


def test_sheared_grid_is_refused():
    sheared = np.eye(4)
    sheared[0, 1] = 0.3
    with pytest.raises(ValueError, match="sheared"):
        frames.itk_of_ras_from_ijk(sheared)
    with pytest.raises(ValueError, match="orthonormal"):
        frames.ras_from_ijk_of_itk(frames.ItkGrid(np.zeros(3), np.ones(3), sheared[:3, :3]))


@pytest.mark.parametrize("name", ["plain", "mirrored", "quarter turn"])
def test_diffdrr_renders_a_bright_voxel_where_it_projects(name):
    torch = pytest.importorskip("torch")
    torchio = pytest.importorskip("torchio")
    diffdrr_data = pytest.importorskip("diffdrr.data")
    from diffdrr.drr import DRR
    from diffdrr.pose import RigidTransform as DiffDrrPose

    ras_from_ijk = RigidTransform.from_rotation_vector([0.2, 0.1, -0.3], [40.0, -60.0, 20.0]).matrix @ np.diag([2, 2, 3, 1])
    values = torch.zeros((1, 9, 9, 9))
    values[0, 2, 5, 7] = 1000.0
    subject = diffdrr_data.read(torchio.ScalarImage(tensor=values, affine=ras_from_ijk), orientation="AP")
    voxel, center = (ras_from_ijk @ np.array([[2, 5, 7, 1], [4, 4, 4, 1]]).T)[:3].T
    base = Camera.from_detector((48, 40), (1.0, 1.0), 1000.0, (20.0, 22.0))
    camera = {"plain": base, "mirrored": base.flip_horizontal(), "quarter turn": base.rotate90(1)}[name]
    rotation = RigidTransform.from_rotation_vector([1.4, 0.2, 0.1]).rotation
    pose = RigidTransform(rotation, np.array([0, 0, 700.0]) - rotation @ center)
    g = diffdrr_from_camera(camera, pose, center, "AP")
    sizes = {"height": g.height, "width": g.width, "delx": g.delx, "dely": g.dely, "x0": g.x0, "y0": g.y0}
    drr = DRR(subject, sdd=g.sdd, reverse_x_axis=g.reverse_x_axis, **sizes)
    image = drr(DiffDrrPose(torch.tensor(g.pose, dtype=torch.float32)[None]))[0, 0].detach().double().numpy()
    columns, rows = np.meshgrid(np.arange(g.width), np.arange(g.height))
    centroid = np.array([(columns * image).sum(), (rows * image).sum()]) / image.sum()
    np.testing.assert_allclose(centroid, camera.project(pose.apply(voxel)), atol=0.1)
