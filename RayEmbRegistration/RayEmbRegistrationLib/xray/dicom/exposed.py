"""The part of a DICOM X-ray that carries a measurement: padding, display shutter and collimator."""

from __future__ import annotations

import numpy as np

from .values import FrameAttributes

_LEAST_SHARE = 0.05  # chosen: nobody takes an X-ray through such a slit


def padding_mask(stored: np.ndarray, attributes: FrameAttributes) -> np.ndarray:
    """(H, W) bool, True at Pixel Padding Value (0028,0120), or up to Pixel Padding Range Limit (0028,0121)."""
    value, limit = attributes.number("PixelPaddingValue"), attributes.number("PixelPaddingRangeLimit")
    if value is None:
        return np.zeros(stored.shape, dtype=bool)
    low, high = sorted((value, value if limit is None else limit))
    return (stored >= low) & (stored <= high)


def outside_mask(attributes: FrameAttributes, notes: list[str]) -> np.ndarray:
    """(H, W) bool, True outside the display shutter (0018,1600 ...) and the collimator (0018,1700 ...).

    Both hold any of a rectangle, a circle and a polygon in rows and columns counted from 1; the inside of all of them is
    what was exposed (PS3.3 C.7.6.11, C.8.7.3). Shapes that leave almost nothing are taken for stale and ignored.
    """
    size = (int(attributes.dataset.Rows), int(attributes.dataset.Columns))
    outside = np.zeros(size, dtype=bool)
    for kind, name in (("Shutter", "display shutter"), ("Collimator", "collimator")):
        inside = np.ones(size, dtype=bool)
        for shape in attributes.texts(f"{kind}Shape"):
            region = _region(attributes, kind, shape, size)
            if region is not None:
                inside &= region
        share = inside.mean()
        if share < _LEAST_SHARE:
            notes.append(f"The {name} in the file would leave {100 * share:.0f} % of the image; it is ignored.")
        elif share < 1:
            outside |= ~inside
            notes.append(f"The {name} in the file leaves {100 * share:.0f} % of the image; the rest is masked.")
    return outside


def _region(attributes: FrameAttributes, kind: str, shape: str, size: tuple[int, int]) -> np.ndarray | None:
    """(H, W) bool, True inside one shape; None where its attributes are missing."""
    rows, columns = np.ogrid[1 : size[0] + 1, 1 : size[1] + 1]
    if shape == "RECTANGULAR":
        keywords = ("LeftVerticalEdge", "RightVerticalEdge", "UpperHorizontalEdge", "LowerHorizontalEdge")
        edges = [attributes.number(f"{kind}{keyword}") for keyword in keywords]
        if None not in edges:
            return (columns >= edges[0]) & (columns <= edges[1]) & (rows >= edges[2]) & (rows <= edges[3])
    elif shape == "CIRCULAR":
        center, radius = attributes.numbers(f"CenterOfCircular{kind}"), attributes.number(f"RadiusOfCircular{kind}")
        if len(center) == 2 and radius:
            return (rows - center[0]) ** 2 + (columns - center[1]) ** 2 <= radius**2
    elif shape == "POLYGONAL":
        vertices = np.array(attributes.numbers(f"VerticesOfThePolygonal{kind}"))
        if vertices.size >= 6 and vertices.size % 2 == 0:
            import cv2

            region = np.zeros(size, dtype=np.uint8)
            cv2.fillPoly(region, [np.rint(vertices.reshape(-1, 2)[:, ::-1] - 1).astype(np.int32)], 1)
            return region > 0
    return None
