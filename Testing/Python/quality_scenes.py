"""A knee registered from nearby in one view and in two, judged once for all tests of quality."""

from functools import cache

from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from registration_cases import as_view, knee, knee_pose, moved, prepared_knee, view_of, xray_of

SETTINGS = RegistrationSettings(refine_only=True)


def start():
    return moved(knee_pose(), prepared_knee().center_ras, (0.5, -0.5, 0.5), (0.5, -0.5, 1.0))


def side_pose():
    return view_of(knee(), (-56.0, -11.0, 5.0), (6.0, -5.0, 755.0))


@cache
def front_view(photons=3000.0):
    return as_view(xray_of(knee(), knee_pose(), photons_per_pixel=photons), bone_is_bright=True, start=start())


@cache
def pair():
    rig = side_pose() @ knee_pose().inverse()
    side = as_view(xray_of(knee(), side_pose(), seed=1), bone_is_bright=True, camera_from_rig=rig)
    return front_view().with_geometry(camera_from_rig=RigidTransform()), side


@cache
def registered(photons=3000.0):
    return register(prepared_knee(), [front_view(photons)], SETTINGS)


@cache
def registered_pair():
    return register(prepared_knee(), pair(), SETTINGS)
