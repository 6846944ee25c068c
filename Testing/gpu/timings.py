"""How fast it is on the graphics card of this machine, beside its own processor: a table, and JSON where a path is given.

    python Testing/gpu/timings.py [RESULTS.json]

Registrations are of a phantom's X-ray; times are medians, after calls that do not count. nanodrr, where it is installed, is
timed with its kernel for the card beside ours, by as many samples a ray as make it as accurate.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "RayEmbRegistration"))

from RayEmbRegistrationLib.drr import joseph  # noqa: E402
from RayEmbRegistrationLib.drr.fusing import may_fuse  # noqa: E402
from RayEmbRegistrationLib.drr.joseph import JosephProjector  # noqa: E402
from RayEmbRegistrationLib.drr.references import NanoDrrProjector  # noqa: E402
from RayEmbRegistrationLib.geometry import Camera, RigidTransform  # noqa: E402
from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare  # noqa: E402
from RayEmbRegistrationLib.pose.settings import RegistrationSettings  # noqa: E402
from RayEmbRegistrationLib.registration import register  # noqa: E402
from RayEmbRegistrationLib.simulation.cases import bone_center, default_camera, pose_from_ap  # noqa: E402
from RayEmbRegistrationLib.simulation.phantoms.phantom import make_pelvis_phantom  # noqa: E402
from RayEmbRegistrationLib.simulation.view import simulate  # noqa: E402

SIZE, RUNS, MANY = 224, 20, 32
NANODRR_SAMPLES = 200  # a ray; as in Testing/bench/projector.py


def median_ms(work, device: str, runs: int = RUNS) -> float:
    """Median wall time of a call, ms; what it put on the card is waited for."""

    def once() -> float:
        if device == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        return 1000 * (time.perf_counter() - start)

    for _ in range(3):
        once()
    return round(statistics.median(once() for _ in range(runs)), 2)


def projectors(
    values: torch.Tensor, ras_from_ijk: np.ndarray, truth: RigidTransform, center: np.ndarray, device: str
) -> dict[str, float]:
    """Ours, ours without a kernel for the card, and nanodrr's, of one image and of many."""
    camera = Camera.from_detector((SIZE, SIZE), (280 / SIZE, 280 / SIZE), 1020.0)
    ours, found = JosephProjector(values, ras_from_ijk, device), {}
    one = torch.as_tensor(truth.matrix, device=device)[None]
    many = one.repeat(MANY, 1, 1)
    at = torch.as_tensor(truth.apply(center), device=device)[None]

    def measure(name: str, projector) -> None:
        found[f"projector {SIZE} x {SIZE}, {name}: image"] = median_ms(lambda: projector.render(one, camera), device)
        if isinstance(projector, JosephProjector):
            label = f"projector {SIZE} x {SIZE}, {name}: image and Jacobian"
            found[label] = median_ms(lambda: projector.render_with_jacobian(one, camera, at), device)
        if device == "cuda":
            of_many = median_ms(lambda: projector.render(many, camera), device)
            found[f"projector {SIZE} x {SIZE}, {name}: {MANY} images at once, each"] = round(of_many / MANY, 4)
        pose = one.clone().requires_grad_()
        label = f"projector {SIZE} x {SIZE}, {name}: image and gradient by the pose"
        found[label] = median_ms(lambda: torch.autograd.grad(projector.render(pose, camera).square().sum(), pose), device)

    with torch.no_grad():
        plain = ours.render(one, camera)
    measure("ours", ours)
    if device == "cuda":
        print(f"ours runs {'as a fused kernel' if may_fuse(ours.values) else 'by torch alone'} on the card", flush=True)
        with_kernel = joseph.may_fuse
        joseph.may_fuse = lambda _values: False
        measure("ours by torch alone", ours)
        joseph.may_fuse = with_kernel
        try:
            nanodrr = nanodrr_on(values, ras_from_ijk, device)
            with torch.no_grad():
                apart = (nanodrr.render(one, camera) - plain).abs().max() / plain.max()
            print(f"nanodrr's image and ours differ by {100 * float(apart):.2f} % of the largest value", flush=True)
            measure("nanodrr", nanodrr)
        except ImportError as error:
            print(f"nanodrr is not timed: {error}", flush=True)
    return found


def nanodrr_on(values: torch.Tensor, ras_from_ijk: np.ndarray, device: str) -> NanoDrrProjector:
    """nanodrr by its own kernel; it reads files by TorchIO, which nothing here needs and a bare machine lacks."""
    try:
        import torchio  # noqa: F401
    except ImportError:
        sys.modules["torchio"] = types.SimpleNamespace(LabelMap=object, ScalarImage=object)
    return NanoDrrProjector(values, ras_from_ijk, NANODRR_SAMPLES, device, "triton")


def rows(device: str) -> dict[str, float]:
    """Measure to milliseconds."""
    ct = make_pelvis_phantom(0, 1.6)
    center = bone_center(ct)
    truth = pose_from_ap(center, np.array([14.0, -11.0, 5.0]), np.array([12.0, -9.0, 765.0]))
    began = time.perf_counter()
    prepared = prepare(ct, PrepareSettings(device=device))
    found = {"prepare, view ap": round(1000 * (time.perf_counter() - began), 0)}
    found |= projectors(prepared.attenuation, prepared.ras_from_ijk, truth, center, device)
    view = simulate(ct, truth, default_camera(384))
    near = replace(view, start=RigidTransform.from_rotation_vector(np.radians([1.0, -1.0, 1.0])) @ truth)
    runs = 5 if device == "cuda" else 2
    refine = RegistrationSettings(refine_only=True)
    found["register, no start pose"] = median_ms(lambda: register(prepared, [view]), device, runs)
    found["register by landmarks alone"] = median_ms(
        lambda: register(prepared, [view], RegistrationSettings(method="rayemb")), device, runs
    )
    found["refine from a start pose"] = median_ms(lambda: register(prepared, [near], refine), device, runs)
    return found


def main() -> None:
    """Measure on both and print."""
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "no card"
    devices = ["cuda", "cpu"] if torch.cuda.is_available() else ["cpu"]
    found = {device: rows(device) for device in devices}
    about = {"card": name, "torch": torch.__version__, "threads": torch.get_num_threads()}
    print(json.dumps(about))
    for measure in found[devices[0]]:
        print(f"{measure:70s}" + "".join(f"{found[d].get(measure, float('nan')):12.2f} ms {d}" for d in devices))
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps({"about": about, "ms": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
