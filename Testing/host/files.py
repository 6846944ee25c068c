"""Reading and writing nodes and scenes: what `slicer.util.loadVolume`, `saveNode`, `loadScene` … ask the application for."""

from __future__ import annotations

from pathlib import Path

import slicer
import vtk
from PySide6.QtCore import Signal

from . import qt

# File type -> the extensions that are taken for it, the first types first.
EXTENSIONS = {
    "SceneFile": (".mrml", ".mrb"),
    "SegmentationFile": (".seg.nrrd", ".seg.nhdr"),
    "MarkupsFile": (".mrk.json", ".fcsv"),
    "ModelFile": (".vtk", ".vtp", ".stl", ".obj", ".ply"),
    "TransformFile": (".h5", ".tfm", ".txt", ".mat"),
    "TableFile": (".tsv", ".csv"),
    "VolumeFile": (".nrrd", ".nhdr", ".nii.gz", ".nii", ".mha", ".mhd", ".png", ".jpg", ".tif", ".tiff", ".bmp", ".dcm"),
    "TextFile": (".json", ".xml"),
}
WRITERS = {
    "vtkMRMLSegmentationNode": "SegmentationFile",
    "vtkMRMLVolumeNode": "VolumeFile",
    "vtkMRMLMarkupsNode": "MarkupsFile",
    "vtkMRMLModelNode": "ModelFile",
    "vtkMRMLTransformNode": "TransformFile",
    "vtkMRMLTableNode": "TableFile",
    "vtkMRMLTextNode": "TextFile",
}


class qSlicerCoreIOManager(qt.QObject):
    """What `slicer.app.coreIOManager()` and `ioManager()` return; it never opens a dialog."""

    newFileLoaded = Signal(object)
    fileSaved = Signal(object)

    def __init__(self, booted) -> None:
        super().__init__()
        self._scene, self._logics = booted.scene, booted.logics

    def fileType(self, path) -> str:
        name = str(path).lower()
        return next((kind for kind, endings in EXTENSIONS.items() if name.endswith(endings)), "NoFile")

    def fileWriterFileType(self, node, extension: str = "") -> str:
        return next((kind for className, kind in WRITERS.items() if node.IsA(className)), "NoFile")

    def fileWriterExtensions(self, node) -> tuple[str, ...]:
        return tuple(f"{kind} (*{kind})" for kind in EXTENSIONS.get(self.fileWriterFileType(node), ()))

    def extractKnownExtension(self, fileName: str, node) -> str:
        endings = EXTENSIONS.get(self.fileWriterFileType(node), ())
        return next((ending for ending in endings if str(fileName).lower().endswith(ending)), "")

    def registeredFileReaderCount(self, fileType: str) -> int:
        return int(fileType in EXTENSIONS)

    # Reading

    def loadNodes(self, fileType: str, properties: dict, loadedNodes=None, userMessages=None) -> bool:
        path = str(properties.get("fileName", ""))
        if not Path(path).exists():
            return self._failed(userMessages, f"The file {path} does not exist.")
        reader = getattr(self, "_read_" + fileType, None)
        if reader is None:
            return self._failed(userMessages, f"There is no reader of type {fileType} for {path}.")
        result = reader(path, properties, userMessages)
        if result is None or result is False:
            return self._failed(userMessages, f"The file {path} could not be read.")
        if result is not True:
            if properties.get("name"):
                result.SetName(self._scene.GetUniqueNameByString(properties["name"]))
            if loadedNodes is not None:
                loadedNodes.AddItem(result)
        self.newFileLoaded.emit({"fileName": path, "fileType": fileType})
        return True

    def loadScene(self, path: str, clear: bool = True, userMessages=None) -> bool:
        return self.loadNodes("SceneFile", {"fileName": str(path), "clear": clear}, None, userMessages)

    def loadFile(self, path: str, userMessages=None) -> bool:
        return self.loadNodes(self.fileType(path), {"fileName": str(path)}, None, userMessages)

    def _failed(self, userMessages, text: str) -> bool:
        if userMessages is not None:
            userMessages.AddMessage(vtk.vtkCommand.ErrorEvent, text)
        return False

    def _name(self, path: str, properties: dict) -> str:
        name = Path(path).name
        ending = next((e for endings in EXTENSIONS.values() for e in endings if name.lower().endswith(e)), "")
        return properties.get("name") or name[: len(name) - len(ending)]

    def _read_SceneFile(self, path: str, properties: dict, messages):
        clear = bool(properties.get("clear", False))
        messages = messages or slicer.vtkMRMLMessageCollection()
        if path.lower().endswith(".mrb"):
            return bool(self._scene.ReadFromMRB(path, clear, messages))
        self._scene.SetURL(path)
        return bool(self._scene.Connect(messages) if clear else self._scene.Import(messages))

    def _read_VolumeFile(self, path: str, properties: dict, messages):
        options = 1 if properties.get("labelmap") else 0
        options |= 2 if properties.get("center") else 0
        options |= 4 if properties.get("singleFile") else 0
        return self._logics["Volumes"].AddArchetypeVolume(path, self._name(path, properties), options)

    def _read_SegmentationFile(self, path: str, properties: dict, messages):
        return self._logics["Segmentations"].LoadSegmentationFromFile(path, True, self._name(path, properties))

    def _read_MarkupsFile(self, path: str, properties: dict, messages):
        identifier = self._logics["Markups"].LoadMarkups(path, self._name(path, properties), messages)
        return self._scene.GetNodeByID(identifier) if identifier else None

    def _read_ModelFile(self, path: str, properties: dict, messages):
        return self._logics["Models"].AddModel(path, int(properties.get("coordinateSystem", 0)), messages)

    def _read_TransformFile(self, path: str, properties: dict, messages):
        return self._logics["Transforms"].AddTransform(path, self._scene, messages)

    def _read_TableFile(self, path: str, properties: dict, messages):
        return self._logics["Tables"].AddTable(path, self._name(path, properties))

    def _read_TextFile(self, path: str, properties: dict, messages):
        node = self._scene.AddNewNodeByClass("vtkMRMLTextNode", self._name(path, properties))
        node.SetText(Path(path).read_text(encoding="utf-8"))
        return node

    # Writing

    def saveNodes(self, fileType: str, properties: dict, userMessages=None, scene=None) -> bool:
        path = str(properties["fileName"])
        if fileType == "SceneFile":
            return self._write_scene(path, userMessages)
        node = self._scene.GetNodeByID(properties["nodeID"])
        if node is None:
            return self._failed(userMessages, f"There is no node {properties['nodeID']} to save.")
        storage = node.GetStorageNode()
        if storage is None or not storage.IsA(node.GetDefaultStorageNodeClassName(path) or ""):
            node.SetAndObserveStorageNodeID(None)
            node.AddDefaultStorageNode(path)
            storage = node.GetStorageNode()
        storage.SetFileName(path)
        if "useCompression" in properties:
            storage.SetUseCompression(int(bool(properties["useCompression"])))
        written = bool(storage.WriteData(node))
        if written:
            self.fileSaved.emit({"fileName": path, "fileType": fileType})
        return written

    def saveScene(self, path: str, screenShot=None, userMessages=None) -> bool:
        return self._write_scene(str(path), userMessages)

    def exportNodes(self, nodeIDs, fileNames, properties, hardenTransform=False, userMessages=None) -> bool:
        """Write copies of nodes, without touching the nodes' own storage."""
        done = True
        for identifier, path in zip(nodeIDs, fileNames, strict=True):
            node = self._scene.GetNodeByID(identifier)
            storage = self._scene.CreateNodeByClass(node.GetDefaultStorageNodeClassName(str(path)))
            storage.UnRegister(None)
            copy = self._scene.CreateNodeByClass(node.GetClassName())
            copy.UnRegister(None)
            copy.CopyContent(node)
            if hardenTransform and node.GetParentTransformNode():
                toWorld = vtk.vtkGeneralTransform()
                node.GetParentTransformNode().GetTransformToWorld(toWorld)
                copy.ApplyTransform(toWorld)
            storage.SetFileName(str(path))
            done = bool(storage.WriteData(copy)) and done
        return done

    def _write_scene(self, path: str, messages) -> bool:
        if path.lower().endswith(".mrb"):
            return bool(self._scene.WriteToMRB(path, None, messages or slicer.vtkMRMLMessageCollection()))
        if not path.lower().endswith(".mrml"):
            raise NotImplementedError(f"The host saves scenes as .mrb or .mrml, not as {path}.")
        self._scene.SetRootDirectory(str(Path(path).parent))
        self._scene.SetURL(path)
        return bool(self._scene.Commit())
