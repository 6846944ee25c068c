"""A small host that runs the module without the Slicer application.

Real MRML scene, module logics, displayable managers and slicer.util come from the slicer-core wheel, real Qt from PySide6;
the rest is written here. A tool of this repository: it is not shipped, and nothing of the module knows that it exists.

    from host.scene import boot_scene     scene and logics; no Qt
    from host.views import SliceView      offscreen views; no Qt
    from host.app import boot             everything: slicer.app, slicer.modules, layout manager, panel
"""

import ctypes
import sys

# PySide6 6.12 gives back one reference to None too many for every call that returns nothing. From Python 3.12 on None cannot
# be freed; before, the interpreter ends with "deallocating None" after some ten thousand calls.
if sys.version_info < (3, 12):
    ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40
