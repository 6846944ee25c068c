"""Registrations with a wrong camera: whether the value at fault is named, how often a right camera is accused, and whether
it is foreseen where a value that no view can test sends the pose.

What the images say of a run is kept, so that the test can be changed without registering again; ``--as-made`` judges what
was made so far.
"""

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from camera_cases import FAULTS, Case, Setup, cases, pose_difference, registered
from camera_xrays import DEVELOP, FOLDER, JUDGE, pair_of, true_camera, truth_of
from common import Benchmark, rounded, row, share
from quality_cases import VERSION
from RayEmbRegistrationLib.geometry import RigidTransform

MARK = "sums-5"  # of what is kept; change it when that changes


def make_run(case: Case) -> Path:
    """Register one and keep what its images say, unless it was."""
    import torch
    from RayEmbRegistrationLib.quality.camera_apart import rig_from, taken_apart
    from RayEmbRegistrationLib.quality.cells import pictures_of

    path = FOLDER / MARK / f"{case.name}.npz"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with torch.no_grad():
        kept = FOLDER / "runs" / f"{case.name}.npy"
        kept.parent.mkdir(exist_ok=True)
        found = registered(case, np.load(kept) if kept.exists() else None)
        about: dict = {**vars(case)}
        if found is None:
            np.savez_compressed(path, about=json.dumps(about))
            return path
        given, problem, solved = found
        np.save(kept, found[2].numpy[0])
        about["seconds"] = time.perf_counter() - began
        pose = solved.rigid[0]
        center = problem.limits.center_ras
        off = pose_difference(pose, given.truth, center)
        points = problem.prepared.bone_points_ras
        about |= {"fault": given.fault, "off": off.tolist()}
        about["mtre_mm"] = float(np.linalg.norm(pose.apply(points) - given.truth.apply(points), axis=1).mean())
        about["from_seen"] = pose_difference(pose, given.seen, center).tolist()
        arrays: dict = {"pose": pose.matrix}
        began = time.perf_counter()
        pictures = pictures_of(problem, solved)
        about["pictures_s"] = time.perf_counter() - began
        about["similarity"] = similarity_of(pictures)
        began = time.perf_counter()
        arrays |= sums_arrays("", problem, solved, pictures)
        about["sums_s"] = time.perf_counter() - began
        if len(problem.views) > 1:
            began = time.perf_counter()
            apart = taken_apart(problem, solved)
            about["apart_s"] = time.perf_counter() - began
            other, moved = rig_from(problem, apart)
            pictures = pictures_of(other, apart[0])
            about["similarity_apart"] = similarity_of(pictures)
            arrays |= sums_arrays("apart_", other, apart[0], pictures) | {"apart_pose": apart[0].numpy[0], "moved": moved}
    np.savez_compressed(path, about=json.dumps(about), **arrays)
    return path


def verdicts_of(case: Case) -> dict | None:
    """What quality makes of a run that ``make_run`` kept, and how far it is off; None where nothing was registered."""
    import torch
    from quality_cases import evidence_content
    from quality_evidence import evidence_of
    from RayEmbRegistrationLib.files.writing import write_text
    from RayEmbRegistrationLib.quality.assessment import quality_from
    from RayEmbRegistrationLib.quality.calibration import read_calibration
    from RayEmbRegistrationLib.quality.evidence import examine

    kept, path = FOLDER / "runs" / f"{case.name}.npy", FOLDER / f"evidence{VERSION}" / f"{case.name}.json"
    if not path.exists():
        if not kept.exists():
            return None
        found = registered(case, np.load(kept))
        if found is None:
            return None
        given, problem, solved = found
        pose = solved.rigid[0]
        points = problem.prepared.bone_points_ras
        with torch.no_grad():
            evidence = examine(problem, solved)
        errors = {
            "mtre_mm": float(np.linalg.norm(pose.apply(points) - given.truth.apply(points), axis=1).mean()),
            "overlay_mm": max(drawn_off(case, given, pose, points)),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps({"errors": errors, "evidence": evidence_content(evidence)}))
    content = json.loads(path.read_text(encoding="utf-8"))
    quality = quality_from(evidence_of(content["evidence"]), read_calibration())
    return {**content["errors"], "overlay": quality.overlay, "position": quality.position}


def drawn_off(case: Case, given: Setup, pose: RigidTransform, points: np.ndarray) -> list[float]:
    """Of each view, how far the bone's points are drawn from where the X-ray shows them, mean, mm at the bone."""
    pair, right = pair_of(case.subject, case.number), true_camera()
    middle = (np.array(right.image_size) - 1) / 2
    off = []
    for n, camera, place in zip(case.views, given.cameras, given.places, strict=True):
        true = truth_of(pair, n).apply(points)
        shown = right.project(true)
        if "k1" in given.fault and case.views.index(n) in given.fault["views"]:
            far = np.linalg.norm(shown - middle, axis=1, keepdims=True) / (np.hypot(*right.image_size) / 2)
            shown = middle + (shown - middle) * (1 + given.fault["k1"] * far**2)
        apart = np.linalg.norm(camera.project((place @ pose).apply(points)) - shown, axis=1)
        off.append(float((apart * true[:, 2]).mean() / abs(np.linalg.det(right.K[:2, :2])) ** 0.5))
    return off


def sums_arrays(mark: str, problem, pose, pictures) -> dict:
    """What the images say at a pose, for a file."""
    from RayEmbRegistrationLib.quality.camera_sums import sums_of

    arrays = {f"{mark}relative": np.stack([view.camera_from_first for view in problem.views])}
    for s, scale in enumerate(sums_of(problem, pose, pictures)):
        for v, sums in enumerate(scale):
            arrays |= {f"{mark}hessians{s}{v}": sums.hessians.astype(np.float32), f"{mark}pulls{s}{v}": sums.pulls}
    arrays[f"{mark}depth"] = np.array(pictures[0].depth_mm)
    return arrays


def similarity_of(pictures) -> list[float]:
    """Of each view."""
    from RayEmbRegistrationLib.pose.alignment.similarity import compare

    return [float(compare(picture.level, picture.images).similarity[0]) for picture in pictures]


@dataclass(frozen=True, eq=False)
class Judged:
    """A run and what is said of it.

    Attributes:
        about: of its file.
        suspects: what may be wrong, the best explanation first; none where nothing could be measured.
        response: (6,) where the fault is said to send the pose, and
        off: (6,) where it went: turns (degrees) and shifts (mm).
    """

    about: dict
    suspects: tuple
    response: np.ndarray
    off: np.ndarray

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong that one view can show."""
        alone = len(self.about["views"]) == 1
        return self.about["kind"] == "right" or (alone and self.about["kind"] == "principal point")

    @property
    def is_accused(self) -> bool:
        """Whether the camera is said to be wrong."""
        from RayEmbRegistrationLib.quality.camera_check import ACCUSED

        return bool(self.suspects) and min(one.probability for one in self.suspects) < ACCUSED

    @property
    def is_named(self) -> bool:
        """Whether what is at fault is the best explanation, or said beside it."""
        from RayEmbRegistrationLib.quality.camera_check import ALSO_LIKELY

        return any(one.kind == self.kind for one in self.suspects if one.odds <= ALSO_LIKELY)

    @property
    def kind(self) -> str:
        """Of suspect that the fault is; a principal point is a place in the rig."""
        kind = self.about["kind"]
        return "rig" if kind.startswith("rig ") or kind == "principal point" else kind

    @property
    def significance(self) -> float:
        """Of the best explanation of the kind that is at fault, in its own standard deviations."""
        return next((one.significance for one in self.suspects if one.kind == self.kind), 0.0)


def judged(path: Path) -> Judged | None:
    """From its file; None where nothing was registered."""
    from RayEmbRegistrationLib.quality.camera_apart import ENOUGH_TO_MEASURE
    from RayEmbRegistrationLib.quality.camera_check import LOOKED_INTO, suspects_of
    from RayEmbRegistrationLib.quality.camera_models import Seen

    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        if "fault" not in about:
            return None
        scales = _joints(file, "", len(about["views"]))
        suspects: tuple = ()
        if min(about["similarity"]) >= ENOUGH_TO_MEASURE:
            suspects = suspects_of(Seen.of(scales))
        doubtful = len(about["views"]) > 1 and (not suspects or suspects[0].probability < LOOKED_INTO)
        if doubtful and min(about["similarity_apart"]) >= ENOUGH_TO_MEASURE:
            offset = np.zeros(scales[0].layout.tested)
            offset[scales[0].layout.of_rig(1)] = file["moved"][0]
            suspects = suspects_of(Seen.of(_joints(file, "apart_", 2), offset))
    unit = np.array([180 / np.pi] * 3 + [1.0] * 3)
    return Judged(about, suspects, unit * (scales[-1].response() @ _changes(about, scales[-1].layout)), unit * about["off"])


def _joints(file, mark: str, views: int) -> list:
    from RayEmbRegistrationLib.quality.camera_sums import SCALES, Sums
    from RayEmbRegistrationLib.quality.camera_values import Joint

    turns = [matrix[:3, :3] for matrix in file[f"{mark}relative"]]
    scales = []
    for s in range(len(SCALES)):
        parts = [(file[f"{mark}hessians{s}{v}"].astype(float), file[f"{mark}pulls{s}{v}"]) for v in range(views)]
        scales.append(Joint.of([Sums(*each) for each in parts], turns, np.arange(6), float(file[f"{mark}depth"])))
    return scales


def _changes(about: dict, layout) -> np.ndarray:
    """(N,) what would have to be added to all values."""
    from RayEmbRegistrationLib.quality.camera_slopes import TESTED

    changes, fault = np.zeros(layout.size), about["fault"]
    for view in fault.get("views", ()):
        if about["kind"] == "principal point":
            changes[layout.principal_point(view)] = np.array(fault["mm"]) / true_camera().pixel_spacing_mm
        elif about["kind"] in TESTED:
            size = fault["k1"] if about["kind"] == "radial" else fault["log"]
            changes[layout.of_camera(view).start + TESTED.index(about["kind"])] = size
    return changes


def run(quick: bool = False, make: bool = True) -> Benchmark:
    """Make what is missing, unless told not to, and judge."""
    if make:
        main(quick)
    made = [case for case in cases(quick) if (FOLDER / MARK / f"{case.name}.npz").exists()]
    every = [one for one in (judged(FOLDER / MARK / f"{case.name}.npz") for case in made) if one is not None]
    rows = []
    for name, subjects in (("developed on", DEVELOP), ("judged", JUDGE)):
        rows += rows_of(name, [one for one in every if one.about["subject"] in subjects and one.suspects])
    entries = [
        {
            **{key: one.about[key] for key in ("subject", "number", "views", "kind", "size")},
            "accused": one.is_accused,
            "best": f"{one.suspects[0].kind} {one.suspects[0].view}" if one.suspects else None,
            "named": one.is_named,
            "significance": rounded(one.significance),
            "mtre_mm": rounded(one.about["mtre_mm"]),
        }
        for one in every
    ]
    rows += trusted_rows(made)
    lost = sum(not one.suspects for one in every)
    note = f"{len(every)} registrations, {lost} of which were lost (a view agrees too little to measure) and are left out."
    return Benchmark(rows, entries, note)


def rows_of(name: str, runs: list[Judged]) -> list[dict]:
    """The table of some subjects."""
    right, wrong = [one for one in runs if one.is_right], [one for one in runs if not one.is_right]
    if not right or not wrong:
        return []
    rows = [row(f"{name}: right camera accused", "at most 3 in 100", share(one.is_accused for one in right))]
    clear = [one for one in wrong if one.significance > 2]
    rows.append(row(f"{name}: at fault by over twice its deviation: named", "90 %", share(one.is_named for one in clear)))
    accused = [one for one in wrong if one.is_accused]
    rows.append(row(f"{name}: accused of what is wrong: named", "", share(one.is_named for one in accused)))
    for kind, sizes in list(FAULTS.items())[1:]:
        for size in sizes:
            for count, views in ((1, "one view"), (2, "two views")):
                these = [o for o in runs if (o.about["kind"], o.about["size"], len(o.about["views"])) == (kind, size, count)]
                if these and not these[0].is_right:
                    said = share(one.is_accused and one.is_named for one in these)
                    rows.append(row(f"{name}, {kind} {size:g}, {views}: accused and named", "", said))
    moved = [one for one in runs if one.about["kind"] == "principal point" and len(one.about["views"]) == 1]
    if moved:
        left = [float(np.linalg.norm(one.off[3:5] - one.response[3:5])) for one in moved]
        gone = [float(np.linalg.norm(one.off[3:5])) for one in moved]
        words = f"{np.median(gone):.1f} mm, all but {np.median(left):.1f} mm foreseen"
        rows.append(row(f"{name}: principal point off, one view: bone beside its place, median", "", words))
    return rows


def trusted_rows(every: Iterable[Case]) -> list[dict]:
    """What is trusted though it is off by more than its stated bound, by what is wrong with the camera."""
    by_kind: dict[str, list[dict]] = {}
    for case in every:
        verdicts = verdicts_of(case)
        if verdicts is not None:
            by_kind.setdefault("right camera" if case.kind == "right" else "wrong camera", []).append(verdicts)
            by_kind.setdefault(f"{case.kind}, {len(case.views)} view(s)", []).append(verdicts)
    rows = []
    for kind, found in sorted(by_kind.items(), key=lambda item: not item[0].endswith("camera")):
        for purpose, measure in (("overlay", "overlay_mm"), ("position", "mtre_mm")):
            trusted = [each for each in found if each[purpose].trusted]
            fooled = [each[measure] > each[purpose].bound_mm for each in trusted]
            over = sum(each[measure] > each[purpose].tolerance_mm for each in trusted)
            said = f"{sum(fooled)} of {len(found)} ({len(trusted)} trusted, {over} of them over the tolerance)"
            rows.append(row(f"{kind}: {purpose} trusted with a bound below the true error", "0 in 200", said))
    return rows


def main(quick: bool = False) -> None:
    """Make what is missing."""
    import torch

    torch.set_num_threads(1)
    told = ("mtre_mm", "similarity", "similarity_apart", "seconds", "pictures_s", "sums_s", "apart_s")
    for case in cases(quick):
        fresh = not (FOLDER / MARK / f"{case.name}.npz").exists()
        path = make_run(case)
        if fresh:
            with np.load(path) as file:
                about = json.loads(str(file["about"]))
            print(case.name, *(f"{name} {np.round(about[name], 2)}" for name in told if name in about), flush=True)


if __name__ == "__main__":
    from common import save
    from run import print_table

    benchmark = run(make="--as-made" not in sys.argv)
    print_table(benchmark.rows)
    save("camera_errors", benchmark, False)
