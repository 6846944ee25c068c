"""Files in the layouts of published data sets, with phantoms and known truth.

Written from the published descriptions with plain matrices, not with the library's own conversions: the projections of
every landmark are ``intrinsic @ (extrinsic @ inverse(pose) @ X)`` and are also drawn into the images, as dark dots.
"""

from dataclasses import dataclass, field

import numpy as np

LANDMARKS = ("ASIS-l", "ASIS-r", "FH-l", "FH-r", "GSN-l", "GSN-r", "IOF-l", "IOF-r", "MOF-l", "MOF-r", "SPS-l", "SPS-r")
DEEPFLUORO_LABELS = {
    1: "left-hemipelvis",
    2: "right-hemipelvis",
    3: "vertebrae",
    4: "upper-sacrum",
    5: "left-femur",
    6: "right-femur",
    7: "lower-sacrum",
}
OPEN_BEAM = 65487.0


@dataclass
class Truth:
    """What was written, by plain formulas.

    Attributes:
        points: (N, 3) landmarks, in the file's own frame, mm.
        pixels: image key to (N, 2) positions in the stored image.
    """

    points: np.ndarray
    pixels: dict = field(default_factory=dict)


def rigid(rotation, translation):
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, translation
    return matrix


def any_rotation(rng):
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return rotation * np.linalg.det(rotation)


def camera_pose(rng, center, distance):
    """(4, 4) xReg camera frame (detector at negative z) from the patient: the centre lies ``distance`` before the source."""
    rotation = any_rotation(rng)
    return rigid(rotation, np.array([rng.uniform(-30, 30), rng.uniform(-30, 30), -distance]) - rotation @ center)


def projected(intrinsic, camera_from_patient, points):
    homogeneous = points @ camera_from_patient[:3, :3].T + camera_from_patient[:3, 3]
    image = homogeneous @ intrinsic.T
    return image[:, :2] / image[:, 2:]


def dotted_image(shape, pixels, level=40000.0):
    """(H, W) bright field with a small dark dot at every (column, row), darker from one to the next."""
    v, u = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    image = np.full(shape, level)
    for n, (column, row) in enumerate(pixels):
        image *= 1 - (0.3 + 0.5 * n / len(pixels)) * np.exp(-((u - column) ** 2 + (v - row) ** 2) / 2.0)
    return image.astype(np.float32)


def volume_with_marks(shape_kji, origin, spacing, points, backwards_x=False):
    """(K, J, I) int16 with one voxel of 1000 + n at every point; ``backwards_x`` reverses the order along i."""
    hu = np.full(shape_kji, -1000, np.int16)
    for n, point in enumerate(points):
        i, j, k = np.rint((point - origin) / spacing).astype(int)
        hu[k, j, shape_kji[2] - 1 - i if backwards_x else i] = 1000 + n
    return hu


def points_on_voxels(rng, shape_kji, origin, spacing, count):
    """(count, 3) points at voxel centres, far enough apart to be told apart in an image."""
    points = []
    while len(points) < count:
        index = rng.integers(3, np.array(shape_kji[::-1]) - 3)
        point = origin + spacing * index
        if all(np.linalg.norm(point - other) > 12 for other in points):
            points.append(point)
    return np.array(points)


def write_deepfluoro(path, specimens=("17-1882", "18-0725"), projections=3, size=(360, 330), seed=0):
    """A small ``ipcai_2020_full_res_data.h5``: every second image needs a turn; returns specimen to Truth."""
    import h5py

    rng = np.random.default_rng(seed)
    columns, rows = size
    focal = 1020.0 / 0.6
    intrinsic = np.array([[-focal, 0, (columns - 1) / 2 + 4], [0, -focal, (rows - 1) / 2 - 3], [0, 0, 1]])
    extrinsic = rigid(any_rotation(rng), rng.uniform(-400, 400, 3))
    truths = {}
    with h5py.File(path, "w") as file:
        group = file.create_group("proj-params")
        for name, value in (
            ("intrinsic", intrinsic.astype(np.float32)),
            ("extrinsic", extrinsic),
            ("num-cols", np.uint64(columns)),
            ("num-rows", np.uint64(rows)),
            ("pixel-col-spacing", np.float32(0.6)),
            ("pixel-row-spacing", np.float32(0.6)),
        ):
            group[name] = value
        intrinsic = intrinsic.astype(np.float32).astype(np.float64)
        for specimen in specimens:
            truths[specimen] = _write_specimen(
                file.create_group(specimen), rng, intrinsic, extrinsic, (columns, rows, projections)
            )
    return truths


def _write_specimen(group, rng, intrinsic, extrinsic, counts):
    columns, rows, projections = counts
    shape, spacing, origin = (60, 50, 70), np.ones(3), rng.uniform(-900, 100, 3).round(1)
    truth = Truth(points_on_voxels(rng, shape, origin, spacing, len(LANDMARKS)))
    labels = np.zeros(shape, np.uint8)
    labels[10:20, 10:20, 10:20], labels[30:40, 10:20, 10:20] = 1, 5
    hu = volume_with_marks(shape, origin, spacing, truth.points)
    hu[(labels > 0) & (hu < 0)] = 400
    _write_image(group.create_group("vol"), hu.astype(np.float32), origin)
    _write_image(group.create_group("vol-seg/image"), labels, origin)
    for number, name in DEEPFLUORO_LABELS.items():
        group[f"vol-seg/labels-def/{number}"] = name
    for name, point in zip(LANDMARKS, truth.points, strict=True):
        group[f"vol-landmarks/{name}"] = point[:, None]
    center = origin + np.array(shape[::-1]) / 2
    for n in range(projections):
        camera_from_pelvis = camera_pose(rng, center, 720.0)
        pixels = projected(intrinsic, camera_from_pelvis, truth.points)
        projection = group.create_group(f"projections/{n:03d}")
        image = dotted_image((rows, columns), pixels)
        _write_image(projection.create_group("image"), image, np.zeros(2), 0.6)
        _write_image(projection.create_group("gt-seg"), (image < 39000).astype(np.uint8), np.zeros(2), 0.6)
        for name, pixel in zip(LANDMARKS, pixels, strict=True):
            projection[f"gt-landmarks/{name}"] = pixel[:, None]
        femur_moved = rigid(np.eye(3), [5.0, 0, 0])
        # Published poses map from the camera's world to the volume.
        for bone, moved in (("pelvis", np.eye(4)), ("left-femur", femur_moved), ("right-femur", np.eye(4))):
            projection[f"gt-poses/cam-to-{bone}-vol"] = np.linalg.inv(np.linalg.inv(extrinsic) @ camera_from_pelvis @ moved)
        projection["gt-poses/left-femur-good-fov"] = np.uint8(n % 2 == 0)
        projection["gt-poses/right-femur-good-fov"] = np.uint8(0)
        projection["rot-180-for-up"] = np.uint8(n % 2)
        truth.pixels[f"{n:03d}"] = pixels
    return truth


def _write_image(group, pixels, origin, spacing=1.0):
    count = pixels.ndim
    group["pixels"] = pixels
    group["origin"] = np.asarray(origin, dtype=np.float64)[:, None]
    group["spacing"] = np.full((count, 1), spacing)
    group["dir-mat"] = np.eye(count)


def write_ljubljana(path, subjects=2, size=(250, 200), seed=1):
    """A small ``ljubljana.h5``; every image has its own intrinsic matrix. Returns subject to Truth."""
    import h5py

    rng = np.random.default_rng(seed)
    truths = {}
    with h5py.File(path, "w") as file:
        for n in range(1, subjects + 1):
            group = file.create_group(f"subject{n:02d}")
            shape, spacing, origin = (40, 46, 52), np.array([0.8, 0.8, 1.1]), rng.uniform(-40, 10, 3)
            truth = Truth(points_on_voxels(rng, shape, origin, spacing, 8))
            stored = volume_with_marks(shape, origin, spacing, truth.points, backwards_x=True).transpose(2, 1, 0)
            group["volume/pixels"], group["volume/spacing"], group["volume/origin"] = stored, spacing, origin
            group["points"] = truth.points
            center = origin + spacing * np.array(shape[::-1]) / 2
            for view in ("ap", "lat", "ap-max", "lat-max"):
                focal = rng.uniform(1900, 2300)
                intrinsic = np.array([[-focal, 0, rng.uniform(115, 135)], [0, -focal, rng.uniform(90, 110)], [0, 0, 1]])
                extrinsic = camera_pose(rng, center, 740.0)
                extrinsic[:2, 3] *= 0.3
                pixels = projected(intrinsic, extrinsic, truth.points)
                projection = group.create_group(f"proj-{view}")
                projection["pixels"] = dotted_image(size[::-1], pixels)
                projection["intrinsic"], projection["extrinsic"] = intrinsic, extrinsic
                projection["row-spacing"] = projection["col-spacing"] = 0.5
                truth.pixels[view] = pixels
            truths[f"subject{n:02d}"] = truth
    return truths


def write_ctpelvic1k(folder, seed=2):
    """Two cases of the CLINIC part and a mask whose CT is elsewhere, from phantoms; returns name to CTVolume."""
    import SimpleITK as sitk  # noqa: N813 - its customary name
    from RayEmbRegistrationLib.geometry.frames import itk_of_ras_from_ijk
    from RayEmbRegistrationLib.simulation.phantoms.phantom import PELVIS_LABELS, make_pelvis_phantom

    ct = make_pelvis_phantom(seed, spacing_mm=5.0)
    # CTPelvic1K's own numbers: sacrum, one hip bone, the other, lumbar spine; femora have none.
    numbers = {"sacrum": 1, "left hemipelvis": 2, "right hemipelvis": 3, "lumbar vertebrae": 4}
    labels = np.zeros_like(ct.labels)
    for name, number in numbers.items():
        labels[ct.labels == PELVIS_LABELS[name]] = number
    grid = itk_of_ras_from_ijk(ct.ras_from_ijk)

    def write(values, path, shift=0.0):
        path.parent.mkdir(parents=True, exist_ok=True)
        image = sitk.GetImageFromArray(values)
        image.SetOrigin((grid.origin + shift).tolist())
        image.SetSpacing(grid.spacing.tolist())
        image.SetDirection(grid.direction.ravel().tolist())
        sitk.WriteImage(image, str(path))

    volumes, masks = folder / "CTPelvic1K_dataset6_data", folder / "ipcai2021_dataset6_Anonymized"
    for n in (1, 2):
        write(ct.hu, volumes / f"dataset6_CLINIC_{n:04d}_data.nii.gz")
    write(labels, masks / "dataset6_CLINIC_0001_mask_4label.nii.gz")
    swapped = labels.copy()
    swapped[labels == 2], swapped[labels == 3] = 3, 2
    write(swapped, masks / "dataset6_CLINIC_0002_mask_4label.nii.gz", shift=40.0)
    write(labels, folder / "CTPelvic1K_dataset1_mask_mappingback" / "dataset1_img0001_mask_4label.nii.gz")
    return ct, labels
