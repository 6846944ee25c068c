"""What the scene is given: arrays, cameras and poses, without MRML nodes and without types of the library's other rooms."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from .nodes import Node


@dataclass(frozen=True, eq=False)
class LandmarkData:
    """Landmarks of one view.

    Attributes:
        pointsRas: (N, 3) mm, in the CT.
        detectedPx: (N, 2) where they were seen in the X-ray, pixel centres at integers; NaN where they were not.
        used: (N,) bool, False where the pose search rejected the detection; None for all used.
        truePx: (N, 2) known true pixels, where there are any.
        labels: a name each; their number (from 1) where None.
        scores: (N,) confidence, shown in each point's description.
        pinned: (N,) bool, those that the user confirmed or dragged to where they belong; None for none.
        leftOut: (N,) bool, those that the user took out; None for none.
        foundPx: (N, 2) where they were detected before the user dragged them; ``detectedPx`` where None.
    """

    pointsRas: np.ndarray
    detectedPx: np.ndarray
    used: np.ndarray | None = None
    truePx: np.ndarray | None = None
    labels: Sequence[str] | None = None
    scores: np.ndarray | None = None
    pinned: np.ndarray | None = None
    leftOut: np.ndarray | None = None
    foundPx: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class ViewData:
    """One X-ray and what is known of it.

    Attributes:
        camera: of the image below; mirrored, turned or cropped images have their own exact camera.
        image: (H, W) or (H, W, 3), row 0 on top, any type of number. It is copied.
        cameraFromRas: the pose found, or None while there is none.
        drr: (h, w) line integrals over the same field as the image, at any resolution.
        landmarks: of this view.
        initialPose, truePose: camera_from_ras to compare with.
        trajectory: poses camera_from_ras on the way from the first to the last.
        bones: label to camera_from_ras of that bone, for bones that move apart.
        windowLevel: (darkest, brightest) value shown; from the image's histogram where None.
        boneIsBright: whether bone has the higher values in the image; judged by comparing with the DRR where None.
        xrayNode: the user's volume node that the image was taken from; it is only referred to, never changed.
        field: (H, W) bool, where the image shows anything; outlines end there. None where that is not known.
        detectorMm: how far from the source the detector is drawn in 3D; as the camera says where None.
    """

    camera: Camera
    image: np.ndarray
    cameraFromRas: RigidTransform | None = None
    drr: np.ndarray | None = None
    landmarks: LandmarkData | None = None
    initialPose: RigidTransform | None = None
    truePose: RigidTransform | None = None
    trajectory: Sequence[RigidTransform] = ()
    bones: Mapping[int, RigidTransform] = dataclasses.field(default_factory=dict)
    windowLevel: tuple[float, float] | None = None
    boneIsBright: bool | None = None
    xrayNode: Node | None = None
    field: np.ndarray | None = None
    detectorMm: float | None = None


@dataclass(frozen=True, eq=False)
class RegistrationData:
    """Everything that is shown of one registration.

    Attributes:
        views: one for each X-ray.
        numbers: (quantity, value, unit) rows of the table.
        trace: (stage, similarity) after each iteration.
        centerRas: (3,) mm, the point that the handles turn about: the middle of the bone.
        ctNode: the user's CT node; it is only referred to, never changed.
    """

    views: Sequence[ViewData]
    numbers: Sequence[tuple[str, object, str]] = ()
    trace: Sequence[tuple[str, float]] = ()
    centerRas: np.ndarray | None = None
    ctNode: object | None = None


@dataclass(frozen=True)
class OverlaySettings:
    """How the DRR is laid over the X-ray.

    Attributes:
        mode: one of MODES.
        opacity: of the DRR in the mode blend, of the lines in the mode edges; 0 to 1.
        tiles: of the checkerboard, along the larger side.
        wiper: share of the width, from the left, that shows the X-ray; 0 to 1.
        drrShown: in the mode blink, whether the DRR or the X-ray is shown just now.
    """

    mode: str = "blend"
    opacity: float = 0.5
    tiles: int = 8
    wiper: float = 0.5
    drrShown: bool = True


@dataclass(frozen=True)
class FilterSettings:
    """How an X-ray is shown; its voxels are left alone.

    Attributes:
        contrast: faint parts as strong as the others.
        invert: black and white turned over.
        edges: only where the X-ray changes.
        smooth: without noise.
    """

    contrast: bool = False
    invert: bool = False
    edges: bool = False
    smooth: bool = False

    @property
    def any(self) -> bool:
        """Whether it is shown otherwise than it is."""
        return self.contrast or self.invert or self.edges or self.smooth


MODES = ("blend", "edges", "checkerboard", "wiper", "difference", "blink")
