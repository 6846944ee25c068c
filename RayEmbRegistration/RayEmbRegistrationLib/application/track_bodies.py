"""Bodies of a sequence from files, and the tracks of them kept while they grow."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from RayEmbRegistrationLib.bodies.isosurface import surface_of_volume
from RayEmbRegistrationLib.bodies.naming import BodyFile
from RayEmbRegistrationLib.bodies.surface import is_surface, read_surface
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.body import Body, body_of_ct, body_of_surface
from RayEmbRegistrationLib.tracking.track import Track

from .open_ct import open_ct
from .track_record import read_track_file, write_track_file

KEPT_EVERY_S = 5.0  # chosen: what a stopped run loses at most


def open_body(file: BodyFile) -> tuple[Body, tuple[str, ...]]:
    """A body, and notes on what was decided while reading it.

    Raises:
        InputProblem: it cannot be used.
    """
    if file.material is not None and is_surface(file.path):
        surface = read_surface(file.path, file.unit)
        return body_of_surface(surface, file.material, file.name), surface.notes
    if file.material is not None:
        opened = open_ct(file.path)
        return body_of_surface(surface_of_volume(opened.volume, file.path.name), file.material, file.name), opened.notes
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
