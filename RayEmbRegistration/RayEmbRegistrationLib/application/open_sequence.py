"""Sequences of X-rays: a folder or a pattern in natural order, a multi-frame DICOM or TIFF file, or a video."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.files.camera_geometry import geometry_of_camera_file
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.frame_view import FrameView, frame_view
from RayEmbRegistrationLib.tracking.turning import camera_from_first
from RayEmbRegistrationLib.xray.making import MOST_PIXELS, make_view
from RayEmbRegistrationLib.xray.reading import frames_of, read_xray
from RayEmbRegistrationLib.xray.view import XrayView

from .open_xray import Typed, made_straight, open_xray, view_of_pixels

VIDEOS = (".avi", ".mp4", ".mov", ".mkv")
_LUMINANCE = (0.114, 0.587, 0.299)  # of blue, green and red: ITU-R BT.601


def natural_order(path: Path) -> list[tuple[int, int, str]]:
    """A key by which frame2 comes before frame10."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


@dataclass(frozen=True, eq=False)
class CameraSequence:
    """The X-rays of one camera.

    Attributes:
        name: for messages.
        files: one a frame; or one file that holds all frames.
        count: of frames.
        camera: camera file, or None for the images' own tags, frame by frame.
        typed: what the user typed in.
        offset: the frame of this camera that was taken with frame 0 of the first.
        distortion: distortion file of the camera, by which the X-rays are made straight.
    """

    name: str
    files: tuple[Path, ...]
    count: int
    camera: Path | str | None = None
    typed: Typed | None = None
    offset: int = 0
    distortion: Path | None = None

    def view(self, frame: int) -> XrayView:
        """The X-ray of a frame, counted as the first camera does.

        Raises:
            InputProblem: there is none, or it cannot be used.
        """
        own = frame + self.offset
        if not 0 <= own < self.count:
            raise InputProblem(f"{self.name} has no frame {own}; its frames are 0 to {self.count - 1}")
        if len(self.files) > 1 or self.count == 1:
            return open_xray(self.files[own], self.camera, self.typed, distortion=self.distortion)
        if self.files[0].suffix.lower() in VIDEOS:
            return self._of_video(own)
        return open_xray(self.files[0], self.camera, self.typed, own, distortion=self.distortion)

    @cached_property
    def first_geometry(self) -> XrayGeometry:
        """Of the camera's own first frame: one camera alone sees all others from there."""
        return self.view(-self.offset).geometry

    def _of_video(self, frame: int) -> XrayView:
        pixels = _video_frame(self.files[0], frame)
        name = f"{self.name}, frame {frame}"
        if self.camera is None:
            raise InputProblem(f"{self.name} is a video, which tells no camera; give a camera file with --camera")
        geometry = geometry_of_camera_file(self.camera, (pixels.shape[1], pixels.shape[0]))
        view = view_of_pixels(pixels, self.typed.applied(geometry) if self.typed else geometry, name=name)
        return view if self.distortion is None else made_straight(view, self.distortion)


def open_sequence(
    path: str | Path, camera: Path | str | None = None, typed: Typed | None = None, offset: int = 0
) -> CameraSequence:
    """The X-rays of one camera.

    Args:
        path: folder of images (all of it, in natural order), a pattern such as ``run/cam1_*.png``, a multi-frame DICOM or
            TIFF file, or a video.
        camera: camera file; None for the images' own tags.
        typed: values that replace those of tags and file.
        offset: the frame of this camera that was taken with frame 0 of the first.

    Raises:
        InputProblem: nothing there, or nothing that can be read.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted((one for one in path.iterdir() if one.is_file() and not one.name.startswith(".")), key=natural_order)
    elif path.is_file():
        return CameraSequence(path.name, (path,), _frames_in(path), camera, typed, offset)
    else:
        files = sorted((one for one in path.parent.glob(path.name) if one.is_file()), key=natural_order)
    if not files:
        raise InputProblem(f"there is no X-ray at {path}; give a folder, a pattern or a file of several frames")
    if len(files) == 1:
        return CameraSequence(files[0].name, (files[0],), _frames_in(files[0]), camera, typed, offset)
    return CameraSequence(path.name, tuple(files), len(files), camera, typed, offset)


def every_frame(path: Path) -> Iterator[tuple[XrayView, int]]:
    """Each X-ray of a file, a video, or a folder in natural order, without a camera of a file; and how many there are.

    Raises:
        InputProblem: nothing there, or nothing that can be read.
    """
    if path.suffix.lower() in VIDEOS and path.is_file():
        count = _frames_in(path)
        for frame in range(count):
            yield make_view(_video_frame(path, frame), name=f"{path.name}, frame {frame}"), count
    elif path.is_dir():
        sequence = open_sequence(path)
        for file in sequence.files:
            for view in frames_of(file):
                yield view, len(sequence.files)
    else:
        for view in frames_of(path):
            yield view, view.frame_count


def common_frames(sequences: Sequence[CameraSequence]) -> range:
    """The frames, counted as the first camera does, of which all cameras have an X-ray.

    Raises:
        InputProblem: there are none.
    """
    first = max(-sequence.offset for sequence in sequences)
    last = min(sequence.count - sequence.offset for sequence in sequences)
    if last <= first:
        raise InputProblem("the cameras have no frame in common; check --offset")
    return range(first, last)


def frame_views(sequences: Sequence[CameraSequence], frame: int) -> list[FrameView]:
    """The X-rays of a frame, each in its place in the rig; of one camera alone, seen from its first frame.

    Raises:
        InputProblem: a file cannot be used, or one of several cameras has no place in a rig.
    """
    views = [sequence.view(frame) for sequence in sequences]
    if len(views) == 1:
        return [frame_view(views[0], camera_from_first(views[0].geometry, sequences[0].first_geometry))]
    for view in views:
        if view.camera_from_rig is None:
            raise InputProblem(
                f"the camera of {view.name} has no place in a rig (world_to_camera); several cameras need a calibrated rig"
            )
    return [frame_view(view) for view in views]


def _frames_in(path: Path) -> int:
    """How many frames a file has."""
    if path.suffix.lower() not in VIDEOS:
        return read_xray(path, 0).frame_count
    import cv2

    video = cv2.VideoCapture(str(path))
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT)) if video.isOpened() else 0
    size = video.get(cv2.CAP_PROP_FRAME_WIDTH) * video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    video.release()
    if count < 1 or size > MOST_PIXELS:
        raise InputProblem(f"{path.name} is no video that can be read; give AVI or MP4, or single images")
    return count


def _video_frame(path: Path, frame: int) -> np.ndarray:
    """(H, W) float32 luminance of a video's frame."""
    import cv2

    video = cv2.VideoCapture(str(path))
    video.set(cv2.CAP_PROP_POS_FRAMES, frame)
    found, image = video.read()
    video.release()
    if not found:
        raise InputProblem(f"{path.name} has no frame {frame} that can be read; it may be cut off")
    return np.asarray(image.astype(np.float32) @ np.array(_LUMINANCE, dtype=np.float32))
