"""Targets in the result file: written and read, the table, and what is said of files that are not right."""

import csv
import json

import numpy as np
import pytest
from RayEmbRegistrationLib.files.result import ResultFile, ViewRecord
from RayEmbRegistrationLib.files.result_file import read_result, write_result
from RayEmbRegistrationLib.files.targets import TargetInView, TargetRecord, spread_of, write_targets
from RayEmbRegistrationLib.geometry.uncertainty import ELLIPSE_95
from RayEmbRegistrationLib.problems import InputProblem
from target_cases import CENTER_RAS, PLAIN, beside, biplane, narrow_and_deep, oblique


def record(known: bool = True) -> TargetRecord:
    points = np.stack([CENTER_RAS, beside(20, -5, 30)])
    uncertainty = narrow_and_deep() if known else None
    views = tuple(TargetInView.of(n, sight, points, uncertainty) for n, sight in enumerate(biplane(), start=1))
    return TargetRecord("Screw", "line", "2", points, spread_of(points, biplane()[0], uncertainty), views)


def result(*targets) -> ResultFile:
    return ResultFile((ViewRecord("a.png", oblique(), PLAIN), ViewRecord("b.png", oblique(), PLAIN)), targets=targets)


@pytest.mark.parametrize("known", [True, False])
def test_targets_come_back_from_the_file(tmp_path, known):
    written = record(known)
    write_result(tmp_path / "result.json", result(written))
    (again,) = read_result(tmp_path / "result.json").targets
    assert (again.name, again.kind, again.bone) == ("Screw", "line", "2")
    np.testing.assert_allclose(again.points_ras, written.points_ras)
    np.testing.assert_allclose(again.std_mm, written.std_mm)
    for one, other in zip(again.views, written.views, strict=True):
        assert one.xray == other.xray
        for name in ("points_px", "points_mm", "error_95_mm"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name))


def test_the_file_is_as_the_schema_says(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    from importlib.resources import files

    write_result(tmp_path / "result.json", result(record(), record(False)))
    schema = json.loads((files("RayEmbRegistrationLib.files") / "schemas" / "result.schema.json").read_text())
    jsonschema.validate(json.loads((tmp_path / "result.json").read_text()), schema)


def test_pixels_millimetres_and_errors_belong_together():
    view = record().views[0]
    np.testing.assert_allclose(view.points_mm, view.points_px * PLAIN.pixel_spacing_mm)
    sight = biplane()[0]
    covariance = sight.drawn_covariance(record().points_ras, narrow_and_deep())[0]
    spacing = np.diag(PLAIN.pixel_spacing_mm)
    largest = np.sqrt(np.linalg.eigvalsh(spacing @ covariance @ spacing)[-1])
    assert view.error_95_mm[0] == pytest.approx(ELLIPSE_95 * largest)


def test_the_table_has_a_line_for_each_point_on_each_xray(tmp_path):
    write_targets(tmp_path / "targets.csv", [record(), record(False)], {1: "front", 2: "side"})
    lines = list(csv.DictReader((tmp_path / "targets.csv").open(encoding="utf-8")))
    assert len(lines) == 8
    assert [line["xray"] for line in lines[:2]] == ["front", "side"]
    assert float(lines[0]["column_px"]) == pytest.approx(record().views[0].points_px[0, 0], abs=1e-3)
    assert float(lines[0]["error_95_mm"]) > 0
    assert lines[-1]["error_95_mm"] == lines[-1]["std_r_mm"] == ""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"points_ras": [[1, 2]]}, "points_ras .* rows of 3 numbers"),
        ({"points_ras": None}, "points_ras .* rows of 3 numbers"),
        ({"std_mm": [["a", 1, 2]]}, "std_mm"),
        ({"views": [{"xray": 1, "points_px": [], "points_mm": [], "error_95_mm": 3}]}, "error_95_mm .* list of numbers"),
        ({"name": 4}, "name .* text"),
    ],
)
def test_what_is_not_right_is_said(tmp_path, damage, said):
    path = tmp_path / "result.json"
    write_result(path, result(record()))
    content = json.loads(path.read_text())
    content["targets"][0].update(damage)
    path.write_text(json.dumps(content))
    with pytest.raises(InputProblem, match=said):
        read_result(path)
