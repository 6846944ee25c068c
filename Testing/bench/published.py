"""The Monte Carlo beside published results: AAPM report 195 (2015), case 2, radiography and tomosynthesis at 56.4 keV.

A point source 155 cm above a slab of soft tissue, 39 x 39 x 20 cm, in air, lights 39 x 39 cm of a plane at 180 cm; for
tomosynthesis it stands 15 degrees aside. Compared is the energy that a photon leaves in the slab and in nine cubes of 3 cm
in it, with the mean of the report's four codes (EGSnrc, Geant4, MCNP, Penelope). I. Sechopoulos et al., Monte Carlo
reference data sets for imaging research, Medical Physics 42, 2015.
"""

from dataclasses import replace

import numpy as np
from common import Benchmark

SOURCE_MM, SLAB_MM, SIDE_MM, PLANE_MM = 1550.0, 200.0, 390.0, 1800.0
TOMO_MM = PLANE_MM * np.tan(np.radians(15))
"""By which the source is aside."""
STEP_MM, DEPTH_STEP_MM = 30.0, 5.0
CUBES_MM = {
    1: (0, -150, 0), 2: (-150, 0, 0), 3: (0, 0, 0), 4: (150, 0, 0), 5: (0, 150, 0), 6: (0, 0, -60), 7: (0, 0, -30),
    8: (0, 0, 30), 9: (0, 0, 60),
}  # fmt: skip
"""Middles of the cubes from the slab's, x, y and along the beam."""
PUBLISHED_EV = {
    "radiography": (33171.4, 27.0105, 27.0031, 36.6674, 27.0083, 27.0080, 72.8588, 53.3451, 23.8321, 14.5952),
    "tomosynthesis": (30883.8, 33.0808, 25.4753, 34.6257, 25.5054, 9.7907, 70.8050, 51.0616, 22.2765, 13.5443),
}
"""The report's mean of four codes: eV a photon, in the whole slab and in the cubes 1 to 9."""
CODES_EV = {"radiography": (33134.9, 33205.4), "tomosynthesis": (30870.0, 30912.8)}
"""Least and most of the four codes, whole slab."""
PHOTONS, BATCH, BATCHES = 6_000_000, 5_000, 20
"""Of a case; of a batch, whose spread is the error; batches followed together."""


def scene_of(case: str):
    """The report's geometry, source at the origin; regions 1 to 9 are the cubes, 10 the rest of the slab, 0 air."""
    from RayEmbRegistrationLib.geometry import Camera, RigidTransform
    from RayEmbRegistrationLib.simulation.monte_carlo.beam import monoenergetic
    from RayEmbRegistrationLib.simulation.monte_carlo.body import Body
    from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
    from RayEmbRegistrationLib.simulation.monte_carlo.tables import load_tables
    from RayEmbRegistrationLib.simulation.monte_carlo.workers import SceneParts

    aside = TOMO_MM if case == "tomosynthesis" else 0.0
    wide = round(SIDE_MM / STEP_MM)
    beside = int(np.ceil(aside / STEP_MM))  # air between the source and the slab's edge
    counts = (wide, wide + beside, round((SOURCE_MM + SLAB_MM) / DEPTH_STEP_MM))
    x, y, z = (
        (np.arange(count) + 0.5) * step + first
        for count, step, first in zip(
            counts, (STEP_MM, STEP_MM, DEPTH_STEP_MM), (-SIDE_MM / 2, -SIDE_MM / 2 - beside * STEP_MM, 0.0), strict=True
        )
    )
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    region = np.where((np.abs(y) < SIDE_MM / 2) & (z > SOURCE_MM), 10, 0)
    for number, (a, b, c) in CUBES_MM.items():
        middle = SOURCE_MM + SLAB_MM / 2 + c
        region[(np.abs(x - a) < 15) & (np.abs(y - b) < 15) & (np.abs(z - middle) < 15)] = number
    names, tables = ("air", "soft_195"), load_tables()
    material = (region > 0).astype(np.uint8)
    density = np.array([tables.density[tables.row(name)] for name in names], np.float32)[material]
    matrix = np.diag([STEP_MM, STEP_MM, DEPTH_STEP_MM, 1.0])
    matrix[:3, 3] = x.min(), y.min() + aside, z.min()
    # 56.4 keV between the tables' rows.
    spectrum = 0.6 * monoenergetic(56) + 0.4 * monoenergetic(57)
    view = Camera.from_detector((1, 1), (SIDE_MM, SIDE_MM), PLANE_MM, (0.0, -aside / SIDE_MM))
    scene = SceneParts(Body(density, material, matrix, names), view, RigidTransform(), Detector(), spectrum, region=region)
    return replace(scene.scene(), rays=0, window=False)


def steradians(case: str) -> float:
    """That the beam covers, by the middles of a fine grid."""
    aside, count = (TOMO_MM if case == "tomosynthesis" else 0.0), 1000
    offsets = ((np.arange(count) + 0.5) / count - 0.5) * SIDE_MM
    x, y = np.meshgrid(offsets, offsets + aside)
    return float((PLANE_MM / (x**2 + y**2 + PLANE_MM**2) ** 1.5).sum() * (SIDE_MM / count) ** 2)


def energies(case: str, photons: int, seed: int = 195) -> tuple[np.ndarray, np.ndarray]:
    """(10,) eV a photon in the slab and its cubes 1 to 9, and their standard errors."""
    import torch
    from RayEmbRegistrationLib.simulation.monte_carlo.transport import follow

    scene, solid, found = scene_of(case), steradians(case), []
    for number in range(photons // (BATCH * BATCHES)):
        tally = follow(scene, BATCH, torch.Generator().manual_seed(seed + number), BATCHES)
        regional = tally.regional.numpy()[:, 1:] / BATCH / solid * 1000
        found.append(np.column_stack([regional.sum(axis=1), regional[:, :9]]))
    batches = np.concatenate(found)
    return batches.mean(axis=0), batches.std(axis=0, ddof=1) / np.sqrt(len(batches))


def run(quick: bool = False) -> Benchmark:
    """Both cases."""
    rows, photons = [], PHOTONS // (30 if quick else 1)
    for case, published in PUBLISHED_EV.items():
        ours, errors = energies(case, photons)
        for number, (value, error, theirs) in enumerate(zip(ours, errors, published, strict=True)):
            what = f"{case}, cube {number}" if number else f"{case}, slab"
            asked = f"{theirs:.2f} eV" if number else f"{theirs:.0f} ({CODES_EV[case][0]:.0f} to {CODES_EV[case][1]:.0f}) eV"
            rows.append(
                {"what": what, "report 195": asked, "here": f"{value:.2f} eV", "standard error": f"{error:.2f} eV",
                 "off": f"{100 * (value / theirs - 1):+.2f} %", "in standard errors": f"{(value - theirs) / error:+.1f}"}
            )  # fmt: skip
    note = (
        f"Energy that a photon leaves, {photons:g} photons a case. Asked: within three standard errors. The "
        "report's cross sections are other tables' (EPDL, XCOM) than ours (xraylib)."
    )
    return Benchmark(rows, note=note)
