"""X-rays by Monte Carlo as they are made, split, written, and refused."""

import argparse
import json
import os

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from long_form import short_or_long
from monte_carlo_cases import POSE, VIEW, always_killed, ct_of, few, killing, parts
from RayEmbRegistrationLib.application.open_xray import open_xray
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.command_line.numbers import whole_number
from RayEmbRegistrationLib.files.camera import read_pose
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Cancelled
from RayEmbRegistrationLib.simulation.monte_carlo import workers
from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam, dose_area_product, monoenergetic, parse_filters
from RayEmbRegistrationLib.simulation.monte_carlo.body import body_of_ct
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector, Grid
from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure, expose
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort, Share, merge, scatter_map
from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables
from RayEmbRegistrationLib.simulation.monte_carlo.workers import worker_of

pytestmark = pytest.mark.usefixtures("one_thread")


def test_hounsfield_units_give_their_attenuation_at_70_kev():
    ct = ct_of()
    body, tables = body_of_ct(ct), load_tables()
    mass = np.array([tables.attenuation(name)[65] for name in body.names])
    relative = body.density * mass[body.material] / tables.attenuation("water")[65]
    tissue = ct.hu > -900
    assert relative[tissue] == pytest.approx(1 + ct.hu[tissue] / 1000, rel=1e-5)


def test_coarse_bodies_keep_their_mass_and_place():
    fine, coarse = body_of_ct(ct_of(step=4.0, count=40)), body_of_ct(ct_of(step=4.0, count=40), 8.0)
    assert coarse.density.shape == (20, 20, 20)
    for body in (fine, coarse):
        assert body.ras_from_ijk @ [*((np.array(body.density.shape) - 1) / 2), 1] == pytest.approx([0, 0, 0, 1])
    masses = [body.density.sum() * np.linalg.det(body.ras_from_ijk[:3, :3]) for body in (fine, coarse)]
    assert masses[1] == pytest.approx(masses[0], rel=0.02)  # by mixed voxels, whose material is one of both


def test_labels_make_soft_voxels_of_a_bone_spongy_and_keep_fat_attenuation_and_all_else():
    plain = ct_of(count=21)  # blocks of two at the end are incomplete
    hu = plain.hu.copy()
    hu[:, :, -1] = 40
    hu[5:9, 8:12, 8:12] = -80  # yellow marrow
    labels = np.zeros(hu.shape, np.uint8)
    labels[:, 8:12, 6:12] = labels[:, :, -1] = 3
    bare, named = (body_of_ct(CTVolume(hu, plain.ras_from_ijk, given)) for given in (None, labels))
    soft, spongy = named.names.index("soft"), named.names.index("spongy")
    changed = (labels > 0) & (bare.material == soft)
    assert changed.any()
    assert (named.material == np.where(changed, spongy, bare.material)).all()
    mass = np.array([load_tables().attenuation(name)[65] for name in named.names])
    assert named.density * mass[named.material] == pytest.approx(bare.density * mass[bare.material], rel=1e-5)
    coarse = body_of_ct(CTVolume(hu, plain.ras_from_ijk, labels), 16.0)
    assert coarse.material[2, 4, 3] == spongy  # a block within the label
    assert coarse.material[2, 4, 2] == soft  # none of it
    assert coarse.material[2, 4, -1] == coarse.names.index("lung")  # half of it is beyond the CT: -480 HU


def test_an_xray_is_the_same_for_the_same_seed_and_adds_up(two_shares):
    first, again = (expose(ct_of(), VIEW, POSE, few()) for _ in range(2))
    assert np.array_equal(first.pixels, again.pixels)
    assert first.pixels.dtype == np.uint16
    assert first.pixels.shape == (40, 48)
    mean = (first.primary + first.scatter) * 0.8 * 65535
    assert np.abs(first.pixels - mean).mean() < 0.03 * mean.mean()  # what is left is noise of 20000 photons, and blur
    assert first.primary[20, 24] < 0.3
    assert first.scatter.min() >= 0
    assert first.imparted_mj[0] > 20 * first.imparted_mj[1] > 0


def test_a_grid_lowers_scatter_over_primary(two_shares):
    without, with_grid = (expose(ct_of(), VIEW, POSE, few(600, detector=Detector(grid=grid))) for grid in (None, Grid(10)))
    assert np.median(with_grid.scatter_to_primary) < 0.6 * np.median(without.scatter_to_primary)


@pytest.mark.parametrize(("photons", "shares"), [(1, 2), (9, 5), (2000, 8), (20_000, 8), (100_000, 20)])
def test_few_photons_are_followed_in_shares_enough_to_tell_their_error(photons, shares):
    """By the spread of two, the error of a dose was a third of what it is, or three times it, as often as not."""
    asked, effort = [], Effort(photons, None)

    def worker(numbers):
        asked.extend(numbers)
        return (Share(number, effort.share_histories, np.ones((2, 2)), (1.0, 0.5, 0.5)) for number in numbers)

    assert scatter_map(effort, worker, lambda *_: None).histories >= photons
    assert len(asked) == shares


def test_the_error_is_driven_to_what_is_asked():
    exposure = Exposure(effort=Effort(None, 0.3, share=100), cells=8)
    radiograph = expose(ct_of(), VIEW, POSE, exposure)
    assert 0.05 < radiograph.map.relative_error <= 0.3
    assert radiograph.map.histories >= 800


@pytest.mark.parametrize("half_mm", [40.0, 70.0])
def test_an_automatic_exposure_has_the_same_noise_behind_any_body(two_shares, half_mm):
    """5000 photons detected a mm2; without it a pelvis drowned in noise and was not registered."""
    camera = Camera.from_detector((48, 40), (0.5, 0.5), 1000.0)
    taken = expose(ct_of(half_mm), camera, POSE, few(400, blur_px=0.0, focal_spot_mm=0.0))
    noise = taken.pixels / ((taken.primary + taken.scatter) * 0.8 * 65535) - 1
    assert np.std(noise) == pytest.approx((5000 * 0.5**2) ** -0.5, rel=0.1)
    more = expose(ct_of(half_mm), camera, POSE, few(400, photons_per_pixel=2 * taken.photons_per_pixel))
    assert more.dose_area_product_gy_cm2 == pytest.approx(2 * taken.dose_area_product_gy_cm2)


def test_a_dose_that_no_photon_told_is_not_said():
    assert expose(ct_of(), VIEW, POSE, few(photons=2)).entrance_mgy is None


def test_dose_area_product_of_one_energy():
    # 60 keV: 0.03041 cm2/g of air (NIST); a photon a cm2 gives 60 x 0.03041 keV/g.
    assert dose_area_product(monoenergetic(60), 1e9) == pytest.approx(1e9 * 60 * 0.03041 * 1.602e-13, rel=0.005)


def test_shares_merge_exactly_and_none_counts_twice():
    rng = np.random.default_rng(0)
    shares = [Share(number, 10, rng.random((3, 3)), (2.0, 1.0, 1.0)) for number in range(5)]
    whole = merge(shares)
    shuffled = merge([shares[index] for index in (3, 0, 4, 0, 2, 1, 3)])
    assert np.array_equal(whole.signal, shuffled.signal)
    assert np.array_equal(whole.error, shuffled.error)
    assert shuffled.histories == 50


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_lost_worker_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MONTE_CARLO_MARK", str(tmp_path / "killed"))
    alone, together = parts(), parts()
    with worker_of(alone, seed=4) as worker:
        expected = merge(list(worker(list(range(6)))))
    monkeypatch.setattr(workers, "_work", killing)
    with worker_of(together, seed=4, processes=2) as worker:
        shares = list(worker(list(range(6))))
    assert (tmp_path / "killed").exists()
    assert sorted(share.number for share in shares) == list(range(6))
    assert shares[0].histories == expected.histories // 6
    assert np.array_equal(merge(shares).signal, expected.signal)


def test_processes_that_always_end_are_said(monkeypatch):
    monkeypatch.setattr(workers, "_work", always_killed)
    monkeypatch.setattr(workers, "_MOST_LOSSES", 0)
    with pytest.raises(InputProblem, match="ended 1 times"), worker_of(parts(), seed=4, processes=2) as worker:
        list(worker([0, 1]))


def test_it_can_be_stopped():
    def stop(share, stage):
        if "scatter" in stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        expose(ct_of(), VIEW, POSE, few(), progress=stop)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: expose(CTVolume(np.full((9, 9, 9), -1000), np.eye(4)), VIEW, POSE), "no tissue"),
        (lambda: expose(ct_of(), VIEW, RigidTransform(np.eye(3), np.zeros(3))), "inside the body"),
        (lambda: expose(ct_of(), VIEW, RigidTransform(np.eye(3), np.array([0, 0, -500.0]))), "behind the X-ray source"),
        (lambda: expose(ct_of(), VIEW, RigidTransform(np.eye(3), np.array([0, 0, 970.0]))), "behind the detector"),
        (lambda: Effort(0, None), "number of photons"),
        (lambda: Effort(None, 0.0), "error"),
        (lambda: Effort(10, 0.1), "either"),
        (lambda: Beam(20), "between 40 and 140"),
        (lambda: Beam(200), "between 40 and 140"),
        (lambda: Beam(80, (("cheese", 1.0),)), "no material"),
        (lambda: Beam(80, (("copper", 1e5),)).spectrum(), "nothing"),
        (lambda: monoenergetic(3), "5 to 150"),
        (lambda: parse_filters("Al three"), "not understood"),
        (lambda: Detector("film"), "no detector"),
        (lambda: Grid(ratio=0), "grid"),
        (lambda: Grid(ratio=np.inf), "ratio must not be above 100"),
        (lambda: Exposure(photons_per_pixel=0), "positive"),
        (lambda: scatter_map(Effort(None, 1e-4), noisy, lambda *_: None), "cannot be brought"),
        (lambda: expose(ct_of(), VIEW, RigidTransform(np.eye(3), np.array([900.0, 0, 700])), few()), "not in the beam"),
    ],
)
def test_what_cannot_be_is_said(wrong, sentence):
    with pytest.raises(InputProblem, match=sentence):
        wrong()


def noisy(numbers):
    return iter(Share(number, 1, np.full((2, 2), 1.0 + 9 * (number == 0)), (1.0, 0.0, 1.0)) for number in numbers)


def test_filters_as_written():
    assert parse_filters("Al 3, Cu 0.1") == (("aluminium", 3.0), ("copper", 0.1))
    assert Beam(80, parse_filters("Cu 0.3")).spectrum().argmax() > Beam(80, ()).spectrum().argmax()


@pytest.fixture
def ct_file(tmp_path):
    ct = ct_of()
    image = sitk.GetImageFromArray(ct.hu)
    image.SetSpacing((8.0, 8.0, 8.0))
    image.SetOrigin((-76.0, -76.0, -76.0))
    sitk.WriteImage(image, str(tmp_path / "ct.nii.gz"))
    return tmp_path / "ct.nii.gz"


def simulate(ct_file, output, *more):
    quick = ("--photons", "400", "--size", "40", "--kvp", "75", "--filter", "Al 3, Cu 0.1")
    return main(["simulate", "--ct", str(ct_file), *quick, "--output", str(output), "--device", "cpu", *more])


@pytest.mark.parametrize("angles", short_or_long([(35.25, -12.5), (180, 20)], [(0, 0), (35.25, -12.5), (-90, 0), (180, 20)]))
def test_a_dicom_xray_is_read_back_exactly(two_shares, ct_file, tmp_path, angles):
    assert simulate(ct_file, tmp_path / "x.dcm", "--angles", *map(str, angles), "--isocenter", "1", "2", "3") == 0
    view, truth = open_xray(tmp_path / "x.dcm"), read_pose(tmp_path / "x.truth.json")
    assert view.geometry.angles_deg[:2] == pytest.approx(angles, abs=1e-9)
    tags = view.geometry
    pose = camera_from_ras_of_c_arm(*tags.angles_deg, np.array([1.0, 2, 3]), tags.source_to_isocenter_mm.value)
    points = np.random.default_rng(0).uniform(-60, 60, (50, 3))
    meant = Camera.from_detector((40, 40), (7.0, 7.0), 1020.0)
    assert view.camera.project(pose.apply(points)) == pytest.approx(meant.project(truth.apply(points)), abs=1e-6)
    assert tags.principal_point_px.origin == "derived", "an assumed one is not trusted for places in space"
    assert not view.camera.is_mirrored
    assert view.polarity_hint is False
    assert view.intensity == "raw"
    raw = pydicom.dcmread(tmp_path / "x.dcm")
    assert np.array_equal(raw.pixel_array.shape, (40, 40))
    assert (raw.Modality, float(raw.KVP)) == ("XA", 75.0)
    assert "not for clinical use" in raw.ImageComments


@pytest.mark.parametrize("ending", [".png", ".nii.gz", ".NII"])
def test_an_image_has_its_camera_beside_it(two_shares, ct_file, tmp_path, ending):
    assert simulate(ct_file, tmp_path / f"x{ending}", "--angles", "10", "5") == 0
    view = open_xray(tmp_path / f"x{ending}", tmp_path / "x.camera.json")
    assert view.pixels.shape == (40, 40)
    assert view.bone_is_bright is False
    truth = json.loads((tmp_path / "x.truth.json").read_text())
    assert truth["kvp"] == 75
    assert "not for clinical use" in truth["note"]


def test_photons_may_be_given_as_people_write_large_numbers():
    assert [whole_number(text) for text in ("1e6", "1000000", "2.5e3")] == [1_000_000, 1_000_000, 2500]
    for wrong in ("1.5", "many", "inf", "nan"):
        with pytest.raises(argparse.ArgumentTypeError, match="not a whole number"):
            whole_number(wrong)
