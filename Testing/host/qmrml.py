"""The widget and application classes of the `slicer` module: qMRML..., qSlicer..."""

from . import ctk, widgets_markups, widgets_mrml, widgets_node_selector, widgets_segments, widgets_transforms  # noqa: F401
from .tables import API, table_class


def __getattr__(name: str):
    if not name.startswith("q"):
        raise AttributeError(f"slicer.{name} does not exist in Slicer.")
    if name not in API:
        raise AttributeError(f"slicer.{name} is not in the host's table of Slicer's classes (Testing/host/api/slicer.json).")
    return table_class(name)
