"""MC-GPU 1.3 run on a slab: its input files written, its images read. The program is the user's, nothing of it is here.

The source, in the public domain, is at github.com/DIDSR/MCGPU; its README says how the program is built, with or without a
graphics card. ``MCGPU`` names the program, ``MCGPU_MATERIALS`` the folders in which its material files lie, with ':' between
them (';' on Windows): aluminium and titanium come with it, water (PENELOPE 2006) with github.com/DIDSR/MCGPU-PET.
"""

import gzip
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from common import NotHereError
from slabs import CELLS, FAR_MM, FIELD_MM, FINE, PARTS, SIDE_MM, VOXELS, Maps, Slab, cells_of, density_of

BATCHES = 10
"""Runs of a case, by seed; their spread is the error."""
HALF_LINE_EV = 0.5
"""The tables' energies are lines; MC-GPU's bins have a width."""
LEAST_SHARE = 1e-7
"""Of the beam: as project_primary's, energies with less are left out."""
_COLUMNS = ("primary", *PARTS)


def program() -> Path:
    """The program that ``MCGPU`` names, or NotHereError."""
    path = Path(os.environ.get("MCGPU", ""))
    if not os.environ.get("MCGPU") or not path.is_file():
        raise NotHereError(
            "MC-GPU is not here: build it as the README of github.com/DIDSR/MCGPU says and set MCGPU to the program"
        )
    return path.resolve()


def material_file(material: str) -> Path:
    """The newest material file of that name in the folders of ``MCGPU_MATERIALS``, or NotHereError."""
    folders = [Path(folder) for folder in os.environ.get("MCGPU_MATERIALS", "").split(os.pathsep) if folder]
    wanted = {"aluminium": "aluminum"}.get(material, material)
    found = [
        path
        for folder in folders
        for path in sorted(folder.glob("*.mcgpu.gz"))
        if path.name.lower().startswith(f"{wanted}_")
    ]
    if not found:
        raise NotHereError(
            f"MC-GPU's material file of {material} is not here: set MCGPU_MATERIALS to the folders that hold such files "
            "(github.com/DIDSR/MCGPU and, for water, github.com/DIDSR/MCGPU-PET)"
        )
    return found[0].resolve()


def cross_sections(path: Path) -> np.ndarray:
    """(3, E) photoelectric, Compton and Rayleigh cross sections, cm2/g, of a material file at our tables' energies.

    The file gives mean free paths in cm; beyond its last energy they stay what they are there.
    """
    from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables

    with gzip.open(path, "rt", encoding="latin-1") as file:
        lines = [line.strip() for line in file]
    density = float(lines[next(n for n, line in enumerate(lines) if "NOMINAL DENSITY" in line) + 1].lstrip("# "))
    start = next(n for n, line in enumerate(lines) if line.startswith("#[Energy")) + 1
    stop = next(n for n, line in enumerate(lines[start:], start) if line.startswith("#"))
    table = np.array([line.split() for line in lines[start:stop]], float)
    energies = np.minimum(load_tables().energies * 1000, table[-1, 0])
    rayleigh, compton, photoelectric = (
        1 / np.interp(energies, table[:, 0], table[:, column]) / density for column in (1, 2, 3)
    )
    return np.stack([photoelectric, compton, rayleigh])


def spectrum_text(slab: Slab) -> str:
    """Lines as narrow bins: the lower edge of each and its chance, and the end's below zero."""
    shares = slab.spectrum()
    lines = []
    for row in np.flatnonzero(shares > LEAST_SHARE):
        energy = (row + 5) * 1000  # the tables begin at 5 keV
        lines += [f"{energy - HALF_LINE_EV:.1f} {shares[row]:.9e}", f"{energy + HALF_LINE_EV:.1f} 0"]
    lines[-1] = lines[-1].split()[0] + " -1"
    return "\n".join(lines) + "\n"


def voxels_text(slab: Slab, density: float) -> str:
    """Its axes x, y, z are across, along the beam and across; all voxels are of the first material."""
    across, along = SIDE_MM / VOXELS / 10, slab.thickness_mm / VOXELS / 10
    head = (
        f"[SECTION VOXELS HEADER v.2008-04-13]\n{VOXELS} {VOXELS} {VOXELS}\n{across:g} {along:g} {across:g}\n1\n2\n0\n"
        "[END OF VXH SECTION]\n"
    )
    return head + f"1 {density:g}\n" * VOXELS**3


def input_text(slab: Slab, histories: int, seed: int) -> str:
    """The input file; source and detector on the slab's axis, the beam as wide as the detector.

    MC-GPU reads a file's name up to a blank or a '#', beyond the line's end where there is neither.
    """
    middle, pixels, field = SIDE_MM / 20, CELLS * FINE, FIELD_MM / 10
    return f"""[SECTION SIMULATION CONFIG v.2009-05-12]
{histories}
{seed}
0
128
10000
[SECTION SOURCE v.2011-07-12]
beam.spc #
{middle:g} {-slab.front_mm / 10:g} {middle:g}
0 1 0
-1 -1
[SECTION IMAGE DETECTOR v.2009-12-02]
image.dat #
{pixels} {pixels}
{field:g} {field:g}
{FAR_MM / 10:g}
[SECTION CT SCAN TRAJECTORY v.2011-10-25]
1
0
0 360
{FAR_MM / 20:g}
0
[SECTION DOSE DEPOSITION v.2012-12-12]
NO
NO
dose.dat #
1 1
1 1
1 1
[SECTION VOXELIZED GEOMETRY FILE v.2009-11-30]
slab.vox #
[SECTION MATERIAL FILE LIST v.2009-11-30]
material.mcgpu.gz #
"""


def images(text: str) -> np.ndarray:
    """(4, N, N) of an image file: primary, single Compton, single Rayleigh, multiple; eV per cm2 and photon.

    Raises:
        ValueError: not as many pixels as were asked for.
    """
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    values = np.array([line.split() for line in lines], float)
    side = CELLS * FINE
    if values.shape != (side**2, len(_COLUMNS)):
        raise ValueError(f"MC-GPU's image should have {side**2} pixels of {len(_COLUMNS)} values, not {values.shape}")
    return values.T.reshape(len(_COLUMNS), side, side)


def steradians() -> float:
    """That the square beam covers: Khadjavi, J. Opt. Soc. Am. 58, 1968."""
    tangent = FIELD_MM / 2 / FAR_MM
    return float(4 * np.arcsin(tangent**2 / (1 + tangent**2)))


def theirs(slab: Slab, histories: int, seed: int = 1) -> Maps:
    """MC-GPU's maps, in the units of ours; the primary's are its own.

    Raises:
        NotHereError: program or material are missing.
    """
    command, material = program(), material_file(slab.material)
    found = []
    for batch in range(BATCHES):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "beam.spc").write_text(spectrum_text(slab), encoding="ascii")
            shutil.copyfile(material, folder / "material.mcgpu.gz")
            (folder / "slab.vox").write_text(voxels_text(slab, density_of(slab.material)), encoding="ascii")
            # Seeds of the generator's one stream, far apart.
            text = input_text(slab, histories // BATCHES, 7919 * (seed + batch) + 104_729 * batch**2)
            (folder / "slab.in").write_text(text, encoding="ascii")
            subprocess.run([command, "slab.in"], cwd=folder, check=True, capture_output=True)  # noqa: S603 - the user named it
            found.append(images((folder / "image.dat").read_text(encoding="ascii")))
    # eV per cm2 to keV per mm2; of a photon of the beam to one per steradian.
    maps = cells_of(np.stack(found)) * 1e-3 * 1e-2 * steradians()
    primary, *parts = maps.transpose(1, 0, 2, 3)
    return Maps(primary, {"all": sum(parts), **dict(zip(PARTS, parts, strict=True))})
