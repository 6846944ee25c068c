"""The plan of a registration: who is asked in which order, when to go on, and that one bad proposal ends nothing."""

import logging
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from RayEmbRegistrationLib import registration
from RayEmbRegistrationLib.drr.poses import Poses
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.geometry.sourced import Sourced
from RayEmbRegistrationLib.pose.alignment.levels import shows_bone
from RayEmbRegistrationLib.pose.alignment.schedule import REFINE_ONLY
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.plan import CONVINCING, CONVINCING_JOINTLY, Step, plan_for
from RayEmbRegistrationLib.pose.strategies import search as searching
from RayEmbRegistrationLib.pose.strategies.fourier_search import Hypothesis
from RayEmbRegistrationLib.pose.strategies.proposal import Proposal
from RayEmbRegistrationLib.pose.strategies.start import START_DEPTH_SLACK_MM, AroundStart
from RayEmbRegistrationLib.pose.view import View
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from registration_cases import (
    SECOND,
    as_view,
    errors,
    knee,
    knee_pose,
    knee_radiograph,
    moved,
    pelvis_xray,
    prepared_knee,
    prepared_pelvis,
    xray_of,
)


def knee_group(settings=None, **about):
    view = as_view(xray_of(knee(), knee_pose()), **{"bone_is_bright": True, **about})
    return view, make_group([view], prepared_knee(), settings or RegistrationSettings(view="ap"))


def proposing(*poses):
    def propose(group, best, means):
        for pose in poses:
            yield Proposal(Poses.of(pose), group.polarities(False), None, REFINE_ONLY)

    return propose


def test_the_order_of_the_plan():
    _, group = knee_group()
    _, started = knee_group(start=knee_pose())
    alone = lambda one: (None, False)  # noqa: E731
    near = [("start pose", None), ("start pose", CONVINCING)]
    assert order(plan_for(started, alone)) == [*near, ("start pose", CONVINCING)]  # last, the other polarity
    _, unsettled = knee_group(start=knee_pose(), bone_is_bright=None)
    assert order(plan_for(unsettled, alone)) == near
    group = replace(group, settings=replace(group.settings, method="search"))
    wider, more = [("wider search", CONVINCING)] * 4, ("search", CONVINCING)
    last = [("", None), ("default view", -1.0)]
    assert order(plan_for(group, alone)) == [("search", None), *wider, more, *last]
    assert order(plan_for(group)) == [("search", None), *last]
    pair = replace(group, views=(group.views[0], replace(group.views[0], camera_from_first=SECOND.matrix)))
    jointly = CONVINCING_JOINTLY
    first = [("search", None), ("single views", jointly)]
    assert order(plan_for(pair, alone)) == [*first, *[("wider search", jointly)] * 4, more, *last]


def order(steps):
    return [(step.method, step.unless) for step in steps]


def test_a_step_is_taken_only_below_its_similarity():
    step = Step("any", "any", proposing(), unless=0.5)
    for similarity, wanted in ((0.49, True), (0.5, False), (0.9, False)):
        assert step.is_wanted(type("Best", (), {"similarity": similarity})()) == wanted
    assert step.is_wanted(None)
    assert replace(step, unless=None).is_wanted(type("Best", (), {"similarity": 1.0})())


def test_poses_that_leave_the_xray_are_dropped_and_the_plan_goes_on(monkeypatch, caplog):
    view, _ = knee_group()
    away = RigidTransform(np.eye(3), np.array([900.0, 0, 800.0]))
    near = moved(knee_pose(), prepared_knee().center_ras, (0.5, -0.5, 0.5), (0.5, -0.5, 1.0))
    steps = [Step("first", "beside the X-ray", proposing(away)), Step("second", "near", proposing(near))]
    monkeypatch.setattr(registration, "plan_for", lambda group, alone=None: steps)
    with caplog.at_level(logging.INFO, logger="RayEmbRegistrationLib"):
        result = register(prepared_knee(), [view], RegistrationSettings(mirrored=False))
    assert errors(result.camera_from_ras, knee_pose(), prepared_knee()).in_plane_mm < 0.3
    assert (result.method, result.tried) == ("second", ("first", "second"))
    assert "1 poses dropped" in caplog.text
    assert "second, near: best similarity 0." in caplog.text
    monkeypatch.setattr(registration, "plan_for", lambda group, alone=None: steps[:1])
    with pytest.raises(ValueError, match="outside the X-ray"):
        register(prepared_knee(), [view], RegistrationSettings(mirrored=False))


def test_the_pose_with_more_evidence_wins_whoever_is_asked_last(monkeypatch):
    view, _ = knee_group()
    center = prepared_knee().center_ras
    near = moved(knee_pose(), center, (0.5, -0.5, 0.5), (0.5, -0.5, 1.0))
    wrong = moved(knee_pose(), center, (0, 0, 40.0), (25.0, 0, 0))
    for order in ((near, wrong), (wrong, near)):
        steps = [Step("near" if pose is near else "wrong", "a pose", proposing(pose)) for pose in order]
        monkeypatch.setattr(registration, "plan_for", lambda group, alone=None, steps=steps: steps)
        result = register(prepared_knee(), [view], RegistrationSettings(mirrored=False))
        assert result.method == "near"
        assert set(result.tried) == {"near", "wrong"}


def test_every_view_must_show_the_bone():
    truth = Poses.of(knee_pose())
    poses = Poses.joined([truth, truth.shifted(torch.tensor([[900.0, 0, 0]]))])
    here = View(knee_radiograph(), np.eye(4))
    assert shows_bone([here], prepared_knee(), poses).tolist() == [True, False]
    aside = replace(here, camera_from_first=RigidTransform(np.eye(3), np.array([900.0, 0, 0])).matrix)
    assert shows_bone([here, aside], prepared_knee(), poses).tolist() == [False, False]


def test_a_start_of_one_view_leaves_depth_open_by_more_than_one_of_two():
    _, group = knee_group(start=knee_pose())
    around, depth = AroundStart(group.start), knee_pose().apply(prepared_knee().center_ras)[2]
    low, high = around.depth_mm(group)
    assert (depth - low, high - depth) == pytest.approx((10 + START_DEPTH_SLACK_MM,) * 2)
    pair = replace(group, views=(group.views[0],) * 2)
    assert around.depth_mm(pair)[1] > depth + 5000  # the other view sees it
    limited = replace(group, settings=replace(group.settings, depth_mm=(700.0, 900.0)))
    assert around.depth_mm(limited) == (700.0, 900.0)


@pytest.mark.parametrize("hint", [None, False, True])
def test_what_tags_say_of_polarity_is_tried_first_and_not_believed(hint):
    _, group = knee_group(bone_is_bright=None)
    group = replace(group, views=tuple(replace(v, polarity_hint=hint) for v in group.views))
    even = [[Hypothesis(knee_pose(), score, flag) for flag, score in ((True, 0.5), (False, 0.48))]]
    clear = [[Hypothesis(knee_pose(), score, flag) for flag, score in ((True, 0.5), (False, 0.2))]]
    first = True if hint is None else hint
    assert searching._polarities_to_try(even, group) == [first, not first]
    assert searching._polarities_to_try(clear, group) == [True]  # whatever the tag says


def test_a_settled_polarity_is_kept_and_an_open_one_is_as_told():
    _, settled = knee_group(bone_is_bright=True)
    _, unsettled = knee_group(bone_is_bright=None)
    both = replace(settled, views=(*settled.views, *unsettled.views))
    assert (both.polarities(False), both.polarities(True)) == ((True, False), (True, True))
    assert len(settled.polarities_to_try()) == 1
    assert both.polarities_to_try() == (False, True)


def test_a_wrong_tag_costs_time_and_no_more():
    view = as_view(pelvis_xray())
    tag = Sourced(not pelvis_xray().bone_is_bright, "tag", "a tag that is wrong")
    wrong = replace(view, geometry=replace(view.geometry, bone_is_bright=tag))
    assert (wrong.bone_is_bright, wrong.polarity_hint) == (None, tag.value)
    found = register(prepared_pelvis(), [wrong], RegistrationSettings(method="search", mirrored=False))
    assert found.quality.trusted


def knee_view():
    return as_view(xray_of(knee(), knee_pose()), bone_is_bright=True)


class Clock:
    """Time that passes only when a strategy works."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def slow(self, pose, seconds, said):
        """A strategy that works for so long, telling where it stands, before it proposes."""

        def propose(group, _best, means):
            said.append("began")
            until = self.now + seconds
            while self.now < until:
                self.now += 0.1
                means.report(0.1, "looking")
            said.append("done")
            yield Proposal(Poses.of(pose), group.polarities(False), None, REFINE_ONLY)

        return propose


def test_a_step_ends_when_its_part_of_the_time_is_over_but_not_before_there_is_a_pose(monkeypatch, caplog):
    clock, said = Clock(monkeypatch), []
    near = moved(knee_pose(), prepared_knee().center_ras, (2, -1, 1), (2, 1, 4))
    steps = [
        Step("first", "slowly", clock.slow(near, 3.0, said)),
        Step("second", "for ever", clock.slow(knee_pose(), 1e9, said), share=0.5),
        Step("third", "for ever, too", clock.slow(knee_pose(), 1e9, said), share=1.0),
        Step("fourth", "not reached", clock.slow(knee_pose(), 1e9, said)),
    ]
    monkeypatch.setattr(registration, "plan_for", lambda *_: steps)
    caplog.set_level("INFO")
    result = register(prepared_knee(), [knee_view()], RegistrationSettings(mirrored=False, seconds=2.0))
    assert said == ["began", "done"]  # the first goes on until there is a pose, and then the time is over
    assert result.method == "first"
    said.clear()
    began = clock.now
    result = register(prepared_knee(), [knee_view()], RegistrationSettings(mirrored=False, seconds=7.0))
    assert said == ["began", "done", "began", "began"]
    assert clock.now - began == pytest.approx(7.0, abs=0.3)
    assert result.method == "first"
    assert result.tried == ("first", "second", "third")
    assert any("ran out while trying second" in note for note in result.notes)
    assert "second, for ever: stopped after 2." in caplog.text


def test_the_first_step_ends_on_a_coarse_image_when_the_time_is_over():
    """However little time is given, there is a pose, and it is said what it is worth."""
    start = moved(knee_pose(), prepared_knee().center_ras, (2, -1, 1), (2, 1, 4))
    view = as_view(xray_of(knee(), knee_pose()), bone_is_bright=True, start=start)
    result = register(prepared_knee(), [view], RegistrationSettings(mirrored=False, seconds=1e-6))
    assert any("ran out on a coarse image" in note for note in result.notes)
    assert errors(result.camera_from_ras, knee_pose(), prepared_knee()).in_plane_mm < 3  # one pixel of 32 is 4 mm
    enough = register(prepared_knee(), [view], RegistrationSettings(mirrored=False, seconds=1e6))
    assert not any("ran out" in note for note in enough.notes)


def test_without_a_limit_nothing_depends_on_the_clock(monkeypatch):
    clock, said = Clock(monkeypatch), []
    steps = [Step("only", "slowly", clock.slow(knee_pose(), 100.0, said))]
    monkeypatch.setattr(registration, "plan_for", lambda *_: steps)
    result = register(prepared_knee(), [knee_view()], RegistrationSettings(mirrored=False))
    assert said == ["began", "done"]
    assert result.notes == prepared_knee().notes


def test_no_time_is_refused():
    with pytest.raises(InputProblem, match="more than 0 s"):
        register(prepared_knee(), [knee_view()], RegistrationSettings(seconds=0))
