"""A demonstration without patient data: a pelvis and an X-ray made by code, registered as a stranger's files would be.

    python Testing/demo.py --output output/demo

The exit status is 0 if the pose found is trusted and within 2 mm (mean target registration error) of the true one.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "RayEmbRegistration"))

from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.application.open_xray import open_xray
from RayEmbRegistrationLib.application.result_record import result_record
from RayEmbRegistrationLib.command_line.console import Progress
from RayEmbRegistrationLib.command_line.results import result_lines
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.files.result_file import write_result
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk
from RayEmbRegistrationLib.pictures.registration import write_pictures
from RayEmbRegistrationLib.simulation.cases import (
    PoseRange,
    bone_center,
    default_camera,
    random_c_arm_pose,
    simulate_case,
)
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom
from RayEmbRegistrationLib.simulation.xray import SimulationSettings

LARGEST_ERROR_MM = 2.0
PIXELS = 256


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("output/demo"), help="folder for all files")
    parser.add_argument("--seed", type=int, default=0, help="another seed is another patient and another X-ray")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    truth = make_files(arguments.output, arguments.seed)
    return register_files(arguments.output, truth)


def make_files(folder: Path, seed: int) -> RigidTransform:
    """Write ct.nrrd, xray.png, camera.json (which knows no polarity) and truth.json; return the true pose."""
    import cv2

    rng = np.random.default_rng(seed)
    with Progress("making the case") as progress:
        progress(0.0, "a pelvis")
        ct = make_pelvis_phantom(seed)
        write_nrrd(folder / "ct.nrrd", ct)
        progress(0.4, "an X-ray of it")
        camera = default_camera(PIXELS)
        truth, angles = random_c_arm_pose(rng, bone_center(ct), PoseRange(angle_deg=30.0, in_plane_deg=8.0, offset_mm=30.0))
        settings = SimulationSettings(tools=1, collimation="round", letter="R", display=str(rng.choice(["raw", "log"])))
        xray = simulate_case(ct, camera, truth, settings, rng)
    cv2.imwrite(str(folder / "xray.png"), xray.pixels)
    write_camera(folder / "camera.json", CameraFile(camera))
    write_json(folder / "truth.json", {"ras_to_camera": truth.matrix, "c_arm_deg": angles})
    print(f"X-ray: {xray.description}; C-arm at {angles[0]:.0f}, {angles[1]:.0f} degrees, turned {angles[2]:.0f} degrees")
    return truth


def write_nrrd(path: Path, ct: CTVolume) -> None:
    import SimpleITK as sitk  # noqa: N813 - its customary name

    image, grid = sitk.GetImageFromArray(ct.hu), itk_of_ras_from_ijk(ct.ras_from_ijk)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    sitk.WriteImage(image, str(path), useCompression=True)


def register_files(folder: Path, truth: RigidTransform) -> int:
    """Register what the folder holds, without the truth, then compare; returns the exit status."""
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare, register

    ct = open_ct(folder / "ct.nrrd").volume
    view = open_xray(folder / "xray.png", folder / "camera.json")
    started = time.perf_counter()
    with Progress("preparing the CT") as progress:
        prepared = prepare(ct, PrepareSettings(), progress=progress)
    prepared_in, started = time.perf_counter() - started, time.perf_counter()
    with Progress("registering") as progress:
        result = register(prepared, [view], progress=progress)
    registered_in = time.perf_counter() - started
    write_result(folder / "result.json", result_record(result, [view], prepared, "ct.nrrd"))
    pictures = write_pictures(folder / "pictures", prepared, result, truths=[truth])

    errors = pose_errors(result.camera_from_ras, truth, view.camera, prepared.bone_points_ras)
    for line in result_lines(result):
        print(line)
    print(f"prepared in {prepared_in:.1f} s, registered in {registered_in:.1f} s")
    print(
        f"against the truth: mTRE {errors.mtre_mm:.2f} mm, mPD {errors.mpd_mm:.2f} mm, rotation {errors.rotation_deg:.2f} "
        f"degrees, in-plane {errors.in_plane_mm:.2f} mm, depth {errors.depth_mm:.2f} mm"
    )
    print(f"{folder} holds ct.nrrd, xray.png, camera.json, truth.json, result.json and {len(pictures)} pictures")
    if errors.mtre_mm > LARGEST_ERROR_MM or not result.quality.trusted:
        print(f"FAILED: the pose must be trusted and within {LARGEST_ERROR_MM:g} mm of the true one", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
