"""How fast the projector is, compiled and by torch, beside DiffDRR and nanodrr: forward, forward and backward, and with
the pose Jacobian.

    python Testing/bench/projector.py

The volume is the bone of ../shared/data/pelvis/ct.nii.gz where it is, else a procedural one of the same size.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "RayEmbRegistration"))

from RayEmbRegistrationLib.application.open_ct import open_ct  # noqa: E402
from RayEmbRegistrationLib.drr import JosephProjector, Projector  # noqa: E402
from RayEmbRegistrationLib.drr.attenuation import bone_attenuation  # noqa: E402
from RayEmbRegistrationLib.drr.references import DiffDrrProjector, NanoDrrProjector  # noqa: E402
from RayEmbRegistrationLib.geometry import Camera, RigidTransform  # noqa: E402
from RayEmbRegistrationLib.volumes.bone import find_skeleton  # noqa: E402

PELVIS = REPOSITORY.parent / "shared" / "data" / "pelvis" / "ct.nii.gz"
TURNS_RAD = {"frontal": (0.1, 0.05, 0.2), "lateral": (0.05, 0.05, np.pi / 2 - 0.1)}
NANODRR_SAMPLES = 200  # a ray; as accurate as ours
UPRIGHT = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


class TorchAlone(JosephProjector):
    """The projector as it is without numba."""

    @property
    def _is_compiled(self) -> bool:
        return False


def bone_values() -> tuple[np.ndarray, np.ndarray, str]:
    """(K, J, I) attenuation cropped to the bone, its ras_from_ijk, and what it is."""
    if PELVIS.exists():
        volume = open_ct(PELVIS).volume
        mask = find_skeleton(volume).mask
        projector = JosephProjector(bone_attenuation(volume, mask), volume.ras_from_ijk)
        return projector.values.numpy(), projector.ras_from_ijk, "pelvis"
    k, j, i = np.meshgrid(*(np.linspace(-1, 1, n) for n in (175, 98, 182)), indexing="ij")
    radius = np.sqrt(k**2 + j**2 + i**2)
    shell = np.clip((0.9 - radius) * 20, 0, 1) * (0.6 + 0.4 * np.sin(12 * i) * np.cos(9 * k))
    return (0.02 * shell).astype(np.float32), np.diag([1.56, 1.56, 1.6, 1.0]), "procedural"


def mean_ms(work: Callable[[], object], runs: int) -> float:
    """Mean wall time of a call in ms, after one that does not count."""
    work()
    start = time.perf_counter()
    for _ in range(runs):
        work()
    return round(1000 * (time.perf_counter() - start) / runs, 1)


def forward_and_backward(projector: Projector, poses: torch.Tensor, camera: Camera) -> torch.Tensor:
    """The gradient of the image's sum of squares with respect to the pose."""
    poses = poses.clone().requires_grad_()
    return torch.autograd.grad(projector.render(poses, camera).square().sum(), poses)[0]


def run(size: int = 224, runs: int = 5, reference_runs: int = 1, with_diffdrr: bool = True) -> list[dict]:
    """One row a view and projector, with the same keys: mean wall times in ms, None where there is none.

    ``forward_ms`` is an image, ``backward_ms`` an image and its gradient, ``jacobian_ms`` an image and its derivative by six
    pose parameters; ``times_as_fast`` compares ``backward_ms`` with DiffDRR's.

    Args:
        size: image width and height, px.
        runs: calls that the mean is taken over.
        reference_runs: the same for DiffDRR, which is slow.
        with_diffdrr: whether to time DiffDRR and nanodrr too.
    """
    values, ras_from_ijk, volume_name = bone_values()
    center = ras_from_ijk[:3, :3] @ ((np.array(values.shape[::-1]) - 1) / 2) + ras_from_ijk[:3, 3]
    camera = Camera.from_detector((size, size), (280 / size, 280 / size), 1020.0)
    projectors = {
        "Joseph, compiled": (JosephProjector(values, ras_from_ijk), runs),
        "Joseph, torch": (TorchAlone(values, ras_from_ijk), runs),
    }
    if with_diffdrr:
        projectors["nanodrr"] = (NanoDrrProjector(values, ras_from_ijk, NANODRR_SAMPLES), runs)
        projectors["DiffDRR Siddon"] = (DiffDrrProjector(values, ras_from_ijk), reference_runs)
    rows = []
    for view, turn in TURNS_RAD.items():
        rotation = UPRIGHT @ RigidTransform.from_rotation_vector(turn).rotation
        pose = RigidTransform(rotation, np.array([5.0, -7.0, 750.0]) - rotation @ center)
        poses = torch.as_tensor(pose.matrix)[None]
        centers = torch.as_tensor(pose.apply(center))[None]
        for name, (projector, count) in projectors.items():
            row = {"view": view, "projector": name, "volume": volume_name, "size": size, "threads": torch.get_num_threads()}
            with torch.no_grad():
                row["forward_ms"] = mean_ms(lambda p=projector, x=poses: p.render(x, camera), count)
            row["backward_ms"] = mean_ms(lambda p=projector, x=poses: forward_and_backward(p, x, camera), count)
            row["jacobian_ms"] = row["times_as_fast"] = None
            if isinstance(projector, JosephProjector):
                row["jacobian_ms"] = mean_ms(
                    lambda p=projector, x=poses, c=centers: p.render_with_jacobian(x, camera, c), count
                )
            rows.append(row)
        for row in rows[-len(projectors) :] if with_diffdrr else []:
            row["times_as_fast"] = round(rows[-1]["backward_ms"] / row["backward_ms"], 1)
    return rows


def main() -> None:
    """Print the table."""
    rows = run()
    print(f"{rows[0]['volume']}, {rows[0]['size']} px squared, {rows[0]['threads']} threads; mean wall time in ms")
    print(f"{'view':10}{'projector':18}{'forward':>10}{'+ backward':>12}{'+ Jacobian':>12}{'times as fast':>15}")
    for row in rows:
        times = f"{row['forward_ms']:10.1f}{row['backward_ms']:12.1f}{row['jacobian_ms'] or float('nan'):12.1f}"
        print(f"{row['view']:10}{row['projector']:18}{times}{row['times_as_fast']:15.1f}")


if __name__ == "__main__":
    main()
