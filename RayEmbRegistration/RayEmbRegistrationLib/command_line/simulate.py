"""``simulate``: an X-ray of a CT by Monte Carlo, with its camera and its truth, as ``register`` takes it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.camera import CameraFile, read_camera, read_pose, write_camera
from RayEmbRegistrationLib.files.writing import checked_target, write_atomically, write_json
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm

from .console import SUCCEEDED, Progress, remark, remarks, say
from .ct_inputs import add_ct_arguments, chosen_device, read_ct_arguments
from .inputs import InputError, add_device_argument, check_output

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure, Radiograph

    from .engine import Engine

SUFFIXES = (".dcm", ".png", ".nii", ".gz")
NOT_CLINICAL = "simulated; dose is an estimate, not for clinical use"
_SID_MM, _FIELD_MM, _PIXELS = 1020.0, 280.0, 384  # a C-arm's flat detector, as simulation's default camera
_ISOCENTER_SHARE = 0.7  # chosen: where a C-arm's isocentre usually lies between source and detector
_EPILOG = """\
The primary is projected exactly, energy by energy; the scatter is followed photon by photon until its standard error is
what --scatter-error says. A .dcm holds the geometry itself; beside an image, NAME.camera.json does. NAME.truth.json holds
the true pose (ras_to_camera), the errors and the dose, which is an estimate and not for clinical use.

examples:
  simulate --ct ct.nii.gz --angles 0 0 --kvp 75 --filter "Al 3, Cu 0.1" --output xray.dcm
  simulate --ct ct.nii.gz --pose pose.json --camera camera.json --photons 1000000 --output xray.png
"""


def add_parser(verbs: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "simulate",
        help="make an X-ray of a CT by Monte Carlo",
        description="Make an X-ray of a CT: exact primary, Monte Carlo scatter, noise; with its camera and its truth.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_ct_arguments(parser, prepared=False)
    place = parser.add_argument_group("the C-arm")
    either = place.add_mutually_exclusive_group(required=True)
    either.add_argument("--pose", metavar="POSE.json", type=Path, help="pose or result file")
    either.add_argument(
        "--angles", metavar=("PRIMARY", "SECONDARY"), nargs=2, type=float, help="as DICOM has them; 0 0: from behind"
    )
    place.add_argument("--isocenter", metavar=("R", "A", "S"), nargs=3, type=float, help="RAS mm (default: the CT's middle)")
    place.add_argument("--sid", metavar="MM", type=float, help="source to isocenter (default: 0.7 of --sdd)")
    place.add_argument("--camera", metavar="FILE", type=Path, help="camera file; takes the place of the next three")
    place.add_argument("--sdd", metavar="MM", type=float, default=_SID_MM, help="source to detector (default: %(default)s)")
    place.add_argument("--size", metavar="PX", type=int, default=_PIXELS, help="of the square image (default: %(default)s)")
    place.add_argument("--field", metavar="MM", type=float, default=_FIELD_MM, help="its side (default: %(default)s)")
    beam = parser.add_argument_group("the exposure")
    beam.add_argument("--kvp", type=float, default=75.0, help="tube voltage, 40 to 140 (default: %(default)s)")
    beam.add_argument("--filter", default="Al 3", help='mm of Al and Cu, as in "Al 3, Cu 0.1" (default: %(default)s)')
    beam.add_argument("--grid", metavar="RATIO", type=float, help="anti-scatter grid of this ratio (default: none)")
    beam.add_argument("--counting", action="store_true", help="a photon-counting detector (default: energy-integrating)")
    beam.add_argument(
        "--exposure",
        metavar="N",
        type=float,
        default=20000.0,
        help="photons a pixel of the open beam (default: %(default)g)",
    )
    beam.add_argument(
        "--display",
        choices=("raw", "log"),
        default="raw",
        help="pixels proportional to the beam, or to its logarithm as consoles show it (default: %(default)s)",
    )
    beam.add_argument("--seed", type=int, default=0, help="of everything random (default: %(default)s)")
    effort = beam.add_mutually_exclusive_group()
    effort.add_argument("--photons", metavar="N", type=int, help="photons to follow for the scatter")
    effort.add_argument("--scatter-error", metavar="PERCENT", help="its standard error, such as 5%% (default: 5%%)")
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="that share the photons (default: 1)")
    add_device_argument(parser)
    parser.add_argument("--output", metavar="IMAGE", type=Path, required=True, help="X.dcm, X.png, X.nii or X.nii.gz")
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Simulate and write."""
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Machine, expose

    if arguments.ct is None:
        raise InputError("give the CT with --ct")
    output: Path = arguments.output
    inputs = (arguments.ct, arguments.labels, arguments.camera, arguments.pose)
    check_output(output, inputs, suffixes=SUFFIXES)
    if output.suffix.lower() == ".gz" and not output.name.lower().endswith(".nii.gz"):
        raise InputError(f"{output} must end in .dcm or .png or .nii or .nii.gz")
    for beside in (_beside(output, "truth"), _beside(output, "camera")):
        checked_target(beside)
    if arguments.processes < 1:
        raise InputError("--processes must be 1 or more")
    exposure = exposure_of(arguments)
    camera = camera_of(arguments)
    device = chosen_device(arguments.device)
    reading = read_ct_arguments(arguments)
    pose, isocenter_mm = pose_of(arguments, reading.volume, camera)
    if output.suffix.lower() == ".dcm":
        from RayEmbRegistrationLib.xray.dicom.writing import check_camera

        check_camera(camera)
    with Progress("simulating") as progress:
        machine = Machine(device, arguments.processes)
        radiograph = expose(reading.volume, camera, pose, exposure, machine, progress)
    remarks(radiograph.notes, arguments.ct.name)
    write(output, radiograph, camera, pose, (exposure, isocenter_mm))
    ratio = float(np.median(radiograph.scatter_to_primary))
    say(
        f"wrote {output} ({camera.width} x {camera.height} px): scatter to primary {ratio:.2f} in the median, followed to "
        f"{100 * radiograph.map.relative_error:.1f} % by {radiograph.map.histories} photons; dose-area product "
        f"{1000 * radiograph.dose_area_product_gy_cm2:.3g} mGy cm2 (an estimate, not for clinical use)"
    )
    return SUCCEEDED


def exposure_of(arguments: argparse.Namespace) -> Exposure:
    """The exposure that was asked for.

    Raises:
        InputProblem: a number out of its range.
    """
    from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam, parse_filters
    from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector, Grid
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure
    from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort

    text = (arguments.scatter_error or "5%").strip().rstrip("%")
    try:
        error = None if arguments.photons is not None else float(text) / 100
    except ValueError as problem:
        raise InputError(
            f"--scatter-error must be a number in percent, such as 5%, not {arguments.scatter_error}"
        ) from problem
    grid = None if arguments.grid is None else Grid(ratio=arguments.grid)
    return Exposure(
        Beam(arguments.kvp, parse_filters(arguments.filter)),
        Detector("counting" if arguments.counting else "energy", grid=grid),
        arguments.exposure,
        effort=Effort(arguments.photons, error, arguments.seed),
        display=arguments.display,
    )


def camera_of(arguments: argparse.Namespace) -> Camera:
    """The camera file's, or that of the lengths."""
    if arguments.camera is not None:
        file = read_camera(arguments.camera)
        remarks(file.notes, arguments.camera.name)
        return file.camera
    if arguments.size < 2 or not arguments.field > 0:
        raise InputError("--size must be 2 px or more and --field a positive number of mm")
    spacing = arguments.field / arguments.size
    return Camera.from_detector((arguments.size, arguments.size), (spacing, spacing), arguments.sdd)


def pose_of(arguments: argparse.Namespace, ct: CTVolume, camera: Camera) -> tuple[RigidTransform, float]:
    """``camera_from_ras``, and the distance from source to isocentre."""
    middle = ct.ras_from_index((np.array(ct.hu.shape[::-1]) - 1) / 2)
    isocenter = middle if arguments.isocenter is None else np.array(arguments.isocenter)
    if arguments.pose is not None:
        pose = read_pose(arguments.pose)
        return pose, max(float(pose.apply(isocenter)[2]), 1.0)
    distance = _ISOCENTER_SHARE * camera.source_to_detector_mm if arguments.sid is None else arguments.sid
    if not 0 < distance < camera.source_to_detector_mm:
        raise InputError(f"--sid must lie between 0 and the detector's {camera.source_to_detector_mm:g} mm")
    primary, secondary = arguments.angles
    if not (abs(primary) <= 360 and abs(secondary) <= 90):
        raise InputError("--angles must lie within 360 and 90 degrees")
    if arguments.isocenter is None:
        remark("the C-arm turns about the CT's middle, " + " ".join(f"{each:.1f}" for each in isocenter) + " mm RAS")
    return camera_from_ras_of_c_arm(primary, secondary, 0.0, isocenter, distance), distance


def _beside(output: Path, what: str) -> Path:
    """NAME.truth.json beside NAME.png."""
    name = output.name
    for ending in (".nii.gz", *SUFFIXES):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return output.with_name(f"{name}.{what}.json")


def write(output: Path, radiograph: Radiograph, camera: Camera, pose: RigidTransform, taken: tuple[Exposure, float]) -> None:
    """The truth, the camera file where the image holds no geometry, and the image last, so that it is never alone."""
    exposure, _isocenter_mm = taken
    truth = {
        "format": "rayemb-pose",
        "format_version": 1,
        "ras_to_camera": pose.matrix.tolist(),
        "note": NOT_CLINICAL,
        "kvp": exposure.beam.kvp,
        "filters_mm": dict(exposure.beam.filters),
        "scatter_photons": radiograph.map.histories,
        "scatter_relative_error": radiograph.map.relative_error,
        "scatter_to_primary_median": float(np.median(radiograph.scatter_to_primary)),
        "dose_area_product_gy_cm2": radiograph.dose_area_product_gy_cm2,
        "imparted_energy_mj": list(radiograph.imparted_mj),
        "seed": radiograph.seed,
    }
    write_json(_beside(output, "truth"), truth)
    if output.suffix.lower() != ".dcm":
        write_camera(_beside(output, "camera"), CameraFile(camera, bone_is_bright=False, intensity=exposure.display))
    write_atomically(output, lambda path: _write_image(path, radiograph, camera, pose, taken))


def _write_image(
    path: Path, radiograph: Radiograph, camera: Camera, pose: RigidTransform, taken: tuple[Exposure, float]
) -> None:
    """In the format that the name ends in."""
    if path.suffix.lower() == ".dcm":
        from RayEmbRegistrationLib.xray.dicom.writing import Exposed, write_xa

        exposure, isocenter_mm = taken
        product = radiograph.dose_area_product_gy_cm2
        exposed = Exposed(exposure.beam.kvp, isocenter_mm, product, NOT_CLINICAL, exposure.display)
        write_xa(path, radiograph.pixels, camera, pose, exposed)
    elif path.suffix.lower() == ".png":
        from RayEmbRegistrationLib.files.pictures import write_picture

        write_picture(path, radiograph.pixels)
    else:
        import SimpleITK as sitk  # noqa: N813 - its customary name

        image = sitk.GetImageFromArray(radiograph.pixels[None])
        image.SetSpacing((*camera.pixel_spacing_mm, 1.0))
        sitk.WriteImage(image, str(path))
