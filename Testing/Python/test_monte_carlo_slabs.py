"""Scatter behind slabs beside MC-GPU: its files as written and read, the stored figures, and what is said without it."""

import gzip
import json
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("one_thread")
BENCH = Path(__file__).resolve().parents[1] / "bench"
SIGMAS, LARGEST = 3.0, 0.02  # standard errors; and what is too much even within them, as asked


@pytest.fixture
def slabs(monkeypatch):
    """The benchmark."""
    monkeypatch.syspath_prepend(str(BENCH))
    import slabs

    return slabs


@pytest.fixture
def mcgpu(slabs, monkeypatch):
    """Its way to the program, which is not named."""
    import slabs_mcgpu

    monkeypatch.delenv("MCGPU", raising=False)
    monkeypatch.delenv("MCGPU_MATERIALS", raising=False)
    return slabs_mcgpu


def test_the_input_puts_source_slab_and_detector_on_an_axis(slabs, mcgpu):
    slab = slabs.SLABS[1]
    lines = mcgpu.input_text(slab, 1000, 7).splitlines()
    after = {line: lines[number + 1 :] for number, line in enumerate(lines) if line.startswith("[SECTION")}
    source = next(rest for name, rest in after.items() if "SOURCE" in name)
    detector = next(rest for name, rest in after.items() if "DETECTOR" in name)
    x, y, z = map(float, source[1].split())
    assert (x, z) == (20, 20)
    # The slab begins at zero: air gap, slab and the way to it make the detector's distance, all in cm.
    assert -y + slab.thickness_mm / 10 + slab.gap_mm / 10 == float(detector[3]) == 100
    assert detector[2] == "30 30"
    # A name that ends with its line is read beyond it.
    assert all(line.endswith(" #") for line in lines if "." in line and not line.startswith("[") and line[0].isalpha())
    voxels = mcgpu.voxels_text(slab, 1.0).splitlines()
    counts, size = (np.array(line.split(), float) for line in voxels[1:3])
    assert counts * size == pytest.approx([40, 20, 40])
    assert len(voxels) - 1 - voxels.index("[END OF VXH SECTION]") == counts.prod()


def test_the_spectrum_is_written_as_narrow_bins(slabs, mcgpu):
    for slab in slabs.SLABS[1:3]:
        bins = np.array([line.split() for line in mcgpu.spectrum_text(slab).splitlines()], float)
        assert len(bins) <= 256, "more than the program takes"
        assert bins[-1, 1] < 0
        assert (np.diff(bins[:, 0]) > 0).all()
        middles = (bins[1:, 0] + bins[:-1, 0]) / 2
        spectrum = slab.spectrum()
        assert (middles * bins[:-1, 1]).sum() == pytest.approx(1000 * spectrum @ (np.arange(len(spectrum)) + 5), rel=1e-5)


def material(path: Path) -> Path:
    """A material file of three energies, mean free paths in cm at 2 g/cm3."""
    rows = "\n".join(f"{kev * 1000:.1f} {1e3 * kev:g} {100 * kev:g} {kev:g} 1 0.5" for kev in (5, 60, 120))
    text = f"#[MATERIAL NAME]\n# X\n#[NOMINAL DENSITY (g/cm^3)]\n#   2.0\n#[Energy (eV) | Rayleigh]\n{rows}\n#[RAYLEIGH]\n"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_cross_sections_are_those_of_a_material_file(mcgpu, tmp_path):
    mass = mcgpu.cross_sections(material(tmp_path / "x.mcgpu.gz"))
    # One over the free path, linear in energy, and the density: photoelectric, Compton, Rayleigh.
    assert mass[:, 0] == pytest.approx([1 / 5 / 2, 1 / 500 / 2, 1 / 5000 / 2])
    assert mass[:, 30] == pytest.approx([1 / 35 / 2, 1 / 3500 / 2, 1 / 35000 / 2])
    assert mass[:, 145] == pytest.approx(mass[:, 115])


def test_an_image_is_read_in_its_order(mcgpu):
    pixels = [f"{number}.5 0.25 0.125 0" for number in range(900)]
    read = mcgpu.images("# head\n" + "\n\n".join(pixels) + "\n#  Simulated x rays\n")
    assert read[0, 1, 2] == 32.5
    assert (read[1] == 0.25).all()
    assert (read[3] == 0).all()
    with pytest.raises(ValueError, match="900 pixels of 4 values"):
        mcgpu.images("\n".join(pixels[:-1]))


def test_without_the_program_it_is_said_what_to_do(slabs, mcgpu, tmp_path, monkeypatch):
    from common import NotHereError

    with pytest.raises(NotHereError, match=r"github\.com/DIDSR/MCGPU says and set MCGPU"):
        slabs.run(quick=True)
    program = tmp_path / "mcgpu"
    program.touch()
    monkeypatch.setenv("MCGPU", str(program))
    with pytest.raises(NotHereError, match="material file of water is not here: set MCGPU_MATERIALS"):
        slabs.run(quick=True)


@pytest.mark.skipif(os.name == "nt", reason="a script is no program there")
def test_a_run_of_the_program_becomes_maps(slabs, mcgpu, tmp_path, monkeypatch):
    """A stand-in that checks its input files and writes what depends on its seed."""
    program = tmp_path / "mcgpu"
    program.write_text(
        f"""#!{sys.executable}
import gzip, sys
lines = open(sys.argv[1]).read().splitlines()
assert all(open(name) for name in ("beam.spc", "slab.vox")) and gzip.open("material.mcgpu.gz").read(1)
seed = int(lines[2]) % 5
pixel = f"4 {{1 + seed / 100}} 0.5 2"
open("image.dat", "w").write("# head\\n" + "\\n".join([pixel] * 900) + "\\n")
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    material(tmp_path / "Water__5-120keV.mcgpu.gz")
    monkeypatch.setenv("MCGPU", str(program))
    monkeypatch.setenv("MCGPU_MATERIALS", os.pathsep.join([str(tmp_path / "nowhere"), str(tmp_path)]))
    maps = mcgpu.theirs(slabs.SLABS[0], 1000)
    assert maps.ratio("rayleigh", slabs.PLACES["field"]) == (0.125, 0.0)
    ratio, error = maps.ratio("compton", slabs.PLACES["centre"])
    assert 0.25 < ratio < 0.26
    assert 0 < error < 0.01
    # 4 eV/cm2 a photon of the square beam, in keV/mm2 for one per steradian; its solid angle summed over small squares.
    x, y = np.meshgrid(*(np.arange(-0.1495, 0.15, 0.001),) * 2)
    assert maps.primary_mean()[0] == pytest.approx(4e-5 * (1e-6 / (1 + x**2 + y**2) ** 1.5).sum(), rel=1e-4)


def test_scatter_is_that_of_mcgpu(slabs):
    """Its signal over the open beam's, which differences of the tables' attenuation leave alone; by other random numbers."""
    from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables

    content = json.loads((BENCH / "results" / "slabs.json").read_text(encoding="utf-8"))
    slab = slabs.SLABS[0]
    stored = next(case for case in content["cases"] if case["slab"] == slab.name)
    maps = slabs.ours(slab, shares=16, seed=29, histories=2500)
    tables, row = load_tables(), load_tables().row(slab.material)
    mass = np.stack([tables.photoelectric[row], tables.compton[row], tables.rayleigh[row]])
    assert maps.primary == pytest.approx(slabs.closed_primary(slab, mass), rel=1e-3)
    primary = stored["mcgpu"]["primary"][0]
    for part in ("all", "compton", "rayleigh"):
        theirs, error = (primary * value for value in stored["mcgpu"][f"{part}, field"])
        ours, own = (maps.primary_mean()[0] * value for value in maps.ratio(part, slabs.PLACES["field"]))
        assert abs(ours - theirs) < min(SIGMAS * np.hypot(error, own), LARGEST * theirs), part


def test_what_geant4_saw_becomes_maps(slabs, monkeypatch, capsys):
    """Five arrivals by hand: primary, scattered, an electron, one from behind, and one beside the front."""
    import slabs_opengate

    straight = np.array([3.0, -4.0, -1000.0])
    place = np.stack([straight] * 4 + [straight - [0, 0, 1]])
    direction = np.stack([straight / np.linalg.norm(straight)] * 5)
    direction[1] = (0, 0, -1)
    direction[3] = (0, 0, 1)
    columns = {f"PrePosition_{axis}": place[:, number] for number, axis in enumerate("XYZ")}
    columns |= {f"PreDirection_{axis}": direction[:, number] for number, axis in enumerate("XYZ")}
    columns["ParticleName"] = np.array(["gamma", "gamma", "e-", "gamma", "gamma"])
    columns["KineticEnergy"] = np.array([0.06, 0.05, 0.06, 0.05, 0.05])
    columns["EventID"] = np.array([0, 999, 5, 5, 5])
    maps = slabs_opengate.maps_of(columns, 1000)
    assert maps.primary.sum() == 0.06
    assert maps.batches["all"].sum() == 0.05
    assert maps.batches["all"][9, 4, 5] == 0.05
    monkeypatch.setitem(sys.modules, "opengate", None)
    monkeypatch.setattr(sys, "argv", ["slabs_opengate.py"])
    assert slabs_opengate.main() == 2
    assert "pip install opengate into an environment of its own" in capsys.readouterr().err
