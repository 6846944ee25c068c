"""How far the pose may be off because the cameras are not known better: what no view can test stays as sure as its origin.

A principal point that is 10 mm off on the detector leaves the picture as it was and puts the bone 7 mm beside its place. So
each value of each camera has a standard deviation by where it comes from (``geometry.sourced``); what the X-rays say of it
narrows that; and the pose's response to the value carries it into the pose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from RayEmbRegistrationLib.geometry.sourced import RADIAL_STD, RIG_STD
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.pose.view import View

from .camera_models import Seen
from .camera_values import Joint, Layout


def pose_covariance(problem: Problem, joint: Joint, seen: Seen | None, accused: Sequence[np.ndarray] = ()) -> np.ndarray:
    """(6, 6) of the pose found, turns (rad) about the bone's centre and shifts (mm), first camera's axes.

    What seems to be off is part of it, since the pose was found with the cameras that were given; and what is accused is no
    longer held to its origin.

    Args:
        problem: what was registered.
        joint: the cells at the finest scale.
        seen: what the images say of the values; None where nothing.
        accused: (T,) changes of the tested values that the images ask for.
    """
    layout = joint.layout
    second = np.diag(value_stds(problem, layout) ** 2)
    tested = slice(0, layout.tested)
    if seen is not None:
        prior = second[tested, tested] + sum(np.outer(change, change) for change in accused)
        # (prior^-1 + information)^-1 without an inverse of the prior, some of whose values may be certain.
        covariance = np.linalg.solve(np.eye(layout.tested) + prior @ seen.information, prior)
        mean = covariance @ seen.weighted
        second[tested, tested] = covariance + np.outer(mean, mean)
    response = joint.response()
    return np.asarray(response @ second @ response.T)


def value_stds(problem: Problem, layout: Layout) -> np.ndarray:
    """(N,) standard deviations of all values by their origins, in the layout's order."""
    stds = np.zeros(layout.size)
    for number, view in enumerate(problem.views):
        stds[layout.of_camera(number)] = _camera_stds(view)
        stds[layout.principal_point(number)] = _principal_point_std(view)
        if number:
            turn_deg, shift_mm = _rig_std(view)
            stds[layout.of_rig(number)] = [np.radians(turn_deg)] * 3 + [shift_mm] * 3
    return stds


def assumed_of(problem: Problem) -> tuple[str, ...]:
    """Values of any camera that nobody gave and no view tests by itself."""
    untested = ("principal_point_px", "source_to_detector_mm")
    return tuple(name for name in untested if any(_geometry(view).origin(name) == "assumed" for view in problem.views))


def _geometry(view: View) -> XrayGeometry:
    """Where its values come from; a calibration where nothing is known but the camera."""
    return XrayGeometry.of_camera(view.camera, "file") if view.geometry is None else view.geometry


def _camera_stds(view: View) -> tuple[float, float, float]:
    """Of the distance's logarithm (the pixels' size has its share in it), of the aspect's, and of the radial term.

    The errors of both sides of a pixel are taken to be independent.
    """
    known = _geometry(view)
    distance = (known.std("source_to_detector_mm") or 0.0) / view.camera.source_to_detector_mm
    spacing = (known.std("pixel_spacing_mm") or 0.0) / float(np.mean(view.camera.pixel_spacing_mm))
    measured = known.origin("camera_matrix") == "file" and known.camera_matrix is not None
    return (
        float(np.hypot(distance, spacing / np.sqrt(2))),
        float(np.sqrt(2) * spacing),
        RADIAL_STD["file" if measured else "assumed"],
    )


def _principal_point_std(view: View) -> float:
    """Pixels of the stored image."""
    return float(_geometry(view).std("principal_point_px") or 0.0)


def _rig_std(view: View) -> tuple[float, float]:
    """Degrees and mm."""
    return _geometry(view).rig_std or RIG_STD
