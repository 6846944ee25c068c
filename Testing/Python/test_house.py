"""What the drawing of the house promises, counted: one writer, one maker of an XrayView, rooms of a readable size."""

import ast
from functools import cache
from pathlib import Path

import pytest

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "RayEmbRegistration"
LIBRARY_FOLDER = MODULE_FOLDER / "RayEmbRegistrationLib"
WRITER = "write_atomically"
# Calls that put bytes into a file by themselves; by the name called, whatever it is called on.
OPENS_FOR_WRITING = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile"}
# Writers of other libraries: they get a path from the one writer, never the user's own.
LIBRARY_WRITERS = {"WriteImage", "WriteTransform", "imwrite", "savez", "savez_compressed", "savefig", "save_file"}
LONGEST_LIBRARY_FILE = 300


def sources(*folders: Path):
    return [
        pytest.param(path, id=str(path.relative_to(MODULE_FOLDER)))
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def calls(path: Path):
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


def opens_for_writing(call: ast.Call) -> bool:
    """``open(..., "w")`` or ``path.open("wb")``; nobody writes by another mode."""
    if name_called(call) in OPENS_FOR_WRITING:
        return True
    if name_called(call) != "open":
        return False
    modes = [each.value for each in (*call.args, *(k.value for k in call.keywords)) if isinstance(each, ast.Constant)]
    return any(isinstance(mode, str) and set(mode) <= set("rwaxbt+") and set(mode) & set("wax+") for mode in modes)


@pytest.mark.parametrize("path", sources(MODULE_FOLDER))
def test_one_hand_writes_files(path):
    if path.is_relative_to(LIBRARY_FOLDER / "files"):
        return
    by_library = [call for call in calls(path) if name_called(call) in LIBRARY_WRITERS]
    through = {name_called(call) for call in calls(path)}
    through |= {alias.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    where = [f"{path.relative_to(MODULE_FOLDER)}:{call.lineno}" for call in calls(path) if opens_for_writing(call)]
    if path.name == "log.py":  # logging opens its file itself
        where = []
    inside = {id(call) for call in _handed_to_the_writer(path)}
    where = [
        each for each, call in zip(where, filter(opens_for_writing, calls(path)), strict=True) if id(call) not in inside
    ]
    assert not where, f"{', '.join(where)}: write by RayEmbRegistrationLib.files.writing"
    if by_library:
        assert WRITER in through, f"{path.relative_to(MODULE_FOLDER)} writes by another library: through {WRITER}"


def _handed_to_the_writer(path: Path):
    """Calls inside functions and lambdas that are handed to the one writer."""
    handed, named = [], {}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            named[node.name] = node
    for call in calls(path):
        if name_called(call) == WRITER:
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                body = named.get(argument.id) if isinstance(argument, ast.Name) else argument
                handed += [node for node in ast.walk(body) if isinstance(node, ast.Call)] if body is not None else []
    return handed


def test_one_place_makes_an_xray_view():
    makers = {
        str(path.relative_to(MODULE_FOLDER))
        for path in MODULE_FOLDER.rglob("*.py")
        if any(name_called(call) == "XrayView" for call in calls(path))
    }
    assert makers == {"RayEmbRegistrationLib/application/open_xray.py"}


@pytest.mark.parametrize("path", sources(LIBRARY_FOLDER))
def test_rooms_are_read_in_one_go(path):
    length = len(path.read_text(encoding="utf-8").splitlines())
    assert length <= LONGEST_LIBRARY_FILE, f"{length} lines: split it by idea"


@pytest.mark.parametrize("path", sources(LIBRARY_FOLDER))
def test_what_a_user_can_mend_is_said_as_such(path):
    """A bare ValueError would be taken for a fault of the program, or a fault for a sentence."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            assert name_called(node.exc) != "ValueError", f"line {node.lineno}: raise InputProblem"
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            pytest.fail(f"line {node.lineno}: a bare except swallows what nobody knows of")
