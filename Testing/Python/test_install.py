"""Installing what Slicer lacks: what is found missing, asked once, in which order, and what declining says."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from RayEmbRegistrationScene import install

REQUIREMENTS = Path(__file__).resolve().parents[2] / "RayEmbRegistration" / "Resources" / "requirements.txt"


class FakeSlicer(ModuleType):
    """As much of Slicer as installing touches; it records what is asked of it."""

    def __init__(self, answer=True, testing=False, pipFails=False):
        super().__init__("slicer")
        self.calls = []

        def confirm(text, **_):
            self.calls.append(("asked", text))
            return answer

        def pip_install(arguments):
            self.calls.append(("pip", arguments))
            if pipFails:
                raise RuntimeError("no network")

        self.app = SimpleNamespace(testingEnabled=lambda: testing, processEvents=lambda: None)
        self.util = SimpleNamespace(
            confirmOkCancelDisplay=confirm, pip_install=pip_install, showStatusMessage=lambda *_: True
        )


@pytest.fixture
def fake(monkeypatch):
    def use(missing, essentials=(), torch="not there", **behaviour):
        slicer = FakeSlicer(**behaviour)
        monkeypatch.setitem(sys.modules, "slicer", slicer)
        i18n = ModuleType("slicer.i18n")
        i18n.tr = lambda text: text
        monkeypatch.setitem(sys.modules, "slicer.i18n", i18n)
        monkeypatch.setattr(install, "findMissing", lambda path: missing)
        monkeypatch.setattr(install, "_missingEssentials", lambda: list(essentials))
        utils = ModuleType("PyTorchUtils")

        def installTorch(**options):
            slicer.calls.append(("torch", options))
            return torch

        utils.PyTorchUtilsLogic = lambda: SimpleNamespace(installTorch=installTorch)
        monkeypatch.setitem(sys.modules, "PyTorchUtils", utils)
        return slicer

    return use


def test_requirements_are_compared_with_what_is_installed(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("# a comment\n--index-url x\nnumpy>=1.0\nnumpy>=999\n\nnot-a-real-package-of-anyone>=1\n")
    missing = install.findMissing(path)
    assert missing.packages == ("numpy>=999", "not-a-real-package-of-anyone>=1")
    assert bool(missing)
    assert not install.Missing(False)


def test_another_build_of_opencv_is_good_enough(monkeypatch):
    def version(name):
        raise install.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(install.importlib.metadata, "version", version)
    assert install.isInstalled("opencv-python-headless>=4.8") == (install.importlib.util.find_spec("cv2") is not None)
    assert not install.isInstalled("numpy>=1.0")


def test_the_real_requirements_can_be_read():
    assert isinstance(install.findMissing(REQUIREMENTS), install.Missing)


def test_nothing_missing_asks_nothing(fake):
    slicer = fake(install.Missing(False))
    install.ensureInstalled(REQUIREMENTS)
    assert slicer.calls == []


def test_asks_once_then_installs_torch_first_and_says_how_far_it_is(fake):
    slicer = fake(install.Missing(True, ("einops>=0.7", "rich>=13")))
    said = []
    install.ensureInstalled(REQUIREMENTS, lambda share, stage: said.append((share, stage)))
    assert [kind for kind, _ in slicer.calls] == ["asked", "torch", "pip", "pip"]
    asked, torch, *packages = (value for _, value in slicer.calls)
    assert all(name in asked for name in ("PyTorch", "einops", "rich"))
    assert torch["askConfirmation"] is False
    assert packages == [["einops>=0.7"], ["rich>=13"]]
    assert said[0] == (0.0, "installing PyTorch (1 of 3)")
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    assert said[-1][0] == 1.0


def test_declining_installs_nothing_and_says_so(fake):
    slicer = fake(install.Missing(True), answer=False)
    with pytest.raises(install.InstallError, match=r"Nothing was installed.*PyTorch"):
        install.ensureInstalled(REQUIREMENTS)
    assert [kind for kind, _ in slicer.calls] == ["asked"]


def test_tests_never_install(fake):
    slicer = fake(install.Missing(False, ("einops>=0.7",)), testing=True)
    install.ensureInstalled(REQUIREMENTS)
    assert slicer.calls == []
    slicer = fake(install.Missing(True), essentials=["PyTorch"], testing=True)
    with pytest.raises(install.InstallError, match="PyTorch cannot be imported"):
        install.ensureInstalled(REQUIREMENTS)
    assert slicer.calls == []


def test_failures_say_what_to_do(fake, monkeypatch):
    fake(install.Missing(False, ("einops>=0.7",)), pipFails=True)
    with pytest.raises(install.InstallError, match=r"einops>=0.7 could not be installed \(no network\)"):
        install.ensureInstalled(REQUIREMENTS)
    fake(install.Missing(True), torch=None)
    with pytest.raises(install.InstallError, match="PyTorch was not installed"):
        install.ensureInstalled(REQUIREMENTS)
    fake(install.Missing(True))
    monkeypatch.setitem(sys.modules, "PyTorchUtils", None)
    with pytest.raises(install.InstallError, match="Extensions Manager"):
        install.ensureInstalled(REQUIREMENTS)
