"""A registration as files: transforms, result, tables, pictures, DICOM, a report. Nothing in the scene is changed by it.

What is written is gathered from the scene at once, in the main thread; the files are written in any thread after that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import slicer
from RayEmbRegistrationScene import sceneView
from RayEmbRegistrationScene.nodes import Handle, Node
from slicer.i18n import tr as _

from . import exportScene, trackJoint, trackShow
from .exportTargets import targetRecords

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application import Outcome
    from RayEmbRegistrationLib.application.track_joint import JointCurves
    from RayEmbRegistrationLib.files.result import ResultFile, ViewRecord
    from RayEmbRegistrationLib.files.targets import TargetRecord
    from RayEmbRegistrationLib.geometry.camera import Camera
    from RayEmbRegistrationLib.geometry.rigid import RigidTransform
    from RayEmbRegistrationLib.pictures.report_page import Page
    from RayEmbRegistrationLib.tracking.track import Track


@dataclass(frozen=True, eq=False)
class Gathered:
    """What a registration holds, apart from the scene.

    Attributes:
        names, cameras, poses: by the index of an X-ray; ``poses`` of those that have one.
        images: index to (X-ray, DRR), (H, W) and (h, w) float32.
        similarity: in words.
        verdict: what the panel says.
        tables: file's name to (columns, rows).
        moved: file's name to how a bone moved, RAS mm.
        dicomFiles: index to the DICOM files of CT and X-ray, or None.
        threeD: the 3D view, (h, w, 3) uint8, or None where it is not shown.
        comment: the user's on the registration.
        ctName: of the CT.
        targets: of the operation.
        outcome: of this session that the poses were assessed by, or None.
        track: of the X-rays' frames, or None.
    """

    names: tuple[str, ...]
    cameras: tuple[Camera | None, ...]
    poses: Mapping[int, RigidTransform]
    images: Mapping[int, tuple[np.ndarray, np.ndarray]]
    similarity: str
    verdict: str
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]
    moved: Mapping[str, RigidTransform]
    dicomFiles: Mapping[int, tuple[str | None, str | None]]
    threeD: np.ndarray | None
    comment: str
    ctName: str
    targets: tuple[TargetRecord, ...]
    outcome: Outcome | None = None
    track: Track | None = None
    joint: JointCurves | None = None


@dataclass(eq=False)
class Written:
    """The paths written, and what the report is made of."""

    paths: list[Path] = field(default_factory=list)
    record: ResultFile | None = None
    page: Page | None = None


def gather(handle: Handle | None, outcome: Outcome | None = None) -> Gathered:
    """Take everything that is written from the scene.

    Raises:
        ValueError: there is no pose.
    """
    rows = range(sceneView.viewCount(handle) if handle is not None else 0)
    poses = {row: pose for row in rows if (pose := sceneView.poseOf(handle, row)) is not None}
    if handle is None or not poses:
        raise ValueError(_("there is no pose to export; register first"))
    xrays = [sceneView.nodeOf(handle, f"View{row + 1}.InputXray") for row in rows]
    ct = sceneView.nodeOf(handle, "InputCt")
    ctFile = exportScene.dicomFileOf(ct)
    track = trackShow.trackOf(handle)
    return Gathered(
        names=tuple(_("X-ray {n}").format(n=row + 1) if node is None else node.GetName() for row, node in enumerate(xrays)),
        cameras=tuple(sceneView.cameraOf(handle, row) for row in rows),
        poses=poses,
        images={row: pair for row in poses if (pair := _images(handle, row)) is not None},
        similarity=handle.GetParameter("PanelTexts.similarityLabel"),
        verdict=handle.GetParameter("PanelTexts.trustLabel"),
        tables={**exportScene.tablesOf(handle), **trackJoint.tables(handle, track)},
        moved=exportScene.movedBonesOf(handle),
        dicomFiles={row: (ctFile, exportScene.dicomFileOf(xrays[row])) for row in poses},
        threeD=exportScene.threeDPicture(),
        comment=exportScene.commentOf(handle),
        ctName="" if ct is None else ct.GetName(),
        targets=targetRecords(handle),
        outcome=outcome,
        track=track,
        joint=trackJoint.clinicalCurves(handle, track),
    )


def write(gathered: Gathered, folder: str | Path) -> Written:
    """Write it all into a folder but the report as PDF; touches no node.

    Args:
        gathered: of ``gather``.
        folder: made if need be; files of the same names are replaced.

    Raises:
        InputProblem: a file could not be written.
    """
    from RayEmbRegistrationLib.files.pose import write_itk_transform
    from RayEmbRegistrationLib.files.result_file import write_result
    from RayEmbRegistrationLib.files.targets import write_targets
    from RayEmbRegistrationLib.files.writing import write_csv, write_text
    from RayEmbRegistrationLib.pictures.report_page import report_page

    from . import exportDicom, exportReport, exportTrack

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    record = replace(_record(gathered), targets=gathered.targets)
    written = Written([folder / "result.json"], record)
    write_result(written.paths[0], record)
    if gathered.targets:
        names = {number: view.xray for number, view in enumerate(record.views, start=1)}
        written.paths.append(write_targets(folder / "targets.csv", gathered.targets, names))
    pictures = {}
    for row, pose in gathered.poses.items():
        written.paths.append(folder / f"xray{row + 1}_pose.tfm")
        write_itk_transform(written.paths[-1], pose)
        written.paths.append(exportDicom.writeRegistration(gathered, row, folder / f"xray{row + 1}_registration.dcm"))
        pictures[row] = _pictures(gathered, row, folder / f"xray{row + 1}")
        written.paths += pictures[row]
    written.paths += [write_csv(folder / name, *table) for name, table in gathered.tables.items()]
    for name, moved in gathered.moved.items():
        written.paths.append(folder / name)
        write_itk_transform(folder / name, moved.inverse())  # it writes what Slicer loads as the inverse
    if gathered.track is not None:
        written.paths += exportTrack.write(gathered.track, folder, gathered.joint)
    written.page = exportReport.pageOf(gathered, pictures)
    written.paths.append(write_text(folder / "report.html", report_page(record, written.page)))
    return written


def pdfSteps(written: Written, folder: str | Path) -> Iterator[None]:
    """The report as PDF, in the main thread, where Qt draws it; a little with each ``next``."""
    from RayEmbRegistrationLib.pictures.report_page import report_page

    from . import reportPdf

    record, page = written.record, written.page
    if record is None or page is None:
        raise ValueError(_("there is no report to print"))
    if not reportPdf.canPrint():  # report.html is there, which every browser prints
        return
    document = reportPdf.onePage(lambda width: report_page(record, page, width))
    yield
    written.paths.append(reportPdf.writePdf(document, Path(folder) / "report.pdf"))


def _record(gathered: Gathered) -> ResultFile:
    """The result file: as the command line writes it, with the poses as they are in the scene now."""
    from RayEmbRegistrationLib.files.result import ResultFile, ViewRecord

    outcome = gathered.outcome
    if outcome is not None and outcome.result is not None:
        from RayEmbRegistrationLib.application.result_record import result_record

        record = result_record(outcome.result, outcome.views, outcome.prepared, gathered.ctName)
    else:
        views = tuple(ViewRecord(name, None, None) for name in gathered.names)
        record = ResultFile(views, notes=(gathered.verdict,) if gathered.verdict else ())
    return replace(record, views=tuple(_view(gathered, row, view) for row, view in enumerate(record.views)))


def _view(gathered: Gathered, row: int, view: ViewRecord) -> ViewRecord:
    """A view of the record with the pose, the camera and the name that the scene has."""
    pose = gathered.poses.get(row) or view.camera_from_ras
    return replace(view, xray=gathered.names[row], camera=gathered.cameras[row], camera_from_ras=pose)


def _images(handle: Handle, row: int) -> tuple[np.ndarray, np.ndarray] | None:
    xray, drr = (sceneView.nodeOf(handle, f"View{row + 1}.{role}") for role in ("Xray", "Drr"))
    return None if xray is None or drr is None else (_pixels(xray), _pixels(drr))


def _pixels(node: Node) -> np.ndarray:
    image: np.ndarray = np.array(slicer.util.arrayFromVolume(node)[0], dtype=np.float32)
    return image if image.ndim == 2 else image.mean(axis=2)


def _pictures(gathered: Gathered, row: int, folder: Path) -> list[Path]:
    """X-ray, DRR, overlay and checkerboard, as PNG."""
    import cv2
    from RayEmbRegistrationLib.pictures.figures import save_pictures

    if row not in gathered.images:
        return []
    image, drr = gathered.images[row]
    projected = np.asarray(cv2.resize(drr, image.shape[::-1], interpolation=cv2.INTER_LINEAR))
    return save_pictures(folder, image, None, projected, f"similarity {gathered.similarity}" if gathered.similarity else "")
