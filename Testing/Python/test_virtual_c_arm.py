"""A virtual C-arm: where it stands, what it sees live, and how CTs without soft tissue get a trunk."""

import dataclasses

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.application.virtual_xray import MOVING_PX, LiveBody, Technique
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.geometry.c_arm import beam_of_c_arm
from RayEmbRegistrationLib.geometry.virtual_c_arm import STANDARD_VIEWS, CArm
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.monte_carlo.expose import Exposure, _stored
from RayEmbRegistrationLib.simulation.monte_carlo.outline import NOTE, with_outline
from RayEmbRegistrationLib.simulation.siddon_reference import siddon_line_integrals

TO_LEFT, TO_FRONT, TO_HEAD = np.array([-1.0, 0, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1])


@pytest.mark.parametrize("name", STANDARD_VIEWS)
def test_the_central_ray_passes_the_isocenter(name):
    primary, secondary = STANDARD_VIEWS[name]
    c_arm = CArm(primary, secondary, 12.0, (10.0, -20.0, 30.0), 700.0, 1000.0, 300.0, 200)
    seen = c_arm.pose.apply(np.array(c_arm.isocenter_ras))
    assert seen == pytest.approx([0, 0, 700.0], abs=1e-9)
    assert c_arm.camera().project(seen) == pytest.approx([99.5, 99.5])
    assert c_arm.camera(50).field_of_view_mm == pytest.approx(c_arm.camera().field_of_view_mm)


def test_usual_views_are_what_surgeons_call_them():
    """By where the receptor stands, and by where the beam goes."""
    beams = {name: beam_of_c_arm(*angles) for name, angles in STANDARD_VIEWS.items()}
    assert beams["ap"] == pytest.approx(-TO_FRONT)
    assert beams["pa"] == pytest.approx(TO_FRONT)
    assert beams["lateral"] == pytest.approx(TO_LEFT)
    assert np.degrees(np.arcsin(-beams["inlet"] @ TO_HEAD)) == pytest.approx(40), "towards the feet"
    assert np.degrees(np.arcsin(beams["outlet"] @ TO_HEAD)) == pytest.approx(40), "towards the head"
    for name in ("inlet", "outlet"):
        assert beams[name] @ TO_FRONT < -0.7, "from in front"
    # The right side is raised towards the source: the beam comes from the patient's right front and goes to the left back.
    assert beams["obturator oblique right"] == pytest.approx((TO_LEFT - TO_FRONT) / np.sqrt(2))
    assert beams["obturator oblique left"] == pytest.approx((-TO_LEFT - TO_FRONT) / np.sqrt(2))


def test_a_c_arm_moved_by_its_pose_is_found_again():
    there = CArm(30.0, -12.0, 5.0, (10.0, -20.0, 30.0), 700.0)
    assert dataclasses.astuple(CArm(source_to_isocenter_mm=700.0).moved_to(there.pose))[:3] == pytest.approx((30, -12, 5))
    assert CArm(source_to_isocenter_mm=700.0).moved_to(there.pose).isocenter_ras == pytest.approx(there.isocenter_ras)


def test_its_geometry_is_told_whole():
    c_arm = CArm(30.0, -12.0, 5.0, (10.0, -20.0, 30.0), 700.0, 1000.0)
    geometry = c_arm.geometry(bone_is_bright=False, tube_voltage_kv=75.0)
    assert not geometry.missing
    np.testing.assert_allclose(geometry.camera().K, c_arm.camera().K)
    assert geometry.angles_deg == (30.0, -12.0, 5.0)
    assert geometry.settled_polarity is False
    assert geometry.value("tube_voltage_kv") == 75.0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"source_to_isocenter_mm": 1100.0}, "between source and detector"),
        ({"source_to_isocenter_mm": 0.0}, "between source and detector"),
        ({"secondary_deg": 91.0}, "angles"),
        ({"primary_deg": float("nan")}, "numbers"),
        ({"field_mm": 0.0}, "detector"),
        ({"pixels": 1}, "detector"),
    ],
)
def test_no_c_arm_stands_so(wrong, sentence):
    with pytest.raises(InputProblem, match=sentence):
        CArm(**wrong)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kvp": 20.0}, "40 and 140"),
        ({"filters": "Pb 1"}, "not understood"),
        ({"filters": "Cu 100000"}, "nothing of the beam"),
        ({"scatter_error": 0.0}, "error"),
        ({"photons_per_pixel": 0.0}, "positive"),
        ({"grid_ratio": 0.0}, "grid"),
    ],
)
def test_no_console_says_so(wrong, sentence):
    with pytest.raises(InputProblem, match=sentence):
        Technique(**wrong).exposure()


def rod_in_air(step=2.0, count=40):
    where = (np.arange(count) - (count - 1) / 2) * step
    _, y, x = np.meshgrid(where, where, where, indexing="ij")
    hu = np.full((count,) * 3, -1000.0, np.float32)
    hu[x**2 + y**2 < 30**2] = 40
    hu[(x - 15) ** 2 + y**2 < 6**2] = 900
    matrix = np.diag([step, step, step, 1.0])
    matrix[:3, 3] = where[0]
    return CTVolume(hu, matrix)


@pytest.mark.parametrize("pixels", [MOVING_PX // 4, 2 * MOVING_PX // 4])
def test_a_live_picture_is_the_line_integral_by_another_projector(pixels):
    torch.set_num_threads(1)
    ct = rod_in_air()
    c_arm = CArm(100.0, 7.0, 0.0, (0.0, 0, 0), 700.0, 1000.0, 140.0)
    picture = LiveBody(ct).picture(c_arm, pixels)
    reference = siddon_line_integrals(attenuation_from_hu(ct.hu), ct.ras_from_ijk, c_arm.camera(pixels), c_arm.pose)
    # Voxels that are constant and voxels between which it is interpolated differ at edges; their mean error is small.
    assert np.abs(picture.pixels + reference).mean() < 0.03 * reference.mean()
    assert np.corrcoef(picture.pixels.ravel(), reference.ravel())[0, 1] < -0.99
    low, high = picture.window
    assert picture.pixels.min() <= low < high <= 0


def test_air_is_left_out_of_live_pictures():
    ct = rod_in_air()
    noisy = CTVolume(np.where(ct.hu < -900, -970.0, ct.hu).astype(np.float32), ct.ras_from_ijk)
    one, other = (LiveBody(each).picture(CArm(), 64).pixels for each in (ct, noisy))
    assert one == pytest.approx(other)


def test_a_masked_ct_gets_a_trunk_and_another_none():
    ct = rod_in_air()
    assert with_outline(ct) == (ct, None)
    masked = CTVolume(np.where(ct.hu < 200, 0, ct.hu), ct.ras_from_ijk)
    found, note = with_outline(masked)
    assert note == NOTE
    assert (found.hu == masked.hu)[masked.hu > 200].all(), "bone stays"
    corner, beside = found.hu[:, 0, 0], found.hu[20, 20, 30]
    assert (corner == -1000).all()
    assert beside == 0, "tissue about the bone"
    fluid = CTVolume(np.zeros((8, 8, 8), np.float32), np.eye(4))
    assert with_outline(fluid) == (fluid, None), "without bone there is nothing to draw about"


def test_the_display_curve_is_monotone_and_its_inverse_gives_the_beam():
    share = np.array([0.0, 1 / 65535, 0.001, 0.1, 0.8, 1.0, 3.0])
    raw, log = _stored(share, "raw"), _stored(share, "log")
    assert raw.tolist() == [0, 1, 66, 6554, 52428, 65535, 65535]
    assert (np.diff(log.astype(int)) >= 0).all()
    assert (log[0], log[1], log[-2]) == (0, 0, 65535)
    beam = 65535 ** (log / 65535.0 - 1)
    assert beam[2:6] == pytest.approx(share[2:6], rel=2e-4)  # half a step of 65535 over eleven powers of e
    with pytest.raises(InputProblem, match="display curve"):
        Exposure(display="gamma")
