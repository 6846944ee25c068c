"""The module's self test: by *Reload and Test* in Slicer, by ctest, and in this repository's own tests."""

from __future__ import annotations

import logging

import numpy as np
import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_from_text, geometry_to_text
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationScene import install, sceneView
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

from .geometryWords import stateOf, withTyped
from .logic import RayEmbRegistrationLogic
from .sampleData import makeSampleData


class RayEmbRegistrationTest(ScriptedLoadableModuleTest):
    """Registers the sample: by *Reload and Test* in Slicer, by ctest, and in this repository's own tests."""

    def setUp(self) -> None:
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """All of it."""
        self.setUp()
        self.test_geometry_is_kept_as_text()
        self.setUp()
        self.test_sample_is_registered()

    def test_geometry_is_kept_as_text(self) -> None:
        """What the panel saves of an X-ray comes back as it was."""
        geometry = withTyped(XrayGeometry(), sourceToDetectorMm=1000.0, pixelSpacingMm=(0.5, 0.5), turns=1, isMirrored=True)
        again = geometry_from_text(geometry_to_text(geometry))
        np.testing.assert_allclose(again.camera((300, 200)).K, geometry.camera((300, 200)).K)
        self.assertEqual(stateOf(again), "typed in")

    def test_sample_is_registered(self) -> None:
        """The pose of the drawn pelvis is found to a millimetre, and shown."""
        logic = RayEmbRegistrationLogic()
        try:
            logic.ensureInstalled()
        except install.InstallError as lack:
            self.delayDisplay(_("{reason} The registration itself was not tested.").format(reason=lack))
            return
        ctNode, xrayNode = makeSampleData(binning=2, voxelMm=2.5)
        truth = np.array([float(x) for x in xrayNode.GetAttribute("RayEmbRegistration.TruePose").split()]).reshape(4, 4)
        logic.device = "cpu"
        xray = logic.xray(xrayNode)
        outcome = logic.register(ctNode, [xray])
        self.assertTrue(outcome.registered.quality.trusted, outcome.registered.quality.reason)
        points = np.c_[outcome.prepared.bone_points_ras, np.ones(len(outcome.prepared.bone_points_ras))]
        error = np.linalg.norm((points @ (outcome.registered.camera_from_ras.matrix - truth).T)[:, :3], axis=1).mean()
        logging.info("RayEmbRegistrationTest: mean error over the bone %.2f mm", error)
        self.assertLess(error, 1.5)
        handle = logic.showResult(ctNode, [xray], outcome)
        shown = sceneView.poseOf(handle, 0)
        if shown is None:
            raise AssertionError("no pose is shown")
        np.testing.assert_allclose(shown.matrix, outcome.registered.camera_from_ras.matrix, atol=1e-6)
        self.delayDisplay(_("The sample was registered."))
