"""The sample's X-ray, kept in the repository, is the one that its script simulates."""

import json
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
        new, old = (json.loads((folder / name).read_text(encoding="utf-8")) for folder in (tmp_path, kept))
        # the bone's centre is a sum over voxels, and processors add in their own order: 1e-9 mm is above that, and below
        # anything that a change of the phantom or the numbers would move
        for key, matrix in (pair for pair in list(old.items()) if isinstance(pair[1], list)):
            np.testing.assert_allclose(new.pop(key), matrix, rtol=0, atol=1e-9, err_msg=key)
            del old[key]
        assert new == old, name
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
