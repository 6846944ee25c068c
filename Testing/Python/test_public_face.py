"""The names that ``import RayEmbRegistrationLib`` offers: light to import, all there, and known to type checkers."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import RayEmbRegistrationLib
from RayEmbRegistrationLib import InputProblem, c_arm_pose, default_camera, evaluate, simulate
from RayEmbRegistrationLib.simulation.cases import bone_center
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_knee_phantom

SOURCE = Path(RayEmbRegistrationLib.__file__)
HEAVY = {"numpy", "torch", "scipy", "cv2", "SimpleITK", "pydicom", "h5py", "matplotlib", "vtk"}


def test_import_loads_nothing_heavy():
    program = f"import sys, RayEmbRegistrationLib; print(sorted({HEAVY!r} & set(sys.modules)))"
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=SOURCE.parents[1], capture_output=True, text=True, check=True)  # noqa: S603
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("name", RayEmbRegistrationLib.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    value = getattr(RayEmbRegistrationLib, name)
    assert name in dir(RayEmbRegistrationLib)
    if name != "__version__":
        assert value.__name__ == RayEmbRegistrationLib._NAMES_AT_HOME.get(name, name)
        assert value.__doc__


def test_type_checkers_see_the_same_names_from_the_same_homes():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    typed = {alias.asname or alias.name: node.module for node in block.body for alias in node.names}
    assert typed == RayEmbRegistrationLib._HOMES
    assert [*RayEmbRegistrationLib.__all__] == sorted([*typed, "__version__"])
    assert (SOURCE.parent / "py.typed").is_file(), "type checkers look for it"


def test_an_unknown_name_is_told_as_python_does():
    with pytest.raises(AttributeError, match="no attribute 'registrate'"):
        RayEmbRegistrationLib.registrate  # noqa: B018 - the access is what is tested


@pytest.fixture(scope="module")
def knee():
    return make_knee_phantom(0, 3.0)


def test_simulate_draws_the_same_xray_for_the_same_seed(knee):
    pose = c_arm_pose(bone_center(knee), np.array([170.0, 5.0, 0.0]), np.array([0.0, 0.0, 700.0]))
    views = [simulate(knee, pose, default_camera(96), seed=seed) for seed in (3, 3, 4)]
    assert views[0].pixels.shape == (96, 96)
    assert np.array_equal(views[0].pixels, views[1].pixels)
    assert not np.array_equal(views[0].pixels, views[2].pixels)
    assert views[0].bone_is_bright is None, "to be found out, as for an X-ray that does not say"


def test_evaluate_measures_each_pose_and_wants_as_many_truths(knee):
    from types import SimpleNamespace

    from RayEmbRegistrationLib import RigidTransform

    truth = c_arm_pose(bone_center(knee), np.array([180.0, 0.0, 0.0]), np.array([0.0, 0.0, 700.0]))
    found = RigidTransform(truth.rotation, truth.translation + np.array([3.0, 0.0, 4.0]))
    result = SimpleNamespace(views=[SimpleNamespace(camera_from_ras=found, camera=default_camera(32))])
    points = bone_center(knee) + np.random.default_rng(0).normal(0, 20, (50, 3))
    (errors,) = evaluate(result, [truth], points)
    assert (errors.mtre_mm, errors.in_plane_mm, errors.depth_mm) == pytest.approx((5.0, 3.0, 4.0))
    with pytest.raises(InputProblem, match="1 poses, but 2 true poses"):
        evaluate(result, [truth, truth], points)
