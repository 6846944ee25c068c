"""What was seen at the poses of Testing/bench/quality_cases.py, worked out once a run and kept.

python Testing/bench/quality_evidence.py [ROLE ...]    work out what is missing; several processes may do so at once
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from quality_cases import IMPOSSIBLE, SPREADS, VERSION, Run, evidence_content, read_run
from quality_packed import packed
from quality_xrays import FOLDER, REAL_PELVIS, camera, prepared_of, role_of
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.files.writing import write_text
from RayEmbRegistrationLib.quality.camera_check import CameraCheck
from RayEmbRegistrationLib.quality.competing_poses import CompetingPoses
from RayEmbRegistrationLib.quality.distance import DistanceCheck
from RayEmbRegistrationLib.quality.evidence import Evidence, Spread, examine

KEPT = FOLDER / f"evidence{VERSION}"
WRONG_MM = 5.0


@dataclass(frozen=True, eq=False)
class Judged:
    """One registration: what it is, its evidence and its errors.

    Attributes:
        about: subject, group, kind, errors by measure, seconds.
        evidence: what was seen.
    """

    about: dict
    evidence: Evidence

    @property
    def name(self) -> str:
        """Subject, group and kind."""
        return f"{self.about['subject']}.{self.about['group']}.{self.about['kind']}"

    @property
    def role(self) -> str:
        """What the subject is for."""
        return "real pelvis" if self.about["subject"] == REAL_PELVIS else role_of(self.about["subject"])

    @property
    def possible(self) -> bool:
        """Whether there was a right answer."""
        return self.about["kind"] not in IMPOSSIBLE

    @property
    def teaches(self) -> bool:
        """Whether to fit on it: not where the distance was wrong, which is judged by the camera's test alone, nor what came
        out nearly right though it was not to, as where a small bone had moved.
        """
        return not self.about["kind"].startswith("distance") and (self.possible or self.about["mtre_mm"] > WRONG_MM)


def collect(roles: Sequence[str] = ()) -> list[Judged]:
    """Evidence and errors of everything that was registered."""
    every = {name: content for name, content in packed().items() if _is_of(name, roles)} | dict(contents(roles))
    found = [every[name] for name in sorted(every)]
    return [Judged(each["about"], evidence_of(each["evidence"])) for each in found if each["evidence"] is not None]


def contents(roles: Sequence[str] = ()) -> Iterator[tuple[str, dict]]:
    """Names of the registrations that were made here, and for each ``about`` and ``evidence``."""
    for place in sorted((FOLDER / "runs").glob("*.npz"), key=lambda p: p.name):
        if _is_of(place.stem, roles):
            path = KEPT / f"{place.stem}.json"
            yield place.stem, json.loads(path.read_text(encoding="utf-8")) if path.exists() else _work_out(place, path)


def _is_of(name: str, roles: Sequence[str]) -> bool:
    subject = name.rsplit(".", 2)[0]
    return not roles or ("real pelvis" if subject == REAL_PELVIS else role_of(subject)) in roles


def _work_out(place: Path, path: Path) -> dict:
    found = read_run(place)
    if found is None:
        content: dict = {"about": {}, "evidence": None}
    else:
        kept = found.about.pop("evidence", {})
        seen = kept["content"] if kept.get("version") == VERSION else evidence_content(seen_in(found))
        content = {"about": found.about, "evidence": seen}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(content))
    return content


def seen_in(found: Run) -> Evidence:
    """The evidence at the pose of a registration that was kept, as ``register`` would see it."""
    import torch
    from RayEmbRegistrationLib.pose.alignment.soft_tissue import explaining
    from RayEmbRegistrationLib.pose.prior import start_prior
    from RayEmbRegistrationLib.pose.problem import Limits, Problem
    from RayEmbRegistrationLib.pose.view import View
    from RayEmbRegistrationLib.xray.radiograph import Radiograph

    prepared = prepared_of(found.about["subject"])
    views = []
    for image, mask, K, relative in zip(found.images, found.masks, found.K, found.relative, strict=True):
        height, width = image.shape
        usual = camera(width)
        distance = usual.source_to_detector_mm * abs(K[0, 0]) / usual.K[0, 0]
        view = replace(usual, K=K, image_size=(width, height), source_to_detector_mm=distance)
        views.append(View(Radiograph(image.astype(np.float32), mask, view), relative))
    start = found.about["start"] and dict(found.about["start"])
    prior = start and start_prior(np.array(start.pop("pose")), prepared.center_ras, **start)
    limits = Limits(prepared.center_ras, prepared.bone_points_ras[::12], found.about["depth_limits"], prior=prior)
    pose = Poses.of(found.poses[0])
    with torch.no_grad():
        problem, _agreement = explaining(Problem(tuple(views), prepared, limits), pose)
        evidence = examine(problem, pose, found.about["runner_up"])
    return replace(evidence, **{name: found.about.get(name) for name in ("inlier_share", "landmark_mm")})


def evidence_of(content: dict) -> Evidence:
    """From a JSON file."""
    parts: dict = {"competing": CompetingPoses(**content["competing"]), "covariance": np.array(content["covariance"])}
    parts["distance"] = DistanceCheck(**content["distance"])
    parts["camera"] = CameraCheck.from_content(content["camera"])
    parts |= {name: Spread(**content[name]) for name in SPREADS}
    return Evidence(**{**content, **parts})


def main() -> int:
    """Work out what is missing."""
    import torch

    torch.set_num_threads(1)
    print(f"{len(collect(sys.argv[1:]))} registrations")
    return 0


if __name__ == "__main__":
    os.nice(10)
    sys.exit(main())
