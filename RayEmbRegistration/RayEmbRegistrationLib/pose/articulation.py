"""Several bones, each with a pose of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.pose.alignment.refinement import refine
from RayEmbRegistrationLib.problems import InputProblem

from .alignment.level_view import LevelView
from .alignment.levels import Level, make_level_views
from .problem import Limits, Problem

_FINE = (Level(128, 7, 5), Level(192, 9, 4))  # px across the bone, window, steps; chosen as those of ``FROM_SEARCH`` end
LEVELS = (Level(32, 5, 8), Level(64, 5, 6), *_FINE, *_FINE)  # bones move in turn: one that moves late changes the others


def register_bones(
    problem: Problem, pose: Poses, labels: Sequence[int], report: Callable[[float, str], None] = lambda *_: None
) -> dict[int, Poses]:
    """Pose of each bone, first camera from RAS, starting from one pose for all.

    Bones are refined in turn against the whole X-ray, the others standing still in the picture, coarse to fine. Each turns
    about its own centre.

    Args:
        problem: what is registered.
        pose: of all bones together.
        labels: label numbers of the bones; () gives an empty result.
        report: progress.
    """
    poses = dict.fromkeys(labels, pose)
    for number, level in enumerate(LEVELS if labels else ()):
        for label in labels:
            report(number / len(LEVELS), f"moving bone {label} at {level.pixels} pixels")
            whole = make_level_views(problem.views, problem.prepared, pose, level)
            own = make_level_views(problem.views, problem.prepared, pose, level, label)
            still = [other for other in labels if other != label]
            terms = []
            for term_whole, term_own in zip(whole, own, strict=True):
                background = _unlabelled(problem, term_whole, labels, pose)
                for other in still:
                    background = background + _image(problem, other, term_whole, poses[other])
                terms.append(replace(term_own, background=background))
            limits = Limits(_center(problem, label), None, problem.limits.depth_mm, problem.limits.held)
            poses[label] = refine(terms, poses[label], limits, level.iterations).poses
    return poses


def _image(problem: Problem, label: int, term: LevelView, pose: Poses) -> torch.Tensor:
    """DRR (H, W) of one bone in a term's view."""
    voxel = abs(np.linalg.det(term.projector.ras_from_ijk[:3, :3])) ** (1 / 3)
    reduction = round(voxel / problem.prepared.voxel_mm)
    return problem.prepared.projector(reduction, label).render(pose.seen_from(term.camera_from_first), term.camera)[0]


def _unlabelled(problem: Problem, term: LevelView, labels: Sequence[int], pose: Poses) -> torch.Tensor:
    """DRR (H, W) of what belongs to no moving bone."""
    image = term.projector.render(pose.seen_from(term.camera_from_first), term.camera)[0]
    for label in labels:
        image = image - _image(problem, label, term, pose)
    return image


def _center(problem: Problem, label: int) -> np.ndarray:
    """Centre of a bone in RAS, mm.

    Raises:
        InputProblem: the label marks nothing.
    """
    voxels = np.argwhere(problem.prepared.labels == label)[:, ::-1]
    if len(voxels) == 0:
        raise InputProblem(f"the label map has no voxel with the label {label}; choose labels that occur in it")
    middle = (voxels.min(axis=0) + voxels.max(axis=0)) / 2
    return problem.prepared.ras_from_ijk[:3, :3] @ middle + problem.prepared.ras_from_ijk[:3, 3]
