"""The host as a module finds it: application, layouts, panel protocol, clicks in views, files, recorded problems."""

import sys

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed")
pytest.importorskip("PySide6.QtWidgets", reason="PySide6 does not load", exc_type=ImportError)

import host_module

LAYOUT = """<layout type="horizontal" split="true">
  <item splitSize="600"><view class="vtkMRMLSliceNode" singletontag="HostXRay">
    <property name="orientation" action="default">Coronal</property>
    <property name="viewlabel" action="default">X-ray</property>
    <property name="viewcolor" action="default">#406080</property>
    <property name="viewgroup" action="default">28</property></view></item>
  <item splitSize="400"><layout type="vertical">
    <item><view class="vtkMRMLViewNode" singletontag="1"/></item>
    <item><view class="vtkMRMLPlotViewNode" singletontag="HostPlot"/></item>
    <item><view class="vtkMRMLTableViewNode" singletontag="HostTable"/></item></layout></item>
</layout>"""


@pytest.fixture
def example(host, tmp_path):
    loaded = host.load_module(host_module.write(tmp_path))
    yield loaded
    if "HostExample" in host.app.moduleManager().modulesNames():
        assert host.unload_module("HostExample") == [], "something still holds the module's objects"


@pytest.fixture
def layout(host):
    manager = host.layoutManager
    before = manager.layout
    node = manager.layoutLogic().GetLayoutNode()
    if not node.SetLayoutDescription(28138, LAYOUT):
        node.AddLayoutDescription(28138, LAYOUT)
    manager.setLayout(28138)
    host.process_events()
    yield manager
    manager.setLayout(before)
    host.process_events()


def ramp_volume(name="Ramp"):
    import slicer

    array = np.tile(np.linspace(0, 100, 40, dtype=np.float32), (10, 30, 1))
    rasFromIJK = np.diag([1.0, 1.0, 1.0, 1.0])
    rasFromIJK[:3, 3] = [-20, -15, -5]
    volume = slicer.util.addVolumeFromArray(array, rasFromIJK, name)
    volume.CreateDefaultDisplayNodes()
    return volume


def colours(widget) -> np.ndarray:
    import qt

    image = widget.grab().toImage().convertToFormat(qt.QImage.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_module_is_where_slicer_puts_it(host, example):
    import slicer

    module = slicer.util.getModule("HostExample")
    assert module is slicer.modules.hostexample
    assert module.title == "Host Example"
    assert slicer.modules.HostExampleWidget is example.widget is slicer.util.getModuleWidget("HostExample")
    assert slicer.util.getModuleLogic("HostExample") is example.logic
    assert slicer.util.modulePath("HostExample").endswith("HostExample.py")
    assert "Markups" in slicer.util.moduleNames()
    assert sys.modules["HostExample"].started == [True]


def test_enter_and_exit_follow_the_selection(host, example):
    assert example.widget.calls == ["enter"]
    assert example.module.widgetRepresentation().isEntered
    host.select_module(None)
    assert not example.module.widgetRepresentation().isEntered
    host.select_module("HostExample")
    assert example.widget.calls == ["enter", "exit", "enter"]


def test_a_click_reaches_the_logic(host, example):
    volume = ramp_volume()
    example.widget.selector.setCurrentNode(volume)
    example.widget.button.click()
    assert example.widget.label.text == str(10 * 30 * 40)


def test_exception_in_a_slot_is_recorded(host, example):
    example.widget.failing.click()
    host.process_events()
    assert len(host.errors) == 1
    assert "RuntimeError: on purpose" in host.errors[0]
    assert any("on purpose" in text for text in host.problems())
    host.app.testing = False
    try:
        example.widget.failing.click()
        assert host.boxes == [("error", "It failed.\n\non purpose")]
    finally:
        host.app.testing = True
        host.clear()


def test_reload_makes_a_new_panel_and_cleans_the_old_one_up(host, example):
    import slicer

    old = example.widget
    assert len(old.Observations) == 1
    again = host.reload_module("HostExample")
    assert old.calls[-1] == "cleanup"
    assert again.widget is not old
    assert slicer.modules.HostExampleWidget is again.widget
    assert old.Observations == []


def test_unloading_names_what_is_still_observed(host, tmp_path):
    loaded = host.load_module(host_module.write(tmp_path))
    tag = host.scene.AddObserver("ModifiedEvent", loaded.widget.onClose)
    del loaded
    assert host.unload_module("HostExample") == ["Widget", "Logic"]
    host.scene.RemoveObserver(tag)


def test_closing_the_scene_reaches_the_panel(host, example):
    host.scene.Clear(False)
    assert example.widget.calls[-1] == "close"


def test_self_test_runs(host, example):
    import slicer

    slicer.selfTests["HostExample"]()
    assert ("delay", "Test passed") in host.boxes


def test_questions_are_answered_and_recorded(host):
    import slicer

    assert slicer.util.confirmOkCancelDisplay("Install 3 packages?")
    host.answers["packages"] = False
    assert not slicer.util.confirmOkCancelDisplay("Install 3 packages?")
    assert slicer.util.confirmYesNoDisplay("Anything else?")
    assert [kind for kind, _ in host.boxes] == ["question"] * 3


def test_settings_and_temporary_files_are_the_hosts_own(host):
    import qt
    import slicer

    slicer.app.userSettings().setValue("RayEmbRegistration/folder", "here")
    assert slicer.util.settingsValue("RayEmbRegistration/folder", "") == "here"
    assert qt.QSettings().fileName().startswith(str(host.booted.folder))
    assert slicer.util.tempDirectory().startswith(str(host.booted.folder))


def test_layout_makes_the_views_that_it_describes(host, layout):
    assert layout.layout == 28138
    widget = layout.sliceWidget("HostXRay")
    assert widget.visible
    assert not layout.sliceWidget("Red").visible
    assert widget.mrmlSliceNode().GetOrientation() == "Coronal"
    assert widget.mrmlSliceNode().GetViewGroup() == 28
    assert widget.sliceView().width > layout.threeDWidget(0).threeDView().width > 200
    assert list(widget.mrmlSliceNode().GetDimensions())[:2] == [widget.sliceView().width, widget.sliceView().height]


def test_slice_widget_shows_the_volume(host, layout):
    volume = ramp_volume()
    widget = layout.sliceWidget("HostXRay")
    widget.mrmlSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
    volume.GetDisplayNode().SetWindowLevelMinMax(0, 100)
    widget.fitSliceToBackground()
    picture = colours(widget.sliceView())
    row = picture[picture.shape[0] // 2].astype(int).mean(axis=1)
    assert row.max() > 230
    ramp = row[(row > 5) & (row < 250)]
    assert np.all(np.diff(ramp) <= 0), "R is on the left of a coronal slice, so a ramp along +R falls from the left"


def test_mouse_in_a_slice_widget_drags_a_control_point(host, layout):
    import slicer

    widget = layout.sliceWidget("HostXRay")
    markups = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    markups.AddControlPoint(0, 0, 0)
    host.process_events()
    x, y = widget.hostView().position([0, 0, 0])
    host.drag(widget.sliceView(), (x, y), (x + 40, y + 25))
    moved = widget.hostView().position(markups.GetNthControlPointPositionWorld(0))
    np.testing.assert_allclose(moved, [x + 40, y + 25], atol=1.5)


def test_wheel_browses_the_slices(host, layout):
    widget = layout.sliceWidget("HostXRay")
    widget.mrmlSliceCompositeNode().SetBackgroundVolumeID(ramp_volume().GetID())
    before = widget.sliceLogic().GetSliceOffset()
    host.wheel(widget.sliceView(), (100, 100), 2)
    assert widget.sliceLogic().GetSliceOffset() == pytest.approx(before + 2, abs=0.1)


def test_plot_and_table_views_follow_their_nodes(host, layout):
    import slicer

    empty = colours(layout.plotWidget("HostPlot").plotView())
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, np.array([[0, 1.0], [1, 3], [2, 2.5]]), ["iteration", "similarity"])
    series = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotSeriesNode")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("iteration")
    series.SetYColumnName("similarity")
    series.SetColor(0.8, 0, 0)
    chart = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    layout.plotWidget("HostPlot").mrmlPlotViewNode().SetPlotChartNodeID(chart.GetID())
    layout.tableWidget("HostTable").mrmlTableViewNode().SetTableNodeID(table.GetID())
    host.process_events()
    full = colours(layout.plotWidget("HostPlot").plotView()).astype(int)
    red = (full[..., 0] > 150) & (full[..., 1] < 60) & (full[..., 2] < 60)
    assert red.sum() > 50
    assert (empty[..., 1] < 60).sum() < (full[..., 1] < 60).sum()
    shown = layout.tableWidget("HostTable").tableView()
    assert [shown.item(row, 1).text() for row in range(3)] == ["1", "3", "2.5"]


def test_drawing_can_be_paused(host, layout):
    import slicer

    view = layout.sliceWidget("HostXRay").hostView()
    host.process_events()
    with slicer.util.RenderBlocker():
        view.node.SetFieldOfView(50, 50, 1)
        host.process_events()
        assert view.renderRequested
    host.process_events()
    assert not view.renderRequested


@pytest.mark.parametrize("ending", [".mrb", ".mrml"])
def test_scene_round_trip_through_slicer_util(host, tmp_path, ending):
    import slicer

    volume = ramp_volume("X-ray")
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene)
    folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "Registration")
    hierarchy.CreateItem(folder, volume)
    path = str(tmp_path / f"case{ending}")
    if ending == ".mrml":
        slicer.util.saveNode(volume, str(tmp_path / "volume.nrrd"))
    assert slicer.util.saveScene(path)
    host.scene.Clear(False)
    assert host.leaked_nodes() == []
    slicer.util.loadScene(path)
    again = slicer.util.getNode("X-ray")
    assert slicer.util.arrayFromVolume(again).shape == (10, 30, 40)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene)
    item = hierarchy.GetItemByDataNode(again)
    assert hierarchy.GetItemName(hierarchy.GetItemParent(item)) == "Registration"


@pytest.mark.parametrize("name", ["node.nrrd", "node.seg.nrrd", "node.mrk.json", "node.vtk", "node.h5", "node.tsv"])
def test_nodes_are_written_and_read(host, tmp_path, name):
    import slicer
    import vtk

    source = vtk.vtkSphereSource()
    source.Update()
    model = slicer.modules.models.logic().AddModel(source.GetOutput())
    makers = {
        "node.nrrd": ramp_volume,
        "node.mrk.json": lambda: slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode"),
        "node.vtk": lambda: model,
        "node.h5": lambda: slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode"),
        "node.tsv": lambda: slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode"),
    }
    if name == "node.seg.nrrd":
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        labels = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode")
        slicer.util.updateVolumeFromArray(labels, np.pad(np.ones((4, 4, 4), np.uint8), 3))
        slicer.modules.segmentations.logic().ImportLabelmapToSegmentationNode(labels, node)
    else:
        node = makers[name]()
    if name == "node.tsv":
        slicer.util.updateTableFromArray(node, np.arange(4.0), "x")
    className, path = node.GetClassName(), tmp_path / name
    assert slicer.util.saveNode(node, str(path))
    host.scene.Clear(False)
    assert slicer.util.loadNodeFromFile(str(path)).IsA(className) or name == "node.h5"
    with pytest.raises(RuntimeError, match="does not exist"):
        slicer.util.loadVolume(str(tmp_path / "absent.nrrd"))


def test_nodes_get_an_item_in_the_subject_hierarchy(host):
    import slicer

    volume = ramp_volume()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene)
    assert hierarchy.GetItemByDataNode(volume)
    slicer.mrmlScene.RemoveNode(volume)
    assert hierarchy.GetNumberOfItems() == 0 or not hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), "Ramp")


def test_closing_the_scene_leaves_nothing(host, layout):
    layout.sliceWidget("HostXRay").mrmlSliceCompositeNode().SetBackgroundVolumeID(ramp_volume().GetID())
    host.grab()
    assert host.leaked_nodes() != []
    host.clear()
    assert host.leaked_nodes() == []


def test_window_is_grabbed_whole(host, example, tmp_path):
    pixmap = host.grab(tmp_path / "window.png")
    assert (pixmap.width(), pixmap.height()) == (1280, 800)
    assert (tmp_path / "window.png").stat().st_size > 5000


def test_unknown_parts_raise(host):
    import slicer

    for wrong in ("slicer.qMRMLNoSuchWidget", "slicer.app.noSuchThing", "slicer.modules.nosuchmodule", "slicer.NoSuchClass"):
        with pytest.raises(AttributeError):
            eval(wrong, {"slicer": slicer})  # noqa: S307


def test_a_mistake_that_qt_reports_is_recorded(host):
    import qt

    widget = qt.QWidget()
    qt.QVBoxLayout(widget)
    qt.QVBoxLayout(widget)
    assert any("already has a layout" in text for text in host.errors)
    host.clear()


def test_sample_data_is_held_to_what_slicer_wants(host):
    import SampleData

    register = SampleData.SampleDataLogic.registerCustomSampleDataSource
    with pytest.raises(TypeError, match="no uris"):
        register(category="Host", sampleName="Drawn", customDownloader=lambda source: [ramp_volume()])
    names = {"uris": "local:drawn", "fileNames": "drawn.nrrd", "nodeNames": "Drawn"}
    register(category="Host", sampleName="Drawn", customDownloader=lambda source: [ramp_volume()], **names)
    assert SampleData.downloadSample("Drawn").GetName() == "Ramp"


def test_dicom_files_are_found_by_their_instance(host, tmp_path):
    import pydicom
    import slicer

    path = tmp_path / "xray.dcm"
    data = pydicom.Dataset()
    data.SOPInstanceUID, data.SOPClassUID = "1.2.3.4", "1.2.840.10008.5.1.4.1.1.12.1"
    data.DistanceSourceToDetector = "1020.0"
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    database = slicer.app.dicomDatabase()
    assert database.fileForInstance(database.addFile(path)) == str(path)
    assert float(slicer.dicomDatabase.instanceValue("1.2.3.4", "0018,1110")) == 1020
    assert database.fileForInstance("9.9") == ""


def test_slicers_interpreter_runs_code_and_installs_nothing(host):
    import shutil
    import subprocess

    interpreter = shutil.which("PythonSlicer")
    answer = subprocess.run([interpreter, "-c", "print(6 * 7)"], capture_output=True, text=True, check=True)  # noqa: S603
    assert answer.stdout.strip() == "42"
    refused = subprocess.run([interpreter, "-m", "pip", "install", "x"], capture_output=True, check=False)  # noqa: S603
    assert refused.returncode == 1
