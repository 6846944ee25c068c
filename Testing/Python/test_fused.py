"""The card's kernel, run by Triton's interpreter on the processor: the same as the projector's other loops."""

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr import fusing, joseph
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

CAMERA = Camera.from_detector((17, 11), (14.0, 16.0), 1000.0)  # wider than a block's rays are many, and not square
# Along each axis, from either side, and between two.
TURNS = ([0.1, 0.2, 0.3], [1.6, 0.1, 0.0], [0.1, 1.5, 0.2], [3.0, 0.2, 0.1], [0.7, 0.75, 0.1])


def kernels():
    """``drr.fused``; conftest asks Triton for its interpreter."""
    pytest.importorskip("triton")
    from RayEmbRegistrationLib.drr import fused

    return fused


def volume() -> JosephProjector:
    values = np.random.default_rng(0).random((9, 12, 14)).astype(np.float32)
    values[:, :, :3] = 0
    ras_from_ijk = np.array([[6.0, 0.3, 0, -40], [0, 6.4, 0.2, -35], [0.1, 0, 5.8, -30], [0, 0, 0, 1]])
    return JosephProjector(values, ras_from_ijk)


def poses() -> torch.Tensor:
    """The last from within the volume."""
    made = [RigidTransform.from_rotation_vector(np.array(turn)).matrix.copy() for turn in (*TURNS, TURNS[0])]
    for matrix in made:
        matrix[:3, 3] = [5, -8, 700]
    made[-1][:3, 3] = [0, 0, 10]
    return torch.as_tensor(np.stack(made))


@pytest.mark.parametrize("with_jacobian", [False, True])
def test_image_and_jacobian_are_those_of_the_processor(monkeypatch, with_jacobian):
    fused = kernels()
    monkeypatch.setattr(joseph, "card_kernels", lambda device: fused)
    projector, seen = volume(), poses()
    centers = seen[:, :3, 3] if with_jacobian else None
    image, jacobian = projector._fused(seen, CAMERA, centers)
    monkeypatch.setattr(JosephProjector, "_is_compiled", False)
    wanted, wanted_jacobian = projector.render_with_jacobian(seen, CAMERA, seen[:, :3, 3])
    # Float32 sums of up to 14 taps: some units in the last place.
    torch.testing.assert_close(image, wanted, rtol=0, atol=2e-6 * float(wanted.max()))
    if with_jacobian:
        assert jacobian.shape == wanted_jacobian.shape
        torch.testing.assert_close(jacobian, wanted_jacobian, rtol=0, atol=1e-5 * float(wanted_jacobian.abs().max()))
    else:
        assert jacobian.numel() == 0


def test_a_volume_behind_the_source_gives_nothing(monkeypatch):
    fused = kernels()
    monkeypatch.setattr(joseph, "card_kernels", lambda device: fused)
    behind = poses()[:1].clone()
    behind[:, 2, 3] = -700
    assert volume()._fused(behind, CAMERA, None)[0].abs().max() == 0


def test_it_is_tried_before_it_is_used(monkeypatch):
    fused = kernels()
    fusing.card_kernels.cache_clear()
    assert fusing.card_kernels(torch.device("cpu")) is fused
    fusing.card_kernels.cache_clear()

    def no_compiler(*arguments):
        raise RuntimeError("Failed to find C compiler")

    monkeypatch.setattr(fused, "project", no_compiler)
    assert fusing.card_kernels(torch.device("cpu")) is None
    fusing.card_kernels.cache_clear()
    monkeypatch.undo()
    monkeypatch.setattr(fused, "project", lambda *arguments: None)  # runs, and makes nothing of it
    assert fusing.card_kernels(torch.device("cpu")) is None
    fusing.card_kernels.cache_clear()


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(fusing.SWITCH, "0")
    fusing.card_kernels.cache_clear()
    assert fusing.card_kernels(torch.device("cpu")) is None
    fusing.card_kernels.cache_clear()
