"""Poses of bodies in one frame when nobody gave any: each is registered as a still, then all are fitted together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from RayEmbRegistrationLib.bodies.naming import BodyFile
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report, watch
from RayEmbRegistrationLib.tracking.body import Body
from RayEmbRegistrationLib.tracking.frame_view import FrameView
from RayEmbRegistrationLib.tracking.motion import first_prediction
from RayEmbRegistrationLib.tracking.solver import FROM_ROUGH, FrameSolver
from RayEmbRegistrationLib.tracking.tilts import settle_tilts
from RayEmbRegistrationLib.tracking.verdict import judge

from .open_ct import open_ct

SECONDS = 120.0  # of looking for each body; chosen: what a user waits once for a sequence


def find_start(
    volumes: Sequence[Callable[[], CTVolume]],
    bodies: Sequence[Body],
    views: Sequence[FrameView],
    seconds: float = SECONDS,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, RigidTransform]:
    """Poses rig_from_body by name in one frame, from any view, with nothing known of them.

    Args:
        volumes: give what is registered of each body, such as ``volume_of_file``.
        bodies: in the same order.
        views: of the frame.
        seconds: to look for each body.
        progress: called with (share done, stage).
        cancelled: asked now and then.

    Raises:
        InputProblem: a body was not found, or what was found does not fit: a start pose must be given.
        Cancelled: when asked to stop.
    """
    report = watch(progress, cancelled)
    poses = {}
    for number, (volume, body) in enumerate(zip(volumes, bodies, strict=True)):
        report(number / len(bodies), f"looking for {body.name}")
        poses[body.name] = _alone(volume(), body, views, seconds, cancelled)
    report(1.0, "fitting all bodies together")
    solver = FrameSolver(views, bodies)
    start = {name: first_prediction(pose) for name, pose in poses.items()}
    found = settle_tilts(solver, views, solver.refine(start, FROM_ROUGH))
    lost = []
    for body in bodies:
        verdict = judge(found, body, views)
        if not verdict.overlay:
            lost.append(f"{body.name} ({verdict.reason})")
    if lost:
        raise InputProblem(
            f"not found by itself in the start frame: {', '.join(lost)}; give the poses of one frame with --init, or choose "
            "another with --start-frame"
        )
    return found.poses


def volume_of_file(file: BodyFile, body: Body) -> CTVolume:
    """What is registered of a body from its file."""
    if body.surface is not None and file.material is not None:
        return volume_of_surface(body.surface, file.material)
    return only_label(open_ct(file.path, file.labels, None if file.label is None else [file.label]).volume, file.label)


def only_label(volume: CTVolume, label: int | None) -> CTVolume:
    """A CT with one of its labels, as 1; as it is where None or where it has none."""
    if label is None or volume.labels is None:
        return volume
    return replace(volume, labels=(volume.labels == label).astype(volume.labels.dtype))


def _alone(
    volume: CTVolume,
    body: Body,
    views: Sequence[FrameView],
    seconds: float,
    cancelled: Callable[[], bool] | None,
) -> RigidTransform:
    """The best pose of one body by a search over all views."""
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.registration import PrepareSettings, prepare, register

    prepared = prepare(volume, PrepareSettings(view="any", weights="none"))
    settings = RegistrationSettings(view="any", method="search", seconds=seconds)
    try:
        result = register(prepared, [view.xray for view in views], settings, cancelled=cancelled)
    except InputProblem as problem:
        raise InputProblem(f"{body.name} was not found by itself: {problem}; give its pose with --init") from problem
    return views[0].camera_from_rig.inverse() @ result.views[0].camera_from_ras
