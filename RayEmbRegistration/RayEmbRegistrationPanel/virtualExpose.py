"""Expose: an X-ray taken by the virtual C-arm as it stands, and put into the table of X-rays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from .jobs import Handlers
from .logicVirtual import showExposed, takeXray
from .sentences import asSentence

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.virtual_xray import Technique
    from RayEmbRegistrationLib.geometry.virtual_c_arm import CArm
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Radiograph

    from .virtualSection import VirtualSection

JOB = "expose"  # the job's name, which tells whose button says Cancel


class VirtualExpose:
    """The button Expose of the section."""

    def __init__(self, section: VirtualSection) -> None:
        self._section, self._panel = section, section.panel
        self._button = section.ui.virtualExposeButton
        self._button.connect("clicked(bool)", self.onExpose)

    def update(self, running: str | None, problem: str | None) -> None:
        """What the button says and whether it can be pressed, while a job runs and where something is missing."""
        self._button.text = _("Cancel") if running == JOB else _("Expose")
        self._button.enabled = running == JOB or (running is None and problem is None)

    def onExpose(self, _checked: bool = False) -> None:
        """Take the X-ray, or cancel it."""
        section = self._section
        if self._panel.jobs.name == JOB:
            self._panel.jobs.cancel()
            return
        body = section.ready()
        if body is None:
            return
        cArm, technique = section.widgets.cArm(), section.widgets.technique(int(section.parameters.seed))
        try:
            technique.exposure()
        except ValueError as error:
            section.say(asSentence(str(error)))
            return
        section.live.stop()
        section.say(_("Exposing..."))

        def finished(taken: Radiograph) -> None:
            self._onExposed(taken, cArm, technique)

        self._panel.jobs.start(
            JOB,
            lambda run: takeXray(body, cArm, technique, run.progress, run.is_cancelled),
            Handlers(finished, self._panel.register.onProgress, None, self.onEnded),
        )

    def _onExposed(self, radiograph: Radiograph, cArm: CArm, technique: Technique) -> None:
        xray = showExposed(radiograph, cArm, technique)
        text = _(
            "{name} is in the table of X-rays: scatter to {error:.1f} %, dose-area product {dose:.3g} mGy cm² (an estimate, "
            "not for clinical use)."
        ).format(
            name=xray.node.GetName(),
            error=100 * radiograph.map.relative_error,
            dose=1000 * radiograph.dose_area_product_gy_cm2,
        )
        self._section.say(" ".join([text, *(asSentence(note) for note in radiograph.notes)]))
        self._panel.xrays.add(xray.node, xray.geometry)

    def onEnded(self, problem: str | None) -> None:
        """It ended; say why where it did early."""
        if problem is not None:
            self._section.say(problem)
