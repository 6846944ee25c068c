"""How fast the Monte Carlo of X-rays is: a pelvis-like body, 80 kVp, a map of 64 x 64, beside a plain analogue run.

    python Testing/bench/monte_carlo.py [--processes 2] [--device cpu] [--output results/monte_carlo.json]

Error squared times processor time is what a method is worth: it does not depend on how long it runs. Both methods follow the
same physics, with one thread; the map is smoothed for both or for neither.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "RayEmbRegistration"))

from RayEmbRegistrationLib.geometry import Camera, CTVolume
from RayEmbRegistrationLib.geometry.c_arm import camera_from_ras_of_c_arm
from RayEmbRegistrationLib.simulation.monte_carlo.beam import Beam
from RayEmbRegistrationLib.simulation.monte_carlo.body import Body, body_of_ct
from RayEmbRegistrationLib.simulation.monte_carlo.detector import Detector
from RayEmbRegistrationLib.simulation.monte_carlo.primary import project_primary
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort, merge, scatter_map, work_share
from RayEmbRegistrationLib.simulation.monte_carlo.scene import Scene
from RayEmbRegistrationLib.simulation.monte_carlo.workers import SceneParts, worker_of

SMOOTHING = Effort().smoothing


def pelvis_like():
    """34 x 22 x 28 cm of soft tissue, fat outside, with two iliac wings, femoral heads and a sacrum of plain shapes."""
    z, y, x = np.meshgrid(*(np.arange(-n, n + 1e-3, 4.0) for n in (140, 120, 180)), indexing="ij")
    hu = np.full(x.shape, -1000.0, np.float32)
    hu[(x / 170) ** 2 + (y / 110) ** 2 < 1] = -95
    hu[(x / 150) ** 2 + (y / 92) ** 2 < 1] = 45
    for side in (-1, 1):
        hu[((x - 85 * side) / 50) ** 2 + ((y + 10) / 14) ** 2 + ((z - 40) / 60) ** 2 < 1] = 450
        hu[(x - 90 * side) ** 2 + y**2 + (z + 60) ** 2 < 26**2] = 600
    hu[(x / 40) ** 2 + ((y + 55) / 22) ** 2 + ((z - 30) / 50) ** 2 < 1] = 350
    matrix = np.diag([4.0, 4, 4, 1])
    matrix[:3, 3] = (-180, -120, -140)
    return CTVolume(hu, matrix)


def parts_of(ct, device="cpu"):
    view = Camera.from_detector((64, 64), (300 / 64, 300 / 64), 1020.0)
    pose = camera_from_ras_of_c_arm(0, 0, 0, np.zeros(3), 714.0)
    return SceneParts(body_of_ct(ct, 4.0), view, pose, Detector(), Beam(80).spectrum(), device)


def worth(scene, shares, histories, smoothing):
    """Relative error of some shares, and the processor time they took."""
    start = time.process_time()
    done = [work_share(scene, 7, number, histories) for number in range(shares)]
    seconds = time.process_time() - start
    # Cells that nothing reached have no error of their own: the map's root mean square error over its mean instead.
    found = merge(done, smoothing)
    return float(np.sqrt((found.error**2).mean()) / found.signal.mean()), seconds, found


def slab_ratio(thickness_mm, gap_mm, field_mm=300.0):
    """Scatter to primary, in the middle, of a slab of water before a detector, and its standard error."""
    counts = (75, 75, max(1, round(thickness_mm / 10)))
    matrix = np.diag([4.0, 4.0, thickness_mm / counts[2], 1.0])
    matrix[:3, 3] = -(np.array(counts) - 1) / 2 * np.diag(matrix)[:3]
    body = Body(np.ones(counts[::-1], np.float32), np.zeros(counts[::-1], np.uint8), matrix, ("water",))
    view = Camera.from_detector((8, 8), (field_mm / 8, field_mm / 8), 1000.0)
    pose = camera_from_ras_of_c_arm(0, 0, 0, np.zeros(3), 1000.0 - gap_mm - thickness_mm / 2)
    # The C-arm's beam runs along A: the slab's thickness must.
    turned = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    body = Body(body.density, body.material, turned @ matrix, ("water",))
    detector, spectrum = Detector(), Beam(80).spectrum()
    scene = SceneParts(body, view, pose, detector, spectrum).scene()
    found = merge([work_share(scene, 3, number, 2000) for number in range(10)])
    primary = project_primary(body, view, pose, spectrum, detector)
    middle = (slice(3, 5), slice(3, 5))
    below = primary.signal[middle].mean()
    return found.signal[middle].mean() / below, np.sqrt((found.error[middle] ** 2).sum()) / 4 / below


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--output", type=Path, default=Path(__file__).resolve().parent / "results" / "monte_carlo.json")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = parts_of(pelvis_like(), arguments.device)
    scene = parts.scene()
    analogue = Scene(scene.voxels, scene.laws, scene.map_camera, scene.detector, scene.spectrum, analogue=True, window=False)
    rows, numbers = [], {}
    for name, one, shares, histories in (("analogue", analogue, 10, 40_000), ("forced detection", scene, 10, 2000)):
        for smoothing in (0.0, SMOOTHING):
            error, seconds, found = worth(one, shares, histories, smoothing)
            numbers[name, smoothing] = error**2 * seconds
            rows.append(
                {"what": f"{name}, smoothed by {smoothing:g} cells", "relative error": error, "processor s": seconds,
                 "histories": found.histories, "processor s to 5 %": seconds * (error / 0.05) ** 2}
            )  # fmt: skip
    speed = {
        "forced detection over analogue, neither smoothed": numbers["analogue", 0.0] / numbers["forced detection", 0.0],
        "forced detection over analogue, both smoothed": numbers["analogue", SMOOTHING]
        / numbers["forced detection", SMOOTHING],
        "forced detection, smoothed, over plain analogue": numbers["analogue", 0.0] / numbers["forced detection", SMOOTHING],
    }
    start, used = time.time(), time.process_time()
    with worker_of(parts, 0, arguments.processes) as worker:
        found = scatter_map(Effort(None, 0.05), worker, lambda *_: None, arguments.processes)
    whole = {
        "wall s": time.time() - start, "processor s of this process": time.process_time() - used,
        "relative error": found.relative_error, "histories": found.histories, "processes": arguments.processes,
        "device": arguments.device,
    }  # fmt: skip
    slabs = [
        {"water mm": thickness, "air gap mm": gap, "scatter to primary": float(ratio), "standard error": float(error)}
        for thickness in (100, 200, 300) for gap in (0.0, 200.0)
        for ratio, error in [slab_ratio(thickness, gap)]
    ]  # fmt: skip
    result = {"methods": rows, "speed": speed, "map of 64 x 64 to 5 %": whole, "slabs, 80 kVp, 30 x 30 cm": slabs}
    arguments.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
