"""Our readers beside plain transcriptions of published ones: the authors' overlay script, and DiffPose's chain of matrices.

Transcribed from the formulas of rg2/DeepFluoroLabeling-IPCAI2020 (``make_full_res_overlays.py``, layout description) and of
eigenvivek/DiffPose (``deepfluoro.py``, ``ljubljana.py``, ``calibration.py``), with matrices and numpy alone.
"""

import numpy as np
import pytest
from dataset_files import write_deepfluoro, write_ljubljana
from RayEmbRegistrationLib.evaluation.datasets.deepfluoro import DeepFluoro
from RayEmbRegistrationLib.evaluation.datasets.ljubljana import VIEWS, Ljubljana
from RayEmbRegistrationLib.geometry.frames import ras_from_lps

h5py = pytest.importorskip("h5py")

BORDER = 50
FLIP_XZ = np.array([[0.0, 0, -1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
FLIP_180 = np.diag([1.0, -1, -1, 1])


def shifted(x, y, z):
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


def moved(matrix, points):
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def seen(intrinsic, points_camera):
    """DiffPose's ``perspective_projection``."""
    image = points_camera @ intrinsic.T
    return image[:, :2] / image[:, 2:]


@pytest.fixture(scope="module")
def deepfluoro(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "ipcai_2020_full_res_data.h5"
    write_deepfluoro(path, projections=4, seed=11)
    return path


@pytest.fixture(scope="module")
def ljubljana(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "ljubljana.h5"
    write_ljubljana(path, seed=12)
    return path


def diffpose_pose(parameters, projection, origin, focal_mm):
    """DiffPose's pose of a projection: from its detector frame to the volume, a half turn about the beam where wanted.

    Its ``a.compose(b)`` applies a first; here matrices stand in the order of mathematics.
    """
    pose = (
        np.linalg.inv(shifted(*origin))
        @ projection["gt-poses/cam-to-pelvis-vol"][()]
        @ np.linalg.inv(parameters["extrinsic"][()])
        @ FLIP_XZ
        @ shifted(-focal_mm / 2, 0, 0)
    )
    return pose @ FLIP_180 if projection["rot-180-for-up"][()] else pose


def diffpose_fiducials(intrinsic, pose, origin, focal_mm, points_lps):
    """DiffPose's ``get_2d_fiducials`` with its border of 50 pixels."""
    extrinsic = FLIP_XZ @ shifted(-focal_mm / 2, 0, 0) @ np.linalg.inv(pose) @ np.linalg.inv(shifted(*origin))
    return seen(intrinsic, moved(extrinsic, points_lps)) - BORDER


def authors_landmarks(projection, columns, rows):
    """The overlay script's: stored pixels, turned with the image, then cut like DiffPose's ``center_crop``."""
    names = sorted(projection["gt-landmarks"])
    pixels = np.array([projection[f"gt-landmarks/{name}"][()].ravel() for name in names])
    if projection["rot-180-for-up"][()]:
        pixels = np.array([columns - 1, rows - 1]) - pixels
    return pixels - BORDER


def test_deepfluoro_lands_on_the_authors_landmarks(deepfluoro):
    turned = 0
    with h5py.File(deepfluoro) as file, DeepFluoro(deepfluoro) as data:
        columns, rows = int(file["proj-params/num-cols"][()]), int(file["proj-params/num-rows"][()])
        for case in data.cases():
            projection = file[f"{case.subject}/projections/{case.name.split('_')[1]}"]
            expected = authors_landmarks(projection, columns, rows)
            found = case.view.camera.project(case.truth.apply(case.targets_ras))
            assert np.abs(found - expected).max() < 0.01
            image = projection["image/pixels"][()]
            if projection["rot-180-for-up"][()]:
                image, turned = np.rot90(image, 2), turned + 1
            np.testing.assert_array_equal(case.view.pixels, image[BORDER:-BORDER, BORDER:-BORDER])
    assert turned == 4


def test_deepfluoro_agrees_with_diffpose_but_for_its_half_turn(deepfluoro):
    """DiffPose turns by 180 degrees about the beam, and with it about the principal point, but the image about its middle.

    Both are the same only where the principal point is the image's middle; the authors' own turn, and ours, is the image's.
    """
    with h5py.File(deepfluoro) as file, DeepFluoro(deepfluoro) as data:
        parameters = file["proj-params"]
        intrinsic = parameters["intrinsic"][()].astype(np.float64)
        size = np.array([parameters["num-cols"][()], parameters["num-rows"][()]], dtype=np.float64)
        spacing = float(parameters["pixel-col-spacing"][()])
        focal_mm = abs((intrinsic[0, 0] + intrinsic[1, 1]) / 2 * spacing)
        for case in data.cases():
            group = file[case.subject]
            projection = group[f"projections/{case.name.split('_')[1]}"]
            origin = group["vol/origin"][()].ravel()
            points_lps = np.array([group[f"vol-landmarks/{name}"][()].ravel() for name in sorted(group["vol-landmarks"])])
            pose = diffpose_pose(parameters, projection, origin, focal_mm)
            theirs = diffpose_fiducials(intrinsic, pose, origin, focal_mm, points_lps)
            apart = 2 * intrinsic[:2, 2] - (size - 1) if projection["rot-180-for-up"][()] else np.zeros(2)
            ours = case.view.camera.project(case.truth.apply(case.targets_ras))
            assert np.abs(theirs - ours - apart).max() < 0.01
            # The source in the volume, which no convention of images changes.
            source = moved(pose, np.array([[focal_mm / 2, 0, 0]]))[0] + origin
            np.testing.assert_allclose(case.truth.inverse().translation, ras_from_lps(source), atol=0.01)


def test_deepfluoro_volume_has_the_same_voxels_at_the_same_points(deepfluoro):
    """DiffPose's volume is (x, y, z) with x reversed, and its points are LPS less the origin at one millimetre a voxel."""
    with h5py.File(deepfluoro) as file, DeepFluoro(deepfluoro) as data:
        group = file["17-1882"]
        volume = np.swapaxes(group["vol/pixels"][()].astype(np.float32), 0, 2)[::-1]
        origin, ct = group["vol/origin"][()].ravel(), data.ct("17-1882")
        rng = np.random.default_rng(0)
        for point in origin + rng.integers(0, np.array(volume.shape), (40, 3)):
            i, j, k = np.rint(point - origin).astype(int)
            ours = np.rint(ct.index_from_ras(ras_from_lps(point))).astype(int)
            assert ct.hu[tuple(ours[::-1])] == volume[volume.shape[0] - 1 - i, j, k]


def test_ljubljana_agrees_with_diffpose(ljubljana):
    """There the chain has no LPS and no turn: ``intrinsic @ extrinsic`` on the points as they are stored."""
    with h5py.File(ljubljana) as file, Ljubljana(ljubljana) as data:
        for subject in data.subjects:
            for view in VIEWS:
                group = file[f"{subject}/proj-{view}"]
                intrinsic, extrinsic = group["intrinsic"][()], group["extrinsic"][()]
                focal_mm = abs(intrinsic[0, 0] * group["col-spacing"][()] + intrinsic[1, 1] * group["row-spacing"][()]) / 2
                pose = np.linalg.inv(extrinsic) @ FLIP_XZ @ shifted(-focal_mm / 2, 0, 0)
                back = FLIP_XZ @ shifted(-focal_mm / 2, 0, 0) @ np.linalg.inv(pose)
                theirs = seen(intrinsic, moved(back, file[f"{subject}/points"][()]))
                case = data.case(subject, view)
                ours = case.view.camera.project(case.truth.apply(case.targets_ras))
                assert np.abs(theirs - ours).max() < 0.01
                assert case.view.camera.source_to_detector_mm == pytest.approx(focal_mm)


def test_ljubljana_holds_either_sign_of_depth(ljubljana, tmp_path):
    """The same formula with the detector at positive z, and points still in front of the source."""
    path = tmp_path / "ljubljana.h5"
    path.write_bytes(ljubljana.read_bytes())
    half_turn = np.diag([-1.0, 1, -1, 1])
    with h5py.File(path, "a") as file:
        group = file["subject01/proj-ap"]
        group["extrinsic"][...] = half_turn @ group["extrinsic"][()]
        group["intrinsic"][...] = -group["intrinsic"][()] @ half_turn[:3, :3]
    with Ljubljana(ljubljana) as before, Ljubljana(path) as after:
        first, second = before.case("subject01", "ap"), after.case("subject01", "ap")
    np.testing.assert_allclose(second.truth.matrix, first.truth.matrix, atol=1e-9)
    np.testing.assert_allclose(second.view.camera.K, first.view.camera.K, atol=1e-9)
