"""One line-integral-like image from whatever an X-ray system or a viewer wrote."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.problems import InputProblem

from .radiograph import Radiograph

WORKING_SIZE_PX = 512  # masks are found on an image of this size: their edges need no more; chosen for time
CONSTANT = 0.002  # share of the image's range to which a digital border is flat; chosen: half a grey value of 8 bit
# Likewise with stray light around an intensifier's field, or with noise; chosen: from the widest down, as a round field must
# then prove itself.
NEARLY_CONSTANT = (0.12, 0.06, 0.02)
# Clipped areas to mask; a larger one is unattenuated beam, or darkness; chosen.
SMALLEST_CLIPPED_PX, LARGEST_CLIPPED = 5, 0.04
SEARCHED_COUNTS = 0.02  # likewise in the search, which looks at nothing that faint; chosen
MARKER_CONTRAST, LARGEST_MARKER = 0.6, 0.004  # of the grey scale, of the image; chosen: lead letters, not bone's edges
GREY_BINS, STEEPEST = 256, 4.0  # of the equalisation; chosen: 8 bit; CLAHE's limit as usual
# Below this share of the open beam a detector shows noise; the logarithm must not amplify it; chosen: a grey value of 8 bit.
DARKEST_COUNTS = 0.004


@dataclass(frozen=True, eq=False)
class Field:
    """The X-ray before its polarity is decided.

    Attributes:
        pixels: (H, W) float32, finite, scaled so that its usable part covers 0 to 1.
        mask: (H, W) bool, True where usable.
        notes: what was done.
        clipped: (H, W) bool, what was masked as saturated or as a mark: metal, perhaps; None where nobody looked.
        opaque: (H, W) bool at the dark end of the scale, and at the bright one: of ``clipped`` what an opaque body that is
            registered may be; None where nothing opaque is.
    """

    pixels: np.ndarray
    mask: np.ndarray
    notes: tuple[str, ...]
    clipped: np.ndarray | None = None
    opaque: tuple[np.ndarray, np.ndarray] | None = None

    def usable(self, bone_is_bright: bool | None) -> np.ndarray:
        """(H, W) bool, the mask under a polarity, opaque bodies that are registered with it; None: under either."""
        if self.opaque is None:
            return self.mask
        ends = self.opaque if bone_is_bright is None else (self.opaque[int(bone_is_bright)],)
        return np.logical_or.reduce([self.mask, *ends])


def find_field(
    pixels: np.ndarray, invalid: np.ndarray | None = None, name: str = "the X-ray", registers_opaque: bool = False
) -> Field:
    """Scale an X-ray and mask what carries no image: collimator, saturation, markers.

    Args:
        pixels: (H, W) as stored.
        invalid: (H, W) bool, what the file itself marks as not image.
        name: for messages.
        registers_opaque: whether an opaque body is registered, such as an implant: what saturates where bone would be dense
            is its image then, and no tool beside it.

    Raises:
        InputProblem: nothing usable is left.
    """
    pixels = np.asarray(pixels, dtype=np.float32)
    usable = np.isfinite(pixels)
    notes = []
    if not usable.all():
        notes.append(f"{int((~usable).sum())} pixels that are not finite were masked")
    if invalid is not None:
        usable &= ~invalid
    if usable.mean() < 0.02:
        raise InputProblem(f"{name} has no usable pixels; export it again from the X-ray system")
    low, high = np.percentile(pixels[usable], [0.0, 100.0])
    if high - low <= 0:
        raise InputProblem(f"{name} is one constant grey value; export it again from the X-ray system")
    scaled = np.where(usable, (pixels - low) / (high - low), 0).astype(np.float32)
    step = max(1, int(np.ceil(max(pixels.shape) / WORKING_SIZE_PX)))
    small = scaled[::step, ::step]
    border = _flat_border(small)
    if border.any():
        notes.append(f"a collimated or empty border ({100 * border.mean():.0f} % of the image) was masked")
    ends = [part & ~border for part in _saturation(small)]
    saturated = ends[0] | ends[1]
    if saturated.any():
        kept = ", but for those that are as dense as what is registered" if registers_opaque else ""
        notes.append(f"saturated or signal-free areas ({100 * saturated.mean():.1f} %) were masked{kept}")
    marks = [part & ~border for part in _markers(small, usable[::step, ::step] & ~border)]
    markers = marks[0] | marks[1]
    if markers.any():
        notes.append(f"small marks of high contrast, such as letters ({100 * markers.mean():.2f} %), were masked")
    clipped, blocked, dark, bright = (
        np.kron(part, np.ones((step, step), dtype=bool))[: pixels.shape[0], : pixels.shape[1]]
        for part in (saturated | markers, border | saturated | markers, ends[0] | marks[0], ends[1] | marks[1])
    )
    mask = usable & ~blocked
    if mask.mean() < 0.02:
        raise InputProblem(f"{name} shows nothing but border and saturation; export it again with a wider window")
    low, high = np.percentile(scaled[mask], [0.0, 99.9])
    scaled = np.clip((scaled - low) / max(high - low, 1e-6), 0, 1.0)
    opaque = (dark & usable, bright & usable) if registers_opaque else None
    return Field(scaled.astype(np.float32), mask, tuple(notes), clipped & usable, opaque)


def condition(field: Field, camera: Camera, bone_is_bright: bool, intensity: str = "unknown") -> Radiograph:
    """A radiograph with bone bright.

    Where bone is dark the values are counts or a display of them and get a logarithm (Beer-Lambert), unless the file
    says that they are logarithmic already. Where bone is bright they are line integrals, up to a smooth curve that the
    local similarity does not see.

    Args:
        field: from ``find_field``.
        camera: of this image.
        bone_is_bright: polarity.
        intensity: "raw", "log", "display" or "unknown".
    """
    if bone_is_bright and intensity != "raw":
        image, note = field.pixels, "values were taken as line integrals with bone bright"
    elif bone_is_bright:
        image, note = -np.log(1 + DARKEST_COUNTS - field.pixels), "inverted counts got a logarithm"
    elif intensity == "log":
        image, note = 1 - field.pixels, "logarithmic values were inverted so that bone is bright"
    else:
        image, note = -np.log(field.pixels + DARKEST_COUNTS), "a logarithm was taken and bone made bright"
    mask = field.usable(bone_is_bright)
    image = np.where(mask, image, image[mask].mean())
    return Radiograph(image.astype(np.float32), mask, camera, (*field.notes, note))


def exposure_free(field: Field) -> np.ndarray:
    """(H, W) float32 in which only the sign depends on polarity: for a search that finds the polarity as well.

    Bright stays bright. A logarithm brings out what is dark, where the patient is, and the grey values are then spread.
    """
    mask = field.usable(None)
    spread = _spread_evenly(np.log(field.pixels + SEARCHED_COUNTS), mask) - 0.5
    return np.where(mask, spread, spread[mask].mean()).astype(np.float32)


def levelled(radiograph: Radiograph) -> Radiograph:
    """The radiograph with its grey values spread: where open beam takes most of the range, bone gets its share back."""
    image = _spread_evenly(radiograph.image, radiograph.mask)
    image = np.where(radiograph.mask, image, image[radiograph.mask].mean()).astype(np.float32)
    return Radiograph(image, radiograph.mask, radiograph.camera, (*radiograph.notes, "its grey values were spread evenly"))


def _spread_evenly(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(H, W) from 0 to 1, each grey value as often as any other within the mask, but none raised too much.

    No value gets more than ``STEEPEST`` times its share: noise of the open beam is not to fill the picture
    (contrast-limited histogram equalisation: Pizer et al., CVGIP 39(3), 1987).
    """
    counts, edges = np.histogram(image[mask], bins=GREY_BINS)
    shares = np.minimum(counts / counts.sum(), STEEPEST / GREY_BINS)
    shares += (1 - shares.sum()) / GREY_BINS
    return np.interp(image, edges, np.concatenate([[0.0], np.cumsum(shares)]))


def _flat_border(image: np.ndarray) -> np.ndarray:
    """Flat black or white regions that touch the image's edge, with their blurred rim."""
    border = np.zeros(image.shape, dtype=bool)
    for value in (0.0, 1.0):
        for tolerance in NEARLY_CONSTANT:
            region = _at_edge(np.abs(image - value) <= tolerance)
            # Unattenuated beam is white and may reach an edge too; it says that no bone is there and is kept. A white
            # collimator (an inverted display) takes the corners, and so does what lies around a round field.
            corners = int(region[0, 0]) + int(region[0, -1]) + int(region[-1, 0]) + int(region[-1, -1])
            wanted = 0 if value == 0.0 and tolerance == NEARLY_CONSTANT[-1] else 3 if tolerance > NEARLY_CONSTANT[-1] else 1
            if region.any() and corners >= wanted and _ends_sharply(image, region, tolerance):
                border |= _with_rim(image, region)
                break
        else:
            if value == 0.0:
                # Dense parts of the patient fade into black: only what is exactly flat says nothing.
                region = _at_edge(np.abs(image - value) <= CONSTANT)
                border |= ndimage.binary_dilation(region, iterations=2) if region.any() else region
    return border


def _at_edge(flat: np.ndarray) -> np.ndarray:
    """Connected parts of a mask that touch the image's edge, small ones left out."""
    numbers, count = ndimage.label(flat)
    at_edge = np.unique(np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]]))
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)
    return np.isin(numbers, [n for n in at_edge if n and sizes[n] > 0.002 * flat.size])


def _ends_sharply(image: np.ndarray, region: np.ndarray, tolerance: float) -> bool:
    """Whether values jump on leaving a region along most of its edge, as at a collimator, and do not fade."""
    distance = ndimage.distance_transform_edt(~region)
    near, far = (3, 5) if tolerance == NEARLY_CONSTANT[-1] else (8, 12)
    beyond = np.abs(image[(distance > near) & (distance <= far)] - image[region].mean())
    return len(beyond) > 0 and bool((beyond > 2.5 * tolerance).mean() > 0.8)


def _with_rim(image: np.ndarray, region: np.ndarray) -> np.ndarray:
    """A flat border and the blurred rim over which the image rises from it."""
    distance = ndimage.distance_transform_edt(~region)
    reach = max(8, round(0.07 * max(image.shape)))
    rings = [image[(distance > d) & (distance <= d + 1)] for d in range(reach)]
    profile = np.array([np.median(ring) if len(ring) else np.nan for ring in rings])
    outside = image[region].mean()
    rise = np.abs(profile - outside)
    settled = int(np.flatnonzero(rise >= 0.9 * np.nanmax(rise))[0])
    return distance <= min(settled, reach) + 3


def _saturation(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smaller areas clipped at the dark and the bright end (metal, markers, no signal), a little wider than they are."""
    dark, bright = (_widened(_of_sizes(part, LARGEST_CLIPPED)) for part in (image <= 0.0005, image >= 0.9995))
    return dark, bright


def _of_sizes(areas: np.ndarray, largest: float) -> np.ndarray:
    """The areas of no more than a share of the image, specks left out."""
    numbers, count = ndimage.label(areas)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)
    chosen = (sizes >= SMALLEST_CLIPPED_PX) & (sizes <= largest * areas.size)
    chosen[0] = False
    return np.asarray(chosen[numbers])


def _widened(areas: np.ndarray) -> np.ndarray:
    return np.asarray(ndimage.binary_dilation(areas, iterations=2))


def _markers(image: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Small areas that differ from their surroundings by most of the grey scale, dark ones and bright ones: letters, lead
    markers, annotations.
    """
    import cv2

    filled = np.where(usable, image, np.median(image[usable]) if usable.any() else 0)
    size = min(max(9, round(0.06 * max(image.shape))) | 1, 255)
    surroundings = cv2.medianBlur(np.round(filled * 255).astype(np.uint8), size) / 255
    marks = _of_sizes(np.abs(filled - surroundings) > MARKER_CONTRAST, LARGEST_MARKER)
    return _widened(marks & (filled < surroundings)), _widened(marks & (filled > surroundings))
