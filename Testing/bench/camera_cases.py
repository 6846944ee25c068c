"""Registrations with a wrong camera: which value is off by how much, and what was given.

The start is 3 degrees and 3 mm off at most and made with the camera that is given, so that neither it nor the limits of
depth give anything away. What the images say of a run is kept, so that the test can be changed without registering again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from camera_xrays import DEVELOP, JUDGE, distorted, pair_of, pairs_of, prepared_of, true_camera, truth_of
from common import start_near
from quality_xrays import seed_of
from RayEmbRegistrationLib.geometry import Camera, RigidTransform

FAULTS = {  # size of each, by kind
    "right": (0.0,),
    "aspect": (0.01, 0.02, 0.03),
    "radial": (0.005, 0.01, 0.02, 0.05),
    "distance": (0.02, 0.05, 0.10),
    "principal point": (5.0, 10.0, 20.0),
    "rig turned": (1.0,),
    "rig shifted": (5.0, 10.0),
}
IN_ONE_VIEW = tuple(kind for kind in FAULTS if not kind.startswith("rig "))
LARGEST_DEPTH_MM = 300.0


@dataclass(frozen=True)
class Case:
    """One registration.

    Attributes:
        subject, number: of the pair of X-rays.
        views: which of them.
        kind, size: of ``FAULTS``.
    """

    subject: str
    number: int
    views: tuple[int, ...]
    kind: str
    size: float

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.subject}.{self.number}.{''.join(map(str, self.views))}.{self.kind}.{self.size:g}"


def cases(quick: bool = False) -> Iterator[Case]:
    """So ordered that whatever was made so far is balanced; each size falls to some pairs."""
    for number in range(1 if quick else 4):
        for place, subject in enumerate((*DEVELOP, *JUDGE)[:: 12 if quick else 1]):
            if number not in pairs_of(subject):
                continue
            for kind, sizes in FAULTS.items():
                turn = number + place
                if kind in IN_ONE_VIEW:
                    views = (0, 1) if kind == "right" else (turn % 2,)
                    yield from (Case(subject, number, (view,), kind, sizes[turn % len(sizes)]) for view in views)
                yield Case(subject, number, (0, 1), kind, sizes[(turn + 1) % len(sizes)])


@dataclass(frozen=True, eq=False)
class Setup:
    """What is given to a registration, and what would be right.

    Attributes:
        pixels: (H, W) of each view.
        cameras: as given.
        places: cameras from the first, as given.
        truth: camera_from_ras of the first view.
        seen: the pose that looks most alike by the cameras given.
        fault: what is off and by how much, for the record: the value that would be right relative to the one given.
    """

    pixels: list[np.ndarray]
    cameras: list[Camera]
    places: list[RigidTransform]
    truth: RigidTransform
    seen: RigidTransform
    fault: dict


def setup(case: Case) -> Setup:
    """With the wrong camera."""
    from RayEmbRegistrationLib.quality.distance import with_focal

    pair, rng = pair_of(case.subject, case.number), np.random.default_rng(seed_of("camera", case.name))
    pixels = [pair.pixels[n].astype(np.float32) for n in case.views]
    right = true_camera()
    cameras, truth = [right] * len(pixels), truth_of(pair, case.views[0])
    places = [truth_of(pair, n) @ truth.inverse() for n in case.views]
    sign, center = float(rng.choice([-1, 1])), prepared_of(case.subject).center_ras
    at_fault = list(range(len(pixels)))
    if len(pixels) > 1 and rng.random() < 0.5:
        at_fault = [int(rng.integers(2))]
    depth, shift = float(truth.apply(center)[2]), np.zeros(3)
    fault: dict = {"views": at_fault}
    if case.kind == "distance":
        ratio = 1 + sign * case.size
        cameras = [with_focal(right, ratio) if n in at_fault else right for n in range(len(pixels))]
        shift[2] = depth * (ratio - 1) * len(at_fault) / len(pixels)
        fault["log"] = -float(np.log(ratio))
    elif case.kind == "aspect":
        K = right.K.copy()
        K[:2, :2] *= np.exp(sign * case.size / 2 * np.array([[1], [-1]]))
        wrong = replace(right, K=K)
        cameras = [wrong if n in at_fault else right for n in range(len(pixels))]
        fault["log"] = -sign * case.size
    elif case.kind == "radial":
        pixels = [distorted(image, sign * case.size) if n in at_fault else image for n, image in enumerate(pixels)]
        fault["k1"] = sign * case.size
    elif case.kind == "principal point":
        angle = rng.uniform(0, 2 * np.pi)
        off = case.size * np.array([np.cos(angle), np.sin(angle)])
        K = right.K.copy()
        K[:2, 2] += off / np.array(right.pixel_spacing_mm)
        cameras = [replace(right, K=K) if n in at_fault else right for n in range(len(pixels))]
        if 0 in at_fault:
            shift[:2] = -off * depth / right.source_to_detector_mm
        fault["mm"] = (-off).tolist()
    elif case.kind.startswith("rig "):
        axis = rng.normal(size=3)
        axis /= np.linalg.norm(axis)
        turned = case.kind == "rig turned"
        turn = RigidTransform.from_rotation_vector(np.radians(case.size) * axis) if turned else RigidTransform()
        wrong = RigidTransform(turn.rotation, np.zeros(3) if turned else case.size * axis)
        places[1] = wrong @ places[1]
        fault = {"views": [1], "axis": axis.tolist()}
    seen = RigidTransform(truth.rotation, truth.translation + shift)
    return Setup(pixels, cameras, places, truth, seen, fault)


def registered(case: Case, pose: np.ndarray | None = None):
    """(problem, pose) of a registration from nearby, not judged; None where the bone is lost from the X-rays."""
    from RayEmbRegistrationLib.drr.poses import Poses
    from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY, refine_by_schedule
    from RayEmbRegistrationLib.pose.group import make_group
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.problems import InputProblem
    from RayEmbRegistrationLib.xray.view import XrayView

    pair, given, prepared = pair_of(case.subject, case.number), setup(case), prepared_of(case.subject)
    rng = np.random.default_rng(seed_of("start", case.name))
    start = start_near(given.seen, prepared.center_ras, 3, 3, rng)
    xrays = [
        XrayView.of_camera(image, camera, bone_is_bright=bool(pair.bright[n]), camera_from_rig=place)
        for image, camera, n, place in zip(given.pixels, given.cameras, case.views, given.places, strict=True)
    ]
    if case.kind == "principal point":  # nobody would have measured it
        xrays = [_assuming_principal_point(xray) for xray in xrays]
    try:
        group = make_group(xrays, prepared, RegistrationSettings(refine_only=True))
        depth = float(start.apply(prepared.center_ras)[2])
        problem = group.problem(group.polarities(False), (depth - LARGEST_DEPTH_MM, depth + LARGEST_DEPTH_MM))
        if pose is None:
            pose = refine_by_schedule(problem, Poses.of(start), REFINE_ONLY, rng).pose.numpy[0]
    except InputProblem:
        return None
    return given, problem, Poses.of(pose)


def _assuming_principal_point(xray):
    from RayEmbRegistrationLib.geometry.sourced import Sourced

    at = xray.geometry.value("principal_point_px")
    return replace(xray, geometry=replace(xray.geometry, principal_point_px=Sourced(at, "assumed", "the image's middle")))


def pose_difference(found: RigidTransform, other: RigidTransform, center_ras: np.ndarray) -> np.ndarray:
    """(6,) turn (rad) about the bone's centre and shift (mm) from one pose to another, camera axes."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_matrix(other.rotation @ found.rotation.T).as_rotvec()
    return np.concatenate([turn, other.apply(center_ras) - found.apply(center_ras)])
