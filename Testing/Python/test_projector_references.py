"""The projector against DiffDRR and nanodrr: the same image, and the same absolute scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from projector_cases import CAMERA, CENTER_RAS, RAS_FROM_IJK, VIEWS, soft_ellipsoid, volume_of
from RayEmbRegistrationLib.drr import JosephProjector, Projector
from RayEmbRegistrationLib.drr.attenuation import bone_attenuation
from RayEmbRegistrationLib.drr.references import DiffDrrProjector, NanoDrrProjector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

PELVIS = Path(__file__).parents[3] / "shared" / "data" / "pelvis" / "ct.nii.gz"


def make(name, values, ras_from_ijk):
    if name.startswith("diffdrr"):
        pytest.importorskip("diffdrr")
        return DiffDrrProjector(values, ras_from_ijk, renderer=name.split()[1])
    pytest.importorskip("nanodrr")
    return NanoDrrProjector(values, ras_from_ijk)


def compare(ours, theirs):
    """Normalised cross-correlation and ratio of the totals."""
    a, b = ours.flatten().double(), theirs.flatten().double()
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1]), float(a.sum() / b.sum())


def bodies(points):
    small = soft_ellipsoid(points, np.full(3, 8.0), np.add(CENTER_RAS, [4, 20, -9]))
    return 0.02 * soft_ellipsoid(points, np.array([14.0, 26.0, 20.0])) + 0.05 * small


@pytest.mark.parametrize(
    "camera", [CAMERA, CAMERA.flip_horizontal(), CAMERA.rotate90()], ids=["plain", "mirrored", "turned"]
)
@pytest.mark.parametrize("name", ["diffdrr siddon", "diffdrr trilinear", "nanodrr"])
def test_procedural_volume(name, camera):
    values = volume_of(bodies)
    reference = make(name, values, RAS_FROM_IJK)
    assert isinstance(reference, Projector)
    poses = [VIEWS["45 degrees"], VIEWS["along k"]]
    theirs = reference.render(poses, camera)
    assert theirs.shape == (2, camera.height, camera.width)
    for ours, expected in zip(JosephProjector(values, RAS_FROM_IJK).render(poses, camera), theirs, strict=True):
        correlation, ratio = compare(ours, expected)
        assert correlation > 0.9995
        assert abs(ratio - 1) < 0.005


@pytest.fixture(scope="module")
def pelvis():
    if not PELVIS.exists():
        pytest.skip("the pelvis CT is not here")
    from RayEmbRegistrationLib.volumes.reading import read_ct

    volume = read_ct(PELVIS).volume
    k, j, i = np.nonzero(volume.hu > 150)
    low = np.percentile(np.stack([i, j, k], axis=-1), 0.5, axis=0)
    high = np.percentile(np.stack([i, j, k], axis=-1), 99.5, axis=0)
    block = volume.crop(low, high)
    return block, bone_attenuation(block, block.hu > 150)


# Siddon takes each voxel as constant, which on voxels of 1.6 mm is another image than linear interpolation:
# test_pelvis_is_as_near_to_siddon_as_diffdrrs_own_interpolation compares DiffDRR's own two renderers.
@pytest.mark.parametrize(("name", "least"), [("diffdrr siddon", 0.995), ("diffdrr trilinear", 0.999), ("nanodrr", 0.999)])
def test_pelvis(pelvis, name, least):
    block, values = pelvis
    reference = make(name, values, block.ras_from_ijk)
    center = block.ras_from_index((np.array(block.hu.shape[::-1]) - 1) / 2)
    camera = Camera.from_detector((56, 56), (5.0, 5.0), 1020.0)
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    for turn in ([0.1, 0.05, 0.2], [0.0, 0.0, np.pi / 4]):
        rotation = upright @ RigidTransform.from_rotation_vector(turn).rotation
        pose = RigidTransform(rotation, np.array([5.0, -7.0, 750.0]) - rotation @ center)
        ours = JosephProjector(values, block.ras_from_ijk).render(pose, camera)
        correlation, ratio = compare(ours, reference.render(pose, camera))
        assert correlation > least
        assert abs(ratio - 1) < 0.01


def test_pelvis_is_as_near_to_siddon_as_diffdrrs_own_interpolation(pelvis):
    block, values = pelvis
    center = block.ras_from_index((np.array(block.hu.shape[::-1]) - 1) / 2)
    camera = Camera.from_detector((56, 56), (5.0, 5.0), 1020.0)
    rotation = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    pose = RigidTransform(rotation, np.array([5.0, -7.0, 750.0]) - rotation @ center)
    siddon = make("diffdrr siddon", values, block.ras_from_ijk).render(pose, camera)
    interpolated = make("diffdrr trilinear", values, block.ras_from_ijk).render(pose, camera)
    ours = JosephProjector(values, block.ras_from_ijk).render(pose, camera)
    # 0.0005: the two interpolations differ by up to 0.001 between themselves (test_pelvis).
    assert compare(ours, siddon)[0] > compare(interpolated, siddon)[0] - 0.0005


def test_poses_of_the_references_are_differentiable():
    poses = torch.as_tensor(VIEWS["along k"].matrix)[None].requires_grad_()
    values, gradients = volume_of(bodies), []
    camera = CAMERA.resample(16, 14)
    weights = torch.linspace(0, 1, camera.width)
    for projector in (JosephProjector(values, RAS_FROM_IJK), make("diffdrr trilinear", values, RAS_FROM_IJK)):
        gradients.append(torch.autograd.grad((projector.render(poses, camera) * weights).sum(), poses)[0][0, :3, 3])
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0.02, atol=0.02 * float(gradients[1].abs().max()))


@pytest.mark.parametrize(("package", "make"), [("diffdrr.drr", DiffDrrProjector), ("nanodrr.data", NanoDrrProjector)])
def test_missing_packages_are_named(monkeypatch, package, make):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(ImportError, match="pip install"):
        make(np.zeros((3, 3, 3)), np.eye(4))
