"""Poses to start from: landmark pairs, a user's pose, the search; and the depth that the geometry allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from RayEmbRegistrationLib.pose.alignment.levels import Level, make_terms
from RayEmbRegistrationLib.pose.alignment.refinement import evaluate
from RayEmbRegistrationLib.pose.alignment.schedule import Scene, distinct
from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
from RayEmbRegistrationLib.pose.prepared.template_library import TemplateLibrary
from RayEmbRegistrationLib.problems import InputProblem

from .search import Hypothesis

JOINT_LEVEL = Level(22, 5, 0)
JOINT_CANDIDATES = 150
POSES_AT_ONCE = 64
MEETING_DEG, MEETING_MM, MEETINGS = 18.0, 12.0, 1500


def matrices(hypotheses: Sequence[Hypothesis]) -> torch.Tensor:
    """(B, 4, 4) float64."""
    return torch.as_tensor(np.stack([hypothesis.pose.matrix for hypothesis in hypotheses]))


def joint_candidates(
    scene: Scene, found: Sequence[Sequence[Hypothesis]], depths_mm: Sequence[float], count: int
) -> torch.Tensor:
    """Poses (B, 4, 4) that suit all calibrated views, from what each view's own search proposes.

    One view fixes a pose but for its depth. Each of its best proposals is slid along its ray; and proposals of two views
    that agree about the rotation and whose rays meet give a pose each. All views are asked about all of them.
    """
    poses = [_slid(scene, own, view.camera_from_first, depths_mm) for own, view in zip(found, scene.views, strict=True)]
    poses.append(_met(scene, found))
    poses = torch.as_tensor(np.concatenate(poses), device=scene.prepared.device)
    terms = make_terms(scene.views, scene.prepared, poses, JOINT_LEVEL)
    evidence = [
        evaluate(terms, poses[start : start + POSES_AT_ONCE], scene.limits, derivatives=False).evidence
        for start in range(0, len(poses), POSES_AT_ONCE)
    ]
    poses = poses[torch.cat(evidence).argsort(descending=True)]
    return poses[distinct(poses, scene.limits.center_ras, count)]


def _slid(
    scene: Scene, hypotheses: Sequence[Hypothesis], camera_from_first: np.ndarray, depths_mm: Sequence[float]
) -> np.ndarray:
    """(B, 4, 4) the best proposals of one view at every depth, in the first camera's frame."""
    if not hypotheses:
        return np.zeros((0, 4, 4))
    own = matrices(hypotheses[: 4 * JOINT_CANDIDATES])
    own = own[distinct(own, scene.limits.center_ras, JOINT_CANDIDATES)].numpy()
    at = own @ np.append(scene.limits.center_ras, 1)
    slid = []
    for depth in depths_mm:
        moved = own.copy()
        moved[:, :3, 3] += at[:, :3] * (depth / at[:, 2:3] - 1)
        slid.append(np.linalg.inv(camera_from_first) @ moved)
    return np.concatenate(slid)


def _met(scene: Scene, found: Sequence[Sequence[Hypothesis]]) -> np.ndarray:
    """(B, 4, 4) poses from proposals of the first two views that agree in rotation and whose rays meet."""
    if not (found[0] and found[1]):
        return np.zeros((0, 4, 4))
    center = scene.limits.center_ras
    relative = scene.views[1].camera_from_first
    one, other = matrices(found[0]).numpy(), np.linalg.inv(relative) @ matrices(found[1]).numpy()
    source = np.linalg.inv(relative)[:3, 3]
    rays = _unit(one[:, :3, :3] @ center + one[:, :3, 3])
    other_rays = _unit(other[:, :3, :3] @ center + other[:, :3, 3] - source)
    scores, other_scores = (np.array([h.score for h in own], dtype=np.float32) for own in found[:2])
    flat, other_flat = (m[:, :3, :3].reshape(-1, 9).astype(np.float32) for m in (one, other))
    poses, totals = [], []
    for start in range(0, len(one), 500):
        traces = flat[start : start + 500] @ other_flat.T
        first, second = np.nonzero(traces > 1 + 2 * np.cos(np.radians(MEETING_DEG)))
        first += start
        normal = np.cross(rays[first], other_rays[second])
        size = np.linalg.norm(normal, axis=1).clip(1e-6)
        miss = np.abs(normal @ source) / size
        depth = np.einsum("ij,ij->i", np.cross(np.broadcast_to(source, normal.shape), other_rays[second]), normal) / size**2
        chosen = (miss < MEETING_MM) & (depth > 0)
        first, depth, total = first[chosen], depth[chosen], (scores[first] + other_scores[second])[chosen]
        matrix = one[first].copy()
        matrix[:, :3, 3] = rays[first] * depth[:, None] - matrix[:, :3, :3] @ center
        poses.append(matrix)
        totals.append(total)
    best = np.argsort(-np.concatenate(totals), kind="stable")[:MEETINGS]
    return np.concatenate(poses)[best]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def needs_bank(prepared: PreparedCT, view: str) -> TemplateLibrary:
    """The bank for a view prior, or a sentence that says how to get one."""
    if prepared.bank is None:
        raise InputProblem("without a start pose the CT must be prepared with views (PrepareSettings.bank)")
    if prepared.view != view:
        raise InputProblem(
            f"the CT was prepared for the view '{prepared.view}', not '{view}'; prepare it again for this view"
        )
    return prepared.bank
