"""XMALab's files as it writes them: the calibration object's frame specification, and cameras that see it."""

import numpy as np
import pytest
from RayEmbRegistrationLib.command_line.show import lines_of
from RayEmbRegistrationLib.files.camera import read_camera
from RayEmbRegistrationLib.files.landmarks import read_points
from RayEmbRegistrationLib.problems import InputProblem

BEADS = np.array([[0, 0, 0], [31.75, 0, 0.5], [0, 31.75, -1e-3]])
HEADS = {
    "x,y,z": 1.0,
    "x y z": 1.0,  # as XMALab writes it into a project
    "white": 1.0,
    "white,x,y,z": 1.0,
    "s10,s10,s10,name": 10.0,
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_beads_are_read_under_every_head(tmp_path, head, ending):
    path = tmp_path / "cube.csv"
    lines = [",".join(f"{value:.12g}" for value in bead) for bead in BEADS]
    path.write_bytes((ending.join([head, *lines]) + ending).encode())
    found = read_points(path)
    np.testing.assert_allclose(found.points_ras, HEADS[head] * BEADS, atol=1e-12)
    assert found.labels == ("1", "2", "3")


def test_names_are_kept_and_a_broken_line_is_told(tmp_path):
    path = tmp_path / "cube.csv"
    path.write_text("x y z\n0,0,0,origin\n1,2,3,\n")
    assert read_points(path).labels == ("origin", "2")
    assert lines_of(path) == [
        "2 beads of XMALab's calibration object",
        "  (0.00, 0.00, 0.00)  origin",
        "  (1.00, 2.00, 3.00)  2",
    ]
    path.write_text("x,y,z\n0,0,0\n1,2\n")
    with pytest.raises(InputProblem, match=r"line 3 .* x, y, z of a bead"):
        read_points(path)


def test_as_a_camera_it_is_told_apart_from_one(tmp_path):
    path = tmp_path / "cube.csv"
    path.write_text("x,y,z\n0,0,0\n1,2,3\n4,5,6\n")
    with pytest.raises(InputProblem, match=r"frame specification.*MayaCam 2"):
        read_camera(path)


def test_what_is_no_specification_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    for text in ("a,b,c\n1,2,3\n", "x,y,z\n", "1,2,3\n4,5,6\n"):
        path.write_text(text)
        with pytest.raises(InputProblem, match="holds no points"):
            read_points(path)
