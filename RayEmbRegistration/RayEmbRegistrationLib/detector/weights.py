"""Encoders in and out of files: our safetensors with their story, and the published checkpoint."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from pathlib import Path

import torch
from torch import nn

from RayEmbRegistrationLib import __version__
from RayEmbRegistrationLib.files.archives import check_archive
from RayEmbRegistrationLib.files.opening import openable_by_all
from RayEmbRegistrationLib.files.writing import write_bytes
from RayEmbRegistrationLib.problems import InputProblem

from .calibration import Calibration
from .networks.encoder import Encoder, SmallEncoder
from .networks.surfaces import SurfaceEncoder
from .networks.vit import PublishedEncoder

FORMAT = "RayEmbRegistration encoder 1"
INPUT = "line-integral-like, bone bright, any affine scale; pixels as large as the templates' at the bone's depth"
ARCHITECTURES: dict[str, type[SmallEncoder | PublishedEncoder | SurfaceEncoder]] = {
    "small": SmallEncoder,
    "vit-s14": PublishedEncoder,
    "surfaces": SurfaceEncoder,
}
LIGHTNING_ENDINGS = (".ckpt", ".pt", ".pth")


def shipped_weights_path() -> Path:
    """Where the weights that come with the module are, if they do."""
    return Path(__file__).resolve().parent / "data" / "rayemb-generic.safetensors"


def shipped_surfaces_path() -> Path:
    """Where the network that reconstructs any bone is, if it comes with the module."""
    return Path(__file__).resolve().parent / "data" / "rayemb-surfaces.safetensors"


def identity(encoder: nn.Module) -> str:
    """Architecture and a digest of the weights, such as 'small-3f9c2a61b0d4'; the ``name`` of a trained encoder."""
    digest = hashlib.sha256()
    for key, value in sorted(encoder.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return f"{architecture_of(encoder)}-{digest.hexdigest()[:12]}"


def architecture_of(encoder: nn.Module) -> str:
    """Key of ARCHITECTURES; ValueError for another module."""
    for name, architecture in ARCHITECTURES.items():
        if type(encoder) is architecture:
            return name
    raise InputProblem(f"encoders of type {type(encoder).__name__} cannot be stored; known are {', '.join(ARCHITECTURES)}")


def save_weights(path: str | Path, encoder: Encoder, about: dict) -> None:
    """Write what ``weights_content`` gives, whole or not at all; ``path`` usually ends in ``.safetensors``."""
    write_bytes(path, weights_content(encoder, about))


def weights_content(encoder: Encoder, about: dict) -> bytes:
    """What a file of weights holds: safetensors with metadata.

    Args:
        encoder: of a known architecture.
        about: whatever describes the weights, JSON: ``trained_on``, ``how``, ``licence``, ``steps`` and, where fitted,
            ``calibration`` (``Calibration.about``). Format, version, architecture and input convention are added.
    """
    from safetensors.torch import save

    story = {
        **about,
        "format": FORMAT,
        "version": __version__,
        "architecture": architecture_of(encoder),
        "arguments": encoder.arguments,
        "input": INPUT,
    }
    tensors = {key: value.detach().cpu().contiguous() for key, value in encoder.state_dict().items()}
    content: bytes = save(tensors, metadata={"rayemb": json.dumps(story)})
    return content


def load_encoder(path: str | os.PathLike, device: str | torch.device = "cpu") -> tuple[Encoder, dict]:
    """An encoder, ready to use (evaluation mode, ``name`` and ``calibration`` set), and what is known about its weights.

    Reads what ``save_weights`` wrote and the published Lightning checkpoint (``rayemb-ctpelvic1k.ckpt``). Never runs code
    from a file.

    Raises:
        InputProblem: the file is missing, damaged, of another kind, or does not fit the architecture it names.
    """
    path = Path(path)
    if not path.is_file():
        if path.exists():
            raise InputProblem(f"{path} is not a file; give one with weights")
        hint = "; train some with the verb train" if path == shipped_weights_path() else ""
        raise InputProblem(f"the weights {path} do not exist{hint}")
    published = path.suffix.lower() in LIGHTNING_ENDINGS
    encoder, tensors, about = _published(path) if published else _own(path)
    _fill(encoder, tensors, path)
    encoder = encoder.to(device).eval().requires_grad_(requires_grad=False)
    encoder.name = identity(encoder)
    encoder.calibration = Calibration.from_about(about.get("calibration"))
    return encoder, about


def _own(path: Path) -> tuple[Encoder, dict[str, torch.Tensor], dict]:
    """Architecture, tensors and metadata of a safetensors file."""
    from safetensors import SafetensorError, safe_open

    try:
        with openable_by_all([path]) as (name,), safe_open(name, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dictionary
    except (SafetensorError, OSError) as error:
        raise InputProblem(f"{path} is damaged or not a safetensors file; get it again") from error
    try:
        about = json.loads(metadata["rayemb"])
        known = about["format"] == FORMAT
        architecture = ARCHITECTURES[about["architecture"]]
        encoder = architecture(**about["arguments"])
    except MemoryError:  # the file is sound
        raise
    except Exception as error:
        raise InputProblem(
            f"{path} does not say what encoder it is for; it is not one of our files, or of a newer version"
        ) from error
    if not known:
        raise InputProblem(f"{path} is of the format '{about['format']}', not '{FORMAT}'; update RayEmbRegistration")
    return encoder, tensors, about


def _published(path: Path) -> tuple[Encoder, dict[str, torch.Tensor], dict]:
    """The published architecture and the tensors of a Lightning checkpoint, read without running anything in it."""
    check_archive(path, "get it again")
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputProblem(
            f"{path} holds more than weights (code or unknown objects) and was not opened; ask its authors for plain weights"
        ) from error
    except MemoryError:  # the file is sound
        raise
    except Exception as error:
        raise InputProblem(f"{path} is damaged or not a checkpoint; get it again") from error
    state = checkpoint.get("state_dict", checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise InputProblem(f"{path} holds no table of weights; expected is the published RayEmb checkpoint")
    tensors = {key.removeprefix("model."): value for key, value in state.items() if key.startswith("model.")}
    head = tensors.get("linear.weight")
    if head is None or head.ndim != 2:
        raise InputProblem(f"{path} has no weights 'model.linear.weight'; expected is the published RayEmb checkpoint")
    about = {"trained_on": f"published checkpoint {path.name}", "architecture": "vit-s14", "licence": "see its authors"}
    return PublishedEncoder(head.shape[0]), {key: value.float() for key, value in tensors.items()}, about


def _fill(encoder: nn.Module, tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Load tensors that must fit exactly."""
    wanted = {key: tuple(value.shape) for key, value in encoder.state_dict().items()}
    given = {key: tuple(value.shape) for key, value in tensors.items()}
    for key in sorted(wanted.keys() | given.keys()):
        if wanted.get(key) != given.get(key):
            expected = f"expected is {wanted[key]}" if key in wanted else "no such weights are expected"
            raise InputProblem(f"{path} does not fit: '{key}' is {given.get(key, 'missing')}, {expected}")
    if not all(torch.isfinite(value).all() for value in tensors.values()):
        raise InputProblem(f"{path} holds numbers that are not finite; its training failed")
    encoder.load_state_dict(tensors)
