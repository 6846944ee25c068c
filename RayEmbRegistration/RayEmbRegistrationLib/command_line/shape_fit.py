"""``shape-fit``: a patient's bone from X-rays alone, by a shape model; no CT."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from RayEmbRegistrationLib.files.pose import write_poses
from RayEmbRegistrationLib.files.writing import write_json

from .console import SUCCEEDED, Progress, remark, say
from .inputs import InputError, add_view_argument
from .xray_inputs import add_xray_arguments, distortion_files, open_views, typed_values

if TYPE_CHECKING:
    from .engine import Engine

_EPILOG = """\
The folder gets ct.nii.gz and labels.nii.gz (a stand-in CT that prepare, register and drr accept), pose.json (its pose in
each X-ray), surface.vtp (the bone's surface in the stand-in's RAS, with the standard deviation of each point) and fit.json
(weights of the modes, their standard deviations, similarity). It is a shape of the model that the X-rays allow, not the
patient's CT.

example:
  shape-fit --model pelvis.safetensors --xray a.png --camera a.json --xray b.png --camera b.json --output patient
"""


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """The verb's options."""
    parser = verbs.add_parser(
        "shape-fit",
        help="fit a shape model to X-rays of a patient without a CT",
        description="Fit a shape model to one or several calibrated X-rays of a patient without a CT: surface, its "
        "uncertainty, pose, and a stand-in CT.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", metavar="MODEL", type=Path, required=True, help="what 'shape-model' wrote")
    parser.add_argument("--xray", metavar="IMAGE", type=Path, action="append", required=True, help="X-ray; repeatable")
    parser.add_argument("--camera", metavar="FILE", action="append", help="its camera; one an X-ray, in the same order")
    add_xray_arguments(parser)
    add_view_argument(parser)
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder to write into")
    return parser


def run(arguments: argparse.Namespace, registration: Engine | None) -> int:  # noqa: ARG001 - verbs share a signature
    """Fit, and write what came of it."""
    import numpy as np

    from RayEmbRegistrationLib.application.shapes import fit_to_xrays
    from RayEmbRegistrationLib.evaluation.datasets.export import write_ct
    from RayEmbRegistrationLib.pictures.level_surface import level_surface
    from RayEmbRegistrationLib.pictures.surface_files import write_surface
    from RayEmbRegistrationLib.reconstruction.shape_model import ShapeModel
    from RayEmbRegistrationLib.reconstruction.shape_surface import surface_deviations_mm

    cameras = arguments.camera or [None] * len(arguments.xray)
    if len(cameras) != len(arguments.xray):
        raise InputError(f"there are {len(arguments.xray)} X-rays and {len(cameras)} cameras; give one each")
    if arguments.output.exists() and not arguments.output.is_dir():
        raise InputError(f"{arguments.output} is a file; give a folder for --output")
    model = ShapeModel.load(arguments.model)
    views = open_views(arguments.xray, cameras, typed_values(arguments), None, distortion_files(arguments))
    with Progress("fitting the shape") as progress:
        found = fit_to_xrays(model, views, arguments.view or "ap", progress)
    points, triangles = level_surface(model.distance(found.fit.weights), model.ras_from_ijk)
    deviations = surface_deviations_mm(model, found.fit, points)
    write_ct(arguments.output, found.ct)
    write_poses(arguments.output / "pose.json", found.poses)
    write_surface(arguments.output / "surface.vtp", points, triangles, deviations)
    told = {
        "weights": found.fit.weights,
        "weights_deviations": np.sqrt(np.diag(found.fit.covariance)[6:]),
        "depth_deviation_mm": found.fit.depth_deviation_mm,
        "surface_deviation_mm": float(np.median(deviations)),
        "similarity": found.fit.similarity,
        "modes_seen": found.fit.seen,
        "model": model.story,
        "notes": found.notes,
    }
    write_json(arguments.output / "fit.json", told)
    for note in found.notes:
        remark(note)
    say(f"wrote {arguments.output}: surface known to {float(np.median(deviations)):.1f} mm (median standard deviation)")
    return SUCCEEDED
