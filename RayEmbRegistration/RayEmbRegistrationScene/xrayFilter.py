"""Filters of an X-ray's display: a picture of its own is shown in its place, and its voxels are left alone.

No selector offers that picture, and nothing is computed of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from .filterPicture import filtered, sizeOf
from .frames import overSameField, rasFromPixel
from .handle import ensureNode, nodeOf, record, removeRole, setRecord, viewRole
from .nodes import Handle, Node
from .pictureField import fieldAt, fieldIdentity, fieldOf
from .plainData import FilterSettings
from .uprightXray import (
    arrayOf,
    histogramWindow,
    imageIdentity,
    isShownInverted,
    setImage,
    setWindow,
    uprightXray,
    windowOfNode,
)
from .views import shownCamera

ROLE, KEY, MADE_OF = "FilteredXray", "Filter", "RayEmbRegistration.FilterOf"
_GREY, _INVERTED_GREY = "vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeInvertedGrey"


def filterOf(handle: Handle, viewIndex: int) -> FilterSettings:
    """How an X-ray is shown."""
    return FilterSettings(**record(handle, viewRole(viewIndex, KEY), {}))


def setFilter(handle: Handle, viewIndex: int, settings: FilterSettings) -> None:
    """Choose how an X-ray is shown; the picture is to be made where ``isFilterDue`` says so."""
    setRecord(handle, viewRole(viewIndex, KEY), asdict(settings) if settings.any else None)
    if not settings.any:
        removeRole(handle, viewRole(viewIndex, ROLE))


def shownXray(handle: Handle, viewIndex: int) -> Node | None:
    """The volume that shows an X-ray in its slice view: filtered, or as it is; None where there is none."""
    node = nodeOf(handle, viewRole(viewIndex, ROLE))
    return node if node is not None and node.GetDisplayNode() is not None else uprightXray(handle, viewIndex)


@dataclass(frozen=True, eq=False)
class FilterTask:
    """A picture to filter, in any thread.

    Attributes:
        settings: how.
        image: (H, W) or (H, W, 3), a copy.
        field: (h, w) bool, where the X-ray shows anything; None where that is not known.
        madeOf: what tells it from another.
        highIsDark: whether it is shown with high values dark.
    """

    settings: FilterSettings
    image: np.ndarray
    field: np.ndarray | None
    madeOf: str
    highIsDark: bool = False

    def draw(self) -> np.ndarray:
        """(h, w) float32."""
        field = None if self.field is None else fieldAt(self.field, sizeOf(self.image))
        return filtered(self.image, self.settings, field, self.highIsDark)


def isFilterDue(handle: Handle, viewIndex: int) -> bool:
    """Whether a picture is wanted, and there is none of the X-ray as it is now."""
    if not filterOf(handle, viewIndex).any or uprightXray(handle, viewIndex) is None:
        return False
    node = nodeOf(handle, viewRole(viewIndex, ROLE))
    return node is None or node.GetDisplayNode() is None or node.GetAttribute(MADE_OF) != _madeOf(handle, viewIndex)


def filterTask(handle: Handle, viewIndex: int) -> FilterTask | None:
    """What the picture is made of; None without an X-ray."""
    xray = uprightXray(handle, viewIndex)
    image = arrayOf(xray) if xray is not None else None
    if image is None:
        return None
    settings, field = filterOf(handle, viewIndex), fieldOf(handle, viewIndex)
    highIsDark = isShownInverted(xray) != settings.invert
    return FilterTask(settings, image.copy(), field, _madeOf(handle, viewIndex), highIsDark)


def showFiltered(handle: Handle, viewIndex: int, task: FilterTask, picture: np.ndarray) -> bool:
    """Show what ``task.draw()`` returned; returns False where something else is wanted by now."""
    xray = uprightXray(handle, viewIndex)
    if xray is None or task.settings != filterOf(handle, viewIndex) or task.madeOf != _madeOf(handle, viewIndex):
        return False
    label = f"X-ray {viewIndex + 1} (filtered view)"
    node, isNew = ensureNode(handle, viewRole(viewIndex, ROLE), "vtkMRMLScalarVolumeNode", label)
    camera = shownCamera(handle, viewIndex)
    place = overSameField(rasFromPixel(handle, viewIndex, camera), camera.image_size, (picture.shape[1], picture.shape[0]))
    setImage(node, picture, place)
    if isNew:
        node.CreateDefaultDisplayNodes()
    node.SetAttribute(MADE_OF, task.madeOf)
    own = task.settings.contrast or task.settings.edges
    setWindow(node, histogramWindow(picture) if own else windowOfNode(xray) or histogramWindow(picture))
    node.GetDisplayNode().SetAndObserveColorNodeID(_INVERTED_GREY if task.highIsDark else _GREY)
    return True


def _madeOf(handle: Handle, viewIndex: int) -> str:
    """What a filtered picture depends on."""
    xray, modified = uprightXray(handle, viewIndex), imageIdentity(handle, viewIndex)
    if xray is None or modified is None:
        return ""
    shown = f"{isShownInverted(xray)} {windowOfNode(xray)} {filterOf(handle, viewIndex)}"
    return f"{modified} {fieldIdentity(handle, viewIndex)} {shown}"
