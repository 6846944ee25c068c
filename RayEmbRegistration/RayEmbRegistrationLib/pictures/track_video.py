"""A video of a track: the bodies' outlines on every frame, all cameras beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.writing import write_atomically
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, watch
from RayEmbRegistrationLib.tracking.body import Body
from RayEmbRegistrationLib.tracking.frame_view import FrameView
from RayEmbRegistrationLib.tracking.track import Track

from .track_sheet import drawn_frame

SIDE_PX = 512  # of a camera's picture, even as codecs want it; chosen: two fit on a slide
FRAMES_PER_SECOND = 10.0  # chosen: a third of a fluoroscope's, so that a motion can be watched
CODECS = {".mp4": "mp4v", ".avi": "MJPG"}  # that OpenCV's own wheels write: MPEG-4 part 2, and Motion JPEG


def write_video(
    path: str | Path,
    track: Track,
    bodies: Sequence[Body],
    read: Callable[[int], Sequence[FrameView]],
    frames_per_second: float = FRAMES_PER_SECOND,
    progress: Report | None = None,
) -> None:
    """Write an MP4 or AVI of all tracked frames, whole or not at all.

    Args:
        path: ends in .mp4 or .avi.
        track: as it was followed.
        bodies: of it, in order.
        read: gives a frame's views.
        frames_per_second: of the video.
        progress: called with (share done, stage).

    Raises:
        InputProblem: the track is empty, another ending, or the file could not be written.
        Cancelled: when asked to stop; nothing is written then.
    """
    import cv2

    path, frames = Path(path), sorted(track.frames)
    if path.suffix.lower() not in CODECS:
        raise InputProblem(f"{path.name} must end in {' or '.join(CODECS)}")
    if not frames:
        raise InputProblem("the track holds no frame to draw")
    report = watch(progress, None)

    def write(temporary: Path) -> None:
        writer: cv2.VideoWriter | None = None
        try:
            for done, frame in enumerate(frames):
                report(done / len(frames), f"drawing frame {frame}")
                picture = np.hstack([drawn_frame(track, bodies, view, frame, SIDE_PX) for view in read(frame)])
                if writer is None:
                    size = (picture.shape[1], picture.shape[0])
                    codec = cv2.VideoWriter.fourcc(*CODECS[path.suffix.lower()])
                    writer = cv2.VideoWriter(str(temporary), codec, frames_per_second, size)
                    if not writer.isOpened():
                        raise InputProblem(f"this OpenCV writes no {path.suffix}; choose {' or '.join(CODECS)}, or a sheet")
                writer.write(picture)
        finally:
            if writer is not None:
                writer.release()

    write_atomically(path, write)
