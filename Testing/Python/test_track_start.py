"""A sequence tracked without start poses: bodies looked for in its start frame."""

from functools import partial

import numpy as np
import pytest
from RayEmbRegistrationLib.application.find_start import find_start
from RayEmbRegistrationLib.bodies.materials import MATERIALS
from RayEmbRegistrationLib.bodies.voxels import volume_of_surface
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.drr.joseph import JosephProjector
from RayEmbRegistrationLib.pose.plan import COARSE_PX
from RayEmbRegistrationLib.pose.strategies import search
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.tracking.body import body_of_surface
from RayEmbRegistrationLib.tracking.poses import motion_between
from test_tracking import FRONT, SIDE, SURFACES, picture, reader, truth

pytest.importorskip("vtkmodules.vtkFiltersSources")
VOLUME = partial(volume_of_surface, SURFACES["lower"], MATERIALS["CoCr"])
NAME, SECONDS = "lower", 6.0  # a search over all views that is cut short, as a user in a hurry has it


@pytest.fixture(scope="module")
def body():
    return body_of_surface(SURFACES[NAME], MATERIALS["CoCr"], NAME)


def views_of(pixels):
    return reader({0: pixels})(0)


def test_implant_is_found_from_nothing_by_two_views(body, monkeypatch):
    """Views are looked at as coarsely as where a search has many readings, and fewer are paired: all steps, in less time."""
    monkeypatch.setattr(search, "Among", partial(search.Among, largest_px=COARSE_PX))
    monkeypatch.setattr(search, "THOROUGH_COUNT", 2000)
    volume = volume_of_surface(SURFACES[NAME], MATERIALS["CoCr"], 0.6)
    projectors = {NAME: JosephProjector(attenuation_from_hu(volume.hu), volume.ras_from_ijk)}
    pose = {NAME: truth(3)[NAME]}
    views = views_of([picture(projectors, pose, place, seed=n) for n, place in enumerate((FRONT, SIDE))])
    said = []
    found = find_start([VOLUME], [body], views, SECONDS, lambda share, stage: said.append(stage))
    motion = motion_between(pose[NAME], found[NAME], body.center)
    assert np.linalg.norm(motion[3:]) < 1.5  # what tracking calls right across a view; a lump's turn is hardly seen
    assert said == ["looking for lower", "fitting all bodies together"]


def test_what_does_not_fit_is_said_with_what_to_do(body, monkeypatch):
    noise = [np.random.default_rng(n).normal(128, 4, (256, 256)).clip(0, 255).round() for n in range(2)]
    monkeypatch.setattr(f"{find_start.__module__}._alone", lambda *_: truth(0)[NAME])  # the search takes long
    with pytest.raises(InputProblem, match="lower") as problem:
        find_start([VOLUME], [body], views_of(noise))
    assert "--init" in str(problem.value)
