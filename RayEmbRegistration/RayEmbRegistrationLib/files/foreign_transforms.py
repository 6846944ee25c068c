"""ITK transform files (.tfm, .txt) in and out, by SimpleITK."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationLib.problems import InputProblem

_RIGID = re.compile(r"^Transform:\s*(\w+?)_(?:double|float)_3_3\s*$", re.MULTILINE)
_PARAMETERS = re.compile(r"^Parameters:(.*)$", re.MULTILINE)


def parse_itk_transform(text: str, path: str | Path) -> RigidTransform:
    """``camera_from_ras`` of a text file that holds Slicer's transform of the C-arm.

    Slicer's node moves the camera frame to the patient (RAS); the file holds the transform from the parent, in LPS.

    Raises:
        InputProblem: not readable, not one linear 3D transform, or not rigid.
    """
    import SimpleITK as sitk  # noqa: N813 - its customary name

    if len(_RIGID.findall(text)) != 1:
        raise InputProblem(f"{path} must hold one linear 3D transform; harden a composed one in Slicer and save it again")
    try:
        with tempfile.TemporaryDirectory(prefix="rayemb-") as folder:  # ITK takes names as UTF-8, and these endings, only
            copy = Path(folder) / "transform.tfm"
            copy.write_bytes(text.encode("utf-8"))
            transform = sitk.ReadTransform(str(copy))
        written = _PARAMETERS.findall(text)
        if len(written) != 1 or len(written[0].split()) != transform.GetNumberOfParameters():  # ITK leaves the others 0
            raise InputProblem(f"{path} must hold {transform.GetNumberOfParameters()} parameters; save it again from Slicer")
        if transform.GetDimension() != 3 or not transform.IsLinear():
            raise InputProblem(f"{path} must hold one linear 3D transform, not a {transform.GetName()}")
        origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
        axes = np.stack([np.array(transform.TransformPoint(axis)) - origin for axis in np.eye(3).tolist()], axis=1)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputProblem(
            f"{path} is not an ITK transform that can be read ({reason}); save it again from Slicer"
        ) from None
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, origin
    try:
        return RigidTransform.from_matrix(LPS_FROM_RAS @ matrix @ LPS_FROM_RAS)
    except InputProblem as problem:
        raise InputProblem(f"{path}: {problem}") from problem


def itk_transform_text(camera_from_ras: RigidTransform) -> str:
    """What ``parse_itk_transform`` reads, as Slicer loads it: an affine transform, from the parent, in LPS."""
    import SimpleITK as sitk  # noqa: N813 - its customary name

    matrix = LPS_FROM_RAS @ camera_from_ras.matrix @ LPS_FROM_RAS
    transform = sitk.AffineTransform(matrix[:3, :3].ravel().tolist(), matrix[:3, 3].tolist())
    with tempfile.TemporaryDirectory(prefix="rayemb-") as folder:
        path = Path(folder) / "transform.tfm"
        sitk.WriteTransform(transform, str(path))
        return path.read_text(encoding="ascii")
