"""No file imports itself by way of others, imports within functions included; and within pose, who may use whom."""

import ast
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE_FOLDER = REPOSITORY / "RayEmbRegistration"
POSE = MODULE_FOLDER / "RayEmbRegistrationLib" / "pose"
ROOTS = {  # name of a package to the folder that it lies in
    "RayEmbRegistrationLib": MODULE_FOLDER,
    "RayEmbRegistrationScene": MODULE_FOLDER,
    "RayEmbRegistrationPanel": MODULE_FOLDER,
    "host": REPOSITORY / "Testing",
}
# A sub-room or file of pose may use those of lower rank and, within a folder, its neighbours.
POSE_RANKS = {
    "settings": 0, "views": 0, "depth_range": 0,
    "prepared": 1,
    "view": 2, "prior": 2, "problem": 3,
    "alignment": 4,
    "landmarks": 5, "joint": 5,
    "group": 6,
    "strategies": 7,
    "plan": 8, "request_check": 8,
    "time_limit": 9, "advice": 9,
    "__init__": -1,
}  # fmt: skip


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports_below(node: ast.AST, package: list[str]):
    """(module, name) of every import that may run; the name None for a module as a whole."""
    for child in ast.iter_child_nodes(node):
        if is_for_types(child):
            for other in child.orelse:
                yield from imports_below(other, package)
        elif isinstance(child, ast.Import):
            yield from ((alias.name, None) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = package[: len(package) - child.level + 1] if child.level else []
            module = ".".join([*base, *([child.module] if child.module else [])])
            yield from ((module, alias.name) for alias in child.names)
        else:
            yield from imports_below(child, package)


def graph_of(roots: dict[str, Path]) -> dict[str, set[str]]:
    """Modules of packages to the modules of these packages that they import; a package is its ``__init__``.

    What lies in a package does not for that need the package's own names.
    """
    files = {}
    for name, folder in roots.items():
        for path in sorted((folder / name).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    graph = {}
    for module, path in files.items():
        package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
        found = set()
        for source, name in imports_below(ast.parse(path.read_text(encoding="utf-8")), package):
            inner = source if name is None else f"{source}.{name}"
            found.add(inner if inner in files else source)
        graph[module] = {each for each in found if each in files and each != module}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Sets of modules of which each reaches every other (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(module: str) -> None:
        number[module] = low[module] = len(number)
        stack.append(module)
        for other in sorted(graph.get(module, ())):
            if other not in number:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], number[other])
        if low[module] == number[module]:
            component = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(component) > 1:
                found.append(sorted(component))

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return found


@cache
def whole_graph() -> dict[str, set[str]]:
    return graph_of(ROOTS)


def test_no_circle_anywhere():
    assert circles(whole_graph()) == []


@pytest.mark.parametrize(
    "path", sorted((MODULE_FOLDER / "RayEmbRegistrationLib" / "pose").rglob("*.py")), ids=lambda p: p.name
)
def test_sub_rooms_of_pose_have_an_order(path):
    room = path.relative_to(POSE).parts[0].removesuffix(".py")
    assert room in POSE_RANKS, f"{room} is new in pose: give it a rank"
    module = ".".join(path.relative_to(MODULE_FOLDER).with_suffix("").parts)
    for other in whole_graph().get(module, ()):
        parts = other.split(".")
        if parts[:2] == ["RayEmbRegistrationLib", "pose"] and len(parts) > 2 and parts[2] != room:
            assert POSE_RANKS[parts[2]] < POSE_RANKS[room], f"{module} may not use {other}"


def test_a_circle_is_seen_by_way_of_functions_and_not_by_way_of_types(tmp_path):
    folder = tmp_path / "circular"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text("def f():\n    from .two import g\n")
    (folder / "two.py").write_text("from . import three\n")
    (folder / "three.py").write_text("from circular.one import f\n")
    (folder / "four.py").write_text("from .one import f\n")
    assert circles(graph_of({"circular": tmp_path})) == [["circular.one", "circular.three", "circular.two"]]
    (folder / "three.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .one import f\n")
    assert circles(graph_of({"circular": tmp_path})) == []
