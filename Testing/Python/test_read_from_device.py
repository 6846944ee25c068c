"""Where there is no card: that a registration reads no tensor by NumPy that it did not copy from its device first.

On a processor NumPy reads every tensor; of a card it reads none, and what slips through fails there only.
"""

import traceback
from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr.compiling import SWITCH, kernels
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.registration import register
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom
from RayEmbRegistrationLib.simulation.view import simulate
from RayEmbRegistrationLib.training.ahead import _OnHost
from RayEmbRegistrationLib.training.pairs import PairSet

NEVER_ON_A_CARD = "siddon_reference.py"  # makes the X-rays


@pytest.fixture
def reads(monkeypatch):
    """Lines of the library by which NumPy read a tensor that was not copied; torch alone projects, as on a card."""
    monkeypatch.setenv(SWITCH, "0")
    kernels.cache_clear()
    found: list[str] = []
    copy, read, as_array = torch.Tensor.cpu, torch.Tensor.numpy, torch.Tensor.__array__

    def cpu(tensor, *arguments, **options):
        copied = copy(tensor, *arguments, **options)
        copied = copied.view_as(copied)
        copied.is_copied = True
        return copied

    def note(tensor):
        if not getattr(tensor, "is_copied", False):
            lines = [frame for frame in traceback.extract_stack() if "RayEmbRegistrationLib" in frame.filename]
            if lines and not lines[-1].filename.endswith(NEVER_ON_A_CARD):
                found.append(f"{lines[-1].filename}:{lines[-1].lineno}: {lines[-1].line}")

    def numpy(tensor, *arguments, **options):
        note(tensor)
        return read(tensor, *arguments, **options)

    def array(tensor, *arguments, **options):
        note(tensor)
        return as_array(tensor, *arguments, **options)

    monkeypatch.setattr(torch.Tensor, "cpu", cpu)
    monkeypatch.setattr(torch.Tensor, "numpy", numpy)
    monkeypatch.setattr(torch.Tensor, "__array__", array)
    yield found
    monkeypatch.undo()
    kernels.cache_clear()


def test_preparing_and_registering_reads_copies_only(reads):
    ct = make_knee_phantom(0, 4.0)
    prepared = prepare(ct, PrepareSettings())
    camera = default_camera(96)
    poses = [
        pose_from_ap(bone_center(ct), np.array(turn), np.array([5.0, -4.0, 765.0])) for turn in ([8.0, -6, 3], [8.0, 40, 3])
    ]
    start = RigidTransform.from_rotation_vector(np.radians([2.0, -1.0, 1.0])) @ poses[0]
    view = simulate(ct, poses[0], camera)
    register(prepared, [view])
    register(prepared, [replace(view, start=start)], RegistrationSettings(refine_only=True))
    assert reads == []


def test_what_is_read_without_a_copy_is_noted(reads):
    """The check can fail: sets made ahead are read so, on the processor where they are always made."""
    ones = torch.ones(2)
    _OnHost.of(PairSet(ones, ones, ones.cpu(), ones, ones, ones, 1.0, ones))
    assert len(reads) == 6
    assert all("training/ahead.py" in line.replace("\\", "/") for line in reads)
