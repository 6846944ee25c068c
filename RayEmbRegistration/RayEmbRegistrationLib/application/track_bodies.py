"""Bodies of a sequence from files, and the tracks of them kept while they grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.bodies.naming import BodyFile
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.body import Body, body_of_ct, body_of_surface
from RayEmbRegistrationLib.tracking.outline import outline
from RayEmbRegistrationLib.tracking.track import Track

from .open_bodies import surface_of_body
from .open_ct import open_ct
from .track_record import read_track_file, write_track_file

KEPT_EVERY_S = 5.0  # chosen: what a stopped run loses at most
_OUTLINE_STEP_PX = 8.0  # of samples that a picture has no use for; chosen


def open_body(file: BodyFile) -> tuple[Body, tuple[str, ...]]:
    """A body, and notes on what was decided while reading it.

    Raises:
        InputProblem: it cannot be used.
    """
    if file.material is not None:
        surface = surface_of_body(file)
        return body_of_surface(surface, file.material, file.name), surface.notes
    opened = open_ct(file.path, file.labels, None if file.label is None else [file.label])
    return body_of_ct(opened.volume, file.name, file.label), opened.notes


def track_to_go_on_from(path: Path, bodies: tuple[Body, ...], redo: tuple[int, ...] = ()) -> Track:
    """What a track file holds, but for the frames that are to be done again.

    Raises:
        InputProblem: it cannot be read, or is of other bodies.
    """
    track = read_track_file(path)
    names = tuple(body.name for body in bodies)
    if track.names != names:
        raise InputProblem(f"{path} is a track of {', '.join(track.names)}, not of {', '.join(names)}; choose another name")
    for frame in redo:
        track.frames.pop(frame, None)
    track.smoothed = {}
    return track


def keeping(path: Path) -> Callable[[Track, int], None]:
    """A preview that writes the track now and then, so that a stopped run can go on."""
    last = time.monotonic()

    def keep(track: Track, frame: int) -> None:  # noqa: ARG001 - as a preview is called
        nonlocal last
        if time.monotonic() - last > KEPT_EVERY_S:
            write_track_file(path, track)
            last = time.monotonic()

    return keep


def bodies_to_look_at(
    bodies: Sequence[Body], poses: Mapping[str, RigidTransform], camera: Camera, largest_side: int = 320
) -> np.ndarray:
    """(h, w) float32 image of all bodies together over a camera's whole field, at most so many pixels wide or high.

    Args:
        bodies: bone by its line integrals, opaque bodies by where they cover the image.
        poses: camera_from_body by name.
        camera: of the X-ray.
        largest_side: px.
    """
    scale = min(1.0, largest_side / max(camera.image_size))
    small = camera.resample(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
    image = np.zeros((small.height, small.width), np.float32)
    covered = np.zeros(image.shape, bool)
    for body in bodies:
        pose = poses[body.name]
        if body.surface is not None:
            covered |= _covered(body, pose, small)
            continue
        pixel_mm = small.pixel_spacing_mm[0] * max(float(pose.apply(body.center)[2]), 1.0) / camera.source_to_detector_mm
        steps = [step for step in body.projectors if step * body.voxel_mm <= max(pixel_mm, body.voxel_mm)]
        image += body.projectors[max(steps)].render(pose, small)[0].cpu().numpy()
    image[covered] = np.maximum(image[covered], max(float(image.max()), 1.0))
    return image


def _covered(body: Body, camera_from_body: RigidTransform, camera: Camera) -> np.ndarray:
    """(H, W) bool, where an opaque body hides the image."""
    result = np.zeros((camera.height, camera.width), bool)
    edge = None if body.surface is None else outline(body.surface, camera_from_body.matrix, camera, _OUTLINE_STEP_PX)
    if edge is not None:
        pixels = np.argwhere(edge.raster.covered)[:, ::-1] + edge.raster.corner
        pixels = pixels[((pixels >= 0) & (pixels < camera.image_size)).all(axis=1)].astype(int)
        result[pixels[:, 1], pixels[:, 0]] = True
    return result
