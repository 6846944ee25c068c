"""Pictures that compare X-ray and DRR, as RGBA images to lay over the X-ray. Arrays alone, no nodes."""

from __future__ import annotations

import numpy as np

from .colors import EDGES

_MORE_DRR, _MORE_XRAY, _EQUAL = (255, 150, 30), (60, 190, 255), (45, 45, 48)


def grey(image: np.ndarray, gamma: float = 1.0) -> np.ndarray:
    """(H, W) float 0 to 1 of a DRR: black where it is empty, white at its densest percent."""
    image = np.clip(np.asarray(image, dtype=np.float32), 0, None)
    filled = image[image > 0]
    return np.clip(image / (np.percentile(filled, 99) if filled.size else 1.0), 0, 1) ** gamma


def matched(drr: np.ndarray, xrayShown: np.ndarray, boneIsBright: bool) -> np.ndarray:
    """(H, W) float 0 to 1: the DRR with the polarity, the mean and the spread of the X-ray as it is shown.

    Args:
        drr: (H, W) line integrals.
        xrayShown: (H, W) 0 to 1.
        boneIsBright: whether bone is bright in the X-ray as it is shown.
    """
    value = grey(drr, gamma=0.7)
    value = value if boneIsBright else 1 - value
    spread = float(xrayShown.std()) / max(float(value.std()), 1e-6)
    return np.clip((value - value.mean()) * spread + xrayShown.mean(), 0, 1)


def looksBright(drr: np.ndarray, xrayShown: np.ndarray, otherwise: bool) -> bool:
    """Whether bone is bright in the X-ray as shown, by its correlation with the DRR; ``otherwise`` where that is weak."""
    if drr.std() == 0 or xrayShown.std() == 0:
        return otherwise
    agreement = float(np.corrcoef(grey(drr).ravel(), xrayShown.ravel())[0, 1])
    return otherwise if abs(agreement) < 0.1 else agreement > 0


def edgesPicture(drr: np.ndarray, color: tuple[float, float, float] = EDGES, strongest: float = 0.2) -> np.ndarray:
    """(H, W, 4) uint8: outlines of the bones in a DRR, two pixels wide, transparent elsewhere.

    Args:
        drr: (H, W) line integrals.
        color: RGB, 0 to 1.
        strongest: share of the pixels with a gradient that may be outlines.
    """
    picture = np.zeros((*drr.shape, 4), np.uint8)
    picture[..., :3] = np.round(255 * np.array(color))
    times = max(1, round(max(drr.shape) / 140))
    filled = drr > 0
    if not filled.any():
        return picture
    # Bone fills a part of most X-rays: beyond what smoothing and widening reach, nothing is drawn.
    margin = times + 4
    window = _filledPart(filled.any(axis=1).nonzero()[0], margin), _filledPart(filled.any(axis=0).nonzero()[0], margin)
    # The root evens out thick and thin bone; otherwise only the densest outlines would be drawn.
    smooth = smoothed(np.sqrt(np.clip(drr[window], 0, None)).astype(np.float32), times)
    down, right = np.gradient(smooth)
    strength = np.hypot(down, right)
    if strength.max() <= 0:
        return picture
    strong = np.quantile(strength[strength > 0.01 * strength.max()], 1 - strongest)
    lines = np.zeros_like(strength)
    places = np.nonzero(strength > 0.5 * strong)
    kept = _isRidge(strength, down, right, places)
    lines[places] = np.minimum(2 * (strength[places] / strong - 0.5), 1) * kept
    picture[window[0], window[1], 3] = np.round(255 * np.clip(1.3 * smoothed(_widened(lines), 1), 0, 1))
    return picture


def _filledPart(places: np.ndarray, margin: int) -> slice:
    """From the first to the last of places, and a margin."""
    return slice(max(int(places[0]) - margin, 0), int(places[-1]) + 1 + margin)


def checkerboardPicture(drrGrey: np.ndarray, tiles: int) -> np.ndarray:
    """(H, W, 4) uint8: the matched DRR in every other square, transparent between, so that the X-ray shows there."""
    height, width = drrGrey.shape
    side = max(drrGrey.shape) / max(int(tiles), 1)
    odd = ((np.arange(height) // side)[:, None] + (np.arange(width) // side)[None]) % 2 == 1
    return _greyPicture(drrGrey, odd)


def wiperPicture(drrGrey: np.ndarray, share: float) -> np.ndarray:
    """(H, W, 4) uint8: the matched DRR right of a share of the width, and a thin line where it begins."""
    height, width = drrGrey.shape
    column = round(float(np.clip(share, 0, 1)) * width)
    picture = _greyPicture(drrGrey, np.broadcast_to(np.arange(width) >= column, (height, width)))
    half = max(1, width // 500)
    if 0 < column < width:
        picture[:, max(column - half, 0) : column + half] = (*(int(255 * c) for c in EDGES), 255)
    return picture


def differencePicture(drrGrey: np.ndarray, xrayShown: np.ndarray, boneIsBright: bool) -> np.ndarray:
    """(H, W, 4) uint8, opaque: dark where both agree, orange where the DRR has more bone, blue where the X-ray has.

    Each image is first freed of its slow course (soft tissue, the beam's falloff), which a DRR of bone does not have.
    """
    window = max(xrayShown.shape) // 8
    drrFine, xrayFine = _detail(drrGrey, window), _detail(xrayShown, window)
    difference = (drrFine - xrayFine) * (1 if boneIsBright else -1)
    scale = max(float(np.percentile(np.abs(drrFine), 97)), float(np.percentile(np.abs(xrayFine), 97)), 1e-6)
    difference = np.clip(difference / scale, -1, 1)
    more, less = np.clip(difference, 0, 1)[..., None], np.clip(-difference, 0, 1)[..., None]
    base = np.array(_EQUAL, np.float32)
    rgb = base + more * (np.array(_MORE_DRR) - base) + less * (np.array(_MORE_XRAY) - base)
    return np.concatenate([np.round(rgb), np.full((*drrGrey.shape, 1), 255)], axis=2).astype(np.uint8)


def resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An (h, w) image at another size (width, height) over the same field: linear, averaged over blocks when smaller."""
    height, width = image.shape
    image = np.asarray(image, dtype=np.float32)
    blocks = max(1, height // size[1]), max(1, width // size[0])
    if max(blocks) > 1:
        rows, columns = height // blocks[0], width // blocks[1]
        kept = image[: rows * blocks[0], : columns * blocks[1]]
        image = kept.reshape(rows, blocks[0], columns, blocks[1]).mean(axis=(1, 3))
        # A rest that does not fill a block is left out; the field is so much smaller.
        height, width = height / blocks[0], width / blocks[1]
    if image.shape == (size[1], size[0]):
        return image
    rows = np.clip((np.arange(size[1]) + 0.5) * height / size[1] - 0.5, 0, image.shape[0] - 1)
    columns = np.clip((np.arange(size[0]) + 0.5) * width / size[0] - 0.5, 0, image.shape[1] - 1)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    bottom, right = np.minimum(top + 1, image.shape[0] - 1), np.minimum(left + 1, image.shape[1] - 1)
    down, across = (rows - top).astype(np.float32)[:, None], (columns - left).astype(np.float32)[None]
    upper = image[np.ix_(top, left)] * (1 - across) + image[np.ix_(top, right)] * across
    lower = image[np.ix_(bottom, left)] * (1 - across) + image[np.ix_(bottom, right)] * across
    return upper * (1 - down) + lower * down


def _greyPicture(value: np.ndarray, shown: np.ndarray) -> np.ndarray:
    shade = np.round(255 * value)[..., None] * np.array([0.9, 0.97, 1.0])  # tinted, so that nobody takes it for the X-ray
    return np.concatenate([shade, 255 * shown[..., None]], axis=2).astype(np.uint8)


def _detail(image: np.ndarray, window: int) -> np.ndarray:
    """The image less its mean over a square around each pixel, divided by its own spread."""
    mean = boxMean(image.astype(np.float64), window)
    fine = image - mean
    return fine / max(float(fine.std()), 1e-6)


def boxMean(image: np.ndarray, window: int) -> np.ndarray:
    """(H, W) the mean of an image over a square around each pixel, the image mirrored at its border."""
    half = max(1, window // 2)
    padded = np.pad(image, ((half + 1, half), (half + 1, half)), mode="reflect" if half < min(image.shape) - 1 else "edge")
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    side = 2 * half + 1
    total: np.ndarray = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return total / side**2


def smoothed(image: np.ndarray, times: int) -> np.ndarray:
    """(H, W) an image smoothed so many times by 1 2 1 along rows and columns."""
    for _ in range(times):
        padded = np.pad(image, ((1, 1), (0, 0)), mode="edge")
        image = 0.25 * (padded[:-2] + padded[2:]) + 0.5 * image
        padded = np.pad(image, ((0, 0), (1, 1)), mode="edge")
        image = 0.25 * (padded[:, :-2] + padded[:, 2:]) + 0.5 * image
    return image


def _isRidge(strength: np.ndarray, down: np.ndarray, right: np.ndarray, places: tuple[np.ndarray, ...]) -> np.ndarray:
    """Whether a gradient is no weaker than its two neighbours along its own direction (Canny's thinning), at some places."""
    padded = np.pad(strength, 1)
    rows, columns = places[0] + 1, places[1] + 1
    angle = np.round(np.arctan2(down[places], right[places]) / (np.pi / 4)).astype(int) % 4
    stepDown, stepRight = np.array([0, 1, 1, 1])[angle], np.array([1, 1, 0, -1])[angle]
    before = padded[rows - stepDown, columns - stepRight]
    after = padded[rows + stepDown, columns + stepRight]
    ridge: np.ndarray = (strength[places] >= before) & (strength[places] > after)
    return ridge


def _widened(lines: np.ndarray) -> np.ndarray:
    padded = np.pad(lines, 1)
    return np.maximum.reduce([padded[1:-1, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[2:, 2:]])
