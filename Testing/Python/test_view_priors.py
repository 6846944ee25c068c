"""Each X-ray may have a view prior of its own: it is looked among that, and the CT is prepared for all of them."""

from dataclasses import replace

import numpy as np
import pytest
from RayEmbRegistrationLib.application.request import Request
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.pose.group import make_group
from RayEmbRegistrationLib.pose.settings import RegistrationSettings
from RayEmbRegistrationLib.pose.strategies.proposal import Means
from RayEmbRegistrationLib.pose.strategies.search import Search
from RayEmbRegistrationLib.pose.strategies.start import default_pose
from RayEmbRegistrationLib.registration import register
from registration_cases import as_view, knee, knee_pose, prepared_knee, view_of, xray_of

SIDE_DEG, CENTER = (-84.0, 6.0, -3.0), (-4.0, 6.0, 758.0)  # about the AP view's axes: a lateral X-ray


def side_pose() -> RigidTransform:
    return view_of(knee(), SIDE_DEG, CENTER)


def side_view(**about):
    return as_view(xray_of(knee(), side_pose(), seed=3), bone_is_bright=True, **about)


def proposed(views, **settings):
    """(group, poses) that the search proposes first, first camera from RAS."""
    group = make_group(views, prepared_knee(), RegistrationSettings(method="search", **settings))
    means = Means(np.random.default_rng(0), lambda _share, _stage: None)
    return group, next(Search(1).first(group, None, means)).poses.numpy


def turned_deg(poses, truth) -> float:
    """Of the proposal that is nearest to the true rotation."""
    traces = np.einsum("bij,ij->b", poses[:, :3, :3], truth.rotation)
    return float(np.degrees(np.arccos(np.clip((traces.max() - 1) / 2, -1, 1))))


def test_an_xray_is_looked_for_among_its_own_views():
    """Half the search's spacing and half a step in the plane: 8 degrees at most, the lattice's corners not counted."""
    name = "right-lateral" if side_pose().rotation[2, 0] > 0 else "lateral"
    _, poses = proposed([side_view(view=name)])
    assert turned_deg(poses, side_pose()) < 8
    _, poses = proposed([side_view(view="ap")])
    assert turned_deg(poses, side_pose()) > 15, "another view does not hold it"


def test_views_of_a_rig_have_their_own():
    """From in front and from the side: what each proposes meets."""
    between = side_pose() @ knee_pose().inverse()
    first = as_view(xray_of(knee(), knee_pose()), bone_is_bright=True, camera_from_rig=RigidTransform(), view="ap")
    name = "right-lateral" if side_pose().rotation[2, 0] > 0 else "lateral"
    second = side_view(camera_from_rig=between, view=name)
    group, poses = proposed([first, second])
    assert group.view_priors == ("ap", name)
    assert turned_deg(poses, knee_pose()) < 8


def test_a_default_pose_is_of_the_first_xrays_view():
    own = make_group([side_view(view="pa")], prepared_knee(), RegistrationSettings(view="ap"))
    np.testing.assert_allclose(default_pose(own)[2, :3], (0.0, 1.0, 0.0), atol=1e-12)  # the beam runs to the front


def test_a_ct_is_prepared_for_the_views_of_all_xrays():
    front, side = side_view(view="ap"), side_view(view="lateral")
    settings = RegistrationSettings(view="pa")
    assert Request(knee(), (side, side), settings).prepare_settings("cpu").view == "lateral"
    assert Request(knee(), (front, side), settings).prepare_settings("cpu").view == "any"
    assert Request(knee(), (), settings).prepare_settings("cpu").view == "pa"
    silent = Request(knee(), (front, replace(side, view=None)), settings)
    assert silent.prepare_settings("cpu").view == "any"
    assert [view.view for view in silent.views_with_starts(np.zeros(3))] == ["ap", "pa"]
    alike = Request(knee(), (replace(side, view=None),), settings)
    assert [view.view for view in alike.views_with_starts(np.zeros(3))] == [None], "it is the registration's"


def test_a_view_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="view prior 'above' is unknown; choose one of ap, pa"):
        register(prepared_knee(), [side_view(view="above", start=side_pose())])
