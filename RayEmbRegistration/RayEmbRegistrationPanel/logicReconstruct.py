"""The verb that adjusts a CT to X-rays, for the console and the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.inputs import CtInput, XrayInput
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import adjustedWords
from .logicInputs import LogicInputs, asCtInput
from .reconstructImplant import ImplantInput, implantInput

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Reconstructed, Request
    from RayEmbRegistrationLib.pose.joint.adjust import Allowance
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from typing_extensions import Unpack

    from .logicInputs import Running
    from .worker import Cancelled, Report


@dataclass(frozen=True)
class Change:
    """What of a CT may change.

    Attributes:
        allow: among "bones" (each in its joint), "fragments" (each in six degrees), "warp" (a smooth change of shape) and
            "residual" (metal that the CT does not hold; of fewer than four X-rays its shadow is shown).
        bones: names of the segments that move in their joints; all but fragments where ().
        fragments: names of the segments that broke off; all but the largest, and but those that move as bones, where ().
        jointShiftMm: how far a joint may shift, standard deviation an axis.
        differMm: how far the shape may differ, likewise.
        implant: model node of new metal whose shape is known, or None; it goes with "residual", in two X-rays and more.
        implantMaterial: "CoCr", "titanium", "steel", "polyethylene" or "bone".
    """

    allow: Sequence[str]
    bones: Sequence[str] = ()
    fragments: Sequence[str] = ()
    jointShiftMm: float = 1.5
    differMm: float = 1.2
    implant: Node | None = None
    implantMaterial: str = "titanium"


JOINT_TURN_DEG = 15.0
"""How far a bone may turn about its joint, standard deviation; the library's, which its benchmark is of."""


class LogicReconstruct(LogicInputs):
    """The CT adjusted to X-rays. It needs no panel."""

    def reconstruct(
        self,
        ct: Node | CtInput,
        xrays: Sequence[XrayInput],
        change: Change,
        handle: Handle | None = None,
        settings: RegistrationSettings | None = None,
        **running: Unpack[Running],
    ) -> Reconstructed:
        """Register a CT, then adjust it to the X-rays; shown beside the CT where a registration's handle is given.

        Nothing of the CT is touched. ``found.adjusted`` of what is returned is None where the X-rays support no change;
        ``found.adjustment.reason`` says why. X-rays that have a start pose are registered from there.

        Raises:
            ValueError: what cannot be done, in a sentence.
        """
        self.ensureInstalled()
        from dataclasses import replace

        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        given = asCtInput(ct)
        bones = adjustedWords.bonesOf(given)
        settings = settings or RegistrationSettings()
        if all(xray.start is not None for xray in xrays):
            settings = replace(settings, refine_only=True)
        asked = None if handle is None else sceneView.statesOf(handle)
        allowance = self.allowance(change, bones, settings.seed)
        allowance = self.withImplant(allowance, implantInput(change.implant, change.implantMaterial))
        made = self.carryOutReconstruction(self.request(given, xrays, settings), allowance, **running)
        data = adjustedWords.toShow(made, bones)
        if handle is not None and asked is not None:
            self.showReconstruction(handle, data, asked)
            sceneView.showMetalShadows(handle, adjustedWords.shadowsToDraw(made), asked)
        return made

    @staticmethod
    def allowance(change: Change, bones: adjustedWords.Bones, seed: int = 0) -> Allowance:
        """A change as the library has it.

        Raises:
            ValueError: a segment that is not there.
        """
        from RayEmbRegistrationLib.pose.joint.adjust import Allowance

        labels = {name: label for label, name in bones.names.items()}
        absent = [name for name in (*change.bones, *change.fragments) if name not in labels]
        if absent:
            raise ValueError(
                _("there is no segment {name} in the segmentation of the bones; choose among {names}").format(
                    name=", ".join(absent), names=", ".join(labels) or "-"
                )
            )
        return Allowance(
            tuple(change.allow),
            bones=tuple(labels[name] for name in change.bones),
            fragments=tuple(labels[name] for name in change.fragments),
            joint_limits=(JOINT_TURN_DEG, float(change.jointShiftMm)),
            differ_mm=float(change.differMm),
            seed=seed,
        )

    @staticmethod
    def withImplant(allowance: Allowance, implant: ImplantInput | None) -> Allowance:
        """The same with an implant as the library has it; may be done in a thread.

        Raises:
            ValueError: it cannot be used.
        """
        if implant is None:
            return allowance
        from dataclasses import replace

        return replace(allowance, implant=implant.forLibrary())

    def carryOutReconstruction(
        self,
        request: Request,
        allowance: Allowance,
        progress: Report | None = None,
        cancelled: Cancelled | None = None,
        preview: Callable[..., None] | None = None,
    ) -> Reconstructed:
        """Do what was asked. Touches no node, so that it may run in a thread."""
        from RayEmbRegistrationLib.application import reconstruct_request

        return reconstruct_request(request, allowance, self.cache, progress, cancelled, preview)

    def showReconstruction(self, handle: Handle, data: Any, asked: Mapping[str, Any]) -> None:
        """Show what ``adjustedWords.toShow`` made; None takes an earlier one away, for it is not of these X-rays."""
        if data is None:
            sceneView.forgetAdjusted(handle)
            return
        for _step in sceneView.adjustedSteps(handle, data, asked):
            pass
