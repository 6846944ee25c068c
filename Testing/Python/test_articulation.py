"""Bones that move apart: a femur turned in its socket between CT and X-ray."""

from dataclasses import replace

import numpy as np
import pytest
from long_form import short_or_long
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.evaluation.metrics import pose_errors
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.joint.bones import bones_of
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from registration_cases import CAMERA, as_view, line_integrals, moved, pelvis, view_of
from scipy.stats import chi2

PELVIS, FEMUR = PELVIS_LABELS["left hemipelvis"], PELVIS_LABELS["left femur"]
TURN_DEG = 6.0
SETTINGS = RegistrationSettings(bones=(PELVIS, FEMUR), refine_only=True)
DRAWS = short_or_long(3, 5)
NOISE_DEG = {PELVIS: 0.16, FEMUR: 0.87}
"""Root mean squares of twelve draws: of one view, noise alone turns a femur about its shaft by a degree."""


@pytest.fixture(scope="module")
def hip():
    """The left hip alone: half the pelvis and the femur."""
    ct = pelvis()
    ct = replace(ct, labels=np.where(np.isin(ct.labels, (PELVIS, FEMUR)), ct.labels, 0))
    used = np.argwhere(ct.labels > 0)[:, ::-1]
    return ct.crop(used.min(axis=0) - 4, used.max(axis=0) + 5)


@pytest.fixture(scope="module")
def poses(hip):
    """The pelvis' pose and the femur's, which is turned about the middle of its head."""
    joint = np.array([np.argwhere(hip.labels == label).mean(axis=0)[::-1] for label in (PELVIS, FEMUR)]).mean(axis=0)
    joint = hip.ras_from_index(joint)
    whole = view_of(hip, (12.0, -8.0, 3.0), (5.0, -6.0, 760.0))
    turn = RigidTransform.from_rotation_vector(np.radians(TURN_DEG) * np.array([0.42, 0.9, 0.1]))
    bend = RigidTransform(turn.rotation, joint - turn.apply(joint))
    return {PELVIS: whole, FEMUR: whole @ bend}


def points_of(ct, label):
    return ct.ras_from_index(np.argwhere(ct.labels == label)[::97, ::-1])


def test_a_turned_femur_gets_its_own_pose(hip, poses):
    """Under draws of noise: the first registered from end to end, of the others the bones alone, to be quick."""
    bone = decompose(hip)[0]
    bone_mm = sum(
        line_integrals(np.where(hip.labels == label, bone, 0), hip.ras_from_ijk, CAMERA, pose)
        for label, pose in poses.items()
    )
    prepared = prepare(hip, PrepareSettings(library=False))
    start = moved(poses[PELVIS], prepared.center_ras, (0.5, -0.5, 0.5), (1.0, -1.0, 3.0))
    turns, between = {PELVIS: [], FEMUR: []}, []
    for seed in range(DRAWS):
        paths = MaterialPaths(bone_mm, np.zeros_like(bone_mm))
        xray = simulate_xray(paths, SimulationSettings(display="log"), np.random.default_rng(seed))
        view = as_view(xray, bone_is_bright=True, start=start)
        found = registered(prepared, view) if seed == 0 else bones_alone(prepared, view)
        assert set(found) == {PELVIS, FEMUR}
        for label, truth in poses.items():
            errors = pose_errors(found[label], truth, CAMERA, points_of(hip, label))
            assert errors.in_plane_mm < 1
            assert errors.mtre_mm < 3.5  # one view hardly sees depth
            turns[label].append(errors.rotation_deg)
        between.append((found[PELVIS].inverse() @ found[FEMUR]).rotation_angle_deg())
    # Nearly all of an error is a turn about one axis, so that the sum of its squares over the variance is of chi-square.
    most = np.sqrt(chi2.ppf(0.999, DRAWS) / DRAWS)
    for label, noise_deg in NOISE_DEG.items():
        assert np.sqrt(np.mean(np.square(turns[label]))) < most * noise_deg, turns[label]
    assert np.median(between) == pytest.approx(TURN_DEG, abs=1)


def registered(prepared, view):
    return register(prepared, [view], SETTINGS).views[0].bones


def bones_alone(prepared, view):
    group = make_group([view], prepared, SETTINGS)
    polarities = group.polarities(group.polarities_to_try()[0])
    problem = group.problem(polarities, group.depth_range(0))
    return bones_of(problem, Poses.of(view.start), SETTINGS).seen_from(np.eye(4))


def test_a_label_that_marks_nothing_is_said(hip, poses):
    prepared = prepare(hip, PrepareSettings(library=False))
    image = line_integrals(prepared.attenuation, prepared.ras_from_ijk, CAMERA, poses[PELVIS])
    view = replace(as_view_of(image), start=poses[PELVIS])
    with pytest.raises(ValueError, match="no voxel with the label 99"):
        register(prepared, [view], RegistrationSettings(bones=(99,), refine_only=True))


def as_view_of(image):
    from RayEmbRegistrationLib.xray.view import XrayView

    return XrayView.of_camera(image, CAMERA, bone_is_bright=True)
