"""New metal whose shape is known: the model that is chosen, what it is made of, and both as the library takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import vtk
from RayEmbRegistrationScene import inputs
from RayEmbRegistrationScene.frames import vtkMatrix
from RayEmbRegistrationScene.nodes import Node
from RayEmbRegistrationScene.targets import isOwn
from slicer.i18n import tr as _

from .section import Section, quietly
from .trackModels import MATERIALS, materialInWords

if TYPE_CHECKING:
    from RayEmbRegistrationLib.bodies.implant import Implant

    from .section import Panel

LEAST_VIEWS = 2
"""X-rays; the library's: one alone does not say how far off an implant is."""


@dataclass(frozen=True, eq=False)
class ImplantInput:
    """A model of the scene as it was when it was asked for.

    Attributes:
        name: of its node.
        surface: in the world's RAS mm.
        material: as the library names it.
    """

    name: str
    surface: vtk.vtkPolyData
    material: str

    def forLibrary(self) -> Implant:
        """Checked; may be done in a thread.

        Raises:
            ValueError: an open surface, or one of a size that no implant has.
        """
        from RayEmbRegistrationLib.bodies.implant import Implant
        from RayEmbRegistrationLib.bodies.materials import material_named
        from RayEmbRegistrationLib.bodies.surface import surface_of_polydata

        return Implant(self.name, surface_of_polydata(self.surface, self.name), material_named(self.material))


def implantInput(node: Node | None, material: str) -> ImplantInput | None:
    """A copy of a model's surface, where one is chosen.

    Raises:
        ValueError: it holds no surface.
    """
    if node is None:
        return None
    if node.GetPolyData() is None:
        raise ValueError(_("{name} holds no surface; choose a model that does").format(name=node.GetName()))
    place = np.asarray(inputs.worldFromNode(node), dtype=float)
    move, copy = vtk.vtkTransform(), vtk.vtkTransformPolyDataFilter()
    move.SetMatrix(vtkMatrix(place))
    copy.SetTransform(move)
    copy.SetInputData(node.GetPolyData())
    copy.Update()
    return ImplantInput(node.GetName(), copy.GetOutput(), material)


class ReconstructImplant(Section):
    """A selector of models and a list of materials, beside the tick for new metal."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.ui.implantMaterialComboBox.addItems([materialInWords(name) for name in MATERIALS])
        self.ui.implantMaterialComboBox.connect("currentIndexChanged(int)", self.onMaterial)

    @property
    def node(self) -> Node | None:
        """The model, where new metal is looked for and its shape is known."""
        return self.parameters.implantModel if self.parameters.allowMetal else None

    def problem(self, count: int) -> str | None:
        """Why the model cannot be fitted in so many X-rays."""
        node = self.node
        if node is None:
            return None
        if isOwn(node):
            return _("{name} was drawn by this module; choose the model of an implant or a bone.").format(
                name=node.GetName()
            )
        if count < LEAST_VIEWS:
            line = _(
                "A known implant takes {least} X-rays and more, from different sides: one does not say how far off it is."
            )
            return line.format(least=LEAST_VIEWS)
        return None

    def update(self) -> None:
        """Where new metal is looked for, it may have a shape."""
        isAllowed, idle = bool(self.parameters.allowMetal), self.panel.jobs.name is None
        box = self.ui.implantMaterialComboBox
        for widget in (self.ui.implantCaption, self.ui.implantSelector, box):
            widget.visible = isAllowed
            widget.enabled = idle
        box.enabled = idle and self.node is not None
        number = MATERIALS.index(self.parameters.implantMaterial) if self.parameters.implantMaterial in MATERIALS else 0
        quietly(box, lambda: setattr(box, "currentIndex", number))

    def nodeRemoved(self, node: Node) -> None:
        """Slicer's selector goes on to the next model of the scene, which may be a bone that this module drew."""
        if self.parameters is not None and self.parameters.implantModel is not None and isOwn(self.parameters.implantModel):
            self.parameters.implantModel = None

    def onMaterial(self, number: int) -> None:
        """Keep what it is made of."""
        if self.parameters is not None and 0 <= number < len(MATERIALS):
            self.parameters.implantMaterial = MATERIALS[number]
