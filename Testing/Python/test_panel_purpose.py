"""Both verdicts in the panel, what a pose is to be good for, and judging anew for another use without registering anew."""

import dataclasses
import json

import pytest

slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6", reason="PySide6 is not installed")

from panel_fixtures import choose, finish, pose, refined  # noqa: E402
from quality_made import made_quality  # noqa: E402
from test_panel_verdict import ct_moved, distance_typed, drag, handles, other_frame, table_of_results  # noqa: E402

pytest_plugins = ["panel_fixtures"]
pytestmark = pytest.mark.usefixtures("small_window", "prepared_once")
SIGNS = {"trusted": "✔", "not trusted": "✘", "not assessed": "?"}


@pytest.fixture
def assessed(knees, panel, host):
    """A registration that has just been assessed."""
    refined(panel, host)
    return panel


def bar(panel) -> dict:
    """What the bar says of either use: rich text."""
    return {"overlay": panel.ui.overlayVerdictLabel.text, "position": panel.ui.positionVerdictLabel.text}


def quality_of(panel):
    return panel.result.assessed().registered.quality


def assert_shown(panel):
    """Bar, table and sentence say what the outcome's quality is."""
    quality, table = quality_of(panel), table_of_results(panel)
    for purpose, verdict in (("overlay", quality.overlay), ("position", quality.position)):
        said = bar(panel)[purpose]
        word = "trusted" if verdict.trusted else "not trusted"
        assert SIGNS[word] in said
        assert f"{word}, " in said
        assert f"{verdict.expected_mm:.1f} mm (95 %: {verdict.bound_mm:.1f} mm)" in said.replace("below 0.1", "0.1")
        assert ("<b>" in said) == (quality.purpose == purpose)
        label = getattr(panel.ui, f"{purpose}VerdictLabel")
        assert label.visible
        assert label.toolTip[1:] == f"{verdict.reason}."[1:]
        assert table[f"{purpose}: trusted"] == ("yes" if verdict.trusted else "no")
        assert table[f"{purpose}: why"] == verdict.reason
    assert panel.ui.trustLabel.text == f"{'Trusted' if quality.trusted else 'Not trusted'}: {quality.reason}."
    assert table["trusted"] == ("yes" if quality.trusted else "no")
    assert table["trusted for"] == quality.purpose
    status = panel.ui.xrayTable.item(0, 3).text()
    assert status == f"{'trusted' if quality.trusted else 'not trusted'}, {quality.similarity:.2f}"


def test_nothing_is_said_before_there_is_a_verdict(knees, panel, host):
    assert bar(panel) == {"overlay": "", "position": ""}
    assert not panel.ui.overlayVerdictLabel.visible


def test_both_verdicts_are_in_the_bar(assessed, panel, host):
    assert_shown(panel)
    assert quality_of(panel).purpose == "overlay", "of one view"


def test_no_bound_is_said_that_is_less_than_the_error_to_expect(assessed, panel, host):
    """The median counts in that this may be another pose, the bound does not."""
    outcome = panel.result.assessed()
    quality = made_quality((False, False))
    overlay = dataclasses.replace(quality.overlay, expected_mm=9.2, bound_mm=7.7)
    result = dataclasses.replace(outcome.registered, quality=dataclasses.replace(quality, overlay=overlay))
    changed = dataclasses.replace(outcome, result=result)
    panel.logic.showVerdict(panel.handle(), changed)
    panel.result.showAssessed(changed)
    panel.onParametersModified()
    assert "not trusted, 9.2 mm<" in bar(panel)["overlay"]
    assert "overlay: in 95 of 100 cases under" not in table_of_results(panel)
    assert "position: in 95 of 100 cases under" in table_of_results(panel)


def test_the_two_may_differ(assessed, panel, host):
    outcome = panel.result.assessed()
    quality = made_quality((True, False))
    result = dataclasses.replace(outcome.registered, quality=quality)
    changed = dataclasses.replace(outcome, result=result)
    panel.logic.showVerdict(panel.handle(), changed)
    panel.result.showAssessed(changed)
    panel.onParametersModified()
    assert "✔" in bar(panel)["overlay"]
    assert "<b>trusted, 0.4 mm (95 %: " in bar(panel)["overlay"]
    assert "✘" in bar(panel)["position"]
    assert "not trusted, 1.7 mm (95 %: " in bar(panel)["position"]
    assert panel.ui.positionVerdictLabel.toolTip == "As asked, in space."
    assert "✔" in panel.ui.verdictSignLabel.text
    assert panel.ui.trustLabel.text == "Trusted: as asked."


def test_the_panel_starts_with_the_librarys_choices(panel):
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings

    asked, own = panel.advanced.settings(), RegistrationSettings()
    names = ("trust", "overlay_tolerance_mm", "position_tolerance_mm")
    assert [getattr(asked, name) for name in names] == [getattr(own, name) for name in names]


def test_register_and_assess_are_told_what_the_pose_is_for(knees, panel, host, monkeypatch):
    seen = []
    register, again = panel.logic.carryOut, panel.logic.assessAgain
    monkeypatch.setattr(
        panel.logic, "carryOut", lambda asked, *more: (seen.append(asked.settings), register(asked, *more))[1]
    )
    monkeypatch.setattr(
        panel.logic,
        "assessAgain",
        lambda before, views, settings, *more: (seen.append(settings), again(before, views, settings, *more))[1],
    )
    choose(panel.ui.trustForComboBox, "Position in space")
    panel.ui.overlayToleranceSpinBox.setValue(1.5)
    panel.ui.positionToleranceSpinBox.setValue(7.0)
    panel.ui.refineButton.click()
    assert not panel.ui.trustForComboBox.enabled
    finish(host, panel)
    assert panel.ui.trustForComboBox.enabled
    assert_shown(panel)
    assert quality_of(panel).purpose == "position"
    handles(panel, host)
    host.process_events(0.5)
    panel.ui.assessButton.click()
    finish(host, panel)
    assert_shown(panel)
    asked = [(one.trust, one.overlay_tolerance_mm, one.position_tolerance_mm) for one in seen]
    assert asked == [("position", 1.5, 7.0)] * 2


def test_another_use_is_judged_at_once(assessed, panel, host, tmp_path):
    before, first = pose(panel).matrix.tolist(), panel.ui.trustLabel.text
    panel.ui.overlayToleranceSpinBox.setValue(0.1)
    host.process_events(0.1)
    assert panel.jobs.name is None
    assert quality_of(panel).overlay.tolerance_mm == 0.1
    assert not quality_of(panel).overlay.trusted, "so near is no overlay"
    assert_shown(panel)
    assert "✘" in panel.ui.verdictSignLabel.text
    choose(panel.ui.trustForComboBox, "Position in space")
    panel.ui.positionToleranceSpinBox.setValue(100.0)
    host.process_events(0.1)
    assert quality_of(panel).purpose == "position"
    assert quality_of(panel).position.tolerance_mm == 100.0
    assert_shown(panel)
    panel.result.export(str(tmp_path / "export"))
    finish(host, panel)
    content = json.loads((tmp_path / "export" / "result.json").read_text())
    assert content["quality"]["purpose"] == "position"
    assert content["quality"]["trusted"] == quality_of(panel).trusted
    choose(panel.ui.trustForComboBox, "Automatic")
    panel.ui.overlayToleranceSpinBox.setValue(2.0)
    host.process_events(0.1)
    assert panel.ui.trustLabel.text == first
    assert_shown(panel)
    assert pose(panel).matrix.tolist() == before


def test_undo_brings_back_a_verdict_for_the_use_chosen_now(assessed, panel, host):
    drag(panel, host)
    panel.ui.assessButton.click()
    finish(host, panel)
    choose(panel.ui.trustForComboBox, "Position in space")
    panel.ui.positionToleranceSpinBox.setValue(9.0)
    panel.ui.undoButton.click()
    host.process_events(0.1)
    assert quality_of(panel).purpose == "position"
    assert quality_of(panel).position.tolerance_mm == 9.0
    assert_shown(panel)


def test_without_its_evidence_a_verdict_for_another_use_is_void(assessed, panel, host, tmp_path):
    said = panel.ui.trustLabel.text, bar(panel)
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert (panel.ui.trustLabel.text, bar(panel)) == said
    panel.ui.overlayToleranceSpinBox.setValue(3.0)
    host.process_events(0.1)
    assert panel.ui.trustLabel.text == "Use or error allowed changed, not assessed."
    assert all("not assessed" in text and "?" in text for text in bar(panel).values())
    assert panel.ui.assessButton.enabled
    panel.ui.overlayToleranceSpinBox.setValue(2.0)
    host.process_events(0.1)
    assert (panel.ui.trustLabel.text, bar(panel)) == said


def test_the_choices_are_saved_with_the_scene(panel, host, tmp_path):
    choose(panel.ui.trustForComboBox, "Overlay on the X-ray")
    panel.ui.positionToleranceSpinBox.setValue(4.5)
    host.process_events()
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(False)
    host.process_events()
    assert panel.ui.positionToleranceSpinBox.value == 5.0
    slicer.util.loadScene(path)
    host.process_events(0.2)
    assert panel.ui.trustForComboBox.currentText == "Overlay on the X-ray"
    assert panel.ui.positionToleranceSpinBox.value == 4.5


VOIDED = {drag: "moved by hand", handles: "moved by hand", distance_typed: "geometry edited", other_frame: "another image"}
VOIDED |= {ct_moved: "CT moved or changed"}


@pytest.mark.parametrize("change", VOIDED, ids=lambda change: change.__name__)
def test_no_change_leaves_either_verdict_standing(assessed, panel, host, change):
    assert_shown(panel)
    change(panel, host)
    host.process_events(0.1)
    for purpose in ("overlay", "position"):
        label = getattr(panel.ui, f"{purpose}VerdictLabel")
        assert "?" in label.text
        assert label.text.endswith("not assessed")
        assert "mm" not in label.text
        assert label.toolTip.lower() == f"{VOIDED[change]}, not assessed.".lower()
        assert table_of_results(panel)[f"{purpose}: trusted"] == "not assessed"
        assert f"{purpose}: expected error" not in table_of_results(panel)
    panel.ui.overlayToleranceSpinBox.setValue(50.0)
    host.process_events(0.1)
    assert all(text.endswith("not assessed") for text in bar(panel).values()), "judged anew, but of another pose"
