"""Detection with an ideal encoder: everything around the network must be exact."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from detector_oracle import DiscEncoder, DiscProjector, bone_points, paint
from RayEmbRegistrationLib.detector.consensus import agreement
from RayEmbRegistrationLib.detector.detection import PUBLISHED, DetectionSettings, detect, in_plane_rotations
from RayEmbRegistrationLib.detector.heat_map import Bone, heat_map
from RayEmbRegistrationLib.detector.matching.screening import model_mm
from RayEmbRegistrationLib.detector.templates import TemplateSets, TemplateSettings, make_templates, set_rotations
from RayEmbRegistrationLib.detector.turned_image import rotation_about_axis
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector
from RayEmbRegistrationLib.xray.radiograph import Radiograph

POINTS = bone_points()
CENTER = (POINTS.min(axis=0) + POINTS.max(axis=0)) / 2
ENCODER = DiscEncoder()
PROJECTOR = DiscProjector(POINTS)
FRONT, OBLIQUE = set_rotations(np.array([[0.0, -1, 0], [-0.6, -0.8, 0.0]]))
PIXEL_MM = 1.8


@cache
def sets() -> TemplateSets:
    rotations = np.stack([OBLIQUE, FRONT])
    return make_templates(PROJECTOR, ENCODER, POINTS, CENTER, rotations, TemplateSettings(PIXEL_MM))


def xray(camera: Camera, turn_deg=0.0, depth_mm=760.0, tilt_rad=(0.08, -0.06, 0.0)):
    """A radiograph of the front, tilted a little, turned in the plane, and the pixels of its points."""
    rotation = rotation_about_axis(turn_deg) @ rotation_from_vector(np.array(tilt_rad)) @ FRONT
    pose = RigidTransform(rotation, np.array([10.0, -8.0, depth_mm]) - rotation @ CENTER)
    image = paint(POINTS, pose.matrix, camera)
    return Radiograph(image, np.ones(image.shape, dtype=bool), camera), camera.project(pose.apply(POINTS))


PLAIN = Camera.from_detector((400, 400), (0.8, 0.8), 1000.0)
CAMERAS = {
    "plain": PLAIN,
    "principal point off the centre": Camera.from_detector((640, 560), (0.8, 0.8), 1000.0, (360.3, 299.8)),
    "mirrored": PLAIN.flip_horizontal(),
    "a quarter turn": Camera.from_detector((380, 420), (0.8, 0.8), 1000.0).rotate90(),
    "oblong pixels": Camera.from_detector((400, 270), (0.8, 1.2), 1000.0),
    "fine pixels": Camera.from_detector((900, 900), (0.36, 0.36), 1000.0),
}


@pytest.mark.parametrize("name", CAMERAS)
def test_true_pixels_are_found_for_any_camera(name):
    radiograph, truth = xray(CAMERAS[name])
    turns = 90.0 if name == "a quarter turn" else 0.0
    best = detect(ENCODER, sets(), {True: radiograph}, DetectionSettings(in_plane_deg=16 + turns, depth_mm=760))[0]
    network_pixel = PIXEL_MM / 760 * np.hypot(*radiograph.camera.K[0, :2])
    errors = np.linalg.norm(best.pixels - truth, axis=1) / network_pixel
    assert np.median(errors) < 0.7
    assert errors.max() < 2.0
    assert best.set_index == 1
    assert best.scores.min() > 0.8
    assert not best.inliers.any()
    np.testing.assert_array_equal(best.points_ras, POINTS)


@pytest.mark.parametrize("turn_deg", [-65.0, 130.0])
def test_any_way_up(turn_deg):
    radiograph, truth = xray(CAMERAS["principal point off the centre"], turn_deg)
    settings = DetectionSettings(in_plane_deg=180.0, hypotheses=1)
    (best,) = detect(ENCODER, sets(), {False: radiograph}, settings)
    assert np.median(np.linalg.norm(best.pixels - truth, axis=1)) < 2.5
    # What the hypothesis says of the view is near the truth.
    said = rotation_about_axis(-best.rotation_deg) @ sets().rotations[best.set_index]
    true = rotation_about_axis(turn_deg) @ FRONT
    assert RigidTransform(said).rotation_angle_deg(RigidTransform(true)) < 30
    assert best.bone_is_bright is False


def test_the_perspective_of_a_central_view_is_exact():
    """Without tilt, points project to within a rounding error of where the agreement's camera puts them."""
    depth_mm, shift = 640.0, np.array([35.0, -20.0, 0.0])
    seen = (POINTS - CENTER) @ OBLIQUE.T + shift + np.array([0, 0, depth_mm])
    observed = torch.tensor(depth_mm * seen[:, :2] / seen[:, 2:], dtype=torch.float32)
    model = model_mm(sets(), 0, depth_mm, observed)
    counts, cameras = agreement(model[None], observed[None])
    assert counts[0] > 0.999 * len(POINTS)
    assert (model @ cameras[0] - observed).norm(dim=1).max() < 0.1
    assert torch.allclose(cameras[0][3], torch.tensor(shift[:2], dtype=torch.float32), atol=0.1)


def test_a_cropped_and_masked_view_says_which_points_it_lacks():
    radiograph, truth = xray(PLAIN)
    half = PLAIN.crop(180, 0, 220, 400)
    mask = np.ones((400, 220), dtype=bool)
    mask[:130] = False
    part = Radiograph(np.where(mask, radiograph.image[:, 180:], 99), mask, half)
    best = detect(ENCODER, sets(), {True: part})[0]
    truth = truth - np.array([180, 0])
    shown = (truth[:, 0] > 10) & (truth[:, 0] < 210) & (truth[:, 1] > 140) & (truth[:, 1] < 390)
    hidden = (truth[:, 0] < -10) | (truth[:, 1] < 120)
    assert 5 < shown.sum() < 20
    assert np.linalg.norm(best.pixels - truth, axis=1)[shown].max() < 5
    assert best.probability[shown].min() > best.probability[hidden].max()
    # Nothing is detected under the mask, but for interpolation across its edge.
    assert best.pixels[best.scores > 0, 1].min() > 125
    assert (best.probability[best.scores == 0] == 0).all()


def test_wrong_polarity_and_wrong_sets_lose():
    radiograph, _ = xray(PLAIN)
    other = replace(radiograph, image=-radiograph.image)
    found = detect(ENCODER, sets(), {False: other, True: radiograph}, DetectionSettings(hypotheses=3))
    assert len(found) == 3
    assert found[0].bone_is_bright is True
    assert found[0].set_index == 1


def test_published_scheme_keeps_the_best_of_ten_rounds():
    library = np.stack([rotation_from_vector(np.array([a, b, 0])) @ FRONT for a in (-0.3, 0, 0.3) for b in (-0.3, 0, 0.3)])
    drawn = make_templates(PROJECTOR, ENCODER, POINTS, CENTER, library, TemplateSettings(PIXEL_MM, random_rounds=10))
    assert drawn.point_embeddings.shape[:3] == (11, 4, 30)
    assert len({tuple(np.round(poses, 6).ravel()) for poses in drawn.template_poses}) > 8
    again = make_templates(PROJECTOR, ENCODER, POINTS, CENTER, library, TemplateSettings(PIXEL_MM, random_rounds=10))
    np.testing.assert_array_equal(drawn.template_poses, again.template_poses)
    radiograph, truth = xray(PLAIN)
    (found,) = detect(ENCODER, drawn, {True: radiograph}, replace(PUBLISHED, best_points=20))
    assert len(found) == 20
    order = [int(np.abs(POINTS - point).sum(axis=1).argmin()) for point in found.points_ras]
    assert np.linalg.norm(found.pixels - truth[order], axis=1).max() < 5


def test_heat_map_of_a_picked_point():
    radiograph, truth = xray(CAMERAS["principal point off the centre"], 25.0)
    best = detect(ENCODER, sets(), {True: radiograph}, DetectionSettings(in_plane_deg=40))[0]
    found = heat_map(Bone(sets(), PROJECTOR, ENCODER), POINTS[7], radiograph, best)
    assert found.similarity.shape == radiograph.image.shape
    assert np.linalg.norm(found.peak - truth[7]) < 4
    row, column = np.unravel_index(found.similarity.argmax(), found.similarity.shape)
    assert np.hypot(column - truth[7, 0], row - truth[7, 1]) < 5
    assert found.similarity.max() == pytest.approx(found.score, abs=0.02)
    assert found.probability > 0.5
    with pytest.raises(ValueError, match="outside every template"):
        heat_map(Bone(sets(), PROJECTOR, ENCODER), POINTS[7] + 2000, radiograph, best)


def test_another_encoder_is_refused():
    other = DiscEncoder()
    other.name = "other"
    with pytest.raises(ValueError, match="prepared with the weights 'discs', not with 'other'"):
        detect(other, sets(), {True: xray(PLAIN)[0]})


@pytest.mark.parametrize(("limit", "count"), [(0.0, 1), (16.0, 2), (180.0, 12)])
def test_in_plane_rotations_cover_the_range(limit, count):
    angles = in_plane_rotations(DetectionSettings(in_plane_deg=limit))
    assert len(angles) == count
    wanted = np.linspace(-limit, limit, 1000)
    assert np.abs(wanted[:, None] - angles).min(axis=1).max() <= 15.0 + 1e-6


def test_too_small_an_xray_is_refused():
    with pytest.raises(ValueError, match="px across"):
        detect(ENCODER, sets(), {True: xray(Camera.from_detector((20, 20), (0.5, 0.5), 1000.0))[0]})


def test_sets_survive_a_file(tmp_path):
    np.savez(tmp_path / "sets.npz", **sets().arrays())
    with np.load(tmp_path / "sets.npz", allow_pickle=False) as arrays:
        loaded = TemplateSets.from_arrays(arrays)
    radiograph, _ = xray(PLAIN)
    for mine, theirs in zip(*(detect(ENCODER, each, {True: radiograph}) for each in (sets(), loaded)), strict=True):
        np.testing.assert_array_equal(mine.pixels, theirs.pixels)
    assert loaded.camera.image_size == sets().camera.image_size
    assert torch.equal(loaded.seen, sets().seen)
