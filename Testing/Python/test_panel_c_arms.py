"""Named C-arms in the panel: kept once, chosen for the next X-ray, shared as a file."""

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_cases import add_xray  # noqa: E402
from registration_cases import CAMERA  # noqa: E402

pytest_plugins = ["panel_fixtures"]


@pytest.fixture
def arms(panel):
    from RayEmbRegistrationPanel.cArms import SETTING

    slicer.app.userSettings().remove(SETTING)
    yield panel.cArms
    slicer.app.userSettings().remove(SETTING)


def choices(arms) -> dict:
    arms.update()
    return {action.text: action for action in arms._menu.actions() if action.text}


def test_a_geometry_is_kept_and_given_to_the_next_xray(arms, panel, host, tmp_path):
    panel.xrays.add(add_xray("Known"))
    host.process_events()
    assert not choices(arms)["Write to a file..."].enabled
    arms.keep("OR 1 & 2")
    panel.xrays.add(add_xray("Bare", hasGeometry=False))
    host.process_events()
    assert not choices(arms)["Keep this geometry as..."].enabled, "there is nothing to keep"
    choices(arms)["OR 1 && 2"].trigger()
    host.process_events()
    found = panel.xrays.geometry(1)
    assert abs(found.camera(CAMERA.image_size).K - CAMERA.K).max() < 1e-6
    assert panel.ui.sourceToDetectorOriginLabel.toolTip == "typed in: the C-arm OR 1 & 2"
    host.wait_until(lambda: panel.ui.undoButton.enabled, 60, "the step of undo")
    panel.ui.undoButton.click()
    assert panel.xrays.geometry(1).missing, "it can be undone as what is typed"

    path = tmp_path / "c-arms.json"
    arms.write(str(path))
    arms.remove("OR 1 & 2")
    assert arms.known == []
    arms.read(str(path))
    assert [one.name for one in arms.known] == ["OR 1 & 2"]
    path.write_text("{}", encoding="utf-8")
    arms.read(str(path))
    assert "holds no C-arms" in panel.ui.geometryNotesLabel.text
    assert len(arms.known) == 1
