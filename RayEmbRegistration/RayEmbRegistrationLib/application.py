"""What an application does around a registration: choose the device, keep prepared CTs, render DRRs to look at.

No thread, no widget: all of it takes ``progress`` and ``cancelled`` and can run in any thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from RayEmbRegistrationLib.ct.plausibility import check_is_ct, repaired_overflow
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.registration import (
    PreparedCT,
    PrepareSettings,
    RegistrationResult,
    RegistrationSettings,
    XrayView,
    prepare,
    register,
)

DEVICES = ("auto", "cpu", "cuda", "mps")
PREPARING = 0.3  # share of the progress when the CT has to be prepared first
CACHE_VERSION = 1
Report = Callable[[float, str], None]
Answer = TypeVar("Answer")


def chosen_device(name: str = "auto") -> str:
    """The torch device for a choice among DEVICES: with "auto" a graphics card where there is one.

    Raises:
        ValueError: the machine lacks it.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return "cuda" if available["cuda"] else "cpu"
    if not available.get(name):
        raise ValueError(f"this computer offers no {name} to PyTorch; choose auto or cpu")
    return name


def device_in_words(name: str) -> str:
    """What to call a torch device."""
    if name.startswith("cuda"):
        return f"graphics card ({torch.cuda.get_device_name()})"
    return {"mps": "graphics card (Apple)"}.get(name, "processor (no graphics card is used)")


def with_fallback(work: Callable[[str], Answer], device: str, report: Report) -> tuple[Answer, str, tuple[str, ...]]:
    """Do something on a device, and on the processor where the device's memory does not suffice.

    Returns:
        What the work returned, the device it was done on, and a remark where that is another one.
    """
    try:
        return work(device), device, ()
    except (torch.OutOfMemoryError, RuntimeError) as error:
        is_memory = isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error).lower()
        if device == "cpu" or not is_memory:
            raise
    torch.cuda.empty_cache()
    note = "The graphics card's memory did not suffice; the processor was used instead, which is slower."
    report(0.0, "the graphics card's memory does not suffice; going on with the processor")
    return work("cpu"), "cpu", (note,)


@dataclass(frozen=True, eq=False)
class CheckedCT:
    """A CT whose numbers were found to be Hounsfield units, and remarks on what was repaired."""

    volume: CTVolume
    notes: tuple[str, ...]


def checked_ct(volume: CTVolume, name: str) -> CheckedCT:
    """Refuse what is no CT with bone in it, and repair the overflow that can be repaired.

    Raises:
        ValueError: not a CT in Hounsfield units.
    """
    values, notes = repaired_overflow(volume.hu, name)
    voxel_mm3 = float(abs(np.linalg.det(volume.ras_from_ijk[:3, :3])))
    notes = notes + check_is_ct(values, voxel_mm3, name)
    return CheckedCT(replace(volume, hu=values), tuple(notes))


def content_key(volume: CTVolume, settings: PrepareSettings) -> str:
    """A name for what ``prepare`` makes of a CT, from its voxels, place and labels and from the settings that matter."""
    digest = hashlib.blake2b(digest_size=16)
    about = (CACHE_VERSION, volume.hu.shape, str(volume.hu.dtype), settings.view, settings.depth_mm, settings.seed)
    digest.update(repr(about).encode())
    digest.update(np.ascontiguousarray(volume.ras_from_ijk).tobytes())
    for array in (volume.hu, volume.labels):
        if array is not None:
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()


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
            ValueError: no bone, or an unknown view prior.
            Cancelled: when asked to stop.
        """
        key = content_key(volume, settings)
        found = self._kept.get((key, settings.device)) or self._load(key, settings)
        if found is None or (settings.bank and found.bank is None):
            found = prepare(volume, settings, progress, cancelled)
            self._save(key, found)
        self._keep(key, settings.device, found)
        return found

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


@dataclass(frozen=True, eq=False)
class Request:
    """A registration to do, without anything of the application's.

    Attributes:
        ct: its CT.
        views: its X-rays.
        settings: of the registration.
        device: a key of DEVICES.
        ct_name: for messages.
    """

    ct: CTVolume
    views: tuple[XrayView, ...] = ()
    settings: RegistrationSettings = field(default_factory=RegistrationSettings)
    device: str = "auto"
    ct_name: str = "the CT"

    @property
    def needs_bank(self) -> bool:
        """Whether a pose has to be searched for."""
        return not self.views or any(view.start is None and view.points_ras is None for view in self.views)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a request came to.

    Attributes:
        prepared: the CT, prepared.
        result: of the registration, or None where only the CT was to be prepared.
        device: where it was computed.
        notes: what the user should know, one sentence each.
    """

    prepared: PreparedCT
    result: RegistrationResult | None
    device: str
    notes: tuple[str, ...]


def carry_out(
    request: Request,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Callable | None = None,
) -> Outcome:
    """Prepare the CT where that was not done before, and register where there are X-rays.

    Raises:
        ValueError: input that cannot be registered, with what to do about it.
        Cancelled: when asked to stop.
    """
    report = progress or (lambda *_: None)
    report(0.0, "checking the CT")
    checked = checked_ct(request.ct, request.ct_name)
    prepare_settings = PrepareSettings(view=request.settings.view or "ap", bank=request.needs_bank)
    end_of_preparing = PREPARING if request.views else 1.0

    def work(device: str) -> tuple[PreparedCT, RegistrationResult | None]:
        settings = replace(prepare_settings, device=device)
        prepared = cache.get(checked.volume, settings, _part(report, 0.0, end_of_preparing), cancelled)
        if not request.views:
            return prepared, None
        share = _part(report, end_of_preparing, 1.0)
        return prepared, register(prepared, request.views, request.settings, share, cancelled, preview)

    (prepared, result), device, notes = with_fallback(work, chosen_device(request.device), report)
    own = result.notes if result is not None else prepared.notes
    return Outcome(prepared, result, device, (*checked.notes, *own, *notes))


def drr_to_look_at(prepared: PreparedCT, pose: RigidTransform, camera: Camera, largest_side: int = 320) -> np.ndarray:
    """(h, w) float32 line integrals of bone over a camera's whole field, at most ``largest_side`` pixels wide or high."""
    scale = min(1.0, largest_side / max(camera.image_size))
    small = camera.resample(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
    # A ray needs no finer voxels than the pixels of the picture are at the bone.
    pixel_mm = small.pixel_spacing_mm[0] * max(pose.apply(prepared.center_ras)[2], 1.0) / camera.source_to_detector_mm
    reduction = 2 if pixel_mm > 1.5 * prepared.voxel_mm else 1
    with torch.no_grad():
        return prepared.projector(reduction).render(pose, small)[0].cpu().numpy()


def _part(report: Report, start: float, end: float) -> Report:
    return lambda share, stage: report(start + (end - start) * share, stage)
