"""How a body is written in a command: its file, its material and its unit, ``femur.stl:CoCr:cm``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from RayEmbRegistrationLib.problems import InputProblem

from .materials import MATERIALS, Material, material_named
from .surface import UNITS_MM, is_surface


@dataclass(frozen=True, eq=False)
class BodyFile:
    """A body as it was asked for.

    Attributes:
        path: of a surface model or of a CT.
        material: of a surface model; None of a CT, whose voxels tell.
        unit: of a surface model's numbers.
    """

    path: Path
    material: Material | None = None
    unit: str = "mm"

    @property
    def name(self) -> str:
        """The file's name without its endings."""
        name = self.path.name
        for _ in range(2):
            name = Path(name).stem if Path(name).suffix.lower() in (".gz", ".nii", ".nrrd", ".mha", ".npz") else name
        return Path(name).stem if is_surface(self.path) else name


def parse_body(text: str) -> BodyFile:
    """A body of a command line.

    Raises:
        InputProblem: a surface model without material, a CT with one, or a word that is neither material nor unit.
    """
    path = text
    words: list[str] = []
    while ":" in path and not Path(path).exists():
        path, _, word = path.rpartition(":")
        if len(path) < 2:  # a drive's letter
            path = f"{path}:{word}"
            break
        words.insert(0, word)
    if not is_surface(path):
        if words:
            raise InputProblem(f"{path} is no surface model and takes no material ('{words[0]}'); give its name alone")
        return BodyFile(Path(path))
    if not words:
        raise InputProblem(f"{path} needs its material: write {path}:CoCr (or {', '.join(list(MATERIALS)[1:])})")
    unit = words[1] if len(words) > 1 else "mm"
    if len(words) > 2 or unit not in UNITS_MM:
        raise InputProblem(f"'{text}' is not file:material or file:material:unit; units are {', '.join(UNITS_MM)}")
    return BodyFile(Path(path), material_named(words[0]), unit)
