"""The module's own view layouts: X-ray and 3D side by side, two X-rays with 3D; DRRs beside; over the plot of a track.

The user's layout comes back on leaving.
"""

from __future__ import annotations

import slicer

from .nodes import Node
from .sliceViews import DRR_NAMES, NAMES

VIEW_3D, VIEW_PLOT = "RayEmb3D", "RayEmbPlot"
ONE_XRAY, TWO_XRAYS, ONE_WITH_PLOT, TWO_WITH_PLOT = 28137, 28138, 28139, 28140
ONE_WITH_DRR, TWO_WITH_DRR, ONE_WITH_BOTH, TWO_WITH_BOTH = 28141, 28142, 28143, 28144
OWN = (ONE_XRAY, TWO_XRAYS, ONE_WITH_PLOT, TWO_WITH_PLOT, ONE_WITH_DRR, TWO_WITH_DRR, ONE_WITH_BOTH, TWO_WITH_BOTH)
_GROUP = 28137  # of views linked with each other; the user's own views are in group 0
_BEFORE = "RayEmbRegistration.LayoutBefore"
_COLORS = ("#4FA3C7", "#C79A4F")


def layoutFor(xrayCount: int, withPlot: bool = False, withDrr: bool = False) -> int:
    """The layout that shows so many X-rays, each with its DRR beside it on request; of more than two, two at a time."""
    return OWN[4 * bool(withDrr) + 2 * bool(withPlot) + (xrayCount > 1)]


def registerLayouts(layoutNode: Node | None = None) -> None:
    """Make the layouts known; safe to repeat. To be called at start, so that scenes saved with them open."""
    layoutNode = layoutNode or findLayoutNode()
    if layoutNode is None:
        return
    alone, beside = (_oneXray(), _twoXrays()), (_oneWithDrr(), _twoWithDrr())
    descriptions = [part for kind in (alone, beside) for part in (*kind, *(_overPlot(each) for each in kind))]
    for number, description in zip(OWN, descriptions, strict=True):
        if layoutNode.IsLayoutDescription(number):
            layoutNode.SetLayoutDescription(number, description)
        else:
            layoutNode.AddLayoutDescription(number, description)


def enterLayout(xrayCount: int, layoutNode: Node | None = None, chart: Node | None = None, withDrr: bool = False) -> None:
    """Show the layout for so many X-rays, with a chart where there is one, and remember the user's."""
    layoutNode = layoutNode or findLayoutNode()
    if layoutNode is None:
        return
    registerLayouts(layoutNode)
    present = layoutNode.GetViewArrangement()
    if present not in OWN:
        layoutNode.SetAttribute(_BEFORE, str(present))
    layoutNode.SetViewArrangement(layoutFor(xrayCount, chart is not None, withDrr))
    if chart is not None:
        showChart(chart)


def showChart(chart: Node) -> None:
    """Let the plot view show a chart."""
    view = slicer.mrmlScene.GetSingletonNode(VIEW_PLOT, "vtkMRMLPlotViewNode")
    if view is not None and view.GetPlotChartNodeID() != chart.GetID():
        view.SetPlotChartNodeID(chart.GetID())


def leaveLayout(layoutNode: Node | None = None) -> None:
    """Give the user's layout back, unless they chose another one meanwhile."""
    layoutNode = layoutNode or findLayoutNode()
    if layoutNode is None:
        return
    if layoutNode.GetViewArrangement() in OWN:
        before = layoutNode.GetAttribute(_BEFORE)
        layoutNode.SetViewArrangement(int(before) if before else layoutNode.SlicerLayoutInitialView)
    layoutNode.RemoveAttribute(_BEFORE)


def findLayoutNode() -> Node | None:
    """The scene's layout node, or None where there are no views."""
    nodes = slicer.util.getNodesByClass("vtkMRMLLayoutNode")
    return nodes[0] if nodes else None


def _oneXray() -> str:
    return f'<layout type="horizontal" split="true">{_xray(0)}{_threeD()}</layout>'


def _twoXrays() -> str:
    pair = f'<layout type="horizontal" split="true">{_xray(0)}{_xray(1)}</layout>'
    return f'<layout type="vertical" split="true"><item>{pair}</item>{_threeD()}</layout>'


def _oneWithDrr() -> str:
    pair = f'<layout type="horizontal" split="true">{_xray(0)}{_drr(0)}</layout>'
    return f'<layout type="vertical" split="true"><item>{pair}</item>{_threeD()}</layout>'


def _twoWithDrr() -> str:
    pairs = [f'<item><layout type="horizontal" split="true">{kind(0)}{kind(1)}</layout></item>' for kind in (_xray, _drr)]
    both = f'<layout type="vertical" split="true">{"".join(pairs)}</layout>'
    return f'<layout type="horizontal" split="true"><item splitSize="650">{both}</item>{_threeD(350)}</layout>'


def _overPlot(upper: str) -> str:
    label = '<property name="viewlabel" action="default">P</property>'
    plot = f'<view class="vtkMRMLPlotViewNode" singletontag="{VIEW_PLOT}">{label}'
    return (
        f'<layout type="vertical" split="true"><item splitSize="700">{upper}</item>'
        f'<item splitSize="300">{plot}</view></item></layout>'
    )


def _xray(number: int) -> str:
    return _slice(NAMES[number], f"X{number + 1}", number)


def _drr(number: int) -> str:
    return _slice(DRR_NAMES[number], f"D{number + 1}", number)


def _slice(name: str, label: str, number: int) -> str:
    return (
        f'<item><view class="vtkMRMLSliceNode" singletontag="{name}">'
        '<property name="orientation" action="default">Axial</property>'
        f'<property name="viewlabel" action="default">{label}</property>'
        f'<property name="viewcolor" action="default">{_COLORS[number]}</property>'
        f'<property name="viewgroup" action="default">{_GROUP + number}</property>'
        "</view></item>"
    )


def _threeD(share: int | None = None) -> str:
    size = "" if share is None else f' splitSize="{share}"'
    return (
        f'<item{size}><view class="vtkMRMLViewNode" singletontag="{VIEW_3D}">'
        '<property name="viewlabel" action="default">3D</property>'
        f'<property name="viewgroup" action="default">{_GROUP}</property>'
        "</view></item>"
    )
