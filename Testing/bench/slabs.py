"""Scatter behind slabs beside another code, MC-GPU 1.3: primary, single Compton, single Rayleigh and multiple scatter apart.

A point source 1 m before an ideal detector of 30 x 30 cm, which the beam lights wholly; a slab of 40 x 40 cm, in vacuum, a
gap before the detector. Every photon that reaches the detector counts by its energy. Needs a program that the user has built
and its material files (slabs_mcgpu.py says which):

    MCGPU=mcgpu/MC-GPU_v1.3.x MCGPU_MATERIALS=mcgpu/materials:pet/materials python Testing/bench/run.py --only slabs

A. Badal and A. Badano, Accelerating Monte Carlo simulations of photon transport in a voxelized geometry using a massively
parallel graphics processing unit, Medical Physics 36, 2009. Its physics and data are those of PENELOPE 2006, whose Compton
cross section is the impulse approximation's; ours is the incoherent scattering function's. Ours runs with its tables as
well, which tells what follows from them from all else.
"""

from dataclasses import dataclass, replace

import numpy as np
from common import CACHE, Benchmark

FAR_MM, FIELD_MM, SIDE_MM = 1000.0, 300.0, 400.0
CELLS, FINE = 10, 3
"""Cells along the map's side; pixels along a cell's at which the primary is worked out."""
VOXELS = 8
"""Along each side of the slab: what is even needs no more."""
OPAQUE_MM = 99.0
"""Of caesium iodide: every photon of the tables is absorbed."""
PLACES = {"centre": (slice(4, 6), slice(4, 6)), "field": (slice(None), slice(None))}
"""Of the map: the middle 6 x 6 cm, all of it."""
PROFILE = slice(3, 7)
"""Rows of the map whose mean is the profile."""
PARTS = ("compton", "rayleigh", "multiple")
WORDS = {"all": "scatter", "compton": "single Compton", "rayleigh": "single Rayleigh", "multiple": "multiple"}
HISTORIES, SHARES, SEED = 5_000, 8, 13
"""Of a share; shares of a run; of its random numbers."""


@dataclass(frozen=True)
class Slab:
    """One case; ``kev`` or ``kvp`` (behind 3 mm of aluminium) says of which photons, ``sent`` how many MC-GPU follows."""

    name: str
    material: str
    thickness_mm: float
    gap_mm: float
    kev: int = 0
    kvp: float = 0.0
    sent: int = 4_000_000

    @property
    def front_mm(self) -> float:
        """From the source."""
        return FAR_MM - self.gap_mm - self.thickness_mm

    @property
    def words(self) -> str:
        """For a table."""
        photons = f"{self.kev} keV" if self.kev else f"{self.kvp:g} kVp"
        return f"{self.material} {self.thickness_mm:g} mm, {photons}, gap {self.gap_mm:g} mm"

    def spectrum(self) -> np.ndarray:
        """(E,) shares at the tables' energies."""
        from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam, monoenergetic

        return monoenergetic(self.kev) if self.kev else Beam(self.kvp).spectrum()


SLABS = (
    Slab("water_100", "water", 100, 100, kev=60),
    Slab("water_200", "water", 200, 100, kev=60, sent=8_000_000),
    Slab("water_200_kvp", "water", 200, 300, kvp=80, sent=8_000_000),
    Slab("aluminium_30", "aluminium", 30, 100, kev=60),
)


@dataclass(frozen=True, eq=False)
class Maps:
    """Signals per mm2 of detector for one photon per steradian, keV.

    Attributes:
        primary: (CELLS, CELLS), exact; or (B, CELLS, CELLS) counted with the batches.
        batches: (B, CELLS, CELLS) of independent batches by the name of the part, "all" among them.
    """

    primary: np.ndarray
    batches: dict[str, np.ndarray]

    def ratio(self, part: str, where: tuple[slice, slice]) -> tuple[float, float]:
        """A part's mean signal over the primary's mean there, and its standard error."""
        return _of_ratio(self._means(self.batches[part], where), self._means(self.primary, where))

    def profile(self) -> np.ndarray:
        """(2, CELLS) scatter over primary along the map's middle rows, and its standard error."""
        columns = [(PROFILE, slice(column, column + 1)) for column in range(CELLS)]
        return np.array([self.ratio("all", where) for where in columns]).T

    def primary_mean(self) -> tuple[float, float]:
        """Over the field, and its standard error."""
        values = self._means(self.primary, PLACES["field"])
        return float(values.mean()), 0.0 if values.size == 1 else float(values.std(ddof=1) / np.sqrt(values.size))

    @staticmethod
    def _means(values: np.ndarray, where: tuple[slice, slice]) -> np.ndarray:
        return np.atleast_1d(values[(..., *where)].mean((-2, -1)))


def _of_ratio(above: np.ndarray, below: np.ndarray) -> tuple[float, float]:
    """Ratio of two means over batches, and its standard error to first order."""
    ratio = above.mean() / below.mean()
    rest = (above - ratio * below) / below.mean()
    return float(ratio), float(rest.std(ddof=1) / np.sqrt(len(rest)))


def cells_of(pixels: np.ndarray) -> np.ndarray:
    """(..., CELLS, CELLS) means of an image's pixels."""
    side = pixels.shape[-1] // CELLS
    return pixels.reshape(*pixels.shape[:-2], CELLS, side, CELLS, side).mean((-3, -1))


def body_of(slab: Slab):
    """The slab on its axis, in the camera's frame."""
    from RayEmbRegistrationLib.simulation.monte_carlo.body import Body

    steps = np.array([SIDE_MM, SIDE_MM, slab.thickness_mm]) / VOXELS
    matrix = np.diag([*steps, 1.0])
    matrix[:3, 3] = [-SIDE_MM / 2, -SIDE_MM / 2, slab.front_mm] + steps / 2
    density = np.full((VOXELS,) * 3, density_of(slab.material), np.float32)
    return Body(density, np.zeros((VOXELS,) * 3, np.uint8), matrix, (slab.material,))


def density_of(material: str) -> float:
    """Of the tables, g/cm3."""
    from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables

    return float(load_tables().density[load_tables().row(material)])


def ours(slab: Slab, mass: np.ndarray | None = None, shares: int = SHARES, seed: int = SEED, histories: int = HISTORIES):
    """Our engine's maps.

    Args:
        slab: the case.
        mass: (3, E) photoelectric, Compton, Rayleigh, cm2/g, in place of the tables'.
        shares: of histories.
        seed: of their random numbers.
        histories: of a share.
    """
    from RayEmbRegistrationLib.geometry import Camera, RigidTransform
    from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
    from RayEmbRegistrationLib.simulation.monte_carlo.primary import project_primary
    from RayEmbRegistrationLib.simulation.monte_carlo.scatter import work_share
    from RayEmbRegistrationLib.simulation.monte_carlo.workers import SceneParts

    body, detector, pose, spectrum = body_of(slab), Detector(csi_mm=OPAQUE_MM), RigidTransform(), slab.spectrum()
    view = Camera.from_detector((CELLS, CELLS), (FIELD_MM / CELLS,) * 2, FAR_MM)
    scene = SceneParts(body, view, pose, detector, spectrum).scene()
    if mass is None:
        fine = Camera.from_detector((CELLS * FINE,) * 2, (FIELD_MM / CELLS / FINE,) * 2, FAR_MM)
        primary = cells_of(project_primary(body, fine, pose, spectrum, detector).signal)
    else:
        scene, primary = with_cross_sections(scene, mass, slab), closed_primary(slab, mass)
    scenes = {"all": scene, "compton": single(scene, 1), "rayleigh": single(scene, 2)}
    found = {
        name: np.stack([work_share(one, seed, number, histories).signal for number in range(shares)]) / histories
        for name, one in scenes.items()
    }
    # Three runs that know nothing of each other: the spread of their differences is the error.
    found["multiple"] = found["all"] - found["compton"] - found["rayleigh"]
    return Maps(primary, found)


def single(scene, process: int):
    """A scene in which a photon ends with its first interaction, which is of one process; the others absorb it."""
    mass = scene.voxels.mass.clone()  # photoelectric, Compton, Rayleigh
    mass[0] += mass[3 - process]
    mass[3 - process] = 0
    return replace(scene, voxels=replace(scene.voxels, mass=mass), most_interactions=1)


def with_cross_sections(scene, mass: np.ndarray, slab: Slab):
    """The scene of a slab of one material, with other cross sections; angles keep their law."""
    import torch

    new = torch.as_tensor(mass / 10, dtype=torch.float32)[:, None]  # cm2/g times g/cm3, in 1/mm
    largest = new.sum((0, 1)) * density_of(slab.material)
    return replace(scene, voxels=replace(scene.voxels, mass=new, total=new.sum(0), largest=largest, usual=largest.clone()))


def closed_primary(slab: Slab, mass: np.ndarray) -> np.ndarray:
    """(CELLS, CELLS) law of Beer and Lambert."""
    from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables

    offsets = ((np.arange(CELLS * FINE) + 0.5) / (CELLS * FINE) - 0.5) * FIELD_MM
    distance = np.sqrt(offsets[:, None] ** 2 + offsets**2 + FAR_MM**2)
    cosine, signal = FAR_MM / distance, np.zeros(distance.shape)
    for share, energy, linear in zip(
        slab.spectrum(), load_tables().energies, mass.sum(0) * density_of(slab.material) / 10, strict=True
    ):
        signal += share * energy * np.exp(-linear * slab.thickness_mm / cosine)
    return cells_of(signal * cosine / distance**2)


def rows_of(slab: Slab, peer: Maps, here: Maps, same: Maps) -> list[dict]:
    """Lines of the table."""
    measures = [("primary, field", lambda maps: maps.primary_mean())]
    measures += [
        (f"{WORDS[part]} to primary, {place}", lambda maps, part=part, place=place: maps.ratio(part, PLACES[place]))
        for part, place in (("all", "centre"), ("all", "field"), *((part, "field") for part in PARTS))
    ]
    rows = []
    for what, measure in measures:
        (theirs, error), (value, own), (alike, alike_error) = measure(peer), measure(here), measure(same)
        unit = closed_unit(slab) if what.startswith("primary") else 1.0
        rows.append(
            {"slab": slab.words, "what": what, "MC-GPU": f"{theirs / unit:.4f} ± {error / unit:.4f}",
             "here": f"{value / unit:.4f} ± {own / unit:.4f}", "off": f"{100 * (value / theirs - 1):+.1f} %",
             "in standard errors": f"{(value - theirs) / np.hypot(error, own):+.1f}",
             "with its tables": f"{alike / unit:.4f} ± {alike_error / unit:.4f}",
             "off then": f"{100 * (alike / theirs - 1):+.1f} %",
             "in standard errors then": f"{(alike - theirs) / np.hypot(error, alike_error):+.1f}"}
        )  # fmt: skip
    profiles = [maps.profile() for maps in (peer, here, same)]
    off, then = (deviation(profiles[0], each) for each in profiles[1:])
    rows.append(
        {"slab": slab.words, "what": "scatter to primary, profile, root mean square", "MC-GPU": None, "here": None,
         "off": f"{100 * off[0]:.1f} %", "in standard errors": f"{off[1]:.1f}", "with its tables": None,
         "off then": f"{100 * then[0]:.1f} %", "in standard errors then": f"{then[1]:.1f}"}
    )  # fmt: skip
    return rows


def deviation(theirs: np.ndarray, profile: np.ndarray) -> tuple[float, float]:
    """Root mean square over a profile of the relative difference, and of the difference in standard errors."""
    difference = profile[0] - theirs[0]
    return (
        float(np.sqrt(np.mean((difference / theirs[0]) ** 2))),
        float(np.sqrt(np.mean(difference**2 / (profile[1] ** 2 + theirs[1] ** 2)))),
    )


def closed_unit(slab: Slab) -> float:
    """The open beam's mean signal, over which a primary is its transmission."""
    return float(closed_primary(slab, np.zeros((3, len(slab.spectrum())))).mean())


def kept(name: str, make) -> Maps:
    """Maps from the cache of the benchmarks, made where they are not there."""
    path = CACHE / "slabs" / f"{name}.npz"
    if not path.exists():
        maps = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, primary=maps.primary, **maps.batches)
    with np.load(path) as file:
        return Maps(file["primary"], {part: file[part] for part in WORDS})


def run(quick: bool = False) -> Benchmark:
    """Every slab by MC-GPU, by ours, and by ours with MC-GPU's cross sections."""
    from slabs_mcgpu import cross_sections, material_file, program, theirs

    program()
    rows, cases = [], []
    for slab in SLABS[:1] if quick else SLABS:
        mass, sent, shares = cross_sections(material_file(slab.material)), slab.sent, SHARES
        if quick:
            sent, shares = sent // 20, SHARES // 10
            peer, here, same = theirs(slab, sent), ours(slab, None, shares), ours(slab, mass, shares)
        else:
            peer = kept(f"{slab.name}_mcgpu_{sent}", lambda slab=slab: theirs(slab, slab.sent))
            here = kept(f"{slab.name}_here_{shares}", lambda slab=slab: ours(slab))
            same = kept(f"{slab.name}_same_{shares}", lambda slab=slab, mass=mass: ours(slab, mass))
        rows += rows_of(slab, peer, here, same)
        cases.append(case_of(slab, peer, here, same))
        print(f"  {slab.words}: done", flush=True)
    sent = [slab.sent / 1e6 for slab in SLABS]
    note = (
        "Source 1 m before an ideal detector of 30 x 30 cm, slab of 40 x 40 cm; centre: the middle 6 x 6 cm; primary over "
        f"the open beam's. MC-GPU followed {min(sent):g} to {max(sent):g} million photons a slab, here "
        f"{SHARES * HISTORIES:g} by forced detection. Asked: within three standard errors. Then: here, with MC-GPU's cross "
        "sections."
    )
    return Benchmark(rows, cases, note)


def case_of(slab: Slab, peer: Maps, here: Maps, same: Maps) -> dict:
    """Numbers for a test: value and standard error of each ratio, and of the profiles."""
    case: dict = {"slab": slab.name, "open beam": float(f"{closed_unit(slab):.6g}")}
    for name, maps in (("mcgpu", peer), ("here", here), ("same tables", same)):
        case[name] = {
            "primary": [float(f"{value:.5g}") for value in maps.primary_mean()],
            **{f"{part}, {place}": [round(value, 5) for value in maps.ratio(part, where)] for part in WORDS
               for place, where in PLACES.items()},
            "profile": [[round(float(value), 4) for value in line] for line in maps.profile()],
        }  # fmt: skip
    return case
