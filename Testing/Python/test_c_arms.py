"""Named C-arms: kept, shared, and put on pictures of any number of pixels."""

import json
from importlib.resources import files

import numpy as np
import pytest
from RayEmbRegistrationLib.files.c_arms import CArm, c_arms_from_text, c_arms_to_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem

TYPED = {"source_to_detector_mm": 1010.0, "pixel_spacing_mm": (0.3, 0.3), "principal_point_px": (480.0, 520.0)}


def geometry(**values):
    return XrayGeometry().with_values(**{**TYPED, "rotation_deg": 90.0, "flip": False, "mirrored": True, **values})


def test_the_same_xray_gets_the_same_camera_back():
    known = geometry(bone_is_bright=False)
    again = CArm.of("OR 1", known, (1000, 1000)).applied(XrayGeometry(), (1000, 1000))
    np.testing.assert_allclose(again.camera((1000, 1000)).K, known.camera((1000, 1000)).K, atol=1e-9)
    assert again.settled_polarity is False
    assert again.origin("source_to_detector_mm") == "typed"
    assert again.source_to_detector_mm.explanation == "the C-arm OR 1"


def test_a_smaller_picture_shows_the_same_field():
    known = geometry()
    small = CArm.of("OR 1", known, (1000, 1000)).applied(XrayGeometry(), (500, 500)).camera((500, 500))
    expected = known.camera((1000, 1000)).bin(2)
    np.testing.assert_allclose(small.K, expected.K, atol=1e-9)
    np.testing.assert_allclose(small.pixel_spacing_mm, expected.pixel_spacing_mm)


def test_a_cropped_picture_is_refused():
    with pytest.raises(InputProblem, match=r"500 x 400 px has not the shape of the field of OR 1, 300 x 300 mm"):
        CArm.of("OR 1", geometry(), (1000, 1000)).applied(XrayGeometry(), (500, 400))


def test_the_schema_describes_what_is_written_and_refuses_what_is_refused():
    jsonschema = pytest.importorskip("jsonschema")
    text = (files("RayEmbRegistrationLib.files") / "schemas" / "c_arms.schema.json").read_text("utf-8")
    validator = jsonschema.Draft202012Validator(json.loads(text))
    validator.check_schema(json.loads(text))
    written = json.loads(
        c_arms_to_text([CArm("b", 1000.0, (300.0, 200.0), (1.0, -2.0), 270.0, True), CArm("A", 3.0, (1, 1))])
    )
    validator.validate(written)
    for wrong in ({"name": " "}, {"panel_mm": [300]}, {"rotation_deg": 45}, {"mirrored": 1}, {"source_to_detector_mm": 0}):
        damaged = written | {"c_arms": [written["c_arms"][0] | wrong]}
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(damaged)
        with pytest.raises(InputProblem):
            c_arms_from_text(json.dumps(damaged), "file")


def test_text_brings_them_back_by_name():
    arms = [CArm("b", 1000.0, (300.0, 200.0), (1.0, -2.0), 270.0, True, True), CArm("A", 360.0, (150.0, 150.0))]
    assert c_arms_from_text(c_arms_to_text(arms), "file") == [arms[1], arms[0]]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "JSON"),
        ('{"format": "rayemb-camera"}', "holds no C-arms"),
        ('{"format": "rayemb-c-arms", "format_version": 9, "c_arms": []}', "later version"),
        ('{"format": "rayemb-c-arms", "format_version": 1, "c_arms": [{"name": "x"}]}', "is damaged"),
        (c_arms_to_text([CArm("x", -5.0, (1.0, 1.0))]), "values that cannot be"),
        (c_arms_to_text([CArm("x", 1000.0, (1.0, 1.0), rotation_deg=45.0)]), "values that cannot be"),
        (c_arms_to_text([CArm("x", float("nan"), (1.0, 1.0))]), "values that cannot be"),
    ],
)
def test_what_is_no_list_of_c_arms_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(InputProblem, match=sentence):
        c_arms_from_text(text, "file.json")
