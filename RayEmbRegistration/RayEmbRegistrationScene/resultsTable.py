"""The registration's numbers as tables."""

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
    return showTable(handle, ROLE, "results", ("Quantity", "Value", "Unit"), numbers)


def showTable(handle: Handle, role: str, label: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Node:
    """Make or update a table of the registration's; returns its node."""
    node, _ = ensureNode(handle, role, "vtkMRMLTableNode", label)
    table = vtk.vtkTable()
    for number, name in enumerate(columns):
        array = vtk.vtkStringArray()
        array.SetName(name)
        for row in rows:
            array.InsertNextValue(_text(row[number]))
        table.AddColumn(array)
    node.SetAndObserveTable(table)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    return node


def textsOf(node: Node) -> tuple[list[str], list[list[str]]]:
    """(names of the columns, rows) of a table node."""
    table = node.GetTable()
    columns = range(table.GetNumberOfColumns())
    rows = [[table.GetValue(row, n).ToString() for n in columns] for row in range(table.GetNumberOfRows())]
    return [table.GetColumnName(n) for n in columns], rows


def _text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return str(value)
