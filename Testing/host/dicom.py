"""The application's DICOM database in short: files are put in by `addFile` and found by the UID of their instance."""

from __future__ import annotations

from pathlib import Path

from . import qt


class ctkDICOMDatabase(qt.QObject):
    """What `slicer.app.dicomDatabase()` and `slicer.dicomDatabase` are."""

    isOpen = True

    def __init__(self) -> None:
        super().__init__()
        self._files: dict[str, str] = {}

    def addFile(self, path) -> str:
        """For the tests: put a file in, and return the UID of its instance."""
        import pydicom

        uid = str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
        self._files[uid] = str(Path(path).resolve())
        return uid

    def initializeDatabase(self) -> None:
        """Forget every file."""
        self._files.clear()

    def fileForInstance(self, uid: str) -> str:
        return self._files.get(uid, "")

    def instanceForFile(self, path: str) -> str:
        return next((uid for uid, known in self._files.items() if known == path), "")

    def instanceValue(self, uid: str, tag: str) -> str:
        path = self.fileForInstance(uid)
        return self.fileValue(path, tag) if path else ""

    def fileValue(self, path: str, tag: str) -> str:
        """Return the value of a tag written as in "0018,1110", or an empty text."""
        import pydicom

        group, element = (int(part, 16) for part in tag.split(","))
        found = pydicom.dcmread(path, stop_before_pixels=True).get((group, element))
        return "" if found is None or found.value is None else str(found.value)
