"""Phantoms, the reference projector, the physics of the X-ray, and the files of a case."""

import json
from pathlib import Path

import numpy as np
import pytest
from RayEmbRegistrationLib.evaluation.cases import find_cases
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.simulation.cases import (
    PoseRange,
    bone_center,
    c_arm_pose,
    default_camera,
    pose_from_ap,
    random_c_arm_pose,
    write_case,
)
from RayEmbRegistrationLib.simulation.materials import MaterialPaths, decompose, material_paths
from RayEmbRegistrationLib.simulation.phantoms.phantom import (
    KNEE_LABELS,
    PELVIS_LABELS,
    WRIST_LABELS,
    make_knee_phantom,
    make_pelvis_phantom,
    make_wrist_phantom,
)
from RayEmbRegistrationLib.simulation.spectrum import linear_attenuation, tube_spectrum
from RayEmbRegistrationLib.simulation.xray import SimulationSettings, simulate_xray, transmission

OBLIQUE = pose_from_ap(np.zeros(3), np.array([23.0, -14.0, 7.0]), np.array([6.0, -4.0, 720.0]))


def small_camera(pixels=64, field=160.0):
    return Camera.from_detector((pixels, pixels), (field / pixels, field / pixels), 1000.0, (pixels * 0.47, pixels * 0.52))


def centred(shape_kji, spacing):
    """ras_from_ijk with RAS (0, 0, 0) in the grid's middle."""
    matrix = np.diag([*spacing, 1.0])
    matrix[:3, 3] = -(np.array(shape_kji[::-1]) - 1) / 2 * spacing
    return matrix


def chord_of_box(camera, pose, half):
    """(H, W) mm inside an axis-aligned RAS box about the origin: the slab method."""
    v, u = np.mgrid[: camera.height, : camera.width]
    inverse = pose.inverse()
    ends = inverse.apply(camera.back_project(np.stack([u, v], -1), camera.source_to_detector_mm))
    ray = ends - inverse.translation
    near, far = (-half - inverse.translation) / ray, (half - inverse.translation) / ray
    enter, leave = np.minimum(near, far).max(-1), np.maximum(near, far).min(-1)
    return np.clip(leave - enter, 0, None) * np.linalg.norm(ray, axis=-1)


def test_siddon_is_exact_for_a_box():
    from RayEmbRegistrationLib.simulation.siddon_reference import siddon_line_integrals

    shape, spacing = (22, 30, 26), np.array([1.7, 1.3, 2.1])
    values = np.zeros(shape, np.float32)
    values[3:-3, 4:-4, 2:-2] = 0.5
    half = (np.array([26 - 4, 30 - 8, 22 - 6]) * spacing) / 2
    camera = small_camera()
    image = siddon_line_integrals(values, centred(shape, spacing), camera, OBLIQUE)
    truth = 0.5 * chord_of_box(camera, OBLIQUE, half)
    assert truth.max() > 15
    assert np.abs(image - truth).max() < 0.02


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_siddon_agrees_with_diffdrr(angle):
    """Also for rays along a row of voxels, which cross no face of the other axes."""
    renderers = pytest.importorskip("diffdrr.renderers")
    import torch
    from RayEmbRegistrationLib.simulation.siddon_reference import _rays_in_voxels, siddon_line_integrals

    shape = (20, 26, 31)
    values = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    matrix, camera = centred(shape, np.array([1.7, 1.3, 2.1])), small_camera(33)
    turn = RigidTransform.from_rotation_vector(np.array([angle, -angle / 2, angle / 3]))
    pose = RigidTransform(turn.rotation, np.array([0.01, 0.02, 400.0]))
    source, targets, length_mm = _rays_in_voxels(matrix, camera, pose)
    as_tensors = [
        torch.tensor(part, dtype=torch.float32) for part in (source[None, None], targets[None], length_mm[None, None])
    ]
    volume = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 1, 0)))
    published = renderers.Siddon(voxel_shift=0.5)(volume, *as_tensors)[0, 0].numpy().reshape(33, 33)
    ours = siddon_line_integrals(values, matrix, camera, pose)
    assert published.max() > 10
    assert np.abs(ours - published).max() < 1e-3 * published.max()


def test_siddon_matches_the_chords_of_a_sphere():
    from RayEmbRegistrationLib.simulation.siddon_reference import siddon_line_integrals

    n, spacing, radius = 81, 1.0, 33.0
    matrix = centred((n, n, n), np.full(3, spacing))
    grid = np.indices((n, n, n)) - (n - 1) / 2
    values = np.clip(radius - np.sqrt((grid**2).sum(0)) + 0.5, 0, 1).astype(np.float32)
    camera = small_camera(48)
    image = siddon_line_integrals(values, matrix, camera, OBLIQUE)
    v, u = np.mgrid[:48, :48]
    directions = camera.back_project(np.stack([u, v], -1))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    center = OBLIQUE.translation
    miss_squared = (center**2).sum() - (directions @ center) ** 2
    chord = 2 * np.sqrt(np.clip(radius**2 - miss_squared, 0, None))
    deep = chord > radius
    assert deep.sum() > 300
    assert np.abs(image[deep] / chord[deep] - 1).max() < 0.02
    assert abs(image.sum() / chord.sum() - 1) < 0.005


def test_a_small_dense_sphere_lands_where_its_centre_projects():
    shape = (40, 44, 48)
    matrix = centred(shape, np.array([1.2, 1.0, 1.1]))
    center_ras = np.array([9.3, -7.1, 11.4])
    k, j, i = np.indices(shape)
    ras = np.stack([i, j, k], -1) @ matrix[:3, :3].T + matrix[:3, 3]
    ball = np.clip(4.5 - np.linalg.norm(ras - center_ras, axis=-1), 0, 1)
    hu = (40 + 2400 * ball).astype(np.int16)
    camera = small_camera(96, 130.0)
    paths = material_paths(CTVolume(hu, matrix), camera, OBLIQUE)
    settings = SimulationSettings(photons_per_pixel=1e5, gas_pockets=0, add_body=False, scatter_fraction=0.1)
    image = simulate_xray(paths, settings, np.random.default_rng(0)).pixels.astype(float)
    weight = np.clip(image - 0.4 * image.max(), 0, None)
    v, u = np.mgrid[:96, :96]
    found = np.array([(weight * u).sum(), (weight * v).sum()]) / weight.sum()
    assert np.linalg.norm(found - camera.project(OBLIQUE.apply(center_ras))) < 0.5


def test_beer_lambert_for_one_energy_and_hardening_for_many(monkeypatch):
    bone, soft = np.array([[0.0, 10, 30]]), np.array([[200.0, 190, 170]])
    with monkeypatch.context() as patch:
        patch.setattr("RayEmbRegistrationLib.simulation.xray.tube_spectrum", lambda kvp: (np.array([60.0]), np.array([1.0])))
        got = transmission(MaterialPaths(bone, soft), 80)
    water, cortical = 0.2059 / 10, 0.3148 * 1.92 / 10  # NIST, 1/mm at 60 keV
    assert np.allclose(got, np.exp(-water * soft - cortical * bone), rtol=1e-5)
    per_mm = [
        -np.log(transmission(MaterialPaths(np.zeros((1, 1)), np.full((1, 1), d)), 80)[0, 0]) / d for d in (10.0, 250.0)
    ]
    assert per_mm[0] > 1.05 * per_mm[1]


def test_the_spectrum_is_that_of_a_filtered_tube():
    energies, shares = tube_spectrum(80)
    assert shares.sum() == pytest.approx(1)
    assert 40 < shares @ energies < 48
    assert linear_attenuation("water", 50.0) == pytest.approx(0.02269)
    with pytest.raises(ValueError, match="kVp"):
        tube_spectrum(20)


def test_materials_give_back_the_attenuation_of_the_ct():
    from RayEmbRegistrationLib.simulation.spectrum import REFERENCE_KEV

    hu = np.array([[[-1000, -1000, -100, 40, 300, 1500]]], np.int16)
    bone, body = decompose(CTVolume(hu, np.eye(4)))
    water = linear_attenuation("water", REFERENCE_KEV)
    total = water * (body - bone) + linear_attenuation("bone", REFERENCE_KEV) * bone
    assert np.allclose(total[0, 0] / water, 1 + hu[0, 0] / 1000, atol=0.045)
    assert not decompose(CTVolume(np.maximum(hu, 0), np.eye(4)))[1].any()


def test_the_same_seed_gives_the_same_xray_and_displays_agree():
    y, x = np.mgrid[-1:1:60j, -1:1:80j]
    paths = MaterialPaths(20 * np.exp(-8 * (x**2 + y**2)), np.full(x.shape, 180.0))
    inside = x**2 + y**2 < 0.04
    for display in ("raw", "log", "windowed"):
        for inverted in (False, True):
            settings = SimulationSettings(display=display, inverted=inverted, gas_pockets=0)
            one, two = (simulate_xray(paths, settings, np.random.default_rng(3)) for _ in range(2))
            assert np.array_equal(one.pixels, two.pixels)
            brighter = one.pixels[inside].mean() > one.pixels[~inside].mean()
            assert brighter == one.bone_is_bright
            assert one.pixels.dtype == (np.uint8 if display == "windowed" else np.uint16)
    with pytest.raises(ValueError, match="sepia"):
        simulate_xray(paths, SimulationSettings(display="sepia"), np.random.default_rng(0))


def test_hard_images_mask_metal_letters_and_collimator():
    paths = MaterialPaths(np.zeros((96, 96)), np.zeros((96, 96)))
    settings = SimulationSettings(tools=2, letter="R", collimation="round")
    xray = simulate_xray(paths, settings, np.random.default_rng(5))
    assert not xray.mask[0, 0]
    assert xray.mask[xray.mask.shape[0] // 2].any()
    assert 0.2 < xray.mask.mean() < np.pi * 0.25
    rng = np.random.default_rng(1)
    assert len({SimulationSettings.hard(rng) for _ in range(20)}) == 20


def test_pelvis_phantom_is_a_pelvis():
    ct = make_pelvis_phantom(seed=3, spacing_mm=3.0)
    centers = {name: ct.ras_from_index(np.argwhere(ct.labels == n).mean(0)[::-1]) for name, n in PELVIS_LABELS.items()}
    assert set(np.unique(ct.labels)) == {0, *PELVIS_LABELS.values()}
    assert centers["right femur"][0] > 90 > -90 > centers["left femur"][0]
    assert centers["right hemipelvis"][0] > 50 > -50 > centers["left hemipelvis"][0]
    assert abs(centers["sacrum"][0]) < 6
    assert centers["sacrum"][1] < centers["right hemipelvis"][1]
    assert centers["lumbar vertebrae"][2] > centers["sacrum"][2] > centers["left femur"][2]
    assert ct.hu[ct.labels > 0].max() > 900
    assert 150 < np.median(ct.hu[ct.labels == 1]) < 700
    assert (ct.hu < -900).mean() > 0.1
    assert np.array_equal(ct.hu, make_pelvis_phantom(seed=3, spacing_mm=3.0).hu)
    assert not np.array_equal(ct.labels, make_pelvis_phantom(seed=4, spacing_mm=3.0).labels)


def test_both_hemipelves_differ_a_little():
    ct = make_pelvis_phantom(seed=0, spacing_mm=3.0)
    left, right = (np.count_nonzero(ct.labels == n) for n in (1, 2))
    assert left != right
    assert 0.85 < left / right < 1.18
    mirrored = ct.labels[..., ::-1]
    assert np.mean((ct.labels == 2) != (mirrored == 1)) > 1e-4


@pytest.mark.parametrize(("make", "names"), [(make_knee_phantom, KNEE_LABELS), (make_wrist_phantom, WRIST_LABELS)])
def test_limb_phantoms_hold_their_bones_apart(make, names):
    ct = make(seed=1, spacing_mm=2.0)
    assert set(np.unique(ct.labels)) == {0, *names.values()}
    assert ct.hu[ct.labels > 0].mean() > 250


def test_poses_look_at_the_anatomy():
    rng, camera = np.random.default_rng(0), default_camera()
    center = np.array([12.0, -30, 400])
    for _ in range(50):
        pose, angles = random_c_arm_pose(rng, center, PoseRange(offset_mm=40))
        seen = pose.apply(center)
        assert np.abs(seen[:2]).max() <= 40
        assert 710 <= seen[2] <= 790
        assert np.all(np.abs(angles - (180, 0, 0)) <= (45, 45, 12))
        assert np.allclose(c_arm_pose(center, angles, seen).matrix, pose.matrix)
        u, v = camera.project(seen)
        assert 0 < u < camera.width
        assert 0 < v < camera.height
    straight = pose_from_ap(center, np.zeros(3), np.array([0, 0, 750.0]))
    # Image right is the patient's left, image down the feet, and the beam runs to the back.
    assert np.allclose(straight.rotation, [[-1, 0, 0], [0, 0, -1], [0, -1, 0]])


def test_a_written_case_is_read_back_the_same(tmp_path):
    import cv2

    paths = MaterialPaths(np.zeros((40, 50)), np.full((40, 50), 100.0))
    xray = simulate_xray(paths, SimulationSettings(), np.random.default_rng(0))
    camera = Camera.from_detector((50, 40), (0.5, 0.5), 1020.0, (20.0, 22.0))
    path = write_case(tmp_path, "one", xray, camera, OBLIQUE, {"kvp": 75.0})
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), xray.pixels)
    geometry = json.loads((tmp_path / "one.geometry.json").read_text())
    assert np.allclose(geometry["K"], camera.K)
    (case,) = find_cases(tmp_path)
    assert case.name == "one"
    assert np.allclose(case.truth.matrix, OBLIQUE.matrix)


def test_bone_center_uses_labels():
    labels = np.zeros((10, 10, 10), np.uint8)
    labels[2:5, 4:7, 6:9] = 1
    assert np.allclose(bone_center(CTVolume(np.zeros((10, 10, 10)), np.eye(4), labels)), (7, 5, 3))
    assert isinstance(OBLIQUE, RigidTransform)


def test_projected_ct_fits_the_xrays_of_another_simulator():
    """The published true poses, seen with this projector and these conventions, must beat poses a little beside them."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "pelvis"
    if not folder.exists():
        pytest.skip("the sample data are not here")
    import cv2
    import SimpleITK as sitk  # noqa: N813
    from RayEmbRegistrationLib.simulation.siddon_reference import siddon_line_integrals

    image = sitk.ReadImage(str(folder / "ct.nii.gz"))
    lps = np.eye(4)
    lps[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    lps[:3, 3] = image.GetOrigin()
    ct = CTVolume(sitk.GetArrayFromImage(image), np.diag([-1.0, -1, 1, 1]) @ lps)
    bone, body = decompose(ct)
    assert not body.any()

    (case,) = [case for case in find_cases(folder / "xrays") if case.name == "easy_case00"]
    geometry = json.loads(case.geometry_path.read_text())
    full = Camera(geometry["K"], geometry["image_size_px"], geometry["pixel_spacing_mm"], geometry["source_to_detector_mm"])
    camera = full.resample(64, 64)
    xray = cv2.resize(
        cv2.imread(str(case.image_path), cv2.IMREAD_UNCHANGED).astype(float), (64, 64), interpolation=cv2.INTER_AREA
    )

    def likeness(pose):
        """Correlation of fine detail; this X-ray shows bone dark."""
        drr = siddon_line_integrals(bone, ct.ras_from_ijk, camera, pose)
        fine = [a - cv2.GaussianBlur(a, (0, 0), 4) for a in (np.exp(-0.03 * drr), np.log(xray + 1000))]
        return np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1]

    right = likeness(case.truth)
    beside = [likeness(RigidTransform(np.eye(3), shift) @ case.truth) for shift in ((5.0, 0, 0), (0, -5.0, 0))]
    assert right > 0.5
    assert right > max(beside) + 0.05
