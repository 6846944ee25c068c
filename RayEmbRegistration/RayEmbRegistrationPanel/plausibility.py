"""What an X-ray's numbers come to: field at the bone, magnification, angles; and a sentence where they are odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from RayEmbRegistrationLib.geometry.c_arm import beam_of_c_arm, c_arm_of_camera_from_ras
from RayEmbRegistrationLib.geometry.plausibility import check_depth
from RayEmbRegistrationLib.geometry.rigid import RigidTransform
from RayEmbRegistrationLib.geometry.xray import XrayGeometry
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationScene import inputs
from slicer.i18n import tr as _

from .choices import ViewPrior
from .geometryWords import DEPTH_SHARE, originOf, unusualOf
from .section import Section
from .sentences import asSentence
from .viewPrior import BEAM_DEG

if TYPE_CHECKING:
    from .section import Panel

SIGN = "⚠"
FAR_DEG = 30.0
"""Between the beam that the angles tell and the pose's; chosen: half of what a view prior leaves, and
more than any patient turns on the table."""

OTHER_VIEW_DEG = 75.0
"""Between the beam that the angles tell and the middle of the chosen view; a view prior reaches 65 degrees."""


@dataclass(frozen=True)
class Figures:
    """Of one X-ray.

    Attributes:
        words: field, magnification and angles, in a line; empty where the geometry is not complete.
        odd: what cannot be or is unusual, a sentence each.
    """

    words: str
    odd: tuple[str, ...]


def figuresOf(
    geometry: XrayGeometry,
    imageSize: tuple[int, int] | None,
    name: str,
    depthMm: float | None = None,
    pose: RigidTransform | None = None,
    prior: ViewPrior | None = None,
) -> Figures:
    """What an X-ray's geometry, and its pose where there is one, come to.

    Args:
        geometry: what is known.
        imageSize: (width, height) px.
        name: of the X-ray, for sentences.
        depthMm: distance of the bone from the source under the pose; None where there is no pose.
        pose: camera_from_ras, or None.
        prior: the view that is looked among first.
    """
    if geometry.missing or imageSize is None:
        return Figures("", ())
    try:
        odd = list(unusualOf(geometry, imageSize, name))
    except InputProblem as problem:
        return Figures("", (asSentence(str(problem)),))
    camera = geometry.camera(imageSize)
    told = geometry.value("source_to_bone_mm") or geometry.value("source_to_isocenter_mm")
    depth = depthMm or told or DEPTH_SHARE * camera.source_to_detector_mm
    try:
        odd += check_depth(camera, depth, name)
    except InputProblem as problem:
        odd.append(str(problem))
        depth = 0.0
    width, height = camera.field_of_view_mm
    words = _("Field {width:.0f} x {height:.0f} mm").format(width=width, height=height)
    if depth:
        times = camera.source_to_detector_mm / depth
        text = _("{width:.0f} x {height:.0f} mm at the bone, magnified {times:.2f} times")
        if depthMm is None and not told:
            text = _("about {width:.0f} x {height:.0f} mm at the bone, magnified {times:.1f} times")
        words += ", " + text.format(width=width / times, height=height / times, times=times)
    line, far = _anglesOf(geometry, pose, prior)
    return Figures(words + line + ".", tuple(asSentence(note) for note in (*odd, *far)))


def _anglesOf(geometry: XrayGeometry, pose: RigidTransform | None, prior: ViewPrior | None) -> tuple[str, list[str]]:
    """The C-arm's angles, of the pose before those that were told, in words; and what they contradict."""
    angles = geometry.angles_deg
    beam = None if angles is None else beam_of_c_arm(angles[0], angles[1])
    if pose is not None:
        found = c_arm_of_camera_from_ras(pose)
        line = _("; C-arm {primary:.0f}° / {secondary:.0f}°")
        words = line.format(primary=found.primary_deg, secondary=found.secondary_deg)
        apart = 0.0 if beam is None else _between(beam_of_c_arm(found.primary_deg, found.secondary_deg), beam)
        line = _("the beam of this pose is {apart:.0f}° off that of the C-arm's angles; check the patient's position")
        return words, [line.format(apart=apart)] if apart > FAR_DEG else []
    if angles is None or beam is None:
        return "", []
    line = _("; C-arm {primary:.0f}° / {secondary:.0f}° ({origin})")
    words = line.format(primary=angles[0], secondary=angles[1], origin=originOf(geometry, "primary_angle_deg"))
    if prior is None or prior is ViewPrior.any:
        return words, []
    apart = _between(beam_of_c_arm(*BEAM_DEG[prior.value]), beam)
    line = _("the beam of the C-arm's angles is {apart:.0f}° off that of the view {view}; choose the view anew")
    return words, [line.format(apart=apart, view=prior.label())] if apart > OTHER_VIEW_DEG else []


def _between(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(one @ other, -1, 1))))


class Plausibility(Section):
    """The line below the table of X-rays, and the sign in their rows."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._known: dict[int, tuple[tuple, Figures]] = {}

    def of(self, row: int) -> Figures:
        """Of the X-ray in a row, as it stands."""
        node, geometry = self.panel.xrays.nodes[row], self.panel.xrays.geometry(row)
        pose = self.panel.pose.of(row)
        center = self.panel.prepared.center_ras if self.panel.prepared is not None else None
        depth = None if pose is None or center is None else float(pose.apply(center)[2])
        size = inputs.imageSize(node)
        prior = ViewPrior(self.panel.prior.of(row))
        key = (geometry, size, node.GetName(), depth, prior, None if pose is None else pose.matrix.tobytes())
        if row not in self._known or self._known[row][0] != key:
            self._known[row] = key, figuresOf(geometry, size, node.GetName(), depth, pose, prior)
        return self._known[row][1]

    def update(self) -> None:
        """The line of the selected X-ray."""
        xrays, label = self.panel.xrays, self.ui.plausibleLabel
        if self.parameters is None or any(node is None for node in xrays.nodes):
            return
        row = xrays.selected
        figures = self.of(row) if row is not None else Figures("", ())
        label.text = " ".join((f"{SIGN} {figures.odd[0]}" if figures.odd else "", figures.words)).strip()
        label.toolTip = "\n".join(figures.odd)
        label.visible = bool(label.text)

    def parametersReplaced(self) -> None:
        """Another scene."""
        self._known.clear()
