"""Pictures of one result: X-ray, DRR, bone edges over the X-ray, checkerboard, and a sheet of them. RGB, uint8."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.pictures import write_picture
from RayEmbRegistrationLib.problems import InputProblem

ORANGE, CYAN = (255, 150, 30), (60, 215, 255)  # chosen: no grey of an X-ray, and apart for people with any color vision
_BAR, _TEXT, _GAP = (24, 28, 36), (232, 236, 242), (60, 66, 78)  # chosen: darker, brighter and between the greys of X-rays


def grey(image: np.ndarray, mask: np.ndarray | None = None, gamma: float = 1.0) -> np.ndarray:
    """(H, W) uint8 of a float image, windowed to the 0.5th to 99.5th percentile of its usable pixels."""
    usable = image[mask] if mask is not None and mask.any() else image.ravel()
    low, high = np.percentile(usable, (0.5, 99.5))
    return np.round(255 * np.clip((image - low) / max(high - low, 1e-9), 0, 1) ** gamma).astype(np.uint8)


def enlarge(image: np.ndarray, side: int) -> np.ndarray:
    """The image brought to a larger side of ``side`` pixels, so that thin lines stay thin."""
    import cv2

    scale = side / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)


def xray_picture(image: np.ndarray, mask: np.ndarray | None = None, side: int = 900) -> np.ndarray:
    """(h, w, 3) the X-ray; pixels that are not used are dimmed.

    Args:
        image: (H, W) float, bone bright.
        mask: (H, W) bool of usable pixels.
        side: larger side of the picture, px.
    """
    picture = _color(enlarge(grey(image, mask), side))
    if mask is not None:
        used = enlarge(mask.astype(np.float32), side)[..., None].clip(0, 1)
        picture = picture * (0.35 + 0.65 * used)
    return np.round(picture).astype(np.uint8)


def drr_picture(drr: np.ndarray, side: int = 900) -> np.ndarray:
    """(h, w, 3) the DRR (H, W), contrast lifted for thin bone."""
    return _color(enlarge(grey(drr, gamma=0.7), side)).astype(np.uint8)


def bone_edges(drr: np.ndarray, side: int = 900, detail: float = 0.8) -> np.ndarray:
    """(h, w) float32 in 0..1: thin, anti-aliased outlines and ridges of the bones in a DRR.

    Args:
        drr: (H, W) line integrals of bone.
        side: larger side of the result, px.
        detail: share of the pixels' gradients that are left out as too weak, 0 to 1.
    """
    import cv2

    # The root evens out thick and thin bone; otherwise only the densest outlines would be drawn.
    smooth = cv2.GaussianBlur(enlarge(np.sqrt(np.clip(drr, 0, None)).astype(np.float32), side), (0, 0), side / 280)
    dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    strength = np.hypot(dx, dy)
    if strength.max() <= 0:
        return np.zeros(smooth.shape, np.float32)
    weak = np.quantile(strength[strength > 0.01 * strength.max()], detail)
    scale = 1000 / weak
    lines = cv2.Canny(
        np.clip(dx * scale, -32000, 32000).astype(np.int16),
        np.clip(dy * scale, -32000, 32000).astype(np.int16),
        500,
        1000,
        L2gradient=True,
    )
    lines = cv2.GaussianBlur(lines.astype(np.float32) / 255, (0, 0), 0.75)
    return np.clip(lines * 2.1, 0, 1)


def overlay_picture(
    image: np.ndarray, mask: np.ndarray | None, drr: np.ndarray, color: tuple[int, int, int] = ORANGE, side: int = 900
) -> np.ndarray:
    """(h, w, 3) the X-ray in grey with the DRR's bone edges in color: right where they lie on the bone's own edges."""
    picture = xray_picture(image, mask, side).astype(np.float32)
    edges = bone_edges(drr, side)
    if mask is not None:
        edges = edges * (0.3 + 0.7 * enlarge(mask.astype(np.float32), side).clip(0, 1))
    return blend(picture, edges, color).astype(np.uint8)


def blend(picture: np.ndarray, alpha: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """A color laid over a float RGB picture with opacity (h, w)."""
    return picture + alpha[..., None] * (np.array(color, np.float32) - picture)


def checkerboard_picture(
    image: np.ndarray, mask: np.ndarray | None, drr: np.ndarray, tiles: int = 8, side: int = 900
) -> np.ndarray:
    """(h, w, 3) tiles of X-ray and DRR in turn: right where bones run on from tile to tile. DRR tiles are tinted."""
    xray = xray_picture(image, mask, side).astype(np.float32)
    projected = drr_picture(drr, side).astype(np.float32)
    # An X-ray with soft tissue is brighter; equal mean and spread make the bones' courses comparable.
    used = enlarge(mask.astype(np.float32), side) > 0.5 if mask is not None else np.ones(xray.shape[:2], dtype=bool)
    if used.any():
        spread = min(xray[used].std() / max(projected[used].std(), 1e-6), 1.0)
        projected = (projected - projected[used].mean()) * spread + xray[used].mean()
    projected = np.clip(projected, 0, 255) * np.array([0.86, 0.97, 1.0], np.float32)
    height, width = xray.shape[:2]
    size = max(height, width) / tiles
    row, column = (np.arange(height) // size).astype(int)[:, None], (np.arange(width) // size).astype(int)[None, :]
    return np.where(((row + column) % 2 == 0)[..., None], xray, projected).astype(np.uint8)


def contact_sheet(panels: Sequence[tuple[str, np.ndarray]], caption: str, height: int = 480) -> np.ndarray:
    """Pictures side by side under their titles, with a caption bar below.

    Args:
        panels: (title, RGB picture).
        caption: one line.
        height: of each picture, px.
    """
    columns = []
    for title, picture in panels:
        width = round(picture.shape[1] * height / picture.shape[0])
        scaled = enlarge(picture, max(width, height))
        columns.append(np.vstack([_bar(title, scaled.shape[1], 34, 0.55), scaled[:height]]))
    tallest = max(column.shape[0] for column in columns)
    padded = []
    for column in columns:
        fill = np.full((tallest - column.shape[0], column.shape[1], 3), _BAR, np.uint8)
        padded += [np.vstack([column, fill]), np.full((tallest, 6, 3), _GAP, np.uint8)]
    row = np.hstack(padded[:-1])
    return np.vstack([row, _bar(caption, row.shape[1], 44, 0.6)])


def save_pictures(
    folder: Path | str, image: np.ndarray, mask: np.ndarray | None, drr: np.ndarray, caption: str = ""
) -> list[Path]:
    """Write xray.png, drr.png, overlay.png, checkerboard.png and sheet.png.

    Args:
        folder: made if need be.
        image: (H, W) float X-ray, bone bright.
        mask: (H, W) bool of usable pixels, or None.
        drr: (H, W) line integrals under the estimated pose.
        caption: for the sheet.

    Returns:
        The paths written.

    Raises:
        InputProblem: sizes that differ.
        OSError: a file could not be written.
    """
    if image.shape != drr.shape or (mask is not None and mask.shape != image.shape):
        raise InputProblem(f"X-ray {image.shape[::-1]}, mask and DRR {drr.shape[::-1]} must have the same size in pixels")
    pictures = {
        "xray": xray_picture(image, mask),
        "drr": drr_picture(drr),
        "overlay": overlay_picture(image, mask, drr),
        "checkerboard": checkerboard_picture(image, mask, drr),
    }
    titles = ("X-ray", "DRR at the estimated pose", "X-ray and bone edges", "checkerboard")
    pictures["sheet"] = contact_sheet(list(zip(titles, pictures.values(), strict=True)), caption)
    return [write_png(Path(folder) / f"{name}.png", picture) for name, picture in pictures.items()]


def write_png(path: Path | str, picture: np.ndarray) -> Path:
    """Write an RGB picture; its folder is made if need be.

    Raises:
        InputProblem: it could not be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, picture[..., ::-1])
    return path


def draw_text(
    picture: np.ndarray, text: str, place: tuple[int, int], scale: float, color: tuple[int, int, int] = _TEXT
) -> None:
    """Write a line of text (ASCII) into a contiguous RGB picture, its left baseline at (x, y)."""
    import cv2

    text = text.encode("ascii", "replace").decode()
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, color, 1, cv2.LINE_AA)


def _bar(text: str, width: int, height: int, scale: float) -> np.ndarray:
    """A dark bar with a line of text, made smaller where it would not fit."""
    import cv2

    bar = np.full((height, width, 3), _BAR, np.uint8)
    length = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0]
    scale = min(scale, scale * (width - 24) / max(length, 1))
    draw_text(bar, text, (12, round(height / 2 + 9 * scale)), scale)
    return bar


def _color(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32 of a grey image."""
    return np.repeat(image[..., None], 3, axis=-1).astype(np.float32)
