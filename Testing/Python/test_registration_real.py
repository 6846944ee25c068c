"""A real pelvis in another simulator's X-rays and a real wrist in real ones; skipped where the data is not at hand."""

from functools import cache

import numpy as np
import pytest
from long_form import short_or_long
from RayEmbRegistrationLib.evaluation.cases import find_cases
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.files.camera import read_camera, read_pose
from RayEmbRegistrationLib.registration import PrepareSettings, RegistrationSettings, prepare, register
from RayEmbRegistrationLib.volumes.reading import read_ct
from RayEmbRegistrationLib.xray.reading import read_xray
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import moved


@cache
def prepared_ct(path, library):
    return prepare(read_ct(path).volume, PrepareSettings(library=library))


def view_of(image_path, geometry_path, **about):
    image = read_xray(image_path)
    file = read_camera(geometry_path, image.image_size)
    known = {"invalid": image.invalid, "intensity": image.intensity, "name": image_path.name, **about}
    return XrayView.of_camera(image.pixels, file.camera, **known)


@pytest.mark.parametrize("name", short_or_long(["easy_case00"], ["easy_case00", "hard_case01", "hard_case02"]))
def test_pelvis_without_a_start_pose_and_polarity(name, shared_data):
    """``hard_case02`` was taken beside the bone: all places in turn would take a minute, and some of them do as well."""
    prepared = prepared_ct(shared_data / "pelvis" / "ct.nii.gz", True)
    case = next(case for case in find_cases(shared_data / "pelvis" / "xrays") if case.name == name)
    view = view_of(case.image_path, case.geometry_path)
    seconds = 15 if name == "hard_case02" else None
    result = register(prepared, [view], RegistrationSettings(mirrored=False, seconds=seconds))
    deviation = pose_errors(result.camera_from_ras, case.truth, view.camera, prepared.bone_points_ras)
    if name == "hard_case02":
        assert not result.quality.trusted
        return
    assert result.quality.trusted
    assert deviation.mtre_mm < 2  # a median of 0.5 mm is asked for; these two reach it but for their depth
    assert deviation.mpd_mm < 0.5


def test_wrist_in_one_view_from_a_start_pose(shared_data):
    """The reference comes from both views and is good to half a millimetre; one view cannot tell depth."""
    folder = shared_data / "wrist"
    prepared = prepared_ct(folder / "radius.nrrd", False)
    geometry = folder / "radius_frame0002_cam1.json"
    reference = read_pose(geometry)
    start = moved(reference, prepared.center_ras, (5.0, -4.0, 4.8), (5.0, -4.0, 4.8))  # 8 degrees and 8 mm off
    polarity = read_camera(geometry, (1760, 1760)).bone_is_bright
    view = view_of(folder / "frame0002_cam1.png", geometry, start=start, bone_is_bright=polarity)
    result = register(prepared, [view])
    deviation = pose_errors(result.camera_from_ras, reference, view.camera, prepared.bone_points_ras)
    center = reference.apply(prepared.center_ras)
    shift = result.camera_from_ras.apply(prepared.center_ras) - center
    ray = center / np.linalg.norm(center)
    assert np.linalg.norm(shift - (shift @ ray) * ray) < 1
    assert deviation.rotation_deg < 3
