"""The module's API page runs as it stands, and the sample data that is offered online asks before it is downloaded."""

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")


@pytest.fixture
def module(host, repository):
    host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py", enter=False)
    import RayEmbRegistration

    return RayEmbRegistration


def test_the_session_of_the_api_page_runs_as_it_stands(host, module, repository, tmp_path, monkeypatch, capsys):
    """Block after block, with a smaller sample, to be quick."""
    monkeypatch.setattr(module.RayEmbRegistrationLogic, "cacheFolder", lambda self: tmp_path)
    make = module.makeSampleData
    monkeypatch.setattr(module, "makeSampleData", lambda: make(binning=4, voxelMm=3.0))
    text = (repository / "docs" / "slicer-api.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```python")[1:]]
    assert len(blocks) >= 8
    names = {"slicer": slicer}
    said = []
    for block in blocks:
        exec(block, names)  # noqa: S102 - it is our own
        said.append(capsys.readouterr().out)
        assert said[-1], block
    assert "1020.0 typed" in said[1]
    assert float(said[-2]) < 1e-3, "landmarks give the pose that they were projected by"
    assert "no pose to refine" in said[-1]


def test_the_wrist_is_downloaded_once_its_licence_was_agreed_to(host, module, tmp_path, monkeypatch):
    import zipfile

    import SampleData
    from RayEmbRegistrationPanel import wristData

    archive, asked = tmp_path / wristData.FILE, []

    def download(self, uri, name, checksum=None):
        asked.append((uri, name, checksum))
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("2023-08-01-Wrist/Calibration/xr_calib_wrist_cam01.txt", "image size")
        return str(archive)

    monkeypatch.setattr(SampleData.SampleDataLogic, "downloadFileIntoCache", download, raising=False)
    host.answers["licence"] = False
    logic = SampleData.SampleDataLogic()
    assert logic.downloadSamples(wristData.NAME) == []
    assert asked == []
    assert wristData.ADDRESS in host.boxes[-1][1]
    assert "Brown University" in host.boxes[-1][1]
    host.answers["licence"] = True
    assert logic.downloadSamples(wristData.NAME) == []
    assert asked == [(wristData.ADDRESS, wristData.FILE, wristData.CHECKSUM)]
    assert (tmp_path / "2023-08-01-Wrist" / "Calibration" / "xr_calib_wrist_cam01.txt").is_file()
    assert str(tmp_path / "2023-08-01-Wrist") in host.boxes[-1][1]
    archive.write_text("not an archive")
    monkeypatch.setattr(SampleData.SampleDataLogic, "downloadFileIntoCache", lambda *_, **__: str(archive))
    with pytest.raises(ValueError, match="delete it and download it again"):
        wristData.downloadWrist()
