"""What a result file says of a bone that has a pose of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .json_values import Values


@dataclass(frozen=True)
class BoneRecord:
    """What a bone's own pose is worth; numbers are None where the file does not say them.

    Attributes:
        trusted: whether to use it.
        reason: why, in one sentence.
        expected_mm: error of its points in space to expect, root mean square.
        turned_deg: against the bone that it hangs on, otherwise than in the CT.
        out_of_joint_mm: shift of the centre of its joint.
        similarity: where the picture is its own.
        in_view: share of it that the X-ray shows which shows most.
    """

    trusted: bool
    reason: str
    expected_mm: float | None = None
    turned_deg: float | None = None
    out_of_joint_mm: float | None = None
    similarity: float | None = None
    in_view: float | None = None


def bones_content(bones: Mapping[str, BoneRecord]) -> dict[str, Any]:
    """For the file, by label."""
    return {label: asdict(bone) for label, bone in bones.items()}


def bones_of_content(values: Values, key: str) -> dict[str, BoneRecord]:
    """What ``bones_content`` wrote; {} of files of before.

    Raises:
        InputProblem: a value is not what it should be.
    """
    own = values.object_or_none(key)
    if own is None:
        return {}
    found = {}
    for label in own.content:
        bone = own.object_or_none(label)
        if bone is None:
            raise own.problem(label, "an object")
        numbers = {
            name: bone.number_or_none(name)
            for name in ("expected_mm", "turned_deg", "out_of_joint_mm", "similarity", "in_view")
        }
        found[label] = BoneRecord(bone.flag("trusted"), bone.text("reason"), **numbers)
    return found
