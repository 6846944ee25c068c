"""The library's sentences in the application's language, at the panel's border.

The library imports nothing of Slicer: what it refuses, judges and reports are plain English sentences, in files, too. Their
templates are listed in Resources/Translations/sentences.json, read out of its source by
Testing/make_translations.py. Here the template that a sentence was made of is found, and its translation is filled with the
same values. A sentence that is of no template stays as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache

import slicer
from RayEmbRegistrationScene import inputs
from slicer.i18n import translate

from .language import FOLDER, isEnglish

CONTEXT = "RayEmbRegistrationLib"
AROUND = " .,;:"
"""What may stand around a sentence where several are joined; it stays."""
JOINTS = ("; ", ". ", ": ", ", or ", ", ", " and ")
"""Where sentences that the library joined are taken apart, the strongest first."""
DEEPEST = 4  # chosen: a value that is a sentence with values that are sentences, and one more
FEWEST_LETTERS = 8  # chosen: "{name} in {where}" would be found in any sentence

PROSE = re.compile(r"[a-z]{2,} [a-z]{2,}")
"""A value that holds this and is of no template may be a part of the sentence: another template is tried before."""


@dataclass(frozen=True)
class Template:
    """How a sentence is found again.

    Attributes:
        source: as the translation's file has it.
        pattern: of the whole sentence, its values as groups.
        anchor: a part that the sentence must hold, which is quicker to look for.
        letters: how many letters of it are no values: the more, the surer is a match.
    """

    source: str
    pattern: re.Pattern
    anchor: str
    letters: int


def spoken(text: str) -> str:
    """A sentence of the library, or several that were joined, in the application's language."""
    if not text or isEnglish():
        return text
    return _spoken(text, str(slicer.app.applicationLocaleName))


def asSentence(text: str) -> str:
    """The same with a capital and a full stop."""
    return inputs.asSentence(spoken(text))


def asStage(stage: str) -> str:
    """What is being done, with a capital and an ellipsis."""
    return asSentence(stage).removesuffix(".") + "..."


@cache
def templates() -> tuple[Template, ...]:
    """All of them, those first that leave least open."""
    sources = json.loads((FOLDER / "sentences.json").read_text(encoding="utf-8"))
    made = (_template(source) for source in sources)
    return tuple(sorted((one for one in made if one.letters >= FEWEST_LETTERS), key=lambda one: -one.letters))


@cache
def _words() -> dict[str, str]:
    """Sentences without values, by themselves with a small letter first."""
    sources = json.loads((FOLDER / "sentences.json").read_text(encoding="utf-8"))
    return {_small(source): source for source in sources if "{" not in source}


def _template(source: str) -> Template:
    parts = re.split(r"\{(\w+)\}", source)
    literal = [part.replace("{{", "{").replace("}}", "}") for part in parts[::2]]
    escaped = [re.escape(part) for part in literal]
    if literal[0]:
        escaped[0] = f"(?i:{re.escape(literal[0][0])}){re.escape(literal[0][1:])}"
    fields = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    pattern = "".join(text for pair in zip(escaped, [*fields, ""], strict=True) for text in pair)
    anchors = [literal[0][1:], *literal[1:]]
    letters = sum(character.isalpha() for part in literal for character in part)
    return Template(source, re.compile(pattern, re.DOTALL), max(anchors, key=len), letters)


@cache
def _spoken(text: str, _language: str) -> str:
    return _found(text, 0) or text


def _found(text: str, depth: int) -> str | None:
    """The translation of all of a text; None where a part of it is of no template."""
    core = text.strip(AROUND)
    if not core or depth > DEEPEST:
        return None
    translation = _whole(core, depth) or _joined(core, depth)
    if translation is None:
        return None
    begin = text.index(core)
    if core[0].isupper():
        translation = translation[:1].upper() + translation[1:]
    return text[:begin] + translation + text[begin + len(core) :]


def _whole(core: str, depth: int) -> str | None:
    """Of a text that one template made."""
    word = _words().get(_small(core))
    if word is not None:
        return translate(CONTEXT, word)
    filled: str | None = None
    for template in templates():
        match = template.pattern.fullmatch(core) if template.anchor in core else None
        if match is None:
            continue
        values = {name: _found(value, depth + 1) for name, value in match.groupdict().items()}
        said = {name: translation or match[name] for name, translation in values.items()}
        translated = translate(CONTEXT, template.source).format(**said)
        if all(values[name] is not None or not PROSE.search(match[name]) for name in values):
            return translated
        filled = filled or translated
    return filled


def _joined(core: str, depth: int) -> str | None:
    """Of several sentences; what is of no template among them stays English, unless all of it is."""
    for joint in JOINTS:
        for place in [found.start() for found in re.finditer(re.escape(joint), core)][::-1]:  # the longest beginning first
            first, rest = core[:place], core[place + len(joint) :]
            translation = _whole(first.strip(AROUND), depth + 1) if first.strip(AROUND) else None
            if translation is not None:
                return translation + _joint(joint) + (_found(rest, depth) or rest)
    return None


def _joint(joint: str) -> str:
    """A conjunction in the application's language; a mark as it is."""
    word = joint.strip(" ,")
    return joint.replace(word, translate(CONTEXT, word)) if word.isalpha() else joint


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
