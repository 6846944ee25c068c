"""From where an X-ray may have been taken: priors on the view, and directions spread over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from RayEmbRegistrationLib.geometry.c_arm import beam_of_c_arm


@dataclass(frozen=True)
class ViewPrior:
    """Which views to look among.

    The image is upright (head up) but for an in-plane rotation.

    Attributes:
        primary_deg, secondary_deg: (least, most) of each angle, DICOM's (``geometry.c_arm``): at 0/0 the beam runs from back
            to front, at 180/0 from front to back, at +90/0 from right to left; secondary +90 runs it towards the head. A
            range may go on beyond 180.
        in_plane_deg: the image may be turned by up to this much either way; 180 is any way up.
        spacing_deg: angle between neighbouring directions looked at.
        in_plane_step_deg: step of the in-plane rotation.
        depth_step: ratio between neighbouring depths, less one.
    """

    primary_deg: tuple[float, float]
    secondary_deg: tuple[float, float]
    in_plane_deg: float
    spacing_deg: float = 8.0
    in_plane_step_deg: float = 8.0
    depth_step: float = 0.12


VIEW_PRIORS = {
    "ap": ViewPrior((115.0, 245.0), (-65.0, 65.0), 16.0),
    "pa": ViewPrior((-65.0, 65.0), (-65.0, 65.0), 16.0),
    "lateral": ViewPrior((30.0, 150.0), (-50.0, 50.0), 16.0),
    "right-lateral": ViewPrior((-150.0, -30.0), (-50.0, 50.0), 16.0),
    "lao": ViewPrior((5.0, 85.0), (-50.0, 50.0), 16.0),
    "rao": ViewPrior((-85.0, -5.0), (-50.0, 50.0), 16.0),
    "lpo": ViewPrior((95.0, 175.0), (-50.0, 50.0), 16.0),
    "rpo": ViewPrior((185.0, 265.0), (-50.0, 50.0), 16.0),
    "any": ViewPrior((-180.0, 180.0), (-90.0, 90.0), 180.0, spacing_deg=11.0, in_plane_step_deg=12.0, depth_step=0.2),
}
"""Named priors. "ap" is the default: front to back within +-60 degrees either way and a margin. "pa" is the same from back
to front, as a C-arm with its source under the table sees a supine patient. "lateral" has the beam
within 60 degrees of right to left (radiographers' left lateral: the detector is at the left side); its mirror image is
"right-lateral". Obliques have the detector at the left or right, anterior or posterior (left anterior: "lao"), within 40
degrees of halfway: a narrower range is searched faster, for a user who knows it."""

WIDE_VIEWS = ("ap", "pa", "lateral", "right-lateral")
"""Those that a C-arm's angles choose among: wide enough for a patient who is turned on the table."""

OTHER_VIEWS = ("ap", "pa", "lateral")
"""Those that are searched, upright and flipped, where the one that was said holds no pose; they and their mirror images hold
all named ones."""


def beam_directions(prior: ViewPrior) -> np.ndarray:
    """(N, 3) unit vectors in RAS, evenly spread over the prior (a Fibonacci lattice on the sphere)."""
    count = max(8, round(4 * np.pi / np.radians(prior.spacing_deg) ** 2))
    number = np.arange(count) + 0.5
    z = 1 - 2 * number / count
    longitude = np.pi * (1 + 5**0.5) * number
    radius = np.sqrt(1 - z * z)
    directions = np.stack([radius * np.cos(longitude), radius * np.sin(longitude), z], axis=1)
    primary = np.degrees(np.arctan2(-directions[:, 0], directions[:, 1]))
    secondary = np.degrees(np.arcsin(np.clip(directions[:, 2], -1, 1)))
    low, high = prior.primary_deg
    chosen = np.any([(low <= turned) & (turned <= high) for turned in (primary, primary + 360)], axis=0)
    chosen &= (secondary >= prior.secondary_deg[0]) & (secondary <= prior.secondary_deg[1])
    return directions[chosen]


def central_rotation(prior: ViewPrior) -> np.ndarray:
    """(3, 3) camera_from_ras of the prior's middle view, head up."""
    primary, secondary = (float(np.mean(angles)) for angles in (prior.primary_deg, prior.secondary_deg))
    return upright_rotation(beam_of_c_arm(primary, secondary))


def view_of_angles(primary_deg: float, secondary_deg: float) -> str:
    """The wide named prior whose middle lies nearest a C-arm's angles; "any" where none holds them.

    Args:
        primary_deg: DICOM's, see ``geometry.c_arm``.
        secondary_deg: likewise.
    """
    beam = beam_of_c_arm(primary_deg, secondary_deg)
    best, nearest = "any", -2.0
    for name in WIDE_VIEWS:
        prior = VIEW_PRIORS[name]
        low, high = prior.primary_deg
        inside = low <= primary_deg % 360 <= high or low <= primary_deg % 360 - 360 <= high
        inside = inside and prior.secondary_deg[0] <= secondary_deg <= prior.secondary_deg[1]
        closeness = float(central_rotation(prior)[2] @ beam)
        if inside and closeness > nearest:
            best, nearest = name, closeness
    return best


def in_plane_angles_deg(prior: ViewPrior) -> np.ndarray:
    """In-plane rotations to try, degrees."""
    if prior.in_plane_deg >= 180:
        return np.arange(-180.0, 180.0, prior.in_plane_step_deg)
    steps = int(np.ceil(prior.in_plane_deg / prior.in_plane_step_deg))
    return np.arange(-steps, steps + 1) * prior.in_plane_step_deg


def upright_rotation(direction_ras: np.ndarray) -> np.ndarray:
    """(3, 3) rotation camera_from_ras that looks along a direction with the patient's head up."""
    z = np.asarray(direction_ras, dtype=np.float64) / np.linalg.norm(direction_ras)
    down = np.array([0.0, 0.0, -1.0]) if abs(z[2]) < 0.999 else np.array([0.0, -np.sign(z[2]), 0.0])
    x = np.cross(down, z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])
