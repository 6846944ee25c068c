"""Moving the bone over the X-ray with mouse, wheel and keys, in its slice view; the bone follows the pointer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.camera import Camera


DEGREES_PER_VIEW, WHEEL_STEP, KEY_STEP_MM, KEY_STEP_DEG = 90.0, 1.02, 1.0, 1.0
EVENTS = (
    "LeftButtonPressEvent",
    "LeftButtonReleaseEvent",
    "MouseMoveEvent",
    "MouseWheelForwardEvent",
    "MouseWheelBackwardEvent",
    "KeyPressEvent",
)
PRIORITY = 100.0  # before Slicer's own


class DragPose:
    """Takes the events of one X-ray's slice view while it is switched on.

    Drag shifts the bone across the beam; with Shift it turns about the image's axes, with Ctrl in the plane; the wheel moves
    along the beam; arrow keys and page keys do the same in steps.

    Args:
        taken: called when the bone is taken hold of, before it moves: what came before is a step of its own.
    """

    def __init__(self, taken: Callable[[], object]) -> None:
        self._taken = taken
        self.isMoving = False  # the pose is being moved by it, and by nothing else
        self._interactor: Any = None
        self._tags: list[int] = []
        self._last: tuple[int, int] | None = None
        self._handle: Handle = None
        self._row = 0
        self._center: np.ndarray = np.zeros(3)

    @property
    def isHeld(self) -> bool:
        """Whether the mouse button is down, so that the pose may move on."""
        return self._last is not None

    @property
    def isOn(self) -> bool:
        """Whether events are taken."""
        return self._interactor is not None

    def start(self, handle: Handle, row: int, centerRas: np.ndarray) -> bool:
        """Take the events of the slice view that shows an X-ray; False where none does."""
        self.stop()
        name = sceneView.sliceViewOf(handle, row)
        layoutManager = slicer.app.layoutManager()
        widget = layoutManager.sliceWidget(name) if layoutManager is not None and name else None
        if widget is None:
            return False
        self._handle, self._row, self._center = handle, row, centerRas
        self._interactor = widget.sliceView().interactor()
        self._tags = [self._interactor.AddObserver(event, self._on, PRIORITY) for event in EVENTS]
        return True

    def stop(self) -> None:
        """Leave the events to Slicer again."""
        for tag in self._tags:
            self._interactor.RemoveObserver(tag)
        self._interactor, self._tags, self._last = None, [], None

    def _on(self, caller: Any, event: str) -> None:
        pose = sceneView.poseOf(self._handle, self._row)
        if pose is None:
            return
        place = caller.GetEventPosition()
        if event == "LeftButtonPressEvent":
            self._taken()
            self._last = place
        elif event == "LeftButtonReleaseEvent":
            self._last = None
        elif event == "MouseMoveEvent":
            if self._last is None:
                return
            self._drag(pose, self._last, place)
            self._last = place
        elif event == "KeyPressEvent":
            if not self._key(pose, caller.GetKeySym(), bool(caller.GetShiftKey())):
                return
        else:
            nearer = event == "MouseWheelForwardEvent"
            self._along(pose, 1 / WHEEL_STEP if nearer else WHEEL_STEP)
        self._abort(caller)

    def _abort(self, caller: Any) -> None:
        """Keep Slicer from doing its own with the event."""
        for tag in self._tags:
            command = caller.GetCommand(tag)
            if command is not None:
                command.SetAbortFlag(1)

    def _drag(self, pose: RigidTransform, last: tuple[int, int], place: tuple[int, int]) -> None:
        camera = sceneView.shownCamera(self._handle, self._row)
        size = self._interactor.GetSize()
        before, after = (self._pixel(point) for point in (last, place))
        if self._interactor.GetShiftKey():
            perView = DEGREES_PER_VIEW / max(size[0], 1)
            direction = self._direction(camera, after - before)
            length = float((direction**2).sum() ** 0.5)
            if length > 0:  # about the axis in the image across the drag, so that the near side follows the pointer
                pixels = ((place[0] - last[0]) ** 2 + (place[1] - last[1]) ** 2) ** 0.5
                self._turn(pose, (direction[1] / length, -direction[0] / length, 0.0), -perView * pixels)
        elif self._interactor.GetControlKey():
            self._turn(pose, (0.0, 0.0, 1.0 if not camera.is_mirrored else -1.0), float(place[0] - last[0]) * 0.3)
        else:
            depth = pose.apply(self._center)[2]
            self._shift(pose, (camera.back_project(after) - camera.back_project(before)) * depth)

    def _pixel(self, place: tuple[int, int]) -> np.ndarray:
        """(2,) pixel of the X-ray under a place in the view."""
        node = slicer.mrmlScene.GetSingletonNode(sceneView.sliceViewOf(self._handle, self._row), "vtkMRMLSliceNode")
        ras = node.GetXYToRAS().MultiplyPoint([place[0], place[1], 0, 1])[:3]
        return sceneView.pixelsOfPicture(self._handle, self._row, np.array([ras]))[0]

    @staticmethod
    def _direction(camera: Camera, pixels: np.ndarray) -> np.ndarray:
        """(2,) direction in the camera's x and y of a direction in the image."""
        return np.linalg.inv(camera.K[:2, :2]) @ pixels

    def _key(self, pose: RigidTransform, key: str, shift: bool) -> bool:
        camera = sceneView.shownCamera(self._handle, self._row)
        steps = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}
        if key in ("Prior", "Next"):
            self._turn(pose, (0.0, 0.0, 1.0), KEY_STEP_DEG if key == "Prior" else -KEY_STEP_DEG)
        elif key in ("plus", "equal", "minus"):
            self._along(pose, WHEEL_STEP if key == "minus" else 1 / WHEEL_STEP)
        elif key in steps:
            direction = self._direction(camera, np.array(steps[key]))
            x, y = direction / float((direction**2).sum() ** 0.5)
            if shift:
                self._turn(pose, (y, -x, 0.0), -KEY_STEP_DEG)
            else:
                self._shift(pose, (x * KEY_STEP_MM, y * KEY_STEP_MM, 0.0))
        else:
            return False
        return True

    def _shift(self, pose: RigidTransform, by: Any) -> None:
        self._set(RigidTransform(translation=by) @ pose)

    def _along(self, pose: RigidTransform, factor: float) -> None:
        center = pose.apply(self._center)
        self._shift(pose, center * (factor - 1))

    def _turn(self, pose: RigidTransform, axis: Any, degrees: float) -> None:
        center = pose.apply(self._center)
        turn = RigidTransform.from_rotation_vector(np.radians(degrees) * np.array(axis))
        self._set(RigidTransform(turn.rotation, center - turn.rotation @ center) @ pose)

    def _set(self, pose: RigidTransform) -> None:
        self.isMoving = True
        try:
            sceneView.showPose(self._handle, self._row, pose)
        finally:
            self.isMoving = False
