"""What a verdict belongs to: one CT, and of each view one image, one camera and one pose. Whatever changes voids it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .identity import digest_of_arrays
from .result import QualityRecord, VerdictRecord, ViewRecord

DECIMALS = 5  # of mm, pixels and rotations; chosen: no one sees less, and writing and reading moves only the last digits


def identities(views: Sequence[ViewRecord], ct: Mapping[str, str]) -> dict[str, str]:
    """Digests by name: "CT", and of each view, counted from 1, "image 1", "camera 1" and "pose 1"; only of what is known.

    Args:
        views: of the result.
        ct: as in ``Provenance``.
    """
    found = {"CT": ct.get("content_sha256", "")}
    for number, view in enumerate(views, 1):
        camera, pose = view.camera, view.camera_from_ras
        found[f"image {number}"] = view.image_sha256 or ""
        if camera is not None:
            found[f"camera {number}"] = _digest(
                camera.K, camera.image_size, camera.pixel_spacing_mm, camera.source_to_detector_mm
            )
        if pose is not None:
            found[f"pose {number}"] = _digest(pose.matrix)
    return {name: digest for name, digest in found.items() if digest}


def valid_for(quality: QualityRecord, views: Sequence[ViewRecord], ct: Mapping[str, str]) -> QualityRecord:
    """The quality as it is, or with its verdicts void where they were given on something else than these views and this CT.

    Qualities that do not say what they belong to are left as they are.
    """
    now = identities(views, ct)
    names = dict.fromkeys((*quality.judged, *now)) if quality.judged else {}
    changed = [name for name in names if quality.judged.get(name) != now.get(name)]
    if not changed:
        return quality
    reason = (
        f"the verdict was given on another {', '.join(changed)} and is void: register again, or assess the pose as it is now"
    )
    void = VerdictRecord(False, reason)
    return replace(quality, verdict=void, verdicts=dict.fromkeys(quality.verdicts, void))


def _digest(*values: object) -> str:
    arrays = [np.round(np.asarray(value, dtype=np.float64), DECIMALS) + 0.0 for value in values]  # no negative zero
    return digest_of_arrays(*arrays)
