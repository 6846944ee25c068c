"""Registration by a reconstruction of the real pelvis: the network's poses, what refinement makes of them, and of the middle
of the view prior in their place; and shapes without any CT.

The network is trained for minutes of processor time first. X-rays are those of pelvis60, on which nothing of this method was
chosen, and the 12 given, by another simulator. Each answer is kept in output/bench_cache/reconstruction, so that a run that
was stopped goes on.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
from common import CACHE, DATA, Benchmark, median, needed, opened, rounded, row, share
from pelvis_cases import FOLDER, make_cases
from reconstruction_generic import generic_rows
from reconstruction_shapes import shape_rows

MINUTES, SINGLES, PAIRS = 12.0, 30, 16
CAPTURE_DEG, CAPTURE_MM = 10.0, 15.0
OVERLAY_MM = 2.0  # across the view, as overlays are trusted to by default
PLACE = CACHE / "reconstruction"


def run(quick: bool = False) -> Benchmark:
    """Train, then three groups of X-rays by the network and by the control."""
    from RayEmbRegistrationLib.evaluation.cases import find_cases

    twelve = find_cases(needed(DATA / "pelvis") / "xrays")[:: 6 if quick else 1]
    make_cases(2 if quick else SINGLES, 1 if quick else PAIRS)
    cases = {case.name: case for case in find_cases(FOLDER)}
    singles = [[cases[f"single{n:02d}"]] for n in range(2 if quick else SINGLES)]
    pairs = [[cases[f"pair{n:02d}a"], cases[f"pair{n:02d}b"]] for n in range(1 if quick else PAIRS)]
    network, trained = network_of(quick)
    groups = (("rendered single views", singles), ("the 12 given", [[case] for case in twelve]), ("pairs", pairs))
    asked = {"rendered single views": ("80 %", ""), "the 12 given": ("60 %", "11 of 12"), "pairs": ("100 %", "")}
    rows, entries = [], []
    for group, members in groups:
        own = [answer(network, views, group, quick) for views in members]
        captured, refined = asked[group]
        rows += [
            row(f"{group}: in capture", captured, share(one["in_capture"] for one in own)),
            row(
                f"{group}: the same but for depth, which a single view leaves open", "", share(one["across"] for one in own)
            ),
            row(
                f"{group}: in capture but for depth, of the middle of the prior", "", share(o["middle_across"] for o in own)
            ),
            row(f"{group}: mTRE of the first proposal, median", "4 mm" * (group == "pairs"), _median(own, "proposed_mm")),
            row(f"{group}: refined below 2 mm", refined, share(_below(one["mtre_mm"], 2.0) for one in own)),
            row(
                f"{group}: the same from the middle of the prior",
                "",
                share(_below(one["middle_mtre_mm"], 2.0) for one in own),
            ),
            row(f"{group}: trusted although wrong", "none", str(sum(one["wrongly_trusted"] for one in own))),
            row(f"{group}: processor time, median", "", median([one["core_seconds"] for one in own], "core-s")),
        ]
        entries += own
    rows += evidence_rows(entries)
    rows += generic_rows(quick)
    rows += shape_rows(quick)
    note = (
        f"The network: {trained}, on the pelvis' CT alone, view prior 'ap'; started from the shipped encoder. In capture: "
        f"one of the poses that refinement starts from lies within {CAPTURE_DEG:g} degrees and {CAPTURE_MM:g} mm of the "
        "truth (the bone's center); poses are tried at several depths, further apart than that. The control refines the "
        "middle of the view prior at the same depths by the same "
        "schedule, and goes on to the same second efforts. Polarity not told."
    )
    return Benchmark(rows, entries, note)


def evidence_rows(entries: list[dict]) -> list[dict]:
    """What the reconstruction's agreement with a pose says of it, beside the similarity of the images."""
    every = [
        (one[f"{name}across_mm"] < OVERLAY_MM, one[f"{name}disagreement_mm"], one[f"{name}similarity"])
        for one in entries
        for name in ("", "middle_")
        if one[f"{name}across_mm"] is not None
    ]
    right, wrong = ([one for one in every if one[0] is flag] for flag in (True, False))
    name = f"surfaces beside the pose found ({len(right)} right across the view, {len(wrong)} not)"
    rows = [
        row(f"{name}: median gap, right; wrong", "", "; ".join(median([one[1] for one in own]) for own in (right, wrong)))
    ]
    if right and wrong:
        gap = ordered([-one[1] for one in right], [-one[1] for one in wrong])
        fit = ordered([one[2] for one in right], [one[2] for one in wrong])
        rows.append(row(f"{name}: told apart by the gap; by similarity (area under the curve)", "", f"{gap:.3f}; {fit:.3f}"))
    return rows


def ordered(higher: list[float], lower: list[float]) -> float:
    """Share of pairs in which the first is higher: the area under the receiver's curve."""
    return float(np.mean([(one > other) + 0.5 * (one == other) for one in higher for other in lower]))


def network_of(quick: bool) -> tuple[Path, str]:
    """The trained network's weights, and their training in words; other processes take none of its minutes."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.detector.weights import load_encoder, save_weights
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare
    from RayEmbRegistrationLib.training import surfaces
    from RayEmbRegistrationLib.training.outside import Hooks

    path = PLACE / f"pelvis{'-quick' if quick else ''}.safetensors"
    if not path.exists():
        print("  training the reconstruction", flush=True)
        volume = open_ct(DATA / "pelvis" / "ct.nii.gz").volume
        prepared = prepare(volume, PrepareSettings(library=False, weights="none"))
        path.parent.mkdir(parents=True, exist_ok=True)
        hooks = Hooks(state_path=path.with_suffix(".state"), resume=True)
        with patch.object(surfaces, "time", SimpleNamespace(perf_counter=time.process_time)):
            network, result = surfaces.train_reconstruction(prepared, 0.1 if quick else MINUTES, hooks)
        about = {"trained_on": "one CT, views 'ap'", "steps": result.steps, "minutes": round(result.minutes, 2)}
        about |= {"surface_error_mm": round(result.landmark_error_mm, 2)}
        save_weights(path, network.network, about | network.about())
    _, about = load_encoder(path)
    return path, f"{about['minutes']:g} minutes of processor time, {about['steps']} steps"


def answer(network: Path, cases: list, group: str, quick: bool) -> dict:
    """One registration by the network and one by the control, kept."""
    path = PLACE / ("quick" if quick else "runs") / f"{cases[0].name}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        found = registered(network, cases) | {"of": group, "case": cases[0].name}
        path.write_text(json.dumps(found), encoding="utf-8")
        print(f"  {cases[0].name}: {found}", flush=True)
    told: dict = json.loads(path.read_text(encoding="utf-8"))
    return told


def registered(network: Path, cases: list) -> dict:
    """What both come to."""
    from RayEmbRegistrationLib.evaluation.metrics import pose_errors
    from RayEmbRegistrationLib.pose import plan
    from RayEmbRegistrationLib.pose.settings import OVERLAY_TOLERANCE_MM, POSITION_TOLERANCE_MM
    from RayEmbRegistrationLib.registration import RegistrationSettings, register

    prepared, views = prepared_by(network), opened_views(cases)
    settings = RegistrationSettings(method="reconstruction", mirrored=False)
    told: dict = {}
    for name, maker in (("", plan.BySurfaces), ("middle_", Middle)):
        seen = Seen(maker)
        with patch.object(plan, "BySurfaces", seen):
            worked = time.process_time()
            result = register(prepared, views, settings)
            told[f"{name}core_seconds"] = rounded(time.process_time() - worked)
        errors = pose_errors(result.camera_from_ras, cases[0].truth, views[0].camera, prepared.bone_points_ras)
        told[f"{name}mtre_mm"] = rounded(errors.mtre_mm)
        first = [off(pose, cases[0].truth, prepared) for poses in seen.proposed for pose in poses]
        told[f"{name}in_capture"] = any(one["deg"] < CAPTURE_DEG and one["mm"] < CAPTURE_MM for one in first)
        told[f"{name}across"] = any(one["deg"] < CAPTURE_DEG and one["across_mm"] < CAPTURE_MM for one in first)
        told[f"{name}proposed_mm"] = rounded(first[0]["mtre_mm"]) if first else None
        wrong = result.quality.position.trusted and not errors.mtre_mm <= POSITION_TOLERANCE_MM
        wrong |= result.quality.overlay.trusted and not errors.mrpd_mm <= OVERLAY_TOLERANCE_MM
        told[f"{name}wrongly_trusted"] = bool(wrong)
        told[f"{name}across_mm"] = rounded(errors.mrpd_mm)
        told[f"{name}similarity"] = rounded(float(result.quality.similarity))
        told[f"{name}disagreement_mm"] = rounded(disagreement_mm(prepared, result))
    return told


def disagreement_mm(prepared, result) -> float:
    """How far the reconstructed points lie from their rays, the CT at the pose that was found: median, mm."""
    from RayEmbRegistrationLib.detector.reconstruction import reconstruct
    from RayEmbRegistrationLib.pose.strategies.reconstruction import pairs_of

    gaps = [np.full(1, np.nan)]
    for view in result.views:
        depth = float(view.camera_from_ras.apply(prepared.center_ras)[2])
        pairs = pairs_of(reconstruct(prepared.surfaces, view.radiograph, depth), depth)
        there = view.camera_from_ras.apply(pairs.points_ras)
        along = (there * pairs.directions).sum(axis=1, keepdims=True)
        gaps.append(np.linalg.norm(there - along * pairs.directions, axis=1))
    return float(np.nanmedian(np.concatenate(gaps)))


def prepared_by(network: Path):
    """The CT with the network; once a run."""
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare

    if network not in _PREPARED:
        volume = open_ct(DATA / "pelvis" / "ct.nii.gz").volume
        _PREPARED[network] = prepare(volume, PrepareSettings(library=False, weights=network))
    return _PREPARED[network]


_PREPARED: dict = {}


def opened_views(cases: list) -> list:
    """As a user opens them; of a pair the relative geometry is known, the pose is not."""
    from RayEmbRegistrationLib.geometry import RigidTransform

    if len(cases) == 1:
        return [opened(cases[0])]
    first, second = cases
    places = (RigidTransform(), second.truth @ first.truth.inverse())
    return [opened(case).with_geometry(camera_from_rig=place) for case, place in zip(cases, places, strict=True)]


def off(pose: np.ndarray, truth, prepared) -> dict:
    """How far a pose (4, 4) is off: degrees, the bone's center in space and across the view, mTRE."""
    points = prepared.bone_points_ras
    turn = pose[:3, :3] @ truth.rotation.T
    there = points @ pose[:3, :3].T + pose[:3, 3]
    gap = pose[:3, :3] @ prepared.center_ras + pose[:3, 3] - truth.apply(prepared.center_ras)
    return {
        "deg": float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))),
        "mm": float(np.linalg.norm(gap)),
        "across_mm": float(np.hypot(*gap[:2])),
        "mtre_mm": float(np.linalg.norm(there - truth.apply(points), axis=1).mean()),
    }


class Seen:
    """A maker of strategies whose first proposals are remembered."""

    def __init__(self, maker: Callable) -> None:
        self.maker, self.proposed = maker, []

    def __call__(self, prepared) -> "Seen":
        self.strategy = self.maker(prepared)
        return self

    def first(self, group, best, means) -> Iterator:
        """What it proposes."""
        for proposal in self.strategy.first(group, best, means):
            self.proposed.append(proposal.poses.numpy)
            yield proposal

    def evened(self, group, best, means) -> Iterator:
        """Likewise."""
        yield from self.strategy.evened(group, best, means)


class Middle:
    """The control: the middle of the view prior at the depths at which the network's poses are tried."""

    def __init__(self, _prepared) -> None:
        pass

    def first(self, group, _best, _means) -> Iterator:
        """By each polarity."""
        from RayEmbRegistrationLib.pose.alignment.schedule import FROM_LANDMARKS
        from RayEmbRegistrationLib.pose.landmarks.landmark_pose import LandmarkPose, LandmarkPoseSettings, ViewDetections
        from RayEmbRegistrationLib.pose.strategies.landmarks import starts_at_depths
        from RayEmbRegistrationLib.pose.strategies.proposal import Proposal
        from RayEmbRegistrationLib.pose.strategies.start import default_pose

        views = [ViewDetections(v.camera, v.camera_from_first, (), group.depth_range(n)) for n, v in enumerate(group.views)]
        middle = [LandmarkPose(default_pose(group), 0.0, ())]
        for flag in group.polarities_to_try():
            poses = starts_at_depths(group, middle, views, LandmarkPoseSettings())
            yield Proposal(poses, group.polarities(flag), group.depth_range(0), FROM_LANDMARKS)

    def evened(self, _group, _best, _means) -> Iterator:
        """Nothing: the middle is the same."""
        yield from ()


def _below(value: float | None, most: float) -> bool:
    return value is not None and value < most


def _median(own: list[dict], name: str) -> str:
    return median([np.nan if one[name] is None else one[name] for one in own])
