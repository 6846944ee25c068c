"""``track``: follow bones and implants through a sequence of X-rays."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.problems import InputProblem

from .console import NOT_TRUSTED, SUCCEEDED, Progress, remark, remarks, say
from .inputs import check_output
from .track_joint import add_joint_arguments, check_joint, write_joint
from .xray_inputs import add_xray_arguments, distortion_files, typed_values

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.open_sequence import CameraSequence
    from RayEmbRegistrationLib.bodies.naming import BodyFile
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.tracking.body import Body
    from RayEmbRegistrationLib.tracking.track import Track

    from .engine import Engine

MOST_FPS = 120.0  # chosen: what a screen shows
_EPILOG = """\
A body is a surface model with its material (femur.stl:CoCr, femur.stl:CoCr:cm where its numbers are in cm) or a bone of a
CT (tibia.nii.gz, or leg.nii.gz:labels.nii.gz:3). Several cameras need their places in a rig. The file of --init holds
"bodies": an object with the 4x4 matrix rig_from_body of each body's name; or "camera_from_body", likewise, as the first
camera sees them in the start frame. Of one camera alone the rig's frame is where it stands in its first frame; where its
files tell C-arm angles or a calibration frame by frame, its turn is not taken for the bodies'.

examples:
  track --body femur.stl:CoCr --body tibia.stl:CoCr --xray cam1 --camera cam1.txt --xray cam2 --camera cam2.txt
        --init start.json --output track.json
  track --body tibia.nii.gz --xray run.dcm --init start.json --frames 10:40 --output track.json --csv track.csv
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "track",
        help="follow bones and implants through a sequence of X-rays",
        description="Follow bones and implants through a sequence of X-rays, all of them together, from one frame's poses.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--body", metavar="FILE[:MATERIAL]", action="append", required=True, help="repeat for several bodies"
    )
    group = parser.add_argument_group("the X-rays")
    group.add_argument(
        "--xray",
        metavar="SEQUENCE",
        type=Path,
        action="append",
        required=True,
        help="folder, pattern in quotes ('run/cam1_*.png'), multi-frame DICOM or TIFF, AVI or MP4; once a camera",
    )
    group.add_argument("--camera", metavar="FILE", action="append", help="camera file, once for each --xray")
    group.add_argument(
        "--offset",
        metavar="N",
        type=int,
        action="append",
        help="frame of this camera that was taken with frame 0 of the first; once for each --xray (default: 0)",
    )
    add_xray_arguments(group)
    frames = parser.add_argument_group("the frames")
    frames.add_argument(
        "--init",
        metavar="POSES",
        type=Path,
        help="start poses, or a track whose first frame they are; without it the bodies are looked for, which takes minutes",
    )
    frames.add_argument(
        "--seconds", metavar="S", type=float, default=120.0, help="to look for each body where --init is not given (120)"
    )
    frames.add_argument("--start-frame", metavar="N", type=int, help="that --init is of (default: the first)")
    frames.add_argument("--frames", metavar="A:B[:STEP]", help="which to track, B left out (default: all)")
    frames.add_argument("--leave-out", metavar="N", type=int, nargs="+", default=[], help="frames that are not tracked")
    frames.add_argument("--redo", metavar="N", type=int, nargs="+", default=[], help="frames of --resume to do again")
    frames.add_argument("--resume", action="store_true", help="go on from what --output holds already")
    frames.add_argument("--passes", metavar="N", type=int, default=2, help="times that lost frames are tried again (2)")
    outputs = parser.add_argument_group("what is written")
    outputs.add_argument("--output", metavar="TRACK.json", type=Path, required=True, help="the track")
    outputs.add_argument("--csv", metavar="FILE", type=Path, help="a table of it")
    outputs.add_argument("--tra", metavar="DIR", type=Path, help="a .tra file for each body in this folder, for Autoscoper")
    outputs.add_argument("--xmalab", metavar="FILE", type=Path, help="rigid bodies as XMALab exports them")
    outputs.add_argument("--sheet", metavar="FILE.png", type=Path, help="frames with the bodies' outlines")
    outputs.add_argument("--video", metavar="FILE.mp4", type=Path, help="all frames with the outlines (.mp4 or .avi)")
    outputs.add_argument("--fps", metavar="N", type=float, default=10.0, help="frames of --video a second (10)")
    add_joint_arguments(parser)
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Track and write."""
    from RayEmbRegistrationLib.application.open_sequence import common_frames, frame_views
    from RayEmbRegistrationLib.application.track_bodies import keeping, track_to_go_on_from
    from RayEmbRegistrationLib.application.track_record import write_track_file
    from RayEmbRegistrationLib.bodies.naming import parse_body
    from RayEmbRegistrationLib.files.track import read_start
    from RayEmbRegistrationLib.tracking.smoothing import smooth
    from RayEmbRegistrationLib.tracking.track import Track
    from RayEmbRegistrationLib.tracking.tracker import TrackRequest, follow

    _check_outputs(arguments)
    sequences = _sequences(arguments)
    files = [parse_body(text) for text in arguments.body]
    frames = chosen_frames(arguments.frames, common_frames(sequences))
    first = frames[0] if arguments.start_frame is None else arguments.start_frame
    start = None
    if arguments.init is not None:
        names = [file.name for file in files]
        start = read_start(arguments.init, names, lambda: frame_views(sequences, first)[0].camera_from_rig)
    bodies = _bodies(arguments)
    left_out = tuple(arguments.leave_out)
    track = Track(tuple(body.name for body in bodies), left_out=left_out, notes=_notes(sequences, frames))
    if arguments.resume and arguments.output.exists():
        track = track_to_go_on_from(arguments.output, bodies, tuple(arguments.redo))
    try:
        with Progress("tracking") as progress:
            if start is None:
                start = _start(arguments, track, first, (files, bodies, sequences), progress)
            request = TrackRequest(bodies, frames, start, first, left_out, arguments.passes)
            follow(request, lambda n: frame_views(sequences, n), track, progress, preview=keeping(arguments.output))
    except KeyboardInterrupt:
        write_track_file(arguments.output, track)
        remark(f"stopped after {len(track.frames)} frames; they are in {arguments.output}, go on with --resume")
        raise
    smooth(track, bodies)
    write_track_file(arguments.output, track)
    _write_others(arguments, track, bodies, sequences)
    return _told(arguments, track)


def _start(
    arguments: argparse.Namespace,
    track: Track,
    frame: int,
    opened: tuple[list[BodyFile], tuple[Body, ...], list[CameraSequence]],
    progress: Progress,
) -> dict[str, RigidTransform]:
    """The start frame's poses: as they were tracked already, else looked for."""
    from RayEmbRegistrationLib.application.find_start import find_start, volume_of_file
    from RayEmbRegistrationLib.application.open_sequence import frame_views

    if frame in track.frames:
        return {name: one.pose for name, one in track.frames[frame].items()}
    files, bodies, sequences = opened
    volumes = [partial(volume_of_file, file, body) for file, body in zip(files, bodies, strict=True)]
    return find_start(volumes, bodies, frame_views(sequences, frame), arguments.seconds, progress)


def _notes(sequences: list[CameraSequence], frames: tuple[int, ...]) -> tuple[str, ...]:
    """What is to be known of a camera that moves."""
    from RayEmbRegistrationLib.tracking.turning import turning_note

    if len(sequences) > 1:
        return ()
    seen = [sequences[0].view(frame).geometry for frame in dict.fromkeys((frames[0], frames[-1]))]
    note = turning_note([sequences[0].first_geometry, *seen])
    if note is not None:
        remark(note)
    return () if note is None else (note,)


def chosen_frames(text: str | None, available: range) -> tuple[int, ...]:
    """The frames that ``--frames`` names.

    Raises:
        InputProblem: not of the form, or none of them is there.
    """
    if text is None:
        return tuple(available)
    parts = text.split(":")
    try:
        numbers = [int(part) if part else None for part in parts]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= 3 or (len(numbers) == 3 and not (numbers[2] or 1) > 0):
        raise InputProblem(f"--frames needs A:B or A:B:STEP, such as 10:40:2, not '{text}'")
    low = available.start if numbers[0] is None else max(numbers[0], available.start)
    high = available.stop if numbers[1] is None else min(numbers[1], available.stop)
    frames = tuple(range(low, high, (numbers[2] if len(numbers) == 3 else None) or 1))
    if not frames:
        raise InputProblem(f"there are no frames {text}; the cameras have {available.start} to {available.stop - 1}")
    return frames


def _sequences(arguments: argparse.Namespace) -> list[CameraSequence]:
    from RayEmbRegistrationLib.application.open_sequence import open_sequence

    count = len(arguments.xray)
    cameras, offsets = arguments.camera or [None] * count, arguments.offset or [0] * count
    for values, option in ((cameras, "--camera"), (offsets, "--offset")):
        if len(values) != count:
            raise InputProblem(f"{option} is given {len(values)} times for {count} sequences; give it once for each --xray")
    given = zip(arguments.xray, cameras, typed_values(arguments), offsets, distortion_files(arguments), strict=True)
    return [replace(open_sequence(*each), distortion=plate) for *each, plate in given]


def _bodies(arguments: argparse.Namespace) -> tuple[Body, ...]:
    from RayEmbRegistrationLib.application.track_bodies import open_body
    from RayEmbRegistrationLib.bodies.naming import parse_body

    bodies = []
    for text in arguments.body:
        body, notes = open_body(parse_body(text))
        remarks(notes)
        bodies.append(body)
    return tuple(bodies)


def _check_outputs(arguments: argparse.Namespace) -> None:
    inputs = [*arguments.xray, arguments.init]
    check_output(arguments.output, inputs, suffixes=(".json",))
    tables, pictures = (arguments.csv, arguments.xmalab), ((arguments.sheet, (".png",)), (arguments.video, (".mp4", ".avi")))
    for path, suffixes in (*((table, (".csv",)) for table in tables), *pictures):
        if path is not None:
            check_output(path, inputs, suffixes=suffixes)
    check_joint(arguments, inputs)
    if not 0 < arguments.fps <= MOST_FPS:
        raise InputProblem(f"--fps must be more than 0 and at most {MOST_FPS:g}")
    if arguments.tra is not None and not arguments.tra.is_dir():
        check_output(arguments.tra, inputs)
        if arguments.tra.exists():
            raise InputProblem(f"{arguments.tra} is a file, and --tra writes a folder; choose another name")
    if arguments.output.exists() and not arguments.resume:
        remark(f"{arguments.output} will be replaced; --resume goes on from it")


def _write_others(
    arguments: argparse.Namespace, track: Track, bodies: tuple[Body, ...], sequences: list[CameraSequence]
) -> None:
    from RayEmbRegistrationLib.application.open_sequence import frame_views
    from RayEmbRegistrationLib.application.track_record import write_track_table
    from RayEmbRegistrationLib.files.track import write_autoscoper, write_xmalab

    poses = {frame: {name: own.pose for name, own in bodies.items()} for frame, bodies in track.frames.items()}
    frames = range(max(poses) + 1)
    if arguments.csv is not None:
        write_track_table(arguments.csv, track)
    if arguments.tra is not None:
        arguments.tra.mkdir(exist_ok=True)
        for name in track.names:
            write_autoscoper(arguments.tra / f"{name}.tra", poses, name, frames)
    if arguments.xmalab is not None:
        write_xmalab(arguments.xmalab, poses, track.names, frames)
    if arguments.sheet is not None:
        from RayEmbRegistrationLib.pictures.track_sheet import write_sheet

        write_sheet(arguments.sheet, track, bodies, lambda number: frame_views(sequences, number))
    if arguments.video is not None:
        from RayEmbRegistrationLib.pictures.track_video import write_video

        with Progress("drawing") as progress:
            write_video(
                arguments.video, track, bodies, lambda number: frame_views(sequences, number), arguments.fps, progress
            )
    write_joint(arguments, track, bodies)  # last: a motion may be too small for it


def _told(arguments: argparse.Namespace, track: Track) -> int:
    """What came of it, in words, and the exit status."""
    lost = track.lost
    say(f"wrote {arguments.output}: {len(track.frames)} frames of {', '.join(track.names)}, {len(lost)} not trusted")
    for frame in lost:
        bad = {name: own.verdict.reason for name, own in track.frames[frame].items() if not own.trusted}
        say(f"frame {frame}: " + "; ".join(f"{name}: {reason}" for name, reason in bad.items()))
    return NOT_TRUSTED if lost else SUCCEEDED
