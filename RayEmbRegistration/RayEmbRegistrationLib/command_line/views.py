"""The X-rays of one registration, with their start poses and landmarks, checked against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.files.camera import read_landmark_pairs, read_poses

from .console import remark
from .inputs import InputError

if TYPE_CHECKING:
    from RayEmbRegistrationLib.geometry import RigidTransform
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.xray.view import XrayView


def with_starts(xrays: Sequence[XrayView], start_files: Sequence[Path], landmark_file: Path | None) -> list[XrayView]:
    """The X-rays with start poses and landmarks, checked against each other.

    Raises:
        InputError: numbers of X-rays, poses and landmarks that do not fit.
    """
    in_rig = all(xray.camera_from_rig is not None for xray in xrays)
    if len(xrays) > 1:
        remark(
            "the cameras' places in their rig are known and are kept"
            if in_rig
            else "the camera files do not all hold world_to_camera, so that the X-rays' relative geometry is not known"
        )
    starts = _starts(xrays, start_files, in_rig)
    pairs = read_landmark_pairs(landmark_file) if landmark_file is not None else []
    if len(pairs) > len(xrays):
        raise InputError(f"{landmark_file} has points of view {len(pairs) - 1}, but the last X-ray is view {len(xrays) - 1}")
    views = []
    for n, xray in enumerate(xrays):
        points = pairs[n] if n < len(pairs) and len(pairs[n][0]) else (None, None)
        view = xray if in_rig else xray.with_geometry(camera_from_rig=None)
        views.append(replace(view, start=starts[n], points_ras=points[0], points_px=points[1]))
    return views


def with_ends(views: Sequence[XrayView], ends: Sequence[Sequence[float]]) -> list[XrayView]:
    """The X-rays with the ends of a slim bone, (column, row, column, row) in each, in their order.

    Raises:
        InputError: more ends than X-rays, ends beside a start pose, or beyond the image.
    """
    if len(ends) > len(views):
        raise InputError(
            f"--ends was given {len(ends)} times for {len(views)} X-rays; give it once for each, in their order"
        )
    clicked = list(views)
    for number, numbers in enumerate(ends):
        view, pixels = views[number], np.reshape(numbers, (2, 2))
        if view.start is not None or view.points_ras is not None:
            raise InputError(f"{view.name} has a start pose or landmark pairs, too; leave them or --ends out")
        if not (np.isfinite(pixels).all() and (pixels >= 0).all() and (pixels <= np.subtract(view.image_size, 1)).all()):
            width, height = view.image_size
            raise InputError(
                f"--ends of {view.name} must lie within its {width} x {height} pixels; give column, row of each end"
            )
        clicked[number] = replace(view, ends_px=pixels)
    return clicked


def view_by_angles(views: Sequence[XrayView]) -> list[str]:
    """The view priors that the X-rays' C-arm angles speak for, with a remark; none where one of them says nothing."""
    from RayEmbRegistrationLib.application.open_xray import view_prior_of

    if any(view.start is not None or view.points_ras is not None for view in views):
        return []
    found = [name for name in map(view_prior_of, views) if name is not None]
    if len(found) < len(views):
        return []
    if set(found) == {"any"}:
        remark("the C-arm's angles lie in no named view, so that any view is searched; choose another with --view")
    else:
        names = " and ".join(f"'{name}'" for name in dict.fromkeys(found))
        remark(f"the C-arm's angles say that the view is {names}; choose another with --view")
    return found


def with_views(views: Sequence[XrayView], names: Sequence[str]) -> tuple[list[XrayView], str | None]:
    """The X-rays, each with its view prior where these differ, and the prior that holds for all; None without names.

    Args:
        views: the X-rays.
        names: of the priors, one for all or one for each in their order; none are asked for where empty.

    Raises:
        InputError: another number of names.
    """
    if len(names) not in (0, 1, len(views)):
        raise InputError(f"--view was given {len(names)} times for {len(views)} X-rays; give it once, or once for each")
    if len(set(names)) < 2:
        return list(views), next(iter(names), None)
    return [replace(view, view=name) for view, name in zip(views, names, strict=True)], "any"


def warn_of_other_view(by_angles: str | None, prepared: PreparedCT) -> None:
    """A remark where a CT was prepared for another view than the C-arm's angles say; it is searched as prepared."""
    view = getattr(prepared, "view", by_angles)
    if by_angles is not None and view not in ("any", by_angles):
        remark(
            f"the CT was prepared for the view '{view}', not for '{by_angles}' as the C-arm's angles say; if the pose is "
            f"not found, prepare it again with --view {by_angles}"
        )


def have_starts(views: Sequence[XrayView]) -> bool:
    """Whether a start pose, landmarks or the bone's ends are known for every view, or for one of a rig."""
    known = [any(given is not None for given in (view.start, view.points_ras, view.ends_px)) for view in views]
    in_rig = all(view.camera_from_rig is not None for view in views)
    return any(known) if in_rig else all(known)


def _starts(xrays: Sequence[XrayView], files: Sequence[Path], in_rig: bool) -> list[RigidTransform | None]:
    """A start pose for each X-ray; one pose and a known rig give those of the other views."""
    if not files:
        return [None] * len(xrays)
    poses = [pose for file in files for pose in read_poses(file)]
    if len(poses) == len(xrays):
        return list(poses)
    rig = [xray.camera_from_rig for xray in xrays if xray.camera_from_rig is not None]
    if len(poses) == 1 and in_rig:
        rig_from_ras = rig[0].inverse() @ poses[0]
        return [camera_from_rig @ rig_from_ras for camera_from_rig in rig]
    names = ", ".join(str(file) for file in files)
    raise InputError(f"{names} holds {len(poses)} start poses for {len(xrays)} X-rays; give one for each, in the same order")
