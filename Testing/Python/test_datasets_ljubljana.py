"""Ljubljana's HDF5 as published with DiffPose: poses, cameras and axes, against plain formulas and the images."""

import numpy as np
import pytest
from dataset_files import write_ljubljana
from RayEmbRegistrationLib.evaluation.datasets.case import DatasetError
from RayEmbRegistrationLib.evaluation.datasets.ljubljana import VIEWS, Ljubljana

pytest.importorskip("h5py")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    path = tmp_path_factory.mktemp("ljubljana") / "ljubljana.h5"
    return path, write_ljubljana(path)


def test_points_project_where_the_file_says(published):
    path, truths = published
    with Ljubljana(path) as data:
        assert data.subjects == ("subject01", "subject02")
        for subject in data.subjects:
            for view in VIEWS:
                case = data.case(subject, view)
                found = case.view.camera.project(case.truth.apply(case.targets_ras))
                assert np.abs(found - truths[subject].pixels[view]).max() < 0.01
                # The same in the image: it is dark there and bright around.
                for column, row in np.rint(found).astype(int):
                    if 2 < column < case.view.camera.width - 3 and 2 < row < case.view.camera.height - 3:
                        assert case.view.pixels[row, column] < 0.85 * case.view.pixels.max()


def test_volume_has_its_marks_at_the_points(published):
    path, truths = published
    with Ljubljana(path) as data:
        ct = data.ct("subject02")
        np.testing.assert_allclose(data.points_ras("subject02"), truths["subject02"].points)
    for n, point in enumerate(truths["subject02"].points):
        i, j, k = np.rint(ct.index_from_ras(point)).astype(int)
        assert ct.hu[k, j, i] == 1000 + n
    np.testing.assert_allclose(ct.spacing_mm, [0.8, 0.8, 1.1])


def test_both_views_keep_their_relative_geometry_without_telling_the_truth(published):
    with Ljubljana(published[0]) as data:
        frontal, lateral = data.case("subject01", "ap"), data.case("subject01", "lat")
        assert [case.group for case in data.cases()] == ["subject01"] * 2 + ["subject02"] * 2
    np.testing.assert_allclose(frontal.view.camera_from_rig.matrix, np.eye(4), atol=1e-9)
    relative = lateral.truth @ frontal.truth.inverse()
    np.testing.assert_allclose(lateral.view.camera_from_rig.matrix, relative.matrix, atol=1e-9)


def test_other_files_are_refused(published, tmp_path):
    import h5py

    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["something"] = 1
    with pytest.raises(DatasetError, match="subject01"):
        Ljubljana(tmp_path / "other.h5")
    with Ljubljana(published[0]) as data, pytest.raises(DatasetError, match="unknown view"):
        data.case("subject01", "oblique")
