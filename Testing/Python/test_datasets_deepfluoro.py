"""DeepFluoro's published layout: poses, cameras, turns, border, landmarks, axes, against plain formulas and images."""

import numpy as np
import pytest
from dataset_files import DEEPFLUORO_LABELS, LANDMARKS, write_deepfluoro
from RayEmbRegistrationLib.evaluation.cases import find_cases
from RayEmbRegistrationLib.evaluation.datasets.case import DatasetError
from RayEmbRegistrationLib.evaluation.datasets.deepfluoro import DeepFluoro, DeepFluoroSettings
from RayEmbRegistrationLib.evaluation.datasets.export import export_cases, write_ct
from RayEmbRegistrationLib.files.camera import read_camera

pytest.importorskip("h5py")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    path = tmp_path_factory.mktemp("deepfluoro") / "ipcai_2020_full_res_data.h5"
    return path, write_deepfluoro(path)


def dark_spot(pixels, near):
    """Centre of the dark dot near a pixel: the weighted mean of its darkness."""
    column, row = np.rint(near).astype(int)
    window = pixels[row - 4 : row + 5, column - 4 : column + 5].astype(np.float64)
    dark = window.max() - window
    v, u = np.mgrid[row - 4 : row + 5, column - 4 : column + 5]
    return np.array([(dark * u).sum(), (dark * v).sum()]) / dark.sum()


def inside(pixels, camera, margin=8):
    return ((pixels > margin) & (pixels < np.array(camera.image_size) - 1 - margin)).all(-1)


def test_projected_landmarks_are_the_published_ones(published):
    path, truths = published
    with DeepFluoro(path) as data:
        assert data.specimens == ("17-1882", "18-0725")
        cases = list(data.cases())
        assert len(cases) == 6
        for case in cases:
            assert tuple(case.landmarks_ras) == LANDMARKS
            found = case.view.camera.project(case.truth.apply(case.targets_ras))
            stated = np.array([case.landmarks_px[name] for name in sorted(case.landmarks_px)])
            assert np.abs(found - stated).max() < 0.01
            assert case.view.camera.image_size == (260, 230)
        assert len(truths["17-1882"].pixels) == len(data.projections("17-1882"))


def test_landmarks_lie_on_the_dots_of_the_image(published):
    """Orientation of rows and columns, the half turn and the border, seen in the pixels themselves."""
    with DeepFluoro(published[0]) as data:
        seen = 0
        for case in data.cases():
            pixels = case.view.camera.project(case.truth.apply(case.targets_ras))
            apart = np.linalg.norm(pixels[:, None] - pixels[None], axis=-1) + 99 * np.eye(len(pixels))
            for pixel in pixels[inside(pixels, case.view.camera) & (apart.min(1) > 11)]:
                assert np.linalg.norm(dark_spot(case.view.pixels, pixel) - pixel) < 0.1
                seen += 1
        assert seen > 15


def test_half_turns_are_in_the_pose_and_not_in_the_camera(published):
    with DeepFluoro(published[0]) as data, DeepFluoro(published[0], DeepFluoroSettings(upright=False, border_px=0)) as raw:
        upright, stored = data.case("17-1882", "001"), raw.case("17-1882", "001")
    np.testing.assert_array_equal(upright.view.pixels, stored.view.pixels[50:-50, 50:-50][::-1, ::-1])
    assert upright.truth.rotation_angle_deg(stored.truth) == pytest.approx(180, abs=1e-6)
    for case in (upright, stored):
        assert case.view.camera.K[1, 1] > 0
        assert case.view.camera.is_mirrored  # xReg's image is seen facing the detector
    assert upright.view.camera.source_to_detector_mm == pytest.approx(1020, abs=0.01)


def test_ct_has_its_marks_at_the_landmarks(published):
    with DeepFluoro(published[0]) as data:
        ct = data.ct("18-0725")
        landmarks = data.landmarks_ras("18-0725")
        assert data.label_names("18-0725") == DEEPFLUORO_LABELS
    assert ct.hu.dtype == np.int16
    for n, name in enumerate(LANDMARKS):
        i, j, k = np.rint(ct.index_from_ras(landmarks[name])).astype(int)
        assert ct.hu[k, j, i] == 1000 + n
    assert set(np.unique(ct.labels)) == {0, 1, 5}


def test_femur_poses_and_when_they_count(published):
    with DeepFluoro(published[0]) as data, DeepFluoro(published[0], DeepFluoroSettings(bone="left femur")) as femur:
        pelvis, moved = data.case("17-1882", "000"), femur.case("17-1882", "000")
        assert femur.case("17-1882", "001").truth is None  # the file says it is hardly seen
        # The volume was moved by 5 mm along L, which is -x in RAS.
        np.testing.assert_allclose(moved.truth.apply([0, 0, 0]), pelvis.truth.apply([-5, 0, 0]), atol=1e-4)


def test_half_voxel_of_the_ground_truth(published):
    with DeepFluoro(published[0]) as data, DeepFluoro(published[0], DeepFluoroSettings(half_voxel=True)) as corrected:
        plain, shifted = data.case("18-0725", "000").truth, corrected.case("18-0725", "000").truth
    # cam-to-vol moves by -0.5 mm along L, P, S; a point of the volume at X is then where X + 0.5 was.
    np.testing.assert_allclose(shifted.apply([0, 0, 0]), plain.apply([-0.5, -0.5, 0.5]), atol=1e-4)


def test_segmentation_is_cut_and_turned_like_the_image(published):
    with DeepFluoro(published[0]) as data:
        for projection in ("000", "001"):
            image = data.case("17-1882", projection).view.pixels
            np.testing.assert_array_equal(data.segmentation("17-1882", projection), image < 39000)


def test_exported_cases_read_back(published, tmp_path):
    with DeepFluoro(published[0]) as data:
        cases = list(data.cases("17-1882"))
        write_ct(tmp_path, data.ct("17-1882"))
    assert len(export_cases(tmp_path, cases)) == 3
    read = find_cases(tmp_path)
    assert [case.name for case in read] == [case.name for case in cases]
    for case, back in zip(cases, read, strict=True):
        camera = read_camera(back.geometry_path, case.view.camera.image_size).camera
        stated = np.array([case.landmarks_px[name] for name in sorted(case.landmarks_px)])
        assert np.abs(camera.project(back.truth.apply(back.landmarks_ras)) - stated).max() < 0.01


def test_other_files_are_refused_with_a_sentence(published, tmp_path):
    with pytest.raises(DatasetError, match="there is no file"):
        DeepFluoro(tmp_path / "missing.h5")
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(DatasetError, match="cannot be read as HDF5"):
        DeepFluoro(tmp_path / "text.h5")
    with pytest.raises(DatasetError, match="unknown bone"):
        DeepFluoro(published[0], DeepFluoroSettings(bone="tibia"))
    with pytest.raises(DatasetError, match="border"):
        DeepFluoro(published[0], DeepFluoroSettings(border_px=200))
    with DeepFluoro(published[0]) as data, pytest.raises(DatasetError, match="no specimen"):
        data.ct("17-0000")


def test_missing_h5py_is_named(published, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(DatasetError, match="pip install h5py"):
        DeepFluoro(published[0])
