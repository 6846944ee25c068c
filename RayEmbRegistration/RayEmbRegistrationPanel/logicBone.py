"""The verb that shows the bone of one X-ray, for the console and the panel; it needs no CT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationLib.geometry.c_arm import beam_of_c_arm, camera_from_ras_of_c_arm
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.nodes import Handle, Node
from RayEmbRegistrationScene.subject import digest

from .logicInputs import LogicInputs

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.surfaces import BoneOfXray, Wanted
    from RayEmbRegistrationLib.xray.view import XrayView
    from RayEmbRegistrationScene.xrayBone import BoneData
    from typing_extensions import Unpack

    from .logicInputs import Running
    from .worker import Cancelled, Report

SHADES = 256
OPEN_VIEWS = ("", "any", "ap")
"""Views that say no more of an X-ray than that nothing is known: AP is what is taken then."""


@dataclass(frozen=True, eq=False)
class BoneAsked:
    """What a bone is looked for in, as arrays: the node may go meanwhile.

    Attributes:
        view: the X-ray.
        wanted: what is said of network and depth.
        cameraFromRas: where the X-ray was taken from, or None.
        stands, rotation: where it is not known, how the bone is turned, (3, 3) camera from RAS, and by what.
        image: a number that another image hardly has.
    """

    view: XrayView
    wanted: Wanted
    cameraFromRas: RigidTransform | None
    stands: str
    rotation: np.ndarray
    image: int | None


class LogicBone(LogicInputs):
    """The bone of one X-ray. It needs no panel."""

    def boneSurface(
        self,
        xray: XrayInput,
        depthMm: float | None = None,
        weights: str | Path | None = None,
        **running: Unpack[Running],
    ) -> Node:
        """Show the bone's surfaces as a network sees them in one X-ray: a guess, not for measuring. Returns the model node.

        Its array "standard deviation (mm)" colours it, blue (2 mm) to red (25 mm). It lies in the X-ray's camera frame under
        a transform: by the X-ray's start pose, else by the pose that a registration shows; else it is turned by the C-arm's
        angles or the chosen view, and where nothing is known as an AP view (the image's right is the patient's left, down
        is towards the feet, away from the source is posterior), its middle at the origin. The node's description says which.

        Args:
            xray: of ``xray``.
            depthMm: mean distance of the bone in view from the source, which one X-ray does not show; where None, that of
                the CT's bone where it was registered, else the middle of what the geometry allows.
            weights: of the network; where None, those for any anatomy that come with the module.
            running: ``progress`` and ``cancelled``, see ``Running``.

        Raises:
            ValueError: geometry that is not complete, no bone in view, or weights that cannot be used.
        """
        asked = self.boneAsked(xray, depthMm, weights)
        return self.showBone(xray.node, asked, self.carryOutBone(asked, **running))

    def boneAsked(
        self,
        xray: XrayInput,
        depthMm: float | None = None,
        weights: str | Path | None = None,
        handle: Handle | None = None,
    ) -> BoneAsked:
        """What ``carryOutBone`` needs; ``handle`` is of the registration whose poses count, else the newest's do."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.application.surfaces import Wanted

        view = self.view(xray)
        pose, poseDepth = xray.start, None
        if pose is None:
            pose, poseDepth = sceneView.poseShown(xray.node, handle) or (None, None)
        stands, rotation = ("pose", pose.rotation) if pose is not None else turnOf(xray.geometry, xray.view or "")
        wanted = Wanted(weights, depthMm, pose, poseDepth, self.device)
        return BoneAsked(view, wanted, pose, stands, rotation, digest(xray.node))

    @staticmethod
    def carryOutBone(asked: BoneAsked, progress: Report | None = None, cancelled: Cancelled | None = None) -> BoneOfXray:
        """Look for the bone. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application.surfaces import bone_of_xray

        return bone_of_xray(asked.view, asked.wanted, progress, cancelled)

    @staticmethod
    def showBone(xrayNode: Node, asked: BoneAsked, found: BoneOfXray) -> Node:
        """Show what ``carryOutBone`` found, in place of the X-ray's bone before; returns the model node."""
        return sceneView.showBoneOfXray(xrayNode, toShow(asked, found))


def turnOf(geometry: XrayGeometry, view: str) -> tuple[str, np.ndarray]:
    """By what a camera without a pose is turned (a key of ``xrayBone.STANDS``), and how: (3, 3) camera from RAS."""
    angles = geometry.angles_deg
    if angles is not None:
        return "angles", camera_from_ras_of_c_arm(*angles, np.zeros(3), 1.0).rotation
    from RayEmbRegistrationLib.pose.views import VIEW_PRIORS, central_rotation, upright_rotation

    if view in OPEN_VIEWS:
        return "ap", upright_rotation(beam_of_c_arm(180.0, 0.0))
    return "view", central_rotation(VIEW_PRIORS[view])


def toShow(asked: BoneAsked, found: BoneOfXray) -> BoneData:
    """A bone as the scene shows it. Touches no node."""
    import vtk
    from RayEmbRegistrationLib.pictures.surface_files import SURE_MM, UNSURE_MM, colors_of, poly_data
    from RayEmbRegistrationScene.xrayBone import BoneData

    mesh = found.mesh
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputData(poly_data(mesh.points, mesh.triangles, mesh.deviations_mm))
    normals.SplittingOff()
    normals.Update()
    pose = asked.cameraFromRas or RigidTransform(asked.rotation, mesh.points.mean(axis=0))
    median = float(np.median(mesh.deviations_mm))
    about = {
        "stands": asked.stands,
        "depthMm": found.depth_mm,
        "depthFrom": found.depth_from,
        "medianMm": median,
        "isVague": median >= UNSURE_MM,
        "notes": list(found.notes),
        "image": asked.image,
    }
    colors = colors_of(np.linspace(SURE_MM, UNSURE_MM, SHADES))
    return BoneData(normals.GetOutput(), colors, (SURE_MM, UNSURE_MM), pose, about)
