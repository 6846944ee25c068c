"""Ljubljana: biplane angiograms of ten patients with 3D angiograms and marker-based poses, from ``ljubljana.h5``.

U. Mitrovic et al., IEEE Transactions on Medical Imaging 32(8), 2013; the data: lit.fe.uni-lj.si, 3D-2D-GS-CA; published
in this HDF5 form with DiffPose (V. Gopalakrishnan et al., CVPR 2024). Each ``subjectNN`` holds

- ``volume/pixels`` (x, y, z) with x running backwards, ``volume/spacing`` and ``volume/origin``: the 3D angiogram;
- ``proj-ap``, ``proj-lat`` (one frame) and ``proj-ap-max``, ``proj-lat-max`` (the strongest contrast over time), each with
  ``pixels``, ``intrinsic`` (3x3), ``extrinsic`` (4x4), ``row-spacing`` and ``col-spacing``;
- ``points`` (N, 3) on the vessels' centre lines, mm.

``[u, v, 1] ~ intrinsic @ (extrinsic @ [X, 1])[:3]`` with X in the frame of volume and points, which lie at negative z in
xReg's camera frame and at positive z in OpenCV's. The file does not say how X lies in the patient; it is taken for RAS. That
x runs backwards follows from how published software reads the file beside DeepFluoro, whose axes are documented.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.frames import camera_from_lps_of_ras
from RayEmbRegistrationLib.geometry.upright import upright
from RayEmbRegistrationLib.geometry.xreg import XregCamera, camera_from_xreg
from RayEmbRegistrationLib.xray.making import make_view

from .case import DatasetCase, DatasetError, published_geometry
from .hdf5 import array, compact, entry, number, open_hdf5

VIEWS = ("ap", "lat", "ap-max", "lat-max")
_PREFIX = "subject"


class Ljubljana:
    """The HDF5 file, open; a context manager.

    Raises:
        DatasetError: h5py is missing, or the file is not of this layout.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = open_hdf5(path)
        if not self.subjects:
            self.close()
            raise DatasetError(
                f"{path} holds no subject01 to subject10; give Ljubljana's HDF5 file as published with DiffPose"
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Ljubljana:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names, "subject01" and on."""
        return tuple(sorted(name for name in self._file if name.startswith(_PREFIX)))

    def ct(self, subject: str) -> CTVolume:
        """The 3D angiogram. Its values are the scanner's own, not Hounsfield units: only vessels and bone stand out."""
        group = entry(self._subject(subject), "volume")
        stored = entry(group, "pixels")[()]
        if stored.ndim != 3:
            raise DatasetError(f"the volume of {subject} has {stored.ndim} dimensions, not 3")
        matrix = np.diag([*array(group, "spacing", (3,)), 1.0])
        matrix[:3, 3] = array(group, "origin", (3,)) if "origin" in group else 0.0
        return CTVolume(np.ascontiguousarray(compact(stored)[::-1].transpose(2, 1, 0)), matrix)

    def points_ras(self, subject: str) -> np.ndarray:
        """(N, 3) points on the vessels, the targets of the published errors."""
        values = np.asarray(entry(self._subject(subject), "points")[()], dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != 3:
            raise DatasetError(f"the points of {subject} are {values.shape}, not N x 3")
        return values

    def case(self, subject: str, view: str) -> DatasetCase:
        """One angiogram, vessels dark; ``view`` is one of ``VIEWS``. Views of one subject share their group."""
        if view not in VIEWS:
            raise DatasetError(f"unknown view '{view}'; Ljubljana has {', '.join(VIEWS)}")
        group = entry(self._subject(subject), f"proj-{view}")
        pixels = np.asarray(entry(group, "pixels")[()], dtype=np.float32)
        points = self.points_ras(subject)
        camera, pose = _camera_and_pose(group, pixels.shape, points)
        name, frontal = f"{subject}_{view}", view.replace("lat", "ap")
        camera_from_rig = None
        if f"proj-{frontal}" in self._subject(subject):  # the rig's frame is the frontal camera's
            other = entry(self._subject(subject), f"proj-{frontal}")
            _, frontal_pose = _camera_and_pose(other, entry(other, "pixels").shape, points)
            camera_from_rig = pose @ frontal_pose.inverse()
        geometry = published_geometry(camera, camera_from_rig)
        xray = make_view(pixels, geometry, name=name, intensity="raw")
        pixels_of_points = camera.project(pose.apply(points))
        names = [f"vessel {n:04d}" for n in range(len(points))]
        return DatasetCase(
            name,
            subject,
            xray,
            pose,
            dict(zip(names, points, strict=True)),
            dict(zip(names, pixels_of_points, strict=True)),
            group=f"{subject}{'-max' if view.endswith('-max') else ''}",
        )

    def cases_of(self, subject: str, views: tuple[str, ...] = ("ap", "lat")) -> Iterator[DatasetCase]:
        """Both single frames of a subject, or other views."""
        for view in views:
            yield self.case(subject, view)

    def cases(self, views: tuple[str, ...] = ("ap", "lat")) -> Iterator[DatasetCase]:
        """Both single frames of all subjects, or other views."""
        for subject in self.subjects:
            yield from self.cases_of(subject, views)

    def _subject(self, name: str) -> Any:
        if name not in self.subjects:
            raise DatasetError(f"there is no '{name}'; the file holds {', '.join(self.subjects)}")
        return self._file[name]


def _camera_and_pose(group: Any, shape: tuple[int, int], points: np.ndarray) -> tuple[Camera, RigidTransform]:
    intrinsic = array(group, "intrinsic", (3, 3))
    camera_from_volume = RigidTransform.from_matrix(array(group, "extrinsic", (4, 4)))
    spacing = (number(group, "col-spacing"), number(group, "row-spacing"))
    # xReg's matrices take LPS points; these take X, which is our RAS.
    extrinsic = camera_from_lps_of_ras(camera_from_volume).matrix
    at_negative_z = bool(camera_from_volume.apply(points)[:, 2].mean() < 0)
    xreg_camera = XregCamera(intrinsic, extrinsic, shape[::-1], spacing, at_negative_z)
    return upright(*camera_from_xreg(xreg_camera))
