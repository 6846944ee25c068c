"""Joint angles by name: their signs, axes from landmarks or fitted to a motion, the table and the page of a track."""

import csv
import json

import cv2
import numpy as np
import pytest
from implant_cases import CAMERA, FRONT, SIDE, SIZE, SURFACES
from RayEmbRegistrationLib.application.track_joint import joint_curves
from RayEmbRegistrationLib.application.track_record import write_track_file
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.bodies.polydata import polydata_of
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.command_line.track_joint import JOINT_NAMES
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.body import body_of_surface
from RayEmbRegistrationLib.tracking.joints import JOINTS, joint_measures
from RayEmbRegistrationLib.tracking.poses import moved
from RayEmbRegistrationLib.tracking.smoothing import smooth
from RayEmbRegistrationLib.tracking.track import Track, TrackedPose
from RayEmbRegistrationLib.tracking.verdict import FrameVerdict
from test_bodies import write

RIGHT, FRONTWARD, UP = np.eye(3)  # axes of an anatomical frame
FRAMES, BEND_DEG = 9, 40.0
GOOD = FrameVerdict(True, True, "fits", 0.3, 0.4, 0.5, 0.8)
LOST = FrameVerdict(False, False, "fits badly", 3.0, 4.0, 5.0, 0.1)


def turned(axis, degrees):
    return RigidTransform.from_rotation_vector(np.radians(degrees) * axis, (0.0, 0.0, -20.0))


def distal_goes(pose, axis):
    """How far the distal bone's far end goes along an axis."""
    return float(pose.rotation @ -UP @ axis)


@pytest.mark.parametrize("is_right", [True, False])
@pytest.mark.parametrize("joint", sorted(set(JOINTS) - {"shoulder"}))
def test_angles_are_positive_as_they_are_named(joint, is_right):
    """Bending: a knee's shin goes back, all others forward. Names are checked against where bones go."""
    towards_midline = -RIGHT if is_right else RIGHT
    bent = turned(RIGHT, -30 if joint == "knee" else 30)
    assert distal_goes(bent, FRONTWARD) * (-1 if joint == "knee" else 1) > 0
    np.testing.assert_allclose(joint_measures(joint, RigidTransform(), bent, is_right)[:3], (30, 0, 0), atol=1e-9)
    inwards = turned(FRONTWARD, 10 if is_right else -10)
    assert distal_goes(inwards, towards_midline) > 0
    sign = -1 if joint == "elbow" else 1  # a carrying angle is away from the trunk
    np.testing.assert_allclose(joint_measures(joint, RigidTransform(), inwards, is_right)[:3], (0, 10 * sign, 0), atol=1e-9)
    front_inwards = turned(UP, 20 if is_right else -20)
    assert front_inwards.rotation @ FRONTWARD @ towards_midline > 0
    sign = -1 if "external" in JOINTS[joint].measures[2] else 1  # internal rotation; of the palm it is pronation
    found = joint_measures(joint, RigidTransform(), front_inwards, is_right)[:3]
    np.testing.assert_allclose(found, (0, 0, 20 * sign), atol=1e-9)


@pytest.mark.parametrize("is_right", [True, False])
def test_a_shoulder_is_told_by_its_plane_of_elevation(is_right):
    side = 1 if is_right else -1
    for pose, expected in (
        (turned(FRONTWARD, -70 * side), (0, 70, 0)),  # abduction
        (turned(RIGHT, 60), (90, 60, -90)),  # forward flexion: the ISB's third angle counts from the plane's turn
        (turned(UP, 25 * side), (0, 0, 25)),  # the arm hangs, turned in
    ):
        found = joint_measures("shoulder", RigidTransform(), pose, is_right)
        np.testing.assert_allclose(found[:3], expected, atol=1e-6)
        assert found[5] == pytest.approx(-20)


def test_the_command_line_offers_the_joints_there_are():
    assert set(JOINT_NAMES) == set(JOINTS)


@pytest.fixture(scope="module")
def bodies():
    return tuple(body_of_surface(surface, MATERIALS["CoCr"], name) for name, surface in SURFACES.items())


def axis_of_bend():
    """As a left knee has it that lies oblique in the rig: the patient's right."""
    return np.array([0.8, 0.0, 0.6])


def bending(bodies, largest=BEND_DEG):
    """A track in which the lower body bends like a knee about a point between, and the last frame is not trusted."""
    upper, lower = bodies
    track = Track((upper.name, lower.name))
    start = {upper.name: RigidTransform(), lower.name: RigidTransform(translation=(0.0, 60.0, 0.0))}
    for frame in range(FRAMES):
        degrees = largest * frame / (FRAMES - 1)
        common = RigidTransform.from_rotation_vector((0.0, 0.02 * frame, 0.0), (frame, 0.0, 2.0 * frame))
        bend = moved(RigidTransform(), np.array([0.0, 30.0, 0.0]), np.r_[-np.radians(degrees) * axis_of_bend(), 0, 0, 0])
        poses = {upper.name: common @ start[upper.name], lower.name: common @ bend @ start[lower.name]}
        verdict = LOST if frame == FRAMES - 1 else GOOD
        track.frames[frame] = {name: TrackedPose(pose, verdict) for name, pose in poses.items()}
    return track


def test_axes_are_fitted_to_the_motion(bodies):
    curves = joint_curves(bending(bodies), bodies, "knee", "fitted", is_right=False)
    expected = np.linspace(0, BEND_DEG, FRAMES)
    np.testing.assert_allclose(curves.raw[:, 0], expected, atol=1e-6)
    np.testing.assert_allclose(curves.raw[:, 1:3], 0, atol=1e-6)
    assert curves.trusted.tolist() == [True] * (FRAMES - 1) + [False]
    with pytest.raises(InputProblem, match=r"turn by 4\.0 degrees .* --axes"):
        joint_curves(bending(bodies, 4.0), bodies, "knee", "fitted", is_right=False)
    with pytest.raises(InputProblem, match="landmarks"):
        joint_curves(bending(bodies), bodies, "shoulder", "fitted", is_right=False)


def write_case(folder):
    """Two cameras' empty frames, the models, and landmarks on them."""
    for number, place in enumerate((FRONT, SIDE)):
        (folder / f"cam{number}").mkdir()
        data = cv2.imencode(".png", np.full((SIZE, SIZE), 128, np.uint8))[1].tobytes()
        for frame in range(FRAMES):
            (folder / f"cam{number}" / f"f{frame}.png").write_bytes(data)
        camera = {"K": CAMERA.K.tolist(), "image_size_px": [SIZE, SIZE], "world_to_camera": place.matrix.tolist()}
        camera |= {"pixel_spacing_mm": 0.8, "source_to_detector_mm": 1200.0}
        (folder / f"cam{number}.json").write_text(json.dumps(camera))
    for name, surface in SURFACES.items():
        write(folder / f"{name}.ply", polydata_of(surface))
    lengthwise = np.array([0.0, -1.0, 0.0])  # the lower body lies at +y
    points = {"origin": [0, 0, 0], "proximal": (10 * lengthwise).tolist(), "right": (10 * axis_of_bend()).tolist()}
    (folder / "axes.json").write_text(json.dumps({"bodies": dict.fromkeys(SURFACES, points)}))


def given(folder):
    """The command's bodies and cameras."""
    bodies = [each for name in SURFACES for each in ("--body", f"{folder / name}.ply:CoCr")]
    cameras = [("--xray", str(folder / f"cam{n}"), "--camera", str(folder / f"cam{n}.json")) for n in range(2)]
    return [*bodies, *(each for camera in cameras for each in camera)]


def test_command_writes_table_and_page_of_a_joint(tmp_path, bodies, capsys):
    write_case(tmp_path)
    track = bending(bodies)
    smooth(track, bodies)
    write_track_file(tmp_path / "track.json", track)
    command = ["track", "--resume", "--passes", "0", "--output", str(tmp_path / "track.json"), "--side", "left"]
    command += given(tmp_path)
    command += ["--kinematics", str(tmp_path / "knee.csv"), "--report", str(tmp_path / "knee.html")]
    assert main([*command, "--axes", str(tmp_path / "axes.json")]) == 3  # the last frame is not trusted
    with (tmp_path / "knee.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    np.testing.assert_allclose([float(row["flexion_deg"]) for row in rows], np.linspace(0, BEND_DEG, FRAMES), atol=1e-3)
    smoothed = np.array([float(row["smoothed_flexion_deg"]) for row in rows])
    assert np.abs(smoothed - np.linspace(0, BEND_DEG, FRAMES)).max() < 2.0  # a frame's errors to expect, and then some
    page = (tmp_path / "knee.html").read_text()
    assert page.count("<svg") == 4
    assert "external rotation" in page
    assert f"{FRAMES - 1}: " in page
    (tmp_path / "axes.json").write_text(json.dumps({"bodies": {"upper": {"origin": [0, 0, 0]}}}))
    assert main([*command, "--axes", str(tmp_path / "axes.json")]) == 2
    assert "has no axes of lower" in capsys.readouterr().err


def test_a_motion_too_small_for_axes_costs_no_other_file(tmp_path, bodies, capsys):
    write_case(tmp_path)
    rng = np.random.default_rng(0)
    for path in tmp_path.glob("cam*/*.png"):
        path.write_bytes(cv2.imencode(".png", rng.integers(0, 256, (SIZE, SIZE), np.uint8))[1].tobytes())
    track = bending(bodies)
    for frame in list(track.frames)[2:]:
        del track.frames[frame]
    smooth(track, bodies)
    write_track_file(tmp_path / "track.json", track)
    command = ["track", "--resume", "--passes", "0", "--output", str(tmp_path / "track.json"), "--frames", "0:2"]
    command += given(tmp_path)
    command += ["--report", str(tmp_path / "knee.html"), "--tra", str(tmp_path / "new"), "--sheet", str(tmp_path / "s.png")]
    assert main(command) in {0, 3}
    assert "has no curves of the joint" in capsys.readouterr().err
    assert (tmp_path / "knee.html").read_text().count("<svg") < 4
    assert len(list((tmp_path / "new").glob("*.tra"))) == len(SURFACES)
    (tmp_path / "s.png").unlink()
    assert main([*command, "--kinematics", str(tmp_path / "knee.csv")]) == 2
    assert "too little to fit axes" in capsys.readouterr().err
    assert (tmp_path / "s.png").exists()
    (tmp_path / "file").touch()
    assert main([*command, "--tra", str(tmp_path / "file")]) == 2
    assert "writes a folder" in capsys.readouterr().err
