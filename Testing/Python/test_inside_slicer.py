"""Self-test that Slicer runs on the installed extension; it needs no data, and runs with pytest as well."""

import importlib
import sys
import unittest

import numpy as np


class InsideSlicerTest(unittest.TestCase):
    """The files that the extension installs are complete and load with what Slicer brings."""

    def test_light_rooms_load_without_pytorch(self):
        loaded_before = "torch" in sys.modules
        for name in (
            "geometry",
            "geometry.c_arm",
            "geometry.frames",
            "geometry.vtk_camera",
            "volumes.reading",
            "xray.reading",
        ):
            importlib.import_module(f"RayEmbRegistrationLib.{name}")
        assert ("torch" in sys.modules) == loaded_before

    def test_a_point_projects_where_the_pinhole_says(self):
        from RayEmbRegistrationLib.geometry import RigidTransform

        quarter_turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        camera_from_ras = RigidTransform(quarter_turn, np.array([0.0, 0.0, 800.0]))
        np.testing.assert_allclose(camera_from_ras.apply(np.array([[10.0, 20.0, 30.0]])), [[-20.0, 10.0, 830.0]], atol=1e-9)

    def test_the_modules_own_self_test(self):
        try:
            import slicer

            slicer.modules.rayembregistration  # noqa: B018 - whether Slicer has loaded the module
        except (ImportError, AttributeError):
            self.skipTest("this is not Slicer with the module loaded")
        from RayEmbRegistration import RayEmbRegistrationTest

        RayEmbRegistrationTest().runTest()


if __name__ == "__main__":
    unittest.main()
