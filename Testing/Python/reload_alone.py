"""What *Reload* does to the panel; test_panel_scene.py runs this file in a process of its own."""

import gc

pytest_plugins = ["panel_fixtures"]


def test_reloading_the_module(knees, panel, host):
    observers = host.observers()
    reloaded = host.reload_module("RayEmbRegistration").widget
    host.process_events(0.1)
    assert reloaded is not panel
    assert reloaded.parameters.ctVolume is knees[0]
    assert reloaded.ui.xrayTable.item(0, 0).text() == "Shot"
    assert reloaded.ui.registerButton.enabled
    gc.collect()
    assert host.observers() == observers
    reloaded.jobs.cancel(forget=True)
