"""What the report on a registration shows: overlays, the 3D view, the motion of bones, the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from slicer.i18n import tr as _

from .exportScene import BONES
from .sentences import spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pictures.report_page import Page

    from .export import Gathered

SIDE_PX = 640
"""Of a picture in the report: 300 dots an inch where it is 54 mm wide."""
SHADE, AROUND_PX = 8, 10
"""Levels by which something drawn differs from the background; pixels that are left around it."""


def pageOf(gathered: Gathered, pictures: Mapping[int, Sequence[Path]]) -> Page:
    """Of what was gathered, with the pictures that were written."""
    import cv2
    from RayEmbRegistrationLib.pictures.report_page import Page, PagePicture

    shown = [
        PagePicture(_("Overlay, {name}").format(name=gathered.names[row]), _small(np.asarray(cv2.imread(str(path)))))
        for row, paths in pictures.items()
        for path in paths
        if path.name == "overlay.png"
    ]
    if gathered.threeD is not None:
        shown.append(PagePicture(_("Source, bone and detector"), _small(_trimmed(gathered.threeD[..., ::-1]))))
    tables = {_("Motion of bones"): gathered.tables[BONES]} if BONES in gathered.tables else {}
    return Page(shown, tables, gathered.comment, gathered.verdict or _("no verdict"), spoken)


def _small(picture: np.ndarray) -> bytes:
    """A picture (h, w, 3), blue first, for print, as JPEG."""
    import cv2
    from RayEmbRegistrationLib.files.pictures import picture_bytes

    scale = min(1.0, SIDE_PX / max(picture.shape[:2]))
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return picture_bytes(np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA)), ".jpg")


def _trimmed(picture: np.ndarray) -> np.ndarray:
    """A picture (h, w, 3) without what is only background around, of one colour along each line."""
    isDrawn = (np.abs(picture.astype(np.int16) - picture[:, :1]) > SHADE).any(axis=2)
    if not isDrawn.any():
        return picture
    (top, bottom), (left, right) = (np.flatnonzero(isDrawn.any(axis=axis))[[0, -1]] for axis in (1, 0))
    return picture[max(0, top - AROUND_PX) : bottom + AROUND_PX, max(0, left - AROUND_PX) : right + AROUND_PX]
