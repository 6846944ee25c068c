"""A registration as files: transforms, result as JSON, table as CSV, pictures. Nothing in the scene is changed by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from .exportTargets import targetRecords

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.files.result import ResultFile, ViewRecord
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform


def exportRegistration(handle: Handle, folder: str | Path, outcome: Outcome | None = None) -> list[Path]:
    """Write what a registration holds into a folder; returns the paths.

    Args:
        handle: the registration.
        folder: made if need be; files of the same names are replaced.
        outcome: of this session, for the full result file; a loaded registration has what its scene kept.

    Raises:
        ValueError: there is no pose.
        InputProblem: a file could not be written.
    """
    from RayEmbRegistrationLib.files.pose import write_itk_transform
    from RayEmbRegistrationLib.files.result_file import write_result
    from RayEmbRegistrationLib.files.targets import write_targets

    rows = range(sceneView.viewCount(handle) if handle is not None else 0)
    poses = {row: pose for row in rows if (pose := sceneView.poseOf(handle, row)) is not None}
    if not poses:
        raise ValueError(_("there is no pose to export; register first"))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "result.json"]
    targets = targetRecords(handle)
    record = replace(_record(handle, poses, outcome), targets=targets)
    write_result(written[0], record)
    if targets:
        names = {number: view.xray for number, view in enumerate(record.views, start=1)}
        written.append(write_targets(folder / "targets.csv", targets, names))
    for row, pose in poses.items():
        written.append(folder / f"xray{row + 1}_pose.tfm")
        write_itk_transform(written[-1], pose)
        written += _pictures(handle, row, folder / f"xray{row + 1}")
    table = sceneView.nodeOf(handle, "Results")
    if table is not None:
        written.append(_table(table, folder / "result.csv"))
    return written


def _record(handle: Handle, poses: Mapping[int, RigidTransform], outcome: Outcome | None) -> ResultFile:
    """The result file: as the command line writes it, with the poses as they are in the scene now."""
    from RayEmbRegistrationLib.files.result import ResultFile, ViewRecord

    if outcome is not None and outcome.result is not None:
        from RayEmbRegistrationLib.application.result_record import result_record

        ct = sceneView.nodeOf(handle, "InputCt")
        record = result_record(outcome.result, outcome.views, outcome.prepared, ct.GetName() if ct is not None else "")
    else:
        count = sceneView.viewCount(handle)
        verdict = handle.GetParameter("PanelTexts.trustLabel")
        views = tuple(ViewRecord(f"X-ray {row + 1}", None, None) for row in range(count))
        record = ResultFile(views, notes=(verdict,) if verdict else ())
    return replace(record, views=tuple(_view(handle, row, view, poses.get(row)) for row, view in enumerate(record.views)))


def _view(handle: Handle, row: int, view: ViewRecord, pose: RigidTransform | None) -> ViewRecord:
    """A view of the record with the pose, the camera and the name that the scene has."""
    xray = sceneView.nodeOf(handle, f"View{row + 1}.InputXray")
    name = xray.GetName() if xray is not None else view.xray
    return replace(view, xray=name, camera=sceneView.cameraOf(handle, row), camera_from_ras=pose or view.camera_from_ras)


def _pictures(handle: Handle, row: int, folder: Path) -> list[Path]:
    """X-ray, DRR, overlay and checkerboard, as PNG."""
    import cv2
    from RayEmbRegistrationLib.pictures.figures import save_pictures

    xray, drr = (sceneView.nodeOf(handle, f"View{row + 1}.{role}") for role in ("Xray", "Drr"))
    if xray is None or drr is None:
        return []
    image = np.array(slicer.util.arrayFromVolume(xray)[0], dtype=np.float32)
    image = image if image.ndim == 2 else image.mean(axis=2)
    projected: np.ndarray = np.array(slicer.util.arrayFromVolume(drr)[0], dtype=np.float32)
    projected = cv2.resize(projected, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
    caption = handle.GetParameter("PanelTexts.similarityLabel")
    return save_pictures(folder, image, None, projected, f"similarity {caption}" if caption else "")


def _table(node: Node, path: Path) -> Path:
    from RayEmbRegistrationLib.files.writing import write_csv

    table = node.GetTable()
    columns = range(table.GetNumberOfColumns())
    rows = [[table.GetValue(row, n).ToString() for n in columns] for row in range(table.GetNumberOfRows())]
    return write_csv(path, [table.GetColumnName(n) for n in columns], rows)
