"""The result file: what it says, that its schema holds, that old files are read, and how it is shown."""

import importlib.resources
import json
from dataclasses import replace
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
import torch
from quality_made import ERRORS, made_quality
from RayEmbRegistrationLib.application.result_record import quality_record, result_record
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.command_line.results import record_lines
from RayEmbRegistrationLib.detector.landmarks import Landmarks
from RayEmbRegistrationLib.files.camera import CameraFile, write_camera
from RayEmbRegistrationLib.files.identity import digest_of_arrays, identity_of_file
from RayEmbRegistrationLib.files.landmarks import LandmarkPairs, write_landmarks
from RayEmbRegistrationLib.files.pose import read_pose, read_poses, write_itk_transform, write_poses
from RayEmbRegistrationLib.files.result import CameraValue, ResultFile, VerdictRecord, ViewRecord
from RayEmbRegistrationLib.files.result_file import read_result, write_result
from RayEmbRegistrationLib.geometry import Camera, RigidTransform
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.quality.camera_check import CameraCheck, Suspect
from RayEmbRegistrationLib.quality.distance import DistanceCheck
from RayEmbRegistrationLib.result import RegistrationResult, ViewResult
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from RayEmbRegistrationLib.xray.view import XrayView

CAMERA = Camera.from_detector((60, 40), (2.0, 2.0), 1000.0, (31.0, 18.5))
POSE = RigidTransform.from_rotation_vector([0.1, 1.2, -0.4], [1 / 3, 2, 700])
CAMERA_CHECK = CameraCheck(
    DistanceCheck(0.01, 0.02),
    (
        Suspect("rig", 1, (0.0, 0.02, 0.0, 9.0, -3.0, 0.0), (0.01, 0.005, 0.01, 1.0, 1.5, 4.0), 81.0, 1e-9, 1.0),
        Suspect("distance", None, (-0.03,), (0.02,), 2.25, 0.5, 1e9),
    ),
    "the second camera seems 9.5 mm beside its place: check both cameras' places in the rig (world_to_camera)",
    assumed=("principal_point_px",),
)
QUALITY = made_quality(
    trusted=(True, False),
    reason="the DRR agrees",
    runner_up=0.4,
    evidence=SimpleNamespace(distance=CAMERA_CHECK.distance, camera=CAMERA_CHECK),
)
STATED = ("estimate", "std")
PREPARED = type(
    "Prepared",
    (),
    {
        "attenuation": torch.ones(2, 2, 2),
        "ras_from_ijk": np.eye(4),
        "labels": None,
        "device": torch.device("cpu"),
        "encoder": type("Encoder", (), {"name": "small-3f9c2a61b0d4"})(),
        "encoder_about": {"trained_on": "phantoms", "calibration": {"long": [1] * 100}},
        "notes": (),
    },
)()


def schema(name):
    text = (
        importlib.resources.files("RayEmbRegistrationLib.files").joinpath(f"schemas/{name}.schema.json").read_text("utf-8")
    )
    checked = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(checked)
    return checked


def validate(path, name):
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), schema(name), jsonschema.Draft202012Validator)


def landmarks():
    points = np.arange(9.0).reshape(3, 3)
    flags = np.array([True, False, True])
    return Landmarks(points, points[:, :2], np.ones(3), np.ones(3), np.array([0.9, 0.1, 0.8]), flags, 0, 0.0, True)


def registered(mirrored=False):
    view = XrayView.of_camera(np.random.default_rng(0).random((40, 60), dtype=np.float32), CAMERA, True, name="a.png")
    geometry = replace(view.geometry, primary_angle_deg=Sourced(12.0, "tag", "Positioner Primary Angle (0018,1510)"))
    view = replace(view, geometry=geometry, notes=("of the file",))
    camera = CAMERA.flip_horizontal() if mirrored else CAMERA
    radiograph = Radiograph(view.pixels, np.ones((40, 60), dtype=bool), camera)
    found = ViewResult(POSE, radiograph, 0.81, {2: POSE}, mirrored, landmarks())
    settings = RegistrationSettings(seed=7, depth_mm=(600.0, 800.0))
    result = RegistrationResult(
        (found,),
        QUALITY,
        (("coarse", 0.7), ("fine", 0.8)),
        {"total": 1.5},
        settings,
        ("a note",),
        "landmarks",
        ("start", "landmarks"),
    )
    return result, view


def record(mirrored=False):
    result, view = registered(mirrored)
    return result_record(result, [view], PREPARED, "ct.nii.gz")


def test_everything_that_is_known_is_in_the_file_and_comes_back(tmp_path):
    path = tmp_path / "result.json"
    (tmp_path / "ct.nii.gz").write_bytes(b"a CT")
    identity = identity_of_file("CT", tmp_path / "ct.nii.gz")
    result, view = registered()
    write_result(path, result_record(result, [view], PREPARED, "ct.nii.gz", [identity]))
    validate(path, "result")
    content = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert (content["format"], content["format_version"]) == ("rayemb-registration-result", 2)
    again = read_result(path)
    quality, told, (seen,) = again.quality, again.provenance, again.views
    np.testing.assert_array_equal(quality.rotation_std_deg, [0.1, 0.2, np.nan])
    assert (told.method, told.tried, told.seed) == ("landmarks", ("start", "landmarks"), 7)
    assert told.weights == {"identity": "small-3f9c2a61b0d4", "trained_on": "phantoms"}
    assert told.inputs == (identity,)
    assert told.ct["content_sha256"] == digest_of_arrays(np.ones((2, 2, 2), np.float32), np.eye(4), None)
    assert told.device.startswith("cpu")
    assert told.versions["torch"].startswith(torch.__version__.split("+")[0])
    assert seen.image_sha256 == digest_of_arrays(view.pixels)
    assert seen.camera_values["primary_angle_deg"] == CameraValue(12.0, "tag", "Positioner Primary Angle (0018,1510)", 3.0)
    assert seen.camera_values["source_to_detector_mm"].origin == "file"
    np.testing.assert_array_equal(seen.landmarks.agree, [True, False, True])
    np.testing.assert_array_equal(seen.landmarks.points_px, landmarks().pixels)
    assert (seen.landmarks.detected, seen.landmarks.agreeing) == (3, 2)
    assert again.trace == (("coarse", 0.7), ("fine", 0.8))
    assert seen.notes == ("of the file",)
    np.testing.assert_allclose(seen.camera_from_ras.matrix, POSE.matrix, atol=1e-14)
    np.testing.assert_allclose(seen.bones["2"].matrix, POSE.matrix, atol=1e-14)
    np.testing.assert_array_equal(read_pose(path).matrix, seen.camera_from_ras.matrix)  # serves as a start pose
    again_path = tmp_path / "again.json"
    write_result(again_path, again)
    same = json.loads(again_path.read_text())
    assert same.keys() == content.keys()
    matrices = ("ras_to_camera", "bones", "views")  # made exactly orthonormal again, which moves the last digit
    assert all(same[key] == content[key] for key in same if key not in matrices)
    assert all(same["views"][0][key] == content["views"][0][key] for key in same["views"][0] if key not in matrices)


def test_both_verdicts_and_the_trial_of_the_cameras_come_back(tmp_path):
    written = record()
    write_result(tmp_path / "r.json", written)
    quality, (seen,) = read_result(tmp_path / "r.json").quality, written.views
    assert quality.expected == {name: pytest.approx(error.median) for name, error in ERRORS.items()}
    assert quality.bounds == {name: pytest.approx(error.bound) for name, error in ERRORS.items()}
    assert quality.probabilities["below_2mm"] == pytest.approx(ERRORS["mtre_mm"].below(2.0))
    assert quality.probabilities["below_5mm"] == pytest.approx(ERRORS["mtre_mm"].below(5.0))
    assert quality.probabilities["wrong_pose"] == 0.02
    assert quality.purpose == "overlay"
    assert quality.verdict == quality.verdicts["overlay"]
    for said, own in ((QUALITY.overlay, quality.verdicts["overlay"]), (QUALITY.position, quality.verdicts["position"])):
        assert {"purpose": said.purpose, **vars(own)} == vars(said)
    assert (quality.verdicts["overlay"].trusted, quality.verdicts["position"].trusted) == (True, False)
    assert quality.camera.sentence == CAMERA_CHECK.sentence
    assert quality.camera.assumed == ("principal_point_px",)
    rig, distance = quality.camera.tests
    assert (rig.kind, rig.view, rig.estimate, rig.std) == ("rig", 1, *(getattr(CAMERA_CHECK.suspects[0], n) for n in STATED))
    assert (rig.significance, rig.probability, rig.odds) == (9.0, 1e-9, 1.0)
    assert (distance.kind, distance.view, distance.significance) == ("distance", None, pytest.approx(1.5))
    assert list(quality.judged) == ["CT", "image 1", "camera 1", "pose 1"]
    assert quality.judged["CT"] == written.provenance.ct["content_sha256"]
    assert quality.judged["image 1"] == seen.image_sha256


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda file: file["views"][0]["ras_to_camera"][0].__setitem__(3, 0.4), "pose 1"),
        (lambda file: file["views"][0]["camera"]["K"][0].__setitem__(2, 30.0), "camera 1"),
        (lambda file: file["views"][0]["camera"].__setitem__("source_to_detector_mm", 1010.0), "camera 1"),
        (lambda file: file["views"][0].__setitem__("image_sha256", "0" * 64), "image 1"),
        (lambda file: file["ct"].__setitem__("content_sha256", "0" * 64), "CT"),
        (lambda file: file["views"].append({"xray": "b", "ras_to_camera": file["ras_to_camera"]}), "pose 2"),
    ],
)
def test_whatever_changes_what_was_judged_voids_both_verdicts(tmp_path, change, named):
    path = tmp_path / "result.json"
    write_result(path, record())
    assert read_result(path).quality.verdict.trusted
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    quality = read_result(path).quality
    assert [verdict.trusted for verdict in (quality.verdict, *quality.verdicts.values())] == [False, False, False]
    assert quality.verdict.reason.startswith(f"the verdict was given on another {named} and is void")
    assert quality.verdicts["position"] == quality.verdict
    assert f"NOT TRUSTED (overlay, asked for): {quality.verdict.reason}" in record_lines(read_result(path))


def test_a_pose_judged_for_its_place_in_space_is_trusted_by_that_verdict(tmp_path):
    quality = made_quality((True, False), RegistrationSettings(trust="position", position_tolerance_mm=3.0))
    told = quality_record(quality)
    assert (told.purpose, told.verdict.trusted, told.verdict.tolerance_mm) == ("position", False, 3.0)
    write_result(tmp_path / "r.json", ResultFile((ViewRecord("a", POSE, CAMERA),), told))
    validate(tmp_path / "r.json", "result")
    content = json.loads((tmp_path / "r.json").read_text())["quality"]
    assert (content["trusted"], content["reason"], content["purpose"]) == (False, "as asked, in space", "position")
    assert content["verdicts"]["overlay"]["trusted"] is True
    assert read_result(tmp_path / "r.json").quality.verdict == told.verdicts["position"]


def test_camera_of_a_mirrored_result_is_that_of_the_stored_image():
    (view,) = record(mirrored=True).views
    np.testing.assert_allclose(view.camera.K, CAMERA.flip_horizontal().K)


def test_each_format_follows_its_schema(tmp_path):
    write_camera(tmp_path / "c.json", CameraFile(CAMERA, POSE, True, ("a note",), intensity="raw"))
    validate(tmp_path / "c.json", "camera")
    write_camera(tmp_path / "c.json", CameraFile(CAMERA))
    validate(tmp_path / "c.json", "camera")
    write_poses(tmp_path / "p.json", [POSE, POSE])
    validate(tmp_path / "p.json", "pose")
    write_landmarks(tmp_path / "l.json", [LandmarkPairs(np.zeros((1, 3)), np.zeros((1, 2)), ("a",))])
    validate(tmp_path / "l.json", "landmarks")
    write_result(tmp_path / "r.json", ResultFile((ViewRecord("a", POSE, None), ViewRecord("b", None, CAMERA))))
    validate(tmp_path / "r.json", "result")
    assert read_result(tmp_path / "r.json").views[1].camera_from_ras is None


@pytest.mark.parametrize("name", ["camera", "pose", "landmarks", "result"])
def test_schemas_refuse_what_is_wrong(name):
    wrong = {"format": f"rayemb-{name}", "format_version": 99, "K": [[1]], "views": [], "pairs": []}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema(name), jsonschema.Draft202012Validator)


VERSION_1 = {
    "ras_to_camera": POSE.matrix.tolist(),
    "bones": {},
    "views": [
        {
            "xray": "a.png",
            "ras_to_camera": POSE.matrix.tolist(),
            "similarity": 0.7,
            "mirrored": False,
            "camera": {
                "K": CAMERA.K.tolist(),
                "image_size_px": [60, 40],
                "pixel_spacing_mm": [2.0, 2.0],
                "source_to_detector_mm": 1000.0,
            },
            "bones": {},
            "landmarks": {"detected": 40, "agreeing": 30},
            "notes": [],
        }
    ],
    "quality": {
        "similarity": 0.7,
        "trusted": False,
        "reason": "depth is uncertain",
        "runner_up": None,
        "rotation_std_deg": [0.1, 0.2, None],
        "translation_std_mm": [0.1, 0.2, 3.0],
    },
    "timing_s": {"total": 20.0},
    "settings": {"view": "ap", "seed": 3},
    "notes": ["old"],
    "frame": "x_camera = R x_ras + t, mm",
    "version": "0.1.0",
}


def test_files_of_version_1_are_read(tmp_path):
    path = tmp_path / "old.json"
    path.write_text(json.dumps(VERSION_1))
    old = read_result(path)
    assert old.format_version == 1
    assert old.quality.verdict == VerdictRecord(False, "depth is uncertain")
    assert (old.views[0].landmarks.detected, old.views[0].landmarks.agreeing) == (40, 30)
    assert (old.provenance.seed, old.provenance.versions) == (3, {"RayEmbRegistration": "0.1.0"})
    assert old.quality.expected == {}
    assert len(read_poses(path)) == 1
    assert "NOT TRUSTED: depth is uncertain" in record_lines(old)


def test_files_of_version_2_from_before_there_were_two_verdicts_are_read(tmp_path):
    path = tmp_path / "old.json"
    quality = VERSION_1["quality"] | {
        "expected": {"mtre_mm": 1.5},
        "verdicts": {"overlay": {"trusted": True, "reason": "fits"}},
    }
    path.write_text(
        json.dumps(VERSION_1 | {"format": "rayemb-registration-result", "format_version": 2, "quality": quality})
    )
    old = read_result(path).quality
    assert old.verdict == VerdictRecord(False, "depth is uncertain")
    assert old.verdicts == {"overlay": VerdictRecord(True, "fits")}
    assert (old.purpose, old.bounds, old.camera, old.judged) == ("", {}, None, {})
    lines = record_lines(read_result(path))
    assert "NOT TRUSTED: depth is uncertain" in lines
    assert "trusted (overlay): fits" in lines


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "rayemb-registration-result", "format_version": 3}, "version 3 of its format,.* update"),
        ({"format": "rayemb-registration-result", "format_version": "2"}, "whole number from 1"),
        ({"views": []}, "no pose in its views"),
        ({"views": [{"ras_to_camera": [[1]]}]}, "4 x 4 numbers"),
        ({"views": [{"ras_to_camera": np.diag([2.0, 2, 2, 1]).tolist()}]}, "not a rotation"),
        ({"quality": []}, "quality .* object"),
        ({"quality": {"trusted": "yes"}}, "trusted .* true or false"),
        ({"quality": {"trusted": True, "purpose": "overlay"}}, "trusted .* the purpose asked for, 'overlay'"),
        (
            {"quality": {"trusted": True, "purpose": "overlay", "verdicts": {"overlay": {"trusted": False}}}},
            "trusted .* the purpose asked for, 'overlay'",
        ),
        ({"quality": {"verdicts": {"overlay": {"bound_mm": "long"}}}}, "bound_mm .* a number"),
        ({"quality": {"camera": {"tests": [{"estimate": [1], "std": []}]}}}, "std .* as many numbers as estimate"),
        ({"quality": {"camera": {"tests": [{"estimate": 1}]}}}, "estimate .* list of numbers"),
        ({"notes": "one"}, "notes .* list of text"),
        ({"trace": [1]}, "trace .* list of pairs"),
        ({"timing_s": {"total": "long"}}, "total .* a number"),
    ],
)
def test_damaged_results_are_refused_in_a_sentence(tmp_path, change, words):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(VERSION_1 | change))
    with pytest.raises(InputProblem, match=words):
        read_result(path)


def test_a_result_without_a_pose_is_not_written(tmp_path):
    with pytest.raises(InputProblem, match="no pose to write"):
        write_result(tmp_path / "r.json", ResultFile((ViewRecord("a", None, CAMERA),)))


def test_identity_of_a_folder_follows_its_content_and_names(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        (folder / "1.dcm").write_bytes(b"slice")
    assert identity_of_file("CT", first).sha256 == identity_of_file("CT", second).sha256
    (second / "1.dcm").rename(second / "2.dcm")
    assert identity_of_file("CT", first).sha256 != identity_of_file("CT", second).sha256


def shown(capsys, *arguments):
    status = main(["show", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_show_tells_a_person_what_a_file_holds(tmp_path, capsys):
    write_result(tmp_path / "r.json", record())
    status, text, _ = shown(capsys, tmp_path / "r.json")
    assert status == 0
    for words in (
        "\ntrusted (overlay, asked for): the DRR agrees\n  expected error 0.41 mm drawn on the X-ray, in 95 of 100 cases",
        " under 0.92 mm, under the 2 mm allowed with 98 %, another pose altogether with 2 %\nnot trusted (position): the",
        "the DRR agrees, in space\n  expected error 1.65 mm in space, in 95 of 100 cases under 3.68 mm, under the 5 mm",
        "expected error (median): overlay (mm) 0.41, in plane (mm) 0.20, depth (mm) 1.",
        "in 95 of 100 cases under: overlay (mm) 0.92,",
        "probability: below 2mm ",
        "assumed of the cameras: principal point (px)\ncameras: the second camera seems 9.5 mm beside its place",
        "  rig, view 2: rx +0.00 degrees +- 0.57, ry +1.15 degrees +- 0.29, rz +0.00 degrees +- 0.57, x +9.00 mm +- 1.00",
        "-3.00 mm +- 1.50, depth +0.00 mm +- 4.00, 9.0 standard deviations\n",
        "  distance, all views: -3.00 % +- 2.00, 1.5 standard deviations\n",
        "the verdicts belong to: CT (",
        "primary angle (degrees): 12 +- 3 (DICOM tag)",
        "landmarks: 3 detected, 2 agree",
        "found by: landmarks",
        "weights: small-3f9c2a61b0d4",
        "  - a note",
    ):
        assert words in text
    write_camera(tmp_path / "c.json", CameraFile(CAMERA, POSE, False))
    assert "1000.0 mm" in shown(capsys, tmp_path / "c.json")[1]
    write_poses(tmp_path / "p.json", [POSE, POSE])
    assert "2 poses" in shown(capsys, tmp_path / "p.json")[1]
    write_itk_transform(tmp_path / "p.tfm", POSE)
    assert "1 pose (" in shown(capsys, tmp_path / "p.tfm")[1]
    write_landmarks(tmp_path / "l.json", [LandmarkPairs(np.zeros((1, 3)), np.zeros((1, 2)), ("hip",))])
    assert "view 0: 1 pairs" in (text := shown(capsys, tmp_path / "l.json")[1])
    assert "hip" in text
    (tmp_path / "x.json").write_text('{"a": 1}')
    status, _, problem = shown(capsys, tmp_path / "x.json")
    assert status == 2
    assert "x.json has no" in problem
