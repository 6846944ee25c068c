"""The figures of a comparison: landmarks in the X-ray, true and estimated, and the poses in space on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from RayEmbRegistrationLib.evaluation.cases import Case, read_case
from RayEmbRegistrationLib.evaluation.report.write import FigureRow
from RayEmbRegistrationLib.geometry import Camera, CTVolume, RigidTransform
from RayEmbRegistrationLib.pictures.figures import draw_text, enlarge, xray_picture
from RayEmbRegistrationLib.pictures.view3d import POSE_COLORS, SceneView, render_scene
from RayEmbRegistrationLib.pose.settings import PURPOSES
from RayEmbRegistrationLib.problems import InputProblem

from .plan import Choices, Trial
from .records import Record
from .trial import load_prepared, targets_of

# Chosen: no grey of an X-ray, and apart for people with any color vision.
MAGENTA, CYAN, WHITE = (255, 60, 220), (60, 225, 255), (240, 244, 250)
SIDE_PX, SCENE_PX, INSET_PX = 460, (620, 460), 190  # chosen: a case's pictures lie side by side on the report's page
SHOWN_LANDMARKS = 14  # chosen: more crosses would hide the bone
JUMP_MM = 25.0  # chosen: farther than a step of a refinement goes, nearer than another start
_BONE_PER_MM = 0.004  # above soft tissue; about 200 HU at diagnostic energies


@dataclass(frozen=True, eq=False)
class ShownCase:
    """A case as it is drawn, whatever the method.

    Attributes:
        name: its name.
        image: (H, W) float, bone bright.
        camera: of the image.
        truth: ``camera_from_ras``.
        landmarks_ras: (N, 3) few, well spread points of the targets that lie in the image.
    """

    name: str
    image: np.ndarray
    camera: Camera
    truth: RigidTransform
    landmarks_ras: np.ndarray


def figure_rows(trials: Sequence[Trial], records: Sequence[Record], choices: Choices, count: int) -> list[FigureRow]:
    """Pictures of a few cases, from the easiest to the hardest: of each method, and of the farthest start of each.

    Args:
        trials: that were done.
        records: of them, in their order.
        choices: of the comparison.
        count: number of cases.
    """
    by_case: dict[tuple[str, str], list[tuple[Trial, Record]]] = {}
    for trial, record in zip(trials, records, strict=True):
        by_case.setdefault((trial.patient, trial.case), []).append((trial, record))
    with_pose = [pairs for pairs in by_case.values() if any(not record.failed for _, record in pairs)]
    with_pose.sort(key=lambda pairs: float(np.mean([min(record.errors.mtre_mm, 1e3) for _, record in pairs])))
    places = np.unique(np.linspace(0, len(with_pose) - 1, min(count, len(with_pose))).round().astype(int))
    rows = []
    for place in places:
        last = {(trial.method, trial.start is None): (trial, record) for trial, record in with_pose[place]}
        shown = None
        for trial, record in last.values():
            if not trial.prepared.file_in(choices.output).exists():
                continue
            prepared = load_prepared(trial, choices)
            shown = shown or shown_case(read_case(trial.geometry_paths[0]), prepared)
            found = RigidTransform.from_matrix(np.array(record.poses[0])) if record.poses else None
            name = f"{trial.patient}, {trial.case}"
            scene, why_not = None, ""
            try:
                scene = scene_picture(shown, prepared, record)
            except InputProblem as problem:  # what draws in 3D is missing here; hours of work end in a report all the same
                why_not = str(problem)
            picture = landmarks_picture(shown, found)
            rows.append(FigureRow(name, trial.method, _caption(record), picture, scene, why_not))
    return rows


def _caption(record: Record) -> str:
    if record.failed:
        return f"no pose ({record.problem})"
    start = "" if record.initial_mtre_mm is None else f"from {record.initial_mtre_mm:.1f} mm: "
    said = {purpose: record.verdict(purpose) for purpose in PURPOSES}
    trust = ", ".join(
        f"{purpose} {'' if one.trusted else 'not '}trusted" for purpose, one in said.items() if one is not None
    )
    return f"{start}mTRE {record.errors.mtre_mm:.2f} mm, mPD {record.errors.mpd_mm:.2f} mm, {trust}"


def shown_case(case: Case, prepared: Any) -> ShownCase:
    """Read an X-ray for drawing.

    Args:
        case: with a known pose.
        prepared: the PreparedCT, whose bone points stand in for landmarks that the case lacks.
    """
    from RayEmbRegistrationLib.application.open_xray import open_xray

    view = open_xray(case.image_path, case.geometry_path)
    image = np.asarray(view.pixels, dtype=np.float32)
    if view.intensity == "raw":
        image = -np.log(np.maximum(image, max(float(np.percentile(image, 0.1)), 1.0)))
    elif not view.polarity_hint:
        image = -image
    targets = targets_of(case, prepared)
    pixels = view.camera.project(case.known_truth.apply(targets))
    margin = 0.02 * max(view.camera.image_size)
    inside = ((pixels >= margin) & (pixels <= np.array(view.camera.image_size) - 1 - margin)).all(axis=1)
    return ShownCase(case.name, image, view.camera, case.known_truth, spread(targets[inside], SHOWN_LANDMARKS))


def spread(points: np.ndarray, count: int) -> np.ndarray:
    """(count, 3) of the points (N, 3), far from each other; all of them where they are fewer."""
    if len(points) <= count:
        return points
    chosen = [int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmax())]
    gaps = np.linalg.norm(points - points[chosen[0]], axis=1)
    while len(chosen) < count:
        chosen.append(int(gaps.argmax()))
        gaps = np.minimum(gaps, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return points[chosen]


def landmarks_picture(shown: ShownCase, found: RigidTransform | None, side: int = SIDE_PX) -> np.ndarray:
    """(h, w, 3) the X-ray with the landmarks under the true pose in magenta, under the estimated one in cyan, and joined.

    Landmarks that an estimate throws out of the image end their line at its edge.
    """
    import cv2

    picture = np.ascontiguousarray(xray_picture(shown.image, None, side))
    small = shown.camera.resample(picture.shape[1], picture.shape[0])
    true = small.project(shown.truth.apply(shown.landmarks_ras))
    estimated = np.full_like(true, np.nan) if found is None else small.project(found.apply(shown.landmarks_ras))
    for start, end in zip(_fixed(true), _fixed(estimated), strict=True):
        if start is not None and end is not None:
            cv2.line(picture, start, end, WHITE, 1, cv2.LINE_AA, 4)
    for place in _fixed(true):
        if place is not None:
            cv2.circle(picture, place, 5 * 16, MAGENTA, 2, cv2.LINE_AA, 4)
    for place in _fixed(estimated):
        if place is not None:
            cv2.circle(picture, place, round(2.4 * 16), CYAN, -1, cv2.LINE_AA, 4)
    return picture


def _fixed(pixels: np.ndarray) -> list[tuple[int, int] | None]:
    """Sixteenths of a pixel, for drawing; None where there is none."""
    fixed: list[tuple[int, int] | None] = []
    for place in pixels:
        column, row = np.round(np.clip(np.nan_to_num(place), -5000, 5000) * 16).astype(int).tolist()
        fixed.append((column, row) if np.isfinite(place).all() else None)
    return fixed


def scene_picture(shown: ShownCase, prepared: Any, record: Record, size: tuple[int, int] = SCENE_PX) -> np.ndarray:
    """(h, w, 3) initial, estimated and true pose in space, joined by the way between them, the sources' also magnified.

    The bones are where the CT is; what moves is the source with its detector.
    """
    path = [RigidTransform.from_matrix(np.array(pose)) for pose in (*record.path, *record.poses[:1])]
    path = last_try(path, shown.landmarks_ras, record.start is not None)
    values = prepared.attenuation.cpu().numpy()
    small = shown.camera.resample(*_fitting(shown.camera.image_size, 500))
    texture = enlarge(shown.image, 500)
    scene = [SceneView(small, path[0], None, "initial")] if len(path) > 1 else []
    scene += [SceneView(small, shown.truth, texture[: small.height, : small.width], "truth")]
    scene += [SceneView(small, path[-1], None, "estimate")] if path else []
    lines = [np.array([SceneView(small, pose).source_ras for pose in path])] if len(path) > 1 else []
    lines += [np.array([SceneView(small, pose).corners_ras.mean(axis=0) for pose in path])] if len(path) > 1 else []
    volume = CTVolume(values, prepared.ras_from_ijk)
    picture = render_scene(volume, values > _BONE_PER_MM, scene, size, lines)
    if path:
        inset = _sources_inset(shown.truth, path)
        picture[10 : 10 + len(inset), -10 - inset.shape[1] : -10] = inset
    return picture


def last_try(path: Sequence[RigidTransform], points_ras: np.ndarray, has_start: bool) -> list[RigidTransform]:
    """The end of a path from its last jump on, and the start where one was given.

    A registration that is not convinced starts afresh elsewhere; what lies between its tries is no way that it went.

    Args:
        path: poses, the last one being the result.
        points_ras: (N, 3) mm, whose mean displacement tells a jump from a step.
        has_start: whether the first pose was given.
    """
    steps = [np.linalg.norm(a.apply(points_ras) - b.apply(points_ras), axis=1).mean() for a, b in pairwise(path)]
    first = max((n + 1 for n, step in enumerate(steps) if step > JUMP_MM), default=0)
    return [*(path[:1] if has_start and first > 0 else []), *path[first:]]


def _fitting(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = side / max(size)
    return round(size[0] * scale), round(size[1] * scale)


def _sources_inset(truth: RigidTransform, path: Sequence[RigidTransform], side: int = INSET_PX) -> np.ndarray:
    """(side, side, 3) the source on its way, seen from the side of the true beam: depth to the right, the largest offset
    across it upwards.
    """
    import cv2

    sources = truth.apply(np.array([pose.inverse().translation for pose in path]))  # the true source is the origin
    across = np.linalg.svd(sources[:, :2] + 1e-9)[2][0]
    points = np.stack([sources[:, 2], sources[:, :2] @ across], axis=-1)
    reach = max(float(np.abs(points).max()), 0.5)
    scale, many = 0.40 * side / reach, 4
    canvas = np.full((side * many, side * many, 3), (30, 34, 44), np.uint8)
    places = [(round((side / 2 + scale * x) * many), round((side / 2 - scale * y) * many)) for x, y in points.tolist()]
    home = (side * many // 2, side * many // 2)
    cv2.line(canvas, (0, home[1]), (side * many, home[1]), (62, 68, 82), many)
    cv2.line(canvas, (home[0], 0), (home[0], side * many), (62, 68, 82), many)
    first, last = np.array(POSE_COLORS["initial"], float), np.array(POSE_COLORS["estimate"], float)
    for n in range(len(places) - 1):
        color = tuple((first + (last - first) * (n + 0.5) / (len(places) - 1)).tolist())
        cv2.line(canvas, places[n], places[n + 1], color, 2 * many, cv2.LINE_AA)
    cv2.line(canvas, places[-1], home, POSE_COLORS["truth"], many, cv2.LINE_AA)
    for place, kind in ((places[0], "initial"), (home, "truth"), (places[-1], "estimate")):
        radius = {"initial": 5, "truth": 6, "estimate": 4}[kind]
        cv2.circle(canvas, place, radius * many, POSE_COLORS[kind], -1, cv2.LINE_AA)
    inset = np.ascontiguousarray(cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA))
    bar = _round_length(0.5 * reach)
    length = round(scale * bar)
    cv2.line(inset, (10, side - 12), (10 + length, side - 12), WHITE, 2)
    draw_text(inset, f"{bar:g} mm", (16 + length, side - 8), 0.4)
    draw_text(inset, "source: depth >", (8, 16), 0.38)
    cv2.rectangle(inset, (0, 0), (side - 1, side - 1), (90, 98, 114), 1)
    return inset


def _round_length(value: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not larger."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(factor * power for factor in (1, 2, 5) if factor * power <= value * 1.0001))
