"""A track as a video: every frame, all cameras beside each other, what is not trusted in red."""

import cv2
import numpy as np
import pytest
from implant_cases import CAMERA, FRONT, SIDE, SIZE, SURFACES, truth
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.pictures.track_video import SIDE_PX, write_video
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Cancelled
from RayEmbRegistrationLib.tracking.body import body_of_surface
from RayEmbRegistrationLib.tracking.frame_view import frame_view
from RayEmbRegistrationLib.tracking.track import Track, TrackedPose
from RayEmbRegistrationLib.tracking.verdict import FrameVerdict
from RayEmbRegistrationLib.xray.view import XrayView

BODIES = tuple(body_of_surface(SURFACES[name], MATERIALS["CoCr"], name) for name in SURFACES)


def track_of(frames, lost=()):
    track = Track(tuple(SURFACES))
    for frame in frames:
        verdict = FrameVerdict(frame not in lost, True, "", 0.1, 0.2, 0.3, 0.9)
        track.frames[frame] = {name: TrackedPose(pose, verdict) for name, pose in truth(frame).items()}
    return track


def read(frame):
    ramp = np.linspace(60, 200, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)
    return [frame_view(XrayView.of_camera(ramp, CAMERA, camera_from_rig=place)) for place in (FRONT, SIDE)]


def frames_of(path):
    video, found = cv2.VideoCapture(str(path)), []
    while True:
        more, image = video.read()
        if not more:
            return found
        found.append(image)


def is_red(image):
    return image[..., 2] > image[..., 0].astype(int) + 60


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_every_frame_is_drawn_and_what_is_not_trusted_is_red(tmp_path, suffix):
    stages = []
    write_video(
        tmp_path / f"track{suffix}", track_of((2, 3, 5), {3}), BODIES, read, progress=lambda _, stage: stages.append(stage)
    )
    found = frames_of(tmp_path / f"track{suffix}")
    assert [image.shape for image in found] == [(SIDE_PX, 2 * SIDE_PX, 3)] * 3
    assert [bool(is_red(image[SIDE_PX // 2, :3]).any()) for image in found] == [False, True, False]
    assert stages == ["drawing frame 2", "drawing frame 3", "drawing frame 5"]
    outline = np.abs(found[0].astype(int) - found[0].mean(axis=2, keepdims=True)).max(axis=2) > 40
    assert 0.002 < outline.mean() < 0.05  # coloured lines, no areas
    assert outline[:, SIDE_PX:].any()


def test_what_cannot_be_drawn_leaves_nothing(tmp_path):
    with pytest.raises(InputProblem, match="no frame to draw"):
        write_video(tmp_path / "a.mp4", Track(("upper",)), BODIES, read)
    with pytest.raises(InputProblem, match=r"must end in \.mp4 or \.avi"):
        write_video(tmp_path / "a.gif", track_of((0,)), BODIES, read)

    def stop(share, stage):
        raise Cancelled

    with pytest.raises(Cancelled):
        write_video(tmp_path / "a.mp4", track_of((0,)), BODIES, read, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_the_command_refuses_other_endings_and_rates_at_once(tmp_path, capsys):
    command = ["track", "--body", "a.stl:CoCr", "--xray", str(tmp_path), "--output", str(tmp_path / "t.json")]
    assert main([*command, "--video", str(tmp_path / "t.gif")]) == 2
    assert "must end in .mp4 or .avi" in capsys.readouterr().err
    assert main([*command, "--video", str(tmp_path / "t.mp4"), "--fps", "0"]) == 2
    assert "--fps must be more than 0" in capsys.readouterr().err
