"""What several verbs ask of bones that moved: which, and how far their joints let them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .inputs import InputError

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.prepared.prepared_ct import PreparedCT


def add_bone_arguments(group: argparse._ArgumentGroup) -> None:
    """``--bone``, ``--joint`` and ``--free-bones``."""
    group.add_argument(
        "--bone",
        metavar="N",
        type=int,
        action="append",
        default=[],
        help="label of a bone that moves on its own and gets a pose of its own; repeat for several",
    )
    group.add_argument(
        "--joint",
        metavar=("DEG", "MM"),
        type=float,
        nargs=2,
        help="how far such a bone may turn in its joint and leave it, as standard deviations (default: 15 1.5)",
    )
    group.add_argument("--free-bones", action="store_true", help="no joint holds the bones; for a dislocation")


def joint_limits(arguments: argparse.Namespace) -> tuple[float, float] | None:
    """What ``--joint`` and ``--free-bones`` say.

    Raises:
        InputError: both, or numbers out of range.
    """
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings

    if arguments.joint is not None and arguments.free_bones:
        raise InputError("give either --joint or --free-bones")
    if arguments.free_bones:
        return None
    if arguments.joint is None:
        return RegistrationSettings().joint_limits
    degrees, millimetres = arguments.joint
    if not (0 < degrees <= 180 and 0 < millimetres < float("inf")):
        raise InputError("--joint needs degrees from 0 to 180 and millimetres, both positive; --free-bones lifts the joints")
    return degrees, millimetres


def check_bones(bones: Sequence[int], prepared: PreparedCT) -> None:
    """Refuse bones that the prepared CT does not tell apart."""
    if not bones:
        return
    if prepared.labels is None:
        raise InputError("--bone needs a CT with a label map; give it with --labels, here or to 'prepare'")
    present = sorted(set(np.unique(prepared.labels).tolist()) - {0})
    absent = [label for label in bones if label not in present]
    if absent:
        raise InputError(
            f"the CT has no bone with label {', '.join(map(str, absent))}; it has {', '.join(map(str, present))}"
        )
