"""From the X-rays to the patient: clicks in X-rays as rays, points and tools in the CT's space.

The clicks are control points of one markups node of the user's, each in the picture of the X-ray it was placed in. The first
click in an X-ray and the first in another one are of the same point, and so on; of a tool, any two points of it are clicked
in each of two X-rays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.triangulation import (
    ClicksProblem,
    SeenLine,
    SeenPoint,
    ray_of,
    triangulate,
    triangulate_line,
)
from RayEmbRegistrationLib.geometry.uncertainty import PoseUncertainty, Sight

from . import colors
from .drawnLine import DrawnLine
from .frames import pixelsOfPicturePoints, polyData, rasFromPixel
from .handle import ensureNode, removeRole
from .inputs import markupPoints, placedNumbers
from .landmarks import styleMarkups
from .nodes import Handle, Node
from .pictureField import fieldOf
from .targetDrawing import showPieces
from .targetErrors import Known, errorsOf
from .views import shownCamera, viewCount

SPREAD = "RayEmbRegistration.SpreadMm"
RAYS, POINTS, TOOL = "ClickedRays", "SeenPoints", "SeenTool"
OFFERED = (POINTS, TOOL)  # results, which other modules go on with
SAME_PICTURE_MM = 5.0
"""From the plane of an X-ray's picture, of points that were placed in it; the pictures lie 20 mm apart."""
RAY_PIECES, RAY_RADIUS_MM = 200, 0.4
NEAREST = 0.3
"""Share of the way to the detector before which no patient is; a ray that began at the source would cover its view."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What clicks came to.

    Attributes:
        points: found in two X-rays or more, by their number.
        tool: the line found; None where none was asked for, or it is not clicked to the end.
        problems: why something was not found, one sentence each.
        arePosesCounted: whether the errors hold those of the poses; where one is not known, they are the clicks' alone.
    """

    points: Mapping[int, SeenPoint]
    tool: SeenLine | None = None
    problems: tuple[str, ...] = ()
    arePosesCounted: bool = True


def style(node: Node) -> None:
    """Let clicks look like what they are, and show in the X-rays alone."""
    styleMarkups(node, colors.CLICKED, "ThickCross2D", isFlat=True)
    node.GetDisplayNode().SetPointLabelsVisibility(True)


def number(handle: Handle, node: Node) -> None:
    """Let those clicks have the same number that belong together."""
    numbers = placedNumbers(node)
    for view in range(viewCount(handle)):
        for count, index in enumerate(placedIn(handle, view, node), start=1):
            if node.GetNthControlPointLabel(numbers[index]) != str(count):
                node.SetNthControlPointLabel(numbers[index], str(count))


def placedIn(handle: Handle, viewIndex: int, node: Node) -> np.ndarray:
    """Which of a node's placed points lie in the picture of an X-ray: their indices."""
    place = rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))
    return np.flatnonzero(np.abs(markupPoints(node)[:, 2] - place[2, 3]) < SAME_PICTURE_MM)


def clicksOf(handle: Handle, node: Node) -> dict[int, np.ndarray]:
    """By X-ray with clicks, their pixels (N, 2) in the order they were placed."""
    found = {}
    for view in range(viewCount(handle)):
        place = rasFromPixel(handle, view, shownCamera(handle, view))
        own = placedIn(handle, view, node)
        if len(own):
            found[view] = pixelsOfPicturePoints(place, markupPoints(node)[own])
    return found


def seenBy(handle: Handle, node: Node, asTool: bool) -> Seen:
    """What the clicks say of the patient's space, by the poses as they are."""
    known, clicks = errorsOf(handle), clicksOf(handle, node)
    clicks = {view: pixels for view, pixels in clicks.items() if view in known}
    poses = _ofAll([known[view] for view in clicks])
    if asTool:
        seen = _tool({view: pixels for view, pixels in clicks.items() if len(pixels) > 1}, known, poses)
        return replace(seen, arePosesCounted=poses is not None)
    points, problems = {}, []
    for number in range(max((len(pixels) for pixels in clicks.values()), default=0)):
        views = [view for view, pixels in clicks.items() if len(pixels) > number]
        if len(views) < 2:
            continue
        sights = [known[view].sight for view in views]
        try:
            points[number] = triangulate(sights, np.array([clicks[view][number] for view in views]), poses)
        except ClicksProblem as problem:
            problems.append(f"{number + 1}: {problem}")
    return Seen(points, None, tuple(dict.fromkeys(problems)), poses is not None)


def _tool(clicks: Mapping[int, np.ndarray], known: Mapping, poses: PoseUncertainty | None) -> Seen:
    if len(clicks) < 2:
        return Seen({})
    views = list(clicks)[:2]
    try:
        line = triangulate_line([known[view].sight for view in views], np.array([clicks[v][:2] for v in views]), poses)
    except ClicksProblem as problem:
        return Seen({}, None, (str(problem),))
    return Seen({}, line)


def _ofAll(known: Sequence[Known]) -> PoseUncertainty | None:
    """How far the poses may be off, the worst of them where they differ; None where that is unknown of one of them."""
    errors = [one.space for one in known if one.space is not None]
    if not errors or len(errors) < len(known):
        return None
    return max(errors, key=lambda one: float(np.trace(one.covariance[3:, 3:])))


def showClicks(handle: Handle, node: Node | None, seen: Seen | None) -> None:
    """Draw the rays of clicks in 3D, in slices and in the other X-rays, and the points or the tool that were found."""
    known = errorsOf(handle)
    clicks = {} if node is None else {view: px for view, px in clicksOf(handle, node).items() if view in known}
    rays = {view: [_rayPoints(known[view].sight, pixel) for pixel in pixels] for view, pixels in clicks.items()}
    for view in range(viewCount(handle)):
        others = [ray for other, some in rays.items() if other != view for ray in some]
        pieces = [np.zeros((0, 2, 2))]
        if view in known:
            sight, field = known[view].sight, fieldOf(handle, view)
            pieces += [DrawnLine.of(sight, ray).drawn(sight.camera, field) for ray in others]
        showPieces(handle, view, RAYS, np.concatenate(pieces), colors.CLICKED, 1)
    _showRays(handle, [ray for some in rays.values() for ray in some])
    _showPoints(handle, {} if seen is None else seen.points)
    _showTool(handle, None if seen is None else seen.tool)


def _rayPoints(sight: Sight, pixel: np.ndarray) -> np.ndarray:
    """(N, 3) RAS mm, from the source to the pixel on the detector."""
    ray = ray_of(sight, pixel)
    end = np.linalg.norm(sight.camera.back_project(pixel, sight.camera.source_to_detector_mm))
    return np.array([ray.at(place) for place in np.linspace(0.01, 1, RAY_PIECES) * end])


def _showRays(handle: Handle, rays: Sequence[np.ndarray]) -> None:
    if not rays:
        removeRole(handle, RAYS)
        return
    points = np.concatenate([[ray[0] + NEAREST * (ray[-1] - ray[0]), ray[-1]] for ray in rays])
    tube = vtk.vtkTubeFilter()
    tube.SetInputData(polyData(points, lines=np.arange(len(points)).reshape(-1, 2)))
    tube.SetRadius(RAY_RADIUS_MM)
    tube.SetNumberOfSides(8)
    tube.Update()
    node, isNew = ensureNode(handle, RAYS, "vtkMRMLModelNode", "rays of clicks")
    node.SetAndObservePolyData(tube.GetOutput())
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        display = node.GetDisplayNode()
        display.SetColor(*colors.CLICKED)
        display.SetAmbient(1)
        display.SetDiffuse(0)
        display.SetVisibility2D(True)


def _showPoints(handle: Handle, points: Mapping[int, SeenPoint]) -> None:
    if not points:
        removeRole(handle, POINTS)
        return
    node, isNew = ensureNode(handle, POINTS, "vtkMRMLMarkupsFiducialNode", "points from X-rays", isOffered=True)
    with slicer.util.NodeModify(node):
        node.SetLocked(False)
        slicer.util.updateMarkupsControlPointsFromArray(node, np.array([one.point_ras for one in points.values()]))
        _keepSpread(node, [np.diag(one.covariance) for one in points.values()])
        for row, (number, one) in enumerate(points.items()):
            node.SetNthControlPointLabel(row, str(number + 1))
            node.SetNthControlPointDescription(row, f"{one.error_mm:.1f} mm to expect")
        node.SetLocked(True)
    if isNew:
        node.CreateDefaultDisplayNodes()
        styleMarkups(node, colors.SEEN, "Sphere3D", isFlat=False)
        node.GetDisplayNode().SetVisibility2D(True)
        node.GetDisplayNode().SetPointLabelsVisibility(True)


def spreadOf(node: Node) -> np.ndarray | None:
    """(N, 3) mm standard deviations along the patient's axes of found points or of a found tool's ends."""
    text = node.GetAttribute(SPREAD)
    return None if not text else np.array(json.loads(text), dtype=float).reshape(-1, 3)


def _keepSpread(node: Node, variances: Sequence[np.ndarray]) -> None:
    node.SetAttribute(SPREAD, json.dumps(np.sqrt(np.maximum(variances, 0)).reshape(-1, 3).tolist()))


def _showTool(handle: Handle, tool: SeenLine | None) -> None:
    if tool is None:
        removeRole(handle, TOOL)
        return
    node, isNew = ensureNode(handle, TOOL, "vtkMRMLMarkupsLineNode", "tool from X-rays", isOffered=True)
    with slicer.util.NodeModify(node):
        node.SetLocked(False)
        slicer.util.updateMarkupsControlPointsFromArray(node, np.array([tool.start_ras, tool.end_ras]))
        _keepSpread(node, [np.diag(tool.covariance)])
        node.SetLocked(True)
    if isNew:
        node.CreateDefaultDisplayNodes()
        styleMarkups(node, colors.SEEN, "Sphere3D", isFlat=False)
        node.GetDisplayNode().SetVisibility2D(True)
