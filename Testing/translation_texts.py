"""What is to be translated: the texts of the panel by Slicer's contexts, and the library's sentences as templates.

The panel marks its texts with ``_``; Qt finds those of the .ui file by itself. The library imports nothing of
Slicer, so its sentences are read out of its source: of an f-string, what is filled in becomes ``{name}``. At the panel's
border, ``RayEmbRegistrationPanel/sentences.py`` finds the template that a sentence was made of, and fills its translation.
"""

from __future__ import annotations

import ast
import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from pathlib import Path

MODULE = Path(__file__).resolve().parents[1] / "RayEmbRegistration"
LIBRARY, SCENE, PANEL = (MODULE / f"RayEmbRegistration{name}" for name in ("Lib", "Scene", "Panel"))
SENTENCES = "RayEmbRegistrationLib"
"""The context of all sentences of the library and the scene."""
UNTRANSLATED = ("SlicerParameterName", "nodeTypes")
"""Properties of .ui files whose strings are names."""
UNREACHED = ("command_line", "evaluation")
"""Rooms of the library whose words go to a console or a report, never to the panel."""
ONLY_REFUSALS = (
    *("pictures/adjusted", "pictures/figures", "pictures/offscreen", "pictures/registration", "pictures/scene"),
    *("pictures/surface", "pictures/track", "pictures/view3d", "pictures/bone", "pictures/level", "files/result.py"),
    *("files/kinds.py", "application/reconstruction_record.py", "training/recipes.py"),
    *("training/fine_tuning.py", "simulation/phantoms", "simulation/procedural", "simulation/settings.py"),
)
"""Where only what is raised is read in the panel: all else stands in a file or a picture, in English."""
SAID_BY_SCENE = ("inputs.py", "install.py")
"""Files of the scene whose texts are said; those of the others are nodes' names, and what they raise."""
WORDS = re.compile(r"[A-Za-z]{2,},? (\{\w+\} )?[A-Za-z(]|\{\w+\},? [a-z]{2,}|[a-z]{3,}:? \{\w+\}")
"""What tells a sentence from a key: words one after another."""
NAMES = {
    "#Insight Transform File", "CT Image", "Enhanced CT", "Enhanced MR", "FOR PRESENTATION",
    "Image Content-based Alignment", "Image Orientation (Patient)", "Image Position (Patient)", "MR Image",
    "PALETTE COLOR", "Pixel Spacing", "RayEmb Registration", "RayEmb Registration: {stage}",
    "RayEmbRegistration encoder 1", "RayEmbRegistration prepared CT 1", "RayEmbRegistration shape model 1",
    "RayEmbRegistration training state 1", "OpenCV pinhole; pixel centres at integers; world = CT patient RAS, mm",
    "SINGLE PLANE", "Secondary Capture", "byte skip", "camera matrix", "data file", "default view", "display shutter",
    "line skip", "modality {modality}", "space directions", "space origin", "space units", "typed in", "width and height",
    "{size_mm} mm", "{pixels} px", "tuple[Solution | None, bool]",
}  # fmt: skip
"""Of two words and more, and yet keys: of files, formats and DICOM."""
NO_PROSE = re.compile(r"[<>\n]|^[a-z]+ (int|char|long long)|^(un)?signed|^long long|^\(\d{4},\d{4}\)|^%s|%s$|: %s")
"""Markup, types of numbers, DICOM's tags and lines of a log."""
SINGLE_WORDS = (
    "and", "or", "first", "second", "third", "fourth", "bright", "dark", "turned", "pose", "image", "geometry", "circle",
    "front", "micrometres", "metres", "millimetres", "trusted", "use", "verdict", "error", "why", "targets", "mirrored",
    "yes", "no", "pixels", "source", "similarity", "method", "versions", "seed", "time", "weights", "comment", "notes",
)  # fmt: skip
"""Words that fill a sentence, and are too short to be told from keys."""
AROUND = " .,;:"
"""What stands around a sentence where sentences are joined; ``RayEmbRegistrationPanel/sentences.py`` keeps it as it is."""
CONSTANT = re.compile(r'^(_?[A-Z][A-Z_]+) = ("[^"\n]*")(?:  #.*)?$', re.MULTILINE)
MOST_VARIANTS = 24  # chosen: a sentence with more choices inside is read by its parts
NO_SENTENCES = {"debug", "info", "warning", "error", "exception", "compile", "getLogger", "add_argument", "GetParameter"}
"""Calls whose texts nobody reads in the panel."""


def texts() -> dict[str, list[str]]:
    """Each context's texts, in their order in the source, without repetition."""
    found: dict[str, list[str]] = {}
    for context, text in [*_panel(), *_forms(), *((SENTENCES, text) for text in sentences())]:
        known = found.setdefault(context, [])
        if text.strip() and text not in known:
            known.append(text)
    return found


def _panel() -> Iterator[tuple[str, str]]:
    paths = [MODULE / "RayEmbRegistration.py", *sorted(PANEL.glob("*.py")), *sorted(SCENE.glob("*.py"))]
    for path in paths:
        context = path.stem if path.parent == MODULE else f"{path.parent.name}.{path.stem}"
        calls = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        for call in sorted((call for call in calls if call.func.id == "_"), key=lambda call: call.lineno):
            if not isinstance(call.args[0], ast.Constant):
                raise SystemExit(f"{path}:{call.lineno}: what is translated must be written out")
            yield context, call.args[0].value


def _forms() -> Iterator[tuple[str, str]]:
    for path in sorted((MODULE / "Resources" / "UI").glob("*.ui")):
        root = ET.parse(path).getroot()  # noqa: S314 - a file of the module itself
        for element in root.iter("property"):
            if element.get("name") in UNTRANSLATED:
                continue
            for child in element.iter("string"):
                if child.get("notr") != "true" and (child.text or "").strip():
                    yield root.findtext("class"), child.text


@cache
def sentences() -> list[str]:
    """The templates of what the library and the scene say, sorted, each with its fields in braces."""
    found = set(SINGLE_WORDS)
    for path in _reached():
        if path.parent == SCENE:
            only_refusals = path.name not in SAID_BY_SCENE
        else:
            name = path.relative_to(LIBRARY)
            only_refusals = name.as_posix().startswith(ONLY_REFUSALS)
        if not only_refusals or "raise " in path.read_text(encoding="utf-8"):
            found |= set(_templates(tree_of(path), _constants(path), only_refusals))
    return sorted(found)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _constants(path: Path) -> dict[str, str]:
    """Texts in capitals: those of the file, and those of others that are the only ones of their names."""
    return _shared_constants() | _own_constants(path)


@cache
def _shared_constants() -> dict[str, str]:
    everywhere: dict[str, set[str]] = {}
    for one in _reached():
        for name, text in _own_constants(one).items():
            everywhere.setdefault(name, set()).add(text)
    return {name: next(iter(said)) for name, said in everywhere.items() if len(said) == 1}


@cache
def _own_constants(path: Path) -> dict[str, str]:
    return {match[1]: ast.literal_eval(match[2]) for match in CONSTANT.finditer(path.read_text(encoding="utf-8"))}


@cache
def _reached() -> list[Path]:
    """The files whose sentences the panel can meet."""
    library = [path for path in sorted(LIBRARY.rglob("*.py")) if path.relative_to(LIBRARY).parts[0] not in UNREACHED]
    return [*sorted(SCENE.glob("*.py")), *library]


def _templates(tree: ast.Module, constants: dict[str, str], only_raised: bool = False) -> Iterator[str]:
    """The prose of a file: each text that is neither documentation nor a part of a larger one."""
    nodes = list(ast.walk(tree))
    inside = set(_unread(nodes))
    raised = {part for node in nodes if isinstance(node, ast.Raise) for part in ast.walk(node)} if only_raised else set()
    for node in nodes:  # from the outside in: a sum before its parts
        if node in inside or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            continue
        if not _is_text(node) or (only_raised and node not in raised):
            continue
        pieces = _pieces(node, constants)
        inside |= {part for part in ast.walk(node) if not isinstance(part, ast.Call | ast.IfExp)} - _own(node)
        for template in _variants(pieces):
            if WORDS.search(template) and not NO_PROSE.search(template) and template not in NAMES:
                yield template.strip(AROUND)


def _own(node: ast.expr) -> set[ast.AST]:
    """What stands in the calls inside a text: texts of their own."""
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    return {part for call in calls for argument in call.args for part in ast.walk(argument)}


def _unread(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        called = getattr(node, "func", None)
        name = getattr(called, "attr", getattr(called, "id", None))
        if isinstance(node, ast.Call) and (name in NO_SENTENCES or name == "_"):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                yield from ast.walk(argument)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _pieces(node: ast.expr, constants: dict[str, str]) -> list[list[str]]:
    """A text as a row of choices, nearly all of one: what stands there, or ``{name}``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [[node.value.replace("{", "{{").replace("}", "}}")]]
    if isinstance(node, ast.JoinedStr):
        return [piece for value in node.values for piece in _pieces(value, constants)]
    if isinstance(node, ast.FormattedValue):
        return _pieces(node.value, constants)
    if isinstance(node, ast.BinOp) and _is_text(node):
        return [*_pieces(node.left, constants), *_pieces(node.right, constants)]
    if isinstance(node, ast.IfExp) and (_is_text(node.body) or _is_text(node.orelse)):
        return [["".join(words) for branch in (node.body, node.orelse) for words in _rows(branch, constants)]]
    name = _name(node)
    return [[constants[name]]] if name in constants else [[f"{{{name}}}"]]


def _rows(node: ast.expr, constants: dict[str, str]) -> Iterator[tuple[str, ...]]:
    return itertools.islice(itertools.product(*_pieces(node, constants)), MOST_VARIANTS)


def _name(node: ast.expr) -> str:
    """The word that tells a translator what is filled in."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    if isinstance(node, ast.Call):
        inner = node.args[0] if node.args else node.func
        return _name(inner) if isinstance(inner, ast.Name | ast.Attribute | ast.Subscript) else "value"
    return "value"


def _variants(pieces: list[list[str]]) -> Iterator[str]:
    """Each way a text can read; equal fields are numbered, and fields side by side are one."""
    for words in itertools.islice(itertools.product(*pieces), MOST_VARIANTS):
        seen: dict[str, int] = {}

        def numbered(match: re.Match, seen: dict[str, int] = seen) -> str:
            name = match[1]
            seen[name] = seen.get(name, 0) + 1
            return "{" + (name if seen[name] == 1 else f"{name}{seen[name]}") + "}"

        text = re.sub(r"(?:\{\w+\})+(\{\w+\})", r"\1", "".join(words))
        yield re.sub(r"(?<!\{)\{(\w+)\}(?!\})", numbered, text)
