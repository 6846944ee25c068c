"""The overlay of the section Result: how DRR and X-ray are compared; pictures are drawn in a thread of their own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import vtk
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle, Node

from .section import Observers, Section
from .worker import Failed, Finished, Worker

if TYPE_CHECKING:
    from .section import Panel
    from .worker import Run


BLINK_MS, POLL_MS = 500, 15
SHOWN = ("Xray", "FilteredXray")


class OverlaySection(Section):
    """Brings the scene in line with mode, opacity and wiper, and follows what the user does to an X-ray's display."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._applied: tuple | None = None
        self._drrShown = True
        self._isPlain = False
        self._observers = Observers()
        self._settings: dict[str, tuple] = {}  # of the users' volumes: display node's ID to what is taken over of it
        self._blink = self.timer(BLINK_MS, self._onBlink)
        self._poll = self.timer(POLL_MS, self._look)
        self._worker = Worker("RayEmbRegistration overlay")
        self._run: Run | None = None
        self._wanted: dict[tuple[str, int], Handle] = {}
        self.drawn: list[int] = []  # the rows of the last pictures, newest last
        self._drawNoMore = sceneView.drawPicturesWith(self.onPictureWanted)

    @property
    def isDrawing(self) -> bool:
        """Whether a picture is wanted or being drawn."""
        return bool(self._wanted) or self._run is not None

    def update(self) -> None:
        """Mode, opacity and wiper as chosen; the widgets that the mode uses."""
        handle = self.panel.handle()
        if self.parameters is None or handle is None:
            return
        mode = self.parameters.overlayMode.value
        for widget in (self.ui.wiperLabel, self.ui.wiperSlider):
            widget.visible = mode == "wiper"
        for widget in (self.ui.opacityLabel, self.ui.overlayOpacitySlider):
            widget.visible = mode in ("blend", "edges")
        self._apply(handle)
        self._observe(handle)

    def _apply(self, handle: Handle) -> None:
        parameters = self.parameters
        mode = "blend" if self._isPlain and parameters.overlayMode.value != "blink" else parameters.overlayMode.value
        settings = sceneView.OverlaySettings(
            mode, float(parameters.overlayOpacity), wiper=float(parameters.wiperPosition), drrShown=self._drrShown
        )
        if (mode == "blink") != bool(self._blink.active):
            self._blink.start() if mode == "blink" else self._blink.stop()
        wanted = (handle.GetID(), settings)
        if wanted != self._applied:
            self._applied = wanted
            sceneView.setOverlay(handle, settings)

    def drawPlainly(self, plainly: bool) -> None:
        """While DRRs follow each other quickly they are only blended; edges and the like would lag behind."""
        if plainly != self._isPlain:
            self._isPlain = plainly
            handle = self.panel.handle()
            if handle is not None:
                self._apply(handle)

    def _onBlink(self) -> None:
        self._drrShown = not self._drrShown
        handle = self.panel.handle()
        if handle is not None:
            self._apply(handle)

    # What the user does to the X-ray's window, threshold and colours

    def _observe(self, handle: Handle) -> None:
        rows = range(sceneView.viewCount(handle))
        shown = [self._display(handle, row, role) for row in rows for role in SHOWN]
        wanted = [(display, self.onDisplayModified) for display in shown]
        sources = [self._display(handle, row, "InputXray") for row in rows]
        wanted += [(display, self.onInputDisplayModified) for display in sources]
        known = self._settings
        own = [display for display in sources if display is not None]
        self._settings = {display.GetID(): known.get(display.GetID(), sceneView.settingsOf(display)) for display in own}
        self._observers.follow(
            (display, vtk.vtkCommand.ModifiedEvent, slot) for display, slot in wanted if display is not None
        )

    def _display(self, handle: Handle, row: int, role: str) -> Node | None:
        xray = sceneView.nodeOf(handle, f"View{row + 1}.{role}")
        return xray.GetDisplayNode() if xray is not None else None

    def _rowsOf(self, display: Node, role: str) -> list[tuple[Handle, int]]:
        handle = self.panel.handle()
        rows = range(sceneView.viewCount(handle) if handle is not None else 0)
        return [(handle, row) for row in rows if self._display(handle, row, role) is display]

    def onDisplayModified(self, caller: object, event: str) -> None:
        """The picture is drawn of the X-ray as it is shown: draw it again."""
        for handle, row in (found for role in SHOWN for found in self._rowsOf(caller, role)):
            sceneView.applyOverlay(handle, row)

    def onInputDisplayModified(self, caller: Node, event: str) -> None:
        """The user changed the window of the volume itself: the X-ray is shown likewise."""
        settings = sceneView.settingsOf(caller)
        if self._settings.get(caller.GetID()) == settings:
            return  # a sequence's display is modified with each frame
        self._settings[caller.GetID()] = settings
        for handle, row in self._rowsOf(caller, "InputXray"):
            sceneView.showAsInput(handle, row)

    # Drawing

    def onPictureWanted(self, handle: Handle, row: int) -> None:
        """A picture is out of date; it is drawn soon, once however often it was asked for."""
        self._wanted[handle.GetID(), row] = handle
        if not self._poll.active:
            self._poll.start()

    def _look(self) -> None:
        """Show what was drawn, and have the next one drawn."""
        if self._run is not None:
            ended = [event for event in self._run.drain() if isinstance(event, (Finished, Failed))]
            if not ended:
                return
            self._run = None
            if isinstance(ended[0], Failed):
                logging.error("RayEmb Registration could not draw an overlay: %s", ended[0].details)
            else:
                handle, row, picture = ended[0].value
                if sceneView.isAlive(handle):
                    sceneView.showOverlayPicture(handle, row, picture)
                    self.drawn = [*self.drawn[-9:], row]
            return
        if not self._wanted:
            self._poll.stop()
            return
        (_identifier, row), handle = self._wanted.popitem()
        task = sceneView.pictureTask(handle, row) if sceneView.isAlive(handle) else None
        if task is not None:
            self._run = self._worker.submit(lambda run: (handle, row, task.draw()))

    # The scene

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._applied = None
        self._blink.stop()
        self._poll.stop()
        self._run = None
        self._wanted.clear()
        self._observers.follow(())

    def cleanup(self) -> None:
        """The panel goes."""
        self._drawNoMore()
        self._blink.stop()
        self._poll.stop()
        self._observers.follow(())
        self._worker.close(timeout_s=1.0)
