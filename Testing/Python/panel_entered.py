"""The panel in the host, entered, and what is done in it again and again; imports nothing that Slicer does not bring."""

import pytest

SMALL_WINDOW = 700, 500


@pytest.fixture
def arriving():
    """For tests of what is loaded finding its place by itself; in all others X-rays come by clicks alone, at any speed."""


@pytest.fixture
def small_window():
    """For tests of what is done, not of what is seen: views are drawn again and again, which takes a third of their time."""


@pytest.fixture
def panel(request, host, repository, tmp_path, monkeypatch):
    """The panel, entered, in an empty scene."""
    before = host.mainWindow.size
    if "small_window" in request.fixturenames:
        host.mainWindow.resize(*SMALL_WINDOW)
    panel = host.load_module(repository / "RayEmbRegistration" / "RayEmbRegistration.py").widget
    host.select_module("RayEmbRegistration")
    if "arriving" not in request.fixturenames:
        monkeypatch.setattr(type(panel.arrivals), "look", lambda self: None)
    monkeypatch.setattr(type(panel.logic), "cacheFolder", lambda self: tmp_path / "cache")
    host.process_events()
    yield panel
    panel.jobs.cancel(forget=True)
    host.select_module(None)
    host.mainWindow.resize(before)


def choose(box, text):
    index = box.findText(text)
    assert index >= 0, f"{text} is not among {[box.itemText(n) for n in range(box.count)]}"
    box.setCurrentIndex(index)


def finish(host, panel, seconds=120):
    host.wait_until(lambda: panel.jobs.name is None, seconds, "the end of the job")
    host.process_events(0.05)
