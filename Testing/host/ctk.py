"""The `ctk` module of Slicer's Python."""

import sys

from . import widgets_basic, widgets_numbers, widgets_paths, widgets_ranges  # noqa: F401 - their behaviours
from .tables import table_class


def __getattr__(name: str):
    if not name.startswith("ctk"):
        raise AttributeError(f"ctk.{name} does not exist in Slicer.")
    return table_class(name)


sys.modules["ctk"] = sys.modules[__name__]
