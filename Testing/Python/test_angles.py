"""Primary and secondary angle mean the same (DICOM's) to the C-arm, the view priors, the simulation and the training."""

import json

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.c_arm import beam_of_c_arm, c_arm_of_camera_from_ras, camera_from_ras_of_c_arm
from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, WIDE_VIEWS, beam_directions, central_rotation, view_of_angles
from RayEmbRegistrationLib.simulation.cases import c_arm_pose
from RayEmbRegistrationLib.training.view_sampling import rotation_in_prior

ANGLES = [(0, 0, 0), (30, -12, 5), (-45, 20, -9), (110, 5, 0), (180, 0, 3), (-90, 40, 170)]


def angles_of(rotation: np.ndarray) -> tuple[float, float, float]:
    found = c_arm_of_camera_from_ras(RigidTransform(rotation, np.zeros(3)))
    return found.primary_deg, found.secondary_deg, found.in_plane_deg


def apart(one: float, other: float) -> float:
    """Degrees between two angles."""
    return abs((one - other + 180) % 360 - 180)


@pytest.mark.parametrize("angles", ANGLES)
def test_c_arm_and_simulation_agree_and_come_back(angles):
    center, place = np.array([12.0, -30.0, 50.0]), np.array([3.0, -4.0, 700.0])
    simulated = c_arm_pose(center, np.array(angles, dtype=float), place)
    geometric = camera_from_ras_of_c_arm(*angles, center, 700.0)
    np.testing.assert_allclose(simulated.rotation, geometric.rotation, atol=1e-12)
    np.testing.assert_allclose(simulated.apply(center), place, atol=1e-9)
    assert max(apart(a, b) for a, b in zip(angles_of(simulated.rotation), angles, strict=True)) < 1e-6


@pytest.mark.parametrize("name", ["ap", "pa", "lateral"])
def test_view_priors_speak_of_the_same_angles(name):
    prior = VIEW_PRIORS[name]
    middle = [float(np.mean(range_)) for range_ in (prior.primary_deg, prior.secondary_deg)]
    primary, secondary, in_plane = angles_of(central_rotation(prior))
    assert max(apart(primary, middle[0]), apart(secondary, middle[1]), abs(in_plane)) < 1e-6
    assert view_of_angles(*middle) == name or name not in WIDE_VIEWS
    limits = (*prior.primary_deg, *prior.secondary_deg)
    for beam in beam_directions(prior):
        primary, secondary, _ = angles_of(camera_from_beam(beam))
        assert holds(limits, primary, secondary)
    rng = np.random.default_rng(3)
    for _ in range(50):
        primary, secondary, _ = angles_of(rotation_in_prior(prior, rng))
        assert holds(limits, primary, secondary)


def camera_from_beam(beam: np.ndarray) -> np.ndarray:
    """A rotation whose z axis is the beam, head up."""
    right = np.cross([0.0, 0.0, -1.0], beam)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(beam, right), beam])


def holds(limits: tuple[float, ...], primary: float, secondary: float) -> bool:
    """Whether angles lie in (least primary, greatest primary, least secondary, greatest secondary)."""
    margin = 1e-6
    middle, reach = (limits[0] + limits[1]) / 2, (limits[1] - limits[0]) / 2
    return apart(primary, middle) <= reach + margin and limits[2] - margin <= secondary <= limits[3] + margin


def test_names_are_those_of_the_room():
    """Of a supine patient: under a receptor above the chest the beam runs from back to front, at the left from the right."""
    for (primary, secondary), beam in {
        (0, 0): (0, 1, 0),
        (180, 0): (0, -1, 0),
        (90, 0): (-1, 0, 0),
        (0, 90): (0, 0, 1),
    }.items():
        np.testing.assert_allclose(beam_of_c_arm(primary, secondary), beam, atol=1e-12)
    assert view_of_angles(0, 0) == "pa"
    assert view_of_angles(-180, 0) == "ap"
    assert view_of_angles(90, 0) == "lateral"
    assert view_of_angles(-90, 0) == view_of_angles(270, 0) == "right-lateral"
    assert view_of_angles(0, 85) == "any"


def test_the_real_pelvis_seen_at_its_tags_angles(shared_data):
    truth = shared_data / "faults" / "xray" / "xa_lateral_with_angles.truth.json"
    pose = np.array(json.loads(truth.read_text())["ras_to_camera"])
    primary, secondary, _ = angles_of(pose[:3, :3])
    assert (primary, secondary) == pytest.approx((110, 5), abs=1e-3)
