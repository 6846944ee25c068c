"""X-rays of a rig of which nothing is known but that they may differ in polarity."""

import pytest
import torch
from long_form import short_or_long
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.plan import plan_for
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from registration_cases import CAMERA, SECOND, as_view, errors, knee, knee_pose, moved, prepared_knee, xray_of

SMALL = CAMERA.bin(2)


def pair(second_is_bright, settings, **about):
    """Two X-rays of a knee, the first stored with bright bone, the start given to the first; small, to be quick."""
    front = xray_of(knee(), knee_pose(), SMALL, display="log")
    side = xray_of(knee(), SECOND @ knee_pose(), SMALL, seed=1, display="log", inverted=not second_is_bright)
    start = moved(knee_pose(), prepared_knee().center_ras, (4.0, -3.0, 2.0), (4.0, 3.0, 6.0))
    views = [
        as_view(front, SMALL, camera_from_rig=RigidTransform(), start=start, **about),
        as_view(side, SMALL, camera_from_rig=SECOND, **about),
    ]
    assert [bool(front.bone_is_bright), bool(side.bone_is_bright)] == [True, second_is_bright]
    return views, settings


ASKED = short_or_long([(True, True), (False, True)], [(True, True), (False, True), (False, False)])


@pytest.mark.parametrize(("second_is_bright", "refine_only"), ASKED)
def test_open_polarities_are_found_each(second_is_bright, refine_only):
    views, settings = pair(second_is_bright, RegistrationSettings(refine_only=refine_only), bone_is_bright=None)
    torch.manual_seed(0)
    result = register(prepared_knee(), views, settings)
    assert (
        errors(result.camera_from_ras, knee_pose(), prepared_knee(), SMALL).mtre_mm < 1.0
    )  # as test_registration allows of pairs


def test_one_open_polarity_needs_no_step_of_its_own():
    views, settings = pair(False, RegistrationSettings(), bone_is_bright=None)
    views[0] = views[0].with_geometry(bone_is_bright=True)
    steps = [step.says for step in plan_for(make_group(views, prepared_knee(), settings))]
    assert "poses around it, X-rays of different polarities" not in steps
