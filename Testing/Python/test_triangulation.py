"""Points and tools found in space by clicks in two X-rays, and the error that is said of them."""

import numpy as np
import pytest
from RayEmbRegistrationLib.geometry.triangulation import (
    CLICK_MM,
    line_to_line,
    line_to_line_errors,
    ray_of,
    triangulate,
    triangulate_line,
)
from RayEmbRegistrationLib.geometry.uncertainty import ELLIPSOID_95, PoseUncertainty, Sight
from RayEmbRegistrationLib.problems import InputProblem
from target_cases import CAMERAS, CENTER_RAS, beside, biplane, narrow_and_deep, oblique, points_around, wrong_pose

TRIALS = 1500
LEAST, MOST = 0.93, 0.97


def click_px(sight):
    return CLICK_MM / np.mean(sight.camera.pixel_spacing_mm)


def inside(off, covariance):
    """Share of errors (N, 3) within the ellipsoid of 95 %."""
    return float((np.sqrt(np.einsum("ni,ij,nj->n", off, np.linalg.inv(covariance), off)) < ELLIPSOID_95).mean())


@pytest.mark.parametrize("name", CAMERAS)
def test_a_ray_goes_through_all_that_is_drawn_at_its_pixel(name):
    sight = Sight.alone(CAMERAS[name], oblique())
    for point in points_around(5):
        ray = ray_of(sight, sight.project(point[None])[0])
        assert np.linalg.norm(np.cross(point - ray.source, ray.direction)) < 1e-9
        assert ray.direction @ (point - ray.source) > 0


@pytest.mark.parametrize("name", CAMERAS)
def test_points_come_back_from_their_pictures(name):
    sights = [Sight.alone(CAMERAS[name], oblique()), biplane()[1], Sight.alone(CAMERAS["mirrored"], oblique(80, 10))]
    for count in (2, 3):
        for point in points_around(8):
            pixels = np.concatenate([sight.project(point[None]) for sight in sights[:count]])
            found = triangulate(sights[:count], pixels)
            assert np.linalg.norm(found.point_ras - point) < 1e-6
            assert found.residuals_px.max() < 1e-6


@pytest.mark.parametrize("rig", [True, False])
def test_95_of_100_points_fall_in_the_error_that_is_said(rig):
    """Clicks are off, and so are the poses: of a rig together, of X-rays by themselves each in its own way."""
    rng = np.random.default_rng(5)
    sights, uncertainty = biplane(), narrow_and_deep(0.5)
    sights = sights if rig else [Sight.alone(sight.camera, sight.camera_from_ras) for sight in sights]
    point, off = beside(20.0, -15.0, 10.0), []
    pixels = np.concatenate([sight.project(point[None]) for sight in sights])
    said = triangulate(sights, pixels, uncertainty)
    for motion in rng.multivariate_normal(np.zeros(6), uncertainty.covariance, (TRIALS, 2)):
        first = wrong_pose(sights[0].first_from_ras, motion[0])
        relative = sights[1].camera_from_ras @ sights[0].camera_from_ras.inverse()
        second = relative @ first if rig else wrong_pose(sights[1].camera_from_ras, motion[1])
        wrong = [Sight(sights[0].camera, first, first), Sight(sights[1].camera, second, first if rig else second)]
        clicks = pixels + rng.normal(size=(2, 2)) * [[click_px(sight)] for sight in sights]
        off.append(triangulate(wrong, clicks).point_ras - point)
    assert LEAST < inside(np.array(off), said.covariance) < MOST
    assert said.error_mm == pytest.approx(np.sqrt((np.array(off) ** 2).sum(axis=1).mean()), rel=0.06)


def test_a_tool_comes_back_though_other_places_are_clicked_on_it():
    sights = biplane()
    start, end = beside(-20.0, 10, -30), beside(25.0, -5, 40)
    first = sights[0].project(np.stack([start, end]))
    second = sights[1].project(np.stack([start + 0.2 * (end - start), start + 0.7 * (end - start)]))
    found = triangulate_line(sights, np.stack([first, second]))
    np.testing.assert_allclose([found.start_ras, found.end_ras], [start, end], atol=1e-6)


def test_the_errors_said_of_a_tool_are_those_it_has():
    rng = np.random.default_rng(6)
    sights, uncertainty = biplane(), narrow_and_deep(0.3)
    ends = np.stack([beside(-20.0, 10, -30), beside(25.0, -5, 40)])
    pixels = np.stack([sight.project(ends) for sight in sights])
    said, found = triangulate_line(sights, pixels, uncertainty), []
    relative = sights[1].camera_from_ras @ sights[0].camera_from_ras.inverse()
    for motion in rng.multivariate_normal(np.zeros(6), uncertainty.covariance, TRIALS):
        first = wrong_pose(sights[0].first_from_ras, motion)
        wrong = [Sight(sights[0].camera, first, first), Sight(sights[1].camera, relative @ first, first)]
        clicks = pixels + rng.normal(size=(2, 2, 2)) * np.array([click_px(sight) for sight in sights])[:, None, None]
        line = triangulate_line(wrong, clicks)
        found.append([line.start_ras, line.end_ras])
    plan = ends + np.array([[4.0, -3, 2], [9, 2, -5]])
    to = line_to_line_errors(said, plan)
    measured = np.array([(one.angle_deg, one.start_mm, one.end_mm) for one in (line_to_line(*own, plan) for own in found)])
    np.testing.assert_allclose((to.angle_deg, to.start_mm, to.end_mm), measured.std(axis=0), rtol=0.12)
    off = np.array(found) - ends
    for number in range(2):
        assert (
            LEAST < inside(off[:, number], said.covariance[3 * number : 3 * number + 3, 3 * number : 3 * number + 3]) < MOST
        )
        measured = np.sqrt((off[:, number] ** 2).sum(axis=1).mean())
        assert said.errors_mm[number] == pytest.approx(measured, rel=0.08)


def test_angle_and_distance_to_a_planned_line():
    planned = np.array([[0.0, 0, 0], [0, 0, 100]])
    tilted = np.array([np.sin(np.radians(10)), 0, np.cos(np.radians(10))])
    found = line_to_line(np.array([3.0, 4.0, 20.0]), np.array([3.0, 4.0, 20.0]) + 50 * tilted, planned)
    assert found.angle_deg == pytest.approx(10)
    assert found.start_mm == pytest.approx(5)
    assert found.end_mm == pytest.approx(np.hypot(3 + 50 * np.sin(np.radians(10)), 4))
    turned = line_to_line(np.array([3.0, 4.0, 20.0]) + 50 * tilted, np.array([3.0, 4.0, 20.0]), planned)
    assert turned.angle_deg == pytest.approx(10), "a line has no sense of direction"


def test_what_cannot_be_found_is_said():
    sights, uncertainty = biplane(), PoseUncertainty(np.zeros((6, 6)), CENTER_RAS)
    pixel = sights[0].project(CENTER_RAS[None])
    with pytest.raises(InputProblem, match="each of two X-rays"):
        triangulate(sights[:1], pixel, uncertainty)
    with pytest.raises(InputProblem, match="same side"):
        triangulate([sights[0], sights[0]], np.concatenate([pixel, pixel]))
    with pytest.raises(InputProblem, match="upon each other"):
        triangulate_line(sights, np.stack([np.tile(pixel, (2, 1)), np.array([[10.0, 10], [50, 90]])]))
    sources = np.stack([sight.camera_from_ras.inverse().translation for sight in sights])
    within = CENTER_RAS + np.array([[-0.05], [0.05]]) * (sources[1] - sources[0])
    with pytest.raises(InputProblem, match="plane of both sources"):
        triangulate_line(sights, np.stack([sight.project(within) for sight in sights]))
