"""What a history needs to know, and where rays meet the detector and what they give there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from RayEmbRegistrationLib.geometry import Camera

from .angles import AngularLaws
from .detector import Detector
from .voxels import Vector, Voxels


@dataclass(frozen=True, eq=False)
class Scene:
    """What a history needs to know; ``map_camera`` is the camera of the scatter map.

    Attributes:
        voxels: the body.
        laws: its angular laws.
        map_camera: pixels are the map's cells.
        detector: behind the body.
        spectrum: (E,) shares of the photons at the tables' energies.
        rays: cells traced to at an interaction; 0 for no map.
        field_camera: the part of the detector's plane that the collimated beam covers; the map's where None.
        most_interactions: a photon ends after so many; 1 gives single scatter.
        analogue: no forced detection, no weights: what reaches a cell counts. Slow; a check and a yardstick.
        window: whether photons are split and gambled by depth.
        region: (V,) integers, regions whose deposited energy is summed apart, 0 for none of them; None without any.
    """

    voxels: Voxels
    laws: AngularLaws
    map_camera: Camera
    detector: Detector
    spectrum: np.ndarray
    rays: int = 16
    field_camera: Camera | None = None
    most_interactions: int = 10**6
    analogue: bool = False
    window: bool = True
    region: torch.Tensor | None = None


def on_detector(camera: Camera, columns: torch.Tensor, rows: torch.Tensor) -> Vector:
    """Camera mm of places on the detector, in a camera's pixels."""
    inverse = np.linalg.inv(camera.K) * camera.source_to_detector_mm
    x, y, z = (columns * float(r[0]) + rows * float(r[1]) + float(r[2]) for r in inverse)
    return x, y, z


def cell_area_mm2(camera: Camera) -> float:
    """Area of a pixel on the detector, of the camera's K and distance."""
    return float(abs(np.linalg.det(np.linalg.inv(camera.K)[:2, :2])) * camera.source_to_detector_mm**2)


def hit_of(scene: Scene, place: Vector, direction: Vector) -> tuple[torch.Tensor, torch.Tensor]:
    """Where rays meet the detector, in cells of the map from its edge; negative where they do not."""
    camera = scene.map_camera
    length = (camera.source_to_detector_mm - place[2]) / direction[2].clamp(min=1e-6)
    x, y = (place[axis] + length * direction[axis] for axis in (0, 1))
    K, far = camera.K, camera.source_to_detector_mm
    columns, rows = ((x * float(r[0]) + y * float(r[1])) / far + float(r[2]) + 0.5 for r in K[:2])
    forward = direction[2] > 1e-6
    return torch.where(forward, columns, -1.0), torch.where(forward, rows, -1.0)


def signal_of(
    scene: Scene, pixel: tuple[torch.Tensor, torch.Tensor], direction: Vector, energy: torch.Tensor, row: torch.Tensor
) -> torch.Tensor:
    """Mean signal of photons that arrive at places of the map, grid included."""
    response = scene.detector.response(row, energy, direction[2])
    grid = scene.detector.grid
    if grid is None:
        return response
    x, y, z = on_detector(scene.map_camera, *pixel)
    depth = direction[2].clamp(min=1e-3)
    slope = direction[0] / depth - x / z if grid.along_columns else direction[1] / depth - y / z
    return response * grid.transmission(slope, row)
