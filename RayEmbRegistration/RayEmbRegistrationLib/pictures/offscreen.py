"""Drawing by VTK without a window and without a display: EGL, else OSMesa, else what the system has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from ctypes import CDLL
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

NO_VTK = "the picture in 3D needs VTK 9.4 or later; install it with: pip install 'rayemb-registration[pictures]'"
NO_OPENGL = (
    "VTK finds no way to draw the picture in 3D without a display; install Mesa's software renderer "
    "(Debian and Ubuntu: apt-get install libegl1 libgl1-mesa-dri)"
)
_OSMESA = ("libOSMesa.so", "libOSMesa.so.8", "libOSMesa.so.6")  # the names that VTK tries


def offscreen_window(size: tuple[int, int]) -> vtkRenderWindow:
    """A render window that is never shown.

    Args:
        size: (width, height), px.

    Raises:
        InputProblem: VTK is not installed or too old, or nothing here can draw; the sentence says what to install.
    """
    try:
        from vtkmodules.vtkCommonCore import vtkLogger, vtkVersion
        from vtkmodules.vtkRenderingCore import vtkRenderWindow
    except ImportError:
        raise InputProblem(NO_VTK) from None
    if (vtkVersion.GetVTKMajorVersion(), vtkVersion.GetVTKMinorVersion()) < (9, 4):
        raise InputProblem(NO_VTK)  # without a display, earlier ones end the process
    makers = _linux_windows() if sys.platform == "linux" else iter([vtkRenderWindow])
    told = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # what is not there is tried, and is not worth a warning
    try:
        for make in makers:
            window = make()
            window.SetShowWindow(False)
            window.SetOffScreenRendering(True)
            if window.SupportsOpenGL():  # rendering without it ends the process
                window.SetMultiSamples(0)
                window.SetSize(*size)
                return window
    finally:
        vtkLogger.SetStderrVerbosity(told)
    raise InputProblem(NO_OPENGL)


def picture_of(window: vtkRenderWindow) -> np.ndarray:
    """(H, W, 3) uint8 RGB of what a window draws."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    window.Render()
    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
    return np.ascontiguousarray(vtk_to_numpy(pixels).reshape(height, width, 3)[::-1])


def _linux_windows() -> Iterator[Callable[[], vtkRenderWindow]]:
    """Ways to draw, those that need no display first."""
    from vtkmodules import vtkRenderingOpenGL2

    if hasattr(vtkRenderingOpenGL2, "vtkEGLRenderWindow"):
        yield vtkRenderingOpenGL2.vtkEGLRenderWindow
    if hasattr(vtkRenderingOpenGL2, "vtkOSOpenGLRenderWindow") and any(
        map(_loads, _OSMESA)
    ):  # it claims to work without its library
        yield vtkRenderingOpenGL2.vtkOSOpenGLRenderWindow
    if hasattr(vtkRenderingOpenGL2, "vtkXOpenGLRenderWindow") and os.environ.get("DISPLAY"):
        yield vtkRenderingOpenGL2.vtkXOpenGLRenderWindow


def _loads(library: str) -> bool:
    try:
        CDLL(library)
    except OSError:
        return False
    return True
