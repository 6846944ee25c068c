"""``surface``: the bone's surfaces as a network sees them in an X-ray, with or without a CT."""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.files.camera import read_pose

from .console import SUCCEEDED, remark, say
from .ct_inputs import chosen_device
from .inputs import InputError, add_device_argument, check_output
from .xray_inputs import add_xray_arguments, distortion_files, open_views, typed_values

if TYPE_CHECKING:
    from .engine import Engine

SUFFIXES = (".vtp", ".ply")
_EPILOG = """\
The mesh holds where rays enter the bone and where they leave it, in the X-ray's camera frame (x right, y down, z away from
the source; mm), or in the CT's RAS with --pose. Its points have a standard deviation in mm along the ray: an array of a
.vtp, blue (2 mm) to red (25 mm) in a .ply. One X-ray does not show how far away the bone is, so that all of it is as large
as --depth makes it; a pose of a CT says the depth.

Without --weights, the network for any anatomy that comes with the package looks; it needs --depth, and no CT.

examples:
  surface --xray xray.png --camera camera.json --depth 700 --output bone.vtp
  surface --xray xray.png --camera camera.json --weights patient.safetensors --pose result.json --output bone.vtp
"""


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "surface",
        help="reconstruct the surfaces of bone from an X-ray",
        description="Reconstruct the surfaces of bone from one X-ray by a network that 'train --reconstruction' made.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--xray", metavar="XRAY", type=Path, required=True, help="the X-ray: DICOM or a picture")
    parser.add_argument("--camera", metavar="FILE", type=Path, help="camera file, where the X-ray does not say all of it")
    add_xray_arguments(parser)
    parser.add_argument(
        "--weights", metavar="FILE", type=Path, help="weights of the network, .safetensors (default: those for any anatomy)"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--pose", metavar="POSE.json", type=Path, help="pose or result file of the CT: gives depth and frame")
    where.add_argument("--depth", metavar="MM", type=float, help="mean distance of the bone in view from the source")
    add_device_argument(parser)
    parser.add_argument("--output", metavar="MESH", type=Path, required=True, help=f"mesh to write ({', '.join(SUFFIXES)})")
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Reconstruct and write the mesh."""
    from RayEmbRegistrationLib.application.surfaces import surface_of_xray
    from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_surfaces_path
    from RayEmbRegistrationLib.pictures.surface_files import write_surface

    check_output(arguments.output, (arguments.xray, arguments.camera, arguments.weights, arguments.pose), SUFFIXES)
    if arguments.depth is not None and not 0 < arguments.depth < float("inf"):
        raise InputError("--depth needs a positive distance in mm")
    pose = None if arguments.pose is None else read_pose(arguments.pose)
    if arguments.weights is None and pose is not None:
        raise InputError("--pose needs --weights of a network that was trained on this CT; without, say --depth")
    encoder, about = load_encoder(arguments.weights or shipped_surfaces_path(), chosen_device(arguments.device))
    arguments.xray = [arguments.xray]
    (view,) = open_views(arguments.xray, [arguments.camera], typed_values(arguments), None, distortion_files(arguments))
    mesh, notes = surface_of_xray((encoder, about), view, pose, arguments.depth)
    for note in notes:
        remark(note)
    write_surface(arguments.output, mesh.points, mesh.triangles, mesh.deviations_mm)
    say(
        f"wrote {arguments.output} ({len(mesh.points)} points and {len(mesh.triangles)} triangles, frame {mesh.frame}, "
        f"median standard deviation along the ray {median(mesh.deviations_mm):.1f} mm)"
    )
    return SUCCEEDED
