"""The module `SampleData` in short: sources are registered and made as in Slicer; nothing is downloaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import slicer


@dataclass
class SampleDataSource:
    """One data set on offer. Slicer wants uris, file names and node names even of one that makes its data itself."""

    sampleName: str | None = None
    sampleDescription: str | None = None
    uris: object = None
    fileNames: object = None
    nodeNames: object = None
    checksums: object = None
    loadFiles: object = None
    customDownloader: object = None
    thumbnailFileName: str | None = None
    loadFileTypes: object = None
    loadFileProperties: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("uris", "fileNames", "nodeNames")
        if isinstance(self.uris, str):
            self.uris, self.fileNames, self.nodeNames = [self.uris], [self.fileNames], [self.nodeNames]
        absent = [name for name in names if getattr(self, name) is None]
        if absent:
            raise TypeError(f"SampleData: the source {self.sampleName} has no {absent[0]}; Slicer counts them and fails.")
        if len({len(getattr(self, name)) for name in names}) > 1:
            raise ValueError(f"SampleData: uris, fileNames and nodeNames of {self.sampleName} differ in number.")


class SampleDataLogic:
    @staticmethod
    def registerCustomSampleDataCategory(category: str, title: str) -> None:
        _registry("sampleDataSourceCategories")[category] = {"title": title}

    @staticmethod
    def registerCustomSampleDataSource(  # noqa: PLR0917 - Slicer's signature
        category="Custom",
        sampleName=None,
        uris=None,
        fileNames=None,
        nodeNames=None,
        customDownloader=None,
        thumbnailFileName=None,
        loadFileTypes=None,
        loadFiles=None,
        loadFileProperties={},  # noqa: B006 - Slicer's signature
        checksums=None,
        loadFileType=None,
    ) -> None:
        source = SampleDataSource(
            sampleName=sampleName,
            uris=uris,
            fileNames=fileNames,
            nodeNames=nodeNames,
            customDownloader=customDownloader,
            thumbnailFileName=thumbnailFileName,
            loadFileTypes=loadFileTypes or loadFileType,
            loadFiles=loadFiles,
            loadFileProperties=loadFileProperties,
            checksums=checksums,
        )
        sources = _registry("sampleDataSources").setdefault(category, [])
        if source not in sources:
            sources.append(source)

    def sourceForSampleName(self, sampleName: str):
        sources = (source for named in _registry("sampleDataSources").values() for source in named)
        return next((source for source in sources if source.sampleName == sampleName), None)

    def downloadFromSource(self, source, maximumAttemptsCount: int = 3, forceDownload: bool = False) -> list:
        if source.customDownloader is None:
            raise NotImplementedError(f"The test host downloads nothing, and {source.sampleName} is not made locally.")
        return source.customDownloader(source)

    def downloadSamples(self, sampleName: str) -> list:
        source = self.sourceForSampleName(sampleName)
        if source is None:
            raise ValueError(f"There is no sample data named {sampleName}.")
        return self.downloadFromSource(source)

    def downloadSample(self, sampleName: str):
        return self.downloadSamples(sampleName)[0]


def downloadSample(sampleName: str):
    return SampleDataLogic().downloadSample(sampleName)


def _registry(name: str) -> dict:
    if not hasattr(slicer.modules, name):
        setattr(slicer.modules, name, {})
    return getattr(slicer.modules, name)


sys.modules["SampleData"] = sys.modules[__name__]
