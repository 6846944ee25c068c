"""An X-ray and a network in, the bone's surfaces out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from RayEmbRegistrationLib.detector.networks.encoder import Encoder
from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceNetwork
from RayEmbRegistrationLib.detector.reconstruction import Reconstruction, reconstruct
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.depth_range import depth_from_geometry
from RayEmbRegistrationLib.pose.view import condition_view
from RayEmbRegistrationLib.reconstruction.surface import SurfaceMesh, mean_depth_by_pose, surface_mesh
from RayEmbRegistrationLib.xray.view import XrayView


def surface_of_xray(
    weights: tuple[Encoder, Mapping],
    view: XrayView,
    camera_from_ras: RigidTransform | None = None,
    depth_mm: float | None = None,
) -> tuple[SurfaceMesh, list[str]]:
    """The surfaces of the bone that an X-ray shows, and what the user should know of them.

    Args:
        weights: what ``detector.weights.load_encoder`` gave.
        view: the X-ray.
        camera_from_ras: pose of the CT that the network was trained on; the mesh is then in the CT's RAS.
        depth_mm: mean distance of the bone in view from the source, where no pose says it; from the geometry where None.

    Raises:
        InputProblem: other weights, no bone in view, or a pose for a network that knows no CT.
    """
    network = SurfaceNetwork.from_weights(*weights)
    conditioned = condition_view(view, np.eye(4))
    guess = depth_mm or float(np.mean(depth_from_geometry(view.camera)))
    if camera_from_ras is not None and network.center_ras is not None:
        guess = float(camera_from_ras.apply(network.center_ras)[2])
    radiographs = conditioned.under_each_polarity()
    found = {flag: reconstruct(network, radiograph, guess) for flag, radiograph in radiographs.items()}
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
