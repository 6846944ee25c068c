"""Prepared CTs found again by their content; several programs may share one folder of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.detector.weights import shipped_weights_path
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.prepared.file import DamagedFileError, set_aside
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import PreparedCT, PrepareSettings, prepare

from .devices import Report

if TYPE_CHECKING:
    from filelock import FileLock

CACHE_VERSION = 2  # raised when the same CT would be prepared otherwise, so that older files are not found
_LOG = logging.getLogger(__name__)
_NO_WEIGHTS = "none"
_LOCK_SECONDS = 60.0  # a save takes a second or two


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
    """Prepared CTs by their content: the last ones in memory, all of them as files in one folder.

    What was trained for a patient is never replaced by what was merely prepared, and a file that cannot be read is set
    aside under another name, never overwritten. Programs that share the folder wait for each other's saves.
    """

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

        Its notes tell where a file was set aside or could not be kept.

        Raises:
            InputProblem: no bone, or an unknown view prior.
            MemoryError: a file is sound, and memory does not suffice now.
            Cancelled: when asked to stop.
        """
        key = content_key(volume, settings)
        found = self._kept.get((key, settings.device))
        notes: list[str] = []
        if found is None:
            found, notes = self._load(key, settings.device)
        if found is None or (settings.library and found.library is None):
            found = self._completed(volume, settings, found, progress, cancelled)
            found, problems = self._save(key, found, settings.device)
            notes += problems
        self._keep(key, settings.device, found)
        return replace(found, notes=(*found.notes, *notes)) if notes else found

    def put(self, volume: CTVolume, settings: PrepareSettings, prepared: PreparedCT) -> tuple[str, ...]:
        """Keep something better than ``prepare`` makes, such as with a detector trained for the patient.

        Returns:
            Why it could not be kept as a file, where that is so.
        """
        key = content_key(volume, settings)
        self._keep(key, settings.device, prepared)
        return tuple(self._save(key, prepared, settings.device, is_better=True)[1])

    def has(self, volume: CTVolume, settings: PrepareSettings) -> bool:
        """Whether the CT was prepared so before."""
        key = content_key(volume, settings)
        path = self._path(key)
        return (key, settings.device) in self._kept or (path is not None and path.exists())

    def size_bytes(self) -> int:
        """What the files take."""
        return sum(path.stat().st_size for path in self._files())

    def clear(self) -> None:
        """Forget everything and delete the files, those set aside as well."""
        self._kept.clear()
        for path in self._files():
            path.unlink(missing_ok=True)

    def _files(self) -> Sequence[Path]:
        return sorted(self.folder.glob("prepared-*.npz*")) if self.folder is not None and self.folder.is_dir() else []

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / f"prepared-{key}.npz"

    def _completed(
        self,
        volume: CTVolume,
        settings: PrepareSettings,
        found: PreparedCT | None,
        progress: Report | None,
        cancelled: Callable[[], bool] | None,
    ) -> PreparedCT:
        """The CT prepared now; only the library is new where the rest, with its detector, was found."""
        if found is None or found.encoder is None:
            return prepare(volume, settings, progress, cancelled)
        library = prepare(volume, replace(settings, weights=_NO_WEIGHTS), progress, cancelled).library
        return replace(found, library=library)

    def _load(self, key: str, device: str, locked: bool = False) -> tuple[PreparedCT | None, list[str]]:
        """What the file holds, None where there is none; and a note where it was set aside because it is damaged."""
        path = self._path(key)
        if path is None or not path.exists():
            return None, []
        try:
            return PreparedCT.load(path, device), []
        except DamagedFileError as error:
            if locked:
                _LOG.warning("%s", error)
                return None, [set_aside(path)]
        except InputProblem as error:  # it may be sound, and is left as it is
            _LOG.warning("%s", error)
            return None, [str(error)]
        try:
            with _lock_of(path):  # another program may have mended it meanwhile
                return self._load(key, device, locked=True)
        except OSError as error:
            return None, [f"the prepared CT {path.name} could not be read, nor its lock taken: {error}"]

    def _save(self, key: str, prepared: PreparedCT, device: str, is_better: bool = False) -> tuple[PreparedCT, list[str]]:
        """Write the file, unless another program wrote what is as good meanwhile; returns what is to be used, and notes."""
        path = self._path(key)
        if path is None:
            return prepared, []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _lock_of(path):
                there, notes = (None, []) if is_better else self._load(key, device, locked=True)
                if there is not None:
                    if prepared.library is None or there.library is not None:
                        return there, notes
                    if there.encoder is not None:
                        prepared = replace(there, library=prepared.library)
                elif path.exists() and not is_better:
                    return prepared, notes  # it could neither be read nor set aside
                prepared.save(path)
                return prepared, notes
        except (OSError, InputProblem) as error:  # costs time the next time, nothing else
            note = f"the prepared CT could not be kept in {self.folder}: {error}"
            _LOG.warning("%s", note)
            return prepared, [note]

    def _keep(self, key: str, device: str, prepared: PreparedCT) -> None:
        self._kept.pop((key, device), None)
        self._kept[key, device] = prepared
        while len(self._kept) > self._in_memory:
            del self._kept[next(iter(self._kept))]


def _lock_of(path: Path) -> FileLock:
    """What programs that write this file wait for; an OSError (filelock's Timeout) where that takes too long."""
    from filelock import FileLock  # comes with PyTorch

    return FileLock(f"{path}.lock", timeout=_LOCK_SECONDS)
