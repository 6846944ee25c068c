"""New metal in four X-rays: its shadows, the rod that casts them, the view that must show it, and what is written."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.application.metal_ct import METAL_HU
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.files.volumes import write_volume
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.rod import Rod
from RayEmbRegistrationLib.pose.joint.adjust import as_it_is
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import condition_view
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.reconstruction.metal.body import body_of
from RayEmbRegistrationLib.reconstruction.metal.finding import find_metal
from RayEmbRegistrationLib.reconstruction.metal.hull import hull_of, outline_of
from RayEmbRegistrationLib.reconstruction.metal.rods import fitted_rod, overlap
from RayEmbRegistrationLib.reconstruction.metal.shadows import metal_image
from RayEmbRegistrationLib.simulation.cases import write_case
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import CAMERA, line_integrals, moved, pelvis, view_of

DISTANCE_MM = 760.0


def place_at(degrees):
    """A camera turned about what the first looks at."""
    angle = np.radians(degrees)
    return RigidTransform.from_rotation_vector(
        (0, angle, 0), (-DISTANCE_MM * np.sin(angle), 0, DISTANCE_MM * (1 - np.cos(angle)))
    )


PLACES = [place_at(degrees) for degrees in (0, 45, 90, -45)]


@pytest.fixture(scope="module")
def hip():
    ct = pelvis()
    labels = np.isin(ct.labels, (PELVIS_LABELS["left hemipelvis"], PELVIS_LABELS["left femur"])).astype(np.int16)
    ct = replace(ct, labels=labels)
    used = np.argwhere(labels > 0)[:, ::-1]
    return ct.crop(used.min(axis=0) - 6, used.max(axis=0) + 7)


@pytest.fixture(scope="module")
def whole(hip):
    return view_of(hip, (12.0, -8.0, 3.0), (5.0, -6.0, DISTANCE_MM))


@pytest.fixture(scope="module")
def rod(hip):
    middle = hip.ras_from_index(np.argwhere(hip.labels > 0)[:, ::-1]).mean(axis=0)
    half = 45.0 * np.array([0.5, -0.3, 0.81])
    return Rod(np.stack([middle - half, middle + half]), 4.0)


def shot(hip, rod, pose, seed):
    mm = line_integrals(np.where(hip.labels > 0, decompose(hip)[0], 0), hip.ras_from_ijk, CAMERA, pose)
    steel = np.zeros_like(mm) if rod is None else rod.chords(CAMERA, pose)
    paths = MaterialPaths(np.maximum(mm - steel, 0), np.zeros_like(mm), steel)
    return simulate_xray(paths, SimulationSettings(display="log"), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def xrays(hip, whole, rod):
    """With the rod, and without."""
    return {
        shown: [shot(hip, rod if shown else None, place @ whole, number) for number, place in enumerate(PLACES)]
        for shown in (True, False)
    }


def found_in(hip, whole, images):
    views = [
        condition_view(XrayView.of_camera(x.pixels.astype(np.float32), CAMERA, bone_is_bright=True), place.matrix)
        for x, place in zip(images, PLACES, strict=False)
    ]
    prepared = prepare(hip, PrepareSettings(library=False))
    problem = Problem(tuple(views), prepared, Limits(prepared.center_ras))
    opened = [XrayView.of_camera(x.pixels.astype(np.float32), CAMERA, bone_is_bright=True) for x in images]
    with_metal = [metal_image(one, view.radiograph, view.camera_from_first) for one, view in zip(opened, views, strict=True)]
    corners = hip.ras_from_index(np.array([[0, 0, 0], np.array(hip.hu.shape[::-1]) - 1]))
    with torch.no_grad():
        joint, solved = as_it_is(problem, Poses.of(whole))
        return find_metal(problem, (joint, solved.state), with_metal, (corners.min(axis=0), corners.max(axis=0)))


def dice(one, other):
    k, j, i = np.nonzero(one.shares > 0)
    places = np.stack([i, j, k], axis=-1) * np.diag(one.ras_from_ijk)[:3] + one.ras_from_ijk[:3, 3]
    common = np.minimum(one.shares[k, j, i], other.shares_at(places)).sum()
    return 2 * common / (one.shares.sum() + other.shares.sum())


def test_chords_are_those_of_the_volume(rod, whole):
    body = body_of([rod], [])
    assert body.ml == pytest.approx(np.pi * rod.radius_mm**2 * rod.length_mm / 1000, rel=0.01)
    pose = PLACES[1] @ whole
    chords, paths = rod.chords(CAMERA, pose), body.paths(CAMERA, pose.matrix)
    assert chords.sum() == pytest.approx(paths.sum(), rel=0.02)
    assert np.abs(chords - paths)[chords > 6].mean() < 0.8  # of some 10 mm; cells of 1 mm
    across = Rod(np.array([[0.0, 0, 100], [0, 0, 150]]), 2.0)  # along the beam: its ends close it
    middle = np.array(CAMERA.image_size) // 2
    assert across.chords(CAMERA, RigidTransform())[middle[1], middle[0]] == pytest.approx(50, abs=0.1)


def test_a_rod_is_fitted_to_clean_shadows_with_a_gap(rod, whole):
    outlines = []
    for number, place in enumerate(PLACES):
        shadow = rod.chords(CAMERA, place @ whole) > 1.0
        if number == 1:
            shadow[:, shadow.any(axis=0).nonzero()[0][5:12]] = False  # dense bone before it
        outlines.append(outline_of(shadow, np.ones_like(shadow), CAMERA, (place @ whole).matrix))
    box = rod.ends_ras.min(axis=0) - 40, rod.ends_ras.max(axis=0) + 40
    pieces = hull_of(outlines, box, 2, 4)
    assert pieces
    fitted = fitted_rod(outlines, pieces[0])
    assert fitted is not None
    assert dice(body_of([rod], []), body_of([fitted], [])) > 0.9
    assert np.median(overlap(fitted, outlines)) > 0.8
    nothing = [outline_of(np.zeros_like(o.usable), o.usable, o.camera, o.camera_from_ras) for o in outlines]
    assert hull_of(nothing, box, 2, 4) == []


@pytest.fixture(scope="module")
def metal(hip, whole, xrays):
    return found_in(hip, whole, xrays[True])


def test_a_rod_is_found_and_a_view_that_took_no_part_shows_it(metal, rod):
    assert metal.is_accepted, metal.gate
    assert len(metal.body.rods) == 1
    assert dice(body_of([rod], []), metal.body) > 0.75
    assert metal.repeated > 0.75
    assert metal.body.per_mm > 0


def test_where_there_is_none_nothing_is_believed(hip, whole, xrays):
    assert not found_in(hip, whole, xrays[False]).is_accepted


def test_a_view_that_does_not_show_it_refuses(hip, whole, xrays):
    found = found_in(hip, whole, [*xrays[True][:3], xrays[False][3]])
    assert found.body is not None
    assert not found.is_accepted
    assert "left as it is" in found.gate.reason
    assert [shadow.mask.any() for shadow in found.shadows[:3]] == [True] * 3, "they are there to be shown"


def test_three_views_are_refused(hip, whole, xrays):
    with pytest.raises(InputProblem, match="needs 4 X-rays"):
        found_in(hip, whole, xrays[True][:3])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, hip, whole, xrays):
    folder = tmp_path_factory.mktemp("metal")
    write_volume(folder / "ct.nii.gz", hip.hu, hip.ras_from_ijk)
    for number, (place, xray) in enumerate(zip(PLACES, xrays[True], strict=True)):
        write_case(folder, f"v{number}", xray, CAMERA, place @ whole)
        path = folder / f"v{number}.geometry.json"
        write_json(path, json.loads(path.read_text()) | {"world_to_camera": place.matrix})
    start = moved(whole, hip.ras_from_index(np.array(hip.hu.shape[::-1]) / 2), (0.5, -0.5, 0.5), (1.0, -1.0, 3.0))
    write_json(folder / "start.json", {"ras_to_camera": start.matrix})
    return folder


def asked(folder, output, views):
    given = ["reconstruct", "--ct", str(folder / "ct.nii.gz"), "--init", str(folder / "start.json"), "--refine-only"]
    for number in range(views):
        given += ["--xray", str(folder / f"v{number}.png"), "--camera", str(folder / f"v{number}.geometry.json")]
    return [*given, "--allow", "residual", "--output", str(output)]


def test_the_command_adds_the_metal(folder, rod, capsys):
    import SimpleITK as sitk  # noqa: N813

    output = folder / "out"
    status = main(asked(folder, output, 4))
    said = capsys.readouterr()
    assert status == 0, said
    report = json.loads((output / "report.json").read_text())
    assert report["metal"]["accepted"]
    (told,) = report["metal"]["rods"]
    assert told["diameter_mm"] == pytest.approx(2 * rod.radius_mm, abs=1.0)
    assert told["length_mm"] == pytest.approx(rod.length_mm, abs=4.0)
    adjusted = open_ct(output / "adjusted_ct.nii.gz").volume
    places = adjusted.ras_from_index(np.argwhere(np.ones(adjusted.hu.shape, bool))[:, ::-1]).reshape(*adjusted.hu.shape, 3)
    true = rod.contains(places.reshape(-1, 3)).reshape(adjusted.hu.shape)
    new = adjusted.hu == METAL_HU
    assert 2 * (true & new).sum() / (true.sum() + new.sum()) > 0.75
    given = open_ct(folder / "ct.nii.gz").volume
    np.testing.assert_array_equal(adjusted.hu[~new], given.hu[~new])
    shares = sitk.GetArrayFromImage(sitk.ReadImage(str(output / "metal.nii.gz")))
    assert shares.shape == new.shape
    np.testing.assert_array_equal(shares >= 0.5, new)
    assert "new metal" in (output / "index.html").read_text()


def test_of_two_views_the_command_shows_the_shadow_and_adds_nothing(folder, rod, whole, capsys):
    output = folder / "two"
    assert main(asked(folder, output, 2)) == 3
    said = capsys.readouterr()
    assert "the place of metal does not follow from so few X-rays (2 of the 4 that are needed)" in said.out + said.err
    assert not (output / "adjusted_ct.nii.gz").exists()
    report = json.loads((output / "report.json").read_text())
    assert not report["trusted"]
    page = (output / "index.html").read_text()
    for number, place in enumerate(PLACES[:2]):
        (of,) = [one for one in report["metal"]["unplaced_shadows"] if f"v{number}" in one["xray"]]
        largest = of["shadows"][0]
        true = CAMERA.project((place @ whole).apply(rod.ends_ras))
        found = np.array(largest["ends_px"])
        off = min(np.abs(found - true).max(), np.abs(found[::-1] - true).max())
        assert off < 8, "its ends are where the rod's are drawn"
        depth = (place @ whole).apply(rod.ends_ras)[:, 2].mean()
        assert largest["width_mm"] == pytest.approx(2 * rod.radius_mm * DISTANCE_MM / depth, abs=1.5)
        picture = cv2.imread(str(output / f"shadow{number + 1}.png")).astype(int)
        drawn = (picture[..., 0] > picture[..., 2] + 60).nonzero()  # cyan lines; blue, green, red
        ends = (true + 0.5) * picture.shape[1] / CAMERA.width
        assert len(drawn[0]) > 100
        assert np.abs(np.array([drawn[1].mean(), drawn[0].mean()]) - ends.mean(axis=0)).max() < 20
    assert page.count("its shadow in") == 2


def test_where_nothing_casts_a_shadow_it_is_refused_in_words(hip, whole, folder, tmp_path, capsys):
    """The DRR of the CT itself: nothing in it is unexplained."""
    mm = line_integrals(np.where(hip.labels > 0, decompose(hip)[0], 0), hip.ras_from_ijk, CAMERA, whole)
    plain = simulate_xray(MaterialPaths(mm, np.zeros_like(mm)), SimulationSettings(display="log"), np.random.default_rng(0))
    write_case(tmp_path, "v0", plain, CAMERA, whole)
    given = asked(folder, tmp_path / "out", 1)
    given[given.index("--xray") + 1] = str(tmp_path / "v0.png")
    assert main(given) == 2
    assert "no X-ray shows a shadow of metal" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
