"""The methods side by side: which runs when, what each answers, and what a prepared file holds for them."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import FixedLandmarks, choose_points, detect_fixed, peaks
from RayEmbRegistrationLib.detector.weights import identity, load_encoder, save_weights
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose import plan
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.strategies import search as searching
from RayEmbRegistrationLib.pose.strategies.finders import LandmarkFinder, template_finder
from RayEmbRegistrationLib.pose.strategies.intensity import PATCH_PX, climb_intensity, multiscale_correlation, small_target
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from registration_cases import (
    CAMERA,
    SECOND,
    as_view,
    errors,
    knee,
    knee_pose,
    knee_radiograph,
    moved,
    pelvis,
    pelvis_xray,
    prepared_knee,
    prepared_pelvis,
    view_of,
    xray_of,
)


def untrained():
    torch.manual_seed(0)
    encoder = SmallEncoder().eval()
    encoder.name = identity(encoder)
    return encoder


@cache
def knee_with_templates():
    from RayEmbRegistrationLib.pose.prepared.prepare import with_templates

    return with_templates(prepared_knee(), untrained(), {"trained_on": "nothing"})


def finder(points, truth_of_camera, share, calls=None, bright_is_right=False):
    """Detections of which a share is right, of whatever X-ray; those of the wrong polarity are all wrong."""

    def find(radiographs, depth_mm):
        rng = np.random.default_rng(0)
        found = []
        for bright, radiograph in radiographs.items():
            if calls is not None:
                calls.append((bright, depth_mm))
            pose = truth_of_camera(radiograph.camera)
            pixels = radiograph.camera.project(pose.apply(points)) + rng.normal(0, 2.5, (len(points), 2))
            wrong = rng.random(len(points)) > (share if bright == bright_is_right else 0.0)
            pixels[wrong] = rng.uniform(0, 191, (wrong.sum(), 2))
            probability = np.clip(np.where(wrong, 0.3, 0.6) + rng.normal(0, 0.15, len(points)), 0.01, 0.99)
            nothing = np.zeros(len(points), bool)
            found.append(Landmarks(points, pixels, probability, probability, probability, nothing, 0, 0.0, bright))
        return found

    return LandmarkFinder(find)


@pytest.fixture
def no_search(monkeypatch):
    def forbidden(*_):
        raise AssertionError("the search ran")

    monkeypatch.setattr(searching, "search", forbidden)


def with_finder(monkeypatch, found):
    monkeypatch.setattr(plan, "finder_for", lambda group, method: found)


def test_landmarks_alone_find_a_pose_and_say_which_agree(monkeypatch, no_search):
    truth, calls = view_of(pelvis()), []
    with_finder(monkeypatch, finder(prepared_pelvis().bone_points_ras, lambda _: truth, 0.4, calls))
    view = as_view(pelvis_xray())  # dark bone, polarity not told
    result = register(prepared_pelvis(), [view], RegistrationSettings(method="rayemb"))
    assert result.quality.trusted
    assert errors(result.camera_from_ras, truth, prepared_pelvis()).mtre_mm < 1
    assert [bright for bright, _ in calls] == [False, True]
    assert {"detect", "landmark poses", "refine"} <= set(result.timing_s)
    assert "search" not in result.timing_s
    landmarks = result.views[0].landmarks
    exact = CAMERA.project(truth.apply(landmarks.points_ras))
    gaps_px = np.linalg.norm(landmarks.pixels - exact, axis=1)
    right = gaps_px < 3
    assert landmarks.inliers[right].all()
    assert 0.2 < landmarks.inliers.mean() < 0.6
    assert 0.4 < result.quality.evidence.inlier_share < 0.8  # by probability: right ones have twice that of wrong ones


def test_both_searches_only_where_landmarks_do_not_convince(monkeypatch, no_search):
    truth = view_of(pelvis())
    with_finder(monkeypatch, finder(prepared_pelvis().bone_points_ras, lambda _: truth, 0.4))
    view = as_view(pelvis_xray(), bone_is_bright=False)
    assert register(prepared_pelvis(), [view], RegistrationSettings(method="both")).quality.trusted
    with_finder(monkeypatch, finder(prepared_pelvis().bone_points_ras, lambda _: truth, 0.0))
    with pytest.raises(AssertionError, match="the search ran"):
        register(prepared_pelvis(), [view], RegistrationSettings(method="both"))


def test_both_falls_back_on_the_search(monkeypatch):
    truth = view_of(pelvis())
    with_finder(monkeypatch, finder(prepared_pelvis().bone_points_ras, lambda _: truth, 0.0))
    view = as_view(pelvis_xray(), bone_is_bright=False)
    result = register(prepared_pelvis(), [view], RegistrationSettings(method="both", mirrored=False))
    assert errors(result.camera_from_ras, truth, prepared_pelvis()).mtre_mm < 1
    assert result.views[0].landmarks is not None
    assert result.views[0].landmarks.inliers.mean() < 0.1
    assert result.quality.evidence.inlier_share is None  # the pose did not come from them: they do not speak against it
    assert result.quality.trusted
    settings = RegistrationSettings(method="rayemb", mirrored=False)
    result = register(prepared_pelvis(), [view], settings)  # no pose that convinces is an answer, too
    assert not result.quality.trusted
    assert "what would help most: a rough pose" in result.notes[-1]


def test_landmarks_of_two_views_share_a_pose(monkeypatch, no_search):
    prepared, truth = prepared_knee(), knee_pose()
    poses = {1: truth, 2: SECOND @ truth}
    views = [
        as_view(xray_of(knee(), poses[1]), camera_from_rig=RigidTransform(), bone_is_bright=True),
        as_view(xray_of(knee(), poses[2], seed=1), replace(CAMERA), camera_from_rig=SECOND, bone_is_bright=True),
    ]
    by_camera = {id(v.camera): poses[n] for n, v in enumerate(views, 1)}
    with_finder(monkeypatch, finder(prepared.bone_points_ras, lambda camera: by_camera[id(camera)], 0.3, None, True))
    joint = register(prepared, views, RegistrationSettings(method="rayemb", mirrored=False))
    assert joint.quality.trusted
    assert errors(joint.camera_from_ras, truth, prepared).mtre_mm < 0.7
    assert all(view.landmarks.inliers.mean() > 0.15 for view in joint.views)


def test_methods_that_lack_something_say_so():
    view = as_view(xray_of(knee(), knee_pose()), bone_is_bright=False)
    for method, message in (
        ("rayemb", "prepared without landmark templates"),
        ("both", "prepared without landmark templates"),
        ("fixed-landmarks", "without fixed landmarks"),
        ("fast", "'fast' is unknown; choose one of rayemb, search, both"),
    ):
        with pytest.raises(ValueError, match=message):
            register(prepared_knee(), [view], RegistrationSettings(method=method))


def test_templates_and_encoder_are_kept_in_the_prepared_file(tmp_path):
    prepared = knee_with_templates()
    prepared.save(tmp_path / "knee.npz")
    loaded = PreparedCT.load(tmp_path / "knee.npz")
    assert loaded.encoder.name == prepared.encoder.name == loaded.templates.encoder_name
    assert loaded.encoder_about["trained_on"] == "nothing"
    assert torch.equal(loaded.templates.point_embeddings, prepared.templates.point_embeddings)
    np.testing.assert_array_equal(loaded.templates.template_poses, prepared.templates.template_poses)
    image, mask = torch.rand(1, 1, 32, 32), torch.ones(1, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(loaded.encoder(image, mask), prepared.encoder(image, mask))
    radiographs = {False: knee_radiograph()}
    before, after = (template_finder(p, 16.0).find(radiographs, 750.0)[0] for p in (prepared, loaded))
    np.testing.assert_allclose(after.pixels, before.pixels, atol=1e-6)


def test_weights_are_chosen_as_asked(tmp_path):
    save_weights(tmp_path / "own.safetensors", untrained(), {"licence": "ours"})
    settings = PrepareSettings(library=False, weights=tmp_path / "own.safetensors")
    prepared = prepare(knee(), settings)
    assert prepared.encoder.name == untrained().name
    assert prepared.templates.points_ras.shape == prepared.bone_points_ras.shape
    assert prepare(knee(), replace(settings, weights="none")).templates is None
    with pytest.raises(ValueError, match=r"missing\.safetensors"):
        prepare(knee(), replace(settings, weights=tmp_path / "missing.safetensors"))


def test_fine_tuning_gives_templates_by_the_trained_encoder(monkeypatch):
    from RayEmbRegistrationLib import registration
    from RayEmbRegistrationLib.pose.prepared.file import is_trained_for_patient
    from RayEmbRegistrationLib.training import recipes
    from RayEmbRegistrationLib.training.outside import TrainingResult, TrainProgress

    def training(prepared, encoder, minutes, hooks, seed):
        assert encoder.name == "small-untrained-start"
        for step in (1, 2):
            hooks.progress(TrainProgress(step, step / 2, 1.0, 60.0, 9.0, 8.0 / step, 0.2, 0.7 * step))
        return TrainingResult(untrained(), 4.0, 2, minutes, False)

    monkeypatch.setattr(recipes, "train_for_patient", training)
    start = untrained()
    start.name = "small-untrained-start"
    said = []
    tuned = registration.fine_tune(replace(prepared_knee(), encoder=start), 1.5, lambda *now: said.append(now))
    assert tuned.templates.encoder_name == tuned.encoder.name == untrained().name
    assert tuned.encoder_about["landmark_error_mm"] == 4.0
    assert tuned.encoder_about["minutes"] == 1.5
    assert is_trained_for_patient(tuned.encoder_about)  # so that no preparation overwrites it
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[0] == (0.475, "training on this CT, landmark error 8.0 mm, 1.0 min left")
    assert said[-1][0] == 1.0


def test_intensity_climbs_home_from_near():
    """By our own projector, which its gradient goes through as through DiffDRR's."""
    prepared = prepared_knee()
    start = moved(knee_pose(), prepared.center_ras, (4.0, -4.0, 3.0), (6.0, -5.0, 10.0))
    projector = JosephProjector(prepared.attenuation, prepared.ras_from_ijk)
    found = climb_intensity(projector, [knee_radiograph()], [np.eye(4)], start.matrix, prepared.center_ras)
    before, after = (errors(pose, knee_pose(), prepared) for pose in (start, RigidTransform.from_matrix(found)))
    assert before.mpd_mm > 5
    assert after.mpd_mm < 1.5
    assert after.rotation_deg < 2


def test_intensity_compares_as_diffdrr_does():
    """Against a plain transcription of its definition, patch by patch."""
    rng = torch.Generator().manual_seed(0)
    one, other = torch.rand(2, 40, 37, generator=rng)
    other = 0.6 * one + 0.4 * other

    def correlation(a, b):
        a, b = ((x - x.mean()) / (x.var(correction=0) + 1e-5).sqrt() for x in (a, b))
        return float((a * b).mean())

    standard = [(x - x.mean()) / x.std(correction=0) for x in (one, other)]
    inner = [
        correlation(*(x[row : row + PATCH_PX, column : column + PATCH_PX] for x in standard))
        for row in range(40 - PATCH_PX + 1)
        for column in range(37 - PATCH_PX + 1)
    ]
    ours = multiscale_correlation(one, other, torch.ones_like(one))
    # Patches at the border are cut off there, so that these two agree but for them.
    assert float(ours) == pytest.approx((correlation(one, other) + np.mean(inner)) / 2, abs=0.02)


def test_intensity_looks_at_the_field_alone():
    whole = knee_radiograph()
    mask = np.zeros_like(whole.mask)
    mask[40:150, 60:130] = whole.mask[40:150, 60:130]
    image, usable, camera = small_target(replace(whole, mask=mask))
    assert image.shape == usable.shape == (camera.height, camera.width)
    assert camera.width < 70
    assert usable.mean() > 0.9
    point = np.array([[3.0, -8.0, 760.0]])
    full = small_target(whole)[2].project(point) - camera.project(point)
    np.testing.assert_allclose(full, np.round(full), atol=1e-9)  # cut at whole pixels


def test_intensity_through_diffdrr_registers(monkeypatch):
    pytest.importorskip("diffdrr")
    from RayEmbRegistrationLib.pose.strategies import intensity

    monkeypatch.setattr(intensity, "STEPS", 6)
    monkeypatch.setattr(intensity, "LARGEST_SIDE_PX", 48)
    start = moved(knee_pose(), prepared_knee().center_ras, (3.0, -3.0, 3.0), (8.0, -8.0, 15.0))
    xray = xray_of(knee(), knee_pose())
    view = as_view(xray, bone_is_bright=True, start=start)
    result = register(prepared_knee(), [view], RegistrationSettings(method="intensity", mirrored=False))
    assert "intensity" in result.timing_s
    before, after = (errors(pose, knee_pose(), prepared_knee()) for pose in (start, result.camera_from_ras))
    assert after.mpd_mm < 0.6 * before.mpd_mm, (before, after)


def test_fixed_points_lie_far_apart_on_the_bone():
    bone = prepared_knee().bone_points_ras
    points = choose_points(bone, 20)
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert gaps[~np.eye(20, dtype=bool)].min() > 15
    assert np.linalg.norm(bone[:, None] - points[None], axis=2).min(axis=0).max() == 0
    chance = np.random.default_rng(0).choice(len(bone), 20, replace=False)
    assert (
        np.linalg.norm(bone[:, None] - bone[chance][None], axis=2).min(axis=1).max()
        > 1.2 * np.linalg.norm(bone[:, None] - points[None], axis=2).min(axis=1).max()
    )


def test_peaks_of_heat_maps_are_found_to_a_fraction():
    rows, columns = torch.meshgrid(torch.arange(20.0), torch.arange(30.0), indexing="ij")
    logits = torch.stack([-((rows - y) ** 2 + (columns - x) ** 2) / 2 for x, y in ((11.3, 7.6), (20.0, 12.0))])
    positions, scores, margins = peaks(logits, torch.ones(20, 30, dtype=torch.bool))
    np.testing.assert_allclose(positions, [[11.3, 7.6], [20.0, 12.0]], atol=0.12)
    assert (scores > 0.9).all()
    assert (margins > 0.8).all()


def test_fixed_landmarks_are_kept_with_their_network_and_checked(tmp_path):
    points = choose_points(prepared_knee().bone_points_ras)
    torch.manual_seed(1)
    fixed = FixedLandmarks(SmallEncoder(dimensions=len(points)).eval(), points, 1.0)
    save_weights(tmp_path / "fixed.safetensors", fixed.network, fixed.about())
    again = FixedLandmarks.from_weights(*load_encoder(tmp_path / "fixed.safetensors"))
    np.testing.assert_allclose(again.points_ras, points, atol=1e-4)
    found = [detect_fixed(each, {False: knee_radiograph()}, 750.0)[0] for each in (fixed, again)]
    np.testing.assert_allclose(found[0].pixels, found[1].pixels, atol=1e-3)
    prepared = prepare(knee(), PrepareSettings(library=False, weights=tmp_path / "fixed.safetensors"))
    prepared.save(tmp_path / "knee.npz")
    np.testing.assert_allclose(PreparedCT.load(tmp_path / "knee.npz").fixed.points_ras, points, atol=1e-4)
    with pytest.raises(ValueError, match="of another CT"):
        prepare(pelvis(), PrepareSettings(library=False, weights=tmp_path / "fixed.safetensors"))
    with pytest.raises(ValueError, match="no fixed landmarks"):
        FixedLandmarks.from_weights(untrained(), json.loads("{}"))
