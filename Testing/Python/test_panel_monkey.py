"""Random clicks and edits, deletions and scene closes: no error, no lost result, no verdict beside another pose."""

import os

import pytest
from long_form import short_or_long

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window")

ACTIONS = short_or_long(40, 300)
SEEDS = [int(one) for one in os.environ.get("PANEL_MONKEY_SEEDS", "1").split(",")]
"""More of them where they are asked for."""
DESTROYING = ("delete", "delete_own", "delete_display", "close", "save_and_load")


def said_is_true(panel) -> bool:
    """Whether what the bar says is of the pose, image, geometry and CT as they stand."""
    from RayEmbRegistrationScene import sceneView

    handle = panel.handle()
    text = panel.ui.trustLabel.text
    if handle is None or not text.startswith(("Trusted", "Not trusted")):
        return True
    return sceneView.verdictOf(handle) is not None


@pytest.mark.parametrize("seed", SEEDS)
def test_random_clicks_edits_deletions_and_closed_scenes_break_nothing(panel, host, tmp_path, seed):
    from panel_monkey import PanelMonkey
    from RayEmbRegistrationScene import sceneView

    monkey = PanelMonkey(panel, host, tmp_path, seed)
    registered = 0
    for _ in range(ACTIONS):
        before = {handle.GetID() for handle in sceneView.registrations()}
        monkey.act()
        story = "\n".join(monkey.done[-12:])
        assert host.problems() == [], story
        assert said_is_true(panel), story
        if monkey.done[-1].split()[0] not in DESTROYING:
            assert before <= {handle.GetID() for handle in sceneView.registrations()}, f"a result was lost\n{story}"
        registered += panel.ui.trustLabel.text.startswith(("Trusted", "Not trusted"))
    assert registered > ACTIONS // 30, "it never came to a result"
    monkey.wait()
