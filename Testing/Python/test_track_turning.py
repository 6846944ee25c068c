"""A C-arm that turns while its one camera films: the turn its tags tell is the camera's, not the bodies'."""

import json
from dataclasses import replace

import numpy as np
import pytest
from dicom_files import dicom, save
from implant_cases import SURFACES, picture
from RayEmbRegistrationLib.application.open_sequence import frame_views, open_sequence
from RayEmbRegistrationLib.application.track_record import read_track_file
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.bodies.polydata import polydata_of
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.tracking.body import body_of_surface
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.tracking.turning import camera_from_first, turning_note

STEP_DEG, COUNT, ISOCENTER_MM, DETECTOR_MM = 6.0, 4, 900.0, 1200.0
NAME = "upper"


def angles(frame):
    return 10.0 + STEP_DEG * frame, 3.0


def seen(frame):
    """camera_from_ras, the isocentre being the origin."""
    return camera_from_ras_of_c_arm(*angles(frame), 0.0, np.zeros(3), ISOCENTER_MM)


PLACE = seen(0)
BODY_IN_RAS = RigidTransform(PLACE.rotation.T, (3.0, 8.0, -6.0))  # still, and off the isocentre


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder with a multi-frame XA file of an implant that stands still, and the implant's model."""
    from test_bodies import write

    folder = tmp_path_factory.mktemp("turning")
    volume = volume_of_surface(SURFACES[NAME], MATERIALS["CoCr"], 0.6)
    projectors = {NAME: JosephProjector(attenuation_from_hu(volume.hu), volume.ras_from_ijk)}
    frames = [picture(projectors, {NAME: BODY_IN_RAS}, seen(frame), seed=frame) for frame in range(COUNT)]
    first, second = angles(0)
    save(
        dicom(
            "XA", np.stack(frames).astype(np.uint16), ImagerPixelSpacing=[0.8, 0.8], DistanceSourceToDetector=DETECTOR_MM,
            DistanceSourceToPatient=ISOCENTER_MM, PositionerMotion="DYNAMIC", PositionerPrimaryAngle=first,
            PositionerSecondaryAngle=second, PositionerPrimaryAngleIncrement=STEP_DEG, PatientOrientation=["R", "F"],
        ),
        folder / "run.dcm",
    )  # fmt: skip
    write(folder / f"{NAME}.ply", polydata_of(SURFACES[NAME]))
    return folder


def test_a_still_implant_stands_still_though_the_c_arm_turns(run):
    body = body_of_surface(SURFACES[NAME], MATERIALS["CoCr"], NAME)
    rough = moved(seen(1) @ BODY_IN_RAS, body.center, np.r_[np.radians((2.0, -1.5, 1.0)), 1.5, -1.0, 2.0])
    (run / "start.json").write_text(json.dumps({"camera_from_body": {NAME: rough.matrix.tolist()}}))
    command = [
        "track",
        "--body",
        f"{run / NAME}.ply:CoCr",
        "--xray",
        str(run / "run.dcm"),
        "--init",
        str(run / "start.json"),
    ]
    assert main([*command, "--start-frame", "1", "--output", str(run / "track.json")]) == 0
    track = read_track_file(run / "track.json")
    assert any("turns" in note for note in track.notes)
    first = track.frames[0][NAME].pose
    for frame in range(1, COUNT):
        motion = motion_between(first, track.frames[frame][NAME].pose, body.center)
        assert abs(np.degrees(motion[1])) < 1.5  # about the axis that the C-arm turns about, by 6 degrees a frame
        assert np.degrees(np.linalg.norm(motion[:3])) < 3.0  # a lump in one view tells little of its tilt
        assert np.linalg.norm(motion[3:]) < 0.4
    shift = motion_between(PLACE @ BODY_IN_RAS, first, body.center)[3:]
    assert np.linalg.norm(shift) < 1.5  # 10 mm where the turn about the isocentre is left out


def test_each_frames_camera_stands_where_its_tags_say(run):
    views = [frame_views([open_sequence(run / "run.dcm")], frame)[0] for frame in range(COUNT)]
    for frame, view in enumerate(views):
        np.testing.assert_allclose(view.camera_from_rig.matrix, (seen(frame) @ PLACE.inverse()).matrix, atol=1e-4)


def test_a_calibration_of_every_frame_comes_before_angles(run):
    geometry = open_sequence(run / "run.dcm").view(0).geometry
    other = RigidTransform.from_rotation_vector((0, 0.3, 0), (5.0, 0, 0))
    first, now = (replace(geometry, camera_from_rig=place) for place in (RigidTransform(), other))
    np.testing.assert_allclose(camera_from_first(now, first).matrix, other.matrix, atol=1e-12)
    np.testing.assert_allclose(camera_from_first(first, first).matrix, np.eye(4), atol=1e-12)


def test_what_tells_no_turn_stands_still_and_a_missing_distance_is_said(run):
    sequence = open_sequence(run / "run.dcm")
    first, now = sequence.view(0).geometry, sequence.view(2).geometry
    assert camera_from_first(now, replace(first, primary_angle_deg=None)).matrix.tolist() == np.eye(4).tolist()
    assert camera_from_first(XrayGeometry(), XrayGeometry()).matrix.tolist() == np.eye(4).tolist()
    assert turning_note([first, first]) is None
    assert "12 degrees" in turning_note([first, now])
    blind = [replace(one, source_to_isocenter_mm=None) for one in (first, now)]
    assert "no distance of the isocentre" in turning_note(blind)
    about = camera_from_first(blind[1], blind[0])
    assert about.rotation_angle_deg(camera_from_first(now, first)) < 1e-6
    assert np.linalg.norm(about.translation - camera_from_first(now, first).translation) < 12  # 24 mm at 2 sin(6 degrees)
