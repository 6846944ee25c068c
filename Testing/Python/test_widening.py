"""Where what was said of an X-ray does not hold the registration widens by itself, says so, and always has an answer."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib import registration
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.alignment.levels import share_in_view, shows_bone
from RayEmbRegistrationLib.pose.alignment.schedule import FROM_SEARCH, HOPELESS, REFINE_ONLY, refine_by_schedule
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.plan import Step
from RayEmbRegistrationLib.pose.strategies.proposal import Proposal
from RayEmbRegistrationLib.pose.strategies.start import default_pose
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from registration_cases import (
    SECOND,
    as_view,
    errors,
    knee,
    knee_pose,
    moved,
    pelvis,
    pelvis_xray,
    prepared_knee,
    prepared_pelvis,
    view_of,
    xray_of,
)

QUARTER = RigidTransform(np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]), np.zeros(3))  # as np.rot90 turns a picture


def knee_view(**about):
    return as_view(xray_of(knee(), knee_pose()), **{"bone_is_bright": True, **about})


def test_an_xray_that_lies_on_its_side_is_found_and_that_is_said():
    xray = pelvis_xray()
    view = as_view(replace(xray, pixels=np.ascontiguousarray(np.rot90(xray.pixels))))
    stages, shares = [], []
    settings = RegistrationSettings(method="search")
    progress = lambda share, stage: (shares.append(share), stages.append(stage))  # noqa: E731
    result = register(prepared_pelvis(), [view], settings, progress)
    assert errors(result.camera_from_ras, QUARTER @ view_of(pelvis()), prepared_pelvis()).mtre_mm < 1
    assert result.method == "wider search"
    assert any("turned by -" in note and "choose the view 'any'" in note for note in result.notes)
    assert any("trying quarter turns" in stage for stage in stages)
    assert shares == sorted(shares)


def test_a_polarity_told_wrongly_is_found_and_that_is_said():
    xray = pelvis_xray()
    view = as_view(xray, bone_is_bright=not xray.bone_is_bright)
    result = register(prepared_pelvis(), [view], RegistrationSettings(method="search"))
    assert errors(result.camera_from_ras, view_of(pelvis()), prepared_pelvis()).mtre_mm < 1
    assert any("check its polarity" in note for note in result.notes)


def test_near_a_start_the_other_polarity_is_tried_last():
    start = moved(knee_pose(), prepared_knee().center_ras, (2.0, -1.0, 1.0), (2.0, -2.0, 2.0))
    result = register(prepared_knee(), [knee_view(start=start, bone_is_bright=False)])
    assert errors(result.camera_from_ras, knee_pose(), prepared_knee()).in_plane_mm < 0.3
    assert any("fits only with bright bone" in note for note in result.notes)


@pytest.mark.parametrize("error", [np.linalg.LinAlgError, torch.linalg.LinAlgError])
def test_a_hypothesis_that_cannot_be_solved_ends_nothing(monkeypatch, error):
    def singular(_group, _best, _means):
        yield from ()
        raise error("singular")

    def near(group, _best, _means):
        yield Proposal(Poses.of(knee_pose()), group.polarities(False), None, REFINE_ONLY)

    steps = [Step("first", "fails", singular), Step("second", "near", near)]
    monkeypatch.setattr(registration, "plan_for", lambda *_: steps)
    result = register(prepared_knee(), [knee_view()], RegistrationSettings(mirrored=False))
    assert (result.method, result.tried) == ("second", ("first", "second"))


def test_a_pose_that_shows_too_little_bone_does_not_win_a_wider_step(monkeypatch):
    def near(group, _best, _means):
        yield Proposal(Poses.of(knee_pose()), group.polarities(False), None, REFINE_ONLY)

    steps = [Step("wider", "asks for all of the bone", near, least_in_view=1.1), Step("near", "near", near)]
    monkeypatch.setattr(registration, "plan_for", lambda *_: steps)
    result = register(prepared_knee(), [knee_view()], RegistrationSettings(mirrored=False))
    assert (result.method, result.tried) == ("near", ("wider", "near"))


def test_hopeless_poses_are_spared_the_finer_levels():
    group = make_group([knee_view()], prepared_knee(), RegistrationSettings(view="ap"))
    problem = group.problem((True,), None)
    wrong = moved(knee_pose(), prepared_knee().center_ras, (0, 0, 90.0), (30.0, 0, 0))
    rough, whole = (
        refine_by_schedule(problem, Poses.of(pose), FROM_SEARCH, np.random.default_rng(0)) for pose in (wrong, knee_pose())
    )
    assert rough.is_rough
    assert rough.similarity < HOPELESS
    assert {name for name, _ in rough.trace} == {"32 px", "64 px"}
    assert not whole.is_rough
    assert "192 px" in {name for name, _ in whole.trace}


def test_the_default_pose_is_seen_by_every_view_of_a_rig():
    rig = RigidTransform.from_rotation_vector((0.2, 0.1, -0.4), (100.0, 50.0, -20.0))
    second = as_view(xray_of(knee(), SECOND @ knee_pose(), seed=1), camera_from_rig=SECOND @ rig, bone_is_bright=True)
    views = [knee_view(camera_from_rig=rig), second]
    group = make_group(views, prepared_knee(), RegistrationSettings(view="ap"))
    pose = Poses.of(default_pose(group))
    assert bool(shows_bone(group.views, prepared_knee(), pose).all())
    assert share_in_view(group.views, prepared_knee(), pose) > 0.5
