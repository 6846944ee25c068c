"""The view that is looked among first: chosen by the C-arm's angles where DICOM tells them, until the user chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from .choices import ViewPrior
from .section import Section

if TYPE_CHECKING:
    from .section import Panel

BEAM_DEG = {"ap": (180.0, 0.0), "pa": (0.0, 0.0), "lateral": (90.0, 0.0), "any": (180.0, 0.0)}
"""Positioner angles in the middle of each view prior; a source in front of the patient is one with its receptor behind."""


class ViewPriorSection(Section):
    """Keeps *View* in line with the angles that the X-rays' tags tell."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._isChosen = False
        self._isOurs = False
        self._wasClosed = True
        self._looked: list[str] = []
        self.ui.viewPriorComboBox.connect("activated(int)", self.onChosen)

    @property
    def words(self) -> str:
        """Where the view is from, where it is not the user's."""
        return _("The view is the one of the C-arm's angles that DICOM tells.") if self._isOurs else ""

    def onChosen(self, _index: int) -> None:
        """The user knows better than the tags."""
        self._isChosen, self._isOurs = True, False
        self.panel.start.update()

    def update(self) -> None:
        """Look at the angles of the X-rays where these are others than before."""
        if self.parameters is None or self.panel.jobs.name is not None:
            return
        texts = list(self.parameters.xrayGeometries)
        if texts == self._looked:
            return
        self._looked = texts
        if not texts:
            self._isChosen = self._isOurs = False
        found = None if self._isChosen else self._viewOfTags(len(texts))
        self._isOurs = found is not None
        if found is not None and self.parameters.viewPrior is not found:
            self.parameters.viewPrior = found

    def _viewOfTags(self, count: int) -> ViewPrior | None:
        """The prior that all X-rays' angles speak for; None where one tells none, or they differ as those of two views."""
        from RayEmbRegistrationLib.pose.views import view_of_angles

        geometries = [self.panel.xrays.geometry(row) for row in range(count)]
        if not geometries or any(geometry.origin("primary_angle_deg") != "tag" for geometry in geometries):
            return None
        angles = [geometry.angles_deg for geometry in geometries]
        names = {view_of_angles(known[0], known[1]) for known in angles if known is not None}
        return ViewPrior[names.pop()] if len(names) == 1 and None not in angles else None

    def parametersReplaced(self) -> None:
        """What a scene was saved with is the user's."""
        self._looked = []
        if self.parameters is None:
            self._isChosen = self._isOurs = False
            self._wasClosed = True
            return
        self._isChosen = self._isChosen or (self._wasClosed and bool(self.panel.xrays.nodes))
        self._wasClosed = False
