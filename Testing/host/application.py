"""`slicer.app` and the main window: the module's panel on the left, the views beside it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import Property, Signal

from . import qt
from .dicom import ctkDICOMDatabase
from .files import qSlicerCoreIOManager

VERSION = (5, 12, 4)


class SlicerApplication(qt.QApplication):
    """What `slicer.app` is. It is in testing mode unless `testing` is set to False."""

    startupCompleted = Signal()
    renderPaused = Signal(bool)
    mrmlSceneChanged = Signal(object)

    @classmethod
    def start(cls, booted) -> SlicerApplication:
        """Make the application, or return the one that is there."""
        app = cls.instance()
        if app is not None and not isinstance(app, cls):
            raise RuntimeError("A Qt application exists already; the host must be booted before anything else makes one.")
        return app or cls(booted)

    def __init__(self, booted) -> None:
        super().__init__(["Slicer"])
        self.testing = True
        self._booted = booted
        self._temporaryPath = str(booted.folder)
        self._layoutManager = self._moduleManager = None
        self._translators = []
        self._ioManager = qSlicerCoreIOManager(booted)
        self._dicomDatabase = ctkDICOMDatabase()
        self.setApplicationName("Slicer")
        self.setOrganizationName("NA-MIC")
        self.setApplicationVersion(".".join(map(str, VERSION)))
        self.setStyle("Fusion")
        self.setQuitOnLastWindowClosed(False)
        qt.QSettings.setDefaultFormat(qt.QSettings.IniFormat)
        for scope in (qt.QSettings.UserScope, qt.QSettings.SystemScope):
            qt.QSettings.setPath(qt.QSettings.IniFormat, scope, str(booted.folder / "settings"))
        stand_in = str(Path(__file__).parent / "bin")
        os.environ["RAYEMB_HOST_PYTHON"] = sys.executable
        os.environ["PATH"] = os.pathsep.join([stand_in, os.environ.get("PATH", "")])

    # Facts

    majorVersion = Property(int, lambda self: VERSION[0])
    minorVersion = Property(int, lambda self: VERSION[1])
    revision = Property(str, lambda self: "host")
    os = Property(str, lambda self: sys.platform)
    mainApplicationName = Property(str, lambda self: "Slicer")
    slicerHome = Property(str, lambda self: str(self._booted.folder))
    documentationBaseUrl = Property(str, lambda self: "https://slicer.readthedocs.io/en/latest/")
    cachePath = Property(str, lambda self: str(self._booted.folder / "cache"))

    def _set_temporary_path(self, path: str) -> None:
        self._temporaryPath = path

    temporaryPath = Property(str, lambda self: self._temporaryPath, _set_temporary_path)

    def _locale_name(self) -> str:
        return qt.QSettings().value("language") or "en-US"

    applicationLocaleName = Property(str, _locale_name)

    def loadTranslations(self, folder: str) -> None:
        """Install the folder's files that end with the language, or with its part before the country."""
        name = self.applicationLocaleName
        found = sorted(Path(folder).glob(f"*{name}.qm")) or sorted(Path(folder).glob(f"*_{name[:2]}.qm"))
        for path in found:
            translator = qt.QTranslator(self)
            if translator.load(str(path)):
                self.installTranslator(translator)
                self._translators.append(translator)

    def setLanguage(self, name: str) -> None:
        """For the host: what the user chooses in Slicer's settings, before a restart."""
        qt.QSettings().setValue("language", name)
        while self._translators:
            self.removeTranslator(self._translators.pop())

    def testingEnabled(self) -> bool:
        return self.testing

    def moduleDocumentationUrl(self, moduleName: str) -> str:
        return f"{self.documentationBaseUrl}user_guide/modules/{moduleName.lower()}.html"

    # Parts

    def mrmlScene(self):
        return self._booted.scene

    def applicationLogic(self):
        return self._booted.applicationLogic

    def moduleLogic(self, name: str):
        return self._booted.logics.get(name)

    def layoutManager(self):
        return self._layoutManager

    def setLayoutManager(self, manager) -> None:
        self._layoutManager = manager

    def moduleManager(self):
        return self._moduleManager

    def setModuleManager(self, manager) -> None:
        """For the host: in Slicer the application makes it."""
        self._moduleManager = manager

    def coreIOManager(self):
        return self._ioManager

    def ioManager(self):
        return self._ioManager

    def dicomDatabase(self):
        return self._dicomDatabase

    def userSettings(self):
        return qt.QSettings()

    settings = revisionUserSettings = userSettings

    def startupEnvironment(self):
        return qt.QProcessEnvironment.systemEnvironment()

    def errorLogModel(self):
        return None

    # Drawing

    def pauseRender(self) -> None:
        self._layoutManager.pauseRender()
        self.renderPaused.emit(True)

    def resumeRender(self) -> None:
        self._layoutManager.resumeRender()
        self.renderPaused.emit(self._layoutManager.paused())

    def setRenderPaused(self, pause: bool) -> None:
        self.pauseRender() if pause else self.resumeRender()


class ModuleSelector(qt.QComboBox):
    """The list of modules above the panel; stands for qSlicerModuleSelectorToolBar."""

    def __init__(self, select) -> None:
        super().__init__()
        self._select = select
        self.setObjectName("ModuleSelector")
        self.connect("activated(int)", lambda index: self._select(self.itemData(index)))

    def selectModule(self, name: str) -> None:
        self._select(name)

    selectedModule = Property(str, lambda self: self.itemData(self.currentIndex) or "")


class ModulePanel(qt.QScrollArea):
    """Where the module's panel is scrolled; as wide as the panel needs, as qSlicerModulePanel is."""

    def eventFilter(self, watched, event) -> bool:
        if watched is self.widget() and event.type() == qt.QEvent.LayoutRequest:
            self.setMinimumWidth(watched.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width())
        return super().eventFilter(watched, event)


class MainWindow(qt.QMainWindow):
    """Slicer's main window in short: selector and panel in a dock on the left, the views, a status bar."""

    def __init__(self, select) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("3D Slicer's scene in the test host")
        self._viewport = qt.QWidget()
        layout = qt.QHBoxLayout(self._viewport)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setCentralWidget(self._viewport)
        self._selector = ModuleSelector(select)
        self._scroll = ModulePanel()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(qt.QFrame.NoFrame)
        self._stack = qt.QStackedWidget()
        self._empty = qt.QWidget()
        self._stack.addWidget(self._empty)
        self._scroll.setWidget(self._stack)
        panel = qt.QWidget()
        panel.setObjectName("ModulePanel")
        column = qt.QVBoxLayout(panel)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self._selector)
        column.addWidget(self._scroll)
        self._dock = qt.QDockWidget("Module", self)
        self._dock.setObjectName("PanelDockWidget")
        self._dock.setWidget(panel)
        self._dock.setMinimumWidth(420)
        self.addDockWidget(qt.Qt.LeftDockWidgetArea, self._dock)
        self.statusBar()

    def viewport(self):
        return self._viewport

    def moduleSelector(self) -> ModuleSelector:
        return self._selector

    def modulePanel(self):
        return self._scroll

    def addModule(self, module) -> None:
        self._stack.addWidget(module.widgetRepresentation())
        self._selector.addItem(module.title, module.name)

    def removeModule(self, module) -> None:
        self._stack.removeWidget(module.widgetRepresentation())
        self._selector.removeItem(self._selector.findData(module.name))

    def showModule(self, module) -> None:
        self._stack.setCurrentWidget(module.widgetRepresentation() if module else self._empty)
        if module:
            self._selector.setCurrentIndex(self._selector.findData(module.name))
