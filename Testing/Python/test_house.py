"""What the drawing of the house promises, counted: one maker of an XrayView, readable rooms, numbers with their source."""

import ast
from functools import cache
from pathlib import Path

import pytest
from library_constants import numeric_constants

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


@pytest.mark.parametrize("path", sources(LIBRARY_FOLDER))
def test_a_number_has_its_source_beside_it(path):
    """Measured by which bench, out of which paper or standard, or chosen: for what."""
    bare = [f"line {line}: {names}" for names, line, has_word in numeric_constants(path) if not has_word]
    assert not bare, f"say where each comes from: {'; '.join(bare)}"


def test_what_is_asked_of_numbers_is_asked(tmp_path):
    lines = (
        "BARE = 3",
        "BESIDE = 3  # chosen: why",
        "AFTER_ONE_WITH_A_COMMENT = -1.0",
        "# chosen: why",
        "ABOVE = (1, 2)",
        "BELOW = make(level=4)",
        '"""Chosen: why."""',
        "SILENCED = 5  # noqa: S000",
        'WORDS = ("a", True)',
        "lower = 6",
        "FIRST, SECOND = 7, 8",
    )
    path = tmp_path / "some.py"
    path.write_text("\n".join(lines))
    found = {names: has_word for names, _, has_word in numeric_constants(path)}
    assert [names for names, has_word in found.items() if has_word] == ["BESIDE", "ABOVE", "BELOW"]
    assert [names for names, has_word in found.items() if not has_word] == [
        "BARE", "AFTER_ONE_WITH_A_COMMENT", "SILENCED", "FIRST, SECOND",
    ]  # fmt: skip
