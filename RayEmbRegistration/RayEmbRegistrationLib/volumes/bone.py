"""The skeleton in a CT: bone told from table, rods, contrast agent, metal and clothing; points spread over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.problems import InputProblem

from .components import Part, find_parts, with_surroundings

WEAK_BONE_HU = 150.0  # chosen: trabecular bone's lower end, above contrast-free soft tissue
SURE_BONE_HU = 300.0  # chosen: cortex, even where it shares voxels with soft tissue
NEAR_MM = 10.0  # chosen: joint spaces and growth plates are narrower
_LARGEST_MARROW_CAVITY_MM2 = 1500.0  # chosen: 44 mm across; the pelvic ring and the skull are wider
_SHORTEST_MARROW_CAVITY_MM = 6.0  # chosen: a ring closed by chance is a slice or two thick


@dataclass(frozen=True, eq=False)
class Skeleton:
    """The bone of a CT.

    Attributes:
        mask: (K, J, I) bool, True in bone, marrow included.
        left_out: what was dense but is not bone, one phrase each with size and place.
    """

    mask: np.ndarray
    left_out: tuple[str, ...] = ()


def find_skeleton(volume: CTVolume) -> Skeleton:
    """The bone of a CT: its labels where it has them, else what is dense and shaped and textured like bone.

    A part is bone where voxels above 150 HU connect to some above 300 HU, unless it is a straight rod (and no long bone's
    shaft), a thin plate, a homogeneous solid (plastic, contrast agent), metal apart from bone, or a small bit more than 10
    mm from larger bones. Contrast agent that touches bone stays.

    Raises:
        InputProblem: no bone found.
    """
    if volume.labels is not None:
        mask = volume.labels > 0
        if not mask.any():
            raise InputProblem("the label map marks no bone; choose labels that occur in it")
        return Skeleton(mask)
    box = _box_of(volume.hu > WEAK_BONE_HU)
    if box is None:
        raise InputProblem("the CT shows no bone (nothing above 150 HU); give a CT in Hounsfield units or a label map")
    box = with_surroundings(box, volume.spacing_mm)
    hu = volume.hu[box]
    ras_from_ijk = volume.ras_from_ijk.copy()
    ras_from_ijk[:3, 3] = volume.ras_from_index(np.array([side.start for side in box[::-1]]))
    numbers, parts, specks = find_parts(hu > WEAK_BONE_HU, hu, ras_from_ijk)
    sure = np.bincount(numbers[hu > SURE_BONE_HU].ravel(), minlength=numbers.max() + 1)
    kept, left_out = _choose(parts, sure, specks)
    if not kept:
        raise InputProblem(
            "no bone was found in the CT, only objects such as rods, plates or contrast agent; give a label map of the bone"
        )
    chosen = np.zeros(numbers.max() + 1, dtype=bool)
    chosen[[part.number for part in kept]] = True
    mask = np.zeros(volume.hu.shape, dtype=bool)
    mask[box] = _with_marrow(chosen[numbers], volume.spacing_mm)
    return Skeleton(mask, left_out)


def _box_of(mask: np.ndarray) -> tuple[slice, slice, slice] | None:
    """The smallest box around a mask."""
    box = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not len(used):
            return None
        box.append(slice(int(used[0]), int(used[-1]) + 1))
    return box[0], box[1], box[2]


def _choose(parts: list[Part], sure: np.ndarray, specks: int) -> tuple[list[Part], tuple[str, ...]]:
    """The parts that are bone, and phrases for those that are not."""
    candidates = [part for part in parts if sure[part.number] > 3]
    specks += len(parts) - len(candidates)
    # Where the largest solid is itself of one density (a phantom, a filled model), density says nothing about bone.
    solids = [part for part in candidates if not (part.is_straight_rod or part.is_thin_plate)]
    textured = [part for part in solids if not part.is_homogeneous]
    density_tells = bool(textured) and textured[0].volume_ml > 0.1 * solids[0].volume_ml
    foreign: list[tuple[str, Part]] = []
    bones: list[Part] = []
    for part in candidates:
        kind = _foreign_kind(part, density_tells)
        if kind is None:
            bones.append(part)
        else:
            foreign.append((kind, part))
    if not bones:
        return [], ()
    large = [part for part in bones if part.volume_ml >= max(0.3, 0.005 * bones[0].volume_ml)] or bones[:1]
    kept = list(large)
    bits: list[Part] = []
    for part in bones:
        if part not in large:
            (kept if _distance(part, large) <= NEAR_MM else bits).append(part)
    low = np.min([part.low_ras for part in kept], axis=0)
    high = np.max([part.high_ras for part in kept], axis=0)
    foreign += [("a small dense object", part) for part in bits]
    foreign.sort(key=lambda found: -found[1].volume_ml)
    phrases = [_phrase(kind, part, low, high) for kind, part in foreign[:8]]
    rest = specks + max(0, len(foreign) - 8)
    if rest:
        phrases.append(f"{rest} specks and small bits" if rest > 1 else "a speck")
    return kept, tuple(phrases)


def _foreign_kind(part: Part, density_tells: bool) -> str | None:
    """What a part is if it is not bone."""
    if part.is_straight_rod:
        return "a straight rod"
    if part.is_thin_plate:
        return "a thin plate"
    if part.is_metal and part.volume_ml < 50:
        return "metal"
    if density_tells and part.is_homogeneous and part.hu[1] < 900:
        return "a solid of one density (plastic or contrast agent)"
    return None


def _distance(part: Part, others: list[Part]) -> float:
    """Least distance in mm between the sampled voxels of a part and those near it of other parts."""
    from scipy.spatial import cKDTree

    nearby = [o.points_ras for o in others if _box_gap(part, o) <= NEAR_MM]
    if not nearby:
        return np.inf
    # Samples thin out the other part; its box gap bounds the distance from below and the samples from above.
    distances, _ = cKDTree(np.concatenate(nearby)).query(part.points_ras)
    sampling = max(o.volume_ml * 1000 / len(o.points_ras) for o in others) ** (1 / 3)
    return float(distances.min() - sampling)


def _box_gap(part: Part, other: Part) -> float:
    gap = np.maximum(np.maximum(part.low_ras - other.high_ras, other.low_ras - part.high_ras), 0)
    return float(np.linalg.norm(gap))


def _phrase(kind: str, part: Part, low: np.ndarray, high: np.ndarray) -> str:
    """Kind, size and place of a part beside the box of the bone."""
    size = np.sort(part.high_ras - part.low_ras)
    if kind == "a straight rod":
        text = f"{kind} of {part.diameter_mm:.0f} mm by {part.length_mm:.0f} mm"
    elif kind == "a thin plate":
        text = f"{kind} of {size[1]:.0f} mm by {size[2]:.0f} mm"
    else:
        text = f"{kind} of {part.volume_ml:.1f} mL, {size[2]:.0f} mm long,"
    beyond = np.concatenate([low - part.center_ras, part.center_ras - high])
    if beyond.max() <= 0:
        return f"{text} amid the bones"
    places = (
        "at the patient's left",
        "behind the patient",
        "below the bones",
        "at the patient's right",
        "in front of the patient",
        "above",
    )
    return f"{text} {places[int(np.argmax(beyond))]}"


def _small_holes(bone: np.ndarray, most_pixels: float) -> np.ndarray | None:
    """The closed holes of a slice, whose border is empty, up to a size; None where there is none."""
    from scipy import ndimage

    holes, count = ndimage.label(~bone)
    if count < 2:
        return None
    small = np.bincount(holes.ravel()) <= most_pixels
    small[[0, holes[0, 0]]] = False
    chosen: np.ndarray = small[holes]
    return chosen


def _with_marrow(mask: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """Marrow cavities filled: closed in axial slices, no larger than a marrow cavity, and over some slices.

    A cavity that happens to close in a single slice would leave a streak across every projection.
    """
    from scipy import ndimage

    most = _LARGEST_MARROW_CAVITY_MM2 / (spacing_mm[0] * spacing_mm[1])
    filled = mask.copy()
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        bone = np.pad(mask[k], 2)
        # Thin cortex has gaps of a voxel; they are closed to find the cavity, not to widen the bone outside it.
        tight = ndimage.binary_closing(bone)
        holes = _small_holes(tight, most)
        if holes is not None:
            bone = bone | (ndimage.binary_dilation(holes) & (tight | holes))
        holes = _small_holes(bone, most)
        filled[k] = (bone if holes is None else bone | holes)[2:-2, 2:-2]
    least = max(2, round(_SHORTEST_MARROW_CAVITY_MM / spacing_mm[2]))
    if least < len(mask):
        filled = ndimage.binary_opening(filled, np.ones((least, 1, 1)))
    result: np.ndarray = mask | filled
    return result


def bone_points(mask: np.ndarray, ras_from_ijk: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Points spread evenly over bone, by farthest-point sampling (Eldar et al., 1997) of random voxels.

    Args:
        mask: (K, J, I) bool.
        ras_from_ijk: (4, 4).
        count: how many; fewer come back where the bone has fewer voxels.
        seed: the same seed gives the same points.

    Returns:
        (N, 3) RAS mm, voxel centres; every leading part of the list is itself evenly spread.

    Raises:
        InputProblem: the mask is empty or count is not positive.
    """
    if count < 1:
        raise InputProblem(f"the number of bone points must be positive, not {count}")
    voxels = np.flatnonzero(mask)
    if not len(voxels):
        raise InputProblem("there is no bone to take points from; check the labels or the CT")
    rng = np.random.default_rng(seed)
    candidates = rng.choice(voxels, min(len(voxels), max(4 * count, min(12 * count, 12_000))), replace=False)
    ijk = np.stack(np.unravel_index(candidates, mask.shape)[::-1], axis=-1)
    points = ijk @ np.asarray(ras_from_ijk)[:3, :3].T + np.asarray(ras_from_ijk)[:3, 3]
    chosen = np.zeros(min(count, len(points)), dtype=int)
    nearest = np.full(len(points), np.inf)
    for n in range(1, len(chosen)):
        offsets = points - points[chosen[n - 1]]
        np.minimum(nearest, np.einsum("nd,nd->n", offsets, offsets), out=nearest)
        chosen[n] = int(np.argmax(nearest))
    result: np.ndarray = points[chosen]
    return result
