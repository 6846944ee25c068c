"""Qt's files of translations: .ts, as lupdate writes them and Linguist edits them."""

from __future__ import annotations

import re
import string
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1" language="{language}" sourcelanguage="en">\n'
)


def read_ts(path: Path) -> dict[str, dict[str, str]]:
    """The finished translations of a .ts file by context and source; none where there is no file."""
    found: dict[str, dict[str, str]] = {}
    if not path.is_file():
        return found
    for context in ET.parse(path).getroot().iter("context"):  # noqa: S314 - a file of the repository
        known = found.setdefault(context.findtext("name") or "", {})
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None and translation.text:
                known[message.findtext("source") or ""] = translation.text
    return found


def write_ts(path: Path, texts: Mapping[str, list[str]], known: Mapping[str, Mapping[str, str]], language: str) -> int:
    """Write all texts with the translations that are known, by their context or by another; returns how many lack one.

    Translations of texts that are not there any more are left out.
    """
    anywhere = {source: text for context in known.values() for source, text in context.items()}
    lines, missing = [], 0
    for context, sources in sorted(texts.items()):
        lines += ["<context>", f"    <name>{escape(context)}</name>"]
        for source in sources:
            translation = known.get(context, {}).get(source) or anywhere.get(source)
            missing += translation is None
            kind = ' type="unfinished"' if translation is None else ""
            lines += ["    <message>", f"        <source>{_escaped(source)}</source>"]
            lines += [f"        <translation{kind}>{_escaped(translation or '')}</translation>", "    </message>"]
        lines.append("</context>")
    path.write_text(HEAD.format(language=language) + "\n".join(lines) + "\n</TS>\n", encoding="utf-8", newline="\n")
    return missing


def fields(text: str) -> list[str]:
    """What is filled into a text: the names in braces with their formats, sorted."""
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:  # a text with a single brace is never filled
        return re.findall(r"[{}]", text)
    return sorted(f"{name}:{form}" for _, name, form, _ in parsed if name is not None)


def _escaped(text: str) -> str:
    return escape(text, {'"': "&quot;", "'": "&apos;"})
