"""What the drawing of the house promises, counted: one maker of an XrayView, rooms of a readable size."""

import ast
from functools import cache
from pathlib import Path

import pytest

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "RayEmbRegistration"
LIBRARY_FOLDER = MODULE_FOLDER / "RayEmbRegistrationLib"
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


def test_one_place_makes_an_xray_view():
    makers = {
        str(path.relative_to(MODULE_FOLDER))
        for path in MODULE_FOLDER.rglob("*.py")
        if any(name_called(call) == "XrayView" for call in calls(path))
    }
    assert makers == {"RayEmbRegistrationLib/xray/making.py"}


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
