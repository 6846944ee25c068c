"""Real X-rays to try the module on: a wrist in a biplane rig, downloaded after its origin and licence were shown."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

NAME = "AutoscoperWrist"
FILE = "2023-08-01-Wrist.zip"
ADDRESS = f"https://github.com/BrownBiomechanics/Autoscoper/releases/download/sample-data/{FILE}"
CHECKSUM = "SHA256:86a914ec822d88d3cbd70135ac77212207856c71a244d18b0e150f246f0e8ab2"
"""Both as SlicerAutoscoperM's module AutoscoperM registers them for the module Sample Data."""


def registerWristData(category: str, thumbnail: Path) -> None:
    """Offer the wrist in the module Sample Data."""
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=category,
        sampleName=NAME,
        thumbnailFileName=str(thumbnail),
        uris=[ADDRESS],
        fileNames=[FILE],
        nodeNames=[NAME],
        checksums=[CHECKSUM],
        customDownloader=downloadWrist,
    )


def downloadWrist(source: Any = None) -> list:
    """Ask, download, unpack, and say where the files are; puts nothing into the scene.

    Raises:
        ValueError: what was downloaded is not that file.
    """
    import SampleData

    question = _(
        "Biplane X-rays of a wrist with their calibration and the bones' CT will be downloaded from\n{address}\n\n"
        "They are the sample data of Autoscoper, Brown University, under Autoscoper's licence (BSD-style), which is the "
        "file LICENSE of github.com/BrownBiomechanics/Autoscoper. Download them?"
    )
    if not slicer.util.confirmOkCancelDisplay(question.format(address=ADDRESS), windowTitle=NAME):
        return []
    path = Path(SampleData.SampleDataLogic().downloadFileIntoCache(ADDRESS, FILE, CHECKSUM))
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path.parent)
    except zipfile.BadZipFile as error:
        raise ValueError(_("{name} is damaged; delete it and download it again").format(name=path)) from error
    words = _("The wrist is in {folder}: X-rays in XMA_UND, calibrations in Calibration, bones in Models.")
    slicer.util.infoDisplay(words.format(folder=path.with_suffix("")), windowTitle=NAME)
    return []
