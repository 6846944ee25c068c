"""A known implant found in two X-rays and more, and believed only if what took no part shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from RayEmbRegistrationLib.bodies.implant import Implant
from RayEmbRegistrationLib.bodies.surface import UNITS_MM, Surface
from RayEmbRegistrationLib.bodies.voxels import AIR_HU, volume_of_surface
from RayEmbRegistrationLib.pose.joint.gate import HELD_OUT, GateVerdict, lattice
from RayEmbRegistrationLib.pose.joint.solve import JointProblem
from RayEmbRegistrationLib.pose.joint.state import State
from RayEmbRegistrationLib.pose.problem import Problem
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.progress import Report

from .body import MetalBody
from .finding import IN_TURN, Metal, dice, judged, measured, outlines_of, shadow_in
from .hull import FINE_MM, Outline, Piece, hull_of
from .implant import Fit, ImplantFitter
from .shadows import MetalImage, Shadow

LEAST_VIEWS_OF_IMPLANT = 2
"""By experiment: of a stem, a nail and a plate, three poses each, all were found in two views 45 or 90 degrees apart, 0.3 to
1.0 mm off but for turns that nobody can see; four views gave 0.4 to 0.8 mm. In one view a pose has no depth."""
LEAST_IMPLANT_OVERLAP = 0.75
"""Of silhouettes and shadows, the middle over views, for an implant to be this one: right ones had 0.80 to 0.96 but where
dense bone hid half of a shadow, others 0.5 to 0.8; one that is a fifth smaller has 0.85, so sizes are not told apart."""
_SEEN_BY = 2  # X-rays that must show a place, as of unknown metal
_MOST_PIECES = 4  # of a hull that are looked at, as of unknown metal
_FAR_OFF = 3.0  # times as long or short as its shadows, for an implant's numbers to be in another unit; chosen
_NEAR = 1.6  # likewise, of a unit that would fit; chosen
_BLOCKS = "blocks of the images, each left out in turn,"


@dataclass(frozen=True, eq=False)
class PlacedImplant:
    """A known implant where it was found.

    Attributes:
        implant: what was looked for.
        fit: its pose, RAS from its own frame, and what that is worth.
    """

    implant: Implant
    fit: Fit

    @property
    def surface(self) -> Surface:
        """In the CT's RAS."""
        return replace(self.implant.surface, points=self.fit.pose.apply(self.implant.surface.points))

    @property
    def notes(self) -> tuple[str, ...]:
        """What its pose leaves open, a sentence each."""
        name, found = self.implant.name, []
        if self.fit.turned_deg:
            degrees = self.fit.turned_deg
            found.append(f"{name} fits as well turned about its long axis by {degrees:.0f} degrees: its turn is not known")
        if self.fit.reversed_alike:
            found.append(f"{name} fits as well the other way round: its ends are not told apart")
        return tuple(found)


def find_implant(
    problem: Problem,
    model: tuple[JointProblem, State],
    images: Sequence[MetalImage],
    implant: Implant,
    box_ras: tuple[np.ndarray, np.ndarray],
    report: Report = lambda *_: None,
) -> Metal:
    """A known implant that the CT does not hold.

    With three views and more each is left out in its turn; of two, blocks of both are, for one view alone holds no depth.

    Args:
        problem: what was registered.
        model: the CT as it is or as adjusted, and its state.
        images: the X-rays with their metal left in, one a view.
        implant: its shape.
        box_ras: two corners (3,) mm of where it is looked for, the lower one first.
        report: progress.

    Raises:
        InputProblem: one view, or an implant whose size is that of another unit.
    """
    check_views(len(images))
    report(0.0, "finding the shadows of metal")
    shadows = [shadow_in(problem, model, image) for image in images]
    pose = model[1].poses.numpy[0]
    outlines = outlines_of(shadows, pose)
    pieces = hull_of(outlines, box_ras, _SEEN_BY, _MOST_PIECES)
    if not pieces:
        nothing = GateVerdict(False, "nothing", 0.0, 0.0, 0.0, "no shadows of metal meet, so nothing is added to the CT")
        return Metal(None, nothing, 0.0, "", tuple(shadows))
    check_unit(implant, pieces)
    fitter = ImplantFitter(implant)
    report(0.1, "fitting the implant to its shadows")
    fit = fitter.fit(outlines, pieces)
    if fit is None:
        raise RuntimeError("a hull has pieces")
    placed = PlacedImplant(implant, fit)
    body = measured(_body_of(placed), shadows, pose)
    if fit.overlap < LEAST_IMPLANT_OVERLAP:
        asked, name = LEAST_IMPLANT_OVERLAP, implant.name
        reason = (
            f"{name} does not fit the shadows of metal (they overlap by {fit.overlap:.2f}, {asked:.2f} is asked), so the CT "
            "is left as it is; look whether it is this implant and whether the X-rays show it"
        )
        return Metal(body, GateVerdict(False, "nothing", 0.0, 0.0, 0.0, reason), 0.0, "", tuple(shadows), placed)
    gate, repeated = _tried(problem, model, (fitter, outlines, pieces), shadows, (box_ras, (fit, body), report))
    report(1.0, "metal found")
    return Metal(body, gate, repeated, "; ".join(placed.notes), tuple(shadows), placed)


def check_views(count: int) -> None:
    """Refuse an implant in too few X-rays.

    Raises:
        InputProblem: in one.
    """
    if count < LEAST_VIEWS_OF_IMPLANT:
        raise InputProblem(
            f"a known implant needs {LEAST_VIEWS_OF_IMPLANT} X-rays and more, from different sides: one alone does not say "
            "how far off it is; add one, or leave the implant out to see its shadow"
        )


def check_unit(implant: Implant, pieces: Sequence[Piece]) -> None:
    """Refuse an implant whose numbers are in another unit than was said.

    Raises:
        InputProblem: says which would fit its shadows.
    """
    points = np.concatenate([piece.points_ras for piece in pieces])
    own = points - points.mean(axis=0)
    axis = np.linalg.eigh(own.T @ own)[1][:, 2]
    seen, given = float(np.ptp(own @ axis)), implant.surface.extent_mm
    ratio = seen / given
    if 1 / _FAR_OFF < ratio < _FAR_OFF:
        return
    fitting = [unit for unit, mm in UNITS_MM.items() if 1 / _NEAR < ratio / mm < _NEAR]
    advice = (
        f"its numbers may be in {fitting[0]}: say so after the material" if fitting else "look at its unit, or its scale"
    )
    raise InputProblem(
        f"{implant.name} is {given:.0f} mm long, and its shadows are of something {seen:.0f} mm long; {advice}"
    )


def _tried(
    problem: Problem,
    model: tuple[JointProblem, State],
    fitted: tuple[ImplantFitter, Sequence[Outline], Sequence[Piece]],
    shadows: Sequence[Shadow],
    about: tuple[tuple[np.ndarray, np.ndarray], tuple[Fit, MetalBody], Report],
) -> tuple[GateVerdict, float]:
    """The implant found without each part in turn and tried on it; and the Dice of these with the whole one.

    Without a view it is looked for anew; without blocks of all views it is moved from nearby the pose that is tried.
    """
    (fitter, outlines, pieces), (box, (fit, whole), report) = fitted, about
    pose = model[1].poses.numpy[0]
    parts, bodies, alike = [], [], []
    turns = len(shadows) if len(shadows) > LEAST_VIEWS_OF_IMPLANT else HELD_OUT
    for number in range(turns):
        report(0.4 + 0.6 * number / turns, "trying the implant on what took no part")
        if len(shadows) > LEAST_VIEWS_OF_IMPLANT:
            rest = [*outlines[:number], *outlines[number + 1 :]]
            used = [*shadows[:number], *shadows[number + 1 :]]
            held, begun, near = [shadows[number]], hull_of(rest, box, _SEEN_BY, _MOST_PIECES), None
        else:
            held_px = [lattice(outline.usable.shape, number) for outline in outlines]
            rest = [replace(one, usable=one.usable & ~where) for one, where in zip(outlines, held_px, strict=True)]
            used, begun, near = list(shadows), list(pieces), fit.pose
            held = [
                replace(one, xray=replace(one.xray, usable=one.xray.usable & where))
                for one, where in zip(shadows, held_px, strict=True)
            ]
        tried = fitter.fit(rest, begun, near, closely=False)
        body = None if tried is None else measured(_body_of(PlacedImplant(fitter.implant, tried)), used, pose)
        parts += held
        bodies += [body] * len(held)
        alike.append(0.0 if body is None else dice(body, whole))
    gate = judged(problem, model, parts, bodies)
    if len(shadows) == LEAST_VIEWS_OF_IMPLANT:
        gate = replace(gate, held_out=_BLOCKS, reason=gate.reason.replace(IN_TURN, _BLOCKS))
    return gate, float(np.median(alike))


def _body_of(placed: PlacedImplant) -> MetalBody:
    """Its share of each cell, in RAS."""
    material = placed.implant.material
    volume = volume_of_surface(placed.surface, material, FINE_MM)
    shares = (volume.hu - AIR_HU) / np.float32(material.hounsfield() - AIR_HU)
    return MetalBody(np.clip(shares, 0, 1).astype(np.float32), volume.ras_from_ijk, ())
