"""An X-ray and a network in, the bone's surfaces out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceNetwork
from RayEmbRegistrationLib.detector.reconstruction import Reconstruction, reconstruct
from RayEmbRegistrationLib.detector.weights import load_encoder, shipped_surfaces_path
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
from RayEmbRegistrationLib.pose.view import condition_view
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, watch
from RayEmbRegistrationLib.reconstruction.surface import SurfaceMesh, mean_depth_by_pose, surface_mesh
from RayEmbRegistrationLib.xray.view import XrayView

from .devices import chosen_device


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a bone is looked for with, where it is not all told by the network.

    Attributes:
        weights: of the network; those for any anatomy that come with the package where None.
        depth_mm: mean distance of the bone in view from the source, by whoever asks.
        camera_from_ras: pose of the CT that the network was trained on; says the depth where ``depth_mm`` does not.
        pose_depth_mm: distance of a CT's bone by its pose, for a network that knows no CT.
        device: "auto", "cpu", "cuda" or "mps".
    """

    weights: str | Path | None = None
    depth_mm: float | None = None
    camera_from_ras: RigidTransform | None = None
    pose_depth_mm: float | None = None
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class BoneOfXray:
    """The bone that an X-ray shows.

    Attributes:
        mesh: its surfaces, in the X-ray's camera frame.
        depth_mm: its mean distance from the source.
        depth_from: "given", "pose" or "geometry".
        notes: what the user should know.
    """

    mesh: SurfaceMesh
    depth_mm: float
    depth_from: str
    notes: tuple[str, ...]


def bone_of_xray(
    view: XrayView,
    wanted: Wanted,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BoneOfXray:
    """The surfaces of the bone in an X-ray as a network sees them; depth and size are open but for what is wanted.

    Raises:
        InputProblem: other weights, no bone in view, or a depth that is none.
        Cancelled: when asked to stop.
    """
    given = wanted.depth_mm
    if given is not None and not 0 < given < float("inf"):
        raise InputProblem(f"the bone's distance from the source must be a positive number of mm, not {given:g}")
    report = watch(progress, cancelled)
    report(0.0, "reading the network")
    weights = load_encoder(wanted.weights or shipped_surfaces_path(), chosen_device(wanted.device))
    is_generic = SurfaceNetwork.from_weights(*weights).is_generic
    pose = None if is_generic or given is not None else wanted.camera_from_ras
    depth = given if given is not None or pose is not None else wanted.pose_depth_mm
    mesh, notes = surface_of_xray(weights, view, pose, depth, report)
    if pose is not None:
        mesh = mesh.moved(pose, "camera")
        return BoneOfXray(mesh, float(np.median(mesh.points[:, 2])), "pose", tuple(notes))
    if depth is None:
        return BoneOfXray(mesh, float(np.mean(depth_from_geometry(view.camera))), "geometry", tuple(notes))
    return BoneOfXray(mesh, depth, "pose" if given is None else "given", tuple(notes))


def surface_of_xray(
    weights: tuple[Encoder, Mapping],
    view: XrayView,
    camera_from_ras: RigidTransform | None = None,
    depth_mm: float | None = None,
    report: Report | None = None,
) -> tuple[SurfaceMesh, list[str]]:
    """The surfaces of the bone that an X-ray shows, and what the user should know of them.

    Args:
        weights: what ``detector.weights.load_encoder`` gave.
        view: the X-ray.
        camera_from_ras: pose of the CT that the network was trained on; the mesh is then in the CT's RAS.
        depth_mm: mean distance of the bone in view from the source, where no pose says it; from the geometry where None.
        report: called with (share done, stage in words); may raise ``Cancelled``, see ``progress.watch``.

    Raises:
        InputProblem: other weights, no bone in view, or a pose for a network that knows no CT.
    """
    network = SurfaceNetwork.from_weights(*weights)
    conditioned = condition_view(view, np.eye(4))
    guess = depth_mm or float(np.mean(depth_from_geometry(view.camera)))
    if camera_from_ras is not None and network.center_ras is not None:
        guess = float(camera_from_ras.apply(network.center_ras)[2])
    radiographs = conditioned.under_each_polarity()
    found: dict[bool, Reconstruction] = {}
    for flag, radiograph in radiographs.items():
        if report is not None:
            report((1 + len(found)) / (1 + len(radiographs)), "looking for bone")
        found[flag] = reconstruct(network, radiograph, guess)
    flag = min(found, key=lambda each: found[each].doubt_mm())
    seen: Reconstruction = found[flag]
    notes = []
    if len(found) > 1:
        notes.append(f"bone was taken to be {'bright' if flag else 'dark'}, of which the network is surer")
    if camera_from_ras is not None:
        depth = mean_depth_by_pose(seen, camera_from_ras)
        return surface_mesh(seen, depth).moved(camera_from_ras.inverse(), "RAS"), notes
    if depth_mm is None:
        notes.append(
            f"one X-ray does not show the bone's depth: it was taken to be {guess:.0f} mm, the middle of what the geometry "
            "allows, and the surfaces are as large as that makes them"
        )
    return surface_mesh(seen, guess), notes
