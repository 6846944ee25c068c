"""The CT's soft tissue: what of it is kept, that DRRs add it to bone, and that it counts where X-rays show it alone."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.assessing import assess_poses
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.drr.summed import SummedProjector
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.pose.alignment.schedule import Schedule, refine_by_schedule
from RayEmbRegistrationLib.pose.alignment.second_look import LAST
from RayEmbRegistrationLib.pose.alignment.soft_tissue import as_it_stands, with_soft_tissue
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.prepared.prepared_ct import BONE, SOFT_TISSUE, SOFT_TISSUE_WITH_ENDS, PreparedCT
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.quality.distance import BLIND, at_distance, check_distance
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import CAMERA, errors, knee, knee_pose, line_integrals, moved

pytestmark = pytest.mark.usefixtures("one_thread")


def ras_of(ct):
    return ct.ras_from_index(np.argwhere(np.ones(ct.hu.shape, bool))[:, ::-1]).reshape(*ct.hu.shape, 3)


def with_muscles(shift_mm=0.0):
    """The knee with fat between muscles, which lie elsewhere in another position of the leg."""
    ct = knee()
    right, front, up = np.moveaxis(ras_of(ct), -1, 0)
    hu = ct.hu.astype(np.float32)
    soft = (ct.labels == 0) & (hu > -300)
    hu[soft] = -90
    for angle in np.radians([10, 80, 150, 215, 290]):
        middle = 34 * np.cos(angle), 34 * np.sin(angle) - 8
        inside = (right - middle[0] - shift_mm) ** 2 + (front - middle[1]) ** 2 < (15 + 6 * np.sin(up / 30)) ** 2
        hu[soft & inside] = 60
    return CTVolume(hu.astype(np.int16), ct.ras_from_ijk, ct.labels)


@cache
def prepared_leg() -> PreparedCT:
    return prepare(with_muscles(), PrepareSettings(library=False))


@cache
def radiograph(shift_mm=0.0):
    """All that a leg attenuates, by the other projector, with noise."""
    ct = with_muscles(shift_mm)
    image = line_integrals(attenuation_from_hu(ct.hu.astype(np.float32)), ct.ras_from_ijk, CAMERA, knee_pose())
    image = image + np.random.default_rng(1).normal(0, 0.02, image.shape).astype(np.float32)
    return Radiograph(image.astype(np.float32), np.ones(image.shape, dtype=bool), CAMERA)


def ended(image, turn_deg=(1.5, -1.5, 0.5), shift_mm=(0.5, -0.5, 3.0)):
    """A registration of bone that stopped beside the truth."""
    prepared = prepared_leg()
    problem = Problem((View(image, np.eye(4)),), prepared, Limits(center_ras=prepared.center_ras))
    stopped = Schedule((replace(LAST, iterations=0),), (1,))
    pose = Poses.of([moved(knee_pose(), prepared.center_ras, turn_deg, shift_mm)])
    with torch.no_grad():
        return refine_by_schedule(problem, pose, stopped, np.random.default_rng(0))


def error_of(solution):
    return errors(RigidTransform.from_matrix(solution.pose.numpy[0]), knee_pose(), prepared_leg())


def test_two_volumes_are_projected_as_the_sum_of_both():
    prepared = prepared_leg()
    around = prepared.soft_tissue
    parts = (prepared.projector(2), JosephProjector(around.attenuation, around.ras_from_ijk))
    both, pose = SummedProjector(*parts), Poses.of([knee_pose()])
    small = CAMERA.resample(24, 24)
    assert torch.equal(both.render(pose, small), parts[0].render(pose, small) + parts[1].render(pose, small))
    centers = pose.centers(prepared.center_ras)
    image, slopes = both.render_with_jacobian(pose.matrices, small, centers)
    expected = [part.render_with_jacobian(pose.matrices, small, centers) for part in parts]
    assert torch.equal(image, expected[0][0] + expected[1][0])
    assert torch.equal(slopes, expected[0][1] + expected[1][1])
    rays = torch.tensor([[0.0, 0.0, 1.0], [0.02, -0.03, 1.0]])
    along = both.render_rays(pose.matrices, rays)
    assert torch.equal(along, sum(part.render_rays(pose.matrices, rays) for part in parts))


def test_bone_and_soft_tissue_make_the_whole_patient():
    """But where the CT ends, and at the skin, whose voxels of 3 mm hold air."""
    ct, prepared = with_muscles(), prepared_leg()
    whole = line_integrals(attenuation_from_hu(ct.hu.astype(np.float32)), ct.ras_from_ijk, CAMERA, knee_pose())
    drawn = replace(prepared, drawn=SOFT_TISSUE_WITH_ENDS).projector().render(knee_pose(), CAMERA)[0].numpy()
    bone = prepared.projector().render(knee_pose(), CAMERA)[0].numpy()
    middle = (slice(70, 122), slice(70, 122))  # of the joint
    assert bone[middle].max() > 0.2
    assert np.abs(drawn - whole)[middle].mean() < 0.02 * whole[middle].mean()
    assert np.abs(bone - whole)[middle].mean() > 0.5 * whole[middle].mean()


def test_a_faded_end_draws_no_edge():
    prepared = prepared_leg()
    around, faded = prepared.soft_tissue, prepared.soft_tissue.faded()
    assert torch.equal(faded.attenuation[20:-20], around.attenuation[20:-20])
    assert float(faded.attenuation[0].max()) < 0.1 * float(around.attenuation[0].max())
    drawn = [replace(prepared, drawn=what).projector().render(knee_pose(), CAMERA) for what in (SOFT_TISSUE, BONE)]
    assert not torch.equal(*drawn)


def test_the_table_is_left_out():
    ct = with_muscles()
    hu = ct.hu.copy()
    _right, front, _up = np.moveaxis(ras_of(ct), -1, 0)
    shell = (front > 66) & (front < 71)
    assert shell.any()
    hu[shell] = 50
    tabled = prepare(CTVolume(hu, ct.ras_from_ijk, ct.labels), PrepareSettings(library=False))
    assert torch.equal(tabled.soft_tissue.attenuation, prepared_leg().soft_tissue.attenuation)


def test_a_masked_ct_and_one_bone_of_many_have_none():
    ct = with_muscles()
    masked = CTVolume(np.where(ct.labels > 0, ct.hu, 30).astype(np.int16), ct.ras_from_ijk, ct.labels)
    assert prepare(masked, PrepareSettings(library=False)).soft_tissue is None
    alone = CTVolume(ct.hu, ct.ras_from_ijk, np.where(ct.labels == 2, 2, 0).astype(np.uint8))
    assert prepare(alone, PrepareSettings(library=False)).soft_tissue is None


def test_a_ct_thinner_than_a_voxel_of_it_is_prepared():
    ct = with_muscles()
    fine = ct.ras_from_ijk @ np.diag([0.25, 0.25, 0.25, 1.0])  # two slices of half a millimetre
    thin = CTVolume(ct.hu[60:62], fine, ct.labels[60:62])
    assert prepare(thin, PrepareSettings(library=False)).soft_tissue.attenuation.shape[0] == 1


def test_its_file_keeps_it_to_the_bit(tmp_path):
    prepared_leg().save(tmp_path / "leg.npz")
    loaded = PreparedCT.load(tmp_path / "leg.npz")
    assert torch.equal(loaded.soft_tissue.attenuation, prepared_leg().soft_tissue.attenuation)
    np.testing.assert_array_equal(loaded.soft_tissue.ras_from_ijk, prepared_leg().soft_tissue.ras_from_ijk)
    replace(prepared_leg(), soft_tissue=None).save(tmp_path / "bone.npz")
    assert PreparedCT.load(tmp_path / "bone.npz").soft_tissue is None


def test_soft_tissue_as_in_the_ct_brings_a_pose_nearer():
    beside = ended(radiograph())
    with torch.no_grad():
        found = with_soft_tissue(beside)
    assert found.problem.prepared.drawn in (SOFT_TISSUE, SOFT_TISSUE_WITH_ENDS)
    assert found.evidence > 1.1 * beside.evidence
    # A fifth of a pixel (0.18 mm at the bone), as a refinement with the volume that drew the X-ray comes.
    assert error_of(found).in_plane_mm < 0.05
    assert error_of(found).rotation_deg < 0.3
    assert len(found.trace) > len(beside.trace)


def test_soft_tissue_that_lies_elsewhere_does_not_draw_a_pose_away():
    """What a bone alone comes to on that X-ray is the measure."""
    right = ended(radiograph(shift_mm=12.0), (0, 0, 0), (0, 0, 0))
    with torch.no_grad():
        found = with_soft_tissue(right)
        bone = refine_by_schedule(right.problem, right.pose, Schedule((LAST,), (1,)), np.random.default_rng(0))
    assert error_of(found).in_plane_mm < error_of(bone).in_plane_mm + 0.1
    assert error_of(found).rotation_deg < error_of(bone).rotation_deg + 0.5


def test_it_stops_when_time_is_over():
    beside = ended(radiograph())
    assert with_soft_tissue(beside, lambda: True) is beside


def test_a_pose_is_judged_by_what_explains_it_and_does_not_move():
    right = ended(radiograph(), (0, 0, 0), (0, 0, 0))
    with torch.no_grad():
        judged = as_it_stands(right)
    assert judged.problem.prepared.drawn < BONE
    assert torch.equal(judged.pose.matrices, right.pose.matrices)
    assert judged.evidence > 1.1 * right.evidence
    view = XrayView.of_camera(radiograph().image, CAMERA, bone_is_bright=True, start=knee_pose())
    assert assess_poses(prepared_leg(), [view]).quality.similarity == pytest.approx(judged.similarity, abs=0.05)


@pytest.mark.parametrize("right", [1.0, 1 / 1.06], ids=["right", "6 % too short"])
def test_one_xray_is_asked_for_its_distance_by_bone_alone(right):
    """Of real limbs with a right distance, a quarter were told that theirs is wrong."""
    at = ended(radiograph(), (0, 0, 0), (0, 0, 0))
    with torch.no_grad():
        shown = as_it_stands(at)
        problems = [at_distance(one.problem, right) for one in (at, shown)]
        bone, soft = (check_distance(problem, at.pose, np.arange(6)) for problem in problems)
    assert shown.problem.prepared.drawn < BONE
    assert (soft.ratio, soft.std) == (bone.ratio, bone.std)


def test_where_no_bone_is_seen_nothing_is_known_of_the_distance():
    at = ended(radiograph(), (0, 0, 0), (0, 0, 0))
    beside = np.zeros(radiograph().mask.shape, dtype=bool)
    beside[:30, :30] = True
    covered = replace(at.problem.views[0], radiograph=replace(radiograph(), mask=beside))
    with torch.no_grad():
        found = check_distance(replace(at.problem, views=(covered,)), at.pose, np.arange(6))
    assert found.std > BLIND
    assert not found.contradicts
