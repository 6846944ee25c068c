"""Prepared CTs found again by their content, and the check that a CT is one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.detector.weights import shipped_weights_path
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import PreparedCT, PrepareSettings, prepare
from RayEmbRegistrationLib.volumes.plausibility import check_is_ct, repaired_overflow

from .devices import Report

CACHE_VERSION = 1


@dataclass(frozen=True, eq=False)
class CheckedCT:
    """A CT whose numbers were found to be Hounsfield units, and remarks on what was repaired."""

    volume: CTVolume
    notes: tuple[str, ...]


def checked_ct(volume: CTVolume, name: str) -> CheckedCT:
    """Refuse what is no CT with bone in it, and repair the overflow that can be repaired.

    Raises:
        InputProblem: not a CT in Hounsfield units.
    """
    if np.issubdtype(volume.hu.dtype, np.floating) and not np.isfinite(volume.hu).all():
        raise InputProblem(f"{name} holds voxels that are not numbers (NaN or infinite); export it again")
    values, notes = repaired_overflow(volume.hu, name)
    voxel_mm3 = float(abs(np.linalg.det(volume.ras_from_ijk[:3, :3])))
    notes = notes + check_is_ct(values, voxel_mm3, name)
    return CheckedCT(replace(volume, hu=values), tuple(notes))


def content_key(volume: CTVolume, settings: PrepareSettings) -> str:
    """A name for what ``prepare`` makes of a CT, from its voxels, place and labels and from the settings that matter."""
    digest = hashlib.blake2b(digest_size=16)
    about = (CACHE_VERSION, volume.hu.shape, str(volume.hu.dtype), settings.view, settings.depth_mm, settings.seed)
    digest.update(repr(about).encode())
    digest.update(_identity_of_weights(settings))
    digest.update(np.ascontiguousarray(volume.ras_from_ijk).tobytes())
    for array in (volume.hu, volume.labels):
        if array is not None:
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()


def _identity_of_weights(settings: PrepareSettings) -> bytes:
    """Of the weights file that ``prepare`` would use, by its content; empty where it would use none."""
    path = shipped_weights_path() if settings.weights is None else Path(settings.weights)
    return hashlib.blake2b(path.read_bytes()).digest() if path.is_file() else str(settings.weights).encode()


class PreparedCache:
    """Prepared CTs by their content: the last ones in memory, all of them as files in one folder."""

    def __init__(self, folder: Path | None = None, in_memory: int = 3) -> None:
        self.folder = folder
        self._in_memory = in_memory
        self._kept: dict[tuple[str, str], PreparedCT] = {}

    def get(
        self,
        volume: CTVolume,
        settings: PrepareSettings,
        progress: Report | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> PreparedCT:
        """The CT prepared as asked: found again where it was prepared before, else prepared now and kept.

        Raises:
            InputProblem: no bone, or an unknown view prior.
            Cancelled: when asked to stop.
        """
        key = content_key(volume, settings)
        found = self._kept.get((key, settings.device)) or self._load(key, settings)
        if found is None or (settings.bank and found.bank is None):
            found = prepare(volume, settings, progress, cancelled)
            self._save(key, found)
        self._keep(key, settings.device, found)
        return found

    def put(self, volume: CTVolume, settings: PrepareSettings, prepared: PreparedCT) -> None:
        """Keep something better than ``prepare`` makes, such as with a detector trained for the patient."""
        key = content_key(volume, settings)
        self._keep(key, settings.device, prepared)
        self._save(key, prepared)

    def has(self, volume: CTVolume, settings: PrepareSettings) -> bool:
        """Whether the CT was prepared so before."""
        key = content_key(volume, settings)
        return (key, settings.device) in self._kept or (self.folder is not None and self._path(key).exists())

    def size_bytes(self) -> int:
        """What the files take."""
        return sum(path.stat().st_size for path in self._files())

    def clear(self) -> None:
        """Forget everything and delete the files."""
        self._kept.clear()
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> Sequence[Path]:
        return sorted(self.folder.glob("prepared-*.npz")) if self.folder is not None and self.folder.is_dir() else []

    def _path(self, key: str) -> Path:
        return self.folder / f"prepared-{key}.npz"

    def _load(self, key: str, settings: PrepareSettings) -> PreparedCT | None:
        if self.folder is None or not self._path(key).exists():
            return None
        try:
            return PreparedCT.load(self._path(key), settings.device)
        except ValueError:  # damaged, or of another version: it is made again
            return None

    def _save(self, key: str, prepared: PreparedCT) -> None:
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            prepared.save(self._path(key))
        except OSError:  # a full or protected disk costs time the next time, nothing else
            self._path(key).unlink(missing_ok=True)

    def _keep(self, key: str, device: str, prepared: PreparedCT) -> None:
        self._kept.pop((key, device), None)
        self._kept[key, device] = prepared
        while len(self._kept) > self._in_memory:
            del self._kept[next(iter(self._kept))]
