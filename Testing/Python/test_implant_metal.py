"""A known implant in two X-rays: its pose against the true one, what is written, and what is refused in words."""

from __future__ import annotations

import json

import numpy as np
import pytest
import test_metal as cases
from implant_shapes import chords, nail, stem, tube, write_stl
from RayEmbRegistrationLib.application.metal_ct import METAL_HU
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.bodies.implant import Implant
from RayEmbRegistrationLib.bodies.materials import material_named
from RayEmbRegistrationLib.bodies.surface import Surface, read_surface
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.files.volumes import write_volume
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.joint.adjust import Allowance
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.reconstruction.metal.hull import hull_of, outline_of
from RayEmbRegistrationLib.reconstruction.metal.implant import ImplantFitter
from RayEmbRegistrationLib.reconstruction.metal.known import check_unit
from RayEmbRegistrationLib.simulation.cases import write_case
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from registration_cases import CAMERA, line_integrals, moved

hip, whole = cases.hip, cases.whole
STEM = stem()
PLACES = [cases.PLACES[0], cases.PLACES[2]]  # from the front and from the side


@pytest.fixture(scope="module")
def truth(hip):
    """From the stem's own frame into the hip."""
    middle = hip.ras_from_index(np.argwhere(hip.labels > 0)[:, ::-1]).mean(axis=0)
    turn = RigidTransform.from_rotation_vector((0.7, -0.4, 2.2)).rotation
    return RigidTransform(turn, middle + np.array([6.0, -4.0, 9.0]) - turn @ STEM.center)


def shot(hip, truth, pose, seed):
    """The stem in the hip: where it is, no bone is."""
    mm = line_integrals(np.where(hip.labels > 0, decompose(hip)[0], 0), hip.ras_from_ijk, CAMERA, pose)
    steel = chords(STEM, CAMERA, pose @ truth)
    paths = MaterialPaths(np.maximum(mm - steel, 0), np.zeros_like(mm), steel)
    return simulate_xray(paths, SimulationSettings(display="log"), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def outlines(whole, truth):
    """Shadows without a fault."""
    return [
        outline_of(chords(STEM, CAMERA, place @ whole @ truth) > 0.5, np.ones((CAMERA.height, CAMERA.width), bool), *seen)
        for place in PLACES
        for seen in [(CAMERA, (place @ whole).matrix)]
    ]


@pytest.fixture(scope="module")
def pieces(outlines, hip):
    corners = hip.ras_from_index(np.array([[0, 0, 0], np.array(hip.hu.shape[::-1]) - 1]))
    return hull_of(outlines, (corners.min(axis=0), corners.max(axis=0)), 2, 4)


def test_chords_of_triangles_are_those_of_a_ball():
    angles = np.linspace(0.02, np.pi - 0.02, 30)
    ball = tube(
        np.stack([0 * angles, 0 * angles, -10 * np.cos(angles)], axis=1),
        np.repeat(10 * np.sin(angles)[:, None], 2, axis=1),
        48,
    )
    found = chords(ball, CAMERA, RigidTransform(translation=(0.13, 0.07, 700.0)))
    assert found.max() == pytest.approx(20, abs=0.3)
    pixel_mm = 700 / CAMERA.K[0, 0]
    assert found.sum() * pixel_mm**2 == pytest.approx(4 / 3 * np.pi * 1000, rel=0.03)


@pytest.mark.parametrize(
    ("scale", "words"), [(0.1, "its numbers may be in cm"), (1 / 25.4, "in inch"), (7.0, "look at its unit")]
)
def test_another_unit_is_told(pieces, scale, words):
    wrong = Implant("stem", Surface(STEM.points * scale, STEM.faces), material_named("steel"))
    with pytest.raises(InputProblem, match=words):
        check_unit(wrong, pieces)
    check_unit(Implant("stem", STEM, material_named("steel")), pieces)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, hip, whole, truth):
    folder = tmp_path_factory.mktemp("implant")
    write_volume(folder / "ct.nii.gz", hip.hu, hip.ras_from_ijk)
    for number, place in enumerate(PLACES):
        write_case(folder, f"v{number}", shot(hip, truth, place @ whole, number), CAMERA, place @ whole)
        path = folder / f"v{number}.geometry.json"
        write_json(path, json.loads(path.read_text()) | {"world_to_camera": place.matrix})
    start = moved(whole, hip.ras_from_index(np.array(hip.hu.shape[::-1]) / 2), (0.5, -0.5, 0.5), (1.0, -1.0, 3.0))
    write_json(folder / "start.json", {"ras_to_camera": start.matrix})
    write_stl(folder / "stem.stl", STEM)
    write_stl(folder / "nail.stl", nail())
    write_stl(folder / "open.stl", STEM, without=12)
    return folder


def asked(folder, output, implant, views=2):
    return [*cases.asked(folder, output, views), "--implant", implant]


def test_the_command_places_the_stem(folder, hip, truth, capsys):
    import SimpleITK as sitk  # noqa: N813

    output = folder / "out"
    status = main(asked(folder, output, f"{folder / 'stem.stl'}:steel"))
    said = capsys.readouterr()
    assert status == 0, said
    report = json.loads((output / "report.json").read_text())
    told = report["metal"]["implant"]
    found = RigidTransform.from_matrix(np.array(told["ras_from_implant"]))
    error = np.sqrt(((found.apply(STEM.points) - truth.apply(STEM.points)) ** 2).sum(axis=1).mean())
    assert error < 1.2
    assert error / told["expected_mm"] < 2.5
    assert min(told["overlaps"]) > 0.8
    assert not told["turned_deg"], "its sides differ"
    assert not told["reversed_alike"]
    assert "blocks of the images, each left out in turn, fit better" in report["reason"]
    # The transform and the surface are of that pose.
    read, lps = sitk.ReadTransform(str(output / "implant.tfm")), np.array([-1.0, -1, 1])
    point = STEM.points[40]
    np.testing.assert_allclose(np.array(read.TransformPoint(found.apply(point) * lps)) * lps, point, atol=1e-4)
    np.testing.assert_allclose(read_surface(output / "implant.vtp").center, found.apply(STEM.points).mean(axis=0), atol=12)
    surface = read_surface(output / "implant.vtp")
    assert surface.volume_mm3 == pytest.approx(STEM.volume_mm3, rel=0.01)
    adjusted = open_ct(output / "adjusted_ct.nii.gz").volume
    new = adjusted.ras_from_index(np.argwhere(adjusted.hu == METAL_HU)[:, ::-1])
    assert len(new) * abs(np.linalg.det(adjusted.ras_from_ijk[:3, :3])) == pytest.approx(STEM.volume_mm3, rel=0.15)
    np.testing.assert_allclose(new.mean(axis=0), truth.apply(ImplantFitter.center_of(STEM)), atol=1.0)
    assert "stem" in (output / "index.html").read_text()


@pytest.mark.parametrize(
    ("implant", "more", "words"),
    [
        ("stem.stl", [], "needs its material"),
        ("open.stl:steel", [], "open.stl"),
        ("stem.stl:steel", ["one view"], "a known implant needs 2 X-rays"),
        ("stem.stl:steel:m", [], "mm long"),
    ],
)
def test_bad_input_is_said_and_nothing_written(folder, implant, more, words, capsys):
    output = folder / "refused"
    assert main(asked(folder, output, str(folder / implant), 1 if more else 2)) == 2
    assert words in capsys.readouterr().err
    assert not output.exists()


def test_a_nail_that_is_a_stem_is_refused_and_the_shadows_are_shown(folder, capsys):
    output = folder / "nail"
    assert main(asked(folder, output, f"{folder / 'nail.stl'}:steel")) == 3
    said = capsys.readouterr()
    assert "nail does not fit the shadows of metal" in said.out + said.err
    told = json.loads((output / "report.json").read_text())["metal"]["implant"]
    assert np.median(told["overlaps"]) < 0.75
    assert told["turned_deg"] > 0, "a round nail's turn is not seen"
    assert (output / "shadow1.png").exists()
    assert not (output / "adjusted_ct.nii.gz").exists()
    assert not (output / "implant.tfm").exists()


def test_it_goes_with_residual_alone(folder, capsys):
    given = asked(folder, folder / "x", f"{folder / 'stem.stl'}:steel")
    given[given.index("residual")] = "warp"
    assert main(given) == 2
    assert "give --allow residual" in capsys.readouterr().err
    assert Allowance(("residual",)).implant is None
