"""Views for tests of the scene layer, on slicer-core alone; every test fails on an error that VTK or MRML reported."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("vtk", reason="vtk is not installed")

XRAY_SIZE = 640, 528
THREE_D_SIZE = 640, 528


@pytest.fixture(scope="session")
def open_views():
    from host.views import SliceView, ThreeDView

    views = (SliceView("RayEmbXRay1", XRAY_SIZE), SliceView("RayEmbXRay2", XRAY_SIZE), ThreeDView(THREE_D_SIZE, "RayEmb3D"))
    yield views
    for view in views:
        view.close()


@pytest.fixture
def views(open_views, monkeypatch):
    """(X-ray 1, X-ray 2, 3D) on an empty scene, without a panel that draws."""
    from host.scene import clear_scene
    from RayEmbRegistrationScene import overlayDrawing

    monkeypatch.setattr(overlayDrawing, "_others", [])  # the panel of another file's tests may be open still
    clear_scene()
    messages = open_views[0].host.messages
    messages.clear()
    for view, size in zip(open_views, (XRAY_SIZE, XRAY_SIZE, THREE_D_SIZE), strict=True):
        view.resize(*size)
    yield open_views
    assert messages.errors == []


def center_of(picture: np.ndarray, color, tolerance: int = 60) -> np.ndarray:
    """(x, y) centre of the pixels of a colour (0 to 1) in a picture, and that there are any."""
    near = (np.abs(picture.astype(int) - np.round(255 * np.array(color))) <= tolerance).all(axis=2)
    assert near.any(), "the colour is not in the picture"
    rows, columns = np.nonzero(near)
    return np.array([columns.mean(), rows.mean()])
