"""Encoders in and out of files, and the published one against a plain implementation of its equations."""

import json
import math

import pytest
import torch
from RayEmbRegistrationLib.detector.calibration import Calibration, fit_calibration
from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
from RayEmbRegistrationLib.detector.networks.vit import PublishedEncoder, VisionTransformer
from RayEmbRegistrationLib.detector.weights import identity, load_encoder, save_weights, shipped_weights_path

ABOUT = {"trained_on": "phantoms", "steps": 3, "calibration": Calibration(-5.0, 4.0, 3.0, 2.0).about()}


def small(seed=0) -> SmallEncoder:
    torch.manual_seed(seed)
    return SmallEncoder(dimensions=16, widths=(8, 16, 16, 24), depth=1)


def test_round_trip(tmp_path):
    encoder = small()
    save_weights(tmp_path / "a.safetensors", encoder, ABOUT)
    loaded, about = load_encoder(tmp_path / "a.safetensors")
    image = torch.rand(1, 1, 32, 48)
    torch.testing.assert_close(loaded(image, torch.ones_like(image)), encoder(image, torch.ones_like(image)))
    assert loaded.name == identity(encoder) != identity(small(1))
    assert loaded.calibration == Calibration(-5.0, 4.0, 3.0, 2.0)
    assert about["steps"] == 3
    assert about["arguments"]["dimensions"] == 16
    assert "bone bright" in about["input"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def changed(tmp_path, change, metadata=None):
    """A stored encoder with its tensors or its metadata changed."""
    from safetensors.torch import load_file, safe_open, save_file

    path = tmp_path / "changed.safetensors"
    save_weights(path, small(), ABOUT)
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["rayemb"])
    tensors = load_file(path)
    change(tensors, about)
    save_file(tensors, path, metadata={"rayemb": json.dumps(about)} if metadata is None else metadata)
    return path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda tensors, about: tensors.pop("stem.bias"), "'stem.bias' is missing"),
        (lambda tensors, about: tensors.update(more=torch.zeros(1)), "'more'.*no such weights"),
        (lambda tensors, about: tensors.update({"stem.bias": torch.zeros(9)}), "'stem.bias' is .9,., expected is .8,."),
        (lambda tensors, about: tensors["stem.bias"].fill_(torch.nan), "not finite"),
        (lambda tensors, about: about.update(architecture="large"), "does not say what encoder"),
        (lambda tensors, about: about.update(format="RayEmbRegistration encoder 9"), "encoder 9"),
        (lambda tensors, about: about.update(calibration={"slope": 1}), "calibration"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        load_encoder(changed(tmp_path, change))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="does not say what encoder"):
        load_encoder(changed(tmp_path, lambda tensors, about: None, metadata={}))
    path = tmp_path / "a.safetensors"
    save_weights(path, small(), ABOUT)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ValueError, match="damaged"):
        load_encoder(path)
    with pytest.raises(ValueError, match="do not exist"):
        load_encoder(tmp_path / "absent.safetensors")
    assert shipped_weights_path().parent.name == "data"


class Opened:
    """Leaves a trace if unpickling runs it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_checkpoint_with_code_in_it_is_not_run(tmp_path):
    torch.save({"state_dict": {"model.linear.weight": Opened(tmp_path / "trace")}}, tmp_path / "bad.ckpt")
    with pytest.raises(ValueError, match="more than weights"):
        load_encoder(tmp_path / "bad.ckpt")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("content", [[1, 2], {"state_dict": {"a": 1}}, {"state_dict": {"model.a": torch.zeros(2)}}])
def test_other_checkpoints_are_refused(tmp_path, content):
    torch.save(content, tmp_path / "other.ckpt")
    with pytest.raises(ValueError, match="expected is the published"):
        load_encoder(tmp_path / "other.ckpt")
    (tmp_path / "cut.ckpt").write_bytes((tmp_path / "other.ckpt").read_bytes()[:100])
    with pytest.raises(ValueError, match=r"damaged|more than weights"):
        load_encoder(tmp_path / "cut.ckpt")


def published_state() -> dict[str, torch.Tensor]:
    """Random weights under the keys and shapes of the published checkpoint."""
    generator = torch.Generator().manual_seed(0)

    def of(*shape, scale=0.05, middle=0.0):
        return middle + scale * torch.randn(shape, generator=generator)

    backbone = {
        "cls_token": of(1, 1, 384),
        "pos_embed": of(1, 1370, 384, scale=0.3),
        "mask_token": of(1, 384),
        "patch_embed.proj.weight": of(384, 3, 14, 14),
        "patch_embed.proj.bias": of(384),
        "norm.weight": of(384, middle=1.0),
        "norm.bias": of(384),
    }
    for block in range(12):
        shapes = {
            "norm1.weight": (384,), "norm1.bias": (384,), "attn.qkv.weight": (1152, 384), "attn.qkv.bias": (1152,),
            "attn.proj.weight": (384, 384), "attn.proj.bias": (384,), "ls1.gamma": (384,), "norm2.weight": (384,),
            "norm2.bias": (384,), "mlp.fc1.weight": (1536, 384), "mlp.fc1.bias": (1536,), "mlp.fc2.weight": (384, 1536),
            "mlp.fc2.bias": (384,), "ls2.gamma": (384,),
        }  # fmt: skip
        for name, shape in shapes.items():
            backbone[f"blocks.{block}.{name}"] = of(*shape, scale=0.1, middle=0.5 if "gamma" in name else 0.0)
    state = {f"model.dinov2_model.{key}": value for key, value in backbone.items()}
    return {**state, "model.linear.weight": of(32, 384), "model.linear.bias": of(32)}


def plain_transformer(state: dict[str, torch.Tensor], pictures: torch.Tensor) -> torch.Tensor:
    """The published equations, head by head and patch by patch, in double precision: (B, 32, 16, 16)."""
    w = {key.removeprefix("model."): value.double() for key, value in state.items()}
    d = {key.removeprefix("dinov2_model."): value for key, value in w.items()}
    pictures = pictures.double()
    patches = pictures.unfold(2, 14, 14).unfold(3, 14, 14).permute(0, 2, 3, 1, 4, 5).reshape(len(pictures), 256, 588)
    x = patches @ d["patch_embed.proj.weight"].reshape(384, 588).T + d["patch_embed.proj.bias"]
    x = torch.cat([d["cls_token"].expand(len(x), 1, 384), x], dim=1)
    x = x + torch.cat([d["pos_embed"][:, :1], bicubic_positions(d["pos_embed"][0, 1:])[None]], dim=1)

    def norm(x, name):
        centred = x - x.mean(-1, keepdim=True)
        return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt() * d[f"{name}.weight"] + d[f"{name}.bias"]

    for block in (f"blocks.{number}" for number in range(12)):
        qkv = norm(x, f"{block}.norm1") @ d[f"{block}.attn.qkv.weight"].T + d[f"{block}.attn.qkv.bias"]
        heads = []
        for head in range(6):
            q, k, v = (qkv[..., 384 * part + 64 * head : 384 * part + 64 * head + 64] for part in range(3))
            heads.append(torch.softmax(q @ k.transpose(1, 2) / 8, dim=-1) @ v)
        attended = torch.cat(heads, dim=-1) @ d[f"{block}.attn.proj.weight"].T + d[f"{block}.attn.proj.bias"]
        x = x + d[f"{block}.ls1.gamma"] * attended
        hidden = norm(x, f"{block}.norm2") @ d[f"{block}.mlp.fc1.weight"].T + d[f"{block}.mlp.fc1.bias"]
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
        x = x + d[f"{block}.ls2.gamma"] * (hidden @ d[f"{block}.mlp.fc2.weight"].T + d[f"{block}.mlp.fc2.bias"])
    tokens = norm(x, "norm")[:, 1:] @ w["linear.weight"].T + w["linear.bias"]
    return tokens.reshape(len(pictures), 16, 16, 32).permute(0, 3, 1, 2)


def bicubic_positions(grid: torch.Tensor) -> torch.Tensor:
    """(1369, 384) to (256, 384) by Keys' cubic with a = -0.75, the scale enlarged by DINOv2's 0.1 of a patch."""
    weights = torch.zeros(16, 37, dtype=torch.float64)
    for place in range(16):
        at = (place + 0.5) * 37 / 16.1 - 0.5
        for tap in range(math.floor(at) - 1, math.floor(at) + 3):
            t, a = abs(at - tap), -0.75
            near = (a + 2) * t**3 - (a + 3) * t**2 + 1
            far = a * (t**3 - 5 * t**2 + 8 * t - 4)
            weights[place, min(max(tap, 0), 36)] += near if t <= 1 else far
    return torch.einsum("ri,cj,ijd->rcd", weights, weights, grid.reshape(37, 37, 384)).reshape(256, 384)


def test_published_checkpoint_gives_the_published_numbers(tmp_path):
    state = published_state()
    torch.save({"state_dict": state, "epoch": 3, "hyper_parameters": {"emb_dim": 32}}, tmp_path / "rayemb.ckpt")
    encoder, about = load_encoder(tmp_path / "rayemb.ckpt")
    assert about["architecture"] == "vit-s14"
    assert (encoder.dimensions, encoder.stride) == (32, 14)
    picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found, expected = encoder.embed(picture), plain_transformer(state, picture)
        # An image is scaled to 0 to 1 and shown in three equal channels.
        grey = encoder(100 * picture[:, :1] - 7, torch.ones(1, 1, 224, 224))
        low, high = picture[:, :1].min(), picture[:, :1].max()
        scaled = encoder.embed(((picture[:, :1] - low) / (high - low)).expand(-1, 3, -1, -1))
    assert expected.std() > 0.1
    torch.testing.assert_close(found.double(), expected, atol=2e-4, rtol=1e-3)
    torch.testing.assert_close(grey, scaled, atol=1e-3, rtol=1e-3)
    del state["model.dinov2_model.blocks.5.ls1.gamma"]
    torch.save({"state_dict": state}, tmp_path / "lacking.ckpt")
    with pytest.raises(ValueError, match=r"blocks.5.ls1.gamma' is missing"):
        load_encoder(tmp_path / "lacking.ckpt")


def test_published_encoder_round_trip_and_sizes(tmp_path):
    torch.manual_seed(0)
    encoder = PublishedEncoder(16)
    save_weights(tmp_path / "vit.safetensors", encoder, {})
    loaded, _ = load_encoder(tmp_path / "vit.safetensors")
    assert isinstance(loaded.dinov2_model, VisionTransformer)
    image = torch.rand(1, 1, 42, 70)
    assert loaded(image, torch.ones_like(image)).shape == (1, 16, 3, 5)


def test_calibration_is_recovered():
    generator = torch.Generator().manual_seed(0)
    scores, margins = torch.rand(2, 20000, generator=generator).double().numpy()
    truth = Calibration(-3.0, 4.0, 2.0, 5.0)
    right = torch.rand(20000, generator=generator).numpy() < truth.probability(scores, margins)
    found = fit_calibration(scores, margins, torch.where(torch.as_tensor(right), 1.0, 30.0).numpy(), 5.0)
    assert abs(found.probability(scores, margins) - truth.probability(scores, margins)).max() < 0.03
    assert found.tolerance_px == 5.0
    with pytest.raises(ValueError, match="give both kinds"):
        fit_calibration(scores, margins, 0 * scores)
    ranks = Calibration().probability([0.5, 0.8, 0.8], [0.05, 0.05, 0.2])
    assert 0 < ranks[0] < ranks[1] < ranks[2] < 1
