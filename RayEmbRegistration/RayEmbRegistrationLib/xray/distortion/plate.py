"""From the images of a plate to the distortion of the camera that took them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from RayEmbRegistrationLib.geometry.distortion import LEAST_BEADS, PlateDistortion, fit_distortion, similarity
from RayEmbRegistrationLib.geometry.distortion_set import DistortionSet, with_error_between
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.xray.round_field import outside_field
from RayEmbRegistrationLib.xray.view import XrayView

from .beads import SCALES_PX, Spots, find_spots
from .lattice import Lattice, follow_lattice

_LOG = logging.getLogger(__name__)
# Of the plate's radius: the beads about the middle, where distortion is least, to which the straight image is fitted.
CENTRAL = 0.4
LEAST_CENTRAL = 9  # beads: three by three
# A filter whose lattice covers as much to this part is as good; of those the one that answers most is taken. The count would
# not do: between dark beads there are twice as many bright gaps.
AS_MUCH = 0.9
LEAST_SHARE = 0.5  # of the spots that belong to the lattice; of an X-ray of a patient hardly any do; chosen


def find_plate(view: XrayView) -> Lattice:
    """The beads or holes of a plate, numbered.

    Raises:
        InputProblem: there are none on a regular lattice.
    """
    outside = outside_field(view.pixels, view.invalid)
    inwards = ndimage.distance_transform_edt(~outside) if outside.any() else np.full(outside.shape, np.inf)
    rows, columns = np.nonzero(~outside)
    middle = np.array([columns.mean(), rows.mean()])
    found: list[tuple[Lattice, Spots]] = []
    for scale in SCALES_PX:
        if scale > min(view.image_size) / 40:  # LEAST_BEADS beads and their gaps would not fit
            continue
        for are_bright in (False, True):
            spots = find_spots(view.pixels, scale, are_bright).inside(inwards)
            lattice = follow_lattice(spots.points_px, middle)
            if lattice is not None and len(lattice.numbers) >= max(LEAST_BEADS, LEAST_SHARE * len(spots.points_px)):
                found.append((lattice, spots))
    if not found:
        raise InputProblem(
            f"no plate of beads or holes on a regular grid is found in {view.name}; give an X-ray of the calibration plate "
            f"alone, with at least {LEAST_BEADS} beads, as the intensifier gave it"
        )
    most = max(lattice.area_px for lattice, _ in found)
    able = [each for each in found if each[0].area_px >= AS_MUCH * most]
    lattice, spots = max(able, key=lambda each: float(np.median(each[1].response[each[0].spots])))
    kind = "bright" if spots.are_bright else "dark"
    _LOG.info(
        "%s: %d %s spots, %s lattice, filter %g px", view.name, len(lattice.numbers), kind, lattice.kind, spots.scale_px
    )
    return lattice


def distortion_of_plate(
    view: XrayView, pitch_mm: float | None = None, angles_deg: tuple[float, float] | None = None
) -> PlateDistortion:
    """The distortion that the image of a plate shows.

    The straight image has the plate's shape, and in its middle the stored image's place, direction and scale.

    Args:
        view: the plate's image, as the intensifier gave it.
        pitch_mm: distance of neighboring beads; without it the straight image's pixel spacing is not known.
        angles_deg: primary and secondary angle of the C-arm; the image's own where None.

    Raises:
        InputProblem: no plate is found, or too few beads.
    """
    lattice = find_plate(view)
    return _fitted(lattice, _straight(lattice), view, pitch_mm, _angles(view, angles_deg))


def distortion_of_plates(
    views: Sequence[XrayView], pitch_mm: float | None = None, angles_deg: Sequence[tuple[float, float] | None] = ()
) -> DistortionSet:
    """The distortion under several orientations, all in the straight frame of the first.

    The plate stays on the intensifier, so that a bead is the same point of the straight image under every orientation. Which
    bead is which follows from the place: from one orientation to the next beads must move by less than half a pitch.

    Args:
        views: the plate's images.
        pitch_mm: as in ``distortion_of_plate``.
        angles_deg: one an image; the images' own where none are given.

    Raises:
        InputProblem: no plate is found in one, another lattice than in the first, or angles are missing.
    """
    given = list(angles_deg) or [None] * len(views)
    lattices = [find_plate(view) for view in views]
    frame = _straight(lattices[0])
    plates = []
    for view, lattice, own in zip(views, lattices, given, strict=True):
        if lattice.kind != lattices[0].kind:
            raise InputProblem(
                f"{view.name} shows a {lattice.kind} plate, {views[0].name} a {lattices[0].kind} one; give those of one"
            )
        aligned = lattice if lattice is lattices[0] else _aligned(lattice, lattices[0])
        plates.append(_fitted(aligned, frame, view, pitch_mm, _angles(view, own)))
    return with_error_between(plates)


def _angles(view: XrayView, given: tuple[float, float] | None) -> tuple[float, float] | None:
    known = view.geometry.angles_deg
    return given if given is not None or known is None else (known[0], known[1])


def _straight(lattice: Lattice) -> tuple[float, np.ndarray, np.ndarray]:
    """Similarity from the plate (in pitches) to the straight image, by the beads about the middle."""
    plate = lattice.plate
    radius = np.linalg.norm(plate - plate.mean(axis=0), axis=1)
    nearest = np.sort(radius)[min(LEAST_CENTRAL, len(radius)) - 1]
    central = radius <= max(CENTRAL * radius.max(), nearest)
    return similarity(plate[central], lattice.points_px[central])


def _aligned(lattice: Lattice, first: Lattice) -> Lattice:
    """Numbered as the first: most of its beads are nearest to the same one there."""
    nearest = cKDTree(first.points_px).query(lattice.points_px)[1]
    offsets, votes = np.unique(first.numbers[nearest] - lattice.numbers, axis=0, return_counts=True)
    return replace(lattice, numbers=lattice.numbers + offsets[int(votes.argmax())])


def _fitted(
    lattice: Lattice,
    frame: tuple[float, np.ndarray, np.ndarray],
    view: XrayView,
    pitch_mm: float | None,
    angles: tuple[float, float] | None,
) -> PlateDistortion:
    scale, rotation, shift = frame
    straight = scale * lattice.plate @ rotation.T + shift
    return fit_distortion(straight, lattice.points_px, view.image_size, scale, pitch_mm, (view.name, angles))
