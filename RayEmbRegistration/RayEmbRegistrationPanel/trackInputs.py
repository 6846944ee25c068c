"""What a track starts from: bodies and X-rays of several frames, taken from nodes as arrays that a thread may work on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import imageRun, inputs
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.tracking.body import Body
    from RayEmbRegistrationLib.tracking.frame_view import FrameView


@dataclass(frozen=True, eq=False)
class BodyInput:
    """A body to follow.

    Attributes:
        node: CT volume node, or model node.
        material: of a model, as the library names it; None of a CT.
        segmentation, segmentIds: of the bones of a CT, as ``CtInput`` has them.
        label: of the one bone, counted in ``segmentIds`` from 1; None for all bone of the CT.
    """

    node: Node
    material: str | None = None
    segmentation: Node = None
    segmentIds: tuple[str, ...] = ()
    label: int | None = None

    @property
    def isModel(self) -> bool:
        """Whether it is a surface."""
        return self.node.IsA("vtkMRMLModelNode")

    @property
    def name(self) -> str:
        """What it is called in files and words."""
        if self.label is None or self.segmentation is None:
            return str(self.node.GetName())
        return inputs.segmentNames(self.segmentation)[self.segmentIds[self.label - 1]]


def bodiesOfCt(ct: CtInput, apart: bool) -> list[BodyInput]:
    """All bone of a CT as one body, or each chosen segment as one of its own."""
    if not apart or ct.segmentation is None or len(ct.segmentIds) < 2:
        return [BodyInput(ct.node, None, ct.segmentation, ct.segmentIds)]
    labels = range(1, len(ct.segmentIds) + 1)
    return [BodyInput(ct.node, None, ct.segmentation, ct.segmentIds, label) for label in labels]


@dataclass(frozen=True, eq=False)
class GatheredBody:
    """A body as arrays.

    Attributes:
        name, material, label: as asked.
        volume: of a CT, in RAS mm of the world.
        surface: copy of a model's, in its own numbers.
        rasFromBody: from the body's own frame to the world, where it is now.
    """

    name: str
    material: str | None
    label: int | None
    volume: CTVolume | None
    surface: vtk.vtkPolyData | None
    rasFromBody: RigidTransform

    def made(self) -> Body:
        """As the library follows it; touches no node, and takes seconds of a large CT.

        Raises:
            ValueError: it cannot be followed.
        """
        from RayEmbRegistrationLib.bodies.materials import material_named
        from RayEmbRegistrationLib.bodies.surface import surface_of_polydata
        from RayEmbRegistrationLib.tracking.body import body_of_ct, body_of_surface

        if self.surface is not None:
            return body_of_surface(
                surface_of_polydata(self.surface, self.name), material_named(self.material or ""), self.name
            )
        if self.volume is None:
            raise RuntimeError(f"{self.name} is neither a volume nor a surface")
        return body_of_ct(self.volume, self.name, self.label)

    def asVolume(self) -> CTVolume:
        """What a search registers of it; touches no node."""
        from RayEmbRegistrationLib.application.find_start import only_label
        from RayEmbRegistrationLib.bodies.materials import material_named
        from RayEmbRegistrationLib.bodies.surface import surface_of_polydata
        from RayEmbRegistrationLib.bodies.voxels import volume_of_surface

        if self.volume is not None:
            return only_label(self.volume, self.label)
        if self.surface is None:
            raise RuntimeError(f"{self.name} is neither a volume nor a surface")
        return volume_of_surface(surface_of_polydata(self.surface, self.name), material_named(self.material or ""))


def gatherBodies(bodies: Sequence[BodyInput], places: Mapping[str, RigidTransform] | None = None) -> list[GatheredBody]:
    """Bodies as arrays; each CT is read once. ``places``: name to ras_from_body of bones that have moved apart.

    Raises:
        ValueError: none, two of one name, a model without a surface, or a CT that cannot be used.
    """
    if not bodies:
        raise ValueError(_("choose what is to be followed: the bones of the CT, or a model"))
    names = [body.name for body in bodies]
    if len(set(names)) != len(names):
        raise ValueError(_("two bodies are called {name}; rename one of them").format(name=max(names, key=names.count)))
    volumes: dict[str, CTVolume] = {}
    gathered = []
    for body in bodies:
        if body.isModel:
            surface = vtk.vtkPolyData()
            if body.node.GetPolyData() is None:
                raise ValueError(_("{name} holds no surface; choose a model that does").format(name=body.name))
            surface.DeepCopy(body.node.GetPolyData())
            place = RigidTransform.from_matrix(inputs.worldFromNode(body.node))
            gathered.append(GatheredBody(body.name, body.material, None, None, surface, place))
            continue
        if body.node.GetID() not in volumes:
            volumes[body.node.GetID()] = inputs.ctVolume(body.node, body.segmentation, body.segmentIds)
        place = (places or {}).get(body.name, RigidTransform())
        gathered.append(GatheredBody(body.name, None, body.label, volumes[body.node.GetID()], None, place))
    return gathered


class XrayRun:
    """The frames of all X-rays, as arrays.

    Args:
        xrays: with the geometry of the frame that each shows.
        frames: wanted, as the first X-ray counts them; others may have another number of what was taken with it.
        tagsOf: what the tags tell of an X-ray node's frame, or None.
    """

    def __init__(
        self, xrays: Sequence[XrayInput], frames: Sequence[int], tagsOf: Callable[[Node, int], XrayGeometry | None]
    ) -> None:
        from RayEmbRegistrationLib.tracking.turning import camera_from_first

        self.names = [xray.node.GetName() for xray in xrays]
        self._pages: list[Mapping[int, np.ndarray]] = []
        self.geometries: list[dict[int, XrayGeometry]] = []
        for xray, offset in zip(xrays, imageRun.offsetsOf([xray.node for xray in xrays]), strict=True):
            self._pages.append({frame: inputs.framePage(xray.node, frame + offset) for frame in frames})
            of = _geometryByFrame(xray, tagsOf)
            self.geometries.append({frame: of(frame + offset) for frame in frames})
        self._alone: dict[int, RigidTransform] = {}
        if len(xrays) == 1:
            first = _geometryByFrame(xrays[0], tagsOf)(0)
            self._alone = {frame: camera_from_first(one, first) for frame, one in self.geometries[0].items()}

    @property
    def moves(self) -> bool:
        """Whether the geometry differs from frame to frame."""
        return any(len({geometry_to_text(one) for one in byFrame.values()}) > 1 for byFrame in self.geometries)

    def placeOf(self, row: int, frame: int) -> RigidTransform:
        """camera_from_rig of an X-ray; of a camera alone, seen from where it stands in its first frame."""
        place = self._alone.get(frame, self.geometries[row][frame].camera_from_rig)
        return RigidTransform() if place is None else place

    def views(self, frame: int) -> list[FrameView]:
        """The X-rays of a frame as the library follows bodies in them; touches no node.

        Raises:
            ValueError: an image without content, or a geometry that lacks a value.
        """
        from RayEmbRegistrationLib.application import view_of_pixels
        from RayEmbRegistrationLib.tracking.frame_view import frame_view

        found = []
        for row, name in enumerate(self.names):
            pixels, _notes = inputs.pixelsOf(self._pages[row][frame], name)
            found.append(
                frame_view(view_of_pixels(pixels, self.geometries[row][frame], name=name), self.placeOf(row, frame))
            )
        return found


def _geometryByFrame(xray: XrayInput, tagsOf: Callable[[Node, int], XrayGeometry | None]) -> Callable[[int], XrayGeometry]:
    """What is known of an X-ray's frame: what the one that it shows has of its tags is replaced by that frame's."""
    from .geometryWords import withTags

    now = tagsOf(xray.node, imageRun.frameOf(xray.node))

    def of(frame: int) -> XrayGeometry:
        tags = None if now is None else tagsOf(xray.node, frame)
        return xray.geometry if now is None or tags is None else withTags(xray.geometry, now, tags)

    return of


def placeNow(xrays: Sequence[XrayInput], tagsOf: Callable[[Node, int], XrayGeometry | None]) -> RigidTransform:
    """camera_from_rig of the first X-ray in the frame that it shows, as ``XrayRun.placeOf`` has it."""
    from RayEmbRegistrationLib.tracking.turning import camera_from_first

    if len(xrays) == 1:
        return camera_from_first(xrays[0].geometry, _geometryByFrame(xrays[0], tagsOf)(0))
    return xrays[0].geometry.camera_from_rig or RigidTransform()


def problemOfXrays(xrays: Sequence[XrayInput]) -> str | None:
    """Why X-rays cannot be followed, in a sentence; None where they can."""
    counts = {xray.node.GetName(): imageRun.frameCount(xray.node) for xray in xrays}
    if all(count < 2 for count in counts.values()):
        return _("Add an X-ray of several frames, or a sequence of X-rays, to the table.")
    stills = [name for name, count in counts.items() if count < 2]
    if stills:
        return _("{name} is a still; take it out of the table to follow the others.").format(name=stills[0])
    if len(xrays) > 1:
        if not imageRun.commonFrames([xray.node for xray in xrays]):
            return _("No frame was taken with one of the others: show two that were, and press *Taken together*.")
        for xray in xrays:
            if xray.geometry.camera_from_rig is None:
                return _("Load a calibration that places {name} in the rig: several X-rays are followed together.").format(
                    name=xray.node.GetName()
                )
    return None


def notTogether(common: range) -> str:
    """Why tracking cannot start from a frame that not all X-rays have, in a sentence."""
    return _("Not all X-rays have a frame that was taken with this one; go to frames {first} to {last}.").format(
        first=common.start + 1, last=common.stop
    )


def isAlive(node: Node | None) -> bool:
    """Whether a node is in the scene."""
    return node is not None and node.GetScene() is slicer.mrmlScene
