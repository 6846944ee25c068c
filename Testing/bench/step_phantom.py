"""A profile through the X-ray of a step phantom: primary, scatter and total, Monte Carlo beside the fast model.

Stairs of water, 60 to 240 mm thick, the thickest with an insert of bone, 300 mm long, before a detector of 280 mm behind
100 mm of air, 80 kVp; without a grid and with one. The fast model gets the exact primary and its air gap and grid, no more.
The picture is results/step_phantom.png. The fast model's numbers were fitted on elliptic trunks, not on stairs.
"""

from pathlib import Path

import numpy as np
from common import RESULTS, Benchmark, row

PICTURE = RESULTS / "step_phantom.png"
STEPS_MM, STEP_WIDE_MM, LONG_MM = (60.0, 120.0, 180.0, 240.0), 50.0, 300.0
VOXEL_MM, GAP_MM, FAR_MM, FIELD_MM, CELLS, KVP, RATIO = 5.0, 100.0, 1020.0, 280.0, 32, 80.0, 10.0
ERROR = 0.06
BAND = slice(14, 18)
"""Rows of the map that are averaged, about the middle."""


def stairs():
    """Body on a grid whose i runs along the detector's columns, j along the beam, and k along its rows."""
    from RayEmbRegistrationLib.simulation.monte_carlo.body import Body

    counts = np.array([len(STEPS_MM) * STEP_WIDE_MM, max(STEPS_MM), LONG_MM]) / VOXEL_MM
    i, j, k = (np.arange(int(count)) for count in counts)
    k, j, i = np.meshgrid(k, j, i, indexing="ij")
    step = (i * VOXEL_MM // STEP_WIDE_MM).astype(int)
    solid = (j + 0.5) * VOXEL_MM < np.array(STEPS_MM)[step]  # flat on the detector's side
    middle = (np.array(counts) - 1) / 2
    bone = (np.abs(i * VOXEL_MM - 175) < 12.5) & (np.abs(j * VOXEL_MM - 60) < 20) & solid
    material = np.where(bone, 2, np.where(solid, 1, 0)).astype(np.uint8)
    density = np.array([0.001205, 1.0, 1.4], np.float32)[material]
    matrix = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    matrix[:3, 3] = -middle * VOXEL_MM
    return Body(density, material, matrix, ("air", "water", "bone"))


def exposed(grid: float):
    """(primary, Monte Carlo scatter and its error, fast scatter), each (CELLS, CELLS) over the open beam's signal."""
    from RayEmbRegistrationLib.geometry import Camera, RigidTransform
    from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam
    from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector, Grid
    from RayEmbRegistrationLib.simulation.monte_carlo.primary import project_primary
    from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort, scatter_map
    from RayEmbRegistrationLib.simulation.monte_carlo.workers import SceneParts, worker_of
    from RayEmbRegistrationLib.simulation.scatter_model import Behind, ScatterModel

    body, detector, spectrum = stairs(), Detector(grid=Grid(grid) if grid else None), Beam(KVP).spectrum()
    # j = 0 lies towards the detector: camera x, y, z are i, k and minus j.
    turned = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    pose = RigidTransform(turned, np.array([0, 0, FAR_MM - GAP_MM - max(STEPS_MM) / 2]))
    view = Camera.from_detector((CELLS, CELLS), (FIELD_MM / CELLS,) * 2, FAR_MM)
    primary = project_primary(body, view, pose, spectrum, detector)
    unit = primary.open_signal[CELLS // 2, CELLS // 2]
    with worker_of(SceneParts(body, view, pose, detector, spectrum), 17) as worker:
        found = scatter_map(Effort(None, ERROR), worker, lambda *_: None)
    behind = Behind(GAP_MM, FIELD_MM / CELLS, grid or None)
    fast = ScatterModel().scatter(primary.signal / primary.open_signal, KVP, behind)
    return primary.signal / unit, found.signal / unit, found.error / unit, fast * primary.open_signal / unit


def run(quick: bool = False) -> Benchmark:
    """Both exposures, their figure and how far the fast model is off."""
    rows, kept = [], {}
    for grid in (0.0,) if quick else (0.0, RATIO):
        name = f"grid {grid:g}:1" if grid else "no grid"
        kept[name] = maps = exposed(grid)
        primary, scatter, _, fast = maps
        off = fast / scatter - 1
        rows += [
            row(f"{name}: scatter to primary, Monte Carlo", "", f"{scatter.mean() / primary.mean():.2f}"),
            row(f"{name}: scatter to primary, fast model", "", f"{fast.mean() / primary.mean():.2f}"),
            row(f"{name}: fast model's mean scatter off by", "15 %", f"{abs(fast.mean() / scatter.mean() - 1):.0%}"),
            row(f"{name}: over the map, root mean square", "", f"{np.sqrt(np.mean(off**2)):.0%}"),
        ]
    if not quick:
        picture(kept, PICTURE)
    note = (
        f"Stairs of water of {', '.join(f'{each:g}' for each in STEPS_MM)} mm, {KVP:g} kVp; Monte Carlo to {ERROR:.0%}. The "
        "model was not fitted on them."
    )
    return Benchmark(rows, note=note)


def picture(kept: dict, path: Path) -> None:
    """A profile along the stairs for each exposure."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 4.2), layout="constrained")
    places = (np.arange(CELLS) - (CELLS - 1) / 2) * FIELD_MM / CELLS
    for axes, (name, maps) in zip(figure.subplots(1, len(kept), squeeze=False)[0], kept.items(), strict=True):
        primary, scatter, error, fast = (each[BAND].mean(axis=0) for each in maps)
        axes.plot(places, primary, color="0.2", label="primary")
        axes.plot(places, scatter, color="tab:blue", label="scatter, Monte Carlo")
        axes.fill_between(places, scatter - 3 * error, scatter + 3 * error, color="tab:blue", alpha=0.25, lw=0)
        axes.plot(places, fast, color="tab:blue", ls="--", label="scatter, fast model")
        axes.plot(places, primary + scatter, color="tab:orange", label="total, Monte Carlo")
        axes.plot(places, primary + fast, color="tab:orange", ls="--", label="total, fast model")
        axes.set(title=name, xlabel="place on the detector (mm)", ylabel="signal over the open beam's", yscale="log")
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize=8)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
