"""The projector's compiled loops: the numbers of torch in double precision, however rays are shared out, and without."""

import sys

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.drr import compiling, joseph
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

pytest.importorskip("numba")
CAMERA = Camera.from_detector((61, 47), (4.0, 4.4), 1000.0, (33.0, 20.0))
VOXELS = np.array([[0.0, -1.5, 0.2, 40], [1.2, 0, 0.1, -30], [0.1, 0.2, 2.0, -60], [0, 0, 0, 1]])


def sparse_volume():
    """(K, J, I) blobs in an empty box, so that most groups of slices are left out and borders are met."""
    rng = np.random.default_rng(3)
    values = np.zeros((58, 41, 67), np.float32)
    for k, j, i in rng.integers(0, (50, 33, 59), (40, 3)):
        values[k : k + 6, j : j + 5, i : i + 7] = rng.uniform(0.005, 0.03, (6, 5, 7))
    values[0, 0, :3] = values[-1, -1, -4:] = 0.02
    return values


def poses(count=7):
    """Along every axis of the voxels, oblique ones, and with the source inside the volume."""
    center = VOXELS[:3, :3] @ [33, 20, 29] + VOXELS[:3, 3]
    turns = [(0.01, 0.02, 0), (1.5, 0.1, 0), (0, 1.6, 0.2), (0.4, -0.3, 2.0), (-1.2, 0.6, 0.3), (3.0, 0, 0.1), (0.2, 0.1, 0)]
    places = [(5, -8, 700)] * 6 + [(3, 4, 45)]
    found = []
    for turn, place in zip(turns[:count], places, strict=False):
        rotation = RigidTransform.from_rotation_vector(turn).rotation
        found.append(RigidTransform(rotation, np.array(place) - rotation @ center).matrix)
    return torch.as_tensor(np.stack(found)), torch.tensor([list(place) for place in places[:count]], dtype=torch.float64)


@pytest.fixture
def without(monkeypatch):
    monkeypatch.setattr(joseph, "may_compile", lambda *_: False)


def double():
    return JosephProjector(sparse_volume(), VOXELS, dtype=torch.float64)


def single():
    return JosephProjector(sparse_volume(), VOXELS)


def test_images_and_derivatives_are_those_of_double_precision():
    """Rounding of single precision values: 6e-8 of the largest, summed over 58 slices."""
    matrices, centers = poses()
    images, jacobians = single().render_with_jacobian(matrices, CAMERA, centers)
    exact, slopes = double().render_with_jacobian(matrices, CAMERA, centers)
    assert exact.amax(dim=(1, 2)).min() > 0.01
    for image, jacobian, right, slope in zip(images, jacobians, exact, slopes, strict=True):
        assert (image - right).abs().max() < 1e-6 * right.max()
        assert ((jacobian - slope).abs().amax(dim=(1, 2)) < 1e-6 * slope.abs().amax(dim=(1, 2))).all()
    torch.testing.assert_close(single().render(matrices, CAMERA), images, rtol=0, atol=0)


def test_gradients_by_poses_are_those_of_double_precision():
    found = []
    for projector in (single(), double()):
        matrices = poses(6)[0].requires_grad_()
        image = projector.render(matrices, CAMERA)
        weights = torch.linspace(0.2, 1, image.numel(), dtype=image.dtype).view(image.shape)
        found.append(torch.autograd.grad((image * weights).sum(), matrices)[0].double())
    # Single precision rounds where a ray crosses a slice by 1e-5 voxels: rays at a voxel's border take the other slope.
    assert (found[0] - found[1]).norm() < 0.01 * found[1].norm()


def test_the_number_of_threads_changes_nothing(monkeypatch):
    matrices, centers = poses()
    monkeypatch.setattr(compiling, "LEAST_TAPS", 0)
    results = []
    for threads in (1, 2, 3, 5):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        results.append(single().render_with_jacobian(matrices, CAMERA, centers))
    for images, jacobians in results[1:]:
        assert torch.equal(images, results[0][0])
        assert torch.equal(jacobians, results[0][1])


def test_torch_gives_the_same_numbers(without):
    """Where rays cross slices is rounded to 1e-5 voxels there, which a value of 0.03 in 4 mm turns into 1e-6."""
    images = single().render(poses()[0], CAMERA)
    exact = double().render(poses()[0], CAMERA)
    assert (images - exact).abs().max() < 1e-4 * exact.max()


def test_without_numba_nothing_is_compiled(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "RayEmbRegistrationLib.drr.compiled", raising=False)
    monkeypatch.delattr(sys.modules["RayEmbRegistrationLib.drr"], "compiled", raising=False)
    compiling.kernels.cache_clear()
    try:
        assert compiling.kernels() is None
        assert not compiling.may_compile(torch.zeros(1))
    finally:
        compiling.kernels.cache_clear()


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(compiling.SWITCH, "0")
    compiling.kernels.cache_clear()
    try:
        assert compiling.kernels() is None
    finally:
        compiling.kernels.cache_clear()


def test_a_fault_in_a_share_is_told(monkeypatch):
    monkeypatch.setattr(compiling, "LEAST_TAPS", 0)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)

    def work(begin, end):
        raise ValueError(f"{begin} to {end}")

    with pytest.raises(ValueError, match="0 to"):
        compiling.shared_out(work, 10, 1)
