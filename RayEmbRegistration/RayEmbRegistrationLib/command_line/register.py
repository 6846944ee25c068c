"""``register``: the pose of a CT in one or several X-rays."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.identity import identity_of_file
from RayEmbRegistrationLib.files.result import ResultFile
from RayEmbRegistrationLib.files.result_file import write_result
from RayEmbRegistrationLib.pictures.registration import NAMES, write_pictures
from RayEmbRegistrationLib.problems import InputProblem

from .bones import add_bone_arguments, check_bones, joint_limits
from .console import NO_PICTURES, NOT_TRUSTED, SUCCEEDED, Progress, remark, remarks, say
from .ct_inputs import add_ct_arguments, body_paths, given_ct, load_prepared, on_device
from .inputs import (
    InputError,
    add_device_argument,
    add_method_argument,
    add_view_argument,
    add_weights_argument,
    check_output,
)
from .results import result_lines
from .trust import add_trust_arguments, trust_settings
from .views import have_starts, view_by_angles, warn_of_other_view, with_ends, with_starts, with_views
from .xray_inputs import add_xray_arguments, distortion_files, open_views, typed_values

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.result import RegistrationResult
    from RayEmbRegistrationLib.xray.view import XrayView

    from .engine import Engine

_LOG = logging.getLogger(__name__)
DEGREES_OF_FREEDOM = ("rx", "ry", "rz", "x", "y", "depth")
_EPILOG = """\
examples:
  one X-ray:
    register --ct ct.nii.gz --xray ap.png --camera ap.json --output result.json --pictures pictures
  a DICOM X-ray that tells its geometry, the CT prepared before:
    register --prepared ct.npz --xray shot.dcm --output result.json
  one X-ray, where places in space matter to 3 mm:
    register --ct ct.nii.gz --xray ap.png --camera ap.json --trust position --position-mm 3 --output result.json
  a calibrated pair (both camera files hold world_to_camera), one bone, from a start pose:
    register --ct ct.nrrd --labels bones.nrrd --label 1 --xray a.png --camera a.json --xray b.png --camera b.json \\
             --init start.json --start-uncertainty 15 15 --view any --output result.json
  an implant by its model, and a stem with its head that may turn on it:
    register --body cup.stl:titanium --xray ap.png --camera ap.json --view any --output cup.json
    register --body stem.stl:titanium --body head.stl:CoCr --bone 2 --xray ap.png --camera ap.json --output hip.json

exit status: 0 the pose is trusted for what it is for (--trust); 2 the input cannot be used; 3 the result is written, but not
to be trusted for that; 4 the result is written, but a picture could not be.
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "register",
        help="find the pose of a CT in one or several X-rays",
        description="Find the pose of a CT in one or several X-rays and write it, with what it is worth, as JSON. No start "
        "pose is needed where the view is roughly known.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_ct_arguments(parser, prepared=True, bodies=True)
    xrays = parser.add_argument_group("the X-rays")
    xrays.add_argument(
        "--xray", metavar="IMAGE", type=Path, action="append", required=True, help="the X-ray; repeat for several"
    )
    xrays.add_argument(
        "--camera",
        metavar="FILE",
        action="append",
        help="its camera: JSON, MayaCam 2, VTKCamera or OpenCV file; one an X-ray, in the same order; 'dicom' or none at "
        "all where the X-ray's DICOM tags tell the geometry",
    )
    xrays.add_argument("--frame", metavar="N", type=int, help="frame of a sequence, from 0")
    xrays.add_argument(
        "--mirrored",
        choices=("yes", "no", "auto"),
        default="auto",
        help="whether the image is flipped left to right, as in a mirror (default: find out)",
    )
    add_xray_arguments(xrays)
    _add_start_arguments(parser.add_argument_group("what is known of the pose"))
    add_trust_arguments(parser)
    add_method_argument(parser)
    add_weights_argument(parser)
    add_device_argument(parser)
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of every random choice (default: 0)")
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=float,
        help="time to register; the best pose until then is the answer (default: as long as it takes)",
    )
    parser.add_argument("--output", metavar="RESULT.json", type=Path, required=True, help="the file to write")
    parser.add_argument("--pictures", metavar="DIR", type=Path, help="write pictures of the result into this folder")
    return parser


def _add_start_arguments(group: argparse._ArgumentGroup) -> None:
    add_view_argument(group, for_each=True)
    group.add_argument(
        "--init",
        metavar="POSE.json",
        type=Path,
        action="append",
        help="start pose (ras_to_camera) or an earlier result; one an X-ray, or one that holds all",
    )
    group.add_argument(
        "--start-uncertainty",
        metavar=("DEG", "MM"),
        type=float,
        nargs=2,
        help="how far the start pose may be off (default: 10 10)",
    )
    group.add_argument(
        "--landmarks", metavar="PAIRS.json", type=Path, help="points in the CT and where they are in the X-ray"
    )
    group.add_argument(
        "--ends",
        metavar=("U1", "V1", "U2", "V2"),
        type=float,
        nargs=4,
        action="append",
        help="column and row of the two ends of a slim bone in an X-ray, in either order; repeat in the order of --xray",
    )
    group.add_argument(
        "--depth", metavar=("MIN", "MAX"), type=float, nargs=2, help="distance of the bone from the source, mm"
    )
    group.add_argument(
        "--hold",
        metavar="LIST",
        type=held_degrees,
        default=(),
        help=f"keep the start pose's values of these, by commas: {','.join(DEGREES_OF_FREEDOM)} (camera axes)",
    )
    add_bone_arguments(group)
    group.add_argument("--refine-only", action="store_true", help="refine the start pose and do not look elsewhere")


def held_degrees(text: str) -> tuple[str, ...]:
    """The degrees of freedom in a list separated by commas."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in DEGREES_OF_FREEDOM]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown {', '.join(unknown)}; choose from {','.join(DEGREES_OF_FREEDOM)}")
    return names


def run(arguments: argparse.Namespace, registration: Engine) -> int:
    """Register and write the result."""
    cameras = one_each(arguments.camera, len(arguments.xray))
    read_files = (arguments.ct, arguments.prepared, arguments.labels, arguments.landmarks, *(arguments.distortion or []))
    read_files += tuple(body_paths(arguments))
    named = [*arguments.xray, *(Path(c) for c in cameras if c is not None), *(arguments.init or []), *read_files]
    check_output(arguments.output, named)
    if arguments.pictures is not None:
        _check_pictures(arguments.pictures, named)
    if (given_ct(arguments) is None) == (arguments.prepared is None):
        raise InputError("give either the CT with --ct (or bodies with --body) or a prepared file with --prepared")
    xrays = open_views(arguments.xray, cameras, typed_values(arguments), arguments.frame, distortion_files(arguments))
    views = with_ends(with_starts(xrays, arguments.init or [], arguments.landmarks), arguments.ends or [])
    told = view_by_angles(views) if arguments.view is None else []
    views, for_all = with_views(views, arguments.view or told)
    by_angles = for_all if told else None
    arguments.view = for_all if arguments.view or arguments.prepared is None else None

    def work(device: str) -> tuple[PreparedCT, RegistrationResult]:
        prepared = load_prepared(arguments, registration, device, search=not have_starts(views))
        warn_of_other_view(by_angles, prepared)
        settings = build_settings(arguments, prepared)
        with Progress("registering") as progress:
            return prepared, registration.register(prepared, views, settings, progress=progress)

    prepared, result = on_device(arguments.device, work)
    write_result(arguments.output, _record(arguments, cameras, views, prepared, result))
    remarks(note for note in result.notes if note not in prepared.notes)  # those were shown when they arose
    for line in result_lines(result):
        say(line)
    for view, found in zip(views, result.views, strict=True):
        if found.landmarks is not None:
            agreeing = int(np.count_nonzero(found.landmarks.inliers))
            _LOG.info("%s: %d of %d landmarks agree with the pose", view.name, agreeing, len(found.landmarks))
    _LOG.info("seconds: %s", ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in result.timing_s.items()))
    say(f"wrote {arguments.output}")
    if arguments.pictures is not None and not _drawn(arguments.pictures, prepared, result, views):
        return NO_PICTURES
    return SUCCEEDED if result.quality.trusted else NOT_TRUSTED


def _record(
    arguments: argparse.Namespace,
    cameras: Sequence[str | None],
    views: Sequence[XrayView],
    prepared: PreparedCT,
    result: RegistrationResult,
) -> ResultFile:
    """The result with the files that it was made from."""
    from RayEmbRegistrationLib.application.result_record import result_record

    single = {"CT": arguments.ct, "prepared CT": arguments.prepared, "labels": arguments.labels}
    single |= {"landmarks": arguments.landmarks}
    several = {"X-ray": arguments.xray, "camera": cameras, "start": arguments.init or []}
    several |= {"distortion": arguments.distortion or [], "body": body_paths(arguments)}
    read = [(role, path) for role, path in single.items() if path is not None]
    for role, paths in several.items():
        read += [(f"{role} {number}", path) for number, path in enumerate(paths, 1) if path is not None]
    inputs = [identity_of_file(role, path) for role, path in read]
    return result_record(result, views, prepared, (given_ct(arguments) or arguments.prepared).name, inputs)


def _drawn(folder: Path, prepared: PreparedCT, result: RegistrationResult, views: Sequence[XrayView]) -> bool:
    """Write the pictures; whatever goes wrong with them, the result stays and is not called bad input."""
    try:
        for path in write_pictures(folder, prepared, result, [view.start for view in views]):
            say(f"wrote {path}")
    except (InputProblem, OSError, MemoryError, RuntimeError, ValueError) as error:
        _LOG.warning("pictures: %s", error, exc_info=error)
        remark(f"the result is written, but not all pictures: {error or type(error).__name__}")
        return False
    return True


def _check_pictures(folder: Path, inputs: Iterable[Path | None]) -> None:
    """Refuse a folder for pictures that is a file, or where a picture would overwrite an input."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; give a folder for the pictures")
    for given in inputs:
        if given is not None and given.name in NAMES and given.parent.resolve() == folder.resolve():
            raise InputError(f"{given} would be overwritten by a picture; give another folder with --pictures")


def one_each(cameras: Sequence[str] | None, count: int) -> list[str | None]:
    """The camera file of each X-ray, None where its own tags are to be used."""
    if not cameras:
        return [None] * count
    if len(cameras) != count:
        raise InputError(f"{count} X-rays need {count} cameras, not {len(cameras)}; repeat --camera once for each --xray")
    return [None if camera == "dicom" else camera for camera in cameras]


def build_settings(arguments: argparse.Namespace, prepared: PreparedCT) -> RegistrationSettings:
    """The settings that the options ask for.

    Raises:
        InputError: numbers out of range, or options that need a start pose without one.
    """
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings

    defaults = RegistrationSettings()
    degrees, millimetres = arguments.start_uncertainty or (defaults.start_rotation_deg, defaults.start_translation_mm)
    if not (0 < degrees <= 180 and 0 < millimetres < float("inf")):
        raise InputError("--start-uncertainty needs degrees from 0 to 180 and millimetres, both positive")
    if arguments.depth is not None and not 0 < arguments.depth[0] < arguments.depth[1] < float("inf"):
        raise InputError("--depth needs the least distance, then the greatest, both positive, in mm")
    if arguments.refine_only and not (arguments.init or arguments.landmarks):
        raise InputError("--refine-only needs a start pose; give it with --init")
    if arguments.hold and not arguments.init:
        raise InputError("--hold keeps values of the start pose; give it with --init")
    if arguments.seconds is not None and not 0 < arguments.seconds < float("inf"):
        raise InputError("--seconds must be more than 0")
    if arguments.seed < 0:
        raise InputError("--seed must be a whole number from 0")
    check_bones(arguments.bone, prepared)
    view = arguments.view or getattr(prepared, "view", None) or defaults.view
    return RegistrationSettings(
        view=view,
        start_rotation_deg=degrees,
        start_translation_mm=millimetres,
        depth_mm=None if arguments.depth is None else tuple(arguments.depth),
        held=arguments.hold,
        bones=tuple(dict.fromkeys(arguments.bone)),
        joint_limits=joint_limits(arguments),
        mirrored={"yes": True, "no": False, "auto": None}[arguments.mirrored],
        refine_only=arguments.refine_only,
        seed=arguments.seed,
        method=arguments.method,
        seconds=arguments.seconds,
        **trust_settings(arguments),
    )
