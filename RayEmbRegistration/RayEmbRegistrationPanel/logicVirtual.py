"""The verbs of the virtual C-arm: where it stands, and the X-ray that it takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
from RayEmbRegistrationLib.files.xray_geometry import geometry_to_text
from RayEmbRegistrationLib.geometry.virtual_c_arm import STANDARD_VIEWS, CArm
from RayEmbRegistrationScene import inputs
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Node
from slicer.i18n import tr as _

from .logicInputs import LogicInputs, asCtInput

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.virtual_xray import LiveBody, Technique
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import Radiograph

    from .worker import Cancelled, Report


class LogicVirtual(LogicInputs):
    """A C-arm that is not there. Needs no panel."""

    def virtualCArm(self, ct: Node | CtInput, view: str = "ap", **values: Any) -> CArm:
        """A C-arm about the middle of a CT, in a usual view (a key of ``STANDARD_VIEWS``), with other values as given.

        Raises:
            ValueError: no such view, or a number that no C-arm has.
        """
        if view not in STANDARD_VIEWS:
            raise ValueError(
                _("there is no view '{view}'; choose one of {names}").format(view=view, names=", ".join(STANDARD_VIEWS))
            )
        primary, secondary = STANDARD_VIEWS[view]
        values = {"isocenter_ras": middleOf(asCtInput(ct).node), **values}
        return replace(CArm(primary, secondary), **values)

    def liveBody(self, ct: Node | CtInput) -> LiveBody:
        """What live pictures of a CT are made of; anything long is done when the first one is."""
        self.ensureInstalled()
        from RayEmbRegistrationLib.application.virtual_xray import LiveBody

        return LiveBody(inputs.ctVolume(asCtInput(ct).node), self._projectorDevice())

    def _projectorDevice(self) -> str:
        """A card of NVIDIA's where it is chosen; others lack double precision, which rays are worked out in."""
        from RayEmbRegistrationLib.application import chosen_device

        return "cuda" if chosen_device(self.device) == "cuda" else "cpu"

    def expose(
        self,
        ct: Node | CtInput,
        cArm: CArm | None = None,
        technique: Technique | None = None,
        name: str | None = None,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
    ) -> XrayInput:
        """Take an X-ray of a CT by Monte Carlo and put it into the scene; ``register`` takes what is returned.

        Its node tells its geometry to the panel, and keeps the true pose in the attribute RayEmbRegistration.TruePose.

        Raises:
            ValueError: a CT without tissue, a source in the body, a body behind the detector, or settings out of range.
        """
        body, cArm = self.liveBody(ct), cArm or self.virtualCArm(ct)
        return showExposed(takeXray(body, cArm, technique, progress, cancelled), cArm, technique, name)


def takeXray(
    body: LiveBody,
    cArm: CArm,
    technique: Technique | None = None,
    progress: Report | None = None,
    cancelled: Cancelled | None = None,
) -> Radiograph:
    """The X-ray alone; touches no node, so that it may run in a thread."""
    return body.expose(cArm, technique, progress, cancelled)


def showExposed(
    radiograph: Radiograph, cArm: CArm, technique: Technique | None = None, name: str | None = None
) -> XrayInput:
    """Put an X-ray into the scene as a volume with its geometry."""
    kilovolts = {} if technique is None else {"tube_voltage_kv": technique.kvp}
    geometry = cArm.geometry(_("simulated"), bone_is_bright=False, **kilovolts)
    across = cArm.field_mm / cArm.pixels
    matrix = np.diag([-across, -across, 1.0, 1.0])
    name = slicer.mrmlScene.GenerateUniqueName(name or nameOf(cArm))
    node = slicer.util.addVolumeFromArray(radiograph.pixels[None], matrix, name)
    node.SetAttribute("RayEmbRegistration.Geometry", geometry_to_text(geometry))
    node.SetAttribute("RayEmbRegistration.TruePose", " ".join(repr(float(x)) for x in cArm.pose.matrix.ravel()))
    return XrayInput(node, geometry)


def nameOf(cArm: CArm) -> str:
    """What an X-ray is called: its angles."""
    return _("Virtual X-ray {primary:.0f}/{secondary:.0f}").format(primary=cArm.primary_deg, secondary=cArm.secondary_deg)


def middleOf(ctNode: Node) -> tuple[float, float, float]:
    """The middle of a CT, RAS mm of the world."""
    bounds = np.zeros(6)
    ctNode.GetRASBounds(bounds)
    x, y, z = (bounds[::2] + bounds[1::2]) / 2
    return float(x), float(y), float(z)
