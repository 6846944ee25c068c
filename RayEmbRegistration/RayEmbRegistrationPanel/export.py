"""A registration as files: transforms, result as JSON, table as CSV, pictures. Nothing in the scene is changed by it."""

from pathlib import Path

import numpy as np
import slicer
from RayEmbRegistrationLib.geometry.frames import LPS_FROM_RAS
from RayEmbRegistrationScene import sceneView
from slicer.i18n import tr as _


def exportRegistration(handle, folder, outcome=None) -> list[Path]:
    """Write what a registration holds into a folder; returns the paths.

    Args:
        handle: the registration.
        folder: made if need be; files of the same names are replaced.
        outcome: of this session, for the full result file; a loaded registration has what its scene kept.

    Raises:
        ValueError: there is no pose.
        InputProblem: a file could not be written.
    """
    from RayEmbRegistrationLib.files.writing import write_json, write_text

    rows = range(sceneView.viewCount(handle) if handle is not None else 0)
    poses = {row: sceneView.poseOf(handle, row) for row in rows}
    poses = {row: pose for row, pose in poses.items() if pose is not None}
    if not poses:
        raise ValueError(_("there is no pose to export; register first"))
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "result.json"]
    write_json(written[0], _content(handle, poses, outcome))
    for row, pose in poses.items():
        written.append(folder / f"xray{row + 1}_pose.tfm")
        write_text(written[-1], transformFile(pose))
        written += _pictures(handle, row, folder / f"xray{row + 1}")
    table = sceneView.nodeOf(handle, "Results")
    if table is not None:
        written.append(_table(table, folder / "result.csv"))
    return written


def transformFile(pose) -> str:
    """An ITK transform file that Slicer loads as the pose node of the scene: camera frame to parent, so the C-arm's place.

    Such files hold the transform from the parent, in LPS.
    """
    matrix = LPS_FROM_RAS @ pose.matrix @ LPS_FROM_RAS
    numbers = " ".join(repr(float(x)) for x in [*matrix[:3, :3].ravel(), *matrix[:3, 3]])
    head = "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
    return f"{head}Parameters: {numbers}\nFixedParameters: 0 0 0\n"


def _content(handle, poses, outcome) -> dict:
    """The result file: as the command line writes it, with the poses as they are in the scene now."""
    if outcome is not None and outcome.result is not None:
        from RayEmbRegistrationLib.command_line.results import result_content

        content = result_content(outcome.result, outcome.views)
    else:
        content = {"views": [{} for _row in range(sceneView.viewCount(handle))]}
        content["verdict"] = handle.GetParameter("PanelTexts.trustLabel")
    for row, view in enumerate(content["views"]):
        camera, xray = sceneView.cameraOf(handle, row), sceneView.nodeOf(handle, f"View{row + 1}.InputXray")
        view.setdefault("xray", xray.GetName() if xray is not None else f"X-ray {row + 1}")
        view["camera"] = {
            "K": camera.K,
            "image_size_px": camera.image_size,
            "pixel_spacing_mm": camera.pixel_spacing_mm,
            "source_to_detector_mm": camera.source_to_detector_mm,
        }
        if row in poses:
            view["ras_to_camera"] = poses[row].matrix
    content["ras_to_camera"] = poses[min(poses)].matrix
    return content


def _pictures(handle, row: int, folder: Path) -> list[Path]:
    """X-ray, DRR, overlay and checkerboard, as PNG."""
    import cv2
    from RayEmbRegistrationLib.pictures.figures import save_pictures

    xray, drr = (sceneView.nodeOf(handle, f"View{row + 1}.{role}") for role in ("Xray", "Drr"))
    if xray is None or drr is None:
        return []
    image = np.array(slicer.util.arrayFromVolume(xray)[0], dtype=np.float32)
    image = image if image.ndim == 2 else image.mean(axis=2)
    projected = np.array(slicer.util.arrayFromVolume(drr)[0], dtype=np.float32)
    projected = cv2.resize(projected, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
    caption = handle.GetParameter("PanelTexts.similarityLabel")
    return save_pictures(folder, image, None, projected, f"similarity {caption}" if caption else "")


def _table(node, path: Path) -> Path:
    from RayEmbRegistrationLib.files.writing import write_csv

    table = node.GetTable()
    columns = range(table.GetNumberOfColumns())
    rows = [[table.GetValue(row, n).ToString() for n in columns] for row in range(table.GetNumberOfRows())]
    return write_csv(path, [table.GetColumnName(n) for n in columns], rows)
