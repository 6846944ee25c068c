"""What an export takes from the scene beside poses and images: tables, bones that moved, DICOM files, the 3D view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.boneMotion import TABLE_ROLE
from RayEmbRegistrationScene.nodes import Handle, Node
from RayEmbRegistrationScene.resultsTable import ROLE, textsOf
from slicer.i18n import tr as _
from vtk.util.numpy_support import vtk_to_numpy

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
HISTORY, BONES, RESULT = "history.csv", "bones.csv", "result.csv"


def tablesOf(handle: Handle) -> dict[str, Table]:
    """File's name to (columns, rows): the numbers, the history, the motion of bones."""
    tables: dict[str, Table] = {}
    for name, role in ((RESULT, ROLE), (BONES, TABLE_ROLE)):
        node = sceneView.nodeOf(handle, role)
        if node is not None:
            tables[name] = textsOf(node)
    runs = sceneView.runsOf(handle)
    if runs:
        columns = (_("time"), _("method"), _("verdict"), _("overlay"), _("position"), _("X-rays"), _("why"), _("comment"))
        rows = [(r.time, r.method, r.sign, r.overlay, r.position, "; ".join(r.xrays), r.why, r.comment) for r in runs]
        tables[HISTORY] = (columns, rows)
    return tables


def movedBonesOf(handle: Handle) -> dict[str, RigidTransform]:
    """File's name to how a bone moved: against the CT, and against the others."""
    found = {}
    for motion in sceneView.motionsOf(handle):
        bone, other = motion.labels
        name = f"bone{bone}_moved.tfm" if not other else f"bone{bone}_moved_from_bone{other}.tfm"
        found[name] = motion.moved
    return found


def dicomFileOf(node: Node | None) -> str | None:
    """The DICOM file that a node was loaded from; None where that is unknown or gone."""
    uids = (node.GetAttribute("DICOM.instanceUIDs") or "").split() if node is not None else []
    database = slicer.app.dicomDatabase()
    return (database.fileForInstance(uids[0]) or None) if uids and database is not None else None


def commentOf(handle: Handle) -> str:
    """What the user wrote beside the registration whose poses are shown."""
    for run in reversed(sceneView.runsOf(handle)):
        poses = [(pose, sceneView.poseOf(handle, row)) for row, pose in run.allPoses().items()]
        if all(now is not None and np.allclose(pose.matrix, now.matrix, atol=1e-6) for pose, now in poses):
            return run.comment
    return ""


def threeDPicture() -> np.ndarray | None:
    """(h, w, 3) uint8 of the module's 3D view; None where it is not shown."""
    layoutManager = slicer.app.layoutManager()
    for number in range(layoutManager.threeDViewCount if layoutManager is not None else 0):
        view = layoutManager.threeDWidget(number).threeDView()
        if view.mrmlViewNode().GetLayoutName() == sceneView.VIEW_3D:
            return _grabbed(view.renderWindow())
    return None


def _grabbed(window: vtk.vtkRenderWindow) -> np.ndarray | None:
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _depth = image.GetDimensions()
    scalars = image.GetPointData().GetScalars()
    if scalars is None or width * height == 0:
        return None
    return np.ascontiguousarray(vtk_to_numpy(scalars).reshape(height, width, -1)[::-1, :, :3])
