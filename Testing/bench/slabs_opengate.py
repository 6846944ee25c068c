"""The slabs of slabs.py by Geant4, for those who have opengate (GATE 10) and its data: scatter to primary beside ours.

    pip install opengate                          # not into the project's environment
    python Testing/bench/slabs_opengate.py [--slab water_100] [--photons 2000000] [--shares 8]

The first import of opengate fetches Geant4's data, 3 GB, from CERN. The same source, slab and ideal detector as in slabs.py;
physics are Geant4's Livermore models. Written against opengate 10.1.1: up to Geant4's start it was seen to work, not beyond,
as the data could not be had.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from slabs import CELLS, FAR_MM, FIELD_MM, PLACES, SIDE_MM, SLABS, WORDS, Maps, Slab, ours

MATERIALS = {"water": "G4_WATER", "aluminium": "G4_Al", "titanium": "G4_Ti"}
"""Of Geant4, at the densities of our tables."""
BATCHES = 10
"""Of events, whose spread is the error."""
PLATE_MM, THIN_MM, WORLD_MM = 400.0, 0.1, 3000.0
"""Of a plate that ends photons beside the beam; thickness of it and of the detector; side of the vacuum."""
ALIGNED = 1e-9
"""Least of one minus the cosine between a photon's direction and its place from the source that counts as scatter."""
ATTRIBUTES = ("EventID", "ParticleName", "KineticEnergy", "PrePosition", "PreDirection")


def simulation(gate, slab: Slab, photons: int, folder: Path, seed: int):
    """The scene, its beam along -z as Geant4's isotropic sources point for small angles, and its phase space actor."""
    mm, kev = gate.g4_units.mm, gate.g4_units.keV
    sim = gate.Simulation()
    sim.random_seed, sim.output_dir, sim.check_volumes_overlap = seed, str(folder), True
    sim.world.size, sim.world.material = [WORLD_MM * mm] * 3, "G4_Galactic"
    sim.physics_manager.physics_list_name = "G4EmLivermorePhysics"
    sim.physics_manager.set_production_cut("world", "all", WORLD_MM * mm)  # electrons stay where they are made

    body = sim.add_volume("Box", "slab")
    body.size, body.material = [SIDE_MM * mm, SIDE_MM * mm, slab.thickness_mm * mm], MATERIALS[slab.material]
    body.translation = [0, 0, -(slab.front_mm + slab.thickness_mm / 2) * mm]
    # A square hole half way to the slab, as wide there as the detector's shadow.
    near = slab.front_mm / 2
    half = FIELD_MM / 2 * near / FAR_MM
    for number, (x, y) in enumerate(((1, 0), (-1, 0), (0, 1), (0, -1))):
        plate = sim.add_volume("Box", f"plate_{number}")
        # Those above and below are as wide as the hole: no two touch.
        plate.size = [(PLATE_MM if x else 2 * half) * mm, PLATE_MM * mm, THIN_MM * mm]
        away = half + PLATE_MM / 2
        plate.translation, plate.material = [x * away * mm, y * away * mm, -near * mm], "G4_Galactic"
        sim.add_actor("KillActor", f"end_{number}").attached_to = plate.name
    detector = sim.add_volume("Box", "detector")
    detector.size, detector.material = [FIELD_MM * mm, FIELD_MM * mm, THIN_MM * mm], "G4_Galactic"
    detector.translation = [0, 0, -(FAR_MM + THIN_MM / 2) * mm]

    source = sim.add_source("GenericSource", "tube")
    source.particle, source.n = "gamma", photons
    source.position.type, source.direction.type = "point", "iso"
    source.direction.theta = [0, float(np.arctan(np.sqrt(2) * FIELD_MM / 2 / FAR_MM)) * gate.g4_units.rad]
    spectrum = slab.spectrum()
    rows = np.flatnonzero(spectrum)
    source.energy.type = "spectrum_discrete"
    source.energy.spectrum_energies = [float(row + 5) * kev for row in rows]  # the tables begin at 5 keV
    source.energy.spectrum_weights = [float(spectrum[row]) for row in rows]

    arrived = sim.add_actor("PhaseSpaceActor", "arrived")
    arrived.attached_to, arrived.attributes, arrived.output_filename = detector.name, list(ATTRIBUTES), "arrived.root"
    return sim, arrived


def maps_of(columns: dict[str, np.ndarray], photons: int) -> Maps:
    """Primary and scatter of what entered the detector, lengths in mm and energies in MeV; only their ratio has a unit."""
    place = np.stack([columns[f"PrePosition_{axis}"] for axis in "XYZ"], -1)
    direction = np.stack([columns[f"PreDirection_{axis}"] for axis in "XYZ"], -1)
    forward = (columns["ParticleName"] == "gamma") & (direction[:, 2] < 0) & (place[:, 2] > -FAR_MM - THIN_MM / 2)
    scattered = 1 - (place * direction).sum(-1) / np.linalg.norm(place, axis=-1) > ALIGNED
    cell = np.clip(((place[:, :2] / FIELD_MM + 0.5) * CELLS).astype(int), 0, CELLS - 1)
    batch = np.minimum(columns["EventID"].astype(np.int64) * BATCHES // photons, BATCHES - 1)
    found = []
    for which in (forward & ~scattered, forward & scattered):
        signal = np.zeros((BATCHES, CELLS, CELLS))
        np.add.at(signal, (batch[which], cell[which, 1], cell[which, 0]), columns["KineticEnergy"][which])
        found.append(signal)
    return Maps(found[0], {"all": found[1]})


def theirs(gate, slab: Slab, photons: int, seed: int = 1) -> Maps:
    """Geant4's maps, each simulation in a process of its own, as Geant4 starts only once in one."""
    import uproot

    with tempfile.TemporaryDirectory() as name:
        sim, arrived = simulation(gate, slab, photons, Path(name), seed)
        sim.run(start_new_process=True)
        columns = uproot.open(arrived.get_output_path())["arrived"].arrays(library="np")
    return maps_of(columns, photons)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slab", choices=[slab.name for slab in SLABS], nargs="+", default=[slab.name for slab in SLABS])
    parser.add_argument("--photons", type=int, default=2_000_000, help="that Geant4 follows of each")
    parser.add_argument("--shares", type=int, default=8, help="of 5000 photons that we follow")
    arguments = parser.parse_args()
    try:
        import opengate as gate
    except ImportError:
        print("opengate is not here: pip install opengate into an environment of its own, with PyTorch", file=sys.stderr)
        return 2
    except OSError as error:  # its data are fetched at the first import; requests' errors are OSErrors
        print(f"opengate found no data of Geant4's and could not fetch them from cern.ch ({error})", file=sys.stderr)
        return 2
    for slab in SLABS:
        if slab.name in arguments.slab:
            peer, here = theirs(gate, slab, arguments.photons), ours(slab, shares=arguments.shares)
            for place, where in PLACES.items():
                (value, error), (own, own_error) = peer.ratio("all", where), here.ratio("all", where)
                print(
                    f"{slab.words}, {WORDS['all']} to primary, {place}: Geant4 {value:.4f} ± {error:.4f}, here "
                    f"{own:.4f} ± {own_error:.4f}, {(own - value) / np.hypot(error, own_error):+.1f} standard errors"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
