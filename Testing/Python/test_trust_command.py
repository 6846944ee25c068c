"""What a pose is for: the verdict that decides the exit status, the errors allowed, and that both verdicts are said."""

import json

import command_line_cases
import pytest
from command_line_cases import ONE, FakeRegistration, call
from quality_made import made_quality
from RayEmbRegistrationLib.command_line.console import BAD_INPUT, NOT_TRUSTED, SUCCEEDED
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.command_line.trust import chance
from RayEmbRegistrationLib.pictures import registration
from RayEmbRegistrationLib.result import worst_of

files = command_line_cases.files


@pytest.mark.parametrize(
    ("trusted", "asked", "status"),
    [
        ((True, False), (), SUCCEEDED),
        ((False, True), (), NOT_TRUSTED),
        ((False, False), (), NOT_TRUSTED),
        ((True, False), ("--trust", "overlay"), SUCCEEDED),
        ((False, True), ("--trust", "overlay"), NOT_TRUSTED),
        ((True, False), ("--trust", "position"), NOT_TRUSTED),
        ((False, True), ("--trust", "position"), SUCCEEDED),
    ],
)
def test_the_status_is_the_verdict_on_the_purpose_asked(files, capsys, trusted, asked, status):
    fake = FakeRegistration(trusted=trusted)
    assert call(files, fake, *ONE, *asked) == status
    assert fake.settings.trust == (asked[1] if asked else None)
    quality = json.loads((files / "result.json").read_text())["quality"]
    purpose = asked[1] if asked else "overlay"
    assert (quality["purpose"], quality["trusted"]) == (purpose, status == SUCCEEDED)
    assert tuple(quality["verdicts"][name]["trusted"] for name in ("overlay", "position")) == trusted
    said = capsys.readouterr().out
    assert said.startswith(f"{'trusted' if status == SUCCEEDED else 'NOT TRUSTED'} ({purpose}, asked for): ")
    assert main(["show", str(files / "result.json")]) == SUCCEEDED
    assert said.splitlines()[:4] == capsys.readouterr().out.splitlines()[2:6]  # a file tells what its registration told


def test_the_errors_allowed_are_what_the_user_says(files):
    fake = FakeRegistration()
    assert call(files, fake, *ONE) == SUCCEEDED
    assert (fake.settings.overlay_tolerance_mm, fake.settings.position_tolerance_mm) == (2.0, 5.0)
    assert call(files, fake, *ONE, "--overlay-mm", "0.75", "--position-mm", "3") == SUCCEEDED
    assert (fake.settings.overlay_tolerance_mm, fake.settings.position_tolerance_mm) == (0.75, 3.0)
    verdicts = json.loads((files / "result.json").read_text())["quality"]["verdicts"]
    assert (verdicts["overlay"]["tolerance_mm"], verdicts["position"]["tolerance_mm"]) == (0.75, 3.0)


@pytest.mark.parametrize("verb", ["register", "evaluate", "compare"])
@pytest.mark.parametrize("option", ["--overlay-mm", "--position-mm"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "wide"])
def test_an_error_allowed_is_above_zero(verb, option, value, capsys):
    needed = {"register": ("--xray", "a", "--output", "b"), "evaluate": ("c",), "compare": ("--output", "d")}[verb]
    with pytest.raises(SystemExit) as left:
        main([verb, *needed, option, value])
    assert left.value.code == BAD_INPUT
    assert f"{option}: it must be a number of mm above 0, not {value}" in capsys.readouterr().err


@pytest.mark.parametrize("trusted", [(True, False), (False, True)])
def test_the_caption_of_a_picture_says_both_verdicts(files, monkeypatch, trusted):
    captions, save = [], registration.save_pictures
    monkeypatch.setattr(registration, "save_pictures", lambda *given: captions.append(given[-1]) or save(*given))
    call(files, FakeRegistration(trusted=trusted), *ONE, "--pictures", "pictures")
    words = [
        f"{purpose} {'' if one else 'NOT '}trusted" for purpose, one in zip(("overlay", "position"), trusted, strict=True)
    ]
    assert captions == [f"similarity 0.800, {', '.join(words)}"]


def test_nothing_is_said_to_be_certain():
    said = [chance(value) for value in (0.0, 0.004, 0.01, 0.5, 0.99, 0.996, 1.0)]
    assert said == ["under 1 %", "under 1 %", "1 %", "50 %", "99 %", "over 99 %", "over 99 %"]


def test_views_with_poses_of_their_own_are_worth_what_the_worst_of_them_is():
    good, drawn = made_quality((True, True), similarity=0.5), made_quality((False, True), similarity=0.9)
    placed = made_quality((True, False), similarity=0.8)
    worst = worst_of([good, drawn, placed])
    assert (worst.overlay, worst.position) == (drawn.overlay, placed.position)
    assert worst.similarity == 0.9  # of the one that is worst for the purpose asked
    assert worst_of([good, placed]).trusted
    assert not worst_of([good, drawn]).trusted
    assert worst_of([good]).position == good.position
