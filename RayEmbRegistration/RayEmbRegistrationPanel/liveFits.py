"""The similarity of each X-ray at its pose as it stands, live while it is moved; it stands above the X-ray's view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationScene import imageRun
from RayEmbRegistrationScene.inputs import XrayInput
from RayEmbRegistrationScene.install import InstallError
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.live_fit import LiveFit

    from .section import Panel


class LiveFits:
    """X-rays ready to be compared with a DRR, each made once, and what came of it."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._made: dict[int, tuple[tuple, LiveFit | None]] = {}
        self._figures: dict[int, float] = {}

    def of(self, row: int) -> LiveFit | None:
        """What compares the X-ray of a row; None where it cannot be used."""
        nodes = self._panel.xrays.nodes
        if row >= len(nodes) or nodes[row] is None or nodes[row].GetImageData() is None:
            return None
        node, geometry = nodes[row], self._panel.xrays.geometry(row)
        image = node.GetImageData()
        modified = max(image.GetMTime(), image.GetPointData().GetScalars().GetMTime())
        key = (node.GetID(), modified, imageRun.frameOf(node), geometry_to_text(geometry))
        if row not in self._made or self._made[row][0] != key:
            self._made[row] = key, self._make(XrayInput(node, geometry))
        return self._made[row][1]

    def _make(self, xray: XrayInput) -> LiveFit | None:
        from RayEmbRegistrationLib.application.live_fit import LiveFit

        try:
            return LiveFit(self._panel.logic.view(xray))
        except (ValueError, InstallError):  # the panel says what is missing
            return None

    def show(self, row: int, similarity: float | None) -> None:
        """Put a figure above the X-ray's view; None takes it away."""
        if similarity is None and row not in self._figures:
            return
        self._figures.pop(row, None)
        if similarity is not None:
            self._figures[row] = similarity
        self._panel.views.nameViews()

    def forgetFigures(self) -> None:
        """The poses are others now."""
        if self._figures:
            self._figures.clear()
            self._panel.views.nameViews()

    def forget(self) -> None:
        """Let go of the X-rays."""
        self._made.clear()
        self._figures.clear()

    def words(self, row: int) -> str:
        """What stands above the view of an X-ray; empty where there is no figure."""
        figure = self._figures.get(row)
        return "" if figure is None else _("similarity {value:.2f}").format(value=figure)
