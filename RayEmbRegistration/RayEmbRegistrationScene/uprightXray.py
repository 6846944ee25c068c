"""The X-ray to look at: a copy in the frame of its flat picture, upright in any axial slice view.

The user's node may have any directions, spacing or mirroring, and is never touched; DRR, heat map and 2D landmarks use
this frame too and so lie on it exactly.
"""

from __future__ import annotations

import numpy as np
import slicer

from .frames import rasFromPixel, vtkMatrix
from .handle import ensureNode, nodeOf, viewRole
from .nodes import Handle, Node
from .views import shownCamera

ROLE = "Xray"
_KEPT_TYPES = (np.uint8, np.int16, np.uint16, np.int32, np.float32)
COLOR = 3


def showUprightXray(
    handle: Handle, viewIndex: int, image: np.ndarray, windowLevel: tuple[float, float] | None = None
) -> bool:
    """Make or update the copy of an X-ray, (H, W) or (H, W, 3); returns whether its picture is another one now.

    The window is set for a new picture, and when one is given; otherwise it stays as the user set it.
    """
    image = displayable(image)
    kind = "vtkMRMLVectorVolumeNode" if image.ndim == COLOR else "vtkMRMLScalarVolumeNode"
    label = f"X-ray {viewIndex + 1} (registration view)"
    node, isNew = ensureNode(handle, viewRole(viewIndex, ROLE), kind, label)
    before, place = arrayOf(node), rasFromPixel(handle, viewIndex, shownCamera(handle, viewIndex))
    isOther = isNew or before is None or not np.array_equal(before, image)
    if isOther:
        setImage(node, image, place)
    else:
        node.SetIJKToRASMatrix(vtkMatrix(place))
    if isNew:
        node.CreateDefaultDisplayNodes()
    if isOther or windowLevel is not None:
        setWindow(node, windowLevel or histogramWindow(image))
    return isOther


def uprightXray(handle: Handle, viewIndex: int) -> Node | None:
    """The view's volume node, or None."""
    return nodeOf(handle, viewRole(viewIndex, ROLE))


def setImage(node: Node, image: np.ndarray, rasFromIjk: np.ndarray) -> None:
    """Put an image (H, W) or (H, W, C) and its place into a volume node of one slice."""
    slicer.util.updateVolumeFromArray(node, np.ascontiguousarray(image)[None])
    node.SetIJKToRASMatrix(vtkMatrix(rasFromIjk))


def arrayOf(node: Node) -> np.ndarray | None:
    """A one-slice volume's image, its own memory; None where it has none (any more)."""
    return slicer.util.arrayFromVolume(node)[0] if node.GetImageData() is not None else None


def imageShown(handle: Handle, viewIndex: int) -> np.ndarray | None:
    """A copy of the image (H, W) or (H, W, 3) of a view's X-ray, upright; None where there is none."""
    node = uprightXray(handle, viewIndex)
    image = arrayOf(node) if node is not None else None
    return None if image is None else image.copy()


def imageIdentity(handle: Handle, viewIndex: int) -> int | None:
    """A number that another image of a view does not have, in this session; None without an image."""
    node = uprightXray(handle, viewIndex)
    image = node.GetImageData() if node is not None else None
    scalars = image.GetPointData().GetScalars() if image is not None else None
    return None if image is None or scalars is None else int(max(image.GetMTime(), scalars.GetMTime()))


def imageOf(node: Node) -> np.ndarray:
    """A copy of a one-slice volume's image."""
    return np.array(slicer.util.arrayFromVolume(node)[0])


def setWindow(node: Node, window: tuple[float, float]) -> None:
    """Show values from the first (black) to the second (white)."""
    display = node.GetDisplayNode()
    display.AutoWindowLevelOff()
    low, high = (float(value) for value in window)
    display.SetWindowLevelMinMax(low, high if high > low else low + 1)


def displayable(image: np.ndarray) -> np.ndarray:
    """A copy in a type that Slicer shows, without NaN; one channel or colour (three).

    Raises:
        ValueError: neither an (H, W) image nor one with up to four channels.
    """
    image = np.asarray(image)
    if image.ndim == COLOR and image.shape[2] in (1, 2):  # grey, or grey with opacity
        image = image[..., 0]
    if image.ndim not in (2, COLOR) or (image.ndim == COLOR and image.shape[2] not in (3, 4)):
        raise ValueError(f"an X-ray to show must be (rows, columns) or (rows, columns, 3), not {image.shape}")
    image = image[..., :3] if image.ndim == COLOR else image
    if image.dtype == bool:
        return image.astype(np.uint8)
    for kind in _KEPT_TYPES:
        if image.dtype == kind and np.issubdtype(kind, np.integer):
            return image.astype(kind)
    image = image.astype(np.float32)
    finite = np.isfinite(image)
    return image if finite.all() else np.where(finite, image, image[finite].min() if finite.any() else 0)


def histogramWindow(image: np.ndarray) -> tuple[float, float]:
    """Black and white such that half a percent of the pixels lies beyond either; colour pictures are shown as they are."""
    if image.ndim == COLOR and image.dtype == np.uint8:
        return 0.0, 255.0
    low, high = np.percentile(image, (0.5, 99.5))
    return float(low), float(high)


def windowOfNode(node: Node) -> tuple[float, float] | None:
    """The (black, white) values with which a volume of the user's is shown, or None where it has no display."""
    display = node.GetDisplayNode() if node is not None else None
    if display is None or not hasattr(display, "GetWindowLevelMin"):
        return None
    return display.GetWindowLevelMin(), display.GetWindowLevelMax()


def windowOf(handle: Handle, viewIndex: int) -> tuple[float, float] | None:
    """The (black, white) values with which an X-ray of the registration is shown, or None."""
    return windowOfNode(uprightXray(handle, viewIndex))


def settingsOf(display: Node) -> tuple:
    """What ``showAsInput`` takes over of a display node."""
    if not display.IsA("vtkMRMLScalarVolumeDisplayNode"):
        return ()
    window = display.GetWindowLevelMin(), display.GetWindowLevelMax()
    threshold = display.GetApplyThreshold(), display.GetLowerThreshold(), display.GetUpperThreshold()
    return (*window, *threshold, display.GetColorNodeID())


def showAsInput(handle: Handle, viewIndex: int) -> None:
    """Take window, threshold and colours over from the user's own volume; the copy of a colour picture has none."""
    node, source = uprightXray(handle, viewIndex), nodeOf(handle, viewRole(viewIndex, "InputXray"))
    copy, own = _greyDisplay(node), _greyDisplay(source)
    if copy is None or own is None or copy.GetClassName() != own.GetClassName():
        return
    with slicer.util.NodeModify(copy):
        setWindow(node, (own.GetWindowLevelMin(), own.GetWindowLevelMax()))
        copy.SetApplyThreshold(own.GetApplyThreshold())
        copy.SetThreshold(own.GetLowerThreshold(), own.GetUpperThreshold())
        if own.GetColorNodeID():
            copy.SetAndObserveColorNodeID(own.GetColorNodeID())


def _greyDisplay(node: Node | None) -> Node | None:
    """The display of a volume with a window, threshold and colours; None where it has none such."""
    display = node.GetDisplayNode() if node is not None else None
    return display if display is not None and display.IsA("vtkMRMLScalarVolumeDisplayNode") else None


def isShownInverted(xray: Node) -> bool:
    """Whether high values are shown darker than low ones."""
    display = xray.GetDisplayNode()
    colors = display.GetColorNode() if display is not None else None
    table = colors.GetLookupTable() if colors is not None else None
    if table is None or xray.IsA("vtkMRMLVectorVolumeNode"):
        return False
    first, last = table.GetTableValue(0), table.GetTableValue(table.GetNumberOfTableValues() - 1)
    return sum(first[:3]) > sum(last[:3])
