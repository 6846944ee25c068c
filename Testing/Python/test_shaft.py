"""A CT that holds a long bone's shaft alone is registered, and never trusted: an X-ray hardly shows where along it."""

import numpy as np
import pytest
from RayEmbRegistrationLib.drr.attenuation import attenuation_from_hu
from RayEmbRegistrationLib.geometry import CTVolume
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare
from RayEmbRegistrationLib.registration import RegistrationSettings, register
from RayEmbRegistrationLib.xray.view import XrayView
from registration_cases import CAMERA, errors, knee, knee_pose, line_integrals, moved

pytestmark = pytest.mark.usefixtures("one_thread")
SHAPE, SPACING_MM = (80, 60, 60), 2.0


def thigh(end=False):
    """A femur's shaft, 28 mm wide, bowed by 5 mm, in a thigh; with the flare of its lower end if asked."""
    k, j, i = np.meshgrid(*(np.arange(n) * SPACING_MM - (n - 1) * SPACING_MM / 2 for n in SHAPE), indexing="ij")
    from_axis = np.hypot(i - 5 * (k / 80) ** 2, j)
    width = 14 + (np.maximum(-k - 30, 0) * 0.4 if end else 0.0)
    hu = np.where(np.hypot(i, j) < 55, 50.0, -1000.0)
    hu[from_axis < width] = 1350
    hu[from_axis < width - 7] = -60
    corner = (np.array(SHAPE[::-1]) - 1) * SPACING_MM / 2
    return CTVolume(
        hu.astype(np.int16), np.array([[2.0, 0, 0, -corner[0]], [0, 2, 0, -corner[1]], [0, 0, 2, -corner[2]], [0, 0, 0, 1]])
    )


def prepared_of(ct):
    return prepare(ct, PrepareSettings(library=False))


def test_a_shaft_without_its_ends_is_told_from_other_bones():
    assert prepared_of(thigh()).is_shaft
    assert not prepared_of(thigh(end=True)).is_shaft
    assert not prepared_of(knee()).is_shaft


def test_a_shaft_is_registered_and_not_trusted_and_why_is_said():
    ct = thigh()
    prepared = prepared_of(ct)
    image = line_integrals(attenuation_from_hu(ct.hu.astype(np.float32)), ct.ras_from_ijk, CAMERA, knee_pose())
    start = moved(knee_pose(), prepared.center_ras, (1, 1, 0), (1, -1, 2))
    view = XrayView.of_camera(image.astype(np.float32), CAMERA, bone_is_bright=True, start=start)
    result = register(prepared, [view], RegistrationSettings(refine_only=True))
    assert errors(result.camera_from_ras, knee_pose(), prepared).in_plane_mm < 2
    assert not result.quality.overlay.trusted
    assert not result.quality.position.trusted
    assert "shaft without its ends" in result.quality.overlay.reason
