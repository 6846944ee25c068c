"""Typed access to the parameters that a `vtkMRMLScriptedModuleNode` keeps, and their connection to widgets.

The types that a panel uses: bool, int, float, str, pathlib paths, enumerations, node classes, lists and tuples of these,
Optional, parameter packs. Values are stored under the same names and in the same form as Slicer stores them.
"""

from .annotations import (  # noqa: F401
    Choice,
    Decimals,
    Default,
    Exclude,
    IsInstance,
    Maximum,
    Minimum,
    NotNone,
    RangeBounds,
    SingleStep,
    Validator,
    WithinRange,
    splitAnnotations,
    unannotatedType,
)
from .connectors import GuiConnector, createGuiConnector, parameterNodeGuiConnector  # noqa: F401
from .pack import FloatRange, isParameterPack, parameterPack  # noqa: F401
from .wrapper import (  # noqa: F401
    SlicerParameterNamePropertyName,
    findChildWidgetForParameter,
    isParameterNodeWrapper,
    parameterNodeWrapper,
)
