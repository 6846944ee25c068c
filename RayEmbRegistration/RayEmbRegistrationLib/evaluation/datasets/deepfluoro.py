"""DeepFluoro: 366 fluoroscopy images of six cadaveric hips with CTs, from ``ipcai_2020_full_res_data.h5``.

R. B. Grupp et al., International Journal of Computer Assisted Radiology and Surgery 15, 2020
(doi 10.1007/s11548-020-02162-7); the file: doi 10.7281/T1/IFSXNV; its layout is described in the authors' repository
rg2/DeepFluoroLabeling-IPCAI2020. Points are in LPS, transforms map 4x4; the camera frame is xReg's with the detector at
negative z (``geometry.xreg``). The published poses map from the camera's world to each bone's volume, so that

    [u, v, 1] ~ intrinsic @ (extrinsic @ inverse(cam-to-pelvis-vol) @ [X_lps, 1])[:3]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.frames import ItkGrid, ras_from_ijk_of_itk, ras_from_lps
from RayEmbRegistrationLib.geometry.upright import upright
from RayEmbRegistrationLib.geometry.xreg import XregCamera, camera_from_xreg
from RayEmbRegistrationLib.xray.making import make_view

from .case import DatasetCase, DatasetError, published_geometry
from .hdf5 import array, compact, entry, number, open_hdf5, text

SPECIMENS = ("17-1882", "18-1109", "18-0725", "18-2799", "18-2800", "17-1905")
"""In the order in which publications number them from 1."""

BONES = {"pelvis": "cam-to-pelvis-vol", "left femur": "cam-to-left-femur-vol", "right femur": "cam-to-right-femur-vol"}
_GOOD_VIEW = {"left femur": "left-femur-good-fov", "right femur": "right-femur-good-fov"}
BORDER_PX = 50
"""What publications cut off each side: the collimator's edge."""

_VOXEL_MM = 1.0  # of the published CTs, which are isotropic


@dataclass(frozen=True)
class DeepFluoroSettings:
    """How cases are read.

    Attributes:
        bone: whose published pose is the truth: "pelvis", "left femur" or "right femur".
        border_px: cut off each side of every image.
        upright: turn images by 180 degrees where the file says that the patient is upside down otherwise.
        half_voxel: move the truth by half a voxel (0.5 mm along L, P and S), as the authors' later software does, because
            the ray caster that made the ground truth sampled voxels half a voxel off. Published comparisons, and the
            landmarks in the images, are without it.
    """

    bone: str = "pelvis"
    border_px: int = BORDER_PX
    upright: bool = True
    half_voxel: bool = False


class DeepFluoro:
    """The published HDF5 file, open; a context manager.

    Raises:
        DatasetError: h5py is missing, not the published layout, an unknown bone, or a border that leaves no image.
    """

    def __init__(self, path: str | Path, settings: DeepFluoroSettings | None = None) -> None:
        self.settings = settings or DeepFluoroSettings()
        if self.settings.bone not in BONES:
            raise DatasetError(f"unknown bone '{self.settings.bone}'; DeepFluoro has poses of {', '.join(BONES)}")
        self._file = open_hdf5(path)
        try:
            self._parameters = _projection_parameters(entry(self._file, "proj-params"))
        except BaseException:
            self.close()
            raise
        if not 0 <= 2 * self.settings.border_px < min(self._parameters.image_size):
            raise DatasetError(
                f"a border of {self.settings.border_px} px leaves nothing of {self._parameters.image_size} px"
            )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> DeepFluoro:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def specimens(self) -> tuple[str, ...]:
        """Those in the file, in publication order, others after them."""
        present = [name for name in self._file if name != "proj-params"]
        return tuple(sorted(present, key=lambda name: (SPECIMENS.index(name) if name in SPECIMENS else 99, name)))

    def projections(self, specimen: str) -> tuple[str, ...]:
        """Names of a specimen's images, "000" and on."""
        return tuple(sorted(entry(self._specimen(specimen), "projections")))

    def label_names(self, specimen: str) -> dict[int, str]:
        """Label number to name, e.g. 1 to "left-hemipelvis"."""
        group = entry(self._specimen(specimen), "vol-seg/labels-def")
        return {int(key): text(group, key) for key in sorted(group, key=int)}

    def ct(self, specimen: str) -> CTVolume:
        """The CT with its segmentation as labels."""
        group = self._specimen(specimen)
        volume, labels = entry(group, "vol"), entry(group, "vol-seg/image")
        hu, numbers = compact(entry(volume, "pixels")[()]), entry(labels, "pixels")[()]
        ras_from_ijk = _ras_from_ijk(volume)
        if numbers.shape != hu.shape or not np.allclose(_ras_from_ijk(labels), ras_from_ijk, atol=1e-3):
            raise DatasetError(f"CT and segmentation of {specimen} lie on different grids; this is not the published file")
        return CTVolume(hu, ras_from_ijk, np.ascontiguousarray(numbers.astype(np.uint8)))

    def landmarks_ras(self, specimen: str) -> dict[str, np.ndarray]:
        """The anatomical landmarks in the CT, e.g. "FH-l" the centre of the left femoral head, RAS mm."""
        group = entry(self._specimen(specimen), "vol-landmarks")
        return {name: ras_from_lps(array(group, name, (3,))) for name in sorted(group)}

    def case(self, specimen: str, projection: str) -> DatasetCase:
        """One image with its camera and published pose, cut and turned as the settings say.

        The truth is None for a femur that the file says is not seen well enough.
        """
        group = entry(self._specimen(specimen), f"projections/{projection}")
        pixels = np.asarray(entry(group, "image/pixels")[()], dtype=np.float32)
        camera, pose = camera_from_xreg(self._xreg_camera(group))
        if pixels.shape != (camera.height, camera.width):
            raise DatasetError(f"image {specimen}/{projection} has {pixels.shape[::-1]} pixels, not {camera.image_size}")
        turned = self.settings.upright and number(group, "rot-180-for-up") != 0
        pixels, camera = self._turned_and_cut(pixels, turned), self._camera_turned_and_cut(camera, turned)
        landmarks = entry(group, "gt-landmarks")
        points = {name: self._moved_pixel(array(landmarks, name, (2,)), turned) for name in sorted(landmarks)}
        camera, pose = upright(camera, pose)
        name = f"{specimen}_{projection}"
        view = make_view(pixels, published_geometry(camera), name=name, intensity="raw")
        truth = pose if self._seen_well(group) else None
        return DatasetCase(name, specimen, view, truth, self.landmarks_ras(specimen), points)

    def segmentation(self, specimen: str, projection: str) -> np.ndarray:
        """(H, W) uint8 published labels of the bones in an image, cut and turned like the image."""
        group = entry(self._specimen(specimen), f"projections/{projection}")
        labels = np.asarray(entry(group, "gt-seg/pixels")[()], dtype=np.uint8)
        turned = self.settings.upright and number(group, "rot-180-for-up") != 0
        return self._turned_and_cut(labels, turned)

    def cases(self, specimen: str | None = None) -> Iterator[DatasetCase]:
        """All cases of a specimen, or of all."""
        for name in self.specimens if specimen is None else (specimen,):
            for projection in self.projections(name):
                yield self.case(name, projection)

    def _specimen(self, name: str) -> Any:
        if name not in self.specimens:
            raise DatasetError(f"there is no specimen '{name}'; the file holds {', '.join(self.specimens)}")
        return self._file[name]

    def _xreg_camera(self, group: Any) -> XregCamera:
        """The camera of a projection with the chosen bone's pose in its extrinsic matrix."""
        world_to_volume = array(group, f"gt-poses/{BONES[self.settings.bone]}", (4, 4))
        if self.settings.half_voxel:
            world_to_volume = world_to_volume.copy()
            world_to_volume[:3, 3] -= _VOXEL_MM / 2
        # Stored in single precision: re-orthonormalised on the way.
        volume_to_world = RigidTransform.from_matrix(world_to_volume).inverse()
        given = self._parameters
        extrinsic = RigidTransform.from_matrix(given.extrinsics) @ volume_to_world
        return XregCamera(
            given.intrinsics, extrinsic.matrix, given.image_size, given.pixel_spacing_mm, bool(given.intrinsics[0, 0] < 0)
        )

    def _seen_well(self, group: Any) -> bool:
        flag = _GOOD_VIEW.get(self.settings.bone)
        return flag is None or number(group, f"gt-poses/{flag}") != 0

    def _turned_and_cut(self, image: np.ndarray, turned: bool) -> np.ndarray:
        border = self.settings.border_px
        if turned:
            image = image[::-1, ::-1]
        return np.ascontiguousarray(image[border : image.shape[0] - border, border : image.shape[1] - border])

    def _camera_turned_and_cut(self, camera: Camera, turned: bool) -> Camera:
        """Of an image that went through ``_turned_and_cut``."""
        border = self.settings.border_px
        camera = camera.rotate90(2) if turned else camera
        return camera.crop(border, border, camera.width - 2 * border, camera.height - 2 * border)

    def _moved_pixel(self, pixel: np.ndarray, turned: bool) -> np.ndarray:
        """A published pixel (column, row) in the image as it is given out."""
        last = np.array(self._parameters.image_size) - 1
        return (last - pixel if turned else pixel) - self.settings.border_px


def _projection_parameters(group: Any) -> XregCamera:
    """``proj-params``: one C-arm geometry for all images."""
    return XregCamera(
        intrinsics=array(group, "intrinsic", (3, 3)),
        extrinsics=array(group, "extrinsic", (4, 4)),
        image_size=(int(number(group, "num-cols")), int(number(group, "num-rows"))),
        pixel_spacing_mm=(number(group, "pixel-col-spacing"), number(group, "pixel-row-spacing")),
    )


def _ras_from_ijk(group: Any) -> np.ndarray:
    grid = ItkGrid(array(group, "origin", (3,)), array(group, "spacing", (3,)), array(group, "dir-mat", (3, 3)))
    return ras_from_ijk_of_itk(grid)
