"""Drawing by VTK without a window, and without a display where there is none."""

from __future__ import annotations

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
    told = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # what is not there is tried, and is not worth a warning
    try:
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - what draws registers itself

        window = vtkRenderWindow()  # on Linux the first that works of a display, EGL and OSMesa
        window.SetShowWindow(False)
        window.SetOffScreenRendering(True)
        # Rendering without OpenGL ends the process; OSMesa's window claims to have it without its library, too.
        is_osmesa = window.IsA("vtkOSOpenGLRenderWindow")
        if (is_osmesa and not any(map(_loads, _OSMESA))) or not window.SupportsOpenGL():
            raise InputProblem(NO_OPENGL)
    finally:
        vtkLogger.SetStderrVerbosity(told)
    window.SetMultiSamples(0)
    window.SetSize(*size)
    return window


def picture_of(window: vtkRenderWindow) -> np.ndarray:
    """(H, W, 3) uint8 RGB of what a window draws."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    window.Render()
    width, height = window.GetSize()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
    return np.ascontiguousarray(vtk_to_numpy(pixels).reshape(height, width, 3)[::-1])


def _loads(library: str) -> bool:
    try:
        CDLL(library)
    except OSError:
        return False
    return True
