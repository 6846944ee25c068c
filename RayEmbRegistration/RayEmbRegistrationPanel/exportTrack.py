"""A track as files: as the command line writes it, as a table, for Autoscoper, and as a page; touches no node."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from RayEmbRegistrationLib.application.track_joint import JointCurves
    from RayEmbRegistrationLib.tracking.track import Track


def write(track: Track, folder: Path, curves: JointCurves | None = None) -> list[Path]:
    """Write ``track.json``, ``track.csv`` and a ``.tra`` file of each body; returns the paths.

    And ``track.html``, where the packages that draw its curves are there: Slicer comes without matplotlib.

    Raises:
        InputProblem: a file could not be written.
    """
    from RayEmbRegistrationLib.application.track_record import write_track_file, write_track_table
    from RayEmbRegistrationLib.evaluation.report.page import can_be_made
    from RayEmbRegistrationLib.files.names import safe_name
    from RayEmbRegistrationLib.files.track import write_autoscoper

    written = [folder / "track.json", folder / "track.csv"]
    write_track_file(written[0], track)
    write_track_table(written[1], track)
    poses = {frame: {name: own.pose for name, own in bodies.items()} for frame, bodies in track.frames.items()}
    for name in track.names:
        written.append(folder / f"{safe_name(name)}.tra")
        write_autoscoper(written[-1], poses, name, range(max(poses, default=-1) + 1))
    if can_be_made():
        from RayEmbRegistrationLib.evaluation.report.track_page import write_track_report

        written.append(folder / "track.html")
        write_track_report(written[-1], track, curves)
    return written
