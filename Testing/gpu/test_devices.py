"""The same on a graphics card as on the processor: each stage of a registration, and all of it.

    python -m pytest Testing/gpu        skipped where PyTorch sees no card

Tolerances: a card adds and multiplies in another order and by fused multiply-add, so that float32 results differ by some
units in the last place (6e-8), which the sums here (at most 3e4 terms) carry to 1e-4 of the result; poses differ by what
that moves the optimum, which stays below the thousandth part of a pixel.
"""

import copy
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "RayEmbRegistration"))

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("PyTorch sees no graphics card", allow_module_level=True)

from RayEmbRegistrationLib.application.devices import with_fallback  # noqa: E402
from RayEmbRegistrationLib.detector.networks.encoder import encode  # noqa: E402
from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_weights_path  # noqa: E402
from RayEmbRegistrationLib.drr.fusing import may_fuse  # noqa: E402
from RayEmbRegistrationLib.drr.joseph import JosephProjector  # noqa: E402
from RayEmbRegistrationLib.evaluation.metrics import pose_errors  # noqa: E402
from RayEmbRegistrationLib.geometry import RigidTransform  # noqa: E402
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare  # noqa: E402
from RayEmbRegistrationLib.pose.settings import RegistrationSettings  # noqa: E402
from RayEmbRegistrationLib.registration import fine_tune, register  # noqa: E402
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap  # noqa: E402
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom, make_pelvis_phantom  # noqa: E402
from RayEmbRegistrationLib.simulation.view import simulate  # noqa: E402

CAMERA = default_camera(192)


@cache
def pelvis():
    return make_pelvis_phantom(0, 2.0)


@cache
def knee():
    return make_knee_phantom(0, 2.0)


@cache
def prepared(name: str, device: str):
    return prepare({"pelvis": pelvis, "knee": knee}[name](), PrepareSettings(device=device))


@cache
def shot(name: str):
    ct = {"pelvis": pelvis, "knee": knee}[name]()
    truth = pose_from_ap(bone_center(ct), np.array([14.0, -11.0, 5.0]), np.array([12.0, -9.0, 765.0]))
    return simulate(ct, truth, CAMERA), truth


def both(work):
    """What a function gives on the processor and on the card, as arrays."""
    return [np.asarray(work(device).detach().cpu()) for device in ("cpu", "cuda")]


def poses():
    turns = np.random.default_rng(0).normal(0, 0.1, (5, 3))
    truth = shot("pelvis")[1]
    made = [RigidTransform.from_rotation_vector(turn) @ truth for turn in turns]
    return torch.as_tensor(np.stack([pose.matrix for pose in made]))


def test_the_projector_and_its_jacobian():
    values, ras_from_ijk = prepared("pelvis", "cpu").attenuation, prepared("pelvis", "cpu").ras_from_ijk

    def image(device):
        return JosephProjector(values, ras_from_ijk, device).render(poses().to(device), CAMERA)

    ours, theirs = both(image)
    np.testing.assert_allclose(theirs, ours, atol=1e-4 * ours.max())
    centers = torch.as_tensor(poses()[:, :3, :3].numpy() @ bone_center(pelvis())) + poses()[:, :3, 3]

    def jacobian(device):
        projector = JosephProjector(values, ras_from_ijk, device)
        return projector.render_with_jacobian(poses().to(device), CAMERA, centers.to(device))[1]

    ours, theirs = both(jacobian)
    # An interpolation's slope jumps at each voxel: a ray that crosses one there by chance, to single precision, has another
    # slope. By torch on a processor 27 of these 1.1 million do beside the compiled loop in double precision.
    apart = np.abs(theirs - ours) > 2e-3 * np.abs(ours).max()
    assert apart.mean() < 1e-4


def test_the_card_projects_in_one_kernel():
    assert may_fuse(prepared("pelvis", "cuda").attenuation), "Triton is missing or could not build it: see the log"


def test_the_encoder_and_the_templates():
    image = torch.as_tensor(np.random.default_rng(0).normal(size=(2, 1, 128, 128)).astype(np.float32))

    def embeddings(device):
        encoder, _ = load_encoder(shipped_weights_path(), torch.device(device))
        with torch.no_grad():
            return encode(encoder, image.to(device), torch.ones_like(image).to(device))

    ours, theirs = both(embeddings)
    # Convolutions of a card may use TF32, which keeps ten bits: 1e-3 a layer.
    np.testing.assert_allclose(theirs, ours, atol=2e-2 * np.abs(ours).max())


@pytest.mark.parametrize("method", ["rayemb", "search", "both"])
def test_a_registration_finds_the_same_pose(method):
    view, truth = shot("pelvis")
    found = {}
    for device in ("cpu", "cuda"):
        ct = prepared("pelvis", device)
        found[device] = register(ct, [view], RegistrationSettings(method=method))
        assert pose_errors(found[device].camera_from_ras, truth, CAMERA, ct.bone_points_ras).mtre_mm < 1.5
    apart = pose_errors(
        found["cuda"].camera_from_ras, found["cpu"].camera_from_ras, CAMERA, prepared("pelvis", "cpu").bone_points_ras
    )
    assert apart.mpd_mm < 0.1
    assert found["cuda"].quality.trusted == found["cpu"].quality.trusted
    assert abs(found["cuda"].quality.similarity - found["cpu"].quality.similarity) < 5e-3


def test_a_card_repeats_itself():
    view, truth = shot("knee")
    settings = RegistrationSettings(refine_only=True)
    start = replace(view, start=RigidTransform.from_rotation_vector(np.radians([1.0, -1.0, 1.0])) @ truth)
    once, again = (register(prepared("knee", "cuda"), [start], settings).camera_from_ras.matrix for _ in range(2))
    np.testing.assert_allclose(once, again, atol=1e-6)


def test_a_prepared_file_is_loaded_on_either(tmp_path):
    prepared("knee", "cuda").save(tmp_path / "knee.npz")
    for device in ("cpu", "cuda"):
        again = type(prepared("knee", "cpu")).load(tmp_path / "knee.npz", device)
        assert str(again.device).startswith(device)


def test_a_detector_learns_on_the_card():
    ct = prepared("knee", "cuda")
    before = copy.deepcopy(ct.encoder.state_dict())
    tuned = fine_tune(ct, 0.1)
    assert any(not torch.equal(before[name], value) for name, value in tuned.encoder.state_dict().items())
    assert torch.isfinite(torch.cat([value.float().flatten() for value in tuned.encoder.state_dict().values()])).all()


def test_too_little_memory_falls_back_to_the_processor():
    def work(device):
        if device == "cuda":
            torch.empty(1 << 50, dtype=torch.uint8, device=device)
        return device

    answer, device, notes = with_fallback(work, "cuda", lambda *_: None)
    assert (answer, device) == ("cpu", "cpu")
    assert notes
