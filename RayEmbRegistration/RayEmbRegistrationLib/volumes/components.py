"""Connected parts of a thresholded CT, and how a part is told from bone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

LEAST_PART_ML = 0.05  # chosen: a sesamoid bone counts, noise does not
_MOST_PARTS = 300  # chosen for time: a skeleton has some 200 bones
_MARROW_HU = (-200.0, 400.0)
"""Inside a long bone's shaft: fatty marrow has some -100, red marrow with trabeculae up to 300; air has -1000."""
_TISSUE_HU = -300.0  # chosen, between lung and fat; around a shaft are muscle and fat, around a rod beside the patient air
_LEAST_MARROW, _MOST_AIR = 0.05, 0.25
"""Of a shaft's cross-section, and of what is within ``_AROUND_MM`` of it; chosen. A femur's canal has 0.2."""
_AROUND_MM = 4.0  # chosen: past the periosteum and a coarse voxel


@dataclass(frozen=True, eq=False)
class Part:
    """One connected part of the thresholded CT.

    Attributes:
        number: its number in the label array.
        volume_ml: its volume.
        inner_fraction: share of its voxels that have all six neighbours in the part; near 0 for sheets and specks.
        hu: (3,) tenth, fiftieth and ninetieth percentile of its inner voxels (of all voxels where few are inner).
        low_ras, high_ras: (3,) its box, mm.
        center_ras: (3,) its centroid, mm.
        spread_mm: (3,) standard deviations along its principal axes, ascending.
        length_mm: extent along its longest principal axis.
        bend_mm: how far the centroids of ten sections along that axis leave a straight line.
        section_variation: standard deviation of those sections' volumes over their mean, the two ends left out.
        points_ras: (M, 3) some of its voxels.
        is_shaft: whether it is the shaft of a long bone, whose ends the CT does not hold: it encloses marrow, and lies amid
            soft tissue. Looked for where the shape is a rod's.
    """

    number: int
    volume_ml: float
    inner_fraction: float
    hu: np.ndarray
    low_ras: np.ndarray
    high_ras: np.ndarray
    center_ras: np.ndarray
    spread_mm: np.ndarray
    length_mm: float
    bend_mm: float
    section_variation: float
    points_ras: np.ndarray
    is_shaft: bool = False

    @property
    def diameter_mm(self) -> float:
        """Diameter of a cylinder of this volume and length."""
        return float(np.sqrt(4 * self.volume_ml * 1000 / (np.pi * max(self.length_mm, 1.0))))

    @property
    def is_homogeneous(self) -> bool:
        """A solid of one density, which plastic, foam and contrast agent are and bone is not."""
        return not self.is_shaft and self.inner_fraction > 0.1 and self.hu[2] - self.hu[0] < 0.35 * self.hu[1]

    @property
    def is_straight_rod(self) -> bool:
        """Long, straight, and of one cross-section from end to end, which no whole bone is."""
        slender = self.length_mm > 100 and self.length_mm > 4 * self.diameter_mm and self.spread_mm[1] < 30
        return bool(slender and self.bend_mm < 1.5 and self.section_variation < 0.1 and not self.is_shaft)

    @property
    def is_thin_plate(self) -> bool:
        """A flat sheet of a voxel or two, such as the skin of a table."""
        return bool(self.spread_mm[0] < 1.0 and self.spread_mm[1] > 12 and self.inner_fraction < 0.05)

    @property
    def is_metal(self) -> bool:
        """Denser than any bone."""
        return bool(self.hu[1] > 2500 and self.hu[2] > 3000)


def sections(points: np.ndarray, axis: np.ndarray) -> tuple[float, float, float]:
    """Length and bend in mm of points (N, 3) along an axis (3,), and variation of ten sections, as ``Part`` has them.

    The variation leaves the two ends out.
    """
    along = points @ axis
    length = float(np.ptp(along))
    if length <= 0:
        return 0.0, 0.0, 0.0
    section = np.minimum(((along - along.min()) / length * 10).astype(int), 9)
    counts = np.bincount(section, minlength=10)
    if (counts == 0).any():
        return length, np.inf, np.inf
    centroids = np.stack([np.bincount(section, points[:, d], minlength=10) / counts for d in range(3)], axis=-1)
    inner = centroids - centroids.mean(axis=0)
    rest = inner - np.outer(inner @ axis, axis)
    slope = (rest * (inner @ axis)[:, None]).sum(axis=0) / max(((inner @ axis) ** 2).sum(), 1e-9)
    bend = np.linalg.norm(rest - np.outer(inner @ axis, slope), axis=1).max()
    return length, float(bend), float(counts[1:-1].std() / counts[1:-1].mean())


def measure_part(number: int, inside: np.ndarray, hu: np.ndarray, ras_from_ijk: np.ndarray) -> Part:
    """Measure a part from its mask and the HU in its box, whose grid is ``ras_from_ijk``."""
    from scipy import ndimage

    count = int(inside.sum())
    inner = ndimage.binary_erosion(inside)
    inner_count = int(inner.sum())
    values = hu[inner] if inner_count > 20 else hu[inside]
    kji = np.argwhere(inside)
    kji = kji[:: max(1, count // 200_000)]
    points = kji[:, ::-1] @ ras_from_ijk[:3, :3].T + ras_from_ijk[:3, 3]
    center = points.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov((points - center).T)) if len(points) > 3 else (np.zeros(3), np.eye(3))
    length, bend, variation = sections(points - center, axes[:, 2])
    return Part(
        number=number,
        volume_ml=count * abs(np.linalg.det(ras_from_ijk[:3, :3])) / 1000,
        inner_fraction=inner_count / count,
        hu=np.percentile(values[:: max(1, values.size // 100_000)], [10, 50, 90]),
        low_ras=points.min(axis=0),
        high_ras=points.max(axis=0),
        center_ras=center,
        spread_mm=np.sqrt(np.maximum(variances, 0)),
        length_mm=length,
        bend_mm=bend,
        section_variation=variation,
        points_ras=points[:: max(1, len(points) // 500)],
    )


def with_surroundings(box: tuple[slice, ...], spacing_mm: np.ndarray) -> tuple[slice, slice, slice]:
    """A box along k, j, i of voxels with ``spacing_mm`` (3,) along i, j, k, and what is looked at around a part."""
    margin = np.ceil(_AROUND_MM / spacing_mm).astype(int)[::-1]
    k, j, i = (slice(max(side.start - more, 0), side.stop + more) for side, more in zip(box, margin, strict=True))
    return k, j, i


def _is_shaft(inside: np.ndarray, hu: np.ndarray, spacing_mm: np.ndarray) -> bool:
    """Whether a rod encloses marrow and lies in soft tissue.

    Args:
        inside: (K, J, I) bool, the rod in its box and ``_AROUND_MM`` more.
        hu: (K, J, I) likewise.
        spacing_mm: (3,) along i, j, k.
    """
    from scipy import ndimage

    across = int(np.argmax(inside.shape * spacing_mm[::-1]))  # sections across its length, nearly
    sections, values = np.moveaxis(inside, across, 0), np.moveaxis(hu, across, 0)
    core = np.stack([ndimage.binary_fill_holes(section) & ~section for section in sections])
    marrow = core & (values > _MARROW_HU[0]) & (values < _MARROW_HU[1])
    near = ndimage.distance_transform_edt(~inside, sampling=spacing_mm[::-1]) <= _AROUND_MM
    around = hu[near & ~inside & ~np.moveaxis(core, 0, across)]
    is_hollow = np.count_nonzero(marrow) > _LEAST_MARROW * np.count_nonzero(inside)
    return bool(is_hollow and len(around) and np.mean(around < _TISSUE_HU) < _MOST_AIR)


def find_parts(mask: np.ndarray, hu: np.ndarray, ras_from_ijk: np.ndarray) -> tuple[np.ndarray, list[Part], int]:
    """Label array, measured parts in descending volume, and the number of smaller bits that were not measured."""
    from scipy import ndimage

    numbers, total = ndimage.label(mask)
    boxes = ndimage.find_objects(numbers)
    counts = np.bincount(numbers.ravel(), minlength=total + 1)
    counts[0] = 0
    least = max(LEAST_PART_ML * 1000 / abs(np.linalg.det(ras_from_ijk[:3, :3])), 8)
    spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    order = [int(n) for n in np.argsort(-counts)[:_MOST_PARTS] if counts[n] >= least]
    parts = []
    for number in order:
        box = boxes[number - 1]
        placed = ras_from_ijk.copy()
        placed[:3, 3] += ras_from_ijk[:3, :3] @ [side.start for side in box[::-1]]
        part = measure_part(number, numbers[box] == number, hu[box], placed)
        if part.is_straight_rod:
            wider = with_surroundings(box, spacing)
            part = replace(part, is_shaft=_is_shaft(numbers[wider] == number, hu[wider], spacing))
        parts.append(part)
    return numbers, parts, total - len(order)
