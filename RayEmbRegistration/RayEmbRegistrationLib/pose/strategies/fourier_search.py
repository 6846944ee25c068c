"""Search over all views, in-plane turns, depths and shifts at once, by correlation in Fourier space.

The X-ray is resampled once for every in-plane turn and depth (both are similarities of the image), and correlated with all
DRRs of the library; a product in Fourier space scores all shifts. Correlation is normalised by what the DRR shows within the
X-ray's field, so that truncated views compete on equal terms (masked correlation: Padfield, IEEE TIP 21(5), 2012). A sign
tells the polarity: an inverted X-ray correlates with minus one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch.nn import functional

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.resampling import area_mean
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.prepared.template_library import TemplateLibrary, normalize
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.radiograph import Radiograph

# Share of a DRR's energy added to what falls in the field, so that a sliver of bone cannot win; chosen.
LEAST_BONE = (0.4, 0.7)
SHARE_OF_FIELD = 0.3  # that share for a bone as large as the field; more for one that should be seen whole; chosen
# Likewise of the X-ray's typical energy under it, so that bone cannot hide where nothing is seen; chosen.
LEAST_STRUCTURE = 1.5
BONE_EDGE = 0.05  # a normalised DRR shows bone where it is farther from 0; chosen: a twentieth of its deviation is no bone
LARGEST_TRANSFORM_PX = 160  # chosen for time: a field as large as the bone, almost twice
VIEWS_AT_ONCE = 16  # measured: these stay in a processor's cache, and a search takes 1.3 to 1.6 times as long without
PROMISING_VIEWS = 32  # views kept for each turn, depth and polarity; chosen for time


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A pose the search proposes.

    Attributes:
        pose: camera_from_ras.
        score: normalised correlation, 0 to 1.
        bone_is_bright: the polarity under which it scored.
    """

    pose: RigidTransform
    score: float
    bone_is_bright: bool


def depths_to_try(depth_mm: tuple[float, float], step: float) -> np.ndarray:
    """Depths (mm) within a range, each farther than the last by a share ``step``; refinement closes half a step."""
    low, high = depth_mm
    count = max(1, int(np.ceil(np.log(high / low) / np.log(1 + step))))
    edges = np.geomspace(low, high, count + 1)
    return np.sqrt(edges[:-1] * edges[1:])


@dataclass(frozen=True, eq=False)
class SearchRange:
    """Where to look.

    Attributes:
        center_ras: (3,) mm, the bone's centre.
        angles_deg: in-plane turns.
        depths_mm: distances of the bone's centre from the source.
        polarities: values of ``bone_is_bright`` to consider.
        count: hypotheses wanted.
        thorough: look more finely, and keep every view's best shift. Worth it where a second view will tell the many
            hypotheses apart.
        largest_px: side of the Fourier transform at most, times 1.6 where thorough: the library is reduced where the bone is
            small in the X-ray.
    """

    center_ras: np.ndarray
    angles_deg: Sequence[float] | np.ndarray
    depths_mm: Sequence[float] | np.ndarray
    polarities: Sequence[bool] = (True, False)
    count: int = 400
    thorough: bool = False
    largest_px: int = LARGEST_TRANSFORM_PX


def search(
    xray: Radiograph, library: TemplateLibrary, where: SearchRange, progress: Callable[[float], None] = lambda _: None
) -> list[Hypothesis]:
    """The best hypotheses, best first, one for each view, turn, depth and polarity at most."""
    bone_mm = library.images.shape[-1] * library.pixel_mm
    library = _suited(library, xray.camera, max(where.depths_mm), where.largest_px * (1.6 if where.thorough else 1))
    size = _transform_size(xray.camera, library, max(where.depths_mm))
    device = library.images.device
    views = _place(library.images, size)
    spectra, energies = torch.fft.rfft2(views), torch.fft.rfft2(views * views)
    shows = (views.abs() > BONE_EDGE).float()
    covers, area = torch.fft.rfft2(shows), shows.sum((1, 2))[:, None, None]
    whole = (views * views).sum((1, 2))[:, None, None]
    # Where the bone is larger than the field, what it covers of the X-ray is the whole X-ray wherever it lies.
    fills_field = _field_mm(xray.camera, max(where.depths_mm)) < bone_mm
    least = float(np.clip(SHARE_OF_FIELD * (_field_mm(xray.camera, min(where.depths_mm)) / bone_mm) ** 2, *LEAST_BONE))
    image, mask = _coarse(xray, library, float(np.mean(where.depths_mm)), device)
    reach = size // 2 - 4
    found: list[torch.Tensor] = []
    for depth in where.depths_mm:
        met = None
        for angle in where.angles_deg:
            progress(len(found) / (len(where.depths_mm) * len(where.angles_deg) * len(where.polarities)))
            warped, inside = _warp(image, mask, _pixel_map(xray.camera, image.shape[-1], library, angle, depth), size)
            if met is None:
                # What a DRR shows within the X-ray's field hardly depends on the in-plane turn: once a depth is enough.
                met = [part.clamp_min_(0) for part in _correlate(energies, inside, reach)]
                met = [part.add_(least * own).sqrt_() for part, own in zip(met, whole.split(VIEWS_AT_ONCE), strict=True)]
            squared = warped * warped
            total = squared.sum()
            typical = (squared * squared).sum() / total.clamp_min(1e-6) * area
            covered = None if fills_field else _correlate(covers, squared, reach)
            peaks: dict[bool, list[torch.Tensor]] = {bright: [] for bright in where.polarities}
            for part, scores in enumerate(_correlate(spectra, warped, reach)):
                if covered is None:
                    scores.div_(met[part] * total.sqrt())
                else:
                    about = LEAST_STRUCTURE * typical[part * VIEWS_AT_ONCE : (part + 1) * VIEWS_AT_ONCE]
                    scores.div_(next(covered).clamp_min_(0).add_(about).sqrt_().mul_(met[part]))
                for bright in where.polarities:
                    best, index = (scores if bright else -scores).flatten(1).max(dim=1)
                    peaks[bright].append(torch.stack([best, index.float()], dim=1))
            for bright in where.polarities:
                best, index = torch.cat(peaks[bright]).unbind(dim=1)
                setting = torch.tensor([angle, depth, float(bright)], device=device).expand(len(best), 3)
                promising = best.topk(len(best) if where.thorough else min(len(best), PROMISING_VIEWS)).indices
                index = index[promising].long()
                shift = torch.stack([promising, index // (2 * reach) - reach, index % (2 * reach) - reach], dim=1)
                found.append(torch.cat([best[promising, None], shift, setting[promising]], dim=1))
    table = torch.cat(found).double().cpu().numpy()
    table = table[np.argsort(-table[:, 0], kind="stable")[: where.count]]
    return [_hypothesis(row, library, where.center_ras) for row in table]


def _suited(library: TemplateLibrary, camera: Camera, depth_mm: float, largest_px: float) -> TemplateLibrary:
    """The library, reduced where the bone is so small in the X-ray that its full resolution would make the search slow."""
    for reduction in (1, 2, 3, 4):
        trial = library if reduction == 1 else library.reduced(reduction)
        if _transform_size(camera, trial, depth_mm) <= largest_px:
            break
    return trial


def _transform_size(camera: Camera, library: TemplateLibrary, depth_mm: float) -> int:
    """Side of the Fourier transform: the bone, plus room to shift it halfway out of the X-ray."""
    field = np.abs(camera.back_project(_corners(camera), 1.0)[:, :2] - camera.back_project(_middle(camera), 1.0)[:, :2])
    across = 2 * field.max() * depth_mm / library.pixel_mm
    size = max(library.images.shape[-1] + 24, across + library.images.shape[-1] / 2)
    return int(next_fast_len(int(np.ceil(size / 8) * 8), real=True) // 2 * 2)


def _field_mm(camera: Camera, depth_mm: float) -> float:
    """Smaller side of the field at a depth."""
    corners = camera.back_project(_corners(camera), depth_mm)
    return float(min(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[0])))


def _corners(camera: Camera) -> np.ndarray:
    w, h = camera.width - 0.5, camera.height - 0.5
    return np.array([[-0.5, -0.5], [w, -0.5], [-0.5, h], [w, h]])


def _middle(camera: Camera) -> np.ndarray:
    return np.array([[(camera.width - 1) / 2, (camera.height - 1) / 2]])


def _place(images: torch.Tensor, size: int) -> torch.Tensor:
    """Pad the library's images to the transform's size, their centre at its centre."""
    margin = size - images.shape[-1]
    low = margin // 2
    return functional.pad(images, (low, margin - low, low, margin - low))


def _coarse(
    xray: Radiograph, library: TemplateLibrary, depth_mm: float, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """The X-ray averaged down to about the library's pixels, square; (1, 1, n, n) image and mask."""
    pixels_per_library_pixel = abs(np.linalg.det(xray.camera.K[:2, :2])) ** 0.5 * library.pixel_mm / depth_mm
    n = int(np.clip(round(max(xray.image.shape) / pixels_per_library_pixel * 1.5), 32, max(xray.image.shape)))
    mask = torch.as_tensor(xray.mask, device=device)[None, None].float()
    image = torch.as_tensor(xray.image, device=device)[None, None]
    share = area_mean(mask, (n, n))
    image = area_mean(image * mask, (n, n)) / share.clamp_min(1e-3)
    return image, (share > 0.5).float()


def _pixel_map(camera: Camera, side: int, library: TemplateLibrary, angle_deg: float, depth_mm: float) -> np.ndarray:
    """(2, 3) affine map from library pixels (relative to the centre) to the coarse X-ray's pixels."""
    coarse = camera.resample(side, side)
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = coarse.K[:2, :2] @ turn * (library.pixel_mm / depth_mm)
    return np.concatenate([linear, coarse.K[:2, 2:]], axis=1)


def _warp(image: torch.Tensor, mask: torch.Tensor, pixel_map: np.ndarray, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalised X-ray and its mask on the transform's grid, the principal point at the grid's centre."""
    side = image.shape[-1]
    offsets = torch.arange(size, device=image.device, dtype=torch.float32) - (size - 1) / 2
    affine = torch.as_tensor(pixel_map, device=image.device, dtype=torch.float32)
    y, x = torch.meshgrid(offsets, offsets, indexing="ij")
    grid = torch.stack([x, y], dim=-1) @ affine[:, :2].T + affine[:, 2]
    grid = ((2 * grid + 1) / side - 1)[None]
    warped = functional.grid_sample(image, grid, align_corners=False, padding_mode="border")
    inside = (functional.grid_sample(mask, grid, align_corners=False) > 0.6).float()
    # Statistics at the very edge of the field rest on few pixels: it is looked at only for them.
    within = -functional.max_pool2d(-inside, 3, 1, 1)
    warped = warped - (warped * inside).sum() / inside.sum().clamp_min(1)
    return (normalize(warped * inside, inside) * within)[0, 0], within[0, 0]


def _correlate(spectra: torch.Tensor, image: torch.Tensor, reach: int) -> Iterator[torch.Tensor]:
    """(V, 2 reach, 2 reach) correlation for every shift of the DRRs against an image, no shift in the middle; in parts."""
    size = image.shape[-1]
    spectrum = torch.fft.rfft2(torch.roll(image, (size // 2, size // 2), dims=(0, 1))).conj()
    kept = slice(size // 2 - reach, size // 2 + reach)
    for part in spectra.split(VIEWS_AT_ONCE):
        yield torch.fft.irfft2(part * spectrum, s=(size, size))[:, kept, kept].contiguous()


def _hypothesis(item: np.ndarray, library: TemplateLibrary, center_ras: np.ndarray) -> Hypothesis:
    """The pose behind a peak: the bone's centre lies on the ray through it, and the view turns with that ray."""
    score, view, row, column, angle_deg, depth_mm, bright = item.tolist()
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    # The DRR must move by -(column, row) to lie over the X-ray.
    ray = turn @ np.array([-column * library.pixel_mm / depth_mm, -row * library.pixel_mm / depth_mm, 1.0])
    axis = np.cross([0.0, 0.0, 1.0], ray)
    sine = np.linalg.norm(axis)
    tilt = rotation_from_vector(axis / max(sine, 1e-12) * np.arctan2(sine, ray[2]))
    rotation = tilt @ turn @ library.rotations[int(view)]
    return Hypothesis(RigidTransform(rotation, ray * depth_mm - rotation @ center_ras), score, bool(bright))


def poses_of(hypotheses: Sequence[Hypothesis]) -> Poses:
    """Those of the hypotheses."""
    return Poses.of([hypothesis.pose for hypothesis in hypotheses])


def library_for(prepared: PreparedCT, view: str) -> TemplateLibrary:
    """The library for a view prior, or a sentence that says how to get one."""
    if prepared.library is None:
        raise InputProblem("without a start pose the CT must be prepared with views (PrepareSettings.library)")
    if prepared.view != view:
        raise InputProblem(
            f"the CT was prepared for the view '{prepared.view}', not '{view}'; prepare it again for this view"
        )
    return prepared.library
