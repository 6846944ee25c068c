"""Shadows of metal that has no place in the CT: their outlines on the X-rays, while these and the poses stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import colors
from .handle import isAlive, nodeOf, ownNodes, record, removeRole, setRecord, viewRole
from .nodes import Handle
from .targetDrawing import showPieces
from .verdict import holdsStill
from .views import viewCount

ROLE, KEY = "MetalShadow", "MetalShadows"
THICKNESS_PX = 2


def showMetalShadows(handle: Handle, pieces: Sequence[np.ndarray], asked: Mapping[str, Any]) -> None:
    """Draw outlines on the X-rays; those that were drawn before go.

    Args:
        handle: the registration.
        pieces: (N, 2, 2) px, one array an X-ray.
        asked: of ``statesOf`` when they were looked for: what they are of.
    """
    forgetMetalShadows(handle)
    if not isAlive(handle) or not any(len(own) for own in pieces):
        return
    for viewIndex, own in enumerate(pieces[: viewCount(handle)]):
        showPieces(handle, viewIndex, ROLE, own, colors.DETECTED, THICKNESS_PX)
    setRecord(handle, KEY, {"asked": asked})
    settleMetalShadows(handle)


def settleMetalShadows(handle: Handle) -> None:
    """They are seen while poses, images and the CT are those that they were found with; undo brings them back."""
    kept = record(handle, KEY)
    if kept is None:
        return
    isShown = holdsStill(handle, kept["asked"])
    for viewIndex in range(viewCount(handle)):
        node = nodeOf(handle, viewRole(viewIndex, ROLE))
        display = node.GetDisplayNode() if node is not None else None
        if display is not None and bool(display.GetVisibility()) != isShown:
            display.SetVisibility(isShown)


def forgetMetalShadows(handle: Handle) -> None:
    """Take them away."""
    setRecord(handle, KEY, None)
    for role in list(ownNodes(handle)):
        if role.partition(".")[2] == ROLE:
            removeRole(handle, role)
