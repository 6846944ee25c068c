"""What a pose is worth for either use, drawn on the X-ray or as places in space, in words of the panel and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene.nodes import Handle
from slicer.i18n import tr as _

from .sentences import spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.quality.quality import Quality, Verdict


TEXTS_KEY = "PanelTexts"
PURPOSES = ("overlay", "position")
SIGNS = {"trusted": ("#2e9e4f", "✔"), "not trusted": ("#d9730d", "✘"), "not assessed": ("#808080", "?")}
"""Colour and sign of a verdict: either alone tells it, to those who do not tell the colours, in light and dark."""
KEYS = ("asked", *(f"{purpose}.{what}" for purpose in PURPOSES for what in ("sign", "numbers", "why")))


def demandOf(quality: Quality) -> dict[str, Any]:
    """What the verdicts were said for, as ``sceneView.keepVerdict`` has it."""
    evidence = quality.evidence
    automatic = quality.purpose if evidence is None else PURPOSES[evidence.views > 1]
    allowed = {"overlayMm": quality.overlay.tolerance_mm, "positionMm": quality.position.tolerance_mm}
    return {"purpose": quality.purpose, "automatic": automatic, **allowed}


def textsOf(quality: Quality) -> dict[str, str]:
    """What the panel says of both verdicts, and of the one that was asked for."""
    texts = {"asked": quality.purpose, "trusted": "yes" if quality.trusted else ""}
    word = _("Trusted") if quality.trusted else _("Not trusted")
    texts["trustLabel"] = f"{word}: {spoken(quality.reason)}."
    for purpose, verdict in _both(quality).items():
        texts[f"{purpose}.sign"] = "trusted" if verdict.trusted else "not trusted"
        said = _("{mm} mm (95 %: {bound} mm)") if verdict.says_bound else _("{mm} mm")
        texts[f"{purpose}.numbers"] = said.format(mm=tenths(verdict.expected_mm), bound=tenths(verdict.bound_mm))
        texts[f"{purpose}.why"] = spoken(verdict.reason)
    return texts


def unassessed(why: str) -> dict[str, str]:
    """What the panel says of both where neither holds any more."""
    texts = dict.fromkeys(KEYS, "")
    for purpose in PURPOSES:
        texts |= {f"{purpose}.sign": "not assessed", f"{purpose}.why": spoken(why)}
    return texts


def words(sign: str) -> str:
    """A verdict in the user's language."""
    return {"trusted": _("trusted"), "not trusted": _("not trusted"), "not assessed": _("not assessed")}[sign]


def status(quality: Quality, similarity: float) -> str:
    """Of one X-ray, for the table of X-rays."""
    return f"{_('trusted') if quality.trusted else _('not trusted')}, {similarity:.2f}"


def numbersOf(quality: Quality) -> list[tuple[str, object, str]]:
    """(quantity, value, unit) rows of the table of results: the verdict asked for, then each."""
    asked = names()[quality.purpose]
    rows: list[tuple[str, object, str]] = [
        (_("trusted"), _("yes") if quality.trusted else _("no"), ""),
        (_("why"), spoken(quality.reason), ""),
        (_("trusted for"), asked, ""),
    ]
    for purpose, verdict in _both(quality).items():
        name, bound = names()[purpose], round(float(verdict.bound_mm), 3)
        rows += [
            (_("{name}: trusted").format(name=name), _("yes") if verdict.trusted else _("no"), ""),
            (_("{name}: why").format(name=name), spoken(verdict.reason), ""),
            (_("{name}: expected error").format(name=name), round(float(verdict.expected_mm), 3), "mm"),
            *([(_("{name}: in 95 of 100 cases under").format(name=name), bound, "mm")] if verdict.says_bound else []),
            (_("{name}: error allowed").format(name=name), round(float(verdict.tolerance_mm), 3), "mm"),
        ]
    return rows


def shown(value: object) -> str:
    """A value as the table has it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def unassessedNumbers(why: str) -> list[tuple[str, str, str]]:
    """The rows of the table where no verdict holds."""
    each = [(_("{name}: trusted").format(name=name), _("not assessed"), "") for name in names().values()]
    return [(_("trusted"), _("not assessed"), ""), (_("why"), why, ""), *each]


def names() -> dict[str, str]:
    """The uses in the user's language."""
    return {"overlay": _("overlay"), "position": _("position")}


def tenths(value: float) -> str:
    """To one decimal; what is less than that is said to be less, not none."""
    return _("below 0.1") if value < 0.1 else f"{value:.1f}"


def _both(quality: Quality) -> dict[str, Verdict]:
    return {"overlay": quality.overlay, "position": quality.position}


def show(ui: Any, handle: Handle | None) -> None:
    """Both verdicts in the panel; that which was asked for stands out, and each says why when pointed at."""
    asked = _text(handle, "asked")
    for purpose in PURPOSES:
        name, label = getattr(ui, f"{purpose}PurposeLabel"), getattr(ui, f"{purpose}VerdictLabel")
        sign, numbers, why = (_text(handle, f"{purpose}.{what}") for what in ("sign", "numbers", "why"))
        name.visible = label.visible = sign in SIGNS
        if sign not in SIGNS:
            label.text = ""
            continue
        said = words(sign) + (f", {numbers}" if numbers else "")
        label.text = f"{signText(sign)} {_strong(said, purpose == asked)}"
        name.text = _strong({"overlay": _("Overlay:"), "position": _("Position:")}[purpose], purpose == asked)
        label.toolTip = name.toolTip = why[:1].upper() + why[1:] + "."


def signText(sign: str, size: str = "medium") -> str:
    """Rich text of a sign."""
    colour, mark = SIGNS[sign]
    return f'<span style="color:{colour}; font-size:{size}">{mark}</span>'


def _strong(text: str, isStrong: bool) -> str:
    return f"<b>{text}</b>" if isStrong else text


def _text(handle: Handle | None, key: str) -> str:
    return "" if handle is None else handle.GetParameter(f"{TEXTS_KEY}.{key}")
