"""A CT adjusted to X-rays: found changes, the gate, what is written, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib.application.adjusted_ct import adjusted_ct
from RayEmbRegistrationLib.application.glance import glance, shape_of
from RayEmbRegistrationLib.application.open_ct import open_ct
from RayEmbRegistrationLib.application.pictures import drr_of_state
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.files.volumes import write_displacement, write_itk_transform, write_volume
from RayEmbRegistrationLib.files.writing import write_json
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import Level, make_level_views
from RayEmbRegistrationLib.pose.joint.adjust import Allowance, adjust
from RayEmbRegistrationLib.pose.joint.bodies import FRAGMENT, make_bodies
from RayEmbRegistrationLib.pose.joint.gate import split_views, without_blocks
from RayEmbRegistrationLib.pose.joint.solve import JointProblem
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.joint.warp import make_warp
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.pose.problem import Limits, Problem
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.cases import write_case
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose
from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray
from RayEmbRegistrationLib.xray.radiograph import Radiograph
from registration_cases import CAMERA, SECOND, line_integrals, moved, pelvis, view_of

PELVIS, FEMUR = PELVIS_LABELS["left hemipelvis"], PELVIS_LABELS["left femur"]
SHIFT_MM = 5.0


@pytest.fixture(scope="module")
def hip():
    """The left hip alone."""
    ct = pelvis()
    ct = replace(ct, labels=np.where(np.isin(ct.labels, (PELVIS, FEMUR)), ct.labels, 0))
    used = np.argwhere(ct.labels > 0)[:, ::-1]
    return ct.crop(used.min(axis=0) - 6, used.max(axis=0) + 7)


@pytest.fixture(scope="module")
def prepared(hip):
    return prepare(hip, PrepareSettings(library=False))


@pytest.fixture(scope="module")
def poses(hip, prepared):
    """The pelvis' pose, and the femur's, which was displaced like a fragment."""
    whole = view_of(hip, (12.0, -8.0, 3.0), (5.0, -6.0, 760.0))
    middle = make_bodies(prepared, {FEMUR: FRAGMENT}).each[1].center_ras
    turn = RigidTransform.from_rotation_vector(np.radians([2.0, 3, -2]))
    return {PELVIS: whole, FEMUR: whole @ RigidTransform(turn.rotation, middle - turn.apply(middle) + [SHIFT_MM, 0, 0])}


@pytest.fixture(scope="module")
def problem(hip, prepared, poses):
    """Two noise-free views of the bones apart."""
    views = []
    for place in (RigidTransform(), SECOND):
        image = sum(
            line_integrals(
                np.where(hip.labels == label, prepared_values(hip, prepared), 0), hip.ras_from_ijk, CAMERA, place @ pose
            )
            for label, pose in poses.items()
        )
        views.append(View(Radiograph(image, np.ones(image.shape, bool), CAMERA), place.matrix))
    return Problem(tuple(views), prepared, Limits(prepared.center_ras))


def dressed(mm, seed):
    paths = MaterialPaths(mm, np.zeros_like(mm))
    return simulate_xray(paths, SimulationSettings(display="log"), np.random.default_rng(seed))


def prepared_values(hip, prepared):
    """The attenuation on the CT's grid."""
    low = np.round(hip.index_from_ras(prepared.ras_from_ijk[:3, 3])).astype(int)
    values = np.zeros(hip.hu.shape, np.float32)
    block = prepared.attenuation.numpy()
    values[tuple(slice(a, a + n) for a, n in zip(low[::-1], block.shape, strict=True))] = block
    return values


@pytest.fixture(scope="module")
def on_the_way():
    """What an observer of ``fragment`` was told."""
    return []


@pytest.fixture(scope="module")
def fragment(problem, poses, on_the_way):
    allowance = Allowance(("fragments",), fragments=(FEMUR,))
    with torch.no_grad():
        return adjust(problem, Poses.of(poses[PELVIS]), allowance, observe=lambda *told: on_the_way.append(told))


def test_a_displaced_fragment_is_found_and_passes_the_gate(fragment, poses):
    assert fragment.is_accepted, fragment.reason
    assert fragment.trusted
    found = {
        body.label: pose for body, pose in zip(fragment.joint.bodies.each, fragment.solved.state.poses.numpy, strict=True)
    }
    points = next(body.points_ras for body in fragment.joint.bodies.each if body.label == FEMUR)
    between = np.linalg.inv(found[0] if 0 in found else found[PELVIS]) @ found[FEMUR]
    truth = (poses[PELVIS].inverse() @ poses[FEMUR]).matrix
    off = points @ (between - truth)[:3, :3].T + (between - truth)[:3, 3]
    assert np.linalg.norm(off, axis=1).mean() < 0.4


def test_an_observer_sees_the_bone_come_to_its_place(fragment, on_the_way, problem):
    assert len(on_the_way) > 5
    assert fragment.joint.observe is None, "nobody observes what is done"
    last = fragment.solved.state.poses.numpy
    off = [np.abs(state.poses.numpy - last)[:, :3, 3].max() for _joint, state in on_the_way]
    assert off[-1] < 0.2 < off[0]
    joint, state = on_the_way[-1]
    seen = glance(joint, state, problem.views)
    for view, drr in zip(problem.views, seen.drrs, strict=True):
        whole = drr_of_state(joint, state, view, view.radiograph.camera.resample(*drr.shape[::-1]))
        assert np.corrcoef(drr.ravel(), whole.ravel())[0, 1] > 0.995
    np.testing.assert_allclose(seen.motions[1].matrix, np.linalg.inv(state.poses.numpy[0]) @ state.poses.numpy[1], atol=1e-9)
    shares, grid = shape_of(joint.bodies, 1)
    k, j, i = np.nonzero(shares > 0.5)
    drawn = np.stack([i, j, k], axis=1) @ grid[:3, :3].T + grid[:3, 3]
    k, j, i = np.nonzero(joint.bodies.values[1].numpy() > 0)
    bone = np.stack([i, j, k], axis=1) @ joint.bodies.ras_from_ijk[:3, :3].T + joint.bodies.ras_from_ijk[:3, 3]
    np.testing.assert_allclose(drawn.mean(axis=0), bone.mean(axis=0), atol=1.5)
    np.testing.assert_allclose([drawn.min(axis=0), drawn.max(axis=0)], [bone.min(axis=0), bone.max(axis=0)], atol=5.0)


def test_the_ct_is_moved_as_the_bone_was(fragment, hip, poses):
    made = adjusted_ct(hip, fragment)
    truth = poses[PELVIS].inverse() @ poses[FEMUR]
    before = hip.ras_from_index(np.argwhere(hip.labels == FEMUR)[:, ::-1])
    after = hip.ras_from_index(np.argwhere(made.volume.labels == FEMUR)[:, ::-1])
    assert len(after) == pytest.approx(len(before), rel=0.03)
    np.testing.assert_allclose(after.mean(axis=0), truth.apply(before).mean(axis=0), atol=0.7)
    assert made.volume.hu[made.volume.labels == FEMUR].mean() == pytest.approx(hip.hu[hip.labels == FEMUR].mean(), rel=0.05)
    # A bone that left leaves soft tissue, and what stands still stays as it was.
    far = (hip.labels == PELVIS) & (made.volume.labels == PELVIS)
    np.testing.assert_array_equal(made.volume.hu[far], hip.hu[far])
    # The field leads back to where the bone was.
    inside = np.argwhere(made.volume.labels == FEMUR)[:, ::-1]
    back = hip.ras_from_index(inside) + made.displacement[tuple(inside[:, ::-1].T)]
    np.testing.assert_allclose(truth.apply(back), hip.ras_from_index(inside), atol=1.0)
    assert made.least_jacobian == 1.0
    assert (made.std_mm[made.volume.labels == FEMUR] > 0).all()
    assert made.std_mm.max() < 3
    assert 0 <= made.unseen_share < 0.5
    assert made.modes_seen == 6


def test_nothing_that_moved_is_refused_by_the_gate(hip, prepared, poses):
    views = []
    for number, place in enumerate((RigidTransform(), SECOND)):
        mm = line_integrals(np.where(hip.labels > 0, decompose(hip)[0], 0), hip.ras_from_ijk, CAMERA, place @ poses[PELVIS])
        xray = simulate_xray(
            MaterialPaths(mm, np.zeros_like(mm)), SimulationSettings(display="log"), np.random.default_rng(number)
        )
        views.append(View(Radiograph(xray.pixels.astype(np.float32), np.ones(mm.shape, bool), CAMERA), place.matrix))
    same = Problem(tuple(views), prepared, Limits(prepared.center_ras))
    with torch.no_grad():
        found = adjust(same, Poses.of(poses[PELVIS]), Allowance(("fragments",), fragments=(FEMUR,)))
    assert not found.is_accepted
    assert not found.trusted
    assert "left as it is" in found.reason


def test_blocks_held_out_are_no_part_of_what_is_fitted(problem):
    kept, held = without_blocks(problem.views[0], True), without_blocks(problem.views[0], False)
    assert not (kept.radiograph.mask & held.radiograph.mask).any()
    assert (kept.radiograph.mask | held.radiograph.mask).all()
    assert held.radiograph.mask.mean() == pytest.approx(0.25, abs=0.06)
    many = replace(problem, views=problem.views + problem.views[:1])
    seen, unseen, words = split_views(many)
    assert (len(seen.views), len(unseen.views), words) == (2, 1, "one view")


def test_the_slopes_of_a_warp_are_those_of_differences(problem, prepared, poses):
    bodies = make_bodies(prepared, {})
    warp = make_warp(bodies, 1.2, 6)
    joint = JointProblem(bodies, warp)
    term = make_level_views(problem.views, prepared, Poses.of(poses[PELVIS]), Level(96, 7, 1))[0]
    from RayEmbRegistrationLib.pose.joint.pictures import changes_of, images_of

    state = State.rigid(Poses.of(poses[PELVIS]), 1, 18)
    slopes = changes_of(joint, state, term)
    for coefficient in (0, 7, 14):
        step = torch.zeros(18, dtype=torch.float64)
        step[coefficient] = 0.2
        ahead, behind = (images_of(joint, replace(state, coefficients=sign * step), term, False)[0] for sign in (1, -1))
        difference = ((ahead - behind) / 0.4).flatten()
        own = slopes[coefficient]
        correlation = float((own * difference).sum() / (own.norm() * difference.norm()))
        assert correlation > 0.95
        assert float(own.norm()) == pytest.approx(float(difference.norm()), rel=0.15)


def test_what_a_rigid_motion_can_do_is_pinned(prepared):
    warp = make_warp(make_bodies(prepared, {}), 1.2)
    covariance = np.linalg.inv(warp.precision)
    modes = warp.at(prepared.bone_points_ras[::10])
    deviations = np.sqrt(np.einsum("nm,mk,nk->n", modes, covariance[: warp.modes, : warp.modes], modes))
    assert 0.3 < np.median(deviations) < 1.2
    mean = modes.mean(axis=0)
    assert np.sqrt(mean @ covariance[: warp.modes, : warp.modes] @ mean) < 0.15
    with pytest.raises(InputProblem, match="more than 0 mm"):
        make_warp(make_bodies(prepared, {}), 0)


@pytest.mark.parametrize(
    ("allowance", "words"),
    [
        (Allowance(()), "nothing"),
        (Allowance(("glue",)), "glue"),
        (Allowance(("bones",), bones=(99,)), "no voxel with the label 99"),
        (Allowance(("bones", "fragments"), bones=(FEMUR,), fragments=(FEMUR,)), "as bone and as fragment"),
    ],
)
def test_what_cannot_change_is_said(problem, poses, allowance, words):
    with pytest.raises(InputProblem, match=words):
        adjust(problem, Poses.of(poses[PELVIS]), allowance)


def test_labels_that_do_not_touch_are_said(problem, poses, prepared):
    near = prepared.labels == FEMUR
    k = np.argwhere(near)[:, 0]
    labels = prepared.labels.copy()
    labels[near & (np.arange(len(labels)) > np.percentile(k, 30))[:, None, None]] = 0  # the femur's head and neck
    attenuation = prepared.attenuation * torch.as_tensor((labels > 0) | ~near)
    attenuation[torch.as_tensor(labels == 0)] = 0
    apart = replace(problem, prepared=replace(prepared, labels=labels, attenuation=attenuation, _projectors={}))
    with pytest.raises(InputProblem, match="touches no other bone"):
        adjust(apart, Poses.of(poses[PELVIS]), Allowance(("bones",), bones=(PELVIS, FEMUR)))


def test_a_bone_outside_the_x_ray_is_said(problem, poses):
    view = problem.views[0]
    camera = view.camera.crop(0, 0, 60, 60)
    small = replace(view, radiograph=Radiograph(view.radiograph.image[:60, :60], np.ones((60, 60), bool), camera))
    with pytest.raises(InputProblem, match="outside the X-rays"):
        adjust(replace(problem, views=(small,)), Poses.of(poses[PELVIS]), Allowance(("bones",), bones=(FEMUR,)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, hip, prepared, poses):
    """Files as a user has them."""
    folder = tmp_path_factory.mktemp("reconstruct")
    write_volume(folder / "ct.nii.gz", hip.hu, hip.ras_from_ijk)
    write_volume(folder / "labels.nii.gz", hip.labels.astype(np.int16), hip.ras_from_ijk)
    bone = decompose(hip)[0]
    for number, place in enumerate((RigidTransform(), SECOND)):
        mm = sum(
            line_integrals(np.where(hip.labels == label, bone, 0), hip.ras_from_ijk, CAMERA, place @ pose)
            for label, pose in poses.items()
        )
        xray = simulate_xray(
            MaterialPaths(mm, np.zeros_like(mm)), SimulationSettings(display="log"), np.random.default_rng(number)
        )
        write_case(folder, f"v{number}", xray, CAMERA, place @ poses[PELVIS])
        path = folder / f"v{number}.geometry.json"
        write_json(path, json.loads(path.read_text()) | {"world_to_camera": place.matrix})
    start = moved(poses[PELVIS], prepared.center_ras, (0.5, -0.5, 0.5), (1.0, -1.0, 3.0))
    write_json(folder / "start.json", {"ras_to_camera": start.matrix})
    return folder


def asked(folder, *more, views=(0, 1)):
    given = ["reconstruct", "--ct", str(folder / "ct.nii.gz"), "--labels", str(folder / "labels.nii.gz")]
    for number in views:
        given += ["--xray", str(folder / f"v{number}.png"), "--camera", str(folder / f"v{number}.geometry.json")]
    return [*given, "--init", str(folder / "start.json"), "--refine-only", *more]


def test_the_command_writes_all_of_it(folder, poses, capsys):
    output = folder / "out"
    status = main(asked(folder, "--allow", "fragments", "--fragment", str(FEMUR), "--output", str(output)))
    said = capsys.readouterr()
    assert status == 0, said.err
    report = json.loads((output / "report.json").read_text())
    assert report["what"] == "prior CT adjusted to the X-rays"
    assert report["accepted"]
    truth = (poses[PELVIS].inverse() @ poses[FEMUR]).matrix
    assert np.abs(np.array(report["bones"][str(FEMUR)]) - truth)[:3, 3].max() < 3
    names = {path.name for path in output.iterdir()}
    wanted = {"adjusted_ct.nii.gz", "adjusted_labels.nii.gz", "displacement.nrrd", "std_mm.nii.gz", "unseen.nii.gz"}
    wanted |= {f"bone_{FEMUR}.tfm", "report.json", "index.html", "sheet1.png", "sheet2.png", "before1.png", "after2.png"}
    assert wanted <= names
    page = (output / "index.html").read_text()
    assert "Prior CT adjusted to the X-rays" in page
    assert "never to find what the old CT did not show" in page
    opened = open_ct(output / "adjusted_ct.nii.gz", output / "adjusted_labels.nii.gz").volume
    given = open_ct(folder / "ct.nii.gz", folder / "labels.nii.gz").volume
    np.testing.assert_allclose(opened.ras_from_ijk, given.ras_from_ijk, atol=1e-4)
    assert opened.hu.shape == given.hu.shape
    assert not list(folder.glob(".rayemb-*"))
    again = main(asked(folder, "--allow", "fragments", "--output", str(output)))
    assert again == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--allow", "warp", "--differ", "-1"], "--differ must be more than 0"),
        (["--allow", "bones", "--bone", "77"], "no voxel with the label 77"),
    ],
)
def test_bad_input_is_said_and_nothing_written(folder, more, words, capsys):
    output = folder / "refused"
    assert main(asked(folder, *more, "--output", str(output))) == 2
    assert words in capsys.readouterr().err
    assert not output.exists()
    assert not list(folder.glob(".rayemb-*"))


def test_another_patients_ct_is_said(folder, tmp_path, capsys):
    from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom

    knee = make_knee_phantom(3, 3.0)
    write_volume(tmp_path / "knee.nii.gz", knee.hu, knee.ras_from_ijk)
    given = asked(folder, "--allow", "warp", "--output", str(tmp_path / "out"), views=(0,))
    given[2] = str(tmp_path / "knee.nii.gz")
    del given[3:5]  # no labels
    assert main(given) == 2
    assert "does not fit the X-rays" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_field_and_a_motion_are_read_back_by_itk(tmp_path, hip):
    import SimpleITK as sitk  # noqa: N813

    motion = RigidTransform.from_rotation_vector([0.1, -0.2, 0.05], [3.0, 4, -5])
    write_itk_transform(tmp_path / "bone.tfm", motion)
    read = sitk.ReadTransform(str(tmp_path / "bone.tfm"))
    point = np.array([10.0, -20, 30])
    lps = np.array([-1.0, -1, 1])
    np.testing.assert_allclose(np.array(read.TransformPoint(motion.apply(point) * lps)) * lps, point, atol=1e-9)
    field = np.broadcast_to(np.array([1.0, 2, 3], np.float32), (*hip.hu.shape, 3))
    write_displacement(tmp_path / "field.nrrd", field, hip.ras_from_ijk)
    image = sitk.ReadImage(str(tmp_path / "field.nrrd"), sitk.sitkVectorFloat64)
    moves = sitk.DisplacementFieldTransform(image)
    inside = hip.ras_from_index(np.array(hip.hu.shape[::-1]) / 2)
    np.testing.assert_allclose(np.array(moves.TransformPoint(inside * lps)) * lps, np.add(inside, [1, 2, 3]), atol=1e-4)
