"""How signatures name what is in the scene; Slicer's classes come without types, so these say what is meant, no more."""

from typing import Any, TypeAlias

Node: TypeAlias = Any
"""A vtkMRMLNode; what class it is of is said beside it where it matters."""
Handle: TypeAlias = Any
"""The vtkMRMLScriptedModuleNode that stands for one registration; see ``handle.py``."""
