"""The network that reconstructs: its targets are exact, start and loss are what they say, it learns, and poses follow."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.application.surfaces import surface_of_xray
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.networks.surfaces import (
    UNIT_MM,
    USUAL_DEPTH_MM,
    SurfaceEncoder,
    SurfaceNetwork,
    feature_slopes,
    split,
)
from RayEmbRegistrationLib.detector.reconstruction import reconstruct
from RayEmbRegistrationLib.detector.weights import load_encoder, save_weights
from RayEmbRegistrationLib.drr.entry_exit import Solid
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pictures.surface_files import SURE_MM, UNSURE_MM, colors_of
from RayEmbRegistrationLib.pose.landmarks.least_squares import Bounds, Pairs, refine_pnp
from RayEmbRegistrationLib.pose.landmarks.surface_pose import SurfacePairs, poses_from_surfaces
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.reconstruction.surface import mean_depth_by_pose, surface_mesh
from RayEmbRegistrationLib.registration import register
from RayEmbRegistrationLib.training import surfaces as training
from RayEmbRegistrationLib.training.outside import Hooks
from RayEmbRegistrationLib.training.surface_loss import surface_loss
from RayEmbRegistrationLib.training.surface_views import AnatomySurfaces, PatientSurfaces, SurfaceTargets, cut_surfaces
from registration_cases import as_view, errors, knee, knee_pose, knee_radiograph, pelvis, prepared_knee, xray_of

PIXEL_MM = 1.2


class Oracle(SurfaceEncoder):
    """Says what is so under a pose, for any camera, by marching through the CT."""

    def __init__(self, prepared: PreparedCT, pose: RigidTransform, noise_mm: float = 0.0) -> None:
        super().__init__()
        self.pose, self.center, self.noise = pose, prepared.center_ras, noise_mm / UNIT_MM
        self.solid = Solid(prepared.attenuation, prepared.ras_from_ijk)

    def forward(self, _image, _mask, slopes=None):
        x, y = slopes[0].double().numpy()
        focal = 1 / (x[0, 1] - x[0, 0])
        K = np.array([[focal, 0, -focal * x[0, 0]], [0, focal, -focal * y[0, 0]], [0, 0, 1]])
        camera = Camera(K, x.shape[::-1], (1.0, 1.0), focal)
        depths = torch.stack(self.solid.depths(self.pose, camera))
        bone = torch.isfinite(depths).all(dim=0)
        rays = torch.as_tensor(np.stack([x, y, np.ones_like(x)]), dtype=torch.float32)
        places = torch.where(bone, depths, depths.new_zeros(()))[:, None] * rays
        ras = np.moveaxis(self.pose.inverse().apply(np.moveaxis(places.numpy(), 1, -1)), -1, 1)
        out = torch.zeros(1, self.CHANNELS, *x.shape)
        out[0, 0] = torch.where(bone, 8.0, -8.0)
        points = torch.as_tensor((ras - self.center[:, None, None]) / UNIT_MM, dtype=torch.float32)
        noise = torch.randn(points.shape, generator=torch.Generator().manual_seed(0))
        out[0, 1:7] = (points + self.noise * noise).flatten(0, 1)
        out[0, 7:9] = -2.5
        middle = depths[:, bone].mean() if bone.any() else 1.0
        out[0, 9:11] = torch.where(bone, depths / middle - 1, 0.0) * USUAL_DEPTH_MM / UNIT_MM
        out[0, 11:13] = -2.0
        return out


def knowing(pose: RigidTransform, noise_mm: float = 0.0) -> SurfaceNetwork:
    """The oracle as a patient's network."""
    prepared = prepared_knee()
    return SurfaceNetwork(Oracle(prepared, pose, noise_mm).eval(), PIXEL_MM, prepared.center_ras, prepared.extent_mm)


def test_rays_enter_and_leave_a_ball_where_geometry_says():
    grid = np.stack(np.meshgrid(*[np.arange(41)] * 3, indexing="ij"), axis=-1) - 20
    ball = torch.as_tensor((np.linalg.norm(grid, axis=-1) <= 15) * 0.05, dtype=torch.float32)
    ras_from_ijk = np.eye(4)
    ras_from_ijk[:3, 3] = -20
    pose = RigidTransform.from_rotation_vector((0.4, -0.3, 0.2), (3.0, -2.0, 200.0))
    camera = Camera(np.array([[300.0, 0, 30], [0, 300, 30], [0, 0, 1]]), (61, 61), (1, 1), 300)
    entry, leaving = Solid(ball, ras_from_ijk).depths(pose, camera)
    rows, columns = np.mgrid[:61, :61]
    rays = camera.back_project(np.stack([columns, rows], axis=-1))
    middle = pose.apply(np.zeros(3))
    along, size = rays @ middle, (rays**2).sum(axis=-1)
    inside = along**2 - size * (middle @ middle - 15.0**2)
    clearly = inside > size * 60
    root = np.sqrt(np.where(clearly, inside, 0))
    for found, exact in ((entry, (along - root) / size), (leaving, (along + root) / size)):
        assert np.abs(found.numpy() - exact)[clearly].max() < 3**0.5  # a voxel's diagonal
    assert torch.isinf(entry[torch.as_tensor(inside < -size * 60)]).all()
    assert clearly.sum() > 100


def test_targets_lie_on_their_rays():
    """What is to be said of a ray projects to it, in the CT's coordinates as in depth."""
    source = training.patient_source(prepared_knee(), 3)
    made = source.make(0, 0)
    images, targets = cut_surfaces(made, np.array([0, 4]), 96, np.random.default_rng(5))
    assert images.shape == (2, 1, 96, 96)
    for n, which in enumerate((0, 4)):
        bone = targets.bone[n] > 0.5
        assert bone.float().mean() > 0.05
        assert (images[n, 0].unflatten(0, (48, 2)).unflatten(2, (48, 2)).amax(dim=(1, 3))[bone] > 0).float().mean() > 0.97
        ras = targets.points[n][:, :, bone].double().numpy() * UNIT_MM + made.center_ras[:, None]
        on_canvas = made.poses[which].apply(np.moveaxis(ras, 1, -1))
        # The new camera is turned about the canvas' source: directions agree up to one rotation.
        told = torch.cat([targets.slopes[n], torch.ones_like(targets.slopes[n, :1])])[:, bone].double().numpy()
        told /= np.linalg.norm(told, axis=0)
        for points, relative in zip(on_canvas, targets.depths[n][:, bone].double().numpy(), strict=True):
            seen = (points / np.linalg.norm(points, axis=1, keepdims=True)).T
            left, _, right = np.linalg.svd(told @ seen.T)
            turn = left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right
            assert np.degrees(np.arccos(np.clip((turn @ seen * told).sum(axis=0), -1, 1))).max() < 0.25
            depth = (turn @ points.T)[2]
            share = 1 + relative * UNIT_MM / USUAL_DEPTH_MM
            assert np.ptp(depth / share) < 0.01 * depth.mean()  # one middle for all


def test_any_anatomy_has_depths_and_no_coordinates():
    made = AnatomySurfaces(1).make(0, 0)
    assert made.center_ras is None
    targets = cut_surfaces(made, np.arange(2), 96, np.random.default_rng(0))[1]
    assert targets.points is None
    assert torch.isfinite(targets.depths).all()
    assert targets.bone.any()


def test_trunk_starts_as_it_was_trained():
    torch.manual_seed(2)
    start = SmallEncoder(dimensions=8)
    network = training.new_surface_encoder(start, 0, "cpu")
    image, mask = torch.rand(1, 1, 32, 48), torch.ones(1, 1, 32, 48)
    slopes = torch.as_tensor(feature_slopes(np.diag([300.0, 300, 1]), (48, 32)), dtype=torch.float32)[None]
    assert slopes.shape == (1, 2, 16, 24)
    assert float(slopes[0, 0, 0, 1]) == pytest.approx(2.5 / 300)
    with torch.no_grad():
        torch.testing.assert_close(network.trunk.features(image, mask)[0], start.features(image, mask)[0])
        torch.testing.assert_close(network(image, mask, slopes), network(image, mask))  # rays are learnt to be used
        network.rays_at_half.weight.fill_(0.1)
        assert not torch.allclose(network(image, mask, slopes), network(image, mask))
    with pytest.raises(InputProblem, match="another size"):
        SurfaceEncoder((16, 24, 32, 40)).start_from(start)


def test_loss_against_its_definition():
    rng = torch.Generator().manual_seed(0)
    outputs = torch.randn(1, SurfaceEncoder.CHANNELS, 2, 2, generator=rng)
    maps = split(outputs)
    bone, usable = torch.tensor([[[1.0, 0], [1, 1]]]), torch.tensor([[[1.0, 1], [1, 0]]])
    points, depths = torch.randn(1, 2, 3, 2, 2, generator=rng), torch.randn(1, 2, 2, 2, generator=rng)
    targets = SurfaceTargets(torch.zeros(1, 2, 2, 2), bone, points, depths)
    logit = maps.mask[0].sigmoid()
    expected = -(logit[0, 0].log() + (1 - logit[0, 1]).log() + logit[1, 0].log()) / 3
    for row, column in ((0, 0), (1, 0)):
        for side in range(2):
            log_scale = maps.log_scales[0, side, row, column]
            off = (maps.points - points)[0, side, :, row, column].abs().mean()
            expected = expected + (off / log_scale.exp() + log_scale) / 4
            log_scale = maps.depth_log_scales[0, side, row, column]
            off = (maps.depths - depths)[0, side, row, column].abs()
            expected = expected + 0.5 * (off / log_scale.exp() + log_scale) / 4
    assert float(surface_loss(maps, targets, usable)) == pytest.approx(float(expected), rel=1e-5)


def test_it_learns_stops_when_asked_and_goes_on(monkeypatch, tmp_path):
    monkeypatch.setattr(PatientSurfaces, "validation_sets", 1)
    monkeypatch.setattr(training, "VALIDATION_PX", 64)
    monkeypatch.setattr(training, "SIZES", (64,))
    steps, kept = [], []
    hooks = Hooks(
        steps.append,
        lambda: len(steps) >= 12,
        lambda best, now: kept.append((best, now.step)),
        tmp_path / "a.state",
        belongs_to={"CT": "knee"},
    )
    network, result = training.train_reconstruction(prepared_knee(), 10.0, hooks)
    assert result.cancelled
    assert result.steps == len(steps) == 12
    assert steps[-1].loss < steps[0].loss
    assert np.isfinite(result.landmark_error_mm)
    assert kept[0][1] == 1  # whoever stops the process at once finds something
    assert network.network.name.startswith("surfaces-")
    again = replace(hooks, cancelled=lambda: len(steps) >= 13, resume=True)
    assert training.train_reconstruction(prepared_knee(), 10.0, again)[1].steps == 13
    with pytest.raises(InputProblem, match="belongs to a training with CT knee, not pelvis"):
        training.train_reconstruction(prepared_knee(), 10.0, replace(again, belongs_to={"CT": "pelvis"}))
    with pytest.raises(InputProblem, match="positive"):
        training.train_reconstruction(prepared_knee(), 0.0)


def test_pose_follows_from_both_surfaces():
    """By a network that is right to 10 mm, of one view; and the result shows no landmarks, for there are none."""
    prepared = replace(prepared_knee(), surfaces=knowing(knee_pose(), 10.0))
    view = as_view(xray_of(knee(), knee_pose(), display="raw"), bone_is_bright=False)
    result = register(prepared, [view], RegistrationSettings(method="reconstruction"))
    assert result.method == "reconstruction"
    off = errors(result.camera_from_ras, knee_pose(), prepared)
    assert off.mrpd_mm < 0.5
    assert abs(off.depth_mm) < 10.0  # one view of a knee hardly shows its depth, however it is found
    assert result.views[0].landmarks is None
    with pytest.raises(InputProblem, match="train its network with 'train --reconstruction'"):
        register(prepared_knee(), [view], RegistrationSettings(method="reconstruction"))


def test_surfaces_of_all_views_give_one_pose():
    """Depth, which one view leaves open, follows from a second one; points that are far off have no say."""
    rng = np.random.default_rng(0)
    points, pose = rng.uniform(-60, 60, (900, 3)), RigidTransform.from_rotation_vector((0.3, 1.1, -0.4), (10.0, -20, 700))
    second = RigidTransform.from_rotation_vector((0, 1.0, 0), (-590.0, 0, 330.0))

    def pairs(camera_from_first: RigidTransform, noise_mm: float) -> SurfacePairs:
        places = (camera_from_first @ pose).apply(points)
        told = points + rng.normal(0, noise_mm, points.shape)
        told[::5] += rng.normal(0, 80, (180, 3))
        directions = places / np.linalg.norm(places, axis=1, keepdims=True)
        known = SurfacePairs(told, 0.8 * places, directions, np.zeros((900, 3)), np.full(900, 8.0), np.ones(900))
        return known.from_camera(camera_from_first.inverse().matrix)

    one, other = pairs(RigidTransform(), 8.0), pairs(second, 8.0)
    exact = pairs(RigidTransform(), 0.0)
    assert np.abs(exact.misses(pose.matrix)[1::5]).max() < 1e-6
    for number in range(2):
        found = poses_from_surfaces(SurfacePairs.joined([one, other]), np.zeros(3))[number]
        assert np.linalg.norm(found[:3, 3] - pose.translation) < 2.0
        assert np.linalg.norm(found[:3, :3] - pose.rotation) < 0.03
        alone = poses_from_surfaces(one, np.zeros(3))[number]
        assert np.linalg.norm(alone[:3, :3] - pose.rotation) < 0.05
        assert abs(alone[2, 3] - 700) < 60
        assert np.abs(poses_from_surfaces(exact, np.zeros(3))[number] - pose.matrix).max() < 0.5


def test_errors_in_space_do_not_drive_the_bone_away():
    """In the picture, errors of points shrink with the depth; a bone of little depth is then found too far away."""
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, (2000, 3)) * (40, 40, 15)
    pose = RigidTransform(np.eye(3), np.array([0.0, 0, 700]))
    places = pose.apply(points)
    told = points + rng.normal(0, 10, points.shape)
    directions = places / np.linalg.norm(places, axis=1, keepdims=True)
    known = SurfacePairs(told, places, directions, np.zeros((2000, 3)), np.full(2000, 10.0), np.ones(2000))
    in_space = poses_from_surfaces(known, np.zeros(3))[0]
    flat = Pairs(told, places[:, :2] / places[:, 2:], np.ones(2000), np.eye(4), 700.0)
    in_picture = refine_pnp([flat], pose.matrix, Bounds(np.zeros(3), (300.0, 1500.0)), 50.0)
    assert in_picture[2, 3] - 700 > 20.0
    assert abs(in_space[2, 3] - 700) < 10.0


def test_reconstruction_and_its_mesh_lie_where_the_bone_is():
    prepared, pose = prepared_knee(), knee_pose()
    seen = reconstruct(knowing(pose), knee_radiograph(), 765.0)
    assert seen.is_bone.mean() > 0.05
    for points in seen.points_ras[:, seen.is_bone]:
        pixels = knee_radiograph().camera.project(pose.apply(points))
        assert np.abs(pixels - seen.pixels[seen.is_bone]).max() < 0.1
    mesh = surface_mesh(seen, mean_depth_by_pose(seen, pose))
    assert len(mesh.points) == len(mesh.leaves) == 2 * seen.is_bone.sum()
    assert mesh.triangles.max() < len(mesh.points)
    assert mesh.leaves[mesh.triangles].all(axis=1).sum() == (mesh.leaves[mesh.triangles].any(axis=1)).sum()
    expected = pose.apply(seen.points_ras[:, seen.is_bone].reshape(-1, 3))
    assert np.median(np.linalg.norm(mesh.points - expected, axis=1)) < 5.0  # the mean of depths beside their median
    ras = mesh.moved(pose.inverse(), "RAS")
    gaps = np.linalg.norm(ras.points[::40, None] - prepared.bone_points_ras[None], axis=2).min(axis=1)
    assert np.median(gaps) < 8.0
    with pytest.raises(InputProblem, match="sees no bone"):
        surface_mesh(replace(seen, bone=0 * seen.bone), 765.0)
    with pytest.raises(InputProblem, match="knows no CT"):
        mean_depth_by_pose(replace(seen, points_ras=None), pose)


def test_polarity_is_found_out_and_depth_is_said_to_be_open():
    network = knowing(knee_pose())
    view = as_view(xray_of(knee(), knee_pose()))
    mesh, notes = surface_of_xray((network.network, network.about()), view)
    assert mesh.frame == "camera"
    assert any("does not show the bone's depth" in note for note in notes)
    assert any("bone was taken to be" in note for note in notes)
    nearer, _ = surface_of_xray((network.network, network.about()), view, depth_mm=500.0)
    assert nearer.points[:, 2].mean() == pytest.approx(500.0, rel=0.02)
    placed, _ = surface_of_xray((network.network, network.about()), view, knee_pose())
    assert placed.frame == "RAS"


def test_weights_keep_their_frame_and_are_checked(tmp_path):
    path, center = tmp_path / "own.safetensors", prepared_knee().center_ras
    network = SurfaceNetwork(SurfaceEncoder().eval(), PIXEL_MM, center, 100.0)
    save_weights(path, network.network, network.about())
    prepared = prepare(knee(), PrepareSettings(library=False, weights=path))
    prepared.save(tmp_path / "knee.npz")
    again = PreparedCT.load(tmp_path / "knee.npz").surfaces
    np.testing.assert_allclose(again.center_ras, center, atol=1e-3)
    seen = [reconstruct(each, knee_radiograph(), 765.0).points_ras for each in (network, again)]
    np.testing.assert_allclose(seen[0], seen[1], atol=1e-2)
    with pytest.raises(InputProblem, match="another CT"):
        prepare(pelvis(), PrepareSettings(library=False, weights=path))
    save_weights(path, network.network, replace(network, center_ras=None).about())
    with pytest.raises(InputProblem, match="train a network on this CT"):
        prepare(knee(), PrepareSettings(library=False, weights=path))
    with pytest.raises(InputProblem, match="reconstruct no bone"):
        SurfaceNetwork.from_weights(network.network, {})
    with pytest.raises(InputProblem, match="hold another network"):
        SurfaceNetwork.from_weights(SmallEncoder(), network.about())


def test_surface_is_a_verb(tmp_path, capsys):
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    xray = as_view(xray_of(knee(), knee_pose()))
    camera = xray.camera
    import cv2

    cv2.imwrite(str(tmp_path / "x.png"), xray.pixels.astype(np.uint16))
    weights = tmp_path / "any.safetensors"
    torch.manual_seed(0)
    network = SurfaceEncoder().eval()
    with torch.no_grad():
        network.out.bias[0] = 3.0  # bone everywhere
    save_weights(weights, network, SurfaceNetwork(network, 1.0).about())
    arguments = ["surface", "--xray", str(tmp_path / "x.png"), "--weights", str(weights), "--sdd", "1020", "--spacing"]
    arguments += [str(camera.pixel_spacing_mm[0]), "--output"]
    assert main([*arguments, str(tmp_path / "bone.vtp"), "--depth", "700"]) == 0
    assert "frame camera" in capsys.readouterr().out
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(tmp_path / "bone.vtp"))
    reader.Update()
    mesh = reader.GetOutput()
    assert mesh.GetNumberOfPolys() > 100
    assert mesh.GetPointData().GetScalars().GetName() == "standard deviation (mm)"
    assert main([*arguments, str(tmp_path / "bone.ply")]) == 0
    assert (tmp_path / "bone.ply").read_bytes().startswith(b"ply")
    assert b"uchar red" in (tmp_path / "bone.ply").read_bytes()[:400]
    assert main([*arguments, str(tmp_path / "bone.stl")]) == 2
    assert "must end in .vtp or .ply" in capsys.readouterr().err


def test_colors_run_from_sure_to_unsure():
    colors = colors_of(np.array([0.1, SURE_MM, (SURE_MM * UNSURE_MM) ** 0.5, UNSURE_MM, 1e3])).astype(int)
    assert (colors[0] == colors[1]).all()
    assert (colors[3] == colors[4]).all()
    assert colors[1, 2] > colors[1, 0]
    assert colors[3, 0] > colors[3, 2]
    assert colors[2].min() > 240


def test_training_is_a_verb(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(PatientSurfaces, "validation_sets", 1)
    monkeypatch.setattr(training, "VALIDATION_PX", 64)
    monkeypatch.setattr(training, "SIZES", (64,))
    prepared_knee().save(tmp_path / "knee.npz")
    output = tmp_path / "own.safetensors"
    command = ["train", "--ct", str(tmp_path / "knee.npz"), "--reconstruction", "--minutes", "0.02", "--output", str(output)]
    assert main(command) == 0
    assert "median surface error" in capsys.readouterr().out
    encoder, about = load_encoder(output)
    assert isinstance(encoder, SurfaceEncoder)
    assert about["trained_on"].startswith("one CT")
    np.testing.assert_allclose(SurfaceNetwork.from_weights(encoder, about).center_ras, prepared_knee().center_ras, atol=1e-3)
    assert output.with_name("own.safetensors.state").exists()
    assert main([*command, "--fixed-landmarks"]) == 2
    assert main(["train", "--ct", str(tmp_path / "knee.npz"), "--init", str(output), *command[4:]]) == 2
    assert "detect no landmarks" in capsys.readouterr().err
