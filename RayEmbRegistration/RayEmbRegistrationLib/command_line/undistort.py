"""``undistort``: measure an intensifier's distortion by images of a calibration plate, or make X-rays straight by it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.files.distortion import read_distortion, write_distortion
from RayEmbRegistrationLib.files.writing import write_atomically

from .console import SUCCEEDED, Progress, remarks, say
from .inputs import InputError, check_output

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.distortion_set import CorrectionMap, DistortionSet
    from RayEmbRegistrationLib.xray.view import XrayView

    from .engine import Engine

_EPILOG = """\
The plate lies on the intensifier: beads, or a sheet with holes, on a square or hexagonal grid, and found by themselves.
The straight image has the plate's shape and, in its middle, the stored image's scale and direction. A camera that is
calibrated in straight images, as XMALab's are, belongs to it.

examples:
  undistort --plate plate.tif --pitch 6.35 --output tube1.distortion.json
  undistort --plate ap.dcm --plate lateral.dcm --angles 0 0 --angles 90 0 --output arm.distortion.json
  undistort --distortion tube1.distortion.json --xray run.tif --output straight
  register --ct ct.nii.gz --xray shot.png --camera shot.json --distortion tube1.distortion.json --output result.json
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "undistort",
        help="measure the distortion of an image intensifier by a plate, or make X-rays straight",
        description="Measure the distortion of an image intensifier by X-rays of a calibration plate and write it as a file "
        "that --distortion takes; or make X-rays and sequences straight by such a file.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--plate", metavar="IMAGE", type=Path, action="append", help="X-ray of the plate; one an orientation of the C-arm"
    )
    parser.add_argument(
        "--pitch",
        metavar="MM",
        type=float,
        help="distance of neighboring beads on the plate; without it the scale is open",
    )
    parser.add_argument(
        "--angles",
        metavar=("PRIMARY", "SECONDARY"),
        type=float,
        nargs=2,
        action="append",
        help="C-arm angles in degrees (DICOM's) of each plate, or of each X-ray, in place of the tags'",
    )
    parser.add_argument("--frame", metavar="N", type=int, help="frame of the plate's images, from 0")
    parser.add_argument("--distortion", metavar="FILE", type=Path, help="the file that --plate wrote before")
    parser.add_argument(
        "--xray", metavar="IMAGE", type=Path, action="append", help="X-ray, sequence, video or folder to make straight"
    )
    parser.add_argument(
        "--output", metavar="FILE|DIR", type=Path, required=True, help="of --plate the file, of --xray the folder to write"
    )
    return parser


def run(arguments: argparse.Namespace, _registration: Engine | None) -> int:
    """Measure or apply."""
    if (arguments.plate is None) == (arguments.xray is None):
        raise InputError("give either --plate, to measure a distortion, or --distortion and --xray, to correct X-rays")
    count = len(arguments.plate or arguments.xray)
    angles = [None if each is None else (each[0], each[1]) for each in arguments.angles or [None] * count]
    if len(angles) != count:
        raise InputError(f"--angles is given {len(angles)} times for {count} images; give it once for each, in their order")
    return _measure(arguments, angles) if arguments.plate else _apply(arguments, angles)


def _measure(arguments: argparse.Namespace, angles: list[tuple[float, float] | None]) -> int:
    from RayEmbRegistrationLib.xray.distortion.plate import distortion_of_plates
    from RayEmbRegistrationLib.xray.reading import read_xray

    check_output(arguments.output, arguments.plate, (".json",))
    if arguments.distortion is not None:
        raise InputError("--distortion is what --plate measures; give it with --xray")
    if arguments.pitch is not None and not 0 < arguments.pitch < float("inf"):
        raise InputError("--pitch needs a positive distance in mm")
    views = [read_xray(path, arguments.frame) for path in arguments.plate]
    distortion = distortion_of_plates(views, arguments.pitch, angles)
    write_distortion(arguments.output, distortion)
    for line in distortion_lines(distortion):
        say(line)
    say(f"wrote {arguments.output}")
    return SUCCEEDED


def distortion_lines(distortion: DistortionSet) -> list[str]:
    """In words."""
    width, height = distortion.image_size
    lines = [f"distortion of images of {width} x {height} px"]
    for plate in distortion.plates:
        moved = np.linalg.norm(plate.seen_px - plate.straight_px, axis=1)
        told = "" if plate.angles_deg is None else f" at {plate.angles_deg[0]:g}, {plate.angles_deg[1]:g} degrees"
        pitch = "scale open" if plate.pitch_mm is None else f"{plate.pitch_mm / plate.pitch_px:.4f} mm a pixel on the plate"
        left = plate.residual
        lines.append(
            f"{plate.name}{told}: {len(plate.seen_px)} beads {plate.pitch_px:.2f} px apart ({pitch}), moved by up to "
            f"{moved.max():.1f} px; of beads left out {left.median:.3f} px remain (median), {left.edge:.3f} px at the edge, "
            f"95 of 100 below {left.largest_95:.3f} px"
        )
    if distortion.between_px is not None:
        lines.append(f"between orientations: {distortion.between_px:.2f} px (median), of each told by the others")
    return lines


def _apply(arguments: argparse.Namespace, angles: list[tuple[float, float] | None]) -> int:
    from RayEmbRegistrationLib.xray.distortion.applying import undistorted

    if arguments.distortion is None:
        raise InputError("give the distortion file with --distortion; --plate measures one")
    if arguments.pitch is not None or arguments.frame is not None:
        raise InputError("--pitch and --frame are of --plate; a sequence is made straight as a whole")
    folder = arguments.output
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; give a folder for the straight X-rays")
    names = [f"{path.name.split('.')[0]}.tif" for path in arguments.xray]
    if len(set(names)) < len(names):
        raise InputError("two X-rays have the same name; make them straight one after another into folders of their own")
    distortion = read_distortion(arguments.distortion)
    for name in names:
        if folder.is_dir():
            check_output(folder / name, arguments.xray)
    maps: dict[tuple[float, float] | None, CorrectionMap] = {}
    for path, name, own in zip(arguments.xray, names, angles, strict=True):
        straight = []
        for view in _frames(path, own):
            known = view.geometry.angles_deg
            key = None if known is None else (known[0], known[1])
            if key not in maps:
                maps[key] = distortion.map_at(key)
            straight.append(undistorted(view, maps[key], arguments.distortion.name))
        remarks(straight[0].geometry.notes, path.name)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / name, straight)
    return SUCCEEDED


def _frames(path: Path, angles: tuple[float, float] | None) -> Iterator[XrayView]:
    """All frames of an X-ray or sequence, under the angles that were typed in, if any."""
    from RayEmbRegistrationLib.application.open_sequence import every_frame

    with Progress(f"reading {path.name}") as progress:
        for number, (view, count) in enumerate(every_frame(path)):
            progress(min((number + 1) / count, 1.0), "frames")
            yield view if angles is None else view.with_geometry(primary_angle_deg=angles[0], secondary_angle_deg=angles[1])


def _write(path: Path, views: list[XrayView]) -> None:
    """The pages, and the camera of the straight image where it is known."""
    write_atomically(path, lambda temporary: _write_pages(temporary, views))
    say(f"wrote {path} ({len(views)} frame{'s' if len(views) > 1 else ''})")
    if not views[0].geometry.missing:
        camera = path.with_suffix(".camera.json")
        write_camera(camera, CameraFile(views[0].camera, views[0].camera_from_rig))
        say(f"wrote {camera}")


def _write_pages(path: Path, views: list[XrayView]) -> None:
    """A TIFF of 32-bit numbers with a page a frame, 0 where nothing is known."""
    import cv2

    pages = [view.pixels if view.invalid is None else np.where(view.invalid, np.float32(0), view.pixels) for view in views]
    if not cv2.imwritemulti(str(path), pages):
        raise OSError(f"{path.name} cannot be encoded as TIFF")
