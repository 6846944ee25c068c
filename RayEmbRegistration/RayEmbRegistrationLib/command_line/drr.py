"""``drr``: the X-ray that a CT would give under a known pose."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.camera import read_camera, read_pose
from RayEmbRegistrationLib.files.writing import write_atomically

from .console import SUCCEEDED, remarks, say
from .ct_inputs import add_ct_arguments, body_paths, chosen_device, given_ct, read_ct_arguments
from .inputs import InputError, add_device_argument, check_output

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry import CTVolume

    from .engine import Engine

SUFFIXES = (".png", ".tif", ".tiff", ".nrrd", ".mha")
GREY_VALUES_PER_UNIT = 5000.0  # chosen: 16 bit then hold line integrals up to 13, behind which nothing of a beam is left
_EPILOG = f"""\
Values are line integrals of attenuation (no unit, bone bright): as they are in .tif, .nrrd and .mha, and times
{GREY_VALUES_PER_UNIT:g} in a 16-bit .png. The pose file holds ras_to_camera, as result files do.

examples:
  drr --ct ct.nii.gz --camera camera.json --pose result.json --output drr.png
  drr --ct ct.nii.gz --camera camera.json --pose result.json --bone-only --output bone.nrrd
  drr --ct ct.nii.gz --body nail.stl:steel --camera camera.json --pose result.json --output nail.png
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "drr",
        help="render a digitally reconstructed radiograph of a CT",
        description="Render a digitally reconstructed radiograph (DRR): line integrals of a CT's attenuation under a pose.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_ct_arguments(parser, prepared=False, bodies=True)
    parser.add_argument("--camera", metavar="FILE", type=Path, required=True, help="camera file, which gives the size")
    parser.add_argument("--pose", metavar="POSE.json", type=Path, required=True, help="pose or result file")
    parser.add_argument("--bone-only", action="store_true", help="leave out everything but bone")
    add_device_argument(parser)
    parser.add_argument(
        "--output", metavar="IMAGE", type=Path, required=True, help=f"image to write ({', '.join(SUFFIXES)})"
    )
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Render and write the image."""
    from RayEmbRegistrationLib.drr.joseph import JosephProjector

    if given_ct(arguments) is None:
        raise InputError("give the CT with --ct, or a body with --body")
    inputs = (arguments.ct, arguments.labels, arguments.camera, arguments.pose, *body_paths(arguments))
    check_output(arguments.output, inputs, suffixes=SUFFIXES)
    device = chosen_device(arguments.device)
    camera_file = read_camera(arguments.camera)
    remarks(camera_file.notes, arguments.camera.name)
    pose = read_pose(arguments.pose)
    volume = read_ct_arguments(arguments).volume
    projector = JosephProjector(_attenuation(volume, arguments.bone_only), volume.ras_from_ijk, device)
    image = projector.render(pose, camera_file.camera)[0].cpu().numpy()
    if not image.any():
        raise InputError(f"the CT is not in the picture under the pose of {arguments.pose}; check pose, camera and CT")
    write_atomically(arguments.output, lambda path: write_image(path, image))
    say(f"wrote {arguments.output} ({image.shape[1]} x {image.shape[0]} px, line integrals up to {image.max():.3g})")
    return SUCCEEDED


def _attenuation(volume: CTVolume, bone_only: bool) -> np.ndarray:
    """(K, J, I) attenuation in 1/mm, of the whole CT or of its bone."""
    from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
    from RayEmbRegistrationLib.volumes.bone import find_skeleton

    attenuation = np.asarray(attenuation_from_hu(volume.hu), dtype=np.float32)
    if bone_only:
        attenuation = np.where(find_skeleton(volume).mask, attenuation, np.float32(0))
    return attenuation


def write_image(path: Path, image: np.ndarray) -> None:
    """Write (H, W) line integrals, in the format that the name ends in.

    Raises:
        OSError: it could not be written.
    """
    if path.suffix.lower() in (".nrrd", ".mha"):
        import SimpleITK as sitk  # noqa: N813 - its customary name

        sitk.WriteImage(sitk.GetImageFromArray(np.ascontiguousarray(image, dtype=np.float32)), str(path))
        return
    import cv2

    values = image.astype(np.float32)
    if path.suffix.lower() == ".png":
        values = np.clip(np.round(values * GREY_VALUES_PER_UNIT), 0, 65535).astype(np.uint16)
    encoded, data = cv2.imencode(path.suffix.lower(), values)
    if not encoded:
        raise OSError(f"the image cannot be encoded as {path.suffix}")
    path.write_bytes(data.tobytes())
