"""Who may import whom, read from every file's syntax tree; and what is really loaded when a room is imported."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "RayEmbRegistration"
LIBRARY_FOLDER = MODULE_FOLDER / "RayEmbRegistrationLib"
SCENE_FOLDER = MODULE_FOLDER / "RayEmbRegistrationScene"
PANEL_FOLDER = MODULE_FOLDER / "RayEmbRegistrationPanel"
MODULE_FILE = MODULE_FOLDER / "RayEmbRegistration.py"
LIBRARY = "RayEmbRegistrationLib"

# A room may import rooms of lower rank and itself. A file beside the rooms is a room of its own.
RANKS = {
    "geometry": 0,
    "files": 1,
    "volumes": 2, "drr": 2, "xray": 2.5,  # an X-ray may be stored as a volume
    "bodies": 2.5,  # surfaces become volumes that attenuate
    "detector": 3,
    "pose": 4,
    "quality": 5, "simulation": 5, "reconstruction": 5,
    "tracking": 5.5,  # judges frames
    "training": 6, "result": 6,
    "registration": 7, "correction": 7, "assessing": 7,
    "application": 8,  # below evaluation, which opens and registers by it as the command line does
    "pictures": 9,
    "evaluation": 10,
    "command_line": 11,
    "__main__": 12,
    "__init__": -1, "problems": -1, "progress": -1,
}  # fmt: skip
SLICER_ONLY = {"slicer", "vtk", "vtkmodules", "qt", "ctk", "mrml"}
LIBRARY_PACKAGES = {"numpy", "scipy", "torch", "SimpleITK", "pydicom", "cv2", "safetensors", "diffdrr", "nanodrr", "torchio"}
LIBRARY_PACKAGES |= {"PIL"}  # headers of pictures
LIBRARY_PACKAGES |= {"filelock"}  # comes with PyTorch
LIBRARY_PACKAGES |= {"h5py"}  # published data sets only, and only where one is read
LIBRARY_PACKAGES |= {"distributed"}  # comparisons on a cluster only
LIBRARY_PACKAGES |= {"numba"}  # the compiled projector only, which is done without where it is missing
LIBRARY_PACKAGES |= {"triton"}  # the projector of a graphics card only, likewise
LIBRARY_PACKAGES |= {"jinja2", "matplotlib"}  # the report of a comparison only
ROOMS_PACKAGES = {"geometry": {"numpy", "scipy"}, "pictures": LIBRARY_PACKAGES | {"vtkmodules"}}
ROOMS_PACKAGES["bodies"] = {"numpy", "scipy", "vtkmodules"}  # VTK reads surface models, in functions
# The other modules of DiffDRR bring kornia, torchvision, timm, pyvista or a second VTK.
LIGHT_DIFFDRR = {"diffdrr.data", "diffdrr.drr", "diffdrr.detector", "diffdrr.pose", "diffdrr.renderers"}
LIGHT_ROOMS = {"problems", "progress", "geometry", "files", "volumes", "xray", "command_line", "__main__", "__init__"}
LOADED_LATE = {"torch", "SimpleITK", "pydicom", "cv2", "PIL", "diffdrr", "nanodrr", "torchio", "h5py", "distributed"}
LOADED_LATE |= {"jinja2", "matplotlib"}


@dataclass(frozen=True)
class Import:
    """One imported module; ``file_scope`` when importing the file runs it."""

    module: str
    level: int
    line: int
    file_scope: bool

    @property
    def package(self) -> str:
        return self.module.split(".")[0]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports_below(node: ast.AST, file_scope: bool = True):
    """Every import below a node, with whether it runs when the file is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, 0, child.lineno, file_scope) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module in (LIBRARY, "diffdrr"):  # from package import submodule
            yield from (Import(f"{child.module}.{alias.name}", 0, child.lineno, file_scope) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield Import(child.module or "", child.level, child.lineno, file_scope)
        else:
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from imports_below(child, file_scope and not is_function and not is_type_checking(child))


@cache
def imports_of(path: Path) -> tuple[Import, ...]:
    return tuple(imports_below(ast.parse(path.read_text(encoding="utf-8"))))


def files(folder: Path):
    return [pytest.param(path, id=str(path.relative_to(MODULE_FOLDER))) for path in sorted(folder.rglob("*.py"))]


def room_of(path: Path) -> str:
    return path.relative_to(LIBRARY_FOLDER).parts[0].removesuffix(".py")


def where(path: Path, found: Import) -> str:
    return f"{path.relative_to(MODULE_FOLDER)}:{found.line} imports {'.' * found.level}{found.module}"


@pytest.mark.parametrize("path", files(LIBRARY_FOLDER))
def test_arrows_point_down(path):
    room = room_of(path)
    assert room in RANKS, f"{room} is a new room: give it a rank in {Path(__file__).name}"
    for found in imports_of(path):
        if found.package != LIBRARY:
            assert found.level <= 1, f"{where(path, found)}: write the room's name in full, from {LIBRARY}"
            continue
        other = [*found.module.split("."), "__init__"][1]
        if other not in RANKS and not (LIBRARY_FOLDER / other).exists():
            other = "__init__"  # a name of the library itself, such as __version__
        if other == room and room != "__init__":
            folder = path.parent.relative_to(MODULE_FOLDER).parts
            own = len(folder) > 1 and tuple(found.module.split(".")[:-1]) == folder
            assert not own, f"{where(path, found)}: within a folder, import relatively"
            continue
        assert RANKS[other] < RANKS[room], f"{where(path, found)}: {room} may not use {other}"


@pytest.mark.parametrize("path", files(LIBRARY_FOLDER))
def test_library_knows_no_slicer_and_few_packages(path):
    room = room_of(path)
    allowed = ROOMS_PACKAGES.get(room, LIBRARY_PACKAGES)
    for found in imports_of(path):
        if found.level or found.package in sys.stdlib_module_names or found.package == LIBRARY:
            continue
        assert found.package in allowed, f"{where(path, found)}: {room} may use only {sorted(allowed)}"
        if found.package == "diffdrr":
            light = any(f"{found.module}.".startswith(f"{name}.") for name in LIGHT_DIFFDRR)
            assert light, f"{where(path, found)}: only {sorted(LIGHT_DIFFDRR)} load without DiffDRR's dependencies"


@pytest.mark.parametrize("path", files(LIBRARY_FOLDER))
def test_heavy_packages_are_imported_in_functions(path):
    if room_of(path) not in LIGHT_ROOMS:
        return
    for found in imports_of(path):
        assert not (found.file_scope and found.package in LOADED_LATE), f"{where(path, found)}: move it into a function"


def test_statistics_of_scipy_are_imported_in_functions():
    """They take half a second of every process' start; ``scipy.special`` has the distributions."""
    found = [
        where(path, one)
        for path in LIBRARY_FOLDER.rglob("*.py")
        for one in imports_of(path)
        if one.file_scope and one.module.startswith("scipy.stats")
    ]
    assert found == []


def test_scene_layer_uses_the_geometry_only():
    for path in sorted(SCENE_FOLDER.rglob("*.py")):
        for found in imports_of(path):
            assert found.package not in {"torch", "qt", "ctk"}, where(path, found)
            light = found.module.startswith((f"{LIBRARY}.geometry", f"{LIBRARY}.files"))
            assert found.package != LIBRARY or light, where(path, found)


def test_only_the_panel_touches_qt():
    for path in sorted(MODULE_FOLDER.rglob("*.py")):
        mayTouchQt = path in (MODULE_FILE, *PANEL_FOLDER.rglob("*.py"))
        for found in imports_of(path):
            assert mayTouchQt or found.package not in {"qt", "ctk"}, where(path, found)
            assert found.package not in {"PySide6", "PythonQt"}, f"{where(path, found)}: import qt, as Slicer has it"


def test_the_panel_loads_nothing_heavy_when_slicer_starts():
    """Nor anything of the library but what is light; the rest is imported where it is used."""
    light = tuple(f"{LIBRARY}.{room}" for room in ("geometry", "files", "problems"))
    for path in (MODULE_FILE, *sorted(PANEL_FOLDER.rglob("*.py"))):
        for found in imports_of(path):
            if found.file_scope and not found.level:
                assert found.package not in LOADED_LATE | {"safetensors"}, f"{where(path, found)}: move it into a function"
                assert found.package != LIBRARY or found.module.startswith(light), f"{where(path, found)}: move it"
            packages = {LIBRARY, "RayEmbRegistrationScene", "RayEmbRegistrationPanel", *SLICER_ONLY, "numpy"}
            own = found.level > 0 or found.package in packages or found.package in sys.stdlib_module_names
            assert own or not found.file_scope, f"{where(path, found)}: Slicer may lack it when it starts"


def test_importing_light_rooms_loads_nothing_heavy():
    """The rule above sees one file at a time; this sees what an import really brings along."""
    modules = [
        ".".join(path.relative_to(MODULE_FOLDER).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(LIBRARY_FOLDER.rglob("*.py"))
        if room_of(path) in LIGHT_ROOMS
    ]
    program = (
        f"import importlib, sys\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
        f"    heavy = {LOADED_LATE | SLICER_ONLY!r} & set(sys.modules)\n    assert not heavy, (name, heavy)"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=MODULE_FOLDER, capture_output=True, text=True, check=False)  # noqa: S603
    assert answer.returncode == 0, answer.stderr


def test_the_rules_see_what_they_forbid():
    source = (
        "import torch\nif TYPE_CHECKING:\n    import cv2\ndef f():\n    from ..pose import search\nfrom diffdrr import data"
    )
    found = {(each.module, each.level, each.file_scope) for each in imports_below(ast.parse(source))}
    assert found == {("torch", 0, True), ("cv2", 0, False), ("pose", 2, False), ("diffdrr.data", 0, True)}
