"""A contact sheet of a track: the bodies' outlines on some of the frames, marked where they are not trusted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.writing import write_bytes
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.body import Body
from RayEmbRegistrationLib.tracking.frame_view import FrameView
from RayEmbRegistrationLib.tracking.outline import outline
from RayEmbRegistrationLib.tracking.track import Track

TILE_PX, COLUMNS, MOST_FRAMES = 320, 6, 24  # chosen: a page that a screen shows
COLORS = ((255, 160, 60), (80, 220, 80), (60, 220, 255), (255, 90, 255))  # blue, green, red; chosen to differ, none red
NOT_TRUSTED = (0, 0, 255)  # red frame around a tile
BONE_EDGE = 0.15  # of a bone's DRR, where its contour is drawn; chosen: its rim


def write_sheet(path: str | Path, track: Track, bodies: Sequence[Body], read: Callable[[int], Sequence[FrameView]]) -> None:
    """Write a PNG: a row of tiles a camera, each frame's poses drawn, red around what is not trusted.

    Raises:
        InputProblem: the track is empty, or the file could not be written.
    """
    import cv2

    frames = sorted(track.frames)
    if not frames:
        raise InputProblem("the track holds no frame to draw")
    chosen = [frames[n] for n in np.unique(np.linspace(0, len(frames) - 1, min(MOST_FRAMES, len(frames))).astype(int))]
    tiles = []
    for frame in chosen:
        drawn = [drawn_frame(track, bodies, view, frame, TILE_PX) for view in read(frame)]
        tiles.append(np.vstack(drawn))
    while len(tiles) % COLUMNS and len(tiles) > COLUMNS:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.hstack(tiles[n : n + COLUMNS]) for n in range(0, len(tiles), COLUMNS)]
    write_bytes(path, cv2.imencode(".png", np.vstack(rows))[1].tobytes())


def drawn_frame(track: Track, bodies: Sequence[Body], view: FrameView, frame: int, side: int) -> np.ndarray:
    """(side, side, 3) uint8, blue, green, red: an X-ray with the outlines of all bodies, red around where not trusted."""
    import cv2

    height, width = view.grey.shape
    image = cv2.cvtColor(view.grey.astype(np.uint8), cv2.COLOR_GRAY2BGR)
    for number, body in enumerate(bodies):
        pose = view.camera_from_rig @ track.frames[frame][body.name].pose
        covered = _covered(body, pose, view)
        contours, _ = cv2.findContours(covered, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(image, contours, -1, COLORS[number % len(COLORS)], max(1, width // side))
    scale = side / max(height, width)
    small = cv2.resize(image, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    tile = np.zeros((side, side, 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    cv2.putText(tile, str(frame), (8, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    if not track.trusted(frame):
        cv2.rectangle(tile, (0, 0), (side - 1, side - 1), NOT_TRUSTED, 4)
    return tile


def _covered(body: Body, camera_from_body: RigidTransform, view: FrameView) -> np.ndarray:
    """(H, W) uint8, where a body covers the image."""
    height, width = view.grey.shape
    covered = np.zeros((height, width), np.uint8)
    if body.surface is not None:
        edge = outline(body.surface, camera_from_body.matrix, view.camera, 8.0)
        if edge is not None:
            rows, columns = np.nonzero(edge.raster.covered)
            columns, rows = columns + edge.raster.corner[0], rows + edge.raster.corner[1]
            inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
            covered[rows[inside], columns[inside]] = 1
        return covered
    import cv2

    small = view.camera.resample(max(8, width // 4), max(8, height // 4))
    projector = body.projectors[max(body.projectors)]
    image = projector.render(camera_from_body, small)[0].cpu().numpy()
    share = (image > BONE_EDGE * image.max()).astype(np.uint8) if image.max() > 0 else np.zeros(image.shape, np.uint8)
    return np.asarray(cv2.resize(share, (width, height), interpolation=cv2.INTER_NEAREST))
