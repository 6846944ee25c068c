"""The Monte Carlo of X-rays on a graphics card: how fast a map of scatter is, whether card and processor agree, and X-rays.

    python Testing/gpu/monte_carlo.py --output OUT [--cts FOLDER] [--device cuda] [--seed 17] [--count 40] [--pixels 384]

From the repository's root on a machine with a card and torch, numpy, scipy, opencv. OUT/monte_carlo_gpu.json gets the times
of a map of 64 x 64 to 5 % of a pelvis at 80 kVp (asked: 1 s), and the differences between card and processor over their
stated errors. Where FOLDER holds the CTs that ``Testing/bench/monte_carlo_xrays.py --pack FOLDER`` wrote (mc_pelvis.npz is
the first, then by name), OUT/mc_xrays.npz gets X-rays of them: two fifths of the first, the others of the rest, every
second one hard, each followed to a scatter of 10 % or better. ``Testing/bench/monte_carlo_xrays.py`` registers them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "RayEmbRegistration"), str(REPOSITORY / "Testing" / "bench")]

from RayEmbRegistrationLib.geometry import CTVolume, RigidTransform  # noqa: E402
from RayEmbRegistrationLib.simulation.cases import default_camera, pose_from_ap  # noqa: E402
from RayEmbRegistrationLib.simulation.monte_carlo.cases import simulate_case  # noqa: E402
from RayEmbRegistrationLib.simulation.monte_carlo.matter import matter_of  # noqa: E402
from RayEmbRegistrationLib.simulation.monte_carlo.scatter import Effort, scatter_map  # noqa: E402
from RayEmbRegistrationLib.simulation.monte_carlo.workers import worker_of  # noqa: E402
from RayEmbRegistrationLib.simulation.xray import SimulationSettings  # noqa: E402

FINER_MM = 1.05
"""Voxels that are projected, so that the X-rays are not of the very grid that is registered; chosen: as quality_xrays.py."""
PELVIS_SHARE = 0.4
"""Of the X-rays: 16 of 40."""
LEAST_SHOWN, TRIES = 0.35, 20
"""Share of the bone that an X-ray of a limb shall show, and how often to look for such a place; as quality_xrays.py."""
ERROR = 0.05
"""Of the map that is timed."""


def waited(device: str) -> float:
    """Now, once the card has done all it was given."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def timed_map(device: str, processes: int, runs: int) -> tuple[list[float], object]:
    """Seconds of each run, and the last map."""
    from monte_carlo import parts_of, pelvis_like

    parts, seconds = parts_of(pelvis_like(), device), []
    with worker_of(parts, 0, processes) as worker:
        for _ in range(runs):
            began = waited(device)
            found = scatter_map(Effort(None, ERROR), worker, lambda *_: None, processes)
            seconds.append(waited(device) - began)
    return seconds, found


def compared(device: str, processes: int) -> dict:
    """Times of the device and of the processor, and how far apart their maps are in their stated errors."""
    seconds, ours = timed_map(device, 1, 3)
    theirs_seconds, theirs = timed_map("cpu", processes, 1)
    sigma = np.hypot(ours.error, theirs.error)
    off = (ours.signal - theirs.signal) / np.where(sigma > 0, sigma, np.inf)
    deposited = (ours.deposited_kev[0] - theirs.deposited_kev[0]) / np.hypot(ours.deposited_kev[1], theirs.deposited_kev[1])
    card = torch.device(device).type == "cuda"
    return {
        "device": torch.cuda.get_device_name() if card else "cpu",
        "torch": torch.__version__,
        "map of 64 x 64 to 5 %, s, first call and others": [round(each, 3) for each in seconds],
        "relative error": ours.relative_error,
        "histories": ours.histories,
        f"the same on {processes} processes of the processor, their start included, s": round(theirs_seconds[0], 2),
        "mean signal, device over processor": float(ours.signal.mean() / theirs.signal.mean()),
        "difference of cells over their errors, root mean square": float(np.sqrt(np.mean(off**2))),
        "difference of the deposited energy over its error": float(deposited),
    }


def finer(hu: np.ndarray, ras_from_ijk: np.ndarray, device: str) -> CTVolume:
    """A CT on a grid of about ``FINER_MM`` where it is coarser, by cubic interpolation along each axis."""
    from scipy.ndimage import zoom

    values, shrink = torch.as_tensor(hu.astype(np.float32), device=device), np.ones(3)
    spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    for axis, step in enumerate(spacing):
        where = 2 - axis
        count = values.shape[where]
        more = max(count, round(count * step / FINER_MM))
        if more > count:
            weights = zoom(np.eye(count), (more / count, 1), order=3, mode="nearest", grid_mode=True)
            moved = values.movedim(where, 0)
            flat = torch.as_tensor(weights, dtype=torch.float32, device=device) @ moved.reshape(count, -1)
            values = flat.view(more, *moved.shape[1:]).movedim(0, where).contiguous()
        shrink[axis] = count / more
    grid = ras_from_ijk.copy()
    grid[:3, :3] = ras_from_ijk[:3, :3] * shrink
    grid[:3, 3] += ras_from_ijk[:3, :3] @ ((shrink - 1) / 2)  # voxel edges stay where they are
    return CTVolume(np.round(values.cpu().numpy()).astype(np.int16), grid)


def is_hard(number: int) -> bool:
    """Every second one."""
    return number % 2 == 1


def generator(name: str, number: int, seed: int, purpose: int) -> np.random.Generator:
    """Random numbers of one X-ray, for its pose (0) or its image (1)."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), number, purpose])


def drawn_pose(name: str, points_ras: np.ndarray, number: int, seed: int, whole: bool) -> RigidTransform:
    """As the cohorts' poses; of a limb (not ``whole``) about a place that shows enough of the bone."""
    rng = generator(name, number, seed, 0)
    spread, offset = ((42.0, 35.0, 15.0), 45.0) if is_hard(number) else ((22.0, 18.0, 8.0), 22.0)
    angles = rng.uniform(-1, 1, 3) * spread
    place = rng.uniform(-1, 1, 3) * (offset, offset, 60.0) + (0, 0, 750.0)
    center = (points_ras.min(axis=0) + points_ras.max(axis=0)) / 2
    if not whole:
        shown = -1.0
        for _ in range(TRIES):
            tried = points_ras[rng.integers(len(points_ras))]
            pixels = default_camera(100).project(pose_from_ap(tried, angles, place).apply(points_ras))
            share = float(((pixels > 0) & (pixels < 99)).all(axis=1).mean())
            if share > shown:
                shown, center = share, tried
            if shown > LEAST_SHOWN:
                break
    return pose_from_ap(center, angles, place)


def drawn_settings(name: str, number: int, seed: int) -> tuple[SimulationSettings, np.random.Generator]:
    """How the X-ray is taken, and what draws its noise, tools and letters."""
    rng = generator(name, number, seed, 1)
    return (SimulationSettings.hard if is_hard(number) else SimulationSettings.easy)(rng), rng


def wanted(cts: list[Path], count: int) -> list[tuple[Path, int]]:
    """(CT, number of its X-ray), CT by CT."""
    first = round(PELVIS_SHARE * count) if len(cts) > 1 else count
    numbers = [first, *(len(part) for part in np.array_split(np.arange(count - first), max(len(cts) - 1, 1)))]
    return [(path, number) for path, many in zip(cts, numbers, strict=False) for number in range(many)]


def make_xrays(cts: list[Path], device: str, seed: int, count: int, pixels: int) -> dict[str, np.ndarray]:
    """All X-rays as arrays."""
    camera, opened, matter = default_camera(pixels), None, None
    found: dict[str, list] = {key: [] for key in ("pixels", "bits", "mask", "bright", "poses", "names", "about", "hard")}
    for path, number in wanted(cts, count):
        began = waited(device)
        if path != opened:
            with np.load(path) as file:
                ct, points = finer(file["hu"], file["ras_from_ijk"], device), file["points_ras"]
            opened, matter = path, matter_of(ct, device, keep=True)
        name = path.stem.removeprefix("mc_")
        pose = drawn_pose(name, points, number, seed, path == cts[0])
        settings, rng = drawn_settings(name, number, seed)
        xray = simulate_case(ct, camera, pose, settings, rng, matter)
        values = (xray.pixels.astype(np.uint16), 8 * xray.pixels.dtype.itemsize, np.packbits(xray.mask))
        about = (xray.bone_is_bright, pose.matrix, f"{name}-{number:02d}", xray.description, is_hard(number))
        for key, value in zip(found, (*values, *about), strict=True):
            found[key].append(value)
        print(f"{name} {number}: {waited(device) - began:.1f} s; {xray.description}", flush=True)
    arrays = {key: np.array(values) for key, values in found.items()}
    return arrays | {"K": camera.K, "source_to_detector_mm": camera.source_to_detector_mm, "seed": seed}


def main() -> None:
    """Time and compare, then the X-rays."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--cts", type=Path)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--pixels", type=int, default=384)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--only-xrays", action="store_true")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    if not arguments.only_xrays:
        found = compared(arguments.device, arguments.processes)
        print(json.dumps(found, indent=1), flush=True)
        (arguments.output / "monte_carlo_gpu.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    cts = (
        sorted(arguments.cts.glob("mc_*.npz"), key=lambda path: (path.stem != "mc_pelvis", path.stem))
        if arguments.cts
        else []
    )
    if cts:
        began = time.perf_counter()
        arrays = make_xrays(cts, arguments.device, arguments.seed, arguments.count, arguments.pixels)
        np.savez_compressed(arguments.output / "mc_xrays.npz", **arrays)
        size = (arguments.output / "mc_xrays.npz").stat().st_size / 2**20
        print(f"{len(arrays['poses'])} X-rays in {time.perf_counter() - began:.0f} s, {size:.1f} MiB")


if __name__ == "__main__":
    main()
