"""CTPelvic1K's file names, label numbers and sides."""

import numpy as np
import pytest
from dataset_files import write_ctpelvic1k
from RayEmbRegistrationLib.evaluation.datasets.case import DatasetError
from RayEmbRegistrationLib.evaluation.datasets.ctpelvic1k import find_pelvic_cases, read_pelvic_ct


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ctpelvic1k")
    return folder, *write_ctpelvic1k(folder)


def test_volumes_and_masks_find_each_other(published):
    cases = find_pelvic_cases(published[0])
    assert [case.name for case in cases] == ["dataset1_img0001", "dataset6_CLINIC_0001", "dataset6_CLINIC_0002"]
    assert [case.ct_path and case.ct_path.name for case in cases] == [
        None,
        "dataset6_CLINIC_0001_data.nii.gz",
        "dataset6_CLINIC_0002_data.nii.gz",
    ]
    with pytest.raises(DatasetError, match="another collection"):
        read_pelvic_ct(cases[0])


def test_ct_labels_and_grid(published):
    folder, ct, labels = published
    read = read_pelvic_ct(find_pelvic_cases(folder)[1])
    np.testing.assert_array_equal(read.volume.hu, ct.hu)
    np.testing.assert_array_equal(read.volume.labels, labels)
    np.testing.assert_allclose(read.volume.ras_from_ijk, ct.ras_from_ijk, atol=1e-4)
    assert read.label_names == {1: "sacrum", 2: "left hip bone", 3: "right hip bone", 4: "lumbar spine"}


def test_sides_are_told_by_position_and_a_wrong_header_is_noticed(published):
    """The second mask numbers the hip bones the other way round, and its header is 40 mm off."""
    read = read_pelvic_ct(find_pelvic_cases(published[0])[2])
    assert read.label_names[2] == "right hip bone"
    assert read.label_names[3] == "left hip bone"
    assert any("voxel by voxel" in note for note in read.notes)
    assert np.count_nonzero(read.volume.labels == 1) == np.count_nonzero(published[2] == 1)


def test_folders_without_the_data_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="no folder"):
        find_pelvic_cases(tmp_path / "missing")
    with pytest.raises(DatasetError, match="no mask"):
        find_pelvic_cases(tmp_path)
