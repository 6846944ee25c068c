"""Sequences: bodies of metal and bone followed, judged, recovered; files that other programs read; joint angles."""

import json
from dataclasses import replace

import numpy as np
import pytest
from implant_cases import CAMERA, FRONT, SIDE, SIZE, SURFACES, picture, truth
from RayEmbRegistrationLib.application.open_sequence import common_frames, open_sequence
from RayEmbRegistrationLib.application.track_record import read_track_file, write_track_file
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.bodies.polydata import polydata_of
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.command_line.track import chosen_frames
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.files.track import read_start, write_autoscoper, write_start, write_xmalab
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Cancelled
from RayEmbRegistrationLib.tracking.body import body_of_ct, body_of_surface
from RayEmbRegistrationLib.tracking.frame_view import frame_view
from RayEmbRegistrationLib.tracking.kinematics import Landmarks3, anatomical_frame, grood_suntay
from RayEmbRegistrationLib.tracking.poses import motion_between, moved
from RayEmbRegistrationLib.tracking.smoothing import smooth
from RayEmbRegistrationLib.tracking.track import Track
from RayEmbRegistrationLib.tracking.tracker import TrackRequest, follow
from RayEmbRegistrationLib.xray.making import make_view


@pytest.fixture(scope="module")
def bodies():
    return tuple(body_of_surface(surface, MATERIALS["CoCr"], name) for name, surface in SURFACES.items())


@pytest.fixture(scope="module")
def projectors():
    result = {}
    for name, surface in SURFACES.items():
        volume = volume_of_surface(surface, MATERIALS["CoCr"], 0.6)
        result[name] = JosephProjector(attenuation_from_hu(volume.hu), volume.ras_from_ijk)
    return result


def view_of(pixels, place, name="x"):
    geometry = XrayGeometry.of_camera(CAMERA, "file", "test", camera_from_rig=place)
    return make_view(pixels, geometry, name=name)


@pytest.fixture(scope="module")
def pictures(projectors):
    return {
        frame: [picture(projectors, truth(frame), place, seed=2 * frame + n) for n, place in enumerate((FRONT, SIDE))]
        for frame in range(6)
    }


def reader(pictures, views=2):
    places = (FRONT, SIDE)[:views]
    return lambda frame: [frame_view(view_of(pixels, place)) for pixels, place in zip(pictures[frame], places, strict=False)]


def rough(bodies, frame=0, degrees=6.0, mm=6.0, seed=4):
    rng, result = np.random.default_rng(seed), {}
    for body in bodies:
        turn, shift = rng.normal(size=(2, 3))
        motion = np.concatenate([np.radians(degrees) * turn / np.linalg.norm(turn), mm * shift / np.linalg.norm(shift)])
        result[body.name] = moved(truth(frame)[body.name], body.center, motion)
    return result


def errors(track, bodies, frames, smoothed=False):
    """(N, 2) mm and degrees."""
    found = []
    for frame in frames:
        for body in bodies:
            pose = track.smoothed[frame][body.name] if smoothed else track.frames[frame][body.name].pose
            motion = motion_between(truth(frame)[body.name], pose, body.center)
            found.append((np.linalg.norm(motion[3:]), np.degrees(np.linalg.norm(motion[:3]))))
    return np.array(found)


def test_two_implants_are_followed_from_a_rough_pose(bodies, pictures):
    track = follow(TrackRequest(bodies, tuple(range(6)), rough(bodies), 0), reader(pictures))
    found = errors(track, bodies, range(6))
    assert track.lost == []
    assert found[:, 0].max() < 0.4
    assert found[:, 1].max() < 1.0
    assert all(own.verdict.position for frame in track.frames.values() for own in frame.values())


def test_from_the_middle_both_ways_with_a_frame_left_out(bodies, pictures):
    request = TrackRequest(bodies, tuple(range(6)), rough(bodies, 3), 3, left_out=(1,))
    track = follow(request, reader(pictures))
    assert sorted(track.frames) == [0, 2, 3, 4, 5]
    assert errors(track, bodies, [0, 5])[:, 0].max() < 0.4
    smooth(track, bodies)
    assert errors(track, bodies, sorted(track.frames), smoothed=True)[:, 0].max() < 0.5


def test_a_pose_set_by_hand_is_kept_and_gone_on_from(bodies, pictures):
    """What was known on the other side stays; the start frame is judged where it stands, and no pass replaces it."""
    track = follow(TrackRequest(bodies, (0, 1, 2), rough(bodies), 0), reader(pictures))
    first = {frame: track.frames[frame] for frame in (0, 1)}
    by_hand = rough(bodies, 2, 1.0, 1.0)
    request = TrackRequest(bodies, (2, 3, 4), by_hand, 2, keep_start=True)
    track.frames.pop(2)
    track = follow(request, reader(pictures), track)
    assert {frame: track.frames[frame] for frame in (0, 1)} == first
    assert track.given(2)
    assert not track.given(3)
    for body in bodies:
        assert track.frames[2][body.name].pose is by_hand[body.name]
        assert 0 < track.frames[2][body.name].verdict.similarity <= 1
    assert errors(track, bodies, [3, 4])[:, 0].max() < 0.4


def test_tracking_on_starts_from_the_pose_that_is_given_not_from_the_frames_before(bodies, pictures):
    """A frame that was lost is done again from the user's pose, though frames beside it predict another."""
    track = follow(TrackRequest(bodies, (0, 1), rough(bodies), 0), reader(pictures))
    astray = {name: moved(truth(0)[name], np.zeros(3), np.array([0, 0, 0, 60.0, 0, 0])) for name in track.names}
    track.frames = {
        frame: {n: replace(own, pose=astray[n]) for n, own in one.items()} for frame, one in track.frames.items()
    }
    track = follow(TrackRequest(bodies, (2, 3), rough(bodies, 2), 2), reader(pictures), track)
    assert {own.how for own in track.frames[2].values()} == {"start"}
    assert errors(track, bodies, [2])[:, 0].max() < 0.4


def test_frame_without_the_bodies_is_not_trusted_and_the_next_one_is_found(bodies, pictures):
    empty = dict(pictures)
    empty[2] = [np.random.default_rng(n).normal(150, 4, (SIZE, SIZE)) for n in range(2)]
    track = follow(TrackRequest(bodies, (1, 2, 3), rough(bodies, 1), 1, passes=1), reader(empty))
    assert track.lost == [2]
    assert errors(track, bodies, [3])[:, 0].max() < 0.4


def test_one_view_is_right_across_and_says_that_depth_is_open(bodies, pictures):
    track = follow(TrackRequest(bodies, (0,), rough(bodies, degrees=3, mm=3), 0), reader(pictures, views=1))
    for body in bodies:
        motion = motion_between(truth(0)[body.name], track.frames[0][body.name].pose, body.center)
        assert np.linalg.norm(motion[3:5]) < 0.4
        verdict = track.frames[0][body.name].verdict
        assert verdict.overlay
        assert verdict.position_mm > 3 * verdict.overlay_mm


def test_what_is_inverted_is_followed_as_well(bodies, pictures):
    inverted = {0: [255 - pixels for pixels in pictures[0]]}
    track = follow(TrackRequest(bodies, (0,), rough(bodies), 0), reader(inverted))
    assert errors(track, bodies, [0])[:, 0].max() < 0.4


def test_cancelled_run_keeps_what_it_had_and_goes_on(bodies, pictures):
    track = Track(("upper", "lower"))
    request = TrackRequest(bodies, tuple(range(4)), rough(bodies), 0)
    with pytest.raises(Cancelled):
        follow(request, reader(pictures), track, cancelled=lambda: len(track.frames) == 2)
    assert sorted(track.frames) == [0, 1]
    kept = track.frames[1]
    follow(request, reader(pictures), track)
    assert sorted(track.frames) == [0, 1, 2, 3]
    assert track.frames[1] is kept


def test_wrong_requests_get_a_sentence(bodies, pictures):
    start = rough(bodies)
    with pytest.raises(InputProblem, match="no start pose of lower"):
        follow(TrackRequest(bodies, (0,), {"upper": start["upper"]}, 0), reader(pictures))
    with pytest.raises(InputProblem, match="start frame 9 is not among"):
        follow(TrackRequest(bodies, (0,), start, 9), reader(pictures))
    with pytest.raises(InputProblem, match="two bodies are called upper"):
        follow(TrackRequest((bodies[0], bodies[0]), (0,), start, 0), reader(pictures))


def bone_volume():
    """A bone-like lump: a shell of 900 HU around marrow of 150 HU, in soft tissue."""
    volume = volume_of_surface(SURFACES["lower"], MATERIALS["bone"], 1.2)
    from scipy import ndimage

    inside = volume.labels > 0
    core = ndimage.binary_erosion(inside, iterations=3)
    hu = np.where(core, 150, np.where(inside, 900, 30)).astype(np.float32)
    return CTVolume(hu, volume.ras_from_ijk, volume.labels)


def test_bone_is_followed_beside_metal(bodies, projectors):
    bone = body_of_ct(bone_volume(), "lower", 1)
    both = (bodies[0], bone)
    own = {"upper": projectors["upper"], "lower": JosephProjector(bone.attenuation, bone.body_from_ijk)}
    images = {0: [picture(own, truth(0), place) for place in (FRONT, SIDE)]}
    track = follow(TrackRequest(both, (0,), rough(both, degrees=3, mm=3), 0), reader(images))
    found = errors(track, both, [0])
    assert found[:, 0].max() < 0.6
    assert found[:, 1].max() < 1.5


def test_track_file_returns_the_same_track(bodies, pictures, tmp_path):
    track = follow(TrackRequest(bodies, (0, 1), rough(bodies), 0), reader(pictures))
    smooth(track, bodies)
    write_track_file(tmp_path / "track.json", track)
    again = read_track_file(tmp_path / "track.json")
    assert again.frames.keys() == track.frames.keys()
    for frame, name in ((0, "upper"), (1, "lower")):
        np.testing.assert_allclose(again.frames[frame][name].pose.matrix, track.frames[frame][name].pose.matrix, atol=1e-9)
        np.testing.assert_allclose(again.smoothed[frame][name].matrix, track.smoothed[frame][name].matrix, atol=1e-9)
        assert again.frames[frame][name].verdict == track.frames[frame][name].verdict
    damaged = json.loads((tmp_path / "track.json").read_text())
    del damaged["frames"][0]["bodies"]["upper"]
    (tmp_path / "bad.json").write_text(json.dumps(damaged))
    with pytest.raises(InputProblem, match="lacks its number or its bodies"):
        read_track_file(tmp_path / "bad.json")


def test_other_programs_files_have_a_line_a_frame(tmp_path):
    poses = {0: truth(1), 2: truth(2)}
    write_autoscoper(tmp_path / "lower.tra", poses, "lower", range(3))
    lines = (tmp_path / "lower.tra").read_text().splitlines()
    np.testing.assert_allclose(np.array(lines[2].split(","), float).reshape(4, 4), poses[2]["lower"].matrix, atol=1e-6)
    assert lines[1] == ",".join(["NaN"] * 16)
    write_xmalab(tmp_path / "bodies.csv", poses, ("upper", "lower"), range(3))
    header, first, *_ = (tmp_path / "bodies.csv").read_text().splitlines()
    assert header.split(",")[12:15] == ["upper_TX", "upper_TY", "upper_TZ"]
    np.testing.assert_allclose(np.array(first.split(","), float)[16:].reshape(4, 4).T, poses[0]["lower"].matrix, atol=1e-6)


@pytest.mark.parametrize("is_right", [True, False])
def test_knee_angles_are_what_was_turned(is_right):
    side = 1 if is_right else -1
    femur = RigidTransform()
    bent = RigidTransform.from_rotation_vector((np.radians(-60), 0, 0), (0, 0, -20.0))
    np.testing.assert_allclose(grood_suntay(femur, bent, is_right)[:3], (60, 0, 0), atol=1e-9)
    toes_out = RigidTransform.from_rotation_vector((0, 0, np.radians(-12 * side)))
    np.testing.assert_allclose(grood_suntay(femur, toes_out, is_right)[:3], (0, 0, 12), atol=1e-9)
    foot_in = RigidTransform.from_rotation_vector((0, np.radians(7 * side), 0), (3.0 * side, 4.0, -20.0))
    found = grood_suntay(femur, foot_in, is_right)
    np.testing.assert_allclose(found[:3], (0, 7, 0), atol=1e-9)
    assert found[3] == pytest.approx(3)
    assert found[4] == pytest.approx(4)
    assert found[5] > 19


def test_anatomical_frame_from_landmarks():
    frame = anatomical_frame(Landmarks3(np.array([1.0, 2, 3]), np.array([1.0, 2, 9]), np.array([5.0, 2, 4])))
    np.testing.assert_allclose(frame.matrix[:3], np.c_[np.eye(3), (1, 2, 3)], atol=1e-12)
    with pytest.raises(InputProblem, match="on one line"):
        anatomical_frame(Landmarks3(np.zeros(3), np.ones(3), 2 * np.ones(3)))


def write_case(folder, pictures, bodies):
    """Two folders of PNG files, their cameras, models and a start."""
    import cv2
    from test_bodies import write

    for number, place in enumerate((FRONT, SIDE)):
        (folder / f"cam{number}").mkdir()
        for frame, images in pictures.items():
            data = cv2.imencode(".png", images[number].astype(np.uint8))[1]
            (folder / f"cam{number}" / f"f{frame + 8}.png").write_bytes(data.tobytes())
        camera = {"K": CAMERA.K.tolist(), "image_size_px": [SIZE, SIZE], "world_to_camera": place.matrix.tolist()}
        camera |= {"pixel_spacing_mm": 0.8, "source_to_detector_mm": 1200.0}
        (folder / f"cam{number}.json").write_text(json.dumps(camera))
    for name, surface in SURFACES.items():
        write(folder / f"{name}.ply", polydata_of(surface))
    write_start(folder / "start.json", rough(bodies))


def not_found(volumes, bodies, views, seconds, progress):
    assert [body.name for body in bodies] == list(SURFACES)
    assert (len(volumes), len(views), seconds) == (2, 2, 120.0)
    raise InputProblem("give the poses with --init")


def test_command_tracks_resumes_and_writes_for_others(tmp_path, bodies, pictures, capsys, monkeypatch):
    write_case(tmp_path, pictures, bodies)
    command = ["track", "--init", str(tmp_path / "start.json"), "--output", str(tmp_path / "track.json")]
    for name in SURFACES:
        command += ["--body", f"{tmp_path / name}.ply:CoCr"]
    for number in range(2):
        command += ["--xray", str(tmp_path / f"cam{number}"), "--camera", str(tmp_path / f"cam{number}.json")]
    assert main([*command, "--frames", "0:2"]) == 0
    assert "2 frames of upper, lower, 0 not trusted" in capsys.readouterr().out
    assert (
        main([*command, "--frames", "0:4", "--resume", "--csv", str(tmp_path / "t.csv"), "--sheet", str(tmp_path / "s.png")])
        == 0
    )
    track = read_track_file(tmp_path / "track.json")
    assert sorted(track.frames) == [0, 1, 2, 3]
    assert errors(track, bodies, range(4))[:, 0].max() < 0.4
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 9
    assert (tmp_path / "s.png").stat().st_size > 1000
    assert read_start(tmp_path / "track.json", ["upper"])["upper"].matrix.shape == (4, 4)
    monkeypatch.setattr("RayEmbRegistrationLib.application.find_start.find_start", not_found)  # the search takes minutes
    assert main([*command[:1], *command[3:]]) == 2
    assert "give the poses with --init" in capsys.readouterr().err


def test_sequences_are_in_natural_order_with_an_offset(tmp_path, pictures, bodies):
    write_case(tmp_path, pictures, bodies)
    one = open_sequence(tmp_path / "cam0", tmp_path / "cam0.json")
    assert [path.name for path in one.files] == [f"f{n}.png" for n in range(8, 14)]
    two = open_sequence(tmp_path / "cam1", tmp_path / "cam1.json", offset=2)
    assert common_frames([one, two]) == range(4)
    assert two.view(0).name == "f10.png"
    with pytest.raises(InputProblem, match="no X-ray at"):
        open_sequence(tmp_path / "none*.png")
    with pytest.raises(InputProblem, match="no frame in common"):
        common_frames([one, open_sequence(tmp_path / "cam1", tmp_path / "cam1.json", offset=9)])


def test_video_is_read_frame_by_frame(tmp_path, pictures, bodies):
    import cv2

    write_case(tmp_path, pictures, bodies)
    video = cv2.VideoWriter(str(tmp_path / "run.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (SIZE, SIZE))
    for images in pictures.values():
        video.write(cv2.cvtColor(images[0].astype(np.uint8), cv2.COLOR_GRAY2BGR))
    video.release()
    sequence = open_sequence(tmp_path / "run.avi", tmp_path / "cam0.json")
    assert sequence.count == 6
    difference = np.abs(sequence.view(3).pixels - pictures[3][0])
    assert np.median(difference) < 4
    with pytest.raises(InputProblem, match="tells no camera"):
        open_sequence(tmp_path / "run.avi").view(0)


def test_frames_are_chosen_by_slices():
    assert chosen_frames("1:8:3", range(10)) == (1, 4, 7)
    assert chosen_frames(":2", range(10)) == (0, 1)
    assert chosen_frames(None, range(2, 4)) == (2, 3)
    for text in ("5", "a:b", "20:30", "1:2:3:4", "0:5:-1"):
        with pytest.raises(InputProblem):
            chosen_frames(text, range(10))
