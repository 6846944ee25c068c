"""Distortion: plates found in simulated images, the model against the truth, X-rays made straight, files, words."""

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
import pytest
from plate_images import Plate, misplaced, pincushion, s_shape, swirl, together
from RayEmbRegistrationLib.application.open_sequence import open_sequence
from RayEmbRegistrationLib.application.open_xray import Typed, open_xray
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.files.distortion import read_distortion, write_distortion
from RayEmbRegistrationLib.geometry.distortion import fit_distortion, similarity
from RayEmbRegistrationLib.geometry.distortion_set import DistortionSet, with_error_between
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.distortion.applying import straight_frames, undistorted
from RayEmbRegistrationLib.xray.distortion.plate import distortion_of_plate, distortion_of_plates, find_plate
from RayEmbRegistrationLib.xray.making import make_view

SIZE = 360
PINCUSHION = Plate(pincushion(0.05), size=SIZE)
PLATES = {
    "pincushion": PINCUSHION,
    "S": Plate(s_shape(0.05), size=SIZE),
    "both, turned": Plate(together(pincushion(0.05), swirl(0.05)), size=SIZE, hexagonal=True, bright=True),
}


@cache
def measured(name):
    return DistortionSet((distortion_of_plate(PLATES[name].view(), 10.0),))


@pytest.mark.parametrize("name", PLATES)
def test_distortion_of_five_percent_is_measured(name):
    plate, found = PLATES[name], measured(name)
    errors, radius = misplaced(plate, found.map_at())
    assert np.median(errors) < 0.1  # what the project asks
    assert np.median(errors[radius > 0.85]) < 0.3
    (one,) = found.plates
    assert one.pitch_px == pytest.approx(plate.pitch, rel=0.02)
    moved = np.linalg.norm(one.seen_px - one.straight_px, axis=1)
    assert moved.max() > 0.02 * SIZE / 2  # there was something to correct
    assert np.median(errors) < 1.5 * one.residual.median  # the stated residual is not too small


def test_beads_are_found_to_a_part_of_a_pixel():
    plate = PINCUSHION
    beads = find_plate(plate.view())
    assert beads.kind == "square"
    off = plate._distance(plate.straight(beads.points_px))
    assert np.median(off) < 0.1
    assert np.percentile(off, 95) < 0.3
    assert off.max() < plate.radius  # every spot is a bead
    within = np.linalg.norm(beads.points_px - plate.middle, axis=1) < 0.85 * SIZE / 2
    assert within.sum() > 0.95 * np.pi * (0.85 * SIZE / 2) ** 2 / plate.pitch**2 / 1.1  # hardly one is missed


def test_missing_beads_and_a_marker_do_not_matter():
    plate = PINCUSHION
    image = plate.image()
    image[150:200, 160:215] = np.median(image)  # beads that fell out
    cv2.circle(image, (250, 120), 9, 100.0, -1)  # a marker across beads
    found = DistortionSet((distortion_of_plate(make_view(image, name="a.tif")),))
    errors, _ = misplaced(plate, found.map_at())
    assert np.median(errors) < 0.1
    assert found.map_at().pixel_spacing_mm is None  # nobody said the pitch


def test_what_is_no_plate_is_refused():
    rng = np.random.default_rng(0)
    for image in (rng.normal(100, 10, (200, 200)), np.add.outer(np.arange(200.0), np.arange(200.0))):
        with pytest.raises(InputProblem, match="no plate of beads or holes"):
            distortion_of_plate(make_view(image, name="shot.png"))


def test_points_go_there_and_back():
    correction = measured("S").map_at()
    points = np.random.default_rng(1).uniform(80, SIZE - 80, (50, 2))
    np.testing.assert_allclose(correction.straight_from_seen(correction.seen_from_straight(points)), points, atol=1e-4)


def test_an_xray_is_made_straight_with_its_mask_and_points():
    plate, correction = PLATES["S"], measured("S").map_at()
    x, y = np.meshgrid(np.arange(SIZE, dtype=float), np.arange(SIZE, dtype=float))
    lines = np.sin(plate.straight(np.stack([x, y], axis=-1).reshape(-1, 2))[:, 0] / 6).reshape(SIZE, SIZE)
    invalid = np.zeros((SIZE, SIZE), dtype=bool)
    invalid[:, :100] = True
    seen = np.array([[200.0, 220.0], [90.0, 250.0]])
    view = replace(make_view(lines, invalid=invalid, name="a.png"), points_ras=np.zeros((2, 3)), points_px=seen)
    straight = undistorted(view, correction, "plate.json")
    places = np.stack([x, y], axis=-1)[90:270, 150:250].reshape(-1, 2)
    truth = plate.straight(correction.seen_from_straight(places))
    scale, rotation, shift = similarity(places, truth)  # one turn and scale of the whole image
    expected = np.sin((scale * places @ rotation.T + shift)[:, 0] / 6).reshape(180, 100)
    assert np.abs(straight.pixels[90:270, 150:250] - expected).max() < 0.06
    assert np.abs(view.pixels[90:270, 150:250] - expected).max() > 0.5
    assert straight.invalid[:, 60].all()
    assert not straight.invalid[150:200, 150:200].any()
    np.testing.assert_allclose(correction.seen_from_straight(straight.points_px), seen, atol=1e-3)
    assert straight.geometry.value("pixel_spacing_mm")[0] == pytest.approx(10 / plate.pitch, rel=0.02)
    assert any("plate.json" in note and "px left" in note for note in straight.geometry.notes)
    frames = list(straight_frames([view.pixels, 2 * view.pixels], correction))
    np.testing.assert_allclose(frames[1], 2 * frames[0], rtol=1e-5, atol=1e-5)


def test_other_sizes_are_refused():
    view = make_view(np.random.default_rng(0).random((64, 64)), name="a.png")
    with pytest.raises(InputProblem, match="360 x 360"):
        undistorted(view, measured("S").map_at())


ANGLES = ((-60.0, 0.0), (-30.0, 0.0), (0.0, 0.0), (30.0, 0.0), (60.0, 0.0))


def under(angles, pitch=24.0):
    """A plate whose S goes with the sine of the primary angle, as the earth's field does to a turning tube."""
    plate = Plate(together(pincushion(0.05), s_shape(0.05 * np.sin(np.radians(angles[0])))), size=SIZE)
    x = np.arange(-7, 8) * pitch + plate.middle[0]
    straight = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    straight = straight[np.linalg.norm(straight - plate.middle, axis=1) < 0.9 * SIZE / 2]
    return fit_distortion(straight, plate.seen(straight), (SIZE, SIZE), pitch, None, (f"{angles[0]:g}", angles))


def test_between_orientations():
    whole = with_error_between([under(angles) for angles in ANGLES])
    asked = under((15.0, 0.0))
    correction = whole.map_at((15.0, 0.0))
    inside = np.linalg.norm(asked.straight_px - (SIZE - 1) / 2, axis=1) < 0.8 * SIZE / 2
    told = correction.seen_from_straight(asked.straight_px[inside])
    off = np.linalg.norm(told - asked.seen_px[inside], axis=1)
    nearest = np.linalg.norm(
        whole.map_at((0.0, 0.0)).seen_from_straight(asked.straight_px[inside]) - asked.seen_px[inside], axis=1
    )
    assert np.median(off) < 0.2 * np.median(nearest)  # better than the nearest plate
    assert whole.between_px is not None
    assert np.median(off) < whole.between_px  # plates are left out 30 degrees apart
    assert "interpolated" in correction.notes[0]
    exact = whole.map_at((30.0, 0.0))
    assert exact.notes == ()
    assert exact.residual_px == whole.plates[3].residual.median
    with pytest.raises(InputProblem, match="--angles"):
        whole.map_at(None)
    away = DistortionSet((under((0.0, 0.0)),)).map_at((40.0, 0.0))
    assert "40 degrees from where the plate was seen" in away.notes[0]


def test_images_of_several_orientations_share_one_frame():
    plates = [Plate(together(pincushion(0.05), s_shape(amount)), size=SIZE) for amount in (0.0, 0.03)]
    views = [plate.view(number) for number, plate in enumerate(plates)]
    found = distortion_of_plates(views, angles_deg=[(0.0, 0.0), (40.0, 0.0)])
    for plate, angles in zip(plates, ((0.0, 0.0), (40.0, 0.0)), strict=True):
        errors, _ = misplaced(plate, found.map_at(angles))
        assert np.median(errors) < 0.1
    points = np.array([[180.0, 150.0], [120.0, 220.0]])  # one point of the plate is one of the straight image
    ends = [
        found.map_at(angles).straight_from_seen(plate.seen(points))
        for plate, angles in zip(plates, ((0, 0), (40, 0)), strict=True)
    ]
    np.testing.assert_allclose(ends[0], ends[1], atol=0.2)
    with pytest.raises(InputProblem, match="angles of each"):
        distortion_of_plates(views)


def test_the_file_gives_the_same_map_and_keeps_to_its_schema(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    path = write_distortion(tmp_path / "tube.json", measured("S"))
    again = read_distortion(path)
    np.testing.assert_allclose(again.map_at().seen_px, measured("S").map_at().seen_px, atol=2e-3)
    assert again.plates[0].residual == measured("S").plates[0].residual
    content = json.loads(path.read_text())
    schema = json.loads((files("RayEmbRegistrationLib.files") / "schemas" / "distortion.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(content, schema)
    for change in ({"plates": []}, {"image_size_px": [0, 5]}, {"format": "rayemb-camera"}, {"format_version": 9}):
        path.write_text(json.dumps(content | change))
        with pytest.raises(InputProblem, match=r"tube\.json"):
            read_distortion(path)
    content["plates"][0]["pitch_px"] = -1
    path.write_text(json.dumps(content))
    with pytest.raises(InputProblem, match="positive"):
        read_distortion(path)


def test_the_command_measures_shows_and_corrects(tmp_path, capsys):
    image = PINCUSHION.image()
    cv2.imwrite(str(tmp_path / "plate.tif"), image)
    cv2.imwritemulti(str(tmp_path / "run.tif"), [image, image[::-1].copy()])
    tube = tmp_path / "tube.json"
    assert main(["undistort", "--plate", str(tmp_path / "plate.tif"), "--pitch", "10", "--output", str(tube)]) == 0
    assert "of beads left out" in capsys.readouterr().out
    assert main(["show", str(tube)]) == 0
    assert "mm a pixel on the plate" in capsys.readouterr().out
    out = tmp_path / "straight"
    assert main(["undistort", "--distortion", str(tube), "--xray", str(tmp_path / "run.tif"), "--output", str(out)]) == 0
    _, pages = cv2.imreadmulti(str(out / "run.tif"), flags=cv2.IMREAD_UNCHANGED)
    assert len(pages) == 2
    expected = undistorted(make_view(image, name="a"), measured("pincushion").map_at())
    np.testing.assert_allclose(pages[0], np.where(expected.invalid, 0, expected.pixels), atol=1.0)


def test_videos_and_folders_are_made_straight_and_a_fault_leaves_no_folder(tmp_path, capsys):
    tube = write_distortion(tmp_path / "tube.json", measured("pincushion"))
    image = PINCUSHION.image().astype(np.uint8)
    (tmp_path / "run").mkdir()
    for number in range(2):
        cv2.imwrite(str(tmp_path / "run" / f"{number}.png"), image)
    video = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, image.shape[::-1])
    for _ in range(3):
        video.write(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
    video.release()
    (tmp_path / "bad.avi").write_bytes(b"no video")
    command = ["undistort", "--distortion", str(tube), "--output", str(tmp_path / "straight")]
    assert main([*command, "--xray", str(tmp_path / "bad.avi")]) == 2
    assert "no video that can be read" in capsys.readouterr().err
    assert not (tmp_path / "straight").exists()
    assert main([*command, "--xray", str(tmp_path / "run"), "--xray", str(tmp_path / "film.avi")]) == 0
    pages = {name: cv2.imreadmulti(str(tmp_path / "straight" / name), flags=-1)[1] for name in ("run.tif", "film.tif")}
    assert (len(pages["run.tif"]), len(pages["film.tif"])) == (2, 3)
    assert np.median(np.abs(pages["run.tif"][0] - pages["film.tif"][2])) < 3  # of 255, as JPEG keeps them


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--output", "a.json"], "give either --plate"),
        (["--xray", "a.png", "--output", "b"], "give the distortion file"),
        (["--plate", "a.png", "--angles", "0", "0", "--angles", "1", "1", "--output", "b.json"], "given 2 times"),
        (["--plate", "a.png", "--pitch", "-1", "--output", "b.json"], "positive distance"),
        (["--distortion", "d", "--xray", "x/a.png", "--xray", "y/a.png", "--output", "b"], "same name"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["undistort", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_round_field_says_what_it_may_cost_until_it_is_corrected(tmp_path):
    path, tube = tmp_path / "shot.png", write_distortion(tmp_path / "tube.json", measured("pincushion"))
    cv2.imwrite(str(path), PINCUSHION.image().astype(np.uint16))
    typed = Typed(source_to_detector_mm=1000.0, pixel_spacing_mm=(0.6, 0.6))
    notes = open_xray(path, typed=typed).geometry.notes
    (cost,) = [note for note in notes if note.startswith("Not corrected")]
    assert f"{0.05 * SIZE / 2 * 0.6:.1f} mm on the detector" in cost
    straight = open_xray(path, typed=typed, distortion=tube)
    assert not any("round" in note or "Not corrected" in note for note in straight.geometry.notes)
    assert straight.camera.pixel_spacing_mm == (0.6, 0.6)


def test_a_sequence_is_made_straight_frame_by_frame(tmp_path):
    tube = write_distortion(tmp_path / "tube.json", measured("pincushion"))
    (tmp_path / "run").mkdir()
    for number in range(2):
        cv2.imwrite(str(tmp_path / "run" / f"{number}.png"), PINCUSHION.image().astype(np.uint16))
    typed = Typed(source_to_detector_mm=1000.0, pixel_spacing_mm=(0.6, 0.6))
    sequence = replace(open_sequence(tmp_path / "run", typed=typed), distortion=tube)
    alone = open_xray(tmp_path / "run" / "1.png", typed=typed, distortion=tube)
    np.testing.assert_array_equal(sequence.view(1).pixels, alone.pixels)
    assert not np.array_equal(alone.pixels, open_xray(tmp_path / "run" / "1.png", typed=typed).pixels)
