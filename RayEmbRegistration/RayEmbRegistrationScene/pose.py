"""A view's pose as a linear transform node that carries the source, the frustum and the detector plane to their place.

The node holds ``ras_from_camera``: models under it are in the camera's frame (source at the origin, z to the detector).
"""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform

from .frames import vtkMatrix
from .handle import ensureNode, nodeOf, record, setRecord, viewRole
from .nodes import Handle, Node

MOST_KEPT = 16
"""So many poses are kept, so that the many who ask for one while it is dragged need not check the matrix again."""
SAME_PLACE_MM = 1e-6
"""Chosen: far below what a display shows, and above what rounding of a pose and its inverse comes to."""
_poses: dict[int, RigidTransform] = {}


def showPose(handle: Handle, viewIndex: int, cameraFromRas: RigidTransform) -> Node:
    """Make or move the view's pose; returns the transform node."""
    node, _ = ensureNode(handle, viewRole(viewIndex, "Pose"), "vtkMRMLLinearTransformNode", f"X-ray {viewIndex + 1} pose")
    with slicer.util.NodeModify(node):
        node.SetMatrixTransformToParent(vtkMatrix(cameraFromRas.inverse().matrix))
        _placeCenter(handle, node, cameraFromRas)
    return node


def poseOf(handle: Handle, viewIndex: int) -> RigidTransform | None:
    """camera_from_ras as it now stands in the scene (the user may have moved it), or None where there is no pose."""
    node = nodeOf(handle, viewRole(viewIndex, "Pose"))
    if node is None:
        return None
    if node.GetParentTransformNode() is not None:
        return _readPose(node)
    modified = node.GetTransformToWorldMTime()  # its own, and VTK gives no time twice
    if modified not in _poses:
        while len(_poses) >= MOST_KEPT:
            del _poses[next(iter(_poses))]
        _poses[modified] = _readPose(node)
    return _poses[modified]


def _readPose(node: Node) -> RigidTransform:
    worldFromNode = vtk.vtkMatrix4x4()
    node.GetMatrixTransformToWorld(worldFromNode)
    return RigidTransform.from_matrix(slicer.util.arrayFromVTKMatrix(worldFromNode)).inverse()


def setCenter(handle: Handle, centerRas: np.ndarray | None) -> None:
    """Keep the point (RAS mm) that the interactive handles sit at and turn about."""
    setRecord(handle, "CenterRas", None if centerRas is None else [float(x) for x in np.ravel(centerRas)])


def setCenterOnce(handle: Handle, centerRas: np.ndarray | None) -> bool:
    """As ``setCenter`` where none is kept yet; returns whether it was set."""
    if centerRas is None or record(handle, "CenterRas") is not None:
        return False
    setCenter(handle, centerRas)
    return True


def placeCenter(handle: Handle, viewIndex: int) -> None:
    """Put the handles' centre where it belongs under the present pose."""
    node, pose = nodeOf(handle, viewRole(viewIndex, "Pose")), poseOf(handle, viewIndex)
    if node is not None and pose is not None:
        _placeCenter(handle, node, pose)


def underPose(handle: Handle, viewIndex: int, node: Node) -> None:
    """Let a node move with the view's pose; it stays where it is while there is no pose."""
    pose = nodeOf(handle, viewRole(viewIndex, "Pose"))
    if pose is not None and node.GetTransformNodeID() != pose.GetID():
        node.SetAndObserveTransformNodeID(pose.GetID())


def _placeCenter(handle: Handle, node: Node, cameraFromRas: RigidTransform) -> None:
    center = record(handle, "CenterRas")
    if center is None:
        return
    wanted = cameraFromRas.apply(np.array(center))  # VTK wants it in the node's own frame
    if np.abs(wanted - node.GetCenterOfTransformation()).max() > SAME_PLACE_MM:  # an event for all who follow the pose
        node.SetCenterOfTransformation(*wanted)
