"""The registration's numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import vtk

from .handle import ensureNode
from .nodes import Handle, Node

ROLE = "Results"


def showResults(handle: Handle, numbers: Sequence[tuple[str, object, str]]) -> Node:
    """Make or update the table of (quantity, value, unit); returns its node."""
    node, _ = ensureNode(handle, ROLE, "vtkMRMLTableNode", "results")
    table = vtk.vtkTable()
    for name, column in zip(
        ("Quantity", "Value", "Unit"), zip(*numbers, strict=True) if numbers else ((), (), ()), strict=True
    ):
        array = vtk.vtkStringArray()
        array.SetName(name)
        for value in column:
            array.InsertNextValue(_text(value))
        table.AddColumn(array)
    node.SetAndObserveTable(table)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    return node


def _text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return str(value)
