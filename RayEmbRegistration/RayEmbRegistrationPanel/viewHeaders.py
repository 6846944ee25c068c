"""What stands above the module's views: the X-ray's name, and no offset of a slice that does not exist."""

from __future__ import annotations

import slicer

LONGEST = 30
BETWEEN = "  "


def nameSliceView(name: str, label: str, figure: str = "") -> None:
    """Say above a slice view what it shows, and a figure of it, which is not cut.

    The picture lies in a plane of its own, whose offset tells nobody anything.
    """
    layoutManager = slicer.app.layoutManager()
    widget = layoutManager.sliceWidget(name) if layoutManager is not None else None
    if widget is None:
        return
    controller = widget.sliceController()
    if controller.showSliceOffsetSlider:
        controller.showSliceOffsetSlider = False
    room = LONGEST - len(figure) - len(BETWEEN) if figure else LONGEST
    label = label if len(label) <= room else label[: room - 1] + "…"
    label = f"{label}{BETWEEN}{figure}" if figure else label
    node = widget.mrmlSliceNode()
    if node.GetLayoutLabel() != label:
        node.SetLayoutLabel(label)


def nameThreeDView(name: str, label: str) -> None:
    """Say it above a 3D view: a scene that is closed gives its view a number for a name."""
    node = slicer.mrmlScene.GetSingletonNode(name, "vtkMRMLViewNode")
    if node is not None and node.GetLayoutLabel() != label:
        node.SetLayoutLabel(label)
