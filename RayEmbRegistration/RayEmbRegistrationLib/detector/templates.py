"""Template sets: views of the bone rendered beforehand, and the embeddings of its points in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from RayEmbRegistrationLib.drr.interface import Projector
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.rigid import rotation_from_vector
from RayEmbRegistrationLib.problems import InputProblem

from .matching.subspace import bases
from .networks.encoder import Encoder, encode

TEMPLATES = 4  # of a set, as published (Shrestha et al., ACCV 2024); 2 and 8 are no better by bench choices
TILT_DEG = 16.0  # measured by bench choices: 8 degrees give nearer landmarks, but fewer poses
DEPTH_MM = 750.0  # chosen: as far as a C-arm's source is from bone; the templates' perspective alone depends on it
LARGEST_SIDE_PX = 320  # chosen for time; the diagonal of a cube of PIXELS_ACROSS_BONE, with borders, still fits
PIXELS_ACROSS_BONE = 144  # chosen; training scales by it, too, and other weights are needed where it changes
SMALLEST_PIXEL_MM = 0.3  # chosen: small bones get no more pixels than a fluoroscopic image has at the bone
BORDER_PX = 8  # chosen: what the encoder sees around a point at the bone's edge
BATCH = 8  # templates rendered and embedded at once; chosen for memory


@dataclass(frozen=True)
class TemplateSettings:
    """Choices.

    Attributes:
        pixel_mm: size of a pixel at the depth of the bone's centre; ``pixel_mm_for`` gives it.
        depth_mm: distance of the bone's centre from the source.
        templates: T, of a set.
        tilt_deg: between each of them and the set's central view.
        random_rounds: 0, or the published scheme: the rotations are views, and ``1 + random_rounds`` sets of T of
            them are drawn.
        seed: of that draw.
    """

    pixel_mm: float
    depth_mm: float = DEPTH_MM
    templates: int = TEMPLATES
    tilt_deg: float = TILT_DEG
    random_rounds: int = 0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class TemplateSets:
    """S sets of T templates of one bone, and the embeddings of N of its points.

    Attributes:
        point_embeddings: (S, T, N, D) float16, of unit length, sampled bilinearly where a template's camera shows a point.
        seen: (S, T, N) bool, whether it projects into the template.
        rotations: (S, 3, 3) central camera_from_ras rotation of each set.
        template_poses: (S, T, 4, 4) camera_from_ras.
        camera: of all templates.
        points_ras: (N, 3) mm.
        pixel_mm: size of a pixel at the bone's centre.
        depth_mm: of the bone's centre.
        encoder_name: the encoder that made the embeddings; no other matches them.
    """

    point_embeddings: torch.Tensor
    seen: torch.Tensor
    rotations: np.ndarray
    template_poses: np.ndarray
    camera: Camera
    points_ras: np.ndarray
    pixel_mm: float
    depth_mm: float
    encoder_name: str
    _bases: dict[tuple[int, float], torch.Tensor] = field(default_factory=dict, init=False, repr=False)

    def bases(self, set_index: int, ridge: float) -> torch.Tensor:
        """Rows (N, T, D) float32 of the spans of a set's points, as ``subspace.bases`` gives them; kept for next time."""
        key = (set_index, ridge)
        if key not in self._bases:
            self._bases[key] = bases(self.point_embeddings[set_index], self.seen[set_index], ridge)
        return self._bases[key]

    @property
    def center_ras(self) -> np.ndarray:
        """(3,) the point on the optical axis of every template, mm."""
        pose = self.template_poses[0, 0]
        return pose[:3, :3].T @ (np.array([0.0, 0.0, self.depth_mm]) - pose[:3, 3])

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as plain arrays, for a file."""
        return {
            "point_embeddings": self.point_embeddings.cpu().numpy(),
            "seen": self.seen.cpu().numpy(),
            "rotations": self.rotations,
            "template_poses": self.template_poses,
            "camera_K": self.camera.K,
            "camera_size": np.array(self.camera.image_size),
            "points_ras": self.points_ras,
            "scale_mm": np.array([self.pixel_mm, self.depth_mm]),
            "encoder_name": np.array(self.encoder_name),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], device: str | torch.device = "cpu") -> TemplateSets:
        """From what ``arrays`` gave; KeyError where something is missing."""
        pixel_mm, depth_mm = (float(value) for value in arrays["scale_mm"])
        K = np.asarray(arrays["camera_K"])
        width, height = (int(side) for side in arrays["camera_size"])
        return cls(
            torch.as_tensor(arrays["point_embeddings"], device=device),
            torch.as_tensor(arrays["seen"], device=device),
            np.asarray(arrays["rotations"]),
            np.asarray(arrays["template_poses"]),
            Camera(K, (width, height), (1.0, 1.0), float(K[0, 0])),
            np.asarray(arrays["points_ras"]),
            pixel_mm,
            depth_mm,
            str(arrays["encoder_name"]),
        )


def pixel_mm_for(extent_mm: float) -> float:
    """Size of a pixel at the bone for a bone of this size, mm."""
    return max(extent_mm / PIXELS_ACROSS_BONE, SMALLEST_PIXEL_MM)


def set_rotations(beam_directions: np.ndarray) -> np.ndarray:
    """(M, 3, 3) camera_from_ras rotations that look along (M, 3) unit vectors in RAS with the patient's head up."""
    rotations = []
    for direction in np.asarray(beam_directions, dtype=np.float64):
        z = direction / np.linalg.norm(direction)
        # Looking along the body's axis, the front of the patient is up.
        down = np.array([0.0, 0, -1]) if abs(z[2]) < 0.999 else np.array([0.0, -np.sign(z[2]), 0])
        x = np.cross(down, z)
        x /= np.linalg.norm(x)
        rotations.append(np.stack([x, np.cross(z, x), z]))
    return np.array(rotations)


def template_tilts(templates: int = TEMPLATES, tilt_deg: float = TILT_DEG) -> np.ndarray:
    """(T, 3, 3) rotations in the camera's axes, composed on the left of a set's rotation: about evenly spread in-plane axes,
    for four of them the diagonals; a single template is not tilted.
    """
    if templates == 1:
        return np.eye(3)[None]
    angles = np.pi / 4 + 2 * np.pi * np.arange(templates) / templates
    axes = np.stack([np.cos(angles), np.sin(angles), np.zeros(templates)], axis=1)
    return np.stack([rotation_from_vector(axis * np.radians(tilt_deg)) for axis in axes])


def make_templates(  # noqa: PLR0913, PLR0917 - what is seen, by what, from where, how
    projector: Projector,
    encoder: Encoder,
    points_ras: np.ndarray,
    center_ras: np.ndarray,
    rotations: np.ndarray,
    settings: TemplateSettings,
    progress: Callable[[float], None] = lambda _: None,
) -> TemplateSets:
    """Render the templates and embed the bone's points in them.

    Args:
        projector: of the bone.
        encoder: makes the embeddings.
        points_ras: (N, 3) points of the bone; the templates are just large enough to show all of them.
        center_ras: (3,) the bone's centre, mm, which lies on the optical axis of every template.
        rotations: (S, 3, 3) central camera_from_ras rotations of the sets; see ``set_rotations``.
        settings: choices.
        progress: called with the share done; may raise to stop.

    Raises:
        InputProblem: no rotations, or fewer than the published scheme draws from.
    """
    points_ras = np.asarray(points_ras, dtype=np.float64)
    views, members = _views(np.asarray(rotations), settings)
    poses = np.stack([_centred(rotation, center_ras, settings.depth_mm) for rotation in views])
    camera = template_camera(poses, points_ras, settings, encoder.multiple)
    embeddings, seen = _embed(projector, encoder, points_ras, poses, camera, progress)
    return TemplateSets(
        embeddings[members],
        seen[members],
        views[members[:, 0]] if settings.random_rounds else np.array(rotations, dtype=np.float64),
        poses[members],
        camera,
        points_ras,
        settings.pixel_mm,
        settings.depth_mm,
        encoder.name,
    )


def embed_points(
    sets: TemplateSets, projector: Projector, encoder: Encoder, points_ras: np.ndarray, set_index: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings (T, n, D) and visibility (T, n) of any further points, by rendering one set's templates again.

    Raises:
        InputProblem: the encoder is not the one that made the templates.
    """
    check_encoder(sets, encoder)
    points_ras = np.asarray(points_ras, dtype=np.float64)
    return _embed(projector, encoder, points_ras, sets.template_poses[set_index], sets.camera, lambda _: None)


def check_encoder(sets: TemplateSets, encoder: Encoder) -> None:
    """ValueError unless the encoder is the one that made the templates."""
    if sets.encoder_name != encoder.name:
        raise InputProblem(
            f"the CT was prepared with the weights '{sets.encoder_name}', not with '{encoder.name}'; prepare it again"
        )


def sample_embeddings(
    maps: torch.Tensor, pixels: torch.Tensor, image_size: tuple[int, int], encoder: Encoder
) -> torch.Tensor:
    """Bilinear samples (B, N, D) of maps (B, D, h, w) at pixels (B, N, 2) of images of a size (width, height).

    Beyond the border the nearest feature is taken.
    """
    if encoder.corner_aligned:
        size = torch.as_tensor(image_size, dtype=pixels.dtype, device=pixels.device)
        grid = 2 * pixels / (size - 1) - 1
    else:
        size = torch.as_tensor(maps.shape[:1:-1], dtype=pixels.dtype, device=pixels.device) * encoder.stride
        grid = 2 * (pixels + 0.5) / size - 1
    aligned = encoder.corner_aligned
    grid = grid.to(maps.dtype)[:, :, None]
    sampled = functional.grid_sample(maps, grid, mode="bilinear", padding_mode="border", align_corners=aligned)
    return sampled[..., 0].transpose(1, 2)


def template_camera(poses: np.ndarray, points_ras: np.ndarray, settings: TemplateSettings, multiple: int) -> Camera:
    """The square camera, centred, that shows all points under all poses (M, 4, 4), as far as the largest side allows.

    Its side is a multiple of the encoder's.
    """
    points = np.einsum("mij,nj->mni", poses[:, :3, :3], points_ras) + poses[:, None, :3, 3]
    focal = settings.depth_mm / settings.pixel_mm
    reach = focal * np.abs(points[..., :2] / np.maximum(points[..., 2:], 1e-3)).max()
    side = min(int(np.ceil(2 * (reach + BORDER_PX) / multiple)), LARGEST_SIDE_PX // multiple) * multiple
    middle = (side - 1) / 2
    return Camera(np.array([[focal, 0, middle], [0, focal, middle], [0, 0, 1]]), (side, side), (1.0, 1.0), focal)


def _views(rotations: np.ndarray, settings: TemplateSettings) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (M, 3, 3) of the distinct templates, and (S, T) which of them each set holds."""
    if rotations.ndim != 3 or len(rotations) == 0:
        raise InputProblem("templates need at least one view; widen the view prior")
    if not settings.random_rounds:
        tilts = template_tilts(settings.templates, settings.tilt_deg)
        views = np.einsum("tij,sjk->stik", tilts, rotations)
        count = len(rotations) * len(tilts)
        return views.reshape(-1, 3, 3), np.arange(count).reshape(len(rotations), -1)
    if len(rotations) < settings.templates:
        raise InputProblem(
            f"{settings.templates} templates cannot be drawn from {len(rotations)} views; widen the view prior"
        )
    rng = np.random.default_rng(settings.seed)
    draws = [rng.choice(len(rotations), settings.templates, replace=False) for _ in range(1 + settings.random_rounds)]
    return rotations, np.stack(draws)


def _centred(rotation: np.ndarray, center_ras: np.ndarray, depth_mm: float) -> np.ndarray:
    """(4, 4) camera_from_ras with the bone's centre on the axis."""
    return RigidTransform(rotation, np.array([0, 0, depth_mm]) - rotation @ np.asarray(center_ras)).matrix


def _embed(
    projector: Projector,
    encoder: Encoder,
    points_ras: np.ndarray,
    poses: np.ndarray,
    camera: Camera,
    progress: Callable[[float], None],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Unit embeddings (M, N, D) float16 and visibility (M, N) of points in the templates at poses (M, 4, 4)."""
    embeddings, seen = [], []
    size = np.array(camera.image_size)
    for start in range(0, len(poses), BATCH):
        progress(start / len(poses))
        batch = poses[start : start + BATCH]
        images = projector.render(torch.as_tensor(batch), camera).float()[:, None]
        maps = encode(encoder, images, torch.ones_like(images))
        pixels = np.stack([camera.project(points_ras @ pose[:3, :3].T + pose[:3, 3]) for pose in batch])
        within = ((pixels > -0.5) & (pixels < size - 0.5)).all(axis=-1)  # False for NaN, behind the source
        # The published sampling clips to the template and counts every point as seen.
        if encoder.corner_aligned:
            pixels, within = np.clip(pixels, 0, size - 1), np.isfinite(pixels).all(axis=-1)
        where = torch.as_tensor(np.nan_to_num(pixels), dtype=torch.float32, device=maps.device)
        sampled = sample_embeddings(maps, where, camera.image_size, encoder)
        embeddings.append(functional.normalize(sampled, dim=-1).half())
        seen.append(torch.as_tensor(within, device=maps.device))
    progress(1.0)
    return torch.cat(embeddings), torch.cat(seen)
