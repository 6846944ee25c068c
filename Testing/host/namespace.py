"""What Slicer's Python finds under `slicer`, `qt`, `ctk` and beside them, put where `import` looks."""

from __future__ import annotations

import importlib
import os
import sys
import types
from pathlib import Path

import slicer
import slicer_core

OWN_BASE = Path(__file__).with_name("slicerbase")
# Names under which Slicer's modules import VTK classes -> where the wheel has them.
LIBRARIES = {
    "vtkITK": "vtkITK",
    "vtkAddon": "vtkAddonPython",
    "vtkTeem": "vtkTeem",
    "MRMLCorePython": "MRMLCore",
    "MRMLLogicPython": "MRMLLogic",
    "MRMLDisplayableManagerPython": "MRMLDisplayableManager",
    "vtkSegmentationCorePython": "vtkSegmentationCore",
}


def python_base() -> Path:
    """Return the folder with ScriptedLoadableModule.py and parameterNodeWrapper/.

    SLICER_BASE_PYTHON names a genuine one: Base/Python of Slicer's sources; otherwise it is the host's own small one.
    Raises ValueError where the folder is not one.
    """
    given = os.environ.get("SLICER_BASE_PYTHON")
    folder = Path(given) / "slicer" if given else OWN_BASE
    if not (folder / "ScriptedLoadableModule.py").is_file():
        raise ValueError(
            f"SLICER_BASE_PYTHON is {given}, which has no slicer/ScriptedLoadableModule.py; "
            "set it to Base/Python of Slicer's sources."
        )
    return folder


def install(scene, app) -> None:
    """Complete the `slicer` package of the wheel to what Slicer has at start: app, modules, the Python base, the widgets."""
    from . import ctk, qmrml, qt, ui_loader  # noqa: F401 - they register themselves
    from .layout import qSlicerLayoutManager
    from .modules import qSlicerModuleManager, qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget
    from .tables import table_class
    from .view_widgets import qMRMLSliceView, qMRMLSliceWidget, qMRMLThreeDView, qMRMLThreeDWidget

    written = (
        qSlicerLayoutManager,
        qSlicerModuleManager,
        qSlicerScriptedLoadableModule,
        qSlicerScriptedLoadableModuleWidget,
    )
    written += (qMRMLSliceView, qMRMLSliceWidget, qMRMLThreeDView, qMRMLThreeDWidget)
    for cls in written:
        setattr(slicer, cls.__name__, cls)

    def lookup(name: str):
        if not name.startswith(("qMRML", "qSlicer")):
            raise AttributeError(f"slicer.{name} does not exist.")
        return table_class(name)

    slicer.__getattr__ = lookup
    slicer.mrmlScene = scene
    slicer.app = app
    for name in ("modules", "moduleNames"):
        module = types.ModuleType(f"slicer.{name}")
        setattr(slicer, name, module)
        sys.modules[module.__name__] = module
    _python_base()
    from . import sample_data  # noqa: F401 - it registers itself

    slicer.dicomDatabase = app.dicomDatabase()
    for name, source in LIBRARIES.items():
        sys.modules.setdefault(name, importlib.import_module(f"{slicer_core.__name__}.{source}"))


def _python_base() -> None:
    """Put the Python base on the package's path; not on PYTHONPATH, whose `slicer` folders the wheel imports at once."""
    folder = str(python_base())
    if folder not in slicer.__path__:
        slicer.__path__.insert(0, folder)
    # Names imported from here must come from the base, but slicer.util stays the wheel's, which fits its library.
    base = importlib.import_module("slicer.ScriptedLoadableModule")
    slicer.ScriptedLoadableModule = base
