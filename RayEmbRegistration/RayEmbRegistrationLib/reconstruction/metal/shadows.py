"""The shadow of new metal on an X-ray: what the CT at its pose does not explain and is denser than anything around it.

Conditioning masks clipped pixels and fills them, so that metal vanishes; here they count as what they are: at least as dense
as the display's end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.conditioning import condition, find_field
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from RayEmbRegistrationLib.xray.view import XrayView

LARGEST_SIDE_PX = 512  # of an image in which shadows are found; chosen: a rod of 3 mm has some 4 pixels then
SURROUNDINGS_MM = 40.0  # over which what is neither bone nor metal is smooth; chosen: over twice the thickest nail
THICKEST_MM = 18.0  # of metal; within so much a shadow has its densest place; chosen: a nail with its screw's head
EDGE = 0.45  # of the densest place nearby, where a shadow ends; chosen: half, and a little of the blur
NOISE_DEVIATIONS = 6.0  # of what the CT leaves unexplained; chosen: of bone's edges that do not quite fit few have more
LEAST_CONTRAST = 0.3  # of the strongest shadow, for another to count; chosen: a thin screw beside a nail
LEAST_AREA_MM2 = 40.0  # chosen: the shadow of a screw of 3 mm, seen from its side, has twice as much
_ROUNDS = 6  # of reweighting; chosen: gains do not change after three


@dataclass(frozen=True, eq=False)
class MetalImage:
    """An X-ray with its metal left in.

    Attributes:
        image: (H, W) float32, as a radiograph's; where clipped, the display's end.
        usable: (H, W) bool, clipped pixels too.
        clipped: (H, W) bool.
        camera: of this image.
        camera_from_first: (4, 4).
    """

    image: np.ndarray
    usable: np.ndarray
    clipped: np.ndarray
    camera: Camera
    camera_from_first: np.ndarray


@dataclass(frozen=True, eq=False)
class Shadow:
    """What of an X-ray the CT does not explain.

    Attributes:
        xray: of which.
        explained: (H, W) float32, the CT's DRR.
        gain: of the image for one of the DRR.
        excess: (H, W) float32, in the DRR's units, over smooth surroundings.
        mask: (H, W) bool, where metal casts its shadow.
    """

    xray: MetalImage
    explained: np.ndarray
    gain: float
    excess: np.ndarray
    mask: np.ndarray

    @property
    def telling(self) -> np.ndarray:
        """(H, W) bool, pixels that say whether metal is before them; where all is clipped, it may hide."""
        image, usable = self.xray.image, self.xray.usable
        end = float(image[usable].max()) if usable.any() else 0.0
        hidden = (image >= end - 1e-3 * abs(end)) & ~self.mask
        told: np.ndarray = usable & ~hidden
        return told


def metal_image(xray: XrayView, radiograph: Radiograph, camera_from_first: np.ndarray) -> MetalImage:
    """An X-ray that was registered, with its metal left in.

    Args:
        xray: as it was opened.
        radiograph: as it was registered: its camera and its polarity are taken over.
        camera_from_first: (4, 4), of its camera.

    Raises:
        InputProblem: the radiograph is of another X-ray.
    """
    field = find_field(xray.pixels, xray.invalid, xray.name)
    whole = replace(field, mask=np.ones_like(field.mask))
    clipped = np.zeros_like(field.mask) if field.clipped is None else field.clipped
    for bright in (True, False):
        image = condition(whole, radiograph.camera, bright, xray.intensity).image
        if np.allclose(image[field.mask], radiograph.image[field.mask], atol=1e-4):
            return smaller(MetalImage(image, field.mask | clipped, clipped, radiograph.camera, camera_from_first))
    raise InputProblem(f"what was registered is not {xray.name}; register again")


def smaller(xray: MetalImage) -> MetalImage:
    """At most as large as shadows are found in."""
    import cv2

    scale = min(1.0, LARGEST_SIDE_PX / max(xray.camera.image_size))
    if scale == 1.0:
        return xray
    size = round(xray.camera.width * scale), round(xray.camera.height * scale)
    image, usable, clipped = (
        cv2.resize(part.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        for part in (xray.image, xray.usable, xray.clipped)
    )
    camera = xray.camera.resample(*size)
    return MetalImage(image, usable > 0.5, clipped > 0.5, camera, xray.camera_from_first)


def find_shadow(xray: MetalImage, drr: np.ndarray, depth_mm: float) -> Shadow:
    """Where an X-ray is denser than the CT and its surroundings say.

    Args:
        xray: with its metal.
        drr: (H, W) of the CT at its pose, in the same camera.
        depth_mm: of the patient before the source.
    """
    pixel_mm = depth_mm / np.sqrt(abs(np.linalg.det(xray.camera.K[:2, :2])))
    window = int(SURROUNDINGS_MM / pixel_mm) | 1
    gain = _gain(xray, drr, window)
    rest = xray.image - gain * drr
    over = np.where(xray.usable, rest - _surroundings(rest, xray.usable, window), 0)
    calm = xray.usable & ~xray.clipped
    noise = 1.4826 * float(np.median(np.abs(over[calm]))) if calm.any() else 0.0
    excess = (over / gain).astype(np.float32)
    return Shadow(xray, drr, gain, excess, _dense(over, noise, pixel_mm) & xray.usable)


def _dense(over: np.ndarray, noise: float, pixel_mm: float) -> np.ndarray:
    """Parts that stand out, up to where they have fallen to a share of their densest place."""
    from scipy import ndimage

    reach = max(1, round(THICKEST_MM / 2 / pixel_mm))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    top = ndimage.maximum_filter(ndimage.median_filter(over, 3), footprint=x * x + y * y <= reach * reach)
    least = max(NOISE_DEVIATIONS * noise, LEAST_CONTRAST * float(np.quantile(top, 0.999)))
    numbers, count = ndimage.label((over > EDGE * top) & (top > least))
    areas = np.bincount(numbers.ravel(), minlength=count + 1) * pixel_mm**2
    kept = areas >= LEAST_AREA_MM2
    kept[0] = False
    dense: np.ndarray = kept[numbers]
    return dense


def _gain(xray: MetalImage, drr: np.ndarray, window: int) -> float:
    """Of the image for one of the DRR: a robust line through both, each without its surroundings."""
    calm = xray.usable & ~xray.clipped
    one, other = (values - _surroundings(values, xray.usable, window) for values in (drr, xray.image))
    x, y = one[calm], other[calm]
    weights = np.ones_like(x)
    gain = 1.0
    for _ in range(_ROUNDS):
        gain = float((weights * x * y).sum() / max(float((weights * x * x).sum()), 1e-12))
        off = np.abs(y - gain * x)
        weights = 1 / np.maximum(off, 1e-3 * float(np.abs(y).max()) + np.median(off))
    return max(gain, 1e-6)


def _surroundings(values: np.ndarray, usable: np.ndarray, window: int) -> np.ndarray:
    """(H, W) median of a window, to 1/255 of the range."""
    import cv2

    low, high = np.percentile(values[usable], [0.1, 99.9]) if usable.any() else (0.0, 1.0)
    span = max(float(high - low), 1e-9)
    filled = np.where(usable, values, np.median(values[usable]) if usable.any() else 0)
    grey = np.round(np.clip((filled - low) / span, 0, 1) * 255).astype(np.uint8)
    middle = cv2.medianBlur(grey, min(window, 255)).astype(np.float32)
    return cv2.blur(middle, (window // 4 | 1,) * 2) / 255 * span + low
