"""Slicer's modules: C++ ones as their logics, scripted ones loaded from their file with Slicer's protocol."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import slicer
from PySide6.QtCore import Property, Signal

from . import qt


class LogicModule(qt.QObject):
    """One of Slicer's own modules, such as `slicer.modules.markups`: its logic. It has no panel here."""

    def __init__(self, name: str, logic) -> None:
        super().__init__()
        self._name, self._logic = name, logic

    name = Property(str, lambda self: self._name)
    title = Property(str, lambda self: self._name)

    def logic(self):
        return self._logic

    def mrmlScene(self):
        return slicer.mrmlScene

    def widgetRepresentation(self):
        raise NotImplementedError(f"The host has no panel of the module {self._name}.")


def _text(name: str, default=""):
    """A property that a module's class sets on its `parent`."""

    def get(self):
        return self._texts.get(name, default)

    def put(self, value) -> None:
        self._texts[name] = value

    return property(get, put)


class qSlicerScriptedLoadableModule(qt.QObject):
    """A scripted module: what the module's class sees as `parent`, and what `slicer.modules.<name>` is."""

    title = _text("title")
    categories = _text("categories", ())
    dependencies = _text("dependencies", ())
    contributors = _text("contributors", ())
    helpText = _text("helpText")
    acknowledgementText = _text("acknowledgementText")
    icon = _text("icon", None)
    hidden = _text("hidden", False)
    associatedNodeTypes = _text("associatedNodeTypes", ())

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._texts: dict[str, object] = {}
        self._path = Path(path).resolve()
        self._widget = None
        self._logic = slicer.vtkSlicerScriptedLoadableModuleLogic()
        self._logic.SetMRMLScene(slicer.mrmlScene)

    path = Property(str, lambda self: str(self._path))
    name = Property(str, lambda self: self._path.stem)

    def logic(self):
        return self._logic

    def mrmlScene(self):
        return slicer.mrmlScene

    def load(self) -> None:
        """Import the module's file and make the object of its class, as Slicer does at start."""
        name = self._path.stem
        if str(self._path.parent) not in sys.path:
            sys.path.insert(0, str(self._path.parent))
        specification = importlib.util.spec_from_file_location(name, self._path)
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module
        specification.loader.exec_module(module)
        self._instance = getattr(module, name)(self)
        setattr(slicer.modules, name + "Instance", self._instance)

    def widgetRepresentation(self):
        """Return the panel, made when it is first asked for."""
        if self._widget is None:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self):
        widget = qSlicerScriptedLoadableModuleWidget(self)
        widget.reload()
        return widget

    def discardWidget(self) -> None:
        widget, self._widget = self._widget, None
        if widget is not None:
            widget.forget()
            widget.setParent(None)
            widget.deleteLater()


class qSlicerScriptedLoadableModuleWidget(qt.QWidget):
    """The panel of a scripted module: what the Widget class sees as `parent`."""

    mrmlSceneChanged = Signal(object)

    def __init__(self, module: qSlicerScriptedLoadableModule) -> None:
        super().__init__()
        self._module, self._self, self._entered = module, None, False
        qt.QVBoxLayout(self)
        self.setObjectName(f"{module.name}ModuleWidget")

    isEntered = Property(bool, lambda self: self._entered)
    moduleName = Property(str, lambda self: self._module.name)

    def self(self):
        """Return the object of the module's Widget class."""
        return self._self

    def module(self):
        return self._module

    def mrmlScene(self):
        return slicer.mrmlScene

    def setMRMLScene(self, scene) -> None:
        self.mrmlSceneChanged.emit(scene)

    def reload(self) -> None:
        """Make the Widget object from the module's code as it is now, and set it up."""
        name = self._module.name
        self._self = getattr(sys.modules[name], name + "Widget")(self)
        setattr(slicer.modules, name + "Widget", self._self)
        self._self.setup()

    def forget(self) -> None:
        """Let go the Widget object: the two hold each other."""
        self._self = None

    def enter(self) -> None:
        self._entered = True
        if hasattr(self._self, "enter"):
            self._self.enter()

    def exit(self) -> None:
        self._entered = False
        if hasattr(self._self, "exit"):
            self._self.exit()

    def setEditedNode(self, node, role: str = "", context: str = "") -> bool:
        if not hasattr(self._self, "setEditedNode"):
            return False
        return bool(self._self.setEditedNode(node, role, context))


class FactoryManager(qt.QObject):
    """What `slicer.app.moduleManager().factoryManager()` returns."""

    def __init__(self, modules: dict[str, object]) -> None:
        super().__init__()
        self._modules = modules

    def loadedModuleNames(self) -> tuple[str, ...]:
        return tuple(self._modules)

    def isLoaded(self, name: str) -> bool:
        return name in self._modules

    def loadedModule(self, name: str):
        return self._modules.get(name)


class qSlicerModuleManager(qt.QObject):
    """What `slicer.app.moduleManager()` returns; `load` and `unload` are the host's."""

    moduleLoaded = Signal(str)
    moduleAboutToBeUnloaded = Signal(str)

    def __init__(self, logics: dict[str, object]) -> None:
        super().__init__()
        self._modules: dict[str, object] = {}
        self._factory = FactoryManager(self._modules)
        for name, logic in logics.items():
            self._add(name, LogicModule(name, logic))

    def _add(self, name: str, module) -> None:
        self._modules[name] = module
        setattr(slicer.modules, name.lower(), module)
        setattr(slicer.moduleNames, name, name)

    def factoryManager(self) -> FactoryManager:
        return self._factory

    def module(self, name: str):
        return self._modules.get(name)

    def modulesNames(self) -> tuple[str, ...]:
        return tuple(self._modules)

    def load(self, path) -> qSlicerScriptedLoadableModule:
        module = qSlicerScriptedLoadableModule(Path(path))
        self._add(module.name, module)
        module.load()
        self.moduleLoaded.emit(module.name)
        return module

    def unload(self, name: str) -> None:
        """Forget a scripted module and its panel, as Slicer does when it exits."""
        module = self._modules[name]
        self.moduleAboutToBeUnloaded.emit(name)
        module.discardWidget()
        del self._modules[name]
        for attribute in (name.lower(), name + "Instance", name + "Widget"):
            vars(slicer.modules).pop(attribute, None)
        vars(slicer.moduleNames).pop(name, None)
        sys.modules.pop(name, None)
