"""A prepared CT as one file: NumPy's .npz without pickle, the encoder's own file among its arrays."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import FixedLandmarks
from RayEmbRegistrationLib.detector.templates import TemplateSets
from RayEmbRegistrationLib.detector.weights import load_encoder, save_weights
from RayEmbRegistrationLib.files.writing import write_atomically
from RayEmbRegistrationLib.problems import InputProblem

from .template_library import TemplateLibrary

if TYPE_CHECKING:
    from .prepare import PreparedCT

FORMAT = "RayEmbRegistration prepared CT 1"
TEMPLATES = "templates_"  # before the names of their arrays


def write(prepared: PreparedCT, path: str | os.PathLike) -> None:
    """Write the file, whole or not at all."""
    arrays = {
        "attenuation": prepared.attenuation.cpu().numpy(),
        "ras_from_ijk": prepared.ras_from_ijk,
        "bone_points_ras": prepared.bone_points_ras.astype(np.float32),
        "about": np.array(json.dumps({"format": FORMAT, "view": prepared.view, "notes": prepared.notes})),
    }
    if prepared.labels is not None:
        arrays["labels"] = prepared.labels
    if prepared.bank is not None:
        arrays["bank_images"] = prepared.bank.images.cpu().numpy().astype(np.float16)
        arrays["bank_rotations"] = prepared.bank.rotations
        arrays["bank_scale"] = np.array([prepared.bank.pixel_mm, prepared.bank.depth_mm])
    if prepared.templates is not None:
        arrays |= {TEMPLATES + name: array for name, array in prepared.templates.arrays().items()}
        arrays["encoder"] = _bytes_of(prepared.encoder, prepared.encoder_about)
    if prepared.fixed is not None:
        arrays["fixed_landmarks"] = _bytes_of(prepared.fixed.network, prepared.fixed.about())

    def save(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)

    write_atomically(path, save)


def read(path: str | os.PathLike, device: str) -> dict[str, Any]:
    """Fields of the PreparedCT by name.

    Raises:
        InputProblem: the file is missing, damaged or of another kind.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            if about.get("format") != FORMAT:
                raise KeyError("format")
            templates, encoder, encoder_about = _detector(arrays, device)
            return {
                "attenuation": torch.as_tensor(arrays["attenuation"], device=device),
                "ras_from_ijk": arrays["ras_from_ijk"],
                "labels": arrays.get("labels"),
                "bone_points_ras": arrays["bone_points_ras"].astype(np.float64),
                "bank": _bank(arrays, device),
                "view": about["view"],
                "notes": tuple(about["notes"]),
                "templates": templates,
                "encoder": encoder,
                "encoder_about": encoder_about,
                "fixed": _fixed(arrays, device),
            }
    except FileNotFoundError:
        raise InputProblem(f"{path} does not exist; make it with the verb prepare") from None
    except Exception as error:
        raise InputProblem(f"{path} is not a prepared CT of this version; make it again with the verb prepare") from error


def _bank(arrays: Mapping[str, np.ndarray], device: str) -> TemplateLibrary | None:
    if "bank_images" not in arrays:
        return None
    pixel_mm, depth_mm = arrays["bank_scale"].tolist()
    images = torch.as_tensor(arrays["bank_images"].astype(np.float32), device=device)
    return TemplateLibrary(images, arrays["bank_rotations"], pixel_mm, depth_mm)


def _detector(arrays: Mapping[str, np.ndarray], device: str) -> tuple[TemplateSets | None, Encoder | None, dict]:
    """Templates, and the encoder that made them with what is known about its weights."""
    if "encoder" not in arrays:
        return None, None, {}
    own = {key.removeprefix(TEMPLATES): arrays[key] for key in arrays if key.startswith(TEMPLATES)}
    return TemplateSets.from_arrays(own, device), *_network_of(arrays["encoder"], device)


def _fixed(arrays: Mapping[str, np.ndarray], device: str) -> FixedLandmarks | None:
    if "fixed_landmarks" not in arrays:
        return None
    return FixedLandmarks.from_weights(*_network_of(arrays["fixed_landmarks"], device))


def _network_of(content: np.ndarray, device: str) -> tuple[Encoder, dict]:
    """What ``_bytes_of`` wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.safetensors"
        path.write_bytes(content.tobytes())
        return load_encoder(path, device)


def _bytes_of(encoder: Encoder, about: dict) -> np.ndarray:
    """(n,) uint8: the weights as their own file holds them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.safetensors"
        save_weights(path, encoder, about)
        return np.frombuffer(path.read_bytes(), dtype=np.uint8)
