"""A CT adjusted to X-rays as the scene and the panel show it: arrays, surfaces, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.adjusted import AdjustedData, deviationSurface
from RayEmbRegistrationScene.inputs import CtInput, segmentNames
from slicer.i18n import tr as _

from .purposes import tenths
from .sentences import asSentence, spoken

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Reconstructed
    from RayEmbRegistrationLib.application.adjusted_ct import AdjustedCT
    from RayEmbRegistrationLib.reconstruction.metal.shown import ShownShadow

LEAST_UNSURE_MM = 1.0
"""The red end of the colours is no less: of a bone that is known everywhere, nothing is red."""


@dataclass(frozen=True, eq=False)
class Bones:
    """What the labels of a CT are called, and shown as.

    Attributes:
        names: label to the segment's name.
        colors: label to its color.
    """

    names: Mapping[int, str]
    colors: Mapping[int, tuple[float, float, float]]


def bonesOf(ct: CtInput) -> Bones:
    """Names and colors of a CT's segments, by label; the first that is used is label 1."""
    if ct.segmentation is None:
        return Bones({}, {})
    every = segmentNames(ct.segmentation)
    chosen = [one for one in every if not ct.segmentIds or one in ct.segmentIds]
    segmentation = ct.segmentation.GetSegmentation()
    colors = {label: tuple(segmentation.GetSegment(one).GetColor()) for label, one in enumerate(chosen, start=1)}
    return Bones({label: every[one] for label, one in enumerate(chosen, start=1)}, colors)


def named(text: str, names: Mapping[int, str]) -> str:
    """A sentence of the library's, spoken or as it is, with the segments' names where it says "bone 2"."""
    words = "|".join(re.escape(word.replace(" {label}", "")) for word in {"bone", _("bone {label}")})
    return re.sub(rf"(?i:\b(?:{words})) (\d+)\b", lambda found: names.get(int(found[1]), found[0]), text)


def toShow(made: Reconstructed, bones: Bones) -> AdjustedData | None:
    """As the scene shows it; None where the CT stays as it is. Touches no node."""
    adjusted = made.found.adjusted
    if adjusted is None:
        return None
    from RayEmbRegistrationLib.application.reconstruction_record import bone_motions

    volume, place = adjusted.volume, np.asarray(adjusted.volume.ras_from_ijk, dtype=float)
    most = mostUnsureMm(adjusted)
    surface = sceneView.boneSurface((adjusted.std_mm > 0).astype(np.float32), place, 0.5)
    return AdjustedData(
        volume.hu,
        place,
        volume.labels,
        bones.names,
        bones.colors,
        adjusted.std_mm,
        adjusted.displacement,
        deviationSurface(surface, adjusted.std_mm, place, most),
        bone_motions(made.found),
        made.poses,
        made.before,
        made.after,
        textsOf(made, bones),
        metalSurface(made),
        implantPlace(made),
    )


def metalSurface(made: Reconstructed) -> Any:
    """Of new metal that is believed, RAS mm; None where there is none. Touches no node."""
    metal = made.found.metal
    if metal is None or metal.body is None or not metal.is_accepted:
        return None
    if metal.implant is not None:
        from RayEmbRegistrationLib.bodies.polydata import polydata_of

        return polydata_of(metal.implant.surface)
    return sceneView.boneSurface(metal.body.shares, np.asarray(metal.body.ras_from_ijk, dtype=float), 0.5)


def implantPlace(made: Reconstructed) -> tuple[str, Any] | None:
    """Name of a known implant that is believed, and how its model gets to where it is; None where there is none."""
    metal = made.found.metal
    if metal is None or metal.implant is None or not metal.is_accepted:
        return None
    return metal.implant.implant.name, metal.implant.fit.pose


def shadowsToDraw(made: Reconstructed) -> list[np.ndarray]:
    """By X-ray, the outlines of shadows of metal that has no place in the CT, in straight pieces (N, 2, 2) px."""
    from RayEmbRegistrationLib.application.metal_shadows import unplaced_shadows
    from RayEmbRegistrationLib.reconstruction.metal.shown import pieces_of

    return [pieces_of(shadows) for shadows in unplaced_shadows(made.found)]


def metalLines(made: Reconstructed) -> list[str]:
    """What is said of new metal, a sentence each."""
    metal = made.found.metal
    if metal is None or metal.body is None or not metal.is_accepted:
        return []
    if metal.implant is not None:
        fit = metal.implant.fit
        line = _("New metal, {name}: its error is expected to be {mm:.1f} mm; it overlaps its shadows by {share:.0%}.")
        found = line.format(name=metal.implant.implant.name, mm=fit.expected_mm, share=fit.overlap)
        return [found, *(asSentence(spoken(note)) for note in metal.implant.notes)]
    line = _("New metal, a rod: {diameter:.1f} mm thick and {length:.0f} mm long.")
    lines = [line.format(diameter=2 * rod.radius_mm, length=rod.length_mm) for rod in metal.body.rods]
    if not lines:
        lines = [_("New metal: {ml:.1f} ml, what its shadows leave room for.").format(ml=metal.body.ml)]
    line = _("With one X-ray less {share:.0%} of it are found again.")
    return [*lines, line.format(share=metal.repeated), *([asSentence(metal.note)] if metal.note else [])]


def shadowLines(shadows: Sequence[Sequence[ShownShadow]]) -> list[str]:
    """What is said of shadows of metal that has no place in the CT, a sentence each."""
    line = _(
        "Metal's shadow in X-ray {number}: {length:.0f} mm long and {width:.0f} mm wide, were it as far off as the middle "
        "of the bone."
    )
    return [
        line.format(number=number, length=one.length_mm, width=one.width_mm)
        for number, own in enumerate(shadows, start=1)
        for one in own
    ]


def mostUnsureMm(adjusted: AdjustedCT | None) -> float:
    """Where the colors end: whole millimetres that all but a hundredth of the bone stays below."""
    known = np.zeros(0) if adjusted is None else adjusted.std_mm[adjusted.std_mm > 0]
    return max(LEAST_UNSURE_MM, float(np.ceil(np.percentile(known, 99))) if len(known) else 0.0)


def textsOf(made: Reconstructed, bones: Bones) -> dict[str, Any]:
    """What is said of an adjusted CT: verdict, bones, uncertainty."""
    from RayEmbRegistrationLib.application.metal_shadows import unplaced_shadows

    adjustment, adjusted = made.found.adjustment, made.found.adjusted
    most = mostUnsureMm(adjusted)
    sign = _("Not adjusted")
    if adjusted is not None:
        sign = _("Adjusted, trusted") if adjustment.trusted else _("Adjusted, not trusted")
    lines = [asSentence(f"{sign}: {named(spoken(adjustment.reason), bones.names)}")]
    for label, verdict in adjustment.verdicts.items():
        state = _("trusted") if verdict.trusted else _("not trusted")
        moved = _("{name}, {state}: turned by {deg}°, shifted by {mm} mm; {reason}").format(
            name=bones.names.get(label, _("bone {label}").format(label=label)),
            state=state,
            deg=tenths(verdict.turned_deg),
            mm=tenths(verdict.out_of_joint_mm),
            reason=spoken(verdict.reason),
        )
        lines.append(asSentence(moved))
    shadowed = shadowLines(unplaced_shadows(made.found))
    lines += [*metalLines(made), *shadowed]
    if adjusted is not None:
        unseen = _("The X-rays leave {share:.0%} of what might have changed unseen.")
        lines.append(unseen.format(share=adjusted.unseen_share))
        if adjusted.least_jacobian <= 0:
            lines.append(_("The change folds the bone onto itself somewhere: do not trust it; let it differ less."))
        lines.append(
            _(
                "It is the CT from before, adjusted to the X-rays, and no new CT: what they do not show is as it was, fine "
                "structure is the old one, moved."
            )
        )
    return {
        "trusted": bool(adjustment.trusted),
        "lines": lines,
        "shadows": shadowed,
        "scale": _(
            "Standard deviation of where the bone is: blue 0 mm, white {half:g} mm, red {most:g} mm and more."
        ).format(half=most / 2, most=most),
    }
