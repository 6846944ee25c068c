"""Show and hide kinds of things, for all X-rays of a registration at once; the choice holds for what is made later too."""

from __future__ import annotations

from .handle import ownNodes, record, setRecord
from .nodes import Handle

HIDDEN_KEY = "Hidden"
SEE_THROUGH = 0.25
THINGS = {  # what a user switches: the last part of the roles it stands for
    "landmarks": ("LandmarksInCt", "Detected", "Pinned", "Reprojected"),
    "detected": ("LandmarksInCt", "Detected", "Pinned"),
    "reprojected": ("Reprojected",),
    "rejected": ("Rejected",),
    "true": ("True",),
    "residuals": ("Residuals", "LandmarksOnDetector"),
    "detector": ("DetectorPlane",),
    "frustum": ("Frustum",),
    "source": ("Source",),
    "otherPoses": ("Frustum.initial", "Frustum.truth", "Trajectory"),
    "bone": ("Bone",),
}


def setVisible(handle: Handle, thing: str, visible: bool) -> None:
    """Show or hide one of THINGS.

    Raises:
        ValueError: a thing that does not exist.
    """
    if thing not in THINGS:
        raise ValueError(f"there is no '{thing}' to show or hide; choose one of {', '.join(THINGS)}")
    hidden = set(record(handle, HIDDEN_KEY, [])) - {thing}
    setRecord(handle, HIDDEN_KEY, sorted(hidden if visible else hidden | {thing}))
    _apply(handle, thing, visible)


def isVisible(handle: Handle, thing: str) -> bool:
    """Whether a thing is chosen to be shown."""
    return thing not in record(handle, HIDDEN_KEY, [])


def applyHidden(handle: Handle) -> None:
    """Hide what was made anew although it is chosen to be hidden."""
    for thing in record(handle, HIDDEN_KEY, []):
        _apply(handle, thing, False)
    if record(handle, "LookThrough") is not None:
        hideBeforeSource(handle, True)


def hideBeforeSource(handle: Handle, hide: bool) -> None:
    """Hide what stands around the source and would cover a view through it, and make bone transparent; or all back."""
    for thing in ("source", "frustum", "otherPoses"):
        _apply(handle, thing, not hide and isVisible(handle, thing))
    own = f"View{record(handle, 'LookThrough')['view'] + 1}." if hide else ""
    for role, node in ownNodes(handle).items():
        if role.endswith(".DetectorPlane") and node.GetDisplayNode() is not None:  # another one may stand before it
            node.GetDisplayNode().SetVisibility(isVisible(handle, "detector") and role.startswith(own))
    opacities = (1.0, SEE_THROUGH) if hide else (SEE_THROUGH, 1.0)
    for node in [*ownNodes(handle, "Bone").values(), *ownNodes(handle, "Adjusted").values()]:
        display = node.GetDisplayNode() if node.IsA("vtkMRMLModelNode") else None
        if display is not None and abs(display.GetOpacity() - opacities[0]) < 1e-6:  # not what the user chose
            display.SetOpacity(opacities[1])


def _apply(handle: Handle, thing: str, visible: bool) -> None:
    for role, node in ownNodes(handle).items():
        isBone = thing == "bone" and role.startswith("Bone")
        ofView = role.partition(".")[2] in THINGS[thing]
        if (isBone or ofView) and node.IsA("vtkMRMLDisplayableNode") and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(bool(visible))
