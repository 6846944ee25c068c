"""What is known of an X-ray's geometry, each value with its origin, as text that a scene can keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from RayEmbRegistrationLib.geometry.camera import Camera
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

TYPED, ASSUMED = "typed in", "assumed"
VALUES = {
    "sourceToDetectorMm": "source-to-detector distance",
    "pixelSpacingMm": "pixel spacing",
    "principalPointPx": "principal point",
    "turns": "rotation of the image",
    "isMirrored": "mirroring",
}
NEEDED = ("sourceToDetectorMm", "pixelSpacingMm")


@dataclass(frozen=True, eq=False)
class XrayGeometry:
    """The geometry of one X-ray's stored image; what is not known is None.

    Attributes:
        sourceToDetectorMm: distance of the source from the detector plane.
        pixelSpacingMm: (column, row) distance of pixel centres on the detector.
        principalPointPx: (column, row) of the foot of the perpendicular from the source; None for the image's centre.
        turns: counter-clockwise quarter turns that the stored image got after it was taken, 0 to 3.
        isMirrored: whether the stored image is seen from the detector, as X-rays are displayed, not from the source.
        K: (3, 3) exact camera matrix of a calibration or DICOM file, px; the values above only describe it then.
        cameraFromRig: place of the camera in a calibrated rig, or None.
        boneIsBright: polarity, None where it is to be found out.
        anglesDeg: positioner primary and secondary angle as in DICOM, and the turn about the beam; None where unknown.
        sourceToBoneMm: rough distance of the source from the bone; None where unknown.
        origins: where each value comes from, in words, by its name above.
        notes: what the user should know, one sentence each.
    """

    sourceToDetectorMm: float | None = None
    pixelSpacingMm: tuple[float, float] | None = None
    principalPointPx: tuple[float, float] | None = None
    turns: int = 0
    isMirrored: bool = False
    K: np.ndarray | None = None
    cameraFromRig: RigidTransform | None = None
    boneIsBright: bool | None = None
    anglesDeg: tuple[float, float, float] | None = None
    sourceToBoneMm: float | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the values without which there is no camera, in words."""
        return tuple(VALUES[name] for name in NEEDED if getattr(self, name) is None)

    @property
    def isComplete(self) -> bool:
        """Whether there is a camera."""
        return not self.missing

    @property
    def state(self) -> str:
        """In a few words, for a table: where the geometry is from, or what it lacks."""
        if not self.isComplete:
            return "incomplete: " + " and ".join(self.missing) + " missing"
        sources = {self.origins.get(name, ASSUMED).split(":")[0] for name in NEEDED}
        return " and ".join(sorted(sources)) + (", in a rig" if self.cameraFromRig is not None else "")

    def originOf(self, name: str) -> str:
        """Where a value comes from, in words."""
        if name not in self.origins and getattr(self, name) is None and name in NEEDED:
            return "missing"
        return self.origins.get(name, ASSUMED)

    def withTyped(self, **values) -> XrayGeometry:
        """Values that the user gave. Where they belong to the camera, its matrix follows them from now on."""
        origins = {**self.origins, **dict.fromkeys(values, TYPED)}
        return replace(self, **values, K=None if VALUES.keys() & values.keys() else self.K, origins=origins)

    def camera(self, imageSize: tuple[int, int], name: str = "the X-ray") -> Camera:
        """The camera of the stored image of (width, height) px.

        Raises:
            ValueError: a value is missing.
        """
        if not self.isComplete:
            raise ValueError(f"the geometry of {name} is incomplete: give its {' and '.join(self.missing)}")
        if self.K is not None:
            return Camera(self.K, imageSize, self.pixelSpacingMm, self.sourceToDetectorMm)
        center = self.principalPointPx or ((imageSize[0] - 1) / 2, (imageSize[1] - 1) / 2)
        K = np.eye(3)
        K[:2, :2] = (
            self.sourceToDetectorMm * np.diag(1 / np.array(self.pixelSpacingMm)) @ directions(self.turns, self.isMirrored)
        )
        K[:2, 2] = center
        return Camera(K, imageSize, self.pixelSpacingMm, self.sourceToDetectorMm)

    def toText(self) -> str:
        """One line of JSON; ``fromText`` gives the same geometry."""
        return json.dumps(
            {
                "sourceToDetectorMm": self.sourceToDetectorMm,
                "pixelSpacingMm": self.pixelSpacingMm,
                "principalPointPx": self.principalPointPx,
                "turns": self.turns,
                "isMirrored": self.isMirrored,
                "K": None if self.K is None else np.asarray(self.K).tolist(),
                "cameraFromRig": None if self.cameraFromRig is None else self.cameraFromRig.matrix.tolist(),
                "boneIsBright": self.boneIsBright,
                "anglesDeg": self.anglesDeg,
                "sourceToBoneMm": self.sourceToBoneMm,
                "origins": dict(self.origins),
                "notes": list(self.notes),
            }
        )

    @classmethod
    def fromText(cls, text: str) -> XrayGeometry:
        """What ``toText`` wrote; an empty text is a geometry of which nothing is known."""
        if not text:
            return cls()
        values = json.loads(text)
        for name in ("pixelSpacingMm", "principalPointPx", "anglesDeg"):
            values[name] = None if values[name] is None else tuple(values[name])
        values["K"] = None if values["K"] is None else np.array(values["K"])
        if values["cameraFromRig"] is not None:
            values["cameraFromRig"] = RigidTransform.from_matrix(np.array(values["cameraFromRig"]))
        values["notes"] = tuple(values["notes"])
        return cls(**values)

    @classmethod
    def fromCamera(cls, camera: Camera, origin: str, **others) -> XrayGeometry:
        """Of a camera with an exact K; ``origin`` says where it comes from."""
        turns, isMirrored = nearestDirections(camera)
        values = {
            "sourceToDetectorMm": float(camera.source_to_detector_mm),
            "pixelSpacingMm": tuple(camera.pixel_spacing_mm),
            "principalPointPx": (float(camera.K[0, 2]), float(camera.K[1, 2])),
            "turns": turns,
            "isMirrored": isMirrored,
        }
        others.setdefault("origins", dict.fromkeys(values, origin))
        return cls(**values, K=np.array(camera.K), **others)


def directions(turns: int, isMirrored: bool) -> np.ndarray:
    """(2, 2) from the camera's x (right) and y (down) to stored columns and rows."""
    turn = np.linalg.matrix_power(np.array([[0, 1], [-1, 0]]), turns % 4)  # numpy.rot90: column' = row, row' = -column
    return turn @ np.diag([-1, 1] if isMirrored else [1, 1])


def nearestDirections(camera: Camera) -> tuple[int, bool]:
    """(turns, isMirrored) that describe a camera matrix best."""
    scaled = np.diag(camera.pixel_spacing_mm) @ camera.K[:2, :2]
    choices = [(turns, camera.is_mirrored) for turns in range(4)]
    return max(choices, key=lambda choice: float((scaled * directions(*choice)).sum()))
