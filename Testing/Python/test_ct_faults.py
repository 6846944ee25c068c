"""The CT files on which the project was seen to fail: each is read as it should be, or refused with the reason."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.volumes.reading import read_ct

pytest.importorskip("SimpleITK")
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FAULTS = DATA / "faults" / "ct"
pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason="the data is not here")

REFUSED = {
    "stack.tif": "TIFF picture, which holds neither the size of the voxels nor how they lie",
    "affine_in_metres.nii.gz": "in metres; multiply its affine by 1000",
    "sheared_sform.nii.gz": r"tilt of 15\.0 degrees .* --resample-tilt",
    "nopos.zip": r"44 of 44 slices .* no Image Position \(Patient\)",
    "phase2.zip": r"2 series that may be meant.*UID 1\.2\.3\.9\).*--series",
}
READ = {
    "hu_plus_1024_slim.nii.gz": "without its offset.*1024 was subtracted",
    "nan_outside.nii.gz": r"102596 voxels \(56.93%\).* set to air",
    "no_sform_no_qform.nii.gz": "not the scanner's but aligned with another scan",
    "dupe.zip": "1 identical copies of slices were left out",
    "dupe2.zip": "44 identical copies of slices were left out",
}


def opened(name, folder):
    if not name.endswith(".zip"):
        return FAULTS / name
    zipfile.ZipFile(FAULTS / name).extractall(folder)
    return folder


def test_every_file_is_tried():
    assert {path.name for path in FAULTS.iterdir()} == REFUSED.keys() | READ.keys()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, tmp_path):
    with pytest.raises(InputProblem, match=REFUSED[name]):
        read_ct(opened(name, tmp_path))


@pytest.mark.parametrize("name", READ)
def test_read_with_a_note(name, tmp_path):
    reading = read_ct(opened(name, tmp_path))
    assert len(reading.notes) == 1
    with pytest.raises(AssertionError, match=READ[name]):
        raise AssertionError(reading.notes[0])
    assert reading.volume.hu.shape == (44, 64, 64)
    np.testing.assert_allclose(reading.volume.spacing_mm, (6.25, 6.25, 6.36), atol=1e-3)
    assert reading.volume.hu.min() >= -1100
    assert 1400 < reading.volume.hu.max() < 1600


def test_what_is_asked_for_is_read(tmp_path):
    folder = opened("phase2.zip", tmp_path)
    readings = [read_ct(folder, series=wanted) for wanted in ("1.2.3.9", "632663027339")]
    assert all(f"{end})" in r.notes[0].split("was read")[0] for end, r in zip(("1.2.3.9", "027339"), readings, strict=True))
    sheared = read_ct(FAULTS / "sheared_sform.nii.gz", resample_tilt=True)
    upright = read_ct(FAULTS / "no_sform_no_qform.nii.gz")
    np.testing.assert_allclose(sheared.volume.spacing_mm, upright.volume.spacing_mm, atol=1e-3)


@pytest.mark.parametrize("share", [0.05, 0.55, 0.95, 0.9999])
def test_a_cut_off_pelvis_is_refused_with_what_is_missing(tmp_path, share):
    whole = (DATA / "pelvis" / "ct.nii.gz").read_bytes()
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputProblem, match=r"is cut off: (\d+(\.\d+)? % of its voxels|its last bytes) (are|is) missing"):
        read_ct(path)
