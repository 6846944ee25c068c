"""``train --reconstruction``: a network that reconstructs bone from X-rays, of one patient or of any anatomy."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import SUCCEEDED, say
from .training_lines import Interrupt, Lines

if TYPE_CHECKING:
    from RayEmbRegistrationLib.detector.networks.encoder import Encoder
    from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT
    from RayEmbRegistrationLib.training.outside import TrainProgress
    from RayEmbRegistrationLib.training.surface_views import SurfaceSource

PROCEDURAL_SHARE = 0.5  # of the sets, beside CTs; as in ``train``


@dataclass(frozen=True, eq=False)
class _Task:
    """What to train on, what the weights are of, and what they say of it."""

    source: SurfaceSource
    prepared: PreparedCT | None
    about: dict[str, Any]
    whose: dict[str, str]


def train_surface_network(arguments: argparse.Namespace, prepared: Sequence[PreparedCT], state_path: Path) -> int:
    """Train; the file holds the best network so far from the first step on."""
    from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder, SurfaceNetwork
    from RayEmbRegistrationLib.detector.weights import save_weights
    from RayEmbRegistrationLib.training.outside import Hooks
    from RayEmbRegistrationLib.training.surfaces import train_surfaces

    task = _task(arguments, prepared)
    network, init = _start(arguments, prepared)
    patient = task.prepared

    def save(best: Encoder, steps: int, minutes: float, error: float | None) -> None:
        assert isinstance(best, SurfaceEncoder)  # noqa: S101 - it is the one that is trained; for the type checker
        center, extent = (None, 0.0) if patient is None else (patient.center_ras, patient.extent_mm)
        story = {
            **task.about,
            "how": f"entry and exit of rays by Laplace likelihood; started from {init}; seed {arguments.seed}",
            "steps": steps,
            "minutes": round(minutes, 2),
            "made": time.strftime("%Y-%m-%d", time.gmtime()),
        }
        if arguments.credit:
            story["credit"] = arguments.credit
        if error is not None and math.isfinite(error):
            story["surface_error_mm"] = round(error, 2)
        save_weights(arguments.output, best, story | SurfaceNetwork(best, task.source.pixel_mm, center, extent).about())

    def keep(best: Encoder, now: TrainProgress) -> None:
        save(best, now.step, now.minutes, now.best_error_mm)

    lines = Lines("surface error")
    hooks = Hooks(lines, lines.interrupted, keep, state_path, arguments.resume, task.whose | {"first weights": init})
    with Interrupt(lines):
        result = train_surfaces(network, task.source, arguments.minutes, hooks, arguments.seed)
    save(result.encoder, result.steps, result.minutes, result.landmark_error_mm)
    say(
        f"wrote {arguments.output}: median surface error {result.landmark_error_mm:.1f} mm after {result.steps} steps in "
        f"{result.minutes:.1f} min{', stopped early' if result.cancelled else ''}"
    )
    return SUCCEEDED


def _task(arguments: argparse.Namespace, prepared: Sequence[PreparedCT]) -> _Task:
    from RayEmbRegistrationLib.files.identity import digest_of_arrays
    from RayEmbRegistrationLib.training.surface_views import AnatomySurfaces
    from RayEmbRegistrationLib.training.surfaces import patient_source
    from RayEmbRegistrationLib.training.volumes import bone_volume

    def digest(one: PreparedCT) -> str:
        return digest_of_arrays(one.attenuation.cpu().numpy(), one.ras_from_ijk)[:12]

    whose = {"CTs": ", ".join(digest(each) for each in prepared), "procedural": str(arguments.procedural)}
    if len(prepared) == 1 and not arguments.procedural:
        (one,) = prepared
        about = {"trained_on": f"one CT, views '{one.view}'", "licence": "as the CT it was trained on allows"}
        return _Task(patient_source(one, arguments.seed), one, about, whose | {"view": one.view})
    share = PROCEDURAL_SHARE if arguments.procedural else 0.0
    device = prepared[0].device if prepared else "cpu"
    source = AnatomySurfaces(arguments.seed, [bone_volume(each) for each in prepared], share, device)
    parts = [f"{len(prepared)} CTs"] * bool(prepared) + ["procedural anatomy"] * bool(arguments.procedural)
    licence = "as the CTs it was trained on allow" if prepared else "the licence of RayEmbRegistration"
    return _Task(source, None, {"trained_on": " and ".join(parts), "licence": licence}, whose)


def _start(arguments: argparse.Namespace, prepared: Sequence[PreparedCT]) -> tuple[SurfaceEncoder, str]:
    """The network to start with and what to call its weights."""
    from RayEmbRegistrationLib.detector.networks.encoder import SmallEncoder
    from RayEmbRegistrationLib.detector.networks.surfaces import SurfaceEncoder
    from RayEmbRegistrationLib.detector.weights import load_encoder
    from RayEmbRegistrationLib.problems import InputProblem
    from RayEmbRegistrationLib.training.surfaces import new_surface_encoder, shipped_trunk

    device = prepared[0].device if prepared else "cpu"
    if arguments.init == "none":
        return new_surface_encoder(None, arguments.seed, device), "nothing"
    if arguments.init in (None, "shipped"):
        trunk = shipped_trunk()
        return new_surface_encoder(trunk, arguments.seed, device), "nothing" if trunk is None else trunk.name
    encoder, _ = load_encoder(arguments.init, device)
    if isinstance(encoder, SurfaceEncoder):
        return encoder.requires_grad_(True), encoder.name
    if not isinstance(encoder, SmallEncoder):
        raise InputProblem(f"the weights {arguments.init} are of a network that no reconstruction starts from")
    return new_surface_encoder(encoder, arguments.seed, device), encoder.name
