"""What stands above the module's slice views: the X-ray's name, and no offset of a slice that does not exist."""

from __future__ import annotations

import slicer

LONGEST = 30


def nameSliceView(name: str, label: str) -> None:
    """Say above a slice view what it shows; the picture lies in a plane of its own, whose offset tells nobody anything."""
    layoutManager = slicer.app.layoutManager()
    widget = layoutManager.sliceWidget(name) if layoutManager is not None else None
    if widget is None:
        return
    controller = widget.sliceController()
    if controller.showSliceOffsetSlider:
        controller.showSliceOffsetSlider = False
    label = label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"
    node = widget.mrmlSliceNode()
    if node.GetLayoutLabel() != label:
        node.SetLayoutLabel(label)
