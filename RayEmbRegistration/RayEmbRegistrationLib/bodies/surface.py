"""Surface models from files: STL, PLY, OBJ and VTP, closed and in millimetres, or a sentence that says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from RayEmbRegistrationLib.problems import InputProblem

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

SUFFIXES = (".stl", ".ply", ".obj", ".vtp")
UNITS_MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4}  # by definition
SIZES_MM = (4.0, 1500.0)  # chosen: from a screw to a whole leg
SMALL_HOLES = 1e-3  # share of the surface that may be missing; chosen: CAD programs lose a few triangles of 100 000
FEWEST_FACES = 4  # a tetrahedron's
_WORDS_OF_HEADER = 1024  # bytes, chosen: where programs write the comment that names the space
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed surface of triangles, normals outwards.

    Attributes:
        points: (N, 3) float64, mm, in the model's own frame; RAS where the model is of a patient.
        faces: (M, 3) int64, indices of points, counter-clockwise seen from outside.
        notes: what was decided while reading it, one sentence each.

    Raises:
        InputProblem: shapes that do not fit, or numbers that are not finite.
    """

    points: np.ndarray
    faces: np.ndarray
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 3 or self.faces.ndim != 2 or self.faces.shape[1] != 3:
            raise InputProblem("a surface needs points (N, 3) and triangles (M, 3)")
        if not np.isfinite(self.points).all():
            raise InputProblem("a surface must hold finite numbers")

    @property
    def center(self) -> np.ndarray:
        """(3,) middle of its box, mm."""
        return np.asarray((self.points.min(axis=0) + self.points.max(axis=0)) / 2)

    @property
    def extent_mm(self) -> float:
        """Longest side of its box."""
        return float(np.ptp(self.points, axis=0).max())

    @property
    def volume_mm3(self) -> float:
        """Signed volume; negative where the normals point inwards."""
        a, b, c = (self.points[self.faces[:, corner]] for corner in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def is_surface(path: str | Path) -> bool:
    """Whether a file's name is that of a surface model."""
    return Path(path).suffix.lower() in SUFFIXES


def read_surface(path: str | Path, unit: str = "mm") -> Surface:
    """A surface model, its triangles merged at common points.

    Args:
        path: STL, PLY, OBJ or VTP file. A header that says SPACE=LPS, as Slicer writes it, is obeyed: the model becomes RAS.
        unit: of the file's numbers, a key of ``UNITS_MM``.

    Raises:
        InputProblem: missing, damaged, of another kind, open, or of a size that no body has.
    """
    path = Path(path)
    if unit not in UNITS_MM:
        raise InputProblem(f"there is no unit '{unit}'; choose one of {', '.join(UNITS_MM)}")
    if not path.is_file():
        raise InputProblem(f"there is no file {path}; check the path")
    if not is_surface(path):
        raise InputProblem(f"{path.name} is no surface model; give a {', '.join(SUFFIXES)} file")
    points, faces = _arrays(_reader(path.suffix.lower())(path))
    if len(faces) < FEWEST_FACES:
        raise InputProblem(f"{path.name} holds no surface that can be read, or is damaged; export the model again")
    notes: list[str] = []
    points = points * UNITS_MM[unit]
    if b"SPACE=LPS" in path.read_bytes()[:_WORDS_OF_HEADER]:
        points = points * (-1.0, -1.0, 1.0)
        notes.append(f"{path.name} says that it is in LPS; it was turned to RAS.")
    surface = _closed(Surface(points, faces), path.name, unit, notes)
    _LOG.info("read %s: %d triangles, %.1f mm", path, len(faces), surface.extent_mm)
    return surface


def surface_of_polydata(data: vtkPolyData, name: str) -> Surface:
    """A model that is in memory, such as a scene's, with the same checks as a file's.

    Args:
        data: its numbers in mm.
        name: for messages.

    Raises:
        InputProblem: it holds no surface, is open, or of a size that no body has.
    """
    points, faces = _arrays(data)
    if len(faces) < FEWEST_FACES:
        raise InputProblem(f"{name} holds no surface; choose a model that does")
    return _closed(Surface(points, faces), name, "mm", [])


def _closed(surface: Surface, name: str, unit: str, notes: list[str]) -> Surface:
    """The surface with its normals outwards, and the notes on it, once it is known to be closed and in mm."""
    check_size(surface, name, unit)
    notes.extend(check_closed(surface, name))
    if surface.volume_mm3 < 0:
        surface = replace(surface, faces=surface.faces[:, ::-1].copy())
        notes.append(f"the normals of {name} pointed inwards; they were turned.")
    return replace(surface, notes=tuple(notes))


def check_size(surface: Surface, name: str, unit: str = "mm") -> None:
    """Refuse what is in other units.

    Raises:
        InputProblem: says which units would fit.
    """
    size, (least, most) = surface.extent_mm, SIZES_MM
    if least <= size <= most:
        return
    fitting = [other for other, mm in UNITS_MM.items() if least <= size / UNITS_MM[unit] * mm <= most]
    advice = f"it may be in {' or '.join(fitting)}: say so after the material" if fitting else "scale it to mm"
    raise InputProblem(f"{name} is {size:.3g} mm long if its numbers are in {unit}; {advice}")


def check_closed(surface: Surface, name: str) -> tuple[str, ...]:
    """Refuse a surface with holes: what is inside is not known. Single triangles that a CAD program lost are let pass.

    Returns:
        A note where some are missing.

    Raises:
        InputProblem: says how many edges are open, and where the largest hole is.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    faces, count = surface.faces, len(surface.points)
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.sort(directed, axis=1)
    unique, index, counts = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    opened = directed[counts[index.reshape(-1)] % 2 == 1]
    if not len(opened):
        return ()
    graph = coo_matrix((np.ones(len(opened)), (opened[:, 0], opened[:, 1])), shape=(count, count))
    loops = connected_components(graph, directed=False)[1][opened[:, 0]]
    areas = {int(n): _area_within(surface.points, opened[loops == n]) for n in np.unique(loops)}
    largest = max(areas, key=lambda n: areas[n])
    a, b, c = (surface.points[faces[:, corner]] for corner in range(3))
    whole = float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
    if sum(areas.values()) <= SMALL_HOLES * whole:
        holes = f"{len(areas)} small holes" if len(areas) > 1 else "a small hole"
        return (f"{name} has {holes} ({sum(areas.values()):.2g} of {whole:.0f} mm2); taken as closed.",)
    x, y, z = surface.points[opened[loops == largest]].mean(axis=(0, 1))
    raise InputProblem(
        f"{name} is not closed: {len(opened)} of its {len(unique)} edges have a face on one side only, the largest hole "
        f"({areas[largest]:.2g} mm2) near ({x:.1f}, {y:.1f}, {z:.1f}) mm; fill its holes, in 3D Slicer by Surface Toolbox, "
        "and save it again"
    )


def _area_within(points: np.ndarray, edges: np.ndarray) -> float:
    """Area that a loop of directed edges (N, 2) encloses, mm2; about its middle, for loops that are not quite closed."""
    start, end = points[edges[:, 0]], points[edges[:, 1]]
    middle = start.mean(axis=0)
    return float(np.linalg.norm(np.cross(start - middle, end - middle).sum(axis=0)) / 2)


def _reader(suffix: str) -> Callable[[Path], vtkPolyData]:
    """Reads a file of this kind by VTK."""

    def read(path: Path) -> Any:
        try:
            from vtkmodules.vtkCommonCore import vtkObject
            from vtkmodules.vtkIOGeometry import vtkOBJReader, vtkSTLReader
            from vtkmodules.vtkIOPLY import vtkPLYReader
            from vtkmodules.vtkIOXML import vtkXMLPolyDataReader
        except ImportError as error:
            raise ImportError("surface models are read by VTK: pip install vtk") from error
        makers = {".stl": vtkSTLReader, ".ply": vtkPLYReader, ".obj": vtkOBJReader, ".vtp": vtkXMLPolyDataReader}
        vtkObject.GlobalWarningDisplayOff()  # what is wrong is said in our sentence
        reader: Any = makers[suffix]()
        reader.SetFileName(str(path))
        reader.Update()
        vtkObject.GlobalWarningDisplayOn()
        return reader.GetOutput()

    return read


def _arrays(data: vtkPolyData) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 3) and triangles (M, 3) of a model, equal points merged, faces without area left out."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter

    triangles = vtkTriangleFilter()
    triangles.SetInputData(data)
    triangles.PassLinesOff()
    triangles.PassVertsOff()
    triangles.Update()
    output = triangles.GetOutput()
    if output.GetNumberOfPolys() == 0:
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)
    points = vtk_to_numpy(output.GetPoints().GetData()).astype(np.float64)
    faces = vtk_to_numpy(output.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    points, index = np.unique(points, axis=0, return_inverse=True)
    faces = index.reshape(-1)[faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return points, faces[whole]
