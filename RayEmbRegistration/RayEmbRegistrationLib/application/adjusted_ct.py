"""The CT that an adjustment makes of a CT, on its grid, and how sure each place of it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.joint.adjust import Adjustment
from RayEmbRegistrationLib.pose.joint.bodies import REST
from RayEmbRegistrationLib.pose.joint.judging import pose_slopes
from RayEmbRegistrationLib.pose.joint.solve import Solved
from RayEmbRegistrationLib.pose.joint.state import POSE_SIZE, pull_of
from RayEmbRegistrationLib.pose.joint.warp import Warp

SOFT_HU = 30.0  # where a bone was and none is now, unless soft tissue around it says otherwise: muscle with fat; chosen
_MAP_MM = 6.0  # grid on which uncertainty is worked out; chosen: it changes over centimetres
_UNSEEN = 0.5  # share of a change's variance left over, from which it counts as unseen; chosen: the half


@dataclass(frozen=True, eq=False)
class AdjustedCT:
    """A prior CT adjusted to X-rays; anchored at its largest body, whose frame is the CT's.

    Attributes:
        volume: Hounsfield units and labels on the CT's grid.
        displacement: (K, J, I, 3) float32, RAS mm: what is at y was at y + displacement in the CT.
        std_mm: (K, J, I) float32, of where bone is, against the largest body; 0 away from bone.
        unseen: (K, J, I) float32, 0 to 1, share of the variance of a change that the X-rays left; 0 away from bone.
        least_jacobian: least determinant of the map's derivative within bone; not positive where it folds.
        modes_seen: directions of change of which the X-rays say more than was known before.
        unseen_share: mean of ``unseen`` over bone.
        unseen_ml: volume of bone where it is more than a half.
    """

    volume: CTVolume
    displacement: np.ndarray
    std_mm: np.ndarray
    unseen: np.ndarray
    least_jacobian: float
    modes_seen: int
    unseen_share: float
    unseen_ml: float


def adjusted_ct(ct: CTVolume, adjustment: Adjustment) -> AdjustedCT:
    """Move, warp and fill.

    Args:
        ct: that was registered, with its labels where bones moved.
        adjustment: what was found.
    """
    joint, solved = adjustment.joint, adjustment.solved
    poses = solved.state.poses.numpy
    warp = joint.block if isinstance(joint.block, Warp) else None
    coefficients = solved.state.coefficients.cpu().numpy()
    labels = np.zeros(ct.hu.shape, np.int16) if ct.labels is None else ct.labels
    moving = [body.label for body in joint.bodies.each[1:] if body.label != REST]
    masks = [_mask_of(labels, body.label, moving) for body in joint.bodies.each]
    whole = (slice(0, ct.hu.shape[0]), slice(0, ct.hu.shape[1]), slice(0, ct.hu.shape[2]))
    u = _field(ct, warp, coefficients, np.eye(4), whole)
    stay = labels * ~np.isin(labels, moving)
    filled = np.where(_grown(np.isin(labels, moving)), np.float32(_soft_hu(ct, labels)), ct.hu.astype(np.float32))
    hu = _pulled(filled, ct, u, whole, 1) if warp is not None else filled
    new_labels = _pulled(stay, ct, u, whole, 0) if warp is not None else stay.copy()
    displacement = u.astype(np.float32)
    least = _least_jacobian(u, ct, labels > 0) if warp is not None else 1.0
    for number, body in enumerate(joint.bodies.each):
        if number == 0 or body.label == REST:
            continue
        back = np.linalg.inv(poses[number]) @ poses[0]  # where a point of the adjusted CT was in the CT
        box = _box_after(masks[number], ct, np.linalg.inv(back))
        own = _field(ct, warp, coefficients, back, box)
        inside = _pulled(masks[number].astype(np.float32), ct, own, box, 1) > 0.5
        rim = _pulled(_grown(masks[number]).astype(np.float32), ct, own, box, 1) > 0.5
        rim &= inside | (new_labels[box] == 0)  # of another bone nothing is taken
        bone = _pulled(ct.hu.astype(np.float32), ct, own, box, 1)
        hu[box] = np.where(inside, bone, np.where(rim, np.maximum(hu[box], bone), hu[box]))
        new_labels[box] = np.where(inside, body.label, new_labels[box])
        displacement[box] = np.where(rim[..., None], own, displacement[box]).astype(np.float32)
    std, unseen = _uncertainty(ct, adjustment, new_labels, moving)
    bone_mask = std > 0
    voxel_ml = float(abs(np.linalg.det(ct.ras_from_ijk[:3, :3]))) / 1000
    share = float(unseen[bone_mask].mean()) if bone_mask.any() else 0.0
    volume = CTVolume(
        np.clip(np.round(hu), -32768, 32767).astype(np.int16),  # what a CT's file holds
        ct.ras_from_ijk,
        None if ct.labels is None else new_labels.astype(ct.labels.dtype),
    )
    unseen_ml = float((unseen > _UNSEEN).sum()) * voxel_ml
    return AdjustedCT(volume, displacement, std, unseen, least, _modes_seen(adjustment), share, unseen_ml)


def _mask_of(labels: np.ndarray, label: int, moving: list[int]) -> np.ndarray:
    mask: np.ndarray = labels == label if label != REST else ~np.isin(labels, moving)
    return mask


def _grown(mask: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    grown: np.ndarray = ndimage.binary_dilation(mask) if mask.any() else mask
    return grown


def _soft_hu(ct: CTVolume, labels: np.ndarray) -> float:
    """What surrounds the bones: the median of unlabelled voxels of soft tissue."""
    soft = ct.hu[(labels == 0) & (ct.hu > -150) & (ct.hu < 150)]  # fat to muscle
    return float(np.median(soft)) if len(soft) else SOFT_HU


def _places(ct: CTVolume, box: tuple[slice, slice, slice]) -> np.ndarray:
    """(K, J, I, 3) RAS mm of a box's voxels."""
    k, j, i = np.meshgrid(*[np.arange(side.start, side.stop) for side in box], indexing="ij")
    return ct.ras_from_index(np.stack([i, j, k], axis=-1))


def _field(
    ct: CTVolume, warp: Warp | None, coefficients: np.ndarray, back: np.ndarray, box: tuple[slice, slice, slice]
) -> np.ndarray:
    """(K, J, I, 3) RAS mm from places of the adjusted CT to where they were in the CT."""
    size = tuple(side.stop - side.start for side in box)
    if warp is None and np.allclose(back, np.eye(4)):
        return np.zeros((*size, 3), np.float32)
    places = _places(ct, box)
    moved = places @ back[:3, :3].T + back[:3, 3]
    if warp is not None:
        grid = ct.ras_from_ijk.copy()
        grid[:3, 3] = ct.ras_from_index(np.array([side.start for side in box[::-1]]))
        modes = warp.on_grid(back @ grid, size).numpy()
        moved -= np.einsum("am,mkji->kjia", coefficients.reshape(3, -1), modes)
    field: np.ndarray = (moved - places).astype(np.float32)
    return field


def _pulled(values: np.ndarray, ct: CTVolume, field: np.ndarray, box: tuple[slice, slice, slice], order: int) -> np.ndarray:
    """Values of the CT's grid at a box's places moved by a field."""
    from scipy import ndimage

    k, j, i = np.meshgrid(*[np.arange(side.start, side.stop, dtype=np.float32) for side in box], indexing="ij")
    shift = field @ np.linalg.inv(ct.ras_from_ijk[:3, :3]).T.astype(np.float32)
    places = [k + shift[..., 2], j + shift[..., 1], i + shift[..., 0]]
    found: np.ndarray = ndimage.map_coordinates(values, places, order=order, mode="nearest")
    return found


def _box_after(mask: np.ndarray, ct: CTVolume, motion: np.ndarray) -> tuple[slice, slice, slice]:
    """The box of voxels that a moved mask can reach, a centimetre around it included."""
    from scipy import ndimage

    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    corners = np.array([[i, j, k] for i in _ends(box[2]) for j in _ends(box[1]) for k in _ends(box[0])])
    moved = ct.ras_from_index(corners) @ motion[:3, :3].T + motion[:3, 3]
    ijk = ct.index_from_ras(moved)
    margin = 10.0 / ct.spacing_mm
    low = np.maximum(np.floor(ijk.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(ijk.max(axis=0) + margin) + 1, ct.hu.shape[::-1]).astype(int)
    high = np.maximum(high, low + 1)
    return slice(low[2], high[2]), slice(low[1], high[1]), slice(low[0], high[0])


def _ends(side: slice) -> tuple[int, int]:
    return side.start, side.stop - 1


def _least_jacobian(u: np.ndarray, ct: CTVolume, bone: np.ndarray) -> float:
    """Least determinant of d(y + u)/dy over bone; the bodies' own motions have 1."""
    ijk_from_ras = np.linalg.inv(ct.ras_from_ijk[:3, :3])
    slopes = np.stack(np.gradient(u, axis=(2, 1, 0)), axis=-1)  # of each component along i, j, k
    determinants = np.linalg.det(np.eye(3) + slopes[bone] @ ijk_from_ras) if bone.any() else np.ones(1)
    return float(determinants.min())


def _uncertainty(
    ct: CTVolume, adjustment: Adjustment, labels: np.ndarray, moving: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviation (mm) and unseen share on the CT's grid, within bone."""
    from scipy import ndimage

    std, unseen = (np.zeros(ct.hu.shape, np.float32) for _ in range(2))
    after, before = _covariances(adjustment)
    bone = labels > 0 if ct.labels is not None else ct.hu > 200
    for number, body in enumerate(adjustment.joint.bodies.each):
        mask = (_mask_of(labels, body.label, moving) if ct.labels is not None else bone) & bone
        if not mask.any():
            continue
        box = ndimage.find_objects(mask.astype(np.uint8))[0]
        counts = [
            max(2, int(np.ceil((s.stop - s.start) * mm / _MAP_MM))) for s, mm in zip(box, ct.spacing_mm[::-1], strict=True)
        ]
        axes = [np.linspace(s.start, s.stop - 1, n) for s, n in zip(box, counts, strict=True)]
        k, j, i = np.meshgrid(*axes, indexing="ij")
        points = ct.ras_from_index(np.stack([i, j, k], axis=-1)).reshape(-1, 3)
        left, known = (relative_variances(adjustment, number, points, matrix) for matrix in (after, before))
        maps = np.stack([np.sqrt(left), np.clip(left / np.maximum(known, 1e-9), 0, 1)]).reshape(2, *counts)
        zoomed = [_enlarged(one, [s.stop - s.start for s in box]) for one in maps]
        std[box] = np.where(mask[box], np.maximum(zoomed[0], 1e-6), std[box])
        unseen[box] = np.where(mask[box], zoomed[1], unseen[box])
    return std, unseen


def _enlarged(values: np.ndarray, size: list[int]) -> np.ndarray:
    import torch
    from torch.nn import functional

    given = torch.as_tensor(values, dtype=torch.float32)[None, None]
    enlarged: np.ndarray = functional.interpolate(given, size, mode="trilinear", align_corners=True)[0, 0].numpy()
    return enlarged


def _covariances(adjustment: Adjustment) -> tuple[np.ndarray, np.ndarray]:
    """(n, n) of all blocks after and before the X-rays; before, the largest body stands still."""
    joint, solved = adjustment.joint, adjustment.solved
    known = pull_of(solved.state, joint.bodies, None, joint.block).information.cpu().numpy()
    before = np.zeros_like(known)
    rest = known[POSE_SIZE:, POSE_SIZE:] + 1e-9 * np.eye(len(known) - POSE_SIZE)  # a free bone is known to some 30 m
    before[POSE_SIZE:, POSE_SIZE:] = np.linalg.inv(rest)
    return solved.covariance, before


def relative_variances(adjustment: Adjustment, number: int, points_ras: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(N,) mm2, summed over axes, of where points of a body are against the root."""
    joint, state = adjustment.joint, adjustment.solved.state
    slopes = np.zeros((len(points_ras), 3, len(covariance)))
    own = slice(POSE_SIZE * number, POSE_SIZE * (number + 1))
    slopes[:, :, own] += pose_slopes(state, joint, number, points_ras)
    poses = state.poses.numpy
    as_root = np.linalg.inv(poses[0]) @ poses[number]
    seen_by_root = points_ras @ as_root[:3, :3].T + as_root[:3, 3]
    slopes[:, :, :POSE_SIZE] -= pose_slopes(state, joint, 0, seen_by_root)
    if isinstance(joint.block, Warp):
        modes = joint.block.at(points_ras)
        turned = np.einsum("ab,nm->nabm", poses[number][:3, :3], modes)
        slopes[:, :, POSE_SIZE * len(joint.bodies) :] = turned.reshape(len(points_ras), 3, -1)
    variances: np.ndarray = np.einsum("nai,ij,naj->n", slopes, covariance, slopes)
    return np.maximum(variances, 0)


def _modes_seen(adjustment: Adjustment) -> int:
    """Directions in which the X-rays say more than the priors."""
    joint, solved = adjustment.joint, adjustment.solved
    known = pull_of(solved.state, joint.bodies, None, joint.block).information.cpu().numpy()[POSE_SIZE:, POSE_SIZE:]
    return seen_directions(solved, known)


def seen_directions(solved: Solved, known: np.ndarray) -> int:
    """Generalised eigenvalues of the X-rays' information against the priors' that are above 1; the root's pose left free."""
    from scipy.linalg import eigh

    if len(known) == 0:
        return 0
    root, rest = solved.seen[:POSE_SIZE, :POSE_SIZE], solved.seen[POSE_SIZE:, POSE_SIZE:]
    across = solved.seen[POSE_SIZE:, :POSE_SIZE]
    own = rest - across @ np.linalg.pinv(root, hermitian=True) @ across.T
    values = eigh((own + own.T) / 2, known + 1e-9 * np.eye(len(known)), eigvals_only=True)
    return int((values > 1).sum())
