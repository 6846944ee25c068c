"""Shape models: their distances are distances, their modes those of the individuals; and a fit finds shape and pose."""

import json
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.application import shapes as application
from RayEmbRegistrationLib.application.reconstruct import STRANGER
from RayEmbRegistrationLib.application.shapes import fit_nearby, fit_to_xrays, shape_of_file
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.evaluation.datasets.export import write_ct
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.pictures.level_surface import level_surface
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import reduced
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.reconstruction.shape_fit import ShapeModes, _attenuation, fit_shape, prepared_stand_in
from RayEmbRegistrationLib.reconstruction.shape_model import ShapeModel, build_shape_model
from RayEmbRegistrationLib.reconstruction.shape_surface import surface_deviations_mm
from RayEmbRegistrationLib.simulation.cases import default_camera
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from registration_cases import as_view, knee, xray_of


def dumbbell(long: float, thick: float, spacing: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Two balls, one larger, on a rod: a bone that looks otherwise from every side."""
    grid = (np.stack(np.meshgrid(*[np.arange(64)] * 3, indexing="ij"), axis=-1)[..., ::-1] - 31.5) * spacing
    rod = np.maximum(np.hypot(grid[..., 0], grid[..., 1]) - 0.6 * thick, np.abs(grid[..., 2]) - long)
    top = np.linalg.norm(grid - (6, 4, long), axis=-1) - 1.5 * thick
    bottom = np.linalg.norm((grid - (-8, 0, -long)) / (1.4, 1, 1), axis=-1) - thick
    matrix = np.diag([spacing, spacing, spacing, 1.0])
    matrix[:3, 3] = -31.5 * spacing + np.array([5.0, -7, 11])
    return np.minimum(np.minimum(rod, top), bottom) < 0, matrix


@cache
def model() -> ShapeModel:
    rng = np.random.default_rng(0)
    return build_shape_model([dumbbell(*rng.normal((32, 12), (4, 1.5))) for _ in range(12)], 3.0, 4, "dumbbells")


def test_distances_and_modes_are_those_of_balls():
    """Balls of four radii differ by one number, which is the first mode."""
    grid = np.stack(np.meshgrid(*[np.arange(41)] * 3, indexing="ij"), axis=-1) - 20
    radii = np.array([8.0, 9, 10, 11])
    balls = [(np.linalg.norm(grid, axis=-1) < radius, np.diag([-1.0, 1, 1, 1])) for radius in radii]
    made = build_shape_model(balls, 1.0)
    assert made.modes.shape[0] == 3
    for weight in (-1.0, 0.0, 1.0):
        volume = (made.distance(np.array([weight, 0, 0])) < 0).sum()
        assert (volume * 3 / 4 / np.pi) ** (1 / 3) == pytest.approx(radii.mean() - weight * radii.std(ddof=1), abs=0.35) or (
            volume * 3 / 4 / np.pi
        ) ** (1 / 3) == pytest.approx(radii.mean() + weight * radii.std(ddof=1), abs=0.35)  # a mode's sign is open
    middle = np.array(made.mean.shape) // 2
    assert made.mean[tuple(middle)] == pytest.approx(-radii.mean(), abs=1.0)
    np.testing.assert_allclose(made.ras_from_ijk[:3, :3] @ middle[::-1] + made.ras_from_ijk[:3, 3], 0, atol=1e-6)


def test_attenuation_has_its_derivative():
    distance = np.linspace(-12, 6, 4001)
    values, slope = _attenuation(distance, 3.0)
    numeric = np.gradient(values.astype(float), distance)
    assert np.abs(numeric - slope)[5:-5].max() < 0.01 * np.abs(slope).max()
    assert values[0] > 0
    assert values[-1] == pytest.approx(0, abs=1e-4)
    assert values.max() > 2 * values[0]  # cortex around spongy bone


@pytest.mark.parametrize("reduction", [1, 2])
def test_columns_of_modes_are_how_the_drr_changes(reduction):
    made, camera = model(), default_camera(64)
    block, pose = ShapeModes(made), Poses.of(PLACE)
    values, grid = reduced(torch.zeros(made.mean.shape), made.ras_from_ijk, reduction)
    weights, step = torch.tensor([0.4, -0.3, 0.2, 0.1], dtype=torch.float64), 1e-2

    def drr(at):
        return JosephProjector(block.changed(values, grid, at), grid).render(pose, camera)[0]

    columns = block.columns(values, grid, weights, pose, camera)
    for number in range(len(made.modes)):
        away = step * torch.eye(len(weights), dtype=torch.float64)[number]
        slope = (drr(weights + away) - drr(weights - away)) / (2 * step)
        # Differences over a hundredth of a deviation leave a thousandth of the curvature, and noise of float32.
        assert (columns[number] - slope).norm() < 0.02 * slope.norm().clamp_min(1e-3)


def test_modes_move_the_surface_by_their_weights():
    made, weights = model(), np.array([1.0, 0, 0, 0])
    points, triangles = level_surface(made.mean, made.ras_from_ijk)
    assert triangles.max() < len(points)
    fit = type("Fit", (), {"covariance": np.diag([0.0] * 6 + [1.0, 0, 0, 0])})
    told = surface_deviations_mm(made, fit, points)
    moved, _ = level_surface(made.distance(weights), made.ras_from_ijk)
    gaps = np.array([np.linalg.norm(moved - point, axis=1).min() for point in points[::50]])
    assert np.median(np.abs(gaps - told[::50])) < 0.8
    with pytest.raises(InputProblem, match="no surface"):
        level_surface(np.ones((4, 4, 4)), np.eye(4))


def two_views():
    """A model, weights, and X-rays of that shape in two places, at a pose."""
    made, true = model(), np.array([1.3, -0.8, 0, 0])
    values, _ = _attenuation(made.distance(true), made.spacing_mm)
    bone, camera = JosephProjector(torch.as_tensor(values), made.ras_from_ijk), default_camera(128)
    pose = RigidTransform.from_rotation_vector((1.4, 0.2, -0.1), (4.0, -6, 740))
    second = RigidTransform.from_rotation_vector((0, 1.0, 0), (-623.0, 0, 340.0))
    views = []
    for place in (RigidTransform(), second):
        image = bone.render(place @ pose, camera)[0].numpy()
        views.append(View(Radiograph(image, np.ones(image.shape, dtype=bool), camera), place.matrix))
    return made, true, views, pose


def test_fit_finds_shape_and_pose_from_two_views():
    made, true, views, pose = two_views()
    start = pose.matrix.copy()
    start[:3, 3] += (3, -2, 6)
    shares = []
    fit = fit_shape(made, views, start, report=shares.append)
    assert np.abs(fit.weights[:2] - true[:2]).max() < 0.45
    assert np.linalg.norm(fit.pose[:3, 3] - pose.translation) < 2.0
    assert min(fit.similarity) > 0.9
    assert fit.seen >= 2
    alone = fit_shape(made, views[:1], start)
    assert alone.depth_deviation_mm > 2 * fit.depth_deviation_mm  # one view leaves the depth open, and says so
    assert shares == sorted(shares)


def test_a_shape_found_as_one_view_alone_has_it_is_found_along_the_beam():
    made, true, views, pose = two_views()
    start = pose.matrix.copy()
    start[2, 3] += 35  # along the first view's beam: next to nothing changes there, the second sees it elsewhere
    assert min(fit_shape(made, views, start).similarity) < STRANGER
    fit = fit_nearby(made, views, start, "ap", lambda *_: None)
    assert np.linalg.norm(fit.pose[:3, 3] - pose.translation) < 2.0
    assert np.abs(fit.weights[:2] - true[:2]).max() < 0.45


def test_a_stand_in_is_taken_for_a_ct(tmp_path):
    ct = model().stand_in(np.zeros(4))
    prepared = prepare(ct, PrepareSettings(library=False))
    other = prepared_stand_in(model(), np.zeros(4), "ap")
    np.testing.assert_allclose(prepared.center_ras, other.center_ras, atol=4.0)
    camera = Camera(np.array([[500.0, 0, 40], [0, 500, 40], [0, 0, 1]]), (81, 81), (1, 1), 500)
    pose = RigidTransform(np.eye(3), np.array([0.0, 0, 600]))
    images = [each.projector().render(pose, camera)[0].numpy() for each in (prepared, other)]
    assert np.corrcoef(images[0].ravel(), images[1].ravel())[0, 1] > 0.97
    write_ct(tmp_path, ct)
    mask, matrix = shape_of_file(tmp_path / "labels.nii.gz", [1])
    assert mask.sum() == (ct.labels == 1).sum()
    np.testing.assert_allclose(matrix, ct.ras_from_ijk, atol=1e-3)
    with pytest.raises(InputProblem, match="has no label 7; it has 1"):
        shape_of_file(tmp_path / "labels.nii.gz", [7])


def test_files_are_kept_and_checked(tmp_path):
    path = tmp_path / "model.safetensors"
    model().save(path)
    again = ShapeModel.load(path)
    assert again.story == "dumbbells"
    np.testing.assert_allclose(again.modes, model().modes, atol=0.02)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputProblem, match="damaged, or no shape model"):
        ShapeModel.load(path)
    with pytest.raises(InputProblem, match="is not there"):
        ShapeModel.load(tmp_path / "none.safetensors")
    with pytest.raises(InputProblem, match="2 individuals make no shape model"):
        build_shape_model([dumbbell(30, 10)] * 2, 3.0)
    with pytest.raises(InputProblem, match="no bone"):
        build_shape_model([(np.zeros((5, 5, 5), dtype=bool), np.eye(4))] * 3, 3.0)


def test_both_verbs(tmp_path, monkeypatch, capsys):
    for number in range(4):
        mask, matrix = dumbbell(28 + 3 * number, 11 + number % 2)
        ct = model().stand_in(np.zeros(4))
        write_ct(tmp_path / str(number), type(ct)(np.where(mask, 800, 0).astype(np.int16), matrix, mask.astype(np.uint8)))
        (tmp_path / str(number) / "labels.nii.gz").rename(tmp_path / f"{number}.nii.gz")
        (tmp_path / str(number) / "ct.nii.gz").unlink()
    output = tmp_path / "model.safetensors"
    assert main(["shape-model", "--labels", str(tmp_path), "--spacing", "4", "--output", str(output)]) == 0
    assert "3 modes of 4 individuals" in capsys.readouterr().out
    assert main(["shape-model", "--output", str(output)]) == 2
    assert "--drawn" in capsys.readouterr().err
    made = ShapeModel.load(output)
    assert made.story == "4 label maps"
    view = as_view(xray_of(knee(), RigidTransform(np.eye(3), np.array([0.0, 0, 700])), display="raw"))
    found = []

    def fit(given, views, *_):
        found.append((given.story, len(views)))
        told = fit_shape(given, [View(noise_free_of(given), np.eye(4))], PLACE.matrix)
        return application.FittedShape(told, given.stand_in(told.weights), (PLACE,), ("a note",))

    monkeypatch.setattr(application, "fit_to_xrays", fit)
    import cv2

    cv2.imwrite(str(tmp_path / "x.png"), view.pixels.astype(np.uint16))
    command = ["shape-fit", "--model", str(output), "--xray", str(tmp_path / "x.png"), "--sdd", "1020", "--spacing", "1.46"]
    assert main([*command, "--output", str(tmp_path / "fit")]) == 0
    said = capsys.readouterr()
    assert "a note" in said.err
    assert found == [("4 label maps", 1)]
    names = {"ct.nii.gz", "labels.nii.gz", "pose.json", "surface.vtp", "fit.json"}
    assert {path.name for path in (tmp_path / "fit").iterdir()} == names
    told = json.loads((tmp_path / "fit" / "fit.json").read_text())
    assert len(told["weights"]) == 3
    assert main([*command, "--output", str(output)]) == 2


PLACE = RigidTransform.from_rotation_vector((1.4, 0.2, -0.1), (4.0, -6, 740))


def noise_free_of(made: ShapeModel) -> Radiograph:
    values, _ = _attenuation(made.mean, made.spacing_mm)
    camera = default_camera(96)
    image = JosephProjector(torch.as_tensor(values), made.ras_from_ijk).render(PLACE, camera)[0].numpy()
    return Radiograph(image, np.ones(image.shape, dtype=bool), camera)


def test_several_views_need_their_rig():
    view = as_view(xray_of(knee(), RigidTransform(np.eye(3), np.array([0.0, 0, 700]))))
    with pytest.raises(InputProblem, match="places in the rig"):
        fit_to_xrays(model(), [view, view])


def test_a_shape_that_fits_no_xray_says_so():
    def notes(*similarity):
        fit = SimpleNamespace(weights=np.zeros(3), seen=2, similarity=similarity, depth_deviation_mm=20.0)
        return application._notes(fit, SimpleNamespace(story="drawn"), len(similarity))

    assert any("does not fit X-ray 2," in note for note in notes(0.63, 0.07))
    assert not any("does not fit" in note for note in notes(0.63, 0.58))
