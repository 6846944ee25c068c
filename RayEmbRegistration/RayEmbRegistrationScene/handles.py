"""The pose's handles: arrows and rings in the 3D views that move the C-arm about the bone."""

from __future__ import annotations

from .handle import nodeOf, viewRole
from .nodes import Handle
from .pose import placeCenter


def showHandles(handle: Handle, viewIndex: int, visible: bool) -> None:
    """Show or hide the handles of a view's pose; nothing happens while there is no pose."""
    pose = nodeOf(handle, viewRole(viewIndex, "Pose"))
    if pose is None:
        return
    if pose.GetDisplayNode() is None:
        pose.CreateDefaultDisplayNodes()
    placeCenter(handle, viewIndex)
    display = pose.GetDisplayNode()
    display.SetVisibility(True)
    display.SetEditorTranslationEnabled(True)
    display.SetEditorRotationEnabled(True)
    display.SetEditorScalingEnabled(False)  # a pose is rigid
    display.SetEditorSliceIntersectionVisibility(False)
    display.SetEditorVisibility3D(bool(visible))
    display.SetEditorVisibility(bool(visible))


def handlesVisible(handle: Handle, viewIndex: int) -> bool:
    """Whether the handles are shown."""
    pose = nodeOf(handle, viewRole(viewIndex, "Pose"))
    return bool(pose is not None and pose.GetDisplayNode() is not None and pose.GetDisplayNode().GetEditorVisibility())
