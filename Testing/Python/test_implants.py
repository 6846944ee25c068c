"""Surface models in simulated X-rays, sequences, memory and doses of ``simulate``."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
import torch
from monte_carlo_cases import POSE, VIEW, ct_of, few
from RayEmbRegistrationLib.application.open_xray import open_xray
from RayEmbRegistrationLib.bodies.materials import MATERIALS, material_named
from RayEmbRegistrationLib.bodies.surface import Surface
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.files.camera import read_pose
from RayEmbRegistrationLib.geometry.c_arm import c_arm_of_camera_from_ras
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.monte_carlo.beam import JOULE_PER_KEV, monoenergetic
from RayEmbRegistrationLib.simulation.monte_carlo.body import body_of_ct
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
from RayEmbRegistrationLib.simulation.monte_carlo.dose import entrance_region, photons_per_steradian
from RayEmbRegistrationLib.simulation.monte_carlo.expose import expose
from RayEmbRegistrationLib.simulation.monte_carlo.implants import (
    Implant,
    Subject,
    body_of_implant,
    displaced,
    in_tables,
    mixed,
    share_in,
)
from RayEmbRegistrationLib.simulation.monte_carlo.primary import project_primary
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import HISTORY_BYTES, Effort, work_share
from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables
from RayEmbRegistrationLib.simulation.monte_carlo.workers import SceneParts

pytestmark = pytest.mark.usefixtures("one_thread")

CORNERS = np.array([[x, y, z] for x in (0.0, 1) for y in (0.0, 1) for z in (0.0, 1)])
# Two triangles a side, counter-clockwise from outside.
SIDES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7],
     [1, 7, 3]]
)  # fmt: skip


def block(size=(20.0, 20.0, 20.0), center=(0.0, 0, 0), material="titanium"):
    return Implant(Surface((CORNERS - 0.5) * size + center, SIDES), material_named(material))


@pytest.mark.parametrize("name", MATERIALS)
def test_what_stands_for_a_material_attenuates_as_it_does(name):
    table, density = in_tables(MATERIALS[name])
    for energy in (40, 50, 60, 70, 80, 100):
        ours = load_tables().attenuation(table)[energy - 5] * density / 10
        tolerance = 0.10 if name == "polyethylene" else 0.06
        assert ours == pytest.approx(MATERIALS[name].attenuation(energy), rel=tolerance)


def test_a_plate_lets_through_what_beer_and_lambert_say():
    plate = block((60.0, 4.0, 60.0))
    alone = body_of_implant(plate, 2.0)
    primary = project_primary(alone, VIEW, POSE, monoenergetic(60), Detector())
    passed = primary.signal[20, 24] / primary.open_signal[20, 24]
    assert passed == pytest.approx(np.exp(-plate.material.attenuation(60) * 4.0), rel=0.01)


def test_masses_are_kept_when_an_implant_is_mixed_into_voxels():
    body, plate = body_of_ct(ct_of(step=4.0, count=40)), block((31.0, 17.0, 45.0), (3.0, 5.0, 7.0))
    alone = body_of_implant(plate, 4.0)
    full = in_tables(plate.material)[1]
    share = share_in(body, alone, full)
    assert share.sum() * 4.0**3 == pytest.approx(31 * 17 * 45, rel=0.02)
    assert share.max() == pytest.approx(1, abs=1e-6)
    both = mixed(body, (plate,), (alone,))
    added = both.density - body.density
    assert added.sum() == pytest.approx((share * (full - body.density)).sum(), rel=1e-4)
    middle = np.round(np.linalg.inv(both.ras_from_ijk) @ (3, 5, 7, 1))[2::-1].astype(int)
    assert both.names[both.material[tuple(middle)]] == "titanium"
    less = displaced(body, (plate,), (alone,))
    assert less.density[tuple(middle)] == pytest.approx(0, abs=1e-3)


def test_an_implant_may_stick_out_of_the_ct_but_not_be_elsewhere():
    body, nail = body_of_ct(ct_of(), 8.0), block((10.0, 10.0, 300.0))
    both = mixed(body, (nail,), (body_of_implant(nail, 8.0),))
    assert both.density.shape[0] * 8 >= 300
    for axis in range(3):
        assert np.linalg.norm(both.ras_from_ijk[:3, axis]) == pytest.approx(8)
    far = block(center=(0.0, 0, 3000.0))
    with pytest.raises(InputProblem, match="CT's RAS"):
        mixed(body, (far,), (body_of_implant(far, 8.0),))


def test_an_implant_casts_its_shadow_where_it_is(two_shares):
    exposure = few(400, focal_spot_mm=0.0)
    steel = expose(Subject(ct_of(), (block((20.0, 20.0, 20.0), (0.0, 0, 30.0), "steel"),)), VIEW, POSE, exposure)
    plain = project_primary(body_of_ct(ct_of()), VIEW, POSE, exposure.beam.spectrum(), exposure.detector)
    dark = steel.primary / plain.signal * plain.open_signal[20, 24] < 0.2
    row, column = VIEW.project(POSE.apply(np.array([0.0, 0, 30.0])))[::-1]
    rows, columns = np.nonzero(dark)
    assert np.hypot(rows.mean() - row, columns.mean() - column) < 0.7
    shadow = (20.0 * 1000 / 690 / 5) ** 2
    assert 0.6 * shadow < dark.sum() < 1.3 * shadow


def test_a_history_takes_no_more_memory_than_is_said():
    scene = SceneParts(body_of_ct(ct_of(), 8.0), VIEW, POSE, Detector(), monoenergetic(60)).scene()
    with torch.profiler.profile(profile_memory=True, record_shapes=False) as profiler:
        work_share(scene, 0, 0, 500)
    now = peak = 0
    for event in profiler.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    assert 0 < peak < 500 * HISTORY_BYTES
    assert tracemalloc.is_tracing() is False


def test_entrance_dose_is_that_of_first_collisions_and_backscatter():
    """Of 60 keV in water: kerma of the open beam times what the body sends back, 1.2 to 1.6 for a field of 20 cm.

    Backscatter factors of water, 20 x 20 cm, HVL 3 to 5 mm Al: 1.35 to 1.45 (ICRU Report 74, 2005). The mean over 8 mm of a
    cylinder of soft tissue lies below the surface's.
    """
    exposure = replace(few(), effort=Effort(4000, None, smoothing=0.0, share=500))
    radiograph = expose(ct_of(), VIEW, POSE, exposure)
    mean, error = radiograph.entrance_mgy
    assert 0 < error < 0.2 * mean
    per_steradian = photons_per_steradian(radiograph.photons_per_pixel, VIEW)
    tables, spectrum = load_tables(), exposure.beam.spectrum()
    kerma_kev = (spectrum * tables.energies * tables.energy_absorption[tables.row("water")]).sum()  # keV cm2 / g a photon
    at_skin = per_steradian / (640.0 / 10) ** 2  # photons a cm2, 640 mm from the source
    kerma_mgy = at_skin * kerma_kev * JOULE_PER_KEV * 1000 * 1000
    assert 0.9 * kerma_mgy < mean < 1.5 * kerma_mgy


def test_the_entrance_is_what_the_central_ray_meets_first(two_shares):
    body = body_of_ct(ct_of(), 8.0)
    region = entrance_region(body, POSE)
    points = np.argwhere(region)[:, ::-1] @ body.ras_from_ijk[:3, :3].T + body.ras_from_ijk[:3, 3]
    depth = POSE.apply(points)[:, 2]
    assert depth.min() < 650
    assert depth.max() < 665
    aside = few(photons=400)
    away = type(POSE)(POSE.rotation, POSE.translation + np.array([90.0, 0, 0]))
    assert expose(ct_of(), VIEW, away, aside).entrance_mgy is None


@pytest.fixture
def ct_file(tmp_path):
    image = sitk.GetImageFromArray(ct_of().hu)
    image.SetSpacing((8.0, 8.0, 8.0))
    image.SetOrigin((-76.0, -76.0, -76.0))
    sitk.WriteImage(image, str(tmp_path / "ct.nii.gz"))
    return tmp_path / "ct.nii.gz"


@pytest.fixture
def nail_file(tmp_path):
    path = tmp_path / "nail.stl"
    triangles = block((12.0, 12.0, 90.0)).surface.points[SIDES]
    facets = [
        "facet normal 0 0 0\nouter loop\n"
        + "".join(f"vertex {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in triangle)
        + "endloop\nendfacet\n"
        for triangle in triangles
    ]
    path.write_text(f"solid nail\n{''.join(facets)}endsolid nail\n")
    return path


def simulate(ct_file, output, *more):
    quick = ("--photons", "400", "--size", "40")
    return main(["simulate", "--ct", str(ct_file), *quick, "--output", str(output), "--device", "cpu", *more])


def test_a_sequence_is_one_file_a_pose(two_shares, ct_file, tmp_path, capsys):
    angles = [(0.0, 0.0), (20.0, -5.0), (40.0, 10.0)]
    words = [word for pair in angles for word in ("--angles", *map(str, pair))]
    assert simulate(ct_file, tmp_path / "run.dcm", *words) == 0
    for number, (primary, secondary) in enumerate(angles, start=1):
        view, truth = open_xray(tmp_path / f"run_{number:03d}.dcm"), read_pose(tmp_path / f"run_{number:03d}.truth.json")
        found = c_arm_of_camera_from_ras(truth)
        assert (found.primary_deg, found.secondary_deg) == pytest.approx((primary, secondary), abs=1e-9)
        assert view.geometry.angles_deg[:2] == pytest.approx((primary, secondary), abs=1e-9)
    poses = [str(tmp_path / f"run_{number:03d}.truth.json") for number in (1, 3)]
    assert simulate(ct_file, tmp_path / "again.nii.gz", "--pose", *poses) == 0
    assert (tmp_path / "again_002.nii.gz").exists()
    assert (tmp_path / "again_002.camera.json").exists()
    assert np.allclose(read_pose(tmp_path / "again_002.truth.json").matrix, read_pose(poses[1]).matrix)
    assert "entrance dose" in capsys.readouterr().out


def test_a_body_and_a_display_from_the_command_line(two_shares, ct_file, nail_file, tmp_path):
    common = ("--angles", "0", "0", "--display", "log")
    assert simulate(ct_file, tmp_path / "plain.dcm", *common) == 0
    assert simulate(ct_file, tmp_path / "nail.dcm", *common, "--body", f"{nail_file}:steel") == 0
    plain, nail = (open_xray(tmp_path / f"{name}.dcm") for name in ("plain", "nail"))
    assert plain.intensity == nail.intensity == "log"
    assert nail.pixels[20, 20] < plain.pixels[20, 20] - 5000
    assert abs(nail.pixels[3, 3] - plain.pixels[3, 3]) < 3000
    truth = json.loads((tmp_path / "nail.truth.json").read_text())
    mean, error = truth["entrance_dose_mgy"]
    assert 0 < error < mean


def test_memory_changes_the_shares_and_not_the_effort(two_shares, ct_file, tmp_path, monkeypatch):
    from RayEmbRegistrationLib.command_line import simulate as verb

    seen = []
    own = verb.exposure_of
    monkeypatch.setattr(verb, "exposure_of", lambda arguments: seen.append(own(arguments)) or seen[-1])
    assert simulate(ct_file, tmp_path / "x.png", "--angles", "0", "0", "--memory", "8MB") == 0
    assert seen[0].effort == Effort(400, None, 0, share=int(8e6 / HISTORY_BYTES))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--memory", "lots"), "must be a size"),
        (("--memory", "1MB"), "or more"),
        (("--body", "ct.nii.gz"), "surface model"),
        (("--body", "nothing.stl:steel"), "nothing.stl"),
        (("--body", "nothing.stl:cheese"), "cheese"),
        (("--angles", "0", "95"), "--angles"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(ct_file, tmp_path, more, sentence, capsys):
    before = sorted(tmp_path.iterdir())
    assert simulate(ct_file, tmp_path / "x.png", "--angles", "0", "0", *more) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
