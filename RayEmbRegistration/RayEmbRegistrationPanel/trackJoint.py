"""How the second body of a track stands to the first, frame by frame: a joint's angles and shifts by name.

Each body's axes are from landmarks, or else those of the world where it stood when tracking began, through its middle; of a
bone in a CT they are the patient's (right, front, up). Of a model without landmarks they mean nothing to a clinician, and
its angles do not bear the joint's names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationScene import trackedPoses, trackPlot
from RayEmbRegistrationScene.handle import record, setRecord
from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.track_joint import JointCurves
    from RayEmbRegistrationLib.tracking.body import Body
    from RayEmbRegistrationLib.tracking.track import Track

    from .trackInputs import GatheredBody

PLAIN_MEASURES = ("about_x_deg", "about_y_deg", "about_z_deg", "along_x_mm", "along_y_mm", "apart_z_mm")
"""Columns where the axes are not a patient's."""
AXES, SIDE, OWN_AXES, JOINT = "axes", "Track.Right", "Track.OwnAxes", "Track.Joint"
KNEE = "knee"
"""The joint unless told, whose angles are Grood and Suntay's; turns about plain axes are defined likewise."""


def measureInWords(name: str) -> str:
    """An angle of a joint in the user's language, which is not known yet when this file is read."""
    return {
        "flexion_deg": _("flexion"),
        "adduction_deg": _("adduction"),
        "external_rotation_deg": _("external rotation"),
        "internal_rotation_deg": _("internal rotation"),
        "dorsiflexion_deg": _("dorsiflexion"),
        "inversion_deg": _("inversion"),
        "carrying_angle_deg": _("carrying angle"),
        "pronation_deg": _("pronation"),
        "ulnar_deviation_deg": _("ulnar deviation"),
        "plane_of_elevation_deg": _("plane of elevation"),
        "elevation_deg": _("elevation"),
    }[name]


def axesOf(asked: Sequence[GatheredBody], bodies: Sequence[Body]) -> list[list[list[float]]]:
    """body_from_anatomical (4, 4) of each body, as a track keeps them."""
    found = []
    for one, body in zip(asked, bodies, strict=True):
        turned = one.rasFromBody.rotation.T
        found.append(RigidTransform(turned, body.center).matrix.tolist())
    return found


def setLandmarks(handle: Handle, number: int, pointsRas: np.ndarray | None) -> None:
    """Give a body the axes of landmarks, or none any more.

    Args:
        handle: the registration.
        number: of the body, from 0.
        pointsRas: (3 or more, 3) mm, on the body where it stands now: origin, a point up along its long axis, one towards
            the patient's right.

    Raises:
        ValueError: fewer, or on one line.
    """
    from RayEmbRegistrationLib.tracking.kinematics import Landmarks3, anatomical_frame

    about, key = trackedPoses.aboutTrack(handle), f"{OWN_AXES}{number}"
    if about is None or pointsRas is None:
        setRecord(handle, key, None)
        return
    if len(pointsRas) < 3:
        raise ValueError(
            _("place three points on {name}: its origin, up its long axis, and towards the right").format(
                name=about["names"][number]
            )
        )
    place = placesOf(handle, about)[about["names"][number]].inverse()
    setRecord(handle, key, anatomical_frame(Landmarks3(*place.apply(pointsRas[:3]))).matrix.tolist())


def placesOf(handle: Handle, about: Mapping[str, Any]) -> dict[str, RigidTransform]:
    """Name of a body to ras_from_body as it stands."""
    now = trackedPoses.placesNow(handle, [role for role in about["roles"] if role is not None])
    first = RigidTransform.from_matrix(np.array(about["first"]))
    return {name: now.get(str(role), first) for name, role in zip(about["names"], about["roles"], strict=True)}


def bodyAxes(handle: Handle, about: Mapping[str, Any]) -> tuple[list[list[list[float]]], bool]:
    """body_from_anatomical of the first two bodies, and whether both are a patient's."""
    own = [record(handle, f"{OWN_AXES}{number}") for number in range(2)]
    isPatient = all(one is not None or known for one, known in zip(own, about["patient"], strict=False))
    return [one or known for one, known in zip(own, about[AXES], strict=False)], isPatient


def curvesOf(handle: Handle, track: Track | None) -> JointCurves | None:
    """The joint through the frames, as the library writes it; None where there is no joint."""
    from RayEmbRegistrationLib.application.track_joint import curves_about_axes

    about = trackedPoses.aboutTrack(handle)
    if about is None or not hasJoint(handle) or track is None or not track.frames:
        return None
    axes, isPatient = bodyAxes(handle, about)
    first, second = (RigidTransform.from_matrix(np.array(matrix)) for matrix in axes[:2])
    isOfLandmarks = any(record(handle, f"{OWN_AXES}{number}") is not None for number in range(2))
    where = "landmarks placed in Slicer" if isOfLandmarks else "the patient's, where the bodies stood when tracking began"
    words = where if isPatient else "the world's, where the bodies stood when tracking began"  # for a file, in English
    names = (track.names[0], track.names[1])
    return curves_about_axes(track, names, jointOf(handle) if isPatient else KNEE, (first, second), words, isRight(handle))


def keepAxes(handle: Handle, asked: Sequence[GatheredBody], bodies: Sequence[Body]) -> None:
    """Keep the axes of a track's bodies; those of a track that is gone on with stay."""
    if len(bodies) > 1:
        trackedPoses.addAbout(handle, **{AXES: axesOf(asked, bodies)})


def isRight(handle: Handle) -> bool:
    """Whether the joint is taken to be of the right side."""
    return bool(record(handle, SIDE, True))


def setSide(handle: Handle, right: bool) -> None:
    """The signs of adduction, rotation and lateral shift depend on the side."""
    setRecord(handle, SIDE, bool(right))


def hasJoint(handle: Handle | None) -> bool:
    """Whether a track has two bodies, and their axes."""
    about = trackedPoses.aboutTrack(handle)
    return about is not None and len(about["names"]) > 1 and about.get(AXES) is not None


def jointOf(handle: Handle) -> str:
    """Which joint the bodies make: a name of the library's ``JOINTS``."""
    return str(record(handle, JOINT, KNEE))


def setJoint(handle: Handle, joint: str) -> None:
    """Its name says what the angles are called, and which way they are positive."""
    setRecord(handle, JOINT, joint)


def showAngles(handle: Handle, track: Track | None) -> None:
    """Make or update the plot."""
    found = curvesOf(handle, track)
    if found is None:
        return
    names = [measureInWords(measure) for measure in found.measures[:3]]
    if not _isPatient(handle):
        names = [_("about x"), _("about y"), _("about z")]
    curves = [(name, [float(value) for value in found.raw[:, number]]) for number, name in enumerate(names)]
    title = _("{lower} against {upper}, degrees: {first} (blue), {second} (orange), {third} (green)")
    first, second, third = names
    words = title.format(upper=found.bodies[0], lower=found.bodies[1], first=first, second=second, third=third)
    trackPlot.showJointPlot(handle, list(found.frames), curves, words, _("frame shown"))


def tables(handle: Handle, track: Track | None) -> dict[str, tuple[list[str], list[list[str]]]]:
    """File's name to columns and rows of all measures; empty where there is no joint."""
    found = curvesOf(handle, track)
    if found is None:
        return {}
    columns = found.measures if _isPatient(handle) else PLAIN_MEASURES
    rows = [[str(frame), *(f"{value:.4f}" for value in one)] for frame, one in zip(found.frames, found.raw, strict=True)]
    return {"joint.csv": (["frame", *columns], rows)}


def clinicalCurves(handle: Handle, track: Track | None) -> JointCurves | None:
    """The joint for a report, which calls its angles by name: None where the axes are no patient's."""
    return curvesOf(handle, track) if _isPatient(handle) else None


def _isPatient(handle: Handle) -> bool:
    about = trackedPoses.aboutTrack(handle)
    return about is not None and hasJoint(handle) and bodyAxes(handle, about)[1]
