"""The sample's X-ray, kept in the repository, is the one that its script simulates."""

import sys

import numpy as np
import pytest


def test_the_kept_xray_is_that_of_its_script(repository, tmp_path, monkeypatch):
    pytest.importorskip("diffdrr", reason="the reference projector is not installed")
    cv2 = pytest.importorskip("cv2")
    monkeypatch.syspath_prepend(repository / "Testing")
    import sample_xray

    sample_xray.write_sample(tmp_path)
    kept = sample_xray.FOLDER
    for name in ("RayEmbPelvis.geometry.json", "RayEmbPelvis.truth.json"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (kept / name).read_text(encoding="utf-8")
    new, old = (
        cv2.imread(str(folder / "RayEmbPelvis.png"), cv2.IMREAD_UNCHANGED).astype(float) for folder in (tmp_path, kept)
    )
    assert np.abs(new - old).max() <= 0.01 * np.ptp(old), f"run {sys.executable} Testing/sample_xray.py"


def test_the_sample_shows_its_xray_upright_and_binned(host, repository):
    import slicer

    host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py", enter=False)
    import RayEmbRegistration

    cv2 = pytest.importorskip("cv2")
    kept = cv2.imread(
        str(repository / "RayEmbRegistration" / "Resources" / "SampleData" / "RayEmbPelvis.png"), cv2.IMREAD_UNCHANGED
    )
    _ct, xray = RayEmbRegistration.makeSampleData(voxelMm=6.0)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(xray)[0], kept)
    _ct, xray = RayEmbRegistration.makeSampleData(binning=2, voxelMm=6.0)
    assert slicer.util.arrayFromVolume(xray)[0, 3, 5] == round(kept[6:8, 10:12].mean())
