"""The way the source took from the first pose (green) to the last (blue)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from . import colors
from .frames import polyData
from .handle import ensureNode, removeRole, viewRole
from .nodes import Handle, Node
from .residuals import colorPoints, showColors
from .views import shownCamera

ROLE = "Trajectory"


def showTrajectory(handle: Handle, viewIndex: int, poses: Sequence[RigidTransform]) -> Node:
    """Make or update the line through the sources of poses camera_from_ras; returns its model node, or None for none."""
    if len(poses) < 2:
        removeRole(handle, viewRole(viewIndex, ROLE))
        return None
    sources = np.array([pose.inverse().translation for pose in poses])
    share = np.linspace(0, 1, len(sources))[:, None]
    line = polyData(sources, lines=[range(len(sources))])
    colorPoints(line, (1 - share) * colors.INITIAL_POSE + share * np.array(colors.OPTIMIZED_POSE))
    tube = vtk.vtkTubeFilter()
    tube.SetInputData(line)
    tube.SetRadius(shownCamera(handle, viewIndex).source_to_detector_mm / 500)
    tube.SetNumberOfSides(8)
    tube.CappingOn()
    tube.Update()
    node, isNew = ensureNode(handle, viewRole(viewIndex, ROLE), "vtkMRMLModelNode", f"X-ray {viewIndex + 1} trajectory")
    node.SetAndObservePolyData(tube.GetOutput())
    if isNew:
        node.CreateDefaultDisplayNodes()
        node.SetSelectable(False)
        showColors(node)
    return node
