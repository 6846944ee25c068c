"""What a result's quality says of the error of whatever is drawn with its poses, and of where that is in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from RayEmbRegistrationLib.geometry.uncertainty import ELLIPSE_95, PoseUncertainty

if TYPE_CHECKING:
    from RayEmbRegistrationLib.quality.quality import Quality


def space_uncertainty(quality: Quality, center_ras: np.ndarray) -> PoseUncertainty | None:
    """The images' own covariance with the standard deviations that the quality tells; None where it has no evidence.

    Args:
        quality: of the result.
        center_ras: (3,) mm, the bone's centre, about which turns are told.
    """
    if quality.evidence is None:
        return None
    own = PoseUncertainty(quality.evidence.covariance, center_ras)
    return own.scaled_to(quality.rotation_std_deg, quality.translation_std_mm)


def drawn_uncertainty(quality: Quality, center_ras: np.ndarray) -> PoseUncertainty | None:
    """The images' own covariance, as large as the verdict on the overlay says; None where that is not known.

    Its shape is kept whole: errors of turning and of shifting that make up for each other in the picture go on doing so. Its
    size is such that the bone's error on the X-ray stays under the verdict's bound in 95 of 100 cases.
    """
    expected = quality.errors.get("overlay_mm")
    if quality.evidence is None or expected is None:
        return None
    root_mean_square = expected.bound * np.sqrt(2) / ELLIPSE_95  # of an error in two dimensions
    scale = root_mean_square / max(quality.evidence.spread.overlay_mm, 1e-6)
    return PoseUncertainty(quality.evidence.covariance * scale**2, center_ras)
