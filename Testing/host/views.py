"""Slice and 3D views of the scene, drawn offscreen by Slicer's own displayable managers; without Qt.

Mouse events put in through `press`, `move`, `release` and `wheel` reach the real markups widgets and interaction handles.
Positions are in pixels from the upper left corner of the view, as in Qt.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from .scene import Scene, boot_scene

SLICE_MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLTransformsDisplayableManager2D",
    "vtkMRMLLinearTransformsDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)
THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLTransformsDisplayableManager3D",
    "vtkMRMLLinearTransformsDisplayableManager",
    "vtkMRMLVolumeRenderingDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)
BUTTON_EVENTS = {"left": "LeftButton", "middle": "MiddleButton", "right": "RightButton"}


class View:
    """A render window with Slicer's interactor style; `SliceView` and `ThreeDView` add the managers of their kind."""

    def __init__(self, size: tuple[int, int], host: Scene | None = None) -> None:
        self.host = host or boot_scene()
        self.renderWindow = vtk.vtkRenderWindow()
        self.renderWindow.SetOffScreenRendering(1)
        self.renderWindow.SetSize(*size)
        self.renderWindow.SetMultiSamples(0)
        self.renderer = vtk.vtkRenderer()
        self.renderWindow.AddRenderer(self.renderer)
        # Not the platform's interactor: it would ask for a display, and must never own the event loop.
        self.interactor = vtk.vtkGenericRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.renderWindow)
        self.group = slicer.vtkMRMLDisplayableManagerGroup()
        self.renderRequested = True
        self._buttons: set[str] = set()
        self.cornerAnnotation = vtk.vtkCornerAnnotation()
        self.cornerAnnotation.SetMaximumFontSize(14)
        self.cornerAnnotation.GetTextProperty().SetColor(1.0, 1.0, 0.6)
        self.onRenderRequested = None
        self.closed = False

    def _fill(self, factory, managers, node, style) -> None:
        factory.SetMRMLApplicationLogic(self.host.applicationLogic)
        for name in managers:
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())  # VTK's default one would move the camera
        self.interactor.Initialize()
        style.SetInteractor(self.interactor)
        self.group.Initialize(factory, self.renderer)
        style.SetDisplayableManagers(self.group)
        self.renderer.AddViewProp(self.cornerAnnotation)
        self.group.SetMRMLDisplayableNode(node)
        self._update_tag = self.group.AddObserver(vtk.vtkCommand.UpdateEvent, self._request_render)

    def _request_render(self, caller=None, event=None) -> None:
        self.renderRequested = True
        if self.onRenderRequested is not None:
            self.onRenderRequested()

    @property
    def size(self) -> tuple[int, int]:
        return tuple(self.renderWindow.GetSize())

    def resize(self, width: int, height: int) -> None:
        if (width, height) != self.size:
            self.renderWindow.SetSize(width, height)
            self.interactor.SetSize(width, height)
            self._request_render()

    def render(self) -> None:
        self.renderRequested = False
        if not self.interactor.GetSize()[0]:
            self.interactor.SetSize(*self.size)
        self.renderWindow.Render()

    def grab(self) -> np.ndarray:
        """Draw the view and return it as an array (height, width, 3) of uint8, first row on top."""
        self.render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self.renderWindow)
        grabber.SetInputBufferTypeToRGB()
        grabber.ReadFrontBufferOff()
        grabber.ShouldRerenderOff()
        grabber.Update()
        image = grabber.GetOutput()
        width, height, _ = image.GetDimensions()
        return np.ascontiguousarray(vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1])

    def save(self, path) -> Path:
        """Draw the view into a PNG file."""
        import cv2

        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", self.grab()[:, :, ::-1])[1].tobytes())
        return path

    # Mouse and keyboard ------------------------------------------------------------------------------------------------

    def _event(self, name: str, x: float, y: float, modifiers: str = "", key: str = "") -> None:
        height = self.size[1]
        control, shift = int("control" in modifiers), int("shift" in modifiers)
        code = key if len(key) == 1 else "\0"
        self.interactor.SetEventInformation(round(x), height - 1 - round(y), control, shift, code, 0, key or None)
        self.interactor.SetAltKey(int("alt" in modifiers))
        self.interactor.InvokeEvent(name)

    def enter(self) -> None:
        self._event("EnterEvent", self.size[0] / 2, self.size[1] / 2)

    def leave(self) -> None:
        self._event("LeaveEvent", -1, -1)

    def move(self, x: float, y: float, modifiers: str = "") -> None:
        self._event("MouseMoveEvent", x, y, modifiers)

    def press(self, x: float, y: float, button: str = "left", modifiers: str = "") -> None:
        self._buttons.add(button)
        self._event(f"{BUTTON_EVENTS[button]}PressEvent", x, y, modifiers)

    def release(self, x: float, y: float, button: str = "left", modifiers: str = "") -> None:
        self._buttons.discard(button)
        self._event(f"{BUTTON_EVENTS[button]}ReleaseEvent", x, y, modifiers)

    def double_click(self, x: float, y: float, button: str = "left", modifiers: str = "") -> None:
        self._event(f"{BUTTON_EVENTS[button]}DoubleClickEvent", x, y, modifiers)

    def interactor_position(self) -> tuple[int, int]:
        """Where the mouse was last."""
        x, y = self.interactor.GetEventPosition()
        return x, self.size[1] - 1 - y

    def wheel(self, x: float, y: float, steps: int, modifiers: str = "") -> None:
        """Turn the wheel, forwards (away from the user) where `steps` is positive."""
        for _ in range(abs(steps)):
            self._event("MouseWheelForwardEvent" if steps > 0 else "MouseWheelBackwardEvent", x, y, modifiers)

    def key(self, key: str, x: float, y: float, modifiers: str = "") -> None:
        """Press and let go a key, by its VTK name (`a`, `Left`, `Delete`), with the mouse at a position."""
        for name in ("KeyPressEvent", "CharEvent", "KeyReleaseEvent"):
            self._event(name, x, y, modifiers, key)

    def click(self, x: float, y: float, button: str = "left", modifiers: str = "") -> None:
        self.enter()
        self.move(x, y, modifiers)
        self.press(x, y, button, modifiers)
        self.release(x, y, button, modifiers)

    def drag(self, start, end, button: str = "left", modifiers: str = "", steps: int = 8) -> None:
        """Press at one position, move in steps to another and let go there."""
        start, end = np.asarray(start, float), np.asarray(end, float)
        self.enter()
        self.move(*start, modifiers)
        self.press(*start, button, modifiers)
        for fraction in np.linspace(0, 1, steps + 1)[1:]:
            self.move(*(start + fraction * (end - start)), modifiers)
        self.release(*end, button, modifiers)

    def close(self) -> None:
        """Take the view apart; its nodes stay in the scene, as they do when a layout of Slicer hides a view."""
        if self.closed:
            return
        self.closed = True
        self.onRenderRequested = None
        # Nothing may wait for the garbage collector, which could take a logic apart while somebody walks through the scene.
        self.group.RemoveObserver(self._update_tag)
        self.group.SetMRMLDisplayableNode(None)
        self.style.SetInteractor(None)
        self.renderWindow.Finalize()


class SliceView(View):
    """A slice view (`Red`, or any name of one's own) with its slice node, composite node and slice logic."""

    def __init__(
        self, name: str = "Red", size: tuple[int, int] = (400, 400), orientation: str = "Axial", host: Scene | None = None
    ):
        super().__init__(size, host)
        scene, logics = self.host.scene, self.host.applicationLogic.GetSliceLogics()
        self.name = name
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(self.host.applicationLogic)
        self.logic.SetMRMLScene(scene)
        node = scene.GetSingletonNode(name, "vtkMRMLSliceNode")
        if node is None:
            node = self.logic.AddSliceNode(name)
            node.SetOrientation(orientation)
        else:
            self.logic.SetSliceNode(node)
        if node.GetLayoutLabel() is None:
            node.SetLayoutLabel(name[:1])
        self.node = node
        logics.AddItem(self.logic)
        self._show_blended_image()
        self.overlay = vtk.vtkRenderer()  # the markups and models are drawn over the image
        self.overlay.SetLayer(1)
        self.renderWindow.SetNumberOfLayers(2)
        self.renderWindow.AddRenderer(self.overlay)
        self.overlay.SetActiveCamera(self.renderer.GetActiveCamera())
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        style = slicer.vtkMRMLSliceViewInteractorStyle()
        style.SetSliceLogic(self.logic)
        self._fill(factory, SLICE_MANAGERS, node, style)
        self.style = style
        self._fit_to_window()

    def _show_blended_image(self) -> None:
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._actor = vtk.vtkActor2D()
        self._actor.SetMapper(self._mapper)
        self._actor.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(self._actor)
        self.logic.AddObserver(vtk.vtkCommand.ModifiedEvent, self._update_image)
        self._update_image()

    def _update_image(self, caller=None, event=None) -> None:
        connection = self.logic.GetImageDataConnection()
        self._actor.SetVisibility(connection is not None)
        if connection is not None:
            self._mapper.SetInputConnection(connection)
        self._request_render()

    def _fit_to_window(self) -> None:
        self.logic.ResizeSliceNode(*self.size)

    def resize(self, width: int, height: int) -> None:
        super().resize(width, height)
        self._fit_to_window()

    @property
    def compositeNode(self):
        return self.logic.GetSliceCompositeNode()

    def fit(self) -> None:
        """Show the whole background volume."""
        self.logic.FitSliceToBackground()

    def position(self, ras) -> tuple[float, float]:
        """Where a point (RAS, mm) lies in the view: pixels from the upper left corner."""
        rasFromXY = self.node.GetXYToRAS()
        xyFromRas = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(rasFromXY, xyFromRas)
        x, y, _, _ = xyFromRas.MultiplyPoint([*ras, 1.0])
        return x, self.size[1] - 1 - y

    def close(self) -> None:
        self.logic.RemoveAllObservers()
        self.host.applicationLogic.GetSliceLogics().RemoveItem(self.logic)
        super().close()


class ThreeDView(View):
    """A 3D view with its view node, view logic and camera node."""

    def __init__(self, size: tuple[int, int] = (400, 400), name: str = "1", host: Scene | None = None):
        super().__init__(size, host)
        scene = self.host.scene
        self.name = name
        self.logic = slicer.vtkMRMLViewLogic()
        self.logic.SetMRMLApplicationLogic(self.host.applicationLogic)
        self.host.applicationLogic.GetViewLogics().AddItem(self.logic)
        self.logic.SetName(name)
        self.logic.SetMRMLScene(scene)
        self.node = self.logic.GetViewNode() or self.logic.AddViewNode(name)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        self.style = slicer.vtkMRMLThreeDViewInteractorStyle()
        self._fill(factory, THREE_D_MANAGERS, self.node, self.style)
        self.logic.SetDisplayableManagerGroup(self.group)

    @property
    def cameraNode(self):
        return self.group.GetDisplayableManagerByClassName("vtkMRMLCameraDisplayableManager").GetCameraNode()

    def fit(self) -> None:
        """Bring everything visible into view, as *Center view* does."""
        self.renderer.ResetCamera()
        self._request_render()

    def position(self, ras) -> tuple[float, float]:
        """Where a point (RAS, mm) is seen in the view: pixels from the upper left corner."""
        self.renderer.SetWorldPoint(*ras, 1.0)
        self.renderer.WorldToDisplay()
        x, y, _ = self.renderer.GetDisplayPoint()
        return x, self.size[1] - 1 - y

    def close(self) -> None:
        self.host.applicationLogic.GetViewLogics().RemoveItem(self.logic)
        super().close()
