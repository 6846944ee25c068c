"""What the panel did, for a report of an error: copied by a click, without anything of the patient.

Lines are cleaned when they are written, while the scene still tells which names are in it. Only what the module did itself
is in them; Slicer's own log has more, and names.
"""

from __future__ import annotations

import platform
import re
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import qt
import slicer
import vtk
from RayEmbRegistrationScene import folder, sceneView
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome, Request
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.xray.view import XrayView

    from .section import Panel

MOST_LINES = 400
SHORTEST_NAME = 2
"""Shorter names are no names of people, and stand in every word."""
_PATH = re.compile(r"(?:[A-Za-z]:\\|~?/)(?:[^\s'\":,;]+[/\\])*([^\s'\":,;/\\]+)")
_UID = re.compile(r"\b\d+(?:\.\d+){5,}\b")
"""Of DICOM: longer than any version or decimal number."""
_TAGS = ("DICOM.PatientName", "DICOM.PatientID", "DICOM.PatientBirthDate")
_PLAIN = {"the", "and", "for", "with", "x-ray", "xray", "ray", "image", "volume", "bone", "bones", "pose", "virtual"}
"""Words that names have and that the log needs."""
_LINE_OF_CODE = re.compile(r"\.py$")


class PanelLog:
    """The last lines, oldest first."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        panel.ui.copyLogButton.connect("clicked(bool)", self.onCopy)

    def add(self, text: str) -> None:
        """Write down something, cleaned."""
        stamp = datetime.now().astimezone().strftime("%H:%M:%S")
        self._lines += [f"{stamp}  {line}" for line in cleaned(text, _names()).splitlines()]

    def asked(self, name: str, request: Request) -> None:
        """What a job was given, in numbers."""
        spacing = " x ".join(f"{(column**2).sum() ** 0.5:.2f}" for column in request.ct.ras_from_ijk[:3, :3].T)
        size = " x ".join(str(n) for n in request.ct.hu.shape[::-1])
        self._addAsked(f"{name}: CT {size}, {spacing} mm, {request.device}", request.views, request.settings)

    def askedAgain(self, name: str, views: Iterable[XrayView], settings: RegistrationSettings) -> None:
        """What a job was given of the CT of the one before."""
        self._addAsked(f"{name}: the CT as before", views, settings)

    def _addAsked(self, first: str, views: Iterable[XrayView], settings: RegistrationSettings) -> None:
        lines = [first]
        for number, view in enumerate(views, start=1):
            camera = view.camera
            focal = ", ".join(f"{value:.2f}" for value in (camera.K[0, 0], camera.K[1, 1], camera.K[0, 2], camera.K[1, 2]))
            lines.append(
                f"  X-ray {number}: {camera.width} x {camera.height} px, K {focal}, {camera.source_to_detector_mm:.1f} mm, "
                f"bone is bright: {view.bone_is_bright}, start: {view.start is not None}"
            )
        self.add("\n".join([*lines, f"  {settings}"]))  # at once: the names to take out are looked up but once

    def found(self, outcome: Outcome) -> None:
        """What a job came to."""
        result = outcome.registered
        times = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in result.timing_s.items())
        lines = [f"  method {result.method}, tried {', '.join(result.tried)}; {times}; on {outcome.device}"]
        for verdict in (result.quality.overlay, result.quality.position):
            lines.append(f"  {verdict.purpose}: {'trusted' if verdict.trusted else 'not trusted'}, {verdict.reason}")
        self.add("\n".join([*lines, *(f"  note: {note}" for note in outcome.notes)]))

    def text(self) -> str:
        """For a report."""
        return "\n".join([*_header(), *self._lines, ""])

    def onCopy(self, _checked: bool = False) -> None:
        """Put it into the clipboard."""
        qt.QApplication.clipboard().setText(self.text())
        self._panel.register.say(_("The log was copied; names of patients, nodes and folders were taken out of it."))


def cleaned(text: str, names: Iterable[str]) -> str:
    """Without names, folders and identifiers of DICOM objects."""
    for name in sorted({name for name in names if len(name) >= SHORTEST_NAME}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", text, flags=re.IGNORECASE)
    text = _PATH.sub(lambda found: found[1] if _LINE_OF_CODE.search(found[1]) else "[file]", text)
    return _UID.sub("[UID]", text)


def _names() -> set[str]:
    """Of the user's nodes, and of patients and studies in the hierarchy; and the words of these names."""
    scene, own = slicer.mrmlScene, _ownIds()
    nodes = (scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes()))
    found = {node.GetName() or "" for node in nodes if node.IsA("vtkMRMLStorableNode") and node.GetID() not in own}
    hierarchy = scene.GetSubjectHierarchyNode()
    if hierarchy is not None:
        items = vtk.vtkIdList()
        hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
        for one in (items.GetId(number) for number in range(items.GetNumberOfIds())):
            if hierarchy.GetItemDataNode(one) is None and not hierarchy.GetItemAttribute(one, folder.MARK):
                found |= {hierarchy.GetItemName(one), *(hierarchy.GetItemAttribute(one, tag) for tag in _TAGS)}
    words = {word for name in found for word in re.split(r"[\s^,_()]+", name) if len(word) > SHORTEST_NAME}
    return found | {word for word in words if not word.isdigit() and word.lower() not in _PLAIN}


def _ownIds() -> set[str]:
    """Of nodes that the module made: their names tell nothing."""
    made = {node.GetID() for handle in sceneView.registrations() for node in sceneView.ownNodes(handle).values()}
    return made | {handle.GetID() for handle in sceneView.registrations()}


def _header() -> list[str]:
    from RayEmbRegistrationLib import __version__

    version = getattr(slicer.app, "applicationVersion", "")
    return [
        f"RayEmb Registration {__version__}, Slicer {version}, Python {platform.python_version()}, {platform.platform()}",
        *_packages(),
    ]


def _packages() -> list[str]:
    try:
        from RayEmbRegistrationLib.application.result_record import versions
    except ImportError:
        return ["Packages are not installed yet."]
    return [", ".join(f"{name} {number}" for name, number in versions().items())]
