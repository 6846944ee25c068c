"""Where a NIfTI file says its voxels lie: two forms that may be absent, disagree, or be in another unit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

from .stored import COPY_AGAIN

SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT; nifti1.h
# NIfTI-1's codes of coordinate frames.
_MEANINGS = {2: "aligned with another scan", 3: "the Talairach atlas", 4: "the MNI atlas", 5: "a template"}
_MM_OF_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}  # NIfTI-1's codes of units: metre, millimetre, micrometre
_UNIT_NAMES = {1: "metres", 3: "micrometres"}  # the same codes
_SAME_SIZE = 0.01  # relative; chosen: float32 and rounding by hand
_MOST_QUATERNION = 1.01  # of a unit quaternion's components, rounded; chosen


@dataclass(frozen=True, eq=False)
class Forms:
    """The two placements in a NIfTI header.

    Attributes:
        qform_code, sform_code: what each is aligned with; 0 where it is absent.
        quaternion: (6,) b, c, d and the offset.
        rows: (3, 4) of the sform.
        qfac: sign of the third axis in the qform.
    """

    qform_code: int
    sform_code: int
    quaternion: np.ndarray
    rows: np.ndarray
    qfac: float


def place_of_forms(
    forms: Forms, pixdim: tuple[float, ...], size: tuple[int, ...], units: int, path: Path
) -> tuple[np.ndarray | None, str, list[str]]:
    """(4, 4) ras_from_ijk or None, why there is none, and notes.

    The form is the one that ITK and so 3D Slicer take: the sform where it is the scanner's, else the qform, else the sform.

    Raises:
        InputProblem: a voxel size that is no length, or two forms of different voxel size or handedness.
    """
    sizes = np.array(pixdim, dtype=np.float64)
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        shown = ", ".join(f"{size:g}" for size in sizes)
        return None, f"has a voxel size (pixdim) of {shown}, which is no length", []
    if forms.qform_code <= 0 and forms.sform_code <= 0:
        return None, "does not tell how it lies in the patient (both form codes are 0), so left and right are unknown", []
    qform = _matrix_of_quaternion(forms, sizes) if forms.qform_code > 0 else None
    sform = _matrix_of_rows(forms.rows) if forms.sform_code > 0 else None
    notes: list[str] = []
    if qform is not None and sform is not None:
        notes += _compared(qform, sform, sizes, size, path)
    if sform is not None and (forms.sform_code == SCANNER or qform is None):
        matrix, name, code = sform, "sform", forms.sform_code
    else:
        assert qform is not None  # noqa: S101 - one of the two was seen to be there
        matrix, name, code = qform, "qform", forms.qform_code
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
        return None, f"has a {name} that does not place its voxels (not finite or flat)", []
    with np.errstate(over="ignore"):
        own = np.linalg.norm(matrix[:3, :3], axis=0)
    if not np.abs(own / sizes - 1).max() <= _SAME_SIZE:
        raise InputProblem(
            f"{path} contradicts itself: its voxels are {_lengths(sizes)} by pixdim and {_lengths(own)} by the {name}; "
            f"{COPY_AGAIN}"
        )
    if notes:
        notes = [notes[0] + f"; the {name} is used, as 3D Slicer does"]
    elif code != SCANNER:
        meaning = _MEANINGS.get(code, f"of the unknown kind {code}")
        notes.append(f"{path} is placed by its {name}, which is not the scanner's but {meaning} (code {code})")
    factor = _MM_OF_UNIT.get(units, 1.0)
    if factor != 1.0:
        matrix = matrix * np.array([[factor], [factor], [factor], [1.0]])
        notes.append(f"{path} gives lengths in {_UNIT_NAMES[units]}; they were converted to mm")
    return matrix, "", notes


def _lengths(sizes: np.ndarray) -> str:
    return " x ".join(f"{size:.4g}" for size in sizes)


def _matrix_of_rows(rows: np.ndarray) -> np.ndarray:
    return np.vstack([rows, [0.0, 0.0, 0.0, 1.0]]).astype(np.float64)


def _matrix_of_quaternion(forms: Forms, sizes: np.ndarray) -> np.ndarray:
    """(4, 4) of the qform (method 2 of nifti1.h)."""
    b, c, d, *offset = forms.quaternion.astype(np.float64)
    if not (np.abs([b, c, d]) <= _MOST_QUATERNION).all():
        return np.full((4, 4), np.nan)
    rest = 1.0 - (b * b + c * c + d * d)
    if rest < 1e-7:  # as nifti1_io does: rounded to a half turn
        norm = np.sqrt(b * b + c * c + d * d)
        a, b, c, d = 0.0, b / norm, c / norm, d / norm
    else:
        a = np.sqrt(rest)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * sizes * [1.0, 1.0, -1.0 if forms.qfac < 0 else 1.0]
    matrix[:3, 3] = offset
    return matrix


def _compared(qform: np.ndarray, sform: np.ndarray, sizes: np.ndarray, size: tuple[int, ...], path: Path) -> list[str]:
    """A note where the two forms place the voxels apart; refused where they differ in more than place."""
    if not (np.isfinite(qform).all() and np.isfinite(sform).all()):
        raise InputProblem(f"{path} has a qform or sform that is not finite: its header is damaged; {COPY_AGAIN}")
    q, s = qform[:3, :3] / sizes, sform[:3, :3] / sizes
    if np.linalg.det(q) * np.linalg.det(s) < 0:
        raise InputProblem(
            f"{path} contradicts itself: qform and sform differ in which side is left; open it in 3D Slicer, check left and "
            "right, and save it as NRRD"
        )
    corners = np.array([[i, j, k, 1] for i in (0, size[0]) for j in (0, size[1]) for k in (0, size[2])], dtype=np.float64)
    with np.errstate(over="ignore"):
        apart = float(np.linalg.norm((corners @ (qform - sform).T)[:, :3], axis=1).max())
    if apart < 0.1 * float(sizes.min()):
        return []
    turn = (np.trace(q.T @ s) - 1) / 2
    degrees = float(np.degrees(np.arccos(np.clip(turn, -1, 1))))
    return [f"{path} has a qform and an sform that place its voxels up to {apart:.3g} mm apart ({degrees:.3g} degrees)"]
