"""ITK transform files (.tfm, .txt) in and out, by SimpleITK."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationLib.problems import InputProblem

_NAME = re.compile(r"^Transform:\s*(\w+?)_(?:double|float)_3_3\s*$", re.MULTILINE)
_PARAMETERS = re.compile(r"^Parameters:(.*)$", re.MULTILINE)
_FIXED = re.compile(r"^FixedParameters:(.*)$", re.MULTILINE)
# ITK's linear transforms in 3D: how many parameters, and how many fixed ones (the centre; newer Euler angles' order beside
# it). ITK takes too few for zeros, or ends the process.
_COUNTS: dict[str, tuple[int, tuple[int, ...]]] = {
    "AffineTransform": (12, (3,)),
    "MatrixOffsetTransformBase": (12, (3,)),
    "Euler3DTransform": (6, (3, 4)),
    "VersorRigid3DTransform": (6, (3,)),
    "VersorTransform": (3, (3,)),
    "QuaternionRigidTransform": (7, (3,)),
    "Similarity3DTransform": (7, (3,)),
    "ScaleVersor3DTransform": (9, (3,)),
    "ScaleTransform": (3, (3,)),
    "TranslationTransform": (3, (0,)),
}


def parse_itk_transform(text: str, path: str | Path) -> RigidTransform:
    """``camera_from_ras`` of a text file that holds Slicer's transform of the C-arm.

    Slicer's node moves the camera frame to the patient (RAS); the file holds the transform from the parent, in LPS.

    Raises:
        InputProblem: not readable, not one linear 3D transform, or not rigid.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    _check_numbers(text, path)
    try:
        with tempfile.TemporaryDirectory(prefix="rayemb-") as folder:  # ITK takes names as UTF-8, and these endings, only
            copy = Path(folder) / "transform.tfm"
            copy.write_bytes(text.encode("utf-8"))
            transform = sitk.ReadTransform(str(copy))
        origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
        axes = np.stack([np.array(transform.TransformPoint(axis)) - origin for axis in np.eye(3).tolist()], axis=1)
    except RuntimeError as error:
        raise InputProblem(f"{path} is not an ITK transform that can be read; save it again from Slicer") from error
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, origin
    try:
        return RigidTransform.from_matrix(LPS_FROM_RAS @ matrix @ LPS_FROM_RAS)
    except InputProblem as problem:
        raise InputProblem(f"{path}: {problem}") from problem


def _check_numbers(text: str, path: str | Path) -> None:
    """Refuse what ITK would misread: several transforms, another kind, other than the kind's number of parameters."""
    names = _NAME.findall(text)
    if len(names) != 1 or text.count("Transform:") != 1 or names[0] not in _COUNTS:
        raise InputProblem(f"{path} must hold one linear 3D transform; harden a composed one in Slicer and save it again")
    count, fixed_counts = _COUNTS[names[0]]
    for found, counts in ((_PARAMETERS.findall(text), (count,)), (_FIXED.findall(text), fixed_counts)):
        words = found[0].split() if len(found) == 1 else []
        try:
            finite = all(np.isfinite(float(word)) for word in words)
        except ValueError:
            finite = False
        if len(found) != 1 or len(words) not in counts or not finite:
            wanted = f"{count} parameters and {fixed_counts[0]} fixed ones"
            raise InputProblem(f"{path}: its {names[0]} must hold {wanted}; save it again from Slicer")


def itk_transform_text(camera_from_ras: RigidTransform) -> str:
    """What ``parse_itk_transform`` reads, as Slicer loads it: an affine transform, from the parent, in LPS."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    matrix = LPS_FROM_RAS @ camera_from_ras.matrix @ LPS_FROM_RAS
    transform = sitk.AffineTransform(matrix[:3, :3].ravel().tolist(), matrix[:3, 3].tolist())
    with tempfile.TemporaryDirectory(prefix="rayemb-") as folder:
        path = Path(folder) / "transform.tfm"
        sitk.WriteTransform(transform, str(path))
        return path.read_text(encoding="ascii")
