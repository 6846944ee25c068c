"""A registration shown piece by piece: what takes long in all is done in steps, so that an application stays awake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from . import landmarkRecord
from .boneModel import keepMoved, moveBone
from .frustum import showOtherFrustum
from .handle import forgetRecords, isAlive, ownNodes, removeRole, setInput, viewRole
from .nodes import Handle
from .oneView import showDrr, showPose, showXray
from .plainData import RegistrationData, ViewData
from .pose import setCenter
from .resultsTable import showResults
from .similarityPlot import showTrace
from .trajectory import showTrajectory
from .views import viewCount
from .visibility import applyHidden

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform


def showRegistration(handle: Handle, data: RegistrationData) -> None:
    """Show everything there is of a registration; views that it no longer has are taken away."""
    for _step in registrationSteps(handle, data):
        pass


def showView(handle: Handle, viewIndex: int, view: ViewData) -> None:
    """Show one X-ray with all that is known of it; what is None stays as it was."""
    for _step in viewSteps(handle, viewIndex, view):
        pass


def registrationSteps(
    handle: Handle, data: RegistrationData, trajectories: Mapping[int, Sequence[RigidTransform]] | None = None
) -> Iterator[None]:
    """As ``showRegistration``, a little with each ``next``; it ends where the registration leaves the scene meanwhile.

    Args:
        handle: the registration.
        data: what there is of it.
        trajectories: index of a view to the poses on its way, where these were not known yet when the data were made.
    """
    parts, end = _registrationParts(handle, data, trajectories or {}), object()
    while isAlive(handle) and next(parts, end) is not end:
        yield


def viewSteps(handle: Handle, viewIndex: int, view: ViewData) -> Iterator[None]:
    """As ``showView``, a little with each ``next``."""
    if not isAlive(handle):
        return
    showXray(handle, viewIndex, view)
    yield
    if view.cameraFromRas is not None:
        showPose(handle, viewIndex, view.cameraFromRas)
        yield
    for kind, other in (("initial", view.initialPose), ("truth", view.truePose)):
        if other is not None:
            showOtherFrustum(handle, viewIndex, kind, other)
    if len(view.trajectory):
        showTrajectory(handle, viewIndex, view.trajectory)
    yield
    if view.landmarks is not None:
        yield from landmarkRecord.showSteps(handle, viewIndex, view.landmarks)
    if view.drr is not None:
        showDrr(handle, viewIndex, view.drr, view.boneIsBright)
        yield
    applyHidden(handle)


def _registrationParts(
    handle: Handle, data: RegistrationData, trajectories: Mapping[int, Sequence[RigidTransform]]
) -> Iterator[None]:
    if data.ctNode is not None:
        setInput(handle, "InputCt", data.ctNode)
    if data.centerRas is not None:
        setCenter(handle, data.centerRas)
    for viewIndex, view in enumerate(data.views):
        yield from viewSteps(handle, viewIndex, view)
        if viewIndex in trajectories:
            showTrajectory(handle, viewIndex, trajectories[viewIndex])
        yield
    for viewIndex in range(len(data.views), viewCount(handle)):
        _removeView(handle, viewIndex)
    first = data.views[0] if data.views else None
    if first is not None and first.cameraFromRas is not None:
        keepMoved(handle, first.bones)
        for label, cameraFromBone in first.bones.items():
            moveBone(handle, label, first.cameraFromRas, cameraFromBone)
    yield
    if data.numbers:
        showResults(handle, data.numbers)
    if data.trace:
        showTrace(handle, data.trace)
    applyHidden(handle)


def _removeView(handle: Handle, viewIndex: int) -> None:
    prefix = viewRole(viewIndex, "")
    for role in list(ownNodes(handle, prefix)):
        removeRole(handle, role)
    forgetRecords(handle, prefix)
