"""What an application does around a registration: choose the device, keep prepared CTs, render DRRs to look at.

No thread, no widget: all of it takes ``progress`` and ``cancelled`` and can run in any thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from RayEmbRegistrationLib.ct.plausibility import check_is_ct, repaired_overflow
from RayEmbRegistrationLib.detector.heat_map import Bone, HeatMap, heat_map
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.detector.weights import shipped_weights_path
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.pose.from_landmarks import template_finder
from RayEmbRegistrationLib.pose.start import depth_from_geometry
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS
from RayEmbRegistrationLib.registration import (
    PreparedCT,
    PrepareSettings,
    RegistrationResult,
    RegistrationSettings,
    XrayView,
    fine_tune,
    prepare,
    register,
)
from RayEmbRegistrationLib.xray.conditioning import condition, find_field

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
    if np.issubdtype(volume.hu.dtype, np.floating) and not np.isfinite(volume.hu).all():
        raise ValueError(f"{name} holds voxels that are not numbers (NaN or infinite); export it again")
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


@dataclass(frozen=True)
class CArmStart:
    """Where a C-arm's display says that an X-ray was taken from; angles in degrees as in ``geometry.c_arm``."""

    primary_deg: float
    secondary_deg: float
    in_plane_deg: float
    source_to_bone_mm: float

    def pose(self, center_ras: np.ndarray) -> RigidTransform:
        """camera_from_ras with the beam through the bone's centre."""
        angles = (self.primary_deg, self.secondary_deg, self.in_plane_deg)
        return camera_from_ras_of_c_arm(*angles, center_ras, self.source_to_bone_mm)


@dataclass(frozen=True, eq=False)
class Request:
    """A registration to do, without anything of the application's.

    Attributes:
        ct: its CT.
        views: its X-rays.
        settings: of the registration.
        device: a key of DEVICES.
        ct_name: for messages.
        angles: of the C-arm, for each view or None: start poses that need the bone's centre.
        weights: file of the landmark detector; None for those that come with the module.
    """

    ct: CTVolume
    views: tuple[XrayView, ...] = ()
    settings: RegistrationSettings = field(default_factory=RegistrationSettings)
    device: str = "auto"
    ct_name: str = "the CT"
    angles: tuple[CArmStart | None, ...] = ()
    weights: str | None = None

    def prepare_settings(self, device: str) -> PrepareSettings:
        """How its CT is to be prepared."""
        return PrepareSettings(view=self.settings.view or "ap", bank=self.needs_bank, device=device, weights=self.weights)

    @property
    def needs_bank(self) -> bool:
        """Whether a pose has to be searched for."""
        angles = self.angles or (None,) * len(self.views)
        known = [
            v.start is not None or v.points_ras is not None or a is not None for v, a in zip(self.views, angles, strict=True)
        ]
        in_rig = len(known) > 1 and all(view.camera_from_rig is not None for view in self.views)
        return not (any(known) if in_rig else known and all(known))

    def views_with_starts(self, center_ras: np.ndarray) -> tuple[XrayView, ...]:
        """The views, with the start poses that follow from C-arm angles."""
        if not self.angles:
            return self.views
        return tuple(
            view if start is None or view.start is not None else replace(view, start=start.pose(center_ras))
            for view, start in zip(self.views, self.angles, strict=True)
        )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a request came to.

    Attributes:
        prepared: the CT, prepared.
        result: of the registration, or None where only the CT was to be prepared.
        device: where it was computed.
        notes: what the user should know, one sentence each.
        views: what was registered, with the start poses used.
        drrs: a picture for each view, under the pose found.
    """

    prepared: PreparedCT
    result: RegistrationResult | None
    device: str
    notes: tuple[str, ...]
    views: tuple[XrayView, ...] = ()
    drrs: tuple[np.ndarray, ...] = ()

    def stored_camera(self, number: int) -> Camera:
        """The camera that projects onto a view's pixels as they are stored, under the pose found."""
        return stored_camera(self.views[number].camera, self.result.views[number].mirrored)


def carry_out(
    request: Request,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
    preview: Callable[[PreparedCT, Mapping[int, RigidTransform]], None] | None = None,
) -> Outcome:
    """Prepare the CT where that was not done before, and register where there are X-rays.

    Args:
        request: what to do.
        cache: of prepared CTs.
        progress: called with (share done, stage in words).
        cancelled: asked now and then; True stops with ``Cancelled``.
        preview: called with the prepared CT and the poses while they improve.

    Raises:
        ValueError: input that cannot be registered, with what to do about it.
        Cancelled: when asked to stop.
    """
    report = progress or (lambda *_: None)
    report(0.0, "checking the CT")
    checked = checked_ct(request.ct, request.ct_name)
    end_of_preparing = PREPARING if request.views else 1.0

    def work(device: str) -> tuple[PreparedCT, tuple[XrayView, ...], RegistrationResult | None]:
        settings = request.prepare_settings(device)
        prepared = cache.get(checked.volume, settings, _part(report, 0.0, end_of_preparing), cancelled)
        views = request.views_with_starts(prepared.center_ras)
        if not views:
            return prepared, (), None
        share = _part(report, end_of_preparing, 1.0)
        shown = None if preview is None else lambda poses: preview(prepared, poses)
        return prepared, views, register(prepared, views, request.settings, share, cancelled, shown)

    (prepared, views, result), device, notes = with_fallback(work, chosen_device(request.device), report)
    own, drrs = prepared.notes, ()
    if result is not None:
        own = result.notes
        drrs = tuple(
            drr_to_look_at(prepared, found.camera_from_ras, stored_camera(view.camera, found.mirrored), bones=found.bones)
            for found, view in zip(result.views, views, strict=True)
        )
    return Outcome(prepared, result, device, (*checked.notes, *own, *notes), views, drrs)


def train_for_patient(
    request: Request,
    minutes: float,
    cache: PreparedCache,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PreparedCT:
    """Let the detector learn a CT; the cache then hands out the CT as prepared by what was learnt.

    Args:
        request: whose CT; its X-rays do not matter.
        minutes: time budget.
        cache: of prepared CTs.
        progress: called with (share done, stage in words with the landmark error).
        cancelled: asked now and then; True ends the training and keeps what was learnt.

    Raises:
        ValueError: the CT cannot be used.
        Cancelled: stopped before the training began.
    """
    report = progress or (lambda *_: None)
    checked = checked_ct(request.ct, request.ct_name)

    def work(device: str) -> PreparedCT:
        settings = replace(request, views=()).prepare_settings(device)
        prepared = cache.get(checked.volume, settings, _part(report, 0.0, 0.1), cancelled)
        tuned = fine_tune(prepared, minutes, _part(report, 0.1, 1.0), cancelled, request.settings.seed)
        cache.put(checked.volume, settings, tuned)
        return tuned

    return with_fallback(work, chosen_device(request.device), report)[0]


def detect_landmarks(prepared: PreparedCT, view: XrayView, in_plane_deg: float | None = None) -> Landmarks:
    """Where an X-ray shows the bone's points, by the most likely view of the prior; nothing of the pose is known.

    Raises:
        ValueError: the CT was prepared without landmarks.
    """
    turn = VIEW_PRIORS[prepared.view].in_plane_deg if in_plane_deg is None else in_plane_deg
    finder = template_finder(prepared, turn)
    field = find_field(view.pixels, view.invalid, view.name)
    polarities = (False, True) if view.bone_is_bright is None else (view.bone_is_bright,)
    radiographs = {flag: condition(field, view.camera, flag, view.intensity) for flag in polarities}
    with torch.no_grad():
        return finder.find(radiographs, float(np.mean(depth_from_geometry(view.camera))))[0]


def heat_map_of(outcome: Outcome, number: int, point_ras: np.ndarray) -> HeatMap:
    """Where the detector sees a point of the CT in a registered view.

    Raises:
        ValueError: no landmarks were looked for, or the point is outside the bone's templates.
    """
    prepared, found = outcome.prepared, outcome.result.views[number]
    if prepared.templates is None or prepared.encoder is None or found.landmarks is None:
        raise ValueError("no landmarks were looked for; register with a landmark method first")
    bone = Bone(prepared.templates, prepared.template_projector(), prepared.encoder)
    with torch.no_grad():
        return heat_map(bone, point_ras, found.radiograph, found.landmarks)


def stored_camera(camera: Camera, mirrored: bool) -> Camera:
    """The camera of the stored pixels: the one given, or its mirror image where the X-ray was found to be mirrored."""
    return camera.flip_horizontal() if mirrored else camera


def drr_to_look_at(
    prepared: PreparedCT,
    pose: RigidTransform,
    camera: Camera,
    largest_side: int = 320,
    bones: Mapping[int, RigidTransform] | None = None,
) -> np.ndarray:
    """(h, w) float32 line integrals of bone over a camera's whole field, at most ``largest_side`` pixels wide or high.

    Bones with a pose of their own, by their label, are shown at it.
    """
    scale = min(1.0, largest_side / max(camera.image_size))
    small = camera.resample(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
    # A ray needs no finer voxels than the pixels of the picture are at the bone.
    pixel_mm = small.pixel_spacing_mm[0] * max(pose.apply(prepared.center_ras)[2], 1.0) / camera.source_to_detector_mm
    reduction = 2 if pixel_mm > 1.5 * prepared.voxel_mm else 1
    with torch.no_grad():
        drr = prepared.projector(reduction).render(pose, small)
        for label, own in (bones or {}).items():
            bone = prepared.projector(reduction, label)
            drr = drr + bone.render(own, small) - bone.render(pose, small)
        return drr[0].cpu().numpy()


def _part(report: Report, start: float, end: float) -> Report:
    return lambda share, stage: report(start + (end - start) * share, stage)
