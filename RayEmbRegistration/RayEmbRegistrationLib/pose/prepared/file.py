"""A prepared CT as one file: NumPy's .npz without pickle, the encoder's own file among its arrays."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from RayEmbRegistrationLib.detector.networks.encoder import Encoder, SmallEncoder
from RayEmbRegistrationLib.detector.networks.fixed_landmarks import FixedLandmarks
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceNetwork
from RayEmbRegistrationLib.detector.templates import TemplateSets
from RayEmbRegistrationLib.detector.weights import load_encoder, weights_content
from RayEmbRegistrationLib.files.writing import write_atomically
from RayEmbRegistrationLib.problems import InputProblem

from .soft_tissue import SoftTissue
from .template_library import TemplateLibrary

FORMAT = "RayEmbRegistration prepared CT 1"
TEMPLATES = "templates_"  # before the names of their arrays
DENSE = ("encoder", TEMPLATES + "point_embeddings", "fixed_landmarks", "reconstruction")
"""Trained numbers, which compressing makes a tenth smaller and takes most of the time: stored as they are."""
MOST_BYTES = 3 * 2**30  # decompressed; a whole pelvis at full resolution takes a tenth of it


class DamagedFileError(InputProblem):
    """The file is damaged, or no prepared CT of this version; nothing that reading it again would change."""


class Prepared(Protocol):
    """What a prepared CT holds; see ``PreparedCT``, which is one."""

    @property
    def attenuation(self) -> torch.Tensor: ...  # noqa: D102
    @property
    def ras_from_ijk(self) -> np.ndarray: ...  # noqa: D102
    @property
    def labels(self) -> np.ndarray | None: ...  # noqa: D102
    @property
    def bone_points_ras(self) -> np.ndarray: ...  # noqa: D102
    @property
    def library(self) -> TemplateLibrary | None: ...  # noqa: D102
    @property
    def view(self) -> str: ...  # noqa: D102
    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def templates(self) -> TemplateSets | None: ...  # noqa: D102
    @property
    def encoder(self) -> Encoder | None: ...  # noqa: D102
    @property
    def encoder_about(self) -> dict[str, Any]: ...  # noqa: D102
    @property
    def fixed(self) -> FixedLandmarks | None: ...  # noqa: D102
    @property
    def surfaces(self) -> SurfaceNetwork | None: ...  # noqa: D102
    @property
    def soft_tissue(self) -> SoftTissue | None: ...  # noqa: D102


def write(prepared: Prepared, path: str | os.PathLike[str]) -> None:
    """Write the file, whole or not at all."""
    arrays = {
        "attenuation": prepared.attenuation.cpu().numpy(),
        "ras_from_ijk": prepared.ras_from_ijk,
        "bone_points_ras": prepared.bone_points_ras.astype(np.float32),
        "about": np.array(json.dumps({"format": FORMAT, "view": prepared.view, "notes": prepared.notes})),
    }
    if prepared.labels is not None:
        arrays["labels"] = prepared.labels
    if prepared.library is not None:
        arrays["library_images"] = prepared.library.images.cpu().numpy().astype(np.float16)
        arrays["library_rotations"] = prepared.library.rotations
        arrays["library_scale"] = np.array([prepared.library.pixel_mm, prepared.library.depth_mm])
    if prepared.templates is not None and isinstance(prepared.encoder, torch.nn.Module):
        arrays |= {TEMPLATES + name: array for name, array in prepared.templates.arrays().items()}
        arrays["encoder"] = _bytes_of(prepared.encoder, prepared.encoder_about)
    if prepared.fixed is not None:
        arrays["fixed_landmarks"] = _bytes_of(prepared.fixed.network, prepared.fixed.about())
    if prepared.surfaces is not None:
        arrays["reconstruction"] = _bytes_of(prepared.surfaces.network, prepared.surfaces.about())
    if prepared.soft_tissue is not None:
        arrays["soft_tissue"] = prepared.soft_tissue.attenuation.cpu().numpy().astype(np.float16)
        arrays["soft_tissue_ras_from_ijk"] = prepared.soft_tissue.ras_from_ijk

    def save(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name, array in arrays.items():
                member = zipfile.ZipInfo(f"{name}.npy")
                member.compress_type = zipfile.ZIP_STORED if name in DENSE else zipfile.ZIP_DEFLATED
                with archive.open(member, "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)

    write_atomically(Path(path), save)


def read(path: str | os.PathLike[str], device: str) -> dict[str, Any]:
    """Fields of the PreparedCT by name.

    Raises:
        DamagedFileError: the file is damaged or of another kind.
        InputProblem: it is missing or may not be read.
        MemoryError: it is sound, and memory does not suffice now.
    """
    path = Path(path)
    arrays = _arrays(path)
    about = _about(arrays, path)
    templates, encoder, encoder_about = _detector(arrays, device, path)
    return {
        "attenuation": torch.as_tensor(arrays["attenuation"], device=device),
        "ras_from_ijk": arrays["ras_from_ijk"],
        "labels": arrays.get("labels"),
        "bone_points_ras": arrays["bone_points_ras"].astype(np.float64),
        "library": _library(arrays, device),
        "view": str(about["view"]),
        "notes": tuple(str(note) for note in about["notes"]),
        "templates": templates,
        "encoder": encoder,
        "encoder_about": encoder_about,
        "fixed": _fixed(arrays, device, path),
        "surfaces": _surfaces(arrays, device, path),
        "soft_tissue": _soft_tissue(arrays, device),
    }


def is_trained_for_patient(about: Mapping[str, Any]) -> bool:
    """Whether an encoder, by what is known about its weights, was trained on one CT (``registration.fine_tune``)."""
    return str(about.get("trained_on", "")).startswith("one CT")


def set_aside(path: Path) -> str:
    """Rename a file that cannot be read to a free name beside it: it may hold what was trained for hours; returns a note."""
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    try:
        path.rename(aside)
    except FileNotFoundError:  # another program did so
        return f"the prepared CT {path.name} could not be read and was set aside by another program"
    except OSError as error:
        return f"the prepared CT {path} could not be read nor set aside ({error.strerror}); it is left as it is"
    return f"the prepared CT {path.name} could not be read; it was set aside as {aside.name} and made again"


def _damaged(path: Path) -> DamagedFileError:
    return DamagedFileError(f"{path} is not a prepared CT of this version, or damaged; make it again with the verb prepare")


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the archive, each as long as it says and as its checksum has it."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would be waited for
        raise InputProblem(f"{path} is not a file; give one that the verb prepare wrote")
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise _damaged(path)
            return {_name_of(member): _array(archive, member) for member in members}
    except FileNotFoundError:
        raise InputProblem(f"{path} does not exist; make it with the verb prepare") from None
    except (MemoryError, InputProblem):
        raise
    except IsADirectoryError:
        raise _damaged(path) from None
    except OSError as error:
        if error.errno is None:  # zipfile's own, not the system's
            raise _damaged(path) from error
        raise InputProblem(f"the prepared CT {path} cannot be read ({error.strerror}); check its permissions") from error
    except Exception as error:
        raise _damaged(path) from error


def _name_of(member: zipfile.ZipInfo) -> str:
    """An array's name; in files of version 0.1.0 the template library is called a bank."""
    return re.sub(r"^bank_", "library_", member.filename.removesuffix(".npy"))


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array; EOFError where its size is not what it says, before memory is taken for it."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_header(file)
        if dtype.hasobject or math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
            raise EOFError(member.filename)
        content = bytearray(file.read())
    array: np.ndarray = np.frombuffer(content, dtype=dtype) if content else np.empty(0, dtype=dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")


def _about(arrays: Mapping[str, np.ndarray], path: Path) -> dict[str, Any]:
    """What the file says of itself; also whether its arrays fit each other.

    Raises:
        DamagedFileError: of another version or kind, or they do not.
    """
    try:
        about: dict[str, Any] = json.loads(str(arrays["about"]))
        block, matrix, points = arrays["attenuation"], arrays["ras_from_ijk"], arrays["bone_points_ras"]
        fits = about["format"] == FORMAT and isinstance(about["view"], str) and isinstance(about["notes"], list)
        fits &= block.ndim == 3 and block.dtype == np.float32 and matrix.shape == (4, 4) and points.shape[1:] == (3,)
        fits &= len(points) > 0 and bool(np.isfinite(matrix).all() and np.isfinite(points).all())
        fits &= "labels" not in arrays or arrays["labels"].shape == block.shape
        if "library_images" in arrays:
            images, rotations, scale = (arrays[f"library_{name}"] for name in ("images", "rotations", "scale"))
            fits &= images.ndim == 3 and rotations.shape == (len(images), 3, 3) and scale.shape == (2,)
        if "soft_tissue" in arrays:
            around, matrix = arrays["soft_tissue"], arrays["soft_tissue_ras_from_ijk"]
            fits &= around.ndim == 3 and around.dtype == np.float16 and matrix.shape == (4, 4)
            fits &= bool(np.isfinite(matrix).all() and np.isfinite(around).all())
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise _damaged(path) from error
    if not fits:
        raise _damaged(path)
    return about


def _library(arrays: Mapping[str, np.ndarray], device: str) -> TemplateLibrary | None:
    if "library_images" not in arrays:
        return None
    pixel_mm, depth_mm = arrays["library_scale"].tolist()
    images = torch.as_tensor(arrays["library_images"].astype(np.float32), device=device)
    return TemplateLibrary(images, arrays["library_rotations"], pixel_mm, depth_mm)


def _soft_tissue(arrays: Mapping[str, np.ndarray], device: str) -> SoftTissue | None:
    if "soft_tissue" not in arrays:
        return None
    values = torch.as_tensor(arrays["soft_tissue"].astype(np.float32), device=device)
    return SoftTissue(values, arrays["soft_tissue_ras_from_ijk"])


def _detector(
    arrays: Mapping[str, np.ndarray], device: str, path: Path
) -> tuple[TemplateSets | None, Encoder | None, dict[str, Any]]:
    """Templates, and the encoder that made them with what is known about its weights."""
    if "encoder" not in arrays:
        return None, None, {}
    own = {key.removeprefix(TEMPLATES): arrays[key] for key in arrays if key.startswith(TEMPLATES)}
    try:
        templates = TemplateSets.from_arrays(own, device)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise _damaged(path) from error
    return templates, *_network_of(arrays["encoder"], device, path)


def _fixed(arrays: Mapping[str, np.ndarray], device: str, path: Path) -> FixedLandmarks | None:
    if "fixed_landmarks" not in arrays:
        return None
    network, about = _network_of(arrays["fixed_landmarks"], device, path)
    if not isinstance(network, SmallEncoder):
        raise _damaged(path)
    try:
        return FixedLandmarks.from_weights(network, about)
    except InputProblem as error:
        raise _damaged(path) from error


def _surfaces(arrays: Mapping[str, np.ndarray], device: str, path: Path) -> SurfaceNetwork | None:
    if "reconstruction" not in arrays:
        return None
    try:
        return SurfaceNetwork.from_weights(*_network_of(arrays["reconstruction"], device, path))
    except InputProblem as error:
        raise _damaged(path) from error


def _network_of(content: np.ndarray, device: str, path: Path) -> tuple[Encoder, dict[str, Any]]:
    """What ``_bytes_of`` wrote."""
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "encoder.safetensors"
        weights.write_bytes(content.tobytes())
        try:
            return load_encoder(weights, device)
        except InputProblem as error:
            raise _damaged(path) from error


def _bytes_of(encoder: Encoder, about: dict[str, Any]) -> np.ndarray:
    """(n,) uint8: the weights as their own file holds them."""
    return np.frombuffer(weights_content(encoder, about), dtype=np.uint8)
