"""How a body is written in a command: ``femur.stl:CoCr:cm`` (material, unit), or ``ct.nii.gz:labels.nii.gz:3`` (label)."""

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
        material: of a surface model, or of a volume that holds one body in air; None of a CT, whose voxels tell.
        unit: of a surface model's numbers.
        labels: label map of a CT, or None.
        label: number in it, or None for all of it.
    """

    path: Path
    material: Material | None = None
    unit: str = "mm"
    labels: Path | None = None
    label: int | None = None

    @property
    def name(self) -> str:
        """The file's name without its endings."""
        name = self.path.name
        for _ in range(2):
            name = Path(name).stem if Path(name).suffix.lower() in (".gz", ".nii", ".nrrd", ".mha", ".npz") else name
        name = Path(name).stem if is_surface(self.path) else name
        return name if self.label is None else f"{name}-{self.label}"


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
        return _of_ct(path, words)
    if not words:
        raise InputProblem(f"{path} needs its material: write {path}:CoCr (or {', '.join(list(MATERIALS)[1:])})")
    unit = words[1] if len(words) > 1 else "mm"
    if len(words) > 2 or unit not in UNITS_MM:
        raise InputProblem(f"'{text}' is not file:material or file:material:unit; units are {', '.join(UNITS_MM)}")
    return BodyFile(Path(path), material_named(words[0]), unit)


def _of_ct(path: str, words: list[str]) -> BodyFile:
    """A bone of a CT, with its label map and number where they are given."""
    if not words:
        return BodyFile(Path(path))
    if len(words) == 1 and words[0].lower() in {name.lower() for name in MATERIALS}:
        return BodyFile(Path(path), material_named(words[0]))
    if not Path(words[0]).exists():
        raise InputProblem(f"'{words[0]}' behind {path} is neither a material nor a label map that exists")
    if len(words) > 2 or (len(words) == 2 and not words[1].isdigit()):
        raise InputProblem(f"after {path} and its label map comes one number of a label, not '{':'.join(words[1:])}'")
    return BodyFile(Path(path), labels=Path(words[0]), label=int(words[1]) if len(words) == 2 else None)
