"""Wrong lines that a test must notice, each where it did or could slip in; ``mutants.py`` puts them in, one at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One wrong line.

    Attributes:
        file: below RayEmbRegistrationLib.
        right: text that occurs once in the file.
        wrong: what takes its place.
        tests: files below Testing/Python, one of which must fail.
        slip: what went wrong, in words.
    """

    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    slip: str


def _of(file: str, right: str, wrong: str, tests: str, slip: str) -> Mutant:
    return Mutant(file, right, wrong, tuple(f"test_{name}.py" for name in tests.split()), slip)


_C_ARM_X = "-np.cos(secondary) * np.sin(primary), np.cos(secondary) * np.cos(primary)"
_KEY_OF_PLACE = "digest.update(np.ascontiguousarray(volume.ras_from_ijk).tobytes())"
_MEAN_OUT = "slopes = (jacobians - means[:, 2:]) / deviation * mask"

MUTANTS = (
    # These five passed every test once.
    _of(
        "pose/prepared/prepared_ct.py", "np.full(3, (reduction - 1) / 2)", "np.full(3, 0.0)", "exact_values",
        "reduced volumes are shifted by half a block",
    ),
    _of(
        "pose/alignment/similarity.py", _MEAN_OUT, "slopes = jacobians / deviation * mask", "exact_values",
        "the window's mean is left out of the slopes",
    ),
    _of(
        "pose/landmarks/pnp.py", "return max(seen) >= SLIMMEST_MM", "return True", "exact_values",
        "a pose seen edge on counts as determined",
    ),
    _of(
        "pose/landmarks/pnp.py", "sum(map(len, near))):\n        return False", "sum(map(len, near))):\n        return True",
        "exact_values", "a few of many points determine a pose",
    ),
    _of(
        "drr/joseph.py", "math.floor(start) + 1", "math.floor(start)", "exact_values",
        "the last slice before the source is left out, rays running down",
    ),
    _of(
        "drr/joseph.py", "max(0, math.ceil(start))", "max(0, math.floor(start))", "exact_values",
        "a slice behind the source is summed, rays running up",
    ),
    # And these are of our own choosing.
    _of(
        "geometry/camera.py", "[sx, 0, (sx - 1) / 2]", "[sx, 0, 0.0]", "geometry_camera",
        "resampling forgets that pixel centres are integers",
    ),
    _of(
        "geometry/camera.py", "[[-1.0, 0, self.width - 1], [0, 1, 0]", "[[-1.0, 0, self.width], [0, 1, 0]",
        "geometry_camera", "a flipped image is off by a pixel",
    ),
    _of(
        "geometry/c_arm.py", _C_ARM_X, _C_ARM_X.removeprefix("-"), "geometry_c_arm angles",
        "LAO and RAO change places",
    ),
    _of("geometry/plausibility.py", "if distance < 10:", "if distance < 0.1:", "geometry_plausibility", "metres pass as mm"),
    _of(
        "files/writing.py", "temporary.unlink(missing_ok=True)", "pass", "writing",
        "a write that fails leaves its temporary file",
    ),
    _of(
        "files/json_files.py", "if found > version:", "if found > version + 1:", "result_file camera_files",
        "a file of the next version is read as if it were known",
    ),
    _of(
        "files/foreign_points.py", '"1": LPS_FROM_RAS[:3, :3]', '"1": np.eye(3)', "foreign_files",
        "an .fcsv in LPS is read as RAS",
    ),
    _of(
        "files/projection_matrix.py", "K, rotation = K @ signs, signs @ rotation", "K, rotation = K @ signs, rotation",
        "foreign_files", "the signs of K are taken out of one factor only",
    ),
    _of(
        "volumes/formats/nifti_place.py", "-1.0 if forms.qfac < 0 else 1.0", "1.0", "volume_formats",
        "a NIfTI with qfac -1 is mirrored",
    ),
    _of(
        "volumes/formats/nrrd.py", "matrix[:3] *= known[0]", "matrix[:3, :3] *= known[0]", "volume_formats",
        "voxels in cm are converted, their place is not",
    ),
    _of(
        "volumes/dicom/series.py", "return len(rounded) < len(places)", "return False", "ct_dicom",
        "phases of a 4-D CT are mixed",
    ),
    _of(
        "drr/slices.py", "((base + 0.5) * scale - 1)", "(base * scale - 1)", "projector projector_references",
        "DRRs are shifted by half a voxel",
    ),
    _of(
        "drr/joseph.py", "(through_increment * increment).sum(-1) - sums / slope", "(through_increment * increment).sum(-1)",
        "projector_gradients", "the path's length does not change with the direction in the Jacobian",
    ),
    _of(
        "drr/attenuation.py", "(near.astype(np.float32) + far) / 2", "near.astype(np.float32)", "attenuation",
        "bone's edge fades over one voxel",
    ),
    _of(
        "xray/dicom/intensity.py", "by_sign = bool(sign * slope_sign < 0)", "by_sign = bool(sign < 0)",
        "xray_reading dicom_geometry", "a falling rescale slope does not turn the polarity",
    ),
    _of(
        "xray/dicom/orientation.py", "change = increments[attributes.frame]", "change = sum(increments[: attributes.frame])",
        "dicom_geometry", "offsets of a rotating C-arm's angles are summed up",
    ),
    _of(
        "xray/conditioning.py", 'elif intensity == "log":', 'elif intensity == "never":', "conditioning",
        "a logarithm is taken of logarithmic values",
    ),
    _of(
        "pose/landmarks/least_squares.py", "turn @ (pose[:3, 3] - center) + center + step[3:]",
        "turn @ pose[:3, 3] + step[3:]", "landmark_pose exact_values", "steps turn about the source, not the bone",
    ),
    _of(
        "pose/views.py", "in (primary, primary + 360)", "in (primary,)", "angles search",
        "the view from front to back ends at 180 degrees",
    ),
    _of(
        "pose/depth_range.py", "seen &= ", "seen = ", "start",
        "of three views the last alone says where fields overlap",
    ),
    _of(
        "application/devices.py", 'if device == "cpu" or not is_full(error):', 'if device == "cpu":', "application",
        "any fault on a graphics card is hidden by trying again on the processor",
    ),
    _of(
        "application/prepared_cache.py", _KEY_OF_PLACE, "", "application prepared",
        "two CTs that differ in place or voxel size share what was prepared",
    ),
    _of(
        "application/open_xray.py", "file.bone_is_bright if file.bone_is_bright is not None else tags.bone_is_bright",
        "tags.bone_is_bright", "open_xray", "the polarity of a camera file is dropped",
    ),
    _of(
        "command_line/xray_inputs.py", "(spacing[0], spacing[-1])", "(spacing[-1], spacing[0])",
        "command_line open_xray registration_command", "--spacing is taken as row and column",
    ),
    _of(
        "command_line/register.py", "SUCCEEDED if result.quality.trusted else NOT_TRUSTED", "SUCCEEDED", "trust_command",
        "a pose that is not trusted ends with status 0",
    ),
    _of(
        "command_line/register.py", "SUCCEEDED if result.quality.trusted else NOT_TRUSTED",
        "SUCCEEDED if result.quality.overlay.trusted else NOT_TRUSTED", "trust_command",
        "the exit status forgets what the pose is for",
    ),
    _of(
        "command_line/trust.py", '_tolerance_mm": arguments.position_mm', '_tolerance_mm": arguments.overlay_mm',
        "trust_command", "--position-mm has no effect",
    ),
    _of(
        "application/result_record.py", "verdict=verdicts[quality.purpose]", "verdict=verdicts[OVERLAY]", "result_file",
        "the file's verdict is that on the overlay whatever was asked",
    ),
    _of(
        "files/judged.py", "quality.judged.get(name) != now.get(name)", "name not in now", "result_file",
        "a verdict outlives the pose it was given on",
    ),
    _of(
        "result.py", "min((quality.position for quality in qualities), key=_worth)", "worst.position", "trust_command",
        "of several poses, one that is wrong in space passes",
    ),
    _of(
        "correction.py", "Demand.of(settings)", "Demand()", "correction", "a corrected pose is judged by the defaults",
    ),
    _of(
        "evaluation/comparison/records.py", "self.errors.mrpd_mm if self.overlay_mm is None else self.overlay_mm",
        "self.errors.mrpd_mm", "compare_report", "what is drawn is measured in the first view only",
    ),
    _of(
        "evaluation/comparison/records.py", "record.asked_for(trial.trust)", "record", "compare",
        "compare counts trust for another purpose than asked",
    ),
    _of(
        "command_line/main.py", "if isinstance(error, InputProblem):\n        return BAD_INPUT, text",
        "if isinstance(error, ValueError):\n        return BAD_INPUT, text", "command_line command_log",
        "faults of the program are called bad input",
    ),
    _of(
        "command_line/views.py", 'view not in ("any", by_angles)', "False",
        "command_line registration_command", "nothing is said of a CT prepared for another view",
    ),
    _of(
        "evaluation/metrics.py", "np.where(np.isnan(values), np.inf, values)", "np.nan_to_num(values)", "metrics",
        "registrations that failed count as perfect",
    ),
    _of(
        "quality/words.py", "probability >= calibration.needed[purpose]", "probability >= 0.5", "exact_values",
        "trusted from an even chance on",
    ),
    _of(
        "quality/words.py", "return asked and accused and evidence.similarity > limits.similarity", "return False",
        "exact_values", "a camera that is accused is trusted all the same",
    ),
    _of(
        "quality/words.py", "off is not None and off > limits.off_start", "False", "exact_values",
        "a pose that the start rules out is trusted",
    ),
    _of(
        "quality/evidence.py", "replace(lever.spread(camera.pose_covariance), overlay_mm=0.0)",
        "replace(lever.spread(np.zeros((6, 6))), overlay_mm=0.0)", "quality_calibration camera_check",
        "an assumed principal point leaves the expected error as it was",
    ),
    _of(
        "quality/calibration.py", "np.hypot(own, camera)", "own", "quality_calibration",
        "what the cameras may be off by is not in the expected error",
    ),
    _of(
        "quality/fitting.py", "rest = ~own if not own.all() else own", "rest = own", "quality_calibration",
        "the spread of errors is measured on what was fitted",
    ),
)  # fmt: skip
