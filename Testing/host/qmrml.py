"""The widget and application classes of the `slicer` module: qMRML..., qSlicer..."""

from . import ctk, widgets_markups, widgets_mrml  # noqa: F401 - their behaviours
from .tables import API, table_class


def __getattr__(name: str):
    if not name.startswith("q"):
        raise AttributeError(f"slicer.{name} does not exist in Slicer.")
    if name not in API:
        raise AttributeError(f"slicer.{name} is not in the host's table of Slicer's classes (Testing/host/api/slicer.json).")
    return table_class(name)
