"""Rigid transforms, the pinhole camera, the CT grid, and every convention converted at the door. numpy only."""

from .camera import Camera
from .rigid import RigidTransform
from .volume import CTVolume

__all__ = ["CTVolume", "Camera", "RigidTransform"]
