"""``simulate``: an X-ray of a CT by Monte Carlo, with its camera and its truth, as ``register`` takes it."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.camera import read_camera, read_poses
from RayEmbRegistrationLib.files.writing import checked_target
from RayEmbRegistrationLib.geometry import Camera
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm

from .console import SUCCEEDED, Progress, remark, remarks, say
from .ct_inputs import add_ct_arguments, chosen_device, read_ct_arguments
from .inputs import InputError, add_device_argument, check_output
from .numbers import whole_number
from .simulated_files import SUFFIXES, beside, named, write

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure, Radiograph
    from RayEmbRegistrationLib.simulation.monte_carlo.implants import Implant

    from .engine import Engine

_SID_MM, _FIELD_MM, _PIXELS = 1020.0, 280.0, 384  # a C-arm's flat detector, as simulation's default camera
_MOST_PIXELS, _FARTHEST_MM = 8192, 20_000.0  # chosen: beyond any flat detector, and any room
_LEAST_HISTORIES = 100  # chosen: fewer at once take longer than they spare
_ISOCENTER_SHARE = 0.7  # chosen: where a C-arm's isocentre usually lies between source and detector
_EPILOG = """\
The primary is projected exactly, energy by energy; the scatter is followed photon by photon until its standard error is
what --scatter-error says. A .dcm holds the geometry itself; beside an image, NAME.camera.json does. NAME.truth.json holds
the true pose (ras_to_camera), the errors and the dose, which is an estimate and not for clinical use.

examples:
  simulate --ct ct.nii.gz --angles 0 0 --kvp 75 --filter "Al 3, Cu 0.1" --output xray.dcm
  simulate --ct ct.nii.gz --pose pose.json --camera camera.json --photons 1000000 --output xray.png
  simulate --ct ct.nii.gz --body stem.stl:CoCr --angles 180 0 --angles 170 0 --memory 500MB --output run.dcm
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
    parser.add_argument(
        "--body",
        metavar="FILE:MATERIAL",
        action="append",
        default=[],
        help="surface model in the CT's RAS, in mm (or FILE:MATERIAL:UNIT), such as nail.stl:titanium; repeat for several",
    )
    place = parser.add_argument_group("the C-arm")
    either = place.add_mutually_exclusive_group(required=True)
    either.add_argument(
        "--pose", metavar="POSE.json", type=Path, nargs="+", help="pose or result files; of several poses, a sequence"
    )
    either.add_argument(
        "--angles",
        metavar=("PRIMARY", "SECONDARY"),
        nargs=2,
        type=float,
        action="append",
        help="as DICOM has them; 0 0: from behind; repeat for a sequence",
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
        default="auto",
        help="photons a pixel of the open beam, or auto: 5000 detected a mm2 behind the body (default: %(default)s)",
    )
    beam.add_argument(
        "--display",
        choices=("raw", "log"),
        default="raw",
        help="pixels proportional to the beam, or to its logarithm as consoles show it (default: %(default)s)",
    )
    beam.add_argument("--seed", type=int, default=0, help="of everything random (default: %(default)s)")
    effort = beam.add_mutually_exclusive_group()
    effort.add_argument("--photons", metavar="N", type=whole_number, help="photons to follow for the scatter, such as 1e6")
    effort.add_argument("--scatter-error", metavar="PERCENT", help="its standard error, such as 5%% (default: 5%%)")
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="that share the photons (default: 1)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster whose workers share the photons, or its scheduler file"
    )
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="at most so much for the photons of all processes, such as 500MB or 2GB; random numbers depend on it "
        "(default: 200MB each)",
    )
    add_device_argument(parser)
    parser.add_argument(
        "--output",
        metavar="IMAGE",
        type=Path,
        required=True,
        help="X.dcm, X.png, X.nii or X.nii.gz; of a sequence X_001.dcm and so on",
    )
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Simulate and write."""
    from RayEmbRegistrationLib.simulation.monte_carlo.clusters import device_of_rank, is_first_rank
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Machine, expose
    from RayEmbRegistrationLib.simulation.monte_carlo.implants import Subject

    if arguments.ct is None:
        raise InputError("give the CT with --ct")
    output: Path = arguments.output
    inputs = (arguments.ct, arguments.labels, arguments.camera, *(arguments.pose or ()))
    check_output(output, inputs, suffixes=SUFFIXES)
    if output.suffix.lower() == ".gz" and not output.name.lower().endswith(".nii.gz"):
        raise InputError(f"{output} must end in .dcm or .png or .nii or .nii.gz")
    if arguments.processes < 1:
        raise InputError("--processes must be 1 or more")
    exposure = exposure_of(arguments)
    camera = camera_of(arguments)
    device = device_of_rank(chosen_device(arguments.device))
    reading = read_ct_arguments(arguments, with_bodies=False)
    subject = Subject(reading.volume, implants_of(arguments))
    poses, isocenter = poses_of(arguments, reading.volume, camera)
    outputs = [output] if len(poses) == 1 else [named(output, f"_{n + 1:03d}") for n in range(len(poses))]
    for each in outputs:
        for path in (each, beside(each, "truth"), beside(each, "camera")):
            checked_target(path)
    if output.suffix.lower() == ".dcm":
        from RayEmbRegistrationLib.xray.dicom.writing import check_camera

        check_camera(camera)
    machine = Machine(device, arguments.processes, arguments.scheduler)
    for number, (path, pose) in enumerate(zip(outputs, poses, strict=True)):
        taken = replace(exposure, effort=replace(exposure.effort, seed=exposure.effort.seed + number))
        with Progress("simulating" if len(poses) == 1 else f"simulating {number + 1} of {len(poses)}") as progress:
            radiograph = expose(subject, camera, pose, taken, machine, progress)
        if not is_first_rank():
            continue
        if not number:
            remarks(radiograph.notes, arguments.ct.name)
        write(path, radiograph, camera, pose, (taken, max(float(pose.apply(isocenter)[2]), 1.0)))
        say(_told(path, radiograph, camera))
    return SUCCEEDED


def _told(path: Path, radiograph: Radiograph, camera: Camera) -> str:
    """One line on an X-ray that was written."""
    ratio = float(np.median(radiograph.scatter_to_primary))
    dose = f"dose-area product {1000 * radiograph.dose_area_product_gy_cm2:.3g} mGy cm2"
    if radiograph.entrance_mgy is not None:
        mean, error = radiograph.entrance_mgy
        dose += f", entrance dose {mean:.3g} +- {error:.1g} mGy"
    return (
        f"wrote {path} ({camera.width} x {camera.height} px): scatter to primary {ratio:.2f} in the median, followed to "
        f"{100 * radiograph.map.relative_error:.1f} % by {radiograph.map.histories} photons; {dose} (estimates, not for "
        "clinical use)"
    )


def implants_of(arguments: argparse.Namespace) -> tuple[Implant, ...]:
    """The surface models.

    Raises:
        InputProblem: a body that is no surface model, or one that cannot be read.
    """
    from RayEmbRegistrationLib.bodies.naming import parse_body
    from RayEmbRegistrationLib.bodies.surface import is_surface, read_surface
    from RayEmbRegistrationLib.simulation.monte_carlo.implants import Implant

    found = []
    for text in arguments.body:
        body = parse_body(text)
        if body.material is None or not is_surface(body.path):
            raise InputError(f"--body {text} must be a surface model with its material, such as nail.stl:titanium")
        surface = read_surface(body.path, body.unit)
        remarks(surface.notes, body.path.name)
        found.append(Implant(surface, body.material))
    return tuple(found)


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
        photons_of(arguments.exposure),
        effort=Effort(arguments.photons, error, arguments.seed, share=share_of(arguments)),
        display=arguments.display,
    )


def photons_of(text: str) -> float | None:
    """Photons for a pixel of the open beam; None for an automatic exposure."""
    if text.strip().lower() == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--exposure must be a number of photons a pixel, or auto, not {text}") from None


def share_of(arguments: argparse.Namespace) -> int:
    """Histories followed at once by a process, by the memory that they may take."""
    from RayEmbRegistrationLib.simulation.monte_carlo.scatter import HISTORY_BYTES, SHARE_HISTORIES

    if arguments.memory is None:
        return SHARE_HISTORIES
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([KMGT])B?\s*", arguments.memory, re.IGNORECASE)
    if not found:
        raise InputError(f"--memory must be a size such as 500MB or 2GB, not {arguments.memory}")
    size = float(found[1]) * 1000 ** ("KMGT".index(found[2].upper()) + 1)
    histories = int(size / HISTORY_BYTES / arguments.processes)
    if histories < _LEAST_HISTORIES:
        least = _LEAST_HISTORIES * HISTORY_BYTES * arguments.processes / 1e6
        raise InputError(f"--memory must be {least:.0f}MB or more for {arguments.processes} processes")
    return min(histories, SHARE_HISTORIES)


def camera_of(arguments: argparse.Namespace) -> Camera:
    """The camera file's, or that of the lengths."""
    if arguments.camera is not None:
        file = read_camera(arguments.camera)
        remarks(file.notes, arguments.camera.name)
        return file.camera
    if not 2 <= arguments.size <= _MOST_PIXELS:
        raise InputError(f"--size must be 2 to {_MOST_PIXELS} px, not {arguments.size}")
    for option in ("field", "sdd"):
        if not 1 <= getattr(arguments, option) <= _FARTHEST_MM:
            raise InputError(f"--{option} must lie between 1 and {_FARTHEST_MM:g} mm, not {getattr(arguments, option):g}")
    spacing = arguments.field / arguments.size
    return Camera.from_detector((arguments.size, arguments.size), (spacing, spacing), arguments.sdd)


def poses_of(arguments: argparse.Namespace, ct: CTVolume, camera: Camera) -> tuple[list[RigidTransform], np.ndarray]:
    """``camera_from_ras`` of each X-ray, and the isocentre, RAS mm."""
    middle = ct.ras_from_index((np.array(ct.hu.shape[::-1]) - 1) / 2)
    isocenter = middle if arguments.isocenter is None else np.array(arguments.isocenter)
    if arguments.pose is not None:
        return [pose for path in arguments.pose for pose in read_poses(path)], isocenter
    distance = _ISOCENTER_SHARE * camera.source_to_detector_mm if arguments.sid is None else arguments.sid
    if not 0 < distance < camera.source_to_detector_mm:
        raise InputError(f"--sid must lie between 0 and the detector's {camera.source_to_detector_mm:g} mm")
    for primary, secondary in arguments.angles:
        if not (abs(primary) <= 360 and abs(secondary) <= 90):
            raise InputError("--angles must lie within 360 and 90 degrees")
    if arguments.isocenter is None:
        remark("the C-arm turns about the CT's middle, " + " ".join(f"{each:.1f}" for each in isocenter) + " mm RAS")
    return [
        camera_from_ras_of_c_arm(first, second, 0.0, isocenter, distance) for first, second in arguments.angles
    ], isocenter
