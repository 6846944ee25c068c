"""The panel where nothing is installed that Slicer does not bring; test_fresh_install.py runs its tests in a new process.

torch, OpenCV and all else are hidden from ``import`` until an installation is agreed to, which makes them appear.
"""

import importlib.machinery
import importlib.metadata
import sys
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest

pytest_plugins = ["panel_entered"]
HIDDEN = {
    *("torch", "cv2", "safetensors", "diffdrr", "nanodrr"),
    *("torchio", "torchvision", "jinja2", "matplotlib", "h5py", "numba"),
}
DISTRIBUTIONS = {name: name for name in HIDDEN} | {"opencv-python-headless": "cv2", "opencv-python": "cv2"}


class FreshInstall(importlib.machinery.PathFinder):
    """Finds what Slicer brings."""

    hidden: ClassVar[set[str]] = set()

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.split(".")[0] in cls.hidden:
            return None
        return importlib.machinery.PathFinder.find_spec(fullname, path, target)

    @classmethod
    def find_distributions(cls, context=importlib.metadata.DistributionFinder.Context()):  # noqa: B008 - as the base has it
        for found in importlib.machinery.PathFinder.find_distributions(context):
            if DISTRIBUTIONS.get(found.name) not in cls.hidden:
                yield found


@pytest.fixture
def hidden(host, monkeypatch):
    """Nothing is found that Slicer does not bring; what is asked and installed is recorded, and appears."""
    import slicer

    FreshInstall.hidden = set(HIDDEN)
    places = [number for number, finder in enumerate(sys.meta_path) if finder is importlib.machinery.PathFinder]
    monkeypatch.setattr(sys, "meta_path", [FreshInstall if n in places else each for n, each in enumerate(sys.meta_path)])
    monkeypatch.setattr(type(slicer.app), "testingEnabled", lambda self: False, raising=False)
    installed = []

    def install(names):
        installed.extend(names)
        for name in names:
            FreshInstall.hidden.discard(DISTRIBUTIONS.get(name.split(">")[0].lower(), ""))

    utils = ModuleType("PyTorchUtils")
    utils.PyTorchUtilsLogic = lambda: SimpleNamespace(installTorch=lambda **_: install(["torch"]) or "there")
    monkeypatch.setitem(sys.modules, "PyTorchUtils", utils)
    monkeypatch.setattr(slicer.util, "pip_install", install)
    return installed


@pytest.fixture
def fresh(hidden):
    """The same, and nothing of it was imported before."""
    assert "torch" not in sys.modules, "something imported torch before the first click"
    assert "cv2" not in sys.modules, "something imported OpenCV before the first click"
    return hidden


def questions(host):
    return [text for kind, text in host.boxes if kind == "question"]


@pytest.fixture
def sample(fresh, panel, host):
    """The sample, in the scene and in the table; nothing was asked for it."""
    from panel_entered import choose
    from RayEmbRegistrationPanel.sampleData import makeSampleData

    ct, xray = makeSampleData(binning=2, voxelMm=2.5)
    panel.ui.ctSelector.setCurrentNode(ct)
    panel.ui.xraySelector.setCurrentNode(xray)
    panel.ui.addXrayButton.click()
    choose(panel.ui.deviceComboBox, "Processor")
    host.process_events()
    assert questions(host) == []
    assert not panel.ui.deviceLabel.text.startswith("No module")
    return ct, xray


def near_the_truth(panel, xray):
    """A start pose, to be quick: the self test, below, searches for one."""
    from panel_entered import choose
    from RayEmbRegistrationLib.geometry import RigidTransform

    truth = [float(value) for value in xray.GetAttribute("RayEmbRegistration.TruePose").split()]
    rows = [truth[row : row + 4] for row in (0, 4, 8, 12)]
    choose(panel.ui.startModeComboBox, "Current pose")
    panel.pose.setPose(0, RigidTransform.from_matrix(rows), "start")


def assess_where_it_stands(panel):
    from RayEmbRegistrationLib.geometry import RigidTransform

    panel.pose.setPose(0, RigidTransform(translation=(0.0, 0.0, 700.0)), "start")
    panel.ui.assessButton.click()


def test_declining_leaves_a_sentence_at_every_entry(sample, panel, host, tmp_path):
    host.answers["Download and install"] = False
    entries = {
        "register": (panel.ui.registerButton.click, panel.ui.stageLabel),
        "prepare": (panel.ui.prepareButton.click, panel.ui.stageLabel),
        "train": (panel.ui.trainButton.click, panel.ui.trainStatusLabel),
        "rough pose": (panel.pose.onRoughPose, panel.ui.stageLabel),
        "assess": (lambda: assess_where_it_stands(panel), panel.ui.stageLabel),
    }
    for name, (enter, label) in entries.items():
        before = len(questions(host))
        panel.register.say("")
        enter()
        host.process_events()
        assert len(questions(host)) == before + 1, name
        assert label.text.startswith("Nothing was installed. Registration needs PyTorch"), name
    from RayEmbRegistrationScene.install import InstallError

    ct, xray = sample
    logic = panel.logic
    for verb in (logic.prepare, lambda ct: logic.register(ct, [logic.xray(xray)]), lambda ct: logic.trainForPatient(ct, 1)):
        with pytest.raises(InstallError, match="Nothing was installed"):
            verb(ct)
    panel.advanced.onClearCache()
    assert panel.jobs.name is None


def test_the_first_click_asks_once_installs_and_registers(sample, fresh, panel, host):
    from panel_entered import finish

    said = []
    tell = panel.register.onInstalling
    panel.register.onInstalling = lambda share, stage: (said.append(stage), tell(share, stage))
    near_the_truth(panel, sample[1])
    panel.ui.registerButton.click()
    assert len(questions(host)) == 1
    assert fresh[0] == "torch"
    assert {name.split(">")[0] for name in fresh[1:]} == {"opencv-python-headless", "safetensors"}
    assert said[0] == "installing PyTorch (1 of 3)"
    finish(host, panel, 240)
    assert panel.ui.stageLabel.text.startswith("Registered in"), panel.ui.stageLabel.text
    panel.ui.refineButton.click()
    finish(host, panel)
    assert len(questions(host)) == 1


def test_the_self_test_needs_what_users_have(hidden, host, panel):
    """Whose process may have imported what they have, and nothing else."""
    import RayEmbRegistration

    FreshInstall.hidden -= {"torch", "cv2", "safetensors"}
    assert not FreshInstall.hidden & sys.modules.keys()
    RayEmbRegistration.RayEmbRegistrationTest().runTest()
    assert questions(host) == []
    assert any("registered" in text for _kind, text in host.boxes)


def test_the_self_test_says_what_it_could_not_test(fresh, host, panel):
    import RayEmbRegistration

    host.answers["Download and install"] = False
    RayEmbRegistration.RayEmbRegistrationTest().runTest()
    assert any("was not tested" in text for _kind, text in host.boxes)
