"""The registration's numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import vtk

from .handle import ensureNode

ROLE = "Results"


def showResults(handle, numbers: Sequence[tuple[str, object, str]]):
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


def _text(value) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return str(value)
