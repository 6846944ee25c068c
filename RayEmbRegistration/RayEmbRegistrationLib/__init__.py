"""2D/3D registration of a CT to X-rays, usable without Slicer.

The names below are the public face. Each is loaded when it is first used, so that ``import RayEmbRegistrationLib`` brings
nothing heavy along:

    from RayEmbRegistrationLib import prepare, read_ct, read_xray, register
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .application.open_ct import open_ct as read_ct
    from .application.open_xray import open_xray as read_xray
    from .application.reconstruct import reconstruct
    from .assessing import assess_poses
    from .evaluation.metrics import PoseErrors
    from .evaluation.poses import evaluate
    from .files.camera import read_camera
    from .geometry import Camera, CTVolume, RigidTransform
    from .pose.prepared.prepare import PrepareSettings, prepare
    from .pose.prepared.prepared_ct import PreparedCT
    from .pose.settings import RegistrationSettings
    from .problems import InputProblem
    from .progress import Cancelled
    from .quality.quality import Quality
    from .registration import fine_tune, register
    from .result import RegistrationResult, ViewResult
    from .simulation.cases import c_arm_pose, default_camera
    from .simulation.view import simulate
    from .simulation.xray import SimulationSettings
    from .xray.view import XrayView

__version__ = "0.1.0"

_HOMES = {
    "CTVolume": "geometry",
    "Camera": "geometry",
    "Cancelled": "progress",
    "InputProblem": "problems",
    "PoseErrors": "evaluation.metrics",
    "PrepareSettings": "pose.prepared.prepare",
    "PreparedCT": "pose.prepared.prepared_ct",
    "Quality": "quality.quality",
    "RegistrationResult": "result",
    "RegistrationSettings": "pose.settings",
    "RigidTransform": "geometry",
    "SimulationSettings": "simulation.xray",
    "ViewResult": "result",
    "XrayView": "xray.view",
    "assess_poses": "assessing",
    "c_arm_pose": "simulation.cases",
    "default_camera": "simulation.cases",
    "evaluate": "evaluation.poses",
    "fine_tune": "registration",
    "prepare": "pose.prepared.prepare",
    "read_camera": "files.camera",
    "read_ct": "application.open_ct",
    "read_xray": "application.open_xray",
    "reconstruct": "application.reconstruct",
    "register": "registration",
    "simulate": "simulation.view",
}

# Names that the file of their home does not use itself.
_NAMES_AT_HOME = {"read_ct": "open_ct", "read_xray": "open_xray"}

__all__ = [
    "CTVolume",
    "Camera",
    "Cancelled",
    "InputProblem",
    "PoseErrors",
    "PrepareSettings",
    "PreparedCT",
    "Quality",
    "RegistrationResult",
    "RegistrationSettings",
    "RigidTransform",
    "SimulationSettings",
    "ViewResult",
    "XrayView",
    "__version__",
    "assess_poses",
    "c_arm_pose",
    "default_camera",
    "evaluate",
    "fine_tune",
    "prepare",
    "read_camera",
    "read_ct",
    "read_xray",
    "reconstruct",
    "register",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """The public names, loaded when they are first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), _NAMES_AT_HOME.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
